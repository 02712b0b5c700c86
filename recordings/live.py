"""Watching a recording while it runs: live pieces, made of the chunks held when somebody asks for them.

Nobody watches, and nothing is made. A piece is made by whoever asks first and kept, so many viewers cost what one
costs; twins, of two processes, are harmless: the row of the first wins. What a piece is depends on the chunks alone,
so that it does not matter which process makes it, nor when. A chunk on its way is waited for; a missing one is
passed, and the view goes on where reading can begin again.

Converting costs about half a millisecond a chunk and uses no FFmpeg, so it happens in the request.
"""

import contextlib
import threading
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from cam2bytes.lib import avc, keys
from cam2bytes.lib.livereading import LiveStream
from cam2bytes.lib.livestream import live_stream
from cam2bytes.lib.store import StoreError, get_store
from recordings.livepiece import LivePiece
from recordings.models import Chunk, Recording

HOLE_PATIENCE = timedelta(seconds=2)
"""A chunk that comes so much later than one behind it is passed: uploads overtake each other by less."""
PIECES_AT_ONCE = 24
JOIN_SPAN = timedelta(seconds=3)
MOST_JOINED = 12
NEAR_MS = 1000
STEP_BACK = 4
FURTHEST_BACK = 64
"""Chunks: how far back an entry (Cluster, fragment, page: there reading can begin) or a key frame is looked for."""
_TURNS = [threading.Lock() for _ in range(64)]
"""Each recording has one of them: its pieces are made one after another."""
OVER = (Recording.Status.READY, Recording.Status.FAILED)


@dataclass(frozen=True)
class LiveView:
    """What a viewer is told.

    content_type  for `addSourceBuffer`; "" where there is nothing to see
    can_watch     False: what is recorded cannot be handed on live; there will be nothing to see
    lag_ms        how long ago the end of what is held was in the lens
    edge_ms       how far the recording is held, as near as the last of the pieces can tell; None without pieces
    """

    content_type: str
    pieces: list[LivePiece]
    lag_ms: int
    edge_ms: int | None = None
    can_watch: bool = True


