from importlib import import_module

from django.apps import AppConfig

import cam2bytes.celery  # noqa: F401 - tasks called anywhere must know the broker


class Cam2bytesConfig(AppConfig):
    name = "cam2bytes"
    verbose_name = "cam2bytes"

    def ready(self) -> None:
        import_module("cam2bytes.checks")  # registers them; it needs models, which are there only now
