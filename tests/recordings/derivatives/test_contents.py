"""What is made from a recording, and what is in it: the right pictures and sounds at the right times."""

import csv
import io
import zipfile

import av
import numpy as np
import pytest
from PIL import Image

from recordings import assembly, derivative_sweep
from recordings.models import Recording
from tests import media
from tests.recordings.derivatives.steps import ask, made, path_of

pytestmark = pytest.mark.django_db


def test_an_mp4_of_vp8_shows_the_same_pictures_at_the_same_times(recorded, alices, clip):
    recording = recorded(clip)
    asked = ask(alices, recording, kind="mp4")
    assert (asked["status"], asked["progress"], asked["file_url"]) == ("waiting", 0, None)

    row = made(asked)

    look, source = media.look_at(path_of(row)), media.look_at(clip)
    assert look.moments == source.moments
    assert look.undecodable == 0
    with av.open(str(path_of(row))) as file:
        assert {stream.codec_context.name for stream in file.streams} == {"h264", "aac"}
    pairs = zip(pictures(path_of(row)), pictures(io.BytesIO(clip)), strict=True)
    assert max(np.abs(one.astype(int) - other).mean() for one, other in pairs) < 6, "of 255 levels"
    answer = alices.get(f"/api/v1/recordings/{recording.pk}/derivatives/{row.pk}")
    assert answer.json()["progress"] == 1
    answer = alices.get(answer.json()["file_url"] + "?download=1")
    assert answer["Content-Disposition"] == 'attachment; filename="Interview 3.mp4"'
    assert b"".join(answer.streaming_content) == path_of(row).read_bytes()


