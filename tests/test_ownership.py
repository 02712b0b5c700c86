"""Every address, every method, everybody: who gets what.

The addresses are walked from the URL map, so a new one fails here until its expectation is written below;
a method that is not expected must be refused. Everybody is one of:

    stranger    nobody signed in            staff     somebody who may open everything by its id
    owner       whose things they are       full      an API token of the owner
    other       somebody else signed in     ingest    a token of the owner that may only send, and started them
                                            foreign   such a token that did not start them
                                            revoked   a token of the owner that was revoked
"""

import json
import re
import uuid
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from cam2bytes.accounts.models import ApiToken, OneTimeLink
from cam2bytes.lib import batches, keys
from cam2bytes.lib.containers import header_of
from cam2bytes.lib.store import get_store
from capture.models import CaptureSession, Frame
from recordings.models import Chunk, Derivative, LivePiece, Recording
from tests import makers, media

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ACTORS = ("stranger", "owner", "other", "staff", "full", "ingest", "foreign", "revoked")
IMAGE, CHUNK = makers.image(), b"\x1a\x45\xdf\xa3 the beginning of a recording"
HEADER = header_of(media.chunks_of("webm_vp8_opus_640")[0])
TO_SIGN_IN = 302


# Kinds of doors: what each of ACTORS is answered --------------------------------------------------


def public(ok):
    return dict.fromkeys(ACTORS, ok)


def page(ok, other=None):
    """Cookies only; `other` is what somebody else gets, where the page shows somebody's thing."""
    signed_in = {"owner": ok, "staff": ok, "other": other or ok}
    return dict.fromkeys(ACTORS, TO_SIGN_IN) | signed_in


def api(ok, *, other=404, ingest=403, foreign=None):
    everybody = {"stranger": 401, "owner": ok, "other": other, "staff": ok, "full": ok, "revoked": 401}
    return everybody | {"ingest": ingest, "foreign": foreign or ingest}


def reading(ok=200):
    """Somebody's thing, never for tokens that only send."""
    return api(ok)


def sending(ok=200):
    """A door for tokens that only send: into what they started themselves."""
    return api(ok, ingest=ok, foreign=404)


def own_list():
    """One's own list: open to everybody who may read, with nothing of others in it."""
    return api(200, other=200)


def starting():
    return api(201, other=201, ingest=201)


