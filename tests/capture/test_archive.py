"""ZIP files of images: of some frames, of one capture session, of several; with what is known of each frame."""

import hashlib
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cam2bytes.lib import storedzip
from cam2bytes.lib.pieces import Pieces
from capture.models import CaptureSession, Frame
from tests.makers import image, put_frame, start_capture

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent.parent
STEM = "Feeder east side"


@pytest.fixture
def capture(alices):
    """Six frames of their own colours, two per second; number 4 never came."""
    pk = start_capture(alices, name="Feeder, east side", device_name="garden-pi", labels=["birds"])
    for number in (0, 1, 2, 3, 5):
        taken = 1_795_334_531_300 + number * 500
        put_frame(alices, pk, number, image((number * 9, 90, 0)), **{"Cam2Bytes-Taken-At": str(taken)})
    return pk


def sent(client, path, **headers) -> bytes:
    answer = client.get(path, headers=headers)
    assert answer.status_code in (200, 206), answer.content
    data = answer.getvalue()
    assert len(data) == int(answer["Content-Length"])
    return data


def opened(data: bytes) -> tuple[zipfile.ZipFile, list[dict]]:
    found = zipfile.ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return found, [json.loads(line) for line in found.read("metadata.jsonl").decode().splitlines()]


def lose(media_root, number: int) -> None:
    (media_root / Frame.objects.get(number=number).image.name).unlink()


def test_all_images_come_under_readable_names_with_what_is_known_of_each(alices, capture):
    CaptureSession.objects.update(taken_at_error_ms=4.5)
    Frame.objects.filter(number=2).update(sharpness=190.1, near_duplicate=True, labels=["jay"])
    answer = alices.get(f"/captures/{capture}/download")
    assert answer["Content-Disposition"] == f'attachment; filename="{STEM}.zip"'
    images, lines = opened(answer.getvalue())
    seconds = ("11.300", "11.800", "12.300", "12.800", "13.800")
    names = [f"{STEM}/{STEM} {n:06d} 08-02-{s}.jpg" for n, s in zip((0, 1, 2, 3, 5), seconds, strict=True)]
    assert images.namelist() == [*names, "metadata.jsonl"]
    assert [line["file_name"] for line in lines] == names
    assert all(hashlib.sha256(images.read(line["file_name"])).hexdigest() == line["sha256"] for line in lines)
    told = lines[2]
    assert told["capture_id"] == capture
    assert (told["number"], told["taken_at"], told["taken_at_error_ms"]) == (2, "2026-11-22T08:02:12.300Z", 4.5)
    assert (told["device_name"], told["capture_labels"], told["labels"]) == ("garden-pi", ["birds"], ["jay"])
    assert (told["sharpness"], told["near_duplicate"], told["missing"]) == (190.1, True, None)


def test_sizes_stand_before_the_bytes_so_that_it_can_be_read_from_the_front(alices, capture):
    data = sent(alices, f"/captures/{capture}/download")
    assert not int.from_bytes(data[6:8], "little") & 0x08
    assert int.from_bytes(data[18:22], "little") == Frame.objects.get(number=0).size_bytes


@pytest.mark.parametrize("query", ["frame=1&frame=3&frame=99", "frame=1-3", "sharpness_min=5"])
def test_a_selection_holds_only_what_was_selected(alices, capture, query):
    Frame.objects.filter(number__in=(1, 3)).update(sharpness=9)
    Frame.objects.exclude(number__in=(1, 3)).update(sharpness=1)
    wanted = [1, 2, 3] if "-" in query else [1, 3]
    for path in (f"/captures/{capture}/download?{query}", f"/api/v1/captures/{capture}/archive?{query}"):
        images, lines = opened(sent(alices, path))
        assert [line["number"] for line in lines] == wanted
        assert len(images.namelist()) == len(wanted) + 1


