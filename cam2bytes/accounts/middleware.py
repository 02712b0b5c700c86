from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest


class SignInRequired(LoginRequiredMiddleware):
    """Every page needs a sign-in, unless its view says `login_not_required`.

    Django's own looks up the user first, so it would read the cookie of a request that brings an API token,
    and ask the database for nothing on the addresses that need nobody.
    """

    def process_view(self, request: HttpRequest, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
