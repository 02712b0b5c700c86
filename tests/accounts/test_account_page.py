"""The Account page: one's name, password, tokens and the room used."""

import re

import pytest

from cam2bytes.accounts.models import ApiToken
from tests import makers

ACCOUNT = "/account/"


def test_shows_what_is_kept(alices):
    capture = makers.start_capture(alices)
    makers.put_frame(alices, capture, 0, makers.image())
    page = alices.get(ACCOUNT).content.decode()
    assert "1 capture session" in page
    assert "0 recordings" in page


def test_a_token_is_shown_once(alices, client):
    page = alices.post(ACCOUNT, {"do": "make-token", "name": "desk-07", "scope": "ingest"}).content.decode()
    (secret,) = re.findall(r'value="(c2b_[\w-]{43})"', page)
    assert ApiToken.objects.find(secret).name == "desk-07"
    assert "It is not shown again." in page
    later = alices.get(ACCOUNT)
    assert secret not in later.content.decode()
    assert secret[:10] in later.content.decode()
    assert "no-store" in later["Cache-Control"]


@pytest.mark.parametrize("form", [
    {"name": "", "scope": "full"},
    {"name": "x", "scope": "root"},
    {"name": "x" * 101, "scope": "full"},
])  # fmt: skip
def test_a_token_needs_a_name_and_a_scope(alices, form):
    assert alices.post(ACCOUNT, {"do": "make-token", **form}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_dead_at_once(alices, alice, client):
    secret = makers.token(alice)
    token = ApiToken.objects.get()
    assert alices.post(ACCOUNT, {"do": "revoke-token", "token": token.pk}).status_code == 302
    assert client.get("/api/v1/captures", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert token.prefix not in alices.get(ACCOUNT).content.decode()


def test_nobody_revokes_or_sees_anothers_token(alices, bob):
    makers.token(bob)
    token = ApiToken.objects.get()
    assert alices.post(ACCOUNT, {"do": "revoke-token", "token": token.pk}).status_code == 404
    assert token.prefix not in alices.get(ACCOUNT).content.decode()
    token.refresh_from_db()
    assert token.is_usable


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40, "²"])
def test_a_wrong_number_is_404(alices, number):
    assert alices.post(ACCOUNT, {"do": "revoke-token", "token": number}).status_code == 404


def test_an_unknown_form_is_404(alices):
    assert alices.post(ACCOUNT, {"do": "everything"}).status_code == 404
    assert alices.post(ACCOUNT).status_code == 404


def test_the_name_changes(alices, alice):
    assert alices.post(ACCOUNT, {"do": "name", "first_name": "Alice Adams", "username": "alice"}).status_code == 302
    assert "Alice Adams" in alices.get(ACCOUNT).content.decode()


def test_a_taken_name_is_said_and_the_page_keeps_the_old_one(alices, alice, bob):
    answer = alices.post(ACCOUNT, {"do": "name", "first_name": "", "username": "bob"})
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()
    assert "Account of alice" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.username == "alice"


def test_the_password_changes_and_other_browsers_are_signed_out(alices, alice, client_of):
    other = client_of(alice)
    form = {"do": "password", "old_password": "alice-long-password", "password": "a-kiln-in-june",
            "password_again": "a-kiln-in-june"}  # fmt: skip
    assert alices.post(ACCOUNT, form).status_code == 302
    assert alices.get(ACCOUNT).status_code == 200
    assert other.get(ACCOUNT).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("a-kiln-in-june")


@pytest.mark.parametrize(("change", "words"), [
    ({"old_password": "guess"}, "not your password"),
    ({"password": "alice123", "password_again": "alice123"}, "too similar"),
    ({"password_again": "other"}, "not the same"),
])  # fmt: skip
def test_a_wrong_password_form_changes_nothing(alices, alice, change, words):
    form = {"do": "password", "old_password": "alice-long-password", "password": "a-kiln-in-june",
            "password_again": "a-kiln-in-june"} | change  # fmt: skip
    answer = alices.post(ACCOUNT, form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password("alice-long-password")
