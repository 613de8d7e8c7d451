"""What follows from the rows of a base: views in the base, tables in a release.

In: a base. Out: SQL. A row of the public tables of facts and of changes says nothing that is not in the normalized tables,
so a base does not keep it a second time. And when a fact was seen follows from its page: a weekly run sees every page anew
and changes few, so its dates are written to the page alone, and a fact keeps those of the day on which its page last said
something new. Read-only connections to a base see `settled` facts under the name of the table (`settle`); a release
writes everything out (`rows`).
"""

from __future__ import annotations

import sqlite3
from functools import cache

from kb import schema
from kb.statements import KINDS

_FOLLOWS = {
    "last_seen": "CASE WHEN f.gone_on IS NULL AND f.withdrawn_on IS NULL THEN p.last_seen ELSE f.last_seen END",
    "last_checked": "CASE WHEN f.gone_on IS NULL THEN p.last_checked ELSE f.last_checked END",
    "stale_since": "CASE WHEN f.gone_on IS NULL THEN p.stale_since ELSE f.stale_since END",
}
"""Columns of a fact that follow its page: a withdrawn one is checked and no longer seen, an ended one is neither."""

_SHARED = _FOLLOWS | {
    "fact_id": "f.id", "adcode": "f.region_adcode", "region": "r.name", "published": "p.published",
    "quote": "b.quote", "page_title": "p.title", "url": "p.url", "source": "p.source_id", "fetched_at": "b.fetched_at",
    "page_id": "p.id", "snapshot_id": "b.snapshot_id", "start": "b.start", "end": 'b."end"',
    "parser_version": "b.parser_version",
}  # fmt: skip
"""Shared columns of the public tables of facts that are not columns of `facts` of the same name."""

_OF_EVENTS = {
    "kind": "f.kind", "topic_key": "f.topic_key", "adcode": "f.region_adcode", "region": "r.name",
    "authority": "f.authority", "quote": "b.quote", "page_title": "p.title", "url": "p.url", "source": "p.source_id",
}  # fmt: skip

_WHERE_FROM = " JOIN pages p ON p.id = f.page_id JOIN best b ON b.fact_id = f.id LEFT JOIN regions r ON r.adcode = f.region_adcode"


def _columns(table: str, sources: dict[str, str], otherwise: str) -> str:
    names = schema.tables()[table].names
    return ", ".join(f'{sources.get(n, f"""{otherwise}."{n}" """)} AS "{n}"' for n in names)


def _of_kind(kind: str) -> str:
    table = f"v1_{kind}"
    shared = _SHARED | {n: f'f."{n}"' for n in schema.shared_columns() if n not in _SHARED}
    return (
        f"SELECT {_columns(table, shared, 'k')} FROM facts f JOIN {kind} k ON k.fact_id = f.id{_WHERE_FROM}"
        f" WHERE f.kind = '{kind}'"
    )


@cache
def views() -> dict[str, str]:
    """Name of a view of a base → its SELECT."""
    changes = f"SELECT {_columns('v1_changes', _OF_EVENTS, 'e')} FROM fact_events e JOIN facts f ON f.id = e.fact_id"
    return {f"v1_{kind.table}": _of_kind(kind.table) for kind in KINDS} | {"v1_changes": f"{changes}{_WHERE_FROM}"}


def create(db: sqlite3.Connection) -> None:
    """Put the views in the place of their tables, in a new base."""
    for name, select in views().items():
        db.execute(f"DROP TABLE {name}")
        db.execute(f"CREATE VIEW {name} AS {select}")


def settled(base: str = "main") -> str:
    """A SELECT of all facts of the database `base`, with the dates of their pages."""
    return f"SELECT {_columns('facts', _FOLLOWS, 'f')} FROM {base}.facts f JOIN {base}.pages p ON p.id = f.page_id"


def settle(db: sqlite3.Connection) -> None:
    """Put the settled facts in the place of the table, for this connection."""
    db.execute(f"CREATE TEMP VIEW facts AS {settled()}")


def rows(table: str, base: str) -> str:
    """A SELECT of all rows of a table, as they are published, from the base attached under this name."""
    return settled(base) if table == "facts" else f"SELECT * FROM {base}.{table}"
