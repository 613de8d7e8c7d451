"""Cells of Datasette's tables: codes with their Chinese labels, ids that lead to their pages, addresses that can be opened.

In: a value, its column and table. Out: markup for the page, None where the value is shown as it is. Only HTML changes;
JSON and CSV carry the codes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from datasette.utils import is_url
from markupsafe import Markup, escape

from kb import schema
from kb.site.about import DATABASE, About

PAGES = {
    "fact_id": "/fact/",
    "previous_fact_id": "/fact/",
    "fact_a": "/fact/",
    "fact_b": "/fact/",
    "page_id": "/page/",
    "adcode": "/region/",
}
"""Columns whose values have a page of their own."""


@cache
def vocabularies() -> dict[tuple[str, str], str]:
    """(table, column) → vocabulary of its codes."""
    return {(t.name, c.name): c.vocabulary for t in schema.tables().values() for c in t.columns if c.vocabulary}


IN_RESULTS = {
    "what": ("exemption_kind", "deadline_kind"), "item": ("material", "anchor"), "state": ("spell_state",),
    "anchor": ("anchor",), "unit": ("deadline_unit", "benefit_unit"),
}  # fmt: skip
"""Columns of canned queries that no table has: the vocabularies of their codes."""


@cache
def _by_column() -> dict[str, frozenset[str]]:
    """Column → vocabularies that it has in any table: for the results of queries."""
    found: dict[str, set[str]] = {column: set(names) for column, names in IN_RESULTS.items()}
    for (_, column), vocabulary in vocabularies().items():
        found.setdefault(column, set()).add(vocabulary)
    return {column: frozenset(names) for column, names in found.items()}


def _vocabulary(value: str, column: str, table: str | None, about: About) -> str | None:
    """The vocabulary of a code. Of a query only the column is known: then the one vocabulary that has the code."""
    if table:
        return vocabularies().get((table, column))
    names = _by_column().get(column, frozenset())
    if len(names) > 1:
        names = frozenset(n for n in names if value in about.vocabularies.get(n, ()))
    return next(iter(names)) if len(names) == 1 else None


def render(value: Any, column: str, table: str | None, about: About, lang: str = "zh") -> Markup | None:
    """What a cell shows."""
    if not isinstance(value, str) or not value:
        return None
    if column in PAGES and value.isascii() and value.isalnum():
        english = "?lang=en" if lang == "en" else ""
        return Markup(f'<a href="{PAGES[column]}{value}{english}">{value}</a>')  # noqa: S704 - letters and digits only
    if column == "url" or column.startswith("url_"):
        return (
            Markup('<a href="{}" rel="noopener external nofollow">{}</a>').format(value, value)
            if value.startswith("http")
            else None
        )
    vocabulary = _vocabulary(value, column, table, about)
    return _coded(value, vocabulary, about, lang) if vocabulary else None


@lru_cache(maxsize=4096)
def _coded(value: str, vocabulary: str, about: About, lang: str) -> Markup | None:
    if value == "[]" and vocabulary == "filing_type":
        return Markup("{} <code>[]</code>").format("everybody" if lang == "en" else "所有人")
    known = about.labels[lang]
    try:
        codes = json.loads(value) if value.startswith("[") else [value]
    except ValueError:
        return None
    parts = [
        Markup("{} <code>{}</code>").format(known[vocabulary, code], code)
        for code in codes
        if (vocabulary, code) in known
    ]
    return Markup("<br>").join(parts) if parts and len(parts) == len(codes) else None


def chinese(text: str) -> Markup:
    """Chinese words marked as such, for pages in English; put together by hand, for Markup.format takes ten times as long
    and a page has thousands of them.
    """
    return Markup(f'<span lang="zh-CN">{escape(text)}</span>')  # noqa: S704 - escaped


_OWN_LINK = re.compile(r'(?<=href=")(/[^"?]*)(?=")')
_HAN = re.compile(r"[\u3400-\u9fff]")


def in_english(cell: Mapping[str, Any], table: str, about: About) -> Any:
    """A cell of Datasette's on an English page: the English label of a code, links that keep the language, Chinese
    marked as such.
    """
    raw, value = cell["raw"], cell["value"]
    if not isinstance(raw, str):
        return value
    known = render(raw, cell["column"], table, about, "en")
    if known is not None:
        return known
    if raw.isascii() and "href" not in value:
        return value
    value = escape(value)
    if "href" in value:
        value = Markup(_OWN_LINK.sub(lambda hit: f"{hit[0]}?{'_' * hit[0].startswith(f'/{DATABASE}/')}lang=en", value))  # noqa: S704 - was safe
    return chinese(value) if _HAN.search(value) else value


MOST_TEXT = 600
"""Characters of a long text that a table shows."""


def plain(value: Any) -> str | Markup:
    """A value that is no code, as a table of results shows it: an address can be opened, a long text is cut."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"<{len(value):,} B>"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if is_url(text):
        return Markup('<a href="{}" rel="noopener external nofollow">{}</a>').format(text, text)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def empty(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> frozenset[str]:
    """Columns that hold nothing in any of the rows."""
    left = set(range(len(names)))
    for row in rows:
        left -= {n for n in left if row[n] is not None}
        if not left:
            break
    return frozenset(names[n] for n in left)


def label(value: Any, column: str, table: str | None, about: About, lang: str) -> str:
    """The label of one code, the value itself where it is none."""
    vocabulary = vocabularies().get((table or "", column))
    return about.labels[lang].get((vocabulary, str(value)), str(value)) if vocabulary else str(value)
