"""The WSGI door: `gunicorn cam2bytes.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")

application = get_wsgi_application()