class Watch:
    """One look at a running recording, for one request."""

    def __init__(self, recording: Recording):
        self.recording = recording
        header = Recording.objects.filter(pk=recording.pk).values_list("header", flat=True).first()
        self.stream: LiveStream | None = live_stream(bytes(header or b""))
        self.can_watch = self.stream is not None or not header
        self._made: dict[int, LivePiece] = {}

    # What a viewer asks for ------------------------------------------------------------------

    def join(self) -> LiveView:
        """From a key frame some seconds back, to the newest."""
        newest = self._chunks().order_by("number").last()
        if newest is None:
            return self._view([])
        lately = self._chunks().filter(received_at__gte=newest.received_at - JOIN_SPAN).order_by("number")
        return self._view(self._from_key_frame(max(lately.first().number, newest.number - MOST_JOINED)))

    def after(self, number: int) -> LiveView:
        """What comes behind that piece."""
        return self._view(self._forward(number))

    def at(self, moment_ms: int) -> LiveView:
        """From the key frame at that moment or before it."""
        return self._view(self._from_key_frame(self._number_at(moment_ms), moment_ms))

    def _view(self, pieces: list[LivePiece]) -> LiveView:
        pieces = [piece for piece in pieces if piece.start_ms is not None]
        sets = pieces and avc.unpacked(bytes(pieces[-1].parameter_sets))
        content_type = self.stream.content_type(sets or None) if pieces else ""
        return LiveView(content_type, pieces, _lag_ms(self.recording), self._edge_ms(pieces[-1]) if pieces else None)

    def _edge_ms(self, last: LivePiece) -> int:
        """Exact at the live edge; elsewhere chunks are taken to be as long as they were on the average."""
        beyond = (self.recording.highest_number or 0) - last.number
        return last.end_ms + max(beyond, 0) * last.end_ms // (last.number + 1)

    # Ways through the pieces -----------------------------------------------------------------

    def _forward(self, number: int, limit: int = PIECES_AT_ONCE) -> list[LivePiece]:
        """The next pieces behind `number`, made where they are not yet."""
        pieces = []
        while len(pieces) < limit and (chunk := self._next_chunk(number)):
            pieces.append(self._piece(chunk))
            number = chunk.number
        return pieces

    def _from_key_frame(self, number: int, moment_ms: int | None = None) -> list[LivePiece]:
        """The pieces from a key frame on: the last at `moment_ms` or before it, or the first behind `number`; where
        there is none, from further back."""
        back = 0
        while True:
            pieces = self._forward(max(number - back, 0) - 1, PIECES_AT_ONCE + back)
            keys_at = [
                place
                for place, piece in enumerate(pieces)
                if piece.key_ms is not None and (moment_ms is None or piece.key_ms <= moment_ms)
            ]
            if keys_at:
                return pieces[keys_at[0] if moment_ms is None else keys_at[-1] :]
            if back >= min(number, FURTHEST_BACK):
                return pieces
            back += STEP_BACK

    def _next_chunk(self, number: int) -> Chunk | None:
        """The chunk behind `number`; behind a hole that is not filled in time, the one behind the hole."""
        chunk = self._chunks().filter(number__gt=number).order_by("number").first()
        if chunk is None or chunk.number == number + 1:
            return chunk
        is_open = self.recording.status == Recording.Status.OPEN
        return chunk if not is_open or chunk.received_at < timezone.now() - HOLE_PATIENCE else None

    def _chunks(self):
        return Chunk.objects.filter(recording_id=self.recording.pk)

    def _number_at(self, moment_ms: int) -> int:
        """A chunk near that moment, at it or before: by what is made already, or else by looking into few chunks."""
        made = LivePiece.objects.filter(recording_id=self.recording.pk, start_ms__lte=moment_ms)
        known = made.order_by("-start_ms").first()
        if known and known.end_ms >= moment_ms - NEAR_MS:
            return known.number
        low, high = 0, self.recording.highest_number or 0
        while high - low > STEP_BACK:
            middle = (low + high) // 2
            begins_ms = self._first_entry_ms(middle)
            if begins_ms is not None and begins_ms <= moment_ms:
                low = middle
            else:
                high = middle
        return low

    def _first_entry_ms(self, number: int) -> int | None:
        """The time at the first place in this chunk or behind it where reading can begin."""
        data = b""
        for chunk in self._chunks().filter(number__gte=number).order_by("number")[:FURTHEST_BACK]:
            data += _read(chunk)
            if entry := self.stream.entry_in(data):
                frames = self.stream.read(entry, None).frames
                if frames:
                    return min(self.stream.times_ms(frames))
        return None

    # Making ----------------------------------------------------------------------------------

    def _piece(self, chunk: Chunk) -> LivePiece:
        number = chunk.number
        if number not in self._made:
            self._made[number] = self._row(number) or self._make_in_turn(chunk)
        return self._made[number]

    def _make_in_turn(self, chunk: Chunk) -> LivePiece:
        """Who asks for the same piece at the same moment waits for it; only another process may make a twin."""
        with _TURNS[self.recording.pk.int % len(_TURNS)]:
            return self._row(chunk.number) or self._make(chunk)

    def _row(self, number: int) -> LivePiece | None:
        return LivePiece.objects.filter(recording_id=self.recording.pk, number=number).first()

    def _make(self, chunk: Chunk) -> LivePiece:
        stream = self.stream
        data, clock, known_sets = self._place_before(chunk)
        reading = stream.read(data, clock)
        sets = stream.parameter_sets(reading.frames) or known_sets
        frames = reading.frames if sets or not stream.needs_sets else []
        times_ms = stream.times_ms(frames)
        return self._keep(
            LivePiece(
                recording=self.recording,
                number=chunk.number,
                start_ms=min(times_ms, default=None),
                end_ms=max(times_ms, default=None),
                key_ms=stream.key_ms(frames),
                parameter_sets=sets.packed() if sets else b"",
                pending_bytes=reading.pending_bytes,
                cluster_ticks=reading.clock,
            ),
            stream.piece(chunk.number, frames),
        )

    def _place_before(self, chunk: Chunk):
        """(bytes to read, the clock they begin with, parameter sets so far) for the piece of a chunk.

        The piece before says where it stopped. Where it is not made, the stream is read up to there from an entry
        before. Where all this leads nowhere, as behind a hole, the piece begins with the first entry in it.
        """
        if chunk.number == 0:
            return _read(chunk), None, None
        before = self._made.get(chunk.number - 1) or self._row(chunk.number - 1)
        if before is not None:
            rest, clock = self._tail(before.number, before.pending_bytes), before.cluster_ticks
            sets = avc.unpacked(bytes(before.parameter_sets))
        else:
            earlier = self._earlier(chunk.number)
            reading = self.stream.read(earlier, None)
            rest, clock = earlier[len(earlier) - reading.pending_bytes :], reading.clock
            sets = self.stream.parameter_sets(reading.frames)
        data = rest + _read(chunk)
        return (data if clock is not None else self.stream.entry_in(data, at_hole=not rest)), clock, sets

    def _earlier(self, number: int) -> bytes:
        """What is held right before chunk `number`, from the nearest entry on that has what is needed to go on:
        with H.264, a key frame. b"" right behind a hole, and where no such entry is near."""
        data, expected = b"", number - 1
        rows = self._chunks().filter(number__lt=number, number__gte=number - FURTHEST_BACK).order_by("-number")
        for chunk in rows.iterator(chunk_size=STEP_BACK):
            if chunk.number != expected:
                break
            data, expected = _read(chunk) + data, expected - 1
            entry = self.stream.entry_in(data)
            if entry and self._goes_on_from(entry):
                return entry
        return self.stream.entry_in(data, at_hole=True)

    def _goes_on_from(self, entry: bytes) -> bool:
        reading = self.stream.read(entry, None)
        if not self.stream.needs_sets:
            return reading.clock is not None
        return any(map(self.stream.is_key, reading.frames))

    def _tail(self, number: int, size_bytes: int) -> bytes:
        """The last bytes of the stream up to the end of chunk `number`."""
        data = b""
        for chunk in self._chunks().filter(number__lte=number).order_by("-number").iterator(chunk_size=STEP_BACK):
            if len(data) >= size_bytes:
                break
            data = _read(chunk) + data
        return data[len(data) - size_bytes :]

    def _keep(self, piece: LivePiece, data: bytes) -> LivePiece:
        """The piece with its row; the other's, where a twin was faster."""
        if data:
            piece.size_bytes = len(data)
            piece.file = keys.live_piece_key(self.recording.pk, piece.number)
            get_store().keep(piece.file.name, data)
        try:
            with transaction.atomic():
                piece.save(force_insert=True)
        except IntegrityError:  # a twin was faster, or the recording is deleted
            if data:
                with contextlib.suppress(StoreError):  # the sweep finds what stays behind
                    get_store().delete(piece.file.name)
            return self._row(piece.number) or piece
        return piece


def look(recording: Recording, *, after: int | None = None, at_ms: int | None = None) -> LiveView:
    """What there is to see of a recording: from the live edge, behind a piece, or at a moment."""
    watch = Watch(recording)
    if watch.stream is None or recording.status in OVER:
        return LiveView("", [], _lag_ms(recording), can_watch=watch.can_watch)
    if after is not None:
        return watch.after(after)
    return watch.join() if at_ms is None else watch.at(at_ms)


def remove_pieces(recording_id) -> None:
    """Rows, then objects. Whoever still watches goes on with the video."""
    LivePiece.objects.filter(recording_id=recording_id).delete()
    get_store().delete_prefix(keys.live_prefix(recording_id))


def _lag_ms(recording: Recording) -> int:
    """How long ago the end of what is held was in the lens: since its chunk came, and what waits before it there."""
    if not recording.last_chunk_at:
        return 0
    ago = (timezone.now() - recording.last_chunk_at).total_seconds() * 1000
    waiting = max((recording.waiting_count or 0) - 1, 0) * (recording.timeslice_ms or 0)
    return max(round(ago), 0) + waiting


def _read(chunk: Chunk) -> bytes:
    return get_store().read(chunk.file.name)
