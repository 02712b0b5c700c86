from django.apps import AppConfig

from cam2bytes import checks  # noqa: F401 - registers them


class Cam2bytesConfig(AppConfig):
    name = "cam2bytes"
    verbose_name = "cam2bytes"
