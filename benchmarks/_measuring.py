"""What benchmarks say about themselves: the machine, processor time, and how waits are spread."""

import contextlib
import os
import platform
import statistics

import psutil


def machine() -> str:
    """The machine and what else it does, in a sentence: figures without it mean nothing."""
    gib = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    name = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{psutil.cpu_count()} cores, {gib:.0f} GiB, {name}; load before the run {load:.1f} (of everything on it)"


def spread(waits_ms: list[float]) -> tuple[float, float, float, float]:
    """p50, p95, p99 and the longest."""
    if len(waits_ms) < 2:
        return (*waits_ms * 4, 0, 0, 0, 0)[:4]
    cuts = statistics.quantiles(waits_ms, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98], max(waits_ms)


class ProcessorTime:
    """Seconds of processor time since the beginning, of processes that are grouped by what they do."""

    def __init__(self, groups: dict[str, list[psutil.Process]]):
        self.groups = groups
        self.before = self._now()

    def _now(self) -> dict[str, float]:
        return {name: sum(map(_seconds, processes)) for name, processes in self.groups.items()}

    def used(self) -> dict[str, float]:
        return {name: now - self.before[name] for name, now in self._now().items()}


def _seconds(process: psutil.Process) -> float:
    """Its own and that of children that have ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system
    return 0.0
