"""The kept line as numbers: which stretches of a recording are on the server and where nothing ever came.

`templates/_kept_line.html` draws it as SVG in percent of its length: the pages' Content-Security-Policy allows no
style attributes, and the line must stand there without a script.
"""

from dataclasses import dataclass

SHORTEST_GAP = 5  # percent: 8 px on a phone's card, 16 px on a wide one, so that a short gap is still seen


@dataclass(frozen=True)
class KeptLine:
    """`kept` and `gaps` are (start, width) in percent; `sentence` names the whole line for those who hear it."""

    kept: tuple
    gaps: tuple
    sentence: str
    live: bool = False


def kept_line(duration_ms, gaps, sentence, *, live=False, shortest_gap=SHORTEST_GAP):
    """The line of a recording `duration_ms` long with the `gaps` [{start_ms, duration_ms}] of its file."""
    if not duration_ms:
        whole = ((0.0, 100.0),) if live else ()
        return KeptLine(kept=whole, gaps=() if live else ((0.0, 100.0),), sentence=sentence, live=live)
    holes = []
    for gap in sorted(gaps, key=lambda gap: gap["start_ms"]):
        start = min(100 * gap["start_ms"] / duration_ms, 100 - shortest_gap)
        start = max(start, holes[-1][0] + holes[-1][1] if holes else 0.0)
        width = min(max(100 * gap["duration_ms"] / duration_ms, shortest_gap), 100 - start)
        if width > 0:
            holes.append((start, width))
    kept, at = [], 0.0
    for start, width in [*holes, (100.0, 0.0)]:
        if start > at:
            kept.append((round(at, 2), round(start - at, 2)))
        at = start + width
    rounded = tuple((round(start, 2), round(width, 2)) for start, width in holes)
    return KeptLine(kept=tuple(kept), gaps=rounded, sentence=sentence, live=live)
