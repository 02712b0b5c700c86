"""Forms of the account pages. A full name is one field: not every name has a first and a last part."""

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cam2bytes.accounts.models import ApiToken


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("This name and password do not belong together."),
        "inactive": _("This account is switched off."),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")


class NewPasswordForm(forms.Form):
    """A password, given twice, judged by Django's validators for `self.user`."""

    password = forms.CharField(label=_("Password"), strip=False, widget=forms.PasswordInput)
    password_again = forms.CharField(label=_("The same again"), strip=False, widget=forms.PasswordInput)

    def __init__(self, user, *args, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)
        for name in ("password", "password_again"):
            self.fields[name].widget.attrs["autocomplete"] = "new-password"
        self.fields["password"].help_text = _("At least 8 characters.")

    def clean(self):
        given = super().clean()
        password, again = given.get("password"), given.get("password_again")
        if password and again and password != again:
            self.add_error("password_again", _("These two are not the same."))
        elif password:
            try:
                password_validation.validate_password(password, self.user_as_it_will_be())
            except ValidationError as error:
                self.add_error("password", error)
        return given

    def user_as_it_will_be(self):
        """Whom the validators compare the password with."""
        return self.user


class ChangePasswordForm(NewPasswordForm):
    """Asks for the old password first, where there is one."""

    old_password = forms.CharField(label=_("Password until now"), strip=False, widget=forms.PasswordInput)
    field_order = ["old_password", "password", "password_again"]

    def __init__(self, user, *args, **kwargs):
        super().__init__(user, *args, **kwargs)
        self.fields["password"].label = _("New password")
        self.fields["old_password"].widget.attrs["autocomplete"] = "current-password"
        if not user.has_usable_password():
            del self.fields["old_password"]

    def clean_old_password(self):
        if not self.user.check_password(self.cleaned_data["old_password"]):
            raise ValidationError(_("This is not your password."))
        return self.cleaned_data["old_password"]


class NameForm(forms.ModelForm):
    """How one is called. `first_name` holds the whole name."""

    class Meta:
        model = get_user_model()
        fields = ["first_name", "username"]
        labels = {"first_name": _("Your name"), "username": _("Name to sign in with")}
        help_texts = {"username": _("Letters, digits and @ . + - _")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "name"
        plain = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["username"].widget.attrs.update(plain)


class WelcomeForm(NewPasswordForm, NameForm):
    """Name and password of somebody who has none yet."""

    field_order = ["first_name", "username", "password", "password_again"]

    def __init__(self, user, *args, **kwargs):
        super().__init__(user, *args, instance=user, **kwargs)
        self.fields["first_name"].widget.attrs["autofocus"] = True

    def user_as_it_will_be(self):
        user = get_user_model()()
        user.username = self.cleaned_data.get("username", "")
        user.first_name = self.cleaned_data.get("first_name", "")
        return user


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["name", "scope"]
        labels = {"name": _("What is it for?"), "scope": _("It may")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        scope = self.fields["scope"]
        scope.choices = [(ApiToken.Scope.INGEST, _("only send")), (ApiToken.Scope.FULL, _("send and read"))]
        scope.initial = ApiToken.Scope.INGEST
