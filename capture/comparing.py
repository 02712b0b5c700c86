"""Two frames of a capture session, and what lies between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from cam2bytes.lib.measures import distance
from capture.measuring import NEAR
from capture.models import CaptureSession, Frame


@dataclass(frozen=True)
class Pair:
    """`one` has the lower number. What is not known of both is None."""

    one: Frame
    two: Frame

    @property
    def frames(self) -> tuple[Frame, Frame]:
        return self.one, self.two

    @property
    def between_ms(self) -> float | None:
        if not self.one.taken_at or not self.two.taken_at:
            return None
        return (self.two.taken_at - self.one.taken_at).total_seconds() * 1000

    @property
    def numbers_between(self) -> int:
        return self.two.number - self.one.number - 1

    @property
    def hash_distance(self) -> int | None:
        if not self.one.perceptual_hash or not self.two.perceptual_hash:
            return None
        return distance(self.one.perceptual_hash, self.two.perceptual_hash)

    @property
    def look_alike(self) -> bool:
        return self.hash_distance is not None and self.hash_distance <= NEAR


def pair_of(capture: CaptureSession, numbers: Iterable[str]) -> Pair | None:
    """The two frames of these numbers, None where they are not two that have an image."""
    wanted = {int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 10}
    rows = Frame.objects.filter(capture=capture, number__in=wanted).exclude(status=Frame.Status.REJECTED)
    found = list(rows.order_by("number")[:3])
    return Pair(*found) if len(found) == 2 else None
