"""Every image that a real browser made goes through the API and comes out as it was sent, judged good."""

import json

import pytest

from tests.makers import SAMPLES, post_batch, start_capture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("series", ["frames_jpg", "frames_png", "frames_webp"])
def test_every_image_of_the_series_is_kept_and_decodes(alices, series):
    manifest = json.loads((SAMPLES / series / "manifest.json").read_text())
    sent = manifest["frames"]
    capture = start_capture(alices, requested_fps=manifest["requested_fps"])
    heads = [
        {"number": item["seq"], "taken_at_ms": item["capture_epoch_ms"], "sha256": item["sha256"]} for item in sent
    ]
    images = [(SAMPLES / series / item["file"]).read_bytes() for item in sent]
    receipts = post_batch(alices, capture, list(zip(heads, images, strict=True))).json()["receipts"]
    assert [receipt["status"] for receipt in receipts] == [201] * len(sent)

    kept = alices.get(f"/api/v1/captures/{capture}/frames", {"limit": 500}).json()["items"]
    facts = [(f["sha256"], f["status"], f["content_type"], f["width"], f["height"]) for f in kept]
    assert facts == [
        (item["sha256"], "ready", manifest["mime"], manifest["width"], manifest["height"]) for item in sent
    ]
    taken = [frame["taken_at"] for frame in kept]
    assert taken == sorted(taken)
    for frame, data in zip(kept, images, strict=True):
        assert b"".join(alices.get(frame["image_url"]).streaming_content) == data
