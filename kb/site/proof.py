"""The proof: a version of a page with every fact where it stands, the versions of the page, and one fact by its id.

In: a connection and ids. Out: plain data. Text is cut at the borders of facts, which may overlap, so that a template
can show each piece with the facts that it carries; nothing of a page is ever treated as markup.
"""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from kb import schema
from kb.site import facts
from kb.site.about import MissingError

ALIKE = 0.5
"""Share of characters in common from which two lines are shown as one that changed."""
LONGEST_LINES = 4000
"""Characters of two lines up to which they are compared letter by letter; it takes the square of the time."""
Span = tuple[int, int, str]
"""Start, end (code points) and the id of the fact."""


def page(db: sqlite3.Connection, page_id: str, *, version: str = "", against: str = "") -> dict[str, Any]:
    """One version of a page with its facts; with `against` also what changed since that version."""
    found = facts.rows(db, "SELECT * FROM v1_guides WHERE page_id = ?", page_id)
    if not found:
        raise MissingError(f"没有编号为 {page_id} 的网页 · no page has the id {page_id}")
    guide = found[0]
    versions = facts.rows(
        db,
        "SELECT id, fetched_at, parser_version, length(main_text) AS length FROM snapshots WHERE page_id = ? ORDER BY fetched_at DESC, id",
        page_id,
    )
    ids = [v["id"] for v in versions]
    chosen = version or guide["snapshot_id"] or (ids[0] if ids else "")
    if chosen not in ids and (version or ids):
        raise MissingError(f"网页 {page_id} 没有版本 {chosen} · the page has no version {chosen}")
    if against and against not in ids:
        raise MissingError(f"网页 {page_id} 没有版本 {against} · the page has no version {against}")
    text = _text(db, chosen)
    spans = [
        (r[0], r[1], r[2])
        for r in db.execute(
            'SELECT start, "end", fact_id FROM evidence WHERE snapshot_id = ? ORDER BY start, "end" DESC, fact_id',
            (chosen,),
        )
    ]
    known = facts.by_id(db, {s[2] for s in spans}, say=facts.labels(db))
    spans = [s for s in spans if s[2] in known]
    order = list(dict.fromkeys(s[2] for s in spans))
    del guide["main_text"]
    return {
        "page": guide, "version": chosen, "versions": versions, "pieces": pieces(text, spans),
        "facts": [known[i] for i in order],
        "links": facts.rows(db, "SELECT kind, title, url, date FROM page_links WHERE page_id = ? ORDER BY kind, position LIMIT 60", page_id),
        "issues": facts.rows(db, "SELECT code, detail FROM issues WHERE page_id = ? ORDER BY id LIMIT 50", page_id),
        "against": against or None, "diff": difference(_text(db, against), text) if against else None,
    }  # fmt: skip


def _text(db: sqlite3.Connection, snapshot: str) -> str:
    row = db.execute("SELECT main_text FROM snapshots WHERE id = ?", (snapshot,)).fetchone()
    return row[0] if row else ""


def pieces(text: str, spans: Iterable[Span]) -> list[dict[str, Any]]:
    """The text cut at the borders of all spans; `facts` = those over a piece, `begins` = those that begin with it."""
    spans = [(max(0, s), min(len(text), e), f) for s, e, f in spans if s < len(text)]
    borders = sorted({0, len(text), *(s for s, _, _ in spans), *(e for _, e, _ in spans)})
    seen: set[str] = set()
    found = []
    for start, end in pairwise(borders):
        over = list(dict.fromkeys(f for s, e, f in spans if s <= start and end <= e))
        begins = [f for f in over if f not in seen]
        seen.update(over)
        found.append({"text": text[start:end], "start": start, "facts": over, "begins": begins})
    return found


