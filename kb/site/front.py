"""The front page and the page about this base: how much, how fresh, how good, what is new.

In: a connection. Out: plain data for templates and JSON.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from kb import cite
from kb.checks import load_checks
from kb.site import facts, questions

NEWEST = 8
"""Changes on the front page."""


def front(db: sqlite3.Connection, *, question: str, lang: str) -> dict[str, Any]:
    """What a reader sees first."""
    key = questions.find(question) if question else ""
    answered = questions.counts(db)
    return {
        "numbers": numbers(db),
        "questions": [q | {"presence": answered.get(q["id"], {})} for q in questions.titles(lang)],
        "chosen": key,
        "map": questions.map_of(db, key, lang),
        "legend": legend(key, lang),
        "changes": facts.changes_in_english(db, newest(db)) if lang == "en" else newest(db),
        "quality": next(
            iter(facts.rows(db, "SELECT * FROM v1_quality WHERE field IN ('MICRO', 'MACRO') ORDER BY field")), None
        ),
    }


@facts.per_release
def numbers(db: sqlite3.Connection) -> dict[str, Any]:
    """Sizes and dates of the base."""
    return facts.rows(
        db,
        "SELECT (SELECT count(*) FROM v1_guides WHERE relevant = 1 AND gone_on IS NULL) AS pages,"
        " (SELECT count(*) FROM facts WHERE gone_on IS NULL) AS facts,"
        " (SELECT count(*) FROM v1_coverage WHERE held) AS regions_held, (SELECT count(*) FROM v1_coverage) AS regions,"
        " (SELECT count(*) FROM v1_sources) AS sources, (SELECT count(*) FROM v1_sources WHERE stale_since IS NOT NULL) AS stale,"
        " (SELECT max(run_date) FROM runs) AS run_date, (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM v1_conflicts) AS conflicts",
    )[0]


@facts.per_release
def newest(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """The newest changes; those of the first run, in which everything is new, only where there are no others."""
    return facts.rows(
        db,
        "SELECT * FROM v1_changes ORDER BY run = (SELECT min(run) FROM runs), on_date DESC, event = 'appeared', kind IN ('steps', 'filing_types'), id LIMIT ?",
        NEWEST,
    )


def legend(key: str, lang: str) -> list[dict[str, Any]]:
    """Colours of the answers of a question."""
    order = questions.coded().get(key, {})
    return [{"colour": c, "label": en if lang == "en" else zh} for c, zh, en in order.values()]


def about(db: sqlite3.Connection, *, lang: str) -> dict[str, Any]:
    """What this base is made of and how well it reads."""
    words = {check.id: check.zh for check in load_checks()}
    return {
        "numbers": numbers(db),
        "citation": cite.edition(db).citation(lang),
        "meta": dict(db.execute("SELECT key, value FROM meta WHERE key NOT LIKE 'digest:%' ORDER BY key").fetchall()),
        "quality": facts.rows(db, "SELECT * FROM v1_quality ORDER BY field IN ('MICRO', 'MACRO') DESC, field"),
        "checks": [
            row | {"title": words.get(row["id"])}
            for row in facts.rows(db, "SELECT * FROM check_results ORDER BY passed, severity, id")
        ],
        "sources": facts.rows(db, "SELECT * FROM v1_sources ORDER BY authority, source"),
        "issues": facts.rows(db, "SELECT code, count(*) AS n FROM issues GROUP BY code ORDER BY n DESC, code"),
    }
