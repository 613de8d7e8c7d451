"""When a fact was seen: while it stands, whenever its page was.

In: a base. Out: SQL. A weekly run sees every page anew and changes few. Its dates are therefore written to the page
alone; a fact and its public row keep those of the day on which their page last said something new. `settled` is what
they come to together: read-only connections to a base see it under the names of the tables (`views`), a release
writes it out. In a release both are the same.
"""

from __future__ import annotations

import sqlite3
from functools import cache

from kb import schema

_FOLLOWS = {
    "last_seen": "CASE WHEN f.gone_on IS NULL AND f.withdrawn_on IS NULL THEN p.last_seen ELSE f.last_seen END",
    "last_checked": "CASE WHEN f.gone_on IS NULL THEN p.last_checked ELSE f.last_checked END",
    "stale_since": "CASE WHEN f.gone_on IS NULL THEN p.stale_since ELSE f.stale_since END",
}
"""Columns of a fact that follow its page: a withdrawn one is checked and no longer seen, an ended one is neither."""


@cache
def following() -> tuple[str, ...]:
    """Tables with rows of facts."""
    needed = {*_FOLLOWS, "withdrawn_on", "page_id"}
    return tuple(table.name for table in schema.tables().values() if needed <= set(table.names))


def settled(table: str, base: str = "main") -> str:
    """A SELECT of all rows and columns of a table of the database `base`, with the dates of their pages."""
    if table not in following():
        return f"SELECT * FROM {base}.{table}"
    columns = ", ".join(f'{_FOLLOWS.get(n, f"""f."{n}" """)} AS "{n}"' for n in schema.tables()[table].names)
    return f"SELECT {columns} FROM {base}.{table} f JOIN {base}.pages p ON p.id = f.page_id"


def views(db: sqlite3.Connection) -> None:
    """Put the settled rows in the place of the tables, for this connection."""
    for table in following():
        db.execute(f"CREATE TEMP VIEW {table} AS {settled(table)}")
