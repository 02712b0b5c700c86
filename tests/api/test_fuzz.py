"""Whatever is sent, the answer is below 500, and a refusal leaves nothing behind."""

import json
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cam2bytes.lib import batches
from tests.api.untouched import everything
from tests.api.world import JSON_DOORS
from tests.makers import image

pytestmark = pytest.mark.django_db

# One world for all examples: what was taken before does not change what may come next.
fuzz = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.just("\ud800")
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
names = st.sampled_from(
    ["name", "labels", "metadata", "width", "requested_fps", "client_id", "content_type", "continues", "state",
     "waiting_count", "frame_count", "dropped_count", "chunk_count", "header", "end_reason", "timeslice_ms",
     "external_id"],
)  # fmt: skip
heads = st.dictionaries(st.sampled_from(["number", "taken_at_ms", "content_type", "size_bytes", "sha256"]), values)


def assert_taken_or_untouched(answer, before) -> None:
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
    if answer.status_code >= 400 and answer.json()["code"] != "number-conflict":  # those go to quarantine
        assert everything() == before


@fuzz
@given(door=st.sampled_from(sorted(JSON_DOORS)), body=st.dictionaries(names, values, max_size=5))
def test_any_json(world, door, body):
    before = everything()
    assert_taken_or_untouched(world.send(*door, json.dumps(body).encode()), before)


@fuzz
@given(door=st.sampled_from(sorted(JSON_DOORS)), body=st.binary(max_size=200))
def test_any_bytes_as_json(world, door, body):
    before = everything()
    assert_taken_or_untouched(world.send(*door, body), before)


@fuzz
@given(body=st.binary(min_size=1, max_size=300))
def test_any_bytes_as_a_batch(world, body):
    before = everything()
    answer = world.send("POST", "captures/{c}/frames", body, batches.CONTENT_TYPE)
    assert_taken_or_untouched(answer, before)
    assert all(receipt["status"] >= 400 for receipt in answer.json()["receipts"]) and everything() == before


@fuzz
@given(head=heads, says_size=st.booleans())
def test_any_head_in_a_batch(world, head, says_size):
    picture = image()
    encoded = json.dumps({**head, "size_bytes": len(picture)} if says_size else head).encode()
    body = struct.pack(">I", len(encoded)) + encoded + picture
    answer = world.send("POST", "captures/{c}/frames", body, batches.CONTENT_TYPE)
    assert answer.status_code == 200, answer.content
    for receipt in answer.json()["receipts"]:
        assert receipt["status"] in (200, 201, 400, 409, 413, 415, 422)


@fuzz
@given(
    address=st.sampled_from(["captures/{c}/frames/3", "recordings/{r}/chunks/3"]),
    digest=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    time=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    data=st.binary(max_size=60),
)
def test_any_headers(world, address, digest, time, data):
    before = everything()
    said = {"HTTP_CONTENT_DIGEST": digest, "HTTP_CAM2BYTES_TAKEN_AT": time}
    assert_taken_or_untouched(world.send("PUT", address, data, "image/jpeg", **said), before)


@fuzz
@given(number=st.text(min_size=1, max_size=30), query=st.text(max_size=40))
def test_any_address(world, number, query):
    before = everything()
    for kind in ("captures/{c}/frames/", "recordings/{r}/"):
        path = world.path(kind) + number.encode("utf-8", "surrogatepass").hex("%")
        assert_taken_or_untouched(world.client.get(f"{path}?after={query}&limit={query}&cursor={query}"), before)
