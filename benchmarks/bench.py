"""How fast the road is, on the sample pages: parsing; crawl → build → release as `make run` does it; the site.

In:  nothing but the checkout. Out: one line per measurement on stdout: name, value, unit. Wall-clock seconds of this
machine: they compare two versions on one machine, not two machines.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
YIDI = Path(sys.executable).with_name("yidi")


def report(name: str, value: float, unit: str) -> None:
    print(f"{name:<28} {value:>10.2f} {unit}", flush=True)


def bench_parse(rounds: int) -> None:
    started = time.perf_counter()
    from parsers import parse

    pages = [p for p in sorted((ROOT / "examples" / "site").rglob("*")) if p.suffix in (".html", ".shtm")]
    pages += sorted((ROOT / "tests" / "corpus").glob("*.html"))
    bodies = [page.read_bytes() for page in pages]
    parse(bodies[0])
    report("parse: import and first page", time.perf_counter() - started, "s")
    speeds = []
    for _ in range(rounds):
        started = time.perf_counter()
        for body in bodies:
            parse(body)
        speeds.append(len(bodies) / (time.perf_counter() - started))
    report("parse: pages", len(bodies), "pages")
    report("parse: one core, median", statistics.median(speeds), "pages/s")


def bench_road() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    from serve_site import serving, write_sources

    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "examples" / "site") as address:
        data = Path(folder)
        write_sources(ROOT / "examples" / "sources", data / "sources", address)
        for command in (["crawl", "--sources", str(data / "sources")], ["build"], ["build"], ["check"], ["release"]):
            started = time.perf_counter()
            done = subprocess.run(
                [str(YIDI), *command],
                env=os.environ | {"YIDI_DATA": folder},
                check=False,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                sys.exit(f"bench: yidi {command[0]}: {done.stderr}")
            report(f"yidi {command[0]}", time.perf_counter() - started, "s")
        print("\nevery kind of page of the site, milliseconds:", flush=True)
        site = Path(__file__).with_name("bench_site.py")
        subprocess.run([sys.executable, str(site), str(data / "releases" / "latest" / "yidi.db")], check=False)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure the speed of the road on the sample pages")
    parser.add_argument("--rounds", type=int, default=5, help="rounds over the pages for the parsing speed")
    options = parser.parse_args(argv)
    bench_parse(options.rounds)
    bench_road()
    return 0


if __name__ == "__main__":
    sys.exit(main())
