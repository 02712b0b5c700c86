"""./dev faults [PART ...] [--minutes N]: the long form of the fault tests, and the table of docs/reliability.md.

Each part runs as long as it needs, or about N minutes. Exit code 1 when a promise was broken.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator

import django

from tests import environment  # noqa: F401 (settings for tests, before Django reads them)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cam2bytes.settings")
django.setup()

from tests.faults import brokers, browsers, kills, media, mistakes, powerloss, pressure, sequences  # noqa: E402
from tests.faults.table import Row, markdown  # noqa: E402

PARTS: dict[str, Callable[[float | None], Iterator[Row]]] = {
    "kills": kills.long,
    "power-loss": lambda minutes: powerloss.long(),  # a fixed number of states, and of mistakes
    "mistakes": lambda minutes: mistakes.long(),
    "broker": brokers.long,
    "sequences": sequences.long,
    "pressure": pressure.long,
    "browser": browsers.long,
    "hostile": media.long,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which: {', '.join(PARTS)} (all)")
    parser.add_argument("--minutes", type=float, help="about how long each part may run")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    rows: list[Row] = []
    for name in options.parts or PARTS:
        for row in PARTS[name](options.minutes):
            print(
                f"{'held' if row.held else 'BROKEN'}: {row.part}, {row.what}: {row.found}", file=sys.stderr, flush=True
            )
            rows.append(row)
    print(markdown(rows))
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
