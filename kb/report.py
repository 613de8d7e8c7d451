"""The report of a run, for the operator: sources, outcomes, changes, gate, release, and what to do.

In: an archive, a base, the folder of releases; whatever of them is there. Out: a dictionary (`collect`), its Markdown
(`markdown`), both as files (`write`): reports/RUN.md and RUN.json beside the archive. It is told from what lies on
disk, so that it can be written at any step, after a failure too, and again later. What to do stands in kb/advice.yml.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crawler import clock
from crawler.archive import Archive, ArchiveError, Run
from crawler.outcomes import is_failure
from kb import checks, release
from kb.base import BaseError, meta, open_base
from parsers.vocab import parse_yaml

STEPS = ("crawl", "build", "check", "release")
CHANGES_SHOWN = 40
ADVICE_SHOWN = 3
"""Lines of advice per source: for its state and the most frequent of its outcomes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's things lie."""

    archive: Path
    base: Path
    releases: Path

    @classmethod
    def of(cls, data: Path) -> Place:
        """The usual names in a data folder."""
        return cls(data / "archive.db", data / "kb.db", data / "releases")

    @property
    def reports(self) -> Path:
        return self.archive.parent / "reports"


@dataclass(frozen=True, slots=True)
class Failure:
    """The step that broke off, and its error on one line."""

    step: str
    error: str


@cache
def advice() -> dict[str, dict[str, str]]:
    """kb/advice.yml: steps, statuses, outcomes, contents, checks, otherwise."""
    loaded: dict[str, dict[str, str]] = parse_yaml((Path(__file__).parent / "advice.yml").read_text("utf-8"))
    return loaded


# -- collecting ----------------------------------------------------------------------------------------------------


def newest_run(archive: Path) -> Run | None:
    """The newest run of an archive; None where there is none or the file cannot be read."""
    with suppress(ArchiveError), Archive(archive, read_only=True) as store:
        return max(store.runs(), key=lambda run: run.started_at, default=None)
    return None


def collect(place: Place, run: str | None, failure: Failure | None = None) -> dict[str, Any]:
    """Everything there is to say of a run; of none (None) only the failure. `result` is one of published,
    not_published, failed, unfinished, crawled."""
    report: dict[str, Any] = {
        "run": run, "written_at": clock.stamp(), "result": "failed" if failure else "crawled",
        "failed_step": failure.step if failure else None, "error": failure.error if failure else None,
        "started_at": None, "finished_at": None, "complete": False, "steps": dict.fromkeys(STEPS, "not run"),
        "sources": [], "outcomes": {}, "contents": {}, "changes": {}, "texts": None, "events": {}, "changed_facts": [],
        "checks": [], "release": None,
    }  # fmt: skip
    if run is not None:
        with suppress(ArchiveError):  # the failure that is reported may be the archive's own
            _crawled(report, place, run)
        with suppress(BaseError, sqlite3.DatabaseError):  # … or the base's
            _built(report, place, run)
        _released(report, place, run)
    if failure:
        report["steps"][failure.step] = "failed"
        report["result"] = "failed"
    report["todo"] = list(_todo(report))
    return report


def _crawled(report: dict[str, Any], place: Place, run: str) -> None:
    with Archive(place.archive, read_only=True) as store:
        for known in store.runs():
            if known.run == run:
                report |= {
                    "started_at": known.started_at, "finished_at": known.finished_at, "complete": known.complete,
                }  # fmt: skip
                report["steps"]["crawl"] = "done" if known.complete else "not complete"
                report["result"] = "crawled" if known.complete else "unfinished"
        for row in store.run_sources(run):
            fetches = [fetch for fetch in store.fetches(run, row.source) if fetch.role != "robots"]
            failed = Counter(str(f.outcome) for f in fetches if is_failure(f.outcome, f.status))
            report["sources"].append({
                "id": row.source, "name": json.loads(row.definition).get("name") or row.source, "status": row.status,
                "finished": row.finished_at is not None, "reason": row.reason, "pages": row.pages,
                "failures": row.failures, "outcomes": _counted(str(f.outcome) for f in fetches),
                "failed_outcomes": dict(failed.most_common()), "contents": {},
                "changes": _counted(f.change for f in fetches if f.change), "last_good_on": None, "age_days": None,
                "failures_in_a_row": None, "facts": None, "facts_before": None,
            })  # fmt: skip
    for name in ("outcomes", "changes"):
        report[name] = _summed(source[name] for source in report["sources"])


