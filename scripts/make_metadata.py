"""Writes metadata.yml for Datasette: Chinese titles and descriptions, facets, and the questions as canned queries.

In:  kb/schema.sql (every table and column with its English comment), kb/site/dictionary.yml (the Chinese words),
     kb/site/queries.yml. Out: metadata.yml; with --check nothing is written and the exit code is 1 when it is out of
     date. A public table or column without Chinese words is an error; of the normalized tables the English is enough.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from kb import schema, search  # noqa: E402 - the checkout's own schema

SITE = ROOT / "kb" / "site"
TARGET = ROOT / "metadata.yml"
HEAD = (
    "# Written by scripts/make_metadata.py from kb/schema.sql, kb/site/dictionary.yml and kb/site/queries.yml:\n"
    "# change those. Settings of the server are in kb/serve.py.\n"
)
ABOUT = {
    "title": "异地就医备案知识库 yidi",
    "description": "各地异地就医备案怎么办、带什么、多久有效、忘了能不能补：逐地逐条，每个答案都能点回原文。仅供研究，不作为办事依据。",
    "license": "数据 CC BY 4.0；引文版权归原网页",
    "license_url": "https://creativecommons.org/licenses/by/4.0/",
    "source": "各级医保部门与公开指南网页",
    "about": "关于本库",
    "about_url": "/about",
}  # fmt: skip


WIDE, PAGE = 30, 50
"""Tables of more than WIDE columns show PAGE rows at a time: a hundred take the browser and the server too long."""


RANKED = 1500
"""Hits of one table that the canned search ranks: of a word that stands everywhere the first ones are as good as any."""


class Loader(yaml.SafeLoader):
    """YAML in which a key given twice is an error."""


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if double := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"{node.start_mark}: given twice: {double}")
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((SITE / name).read_text("utf-8"), Loader)  # noqa: S506 - a SafeLoader
    return loaded


class Dumper(yaml.SafeDumper):
    """YAML that people read: text of several lines stands as it is."""


Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def chinese(table: str, column: str, words: dict[str, str]) -> str | None:
    """The words of a column: its own, those of the normalized table, those of the name."""
    return words.get(f"{table}.{column}") or words.get(f"{table.removeprefix('v1_')}.{column}") or words.get(column)


def tables() -> dict[str, Any]:
    said = load("dictionary.yml")
    found: dict[str, Any] = {}
    for name, table in schema.tables().items():
        if name not in said["tables"]:
            raise ValueError(f"dictionary.yml: no words for table {name}")
        title, description = said["tables"][name]
        columns = {}
        for column in table.columns:
            words = chinese(name, column.name, said["columns"])
            if words is None and name.startswith("v1_"):
                raise ValueError(f"dictionary.yml: no words for {name}.{column.name}")
            columns[column.name] = f"{words}　{column.comment}" if words else column.comment
        entry: dict[str, Any] = {"title": title, "description": f"{description}。 {table.comment}", "columns": columns}
        entry |= {"facets": said["facets"][name]} if name in said["facets"] else {}
        entry |= {"label_column": said["labels"][name]} if name in said["labels"] else {}
        entry |= {} if name.startswith("v1_") or name in ("terms", "regions", "meta") else {"hidden": True}
        entry |= {"size": PAGE} if len(table.columns) > WIDE else {}
        found[name] = entry
    return found


def queries() -> dict[str, Any]:
    said = load("queries.yml")
    facts = [name for name in search.COLUMNS if "fact_id" in schema.tables()[name].names and name != "v1_changes"]
    everything = "\nUNION ALL\n".join(
        f"SELECT '{t.removeprefix('v1_')}' AS kind, t.region, t.adcode, t.quote, t.page_title, t.authority, t.published, t.url,"
        f" t.fact_id, t.page_id, round(f.rank, 4) AS rank\nFROM (SELECT rowid, rank FROM {t}_fts WHERE {t}_fts MATCH escape_fts(:q)"
        f" AND rowid <= (SELECT max(rowid) FROM (SELECT rowid FROM {t}_fts WHERE {t}_fts MATCH escape_fts(:q) LIMIT {RANKED}))"
        f" ORDER BY rank LIMIT 200) AS f JOIN {t} AS t ON t.rowid = f.rowid WHERE t.gone_on IS NULL"
        for t in facts
    )
    parts = {"types": said["types"], "search": everything}
    parts["standing"] = said["standing"].replace("{types}", said["types"])
    found = {}
    for name, query in said["queries"].items():
        text = query["sql"]
        for part, meaning in parts.items():
            text = text.replace(f"{{{part}}}", meaning)
        found[name] = {
            "title": query["title"], "description": query["description"],
            "params": query.get("params", ["region", "filing_type"]), "hide_sql": True, "sql": text,
        }  # fmt: skip
    return found


def metadata() -> str:
    """The whole text of metadata.yml."""
    database = {"title": ABOUT["title"], "tables": tables(), "queries": queries()}
    return HEAD + yaml.dump(
        ABOUT | {"databases": {"yidi": database}}, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=160
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="write metadata.yml")
    parser.add_argument("--check", action="store_true", help="only tell whether it is up to date")
    if parser.parse_args(argv).check:
        current = TARGET.is_file() and TARGET.read_text("utf-8") == metadata()
        if not current:
            print("metadata.yml is out of date: run scripts/make_metadata.py", file=sys.stderr)
        return 0 if current else 1
    TARGET.write_text(metadata(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
