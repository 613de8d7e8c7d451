"""The schema as data: kb/schema.sql with its `@shared` columns expanded, and the comments of tables and columns.

In: kb/schema.sql. Out: SQL text, `Table` records. A column without a comment is a `ValueError`: the documentation,
the API description and metadata.yml are made or checked from these comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEMA_VERSION = 2
"""`PRAGMA user_version` of a base and `schema_version` of a release; raised when a published name changes."""

_SHARED = re.compile(r"^-- @define shared\n(.*?)^-- @end\n", re.M | re.S)
_TABLE = re.compile(r"^CREATE TABLE (\w+) \([ \t]*(?:-- ([^\n]*))?\n(.*?)^\)", re.M | re.S)
_COLUMN = re.compile(r'^ {2}"?(\w+)"?\s+(TEXT|INTEGER|REAL)\b(.*?)(?:-- (.*))?$')


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, SQLite type, comment and, for a coded one, the vocabulary its codes belong to."""

    name: str
    type: str
    comment: str
    vocabulary: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its comment and its columns in order."""

    name: str
    comment: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


@cache
def sql() -> str:
    """All DDL, ready for `executescript`."""
    text = (Path(__file__).parent / "schema.sql").read_text("utf-8")
    shared = _SHARED.search(text)
    if shared is None:
        raise ValueError("schema.sql: no '@define shared' block")
    return _SHARED.sub("", text).replace("  -- @shared\n", shared.group(1))


@cache
def tables() -> dict[str, Table]:
    """Every table by name, in the order of the file."""
    found = {}
    for name, comment, body in _TABLE.findall(sql()):
        columns = tuple(_column(name, m) for line in body.splitlines() if (m := _COLUMN.match(line)))
        if not comment:
            raise ValueError(f"schema.sql: table {name} has no comment")
        found[name] = Table(name, comment, columns)
    return found


def _column(table: str, match: re.Match[str]) -> Column:
    name, kind, _, comment = match.groups()
    if not comment:
        raise ValueError(f"schema.sql: column {table}.{name} has no comment")
    coded = re.search(r"<(\w+)>", comment)
    return Column(name, kind, comment, coded.group(1) if coded else None)


@cache
def shared_columns() -> tuple[str, ...]:
    """Names of the columns that every v1 table of facts begins with."""
    steps, faqs = tables()["v1_steps"].names, tables()["v1_faqs"].names
    return tuple(name for name in steps if name in faqs)


def markdown() -> str:
    """The tables and columns as Markdown, the second half of docs/DATA_MODEL.md (`python -m kb.schema` prints it)."""
    lines: list[str] = []
    shared = shared_columns()
    for table in tables().values():
        lines += [f"### {table.name}", "", f"{table.comment[0].upper()}{table.comment[1:]}.", ""]
        columns = table.columns
        if table.name.startswith("v1_") and table.names[: len(shared)] == shared and table.name != "v1_steps":
            lines += ["The shared columns of `v1_steps`, then:", ""]
            columns = columns[len(shared) :]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{c.name}` | {c.type} | {_cell(c.comment)} |" for c in columns]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """A comment as a cell; a vocabulary becomes code."""
    return re.sub(r"<(\w+)>", r"`\1`", text).replace("|", "\\|")


if __name__ == "__main__":
    print(markdown(), end="")
