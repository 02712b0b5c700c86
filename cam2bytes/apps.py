from django.apps import AppConfig

import cam2bytes.celery  # noqa: F401 - tasks called anywhere must know the broker


class Cam2BytesConfig(AppConfig):
    name = "cam2bytes"
