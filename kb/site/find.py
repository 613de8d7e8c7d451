"""The search over everything: regions, facts and pages, best first, with the words marked where they stand.

In: a connection and what a person typed. Out: plain data; a snippet is a list of pieces, each marked or not.
"""

from __future__ import annotations

import csv
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from kb import search
from kb.site import facts
from kb.site.about import HERE
from kb.site.facts import KINDS
from kb.site.questions import provinces
from kb.words import Labels

AROUND = 36
"""Characters shown on each side of the first hit."""
SHOWN = 20
RANKED = 1500
"""Hits of one table up to which they are ranked."""
MOST = 200
"""Results one can page through."""

Pieces = list[tuple[str, bool]]


def find(db: sqlite3.Connection, q: str, *, kind: str = "", offset: int = 0) -> dict[str, Any]:
    """Regions, then facts and pages by rank."""
    words = q.split()
    match = search.to_match(q)
    if match == '""':
        return {"q": q, "kind": kind, "offset": 0, "regions": [], "results": [], "total": 0, "kinds": {}, "more": False}
    hits: list[tuple[bool, float, str, int]] = []
    totals: dict[str, int] = {}
    folded = _folded(words)
    for table in (*KINDS, "guides"):
        if kind and table != kind:
            continue
        found = list(_ranked(db, table, match))
        if found:
            totals[table] = min(len(found), MOST)
            hits += sorted((not _holds(text or "", folded), rank, table, row) for rank, row, text in found)[:MOST]
    hits.sort()  # words in the sentence itself come before words in the title of its page
    say = facts.labels(db)
    results = [
        r for r in (_result(db, table, row, words, say) for _, _, table, row in hits[offset : offset + SHOWN]) if r
    ]
    return {
        "q": q, "kind": kind, "offset": offset, "regions": regions(db, words) if not kind and not offset else [],
        "results": results, "total": len(hits), "kinds": totals, "more": offset + SHOWN < min(len(hits), MOST),
    }  # fmt: skip


def _ranked(db: sqlite3.Connection, table: str, match: str) -> Iterator[tuple[float, int, str]]:
    """Rank, row and text of what matches. Of a word that stands almost everywhere no rank is worth its time: the
    first rows are taken, shorter texts before longer ones.
    """
    name, text = f"v1_{table}", "main_text" if table == "guides" else "quote"
    rows = db.execute(f"SELECT rowid FROM {name}_fts WHERE {name}_fts MATCH ? LIMIT ?", (match, RANKED + 1)).fetchall()
    if len(rows) > RANKED:
        few = ", ".join(str(r[0]) for r in rows[:MOST])
        sql = f"SELECT length({text}) / 1000.0, rowid, {text} FROM {name} WHERE rowid IN ({few})"
        yield from db.execute(sql)
    elif rows:
        sql = (
            f"SELECT f.rank, f.rowid, t.{text} FROM (SELECT rank, rowid FROM {name}_fts WHERE {name}_fts MATCH ? ORDER BY rank LIMIT ?) f"
            f" JOIN {name} t ON t.rowid = f.rowid"
        )
        yield from db.execute(sql, (match, MOST))


class _Folded(dict[int, str]):
    """Code point → the character as it is searched, found out once for each."""

    def __missing__(self, code: int) -> str:
        self[code] = unicodedata.normalize("NFKC", chr(code)).lower()[:1] or " "
        return self[code]


_FOLDED = _Folded()


def _plain(text: str) -> str:
    """Text as it is searched: width and case do not count; as many characters as before."""
    return text.translate(_FOLDED)


def _folded(words: list[str]) -> list[str]:
    return [unicodedata.normalize("NFKC", word).lower() for word in words]


def _holds(text: str, words: list[str]) -> bool:
    """Whether all words, folded already, stand in the text."""
    plain = _plain(text)
    return all(word in plain for word in words)


