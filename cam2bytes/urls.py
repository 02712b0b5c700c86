"""Every address of cam2bytes."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from cam2bytes import health, reference, views, wall
from cam2bytes.accounts.account_page import AccountPage
from cam2bytes.api import api
from cam2bytes.upload import upload
from cam2bytes.usage import usage_of

api_urls = api.urls
for pattern in api_urls[0]:
    login_not_required(pattern.callback)  # the API answers 401 itself, where a page would lead to the sign-in

urlpatterns = [
    path("", views.library, name="library"),
    path("account/", AccountPage.as_view(usage=usage_of), name="account"),
    path("live/", wall.wall, name="live"),
    path("live/news", wall.news, name="live-news"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("upload", upload, name="upload"),
    path("api/v1/docs", reference.page, name="api-docs"),
    path("api/v1/", api_urls),
    path("", include("cam2bytes.accounts.urls")),  # before the admin: its sign-in is ours
    path("admin/", admin.site.urls),
    path("", include("capture.urls")),
    path("", include("recordings.urls")),
]

handler404 = "cam2bytes.refusals.page_not_found"
handler500 = "cam2bytes.refusals.server_error"
