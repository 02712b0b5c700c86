"""What a recording must be after any sequence of requests: a second, much smaller cam2bytes, in plain Python."""

from dataclasses import dataclass, field

ABANDONED_SECONDS = 25
QUIET_SECONDS = 5
PATIENCE_SECONDS = 600


@dataclass
class Model:
    """Times are seconds of a clock that only the test moves."""

    now: float = 0
    status: str = "open"
    chunks: dict[int, bytes] = field(default_factory=dict)
    chunk_count: int | None = None
    sealed_by: str = ""
    revision: int = 0
    waiting: int | None = None
    alive_at: float = 0
    sealed_at: float = 0
    last_chunk_at: float | None = None
    is_deleted: bool = False
    video_of: dict[int, bytes] | None = None  # the chunks that the current video was made of

    # What each request answers, and what it changes ------------------------------------------

    def put(self, number: int, data: bytes) -> tuple[int, str]:
        """(status, code) of the answer."""
        if self.is_deleted:
            return 410, "deleted"
        if number in self.chunks:
            return (200, "") if self.chunks[number] == data else (409, "number-conflict")
        if self.sealed_by == "client" and number >= self.chunk_count:
            return 409, "sealed"
        self.chunks[number] = data
        self.alive_at = self.last_chunk_at = self.now
        if not self.reopen() and self.status != "open":
            self.revision += self.status != "sealed"
            self.status = "sealed"
        return 201, ""

    def seal(self, chunk_count: int) -> tuple[int, str]:
        if self.is_deleted:
            return 410, "deleted"
        is_open = self.status == "open" or self.sealed_by == "sweep"
        if chunk_count <= max(self.chunks, default=-1):
            return 409, "seal-conflict"
        if not is_open and chunk_count != self.chunk_count:
            return 409, "seal-conflict"
        if is_open:
            self.reopen()
            self._sealed(chunk_count, "client")
        self.alive_at = self.now
        return 200, ""

    def alive(self, waiting: int | None) -> tuple[int, str]:
        if self.is_deleted:
            return 410, "deleted"
        self.alive_at = self.now
        self.waiting = self.waiting if waiting is None else waiting
        self.reopen()
        return 200, ""

    def delete(self) -> tuple[int, str]:
        self.is_deleted = True
        return 204, ""

    # What goes on behind the doors -----------------------------------------------------------

    def sweep(self) -> None:
        if not self.is_deleted and self.status == "open" and self.is_silent:
            self._sealed(max(self.chunks, default=-1) + 1, "sweep")

    def may_assemble(self) -> bool:
        if self.is_deleted or self.status != "sealed":
            return False
        is_settled = (
            len(self.chunks) >= self.chunk_count
            or self.waiting == 0
            or self.is_silent
            or self.now - self.sealed_at > PATIENCE_SECONDS
        )
        is_quiet = not self.revision or self.last_chunk_at is None or self.now - self.last_chunk_at > QUIET_SECONDS
        return is_settled and is_quiet

    def assembled(self, status: str) -> None:
        """An assembly ended, and nothing came in between."""
        self.status = status
        self.video_of = dict(self.chunks) if status == "ready" else self.video_of

    def reopen(self) -> bool:
        if self.sealed_by != "sweep":
            return False
        self.status, self.sealed_by, self.chunk_count = "open", "", None
        self.revision += 1
        return True

    def _sealed(self, chunk_count: int, by: str) -> None:
        self.status, self.sealed_by, self.chunk_count, self.sealed_at = "sealed", by, chunk_count, self.now

    # What can be seen ------------------------------------------------------------------------

    @property
    def is_silent(self) -> bool:
        return self.now - self.alive_at > ABANDONED_SECONDS

    @property
    def missing(self) -> list[int]:
        end = max(self.chunks, default=-1) + 1 if self.chunk_count is None else self.chunk_count
        return [number for number in range(end) if number not in self.chunks]
