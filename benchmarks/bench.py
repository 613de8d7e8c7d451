"""Everything there is to measure about speed, part by part, and the figures in one file.

In:  names of parts (default: all). Out: what the parts print; with --keep, benchmarks/performance.json, from which
docs/PERFORMANCE.md and its drawings are made anew (benchmarks/report.py). Exit code 1 where a part failed; the others are
run all the same. A part is a script beside this one; where it takes --json FILE, its figures are kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks import report  # noqa: E402 - the checkout's own code


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to measure: its script, its arguments, and whether it takes --json FILE."""

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    json: bool = True


PARTS = (
    Part("parsing", "parsing.py"),
    Part("startup", "startup.py"),
    Part("scale", "scale.py"),
    Part("incremental", "incremental_build.py", json=False),
    Part("crawl", "crawl_overhead.py", json=False),
    Part("road", "road.py", json=False),
    Part("site", "bench_site.py"),
)
"""In the order in which they are run."""


def run(part: Part, more: list[str]) -> tuple[bool, dict[str, Any] | None]:
    """Whether it went well, and its figures."""
    script = Path(__file__).with_name(part.script)
    if not script.is_file():
        print(f"\n== {part.name}: not there ({part.script})", flush=True)
        return True, None
    print(f"\n== {part.name}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "figures.json"
        options = ["--json", str(file)] if part.json else []
        command = [sys.executable, str(script), *part.arguments, *more, *options]
        done = subprocess.run(command, cwd=ROOT, check=False)
        figures = json.loads(file.read_text("utf-8")) if file.is_file() else None
    if done.returncode:
        print(f"bench: {part.name} ended with exit code {done.returncode}", file=sys.stderr)
    return done.returncode == 0, figures


def main(argv: list[str] | None = None) -> int:
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(description="measure speed", epilog=f"parts: {' '.join(names)}")
    parser.add_argument("parts", nargs="*", metavar="PART", help="parts to measure; none = all")
    parser.add_argument("--sizes", help="sizes of the generated archives, for example 1000,10000,100000")
    parser.add_argument("--kit", help="folder of the annotated pages")
    parser.add_argument("--keep", action="store_true", help="keep the figures and write docs/PERFORMANCE.md anew")
    options = parser.parse_args(argv)
    if unknown := [name for name in options.parts if name not in names]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(names)}")
    sizes = (options.sizes or "").replace(",", " ").split()
    if not all(size.isdigit() and int(size) for size in sizes):
        parser.error(f"--sizes {options.sizes}: must be numbers of pages, for example 1000,10000")
    well = True
    for part in PARTS:
        if options.parts and part.name not in options.parts:
            continue
        more = {"scale": sizes, "parsing": ["--kit", options.kit] if options.kit else []}
        went, figures = run(part, more.get(part.name, []))
        well = well and went
        if options.keep and figures is not None:
            report.keep(part.name, figures)
    if options.keep:
        report.write()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
