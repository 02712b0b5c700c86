"""Media that means harm: nonsense, mutations, playlists and lies, and a process that has to take them.

All go through the same door, in one process of their own, and what it opens and calls is written down by strace.
"""

import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cam2bytes.lib import matroska
from cam2bytes.lib.containers import header_of
from cam2bytes.lib.matroska_blocks import TRACK_ENTRY
from tests import media

MUTATED = (
    "webm_vp8_opus_640",
    "webm_vp9_opus_640",
    "mkv_h264_opus_640_kfd1000",
    "size_change_mp4_avc3",
    "mp4_av1_opus",
)
BYTES_OF_EACH = 60_000
CASES_OF_EACH = 36
LARGEST_GROWTH_MB = 1200
"""A fragment that says it has 80 million samples makes FFmpeg take 1 GB for some seconds. More it does not believe."""
SECONDS = 120
OTHER_FILE = b"/etc/hostname"
ROOT = Path(__file__).resolve().parent.parent
OWN = (str(ROOT), sys.prefix, sys.base_prefix, "/proc/", "/dev/urandom")
"""Where a Python process opens files at any time: modules, and what it asks about itself."""

WORKER = """
import json, sys
from pathlib import Path
from cam2bytes.lib.video import BadVideo, remux

def peak_kb():
    status = Path("/proc/self/status")  # not on macOS; there the limit of time has to do
    return int(status.read_text().split("VmHWM:")[1].split()[0]) if status.exists() else 0

folder, target = Path(sys.argv[1]), Path(sys.argv[2])
start_kb = peak_kb()
(target.parent / "begun").touch()
for path in sorted(folder.iterdir()):
    data = path.read_bytes()
    reason = None
    try:
        remux([(0, data[:len(data) // 3]), (1, data[len(data) // 3:])], target)
    except BadVideo as bad:
        reason = str(bad)
    print(json.dumps([path.name, reason]), flush=True)
print(json.dumps(["grown_kb", peak_kb() - start_kb]))
"""


