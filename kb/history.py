"""What a reading of a page does to what we know: facts begin, go on, change, end and return.

In: the statements of a good reading (or the news that a page is gone), the date and the run. Out: rows of facts,
evidence, spells and fact_events. Rules of the house: only a good reading without a statement ends it; a page gone in
two runs ends our observation of its facts, which stay and say so; everything else changes nothing.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kb.base import insert
from kb.ids import code_list, digest, plain
from kb.statements import BY_TABLE, LINKS, SCOPE, Statement
from kb.words import SAY, Labels, scope
from parsers.records import Evidence

ALIKE = 0.5
"""Share of common text (difflib ratio) from which two wordings are the same statement reworded."""

GONE_RUNS = 2
"""Runs in a row in which a page must be gone before its facts count as withdrawn."""

_NUMBERS = re.compile(r"[0-9０-９]+|[零〇一二两三四五六七八九十百半]+(?=[个天日年月周小工份张次%成])")


_FOLLOWS = ("text", "raw", "ord")
"""Columns that only repeat the words or the place of a fact."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a reading took place: the run, the day in Shanghai, and the version of the page that was read."""

    run: str
    on: str
    snapshot: str = ""


@dataclass(slots=True)
class Known:
    """A fact of the page as the base holds it, read back from its rows."""

    row: sqlite3.Row
    columns: sqlite3.Row

    @property
    def slot(self) -> tuple[Any, ...]:
        row = self.row
        types = tuple(row["filing_types"][2:-2].split('","')) if row["filing_types"] != "[]" else ()
        return (row["kind"], row["topic_key"], types, *(row[c] for c in SCOPE[:3]))


