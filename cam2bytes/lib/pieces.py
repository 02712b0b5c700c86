"""A reader over bytes that are made while they are read."""

from collections.abc import Generator


class Pieces:
    """`read` and `close` over what a generator yields; closing it ends the generator, and what that holds open."""

    def __init__(self, made: Generator[bytes, None, None]):
        self._made, self._rest = made, memoryview(b"")

    def skip(self, count: int) -> None:
        while count:
            skipped = len(self.read(count))
            if not skipped:
                return
            count -= skipped

    def read(self, size: int) -> bytes | memoryview:
        """At most `size` bytes, at least one; empty at the end."""
        while not self._rest:
            piece = next(self._made, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        data, self._rest = self._rest[:size], self._rest[size:]
        return bytes(data)

    def close(self) -> None:
        self._made.close()
