"""What a build costs as the archive grows, and what a second process brings.

In:  numbers of pages (1000 10000; 100000 takes an hour), a folder to work in (archives are kept there, bases not).
Out: per size, a line for build, check and release each: processor and wall seconds, milliseconds per page, memory; then
the pages per second of two processes beside one, in turn. --json FILE keeps the figures.

Costs per page are processor time, also at even speed (benchmarks/measure.py), since a large archive is built for an hour
and the machine is not equally fast all the time. The ratio of one to two processes is of wall time and means something on
a machine at rest only: the load is printed with it, and what the same two processes gain where they share no work at all.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks import pages  # noqa: E402 - the checkout's own code
from benchmarks.measure import CommandError, Cost, cost, machine, spread, yidi  # noqa: E402

STEPS = ("build", "check", "release")


def archive_of(count: int, folder: Path) -> Path:
    """The generated archive of that many pages; made where it is not there yet."""
    path = folder / f"pages-{count}-{pages.edition()}.db"
    if not path.is_file():
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        pages.write(new, count)
        new.replace(path)
    return path


def measured(step: str, found: Cost, count: int) -> dict[str, float]:
    print(
        f"{count:8,} pages  {step:8} {found.cpu_s:8.1f} s cpu {found.wall_s:8.1f} s wall"
        f" {1000 * found.cpu_s / count:7.2f} ms cpu/page {1000 * found.even_cpu_s / count:7.2f} at even speed"
        f" {found.process_mb:6.0f} MB largest process"
        f" {found.sum_mb:6.0f} MB all",
        flush=True,
    )
    row = {name: value for name, value in asdict(found).items() if name != "said"}
    return {name: round(value, 2) for name, value in row.items()} | {
        "cpu_ms_per_page": round(1000 * found.cpu_s / count, 3),
        "even_ms_per_page": round(1000 * found.even_cpu_s / count, 3),
    }


def grow(counts: list[int], folder: Path, rows: list[dict[str, Any]]) -> None:
    """Build, check and release an archive of each size; what was measured is in `rows` even where a step fails."""
    for count in counts:
        archive = archive_of(count, folder)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            data = Path(work)
            row: dict[str, Any] = {"pages": count, "archive_mb": round(archive.stat().st_size / 1e6, 1)}
            rows.append(row)
            for step in STEPS:
                options = ("--archive", str(archive)) if step == "build" else ()
                found = cost(yidi(step, *options), data)
                row[step] = measured(step, found, count)
                print(f"{'':14} {found.said.strip().splitlines()[-1].replace(str(data), '')}", flush=True)
                row["base_mb"] = round((data / "kb.db").stat().st_size / 1e6, 1)
            release = data / "releases"
            if release.is_dir():
                files = [p for p in release.rglob("*") if p.is_file() and "latest" not in p.parts]
                row["release_mb"] = round(sum(p.stat().st_size for p in files) / 1e6, 1)


def processes(count: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Pages per second of a build in one process and in two, in turn; and of two builds at once, each in one process:
    what the machine has to give, since those two share no work."""
    archive = archive_of(count, folder)

    def once(jobs: int) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as work:
            return count / cost(yidi("build", "--archive", str(archive), "--jobs", str(jobs)), Path(work)).wall_s

    speeds: dict[str, list[float]] = {"one": [], "two": [], "apart": []}
    for _ in range(rounds):
        speeds["one"].append(once(1))
        speeds["two"].append(once(2))
        with ThreadPoolExecutor(2) as both:
            speeds["apart"].append(sum(both.map(once, (1, 1))))
    ratios = {
        name: spread([many / one for one, many in zip(speeds["one"], speeds[name], strict=True)])
        for name in ("two", "apart")
    }
    load = round(os.getloadavg()[0], 1)
    print(
        f"{count:8,} pages  two processes: {spread(speeds['two'])['median']:.1f} pages/s, one"
        f" {spread(speeds['one'])['median']:.1f}: × {ratios['two']['median']:.2f}; two builds at once"
        f" × {ratios['apart']['median']:.2f}  (load of the machine {load})",
        flush=True,
    )
    return {
        "pages": count, "one_pages_s": spread(speeds["one"]), "two_pages_s": spread(speeds["two"]),
        "apart_pages_s": spread(speeds["apart"]), "ratio": ratios["two"], "apart_ratio": ratios["apart"], "load": load,
    }  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure builds of growing archives")
    parser.add_argument("counts", nargs="*", type=int, default=[1000, 10_000], help="numbers of pages")
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "bench", help="where archives are kept")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of builds with one process and with two; 0 = none")
    parser.add_argument("--pairs", type=int, default=2000, help="pages of those builds")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(argv)
    if any(count < 1 for count in options.counts):
        parser.error("a number of pages is at least 1")
    options.folder.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(options.folder).free
    if room < (need := 250_000 * max(options.counts, default=0)):
        parser.error(f"{options.folder} has {room / 1e9:.0f} GB free, {need / 1e9:.0f} GB are needed")
    found: dict[str, Any] = {"machine": machine(), "sizes": []}
    failed = False
    try:
        grow(options.counts, options.folder, found["sizes"])
        if options.rounds:
            found["processes"] = processes(options.pairs, options.rounds, options.folder)
    except CommandError as error:
        print(f"scale: {error}", file=sys.stderr)
        failed = True
    if options.json:
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
