"""Facts with their value in words, for the files that people read.

In: an open base. Out: rows of the public tables of facts as dicts, with `kind_of_fact` and `value_zh`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from kb.words import SAY, Labels

Fact = dict[str, Any]


def labels(db: sqlite3.Connection) -> Labels:
    """(vocabulary, code) → Chinese label."""
    return {(r[0], r[1]): r[2] for r in db.execute("SELECT vocabulary, code, label_zh FROM terms")}


def select(db: sqlite3.Connection, kind: str, where: str, *values: Any, say: Labels) -> Iterator[Fact]:
    """Facts of one kind under a condition on v1_<kind>."""
    for row in db.execute(f"SELECT * FROM v1_{kind} WHERE {where}", values):
        yield dict(row) | {"kind_of_fact": kind, "value_zh": SAY[kind](dict(row), say)}


def by_id(db: sqlite3.Connection, ids: Iterable[str], *, say: Labels) -> dict[str, Fact]:
    """Facts by their ids."""
    wanted = json.dumps(sorted(set(ids)))
    return {
        fact["fact_id"]: fact
        for kind in SAY
        for fact in select(db, kind, "fact_id IN (SELECT value FROM json_each(?))", wanted, say=say)
    }
