"""The Celery application. Messages are hints: they carry ids, and the rows say what is to be done."""

import os
import sys
from pathlib import Path

from celery import Celery

ROOT = str(Path(__file__).resolve().parent.parent)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")

_path = list(sys.path)
app = Celery("cam2bytes")
# Celery puts the folder that one stands in before all others, and there may be other modules of our modules' names.
# (Its command adds that folder once more and takes one away again, so this one must not replace it.)
sys.path[:] = [ROOT, *_path]
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # for every thread of a web server too, not only for the one that imports this
app.autodiscover_tasks()
