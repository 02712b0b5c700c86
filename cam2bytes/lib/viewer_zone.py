"""Times in the viewer's zone: the browser names it in a cookie (`static/js/pages/zone.js`), pages render in it."""

from zoneinfo import ZoneInfo

from django.utils import timezone

COOKIE = "zone"


def zone_of(request):
    """The viewer's ZoneInfo, or None where the cookie is absent or names no zone."""
    name = request.COOKIES.get(COOKIE, "")
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # a cookie is anybody's text: no such zone, a path, too long
        return None


class ViewerZoneMiddleware:
    """Activates the viewer's zone for the request; the server's own zone where none is known."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with timezone.override(zone_of(request)):
            return self.get_response(request)
