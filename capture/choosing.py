"""Which frames of a capture session, in which order, page by page: the same for the pages and the API.

A page ends with a place, and the next one begins behind it, so depth costs nothing: in the order of numbers the place
is the number, in the order of a measure it is the measure and the number of the last frame, as `190.1,17`.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from django.db.models import Q, QuerySet

from capture import measuring
from capture.models import CaptureSession, Frame

Order = Literal["number", "sharpness", "-sharpness", "brightness", "-brightness"]
ORDERS = get_args(Order)


class WrongPlace(ValueError):
    """Not a place in this order."""


@dataclass(frozen=True)
class Choice:
    """What is wanted. A frame that is not measured passes what hides, and fails what asks for a figure."""

    sharpness_min: float | None = None
    brightness_min: float | None = None
    brightness_max: float | None = None
    hide_near_duplicates: bool = False
    hide_blurred: bool = False
    sort: Order = "number"

    @property
    def measure(self) -> str:
        """The measure that decides the order; empty where the number does."""
        return "" if self.sort == "number" else self.sort.removeprefix("-")

    @property
    def has_bounds(self) -> bool:
        return {self.sharpness_min, self.brightness_min, self.brightness_max} != {None}

    @property
    def is_everything(self) -> bool:
        return self == Choice(sort=self.sort)

    def frames(self, capture: CaptureSession) -> QuerySet[Frame]:
        """The frames wanted, in no order yet."""
        wanted = Q()
        bounds = {
            "sharpness__gte": self.sharpness_min,
            "brightness__gte": self.brightness_min,
            "brightness__lte": self.brightness_max,
        }
        for condition, bound in bounds.items():
            if bound is not None:
                wanted &= Q(**{condition: bound})
        if self.measure:
            wanted &= Q(**{f"{self.measure}__isnull": False})
        if self.hide_near_duplicates:
            wanted &= Q(near_duplicate=None) | Q(near_duplicate=False)
        if self.hide_blurred and (limit := measuring.blurred_below(capture)) is not None:
            wanted &= Q(sharpness=None) | Q(sharpness__gte=limit)
        return Frame.objects.filter(wanted, capture=capture)

    def page(self, capture: CaptureSession, place: str | None, limit: int, *, back: bool = False) -> list[Frame]:
        """At most `limit` frames behind `place` (before it with `back`), in order. Raises `WrongPlace`."""
        names = [self.measure, "number"] if self.measure else ["number"]
        rising = self.sort.startswith("-") == back
        rows = self.frames(capture)
        if place is not None:
            rows = rows.filter(self._behind(place, "gt" if rising else "lt"))
        found = list(rows.order_by(*(name if rising else f"-{name}" for name in names))[:limit])
        return found[::-1] if back else found

    def _behind(self, place: str, side: str) -> Q:
        value, number = self._read(place)
        if not self.measure:
            return Q(**{f"number__{side}": number})
        # A range with an exception: databases walk an index by it, which they do not by "this, or equal and that".
        return Q(**{f"{self.measure}__{side}e": value}) & (
            ~Q(**{self.measure: value}) | Q(**{f"number__{side}": number})
        )

    def _read(self, place: str) -> tuple[float, int]:
        """(value of the measure, number); 0.0 in the order of numbers."""
        value, _, number = f"{place}".rpartition(",")
        try:
            if bool(value) != bool(self.measure) or not (number.isascii() and number.isdigit() and len(number) <= 10):
                raise ValueError
            return float(value or 0), int(number)
        except ValueError:
            raise WrongPlace(place) from None

    def place_of(self, frame: Frame) -> int | str:
        return f"{getattr(frame, self.measure)!r},{frame.number}" if self.measure else frame.number


@dataclass(frozen=True)
class Hidden:
    """How many frames a choice hides, by reason; a frame may be both."""

    near_duplicates: int = 0
    blurred: int = 0


def hidden_by(choice: Choice, capture: CaptureSession) -> Hidden:
    """Counted in indexes alone, so that a hundred thousand frames are counted in a few milliseconds."""
    measured = Frame.objects.filter(capture=capture, sharpness__isnull=False)
    near_duplicates = blurred = 0
    if choice.hide_near_duplicates:
        distinct = Frame.objects.filter(capture=capture, near_duplicate=False).count()
        near_duplicates = max(measured.count() - distinct - Frame.unjudged().filter(capture=capture).count(), 0)
    if choice.hide_blurred and (limit := measuring.blurred_below(capture)) is not None:
        blurred = measured.filter(sharpness__lt=limit).count()
    return Hidden(near_duplicates, blurred)
