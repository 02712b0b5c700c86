"""What the Library shows of an entry, whichever kind it is: the apps make cards, the front door mixes them."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from cam2bytes.lib.keptline import KeptLine


@dataclass(frozen=True)
class Tag:
    """A state that is not ordinary. `tone` is live, here (amber), lost (red) or plain; `short` is for small cards."""

    text: str
    tone: str = "plain"
    icon: str = ""
    short: str = ""


@dataclass(frozen=True)
class Card:
    """One entry of the Library. `started_at` and `pk` are its place in the order, newest first. `pictures`: what is
    shown while a pointer moves across it, [(address of WebVTT, seconds)], one after the other. `is_pickable`: it can be
    selected with others, to be downloaded with them."""

    kind: str
    pk: UUID
    started_at: datetime
    url: str
    title: str
    facts: tuple[str, ...]
    badge: str = ""
    picture_url: str = ""
    pictures: tuple[tuple[str, float], ...] = ()
    strip: tuple[str, ...] = ()
    upright: bool = False
    tag: Tag | None = None
    line: KeptLine | None = None
    is_pickable: bool = False

    @property
    def pictures_json(self):
        return json.dumps(self.pictures) if self.pictures else ""

    @property
    def is_live(self):
        return self.tag is not None and self.tag.tone == "live"


@dataclass(frozen=True)
class Health:
    """How an entry is, in one line: a bold beginning, the rest, what is lost for good, what is only interesting."""

    icon: str
    strong: str
    rest: str = ""
    lost: str = ""
    faint: str = ""
    tone: str = ""


def title_of(entry, untitled):
    """The entry's name; without one, `untitled` with the %(time)s at which it began."""
    return entry.name or untitled % {"time": f"{timezone.localtime(entry.started_at):%H:%M}"}
