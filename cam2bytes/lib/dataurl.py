"""Data URLs as browsers write them: `data:<media type>;base64,<bytes>`.

The media type may hold commas and quotes (`video/webm; codecs="vp8, opus"`), so the place to cut is
`;base64,`, not the first comma. A canvas without a picture gives `data:,`: no type, nothing in it.
"""

import binascii
from dataclasses import dataclass

from cam2bytes.lib.problems import Problem

SCHEME = "data:"
MARK = ";base64,"
MAX_HEAD_LETTERS = 300


@dataclass(frozen=True)
class DataUrl:
    """`content_type` as written, parameters included; "" when there is none."""

    content_type: str
    data: bytes

    @property
    def main_type(self) -> str:
        """`video` of `video/webm;codecs=vp8`."""
        return self.content_type.partition("/")[0].strip().lower()


def parse_data_url(text: object) -> DataUrl:
    """Raises Problem 422 for anything that is not a data URL in strict base64, or empty."""
    if not isinstance(text, str) or text[: len(SCHEME)].lower() != SCHEME:
        raise Problem("invalid", "dataUrl must be a data URL.")
    at = text[:MAX_HEAD_LETTERS].lower().find(MARK)
    if at < 0:
        return DataUrl(*_without_base64(text))
    head = text[len(SCHEME) : at].strip()
    if not (head.isascii() and head.isprintable()):
        raise Problem("invalid", "The media type of dataUrl must be plain ASCII.")
    return DataUrl(head, _strict_base64(text[at + len(MARK) :]))


def _strict_base64(text: str) -> bytes:
    try:
        if len(text) % 4 == 0 and not text.endswith("==="):  # strict_mode lets "AAAA=" and "AAAA====" pass
            return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:  # also binascii.Error and UnicodeEncodeError
        pass
    raise Problem("invalid", "dataUrl is not valid base64.")


def _without_base64(text: str) -> tuple[str, bytes]:
    """`data:,` and the like are empty; percent-encoded data is nothing that a camera page sends."""
    if text[len(SCHEME) :] == ",":
        return "", b""
    raise Problem("invalid", "dataUrl must be written in base64.")
