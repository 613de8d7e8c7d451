"""Regions side by side: one row per question, differences marked.

In: a connection and 0 to 6 adcodes. Out: plain data; with fewer than two regions, what can be chosen.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from kb.answers import questions
from kb.site import facts
from kb.site.about import MissingError
from kb.site.region import brief, together

MOST = 6
SHOWN, READ = 5, 10
"""Statements that the page shows of one answer, and facts that it reads for them; the page of the region has the rest."""


def compare(db: sqlite3.Connection, adcodes: list[str], *, lang: str, whole: bool = True) -> dict[str, Any]:
    """The answers of the regions, question by question, with all their facts or those that the page shows."""
    chosen = list(dict.fromkeys(a for a in adcodes if a))
    regions = []
    for adcode in chosen:
        row = facts.rows(
            db,
            "SELECT r.adcode, r.name, r.level, v.pages, v.facts, v.newest_published FROM regions r LEFT JOIN v1_coverage v USING (adcode) WHERE r.adcode = ?",
            adcode,
        )
        if not row:
            raise MissingError(f"没有代码为 {adcode} 的地区 · no region has the adcode {adcode}")
        regions += row
    data: dict[str, Any] = {"regions": regions, "rows": [], "choices": choices(db)}
    if len(regions) < 2:
        return data
    say = facts.labels(db)
    cells = {
        (r["question"], r["adcode"]): r
        for adcode in chosen
        for r in facts.rows(db, "SELECT * FROM v1_answers WHERE adcode = ?", adcode)
    }
    above = json.dumps(sorted({r["inherited_from"] for r in cells.values() if r["inherited_from"]}))
    names = dict(
        db.execute(
            "SELECT adcode, name FROM regions WHERE adcode IN (SELECT value FROM json_each(?))", (above,)
        ).fetchall()
    )
    most = None if whole else READ
    known = facts.by_id(db, {i for r in cells.values() for i in r["fact_ids"][:most]}, say=say)
    for q in questions():
        labels = {a.code: a.en if lang == "en" else a.zh for a in q.answers}
        row = []
        for adcode in chosen:
            cell = cells.get((q.id, adcode), {"presence": "not_held", "answer": None, "value": None, "fact_ids": []})
            found = [brief(known[i]) for i in cell["fact_ids"][:most] if i in known]
            shown = found if whole else together(found)[:SHOWN]
            left = len(cell["fact_ids"]) - sum(1 + len(f.get("same", ())) for f in shown)
            row.append(cell | {
                "adcode": adcode, "label": labels.get(cell["answer"] or ""),
                "inherited_label": labels.get(cell.get("inherited_answer") or ""),
                "inherited_name": names.get(cell.get("inherited_from") or ""), "facts": shown,
            } | ({} if whole else {"more": left}))  # fmt: skip
        said = {(c["answer"], c["value"]) for c in row if c["answer"]}
        data["rows"].append({
            "question": q.id, "title": q.en if lang == "en" else q.zh, "cells": row,
            "difference": "answer" if len({a for a, _ in said}) > 1 else "value" if len(said) > 1 else None,
        })  # fmt: skip
    return data


def choices(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Regions of which pages are held."""
    return facts.rows(db, "SELECT adcode, region AS name, province FROM v1_coverage WHERE held ORDER BY adcode")
