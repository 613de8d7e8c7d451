"""Writes docs/CODEBOOK.md, every vocabulary with every code, from the vocabularies themselves.

In:  parsers/vocab/terms/*.yml, kb/terms.yml, and the columns of kb/schema.sql that hold their codes.
Out: the file; with --check nothing is written and the exit code is 1 when the file is out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from kb.schema import tables  # noqa: E402 - the checkout's own schema
from kb.vocabulary import terms  # noqa: E402
from parsers.vocab import Term  # noqa: E402

DOCUMENT = ROOT / "docs" / "CODEBOOK.md"
EXAMPLES = 6
"""Wordings shown of each code; all of them stand in the vocabulary file and in the table `term_forms`."""

HEAD = """# Codebook

Written by `scripts/make_codebook.py` from `parsers/vocab/terms/*.yml`, `kb/terms.yml` and `kb/labels_en.yml`: change the lines there.

Every coded value of this base is one of the codes below; the table `terms` of a release holds the same list. A code
never changes its meaning; new ones are added where pages state what no code fits. Until then the code is `other`, the
wording is kept, and `yidi issues` lists it.

- *Under* is the broader code: a question about the broader one includes it.
- *Wording* shows how pages say it. It is matched in folded text (one width, lower case, `,:;?!()` half-width).
"""


def cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def row(term: Term) -> str:
    wording = "、".join(term.forms[:EXAMPLES]) + (" …" if len(term.forms) > EXAMPLES else "")
    under = f"`{term.parent}`" if term.parent else ""
    cells = (f"`{term.code}`", term.label_zh, term.label_en, under, term.definition or "", wording)
    return f"| {' | '.join(map(cell, cells))} |"


def columns_of(vocabulary: str) -> list[str]:
    """The public columns that hold codes of a vocabulary."""
    return [
        f"`{name}.{column.name}`"
        for name, table in tables().items()
        if name.startswith("v1_")
        for column in table.columns
        if column.vocabulary == vocabulary
    ]


def section(vocabulary: str, rows: list[Term]) -> str:
    names = [name.split(".")[1].rstrip("`") for name in columns_of(vocabulary)]
    held = sorted({f"`{name}`" for name in names})
    used = f"Columns: {', '.join(held)}.\n\n" if held else ""
    head = "| code | 中文 | English | under | definition | wording |\n|---|---|---|---|---|---|"
    return f"## {vocabulary}\n\n{used}{head}\n" + "\n".join(map(row, rows))


def document() -> str:
    """The whole text of docs/CODEBOOK.md."""
    known = terms()
    contents = ", ".join(f"[{name}](#{name})" for name in sorted(known))
    count = sum(len(rows) for rows in known.values())
    parts = [HEAD, f"{count} codes in {len(known)} vocabularies: {contents}."]
    parts += [section(name, known[name]) for name in sorted(known)]
    return "\n\n".join(parts) + "\n"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="write docs/CODEBOOK.md")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is out of date")
    options = parser.parse_args(argv)
    text = document()
    if not options.check:
        DOCUMENT.write_text(text, "utf-8")
        return 0
    if not DOCUMENT.is_file() or DOCUMENT.read_text("utf-8") != text:
        print("docs/CODEBOOK.md is out of date: run scripts/make_codebook.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