CAPTURE, FRAME = "api/v1/captures/<capture_id>", "api/v1/captures/<capture_id>/frames/<number>"
RECORDING = "api/v1/recordings/<recording_id>"
DERIVATIVE = f"{RECORDING}/derivatives/<derivative_id>"
EXPECTED = {
    # pages
    "GET ": page(200),
    "GET account/": page(200),
    "GET live/": page(200),
    "GET live/news": page(200),
    "POST account/": page(302),
    "GET capture/": page(200),
    "GET record/": page(200),
    "GET captures/<pk>/": page(200, other=404),
    "POST captures/<pk>/edit": page(302, other=404),
    "GET captures/<pk>/delete": page(200, other=404),
    "POST captures/<pk>/delete": page(302, other=404),
    "GET captures/<pk>/download": page(200, other=404),
    "GET captures/download": page(302),
    "GET captures/<pk>/compare": page(302, other=404),
    "GET captures/<pk>/frames/<number>/": page(200, other=404),
    "POST captures/<pk>/frames/<number>/edit": page(302, other=404),
    "GET captures/<pk>/frames/<number>/delete": page(200, other=404),
    "POST captures/<pk>/frames/<number>/delete": page(302, other=404),
    "GET recordings/<pk>/": page(200, other=404),
    "POST recordings/<pk>/edit": page(302, other=404),
    "GET recordings/<pk>/delete": page(200, other=404),
    "POST recordings/<pk>/delete": page(302, other=404),
    "POST recordings/<pk>/retry": page(302, other=404),
    "POST recordings/<pk>/make": page(302, other=404),
    "POST recordings/<pk>/made/<derivative_id>/discard": page(302, other=404),
    # open to everybody
    "GET healthz": public(200),
    "GET readyz": public(200),
    "GET sign-in/": public(200),
    "POST sign-in/": public(200),
    "POST sign-out/": public(302),
    "GET link/<token>/": public(200),
    "POST link/<token>/": public(302),
    "GET welcome/": public(302),
    "POST welcome/": public(302),
    "GET api/v1/docs": public(200),
    "GET api/v1/time": public(200),
    # capture sessions and frames
    "GET api/v1/captures": own_list(),
    "POST api/v1/captures": starting(),
    f"GET {CAPTURE}": sending(),
    f"PATCH {CAPTURE}": reading(),
    f"DELETE {CAPTURE}": reading(204),
    f"POST {CAPTURE}/alive": sending(),
    f"POST {CAPTURE}/close": sending(),
    f"GET {CAPTURE}/archive": reading(),
    "GET api/v1/captures/archive": api(422, other=422),
    f"GET {CAPTURE}/frames": reading(),
    f"POST {CAPTURE}/frames": sending(),
    f"GET {FRAME}": reading(),
    f"PUT {FRAME}": sending(),
    f"PATCH {FRAME}": reading(),
    f"DELETE {FRAME}": reading(204),
    f"GET {FRAME}/image": reading(),
    f"GET {FRAME}/thumbnail": reading(),
    # recordings and chunks
    "GET api/v1/recordings": own_list(),
    "POST api/v1/recordings": starting(),
    f"GET {RECORDING}": sending(),
    f"PATCH {RECORDING}": reading(),
    f"DELETE {RECORDING}": reading(204),
    f"POST {RECORDING}/alive": sending(),
    f"POST {RECORDING}/seal": sending(),
    f"GET {RECORDING}/chunks": sending(),
    f"PUT {RECORDING}/chunks/<number>": sending(),
    f"GET {RECORDING}/health": reading(),
    f"GET {RECORDING}/pictures": reading(409),
    f"GET {RECORDING}/video": reading(),
    f"GET {RECORDING}/original": reading(),
    f"GET {RECORDING}/poster": reading(),
    f"GET {RECORDING}/live": reading(),
    f"GET {RECORDING}/live/<number>": reading(),
    f"GET {RECORDING}/live/<number>/init": reading(),
    f"GET {RECORDING}/derivatives": reading(),
    f"POST {RECORDING}/derivatives": reading(201),
    f"GET {DERIVATIVE}": reading(),
    f"DELETE {DERIVATIVE}": reading(204),
    f"GET {DERIVATIVE}/file": reading(),
    f"GET {DERIVATIVE}/webvtt": reading(),
    # the first cam2bytes's door
    "POST upload": api(200, other=200, ingest=200),
}
EXPECTED |= {f"HEAD {name[4:]}": row for name, row in EXPECTED.items() if name.startswith("GET ")}
for method in METHODS:  # ninja's own two take no notice of the method
    EXPECTED[f"{method} api/v1/openapi.json"] = public(200)
    EXPECTED[f"{method} api/v1/"] = public(404)

JSON_BODIES = {
    f"PATCH {CAPTURE}": {"name": "x"},
    f"PATCH {FRAME}": {"labels": ["x"]},
    f"PATCH {RECORDING}": {"name": "x"},
    "POST api/v1/captures": {},
    "POST api/v1/recordings": {"content_type": "video/webm"},
    f"POST {CAPTURE}/alive": {},
    f"POST {CAPTURE}/close": {"frame_count": 1},
    f"POST {RECORDING}/alive": {"state": "recording"},
    f"POST {RECORDING}/seal": {"chunk_count": 1},
    f"POST {RECORDING}/derivatives": {"kind": "mp4"},
    "POST upload": {"serialNumber": 1, "dataUrl": "data:video/webm;base64,GkXfow=="},
}
RAW_BODIES = {
    f"PUT {FRAME}": (IMAGE, "image/jpeg"),
    f"PUT {RECORDING}/chunks/<number>": (CHUNK, "video/webm"),
    f"POST {CAPTURE}/frames": (batches.build([({"number": 0}, IMAGE)]), batches.CONTENT_TYPE),
}
FORMS = {"POST account/": {"do": "name", "username": "renamed"}, "POST recordings/<pk>/make": {"kind": "mp4"}}


