"""Chinese search: every Chinese character is a word of its own, in the index and in the question.

In: text, or what a person typed. Out: segmented text for FTS5 (tokenizer unicode61), or a MATCH expression in which
every word of the question is a phrase: '医保 备案' → '"医 保" "备 案"'. The release builds its indexes with `segment`,
the Datasette plugin asks with `to_match`; `VERSION` is stored in the base and compared, because the two must agree.
FTS5's own operators (OR, NEAR, *) are taken as words on purpose.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata

VERSION = "1"

# What unicode61 would keep together although it is written without spaces: Han, kana and their extensions.
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_WORD = re.compile(r"\w+")


class _Spaced(dict[int, str]):
    """A table for str.translate, filled as characters come: five times as fast as a substitution by pattern."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = f" {character} " if _CJK.match(character) else character
        return self[code]


_SPACED = _Spaced()


def segment(text: str | None) -> str:
    """Text with a space around every Chinese character; width and case do not count."""
    return unicodedata.normalize("NFKC", text or "").translate(_SPACED).strip()


def to_match(query: str | None) -> str:
    """A MATCH expression that finds all words of the question; '""' (finds nothing) where it has none."""
    phrases = (" ".join(_WORD.findall(segment(word))) for word in (query or "").split())
    return " ".join(f'"{phrase}"' for phrase in phrases if phrase) or '""'


# table → columns whose text is searched
FACT_COLUMNS = ("quote", "condition", "page_title", "region")
COLUMNS: dict[str, tuple[str, ...]] = {
    "v1_filing_types": (*FACT_COLUMNS, "label", "definition"),
    "v1_channels": (*FACT_COLUMNS, "name", "menu_path"),
    "v1_steps": (*FACT_COLUMNS, "text", "menu_path"),
    "v1_materials": (*FACT_COLUMNS, "name", "issuer", "requirement"),
    "v1_deadlines": (*FACT_COLUMNS, "raw"),
    "v1_operations": (*FACT_COLUMNS, "text"),
    "v1_settlements": (*FACT_COLUMNS, "text"),
    "v1_benefits": (*FACT_COLUMNS, "text"),
    "v1_exemptions": (*FACT_COLUMNS, "text"),
    "v1_legal_basis": (*FACT_COLUMNS, "title", "doc_no"),
    "v1_contacts": (*FACT_COLUMNS, "value", "holder"),
    "v1_faqs": (*FACT_COLUMNS, "question", "answer"),
    "v1_guides": ("title", "region", "publisher", "main_text"),
    "v1_answers": ("region", "answer_zh", "value"),
    "v1_changes": ("region", "before", "after", "quote", "page_title"),
    "v1_coverage": ("region", "province"),
    "v1_sources": ("name", "publisher", "region", "host"),
}


def index(db: sqlite3.Connection) -> None:
    """Build the search indexes; the last step of a release, since VACUUM may move rows.

    The declaration is the one in which Datasette recognises the index of a table by itself.
    """
    db.create_function("segment", 1, segment, deterministic=True)
    for table, columns in COLUMNS.items():
        db.execute(f'CREATE VIRTUAL TABLE {table}_fts USING fts5(text, content="{table}", tokenize="unicode61")')
        text = " || ' · ' || ".join(f"coalesce(\"{c}\", '')" for c in dict.fromkeys(columns))
        db.execute(f"INSERT INTO {table}_fts (rowid, text) SELECT rowid, segment({text}) FROM {table} ORDER BY rowid")
        db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize')")
