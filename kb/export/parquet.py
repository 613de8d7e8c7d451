"""Parquet: one file per table in parquet/, typed columns, lists as lists, dates as the text they are in the base.

Written by DuckDB, the smallest library that does (24 MB and no dependency; pyarrow and polars have 55 MB), from lines of
JSON with declared types. One thread keeps the order of the rows, and the same rows give the same bytes. A row group is
held in memory while it is written, and rows of v1_guides have the text of a page: hence the size of a group.
"""

from __future__ import annotations

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

import duckdb

from kb import schema
from kb.cite import LICENCE, TITLE, edition
from kb.export import TABLES, ndjson

ROW_GROUP = 10_240
"""Rows of a row group: a multiple of the 2,048 rows that DuckDB handles at a time."""

MEMORY = "192MB"
"""What DuckDB may take for itself; beyond it writes to its temporary folder."""

_TYPES = {"TEXT": "VARCHAR", "INTEGER": "BIGINT", "REAL": "DOUBLE"}


def types(table: str) -> dict[str, str]:
    """Column → type in the file."""
    lists = ndjson.arrays(table)
    return {c.name: "VARCHAR[]" if c.name in lists else _TYPES[c.type] for c in schema.tables()[table].columns}


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """One connection for all files; a new one takes longer than a small file."""
    return duckdb.connect()


def _text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    target = folder / "parquet"
    target.mkdir(exist_ok=True)
    this = edition(db)
    paths = []
    with tempfile.TemporaryDirectory() as work, duckdb.connect() as duck:
        duck.execute(f"SET threads = 1; SET memory_limit = '{MEMORY}'; SET temp_directory = {_text(work)}")
        for table in TABLES:
            lines, path = Path(work) / f"{table}.ndjson", target / f"{table}.parquet"
            ndjson.lines(db, table, lines)
            columns = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in types(table).items())
            about = {
                "title": TITLE["en"],
                "table": schema.tables()[table].comment,
                "build_id": this.build_id,
                "licence": LICENCE,
            }
            notes = ", ".join(f"{_text(name)}: {_text(value)}" for name, value in about.items())
            duck.execute(
                f"COPY (SELECT * FROM read_json({_text(lines)}, format = 'newline_delimited', columns = {{{columns}}}))"
                f" TO {_text(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, KV_METADATA {{{notes}}})"
            )
            lines.unlink()
            paths.append(path)
    return paths


def rows(path: Path) -> dict[str, int]:
    """Rows that can be read from the file."""
    found = _reader().execute(f"SELECT count(*) FROM (SELECT * FROM read_parquet({_text(path)}))").fetchone()
    assert found is not None, "count(*) gives a row"
    return {path.stem: found[0]}
