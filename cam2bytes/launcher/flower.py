"""Flower as cam2bytes runs it: `python -m cam2bytes.launcher.flower`, options by FLOWER_... as in its manual.

Listens on this machine only unless FLOWER_ADDRESS (or CAM2BYTES_FLOWER_HOST) says otherwise, and then only
with a password, CAM2BYTES_FLOWER_AUTH=user:password. Without a password its API is open, with permission
for every other site's page to call it, and could stop the workers of anyone who visits that page;
`refuse_other_sites` closes that door.
"""

import os
import sys
from urllib.parse import urlsplit

from celery.bin.celery import main as celery
from flower.api import BaseApiHandler
from flower.views import BaseHandler
from tornado.web import HTTPError

from cam2bytes import env
from cam2bytes.launcher import network, options


def refuse_other_sites(handler) -> None:
    """Answer 403 to what a browser sends on behalf of a page from elsewhere; called before each request.

    Such a page shows itself by Sec-Fetch-Site or Origin or, where it made its own name point at this machine
    (DNS rebinding), by a Host that is not this machine. Following a link to Flower is fine.
    """
    request = handler.request
    origin = request.headers.get("Origin")
    host = urlsplit(f"//{request.host}").hostname or ""
    follows_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    same_site = request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin") or follows_link
    same_origin = not origin or urlsplit(origin).netloc == request.host
    if not (same_site and same_origin and network.is_loopback(host)):
        raise HTTPError(403, "Flower answers only this machine and its own pages")


def set_safe_headers(handler) -> None:
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("X-Frame-Options", "DENY")


def main() -> None:
    host = os.environ.setdefault("FLOWER_ADDRESS", env.text("CAM2BYTES_FLOWER_HOST", "127.0.0.1"))
    auth = env.text("CAM2BYTES_FLOWER_AUTH") or env.text("FLOWER_BASIC_AUTH")
    options.check_flower(host, auth)
    if auth:
        os.environ["FLOWER_BASIC_AUTH"] = auth
    else:
        os.environ["FLOWER_UNAUTHENTICATED_API"] = "true"
        BaseHandler.prepare = BaseApiHandler.prepare = refuse_other_sites
        BaseHandler.set_default_headers = set_safe_headers
    sys.argv = ["celery", "--app", "cam2bytes.celery", "--quiet", "flower", *sys.argv[1:]]
    celery()


if __name__ == "__main__":
    try:
        main()
    except env.WrongSetting as wrong:
        sys.exit(f"{wrong}")