def _built(report: dict[str, Any], place: Place, run: str) -> None:
    if not place.base.is_file():
        return
    with closing(open_base(place.base, read_only=True)) as db:
        if meta(db).get("last_run") != run:
            return
        report["steps"]["build"] = "done"
        before = _facts_before(place.releases, run)
        contents: dict[str, dict[str, int]] = {}
        for source, outcome, n in db.execute(
            "SELECT source_id, content_outcome, count(*) FROM fetches WHERE run = ? AND content_outcome IS NOT NULL"
            " GROUP BY 1, 2 ORDER BY 1, 2", (run,)
        ):  # fmt: skip
            contents.setdefault(source, {})[outcome] = n
        states = {row["source"]: row for row in db.execute("SELECT * FROM v1_sources")}
        for source in report["sources"]:
            if (state := states.get(source["id"])) is None:
                continue
            source |= {
                "contents": contents.get(source["id"], {}), "last_good_on": state["last_ok_on"],
                "age_days": state["age_days"], "failures_in_a_row": state["failures_in_a_row"],
                "facts": state["facts"], "facts_before": before.get(source["id"], 0) if before is not None else None,
            }  # fmt: skip
        report["contents"] = _summed(contents.values())
        checks.views(db)
        texts = db.execute("SELECT count(before), coalesce(sum(now <> before), 0) FROM page_texts").fetchone()
        report["texts"] = {"compared": texts[0], "changed": texts[1]}
        events = "SELECT event, count(*) FROM v1_changes WHERE run = ? GROUP BY event ORDER BY event"
        report["events"] = dict(db.execute(events, (run,)).fetchall())
        if db.execute("SELECT count(*) FROM runs").fetchone()[0] > 1:  # in the first run everything has appeared
            columns = "event, region, topic_key, before, after, url"
            sql = f"SELECT {columns} FROM v1_changes WHERE run = ? ORDER BY url, id LIMIT ?"
            report["changed_facts"] = [dict(row) for row in db.execute(sql, (run, CHANGES_SHOWN))]
        _checked(report, db, run)


def _checked(report: dict[str, Any], db: sqlite3.Connection, run: str) -> None:
    known = {check.id: check for check in checks.load_checks()}
    reasons = dict(db.execute("SELECT check_id, reason FROM acceptances WHERE run = ?", (run,)).fetchall())
    results = db.execute("SELECT * FROM check_results").fetchall()
    if not results:
        return
    for row in results:
        check = known.get(row["id"])
        if row["passed"] or check is None:
            continue
        accepted = reasons.get(check.id)
        report["checks"].append({
            "id": check.id, "severity": check.severity, "says": check.zh, "value": row["value"],
            "limit": row["limit_value"], "detail": row["detail"], "accepted": accepted,
            "acceptable": check.acceptable, "stops": check.severity == "abort" and accepted is None,
        })  # fmt: skip
    report["checks"].sort(key=lambda c: (not c["stops"], c["severity"]))
    shut = any(check["stops"] for check in report["checks"])
    report["steps"]["check"] = "shut" if shut else "open"
    if shut:
        report["result"] = "not_published"


def _released(report: dict[str, Any], place: Place, run: str) -> None:
    newest = None
    with suppress(BaseError, sqlite3.DatabaseError):
        newest = release.latest(place.releases)
    if newest is None:
        return
    report["release"] = {"run": newest.run, "build_id": newest.build_id}
    if newest.run == run and report["steps"]["check"] != "shut":
        report["steps"]["release"] = "done"
        report["result"] = "published"


def _facts_before(releases: Path, run: str) -> dict[str, int] | None:
    """Source → facts in the newest release of another run; None where there is none that can be read."""
    try:
        before = release.previous(releases, run)
        if before is None:
            return None
        with closing(before):
            return dict(before.execute("SELECT source, facts FROM v1_sources").fetchall())
    except (BaseError, sqlite3.DatabaseError):  # of an older schema: nothing to compare with
        return None


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for entry in counts:
        total.update(entry)
    return dict(sorted(total.items()))


