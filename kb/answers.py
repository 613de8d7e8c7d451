"""Region × question: the coded answer, or why there is none.

In: standing facts, kb/questions.yml. Out: v1_answers. Who may answer for a region (domain model): its own tier A/B
pages; else its tier C pages. Tier D and E never answer; they are listed as claims. Where a region does not say, or only
a tier C page says it, the answer of its province, then of the nation (tier A/B) is shown as inherited beside it and
never copied: officially it precedes a city guide. Presence tells four
things apart: stated, stated as none, not stated on the pages held, no page held.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kb import schema
from kb.base import insert
from kb.conflicts import NATION, TIERS
from kb.coverage import listed
from kb.ids import code_list
from kb.statements import SCOPE
from kb.vocabulary import labels
from kb.words import SAY, scope
from parsers.vocab import parse_yaml

ANY = "*"
MOST_WORDS = 6
"""Values shown in one cell; the facts behind an answer are all listed by id."""

_OFFICIAL, _LOCAL = 1, 2

_SCOPED = ("benefits", "deadlines", "exemptions", "operations")
"""Of them those whose values differ by whom they are for; papers and channels are named once for everybody."""

_ELSEWHERE = "some_regions"
"""Modality of a sentence about what some places do: it is no rule of the region whose page says it."""

_ASKED = (
    "fact_id", "page_id", "filing_types", *SCOPE, "condition", "authority", "published", "withdrawn_on", "flag",
)  # fmt: skip
"""Columns that all kinds share and that an answer may ask; the kind's own come to them."""

_TABLES = ("benefits", "channels", "deadlines", "exemptions", "materials", "operations", "settlements")
"""Tables of facts that the questions ask."""


@dataclass(frozen=True, slots=True)
class Class:
    """What a fact can say: a table, columns with the values allowed, codes of which one must be in a JSON array."""

    name: str
    table: str
    columns: dict[str, tuple[Any, ...]]
    has: dict[str, frozenset[str]]

    def meets(self, fact: Mapping[str, Any]) -> bool:
        for column, values in self.columns.items():
            value = fact[column]
            if value not in values and (value is None or ANY not in values):
                return False
        return all(not codes.isdisjoint(json.loads(fact[c])) for c, codes in self.has.items())


