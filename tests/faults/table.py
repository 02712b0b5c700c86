"""What a long run of a part says, and how the parts together become the table of docs/reliability.md."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    part:    which harness, such as "power loss"
    what:    what was done to the application, in a few words
    runs:    how often: kills, crash states, sequences
    found:   what was found against the promises, in words; "nothing" where they held
    held:    whether they held
    seconds: how long it ran
    """

    part: str
    what: str
    runs: int
    found: str
    held: bool
    seconds: float


HEADINGS = ("part", "what was done", "runs", "found", "time")


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [HEADINGS, ("---", "---", "---:", "---", "---:")]
    lines += [(row.part, row.what, f"{row.runs:,}", row.found, duration(row.seconds)) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
