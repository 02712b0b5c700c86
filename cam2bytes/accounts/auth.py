"""Who is asking: the session cookie with X-CSRFToken, or `Authorization: Bearer c2b_…`.

`api_auth` takes every credential and notes on the request

    request.user         the account
    request.auth_scope   "full" (cookie, or a token of that scope) or "ingest"
    request.api_token    the ApiToken, or None

`full_auth` takes no ingest token (403 scope). Give it to the API as a whole, and `api_auth` to the few doors
that an ingest token may use, so that a door somebody forgot to think about stays closed to them.
A request that carries a Bearer token is judged by that alone: no cookie is read, so no CSRF check is needed.
"""

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from ninja.security.base import AuthBase

from cam2bytes.accounts.models import ApiToken
from cam2bytes.lib.problems import Problem

FULL, INGEST = ApiToken.Scope.FULL.value, ApiToken.Scope.INGEST.value
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cam2bytes"'}


class BearerToken(AuthBase):
    """`Authorization: Bearer c2b_…`; None when the request carries no Bearer token at all."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "An API token, made on the Account page or by `./dev manage create_token`."

    def __call__(self, request: HttpRequest):
        secret = bearer_secret(request)
        return None if secret is None else sign_in_by_token(request, secret)


class SessionCookie(AuthBase):
    """The cookie of a signed-in browser; anything but reading needs the X-CSRFToken header too."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = "The sign-in of the pages. Unsafe methods need `X-CSRFToken` as well."

    def __call__(self, request: HttpRequest):
        user = sign_in_by_cookie(request)
        if request.method not in SAFE_METHODS:
            check_csrf_header(request)
        return user


class FullBearerToken(BearerToken):
    """A Bearer token of scope full."""

    def __call__(self, request: HttpRequest):
        user = super().__call__(request)
        if user is not None:
            require_scope(request, FULL)
        return user


api_auth = [BearerToken(), SessionCookie()]
full_auth = [FullBearerToken(), SessionCookie()]


def signed_in_or_token(request: HttpRequest):
    """The account behind a request to the plain view /upload, or None for a stranger.

    The pages that use it know nothing of CSRF tokens; instead the browser's own word that the request
    comes from a page of this server (Origin or Sec-Fetch-Site) is asked for when a cookie signs it in.
    Raises Problem 401 for a wrong token, 403 `csrf` for a signed-in browser on a foreign page.
    """
    secret = bearer_secret(request)
    if secret is not None:
        return sign_in_by_token(request, secret)
    if not request.user.is_authenticated:
        return None
    if not comes_from_own_page(request):
        check_csrf_header(request)
    return sign_in_by_cookie(request)


def require_scope(request: HttpRequest, scope: str) -> None:
    """Raises Problem 403 `scope` unless the request's credentials reach that far."""
    if request.auth_scope not in (FULL, scope):
        raise Problem("scope")


def may_touch_with_ingest(request: HttpRequest, obj) -> bool:
    """False only for an ingest token and a capture session or recording that it did not start itself."""
    return request.auth_scope == FULL or obj.started_by_token_id == request.api_token.pk


# Credentials -------------------------------------------------------------------------------------


def bearer_secret(request: HttpRequest) -> str | None:
    """What follows "Bearer" in the Authorization header. Another scheme is a proxy's business, not ours."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def sign_in_by_token(request: HttpRequest, secret: str):
    token = ApiToken.objects.find(secret)
    if token is None:
        challenge = {"WWW-Authenticate": CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
        raise Problem("unauthenticated", "This API token is not valid (any more).", headers=challenge)
    token.touch()
    return _note(request, token.owner, token.scope, token)


def sign_in_by_cookie(request: HttpRequest):
    if not request.user.is_authenticated:
        raise Problem("unauthenticated", headers=CHALLENGE)
    return _note(request, request.user, FULL, None)


def _note(request: HttpRequest, user, scope: str, token: ApiToken | None):
    request.user, request.auth_scope, request.api_token = user, scope, token
    return user


# Cross-site requests -----------------------------------------------------------------------------


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, answering with the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def check_csrf_header(request: HttpRequest) -> None:
    """Raises Problem 403 `csrf` unless X-CSRFToken matches the cookie and the Origin is this server's."""
    # The token counts in the header only. Looking for it in a form would read the body, which the view
    # must count while reading.
    request.POST = QueryDict()
    check = _CsrfCheck(lambda request: None)
    check.process_request(request)
    if check.process_view(request, None, (), {}):
        raise Problem("csrf")


def comes_from_own_page(request: HttpRequest) -> bool:
    """What the browser says of the page that sent the request; scripts cannot set these headers."""
    if "Origin" in request.headers:
        return _CsrfCheck(lambda request: None)._origin_verified(request)
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
