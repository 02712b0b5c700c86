"""Signing in and out, one-time links, and the first run. The Account page is in `account_page`."""

import logging
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cam2bytes.accounts import throttle
from cam2bytes.accounts.forms import SignInForm, WelcomeForm
from cam2bytes.accounts.models import OneTimeLink
from cam2bytes.accounts.people import has_usable_account, make_owner
from cam2bytes.lib.addresses import client_address
from cam2bytes.lib.problems import Problem, problem_response

log = logging.getLogger(__name__)
BACKEND = "django.contrib.auth.backends.ModelBackend"
FIRST_RUN = "first_run"  # in the login session: this browser opened the first-run link


class SignIn(LoginView):
    """Name and password. `next` leads on only within this site (Django checks it).

    A page that must not be left (it records) asks with `Accept: application/json`: GET tells who is signed in and
    brings a new CSRF cookie, POST signs in. Both answer {account, name}, or problem+json: 422 wrong, 429 wait.
    """

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return self._who_is_in() if self._is_for_script else super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if wait := throttle.seconds_to_wait(*self._who()):
            return self._refuse(wait)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        throttle.count_wrong(*self._who())
        if self._is_for_script:
            return problem_response(Problem("invalid", " ".join(form.non_field_errors())))
        return super().form_invalid(form)

    def form_valid(self, form: SignInForm) -> HttpResponse:
        throttle.forget_wrong(*self._who())
        response = super().form_valid(form)
        return self._who_is_in() if self._is_for_script else response

    @property
    def _is_for_script(self) -> bool:
        return self.request.get_preferred_type(["text/html", "application/json"]) == "application/json"

    def _who_is_in(self) -> HttpResponse:
        get_token(self.request)  # sets the cookie
        user = self.request.user
        return JsonResponse({"account": user.pk, "name": user.get_username()})

    def _who(self) -> tuple[str, str]:
        return self.request.POST.get("username", ""), client_address(self.request)

    def _refuse(self, wait: int) -> HttpResponse:
        log.warning("Sign-in from %s must wait %s s: too many wrong passwords.", client_address(self.request), wait)
        refusal = _("Too many wrong passwords. Try again in %(minutes)s min.") % {"minutes": -(-wait // 60)}
        if self._is_for_script:
            return problem_response(Problem("too-many", refusal, headers={"Retry-After": str(wait)}))
        form = self.get_form_class()(self.request)
        response = self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=429)
        response["Retry-After"] = str(wait)
        return response


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own sign-in would not count wrong passwords; it leads to ours."""
    query = request.GET.urlencode() or f"next={reverse('admin:index')}"
    return HttpResponseRedirect(f"{reverse('sign-in')}?{query}")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    """Looking shows a button; pressing it uses the link up. So a chat program's preview does not burn it."""
    link = _open_link(token)
    if link is not None and request.method == "POST":
        link = OneTimeLink.objects.use(token)
    if link is None:
        return render(request, "accounts/link_gone.html", {"has_account": has_usable_account()}, status=404)
    if request.method != "POST":
        return render(request, "accounts/one_time_link.html", {"link": link})
    if link.user is None:
        request.session.flush()
        request.session[FIRST_RUN] = True
        return redirect("welcome")
    login(request, link.user, backend=BACKEND)
    return redirect("library" if link.user.has_usable_password() else "welcome")


def _open_link(token: str) -> OneTimeLink | None:
    """A first-run link ends with the first account, also if that was made in another way."""
    link = OneTimeLink.objects.find(token)
    return None if link and link.user is None and has_usable_account() else link


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Name and password of the first owner (who came by the first-run link) or of somebody who has none."""
    first_run = bool(request.session.get(FIRST_RUN)) and not has_usable_account()
    if not first_run and not request.user.is_authenticated:
        return redirect("sign-in")
    if not first_run and request.user.has_usable_password():
        return redirect("account")
    user = get_user_model()() if first_run else get_user_model().objects.get(pk=request.user.pk)
    form = WelcomeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, _settle_in(form, first_run), backend=BACKEND)
        return redirect("capture-studio")
    context = {"form": form, "first_run": first_run, "place_of_data": _place() if first_run else None}
    return render(request, "accounts/welcome.html", context)


def _settle_in(form: WelcomeForm, first_run: bool):
    """The account of `form`: made as the owner's, or given its name and password."""
    name, password = form.cleaned_data["first_name"], form.cleaned_data["password"]
    if first_run:
        return make_owner(form.cleaned_data["username"], password, full_name=name)
    user = form.save(commit=False)
    user.set_password(password)
    user.save()
    return user


def _place() -> dict[str, str] | None:
    """Where everything stays, for the first page; None when it goes to a bucket."""
    if settings.CAM2BYTES_STORAGE != "local":
        return None
    folder = Path(settings.DATA_DIR)
    shown = folder.relative_to(settings.BASE_DIR) if folder.is_relative_to(settings.BASE_DIR) else folder
    return {"host": socket.gethostname(), "folder": f"{shown}/"}
