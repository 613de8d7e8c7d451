"""How long each command takes on the sample site, from the crawl to the release, as `make run` goes.

In:  nothing but the checkout. Out: wall and processor seconds per command. The second build has nothing to do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks.measure import CommandError, cost, yidi  # noqa: E402 - the checkout's own code
from scripts.serve_site import serving, write_sources  # noqa: E402

COMMANDS = ("crawl", "build", "build", "check", "release")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "examples" / "site") as address:
        data = Path(folder)
        write_sources(ROOT / "examples" / "sources", data / "sources", address)
        for name in COMMANDS:
            options = ("--sources", str(data / "sources")) if name == "crawl" else ()
            try:
                spent = cost(yidi(name, *options), data)
            except CommandError as error:
                print(f"road: {error}", file=sys.stderr)
                return 1
            print(f"yidi {name:8} {spent.wall_s:6.2f} s wall {spent.cpu_s:6.2f} s cpu", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
