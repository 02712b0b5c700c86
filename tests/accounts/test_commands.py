"""The commands print what was asked for and nothing else."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from cam2bytes.accounts.models import ApiToken
from tests import makers

User = get_user_model()
BASE = "http://127.0.0.1:8000"


def printed(*args) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def path_in(link: str) -> str:
    assert link.startswith(f"{BASE}/link/")
    assert link.endswith("/\n")
    assert link.count("\n") == 1
    return link.removeprefix(BASE).strip()


def refusal(*args) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*args)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_create_token_prints_the_token_alone(client, alice):
    secret = printed("create_token", "alice", "--scope", "full", "--name", "export")
    assert ApiToken.objects.find(secret.strip()).name == "export"
    assert secret == f"{secret.strip()}\n"
    headers = {"Authorization": f"Bearer {secret.strip()}"}
    assert client.get("/api/v1/captures", headers=headers).status_code == 200


def test_create_token_for_nobody_is_one_sentence(alice):
    assert refusal("create_token", "nobody", "--scope", "full") == "There is no account 'nobody'."
    User.objects.update(is_active=False)
    assert refusal("create_token", "alice", "--scope", "ingest") == "The account 'alice' is switched off."


def test_sign_in_link(client, alice):
    path = path_in(printed("sign_in_link", "alice", "--base-url", BASE + "/"))
    assert client.post(path).url == "/"


def test_sign_in_link_uses_the_public_address(settings, alice):
    settings.CAM2BYTES_PUBLIC_URL = "https://cam.example"
    assert printed("sign_in_link", "alice").startswith("https://cam.example/link/")


def test_sign_in_link_makes_an_account_only_when_told(client, db):
    assert "no account" in refusal("sign_in_link", "sam")
    path = path_in(printed("sign_in_link", "sam", "--create", "--base-url", BASE))
    assert client.post(path).url == "/welcome/"
    assert "cannot be a name" in refusal("sign_in_link", "a b", "--create")
    assert User.objects.count() == 1


def test_sign_in_link_with_a_wrong_base(alice):
    assert "--base-url" in refusal("sign_in_link", "alice", "--base-url", "cam.example")


class TestFirstLink:
    def test_prints_a_link_until_there_is_an_account(self, client, db):
        path = path_in(printed("first_link", "--base-url", BASE))
        assert client.get(path).status_code == 200
        makers.user("alice")
        assert printed("first_link", "--base-url", BASE) == ""

    def test_an_account_that_cannot_sign_in_does_not_count(self, db):
        User.objects.create_user("sam")
        path_in(printed("first_link", "--base-url", BASE))

    def test_the_environment_makes_the_owner_instead(self, db, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "admin")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "from-the-environment")
        assert printed("first_link", "--base-url", BASE) == ""
        owner = User.objects.get()
        assert owner.is_superuser
        assert owner.check_password("from-the-environment")
        owner.set_password("changed-since")
        owner.save()
        assert printed("first_link", "--base-url", BASE) == ""
        assert User.objects.get().check_password("changed-since")

    @pytest.mark.parametrize(("name", "password"), [("admin", ""), ("", "x"), ("a b", "x")])
    def test_half_an_environment_is_one_sentence(self, db, monkeypatch, name, password):
        monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", name)
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
        assert "DJANGO_SUPERUSER_" in refusal("first_link", "--base-url", BASE)
        assert not User.objects.exists()