@dataclass(frozen=True, slots=True)
class Answer:
    """A coded answer and the classes that make it."""

    code: str
    zh: str
    en: str
    needs: frozenset[str]
    none: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the comparison."""

    id: str
    name: str
    zh: str
    en: str
    classes: tuple[Class, ...]
    number: tuple[str, ...]
    answers: tuple[Answer, ...]

    def answer(self, classes: Iterable[str]) -> Answer | None:
        found = set(classes)
        return next((a for a in self.answers if a.needs <= found), None)


@cache
def questions() -> tuple[Question, ...]:
    """kb/questions.yml."""
    data: dict[str, Any] = parse_yaml((Path(__file__).parent / "questions.yml").read_text("utf-8"))
    return tuple(
        Question(
            key, q["name"], q["zh"], q["en"],
            tuple(_class(name, dict(when)) for name, when in q["classes"].items()),
            tuple(q.get("number", ())),
            tuple(Answer(a["code"], a["zh"], a["en"], frozenset(a["needs"]), a.get("none", False)) for a in q["answers"]),
        )
        for key, q in data.items()
    )  # fmt: skip


def _class(name: str, when: dict[str, Any]) -> Class:
    table, has = when.pop("table"), when.pop("has", {})
    return Class(name, table, {c: tuple(v) for c, v in when.items()}, {c: frozenset(v) for c, v in has.items()})


def regions_of(db: sqlite3.Connection) -> set[str]:
    """Regions about which touched pages speak, or spoke before this build."""
    sql = (
        "SELECT region_adcode FROM pages WHERE id IN touched AND region_adcode > ''"
        " UNION SELECT adcode FROM v1_guides WHERE page_id IN touched AND adcode > ''"
    )
    return {row[0] for row in db.execute(sql)}


def answer(db: sqlite3.Connection, changed: Collection[str] | None = None) -> None:
    """Make v1_answers; with `changed`, only for these regions and all below them."""
    regions = {r["adcode"]: r for r in db.execute("SELECT adcode, name, level, parent_adcode FROM regions")}
    parents = {adcode: r["parent_adcode"] for adcode, r in regions.items()}
    sql = "SELECT DISTINCT region_adcode FROM pages WHERE relevant = 1 AND gone_on IS NULL AND region_adcode > ''"
    held = {r[0] for r in db.execute(sql)}
    asked = {r["adcode"] for r in listed(db)} | held | {NATION}
    asked |= {
        r[0]
        for r in db.execute("SELECT DISTINCT region_adcode FROM facts WHERE gone_on IS NULL AND region_adcode > ''")
    }
    dirty = set(regions) if changed is None else {a for a in regions if _lineage(a, parents) & set(changed)}
    db.executemany("DELETE FROM v1_answers WHERE adcode = ?", [(adcode,) for adcode in sorted(dirty)])
    disputed = _disputed(db)
    above = set().union(*(_lineage(adcode, parents) for adcode in asked & dirty))
    own: dict[str, dict[str, dict[str, Any]]] = {}
    for adcode in sorted(asked, key=lambda a: len(_lineage(a, parents))):  # wider regions first: narrower ones inherit
        if adcode in dirty:
            facts = {table: _facts(db, table, adcode) for table in _TABLES}
            own[adcode] = {q.id: _own(q, facts, disputed) for q in questions()}
        elif adcode in above:
            kept = db.execute("SELECT * FROM v1_answers WHERE adcode = ?", (adcode,))
            own[adcode] = {row["question"]: dict(row) for row in kept}
    rows = []
    for adcode in sorted(asked & dirty):
        for q in questions():
            row = _BLANK | own[adcode][q.id] | {
                "id": f"{adcode}-{q.id}", "adcode": adcode, "region": regions[adcode]["name"], "question": q.id,
            }  # fmt: skip
            row["presence"] = row["presence"] or ("not_stated" if adcode in held else "not_held")
            if row["answer"] is None or TIERS.get(row["authority"]) == _LOCAL:
                row |= _inherited(adcode, q.id, parents, own)
            rows.append(row)
    insert(db, "v1_answers", rows)


def _lineage(adcode: str, parents: dict[str, str | None]) -> set[str]:
    """The region, everything it belongs to, and the nation."""
    found, at = {NATION}, adcode
    while at and at not in found:
        found.add(at)
        at = parents.get(at) or NATION
    return found


_BLANK: dict[str, Any] = {
    "presence": None, "answer": None, "answer_zh": None, "value": None, "days": None, "amount": None, "unit": None,
    "fact_ids": "[]", "claim_ids": "[]", "sources": 0, "authority": None, "disputed": 0, "flag": None, "withdrawn_on": None,
    "inherited_from": None, "inherited_answer": None, "inherited_value": None, "inherited_fact_ids": "[]",
    "published": None,
}  # fmt: skip


def _facts(db: sqlite3.Connection, table: str, adcode: str) -> list[dict[str, Any]]:
    """The standing facts of a region of one table, best first: tier, not withdrawn, not flagged, newest."""
    own = [name for name in schema.tables()[f"v1_{table}"].names if name not in schema.shared_columns()]
    names = ", ".join(f'v."{name}"' for name in (*_ASKED, *own))
    rows = db.execute(
        f"SELECT '{table}' AS \"table\", {names}, p.copy_of FROM v1_{table} v JOIN pages p ON p.id = v.page_id"
        " WHERE v.gone_on IS NULL AND v.adcode = ?"
        " ORDER BY coalesce(v.authority, 'Z'), v.withdrawn_on IS NOT NULL, v.flag IS NOT NULL,"
        " coalesce(v.valid_from, v.published, '') DESC, v.fact_id",
        (adcode,),
    )
    return [dict(row) for row in rows]


def _disputed(db: sqlite3.Connection) -> set[str]:
    return {
        fact
        for row in db.execute("SELECT fact_a, fact_b FROM conflicts WHERE kind IN ('same_region', 'within_page')")
        for fact in row
    }


def _own(q: Question, facts: dict[str, list[dict[str, Any]]], disputed: set[str]) -> dict[str, Any]:
    """What the region's own pages answer; presence None where they do not."""
    classes: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for c in q.classes:
        for fact in facts[c.table]:
            if c.meets(fact) and fact["modality"] != _ELSEWHERE:
                classes[TIERS.get(fact["authority"], 5)][c.name].append(fact)
    claims = [f["fact_id"] for tier, by in classes.items() if tier > _LOCAL for found in by.values() for f in found]
    row: dict[str, Any] = {"claim_ids": code_list(claims)}
    for tier in (_OFFICIAL, _LOCAL):
        said = q.answer(classes[tier])
        if said is not None:
            return row | _row(q, said, classes[tier], disputed)
    return row


