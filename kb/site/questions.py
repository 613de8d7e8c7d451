"""The twelve questions: their names, how the regions answer, and the pages that compare all regions.

Questions 1 to 10 have closed answers (kb/questions.yml); 11 and 12 are lists of disagreements and changes.
In: a connection. Out: plain data for templates and JSON.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from typing import Any

from kb.answers import MOST_WORDS, questions
from kb.site import facts
from kb.site.about import HERE, MissingError
from parsers.vocab import parse_yaml

LISTS = {
    "q11": (
        "q11_disagreement",
        "来源之间有哪些分歧？采信哪一方？",
        "Where do sources disagree, and which is preferred?",
    ),
    "q12": ("q12_changes", "某日以来有哪些变化？", "What changed since a date?"),
}
COLOURS = 8
"""Colours of answers in charts and maps; answers beyond them share the last."""
SORTS = {
    "region": "adcode", "answer": "ord, adcode", "days": "days IS NULL, days, adcode", "amount": "amount IS NULL, amount, adcode",
    "authority": "authority IS NULL, authority, adcode", "published": "published IS NULL, published DESC, adcode",
}  # fmt: skip
MOST_LISTED = 500
"""Disagreements and changes in one answer; the queries and tables have all."""
SHOWS = ("answered", "held", "all")
_SHOWN = {
    "answered": "presence IN ('stated', 'stated_none')",
    "held": "presence <> 'not_held'",
    "all": "1",
}


@cache
def provinces() -> Mapping[str, tuple[int, int, str, str, str]]:
    """adcode → column, row, short name, English name, two letters."""
    found: dict[str, tuple[int, int, str, str, str]] = parse_yaml((HERE / "provinces.yml").read_text("utf-8"))
    return found


def titles(lang: str) -> list[dict[str, str]]:
    """All twelve, in order."""
    found = [{"id": q.id, "name": q.name, "title": q.en if lang == "en" else q.zh} for q in questions()]
    return found + [
        {"id": key, "name": name, "title": en if lang == "en" else zh} for key, (name, zh, en) in LISTS.items()
    ]


def find(name: str) -> str:
    """The id of a question given by id or name. MissingError where there is none."""
    for q in titles("zh"):
        if name in (q["id"], q["name"]):
            return q["id"]
    raise MissingError(f"没有问题 {name} · no question {name}")


@facts.per_release
def counts(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Question → presence → regions."""
    found: dict[str, dict[str, int]] = {}
    for question, presence, n in db.execute(
        "SELECT question, presence, count(*) FROM v1_answers GROUP BY question, presence"
    ):
        found.setdefault(question, {})[presence] = n
    return found


@facts.per_release
def map_of(db: sqlite3.Connection, question: str | None, lang: str) -> list[dict[str, Any]]:
    """One tile per province: by coverage, or by its answer to a question."""
    coverage = {r["adcode"]: r for r in facts.rows(db, "SELECT * FROM v1_coverage WHERE level = 'provincial'")}
    given = facts.rows(db, "SELECT * FROM v1_answers WHERE question = ?", question) if question in coded() else []
    answers = {r["adcode"]: r for r in given}
    order = coded().get(question or "", {})
    tiles = []
    for adcode, (column, row, short, name, letters) in provinces().items():
        held = coverage.get(adcode, {})
        below = held.get("children") or 0
        share = (held.get("children_held", 0) + held.get("held", 0)) / (below + 1) if held else 0
        tile = {
            "adcode": adcode, "column": column, "row": row, "name": name if lang == "en" else short, "letters": letters,
            "held": held.get("held", 0), "children": below, "children_held": held.get("children_held", 0),
            "level": 0 if not share else 1 if share < 0.34 else 2 if share < 0.67 else 3,
        }  # fmt: skip
        answer = answers.get(adcode)
        if answer:
            tile |= {"presence": answer["presence"], "answer": answer["answer"]}
            said = order.get(answer["answer"] or "")
            tile |= {"label": (said[2] if lang == "en" else said[1]), "colour": said[0]} if said else {}
        tiles.append(tile)
    return tiles


@cache
def coded() -> dict[str, dict[str, tuple[int, str, str]]]:
    """Question → answer code → its colour, Chinese and English label."""
    found: dict[str, dict[str, tuple[int, str, str]]] = {}
    for q in questions():
        for answer in q.answers:
            place = found.setdefault(q.id, {})
            place.setdefault(answer.code, (min(len(place), COLOURS - 1), answer.zh, answer.en))
    return found


