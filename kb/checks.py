"""The gate: assertions in data (kb/checks.yml), measured on a base and, where they ask for it, on the release before.

In: a base with its derived tables, optionally the newest release. Out: `Result`s, kept in check_results. A base with a
failed `abort` is not published, unless the assertion is acceptable and a reason was given, which is stored.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from kb import schema
from kb.base import insert_rows
from kb.ids import number
from kb.privacy import mask
from kb.statements import KINDS
from parsers.vocab import parse_yaml

SHOWN = 5
"""Rows named in the detail of a failed assertion."""

FILLED = 0.1
"""A column counts as filled from this share of rows, if its table has at least MANY rows."""
MANY = 10

_VIEWS = """
CREATE TEMP VIEW newest_run AS SELECT * FROM runs ORDER BY started_at DESC, run DESC LIMIT 1;
CREATE TEMP VIEW source_guides AS
  WITH held AS (SELECT f.source_id, f.run, count(DISTINCT f.url) AS n,
      row_number() OVER (PARTITION BY f.source_id ORDER BY u.started_at DESC, u.run DESC) AS age
    FROM fetches f JOIN pages p ON p.url = f.url JOIN runs u ON u.run = f.run
    WHERE f.content_outcome = 'ok' AND p.relevant = 1 AND u.run <> (SELECT run FROM newest_run)
    GROUP BY f.source_id, f.run)
  SELECT r.source_id, s.min_guides, s.max_drop, coalesce(b.n, 0) AS before,
    (SELECT count(DISTINCT f.url) FROM fetches f JOIN pages p ON p.url = f.url
    WHERE f.run = r.run AND f.source_id = r.source_id AND f.content_outcome = 'ok' AND p.relevant = 1) AS guides
  FROM run_sources r JOIN sources s ON s.id = r.source_id LEFT JOIN held b ON b.source_id = r.source_id AND b.age = 1
  WHERE r.run = (SELECT run FROM newest_run) AND r.status NOT IN ('failed', 'skipped');
CREATE TEMP VIEW page_texts AS
  SELECT f.url, f.snapshot_id AS now, (SELECT g.snapshot_id FROM fetches g JOIN runs u ON u.run = g.run
      WHERE g.url = f.url AND g.snapshot_id IS NOT NULL AND u.run <> f.run
      ORDER BY u.started_at DESC, u.run DESC LIMIT 1) AS before
  FROM fetches f WHERE f.run = (SELECT run FROM newest_run) AND f.snapshot_id IS NOT NULL;
CREATE TEMP VIEW source_reads AS
  WITH reads AS (SELECT f.source_id, f.run, sum(f.content_outcome IS 'ok') AS n, u.started_at,
      row_number() OVER (PARTITION BY f.source_id ORDER BY u.started_at DESC, u.run DESC) AS age
    FROM fetches f JOIN runs u ON u.run = f.run WHERE u.run <> (SELECT run FROM newest_run) GROUP BY f.source_id, f.run)
  SELECT r.source_id, r.status, coalesce(b.n, 0) AS before,
    (SELECT count(*) FROM fetches f WHERE f.run = r.run AND f.source_id = r.source_id AND f.content_outcome = 'ok') AS now
  FROM run_sources r LEFT JOIN reads b ON b.source_id = r.source_id AND b.age = 1
  WHERE r.run = (SELECT run FROM newest_run);
