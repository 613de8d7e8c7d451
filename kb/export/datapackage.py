"""Data Package (Frictionless, Table Schema): datapackage.json describes every CSV file with columns, keys, size and hash.

Written after the CSV files, which must lie in csv/ beside it: `ExportError` where one is missing.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from kb import cite, schema
from kb.export import TABLES, ExportError, key
from kb.ids import as_json

_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}


def resource(db: sqlite3.Connection, table: schema.Table, folder: Path) -> dict[str, Any]:
    """The description of one CSV file."""
    path = folder / "csv" / f"{table.name}.csv"
    if not path.is_file():
        raise ExportError(f"datapackage.json describes CSV files and {path} is missing: add --format csv")
    required = {row[1] for row in db.execute(f"PRAGMA table_info({table.name})") if row[3] or row[5]}
    links = [
        {"fields": [row[3]], "reference": {"resource": row[2] if row[2] != table.name else "", "fields": [row[4]]}}
        for row in db.execute(f"PRAGMA foreign_key_list({table.name})")
        if row[2] in TABLES
    ]
    fields = [
        {"name": c.name, "type": _TYPES[c.type], "description": c.comment}
        | ({"constraints": {"required": True}} if c.name in required and c.type != "TEXT" else {})
        for c in table.columns
    ]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "name": table.name, "path": f"csv/{table.name}.csv", "title": table.comment, "profile": "tabular-data-resource",
        "encoding": "utf-8", "mediatype": "text/csv", "format": "csv", "bytes": path.stat().st_size, "hash": f"sha256:{digest}",
        "rows": db.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0],
        "schema": {
            "fields": fields, "primaryKey": [k.strip('"') for k in key(db, table.name)],
            "foreignKeys": sorted(links, key=as_json), "missingValues": [""],
        },
    }  # fmt: skip


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    this = cite.edition(db)
    package = {
        "name": "yidi", "id": f"urn:yidi:release:{this.run}:{this.build_id}", "title": cite.TITLE["zh"], "profile": "tabular-data-package",
        "description": "\n\n".join((cite.DESCRIPTION["zh"], cite.DESCRIPTION["en"], cite.NO_ADVICE["zh"], cite.NO_ADVICE["en"])),
        "version": this.run, "build": this.build_id, "created": f"{this.date}T00:00:00+08:00", "citation": this.citation("en"),
        "keywords": ["异地就医", "异地就医备案", "医疗保障", "health insurance", "China"],
        "licenses": [{"name": cite.LICENCE, "title": cite.LICENCE_TITLE, "path": cite.LICENCE_URL}], "rights": cite.RIGHTS["en"],
        "contributors": [{"title": cite.PUBLISHER, "role": "publisher"}],
        "resources": [resource(db, schema.tables()[name], folder) for name in TABLES],
    }  # fmt: skip
    path = folder / "datapackage.json"
    path.write_text(as_json(package) + "\n", "utf-8")
    return [path]


def rows(path: Path) -> dict[str, int]:
    """None of its own: it describes those of the CSV files."""
    del path
    return {}
