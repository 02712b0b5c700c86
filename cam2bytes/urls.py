"""Every address of cam2bytes."""

from django.contrib import admin
from django.urls import include, path

from cam2bytes.accounts.account_page import AccountPage
from cam2bytes import views
from cam2bytes.api import api
from cam2bytes.usage import usage_of

urlpatterns = [
    path("", views.library, name="library"),
    path("account/", AccountPage.as_view(usage=usage_of), name="account"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/v1/", api.urls),
    path("", include("cam2bytes.accounts.urls")),  # before the admin: its sign-in is ours
    path("admin/", admin.site.urls),
    path("", include("capture.urls")),
    path("", include("recordings.urls")),
]
