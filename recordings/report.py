"""The health report of a recording: what is known of how it was recorded, sent and put together (docs/health.md).

Nothing is guessed: what nobody told, or is not known before there is a video, is None.
"""

from cam2bytes.lib.browsers import browser_name
from recordings.models import Recording
from recordings.told import MOST_EVENTS

MEASURED = ("expected_frames", "usual_step_ms", "longest_step_ms", "longest_step_at_ms", "drift_ms")


def report_of(recording: Recording) -> dict:
    """The fields of `told_schemas.HealthOut`, without its sentence."""
    rhythm = recording.rhythm or {}
    is_told = recording.event_count is not None
    return {
        "status": recording.status,
        "duration_ms": recording.duration_ms,
        "gap_count": len(recording.gaps),
        "gaps_ms": recording.gaps_ms,
        "gaps": recording.gaps,
        "frame_count": recording.frame_count if recording.video_codec else None,
        **{name: rhythm.get(name) for name in MEASURED},
        "upload": upload_of(recording),
        "pauses": _pauses(recording.events) if is_told else None,
        "device_changes": _device_changes(recording.events) if is_told else None,
        "told_all": recording.event_count < MOST_EVENTS if is_told else None,
        "continues": recording.continues_id,
        "continued_by": list(recording.continued_by.order_by("started_at", "pk").values_list("pk", flat=True)),
        "end_reason": recording.end_reason,
        "browser": browser_name(recording.user_agent),
        "user_agent": recording.user_agent,
        "video_codec": recording.video_codec,
        "audio_codec": recording.audio_codec,
        "container": recording.video_content_type,
        "recorded_as": recording.content_type,
    }


def upload_of(recording: Recording) -> dict:
    """How long the chunks that are kept had waited in the page: {told_count, median_ms, largest_ms}."""
    waits = recording.chunks.filter(waited_ms__isnull=False).order_by("waited_ms").values_list("waited_ms", flat=True)
    count = waits.count()
    if not count:
        return {"told_count": 0, "median_ms": None, "largest_ms": None}
    return {"told_count": count, "median_ms": waits[(count - 1) // 2], "largest_ms": waits.last()}


def _pauses(events: list[dict]) -> list[dict]:
    """One of which no end is told was the last thing that happened: it lasts still, or until the end."""
    pauses = []
    for event in events:
        if event["kind"] == "paused":
            pauses.append({"at_ms": event["at_ms"], "lasted_ms": None})
        elif event["kind"] == "resumed" and pauses:
            pauses[-1]["lasted_ms"] = event["lasted_ms"]
    return pauses


def _device_changes(events: list[dict]) -> list[dict]:
    return [event for event in events if event["kind"].startswith(("camera-", "microphone-"))]
