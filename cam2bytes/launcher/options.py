"""What was asked for, on the command line and in the environment, checked before anything starts."""

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from cam2bytes import env
from cam2bytes.env import WrongSetting
from cam2bytes.launcher import network

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Options:
    """Everything the launcher was told."""

    host: str
    port: int
    data_dir: Path
    https: bool
    open_browser: bool
    flower_host: str
    flower_port: int
    flower_auth: str  # "user:password", or empty
    broker_url: str  # empty: an embedded one
    public_url: str  # empty: the address served

    @property
    def url(self) -> str:
        """The address of the pages, without a slash at its end, as somebody would type it."""
        if self.public_url:
            return self.public_url
        scheme = "https" if self.https else "http"
        return f"{scheme}://{network.in_url(self._friendly_host())}:{self.port}"

    def _friendly_host(self) -> str:
        if network.is_loopback(self.host):
            return "localhost"
        if not network.is_wildcard(self.host):
            return self.host
        # Plain http gives a camera only on localhost; with https another device is likely meant.
        return (network.own_addresses() or ["localhost"])[0] if self.https else "localhost"

    @property
    def flower_url(self) -> str:
        host = "localhost" if network.is_wildcard(self.flower_host) else self.flower_host
        return f"{self.flower_scheme}://{network.in_url(host)}:{self.flower_port}"

    @property
    def flower_scheme(self) -> str:
        return "https" if self.https and not network.is_loopback(self.flower_host) else "http"

    @property
    def served_hosts(self) -> list[str]:
        """Every name and address under which browsers may ask for these pages."""
        hosts = ["localhost", "127.0.0.1", "::1"]
        if network.is_wildcard(self.host):
            hosts += [*network.own_names(), *network.own_addresses()]
        elif not network.is_loopback(self.host):
            hosts += [self.host, *network.own_names()]
        if self.public_url:
            hosts.append(urlsplit(self.public_url).hostname or "")
        return list(dict.fromkeys(filter(None, hosts)))

    @property
    def local_only(self) -> bool:
        return network.is_loopback(self.host)

    @property
    def https_command(self) -> str:
        """What to type so that other devices get a camera."""
        port = "" if self.port == DEFAULT_PORT else f" --port {self.port}"
        return f"./dev run --host {'0.0.0.0' if self.local_only else self.host}{port} --https"


def read(arguments: list[str]) -> Options:
    """Options from the command line and the environment. Raises WrongSetting; argparse leaves with 2.

    Makes the data folder. Ports are looked at later, by `with_ports`, when nobody else uses that folder.
    """
    asked = _parser().parse_args(arguments)
    data_dir = asked.data.expanduser().absolute()
    flower_auth = env.text("CAM2BYTES_FLOWER_AUTH")
    check_flower(asked.flower_host, flower_auth)
    public_url = env.text("CAM2BYTES_PUBLIC_URL").rstrip("/")
    if public_url and urlsplit(public_url).scheme not in ("http", "https"):
        raise WrongSetting(f"CAM2BYTES_PUBLIC_URL is {public_url!r}; it looks like https://cam.example.org.")
    check_data_dir(data_dir)
    return Options(
        host=asked.host,
        port=asked.port,
        data_dir=data_dir,
        https=asked.https,
        open_browser=asked.open,
        flower_host=asked.flower_host,
        flower_port=asked.flower_port,
        flower_auth=flower_auth,
        broker_url=env.text("CELERY_BROKER_URL") or env.text("REDIS_URL"),
        public_url=public_url,
    )


def with_ports(asked: Options) -> Options:
    """The same with real ports: those asked for, checked to be free, or free ones. Raises WrongSetting."""
    network.check_port(asked.host, asked.port)
    port = asked.port or network.free_port(asked.host)
    if asked.flower_port:
        network.check_port(asked.flower_host, asked.flower_port, "--flower-port")
    flower_port = asked.flower_port or network.free_port(asked.flower_host, port + 1)
    return replace(asked, port=port, flower_port=flower_port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev run", description="Start cam2bytes; Ctrl-C stops it.")
    add = parser.add_argument
    add(
        "--host",
        default="127.0.0.1",
        help="address of the pages; 0.0.0.0 for other devices (default %(default)s)",
    )
    add(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port of the pages; 0 picks a free one (default %(default)s)",
    )
    add(
        "--data",
        type=Path,
        metavar="DIR",
        default=env.folder("CAM2BYTES_DATA_DIR", PROJECT_DIR / "var"),
        help="folder for everything that is written (default %(default)s)",
    )
    add("--https", action="store_true", help="serve https with a certificate made for this machine")
    add("--open", action="store_true", help="open the link in the browser")
    add("--flower-host", default=env.text("CAM2BYTES_FLOWER_HOST", "127.0.0.1"), help="address of Flower")
    add("--flower-port", type=_port, default=0, help="port of Flower (default: the next free one)")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


def check_flower(host: str, auth: str) -> None:
    """Flower can stop workers: beyond this machine it must ask for a password."""
    if auth and ":" not in auth:
        raise WrongSetting("CAM2BYTES_FLOWER_AUTH has no colon; it looks like user:password.")
    if not network.is_loopback(host) and not auth:
        raise WrongSetting(
            f"Flower is to listen on {host}, within reach of others: set CAM2BYTES_FLOWER_AUTH=user:password."
        )


def check_data_dir(folder: Path) -> None:
    """Make the data folder, and try whether a file can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"cam2bytes")
    except OSError as error:
        raise WrongSetting(
            f"The data folder {folder} cannot be written ({error.strerror}); give another with --data DIR."
        ) from None
