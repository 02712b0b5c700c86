"""Signing in with a password, and what guessing gets."""

import datetime as dt

import pytest
from django.urls import reverse

from cam2bytes.accounts import throttle
from cam2bytes.accounts.models import WrongSignIns

SIGN_IN = "/sign-in/"
RIGHT = {"username": "alice", "password": "alice-long-password"}
WRONG = {"username": "alice", "password": "guess"}


@pytest.fixture(autouse=True)
def somebody(alice):
    return alice


def test_pages_lead_a_stranger_to_the_sign_in_and_back(client):
    led = client.get("/account/")
    assert led.status_code == 302
    assert led.url == "/sign-in/?next=/account/"
    assert client.post(SIGN_IN, {**RIGHT, "next": "/account/"}).url == "/account/"
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_leads_nowhere_else(client, elsewhere):
    assert client.post(SIGN_IN, {**RIGHT, "next": elsewhere}).url == reverse("library")


def test_the_sign_in_key_changes_at_sign_in(client):
    """Nobody can prepare a browser with a login session of theirs (fixation)."""
    session = client.session
    session["planted"] = 1
    session.save()
    before = client.cookies["sessionid"].value
    client.post(SIGN_IN, RIGHT)
    assert client.cookies["sessionid"].value != before


def test_the_answer_does_not_tell_whether_the_name_exists(client):
    known = client.post(SIGN_IN, WRONG).content.decode()
    unknown = client.post(SIGN_IN, {**WRONG, "username": "nobody"}).content.decode()
    sentence = "This name and password do not belong together."
    assert sentence in known
    assert sentence in unknown


def test_twenty_wrong_passwords_and_then_429(client):
    for _ in range(throttle.MOST_WRONG):
        assert client.post(SIGN_IN, WRONG).status_code == 200
    refused = client.post(SIGN_IN, RIGHT)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 900
    assert "Too many wrong passwords" in refused.content.decode()
    assert "_auth_user_id" not in client.session


def test_others_are_not_locked_out(client, bob):
    for _ in range(throttle.MOST_WRONG):
        client.post(SIGN_IN, WRONG)
    assert client.post(SIGN_IN, {"username": "bob", "password": "bob-long-password"}).status_code == 302
    assert client.post(SIGN_IN, RIGHT, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_the_same_name_in_other_letters_counts_together(client):
    for name in ("alice", "ALICE", " alice ") * 7:
        client.post(SIGN_IN, {**WRONG, "username": name})
    assert client.post(SIGN_IN, RIGHT).status_code == 429


def test_after_the_wait_it_works_again(client):
    for _ in range(throttle.MOST_WRONG):
        client.post(SIGN_IN, WRONG)
    since = WrongSignIns.objects.get().since
    WrongSignIns.objects.update(since=since - throttle.WINDOW - dt.timedelta(seconds=1))
    assert client.post(SIGN_IN, RIGHT).status_code == 302


def test_a_right_password_clears_the_count(client):
    client.post(SIGN_IN, WRONG)
    client.post(SIGN_IN, RIGHT)
    assert not WrongSignIns.objects.exists()


def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw(client, settings):
    settings.CAM2BYTES_BEHIND_PROXY = True
    for turn in range(throttle.MOST_WRONG):
        client.post(SIGN_IN, WRONG, headers={"X-Forwarded-For": f"{turn}.1.1.1, 192.0.2.7"})
    assert client.post(SIGN_IN, RIGHT, headers={"X-Forwarded-For": "9.9.9.9, 192.0.2.7"}).status_code == 429
    assert client.post(SIGN_IN, RIGHT, headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 302


def test_without_a_proxy_the_header_is_the_clients_own_fancy(client):
    for turn in range(throttle.MOST_WRONG):
        client.post(SIGN_IN, WRONG, headers={"X-Forwarded-For": f"{turn}.1.1.1"})
    assert client.post(SIGN_IN, RIGHT).status_code == 429


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "%FF", "x" * 100_000, ""])
def test_strange_names_are_simply_wrong(client, name):
    form = "application/x-www-form-urlencoded"
    assert client.post(SIGN_IN, f"username={name}&password=x", content_type=form).status_code == 200


def test_the_admins_own_sign_in_leads_to_ours(client):
    assert client.get("/admin/login/?next=/admin/capture/").url == "/sign-in/?next=%2Fadmin%2Fcapture%2F"
    assert client.post("/admin/login/", RIGHT).url == "/sign-in/?next=/admin/"
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/sign-in/")


def test_signing_out_is_a_post(alices):
    assert alices.get("/sign-out/").status_code == 405
    assert alices.post("/sign-out/").url == SIGN_IN
    assert alices.get("/account/").status_code == 302


# A page that must not be left asks in JSON -------------------------------------------------------

JSON = {"Accept": "application/json"}


def test_a_script_learns_who_is_signed_in_and_gets_a_csrf_cookie(client, somebody):
    nobody = client.get(SIGN_IN, headers=JSON)
    assert nobody.json() == {"account": None, "name": ""}
    assert "csrftoken" in nobody.cookies
    assert "no-store" in nobody["Cache-Control"]
    client.force_login(somebody)
    assert client.get(SIGN_IN, headers=JSON).json() == {"account": somebody.pk, "name": "alice"}


def test_a_script_signs_in_and_stays_where_it_is(client, somebody):
    client.get(SIGN_IN, headers=JSON)
    before = client.cookies["csrftoken"].value
    signed_in = client.post(SIGN_IN, RIGHT, headers=JSON)
    assert signed_in.status_code == 200
    assert signed_in.json() == {"account": somebody.pk, "name": "alice"}
    assert client.cookies["csrftoken"].value != before
    assert client.get("/account/").status_code == 200


def test_a_script_hears_what_was_wrong_and_is_slowed_down_like_a_person(client):
    for _ in range(throttle.MOST_WRONG):
        wrong = client.post(SIGN_IN, WRONG, headers=JSON)
        assert wrong.status_code == 422
        assert wrong.json()["detail"] == "This name and password do not belong together."
    refused = client.post(SIGN_IN, RIGHT, headers=JSON)
    assert refused.status_code == 429
    assert "Too many wrong passwords" in refused.json()["detail"]
    assert 0 < int(refused["Retry-After"]) <= 900
    assert "_auth_user_id" not in client.session


def test_browsers_get_the_page(client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for headers in ({"Accept": accept}, {"Accept": "*/*"}, {}):
        assert client.get(SIGN_IN, headers=headers)["Content-Type"].startswith("text/html")
