"""What the site knows of the release it serves: build, tables and their columns, queries and their parameters.

In: a Datasette. Out: `About`, read once per file, because a release never changes under a server.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATABASE = "yidi"
HERE = Path(__file__).parent


class MissingError(Exception):
    """Nothing in the release has this id; the message says what was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class About:
    """A release as the site needs to know it."""

    folder: Path
    """The folder of the release."""
    meta: dict[str, str]
    run_date: str
    columns: dict[str, tuple[tuple[str, str], ...]]
    """Table → (column, SQLite type); search indexes are left out."""
    size: int
    counts: dict[str, int | None]
    """Table → rows; None for the tables of search indexes."""
    searchable: frozenset[str]
    vocabularies: dict[str, frozenset[str]]
    regions: frozenset[str]
    labels: dict[str, dict[tuple[str, str], str]]
    """Language → (vocabulary, code) → label."""
    site: str
    """Digest of the site's own files and contacts: together with the build it tells one answer from another."""
    contact: str
    """Where to write, from YIDI_CONTACT: an address of mail or of a page; empty = the issues of the project."""
    repository: str
    """Address of the project that takes corrections, from YIDI_REPOSITORY; empty = not told."""

    def inspected(self) -> dict[str, Any]:
        """Row counts in the form in which Datasette would have counted them itself; it stumbles over our indexes."""
        tables = {name: {"count": count} for name, count in self.counts.items()}
        return {DATABASE: {"tables": tables, "size": self.size, "hash": self.build_id}}

    @property
    def build_id(self) -> str:
        return self.meta["build_id"]

    @property
    def schema_version(self) -> int:
        return int(self.meta["schema_version"])

    @property
    def run(self) -> str:
        return self.meta["last_run"]

    def envelope(self) -> dict[str, Any]:
        """What every JSON answer of our own begins with."""
        return {"build_id": self.build_id, "schema_version": self.schema_version, "run": self.run}


def about(datasette: Any) -> About:
    """The release that a Datasette serves."""
    return read(datasette.get_database(DATABASE).path)


@cache
def read(file: str) -> About:
    """What a release says of itself. Asked for every cell of a table: a text is looked up faster than a path."""
    path = Path(file)
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    indexes = {n for n in names if n.endswith("_fts")}
    tables = [n for n in names if "_fts" not in n and not n.startswith("sqlite_")]
    vocabularies: dict[str, set[str]] = {}
    labels: dict[str, dict[tuple[str, str], str]] = {"zh": {}, "en": {}}
    for vocabulary, code, zh, en in db.execute("SELECT vocabulary, code, label_zh, label_en FROM terms"):
        vocabularies.setdefault(vocabulary, set()).add(code)
        labels["zh"][vocabulary, code] = zh
        labels["en"][vocabulary, code] = en or zh
    contact = os.environ.get("YIDI_CONTACT", "")
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    found = About(
        folder=path.parent,
        meta=dict(db.execute("SELECT key, value FROM meta WHERE key NOT LIKE 'digest:%'").fetchall()),
        run_date=db.execute("SELECT coalesce(max(run_date), '') FROM runs").fetchone()[0],
        columns={t: tuple((r[1], r[2]) for r in db.execute(f'PRAGMA table_info("{t}")')) for t in tables},
        size=path.stat().st_size,
        counts={n: db.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] if n in tables else None for n in names},
        searchable=frozenset(n.removesuffix("_fts") for n in indexes),
        vocabularies={name: frozenset(codes) for name, codes in vocabularies.items()},
        regions=frozenset(r for (r,) in db.execute("SELECT adcode FROM regions")),
        labels=labels,
        site=_digest(),
        contact=contact,
        repository=os.environ.get("YIDI_REPOSITORY", "").rstrip("/"),
    )
    db.close()
    return found


def _digest() -> str:
    files = [
        p
        for p in sorted(HERE.rglob("*"))
        if p.is_file() and p.suffix in {".py", ".html", ".css", ".js", ".yml", ".csv"}
    ]
    told = "\n".join(os.environ.get(name, "") for name in ("YIDI_CONTACT", "YIDI_REPOSITORY"))
    return hashlib.sha256(b"".join([*(p.read_bytes() for p in files), told.encode()])).hexdigest()[:12]
