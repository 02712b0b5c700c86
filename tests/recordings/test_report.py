"""The health report: what is measured is the samples' truth, what is told is kept, what nobody told is not made up."""

from uuid import UUID

import pytest

from recordings import assembly
from recordings.models import Recording
from recordings.told import MOST_EVENTS
from tests import makers, media

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
PAUSED = [{"kind": "paused", "at_ms": 2040}, {"kind": "resumed", "at_ms": 2040, "lasted_ms": 61_000}]
CAMERA_GONE = {"kind": "camera-gone", "at_ms": 5000, "device": "Cam 1"}
MEDIA_FACTS = ("frame_count", "expected_frames", "longest_step_ms", "drift_ms")


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    """No task runs by itself."""
    monkeypatch.setattr("recordings.tasks.enqueue_assembly", lambda ids: None)


@pytest.fixture
def send(alices):
    """Start a recording and send a series, put together if it is sealed; its path. `waits`: {number: ms}."""

    def send_it(series, *, without=(), waits=None, seal=True):
        chunks = media.chunks_of(series)
        mime = media.manifest_of(series).get("mime", "video/webm")
        path = f"/api/v1/recordings/{makers.start_recording(alices, mime)}"
        for number, data in enumerate(chunks):
            if number not in without:
                told = {"Cam2Bytes-Waited-Ms": str(waits[number])} if waits and number in waits else {}
                assert makers.put(alices, f"{path}/chunks/{number}", data, **told).status_code == 201
        if seal:
            alive(alices, path, state="draining", waiting_count=0)
            makers.post_json(alices, f"{path}/seal", {"chunk_count": len(chunks)})
            assembly.assemble(UUID(path.rpartition("/")[2]))
        return path

    return send_it


def start(client):
    return f"/api/v1/recordings/{makers.start_recording(client)}"


def alive(client, path, **values):
    return makers.post_json(client, f"{path}/alive", {"state": "recording", **values})


def report(client, path):
    answer = client.get(f"{path}/health")
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("series", "expected", "longest_ms"),
    [
        ("cr_pause_vp8", 140, 54),  # the pause is no stall
        ("ff_webm_video_1000", 360, 36),
        ("webm_vp8_opus_640", 220, 199),  # 20 a second for 11 s; the encoder left 54 out
        ("webm_vp9_opus_640", 220, 52),
        ("mp4_avc1_opus_640", 220, 53),
        ("mkv_h264_opus_640_kfd1000", 220, 52),
    ],
)
def test_the_media_s_figures_are_those_of_the_series(alices, send, series, expected, longest_ms):
    told = report(alices, send(series))
    sent = media.look_at_whole(series)
    steps = [b - a for a, b in zip(sent.moments, sent.moments[1:], strict=False)]
    assert told["status"] == "ready"
    assert told["frame_count"] == len(sent.pictures)
    assert told["expected_frames"] == expected
    assert told["longest_step_ms"] == pytest.approx(longest_ms, abs=1) == pytest.approx(max(steps), abs=1)
    begins = [
        moment - sent.moments[0] for moment, step in zip(sent.moments, steps, strict=False) if step >= longest_ms - 1
    ]
    assert any(told["longest_step_at_ms"] == pytest.approx(moment, abs=20) for moment in begins)
    assert told["drift_ms"] in (0, None) and (told["drift_ms"] == 0) == bool(sent.sound_times_ms)
    assert (told["gap_count"], told["gaps_ms"], told["gaps"]) == (0, 0, [])


def test_a_picture_that_ends_before_the_sound_is_told_as_drift(alices, send):
    assert report(alices, send("video_ends_mkv_h264"))["drift_ms"] == pytest.approx(1982, abs=2)


def test_a_picture_that_a_gap_took_away_is_no_drift(alices, send):
    told = report(alices, send("webm_vp8_opus_640", without={7}))
    assert told["gaps_ms"] > 3000  # no key frame came behind it
    assert told["drift_ms"] is None


def test_a_gap_is_neither_a_stall_nor_pictures_that_should_be_there(alices, send):
    path = send("webm_vp9_opus_640", without={5})
    told = report(alices, path)
    assert told["gap_count"] == 1
    assert told["gaps_ms"] == told["gaps"][0]["duration_ms"] > 1000
    assert told["longest_step_ms"] < 60
    assert told["frame_count"] == told["expected_frames"] == 188
    assert "1 gap, 1.6 s." in told["sentence"]


def test_sound_alone_has_no_pictures_and_a_whole_sentence(alices, send):
    told = report(alices, send("webm_audio_opus"))
    assert [told[name] for name in MEDIA_FACTS] == [None] * 4
    assert told["sentence"].startswith("Whole. All ")
    assert (told["container"], told["video_codec"], told["audio_codec"]) == ("audio/webm", "", "opus")


def test_an_old_client_s_report_says_that_nothing_was_told(alices, send):
    path = send("webm_vp9_opus_640")
    told = report(alices, path)
    assert told["upload"] == {"told_count": 0, "median_ms": None, "largest_ms": None}
    assert told["pauses"] is told["device_changes"] is told["told_all"] is None
    assert told["browser"] == told["user_agent"] == ""
    html = alices.get(path.removeprefix("/api/v1") + "/").content.decode()
    assert html.count("not told") == 4  # the way, pauses, devices, the browser


