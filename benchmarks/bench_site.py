"""Speed of the site: every kind of page and query, warm, one client, through the in-process client.

In:  a release (default: the newest). Out: milliseconds (median and 95th percentile of --rounds requests) and bytes per
address; exit code 1 where one is slower than --limit.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sqlite3
import statistics
import sys
import time
from pathlib import Path

import yaml
from datasette.app import Datasette

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from kb.serve import METADATA, SETTINGS, SITE  # noqa: E402 - the checkout's own site


def addresses(database: Path) -> list[str]:
    """One address of every kind, with ids that this release has."""
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    adcode, fact, page = db.execute(
        "SELECT adcode, fact_id, page_id FROM v1_deadlines WHERE adcode IS NOT NULL ORDER BY fact_id"
    ).fetchone()
    queries = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["yidi"]["queries"]
    return [
        "/", "/?question=q01", f"/region/{adcode}", "/region/100000", f"/compare?adcode={adcode}&adcode=320000", "/question/q01", "/question/q03?show=all",
        "/question/q11", "/question/q12", f"/page/{page}", f"/fact/{fact}", "/search?q=备案", "/search?q=补办 出院", "/about", "/feed.atom",
        f"/feed.atom?region={adcode}", "/openapi.json", "/yidi", "/yidi/v1_deadlines",
        f"/yidi/v1_deadlines.json?adcode={adcode}", "/yidi/v1_materials?_search=备案",
        "/yidi/v1_guides", "/yidi/v1_answers?question=q01", *(f"/yidi/{name}.json?region={adcode}" for name in queries if name[0] == "q"),
        *(f"/yidi/{name}.json" for name in queries if name[0] == "q"), "/yidi/search_facts.json?q=备案",
    ]  # fmt: skip


async def measure(database: Path, rounds: int) -> list[tuple[str, float, float, int]]:
    numbers = {name: int(value) if value.isdigit() else value == "on" for name, value in SETTINGS.items()}
    datasette = Datasette(
        [], immutables=[str(database)], metadata=yaml.safe_load(METADATA.read_text("utf-8")), settings=numbers,
        plugins_dir=str(SITE / "plugins"), template_dir=str(SITE / "templates"), static_mounts=[("assets", str(SITE / "static"))],
    )  # fmt: skip
    found = []
    for address in addresses(database):
        times = []
        size = 0
        for _ in range(rounds + 1):
            started = time.perf_counter()
            answer = await datasette.client.get(address)
            times.append(1000 * (time.perf_counter() - started))
            size = len(answer.content)
            if answer.status_code != 200:
                print(f"{address}: {answer.status_code} {answer.text[:200]}", file=sys.stderr)
                times[-1] = math.inf
        warm = sorted(times[1:])
        found.append((address, statistics.median(warm), warm[min(len(warm) - 1, round(0.95 * len(warm)))], size))
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure the speed of the site")
    parser.add_argument(
        "database", nargs="?", type=Path, default=ROOT / "data" / "sample" / "releases" / "latest" / "yidi.db"
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=200, help="milliseconds that the 95th percentile may take")
    options = parser.parse_args(argv)
    if not options.database.is_file():
        print(f"bench_site: no release at {options.database}; make one with: make run SERVE=0", file=sys.stderr)
        return 2
    slow = 0
    print(f"{'median':>8} {'95 %':>8}")
    for address, middle, high, size in asyncio.run(measure(options.database.resolve(), options.rounds)):
        slow += high > options.limit
        print(f"{middle:8.1f} {high:8.1f} ms {size:9,} B  {'SLOW ' if high > options.limit else ''}{address}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
