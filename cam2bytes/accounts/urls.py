"""Pages of the accounts app. /account/ itself is in `cam2bytes.urls`, which hands it what is kept."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from cam2bytes.accounts import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("link/<token>/", views.one_time_link, name="one-time-link"),
    path("welcome/", views.welcome, name="welcome"),
    path("admin/login/", views.admin_sign_in),
]