def pictures(source) -> list[np.ndarray]:
    with av.open(source if isinstance(source, io.BytesIO) else str(source)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


def test_sound_stays_in_step_across_parts(recorded, alices):
    """A click each quarter of a second is where it was, and nothing clicks where the parts meet."""
    data = tone_with_clicks(seconds=4)
    recording = recorded(data)

    row = made(ask(alices, recording, kind="mp4"))

    source, copy = sound_of(io.BytesIO(data)), sound_of(path_of(row))
    for second in (second for second in np.arange(0.25, 3.8, 0.25) if second % 1):
        around = slice(int((second - 0.1) * 48000), int((second + 0.1) * 48000))
        shift = int(np.argmax(np.abs(copy[around]))) - int(np.argmax(np.abs(source[around])))
        assert abs(shift) < 0.005 * 48000, f"{shift} samples off at {second} s"
    quiet = np.abs(copy[:, None] if copy.ndim == 1 else copy)
    for border in range(1, 4):
        around = quiet[border * 48000 - 1400 : border * 48000 + 1400]
        assert around.max() < 0.35, "no click but those that were there"


def tone_with_clicks(seconds: float) -> bytes:
    """A quiet tone, and a loud click at 0.25 s, 0.5 s, 0.75 s (not at whole seconds), as Opus in WebM."""
    times = np.arange(int(seconds * 48000)) / 48000
    wave = 0.2 * np.sin(2 * np.pi * 440 * times)
    for click in np.arange(0.25, seconds, 0.25):
        if click % 1:
            wave[int(click * 48000) : int(click * 48000) + 48] = 0.95
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as output:
        track = output.add_stream("libopus", rate=48000, layout="mono", bit_rate=128_000)
        for start in range(0, len(wave), 960):
            block = wave[np.newaxis, start : start + 960].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            frame.sample_rate, frame.pts = 48000, start
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
    return file.getvalue()


def sound_of(source) -> np.ndarray:
    """All samples of the first channel, each at its time from 0."""
    wave = np.zeros(48000 * 6, np.float32)
    with av.open(source if isinstance(source, io.BytesIO) else str(source)) as file:
        for frame in file.decode(audio=0):
            samples, start = frame.to_ndarray()[0], round(frame.time * 48000)
            if frame.format.name in ("flt", "s16"):
                samples = samples[:: frame.layout.nb_channels]
            begin = max(-start, 0)
            wave[start + begin : start + len(samples)] = samples[begin:]
    return wave


def test_pictures_of_changing_size_become_one_size_and_keep_their_shape(recorded, alices):
    series = "size_change_webm_vp8"
    data = b"".join(media.chunks_of(series))
    row = made(ask(alices, recorded(data, media.manifest_of(series)["mime"]), kind="mp4"))

    look, source = media.look_at(path_of(row)), media.look_at(data)
    assert len({picture.size for picture in source.pictures}) > 1
    assert {picture.size for picture in look.pictures} == {source.pictures[0].size}
    assert look.moments == source.moments
    tall = next(n for n, picture in enumerate(source.pictures) if picture.size[0] < picture.size[1])
    assert pictures(path_of(row))[tall][:, :20].mean() < 25, "black at the sides, not stretched"


def test_h264_is_copied_and_only_its_sound_encoded(recorded, alices):
    data = media.synthetic(2, container="matroska", video="libx264")
    recording = recorded(data, "video/x-matroska;codecs=avc1,opus")

    row = made(ask(alices, recording, kind="mp4"))

    assert row.facts["plan"]["video"] == "copy"
    look, source = media.look_at(path_of(row)), media.look_at(data)
    assert [picture.digest for picture in look.pictures] == [picture.digest for picture in source.pictures]
    assert look.moments == source.moments


def test_what_every_player_plays_needs_no_copy(recorded, alices):
    recording = recorded(media.synthetic(1, container="mp4", video="libx264", audio="aac"), "video/mp4")
    assert ask(alices, recording, 409, kind="mp4")["code"] == "not-applicable"


def test_sound_alone_becomes_an_m4a_and_has_no_pictures(recorded, alices):
    recording = recorded(media.synthetic(2, video=None), "audio/webm")
    assert ask(alices, recording, 409, kind="frames", fps=1)["code"] == "not-applicable"

    row = made(ask(alices, recording, kind="mp4"))

    assert (row.content_type, row.file.name[-4:]) == ("audio/mp4", ".m4a")
    assert abs(media.look_at(path_of(row)).end_ms - recording.duration_ms) < 25


# Frames -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fps", "expected"), [(None, range(0, 3000, 100)), (2, range(0, 3000, 500)), (0.5, [0, 2000])])
def test_frames_come_at_their_exact_times(recorded, alices, clip, fps, expected):
    row = made(ask(alices, recorded(clip), kind="frames", fps=fps))

    with zipfile.ZipFile(path_of(row)) as archive:
        assert archive.testzip() is None
        listed = list(csv.DictReader(io.StringIO(archive.read("frames.csv").decode())))
        assert [int(line["time_ms"]) for line in listed] == list(expected)
        assert [int(line["number"]) for line in listed] == list(range(len(listed)))
        assert sorted(archive.namelist()) == sorted(["frames.csv", *(line["file"] for line in listed)])
        assert listed[1]["file"] == f"000001_00-00-0{expected[1] // 1000}.{expected[1] % 1000:03d}.jpg"
        source = dict(zip(media.look_at(clip).moments, pictures(io.BytesIO(clip)), strict=True))
        for line in listed:
            taken = gray(archive.read(line["file"]))
            assert taken.shape == (int(line["height"]), int(line["width"]))
            closest = min(source, key=lambda moment: np.abs(source[moment].astype(int) - taken).mean())
            assert closest == int(line["time_ms"])
    assert row.facts["count"] == len(expected)


def gray(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image.convert("L")).astype(int)


def test_more_pictures_than_one_set_may_hold_are_refused(recorded, alices, clip):
    recording = recorded(clip)
    Recording.objects.filter(pk=recording.pk).update(duration_ms=4 * 3600_000)
    assert "lower rate" in ask(alices, recording, 409, kind="frames", fps=30)["detail"]


# Sprite ------------------------------------------------------------------------------------------


def test_a_sprite_is_made_by_itself_and_says_what_is_where(recorded, alices, clip):
    recording = recorded(clip)
    assembly.ensure_poster(recording.pk)
    (sprite_id,) = derivative_sweep.derivatives_after(recording.pk)

    row = made({"id": sprite_id})

    (listed,) = alices.get(f"/api/v1/recordings/{recording.pk}/derivatives").json()["items"]
    cues = alices.get(listed["webvtt_url"]).content.decode().strip().split("\n\n")
    assert cues[0] == "WEBVTT"
    assert cues[2] == "00:00:00.500 --> 00:00:01.000\nfile#xywh=160,0,160,120"
    assert len(cues) == 1 + 7  # half seconds, the last a little one: the sound ends a little later
    sheet = gray(path_of(row).read_bytes())
    source = pictures(io.BytesIO(clip))
    for number, moment in enumerate(range(250, 3000, 500)):
        tile = sheet[0:120, number * 160 : (number + 1) * 160]
        differences = [np.abs(tile - picture).mean() for picture in source]
        assert np.argmin(differences) == moment // 100
    assert derivative_sweep.derivatives_after(recording.pk) == []
