from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cam2bytes.accounts"
    label = "accounts"
    verbose_name = "Accounts"
