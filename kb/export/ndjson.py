"""NDJSON: one file per table in ndjson/, one object per line; JSON arrays are arrays, NULL is null."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from kb import schema
from kb.export import TABLES, ordered
from kb.ids import as_json


def arrays(table: str) -> frozenset[str]:
    """Columns whose text is a JSON array."""
    return frozenset(c.name for c in schema.tables()[table].columns if c.comment.startswith("JSON array"))


def record(table: str, row: sqlite3.Row | tuple[Any, ...]) -> dict[str, Any]:
    """A row as an object."""
    names, lists = schema.tables()[table].names, arrays(table)
    return {n: json.loads(v) if n in lists and v is not None else v for n, v in zip(names, row, strict=True)}


def lines(db: sqlite3.Connection, table: str, path: Path) -> None:
    """Write one table."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{as_json(record(table, tuple(row)))}\n" for row in ordered(db, table))


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    target = folder / "ndjson"
    target.mkdir(exist_ok=True)
    paths = [target / f"{table}.ndjson" for table in TABLES]
    for path in paths:
        lines(db, path.stem, path)
    return paths


def rows(path: Path) -> dict[str, int]:
    """Objects in the file."""
    with path.open(encoding="utf-8") as file:
        return {path.stem: sum(isinstance(json.loads(line), dict) for line in file)}
