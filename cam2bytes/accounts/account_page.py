"""The Account page: name, password, API tokens, room used. One form at a time, told apart by `do`."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cam2bytes.accounts.forms import ChangePasswordForm, NameForm, TokenForm
from cam2bytes.accounts.models import ApiToken
from cam2bytes.accounts.ownership import owned


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class AccountPage(View):
    """`usage(user)` tells what is kept for an account, in lines of (words, count, size_bytes).

    It is handed in by the front door, because accounts know nothing of capture sessions and recordings.
    """

    usage: Callable | None = None

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        steps = {
            "name": self._change_name,
            "password": self._change_password,
            "make-token": self._make_token,
            "revoke-token": self._revoke_token,
        }
        step = steps.get(request.POST.get("do"))
        if step is None:
            raise Http404
        return step()

    def _change_name(self) -> HttpResponse:
        # A ModelForm writes into its instance even when it is wrong: not into the user whom the page shows.
        fresh = get_user_model().objects.get(pk=self.request.user.pk)
        form = NameForm(self.request.POST, instance=fresh)
        if not form.is_valid():
            return self._page(name_form=form)
        form.save()
        return self._done(_("Your name is changed."))

    def _change_password(self) -> HttpResponse:
        user = self.request.user
        form = ChangePasswordForm(user, self.request.POST)
        if not form.is_valid():
            return self._page(password_form=form)
        user.set_password(form.cleaned_data["password"])
        user.save(update_fields=["password"])
        update_session_auth_hash(self.request, user)
        return self._done(_("Your password is changed. Other browsers are signed out."))

    def _make_token(self) -> HttpResponse:
        """Answers with the page itself, not a redirect, so that the secret is stored and logged nowhere."""
        form = TokenForm(self.request.POST)
        if not form.is_valid():
            return self._page(token_form=form)
        token, secret = ApiToken.objects.issue(self.request.user, **form.cleaned_data)
        return self._page(new_token=token, new_secret=secret)

    def _revoke_token(self) -> HttpResponse:
        number = self.request.POST.get("token", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Http404
        get_object_or_404(owned(ApiToken.objects, self.request.user), pk=number).revoke()
        return self._done(_("The token is revoked. Nothing can be sent or read with it any more."))

    def _done(self, sentence: str) -> HttpResponse:
        messages.success(self.request, sentence)
        return redirect("account")

    def _page(self, **more) -> HttpResponse:
        user = self.request.user
        wrong = any(key.endswith("_form") for key in more)
        usage = self.usage(user) if self.usage else []
        context = {
            "place": "account",
            "name_form": NameForm(instance=user),
            "password_form": ChangePasswordForm(user),
            "token_form": TokenForm(),
            "tokens": owned(ApiToken.objects, user).filter(revoked_at=None),
            "usage": usage,
            "usage_total_bytes": sum(size_bytes for _words, _count, size_bytes in usage),
            **more,
        }
        return render(self.request, "accounts/account.html", context, status=422 if wrong else 200)
