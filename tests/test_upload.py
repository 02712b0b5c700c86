"""/upload takes what the first cam2bytes's pages send, byte for byte, and keeps every run apart."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cam2bytes.lib.digests import sha256_hex
from cam2bytes.lib.store import LocalStore, StoreFull
from cam2bytes.models import UploadClient
from capture.models import CaptureSession, Frame
from recordings import tasks
from recordings.models import Recording
from tests import makers

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGES = sorted((makers.SAMPLES / "first-cam2bytes-messages-firefox-video").glob("message-*.json"))
START = datetime(2026, 11, 22, 6, 22, 58, tzinfo=UTC)
PNG = "data:image/png;base64,"


@pytest.fixture
def alice(db):
    return makers.user("alice", is_superuser=True)


def picture(colour, kind="PNG") -> bytes:
    return makers.image(colour, kind=kind)


def data_url(data: bytes, head="image/png") -> str:
    return f"data:{head};base64,{base64.b64encode(data).decode()}"


def send(client, serial, url, at: float | str | None = None, agent="Firefox/153", **headers):
    """One message, `at` seconds after START by the page's clock (default: 30 a second by its serial number)."""
    if not isinstance(at, str):
        seconds = serial / 30 if at is None and isinstance(serial, int) and abs(serial) < 1e6 else at or 0
        at = (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    return post(client, {"serialNumber": serial, "timestamp": at, "dataUrl": url}, agent, **headers)


def post(client, message, agent="Firefox/153", **headers):
    headers = {"User-Agent": agent, "Origin": "http://testserver", **headers}
    body = message if isinstance(message, str | bytes) else json.dumps(message)
    return client.post("/upload", body, content_type="application/json", headers=headers)


def kept(answer) -> uuid.UUID:
    assert answer.status_code == 200, answer.content
    assert answer.json()["message"] == "Task enqueued successfully"
    assert answer.json().keys() == {"message", "job_id"}
    return uuid.UUID(answer.json()["job_id"])


def numbers(session) -> list[int]:
    return list(Frame.objects.filter(capture=session).order_by("number").values_list("number", flat=True))


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def all_runs_settled():
    """Let the seconds pass in which messages overtake each other."""
    for client in UploadClient.objects.all():
        for run in client.runs:
            run["begun_at"] = (timezone.now() - timedelta(minutes=1)).isoformat()
        client.save()


# As the pages send it -----------------------------------------------------------------------------


def test_frames_become_images_with_their_times(alices):
    pictures = [picture(colour) for colour in ("red", "green", "blue")]
    assert len({kept(send(alices, serial, data_url(data))) for serial, data in enumerate(pictures, 1)}) == 1
    frames = list(Frame.objects.order_by("number"))
    assert [frame.sha256 for frame in frames] == [sha256_hex(data) for data in pictures]
    assert [frame.status for frame in frames] == ["ready"] * 3
    assert frames[2].taken_at == START + timedelta(seconds=0.1)
    image = alices.get(f"/api/v1/captures/{frames[0].capture_id}/frames/0/image")
    assert b"".join(image.streaming_content) == pictures[0]


def test_the_messages_of_a_real_recording_become_a_playable_video(alices):
    answers = [post(alices, path.read_bytes()) for path in MESSAGES]
    assert len({kept(answer) for answer in answers}) == 1
    recording = Recording.objects.get()
    assert recording.content_type == "video/webm; codecs=vp8"
    assert recording.received_count == len(MESSAGES) == 6
    Recording.objects.update(alive_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep_recordings()
    recording.refresh_from_db()
    assert (recording.status, recording.video_codec, recording.gaps) == ("ready", "vp8", [])
    assert 5000 < recording.duration_ms < 7000
    video = alices.get(f"/api/v1/recordings/{recording.pk}/video")
    assert len(b"".join(video.streaming_content)) == recording.video_size_bytes


def test_empty_pictures_before_the_camera_opens_are_422_and_leave_nothing(alices):
    for serial in (1, 2, 3):
        refused(send(alices, serial, "data:,"), 422, "empty")
    assert not CaptureSession.objects.exists()
    session = kept(send(alices, 4, data_url(picture("red"))))
    assert numbers(session) == [3]


def test_the_same_timestamp_twice_loses_nothing(alices):
    for serial, colour in enumerate(("red", "green", "blue"), 1):
        session = kept(send(alices, serial, data_url(picture(colour)), at=5))
    assert numbers(session) == [0, 1, 2]


def test_without_a_timestamp_the_time_is_unknown(alices):
    kept(post(alices, {"serialNumber": 1, "dataUrl": data_url(picture("red"))}))
    assert Frame.objects.get().taken_at is None


def test_a_repeated_message_is_kept_once(alices):
    for _ in range(2):
        first = kept(send(alices, 1, data_url(picture("red"))))
        second = kept(send(alices, 2, data_url(picture("green"))))
    assert first == second
    assert numbers(first) == [0, 1]


def test_an_empty_last_chunk_is_a_chunk(alices):
    message = json.loads(MESSAGES[0].read_bytes())
    recording = kept(post(alices, message))
    assert kept(send(alices, 2, "data:video/webm; codecs=vp8;base64,")) == recording


def test_pictures_and_chunks_of_one_page_do_not_disturb_each_other(alices):
    session = kept(send(alices, 1, data_url(picture("red"))))
    recording = kept(post(alices, MESSAGES[0].read_bytes()))
    assert kept(send(alices, 2, data_url(picture("green")))) == session
    assert kept(post(alices, MESSAGES[1].read_bytes())) == recording


# Runs ---------------------------------------------------------------------------------------------


def test_serial_number_1_begins_a_new_one(alices):
    first = kept(send(alices, 1, data_url(picture("red")), at=0))
    kept(send(alices, 2, data_url(picture("green")), at=1))
    second = kept(send(alices, 1, data_url(picture("red")), at=60))
    assert first != second
    assert kept(send(alices, 2, data_url(picture("blue")), at=61)) == second
    assert (numbers(first), numbers(second)) == ([0, 1], [0, 1])


def test_an_empty_first_picture_begins_a_new_one_too(alices):
    first = kept(send(alices, 1, data_url(picture("red")), at=0))
    refused(send(alices, 1, "data:,", at=60), 422, "empty")
    second = kept(send(alices, 2, data_url(picture("green")), at=61))
    assert first != second
    assert (numbers(first), numbers(second)) == ([0], [1])


def test_other_bytes_under_a_held_number_begin_a_new_one(alices):
    first = kept(send(alices, 1, data_url(picture("red")), at=0))
    kept(send(alices, 2, data_url(picture("green")), at=1))
    second = kept(send(alices, 2, data_url(picture("blue")), at=60))
    assert first != second
    assert (numbers(first), numbers(second)) == ([0, 1], [1])
    assert kept(send(alices, 3, data_url(picture("white")), at=61)) == second


@pytest.mark.parametrize("order", [(2, 1, 3), (3, 2, 1), (4, 1, 3, 2)])
def test_messages_that_overtake_each_other_stay_together(alices, order):
    kept(send(alices, 1, data_url(picture("white")), at=0))
    kept(send(alices, 2, data_url(picture("black")), at=0.1))
    kept(send(alices, 3, data_url(picture("gray")), at=0.2))
    all_runs_settled()
    colours = {1: "red", 2: "green", 3: "blue", 4: "yellow"}
    if order[0] == 4:  # not held by the run before: only its 1 tells that a new one has begun
        order = order[1:]
    sessions = {kept(send(alices, serial, data_url(picture(colours[serial])), at=60 + serial)) for serial in order}
    assert len(sessions) == 1
    assert CaptureSession.objects.count() == 2
    assert numbers(sessions.pop()) == sorted(serial - 1 for serial in order)


def test_a_message_still_on_its_way_goes_to_its_own_run(alices):
    first = kept(send(alices, 1, data_url(picture("red")), at=0))
    second = kept(send(alices, 1, data_url(picture("green")), at=60))
    assert kept(send(alices, 2, data_url(picture("blue")), at=59.9)) == first
    assert kept(send(alices, 2, data_url(picture("white")), at=60.1)) == second


def test_a_clock_set_back_does_not_tear_a_run_apart(alices):
    kept(send(alices, 1, data_url(picture("red")), at=0))
    second = kept(send(alices, 1, data_url(picture("green")), at=60))
    all_runs_settled()
    assert kept(send(alices, 2, data_url(picture("blue")), at=30)) == second


def test_what_was_deleted_takes_no_more_until_the_page_starts_again(alices):
    session = kept(send(alices, 1, data_url(picture("red")), at=0))
    alices.delete(f"/api/v1/captures/{session}")
    refused(send(alices, 2, data_url(picture("green")), at=1), 410, "deleted")
    assert makers.objects() == []
    assert kept(send(alices, 1, data_url(picture("blue")), at=60)) != session


# Who ----------------------------------------------------------------------------------------------


def test_two_clients_at_once_never_mix(alice, bob, client_of):
    secret = {"Authorization": f"Bearer {makers.token(alice, 'ingest')}"}
    senders = {
        "alice": (client_of(alice), {}),
        "alice on another browser": (client_of(alice), {"agent": "Chrome/150"}),
        "alice signed in twice": (client_of(alice), {}),
        "bob": (client_of(bob), {}),
        "a token": (Client(), secret),
        "a token from another page": (Client(), {**secret, "Origin": "https://study.example"}),
    }
    colours = dict(zip(senders, ("red", "green", "blue", "white", "black", "gray"), strict=True))
    sessions = {name: set() for name in senders}
    for serial in (1, 2, 3):
        for name, (client, extra) in senders.items():
            data = makers.image(colours[name], size=(64, 40 + serial), kind="PNG")
            sessions[name].add(kept(send(client, serial, data_url(data), **extra)))
    assert [len(found) for found in sessions.values()] == [1] * 6
    assert len(set.union(*sessions.values())) == 6
    assert CaptureSession.objects.filter(owner=bob).count() == 1
    for found in sessions.values():
        assert numbers(*found) == [0, 1, 2]


def test_an_address_of_its_own_is_a_client_of_its_own(alice, settings):
    settings.CAM2BYTES_OPEN_UPLOAD = True
    client, message = Client(), {"serialNumber": 2, "timestamp": None}
    found = set()
    for address, colour in (("10.0.0.1", "red"), ("10.0.0.2", "green")):
        body = json.dumps({**message, "dataUrl": data_url(picture(colour))})
        found.add(kept(client.post("/upload", body, content_type="application/json", REMOTE_ADDR=address)))
    assert len(found) == 2


def test_strangers_are_401(client, alice):
    refused(send(client, 1, data_url(picture("red"))), 401, "unauthenticated")
    refused(send(client, 1, data_url(picture("red")), Authorization="Bearer c2b_wrong"), 401, "unauthenticated")
    assert not CaptureSession.objects.exists()


def test_strangers_may_where_the_operator_says_so(client, alice, bob, settings):
    settings.CAM2BYTES_OPEN_UPLOAD = True
    assert CaptureSession.objects.get(pk=kept(send(client, 1, data_url(picture("red"))))).owner == alice
    settings.CAM2BYTES_OPEN_UPLOAD_OWNER = "bob"
    assert CaptureSession.objects.get(pk=kept(send(client, 1, data_url(picture("red")), at=60))).owner == bob
    settings.CAM2BYTES_OPEN_UPLOAD_OWNER = "nobody"
    refused(send(client, 1, data_url(picture("red")), at=120), 503, "unavailable")


def test_an_unchanged_page_of_this_server_needs_no_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    kept(send(client, 1, data_url(picture("red"))))
    message = {"serialNumber": 2, "timestamp": None, "dataUrl": data_url(picture("green"))}
    same = client.post("/upload", json.dumps(message), content_type="application/json",
                       headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert same.status_code == 200


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {},
])  # fmt: skip
def test_a_page_elsewhere_cannot_send_as_the_person_signed_in(alice, headers):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    message = {"serialNumber": 1, "timestamp": None, "dataUrl": data_url(picture("red"))}
    answer = client.post("/upload", json.dumps(message), content_type="application/json", headers=headers)
    refused(answer, 403, "csrf")
    assert not CaptureSession.objects.exists()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_could_send_is_415(alices, content_type):
    message = json.dumps({"serialNumber": 1, "timestamp": None, "dataUrl": data_url(picture("red"))})
    refused(alices.post("/upload", message, content_type=content_type), 415, "unsupported-type")


# Nonsense -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", [
    0, -1, 2**31, 2**63, 10**400, 1.5, 1.0, True, None, "1", "../1", [], {}, "\u0661",
])  # fmt: skip
def test_a_hostile_serial_number(alices, serial):
    message = {"serialNumber": serial, "timestamp": None, "dataUrl": data_url(picture("red"))}
    refused(post(alices, message), 422, "bad-number")
    assert makers.objects() == []