@pytest.mark.parametrize("query", ["frame=x", "frame=1-", "frame=-1", "frame=1" + "&frame=1" * 500])
def test_a_selection_that_makes_no_sense_is_refused(alices, capture, query):
    assert alices.get(f"/api/v1/captures/{capture}/archive?{query}").status_code == 422
    assert alices.get(f"/captures/{capture}/download?{query}").status_code == 404


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_an_image_that_the_store_has_lost_is_named_and_breaks_nothing(alices, capture, media_root, kind):
    put_frame(alices, capture, 7, image("white", kind=kind))
    lose(media_root, 7)
    (media_root / Frame.objects.get(number=5).image.name).write_bytes(b"cut off")
    images, lines = opened(sent(alices, f"/captures/{capture}/download"))
    assert [line["number"] for line in lines if line["missing"]] == [5, 7]
    assert lines[-1]["missing"] == "unreadable"
    note = next(name for name in images.namelist() if "000007" in name)
    assert note.endswith((".txt", ".text"))
    assert b"could not read" in images.read(note)
    assert len(images.namelist()) == 7


def test_a_rejected_frame_is_told_and_not_sent(alices, capture):
    Frame.objects.filter(number=5).update(status="rejected", reason="it is cut off")
    images, lines = opened(sent(alices, f"/captures/{capture}/download"))
    assert lines[-1]["missing"] == "rejected: it is cut off"
    assert not [name for name in images.namelist() if "000005" in name]


def test_several_capture_sessions_have_folders_of_their_own_whatever_their_names(alices, capture):
    pks = [capture]
    for name in ("feeder east SIDE", "\N{FULLWIDTH LATIN CAPITAL LETTER F}EEDER east side", "nul", "a/b:c. "):
        pks.append(start_capture(alices, name=name))
        put_frame(alices, pks[-1], 0, image())
    query = "&".join(f"capture={pk}" for pk in pks)
    for path in ("/captures/download", "/api/v1/captures/archive"):
        images, lines = opened(sent(alices, f"{path}?{query}"))
        folders = list(dict.fromkeys(name.partition("/")[0] for name in images.namelist()[:-1]))
        assert folders == [
            STEM,
            "feeder east SIDE (2)",
            "\N{FULLWIDTH LATIN CAPITAL LETTER F}EEDER east side (3)",
            "_nul",
            "a b c",
        ]
        assert len({name.casefold() for name in images.namelist()}) == len(images.namelist()) == 10
        assert [line["capture_id"] for line in lines] == [capture] * 5 + pks[1:]


def test_thirty_at_most_and_only_ones_own(alices, capture, client_of, bob):
    assert alices.get("/captures/download?" + f"capture={capture}&" * 31).status_code == 200  # the same one
    many = "&".join(f"capture={CaptureSession().pk}" for _ in range(31))
    assert alices.get(f"/captures/download?{many}")["Location"] == "/"
    assert alices.get(f"/api/v1/captures/archive?{many}").status_code == 422
    bobs = client_of(bob)
    theirs = start_capture(bobs)
    for path in (f"/captures/download?capture={theirs}&capture={capture}", f"/captures/download?capture={capture}"):
        assert bobs.get(path).status_code == 404
        assert bobs.get(path.replace("captures/download", "api/v1/captures/archive")).status_code == 404


