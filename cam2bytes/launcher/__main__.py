"""`./dev run`; the package's docstring names the parts."""

import signal
import sys

from cam2bytes.env import WrongSetting
from cam2bytes.launcher import options
from cam2bytes.launcher.datalock import DataLock
from cam2bytes.launcher.logs import say
from cam2bytes.launcher.run import NoStart, Run
from cam2bytes.launcher.supervisor import Supervisor


def main(arguments: list[str]) -> int:
    """Run until told to stop. Exit code: 0 stopped as told, 1 no start, 2 a wrong option or setting."""
    try:
        asked = options.read(arguments)
        lock = DataLock(asked.data_dir, say)
        asked = options.with_ports(asked)
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    supervisor = Supervisor(
        options.PROJECT_DIR,
        asked.data_dir / "logs",
        lock.processes,
        tell_group=lambda group: lock.describe(url=asked.url, group=group),
    )
    listen_for_signals(supervisor)
    run = Run(asked, supervisor)
    code = 0
    try:
        supervisor.start_guardian()
        run.start()
        while not supervisor.stopping.wait(3600):
            pass
    except NoStart as reason:
        if not supervisor.stopping.is_set():  # else it was told to stop while it started
            sys.stderr.write(f"{reason}\n" if str(reason) else "")
            code = reason.exit_code
    finally:
        run.stop()
    return code


def listen_for_signals(supervisor: Supervisor) -> None:
    """The first Ctrl-C or SIGTERM stops in order; the second ends the patience with work under way."""

    def on_signal(number, frame):
        if supervisor.stopping.is_set():
            supervisor.hurry.set()
        else:
            say("\nStopping ... (once more: without waiting for work under way)")
            supervisor.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants it ignored
            signal.signal(number, on_signal)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