class Historian:
    """Applies readings to a base. Rows of the current run are buffered; `flush` writes them."""

    def __init__(self, db: sqlite3.Connection, labels: Labels) -> None:
        self.db = db
        self.labels = labels
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    # -- the three things that can happen to a page --------------------------------------------------------

    def read(self, page: dict[str, Any], found: Sequence[Statement], now: Moment, *, first: bool) -> None:
        """A good reading of `page`, whose row is still that of the version before. `first`: the base holds nothing of this page yet."""
        old = {} if first else self._facts(page["id"])
        lasting = {i: k for i, k in old.items() if k.row["gone_on"] is None}
        new = {s.id: s for s in found}
        ended = [k for i, k in lasting.items() if i not in new]
        begun = [s for i, s in new.items() if i not in lasting]
        replaced = self._match(ended, begun)
        moved = [e for s in begun if s.id in replaced for e in s.evidence]
        for statement in found:
            known = old.get(statement.id)
            self._write(page, statement, now, known)
            if statement.id in replaced:
                self._changed(replaced[statement.id], statement, now)
            elif known is None:
                self._event(now, statement.id, "appeared", after=self._say(statement))
            elif known.row["gone_on"] or known.row["withdrawn_on"]:
                self._event(now, statement.id, "returned", after=self._say(statement))
            else:
                self._reworded(page, known, statement, now, moved)
            if known is None or known.row["gone_on"] or known.row["withdrawn_on"]:
                self._state(statement.id, "observed", now, fresh=known is None)
        gone = {known.row["id"] for known in replaced.values()}
        for known in ended:
            fact = known.row["id"]
            if fact not in gone:
                self._event(now, fact, "disappeared", before=self._say_known(known))
            self._state(fact, None, now)
            seen = known.row["last_seen"] if known.row["withdrawn_on"] else page["last_seen"]
            self.db.execute(
                "UPDATE facts SET gone_on = ?, last_checked = ?, last_seen = ?, stale_since = NULL WHERE id = ?",
                (now.on, now.on, seen, fact),
            )

    def gone(self, page: dict[str, Any], now: Moment) -> None:
        """The page has been gone for GONE_RUNS runs: its facts stay as they are, withdrawn at their source."""
        for fact, known in self._facts(page["id"]).items():
            if known.row["gone_on"] is None and known.row["withdrawn_on"] is None:
                self._event(now, fact, "page_gone", before=self._say_known(known))
                self._state(fact, "withdrawn", now)
                values = (now.on, page["last_seen"], fact)
                self.db.execute("UPDATE facts SET withdrawn_on = ?, last_seen = ? WHERE id = ?", values)

    def flush(self) -> None:
        """Write what is buffered."""
        for table, rows in self.rows.items():
            insert(self.db, table, rows)
        self.rows.clear()

    # -- comparing -------------------------------------------------------------------------------------------

    def _match(self, ended: Sequence[Known], begun: Sequence[Statement]) -> dict[str, Known]:
        """New statements that replace old ones: same slot first, then same topic, then like words."""
        pairs: dict[str, Known] = {}
        olds, news = list(ended), list(begun)
        for same in (_same_slot, _same_topic, _alike):
            for statement in list(news):
                known = next((k for k in olds if same(k, statement)), None)
                if known is not None:
                    pairs[statement.id] = known
                    olds.remove(known)
                    news.remove(statement)
        return pairs

    def _changed(self, known: Known, statement: Statement, now: Moment) -> None:
        before, after = self._say_known(known), self._say(statement)
        self._event(
            now, statement.id, _change(known, statement, before, after), known.row["id"], before=before, after=after
        )

    def _reworded(
        self, page: dict[str, Any], known: Known, s: Statement, now: Moment, moved: Sequence[Evidence]
    ) -> None:
        """The same statement in a new version of the page: was any of its sentences kept? Not told is a sentence in
        which nothing changed but the number of another fact (`moved`: the words of new values)."""
        if page["snapshot_id"] == now.snapshot:
            return
        sql = "SELECT quote FROM evidence WHERE fact_id = ? AND snapshot_id = ? ORDER BY ord"
        old = [row[0] for row in self.db.execute(sql, (s.id, page["snapshot_id"]))]
        new = [e.quote for e in s.evidence]
        if not old or {plain(q) for q in old} & {plain(q) for q in new}:  # layout and punctuation do not count
            return
        same = all(known.columns[c] == v for c, v in s.columns.items() if c not in _FOLLOWS)
        if same and {_unnumbered(q) for q in old} & {_unnumbered(q) for q in new} and overlap(s.evidence, moved):
            return
        self._event(now, s.id, "wording_changed", s.id, before=old[0], after=new[0])

    # -- reading the base ------------------------------------------------------------------------------------

    def _facts(self, page: str) -> dict[str, Known]:
        rows = {r["id"]: r for r in self.db.execute("SELECT * FROM facts WHERE page_id = ? ORDER BY id", (page,))}
        columns: dict[str, sqlite3.Row] = {}
        for table in sorted({r["kind"] for r in rows.values()}):
            sql = f"SELECT t.* FROM {table} t JOIN facts f ON f.id = t.fact_id WHERE f.page_id = ?"
            columns |= {r["fact_id"]: r for r in self.db.execute(sql, (page,))}
        return {fact: Known(row, columns[fact]) for fact, row in rows.items()}

    # -- writing ---------------------------------------------------------------------------------------------

    def _write(self, page: dict[str, Any], s: Statement, now: Moment, known: Known | None) -> None:
        self.rows["facts"].append(
            s.shared | {
                "id": s.id, "kind": s.kind, "page_id": page["id"], "region_adcode": page["region_adcode"],
                "filing_types": code_list(s.filing_types), "topic_key": s.topic_key, "value_key": s.value_key,
                "authority": page["authority"], "first_seen": known.row["first_seen"] if known else now.on,
                "last_seen": now.on, "last_checked": now.on, "gone_on": None, "withdrawn_on": None,
                "stale_since": None, "flag": None, "correction": s.correction,
            }
        )  # fmt: skip
        self.rows[s.kind].append({"fact_id": s.id} | s.columns)
        if known is None:
            self.rows["fact_filing_types"] += [{"fact_id": s.id, "filing_type": t} for t in s.filing_types]
        self.rows["evidence"] += [
            {"fact_id": s.id, "snapshot_id": now.snapshot, "start": e.start, "end": e.end, "ord": n, "quote": e.quote}
            for n, e in enumerate(s.evidence, 1)
        ]
        self._links(s)

    def _links(self, s: Statement) -> None:
        """Rows of the tables for joins; the columns they are made of are part of the id and never change."""
        for table, sources in LINKS.items():
            for kind, column, relation in sources:
                if s.kind != kind:
                    continue
                for code in s.columns[column][2:-2].split('","') if s.columns[column] != "[]" else ():
                    names = {"fact_id": s.id, "operation": code, "code": code, "relation": relation}
                    self.rows[table].append(names)

    def _state(self, fact: str, state: str | None, now: Moment, *, fresh: bool = False) -> None:
        """End the spell that lasts, and begin one in `state` (None = the fact has ended)."""
        if not fresh:
            self.db.execute("DELETE FROM spells WHERE fact_id = ? AND until IS NULL AND since = ?", (fact, now.on))
            self.db.execute("UPDATE spells SET until = ? WHERE fact_id = ? AND until IS NULL", (now.on, fact))
        if state is not None:
            self.rows["spells"].append({"fact_id": fact, "since": now.on, "until": None, "state": state})

    def _event(
        self, now: Moment, fact: str, event: str, previous: str | None = None, *,
        before: str | None = None, after: str | None = None,
    ) -> None:  # fmt: skip
        self.rows["fact_events"].append(
            {
                "id": digest("event", now.run, fact, event), "run": now.run, "on_date": now.on, "fact_id": fact,
                "event": event, "previous_fact_id": previous, "before": before, "after": after,
            }
        )  # fmt: skip

    def _say(self, s: Statement) -> str:
        return _with_scope(SAY[s.kind](s.columns, self.labels), code_list(s.filing_types), s.shared["modality"], self)

    def _say_known(self, k: Known) -> str:
        words = SAY[k.row["kind"]](dict(k.columns), self.labels)
        return _with_scope(words, k.row["filing_types"], k.row["modality"], self)


