"""Copies: pages of one region with nearly the same main text, so that sources are counted and not addresses.

In: main texts. Out: `pages.copy_of`, leading to the page of the best tier, then the oldest date, then the first
address. MinHash over character 4-grams (rensa), compared exactly where the estimate is near the threshold. Within one
region only: boilerplate makes pages of different cities look alike.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from rensa import RMinHash

from kb.ids import plain

SAME = 0.85
"""Jaccard similarity of character 4-grams from which a page is a copy."""

_GRAM = 4
_PERMUTATIONS = 128
_MARGIN = 0.15


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
    rows = db.execute(
        "SELECT p.id, p.region_adcode, p.relevant, s.main_text FROM pages p JOIN snapshots s ON s.id = p.snapshot_id"
        f" WHERE {where} ORDER BY coalesce(p.authority, 'Z'), coalesce(p.published, p.first_seen), p.url"
    )
    regions: dict[str | None, list[tuple[str, frozenset[str], RMinHash]]] = defaultdict(list)
    found: dict[str, str | None] = {}
    for page, region, relevant, text in rows:
        found[page] = None
        if not relevant:
            continue
        said = grams(text)
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update(sorted(said))
        for original, other, known in regions[region]:
            if known.jaccard(sketch) >= SAME - _MARGIN and jaccard(other, said) >= SAME:
                found[page] = original
                break
        else:
            regions[region].append((page, said, sketch))
    changed = [(page, original) for page, original in found.items() if before.get(page) != original]
    db.executemany("UPDATE pages SET copy_of = ?2 WHERE id = ?1", changed)
    db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(page,) for page, _ in changed])


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
