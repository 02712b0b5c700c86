"""API tokens: what a program may do with one, and what is left of it in the database."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cam2bytes.accounts.models import ApiToken
from tests import makers

CAPTURES = "/api/v1/captures"


def bearer(secret: str) -> dict:
    return {"Authorization": f"Bearer {secret}"}


def start(client, secret):
    return makers.post_json(client, CAPTURES, {}, **bearer(secret))


def test_a_full_token_acts_for_its_owner(client, alice):
    secret = makers.token(alice)
    started = start(client, secret)
    assert started.status_code == 201
    listed = client.get(CAPTURES, headers=bearer(secret)).json()["items"]
    assert [item["id"] for item in listed] == [started.json()["id"]]


def test_only_a_hash_and_the_first_letters_are_kept(alice):
    secret = makers.token(alice)
    assert secret.startswith("c2b_")
    row = ApiToken.objects.values().get()
    assert row["prefix"] == secret[:10]
    assert secret not in str(row)
    assert secret[10:] not in str(row)


@pytest.mark.parametrize("change", [
    {"revoked_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    {"expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
])  # fmt: skip
def test_a_revoked_or_expired_token_is_401(client, alice, change):
    secret = makers.token(alice)
    ApiToken.objects.update(**change)
    refused = client.get(CAPTURES, headers=bearer(secret))
    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthenticated"
    assert "Bearer" in refused["WWW-Authenticate"]


def test_a_token_of_somebody_switched_off_is_401(client, alice):
    secret = makers.token(alice)
    alice.is_active = False
    alice.save()
    assert client.get(CAPTURES, headers=bearer(secret)).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer c2b_", "Bearer x\udcff", "bearer c2b_wrong", "Bearer \u00e9"]
)
def test_nonsense_after_bearer_is_401(client, db, header):
    assert client.get(CAPTURES, HTTP_AUTHORIZATION=header).status_code == 401


def test_without_credentials_it_is_401_and_the_answer_is_a_problem(client, db):
    refused = client.get(CAPTURES)
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_judged_alone_and_not_rescued_by_the_cookie(alices):
    assert alices.get(CAPTURES).status_code == 200
    assert alices.get(CAPTURES, headers=bearer("c2b_wrong")).status_code == 401


def test_a_proxys_basic_authorization_does_not_hide_the_cookie(alices):
    assert alices.get(CAPTURES, headers={"Authorization": "Basic YTpi"}).status_code == 200


def test_with_a_token_no_cookie_is_read(alice, bob, client_of):
    """Bob's browser sends Alice's token: Alice acts, and Bob's login session is not even looked up."""
    client, secret = client_of(bob), makers.token(alice)
    start(client, secret)
    assert client.get(CAPTURES).json()["items"] == []
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(CAPTURES, headers=bearer(secret)).json()["items"]) == 1
    assert "django_session" not in str(asked.captured_queries)


def test_last_use_is_noted_once_a_minute(client, alice):
    secret = makers.token(alice)
    client.get(CAPTURES, headers=bearer(secret))
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    client.get(CAPTURES, headers=bearer(secret))
    assert ApiToken.objects.get().last_used_at == first
    long_ago = timezone.now() - dt.timedelta(minutes=2)
    ApiToken.objects.update(last_used_at=long_ago)
    client.get(CAPTURES, headers=bearer(secret))
    assert ApiToken.objects.get().last_used_at > long_ago


class TestIngestScope:
    def test_sends_frames_and_sees_how_it_stands(self, client, alice):
        secret = makers.token(alice, "ingest")
        capture = start(client, secret).json()["id"]
        assert makers.put_frame(client, capture, 0, makers.image(), **bearer(secret)).status_code == 201
        assert client.get(f"{CAPTURES}/{capture}", headers=bearer(secret)).json()["frame_count"] == 1
        closed = makers.post_json(client, f"{CAPTURES}/{capture}/close", {"frame_count": 1}, **bearer(secret))
        assert closed.status_code == 200

    def test_reads_no_picture_no_list_and_deletes_nothing(self, client, alice):
        secret = makers.token(alice, "ingest")
        capture = start(client, secret).json()["id"]
        makers.put_frame(client, capture, 0, makers.image(), **bearer(secret))
        for method, path in (
            ("get", CAPTURES),
            ("get", f"{CAPTURES}/{capture}/frames"),
            ("get", f"{CAPTURES}/{capture}/frames/0/image"),
            ("delete", f"{CAPTURES}/{capture}/frames/0"),
            ("delete", f"{CAPTURES}/{capture}"),
        ):
            refused = getattr(client, method)(path, headers=bearer(secret))
            assert (refused.status_code, refused.json()["code"]) == (403, "scope"), path

    def test_touches_nothing_that_another_token_of_its_owner_started(self, client, alice):
        capture = start(client, makers.token(alice)).json()["id"]
        other = makers.token(alice, "ingest")
        assert makers.put_frame(client, capture, 0, makers.image(), **bearer(other)).status_code == 404
        assert client.get(f"{CAPTURES}/{capture}", headers=bearer(other)).status_code == 404


class TestCookies:
    """The pages' way in: the cookie, and X-CSRFToken for anything but reading."""

    @pytest.fixture
    def strict(self, alice):
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice)
        return client

    def test_reading_needs_no_token(self, strict):
        assert strict.get(CAPTURES).status_code == 200

    def test_writing_without_it_is_403_csrf(self, strict):
        refused = makers.post_json(strict, CAPTURES, {})
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")

    def test_writing_with_it_works(self, strict):
        strict.get("/account/")
        secret = strict.cookies["csrftoken"].value
        assert makers.post_json(strict, CAPTURES, {}, **{"X-CSRFToken": secret}).status_code == 201

    def test_a_page_of_another_origin_is_403_even_with_it(self, strict):
        strict.get("/account/")
        headers = {"X-CSRFToken": strict.cookies["csrftoken"].value, "Origin": "https://elsewhere.example"}
        assert makers.post_json(strict, CAPTURES, {}, **headers).status_code == 403

    def test_a_form_field_does_not_replace_the_header(self, strict):
        strict.get("/account/")
        form = {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
        assert strict.post(CAPTURES, form).status_code == 403

    def test_a_stranger_is_401_before_it_is_403(self, db):
        client = Client(enforce_csrf_checks=True)
        assert makers.post_json(client, CAPTURES, {}).status_code == 401