def test_a_download_that_broke_off_goes_on(alices, capture, media_root):
    lose(media_root, 1)
    path = f"/captures/{capture}/download"
    answer = alices.get(path)
    whole, etag = answer.getvalue(), answer["ETag"]
    assert alices.head(path)["Content-Length"] == str(len(whole))
    for begin in (1, 100, len(whole) // 2, len(whole) - 30):
        rest = alices.get(path, headers={"Range": f"bytes={begin}-", "If-Range": etag})
        assert rest.status_code == 206
        assert rest.getvalue() == whole[begin:]
    Frame.objects.filter(number=3).update(labels=["new"])
    assert alices.get(path, headers={"Range": "bytes=9-", "If-Range": etag}).status_code == 200


def test_what_happens_meanwhile_moves_no_byte_and_no_query_is_made(alices, capture, media_root):
    answer = alices.get(f"/captures/{capture}/download")
    first = next(iter(answer.streaming_content))
    assert len(first) < 2000  # no more was read than is sent
    lose(media_root, 3)
    Frame.objects.filter(number=3).delete()
    put_frame(alices, capture, 8, image("white"))
    with CaptureQueriesContext(connection) as queries:
        data = first + answer.getvalue()
    assert len(queries) == 0
    assert len(data) == int(answer["Content-Length"])
    assert [line["number"] for line in opened(data)[1] if line["missing"]] == [3]


def test_nothing_is_read_any_more_for_somebody_who_left(alices, capture):
    answer = alices.get(f"/captures/{capture}/download")
    next(iter(answer.streaming_content))
    answer.close()
    assert list(answer.streaming_content) == []


def test_the_example_of_the_docs(alices, capture, tmp_path, monkeypatch):
    Frame.objects.filter(number=1).update(near_duplicate=True)
    Frame.objects.filter(number=2).update(status="rejected")
    Frame.objects.filter(number=3).update(labels=["jay"])
    (tmp_path / "frames.zip").write_bytes(sent(alices, f"/api/v1/captures/{capture}/archive"))
    code = (ROOT / "docs/datasets.md").read_text().partition("```python\n")[2].partition("```")[0]
    names = {}
    monkeypatch.chdir(tmp_path)
    exec(code, names)  # noqa: S102 - our own docs
    assert [(picture.size, labels) for picture, labels in names["dataset"]] == [
        ((64, 48), []), ((64, 48), ["jay"]), ((64, 48), []),
    ]  # fmt: skip


def test_the_library_offers_capture_sessions_together(alices, capture):
    html = alices.get("/").content.decode()
    assert f'name="capture" value="{capture}"' in html
    assert 'id="selection" action="/captures/download"' in html


def test_reading_to_the_end_and_beyond():
    pieces = Pieces(piece for piece in (b"abc", b"", b"defg"))
    pieces.skip(2)
    assert [pieces.read(3), pieces.read(3), pieces.read(3)] == [b"c", b"def", b"g"]
    assert pieces.read(3) == b""
    pieces.skip(1)


def test_more_than_four_gigabytes_and_65_thousand_entries():
    """The list at the end, read by Python's zipfile from a file with a hole where the images would be."""
    length, records, offset = storedzip.Length(), [], 0
    for number in range(65_600):
        entry = storedzip.Entry(f"ä/{number}", 80_000, datetime(2026, 2, 3, 4, 5, 6))
        length.add(entry)
        records.append(entry.central(7, offset))
        last, offset = offset, offset + len(entry.local(7)) + entry.size
    central = b"".join(records)
    tail = central + storedzip.end(len(records), len(central), offset)
    assert length.total == offset + len(tail)
    found = zipfile.ZipFile(Holed(offset, tail)).infolist()
    assert len(found) == 65_600
    assert (found[-1].filename, found[-1].file_size, found[-1].CRC) == ("ä/65599", 80_000, 7)
    assert found[-1].header_offset == last > 2**32


@pytest.mark.parametrize(("year", "told"), [(1970, 1980), (2026, 2026), (2200, 2107)])
def test_years_that_zip_does_not_know(year, told):
    record = storedzip.Entry("x", 1, datetime(year, 2, 3, 4, 5, 6)).central(0, 0)
    found = zipfile.ZipFile(io.BytesIO(record + storedzip.end(1, len(record), 0))).infolist()
    assert found[0].date_time[0] == told


class Holed(io.RawIOBase):
    """A file of `hole` zero bytes and then `tail`."""

    def __init__(self, hole: int, tail: bytes):
        self._hole, self._tail, self._at = hole, io.BytesIO(tail), 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        end = self._hole + len(self._tail.getbuffer())
        self._at = offset + (0, self._at, end)[whence]
        return self._at

    def tell(self):
        return self._at

    def read(self, size=-1):
        self._tail.seek(self._at - self._hole)
        data = self._tail.read(size)
        self._at += len(data)
        return data
