"""What the server tells the Studio's page before it begins, in either mode."""

from django.conf import settings
from django.utils.translation import gettext as _

from cam2bytes.lib import room
from cam2bytes.lib.storeerrors import StoreError


def room_bytes():
    """Bytes that uploads may still fill; None where the store has no end, or does not answer."""
    try:
        return room.room_bytes()
    except StoreError:
        return None


def insecure_fix(host, path):
    """What to do where a page came over plain http from another machine; browsers give it no camera."""
    public = settings.CAM2BYTES_PUBLIC_URL
    if public.startswith("https://"):
        return _("Open %(link)s instead.") % {"link": f"{public}{path}"}
    return _("Start with `%(command)s` and open %(link)s.") % {
        "command": settings.CAM2BYTES_LOCAL_HINT,
        "link": f"https://{host}{path}",
    }


def studio_facts(mode, account_id, host, path):
    """The JSON of <script id="studio">; `mode` is capture or record."""
    return {
        "mode": mode,
        "account": account_id,
        "api": "/api/v1",
        "room_bytes": room_bytes(),
        "library_url": "/",
        "capture_url_template": "/captures/{id}/",
        "recording_url_template": "/recordings/{id}/",
        "insecure_fix": insecure_fix(host, path),
    }
