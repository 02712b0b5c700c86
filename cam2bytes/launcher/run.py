"""One run from the first check to the printed link, and back."""

import json
import os
import shutil
import ssl
import sys
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from cam2bytes.launcher import broker, certificate, network, programs
from cam2bytes.launcher.logs import say
from cam2bytes.launcher.options import Options
from cam2bytes.launcher.supervisor import Supervisor

# First what brings work, then what does it, then what carries the messages.
STOP_ORDER = (("web", "beat", "flower"), ("frames", "recordings"), ("broker",))
BROKER_SECONDS = 20  # an embedded broker may have a long file to read
WEB_SECONDS = 60


class NoStart(Exception):
    """cam2bytes cannot start; the text says why (empty: it has been said already)."""

    def __init__(self, text: str = "", exit_code: int = 1):
        super().__init__(text)
        self.exit_code = exit_code


class Run:
    """The steps of a start in their order."""

    def __init__(self, asked: Options, supervisor: Supervisor):
        self.asked = asked
        self.supervisor = supervisor
        self.logs = asked.data_dir / "logs"
        self.broker_dir = asked.data_dir / "broker"
        self.running_file = asked.data_dir / "running.json"
        self.certificate: Path | None = None
        self.announced = False

    def start(self) -> None:
        """Everything up to the printed link. Raises NoStart."""
        asked = self.asked
        pems = certificate.ensure(asked.data_dir / "https", asked.served_hosts) if asked.https else None
        self.certificate = pems and pems[0]
        environment = programs.environment(asked, pems)
        self._python("-m", "cam2bytes.launcher.prepare", env=environment)
        environment["CELERY_BROKER_URL"] = asked.broker_url or self._start_broker()
        self._tell_others(environment["CELERY_BROKER_URL"])
        commands = programs.procfile()
        web = self.supervisor.start("web", commands.pop("web"), environment)
        # Beside the web server, which loads the same modules meanwhile on another core.
        link = self._python("manage.py", "first_link", "--base-url", asked.url, env=environment).strip()
        if not self.supervisor.wait_until(self._web_answers, web, WEB_SECONDS):
            raise NoStart(f"The web server does not start; see {self.logs / 'web.log'}")
        self._announce(link)
        for name, command in commands.items():  # after the page that the person is waiting for
            self.supervisor.start(name, command, environment)
        if asked.open_browser:
            webbrowser.open(link or asked.url)

    def stop(self) -> None:
        """Stop everything that runs."""
        said = self.supervisor.stopping.is_set()
        if not self.announced:
            self.supervisor.hurry.set()  # nobody uses it yet
        self.supervisor.stop(*STOP_ORDER)
        self.running_file.unlink(missing_ok=True)
        shutil.rmtree(broker.socket_folder(self.asked.data_dir), ignore_errors=True)
        if said:
            say("Stopped; nothing is left running.")

    def _python(self, *arguments: str, env: dict[str, str]) -> str:
        """What a Python program of ours writes to stdout. It tells the person itself why it cannot."""
        code, output = self.supervisor.run(sys.executable, *arguments, env=env)
        if code:
            raise NoStart(exit_code=code)
        return output

    def _tell_others(self, broker_url: str) -> None:
        """For ./dev manage beside this run (settings.py reads it): links with this address, tasks to this broker."""
        self.running_file.touch(mode=0o600)  # a broker's URL may hold a password
        self.running_file.write_text(json.dumps({"url": self.asked.url, "broker_url": broker_url}))

    def _start_broker(self) -> str:
        """Start the first embedded broker that works; its URL."""
        for candidate in broker.candidates(self.asked.data_dir):
            works = self._broker_works(candidate)
            if not works and self._set_broker_data_aside():
                works = self._broker_works(candidate)
            if works:
                if candidate.warning:
                    say(candidate.warning)
                return candidate.url
        raise NoStart(f"No message broker starts; see {self.logs / 'broker.log'}")

    def _broker_works(self, candidate: broker.Broker) -> bool:
        """Start it; if it does not answer, stop it again."""
        self.broker_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        process = self.supervisor.start("broker", candidate.command, dict(os.environ))
        if self.supervisor.wait_until(candidate.answers, process, BROKER_SECONDS):
            return True
        if self.supervisor.stopping.is_set():
            raise NoStart
        self.supervisor.stop_one("broker")
        return False

    def _set_broker_data_aside(self) -> bool:
        aside = broker.set_aside(self.broker_dir)
        if aside:
            say(f"The broker could not read its file, which is kept in {aside}. No work is lost by that.")
        return aside is not None

    def _web_answers(self) -> bool:
        """Whether /healthz answers. The certificate is our own, so it is the one to trust here."""
        asked = self.asked
        host = "127.0.0.1" if network.is_wildcard(asked.host) else asked.host
        scheme = "https" if asked.https else "http"
        url = f"{scheme}://{network.in_url('::1' if asked.host == '::' else host)}:{asked.port}/healthz"
        context = ssl.create_default_context(cafile=self.certificate) if self.certificate else None
        direct = urllib.request.build_opener(  # whatever proxy the environment names
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with direct.open(url, timeout=5) as answer:
                return answer.status == 200
        except OSError:  # URLError is one
            return False

    def _announce(self, link: str) -> None:
        """What the person needs to know, and no more."""
        asked = self.asked
        lines = [
            "",
            "cam2bytes is running.",
            "",
            f"  Open    {link or asked.url + '/'}",
            *(["          (signs you in once, to choose your name and password)"] if link else []),
            f"  Flower  {asked.flower_url}/",
            f"  Data    {asked.data_dir}",
            "",
        ]
        if self.certificate:
            lines += [
                "  The certificate is made on this machine, so each browser warns once. SHA-256:",
                f"  {certificate.fingerprint(self.certificate)}",
                "",
            ]
        elif not asked.local_only and not asked.public_url:
            lines += [
                "  Other devices reach these pages, but browsers give no camera to plain http. The fix:",
                f"  {asked.https_command}",
                "",
            ]
        say("\n".join([*lines, "  Ctrl-C stops it."]))
        self.announced = True