def test_none_told_is_another_thing_than_nothing_told(alices):
    path = start(alices)
    alive(alices, path, events=[])
    told = report(alices, path)
    assert told["pauses"] == told["device_changes"] == []
    assert told["told_all"] is True


def test_what_a_page_told_before_it_died_is_known_while_it_runs_and_afterwards(alices, send):
    path = send("webm_vp9_opus_640", seal=False)
    alive(alices, path, events=PAUSED)
    assert report(alices, path)["pauses"] == [{"at_ms": 2040, "lasted_ms": 61_000}]
    assert [report(alices, path)[name] for name in MEDIA_FACTS] == [None] * 4

    chunks = Recording.objects.get().received_count
    Recording.objects.get().seal(chunks, "abandoned", by=Recording.SealedBy.SWEEP)
    told = report(alices, path)
    assert told["pauses"] == [{"at_ms": 2040, "lasted_ms": 61_000}]
    assert told["end_reason"] == "abandoned"


def test_words_that_overtake_each_other_lose_nothing(alices):
    path = start(alices)
    alive(alices, path, events=[*PAUSED, CAMERA_GONE])
    alive(alices, path, events=PAUSED)
    alive(alices, path)
    answer = makers.post_json(alices, f"{path}/seal", {"chunk_count": 11, "end_reason": "camera-gone"})
    assert answer.status_code == 200
    told = report(alices, path)
    assert told["device_changes"] == [{**CAMERA_GONE, "lasted_ms": None}]
    assert len(told["pauses"]) == 1


def test_the_seal_tells_too_and_a_pause_may_last_to_the_end(alices, send):
    path = send("webm_vp9_opus_640", seal=False)
    values = {"chunk_count": 11, "events": [*PAUSED, {"kind": "paused", "at_ms": 9000}]}
    assert makers.post_json(alices, f"{path}/seal", values).status_code == 200
    assembly.assemble(Recording.objects.get().pk)
    assert report(alices, path)["pauses"][1] == {"at_ms": 9000, "lasted_ms": None}
    html = alices.get(path.removeprefix("/api/v1") + "/").content.decode()
    assert '<a class="num" href="?t=0.0" data-seek="0.0">0:02</a> 1 min 1 s' in html
    assert "to the end" in html


@pytest.mark.parametrize(
    "events",
    [
        [{"kind": "danced", "at_ms": 0}],
        [{"kind": "paused"}],
        [{"kind": "paused", "at_ms": -1}],
        [{"kind": "paused", "at_ms": 10**12}],
        [{"kind": "resumed", "at_ms": 0, "lasted_ms": "long"}],
        [{"kind": "camera-gone", "at_ms": 0, "device": "x" * 201}],
        [{"kind": "paused", "at_ms": 0}] * (MOST_EVENTS + 1),
        {"kind": "paused", "at_ms": 0},
    ],
)
def test_events_that_are_none_are_refused_and_change_nothing(alices, events):
    path = start(alices)
    assert alive(alices, path, events=events).status_code == 422
    assert makers.post_json(alices, f"{path}/seal", {"chunk_count": 11, "events": events}).status_code == 422
    row = Recording.objects.get()
    assert (row.status, row.events, row.event_count) == ("open", [], None)


def test_a_full_list_says_that_there_may_have_been_more(alices):
    path = start(alices)
    assert alive(alices, path, events=PAUSED * (MOST_EVENTS // 2)).status_code == 200
    assert report(alices, path)["told_all"] is False


def test_how_long_chunks_waited(alices, send):
    waits = {0: 20, 1: 30, 2: 40_000, 3: 25, 4: 0}
    assert report(alices, send("webm_vp9_opus_640", waits=waits, seal=False))["upload"] == {
        "told_count": 5, "median_ms": 25, "largest_ms": 40_000,
    }  # fmt: skip


@pytest.mark.parametrize("waited", ["-1", "soon", "1.5", "9" * 13, "²"])
def test_a_wait_that_is_none_is_refused(alices, waited):
    path = start(alices)
    answer = makers.put(alices, f"{path}/chunks/0", media.chunks_of("webm_vp9_opus_640")[0],
                        **{"Cam2Bytes-Waited-Ms": waited.encode().decode("latin-1")})  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_browser_is_named(alices):
    body = {"content_type": "video/webm"}
    started = makers.post_json(alices, "/api/v1/recordings", body, **{"User-Agent": CHROME}).json()
    told = report(alices, f"/api/v1/recordings/{started['id']}")
    assert (told["browser"], told["user_agent"]) == ("Chrome 126 on Linux", CHROME)


def test_a_failed_one_says_why_and_what_was_told(alices):
    path = start(alices)
    makers.post_json(alices, f"{path}/seal", {"chunk_count": 0, "events": PAUSED})
    assembly.assemble(Recording.objects.get().pk)
    told = report(alices, path)
    assert told["status"] == "failed"
    assert told["sentence"].startswith("No video could be made: it is empty")
    assert len(told["pauses"]) == 1
    assert "not told" in alices.get(path.removeprefix("/api/v1") + "/").content.decode()


def test_parts_name_each_other(alices):
    first = makers.start_recording(alices)
    second = makers.start_recording(alices, continues=first)
    assert report(alices, f"/api/v1/recordings/{first}")["continued_by"] == [second]
    assert report(alices, f"/api/v1/recordings/{second}")["continues"] == first
