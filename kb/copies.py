"""Copies: pages of one region with nearly the same main text, so that sources are counted and not addresses.

In: main texts. Out: `pages.copy_of`, leading to the page of the best tier, then the oldest date, then the first
address. MinHash over character 4-grams and banding (rensa) find candidates; what is a copy is decided on the exact sets.
Within one region only: boilerplate makes pages of different cities look alike.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby

from rensa import RMinHash, RMinHashLSH

from kb.ids import plain

SAME = 0.85
"""Jaccard similarity of character 4-grams from which a page is a copy."""

_GRAM = 4
_CANDIDATES = 20  # compared exactly, oldest first: boilerplate must not make the search quadratic
_PERMUTATIONS = 128
_BANDS = 16
"""Bands of eight: a pair of similarity 0.85 shares one with a probability of 99.4 %, one of 0.5 with 6 %."""


def grams(text: str) -> frozenset[str]:
    """Character 4-grams of what is said; layout and punctuation do not count."""
    said = plain(text)
    return frozenset(said[i : i + _GRAM] for i in range(max(1, len(said) - _GRAM + 1)))


def find(db: sqlite3.Connection) -> None:
    """Set `pages.copy_of` in the regions of touched pages; pages for which it changes are touched too."""
    before = dict(db.execute("SELECT id, copy_of FROM pages WHERE copy_of IS NOT NULL").fetchall())
    where = "coalesce(p.region_adcode, '') IN (SELECT coalesce(region_adcode, '') FROM pages WHERE id IN touched)"
    where += (
        " OR coalesce(p.region_adcode, '') IN (SELECT coalesce(adcode, '') FROM v1_guides WHERE page_id IN touched)"
    )
    # region by region, so that no more than the index of one is held; texts are fetched one by one
    rows = db.execute(
        "SELECT p.id, p.region_adcode, p.relevant, s.id FROM pages p JOIN snapshots s ON s.id = p.snapshot_id"
        f" WHERE {where}"
        " ORDER BY p.region_adcode, coalesce(p.authority, 'Z'), coalesce(p.published, p.first_seen), p.url"
    ).fetchall()
    found: dict[str, str | None] = {}
    for _, pages in groupby(rows, lambda row: row["region_adcode"]):
        index = RMinHashLSH(threshold=SAME, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        originals: list[tuple[str, str]] = []  # (page, snapshot), by their number in the index
        for page, _, relevant, version in pages:
            found[page] = None
            if not relevant:
                continue
            said = grams(_text(db, version))
            sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
            sketch.update(sorted(said))
            for n in sorted(index.query(sketch))[:_CANDIDATES]:
                if jaccard(grams(_text(db, originals[n][1])), said) >= SAME:
                    found[page] = originals[n][0]
                    break
            else:
                index.insert(len(originals), sketch)
                originals.append((page, version))
    changed = [(page, original) for page, original in found.items() if before.get(page) != original]
    db.executemany("UPDATE pages SET copy_of = ?2 WHERE id = ?1", changed)
    db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(page,) for page, _ in changed])


def _text(db: sqlite3.Connection, snapshot: str) -> str:
    return str(db.execute("SELECT main_text FROM snapshots WHERE id = ?", (snapshot,)).fetchone()[0])


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
