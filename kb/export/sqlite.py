"""The base itself, compressed: yidi.db.gz, with no time stamp in its header so that equal bases give equal files."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from pathlib import Path


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    source = Path(db.execute("PRAGMA database_list").fetchone()[2])
    path = folder / "yidi.db.gz"
    with (
        source.open("rb") as plain,
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
    ):
        shutil.copyfileobj(plain, packed)
    return [path]
