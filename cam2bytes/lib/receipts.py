"""The receipt: the server's word that these bytes, with this digest, are kept."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Receipt:
    """`status` is 201 when they were kept now, 200 when they had been before; `sha256` is in hex."""

    number: int
    size_bytes: int
    sha256: str
    status: int

    def as_dict(self) -> dict:
        return asdict(self)
