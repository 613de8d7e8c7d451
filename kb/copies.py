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
    """Set `pages.copy_of` for every relevant page that is read."""
    db.execute("UPDATE pages SET copy_of = NULL WHERE copy_of IS NOT NULL")
    rows = db.execute(
        "SELECT p.id, p.region_adcode, s.main_text FROM pages p JOIN snapshots s ON s.id = p.snapshot_id"
        " WHERE p.relevant = 1 ORDER BY coalesce(p.authority, 'Z'), coalesce(p.published, p.first_seen), p.url"
    )
    regions: dict[str | None, list[tuple[str, frozenset[str], RMinHash]]] = defaultdict(list)
    found = []
    for page, region, text in rows:
        said = grams(text)
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update(sorted(said))
        original = next(
            (
                o
                for o, other, s in regions[region]
                if s.jaccard(sketch) >= SAME - _MARGIN and jaccard(other, said) >= SAME
            ),
            None,
        )
        if original is None:
            regions[region].append((page, said, sketch))
        else:
            found.append((original, page))
    db.executemany("UPDATE pages SET copy_of = ? WHERE id = ?", found)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
