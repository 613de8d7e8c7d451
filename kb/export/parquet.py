"""Parquet: one file per table in parquet/, typed columns, lists as lists. Needs the `export` extra (pyarrow)."""

from __future__ import annotations

import json
import sqlite3
from importlib import import_module
from pathlib import Path
from typing import Any

from kb import schema
from kb.base import BaseError
from kb.export import TABLES, ordered
from kb.export.ndjson import arrays

_TYPES = {"TEXT": "string", "INTEGER": "int64", "REAL": "float64"}


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise BaseError(f"Parquet needs the export extra: pip install 'yidi[export]' ({error})") from error
    target = folder / "parquet"
    target.mkdir(exist_ok=True)
    paths = []
    for table in TABLES:
        lists, columns = arrays(table), schema.tables()[table].columns
        fields = [
            arrow.field(c.name, arrow.list_(arrow.string()) if c.name in lists else getattr(arrow, _TYPES[c.type])())
            for c in columns
        ]
        rows = ordered(db, table).fetchall()
        values = [
            [json.loads(row[n]) if c.name in lists and row[n] is not None else row[n] for row in rows]
            for n, c in enumerate(columns)
        ]
        data = arrow.table(
            [arrow.array(v, type=f.type) for v, f in zip(values, fields, strict=True)], schema=arrow.schema(fields)
        )
        path = target / f"{table}.parquet"
        parquet.write_table(data, path, compression="zstd")
        paths.append(path)
    return paths
