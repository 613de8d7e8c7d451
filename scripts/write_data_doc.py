"""Writes docs/DATA.md, the reference of every table and column, from the comments of kb/schema.sql.

In:  kb.schema. Out: the file; with --check nothing is written and the exit code is 1 when the file is out of date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from kb.schema import SCHEMA_VERSION, Column, Table, shared_columns, tables  # noqa: E402 - the checkout's own schema

DOCUMENT = ROOT / "docs" / "DATA.md"

HEAD = f"""# Tables and columns

Written by `scripts/write_data_doc.py` from `kb/schema.sql`: change the comments there. Schema version {SCHEMA_VERSION}.

Other projects build on the public tables, `v1_*`: columns are only ever added to them. The normalized tables below
them may change with the schema version.

- Codes: a column marked with a vocabulary, for example ⟨deadline_kind⟩, holds codes of `terms.vocabulary`; their
  Chinese and English labels and definitions stand in the table `terms`.
- NULL means *not stated*. Lists are sorted JSON arrays, empty is `[]`. Flags are 0 and 1.
- Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`. Dates, and the week that names a run, are those of Asia/Shanghai.
- adcodes are GB/T 2260, always text. `100000` is the nation; NULL is a page about no region in particular.
"""


def row(column: Column) -> str:
    comment = column.comment.replace(f"<{column.vocabulary}>", f"⟨{column.vocabulary}⟩").replace("|", "\\|")
    return f"| `{column.name}` | {column.type} | {comment} |"


def section(table: Table, without: tuple[str, ...] = ()) -> str:
    columns = [column for column in table.columns if column.name not in without]
    head = [f"### {table.name}", "", table.comment[0].upper() + table.comment[1:] + "."]
    if without:
        head.append("The shared columns, then:")
    return "\n".join([*head, "", "| column | type | meaning |", "|---|---|---|", *map(row, columns)])


def document() -> str:
    """The whole text of docs/DATA.md."""
    shared = shared_columns()
    public = {name: table for name, table in tables().items() if name.startswith("v1_")}
    of_facts = {name: table for name, table in public.items() if table.names[: len(shared)] == shared}
    columns = next(iter(of_facts.values())).columns[: len(shared)]
    parts = [
        HEAD,
        "## Public tables of facts",
        "\n".join(
            [
                "One row per fact. They all begin with these columns:",
                "",
                "| column | type | meaning |",
                "|---|---|---|",
                *map(row, columns),
            ]
        ),
    ]
    parts += [section(table, shared) for table in of_facts.values()]
    parts.append("## Other public tables")
    parts += [section(table) for name, table in public.items() if name not in of_facts]
    parts.append("## Normalized tables")
    parts += [section(table) for name, table in tables().items() if name not in public]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="write docs/DATA.md from the schema")
    parser.add_argument("--check", action="store_true", help="only tell whether it is up to date")
    options = parser.parse_args(argv)
    if options.check:
        current = DOCUMENT.is_file() and DOCUMENT.read_text("utf-8") == document()
        if not current:
            print(f"{DOCUMENT.relative_to(ROOT)} is out of date: run scripts/write_data_doc.py", file=sys.stderr)
        return 0 if current else 1
    DOCUMENT.write_text(document(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
