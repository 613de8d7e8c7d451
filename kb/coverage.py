"""Coverage: every province, prefecture and province-run county, held or not, and how complete its guides are.

In: regions, pages, facts, v1_answers. Out: v1_coverage. Completeness counts the eight elements of a service guide that
China's census of government sites asks for (name, basis, conditions, materials, place, hours, phone, process).
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any

from kb.base import insert
from kb.ids import code_list

ELEMENTS = ("matter", "legal_basis", "conditions", "materials", "place", "time", "phone", "process")

COMPLETENESS = """
SELECT id AS page_id, 'matter' AS element FROM pages WHERE relevant = 1 AND title IS NOT NULL AND snapshot_id IS NOT NULL
UNION SELECT f.page_id, 'legal_basis' FROM facts f WHERE f.kind = 'legal_basis' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'conditions' FROM facts f WHERE f.kind = 'filing_types' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'conditions' FROM facts f WHERE f.topic_key = 'deadlines/residence_threshold' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'materials' FROM facts f JOIN materials m ON m.fact_id = f.id
  WHERE m.flow = 'filing' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'materials' FROM facts f WHERE f.topic_key = 'exemptions/no_material' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'place' FROM facts f JOIN channels c ON c.fact_id = f.id
  WHERE f.gone_on IS NULL AND c.operations <> '["consult"]'
UNION SELECT f.page_id, 'place' FROM facts f JOIN contacts c ON c.fact_id = f.id WHERE c.kind = 'address' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'time' FROM facts f JOIN contacts c ON c.fact_id = f.id
  WHERE (c.kind = 'hours' OR c.hours IS NOT NULL) AND f.gone_on IS NULL
UNION SELECT f.page_id, 'phone' FROM facts f JOIN contacts c ON c.fact_id = f.id WHERE c.kind = 'phone' AND f.gone_on IS NULL
UNION SELECT f.page_id, 'process' FROM facts f JOIN steps s ON s.fact_id = f.id
  WHERE s.flow IN ('overall', 'filing', 'filing_online', 'filing_offline') AND f.gone_on IS NULL
"""
"""(page_id, element) for every element of a guide that a page states."""


def listed(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """The regions of the coverage table, in force today: provinces, prefectures, and counties run by a province (which
    the region table counts as municipal)."""
    return db.execute(
        "SELECT * FROM regions WHERE valid_to IS NULL AND level IN ('provincial', 'municipal') ORDER BY adcode"
    ).fetchall()


def cover(db: sqlite3.Connection) -> None:
    """Make v1_coverage."""
    db.execute("DELETE FROM v1_coverage")
    pages: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in db.execute(
        "SELECT * FROM pages WHERE relevant = 1 AND gone_on IS NULL AND region_adcode IS NOT NULL ORDER BY id"
    ):
        pages[row["region_adcode"]].append(row)
    kinds: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.execute(
        "SELECT region_adcode, kind, count(*) FROM facts WHERE gone_on IS NULL AND region_adcode IS NOT NULL GROUP BY 1, 2"
    ):
        kinds[row[0]][row[1]] = row[2]
    elements: dict[str, set[str]] = defaultdict(set)
    for row in db.execute(
        f"SELECT p.region_adcode, c.element FROM ({COMPLETENESS}) c JOIN pages p ON p.id = c.page_id"
        " WHERE p.gone_on IS NULL AND p.region_adcode IS NOT NULL"
    ):
        elements[row[0]].add(row[1])
    answered = dict(
        db.execute("SELECT adcode, count(*) FROM v1_answers WHERE presence LIKE 'stated%' GROUP BY adcode").fetchall()
    )
    regions = listed(db)
    names = {r["adcode"]: r["name"] for r in db.execute("SELECT adcode, name FROM regions WHERE level = 'provincial'")}
    rows = [_row(r, names, pages[r["adcode"]], kinds[r["adcode"]], elements[r["adcode"]], answered) for r in regions]
    for row in rows:
        below = [r for r in rows if r["parent_adcode"] == row["adcode"]]
        row |= {"children": len(below), "children_held": sum(r["held"] for r in below)}
    insert(db, "v1_coverage", rows)


def _row(
    region: sqlite3.Row, provinces: dict[str, str], pages: list[sqlite3.Row], kinds: dict[str, int],
    elements: set[str], answered: dict[str, int],
) -> dict[str, Any]:  # fmt: skip
    adcode = region["adcode"]
    province = adcode if region["level"] == "provincial" else region["parent_adcode"]
    return {
        "adcode": adcode, "region": region["name"], "level": region["level"],
        "parent_adcode": region["parent_adcode"], "province": provinces.get(province),
        "held": int(bool(pages)), "pages": len(pages),
        **{f"pages_{tier}": sum(p["authority"] == tier.upper() for p in pages) for tier in "abcde"},
        "sources": len({p["source_id"] for p in pages if p["copy_of"] is None}),
        "facts": sum(kinds.values()), "kinds": code_list(kinds), "questions": answered.get(adcode, 0),
        "completeness": len(elements), "elements": code_list(elements),
        "missing": code_list(e for e in ELEMENTS if e not in elements),
        "newest_published": max((p["published"] for p in pages if p["published"]), default=None),
        "last_checked": max((p["last_checked"] for p in pages if p["last_checked"]), default=None),
    }  # fmt: skip
