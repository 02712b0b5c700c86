"""Pieces of the OpenAPI description that django-ninja cannot derive: raw bodies and their headers."""

DIGEST_HEADER = {
    "name": "Content-Digest",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "sha-256 of the body (RFC 9530), such as `sha-256=:…base64…:`; checked when present.",
}
CHUNK_HEADERS = [
    DIGEST_HEADER,
    {
        "name": "Cam2Bytes-Waited-Ms",
        "in": "header",
        "required": False,
        "schema": {"type": "integer", "minimum": 0},
        "description": "How long the chunk has waited since it was cut, in milliseconds by the sender's own clock.",
    },
]
FRAME_HEADERS = [
    DIGEST_HEADER,
    {
        "name": "Cam2Bytes-Taken-At",
        "in": "header",
        "required": False,
        "schema": {"type": "number"},
        "description": "When the frame was taken, in milliseconds since 1970-01-01T00:00Z.",
    },
]


def raw_body(*content_types: str, headers: list[dict] | None = None) -> dict:
    """`openapi_extra` for a body of raw bytes of one of these types."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "requestBody": {"required": True, "content": dict.fromkeys(content_types, binary)},
        "parameters": list(headers or []),
    }