def _result(db: sqlite3.Connection, table: str, row: int, words: list[str], say: Labels) -> dict[str, Any] | None:
    if table == "guides":
        guide = facts.rows(
            db,
            "SELECT page_id, title, url, region, adcode, authority, published, facts, main_text FROM v1_guides WHERE rowid = ?",
            row,
        )[0]
        text = guide.pop("main_text") or guide["title"] or ""
        return guide | {
            "table": "guides",
            "snippet": snippet(text, words),
            "headline": snippet(guide["title"] or guide["url"], words),
        }
    fact = facts.select(db, table, "rowid = ?", row, say=say)[0]
    return {name: fact[name] for name in SAID} | {
        "snippet": snippet(fact["quote"], words),
        "headline": snippet(fact["value_zh"], words),
        "page_title": snippet(fact["page_title"] or "", words),
    }


SAID = (
    "fact_id", "page_id", "table", "value_zh", "region", "adcode", "authority", "published", "url", "filing_types", "flag", "gone_on",
    "withdrawn_on", "stale_since",
)  # fmt: skip
"""What a result tells of a fact."""


def snippet(text: str, words: list[str]) -> Pieces:
    """The text around the first hit, hits marked. Width and case do not count, as in the index."""
    text = " ".join(text.split())
    plain = _plain(text)
    wanted = _folded(words)
    places = sorted((m.start(), m.end()) for w in wanted for m in re.finditer(re.escape(w), plain))
    first = places[0][0] if places else 0
    start, end = max(0, first - AROUND), min(len(text), first + 3 * AROUND)
    found: Pieces = [("…", False)] if start else []
    at = start
    for low, high in places:
        if low >= at and high <= end:
            found += [(text[at:low], False), (text[low:high], True)]
            at = high
    found += [(text[at:end], False), *([("…", False)] if end < len(text) else [])]
    return [piece for piece in found if piece[0]]


@cache
def _latin() -> tuple[tuple[str, str], ...]:
    """(name in Latin letters, adcode): pinyin, initials and English names of provinces and prefectures.

    pinyin.csv was written with the library pypinyin and looked over: 陕西 is shaanxi, 六安 luan, 厦门 xiamen.
    """
    with (HERE / "pinyin.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [(row[column], row["adcode"]) for column in ("pinyin", "initials") for row in rows]
    return (*names, *((p[3].lower().replace(" ", ""), adcode) for adcode, p in provinces().items()))


def _by_latin(word: str) -> list[str]:
    """adcodes of the regions that a word in Latin letters names or, from four letters on, begins to name."""
    word = word.lower()
    if not (word.isascii() and word.isalpha() and len(word) > 1):
        return []
    return [adcode for name, adcode in _latin() if name == word or (len(word) > 3 and name.startswith(word))]


def regions(db: sqlite3.Connection, words: list[str]) -> list[dict[str, Any]]:
    """Regions whose name one of the words begins or is; pinyin, initials and codes count too."""
    found: dict[str, dict[str, Any]] = {}
    for word in words[:4]:
        pinyin = _by_latin(word)
        like = word.replace("%", "").replace("_", "")
        rows = facts.rows(
            db,
            "SELECT r.adcode, r.name, r.level, p.name AS parent, r.parent_adcode, v.held, v.facts FROM regions r"
            " LEFT JOIN regions p ON p.adcode = r.parent_adcode"
            " LEFT JOIN v1_coverage v ON v.adcode = r.adcode WHERE r.valid_to IS NULL AND (r.name LIKE ?1 || '%' OR r.short_name = ?1 OR r.adcode = ?1"
            f" OR r.adcode IN ({', '.join(map(repr, pinyin)) or 'NULL'})) AND ?1 <> ''"
            " ORDER BY v.held IS NULL, v.held DESC, r.level <> 'provincial', r.adcode LIMIT 8",
            like,
        )
        found |= {r["adcode"]: r for r in rows}
    return list(found.values())[:8]
