"""Verification that verifies: what is not a good picture is refused at the door or rejected with a sentence; what is
one, however rare, is taken as it is. All through the real door; the worker's part runs right behind it."""

import io
import json
import os
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from cam2bytes.lib import imageproof
from cam2bytes.lib.digests import sha256_hex
from tests.makers import image, objects, put_frame, start_capture
from tests.running import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
ORIENTED = {1: "red", 3: "blue", 6: "yellow", 8: "lime"}  # what is then seen at the upper left
LOW = 64  # so far may a colour be from itself, after JPEG


@pytest.fixture
def capture(alices):
    return start_capture(alices)


def photo(size=(320, 240)) -> Image.Image:
    """Enough detail that a file of it has a middle."""
    dice = np.random.default_rng(1)
    small = dice.integers(0, 255, (size[1] // 8, size[0] // 8, 3), np.uint8)
    return Image.fromarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC))


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def quarters() -> Image.Image:
    """64 x 32: red, lime above; yellow, blue below."""
    picture = Image.new("RGB", (64, 32), "red")
    picture.paste("lime", (32, 0, 64, 16))
    picture.paste("yellow", (0, 16, 32, 32))
    picture.paste("blue", (32, 16, 64, 32))
    return picture


def kept(client, capture, data) -> dict:
    """The frame as the API tells it, after it was put; its bytes are those that were sent."""
    answer = put_frame(client, capture, 0, data)
    assert answer.status_code == 201, answer.content
    assert answer.json()["sha256"] == sha256_hex(data)
    frame = client.get(f"/api/v1/captures/{capture}/frames/0").json()
    if frame["image_url"]:
        assert b"".join(client.get(frame["image_url"]).streaming_content) == data
    return frame


def thumbnail(client, frame) -> Image.Image:
    return Image.open(io.BytesIO(b"".join(client.get(frame["thumbnail_url"]).streaming_content)))


def is_near(seen, colour: str) -> bool:
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    return all(abs(one - other) < LOW for one, other in zip(seen, wanted, strict=True))


# What is damaged ---------------------------------------------------------------------------------

KINDS = {
    "JPEG": {},
    "progressive JPEG": {"progressive": True},
    "grey JPEG": {},
    "PNG": {},
    "WebP": {},
    "lossless WebP": {"lossless": True},
}


def of_kind(kind: str) -> bytes:
    picture = photo().convert("L") if kind.startswith("grey") else photo()
    return encoded(picture, kind.split()[-1].upper(), **KINDS[kind])


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def without_end(data: bytes) -> bytes:
    return data[:-2]


