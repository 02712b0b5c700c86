"""Headers on every answer: what a page may load and use, and which other origins may call the API."""

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

# The camera and the microphone are for this site's own pages only; the rest of the list is never asked for.
PERMISSIONS_POLICY = (
    "camera=(self), microphone=(self), fullscreen=(self), screen-wake-lock=(self), "
    "geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), browsing-topics=()"
)
SHARED_PATHS = ("/api/", "/upload")
PREFLIGHT_SECONDS = 600
CORS_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
CORS_REQUEST_HEADERS = "Authorization, Content-Type, Content-Digest, Cam2Bytes-Taken-At, Range, If-Range"
CORS_RESPONSE_HEADERS = "Retry-After, ETag, Accept-Ranges, Content-Range, Content-Disposition, Allow"


class SecurityHeaders:
    """A strict Content-Security-Policy (nothing inline, nothing foreign) and the Permissions-Policy; and no proxy keeps
    what one person was answered.

    A view that set its own policy keeps it: media go out with a sandbox. Django's SecurityMiddleware adds
    nosniff, Referrer-Policy and Cross-Origin-Opener-Policy.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


@lru_cache
def content_security_policy() -> str:
    """`blob:` is what the camera and the browser's own outbox give; the bucket is where signed URLs lead."""
    media = " ".join(["'self'", "blob:", *_bucket_origins()])
    directives = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"{media} data:",
        "media-src": media,
        "connect-src": "'self'",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _bucket_origins() -> list[str]:
    if settings.CAM2BYTES_STORAGE != "s3":
        return []
    endpoint = settings.STORAGES["default"]["OPTIONS"].get("endpoint_url")
    if not endpoint:
        return ["https://*.amazonaws.com"]
    parts = urlsplit(endpoint)
    return [f"{parts.scheme}://{parts.netloc}"]


def _forget_policy(*, setting: str, **kwargs) -> None:
    if setting in ("CAM2BYTES_STORAGE", "STORAGES"):
        content_security_policy.cache_clear()


setting_changed.connect(_forget_policy)


class CrossOrigin:
    """CORS for the origins that the operator named, on the API and /upload; never with cookies.

    Without `Access-Control-Allow-Credentials` a browser sends no cookie and no foreign page can act as the
    person who is signed in; such a page brings an API token of its own.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.CAM2BYTES_CORS_ORIGINS or not request.path.startswith(SHARED_PATHS):
            return self.get_response(request)
        allowed = request.headers.get("Origin") in settings.CAM2BYTES_CORS_ORIGINS
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if allowed and preflight:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = CORS_METHODS
            response["Access-Control-Allow-Headers"] = CORS_REQUEST_HEADERS
            response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        else:
            response = self.get_response(request)
        if allowed:
            response["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response["Access-Control-Expose-Headers"] = CORS_RESPONSE_HEADERS
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
        patch_vary_headers(response, ["Origin"])
        return response
