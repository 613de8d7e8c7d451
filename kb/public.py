"""The public layer v1: flat tables of facts and pages, made by SQL from the normalized ones.

In: normalized tables, conflicts and flags. Out: v1_* (all but v1_answers and v1_coverage, which have modules of their
own). In what order rows lie in the base is left to SQLite; a release writes them in the order of their keys.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from kb import schema
from kb.base import index, insert
from kb.conflicts import NATION
from kb.coverage import elements_of
from kb.statements import KINDS
from kb.vocabulary import labels
from kb.words import SAY

_BEST = """
INSERT INTO best SELECT fact_id, snapshot_id, start, "end", quote, fetched_at, parser_version FROM (
  SELECT e.*, s.fetched_at, s.parser_version, row_number() OVER (
    PARTITION BY e.fact_id ORDER BY e.snapshot_id = p.snapshot_id DESC, s.fetched_at DESC, e.snapshot_id, e.ord) AS rank
  FROM pages p JOIN snapshots s ON s.page_id = p.id JOIN evidence e ON e.snapshot_id = s.id WHERE p.id IN touched)
WHERE rank = 1
"""

_STATE = ("last_seen", "last_checked", "stale_since", "gone_on", "content_outcome")
"""Columns of a page that change although nothing new was read from it."""

_ISSUES = "(SELECT count(*) FROM issues i WHERE i.page_id = p.id)"


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def words(db: sqlite3.Connection) -> None:
    """best: the words shown with the facts of touched pages."""
    db.execute("DELETE FROM best WHERE fact_id IN (SELECT id FROM facts WHERE page_id IN touched)")
    db.execute(_BEST)


def guides(db: sqlite3.Connection) -> None:
    """v1_guides: rows of touched and of new pages are made anew, of the others the state moves on."""
    db.execute("DELETE FROM v1_guides WHERE page_id IN touched")
    state = ", ".join(f"{c} = p.{c}" for c in _STATE)
    moved = " OR ".join(f"v.{c} IS NOT p.{c}" for c in _STATE)
    db.execute(
        f"UPDATE v1_guides AS v SET {state}, issues = {_ISSUES} FROM pages p"
        f" WHERE p.id = v.page_id AND ({moved} OR v.issues <> {_ISSUES})"
    )
    db.execute("DROP TABLE IF EXISTS temp.anew")
    db.execute("CREATE TEMP TABLE anew (page_id TEXT PRIMARY KEY)")
    db.execute(
        "INSERT INTO anew SELECT id FROM pages WHERE (first_seen IS NOT NULL OR content_outcome IS NOT NULL)"
        " AND id NOT IN (SELECT page_id FROM v1_guides)"
    )
    names = schema.tables()["v1_guides"].names
    computed = {
        "page_id": "p.id", "adcode": "p.region_adcode", "region": "r.name", "source": "p.source_id",
        "publisher": "coalesce(p.publisher, o.publisher)", "facts": "coalesce(n.facts, 0)",
        "kinds": "coalesce(n.kinds, '[]')", "completeness": "coalesce(c.elements, 0)",
        "issues": _ISSUES, "fetched_at": "s.fetched_at",
        "main_text": "s.main_text", "parser_version": "s.parser_version",
    }  # fmt: skip
    db.execute(
        f"WITH n AS (SELECT page_id, sum(n) AS facts, json_group_array(kind) AS kinds FROM (SELECT page_id, kind,"
        " count(*) AS n FROM facts WHERE gone_on IS NULL AND page_id IN anew GROUP BY page_id, kind"
        " ORDER BY page_id, kind) GROUP BY page_id),"
        f" c AS (SELECT page_id, count(DISTINCT element) AS elements FROM ({elements_of('anew')}) GROUP BY page_id)"
        f" INSERT INTO v1_guides ({_columns(names)}) SELECT {', '.join(computed.get(n, f'p.{n}') for n in names)}"
        " FROM pages p JOIN sources o ON o.id = p.source_id LEFT JOIN regions r ON r.adcode = p.region_adcode"
        " LEFT JOIN snapshots s ON s.id = p.snapshot_id LEFT JOIN n ON n.page_id = p.id LEFT JOIN c ON c.page_id = p.id"
        " WHERE p.id IN anew ORDER BY p.id"
    )
    index(db, "v1_guides")


def conflicts(db: sqlite3.Connection) -> None:
    """v1_conflicts, those made anew: both sides with their words."""
    db.execute("DELETE FROM v1_conflicts WHERE id IN remade")
    said = _values(db)
    rows = db.execute(
        "SELECT c.*, a.region_adcode AS adcode_a, ra.name AS region_a, a.authority AS authority_a,"
        " pa.published AS published_a, ba.quote AS quote_a, pa.url AS url_a,"
        " b.region_adcode AS adcode_b, rb.name AS region_b, b.authority AS authority_b,"
        " pb.published AS published_b, bb.quote AS quote_b, pb.url AS url_b,"
        " n.statement, n.basis, n.article, d.doc_no, d.effective FROM conflicts c"
        " JOIN facts a ON a.id = c.fact_a JOIN pages pa ON pa.id = a.page_id JOIN best ba ON ba.fact_id = a.id"
        " LEFT JOIN facts b ON b.id = c.fact_b LEFT JOIN pages pb ON pb.id = b.page_id"
        " LEFT JOIN best bb ON bb.fact_id = b.id LEFT JOIN national_rules n ON n.id = c.rule_b"
        " LEFT JOIN documents d ON d.id = n.document_id"
        " LEFT JOIN regions ra ON ra.adcode = a.region_adcode LEFT JOIN regions rb ON rb.adcode = b.region_adcode"
        " WHERE c.id IN remade ORDER BY c.id"
    )
    insert(db, "v1_conflicts", (_conflict(dict(row), said) for row in rows))


def _conflict(row: dict[str, Any], said: dict[str, str]) -> dict[str, Any]:
    reason = labels()[("preference_reason", row["reason"])]
    row["value_a"] = said[row["fact_a"]]
    if row["rule_b"] is None:
        return row | {"value_b": said[row["fact_b"]], "reason_zh": reason}
    nation = labels()[("scope", "national")]
    return row | {
        "value_b": row["statement"], "adcode_b": NATION, "region_b": nation, "authority_b": "A",
        "published_b": row["effective"], "reason_zh": f"{reason}：{row['doc_no']} {row['article']}（转引，未核实）",
    }  # fmt: skip


def _values(db: sqlite3.Connection) -> dict[str, str]:
    """Fact in a conflict made anew → its value in words."""
    found = {}
    sides = (
        "SELECT fact_a AS id FROM conflicts WHERE id IN remade UNION SELECT fact_b FROM conflicts WHERE id IN remade"
    )
    for kind in KINDS:
        for row in db.execute(f"SELECT * FROM {kind.table} WHERE fact_id IN ({sides})"):
            found[row["fact_id"]] = SAY[kind.table](row, labels())
    return found


def sources(db: sqlite3.Connection) -> None:
    """v1_sources: the state of every source after the newest run it took part in."""
    db.execute("DELETE FROM v1_sources")
    names = schema.tables()["v1_sources"].names
    computed = {
        "source": "s.id", "adcode": "s.region_adcode", "region": "r.name", "last_status": "l.status",
        "last_reason": "l.reason", "last_ok_run": "ok.run", "last_ok_on": "ok.run_date",
        "age_days": "CAST(julianday((SELECT max(run_date) FROM runs)) - julianday(ok.run_date) AS INTEGER)",
        "failures_in_a_row": "(SELECT count(*) FROM t WHERE t.source_id = s.id AND t.n > coalesce(ok.n, 0))",
        "stale_since": "(SELECT min(t.run_date) FROM t WHERE t.source_id = s.id AND t.n > coalesce(ok.n, 0))",
        "pages": "(SELECT count(*) FROM pages p WHERE p.source_id = s.id AND p.first_seen IS NOT NULL"
        " AND p.gone_on IS NULL)",
        "guides": "(SELECT count(*) FROM pages p WHERE p.source_id = s.id AND p.relevant = 1 AND p.gone_on IS NULL)",
        "facts": "coalesce(g.facts, 0)",
        "fetches": "(SELECT count(*) FROM fetches h WHERE h.source_id = s.id AND h.run = s.last_run)",
        "failures": "coalesce(l.failures, 0)",
    }  # fmt: skip
    # t: the runs of each source in order, n from 1; good = every page that answered could be read
    db.execute(
        "WITH t AS (SELECT rs.source_id, rs.run, rs.status, u.run_date,"
        " row_number() OVER (PARTITION BY rs.source_id ORDER BY u.started_at, u.run) AS n"
        " FROM run_sources rs JOIN runs u ON u.run = rs.run),"
        " ok AS (SELECT source_id, run, run_date, max(n) AS n FROM t WHERE status IN ('ok', 'partial') GROUP BY source_id),"
        " g AS (SELECT source, sum(facts) AS facts FROM v1_guides GROUP BY source)"
        f" INSERT INTO v1_sources ({_columns(names)}) SELECT {', '.join(computed.get(n, f's.{n}') for n in names)}"
        " FROM sources s LEFT JOIN regions r ON r.adcode = s.region_adcode"
        " LEFT JOIN run_sources l ON l.source_id = s.id AND l.run = s.last_run"
        " LEFT JOIN ok ON ok.source_id = s.id LEFT JOIN g ON g.source = s.id ORDER BY s.id"
    )


def quality(db: sqlite3.Connection) -> None:
    """v1_quality: what was measured, beside how many facts the base holds of each field."""
    db.execute("DELETE FROM v1_quality")
    counts = dict(db.execute("SELECT kind, count(*) FROM facts WHERE gone_on IS NULL GROUP BY kind").fetchall())
    fields = {kind.field: counts.get(kind.table, 0) for kind in KINDS}
    insert(db, "v1_quality", (
        dict(row) | {"facts": fields.get(row["field"])}
        for row in db.execute("SELECT * FROM quality ORDER BY field").fetchall()
    ))  # fmt: skip
