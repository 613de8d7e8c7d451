"""Coverage: every province, prefecture and province-run county, held or not, and how complete its guides are.

In: regions, pages, facts, v1_answers. Out: v1_coverage. Completeness counts the eight elements of a service guide that
China's census of government sites asks for (name, basis, conditions, materials, place, hours, phone, process).
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from kb.base import insert
from kb.ids import code_list

ELEMENTS = ("matter", "legal_basis", "conditions", "materials", "place", "time", "phone", "process")

_ELEMENTS = (  # element, join to a table of the kind, condition on the fact f and its row k
    ("legal_basis", "", "f.kind = 'legal_basis'"),
    ("conditions", "", "f.kind = 'filing_types' OR f.topic_key = 'deadlines/residence_threshold'"),
    ("materials", "materials", "k.flow = 'filing'"),
    ("materials", "", "f.topic_key = 'exemptions/no_material'"),
    ("place", "channels", """k.operations <> '["consult"]'"""),
    ("place", "contacts", "k.kind = 'address'"),
    ("time", "contacts", "k.kind = 'hours' OR k.hours IS NOT NULL"),
    ("phone", "contacts", "k.kind = 'phone'"),
    ("process", "steps", "k.flow IN ('overall', 'filing', 'filing_online', 'filing_offline')"),
)


def elements_of(pages: str) -> str:
    """SELECT (page_id, element) for every element of a guide that a page states; `pages`: the table of their ids."""
    said = [
        f"SELECT f.page_id, '{element}' FROM facts f{f' JOIN {table} k ON k.fact_id = f.id' if table else ''}"
        f" WHERE f.page_id IN {pages} AND f.gone_on IS NULL AND ({condition})"
        for element, table, condition in _ELEMENTS
    ]
    matter = (
        f"SELECT id AS page_id, 'matter' AS element FROM pages WHERE id IN {pages}"
        " AND relevant = 1 AND title IS NOT NULL AND snapshot_id IS NOT NULL"
    )
    return " UNION ".join([matter, *said])


_HELD = "relevant = 1 AND gone_on IS NULL"


def listed(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """The regions of the coverage table, in force today: provinces, prefectures, and counties run by a province (which
    the region table counts as municipal)."""
    return db.execute(
        "SELECT * FROM regions WHERE valid_to IS NULL AND level IN ('provincial', 'municipal') ORDER BY adcode"
    ).fetchall()


def cover(db: sqlite3.Connection, changed: Collection[str] | None = None) -> None:
    """Make v1_coverage; with `changed`, only for these regions (what counts below and when pages were checked moves on
    for all)."""
    regions = [r for r in listed(db) if changed is None or r["adcode"] in changed]
    db.execute("DROP TABLE IF EXISTS temp.covered")
    db.execute("CREATE TEMP TABLE covered (adcode TEXT PRIMARY KEY)")
    db.executemany("INSERT INTO covered VALUES (?)", [(r["adcode"],) for r in regions])
    pages: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in db.execute(f"SELECT * FROM pages WHERE {_HELD} AND region_adcode IN covered ORDER BY id"):
        pages[row["region_adcode"]].append(row)
    kinds: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.execute(
        "SELECT region_adcode, kind, count(*) FROM facts WHERE gone_on IS NULL AND region_adcode IN covered GROUP BY 1, 2"
    ):
        kinds[row[0]][row[1]] = row[2]
    elements: dict[str, set[str]] = defaultdict(set)
    of_regions = "(SELECT id FROM pages WHERE gone_on IS NULL AND region_adcode IN covered)"
    for row in db.execute(
        f"SELECT p.region_adcode, c.element FROM ({elements_of(of_regions)}) c JOIN pages p ON p.id = c.page_id"
    ):
        elements[row[0]].add(row[1])
    answered = dict(
        db.execute(
            "SELECT adcode, count(*) FROM v1_answers WHERE presence LIKE 'stated%' AND adcode IN covered GROUP BY adcode"
        ).fetchall()
    )
    names = {r["adcode"]: r["name"] for r in db.execute("SELECT adcode, name FROM regions WHERE level = 'provincial'")}
    insert(db, "v1_coverage", (
        _row(r, names, pages[r["adcode"]], kinds[r["adcode"]], elements[r["adcode"]], answered) for r in regions
    ))  # fmt: skip
    moving = {
        "last_checked": f"SELECT max(p.last_checked) FROM pages p WHERE p.region_adcode = v.adcode AND {_HELD}",
        "children": "SELECT count(*) FROM v1_coverage b WHERE b.parent_adcode = v.adcode",
        "children_held": "SELECT coalesce(sum(b.held), 0) FROM v1_coverage b WHERE b.parent_adcode = v.adcode",
    }
    for column, sql in moving.items():
        db.execute(f"UPDATE v1_coverage AS v SET {column} = ({sql}) WHERE {column} IS NOT ({sql})")


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
        "last_checked": None, "children": 0, "children_held": 0,
    }  # fmt: skip
