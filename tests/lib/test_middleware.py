"""The headers that every answer carries, and what another origin may do."""

import pytest

FOREIGN = "https://study.example"


def policy(response) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", ["/sign-in/", "/nothing/", "/api/v1/captures", "/healthz", "/upload"])
def test_every_answer_is_strict(client, db, path):
    response = client.get(path)
    directives = policy(response)
    assert directives["default-src"] == directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "camera=(self), microphone=(self)" in response["Permissions-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in response["Cache-Control"]


def test_the_bucket_may_show_pictures_and_play(client, db, settings):
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "b", "endpoint_url": "http://127.0.0.1:9000/"},
    }}  # fmt: skip
    settings.CAM2BYTES_STORAGE = "s3"
    directives = policy(client.get("/sign-in/"))
    assert "http://127.0.0.1:9000" in directives["img-src"].split()
    assert "http://127.0.0.1:9000" in directives["media-src"].split()
    assert directives["script-src"] == "'self'"


class TestOtherOrigins:
    @pytest.fixture(autouse=True)
    def one_allowed(self, settings):
        settings.CAM2BYTES_CORS_ORIGINS = [FOREIGN]

    def preflight(self, client, origin, path="/api/v1/captures"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        return client.options(path, headers=headers)

    @pytest.mark.parametrize("path", ["/api/v1/captures", "/upload"])
    def test_an_allowed_one_may_ask(self, client, db, path):
        answer = self.preflight(client, FOREIGN, path)
        assert answer.status_code == 204
        assert answer["Access-Control-Allow-Origin"] == FOREIGN
        assert "Authorization" in answer["Access-Control-Allow-Headers"]
        assert "Origin" in answer["Vary"]

    def test_never_with_cookies(self, client, db):
        assert "Access-Control-Allow-Credentials" not in self.preflight(client, FOREIGN)
        assert "Access-Control-Allow-Credentials" not in client.get("/upload", headers={"Origin": FOREIGN})

    @pytest.mark.parametrize("origin", [
        "https://evil.example", "null", "https://study.example.evil.example", "http://study.example", "*", "",
    ])  # fmt: skip
    def test_another_may_not(self, client, db, origin):
        assert "Access-Control-Allow-Origin" not in self.preflight(client, origin)
        assert "Access-Control-Allow-Origin" not in client.get("/api/v1/captures", headers={"Origin": origin})

    def test_pages_are_not_shared(self, client, db):
        assert "Access-Control-Allow-Origin" not in client.get("/sign-in/", headers={"Origin": FOREIGN})

    def test_errors_can_be_read_too(self, client, db):
        refused = client.get("/api/v1/captures", headers={"Origin": FOREIGN})
        assert refused.status_code == 401
        assert refused["Access-Control-Allow-Origin"] == FOREIGN


def test_without_the_setting_nobody_may(client, db):
    answer = client.options("/api/v1/captures", headers={"Origin": FOREIGN, "Access-Control-Request-Method": "PUT"})
    assert "Access-Control-Allow-Origin" not in answer
