"""The little that must be known of Ogg: where the header ends, and where reading can begin again.

A stream is a row of pages, each beginning with `OggS`. Header pages have position 0; every later page says
the time of its end, so that behind a hole any page will do.
"""

PAGE = b"OggS\x00"
PAGE_HEAD = 27
ENTRY_TAIL = PAGE_HEAD


def header_length(head: bytes) -> int | None:
    """Bytes before the first page with sound, or all of `head` where it ends behind them; None while it is shorter.

    There are two or more header pages: what the sound is, then the comments about it.
    """
    start = pages = 0
    while head.startswith(PAGE, start) and start + PAGE_HEAD <= len(head):
        if start and any(head[start + 6 : start + 14]):
            return start
        segments = head[start + PAGE_HEAD : start + PAGE_HEAD + head[start + 26]]
        start += PAGE_HEAD + head[start + 26] + sum(segments)
        pages += 1
    return start if pages > 1 and start == len(head) else None


def find_entry(data: bytes, *, at_hole: bool) -> tuple[int, bytes] | None:
    """Where the next page begins in `data`, as (offset, b""); None when there is none."""
    offset = data.find(PAGE)
    return None if offset < 0 else (offset, b"")
