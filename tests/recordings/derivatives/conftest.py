"""Recordings to make something from, and parts that are small."""

from uuid import UUID

import pytest

from recordings import assembly, making, tasks
from recordings.models import Recording
from tests import makers, media

PART_MS = 1000


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    """Parts of a second, and no step is taken but those that the test takes."""
    monkeypatch.setattr(making, "PART_MS", PART_MS)
    monkeypatch.setattr(tasks, "enqueue_derivatives", lambda ids: None)


@pytest.fixture
def recorded(alices):
    """recorded(bytes, type) -> a recording of these bytes that is ready."""

    def record(data: bytes, content_type: str = "video/webm") -> Recording:
        recording_id = makers.start_recording(alices, content_type, name="Interview 3")
        assert makers.put_chunk(alices, recording_id, 0, data).status_code == 201
        makers.post_json(alices, f"/api/v1/recordings/{recording_id}/seal", {"chunk_count": 1})
        assembly.assemble(UUID(recording_id))
        recording = Recording.objects.get(pk=recording_id)
        assert recording.status == "ready", recording.failure
        return recording

    return record


@pytest.fixture(scope="module")
def clip() -> bytes:
    """Three seconds of VP8 and Opus."""
    return media.synthetic(3)