@pytest.mark.parametrize("timestamp", [
    "../../etc/passwd", "/etc/passwd", "", "now", "\x00", "\ud800", "2026-13-40T00:00:00Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "9" * 5000, 5, 1e300, True, [], {"a": 1},
])  # fmt: skip
def test_a_hostile_timestamp(alices, timestamp):
    message = {"serialNumber": 1, "timestamp": timestamp, "dataUrl": data_url(picture("red"))}
    refused(post(alices, message), 422, "invalid")
    assert makers.objects() == []
    assert not CaptureSession.objects.exists()


@pytest.mark.parametrize(("url", "status", "code"), [
    ("data:text/html;base64,PGI+", 415, "unsupported-type"),
    ("data:image/png;base64,PGI+", 415, "unsupported-type"),
    ("data:image/svg+xml;base64,PHN2Zz4=", 415, "unsupported-type"),
    ("data:video/webm;base64,AAECAwQFBgc=", 415, "unsupported-type"),
    ("data:application/octet-stream;base64,AAAA", 415, "unsupported-type"),
    (PNG + base64.b64encode(makers.image(kind="PNG")[:20]).decode(), 422, "bad-image"),
    (PNG, 422, "empty"),
    (PNG + "@@@AAAA!!!", 422, "invalid"),
    ("", 422, "invalid"), (None, 422, "invalid"), ([], 422, "invalid"),
])  # fmt: skip
def test_a_hostile_data_url(alices, url, status, code):
    refused(send(alices, 1, url), status, code)
    assert makers.objects() == []
    assert not CaptureSession.objects.exists()
    assert not Recording.objects.exists()


