"""The base itself, compressed: yidi.db.gz, with no time stamp in its header so that equal bases give equal files."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from kb.export import TABLES

BLOCK = 1 << 20


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    source = Path(db.execute("PRAGMA database_list").fetchone()[2])
    path = folder / "yidi.db.gz"
    with (
        source.open("rb") as plain,
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
    ):
        shutil.copyfileobj(plain, packed, BLOCK)
    return [path]


def rows(path: Path) -> dict[str, int]:
    """Rows of the public tables in the base that comes out of the file."""
    with tempfile.NamedTemporaryFile(suffix=".db") as plain:
        with gzip.open(path) as packed:
            shutil.copyfileobj(packed, plain, BLOCK)
        plain.flush()
        with closing(sqlite3.connect(f"{Path(plain.name).as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
