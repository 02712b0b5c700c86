#!/usr/bin/env python3
"""Django's command line for cam2bytes; `./dev manage ...` calls it with the right Python and data folder."""

import os
import sys

from django.core.management import execute_from_command_line

from cam2bytes.env import WrongSetting

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")
    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(2)
