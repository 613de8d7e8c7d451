"""Vocabularies and regions as tables: those of parsers/vocab, and those of the base itself in kb/terms.yml;
English labels for readers in kb/labels_en.yml.

In: the vocabulary files. Out: rows of terms, term_forms, regions and documents; labels for words.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from crawler.outcomes import MEANINGS
from kb.base import insert, insert_rows
from kb.ids import as_json, code_list, digest
from kb.statements import span_of_days
from kb.words import Labels
from parsers.vocab import RegionRow, Term, load_regions, load_terms, parse_yaml

_HERE = Path(__file__).parent


@cache
def terms() -> dict[str, list[Term]]:
    """Vocabulary → its terms: the parsers', then those only the base needs."""
    own: dict[str, dict[str, list[str]]] = parse_yaml((_HERE / "terms.yml").read_text("utf-8"))
    own["fetch_outcome"] = {str(outcome): [m.zh, m.en] for outcome, m in MEANINGS.items()}
    found = {name: list(rows) for name, rows in load_terms().items()}
    for name, more in own.items():
        held = {term.code for term in found.setdefault(name, [])}
        found[name] += [
            Term(name, str(code), texts[0], texts[1], definition=texts[2] if len(texts) > 2 else None)
            for code, texts in more.items()
            if code not in held
        ]
    english: dict[str, dict[str, str]] = parse_yaml((_HERE / "labels_en.yml").read_text("utf-8"))
    for name, said in english.items():
        rows = found[name]
        if unknown := said.keys() - {t.code for t in rows}:
            raise ValueError(f"kb/labels_en.yml: {name} has no code {min(unknown)}")
        found[name] = [replace(t, label_en=said.get(t.code, t.label_en)) for t in rows]
    return found


@cache
def labels() -> Labels:
    """(vocabulary, code) → Chinese label."""
    return {(t.vocabulary, t.code): t.label_zh for rows in terms().values() for t in rows}


@cache
def children(vocabulary: str) -> dict[str, frozenset[str]]:
    """Code → the code itself and everything below it."""
    rows = terms()[vocabulary]
    found = {t.code: {t.code} for t in rows}
    for _ in rows:  # as deep as the vocabulary can be
        for t in rows:
            if t.parent in found:
                found[t.parent] |= found[t.code]
    return {code: frozenset(below) for code, below in found.items()}


@cache
def version() -> str:
    """Digest of every term, form, region and document."""
    return digest(
        as_json([[t.vocabulary, t.code, t.label_zh, t.label_en, t.parent, t.definition, t.forms]
                 for rows in terms().values() for t in rows]),
        as_json([[r.adcode, r.name, r.level, r.parent_adcode, r.valid_from, r.valid_to] for r in load_regions()]),
        as_json([documents(), national_rules(), quality()]),
    )  # fmt: skip


@cache
def documents() -> list[dict[str, Any]]:
    """Known policy documents: kb/documents.yml."""
    rows: list[dict[str, Any]] = parse_yaml((_HERE / "documents.yml").read_text("utf-8"))
    return rows


@cache
def quality() -> list[dict[str, Any]]:
    """Measured quality of extraction: kb/quality.yml."""
    rows: list[dict[str, Any]] = parse_yaml((_HERE / "quality.yml").read_text("utf-8")) or []
    return rows


@cache
def national_rules() -> list[dict[str, Any]]:
    """National rules held second-hand: kb/national.yml."""
    rows: list[dict[str, Any]] = parse_yaml((_HERE / "national.yml").read_text("utf-8"))
    return rows


def load_reference(db: sqlite3.Connection, *, fresh: bool) -> dict[str, RegionRow]:
    """Write all reference tables into a `fresh` base (another one holds them: it would be made anew where one of them
    had changed); returns the regions by adcode."""
    regions = {r.adcode: r for r in load_regions()}
    if not fresh:
        return regions
    insert_rows(db, "regions", (
        (r.adcode, r.name, r.short_name or None, r.level, r.parent_adcode if r.parent_adcode in regions else None,
         r.valid_from, r.valid_to)
        for r in regions.values()
    ))  # fmt: skip
    rows = [t for vocabulary in sorted(terms()) for t in terms()[vocabulary]]
    insert_rows(db, "terms", ((t.vocabulary, t.code, t.label_zh, t.label_en, t.parent, t.definition) for t in rows))
    insert_rows(db, "term_forms", sorted({(t.vocabulary, t.code, form) for t in rows for form in t.forms}))
    columns = ("id", "title", "doc_no", "issuer", "region_adcode", "issued", "effective", "superseded_by", "basis")
    insert_rows(db, "documents", ([d.get(c) for c in columns] for d in documents()))
    insert_rows(db, "national_rules", (
        (r["id"], r["topic"], code_list(r["filing_types"]), r["zh"], r.get("operator"), r.get("amount"), r.get("unit"),
         *span_of_days(r.get("operator"), r.get("amount"), None, r.get("unit")), r["document"], r.get("article"), r["basis"])
        for r in national_rules()
    ))  # fmt: skip
    insert(db, "quality", quality())
    return regions
