"""How true the frame sampler is: what was asked for, what came, how even, and when each frame was really taken.

    ./dev bench sampler [--seconds S] [--minutes-hidden M] [--only NAME ...]

The real `./dev run` and a real Chromium on one machine. The camera is a file whose pictures carry their numbers, 30 a
second, as dear to encode as a real scene; when it begins anew it shows its first picture twice, which is not counted.
When each was taken is noted by the page's preview as the browser tells it (`captureTime`), which the sampler does not
use; browser and server share a clock here, so `taken_at` should be the same. "Interval" is how much the time between
two kept frames differs from what the camera says; "wall time" how far `taken_at` is from it. A hidden tab is told of no
pictures: there the numbers prove order, and the times stand without a witness.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks._measuring import ProcessorTime, machine, spread
from tests.browser.chromium import Chromium, ChromiumTab
from tests.browser.conftest import PROGRAMS
from tests.browser.journeys import OWNER, PASSWORD, api, image_bytes, newest
from tests.browser.numbered import BITS, NOTE_NUMBERS, number_in, write_numbered
from tests.running import Running, running_cam2bytes
from tests.servers import needed

CAMERA_FRAMES = 90  # of the file; a hole of 3 s could not be told from none
PAGE = 500


class Run(NamedTuple):
    name: str
    fps: float
    width: int
    height: int
    hidden: bool = False


RUNS = (
    Run("10/s", 10, 640, 360),
    Run("30/s 720p", 30, 1280, 720),
    Run("10/s hidden", 10, 640, 360, hidden=True),
)


def measure(run: Run, seconds: float, cam2bytes: Running, folder: Path, program: str) -> dict:
    """Capture for so long; the capture session, its frames, and what the preview saw meanwhile."""
    folder.mkdir()
    camera = write_numbered(folder / "camera.y4m", run.width, run.height, CAMERA_FRAMES, noisy=True)
    browser = Chromium(program, folder / "profile", f"--use-file-for-fake-video-capture={camera}")
    try:
        tab = browser.tab
        sign_in(tab, cam2bytes.url)
        tab.goto(f"{cam2bytes.url}/capture/?fps={run.fps}&width={run.width}&height={run.height}&autostart=1")
        tab.until("document.getElementById('studio-root').dataset.phase === 'running'")
        if run.hidden:
            other = browser.new_tab()
            tab.until("document.hidden")
        else:
            tab.evaluate(NOTE_NUMBERS, BITS)
        spent = ProcessorTime({"browser": browser.processes})
        begun = time.monotonic()
        time.sleep(seconds)
        cores = spent.used()["browser"] / (time.monotonic() - begun)
        if run.hidden:
            assert tab.value("document.hidden"), "the tab was seen"
            other.close()
        tab.evaluate("() => document.getElementById('record-button').click()")
        tab.until("document.getElementById('studio-root').dataset.phase === 'done'", seconds=300)
        seen = tab.value("window.seenNumbers ?? []")
        capture = newest(tab, "captures")
        frames = frames_of(tab, capture["id"])
        numbers = [number_in(image_bytes(tab, frame)) for frame in frames]
    finally:
        browser.kill()
        camera.unlink()
    return {
        "capture": capture,
        "frames": frames,
        "numbers": numbers,
        "seen": seen,
        "cores": cores,
        "load": os.getloadavg()[0],
    }


def sign_in(tab: ChromiumTab, url: str) -> None:
    tab.goto(f"{url}/sign-in/")
    tab.fill("input[name=username]", OWNER)
    tab.fill("input[name=password]", PASSWORD)
    tab.evaluate("() => document.querySelector('input[name=password]').form.requestSubmit()")
    tab.wait_for_url(f"{url}/$")


def frames_of(tab: ChromiumTab, capture_id: str) -> list[dict]:
    frames, after = [], ""
    while after is not None:
        page = api(tab, f"/captures/{capture_id}/frames?limit={PAGE}{after and f'&after={after}'}")
        frames, after = frames + page["items"], page["next_after"]
    return frames


def taken_ms(frame: dict) -> float:
    return datetime.fromisoformat(frame["taken_at"]).timestamp() * 1000


def wall_errors(told: dict) -> list[float | None]:
    """taken_at minus when the camera took it, of each frame; None where the preview did not see it."""
    seen = told["seen"]
    errors = []
    for frame, number in zip(told["frames"], told["numbers"], strict=True):
        at = taken_ms(frame)
        candidates = [at - when for other, when in seen if other == number]
        nearest = min(candidates, key=abs, default=None)
        errors.append(nearest if nearest is not None and abs(nearest) < 1000 else None)
    return errors


def lines(run: Run, told: dict) -> list[str]:
    sampling = told["capture"]["sampling"]
    taken, asked = sampling["taken_count"] - sampling["extra_count"], sampling["requested_count"]
    pairs = [pair for pair in pairwise(told["numbers"]) if None not in pair]
    steps = [(after - before) % CAMERA_FRAMES for before, after in pairs]
    usual = round(30 / run.fps)
    again = sum(pair == (0, 0) for pair in pairs)
    wrong = sum(step == 0 or step > CAMERA_FRAMES // 2 for step in steps) - again
    errors = wall_errors(told)
    intervals = [abs(b - a) for a, b in pairwise(errors) if a is not None and b is not None]
    walls = [abs(error) for error in errors if error is not None]
    cells = {
        "run": run.name,
        "of what was asked for": f"{taken} of {asked} = {100 * taken / asked:.2f} %",
        "dropped": ", ".join(f"{count} {reason}" for reason, count in sampling["dropped"].items()) or "none",
        "preview saw": f"{rate_of([when for _, when in told['seen']]):.1f}/s",
        "told jitter, p50 / p95": f"{sampling['jitter_p50_ms']:.1f} / {sampling['jitter_p95_ms']:.1f} ms",
        "numbers repeated or swapped": f"{wrong} of {len(steps)}",
        "usual step": f"{100 * steps.count(usual) / len(steps):.1f} %",
        "interval, p50 / p95 / longest": of_witness(intervals),
        "wall time, p50 / p95 / longest": of_witness(walls),
        "error told": f"{told['capture']['taken_at_error_ms']:.0f} ms",
        "browser, cores": f"{told['cores']:.2f}",
        "load": f"{told['load']:.1f}",
    }
    return [f"{name}: {value}" for name, value in cells.items()]


def rate_of(times_ms: list[float]) -> float:
    return 1000 * (len(times_ms) - 1) / (times_ms[-1] - times_ms[0]) if len(times_ms) > 1 else 0


def of_witness(errors_ms: list[float]) -> str:
    if not errors_ms:
        return "no witness"
    p50, p95, _, longest = spread(errors_ms)
    return f"{p50:.1f} / {p95:.1f} / {longest:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of each run")
    parser.add_argument("--minutes-hidden", type=float, default=1, help="of the hidden tab; 60 is the long form")
    parser.add_argument("--only", nargs="+", choices=[run.name for run in RUNS], help="some of the runs")
    arguments = parser.parse_args()
    program = needed(next(filter(None, map(shutil.which, PROGRAMS)), None), "REQUIRE_BROWSER", "Chromium")
    print(f"{machine()}\n")
    env = {"DJANGO_SUPERUSER_USERNAME": OWNER, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    failed = False
    with (
        tempfile.TemporaryDirectory(prefix="c2b-bench-") as folder,
        running_cam2bytes(Path(folder) / "data", env=env) as cam2bytes,
    ):
        for index, run in enumerate(RUNS):
            if arguments.only and run.name not in arguments.only:
                continue
            seconds = arguments.minutes_hidden * 60 if run.hidden else arguments.seconds
            told = measure(run, seconds, cam2bytes, Path(folder) / str(index), program)
            print("\n    ".join(lines(run, told)), "\n", flush=True)
            failed = failed or None in told["numbers"]
    sys.exit("some pictures carry no number that can be read" if failed else 0)


if __name__ == "__main__":
    main()