def question(db: sqlite3.Connection, name: str, *, sort: str, desc: bool, show: str, lang: str) -> dict[str, Any]:
    """All regions on one question."""
    key = find(name)
    head = next(q for q in titles(lang) if q["id"] == key)
    data: dict[str, Any] = {"question": head, "sort": sort, "desc": desc, "show": show}
    if key in LISTS:
        return data | {"conflicts" if key == "q11" else "changes": newest(db, key, lang)}
    order = coded()[key]
    ranks = "".join(f" WHEN '{code}' THEN {n}" for n, code in enumerate(order))
    rows = facts.rows(
        db,
        f"SELECT a.*, r.parent_adcode, r.level, CASE a.answer{ranks} ELSE 99 END AS ord, f.name AS inherited_name FROM v1_answers a"
        f" JOIN regions r ON r.adcode = a.adcode LEFT JOIN regions f ON f.adcode = a.inherited_from"
        f" WHERE question = ? AND {_SHOWN[show]} ORDER BY {SORTS[sort]}", key,
    )  # fmt: skip
    if desc:
        rows.reverse()
    for row in rows:
        said = order.get(row["answer"] or row["inherited_answer"] or "")
        row["label"] = (said[2] if lang == "en" else said[1]) if said else None
        row["colour"] = order[row["answer"]][0] if row["answer"] in order else None
    national = facts.rows(db, "SELECT * FROM v1_answers WHERE question = ? AND adcode = '100000'", key)
    if lang == "en":
        told = values_in_english(db, key)
        for row in (*rows, *national):
            row["value_en"] = told.get(row["adcode"])
    number = dict(
        db.execute(
            "SELECT answer, count(*) FROM v1_answers WHERE question = ? AND answer IS NOT NULL GROUP BY answer", (key,)
        ).fetchall()
    )
    most = max(number.values(), default=1)
    chart = [
        {"answer": code, "label": en if lang == "en" else zh, "colour": colour, "regions": number[code], "width": round(100 * number[code] / most, 1)}
        for code, (colour, zh, en) in order.items() if code in number
    ]  # fmt: skip
    return data | {
        "presence": counts(db).get(key, {}), "chart": chart, "answers": rows, "map": map_of(db, key, lang),
        "national": next(iter(national), None),
    }  # fmt: skip


@facts.per_release
def newest(db: sqlite3.Connection, key: str, lang: str) -> list[dict[str, Any]]:
    """The first MOST_LISTED disagreements, or the newest changes."""
    if key == "q11":
        rows = facts.rows(db, "SELECT * FROM v1_conflicts ORDER BY topic_key, id LIMIT ?", MOST_LISTED)
        return facts.conflicts_in_english(db, rows) if lang == "en" else rows
    rows = facts.rows(db, "SELECT * FROM v1_changes ORDER BY on_date DESC, rowid DESC LIMIT ?", MOST_LISTED)
    return facts.changes_in_english(db, rows) if lang == "en" else rows


@facts.per_release
def values_in_english(db: sqlite3.Connection, key: str) -> dict[str, str]:
    """adcode → what the first facts of its answer say, and which period it is where the question asks for several."""
    english = facts.labels(db, "en")
    asked = next(q for q in questions() if q.id == key)
    kinds = {kind for c in asked.classes if c.table == "deadlines" for kind in c.columns.get("kind", ())}
    rows = facts.rows(db, "SELECT adcode, fact_ids FROM v1_answers WHERE question = ? AND answer IS NOT NULL", key)
    known = facts.by_id(db, {i for row in rows for i in row["fact_ids"][:MOST_WORDS]}, say=facts.labels(db))
    found = {}
    for row in rows:
        words = []
        for fact in (known[i] for i in row["fact_ids"][:MOST_WORDS] if i in known):
            said = facts.phrase(fact, english) or fact["value_zh"]
            if fact["table"] == "deadlines" and len(kinds) > 1:
                said = f"{english['deadline_kind', fact['kind']]}: {said}"
            words.append(said)
        more = ["…"] if len(row["fact_ids"]) > MOST_WORDS else []
        found[row["adcode"]] = "; ".join([*dict.fromkeys(words), *more])
    return found


def topics(key: str) -> list[tuple[str, str]]:
    """Kinds of facts behind a question as (table, beginning of topic_key), for the feed."""
    found = set()
    for q in questions():
        if q.id == key:
            for c in q.classes:
                values = (
                    c.columns.get("kind")
                    or c.columns.get("op")
                    or c.columns.get("effect")
                    or c.columns.get("flow")
                    or ("",)
                )
                found |= {(c.table, f"{c.table}/{v}" if v else c.table) for v in values}
    return sorted(found)
