"""A client of the application in this process: what gunicorn does with a request, without the network.

What the client sends and hears goes to stdout, a line of JSON each, at the moment that it happens: who records
the system calls of this process sees these lines among the others, in their order.
"""

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable

ADDRESS = "127.0.0.1"


def tell(**what) -> None:
    """One write to stdout, whole."""
    os.write(sys.stdout.fileno(), json.dumps(what).encode() + b"\n")


class Answer:
    """The part of Django's test response that `makers` reads."""

    def __init__(self, status_code: int, content: bytes):
        self.status_code, self.content = status_code, content

    def json(self):
        return json.loads(self.content)


class Door:
    """A WSGI application, called like Django's test client, so that `makers` can use it."""

    def __init__(self, application: Callable, token: str):
        self._application, self._token = application, token

    def post(self, path: str, data: str | bytes, content_type: str, headers: dict | None = None) -> Answer:
        return self._ask("POST", path, data.encode() if isinstance(data, str) else data, content_type, headers or {})

    def put(self, path: str, data: bytes, content_type: str, headers: dict | None = None) -> Answer:
        return self._ask("PUT", path, data, content_type, headers or {})

    def delete(self, path: str) -> Answer:
        return self._ask("DELETE", path, b"", "", {})

    def _ask(self, method: str, path: str, body: bytes, content_type: str, headers: dict[str, str]) -> Answer:
        request = {"method": method, "path": path, "sha256": hashlib.sha256(body).hexdigest(), "size_bytes": len(body)}
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        environ |= {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": ADDRESS, "SERVER_PORT": "80", "REMOTE_ADDR": ADDRESS,
            "HTTP_HOST": ADDRESS, "HTTP_AUTHORIZATION": f"Bearer {self._token}",
            "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        tell(asked=request)
        statuses: list[int] = []
        answer = self._application(environ, lambda status, *_: statuses.append(int(status.split()[0])))
        content = b"".join(answer)
        tell(answered=request | {"status": statuses[0], "body": content.decode()})
        answer.close()  # what the application does after its answer comes after the receipt
        return Answer(statuses[0], content)
