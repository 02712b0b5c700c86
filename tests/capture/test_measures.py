"""Sharpness, brightness, hash, near-duplicates: measured in the worker, chosen by in the API and on the page."""

import random
import re
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from django.core.management import call_command

from cam2bytes.lib import images, measures
from capture import measuring
from capture.models import CaptureSession, Frame
from tests.makers import image, put_frame, start_capture

pytestmark = pytest.mark.django_db(transaction=True)


def scene(seed: int, size=(360, 640), blur: float = 0, noise: float = 0) -> np.ndarray:
    """Another scene for each seed, with edges in it; the same with a little noise or blur."""
    values = np.random.default_rng(seed)
    cells = values.integers(0, 256, (9, 16, 3), dtype=np.uint8)
    picture = cv2.resize(cells, size[::-1], interpolation=cv2.INTER_NEAREST)
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if noise:
        picture = np.clip(picture + values.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
    return picture


def jpeg(*arguments, **options) -> bytes:
    return images.encode_jpeg(scene(*arguments, **options), 90)


def frames(client, capture, **query) -> list[int]:
    """Numbers of all pages of two, in order."""
    found, after = [], {}
    while True:
        answer = client.get(f"/api/v1/captures/{capture}/frames", query | after | {"limit": 2})
        assert answer.status_code == 200, answer.content
        found += [item["number"] for item in answer.json()["items"]]
        if answer.json()["next_after"] is None:
            return found
        after = {"after": answer.json()["next_after"]}


# Figures -----------------------------------------------------------------------------------------


def test_figures_compare_between_resolutions_and_see_blur():
    whole = measures.measure(scene(1, (1080, 1920)))
    for size in ((720, 1280), (360, 640)):
        same = measures.measure(scene(1, size))
        assert same.sharpness == pytest.approx(whole.sharpness, rel=0.1)
        assert same.brightness == pytest.approx(whole.brightness, abs=1)
        assert measures.distance(same.perceptual_hash, whole.perceptual_hash) <= 2
    assert measures.measure(scene(1, (720, 1280), blur=8)).sharpness < whole.sharpness / 2
    assert measures.measure(scene(1, (720, 1280), blur=8, noise=2)).brightness == pytest.approx(whole.brightness, abs=1)
    assert measures.measure(np.full((9, 16, 3), 255, np.uint8)) == measures.Measures(0.0, 255.0, "0" * 16)


def test_other_scenes_have_other_hashes_and_noise_alone_has_none():
    for seed in range(10):
        one = measures.measure(scene(seed)).perceptual_hash
        assert measures.distance(one, measures.measure(scene(seed, noise=8)).perceptual_hash) <= measuring.NEAR
        assert measures.distance(one, measures.measure(scene(seed + 100)).perceptual_hash) > 15
    dark = [np.random.default_rng(seed).integers(0, 12, (720, 1280, 3), dtype=np.uint8) for seed in range(2)]
    assert measures.distance(*(measures.measure(picture).perceptual_hash for picture in dark)) == 0


def test_a_frame_is_measured_and_the_api_page_and_admin_say_so(alices, alice, client_of):
    capture = start_capture(alices)
    put_frame(alices, capture, 0, image("white"))
    frame = alices.get(f"/api/v1/captures/{capture}/frames/0").json()
    assert (frame["sharpness"], frame["brightness"], frame["near_duplicate"]) == (0.0, 255.0, False)
    html = alices.get(f"/captures/{capture}/frames/0/").content.decode()
    assert "Sharpness" in html and "255" in html
    alice.is_staff = alice.is_superuser = True
    alice.save()
    admin = client_of(alice).get(f"/admin/capture/frame/{Frame.objects.get().pk}/change/")
    assert "Perceptual hash" in admin.content.decode()


def test_frames_from_before_there_were_measures_are_measured_by_a_command(alices):
    capture = start_capture(alices)
    for number in range(3):
        put_frame(alices, capture, number, jpeg(number))
    before = list(Frame.objects.order_by("number").values_list("sharpness", "perceptual_hash", "near_duplicate"))
    Frame.objects.update(sharpness=None, brightness=None, perceptual_hash=None, near_duplicate=None)
    call_command("measureframes", verbosity=0)
    assert before == list(
        Frame.objects.order_by("number").values_list("sharpness", "perceptual_hash", "near_duplicate")
    )


# Near-duplicates ---------------------------------------------------------------------------------


def by_the_book(rows: list[Frame]) -> list[bool]:
    """The definition, said in the simplest way."""
    verdicts, last = [], None
    for row in rows:
        verdicts.append(last is not None and measuring.is_near_duplicate(row, last))
        if not verdicts[-1]:
            last = row
    return verdicts


@pytest.mark.parametrize("seed", range(6))
def test_near_duplicates_are_the_same_in_whatever_order_frames_come_and_go(alice, seed, monkeypatch):
    monkeypatch.setattr(measuring, "SLICE", 3)
    chance = random.Random(seed)
    capture = CaptureSession.objects.create(owner=alice, frame_count=40, ready_count=40, size_bytes=40)
    numbers, held = list(range(40)), []
    chance.shuffle(numbers)
    for number in numbers:
        # Hashes that drift by a few bits, so that what is near depends on the whole chain before it.
        held.append(Frame.objects.create(
            capture=capture, number=number, status="ready", image="x", content_type="image/jpeg", size_bytes=1,
            sha256="0" * 64, width=1, height=1, sharpness=chance.choice([3.0, 50.0, 200.0]), brightness=1.0,
            perceptual_hash=f"{(1 << (number * 3 // 2 % 60)) - 1:016x}",
        ))  # fmt: skip
        if chance.random() < 0.2:
            gone = held.pop(chance.randrange(len(held)))
            Frame.objects.filter(pk=gone.pk).delete()
            capture.count_removed(gone)
        if chance.random() < 0.6:
            measuring.judge([capture.pk])
    measuring.judge([capture.pk])
    rows = list(Frame.objects.order_by("number"))
    assert [row.near_duplicate for row in rows] == by_the_book(rows)
    assert len({row.near_duplicate for row in rows}) == 2


def test_a_sharp_frame_is_not_hidden_by_the_blurred_one_before_it(alices):
    capture = start_capture(alices)
    for number, data in enumerate((jpeg(1, blur=9), jpeg(1), jpeg(1, noise=2))):
        put_frame(alices, capture, number, data)
    assert frames(alices, capture, hide_near_duplicates=True) == [0, 1]


# Choosing ----------------------------------------------------------------------------------------


@pytest.fixture
def ten(alices):
    """0 to 9: 3, 4 and 5 are one scene, 7 is blurred, 9 is dark; closed with 10 of 12."""
    capture = start_capture(alices, requested_fps=2)
    pictures = [jpeg(n) for n in range(10)]
    pictures[4], pictures[5], pictures[7] = jpeg(3, noise=3), jpeg(3, noise=4), jpeg(7, blur=9)
    pictures[9] = image("black", (640, 360))
    for number, data in enumerate(pictures):
        put_frame(alices, capture, number, data, **{"Cam2Bytes-Taken-At": str(1_795_334_531_300 + number * 500)})
    return capture


def test_frames_are_chosen_and_sorted_page_by_page(alices, ten):
    everything = alices.get(f"/api/v1/captures/{ten}/frames").json()["items"]
    sharpness = {item["number"]: item["sharpness"] for item in everything}
    brightness = {item["number"]: item["brightness"] for item in everything}
    assert frames(alices, ten) == list(range(10))
    assert frames(alices, ten, hide_near_duplicates=True) == [0, 1, 2, 3, 6, 7, 8, 9]
    assert frames(alices, ten, hide_blurred=True) == [0, 1, 2, 3, 4, 5, 6, 8]
    assert frames(alices, ten, sort="sharpness") == sorted(sharpness, key=lambda n: (sharpness[n], n))
    assert frames(alices, ten, sort="-brightness") == sorted(brightness, key=lambda n: (brightness[n], n))[::-1]
    assert frames(alices, ten, sort="-sharpness", sharpness_min=sharpness[2], hide_near_duplicates=True) == [
        n
        for n in sorted(sharpness, key=lambda n: (-sharpness[n], n))
        if sharpness[n] >= sharpness[2] and n not in (4, 5)
    ]
    assert frames(alices, ten, brightness_max=1) == [9]
    assert frames(alices, ten, brightness_min=1) == list(range(9))


def test_what_cannot_be_chosen_by_is_422(alices):
    capture = start_capture(alices)
    for query in (
        "sort=size", "sharpness_min=x", "brightness_max=256", "hide_blurred=perhaps", "sharpness_min=nan", "limit=0",
        "sort=sharpness&after=3", "sort=sharpness&after=x,3", "after=1.5,3", "after=-1",
    ):  # fmt: skip
        assert alices.get(f"/api/v1/captures/{capture}/frames?{query}").status_code == 422, query


def test_the_page_hides_says_how_many_and_shows_them_again(alices, ten):
    hidden = alices.get(f"/captures/{ten}/?hide_near_duplicates=1&hide_blurred=1").content.decode()
    assert "2 near-duplicates" in hidden and "2 blurred" in hidden and "Show all frames" in hidden
    assert "/frames/4/" not in hidden and "/frames/7/" not in hidden and "/frames/3/" in hidden
    assert "not here" not in hidden
    sharpest = alices.get(f"/captures/{ten}/?sort=-sharpness").content.decode()
    assert "Sharpest first" in sharpest
    assert sharpest.index("/frames/8/") < sharpest.index("/frames/9/")
    for nonsense in (
        "sort=x",
        "sharpness_min=nan",
        "sort=sharpness&after=7",
        "after=x",
        "before=1,2",
        "sharpness_min=-1",
    ):
        assert alices.get(f"/captures/{ten}/?{nonsense}").status_code == 200
    assert "None is what was chosen" in alices.get(f"/captures/{ten}/?sharpness_min=1e9").content.decode()


# Compare, and the rate ---------------------------------------------------------------------------


def test_two_frames_are_compared(alices, ten):
    html = alices.get(f"/captures/{ten}/compare?frame=4&frame=3").content.decode()
    assert html.index("/frames/3/image") < html.index("/frames/4/image")
    assert "0.500 s" in html and "look alike" in html
    assert "look alike" not in alices.get(f"/captures/{ten}/compare?frame=3&frame=8").content.decode()
    for wrong in ("frame=3", "frame=3&frame=4&frame=5", "frame=3&frame=77", "frame=x&frame=3", "frame=3&frame=3"):
        assert alices.get(f"/captures/{ten}/compare?{wrong}").status_code == 302


def test_the_rate_is_drawn_with_its_hole_and_told_in_words(alices, alice):
    capture = CaptureSession.objects.get(pk=start_capture(alices, requested_fps=2))
    began = datetime(2026, 11, 22, 8, 2, 11, 300_000, UTC)
    times = [began + timedelta(seconds=number / 2) for number in range(1000)]
    Frame.objects.bulk_create(
        Frame(capture=capture, number=number, status="ready", content_type="image/jpeg", size_bytes=1, sha256="0" * 64,
              width=1, height=1, taken_at=times[number])
        for number in range(1000)
        if not 400 <= number < 500
    )  # fmt: skip
    CaptureSession.objects.filter(pk=capture.pk).update(
        frame_count=900, first_taken_at=times[0], last_taken_at=times[-1]
    )
    html = alices.get(f"/captures/{capture.pk}/").content.decode()
    assert "Frames per second in steps of" in html
    assert "Asked for: 2 per second." in html
    assert "No frame in 10 of 112 steps." in html
    drawn = re.search(r'class="rate-line" d="M([^"]*)"', html)[1]
    heights = {pair.partition(",")[2] for pair in drawn.split("L")}
    assert len(heights) <= 4  # steady, nothing, and the two steps in which the hole begins and ends