def difference(before: str, after: str) -> list[dict[str, Any]]:
    """Lines of both versions: same, gone or new; long stretches without change are folded.

    A line that took the place of a like one is cut into `pieces`, (text, whether it differs).
    """
    old, new = before.splitlines(), after.splitlines()
    found: list[dict[str, Any]] = []
    for what, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            lines = old[i:j]
            shown = lines if len(lines) <= 6 else [*lines[:3], "…", *lines[-3:]]
            found += [{"change": "same", "text": line} for line in shown]
        else:
            pairs = [changed(a, b) for a, b in zip(old[i:j], new[k:m], strict=True)] if j - i == m - k else []
            found += [
                {"change": "gone", "text": line, "pieces": pairs[n][0] if pairs else None}
                for n, line in enumerate(old[i:j])
            ]
            found += [
                {"change": "new", "text": line, "pieces": pairs[n][1] if pairs else None}
                for n, line in enumerate(new[k:m])
            ]
    return found


Pieces = list[tuple[str, bool]]


def changed(before: str, after: str) -> tuple[Pieces | None, Pieces | None]:
    """Two lines in pieces, each with whether it differs; None for lines that have too little in common."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if len(before) + len(after) > LONGEST_LINES or matcher.ratio() < ALIKE:
        return None, None
    steps = matcher.get_opcodes()
    old = [(before[i:j], what != "equal") for what, i, j, _, _ in steps if j > i]
    new = [(after[k:m], what != "equal") for what, _, _, k, m in steps if m > k]
    return old, new


def fact(db: sqlite3.Connection, fact_id: str, *, lang: str = "zh") -> dict[str, Any]:
    """One fact with all its words, its history and who contradicts it; an old id leads on."""
    found = facts.by_id(db, [fact_id], say=facts.labels(db))
    if not found:
        alias = db.execute("SELECT fact_id FROM aliases WHERE old_id = ?", (fact_id,)).fetchone()
        if alias is None:
            raise MissingError(f"没有编号为 {fact_id} 的事实 · no fact has the id {fact_id}")
        return {"redirect": f"/fact/{alias[0]}"}
    row = found[fact_id]
    events = facts.rows(
        db, "SELECT * FROM v1_changes WHERE id IN (SELECT id FROM fact_events WHERE fact_id = ? OR previous_fact_id = ?)"
        " ORDER BY on_date, id", fact_id, fact_id,
    )  # fmt: skip
    conflicts = facts.rows(
        db, "SELECT * FROM v1_conflicts WHERE fact_a = ? OR fact_b = ? ORDER BY id", fact_id, fact_id
    )
    if lang == "en":
        events, conflicts = facts.changes_in_english(db, events), facts.conflicts_in_english(db, conflicts)
    return {
        "fact": row,
        "columns": [c for c in row if c not in _SHARED],
        "evidence": facts.rows(
            db, 'SELECT e.snapshot_id, e.start, e."end", e.quote, s.fetched_at, s.page_id FROM evidence e JOIN snapshots s ON s.id = e.snapshot_id'
            " WHERE e.fact_id = ? ORDER BY s.fetched_at DESC, e.ord, e.start", fact_id),
        "spells": facts.rows(db, "SELECT since, until, state FROM spells WHERE fact_id = ? ORDER BY since", fact_id),
        "events": events,
        "aliases": facts.rows(db, "SELECT old_id, since, reason FROM aliases WHERE fact_id = ? ORDER BY old_id", fact_id),
        "conflicts": conflicts,
        "correction": correction(row),
    }  # fmt: skip


_SHARED = frozenset(schema.shared_columns()) | {"table", "value_zh", "value_en"}


def correction(row: facts.Fact) -> str:
    """An entry for the file of corrections, ready to be filled in."""
    quote = row["quote"].splitlines()[0][:40]
    return (
        f"- url: {row['url']}\n  kind: {row['table']}\n  quote: {quote}\n  action: amend   # accept | reject | amend\n"
        "  changes: {}\n  reviewer: \n  reviewed_on: \"\"\n  note: "
    )  # fmt: skip
