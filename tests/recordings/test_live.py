"""Watching a recording while it runs: every piece right, made once, gone when the video is there."""

import io
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from recordings import live
from recordings.models import Chunk, LivePiece, Recording
from recordings.tasks import sweep_recordings
from tests import makers, media

pytestmark = pytest.mark.django_db(transaction=True)

H264 = "mkv_h264_opus_640_kfd1000"
WATCHED = [
    H264, "mkv_h264_video_640_kfd1000", "size_change_mkv_h264", "webm_h264_opus_640", "webm_vp8_opus_640",
    "webm_vp9_opus_640", "webm_vp9_video_720", "size_change_webm_av1", "cr_pause_vp8", "ff_webm_video_1000",
    "webm_audio_opus", "mp4_avc1_opus_640_kfd1000", "size_change_mp4_avc3", "size_change_mp4_vp9", "mp4_av1_opus",
]  # fmt: skip


class Viewer:
    """A program that watches by the API, as the page does."""

    def __init__(self, client, pk):
        self.client, self.root = client, f"/api/v1/recordings/{pk}/live"
        self.pieces, self.data, self.init = [], b"", None

    def ask(self, **query):
        answer = self.client.get(self.root, query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def take(self, answer):
        """Fetch and append the pieces of an answer."""
        for piece in answer["pieces"]:
            if piece["init"] != self.init:
                self.data += self.bytes_of(piece["init_url"])
                self.init = piece["init"]
            data = self.bytes_of(piece["url"])
            assert len(data) == piece["size_bytes"]
            self.data += data
            self.pieces.append(piece)
        return bool(answer["pieces"])

    def watch(self, **query):
        """Everything there is from a place on."""
        found = self.take(self.ask(**query))
        while found:
            found = self.take(self.ask(after=self.pieces[-1]["number"]))
        return media.look_at(self.data)

    def bytes_of(self, url):
        answer = self.client.get(url)
        assert answer.status_code == 200, (url, answer.content)
        return b"".join(answer.streaming_content)

    @property
    def numbers(self):
        return [piece["number"] for piece in self.pieces]


def sound_in_ogg(size_bytes=7000):
    """Chunks of Opus in Ogg as Firefox sends them, their ends where they happen to be."""
    data = media.synthetic(6, container="ogg", video=None, page_duration="400000")
    return data, [data[start : start + size_bytes] for start in range(0, len(data), size_bytes)]


def test_sound_in_ogg_is_heard_while_it_is_recorded(alices):
    whole, chunks = sound_in_ogg()
    pk = makers.start_recording(alices, "audio/ogg;codecs=opus", timeslice_ms=1000)
    for number, data in enumerate(chunks):
        makers.put_chunk(alices, pk, number, data)
    viewer = Viewer(alices, pk)
    assert viewer.ask()["content_type"] == 'audio/mp4; codecs="opus"'

    heard, sent = viewer.watch(at_ms=0).sound_times_ms, media.look_at(whole).sound_times_ms

    assert len(heard) == len(sent) > 299
    assert heard == pytest.approx(sent, abs=8), "as MP4 it begins with what a decoder leaves out, 6.5 ms"
    later = Viewer(alices, pk).watch(at_ms=4000).sound_times_ms
    assert later[0] <= 4000 and later[3:] == heard[-len(later) + 3 :]


def running(client, series, *, without=()):
    """The id of a recording that runs, with the chunks of a series; some never came."""
    pk = makers.start_recording(client, media.manifest_of(series)["mime"], timeslice_ms=1000)
    for number, data in enumerate(media.chunks_of(series)):
        if number not in without:
            assert makers.put_chunk(client, pk, number, data).status_code == 201
    return pk


def let_time_pass(seconds=60):
    Chunk.objects.update(received_at=timezone.now() - timedelta(seconds=seconds))


def shown(pictures):
    return [(picture.time_ms, picture.digest) for picture in pictures]


@pytest.mark.parametrize("series", WATCHED)
def test_what_is_watched_from_the_start_is_what_was_sent(alices, series):
    viewer = Viewer(alices, running(alices, series))

    got, sent = viewer.watch(at_ms=0), media.look_at_whole(series)

    assert viewer.numbers == sorted(set(viewer.numbers)), "in order, each once"
    assert got.undecodable == 0
    assert shown(got.pictures) == shown(sent.pictures)
    assert got.sound_times_ms == sent.sound_times_ms
    for piece in viewer.pieces:
        if piece["key_ms"] is not None:
            assert piece["start_ms"] <= piece["key_ms"] <= piece["end_ms"]


@pytest.mark.parametrize("series", [H264, "webm_vp9_video_720", "ff_webm_video_1000"])
def test_who_comes_late_sees_the_same_from_a_key_frame_on(alices, series):
    viewer = Viewer(alices, running(alices, series))
    sent = media.look_at_whole(series).pictures
    moment = sent[len(sent) * 3 // 4].time_ms

    got = viewer.watch(at_ms=moment).pictures

    assert got[0].time_ms <= moment
    assert shown(got) == shown(sent)[-len(got) :]
    assert LivePiece.objects.count() < len(media.chunks_of(series)), "what nobody wants is not made"


def test_who_joins_begins_some_seconds_before_the_end(alices):
    pk = running(alices, H264)
    first = Chunk.objects.order_by("number").first().number
    for chunk in Chunk.objects.all():  # one chunk a second, as the camera gave them
        ago = timedelta(seconds=10 - chunk.number + first)
        Chunk.objects.filter(pk=chunk.pk).update(received_at=timezone.now() - ago)
    viewer = Viewer(alices, pk)

    answer = viewer.ask()

    assert answer["content_type"] == 'video/mp4; codecs="opus, avc1.42c01f"'
    assert answer["pieces"][0]["key_ms"] >= 5000
    assert answer["pieces"][-1]["number"] == 10
    assert answer["is_over"] is False and answer["video_url"] is None
    assert 0 <= answer["lag_ms"] < 60_000
    viewer.take(answer)
    got = media.look_at(viewer.data).pictures
    assert shown(got) == shown(media.look_at_whole(H264).pictures)[-len(got) :]


@pytest.mark.parametrize("series", [H264, "webm_vp8_opus_640", "ff_webm_video_1000"])
def test_a_chunk_that_never_comes_is_passed(alices, series):
    viewer = Viewer(alices, running(alices, series, without=[4]))
    viewer.watch(at_ms=0)
    assert max(viewer.numbers) < 4, "it may still be on its way"
    let_time_pass()

    viewer.watch(after=viewer.pieces[-1]["number"])

    sent = media.look_at_whole(series)
    assert 4 not in viewer.numbers
    assert viewer.numbers[-1] == len(media.chunks_of(series)) - 1
    times = [picture.time_ms for picture in media.look_at(viewer.data).pictures]
    assert set(times) <= set(sent.moments), "nothing at a false time"
    assert times[-1] == sent.moments[-1]


def test_pieces_are_made_once_and_any_process_goes_on(alices, monkeypatch):
    pk = running(alices, H264)
    Viewer(alices, pk).watch(at_ms=0)
    objects = makers.objects()
    monkeypatch.setattr(live.LiveStream, "read", None)  # nothing is read again

    again = Viewer(alices, pk)

    assert len(again.watch(at_ms=0).pictures) == len(media.look_at_whole(H264).pictures)
    assert makers.objects() == objects


def test_pieces_made_from_the_middle_are_the_same_as_from_the_start(alices):
    one, other = (Viewer(alices, running(alices, H264)) for _ in range(2))
    one.watch(at_ms=0)
    for moment in (9000, 6000, 3000, 0):  # backwards: each begins without the piece before it
        other.ask(at_ms=moment)
    other.watch(at_ms=0)
    assert other.data == one.data


def test_of_twins_the_first_wins_and_leaves_nothing_of_the_other(alices):
    pk = running(alices, H264)
    recording, other = Recording.objects.get(pk=pk), Recording.objects.get(pk=pk)
    late = live.Watch(other)
    first_chunk = Chunk.objects.get(number=0)
    piece, data = _made_by(late, first_chunk)
    kept = live.Watch(recording)._piece(first_chunk)
    objects = makers.objects()

    assert late._keep(piece, data).file == kept.file
    assert makers.objects() == objects


def _made_by(watch, chunk):
    """What `_keep` is given for a chunk, without keeping it."""
    taken = []
    watch._keep = lambda piece, data: taken.append((piece, data))
    watch._make(chunk)
    del watch._keep
    return taken[0]


def test_nobody_else_may_watch(alices, client_of, bob):
    viewer = Viewer(alices, running(alices, H264))
    viewer.watch(at_ms=0)
    stranger = client_of(bob)
    for path in (viewer.root, viewer.pieces[0]["url"], viewer.pieces[0]["init_url"]):
        assert stranger.get(path).status_code == 404
    assert alices.get(f"{viewer.root}/999").status_code == 404
    assert alices.get(viewer.root, {"after": "x"}).status_code == 422


def test_a_token_that_may_only_send_may_not_watch(alices, client, alice):
    pk = running(alices, H264)
    bearer = {"Authorization": f"Bearer {makers.token(alice, 'ingest')}"}
    assert client.get(f"/api/v1/recordings/{pk}/live", headers=bearer).status_code in (403, 404)


def test_what_cannot_be_watched_says_so(alices):
    header = media.chunks_of("mp4_avc1_opus_640_kfd1000")[0].replace(b"avc1", b"hvc1")
    pk = makers.start_recording(alices, "video/mp4")
    empty = Viewer(alices, pk).ask(at_ms=5000)
    assert (empty["can_watch"], empty["pieces"]) == (True, []), "nobody knows yet"
    makers.put_chunk(alices, pk, 0, header)
    answer = Viewer(alices, pk).ask()
    assert (answer["can_watch"], answer["content_type"], answer["pieces"]) == (False, "", [])


def test_when_the_video_is_ready_the_pieces_go(alices):
    pk = running(alices, H264)
    viewer = Viewer(alices, pk)
    viewer.watch(at_ms=0)
    makers.post_json(alices, f"/api/v1/recordings/{pk}/seal", {"chunk_count": 11})

    answer = viewer.ask(after=3)

    assert answer["is_over"] and answer["video_url"] == f"/api/v1/recordings/{pk}/video?revision=0"
    assert answer["pieces"] == []
    assert not LivePiece.objects.exists()
    assert not any("/live/" in key for key in makers.objects())
    assert alices.get(answer["video_url"]).status_code == 200


def test_pieces_that_were_left_behind_are_swept(alices):
    pk = running(alices, H264)
    Viewer(alices, pk).watch(at_ms=0)
    Recording.objects.update(status="failed", failure="x")
    sweep_recordings()
    assert not LivePiece.objects.exists()
    assert not any("/live/" in key for key in makers.objects())


def test_checkmedia_knows_the_pieces_and_has_a_lost_one_made_again(alices, media_root, capsys):
    pk = running(alices, H264)
    viewer = Viewer(alices, pk)
    before = viewer.watch(at_ms=0)
    call_command("checkmedia")
    (media_root / LivePiece.objects.get(number=3).file.name).unlink()
    assert alices.get(f"{viewer.root}/3").status_code == 404
    with pytest.raises(SystemExit):
        call_command("checkmedia", "--repair")
    again = Viewer(alices, pk)
    assert again.watch(at_ms=0).pictures == before.pictures


def test_deleting_takes_the_pieces_along(alices):
    pk = running(alices, H264)
    Viewer(alices, pk).watch(at_ms=0)
    assert alices.delete(f"/api/v1/recordings/{pk}").status_code == 204
    assert makers.objects() == []
    assert not LivePiece.objects.exists()


# Pictures for lists ------------------------------------------------------------------------------


@pytest.mark.parametrize("series", [H264, "webm_vp8_opus_640", "webm_vp9_video_720", "mp4_avc1_opus_640_kfd1000"])
def test_who_looks_at_the_library_gets_a_picture_that_follows(alices, series):
    pk = makers.start_recording(alices, media.manifest_of(series)["mime"], timeslice_ms=1000)
    chunks = media.chunks_of(series)
    for number, data in enumerate(chunks[:3]):
        makers.put_chunk(alices, pk, number, data)
    first = poster_in(alices.get("/"))
    assert picture_size(alices, first) in ((640, 480), (640, 360))
    for number, data in enumerate(chunks[3:], 3):
        makers.put_chunk(alices, pk, number, data)
    assert poster_in(alices.get("/")) == first, "not more often than every few seconds"
    Recording.objects.update(live_poster_at=timezone.now() - timedelta(seconds=5))
    Recording.objects.update(last_chunk_at=timezone.now())
    alices.get("/")
    assert poster_in(alices.get("/")) != first
    assert len([key for key in makers.objects() if "/poster/" in key]) == 1, "one at a time"


def test_who_looks_at_the_picture_alone_gets_one_that_follows(alices):
    """As a page does whose browser cannot play what is recorded."""
    pk = running(alices, H264)
    address = f"/api/v1/recordings/{pk}/poster"
    alices.get(address)  # asks for it
    first = picture_size(alices, address)
    assert first == (640, 480)
    makers.post_json(alices, f"/api/v1/recordings/{pk}/seal", {"chunk_count": 11})
    Recording.objects.update(live_poster_at=None)
    alices.get(address)
    assert Recording.objects.get().live_poster_at is None, "the video's own stays"


def poster_in(page):
    return re.search(r'src="(/api/v1/recordings/[^"]+/poster[^"]*)"', page.content.decode())[1].replace("&amp;", "&")


def picture_size(client, address):
    return Image.open(io.BytesIO(b"".join(client.get(address).streaming_content))).size


def test_the_library_lists_what_is_recorded_now(alices):
    now, before = (makers.start_recording(alices, name=name) for name in ("This one", "Another"))
    Recording.objects.filter(pk=before).update(status="failed", failure="x")
    assert "1 recording now" in alices.get("/").content.decode()
    page = alices.get("/?now=1").content.decode()
    assert f"/recordings/{now}/" in page and f"/recordings/{before}/" not in page
    Recording.objects.update(status="failed", failure="x")
    assert "recording now" not in alices.get("/").content.decode()


def test_the_page_says_where_to_watch_only_while_there_is_something(alices):
    running_one = running(alices, H264)
    assert (
        f'data-live="/api/v1/recordings/{running_one}/live"'
        in alices.get(f"/recordings/{running_one}/").content.decode()
    )
    Recording.objects.filter(pk=running_one).update(status="sealed")
    assert "data-live=" not in alices.get(f"/recordings/{running_one}/").content.decode()
