"""The certificate of one's own behind `--https`: browsers give a camera to https, whoever signed it.

It lives in DATA/https/, is made for the names and addresses that are served, and made anew when these
change or it is about to run out.
"""

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=397)  # browsers refuse longer ones
RENEW_BEFORE = datetime.timedelta(days=30)


def ensure(folder: Path, hosts: list[str]) -> tuple[Path, Path]:
    """(certificate, key) as PEM files in `folder`, valid for all of `hosts` for another 30 days at least."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not _still_good(certificate, key, hosts):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(certificate, key, hosts)
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """SHA-256 as browsers show it, for those who compare before they trust."""
    digest = _load(certificate).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in digest)


def _still_good(certificate: Path, key: Path, hosts: list[str]) -> bool:
    try:
        held = _load(certificate)
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    if private.public_key() != held.public_key():
        return False  # a crash between writing the one and the other
    now = datetime.datetime.now(datetime.UTC)
    in_time = held.not_valid_before_utc <= now < held.not_valid_after_utc - RENEW_BEFORE
    return in_time and set(_alternative_names(hosts)) <= set(names)


def _load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _alternative_names(hosts: list[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _make(certificate: Path, key: Path, hosts: list[str]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cam2bytes on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # a device's clock may be behind ours
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key, secret)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Replace the file in one step, readable by its owner only."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    draft.replace(path)