"""


class Check(BaseModel):
    """One assertion of checks.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    severity: Literal["abort", "warn"]
    zh: str
    sql: str | None = None
    measure: str | None = None
    rows: str | None = None
    min: float | None = None
    max: float | None = None
    max_drop: float | None = None
    max_rise: float | None = None
    acceptable: bool = False

    @property
    def relative(self) -> bool:
        """Whether it compares with the release before."""
        return self.max_drop is not None or self.max_rise is not None or self.measure in _AGAINST


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one assertion."""

    check: Check
    passed: bool
    value: str
    limit: str
    detail: str
    accepted: str | None = None

    @property
    def stops(self) -> bool:
        return self.check.severity == "abort" and not self.passed and self.accepted is None


def load_checks(path: Path | None = None) -> list[Check]:
    rows = parse_yaml((path or Path(__file__).parent / "checks.yml").read_text("utf-8"))
    return [Check.model_validate(row) for row in rows]


def views(db: sqlite3.Connection) -> None:
    """Make the temporary views that the assertions ask: newest_run, source_guides, page_texts, source_reads."""
    for view in re.findall(r"VIEW (\w+)", _VIEWS):
        db.execute(f"DROP VIEW IF EXISTS temp.{view}")
    for statement in _VIEWS.split(";\n"):
        db.execute(statement)


def check(
    db: sqlite3.Connection, previous: sqlite3.Connection | None = None, accept: str | None = None
) -> list[Result]:
    """Measure everything; write check_results and, with `accept`, the reason for each assertion it overrules."""
    views(db)
    run = (db.execute("SELECT run FROM newest_run").fetchone() or ("",))[0]
    given = dict(db.execute("SELECT check_id, reason FROM acceptances WHERE run = ?", (run,)).fetchall())
    results = []
    for item in load_checks():
        value, limit, passed, detail = _measure(item, db, previous)
        reason = given.get(item.id)
        if not passed and item.acceptable and accept and item.severity == "abort":
            reason = accept
            insert_rows(db, "acceptances", [(run, item.id, accept)])
        results.append(Result(item, passed, value, limit, detail, None if passed else reason))
    db.execute("DELETE FROM check_results")
    insert_rows(db, "check_results", [
        (r.check.id, r.check.severity, int(r.passed), r.value, r.limit, r.detail or None) for r in results
    ])  # fmt: skip
    return results


def _measure(item: Check, db: sqlite3.Connection, previous: sqlite3.Connection | None) -> tuple[str, str, bool, str]:
    """(value, limit, passed, detail)."""
    if item.measure is not None:
        found = _MEASURES[item.measure](db) if item.measure in _MEASURES else _AGAINST[item.measure](db, previous)
        return str(len(found)), f"≤ {number(item.max)}", len(found) <= (item.max or 0), _shown(found)
    assert item.sql is not None
    value = float(db.execute(item.sql).fetchone()[0] or 0)
    detail = "" if item.rows is None else _shown(db.execute(item.rows).fetchall())
    if item.max_drop is not None or item.max_rise is not None:
        if previous is None:
            return number(value), "", True, ""
        before = float(previous.execute(item.sql).fetchone()[0] or 0)
        low = before * (1 - item.max_drop) if item.max_drop is not None else None
        high = before * (1 + item.max_rise) if item.max_rise is not None else None
        detail = f"{number(before)} → {number(value)}"
    else:
        low, high = item.min, item.max
    passed = (low is None or value >= low) and (high is None or value <= high)
    limit = " ".join(f"{sign} {number(v)}" for sign, v in (("≥", low), ("≤", high)) if v is not None)
    return number(value), limit, passed, "" if passed else detail


def _shown(rows: Sequence[Any]) -> str:
    texts = [r if isinstance(r, str) else " ".join("" if v is None else str(v) for v in r) for r in rows]
    return "; ".join(texts[:SHOWN]) + (f"; … ({len(texts)})" if len(texts) > SHOWN else "")


def unknown_codes(db: sqlite3.Connection) -> list[str]:
    """Codes in coded columns (schema.sql names their vocabulary) that are no terms."""
    found = []
    for table in schema.tables().values():
        if table.name.startswith("v1_"):
            continue
        for column in table.columns:
            if column.vocabulary is None:
                continue
            code = f'"{column.name}"'
            source = f"SELECT DISTINCT {code} AS code FROM {table.name}"
            if column.comment.startswith("JSON array"):
                source = f"SELECT DISTINCT j.value AS code FROM {table.name}, json_each({code}) j"
            rows = db.execute(
                f"SELECT code FROM ({source}) WHERE code IS NOT NULL AND code NOT IN"
                " (SELECT code FROM terms WHERE vocabulary = ?) ORDER BY code",
                (column.vocabulary,),
            )
            found += [f"{table.name}.{column.name}={row[0]}" for row in rows]
    return found


def unmasked(db: sqlite3.Connection) -> list[str]:
    """Published text that shows a personal number."""
    columns = [("evidence", "quote"), ("snapshots", "main_text"), ("contacts", "value"), ("pages", "title"),
               ("steps", "text"), ("faqs", "question"), ("faqs", "answer"), ("facts", "condition"),
               ("page_links", "title"), ("page_links", "teaser"), ("fact_events", "before"), ("fact_events", "after")]  # fmt: skip
    found = []
    for table, column in columns:
        for (text,) in db.execute(f'SELECT "{column}" FROM {table} WHERE "{column}" GLOB \'*[0-9０-９][0-9０-９]*\''):
            if mask(text) != text:
                found.append(f"{table}.{column}")
    return found


def missing_public_rows(db: sqlite3.Connection) -> list[str]:
    """Facts that the public layer lacks."""
    found = []
    for kind in KINDS:
        sql = f"SELECT id FROM facts WHERE kind = ? AND id NOT IN (SELECT fact_id FROM v1_{kind.table}) ORDER BY id"
        found += [f"{kind.table} {row[0]}" for row in db.execute(sql, (kind.table,))]
    return found


def fill_rates(db: sqlite3.Connection, *, by_source: bool = False) -> dict[str, float]:
    """table.column (or 'source table.column') → share of rows with a value (not NULL, not []), where there are enough
    rows of facts that hold."""
    rates: dict[str, float] = {}
    for kind in KINDS:
        table = schema.tables()[f"v1_{kind.table}"]
        sums = ", ".join(f"sum(\"{c}\" IS NOT NULL AND \"{c}\" NOT IN ('', '[]'))" for c in table.names)
        sql = f"SELECT {'source' if by_source else 'NULL'}, count(*), {sums} FROM {table.name} WHERE gone_on IS NULL"
        for source, total, *filled in db.execute(f"{sql} GROUP BY 1 ORDER BY 1"):
            if total >= MANY:
                place = f"{source} {table.name}" if by_source else table.name
                rates |= {f"{place}.{c}": n / total for c, n in zip(table.names, filled, strict=True)}
    return rates


_STATE = ("gone_on", "withdrawn_on", "stale_since", "flag")  # empty is good news


def _fallen(
    db: sqlite3.Connection, previous: sqlite3.Connection | None, share: float, *, by_source: bool = False
) -> list[str]:
    if previous is None:
        return []
    now = fill_rates(db, by_source=by_source)
    return [
        f"{column} {rate:.0%} → {now[column]:.0%}"
        for column, rate in sorted(fill_rates(previous, by_source=by_source).items())
        if rate >= FILLED and column in now and now[column] <= rate * share and not column.endswith(_STATE)
    ]


def emptied_columns(db: sqlite3.Connection, previous: sqlite3.Connection | None) -> list[str]:
    """Columns that had values in the release before and have none now."""
    return _fallen(db, previous, 0.0)


def emptied_of_source(db: sqlite3.Connection, previous: sqlite3.Connection | None) -> list[str]:
    """Columns that had values from a source in the release before and have none from it now: its layout changed."""
    return _fallen(db, previous, 0.0, by_source=True)


def thinned_columns(db: sqlite3.Connection, previous: sqlite3.Connection | None) -> list[str]:
    """Columns whose share of values fell to less than half of the release before."""
    return _fallen(db, previous, 0.5)


_MEASURES: dict[str, Callable[[sqlite3.Connection], list[str]]] = {
    "unknown_codes": unknown_codes,
    "unmasked": unmasked,
    "missing_public_rows": missing_public_rows,
}
_AGAINST: dict[str, Callable[[sqlite3.Connection, sqlite3.Connection | None], list[str]]] = {
    "emptied_columns": emptied_columns,
    "emptied_of_source": emptied_of_source,
    "thinned_columns": thinned_columns,
}
