"""ZIP files whose length is known before their bytes are: entries are stored, not compressed, one after another.

Where an entry lies depends on names and sizes alone. So whoever downloads sees how much is left, and can ask for the
rest after a break. Sizes and checksums stand before the bytes: programs that read from the front can open it, too.
Beyond 65,534 entries or 4 GiB the list at the end is ZIP64 (APPNOTE.TXT 6.3.10, 4.3.14 and 4.5.3); no single entry
may reach 4 GiB.
"""

import struct
from dataclasses import dataclass
from datetime import datetime

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
FAR = struct.Struct("<2HQ")
END64 = struct.Struct("<4sQ2H2L4Q")
END64_PLACE = struct.Struct("<4sLQL")
END = struct.Struct("<4s4H2LH")

MOST_32, MOST_16 = 0xFFFFFFFF, 0xFFFF
VERSION, VERSION_64 = 20, 45
UNIX, MODE = 3 << 8, 0o100644 << 16
NAMES_ARE_UTF8 = 1 << 11


@dataclass(frozen=True)
class Entry:
    """One file: its name with slashes, its size in bytes, and when it was made, by the clock of who reads it."""

    name: str
    size: int
    made: datetime

    @property
    def _dos_time(self) -> tuple[int, int]:
        """(time, date) in steps of two seconds; ZIP knows no year before 1980 and none after 2107."""
        made = self.made
        if not 1980 <= made.year <= 2107:
            made = datetime(1980, 1, 1) if made.year < 1980 else datetime(2107, 12, 31, 23, 59, 58)
        date = (made.year - 1980) << 9 | made.month << 5 | made.day
        return made.hour << 11 | made.minute << 5 | made.second // 2, date

    def local(self, crc: int) -> bytes:
        """What stands before its bytes."""
        name = self.name.encode()
        sizes = (crc, self.size, self.size)
        return LOCAL.pack(b"PK\3\4", VERSION, NAMES_ARE_UTF8, 0, *self._dos_time, *sizes, len(name), 0) + name

    def central(self, crc: int, offset: int) -> bytes:
        """What stands in the list at the end, when its `local` begins at `offset`."""
        name, far = self.name.encode(), offset >= MOST_32
        extra = FAR.pack(1, 8, offset) if far else b""
        version = VERSION_64 if far else VERSION
        head = (b"PK\1\2", UNIX | version, version, NAMES_ARE_UTF8, 0, *self._dos_time, crc, self.size, self.size)
        places = (len(name), len(extra), 0, 0, 0, MODE, min(offset, MOST_32))
        return CENTRAL.pack(*head, *places) + name + extra


def end(count: int, size: int, offset: int) -> bytes:
    """The very last bytes: `count` entries in a list of `size` bytes, which begins at `offset`."""
    last = END.pack(
        b"PK\5\6", 0, 0, min(count, MOST_16), min(count, MOST_16), min(size, MOST_32), min(offset, MOST_32), 0
    )
    if count < MOST_16 and size < MOST_32 and offset < MOST_32:
        return last
    rest = END64.size - 12
    places = (count, count, size, offset)
    end64 = END64.pack(b"PK\6\6", rest, UNIX | VERSION_64, VERSION_64, 0, 0, *places)
    return end64 + END64_PLACE.pack(b"PK\6\7", 0, offset + size, 1) + last


class Length:
    """How long a ZIP file of the entries added so far will be."""

    def __init__(self):
        self._count = self._bytes = self._list_bytes = 0

    def add(self, entry: Entry) -> None:
        self._count += 1
        self._list_bytes += len(entry.central(0, self._bytes))
        self._bytes += len(entry.local(0)) + entry.size

    @property
    def total(self) -> int:
        return self._bytes + self._list_bytes + len(end(self._count, self._list_bytes, self._bytes))
