"""Bulk files made from a base or a release: one writer per format, all of them deterministic, each file counted.

In: an open base. Out: files in a folder. `WRITERS` names them; `write` runs those asked for and reads every file again:
`ExportError` where one does not hold the rows of the base.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from kb import schema
from kb.base import BaseError

TABLES = (*(name for name in schema.tables() if name.startswith("v1_")), "regions", "terms", "documents", "runs")
"""Tables of the bulk files: the public layer and the reference data it points to."""

DEFAULT = ("csv", "ndjson", "parquet", "sqlite", "xlsx", "jsonld", "datapackage")
"""Formats of a release, in the order in which they are written: the data package describes the CSV files."""

WRITERS = {name: f"kb.export.{name}" for name in DEFAULT}
"""Format → module with `write(db, folder) -> paths written` and `rows(path) -> part → rows found in the file`."""

Writer = Callable[[sqlite3.Connection, Path], list[Path]]


class ExportError(BaseError):
    """A file that does not hold what the base holds."""


def ordered(db: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    """All rows of a table in the order of its key."""
    names = ", ".join(f'"{name}"' for name in schema.tables()[table].names)
    return db.execute(f"SELECT {names} FROM {table} ORDER BY {', '.join(key(db, table))}")


def key(db: sqlite3.Connection, table: str) -> list[str]:
    """Columns of the primary key, quoted."""
    info = db.execute(f"PRAGMA main.table_info({table})").fetchall()
    return [f'"{row[1]}"' for row in sorted(info, key=lambda r: r[5]) if row[5]] or ["rowid"]


def write(db: sqlite3.Connection, folder: Path, formats: Iterable[str] = DEFAULT) -> dict[Path, int]:
    """Write the formats asked for; file → rows in it. KeyError for an unknown format, ExportError for a wrong file."""
    from kb.export import counts

    folder.mkdir(parents=True, exist_ok=True)
    written: dict[Path, int] = {}
    for name in sorted(formats, key=list(WRITERS).index):
        module = import_module(WRITERS[name])
        writer: Writer = module.write
        for path in writer(db, folder):
            written[path] = counts.check(db, path, module.rows(path))
    return written
