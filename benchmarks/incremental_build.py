"""What a build costs when one page of many changed, beside what it costs to build everything.

In:  `--pages N` (2000), `--rounds` (3). The archive holds two runs over the pages of pages.py; in the second one page on
     filing names another window after admission, and every other is not modified.
Out: CPU and wall seconds of `yidi build`, full and incremental, their ratio, and whether both bases hold the
     same, table by table. Exit code 1 where they do not, or where the ratio of CPU time is below `--least`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from measure import Cost, cost, yidi
from pages import Page, pages

from crawler.archive import Archive, Fetch
from kb import release, schema
from kb.base import open_base
from parsers import parse
from parsers.decode import decode
from parsers.records import Guide

LEAST = 20.0
"""Ratio of CPU time that is asked for."""

WEEKS = (("2026-W46", "2026-11-09T02:00:00Z"), ("2026-W47", "2026-11-16T02:00:00Z"))

WAY = ("readings", "page_readings", "meta")
"""Tables that are the way to a base and not what it knows."""

_WINDOW = re.compile(r"(?<=入院)\d+(?=日内|天内|个工作日内)|(?<=入院后)\d+(?=日内|天内|个工作日内)")


def edited(page: Page) -> bytes | None:
    """The page with another window after admission; None where it names none that is read."""
    text = decode(page.body)
    told = _WINDOW.sub(lambda m: str(int(m[0]) + 20), text.text, count=1)
    body = told.encode(text.encoding, "xmlcharrefreplace")
    return body if _windows(parse(body)) != _windows(parse(page.body)) else None


def _windows(guide: Guide) -> set[float | None]:
    return {d.amount for d in guide.deadlines if d.kind == "makeup_window"}


def write(path: Path, number: int, runs: int = 2) -> None:
    """An archive of the first run, or of both."""
    found = list(pages(number))
    middle = [page for page in found[number // 2 :] if page.kind == "guide"]
    page, body = next((p, b) for p in middle if (b := edited(p)) is not None)
    held: dict[str, str] = {}
    with Archive(path) as archive:
        for run, at in WEEKS[:runs]:
            os.environ["SOURCE_DATE_EPOCH"] = str(int(datetime.fromisoformat(at).timestamp()))
            archive.begin_run(run)
            for source, tier in sorted({(p.source, p.tier) for p in found}):
                entry = {
                    "id": source,
                    "name": source,
                    "start": [f"http://{source}.example/"],
                    "authority": tier.upper(),
                }
                archive.begin_source(run, source, json.dumps(entry | {"region": None}))
            for one in found:
                common: dict[str, Any] = {"run": run, "source": one.source, "url": one.url, "fetched_at": at}
                if one.url in held and one is not page:
                    archive.record(Fetch(**common, outcome="not_modified", status=304, sha256=held[one.url]))
                else:
                    said = body if one.url in held else one.body
                    fetch = Fetch(**common, outcome="ok", status=200, content_type="text/html")
                    held[one.url] = str(archive.record(fetch, said).sha256)
            for source in sorted({p.source for p in found}):
                archive.finish_source(run, source, status="ok", reason=None, pages=1, failures=0)
            archive.finish_run(run, complete=True)


def build(archive: Path, base: Path) -> Cost:
    """`yidi build` in a process of its own."""
    return cost(yidi("build", "--archive", str(archive), "--db", str(base)), base.parent)


def differing(one: Path, other: Path) -> list[str]:
    """Tables in which two bases differ, by the digest that a release would carry."""
    a, b = open_base(one, read_only=True), open_base(other, read_only=True)
    found = [t for t in schema.tables() if t not in WAY and release.table_digest(a, t) != release.table_digest(b, t)]
    a.close()
    b.close()
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure an incremental build beside a full one")
    parser.add_argument("--pages", type=int, default=2000, help="pages of the archive")
    parser.add_argument(
        "--rounds", type=int, default=3, help="incremental builds, of which the median counts, around one full build"
    )
    parser.add_argument("--least", type=float, default=LEAST, help="ratio of CPU time that is asked for")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        first, both, before = folder / "first.db", folder / "both.db", folder / "before.db"
        write(first, options.pages, 1)
        write(both, options.pages)
        build(first, before)
        again = []
        for n in range(options.rounds):
            shutil.copy(before, folder / "again.db")
            again.append(build(both, folder / "again.db"))
            if n == options.rounds // 2:
                full = build(both, folder / "full.db")
        wrong = differing(folder / "full.db", folder / "again.db")
        db = open_base(folder / "again.db", read_only=True)
        facts = db.execute("SELECT count(*) FROM facts WHERE gone_on IS NULL").fetchone()[0]
        changes = db.execute("SELECT count(*) FROM v1_changes WHERE run = ?", WEEKS[1][:1]).fetchone()[0]
        db.close()
    print(f"incremental: {options.pages} pages, {facts} facts; one page edited, {changes} changes")
    ratios = {}
    for name, label in (("cpu_s", "CPU"), ("wall_s", "wall")):
        a, b = getattr(full, name), statistics.median(getattr(c, name) for c in again)
        ratios[name] = a / b
        print(f"build, {label:<4} seconds: full {a:8.2f}   incremental {b:6.2f}   {a / b:5.1f} x")
    print(f"tables that differ: {', '.join(wrong) or 'none'}")
    if not changes or wrong or ratios["cpu_s"] < options.least:
        print(f"incremental: asked for are changes, equal tables and {options.least:g} x", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
