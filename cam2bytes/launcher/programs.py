"""The processes: the Procfile's lines, and the environment that they share."""

import os
import shlex
import sys
from pathlib import Path

from cam2bytes import env
from cam2bytes.launcher import network
from cam2bytes.launcher.options import PROJECT_DIR, Options


def procfile() -> dict[str, list[str]]:
    """{name: command} of the Procfile. The shell that reads the line becomes the program itself (exec)."""
    lines = (PROJECT_DIR / "Procfile").read_text().splitlines()
    named = (line.split(":", 1) for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): ["/bin/sh", "-c", f"exec {command.strip()}"] for name, command in named}


def environment(options: Options, certificate: tuple[Path, Path] | None) -> dict[str, str]:
    """The environment of every process: one's own, and what follows from the options."""
    bind = f"{network.in_url('0.0.0.0' if options.host in ('', '*') else options.host)}:{options.port}"
    gunicorn = ["--bind", bind]
    made = {
        "DJANGO_SETTINGS_MODULE": "cam2bytes.settings",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "PYTHONUNBUFFERED": "1",
        "CAM2BYTES_DATA_DIR": str(options.data_dir),
        "CAM2BYTES_PUBLIC_URL": options.url,
        "CAM2BYTES_ALLOWED_HOSTS": ",".join(_allowed_hosts(options)),
        "CAM2BYTES_LOCAL_HINT": options.https_command,
        "FLOWER_ADDRESS": options.flower_host,
        "FLOWER_PORT": str(options.flower_port),
    }
    if sys.platform == "darwin":
        # Its libraries stop a program that forks after loading them, as gunicorn and Celery do.
        made["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
    if options.public_url:
        origins = [*env.origins("CAM2BYTES_CSRF_TRUSTED_ORIGINS"), options.public_url]
        made["CAM2BYTES_CSRF_TRUSTED_ORIGINS"] = ",".join(dict.fromkeys(origins))
    if certificate:
        pem, key = map(str, certificate)
        gunicorn += ["--certfile", pem, "--keyfile", key]
        made["CAM2BYTES_HTTPS"] = "1"
        if options.flower_scheme == "https":
            made |= {"FLOWER_CERTFILE": pem, "FLOWER_KEYFILE": key}
    made["GUNICORN_CMD_ARGS"] = f"{os.environ.get('GUNICORN_CMD_ARGS', '')} {shlex.join(gunicorn)}".strip()
    return {**os.environ, **made}


def _allowed_hosts(options: Options) -> list[str]:
    hosts = [*env.words("CAM2BYTES_ALLOWED_HOSTS"), *map(network.in_url, options.served_hosts)]
    return list(dict.fromkeys(hosts))