def _with_scope(words: str, filing_types: str, modality: str | None, historian: Historian) -> str:
    more = scope(filing_types, modality, historian.labels)
    return f"{words}（{more}）" if more else words


def _unnumbered(text: str) -> str:
    return plain(_NUMBERS.sub("#", text))


def _same_slot(known: Known, s: Statement) -> bool:
    """Same topic and same scope; where the topic is broad (steps of a flow), the words must be alike too."""
    return known.slot == s.slot and _same_topic(known, s)


def _same_topic(known: Known, s: Statement) -> bool:
    """Same topic in another scope: the scope of the sentence changed, not its subject."""
    return known.row["topic_key"] == s.topic_key and (not BY_TABLE[s.kind].broad or _alike(known, s))


def _alike(known: Known, s: Statement) -> bool:
    if known.row["kind"] != s.kind or not BY_TABLE[s.kind].worded:
        return False
    names = [c for c in ("text", "question", "answer") if c in s.columns]
    old, new = (plain("".join(str(v[c]) for c in names)) for v in (known.columns, s.columns))
    return difflib.SequenceMatcher(None, old, new, autojunk=False).ratio() >= ALIKE


def _change(known: Known, s: Statement, before: str, after: str) -> str:
    """Value or wording? A worded value changes when its numbers do."""
    if BY_TABLE[s.kind].worded:
        return "wording_changed" if _NUMBERS.findall(before) == _NUMBERS.findall(after) else "value_changed"
    coded = [known.row[c] == s.shared[c] for c in (*SCOPE, "valid_from", "valid_to")]
    same = known.row["value_key"] == s.value_key and known.slot == s.slot and all(coded)
    return "wording_changed" if same else "value_changed"


def as_of(db: sqlite3.Connection, date: str) -> list[sqlite3.Row]:
    """The facts that stood on a day, each with its state then: observed, or withdrawn with its page."""
    sql = (
        "SELECT f.id, f.kind, f.topic_key, f.value_key, f.region_adcode, s.state FROM spells s"
        " JOIN facts f ON f.id = s.fact_id"
        " WHERE s.since <= ?1 AND (s.until IS NULL OR s.until > ?1) ORDER BY f.id"
    )
    return db.execute(sql, (date,)).fetchall()


def overlap(a: Iterable[Evidence], b: Iterable[Evidence]) -> int:
    """Code points that two sets of places share."""
    return sum(max(0, min(x.end, y.end) - max(x.start, y.start)) for x in a for y in b)