@pytest.mark.parametrize(("body", "status", "code"), [
    ("", 400, "bad-json"), ("{", 400, "bad-json"), (b"\xff", 400, "bad-json"), ("[" * 100_000, 400, "bad-json"),
    ('{"serialNumber": NaN}', 400, "bad-json"), ('{"serialNumber": ' + "9" * 5000 + "}", 400, "bad-json"),
    ("[]", 422, "invalid"), ("null", 422, "invalid"), ('"x"', 422, "invalid"), ("{}", 422, "bad-number"),
])  # fmt: skip
def test_a_hostile_body(alices, body, status, code):
    answer = alices.post("/upload", body, content_type="application/json",
                         headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})  # fmt: skip
    refused(answer, status, code)


def test_a_body_that_is_too_large_is_413(alices, settings):
    settings.CAM2BYTES_MAX_FRAME_BYTES = settings.CAM2BYTES_MAX_CHUNK_BYTES = 1000
    refused(send(alices, 1, PNG + "A" * 8000), 413, "too-large")


def test_other_methods_are_405(alices, client):
    for browser in (alices, client):
        answer = browser.get("/upload")
        refused(answer, 405, "method-not-allowed")
        assert answer["Allow"] == "POST"


def test_a_refused_first_picture_still_marks_the_beginning(alices):
    first = kept(send(alices, 1, data_url(picture("red")), at=0))
    refused(send(alices, 1, "data:image/png;base64,PGI+", at=60), 415, "unsupported-type")
    assert kept(send(alices, 2, data_url(picture("green")), at=61)) != first


def test_no_room_is_507_and_the_page_may_send_again(alices, monkeypatch):
    def full(store, objects):
        raise StoreFull("No space left on device")

    with monkeypatch.context() as crowded:
        crowded.setattr(LocalStore, "keep_many", full)
        refused(send(alices, 1, data_url(picture("red"))), 507, "disk-full")
    assert numbers(kept(send(alices, 1, data_url(picture("red"))))) == [0]
    assert CaptureSession.objects.count() == 1
