"""What a store tells of an object that it holds."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Found:
    key: str
    size_bytes: int
    modified_at: datetime
