import datetime
import os
import ssl
import stat

import pytest

from cam2bytes.launcher import certificate

HOSTS = ["localhost", "127.0.0.1", "::1", "desk-07.local"]


def held(path):
    return certificate._load(path)


def test_it_names_the_hosts_and_its_key_is_private(tmp_path):
    pem, key = certificate.ensure(tmp_path / "https", HOSTS)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    names = held(pem).extensions.get_extension_for_class(certificate.x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == set(HOSTS)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pem, key)
    assert certificate.fingerprint(pem).count(":") == 31


def test_it_stays_while_it_fits(tmp_path):
    pem, _ = certificate.ensure(tmp_path, HOSTS)
    first = pem.read_bytes()
    certificate.ensure(tmp_path, HOSTS[:2])
    assert pem.read_bytes() == first


def test_a_new_name_makes_a_new_one(tmp_path):
    pem, _ = certificate.ensure(tmp_path, HOSTS)
    first = pem.read_bytes()
    certificate.ensure(tmp_path, [*HOSTS, "192.0.2.7"])
    assert pem.read_bytes() != first


def test_it_is_renewed_before_it_runs_out(tmp_path, monkeypatch):
    monkeypatch.setattr(certificate, "LIFETIME", datetime.timedelta(days=29))
    pem, _ = certificate.ensure(tmp_path, HOSTS)
    monkeypatch.undo()
    certificate.ensure(tmp_path, HOSTS)
    left = held(pem).not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert left > datetime.timedelta(days=390)


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("damage", ["gone", "garbage", "another"])
def test_a_damaged_pair_is_replaced(tmp_path, name, damage):
    pem, key = certificate.ensure(tmp_path / "https", HOSTS)
    if damage == "gone":
        (pem.parent / name).unlink()
    elif damage == "garbage":
        (pem.parent / name).write_text("no certificate")
    else:  # as after a crash between writing the key and the certificate
        certificate.ensure(tmp_path / "other", HOSTS)
        os.replace(tmp_path / "other" / name, pem.parent / name)
    certificate.ensure(tmp_path / "https", HOSTS)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pem, key)
