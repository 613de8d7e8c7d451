"""Data Package (Frictionless, Table Schema): datapackage.json describes every CSV file with its columns and keys."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from kb import schema
from kb.base import meta
from kb.export import TABLES, key
from kb.ids import as_json

_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}


def resource(db: sqlite3.Connection, table: schema.Table) -> dict[str, Any]:
    """The description of one CSV file."""
    required = {row[1] for row in db.execute(f"PRAGMA table_info({table.name})") if row[3] or row[5]}
    links = [
        {"fields": [row[3]], "reference": {"resource": row[2], "fields": [row[4]]}}
        for row in db.execute(f"PRAGMA foreign_key_list({table.name})")
        if row[2] in TABLES
    ]
    fields = [
        {"name": c.name, "type": _TYPES[c.type], "description": c.comment}
        | ({"constraints": {"required": True}} if c.name in required and c.type != "TEXT" else {})
        for c in table.columns
    ]
    return {
        "name": table.name, "path": f"csv/{table.name}.csv", "title": table.comment, "profile": "tabular-data-resource",
        "encoding": "utf-8", "mediatype": "text/csv",
        "schema": {
            "fields": fields, "primaryKey": [k.strip('"') for k in key(db, table.name)],
            "foreignKeys": sorted(links, key=as_json), "missingValues": [""],
        },
    }  # fmt: skip


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    about = meta(db)
    package = {
        "name": "yidi", "title": "异地就医备案知识库", "profile": "tabular-data-package",
        "version": about.get("last_run", ""), "build": about.get("build_id"),
        "resources": [resource(db, schema.tables()[name]) for name in TABLES],
    }  # fmt: skip
    path = folder / "datapackage.json"
    path.write_text(as_json(package) + "\n", "utf-8")
    return [path]