# The walk -----------------------------------------------------------------------------------------


def walk(resolver=None, prefix=""):
    """Every address as it stands in the URL map, without its converters: `captures/<pk>/`."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + re.sub(r"<\w+:(\w+)>", r"<\1>", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from walk(entry, address)
        else:
            yield address


ADDRESSES = sorted(set(walk()))
IN_ADMIN = [address for address in ADDRESSES if address.startswith("admin/")]
ELSEWHERE = [address for address in ADDRESSES if not address.startswith("admin/")]


@dataclass
class World:
    """Something of everything, all of it the owner's, and a way in for everybody."""

    owner: object
    capture: CaptureSession
    recording: Recording
    derivative: Derivative
    clients: dict[str, Client]
    link: str = ""

    def path(self, address: str) -> str:
        of_recordings = address.startswith("recordings/")
        values = {
            "pk": self.recording.pk if of_recordings else self.capture.pk,
            "capture_id": self.capture.pk,
            "recording_id": self.recording.pk,
            "derivative_id": self.derivative.pk,
            "number": 0,
            "token": self.link,
        }
        return "/" + re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), address)

    def ask(self, actor: str, method: str, address: str):
        """The answer to one request; what it changed is undone."""
        name = f"{method} {address}"
        if name in JSON_BODIES:
            body = {"data": json.dumps(JSON_BODIES[name]), "content_type": "application/json"}
        elif name in RAW_BODIES:
            body = dict(zip(("data", "content_type"), RAW_BODIES[name], strict=True))
        else:
            body = {"data": FORMS.get(name, {})} if method in ("GET", "POST", "HEAD") else {}
        headers = {"Origin": "http://testserver"} if address == "upload" else {}
        before = transaction.savepoint()
        try:
            return getattr(self.clients[actor], method.lower())(self.path(address), headers=headers, **body)
        finally:
            transaction.savepoint_rollback(before)


@pytest.fixture
def world(db, alice, bob, client_of):
    secrets = {name: makers.token(alice, scope) for name, scope in (
        ("full", "full"), ("revoked", "full"), ("ingest", "ingest"), ("foreign", "ingest"),
    )}  # fmt: skip
    tokens = {name: ApiToken.objects.find(secret) for name, secret in secrets.items()}
    tokens["revoked"].revoke()
    clients = {"stranger": Client(), "owner": client_of(alice), "other": client_of(bob)}
    clients["staff"] = client_of(makers.user("carol", is_staff=True))
    clients |= {name: Client(headers={"Authorization": f"Bearer {secret}"}) for name, secret in secrets.items()}
    capture = CaptureSession.objects.create(
        owner=alice, started_by_token=tokens["ingest"], frame_count=1, ready_count=1, size_bytes=len(IMAGE)
    )
    recording = Recording.objects.create(
        owner=alice, started_by_token=tokens["ingest"], content_type="video/webm", received_count=1,
        highest_number=0, held_bytes=len(CHUNK), video=kept(CHUNK), video_content_type="video/webm",
        video_size_bytes=len(CHUNK), poster=kept(IMAGE), duration_ms=1000, header=HEADER,
    )  # fmt: skip
    Frame.objects.create(
        capture=capture, number=0, status="ready", content_type="image/jpeg", size_bytes=len(IMAGE),
        sha256=makers.sha256_hex(IMAGE), width=64, height=48, image=kept(IMAGE), thumbnail=kept(IMAGE),
    )  # fmt: skip
    Chunk.objects.create(
        recording=recording, number=0, size_bytes=len(CHUNK), sha256=makers.sha256_hex(CHUNK), file=kept(CHUNK)
    )
    LivePiece.objects.create(recording=recording, number=0, start_ms=0, end_ms=0, size_bytes=4, file=kept(b"live"))
    derivative = Derivative.objects.create(
        recording=recording, kind="sprite", status="ready", file=kept(IMAGE), content_type="image/jpeg",
        size_bytes=len(IMAGE), facts={"tile": [64, 48], "count": 1, "step_ms": 1000}, source=recording.video.name,
    )  # fmt: skip
    return World(alice, capture, recording, derivative, clients, link=OneTimeLink.objects.issue("sign_in", alice))


