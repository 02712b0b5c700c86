"""The Celery application. Messages are hints: they carry ids, and the rows say what is to be done."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")

app = Celery("cam2bytes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # for every thread of a web server too, not only for the one that imports this
app.autodiscover_tasks()
