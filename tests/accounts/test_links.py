"""One-time links and the first run."""

import datetime as dt
from threading import Barrier, Thread

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from cam2bytes.accounts import people
from cam2bytes.accounts.models import OneTimeLink

User = get_user_model()
OWNER = {"first_name": "Mira Okafor", "username": "mira", "password": "a-kiln-in-june",
         "password_again": "a-kiln-in-june"}  # fmt: skip


def link_for(user) -> str:
    return f"/link/{OneTimeLink.objects.issue('sign_in', user)}/"


def first_run_link() -> str:
    return f"/link/{people.issue_first_run_link()}/"


def test_looking_at_a_link_does_not_use_it_up(client, alice):
    link = link_for(alice)
    for _ in range(3):
        assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(link).url == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_link_works_once(client, alice):
    link = link_for(alice)
    client.post(link)
    again = Client()
    for answer in (again.get(link), again.post(link)):
        assert answer.status_code == 404
        assert "used up" in answer.content.decode()
    assert "_auth_user_id" not in again.session


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_gets_in():
    secret = OneTimeLink.objects.issue("sign_in", User.objects.create_user("alice"))
    barrier, won = Barrier(8), []

    def press():
        barrier.wait()
        won.append(OneTimeLink.objects.use(secret))
        connection.close()

    threads = [Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(link is not None for link in won) == 1


def test_an_expired_link_and_one_of_somebody_switched_off_are_gone(client, alice, bob):
    expired, switched_off = link_for(alice), link_for(bob)
    OneTimeLink.objects.filter(user=alice).update(expires_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    User.objects.filter(pk=bob.pk).update(is_active=False)
    for link in (expired, switched_off, "/link/made-up/", "/link/%00/"):
        assert client.post(link).status_code == 404


def test_the_secret_is_nowhere_in_the_database(alice):
    secret = OneTimeLink.objects.issue("sign_in", alice)
    assert secret not in str(OneTimeLink.objects.values().get())


def test_a_link_page_is_not_cached(client, alice):
    assert "no-store" in client.get(link_for(alice))["Cache-Control"]


def test_a_colleague_without_a_password_chooses_one(client, db):
    colleague = User.objects.create_user("sam")
    assert client.post(link_for(colleague)).url == "/welcome/"
    form = {**OWNER, "username": "sam", "first_name": "Sam"}
    assert client.post("/welcome/", form).url == "/capture/"
    colleague.refresh_from_db()
    assert colleague.check_password(OWNER["password"])
    assert colleague.first_name == "Sam"
    assert not colleague.is_staff
    assert client.get("/welcome/").url == "/account/"


class TestFirstRun:
    def test_the_owner_sets_name_and_password_and_comes_to_the_camera(self, client, db):
        link = first_run_link()
        assert "You are the first here" in client.get(link).content.decode()
        assert client.post(link).url == "/welcome/"
        assert "Three steps to a picture" in client.get("/welcome/").content.decode()
        assert client.post("/welcome/", OWNER).url == "/capture/"
        owner = User.objects.get()
        assert (owner.username, owner.get_full_name()) == ("mira", "Mira Okafor")
        assert owner.is_superuser
        assert client.session["_auth_user_id"] == str(owner.pk)

    def test_wrong_values_are_said_and_change_nothing(self, client, db):
        client.post(first_run_link())
        for change, words in (
            ({"password": "12345678", "password_again": "12345678"}, "too common"),
            ({"password": "mira-okafor", "password_again": "mira-okafor"}, "too similar"),
            ({"password_again": "something else"}, "not the same"),
            ({"username": "with blank"}, "valid username"),
            ({"username": ""}, "required"),
        ):
            answer = client.post("/welcome/", OWNER | change)
            assert answer.status_code == 200
            assert words in answer.content.decode()
        assert not User.objects.exists()

    def test_without_the_link_there_is_no_welcome(self, client, db):
        assert client.get("/welcome/").url == "/sign-in/"
        assert client.post("/welcome/", OWNER).url == "/sign-in/"
        assert not User.objects.exists()

    def test_a_second_link_ends_the_first(self, client, db):
        first, second = first_run_link(), first_run_link()
        assert client.get(first).status_code == 404
        assert client.get(second).status_code == 200

    def test_the_link_ends_with_the_first_account(self, client, alice):
        assert client.post(first_run_link()).status_code == 404

    def test_who_had_the_link_open_does_not_become_a_second_owner(self, client, db):
        client.post(first_run_link())
        people.make_owner("other", "a-kiln-in-june")
        assert client.post("/welcome/", OWNER).url == "/sign-in/"
        assert User.objects.count() == 1

    def test_closing_the_page_half_way_needs_a_new_link_only(self, client, db):
        client.post(first_run_link())
        assert not people.has_usable_account()
        assert Client().get(first_run_link()).status_code == 200
