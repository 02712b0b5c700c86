"""The ASGI door, for servers that want one; uploads are faster through WSGI (`wsgi.py`)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")

application = get_asgi_application()
