"""Everything that follows from the facts: copies, conflicts, flags, and the public layer v1. Made after every build.

In: the normalized tables, and the pages that the build touched (None = all). Out: conflicts, facts.flag, pages.copy_of
and all v1_* tables. What no touched page can have changed is left as it is; the result is the same as if everything
had been made anew (a test compares the two).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from kb import answers, conflicts, copies, coverage, public, schema
from kb.base import index


def derive(db: sqlite3.Connection, touched: Iterable[str] | None = None) -> None:
    """Make all derived tables; `touched` = ids of the pages that were read anew, went or came back."""
    db.execute("DROP TABLE IF EXISTS temp.touched")
    db.execute("CREATE TEMP TABLE touched (page_id TEXT PRIMARY KEY)")
    if touched is None:
        db.execute("INSERT INTO touched SELECT id FROM pages")
    else:
        db.executemany("INSERT INTO touched VALUES (?)", [(page,) for page in sorted(set(touched))])
    copies.find(db)
    regions = answers.regions_of(db)
    regions |= conflicts.find(db, conflicts.scope_of(db, regions))
    public.words(db)
    public.guides(db)
    public.conflicts(db)
    answers.answer(db, None if touched is None else regions)
    coverage.cover(db, None if touched is None else regions)
    public.sources(db)
    public.quality(db)
    index(db, *schema.tables())
