from django.apps import AppConfig

import cam2bytes.celery  # noqa: F401 - tasks called anywhere must know the broker
from cam2bytes import checks  # noqa: F401 - registers them


class Cam2bytesConfig(AppConfig):
    name = "cam2bytes"
    verbose_name = "cam2bytes"
