"""Makers: little images made in memory, rows made through the real doors, and what to look at afterwards."""

import io
import json
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from PIL import Image

from cam2bytes.accounts import storemark
from cam2bytes.accounts.models import ApiToken
from cam2bytes.lib import batches
from cam2bytes.lib.digests import format_content_digest, sha256_hex

SAMPLES = Path(__file__).parent / "samples"


def user(name: str, **extra):
    return get_user_model().objects.create_user(name, password=f"{name}-long-password", **extra)


def token(owner, scope: str = "full") -> str:
    return ApiToken.objects.issue(owner, "test", scope)[1]


def image(colour="red", size=(64, 48), kind="JPEG", **options) -> bytes:
    file = io.BytesIO()
    Image.new(options.pop("mode", "RGB"), size, colour).save(file, kind, **options)
    return file.getvalue()


def start_capture(client, **values) -> str:
    answer = client.post("/api/v1/captures", json.dumps(values), content_type="application/json")
    assert answer.status_code in (200, 201), answer.content
    return answer.json()["id"]


def start_recording(client, content_type="video/webm", **values) -> str:
    body = json.dumps({"content_type": content_type, **values})
    answer = client.post("/api/v1/recordings", body, content_type="application/json")
    assert answer.status_code in (200, 201), answer.content
    return answer.json()["id"]


def put(client, path: str, data: bytes, content_type="application/octet-stream", **headers):
    # Django's test client sends no length and no type with an empty body; browsers do.
    always = {"Content-Length": str(len(data)), "Content-Type": content_type}
    return client.put(path, data, content_type=content_type, headers=always | headers)


def put_frame(client, capture_id, number, data: bytes, content_type="image/jpeg", **headers):
    return put(client, f"/api/v1/captures/{capture_id}/frames/{number}", data, content_type, **headers)


def put_chunk(client, recording_id, number, data: bytes, **headers):
    return put(client, f"/api/v1/recordings/{recording_id}/chunks/{number}", data, **headers)


def post_batch(client, capture_id, frames: list[tuple[dict, bytes]]):
    path = f"/api/v1/captures/{capture_id}/frames"
    return client.post(path, batches.build(frames), content_type=batches.CONTENT_TYPE)


def post_json(client, path: str, values: dict, method="post", **headers):
    return getattr(client, method)(path, json.dumps(values), content_type="application/json", headers=headers)


def digest_of(data: bytes) -> str:
    """The Content-Digest header of these bytes."""
    return format_content_digest(sha256_hex(data))


def objects() -> list[str]:
    """The keys of every object in the store but its mark, sorted, half-written ones included."""
    root = Path(settings.MEDIA_ROOT)
    keys = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return sorted(keys - {storemark.KEY})