# -- what to do ----------------------------------------------------------------------------------------------------


def of_source(source: dict[str, Any]) -> list[str]:
    """What to do about a source, the most pressing first; nothing for one that is well."""
    known = advice()
    told = []
    if not source["finished"]:
        told.append(known["statuses"]["unfinished"])
    worst = [known["outcomes"][name] for name in source["failed_outcomes"]]
    if source["status"] == "ok":
        worst = []
    elif source["status"] in ("empty", "skipped") or not worst:
        told.append(known["statuses"][source["status"]])
    elif source["status"] == "failed" and (source["failures_in_a_row"] or 0) >= 3:
        told.append(known["statuses"]["failed"])
    told += worst
    unread = Counter({name: n for name, n in source["contents"].items() if name != "ok"})
    if unread.total() > source["contents"].get("ok", 0):  # some unreadable pages are nobody's business, many are
        told += [known["contents"][name] for name, _ in unread.most_common(1)]
    return list(dict.fromkeys(told))[:ADVICE_SHOWN]


def of_check(check: dict[str, Any]) -> list[str]:
    """What to do about a check that did not pass."""
    known = advice()
    told = [known["checks"][check["id"]]] if check["id"] in known["checks"] else []
    if check["severity"] == "warn":
        return told or [known["otherwise"]["warn"]]
    return [*told, known["otherwise"]["acceptable" if check["acceptable"] else "abort"]]


def _todo(report: dict[str, Any]) -> Iterator[str]:
    if report["failed_step"]:
        yield f"{report['failed_step']}: {report['error']}. {advice()['steps'][report['failed_step']]}"
    elif report["result"] == "unfinished":
        yield f"crawl: {advice()['statuses']['unfinished']}"
    for check in report["checks"]:
        if check["stops"]:
            yield f"{check['id']}: {' '.join(of_check(check))}"
    for source in report["sources"]:
        if told := of_source(source):
            yield f"{source['id']} ({source['status']}): {' '.join(told)}"
    for check in report["checks"]:
        if not check["stops"] and check["accepted"] is None and check["id"] != "sources_ok":
            yield f"{check['id']}: {' '.join(of_check(check))}"


# -- showing -------------------------------------------------------------------------------------------------------

_RESULTS = {
    "published": "published", "not_published": "not published", "failed": "failed",
    "unfinished": "not finished", "crawled": "crawled, not published",
}  # fmt: skip


def markdown(report: dict[str, Any]) -> str:
    """The report to read. Cells hold one line; a bar in them is escaped."""
    lines = [f"# yidi {report['run'] or 'without a run'}: {_RESULTS[report['result']]}", ""]
    span = f"{report['started_at'] or '–'} to {report['finished_at'] or '–'}"
    lines += [f"Written {report['written_at']} (UTC). Crawled from {span}."]
    if report["error"]:
        lines += ["", f"**{report['failed_step']}**: {_line(report['error'])}"]
    now = report["release"]
    serving = f"{now['run']} (build {now['build_id']})" if now else "none yet"
    lines += ["", f"Newest release: {serving}.", "", "## What to do", ""]
    lines += [f"{n}. {_line(text)}" for n, text in enumerate(report["todo"], 1)] or ["Nothing."]
    lines += ["", "## Steps", "", *_table(("step", "state"), report["steps"].items())]
    if report["checks"]:
        lines += ["", "## Gate", "", *_table(
            ("check", "", "measured", "must be", "detail"),
            ((c["id"], "stops" if c["stops"] else f"accepted: {c['accepted']}" if c["accepted"] else c["severity"],
              f"{c['says']}: {c['value']}", c["limit"], c["detail"] or "") for c in report["checks"]),
        )]  # fmt: skip
    if report["sources"]:
        lines += ["", f"## Sources ({len(report['sources'])})", "", *_table(
            ("source", "status", "pages", "failures", "outcomes", "of the content", "changes", "last good",
             "failed in a row", "facts (before)", "reason"),
            (_source(source) for source in report["sources"]),
        )]  # fmt: skip
    counts = (("outcome of the fetch", "outcomes"), ("of the content", "contents"), ("bytes", "changes"))
    rows = [(label, name, n) for label, key in counts for name, n in report[key].items()]
    if rows:
        lines += ["", "## Outcomes", "", *_table(("", "outcome", "addresses"), rows)]
    if report["texts"]:
        lines += ["", f"Main text: {report['texts']['changed']} of {report['texts']['compared']} pages changed."]
    if report["events"]:
        lines += ["", "## Changes of facts", "", *_table(("event", "facts"), report["events"].items())]
    if report["changed_facts"]:
        lines += ["", *_table(
            ("event", "region", "about", "before", "after", "page"),
            ([fact[name] for name in ("event", "region", "topic_key", "before", "after", "url")]
             for fact in report["changed_facts"]),
        )]  # fmt: skip
        more = sum(report["events"].values()) - len(report["changed_facts"])
        lines += ["", f"{more} more: `yidi diff`."] if more > 0 else []
    return "\n".join(lines) + "\n"


