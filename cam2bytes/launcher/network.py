"""Names, addresses and ports of this machine."""

import errno
import fcntl
import ipaddress
import socket
import struct
import sys

from cam2bytes.env import WrongSetting

# ioctl "give me the IPv4 address of this network interface"
SIOCGIFADDR = 0xC0206921 if sys.platform == "darwin" else 0x8915


def is_wildcard(host: str) -> bool:
    """Whether the host means every address of the machine."""
    return host in ("", "*", "0.0.0.0", "::")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def in_url(host: str) -> str:
    """The host as a URL writes it: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def own_addresses() -> list[str]:
    """IPv4 addresses of this machine that others can reach, the one towards the internet first."""
    found = [_outward_address(), *_interface_addresses()]
    usable = [address for address in found if address and not is_loopback(address)]
    return list(dict.fromkeys(usable))


def own_names() -> list[str]:
    """Names that others may type for this machine: host name, its short form, and its .local form."""
    name = socket.gethostname().lower()
    short = name.split(".")[0]
    found = (name, short, f"{short}.local") if short and name.isascii() else ()
    return list(dict.fromkeys(found))


def _outward_address() -> str | None:
    """The address that a packet to the internet would carry. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
            return sock.getsockname()[0]
        except OSError:
            return None


def _interface_addresses() -> list[str]:
    addresses = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(sock, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # an interface without an IPv4 address
            addresses.append(socket.inet_ntoa(answer[20:24]))
    return addresses


def check_port(host: str, port: int, option: str = "--port") -> None:
    """Raise WrongSetting unless a server could listen there now."""
    problem = _problem_with(host, port)
    if problem is None:
        return
    if problem.errno == errno.EADDRINUSE:
        raise WrongSetting(
            f"Port {port} is taken by another program; stop that one, or give another port with {option}."
        )
    if problem.errno == errno.EACCES:
        raise WrongSetting(f"Port {port} needs administrator rights; give one above 1023 with {option}.")
    raise WrongSetting(f"{host!r} is no address of this machine ({problem.strerror}).")


def free_port(host: str, first: int = 0) -> int:
    """A port that is free there now: `first` or one of the next hundred, else any."""
    near = range(first, min(first + 100, 65536)) if first else ()
    for port in near:
        if _problem_with(host, port) is None:
            return port
    with _listening(host, 0) as sock:
        return sock.getsockname()[1]


def _problem_with(host: str, port: int) -> OSError | None:
    try:
        _listening(host, port).close()
    except OSError as error:
        return error
    return None


def _listening(host: str, port: int) -> socket.socket:
    where = "0.0.0.0" if is_wildcard(host) and host != "::" else host
    family, kind, protocol, _, address = socket.getaddrinfo(where, port, type=socket.SOCK_STREAM)[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        sock.bind(address)
        sock.listen()  # macOS notices some clashes only here
    except OSError:
        sock.close()
        raise
    return sock