def kept(data: bytes) -> str:
    key = f"{keys.capture_prefix(uuid.uuid4())}x"
    get_store().keep(key, data)
    return key


# The matrix ---------------------------------------------------------------------------------------


def test_every_address_has_an_expectation():
    expected = {name.partition(" ")[2] for name in EXPECTED}
    assert set(ELSEWHERE) - expected == set(), "an address without an expectation"
    assert expected - set(ELSEWHERE) == set(), "an expectation without an address"


@pytest.mark.parametrize("address", ELSEWHERE)
def test_everybody_gets_what_is_theirs(world, address):
    wrong = []
    for method in METHODS:
        row = EXPECTED.get(f"{method} {address}")
        for actor in ACTORS:
            status = world.ask(actor, method, address).status_code
            fits = status == row[actor] if row else status in (405, 403, 401, TO_SIGN_IN)
            if not fits:
                wrong.append(f"{actor}: {method} /{address} is {status}, not {row[actor] if row else 405}")
    assert wrong == []


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_method_nobody_expects_is_405_for_the_owner(world, address):
    taken = [method for method in METHODS if f"{method} {address}" in EXPECTED]
    for method in set(METHODS) - set(taken):
        answer = world.ask("owner", method, address)
        assert answer.status_code == 405, method
        assert set(taken) <= set(answer["Allow"].replace(" ", "").split(",")), method


@pytest.mark.parametrize("address", [address for address in ELSEWHERE if "<pk>" in address or "_id>" in address])
def test_somebody_elses_thing_and_nothing_at_all_look_the_same(world, address):
    """Otherwise the answer would tell that the id exists."""
    theirs = {method: world.ask("other", method, address) for method in METHODS if f"{method} {address}" in EXPECTED}
    world.capture, world.recording = CaptureSession(), Recording()
    for method, answer in theirs.items():
        nothing = world.ask("other", method, address)
        assert (nothing.status_code, words(nothing)) == (answer.status_code, words(answer)), method


def words(answer) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", answer.content.decode())


@pytest.mark.parametrize("kind", ["captures", "recordings"])
def test_lists_hold_only_ones_own(world, kind):
    found = {actor: len(world.ask(actor, "GET", f"api/v1/{kind}").json()["items"])
             for actor in ("owner", "other", "staff", "full")}  # fmt: skip
    assert found == {"owner": 1, "other": 0, "staff": 0, "full": 1}
    assert str(world.capture.pk) not in world.ask("other", "GET", "").content.decode()


def test_media_lie_in_no_public_folder(world):
    for key in makers.objects():
        for path in (f"/media/{key}", f"/static/{key}", f"/static/../media/{key}", f"/{key}"):
            assert world.clients["owner"].get(path).status_code == 404


def test_an_address_that_is_not_there_is_no_way_in(world):
    assert world.clients["stranger"].get("/captures/x/").status_code in (302, 404)
    for path in ("/api/v1/captures/x", "/api/v1/nothing"):
        assert world.clients["owner"].get(path).status_code == 404


@pytest.mark.parametrize("address", IN_ADMIN)
def test_the_admin_is_for_staff(world, address):
    path = "/" + re.sub(r"<\w+>|\(\?P<url>\.\*\)\$", "1", address)
    for actor in set(ACTORS) - {"staff"}:
        for method in ("get", "post"):
            answer = getattr(world.clients[actor], method)(path)
            assert answer.status_code in (302, 404, 405), (actor, method)
