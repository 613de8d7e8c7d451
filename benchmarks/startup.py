"""How long `yidi --help` and `yidi parse` of one page take from the start of the process.

In:  rounds. Out: wall and processor seconds of each command, medians, beside what is asked for. --json FILE keeps them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks.measure import cost, machine, spread, yidi  # noqa: E402 - the checkout's own code

PAGE = "examples/site/bureau/art/2023/art_1003.html"
COMMANDS = {"yidi --help": (yidi("--help"), 0.3), "yidi parse PAGE": (yidi("parse", PAGE), 1.0)}
"""Name → the command, and the seconds it may take."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure the start of the commands")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    found: dict[str, Any] = {"machine": machine(), "commands": []}
    with tempfile.TemporaryDirectory() as work:
        for name, (command, limit_s) in COMMANDS.items():
            runs = [cost(command, Path(work)) for _ in range(options.rounds)]
            wall, cpu = spread([r.wall_s for r in runs]), spread([r.cpu_s for r in runs])
            found["commands"].append({"command": name, "wall_s": wall, "cpu_s": cpu, "limit_s": limit_s})
            print(
                f"{name:18} {wall['median']:6.2f} s wall {cpu['median']:6.2f} s cpu  (asked for: < {limit_s} s)",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
