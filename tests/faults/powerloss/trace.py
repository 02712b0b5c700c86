"""strace's text, read: system calls with all their bytes.

Strings come as `\\x..` (strace -xx), so no comma, quote or bracket in a line belongs to data. A call during which
another thread's call was reported comes in two lines, `<unfinished ...>` and `<... name resumed>`.

Calls are given in the order in which they ended; but `close` where it began, because from then on another thread
may be given the same descriptor.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE = re.compile(r"(\d+) +(.*)")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)", re.DOTALL)
UNFINISHED = " <unfinished ...>"
FOLDER = re.compile(r"<([^>]*)>")


@dataclass(frozen=True)
class Call:
    """One system call that came back.

    arguments: as text, strings still in quotes
    result:    what it gave back, -1 on an error
    began:     the number of the line where it was entered; `ended`: where it came back
    """

    name: str
    arguments: list[str]
    result: int
    began: int
    ended: int

    def number(self, place: int) -> int:
        """A number or a file descriptor (`5`, `0x5` or `5</path>`)."""
        return int(self.arguments[place].partition("<")[0], 0)

    def data(self, place: int) -> bytes:
        """A string argument; `"..."...` would be one that was cut."""
        text = self.arguments[place]
        if not (text.startswith('"') and text.endswith('"')):
            raise ValueError(f"{self.name}: not a whole string: {text[-20:]}")
        return unescaped(text[1:-1])

    def path(self, place: int) -> str:
        return self.data(place).decode()

    def descriptor_path(self, place: int) -> str | None:
        """The path that strace -y gives for a descriptor, if it is of a file."""
        found = FOLDER.search(self.arguments[place])
        return unescaped(found[1]).decode() if found and found[1].startswith("\\x2f") else None


def unescaped(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def calls(lines: Iterable[str]) -> Iterator[Call]:
    entered: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        thread, said = LINE.fullmatch(line.rstrip("\n")).groups()
        if said.endswith(UNFINISHED):
            said = said.removesuffix(UNFINISHED)
            entered[thread] = number, said
            if not said.startswith("close("):
                continue
            said += ") = 0"
        began = number
        if resumed := RESUMED.fullmatch(said):
            began, start = entered.pop(thread)
            if resumed[1] == "close":
                continue
            said = start + resumed[2]
        if (found := CALL.fullmatch(said)) and found[3] != "?":
            yield Call(found[1], found[2].split(", "), int(found[3], 0), began, number)
