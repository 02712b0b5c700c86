"""Pages of recordings, in every state, as a person meets them without a script."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.models import Recording
from tests.makers import SAMPLES, objects, post_json, put_chunk, start_recording

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = "webm_vp8_opus_640"


def chunks():
    return [path.read_bytes() for path in sorted((SAMPLES / SERIES).glob("chunk-*"))]


@pytest.fixture
def recording(alices):
    """Open, with all its chunks but not yet sealed."""
    pk = start_recording(
        alices, "video/webm;codecs=vp8,opus", name="Interview P-014", device_name="desk-07", timeslice_ms=1000,
        labels=["pilot"], width=640, height=480,
    )  # fmt: skip
    for number, data in enumerate(chunks()):
        put_chunk(alices, pk, number, data)
    return pk


@pytest.fixture
def ready(alices, recording):
    seal(alices, recording, len(chunks()))
    assert Recording.objects.get().status == "ready"
    return recording


def seal(client, recording, count):
    post_json(client, f"/api/v1/recordings/{recording}/seal", {"chunk_count": count})


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_while_it_is_recorded_the_page_says_where_the_bytes_are(alices, recording):
    Recording.objects.update(waiting_count=2)
    html = page(alices, f"/recordings/{recording}/")
    assert "Still being recorded." in html
    assert "Kept to 0:0" in html
    assert "2 chunks wait" in html
    assert "Sign of life" in html
    assert "<video" not in html
    assert "data-refresh" in html
    assert "/original?download=1" in html
    assert ">Live</span>" in html


def test_a_silent_page_is_not_called_live(alices, recording):
    Recording.objects.update(alive_at=timezone.now() - timedelta(seconds=13))  # the sweep waits longer
    for path in (f"/recordings/{recording}/", "/"):
        html = page(alices, path)
        assert ">Live</span>" not in html
        assert "Connection lost, kept to 0:0" in html


def test_a_recording_that_the_sweep_sealed_says_so_while_it_is_put_in_order(alices, recording):
    Recording.objects.update(status="sealed", sealed_by="sweep", chunk_count=2, sealed_at=timezone.now())
    for path in (f"/recordings/{recording}/", "/"):
        assert "Connection lost, kept to 0:0" in page(alices, path)


def test_a_ready_one_has_its_player_health_and_facts(alices, ready):
    html = page(alices, f"/recordings/{ready}/")
    assert f'src="/api/v1/recordings/{ready}/video?revision=0"' in html
    assert "controls" in html
    assert "<strong>Whole.</strong>" in html
    assert f"All {len(chunks())} chunks kept" in html
    assert "WebM, VP8 and Opus" in html
    assert "640 \u00d7 480" in html
    assert "data-refresh" not in html
    assert f"/api/v1/recordings/{ready}/video?download=1" in html


def test_a_place_in_the_address_is_where_the_player_begins(alices, ready):
    assert "?revision=0#t=2.500" in page(alices, f"/recordings/{ready}/?t=2.5")
    for nonsense in ("x", "-5", "nan", "inf", "9" * 40):
        html = page(alices, f"/recordings/{ready}/?t={nonsense}")
        assert "#t=" not in html


def test_gaps_are_named_with_their_chunks_and_a_way_to_go_there(alices, ready):
    gaps = [{"from": 3, "to": 5, "start_ms": 3000, "duration_ms": 3400}]
    Recording.objects.update(gaps=gaps, received_count=Recording.objects.get().received_count - 3)
    html = page(alices, f"/recordings/{ready}/")
    assert "1 gap, 3.4 s." in html
    assert "Gap: chunks 3 to 5 never came" in html
    assert 'href="?t=1.0"' in html
    assert "<kept-line" in html
    assert 'class="gap"' in html


def test_a_lost_connection_is_told_with_how_far_it_is_kept(alices, ready):
    Recording.objects.update(sealed_by="sweep", end_reason="abandoned", duration_ms=1_085_000)
    assert "Connection lost, kept to 18:05." in page(alices, f"/recordings/{ready}/")
    assert "Connection lost, kept to 18:05" in page(alices, "/")


def test_what_is_missing_before_the_video_is_made_is_waited_for(alices):
    pk = start_recording(alices, device_name="desk-07")
    put_chunk(alices, pk, 0, chunks()[0])
    post_json(alices, f"/api/v1/recordings/{pk}/alive", {"state": "draining", "waiting_count": 2})
    seal(alices, pk, 3)
    html = page(alices, f"/recordings/{pk}/")
    assert "Waiting for 2 chunks." in html
    assert "desk-07" in html
    assert "data-refresh" in html


def test_a_failed_one_says_why_keeps_the_bytes_and_can_be_tried_again(alices, recording):
    Recording.objects.update(status="failed", failure="The first chunk is missing.", chunk_count=len(chunks()),
                             sealed_by="client", sealed_at=timezone.now(), last_chunk_at=None)  # fmt: skip
    html = page(alices, f"/recordings/{recording}/")
    assert "No video could be made: The first chunk is missing." in html
    assert "The original bytes are kept." in html
    assert alices.post(f"/recordings/{recording}/retry")["Location"] == f"/recordings/{recording}/"
    assert Recording.objects.get().status == "ready"
    assert Recording.objects.get().revision == 1


def test_an_empty_one_does_not_claim_to_keep_bytes(alices):
    pk = start_recording(alices)
    seal(alices, pk, 0)
    html = page(alices, f"/recordings/{pk}/")
    assert "No bytes came." in html
    assert "Try again" not in html


def test_sound_alone_gets_a_player_of_its_own(alices, ready):
    Recording.objects.update(content_type="audio/webm;codecs=opus")
    html = page(alices, f"/recordings/{ready}/")
    assert "<audio" in html
    assert "<video" not in html


def test_the_bar_under_the_player_is_not_seen_without_its_script(alices, ready):
    assert re.search(r'<div class="player-bar"[^>]* hidden>', page(alices, f"/recordings/{ready}/"))


def test_a_join_says_why_another_part_begins(alices, ready):
    second = start_recording(alices, continues=ready)
    Recording.objects.filter(pk=ready).update(end_reason="slept")
    assert "the device slept" in page(alices, f"/recordings/{second}/")


def test_parts_lead_to_each_other_in_order_and_go_on_with_the_next(alices, ready):
    second = start_recording(alices, continues=ready)
    third = start_recording(alices, continues=second)
    for pk, following in ((ready, second), (second, third), (third, None)):
        html = page(alices, f"/recordings/{pk}/")
        parts = html[html.index('<nav class="parts"') :].partition("</nav>")[0]
        assert re.findall(r'href="/recordings/([^/]+)/"', parts) == [ready, second, third]
        assert re.findall(r'/recordings/([^/]+)/" aria-current', parts) == [pk]
        assert re.findall(r'/recordings/([^/]+)/" id="next-part"', parts) == [following] * bool(following)


def test_one_part_alone_is_not_called_one(alices, ready):
    assert 'class="parts"' not in page(alices, f"/recordings/{ready}/")


def test_rename_and_label_by_plain_forms(alices, ready):
    alices.post(f"/recordings/{ready}/edit", {"name": " Interview P-015 "})
    alices.post(f"/recordings/{ready}/edit", {"add_label": "consent v3"})
    found = Recording.objects.get()
    assert (found.name, found.labels) == ("Interview P-015", ["pilot", "consent v3"])
    assert found.status == "ready"


def test_deleting_asks_first_then_takes_rows_and_files(alices, ready):
    assert "Delete “Interview P-014”?" in page(alices, f"/recordings/{ready}/delete")
    assert Recording.objects.exists()
    assert alices.post(f"/recordings/{ready}/delete")["Location"] == "/"
    assert not Recording.objects.exists()
    assert objects() == []


@pytest.mark.parametrize(("method", "path"), [
    ("get", ""), ("get", "delete"), ("post", "delete"), ("post", "edit"), ("post", "retry"),
])  # fmt: skip
def test_nobody_else_finds_it(client_of, bob, alices, recording, method, path):
    assert getattr(client_of(bob), method)(f"/recordings/{recording}/{path}").status_code == 404
    assert Recording.objects.exists()


def test_staff_may_open_it_by_its_id(client_of, alices, ready, django_user_model):
    staff = django_user_model.objects.create_user("carol", is_staff=True)
    html = page(client_of(staff), f"/recordings/{ready}/")
    assert "alice" in html  # whose it is
    assert "Interview P-014" not in page(client_of(staff), "/")


def test_text_of_a_client_is_never_markup(alices, ready):
    nasty = "<script>alert(1)</script>"
    alices.post(f"/recordings/{ready}/edit", {"name": nasty})
    alices.post(f"/recordings/{ready}/edit", {"add_label": nasty})
    Recording.objects.update(device_name=nasty, external_id=nasty, end_reason=nasty, video_codec=nasty)
    for path in (f"/recordings/{ready}/", "/", f"/recordings/{ready}/delete"):
        assert "<script>alert" not in page(alices, path)
