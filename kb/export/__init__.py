"""Bulk files made from a base or a release: one writer per format, all of them deterministic.

In: an open base. Out: files in a folder. `WRITERS` names them; `write` runs those asked for. Libraries that are not
part of the core are imported by the writer that needs them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from kb import schema

TABLES = (*(name for name in schema.tables() if name.startswith("v1_")), "regions", "terms", "documents", "runs")
"""Tables of the bulk files: the public layer and the reference data it points to."""

DEFAULT = ("csv", "ndjson", "sqlite", "datapackage")
"""Formats of a release, in the order in which they are written."""

WRITERS = {name: f"kb.export.{name}" for name in (*DEFAULT, "parquet")}
"""Format → module with `write(db, folder) -> paths written`. What is not in DEFAULT needs an extra."""

Writer = Callable[[sqlite3.Connection, Path], list[Path]]


def ordered(db: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    """All rows of a table in the order of its key."""
    names = ", ".join(f'"{name}"' for name in schema.tables()[table].names)
    return db.execute(f"SELECT {names} FROM {table} ORDER BY {', '.join(key(db, table))}")


def key(db: sqlite3.Connection, table: str) -> list[str]:
    """Columns of the primary key, quoted."""
    info = db.execute(f"PRAGMA main.table_info({table})").fetchall()
    return [f'"{row[1]}"' for row in sorted(info, key=lambda r: r[5]) if row[5]] or ["rowid"]


def write(db: sqlite3.Connection, folder: Path, formats: Iterable[str] = DEFAULT) -> list[Path]:
    """Write the formats asked for. KeyError for an unknown one."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name in formats:
        writer: Writer = import_module(WRITERS[name]).write
        paths += writer(db, folder)
    return paths
