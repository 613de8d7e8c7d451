"""What is there and what changed, in lines for the operator.

In: paths of archive, base and releases; run ids. Out: lines of text.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crawler.archive import Archive, run_key
from kb import release, report
from kb.base import BaseError, meta, open_base
from kb.vocabulary import labels


def lines(archive: Path, base: Path, releases: Path) -> Iterator[str]:
    """The state of everything: archive, base, releases, and every source of the newest run with what to do about it.
    What is missing is said, not raised."""
    if archive.is_file():
        with Archive(archive, read_only=True) as store:
            runs = list(store.runs())
            numbers = ", ".join(f"{value} {name}" for name, value in store.stats().items())
        yield f"archive   {archive}: {numbers}"
        for run in runs[-3:]:
            yield f"  {run.run}  {run.started_at}  {'complete' if run.complete else 'not complete'}"
    else:
        yield f"archive   none at {archive}"
    if base.is_file():
        db = open_base(base, read_only=True)
        about = meta(db)
        counts = [db.execute(f"SELECT count(*) FROM {sql}").fetchone()[0] for sql in (
            "pages WHERE relevant = 1 AND gone_on IS NULL", "facts WHERE gone_on IS NULL", "conflicts", "issues")]  # fmt: skip
        yield (f"base      {base}: run {about.get('last_run')}, parser {about.get('parser_version')}; "
               f"{counts[0]} guides, {counts[1]} facts, {counts[2]} conflicts, {counts[3]} issues")  # fmt: skip
        db.close()
    else:
        yield f"base      none at {base}"
    now = release.latest(releases)
    names = [p.name for p in release.released(releases)]
    yield f"releases  {len(names)} in {releases}" + (f", latest {now.run} (build {now.build_id})" if now else "")
    place = report.Place(archive, base, releases)
    if newest := report.run_of(place, failed=False):
        yield from _sources(report.collect(place, newest))


def _sources(told: dict[str, Any]) -> Iterator[str]:
    """A line per source, and below it the reason and what to do, where something is to be done."""
    counts = Counter(source["status"] for source in told["sources"])
    yield f"sources   {len(told['sources'])} in {told['run']}: " + ", ".join(
        f"{n} {s}" for s, n in sorted(counts.items())
    )
    for source in told["sources"]:
        good, age = source["last_good_on"], source["age_days"]
        state = source["status"] if source["finished"] else "not ended"
        line = f"  {source['id']:28} {state:9} {source['pages']:5} pages"
        if source["facts"] is not None:
            line += f"  good {good or 'never'}" + (f" ({age} days ago)" if age else "")
            line += f"  failed {source['failures_in_a_row']} in a row  facts {report.facts_told(source)}"
        yield line
        if source["reason"] and (source["status"] != "ok" or not source["finished"]):
            yield f"      {source['reason']}"
        for text in report.of_source(source):
            yield f"      → {text}"


def changes(db: sqlite3.Connection, run_a: str, run_b: str) -> Iterator[str]:
    """Events of the runs after `run_a` up to `run_b`: a count per event, then each one. BaseError for unknown runs."""
    known = {row[0] for row in db.execute("SELECT run FROM runs")}
    for run in (run_a, run_b):
        if run not in known:
            raise BaseError(f"no run {run} in the base; it has {', '.join(sorted(known, key=run_key)[-5:]) or 'none'}")
    runs = [r for r in sorted(known, key=run_key) if run_key(run_a) < run_key(r) <= run_key(run_b)]
    rows = [
        row for run in runs for row in db.execute("SELECT * FROM v1_changes WHERE run = ? ORDER BY url, id", (run,))
    ]
    for event, n in sorted(Counter(row["event"] for row in rows).items()):
        yield f"{n:6}  {event}  {labels()[('event', event)]}"
    for row in rows:
        value = " → ".join(v for v in (row["before"], row["after"]) if v is not None)
        yield f"{row['run']}\t{row['event']}\t{row['region'] or '-'}\t{row['topic_key']}\t{value}\t{row['url']}"