def _source(source: dict[str, Any]) -> tuple[Any, ...]:
    good = source["last_good_on"]
    age = "" if good is None or source["age_days"] is None else f" ({source['age_days']} days)"
    return (
        source["id"], source["status"] if source["finished"] else f"{source['status']}, not ended", source["pages"],
        source["failures"], _told(source["outcomes"]), _told(source["contents"]), _told(source["changes"]),
        "" if source["facts"] is None else f"{good or 'never'}{age}", source["failures_in_a_row"],
        facts_told(source), source["reason"],
    )  # fmt: skip


def facts_told(source: dict[str, Any]) -> str:
    """'42 (40)': facts now and in the release before; empty where the run is not built."""
    if source["facts"] is None:
        return ""
    return f"{source['facts']} ({'–' if source['facts_before'] is None else source['facts_before']})"


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _line(value: Any) -> str:
    return " ".join(str(value).split())


def _cell(value: Any) -> str:
    return "" if value is None else re.sub(r"([|\\])", r"\\\1", " ".join(str(value).split()))


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


# -- writing -------------------------------------------------------------------------------------------------------


def write(place: Place, run: str | None, failure: Failure | None = None) -> tuple[Path, dict[str, Any]]:
    """Write RUN.md and RUN.json; of no run attempt-TIME. Returns the path of the Markdown and the report."""
    report = collect(place, run, failure)
    stem = run or f"attempt-{report['written_at'].replace('-', '').replace(':', '')}"
    place.reports.mkdir(parents=True, exist_ok=True)
    target = place.reports / f"{stem}.md"
    for path, text in (
        (target.with_name(f"{stem}.json"), json.dumps(report, ensure_ascii=False, indent=1) + "\n"),
        (target, markdown(report)),
    ):
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            unfinished.write_text(text, "utf-8")
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    return target, report


def try_write(place: Place, run: str | None, failure: Failure | None = None) -> Path | None:
    """`write`, for the moment after a failure: where the disk is full too, a line on stderr, and None."""
    try:
        return write(place, run, failure)[0]
    except OSError as error:
        print(f"yidi: no report in {place.reports}: {error.strerror}", file=sys.stderr)
        return None


def run_of(place: Place, *, failed: bool) -> str | None:
    """The run a report is about: the newest of the archive; after a failed crawl only one that is still open."""
    run = newest_run(place.archive)
    return None if run is None or (failed and run.complete) else run.run


@contextmanager
def reported(step: str, place: Place | None, ends: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Write the report after a step done by hand, also when it fails; `ends` are exceptions that only end a command.
    Nothing where `place` is None."""
    failure = None
    try:
        yield
    except ends:
        raise
    except Exception as error:
        failure = Failure(step, one_line(error))
        raise
    finally:
        if place is not None:
            try_write(place, run_of(place, failed=failure is not None and step == "crawl"), failure)


def one_line(error: BaseException) -> str:
    """The message of an error on one line; of an unexpected one with its kind."""
    text = " ".join(str(error).split())
    return text if is_told(error) else f"{type(error).__name__}: {text}"


def is_told(error: BaseException) -> bool:
    """Whether the message of an error is meant for the user (exit code 2), and not a fault of this program."""
    return type(error).__module__.startswith(("crawler.", "kb."))
