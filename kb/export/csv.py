"""CSV: one file per table in csv/, UTF-8 with a byte-order mark (spreadsheets need it), CRLF as RFC 4180 asks.

An empty cell is NULL (not stated). Cells that a spreadsheet would run as a formula begin with an apostrophe.
"""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import Any

from kb import schema
from kb.export import TABLES, ordered

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 1 << 27
"""Longest cell the reader takes, in characters: the main text of a page is one."""


def cell(value: Any) -> Any:
    """A value as a cell; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    target = folder / "csv"
    target.mkdir(exist_ok=True)
    paths = []
    for table in TABLES:
        path = target / f"{table}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(schema.tables()[table].names)
            writer.writerows([cell(value) for value in row] for row in ordered(db, table))
        paths.append(path)
    return paths


def rows(path: Path) -> dict[str, int]:
    """Rows below the header."""
    csv.field_size_limit(_LONGEST)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {path.stem: sum(1 for _ in csv.reader(file)) - 1}
