"""Routes of the HTTP API."""

import ninja


class Router(ninja.Router):
    """Whatever answers GET answers HEAD with the same headers (RFC 9110 §9.3.2)."""

    def get(self, path: str, **how):
        return self.api_operation(["GET", "HEAD"], path, **how)