def _row(q: Question, said: Answer, by: dict[str, list[dict[str, Any]]], disputed: set[str]) -> dict[str, Any]:
    behind: dict[str, dict[str, Any]] = {}
    for name in sorted(by, key=lambda n: n not in said.needs):  # the classes that made the answer come first
        for fact in by[name]:
            behind.setdefault(fact["fact_id"], fact)
    number = next((by[n][0] for n in q.number if n in said.needs and by.get(n)), None)
    words = list(dict.fromkeys(_words(q, f) for f in behind.values()))
    gone = [f["withdrawn_on"] for f in behind.values()]
    row: dict[str, Any] = {
        "presence": "stated_none" if said.none else "stated", "answer": said.code, "answer_zh": said.zh,
        "value": "；".join(words[:MOST_WORDS]) + ("；…" if len(words) > MOST_WORDS else ""),
        "fact_ids": code_list(behind),
        "sources": len({f["copy_of"] or f["page_id"] for f in behind.values()}),
        "authority": min((f["authority"] for f in behind.values() if f["authority"]), default=None),
        "disputed": int(any(f in disputed for f in behind)),
        "flag": next((f["flag"] for f in behind.values() if f["flag"]), None),
        "withdrawn_on": max(gone) if gone and all(gone) else None,
        "published": max((f["published"] for f in behind.values() if f["published"]), default=None),
    }  # fmt: skip
    if number is not None and number["table"] == "deadlines":
        days = number["days_max"] if number["days_max"] is not None else number["days_min"]
        row |= {"days": days, "amount": number["amount"], "unit": number["unit"]}
    elif number is not None:
        row |= {"amount": number["max"] if number["max"] is not None else number["min"], "unit": number["unit"]}
    return row


def _words(q: Question, fact: dict[str, Any]) -> str:
    """What a fact says, and for whom; and which period it is, where the question asks for several."""
    said = SAY[fact["table"]](fact, labels())
    if fact["table"] not in _SCOPED:
        return said
    kinds = {kind for c in q.classes if c.table == "deadlines" for kind in c.columns.get("kind", ())}
    if fact["table"] == "deadlines" and len(kinds) > 1:
        said = f"{labels()[('deadline_kind', fact['kind'])].partition('/')[0]}：{said}"
    whom = scope(fact["filing_types"], None, labels())
    return f"{said}（{whom}）" if whom else said


def _inherited(
    adcode: str, question: str, parents: dict[str, str | None], own: dict[str, dict[str, dict[str, Any]]]
) -> dict[str, Any]:
    """The answer of the nearest wider region that speaks officially."""
    while adcode != NATION:
        adcode = parents.get(adcode) or NATION
        row = own.get(adcode, {}).get(question, {})
        if row.get("answer") and TIERS.get(row["authority"]) == _OFFICIAL:
            return {
                "inherited_from": adcode, "inherited_answer": row["answer"], "inherited_value": row["value"],
                "inherited_fact_ids": row["fact_ids"],
            }  # fmt: skip
    return {}
