"""Reviewed corrections as data, applied at every build and reported when they no longer match.

In: corrections.yml (its head explains the form). Out: the corrected Guide, marks on statements, rows of `corrections`.
Errors: a malformed entry is a `CorrectionError` with file and entry.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from kb.base import insert_rows
from kb.ids import as_json, digest
from kb.privacy import mask
from kb.readings import from_json
from kb.statements import BY_TABLE, Statement
from parsers.records import FACT_FIELDS, Fact, Guide, to_json
from parsers.vocab import parse_yaml

DEFAULT = Path(__file__).parent / "corrections.yml"


class CorrectionError(ValueError):
    """A corrections file that cannot be used; the message is one line for the user."""


def _entries(rows: Any, path: Path) -> list[Correction]:
    """The entries of a file, checked."""
    if not rows:
        return []
    from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config  # a fifth of a second: only where needed

    entry: Any = with_config(ConfigDict(extra="forbid"))(Correction)
    adapter: TypeAdapter[list[Correction]] = TypeAdapter(list[entry])
    try:
        return adapter.validate_python(rows)
    except ValidationError as error:
        first = error.errors()[0]
        raise CorrectionError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@dataclass(frozen=True, slots=True)
class Correction:
    """One reviewed entry."""

    url: str
    kind: str
    quote: str
    action: Literal["accept", "reject", "amend"]
    reviewer: str
    reviewed_on: str
    note: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return digest("correction", self.url, self.kind, self.quote, self.action)

    def meets(self, quotes: Iterable[str]) -> bool:
        return any(self.quote in quote for quote in quotes)


class Corrections:
    """All entries, with a count of the facts each one applied to in this build."""

    def __init__(self, entries: Iterable[Correction]) -> None:
        self.entries = sorted(entries, key=lambda e: e.id)
        self.version = digest(*(as_json(dataclasses.asdict(e)) for e in self.entries))
        self.hits: Counter[str] = Counter()
        self.by_url: dict[str, list[Correction]] = {}
        for entry in self.entries:
            self.by_url.setdefault(entry.url, []).append(entry)

    @classmethod
    def load(cls, path: Path | None) -> Corrections:
        path = path or DEFAULT
        try:
            rows = parse_yaml(path.read_text("utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise CorrectionError(f"{path}: {' '.join(str(error).split())}") from error
        entries = _entries(rows, path)
        for entry in entries:
            if entry.kind not in BY_TABLE:
                raise CorrectionError(f"{path}: kind: {entry.kind} is no kind of fact")
            known = {f.name for f in dataclasses.fields(FACT_FIELDS[BY_TABLE[entry.kind].field])} - {"evidence"}
            if unknown := sorted(set(entry.changes) - known):
                raise CorrectionError(f"{path}: changes: {entry.kind} have no {unknown[0]}")
        return cls(entries)

    def resume(self, db: sqlite3.Connection) -> None:
        """Counts of the build before; those of a page are counted anew when it is read again."""
        self.hits.update({r["id"]: r["matched"] for r in db.execute("SELECT id, matched FROM corrections")})

    def guide(self, guide: Guide, url: str) -> Guide:
        """The Guide without rejected facts and with amended ones."""
        for entry in self.by_url.get(url, ()):
            self.hits[entry.id] = 0
            name = BY_TABLE[entry.kind].field
            facts: tuple[Fact, ...] = getattr(guide, name)
            kept: list[Fact] = []
            for fact in facts:
                if not entry.meets(e.quote for e in fact.evidence):
                    kept.append(fact)
                    continue
                self.hits[entry.id] += 1
                if entry.action == "amend":
                    kept.append(from_json(type(fact), to_json(fact) | entry.changes))
                elif entry.action == "accept":
                    kept.append(fact)
            changed: dict[str, Any] = {name: tuple(kept)}
            guide = dataclasses.replace(guide, **changed)
        return guide

    def mark(self, said: Iterable[Statement], url: str) -> None:
        """Note on each statement which correction it went through."""
        for entry in self.by_url.get(url, ()):
            for s in said:
                if entry.action != "reject" and s.kind == entry.kind and entry.meets(e.quote for e in s.evidence):
                    s.correction = entry.id

    def unmatched(self) -> list[Correction]:
        return [e for e in self.entries if not self.hits[e.id]]

    def write(self, db: sqlite3.Connection) -> None:
        """Rows of `corrections`."""
        db.execute("DELETE FROM corrections")
        insert_rows(db, "corrections", [
            (e.id, e.url, e.kind, mask(e.quote), e.action, as_json(e.changes), e.reviewer, e.reviewed_on, e.note,
             self.hits[e.id])
            for e in self.entries
        ])  # fmt: skip
