"""Who may use a Flower without a password: this machine's own programs and Flower's own pages."""

from types import SimpleNamespace

import pytest
from tornado.web import HTTPError

from cam2bytes.launcher.flower import refuse_other_sites


def request(method="GET", host="127.0.0.1:8001", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(request=SimpleNamespace(method=method, host=host, headers=named))


@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request("POST"),
        request("POST", Sec_Fetch_Site="same-origin", Origin="http://127.0.0.1:8001"),
        request(host="localhost:8001"),
        request(host="[::1]:8001"),
        request(Sec_Fetch_Site="same-site", Sec_Fetch_Mode="navigate"),
    ],
    ids=["curl", "curl posting", "its own page", "localhost", "IPv6", "a link followed"],
)
def test_answered(asked):
    refuse_other_sites(asked)


@pytest.mark.parametrize(
    "asked",
    [
        request("POST", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors"),
        request("POST", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate"),
        request("POST", Origin="https://example.org"),
        request(Sec_Fetch_Site="same-site", Sec_Fetch_Mode="cors"),
        request(host="rebound.example.org:8001", Sec_Fetch_Site="same-origin"),
        request(host="rebound.example.org:8001", Sec_Fetch_Mode="navigate"),
    ],
    ids=["fetch", "form", "old browser", "another port", "rebound name", "rebound name by a link"],
)
def test_refused(asked):
    with pytest.raises(HTTPError) as refused:
        refuse_other_sites(asked)
    assert refused.value.status_code == 403
