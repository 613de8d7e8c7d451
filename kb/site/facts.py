"""Facts as the pages show them: rows of the public tables with their value in words.

In: a connection to a release. Out: dicts with the columns of v1_<kind>, and `table`, `value_zh`, for some kinds `value_en`. Lists are parsed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from kb import schema, words_en
from kb.words import SAY, Labels

KINDS = tuple(
    name.removeprefix("v1_")
    for name, table in schema.tables().items()
    if name.startswith("v1_") and table.names[0] == "fact_id"
)
"""Kinds of facts in the order in which pages show them."""

_LISTS = {
    "filing_types", "operations", "menu_path", "channel_kind", "action", "alternatives", "examples", "schemes", "kinds", "fact_ids",
    "claim_ids", "inherited_fact_ids", "elements", "missing", "start_urls",
}  # fmt: skip

Fact = dict[str, Any]
T = TypeVar("T")


def per_release(function: Callable[..., T]) -> Callable[..., T]:
    """Remember what a function reads: a release never changes. Its further arguments must be hashable."""
    known: dict[tuple[Any, ...], T] = {}

    @wraps(function)
    def remembering(db: sqlite3.Connection, *arguments: Any) -> T:
        build = db.execute("SELECT value FROM meta WHERE key = 'build_id'").fetchone()
        key = (build and build[0], *arguments)
        if key not in known:
            known[key] = function(db, *arguments)
        return known[key]

    return remembering


@per_release
def labels(db: sqlite3.Connection, lang: str = "zh") -> Labels:
    """(vocabulary, code) → label."""
    column = "coalesce(label_en, label_zh)" if lang == "en" else "label_zh"
    return {(r[0], r[1]): r[2] for r in db.execute(f"SELECT vocabulary, code, {column} FROM terms")}


def rows(db: sqlite3.Connection, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows as dicts; columns that hold lists are parsed."""
    return [parsed(row) for row in db.execute(sql, values)]


def parsed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its JSON arrays as lists."""
    found = dict(row)
    for name in _LISTS & found.keys():
        found[name] = _list(found[name])
    return found


def _list(text: Any) -> Any:
    """A JSON array as a list; most are empty."""
    if text == "[]":
        return []
    return json.loads(text) if isinstance(text, str) and text.startswith("[") else text


def select(db: sqlite3.Connection, table: str, where: str, *values: Any, say: Labels) -> list[Fact]:
    """Facts of one kind under a condition on v1_<table>."""
    lists = tuple(_LISTS.intersection(schema.tables()[f"v1_{table}"].names))
    in_english = words_en.SAY.get(table)
    english = labels(db, "en")
    found = []
    for row in db.execute(f"SELECT * FROM v1_{table} WHERE {where}", values):
        fact = dict(row)
        fact |= {"table": table, "value_zh": SAY[table](fact, say)}
        if in_english:
            fact["value_en"] = in_english(fact, english)
        for name in lists:
            fact[name] = _list(fact[name])
        found.append(fact)
    return found


def of(db: sqlite3.Connection, where: str, *values: Any, say: Labels) -> dict[str, list[Fact]]:
    """Kind → facts under a condition that every public table of facts can answer."""
    return {kind: found for kind in KINDS if (found := select(db, kind, where, *values, say=say))}


def by_id(db: sqlite3.Connection, ids: Iterable[str], *, say: Labels) -> dict[str, Fact]:
    """Facts by their ids."""
    wanted = json.dumps(sorted(set(ids)))
    kinds = db.execute(
        "SELECT kind, json_group_array(id) FROM facts WHERE id IN (SELECT value FROM json_each(?)) GROUP BY kind",
        (wanted,),
    )
    found = {}
    for kind, members in kinds.fetchall():
        for fact in select(db, kind, "fact_id IN (SELECT value FROM json_each(?))", members, say=say):
            found[fact["fact_id"]] = fact
    return found


def phrase(fact: Fact, english: Labels) -> str | None:
    """What a fact says in English, and for whom; None where it is the words of a page."""
    if "value_en" not in fact:
        return None
    whom = words_en.scope(json.dumps(fact["filing_types"]), fact["modality"], english)
    return f"{fact['value_en']} ({whom})" if whom else str(fact["value_en"])


def changes_in_english(db: sqlite3.Connection, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of v1_changes with `before_en` and `after_en` beside the Chinese values, where they can be said in English."""
    english = labels(db, "en")
    ids = {c[k] for c in changes for k in ("fact_id", "previous_fact_id") if c[k]}
    said = {i: phrase(f, english) for i, f in by_id(db, ids, say=labels(db)).items()}
    found = []
    for c in changes:
        new = said.get(c["fact_id"])
        old = said.get(c["previous_fact_id"] or "") if c["after"] else new
        words = {"before_en": c["before"] and old, "after_en": c["after"] and new}
        found.append(c | ({} if c["event"] == "wording_changed" else words))
    return found


def conflicts_in_english(db: sqlite3.Connection, conflicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of v1_conflicts with `value_a_en` and `value_b_en`; a national rule held second-hand stays Chinese."""
    known = by_id(db, {c[k] for c in conflicts for k in ("fact_a", "fact_b") if c[k]}, say=labels(db))
    return [
        c | {f"value_{side}_en": known.get(c[f"fact_{side}"] or "", {}).get("value_en") for side in ("a", "b")}
        for c in conflicts
    ]
