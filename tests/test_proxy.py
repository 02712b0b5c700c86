"""The nginx recipe of docs/operations.md in front of the real `./dev run`: uploads, ranges, sign-in, https."""

import http.client
import os
import re
import shutil
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest

from cam2bytes.launcher import certificate
from cam2bytes.lib import batches
from tests.client import ACCOUNT, CLIP, Api, new_token
from tests.running import ROOT, running_cam2bytes
from tests.servers import free_port, listens, needed, running, wait_until

pytestmark = pytest.mark.xdist_group("running")
NAME = "cam.example.org"
AROUND = """
daemon off; pid nginx.pid; error_log stderr; {user}
events {{}}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path x; uwsgi_temp_path x; scgi_temp_path x;
    include recipe.conf;
}}
"""


@pytest.fixture
def nginx() -> str:
    return needed(shutil.which("nginx") or shutil.which("/usr/sbin/nginx"), "REQUIRE_NGINX", "nginx")


def recipe(**places: str | int | Path) -> str:
    """The ```nginx block, with the ports and files of this machine in place of its own."""
    text = re.search(r"^```nginx\n(.*?)^```", (ROOT / "docs" / "operations.md").read_text(), re.M | re.S).group(1)
    for said, here in (
        ("listen 80;", f"listen 127.0.0.1:{places['http']};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{places['https']} ssl;"),
        ("/etc/ssl/cam.example.org.pem", places["pem"]),
        ("/etc/ssl/cam.example.org.key", places["key"]),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{places['web']}"),
    ):
        assert text.count(said) == 1, said
        text = text.replace(said, str(here))
    return text


def noise(number: int) -> bytes:
    """A PNG of about 3 MB."""
    pixels = np.random.default_rng(number).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def ask(connection: http.client.HTTPConnection, method: str, path: str, body=None, **headers):
    connection.request(method, path, body, {"Host": NAME} | headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def cookie_named(name: str, headers) -> str:
    """`name=value` of a cookie that only goes over https."""
    (cookie,) = [line for line in headers.get_all("Set-Cookie", []) if line.startswith(f"{name}=")]
    assert "; Secure" in cookie
    return cookie.partition(";")[0]


def test_uploads_ranges_and_sign_in_through_the_nginx_of_the_docs(nginx, tmp_path):
    web, plain_port, port = free_port(), free_port(), free_port()
    pem, key = certificate.ensure(tmp_path / "https", [NAME, "127.0.0.1"])
    (tmp_path / "nginx.conf").write_text(AROUND.format(user="user root;" if os.geteuid() == 0 else ""))
    (tmp_path / "recipe.conf").write_text(recipe(http=plain_port, https=port, pem=pem, key=key, web=web))
    command = [nginx, "-p", tmp_path, "-c", "nginx.conf"]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr

    env = ACCOUNT | {"CAM2BYTES_PUBLIC_URL": f"https://{NAME}", "CAM2BYTES_HTTPS": "1", "CAM2BYTES_BEHIND_PROXY": "1"}
    with running_cam2bytes(tmp_path / "data", "--port", str(web), env=env) as server, running(command):
        wait_until(lambda: listens(port), "nginx listens")
        assert server.url == f"https://{NAME}"
        trusted = ssl.create_default_context(cafile=pem)
        api = Api(f"https://127.0.0.1:{port}", new_token(server), {"Host": NAME}, trusted)

        frames = [noise(number) for number in range(3)]
        batch = batches.build([({"number": number}, frame) for number, frame in enumerate(frames)])
        assert len(batch) > 8_000_000
        capture = f"captures/{api.json('POST', 'captures', {})['id']}"
        answer = api.json("POST", f"{capture}/frames", batch, **{"Content-Type": batches.CONTENT_TYPE})
        assert [receipt["status"] for receipt in answer["receipts"]] == [201, 201, 201]
        assert api("GET", f"{capture}/frames/1/image") == frames[1]

        recording = api.record()
        secure = http.client.HTTPSConnection("127.0.0.1", port, context=trusted, timeout=30)
        path = f"/api/v1/{recording}/original"
        status, headers, body = ask(secure, "GET", path, Range="bytes=100-199", **api.headers)
        assert (status, body) == (206, CLIP[100:200])
        assert headers["Content-Range"] == f"bytes 100-199/{len(CLIP)}"

        status, headers, body = ask(secure, "GET", "/sign-in/")
        csrf = cookie_named("csrftoken", headers)
        form = urlencode({
            "username": ACCOUNT["DJANGO_SUPERUSER_USERNAME"], "password": ACCOUNT["DJANGO_SUPERUSER_PASSWORD"],
            "csrfmiddlewaretoken": csrf.partition("=")[2],
        })  # fmt: skip
        origin = {"Origin": f"https://{NAME}", "Content-Type": "application/x-www-form-urlencoded"}
        status, headers, _ = ask(secure, "POST", "/sign-in/", form, Cookie=csrf, **origin)
        assert status == 302
        status, _, page = ask(secure, "GET", "/", Cookie=cookie_named("sessionid", headers))
        assert status == 200 and b"alice" in page

        plain = http.client.HTTPConnection("127.0.0.1", plain_port, timeout=30)
        status, headers, _ = ask(plain, "GET", "/capture/?fps=2")
        assert (status, headers["Location"]) == (301, f"https://{NAME}/capture/?fps=2")
        around = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
        assert ask(around, "GET", "/capture/")[0] == 301, "past the proxy there is no plain http either"