def cases(url: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """(name, bytes), the same for the same seed; `url` is where the playlists point to."""
    dice = random.Random(seed)
    sources = {series: b"".join(media.chunks_of(series))[:BYTES_OF_EACH] for series in MUTATED}
    sources["ogg"] = media.synthetic(2, container="ogg", video=None)
    sources["plain_mp4"] = media.synthetic(2, container="mp4", video="libx264", audio="aac")
    for name, data in sources.items():
        for number in range(CASES_OF_EACH):
            yield f"{name}-{number:02}", mutated(data, dice)
        yield f"{name}-header_alone", header_of(data) or data[:300]
    for number, magic in enumerate([b"\x1a\x45\xdf\xa3", b"\0\0\0\x18ftypisom", b"OggS\0"] * 5):
        yield f"noise-{number}", magic + dice.randbytes(dice.choice([0, 10, 5000, 100_000]))
    yield from disguised(url)
    yield from lies(sources)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """A few bytes changed, a stretch lost or repeated, or the end cut off; mostly in the header."""
    changed = bytearray(data)
    for _ in range(dice.choice([1, 3, 30])):
        reach = min(len(changed), dice.choice([400, 2000, len(changed)]))
        at, length = dice.randrange(reach), dice.choice([1, 4, 100, 5000])
        match dice.choice(["flip", "noise", "lose", "repeat", "extreme", "cut"]):
            case "flip":
                changed[at] ^= 1 << dice.randrange(8)
            case "noise":
                changed[at : at + length] = dice.randbytes(length)
            case "lose":
                del changed[at : at + length]
            case "repeat":
                changed[at:at] = changed[at : at + length]
            case "extreme":
                changed[at : at + 4] = dice.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0"])
            case "cut" if at > 100:
                del changed[at:]
        if len(changed) < 100:
            return bytes(changed) + bytes(100)
    return bytes(changed)


def disguised(url: bytes) -> Iterator[tuple[str, bytes]]:
    """What other programs would follow to another file or address; also behind the magic bytes of a recording."""
    playlists = {
        "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + url + b"\n#EXT-X-ENDLIST\n",
        "hls_file": b"#EXTM3U\n#EXTINF:1,\nfile://" + OTHER_FILE + b"\n",
        "concat": b"ffconcat version 1.0\nfile " + OTHER_FILE + b"\n",
        "dash": b'<?xml version="1.0"?><MPD><Period><BaseURL>' + url + b"</BaseURL></Period></MPD>",
        "sdp": b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\n",
    }
    for name, text in playlists.items():
        yield f"{name}-bare", text
        for number, magic in enumerate([b"\x1a\x45\xdf\xa3", b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", b"OggS\0"]):
            yield f"{name}-behind_magic_{number}", magic + text
    yield (
        "mp4-data_elsewhere",
        media.synthetic(1, container="mp4", video="libx264").replace(
            b"\0\0\0\x0curl \0\0\0\x01", b"\0\0\0\x0curl \0\0\0\0"
        ),
    )


def lies(sources: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Sizes and counts that are not true."""
    webm = sources["webm_vp9_opus_640"]
    yield "tracks-a_thousand", with_many_tracks(webm, 1000)
    mp4 = sources["size_change_mp4_avc3"]
    for box in (b"moov", b"trak", b"stsd", b"avcC", b"moof", b"trun", b"mdat", b"ftyp", b"stsz", b"esds"):
        for size in (b"\0\0\0\0", b"\0\0\0\x01", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff"):
            at = mp4.find(box)
            if at >= 4:
                yield f"box-{box.decode()}-{size.hex()}", mp4[: at - 4] + size + mp4[at:]
    at = mp4.index(b"trun") + 8
    yield "samples-four_billion", mp4[:at] + b"\xff\xff\xff\xff" + mp4[at + 4 :]
    at = webm.index(b"\xb0\x82")
    yield "picture-65535_wide", webm[:at] + b"\xb0\x82\xff\xff" + webm[at + 4 :]
    matroska_opus = sources["mkv_h264_opus_640_kfd1000"]
    yield "sound-without_its_head", matroska_opus.replace(b"\x63\xa2\x93OpusHead", b"\x63\xa4\x93OpusHead")
    for name, element in {"tracks": matroska.TRACKS, "cluster": matroska.CLUSTER}.items():
        at = webm.index(element) + 4
        yield f"{name}-of_an_exabyte", webm[:at] + b"\x01\x0f" + b"\xff" * 6 + webm[at + 8 :]


def with_many_tracks(webm: bytes, count: int) -> bytes:
    """The recording with its first track's entry repeated."""
    start = webm.index(matroska.TRACKS)
    size, body = matroska.size_at(webm, start + 4)
    entry_size, entry_body = matroska.size_at(webm, body + 1)
    assert webm[body : body + 1] == TRACK_ENTRY
    entries = webm[body : entry_body + entry_size] * count
    return webm[: start + 4] + b"\x01" + len(entries).to_bytes(7) + entries + webm[body + size :]


class Outcome(NamedTuple):
    """What became of the cases of one seed. A process that died has no reasons for those after its death."""

    given: dict[str, bytes]
    reasons: dict[str, str | None]  # None: a video was made
    grown_kb: int
    died: str
    opened: set[str]  # files, but for those of Python and the process's own
    called: list[str]  # lines of strace


def run(seed: int, folder: Path) -> Outcome:
    """Feed the cases of that seed to a new process; `folder` is empty."""
    source, target, trace = folder / "given", folder / "target", folder / "trace"
    source.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = dict(cases(b"http://127.0.0.1:%d/x.webm" % listener.getsockname()[1], seed))
        for name, data in given.items():
            (source / name).write_bytes(data)
        command = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=open,openat,socket,connect", "-o", trace]
        done = subprocess.run(
            [*command, sys.executable, "-c", WORKER, source, target],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    said = [json.loads(line) for line in done.stdout.splitlines()]
    died = ""
    if done.returncode:
        died = f"died of {done.returncode} at {sorted(given)[len(said)]}: {done.stderr[-2000:]}"
        said.append(["", 0])
    calls = trace.read_text().partition('begun"')[2].splitlines()
    opened = {path for line in calls if (path := opened_file(line)) and not path.startswith((str(folder), *OWN))}
    called = [line for line in calls if re.search(r" (socket|connect)\(", line)]
    return Outcome(given, dict(said[:-1]), said[-1][1], died, opened, called)


def opened_file(line: str) -> str | None:
    found = re.search(r' open(?:at)?\((?:AT_FDCWD, )?"([^"]*)"', line)
    return found and found[1]
