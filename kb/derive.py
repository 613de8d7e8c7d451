"""Everything that follows from the facts: copies, conflicts, flags, and the public layer v1. Made anew after every build.

In: the normalized tables. Out: conflicts, facts.flag, pages.copy_of and all v1_* tables.
"""

from __future__ import annotations

import sqlite3

from kb import answers, conflicts, copies, coverage, public


def derive(db: sqlite3.Connection) -> None:
    """Make all derived tables anew."""
    copies.find(db)
    conflicts.find(db)
    public.facts(db)
    public.guides(db)
    public.changes(db)
    public.conflicts(db)
    answers.answer(db)
    coverage.cover(db)
    public.sources(db)
    public.quality(db)
