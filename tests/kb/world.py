"""A small world for tests of the base: weeks, pages and answers written into a real archive.

A page is a list of facts (parsers.records) whose quotes are put together to the main text; the parser of this world
reads them back, so that the base is tested apart from the parsers.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import parsers
from crawler.archive import Archive, Fetch
from kb.ids import as_json
from kb.readings import guide_from_json
from parsers.records import FACT_FIELDS, Evidence, Fact, Guide, Region, to_json

FIELD = {kind: name for name, kind in FACT_FIELDS.items()}
XINGTAI = Region("130500", "邢台市", "title")
BASE = "http://guide.example/"
HOURS = {
    "2026-W40": "2026-09-28",
    "2026-W41": "2026-10-05",
    "2026-W42": "2026-10-12",
    "2026-W43": "2026-10-19",
    "2026-W44": "2026-10-26",
    "2026-W45": "2026-11-02",
    "2026-W46": "2026-11-09",
    "2026-W47": "2026-11-16",
}
WEEKS = tuple(HOURS)


def said(record: type[Fact], quote: str, /, **values: Any) -> Fact:
    """A fact with its sentence; its place is set when the page is made."""
    return record(evidence=(Evidence(quote, 0, 0),), **values)


def guide(
    *facts: Fact, title: str = "异地就医备案指南", region: Region | None = XINGTAI, text: str | None = None, **more: Any
) -> Guide:
    """A page of these facts: their sentences are its main text."""
    lines: list[str] = []
    fields: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.evidence[0].quote not in lines:
            lines.append(fact.evidence[0].quote)
    main = "\n".join(lines) if text is None else text
    for fact in facts:
        quote = fact.evidence[0].quote
        start = main.index(quote)
        placed = dataclasses.replace(fact, evidence=(Evidence(quote, start, start + len(quote)),))
        fields.setdefault(FIELD[type(fact)], []).append(placed)
    values: dict[str, Any] = {name: tuple(found) for name, found in fields.items()}
    return Guide(title=title, region=region, relevant=True, main_text=main, **values | more)


def as_bytes(page: Guide) -> bytes:
    return as_json(to_json(page)).encode()


def read(body: bytes, *, url: str | None = None, **_: Any) -> Guide:
    """The parser of this world."""
    return dataclasses.replace(guide_from_json(json.loads(body)), url=url, parser_version=parsers.PARSER_VERSION)


class World:
    """Writes runs into an archive. `pages` maps a path to a Guide, to bytes, or to the name of an outcome."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.monkeypatch = monkeypatch
        monkeypatch.setitem(vars(parsers), "parse", read)
        self.version("1")
        self.last: dict[tuple[str, str], str] = {}

    def version(self, version: str) -> None:
        self.monkeypatch.setitem(vars(parsers), "PARSER_VERSION", version)

    def week(
        self,
        run: str,
        pages: dict[str, Guide | bytes | str],
        *,
        source: str = "sample",
        definition: dict[str, Any] | None = None,
        complete: bool = True,
        status: str = "ok",
    ) -> None:
        at = f"{HOURS[run.split('.', maxsplit=1)[0]]}T02:00:00Z"
        self.monkeypatch.setenv("SOURCE_DATE_EPOCH", str(_epoch(at)))
        entry = {"id": source, "name": source, "start": [BASE], "authority": "C", "region": None} | (definition or {})
        with Archive(self.path) as archive:
            archive.begin_run(run)
            archive.begin_source(run, source, json.dumps(entry))
            for path, page in pages.items():
                self._fetch(archive, run, source, BASE + path, page, at)
            failures = sum(isinstance(p, str) and p not in ("gone", "same") for p in pages.values())
            archive.finish_source(run, source, status=status, reason=None, pages=len(pages), failures=failures)
            archive.finish_run(run, complete=complete)

    def _fetch(self, archive: Archive, run: str, source: str, url: str, page: Guide | bytes | str, at: str) -> None:
        known = self.last.get((source, url))
        common: dict[str, Any] = {"run": run, "source": source, "url": url, "fetched_at": at}
        if page == "same":
            archive.record(Fetch(**common, outcome="not_modified", status=304, sha256=known, change="not_modified"))
        elif page == "gone":
            archive.record(Fetch(**common, outcome="gone", status=404, change="gone"))
        elif isinstance(page, str):
            archive.record(Fetch(**common, outcome=page, detail=page))
        else:
            body = page if isinstance(page, bytes) else as_bytes(page)
            fetch = Fetch(**common, outcome="ok", status=200, content_type="text/html", change="new")
            sha256 = archive.record(fetch, body).sha256
            assert sha256 is not None
            self.last[(source, url)] = sha256


def _epoch(at: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(at).timestamp())


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    from kb.base import open_base

    db = open_base(path, read_only=True)
    try:
        yield db
    finally:
        db.close()


def rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples."""
    with opened(path) as db:
        return [tuple(row) for row in db.execute(sql, values)]


def facts_of(pages: Sequence[Guide]) -> int:
    return sum(len(p.facts()) for p in pages)