def zeroed(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(len(data) // 8) + data[middle + len(data) // 8 :]


DAMAGES = [(kind, damage) for kind in KINDS for damage in (cut, without_end, zeroed)]
UNSEEN = [("WebP", zeroed), ("lossless WebP", zeroed)]  # it has no checksum, so that zeros decode: only a digest tells


@pytest.mark.parametrize(("kind", "damage"), [damaged for damaged in DAMAGES if damaged not in UNSEEN])
def test_damage_is_rejected_with_a_sentence(alices, capture, kind, damage):
    frame = kept(alices, capture, damage(of_kind(kind)))
    assert (frame["status"], frame["reason"]) == ("rejected", imageproof.DAMAGED)
    assert frame["image_url"] is None and frame["thumbnail_url"] is None
    assert len(objects()) == 1, "the bytes stay, as they were sent"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_undamaged_is_ready(alices, capture, kind):
    frame = kept(alices, capture, of_kind(kind))
    assert (frame["status"], frame["width"], frame["height"]) == ("ready", 320, 240)
    assert thumbnail(alices, frame).size == (320, 240)


# What is something else --------------------------------------------------------------------------


def animated(kind: str) -> bytes:
    return encoded(quarters(), kind, save_all=True, append_images=[quarters().rotate(180)], duration=100)


def png_of(width: int, height: int) -> bytes:
    """A PNG of one colour, as small as it gets: a bit for each pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pack, rows = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    packed = b"".join(pack.compress(rows) for _ in range(height)) + pack.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def webp_that_says(width: int, height: int) -> bytes:
    """A WebP whose header promises so many pixels."""
    data = bytearray(encoded(quarters(), "WEBP", lossless=True))
    data[21:25] = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (animated("PNG"), "bad-image", "animated"),
        (animated("WEBP"), "bad-image", "animated"),
        (encoded(quarters(), "GIF"), "unsupported-type", "JPEG, WebP or PNG"),
        (encoded(quarters(), "TIFF"), "unsupported-type", "JPEG, WebP or PNG"),
        (b"<html><script>alert(1)</script>", "unsupported-type", "JPEG, WebP or PNG"),
        (png_of(20_000, 20_000), "bad-image", "too large: 20000 x 20000"),
        (webp_that_says(13_000, 13_000), "bad-image", "too large: 13000 x 13000"),
        (webp_that_says(16_384, 2_500), "bad-image", "too large"),
        (image(kind="JPEG")[:30], "bad-image", "header"),
        (image(kind="PNG")[:20], "bad-image", "header"),
        (image(kind="WEBP")[:18], "bad-image", "header"),
    ],
)  # fmt: skip
def test_what_is_no_single_picture_is_refused_at_the_door(alices, capture, data, code, said):
    answer = put_frame(alices, capture, 0, data)
    assert answer.json()["code"] == code and said in answer.json()["detail"]
    assert objects() == []


def test_a_wrong_name_is_not_believed(alices, capture):
    data = image("navy", kind="PNG")
    answer = put_frame(alices, capture, 0, data, content_type="image/jpeg")
    assert answer.status_code == 201
    assert alices.get(f"/api/v1/captures/{capture}/frames/0").json()["content_type"] == "image/png"


# What is rare, and good --------------------------------------------------------------------------


def test_cmyk_is_taken_and_its_colours_are_right(alices, capture):
    frame = kept(alices, capture, encoded(quarters().convert("CMYK"), "JPEG", quality=95))
    assert frame["status"] == "ready"
    small = thumbnail(alices, frame)
    assert is_near(small.getpixel((8, 4)), "red") and is_near(small.getpixel((56, 28)), "blue")


def test_sixteen_bits_are_taken_and_not_washed_out(alices, capture):
    ramp = np.tile(np.linspace(0, 65535, 256, dtype=np.uint16), (32, 1))
    frame = kept(alices, capture, cv2.imencode(".png", ramp)[1].tobytes())
    assert (frame["status"], frame["width"], frame["height"]) == ("ready", 256, 32)
    row = np.asarray(thumbnail(alices, frame).convert("L"))[16].astype(int)
    assert abs(row - np.arange(256)).max() < 8, "the ramp is still one"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", ORIENTED)
def test_orientation_is_right_and_thumbnails_carry_no_exif(alices, capture, kind, orientation):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, "where I live"
    frame = kept(alices, capture, encoded(quarters(), kind, exif=exif))
    size = (32, 64) if orientation in (6, 8) else (64, 32)
    assert (frame["status"], frame["width"], frame["height"]) == ("ready", *size)
    small = thumbnail(alices, frame)
    assert small.size == size and not small.getexif()
    assert is_near(small.getpixel((4, 4)), ORIENTED[orientation])


# What it costs to be lied to ---------------------------------------------------------------------

JUDGE = """
import json, sys
from pathlib import Path
import django
django.setup()
from cam2bytes.lib import imageheads, imageproof

def peak_kb():
    return int(next(line for line in Path("/proc/self/status").open() if line.startswith("VmHWM")).split()[1])

before, said = peak_kb(), []
for path in sys.argv[1:]:
    try:
        said.append(imageproof.prove(Path(path).read_bytes()))
    except imageheads.BadImage as bad:
        said.append(str(bad))
print(json.dumps({"more_mb": (peak_kb() - before) / 1024, "said": said}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is told by Linux's /proc")
def test_memory_stays_bounded_whatever_a_small_file_promises(tmp_path):
    """In a process of its own, that also has to decode what the door would have refused."""
    bombs = {
        "png": png_of(20_000, 20_000),
        "webp": webp_that_says(13_000, 13_000),
        "cut": cut(png_of(6_000, 6_000)),
        "largest": png_of(8_000, 5_000),
        "large": encoded(photo((4_000, 3_000)), "JPEG", progressive=True),
    }
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    assert len(bombs["png"]) < 60_000
    env = {**os.environ, "CAM2BYTES_DATA_DIR": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "cam2bytes.settings"}
    command = [sys.executable, "-c", JUDGE, *(str(tmp_path / name) for name in bombs)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert "too large" in told["said"][0] and "too large" in told["said"][1]
    assert told["said"][2] == imageproof.DAMAGED
    assert told["said"][3:] == [[8_000, 5_000], [4_000, 3_000]]
    assert told["more_mb"] < 300


def test_a_jpeg_of_endless_scans_is_rejected(alices, capture):
    data = encoded(photo(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    frame = kept(alices, capture, data[:-2] + scan * imageproof.MOST_SCANS + b"\xff\xd9")
    assert (frame["status"], frame["reason"]) == ("rejected", "The image is made of too many scans.")
