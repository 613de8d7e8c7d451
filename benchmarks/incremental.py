"""What a build costs when one page of many changed, beside what it costs to build everything.

In:  `--pages N` (2000), `--rounds`. Pages are those of examples/site and tests/corpus with the names of other regions
     and other figures; two runs over them, in the second of which one page says something else.
Out: CPU and wall seconds of `yidi build` in a process of its own, full and incremental in turn, their ratio, and
     whether both bases hold the same, table by table. Exit code 1 where they do not, or where the ratio of CPU is
     below `--least`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from crawler.archive import Archive, Fetch
from kb import release, schema
from kb.base import open_base
from parsers import parse
from parsers.decode import decode
from parsers.vocab import RegionRow, load_regions

ROOT = Path(__file__).resolve().parent.parent

LEAST = 20.0
"""Ratio of CPU time that is asked for."""

PER_SOURCE = 50
"""Pages of one site."""

WEEKS = (("2026-W46", "2026-11-09T02:00:00Z"), ("2026-W47", "2026-11-16T02:00:00Z"))

WHERE = ("readings", "page_readings", "meta")
"""Tables that are the way to a base and not what it knows."""

_FIGURE = re.compile(r"\d+(?=\s*(?:个?工作日|个?月|日内|天|个百分点|%|％))")
_WINDOW = re.compile(r"(?<=入院)\d+(?=日内|天内|个工作日内)")
_CHARSET = re.compile(r"""(charset\s*=\s*["']?)[\w-]+""", re.I)


@dataclass(frozen=True, slots=True)
class Template:
    """A page as text, and the names of its region in it, the longest first."""

    text: str
    names: tuple[str, ...]
    authority: str | None


def templates() -> list[Template]:
    """The pages about filing among those of the sample site and the corpus."""
    regions = {r.adcode: r for r in load_regions()}
    found = []
    paths = [p for p in sorted((ROOT / "examples" / "site").rglob("*")) if p.suffix in (".html", ".shtm")]
    for path in [*paths, *sorted((ROOT / "tests" / "corpus").glob("*.html"))]:
        body = path.read_bytes()
        guide = parse(body)
        if not guide.relevant:
            continue
        region = regions[guide.region.adcode] if guide.region and guide.region.adcode else None
        found.append(Template(_CHARSET.sub(r"\1utf-8", decode(body).text), _names(region), guide.authority))
    return found


def _names(region: RegionRow | None) -> tuple[str, ...]:
    names = {region.name, region.short_name} if region else set()
    return tuple(sorted((n for n in names if n and len(n) > 1), key=len, reverse=True))


def varied(template: Template, region: RegionRow, seed: int) -> str:
    """The page for another region, with other figures."""
    text, figures = template.text, count(seed)
    for name in template.names:
        text = text.replace(name, region.name if name == template.names[0] else region.short_name or region.name)
    return _FIGURE.sub(lambda m: str(max(1, int(m[0]) + next(figures) * 5 % 7 - 3)), text)


def pages(number: int) -> Iterator[tuple[str, str, bytes]]:
    """(source, address, body) of so many pages."""
    found = templates()
    regions = [r for r in load_regions() if r.level == "municipal" and r.valid_to is None]
    for n in range(number):
        region = regions[(n * 7) % len(regions)]
        source = f"site-{n // PER_SOURCE:03}"
        yield source, f"http://{source}.example/live/{n}.html", varied(found[n % len(found)], region, n).encode()


def edited(body: bytes) -> bytes:
    """The page with another window after admission; unchanged where it names none."""
    return _WINDOW.sub(lambda m: str(int(m[0]) + 20), body.decode(), count=1).encode()


def write(path: Path, number: int, runs: int = 2) -> None:
    """An archive of the first run, or of both; in the second one page is edited and all others are not modified."""
    bodies = list(pages(number))
    changed = next(n for n in range(number // 2, number) if edited(bodies[n][2]) != bodies[n][2])
    held: dict[str, str] = {}
    with Archive(path) as archive:
        for week, (run, at) in enumerate(WEEKS[:runs]):
            os.environ["SOURCE_DATE_EPOCH"] = str(int(datetime.fromisoformat(at).timestamp()))
            archive.begin_run(run)
            for source in sorted({s for s, _, _ in bodies}):
                entry = {"id": source, "name": source, "start": [f"http://{source}.example/"], "authority": "C"}
                archive.begin_source(run, source, json.dumps(entry | {"region": None}))
            for n, (source, url, body) in enumerate(bodies):
                common: dict[str, Any] = {"run": run, "source": source, "url": url, "fetched_at": at}
                if week and n != changed:
                    archive.record(Fetch(**common, outcome="not_modified", status=304, sha256=held[url]))
                else:
                    said = edited(body) if week else body
                    fetch = Fetch(**common, outcome="ok", status=200, content_type="text/html")
                    held[url] = str(archive.record(fetch, said).sha256)
            for source in sorted({s for s, _, _ in bodies}):
                archive.finish_source(run, source, status="ok", reason=None, pages=PER_SOURCE, failures=0)
            archive.finish_run(run, complete=True)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall seconds of a command, those of its worker processes included."""

    cpu_s: float
    wall_s: float


def yidi_build(archive: Path, base: Path) -> Cost:
    """`yidi build` in a process of its own."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "kb.cli", "build", "--archive", str(archive), "--db", str(base)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    wall_s = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"incremental: yidi build: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall_s)


def differing(one: Path, other: Path) -> list[str]:
    """Tables in which two bases differ, by the digest a release would carry."""
    a, b = open_base(one, read_only=True), open_base(other, read_only=True)
    found = [t for t in schema.tables() if t not in WHERE and release.table_digest(a, t) != release.table_digest(b, t)]
    a.close()
    b.close()
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure an incremental build beside a full one")
    parser.add_argument("--pages", type=int, default=2000, help="pages of the archive")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of builds, full and incremental in turn")
    parser.add_argument("--least", type=float, default=LEAST, help="ratio of CPU time that is asked for")
    parser.add_argument("--keep", type=Path, help="folder to work in and to leave as it is then")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as work:
        folder = options.keep or Path(work)
        folder.mkdir(parents=True, exist_ok=True)
        first, both, before = folder / "first.db", folder / "both.db", folder / "before.db"
        write(first, options.pages, 1)
        write(both, options.pages)
        yidi_build(first, before)
        full, again = [], []
        for _ in range(options.rounds):
            (folder / "full.db").unlink(missing_ok=True)
            full.append(yidi_build(both, folder / "full.db"))
            shutil.copy(before, folder / "again.db")
            again.append(yidi_build(both, folder / "again.db"))
        wrong = differing(folder / "full.db", folder / "again.db")
        db = open_base(folder / "again.db", read_only=True)
        facts, changes = (db.execute(sql).fetchone()[0] for sql in (
            "SELECT count(*) FROM facts WHERE gone_on IS NULL",
            f"SELECT count(*) FROM v1_changes WHERE run = '{WEEKS[1][0]}'"))  # fmt: skip
        db.close()
    print(f"{options.pages} pages, {facts} facts; one page edited: {changes} changes")
    ratios = {}
    for name in ("cpu_s", "wall_s"):
        a, b = (statistics.median(getattr(cost, name) for cost in costs) for costs in (full, again))
        ratios[name] = a / b
        print(f"build, {name.replace('_', ', ')}: full {a:8.2f}   incremental {b:6.2f}   {a / b:5.1f} x")
    print(f"tables that differ: {', '.join(wrong) or 'none'}")
    if not changes or wrong or ratios["cpu_s"] < options.least:
        print(f"incremental: asked for: one page changed, no table differs, {options.least:g} x", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
