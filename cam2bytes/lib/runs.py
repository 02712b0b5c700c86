"""Held pieces of a recording's byte stream, read as runs: stretches without a hole, each readable by itself.

A demuxer that is fed across a hole goes on without an error and shows frames at false times. So each run
gets a demuxer of its own, that sees the recording's header, then bytes from the first place behind the hole
where reading can safely begin, then the end of its file. Nothing is joined in memory: one piece is held.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from cam2bytes.lib.containers import BadVideo, Container, container_of, header_of, sniff_container

BLOCK_BYTES = 256 * 1024
HEAD_BYTES = 4096
LONGEST_HEADER = 4 * 1024 * 1024
EMPTY = "no bytes came"
HEADER_NEVER_CAME = "the beginning never arrived, and nothing can be read without it"

Pieces = BinaryIO | Iterable[tuple[int, bytes]]


class Hole(NamedTuple):
    """Chunks `first` to `last`, both included, are missing."""

    first: int
    last: int


def with_holes(pieces: Pieces, chunk_count: int | None) -> Iterator[bytes | Hole]:
    """The bytes in order, with a `Hole` wherever numbers are skipped or the last stay below `chunk_count`.

    A number may come several times in a row, when its chunk is read in blocks.
    """
    expected = 0
    for number, data in _numbered(pieces):
        if number > expected:
            yield Hole(expected, number - 1)
        expected = number + 1
        if data:
            yield data
    if chunk_count is not None and expected < chunk_count:
        yield Hole(expected, chunk_count - 1)


def _numbered(pieces: Pieces) -> Iterable[tuple[int, bytes]]:
    if not hasattr(pieces, "read"):
        return pieces
    return ((0, block) for block in iter(lambda: pieces.read(BLOCK_BYTES), b""))


class Runs:
    """A readable object (`read(n)`) that ends where a run ends; `next_run()` moves on behind the hole.

    container  how to read it, by magic bytes. Known from the start.
    head       the first bytes of the first run, for a look ahead.
    holes      the holes passed on the way to the current run, or to the end.
    """

    def __init__(self, pieces: Pieces, *, header: bytes = b"", chunk_count: int | None = None):
        """`header`: the recording's saved first bytes, used when those that arrived lack the header.

        Raises `BadVideo` when there is nothing that can be read.
        """
        self._events = with_holes(pieces, chunk_count)
        self._saved_header = header
        self._rest = memoryview(b"")
        self._head: bytearray | None = bytearray()
        self._header = b""
        self._at_hole: Hole | None = None
        self._started = False
        self.holes: list[Hole] = []
        self.head = self._read_head()
        if not (self.head or header):
            raise BadVideo(HEADER_NEVER_CAME if self._at_hole else EMPTY)
        if header and self._at_hole and not sniff_container(self.head):
            self.head, self._rest = b"", memoryview(b"")  # too short to be read: as if it had not come
        self.container: Container = container_of(self.head or header)

    def _read_head(self) -> bytes:
        """The first pieces, `HEAD_BYTES` if there are that many before a hole; b"" when the first chunk is missing."""
        head = b""
        while len(head) < HEAD_BYTES:
            event = next(self._events, None)
            if not isinstance(event, bytes):
                self._at_hole = event
                break
            head += event
        self._rest = memoryview(head)
        return head

    def next_run(self) -> bool:
        """Move on to the next run; False when no more can be read. `holes` then has what was passed."""
        self.holes = []
        if not self._started and self.head:
            self._started = True
            return True
        self._started = True
        return self._skip_to_entry()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of the current run, b"" at its end."""
        while not self._rest:
            event = None if self._at_hole else next(self._events, None)
            if not isinstance(event, bytes):
                self._at_hole = self._at_hole or event
                return b""
            self._rest = memoryview(event)
        is_untouched = len(self._rest) == len(self._rest.obj) <= size
        data = self._rest.obj if is_untouched else bytes(self._rest[:size])
        self._rest = self._rest[size:]
        self._watch_for_header(data)
        return data

    def _watch_for_header(self, data: bytes) -> None:
        if self._head is None:
            return
        self._head += data
        length = self.container.header_length(bytes(self._head))
        if length:
            self._header = bytes(self._head[:length])
        if length or len(self._head) > LONGEST_HEADER:
            self._head = None

    def _skip_to_entry(self) -> bool:
        """Leave out everything up to the next place where reading can begin; put the header before it."""
        while self.read(BLOCK_BYTES):
            pass
        if self._at_hole is None:
            return False
        self.holes.append(self._at_hole)
        self._at_hole = None
        self._head = None
        window, fresh = b"", True
        for event in self._events:
            if isinstance(event, Hole):
                self.holes.append(event)
                window, fresh = b"", True
                continue
            window += event
            entry = self.container.find_entry(window, at_hole=fresh)
            if entry:
                offset, lost_bytes = entry
                self._rest = memoryview(self._known_header() + lost_bytes + window[offset:])
                return True
            # While all that came is shorter than an entry, it still begins right behind the hole.
            fresh = fresh and len(window) <= self.container.entry_tail
            if not fresh:
                window = window[-self.container.entry_tail :]
        return False

    def _known_header(self) -> bytes:
        header = self._header or header_of(self._saved_header, LONGEST_HEADER)
        if not header:
            raise BadVideo(HEADER_NEVER_CAME)
        return header
