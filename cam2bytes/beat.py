"""Beat: the clock of the sweeps. It keeps no file, and it does not mind when the machine's clock is set."""

import time

from celery.beat import Scheduler

LARGEST_DRIFT = 5  # seconds between two ticks


class SteadyScheduler(Scheduler):
    """Celery's own scheduler plans by the wall clock: set back by a day, it would rest for a day. This one
    begins its plan anew when the wall clock has moved against the monotonic one. Nothing of the plan is worth
    keeping over a restart: no period is longer than an hour."""

    _difference: float | None = None

    def tick(self, *args, **kwargs):
        difference = time.time() - time.monotonic()
        if self._difference is not None and abs(difference - self._difference) > LARGEST_DRIFT:
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None
        self._difference = difference
        return super().tick(*args, **kwargs)
