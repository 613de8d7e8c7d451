"""archive(s) → knowledge base, offline. Runs are replayed in their order; only what changed is parsed again.

In: archives, the path of the base. Out: the base, and a `Report`. The base is an image of the archive: where the
parser, a vocabulary, a correction or a source's hints changed, or an older run was completed, everything is replayed
(from cached readings as far as they still hold), so that dates come from the archive and never from the day of a
correction. Otherwise only new runs are applied. Both give the same base.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import parsers
from crawler.archive import GOOD, Archive, ArchiveError, Fetch, Run, RunSource, run_key
from kb import derive, schema, vocabulary, workers
from kb.base import (
    clear_errors,
    create,
    day,
    exclusive,
    index,
    insert,
    insert_rows,
    meta,
    open_base,
    outdated,
    put,
    set_meta,
)
from kb.corrections import Corrections
from kb.history import GONE_RUNS, Historian, Moment
from kb.ids import as_json, digest, page_id, snapshot_id, text_sha256
from kb.privacy import mask, mask_all
from kb.readings import HINTS, Reading, collapsed, guide_from_json, key_of, outcome_of, parser_version
from kb.statements import statements
from kb.workers import Mapping
from parsers.records import Guide, Issue, to_json

SAME_TEXT = 4
"""Addresses of one source that share their main text in one run, from which it is a wall and not a page."""

BATCH = 256
"""Pages held in memory at a time, while they are parsed and while their rows are written."""

AHEAD = 4
"""Batches given to the parsing processes before the readings of the first are awaited."""

_OF_PAGES = "role IN ('page', 'attachment')"
_LOADED = ("facts", "fact_events", "evidence", "pages", "issues")
"""Tables that runs fill and whose indexes are asked from the second run on, and by what is derived."""

_READING = schema.tables()["page_readings"].names[1:]
_BLANK_PAGE: dict[str, Any] = dict.fromkeys((*schema.tables()["pages"].names, *_READING)) | {
    "schemes": "[]", "breadcrumb": "[]", "missed": 0,
}  # fmt: skip

Progress = Callable[[str, int, int], None]
"""Called with a label, how many are done, and how many there are."""

Task = tuple[str, bytes, str, str | None, dict[str, Any]]
"""A body to be parsed: key of its reading, bytes, address, content type, hints."""


@dataclass(slots=True)
class Report:
    """What a build did: runs applied, bodies parsed, totals, and whether everything was replayed."""

    runs: list[str] = field(default_factory=list)
    replayed: bool = False
    parsed: int = 0
    pages: int = 0
    facts: int = 0
    issues: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.runs) or self.replayed


class Archives:
    """Several archives (shards) read as one. Where two hold the same fetch, a good one wins, then the first."""

    def __init__(self, archives: Sequence[Archive]) -> None:
        self.archives = archives

    def runs(self) -> list[Run]:
        """All runs in order; times span all archives, and a run is complete where it is so in every archive with it."""
        found: dict[str, Run] = {}
        for archive in self.archives:
            for new in archive.runs():
                old = found.get(new.run)
                found[new.run] = new if old is None else _joined(old, new)
        return sorted(found.values(), key=lambda r: run_key(r.run))

    def run_sources(self, run: str) -> list[RunSource]:
        found: dict[str, RunSource] = {}
        for archive in self.archives:
            for row in archive.run_sources(run):
                found.setdefault(row.source, row)
        return [found[source] for source in sorted(found)]

    def fetches(self, run: str) -> Iterator[Fetch]:
        """The log of a run by source and address; that of one source is in memory at a time."""
        for source in self.run_sources(run):
            found: dict[str, Fetch] = {}
            for archive in self.archives:
                for new in archive.fetches(run, source.source):
                    old = found.get(new.url)
                    if old is None or (old.outcome not in GOOD and new.outcome in GOOD):
                        found[new.url] = new
            yield from (found[url] for url in sorted(found))

    def body(self, sha256: str) -> bytes:
        for archive in self.archives[:-1]:
            with suppress(ArchiveError):  # another shard may hold it
                return archive.body(sha256)
        return self.archives[-1].body(sha256)


@dataclass(slots=True)
class Answer:
    """What came from an address of a source in the run that is applied; no reading where no body came."""

    fetch: Fetch
    reading: Reading | None = None
    outcome: str | None = None
    """Content outcome: that of the reading, until pages are compared."""


@dataclass(slots=True)
class Unread:
    """The answers of a source in a run, and what it still waits for: readings, and that all its answers are looked at."""

    answers: list[Answer]
    waits: int = 1


def _joined(a: Run, b: Run) -> Run:
    ends = [r.finished_at for r in (a, b) if r.finished_at]
    return Run(a.run, min(a.started_at, b.started_at), max(ends) if ends else None, a.complete and b.complete)


def _silent(_label: str, _done: int, _total: int) -> None:
    return


def state_of(archives: Archives) -> dict[str, str]:
    """Run → digest of what the archive says of it: changes when the run is continued."""
    return {
        r.run: digest(
            r.started_at, r.finished_at, str(r.complete),
            *(as_json([s.source, s.definition, s.finished_at, s.status, s.pages, s.failures])
              for s in archives.run_sources(r.run)),
        )
        for r in archives.runs()
    }  # fmt: skip


def build(
    paths: Sequence[Path], base: Path, *, corrections: Path | None = None, progress: Progress | None = None,
    jobs: int | None = None, dask: str | None = None,
) -> Report:  # fmt: skip
    """Bring the base up to date with the archives. Raises ArchiveError or BaseError with a line for the user; the base
    is then as it was before."""
    new = base.with_name(f"{base.name}.new")
    with ExitStack() as stack:
        stack.enter_context(exclusive(base))
        archives = Archives([stack.enter_context(Archive(path, read_only=True)) for path in paths])
        stack.callback(new.unlink, missing_ok=True)
        state = state_of(archives)
        definitions = newest_definitions(archives)
        reviewed = Corrections.load(corrections)
        inputs = _inputs(definitions, reviewed)
        old = open_base(base) if base.exists() and not outdated(base) else None
        about = meta(old) if old is not None else {}
        if old is not None:
            stack.callback(old.close)
        loaded = json.loads(about.get("loaded", "{}"))
        extends = about.get("inputs") == inputs and {r: state[r] for r in list(state)[: len(loaded)]} == loaded
        if old is not None and extends and len(state) == len(loaded):
            return _report(old, Report())
        todo = [r for r in archives.runs() if not extends or r.run not in loaded]
        report = Report(runs=[r.run for r in todo], replayed=old is not None and not extends)
        if old is not None and extends:
            db = old
        else:
            db = create(new)
            stack.callback(db.close)
            if old is not None:
                _carry_over(old, db)
        with clear_errors(base), db:
            regions = vocabulary.load_reference(db, fresh=db is not old)
            mapping = workers.mapping(jobs, dask)
            loader = Loader(db, regions, archives, definitions, reviewed, report, progress, mapping)
            loader.load(todo)
            if report.replayed:
                loader.alias(base, _why(about))
            set_meta(
                db, inputs=inputs, loaded=as_json(state), schema_version=str(schema.SCHEMA_VERSION),
                parser_version=parsers.PARSER_VERSION, vocabulary_version=vocabulary.version(),
                last_run=max(state, key=run_key, default=""),
            )  # fmt: skip
            derive.derive(db, loader.touched if extends else None)
            db.execute("DELETE FROM check_results")  # they were those of the base before
        _report(db, report)
        if db is not old:
            db.close()
            put(new, base)
        return report


def newest_definitions(archives: Archives) -> dict[str, dict[str, Any]]:
    """Source → its definition in the newest run that has it. It holds for older runs too: a corrected entry corrects
    their readings, and no date."""
    found: dict[str, dict[str, Any]] = {}
    for run in archives.runs():
        for row in archives.run_sources(run.run):
            found[row.source] = json.loads(row.definition)
    return found


def _inputs(definitions: dict[str, dict[str, Any]], corrections: Corrections) -> str:
    hints = {source: [d.get(name) for name in HINTS] for source, d in definitions.items()}
    return digest(
        str(schema.SCHEMA_VERSION), parser_version(), vocabulary.version(), as_json(hints), corrections.version, code()
    )


@cache
def code() -> str:
    """Digest of the code and data of the base: what an older program derived is not mixed with what this one does."""
    files = (p for p in Path(__file__).parent.iterdir() if p.suffix in (".py", ".yml", ".sql"))
    return digest(*(f"{p.name} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in sorted(files)))


def _carry_over(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """What is no image of the archive survives a replay: cached readings and accepted reasons (aliases: see `alias`)."""
    held = "SELECT * FROM readings WHERE parser_version = ?"
    insert_rows(new, "readings", map(tuple, old.execute(held, (parser_version(),))))
    insert_rows(new, "acceptances", map(tuple, old.execute("SELECT * FROM acceptances")))


def _why(about: dict[str, str]) -> str:
    """What ids of the base before can have changed by, for a reader of `aliases`."""
    if about.get("parser_version") != parsers.PARSER_VERSION:
        return f"parser {about.get('parser_version')} → {parsers.PARSER_VERSION}"
    if about.get("vocabulary_version") != vocabulary.version():
        return f"vocabulary {about.get('vocabulary_version')} → {vocabulary.version()}"
    return "correction, source entry, or another reading by the same version"


def _report(db: sqlite3.Connection, report: Report) -> Report:
    report.pages, report.facts, report.issues = (
        db.execute(sql).fetchone()[0]
        for sql in (
            "SELECT count(*) FROM pages WHERE first_seen IS NOT NULL",
            "SELECT count(*) FROM facts WHERE gone_on IS NULL",
            "SELECT count(*) FROM issues",
        )
    )
    return report


class Loader:
    """Applies runs to a base."""

    def __init__(
        self, db: sqlite3.Connection, regions: Collection[str], archives: Archives,
        definitions: dict[str, dict[str, Any]], corrections: Corrections, report: Report, progress: Progress | None,
        mapping: Mapping,
    ) -> None:  # fmt: skip
        self.db = db
        self.regions = regions
        self.archives = archives
        self.definitions = definitions
        self.corrections = corrections
        self.report = report
        self.progress = progress or _silent
        self.mapping = mapping
        corrections.resume(db)
        self.touched: set[str] = set()
        """Pages that were read anew, went or came back."""
        self.historian = Historian(db, vocabulary.labels())
        self.judged: list[tuple[str | None, ...]] = []
        """What became of fetches, to be noted in their log."""
        self.applied = 0

    def load(self, runs: Iterable[Run]) -> None:
        self._sources()
        for run in runs:
            self._run(run)
            index(self.db, *_LOADED)  # the first run of a new base asks none of them: every page in it is new
        self.corrections.write(self.db)
        self._unmatched()

    # -- sources and runs ------------------------------------------------------------------------------------

    def _sources(self) -> None:
        spans: dict[str, list[str]] = defaultdict(list)
        for run in self.archives.runs():
            for row in self.archives.run_sources(run.run):
                spans[row.source].append(run.run)
        insert(self.db, "sources", (self._source(s, d, spans[s]) for s, d in sorted(self.definitions.items())))

    def _source(self, source: str, d: dict[str, Any], runs: list[str]) -> dict[str, Any]:
        start = [str(url) for url in d.get("start") or []]
        return {
            "id": source, "name": d.get("name") or source, "publisher": d.get("publisher"),
            "authority": d.get("authority"), "region_adcode": self._known_region(d.get("region")),
            "host": urlsplit(start[0]).netloc if start else None, "start_urls": as_json(start),
            "layout": d.get("layout"), "min_guides": (d.get("expect") or {}).get("min_guides"),
            "max_drop": (d.get("expect") or {}).get("max_drop"),
            "verified": None if d.get("verified") is None else str(d["verified"]),
            "first_run": runs[0], "last_run": runs[-1],
        }  # fmt: skip

    def _known_region(self, adcode: str | None) -> str | None:
        return adcode if adcode in self.regions else None

    def _run(self, run: Run) -> None:
        insert(self.db, "fetches", (
            {"run": f.run, "source_id": f.source, "url": f.url, "final_url": f.final_url, "fetched_at": f.fetched_at,
             "role": f.role, "outcome": str(f.outcome), "status": f.status, "change": f.change, "content_outcome": None,
             "sha256": f.sha256, "content_type": f.content_type, "snapshot_id": None, "detail": f.detail}
            for f in self.archives.fetches(run.run)
        ))  # fmt: skip
        index(self.db, "fetches")
        last = self.db.execute("SELECT max(fetched_at) FROM fetches WHERE run = ?", (run.run,)).fetchone()[0]
        end = max(run.finished_at or run.started_at, last or "")
        insert_rows(self.db, "runs", [(run.run, run.started_at, run.finished_at, int(run.complete), day(end))])
        insert(self.db, "run_sources", (
            {"run": s.run, "source_id": s.source, "started_at": s.started_at, "finished_at": s.finished_at,
             "status": s.status, "reason": s.reason, "pages": s.pages, "failures": s.failures}
            for s in self.archives.run_sources(run.run)
        ))  # fmt: skip
        shared = dict(self.db.execute(
            f"SELECT url, count(*) FROM fetches WHERE run = ? AND {_OF_PAGES} GROUP BY url HAVING count(*) > 1", (run.run,)
        ).fetchall())  # fmt: skip
        total = self.db.execute(f"SELECT count(*) FROM fetches WHERE run = ? AND {_OF_PAGES}", (run.run,)).fetchone()[0]
        waiting: dict[str, list[Answer]] = defaultdict(list)
        done = count(1)
        for answers in self._read(run.run):
            self._same_text(answers)
            for answer in answers:
                self.progress(f"read {run.run}", next(done), total)
                url, together = answer.fetch.url, [answer]
                if url in shared:
                    waiting[url].append(answer)
                    if len(waiting[url]) < shared[url]:
                        continue  # another source has it too
                    together = sorted(waiting.pop(url), key=lambda a: a.fetch.source)
                self._judged(together, self._page(run, url, together))
        self._flush()

    def _judged(self, answers: Sequence[Answer], shown: str | None) -> None:
        """Note in the log what became of the answers from an address; `shown` is the version that they showed."""
        self.judged += [
            (a.outcome, shown if a.outcome == "ok" else None, a.fetch.run, a.fetch.source, a.fetch.url)
            for a in answers if a.outcome is not None
        ]  # fmt: skip
        self.applied += 1
        if self.applied % BATCH == 0:
            self._flush()

    def _flush(self) -> None:
        self.historian.flush()
        sql = "UPDATE fetches SET content_outcome = ?, snapshot_id = ? WHERE run = ? AND source_id = ? AND url = ?"
        self.db.executemany(sql, self.judged)
        self.judged.clear()

    # -- reading ---------------------------------------------------------------------------------------------

    def _key(self, fetch: Fetch) -> str:
        """The cache key of a fetch."""
        hints = self.definitions[fetch.source]
        return key_of(str(fetch.sha256), fetch.url, self._content_type(fetch), hints)

    def _held(self, url: str) -> dict[str, Any] | None:
        """The page at an address as the base holds it, with the keys of its readings."""
        names = ", ".join(f"r.{name}" for name in _READING)
        sql = f"SELECT p.*, {names} FROM pages p JOIN page_readings r ON r.page_id = p.id WHERE p.url = ?"
        row = self.db.execute(sql, (url,)).fetchone()
        return dict(row) if row else None

    def _current(self, fetch: Fetch) -> Reading | None:
        """The last good reading of the page, if the bytes are still the same."""
        sql = (
            "SELECT r.reading, r.outcome, r.text_sha256 FROM pages p JOIN page_readings r ON r.page_id = p.id"
            " WHERE p.url = ? AND r.sha256 = ?"
        )
        row = self.db.execute(sql, (fetch.url, fetch.sha256)).fetchone()
        return Reading(*row) if row else None

    def _content_type(self, fetch: Fetch) -> str | None:
        """The content type of the body; an answer of status 304 need not repeat it."""
        if fetch.content_type is not None:
            return fetch.content_type
        sql = (
            "SELECT content_type FROM fetches WHERE url = ? AND sha256 = ? AND run <> ? AND content_type IS NOT NULL"
            " ORDER BY fetched_at DESC, source_id LIMIT 1"
        )
        row = self.db.execute(sql, (fetch.url, fetch.sha256, fetch.run)).fetchone()
        return row[0] if row else None

    def _answers(self, run: str) -> Iterator[list[Answer]]:
        """What came from the addresses of pages in a run, source by source."""
        sources = "SELECT source_id FROM run_sources WHERE run = ? ORDER BY source_id"
        names = "run, source_id AS source, url, fetched_at, outcome, role, sha256, content_type"
        sql = f"SELECT {names} FROM fetches WHERE run = ? AND source_id = ? AND {_OF_PAGES} ORDER BY url"
        for (source,) in self.db.execute(sources, (run,)).fetchall():
            yield [Answer(Fetch(**row)) for row in map(dict, self.db.execute(sql, (run, source)).fetchall())]

    def _read(self, run: str) -> Iterator[list[Answer]]:
        """The answers of a source, when all of it is read: what came with a body has its reading, from the cache where
        there is one. Bodies are taken from the archive batch by batch, so that memory stays flat, and some batches
        ahead, so that pages are applied while those of other sources are still parsed."""
        wanted: dict[str, list[tuple[Unread, Answer]]] = defaultdict(list)
        tasks: list[Task] = []
        ahead: deque[Iterable[tuple[Reading, str]]] = deque()
        with self.mapping() as mapped:
            for answers in self._answers(run):
                source = Unread(answers)
                for answer in answers:
                    f = answer.fetch
                    if f.outcome not in GOOD or not f.sha256:
                        continue
                    answer.reading = self._current(f) or self._cached(key := self._key(f))
                    if answer.reading is not None:
                        continue
                    source.waits += 1
                    wanted[key].append((source, answer))
                    if len(wanted[key]) > 1:
                        continue  # asked for already
                    tasks.append((key, self.archives.body(f.sha256), f.url, self._content_type(f), self._hints(f)))
                    if len(tasks) == BATCH:
                        ahead.append(mapped(parse_one, tasks))
                        tasks = []
                    if len(ahead) == AHEAD:
                        yield from self._parsed(ahead.popleft(), wanted)
                source.waits -= 1
                if not source.waits:
                    yield answers
            if tasks:
                ahead.append(mapped(parse_one, tasks))
            for rest in ahead:
                yield from self._parsed(rest, wanted)

    def _parsed(
        self, found: Iterable[tuple[Reading, str]], wanted: dict[str, list[tuple[Unread, Answer]]]
    ) -> Iterator[list[Answer]]:
        """Keep readings that were made, and give them to those that wait; the answers of sources that wait no longer."""
        for reading, guide in found:
            places = wanted.pop(reading.key)
            sha256 = places[0][1].fetch.sha256
            row = (reading.key, sha256, parser_version(), reading.outcome, reading.text_sha256, guide)
            insert_rows(self.db, "readings", [row])
            self.report.parsed += 1
            for source, answer in places:
                answer.reading = reading
                source.waits -= 1
                if not source.waits:
                    yield source.answers

    def _cached(self, key: str) -> Reading | None:
        row = self.db.execute("SELECT key, outcome, text_sha256 FROM readings WHERE key = ?", (key,)).fetchone()
        return Reading(*row) if row else None

    def _guide(self, key: str) -> Guide:
        row = self.db.execute("SELECT guide FROM readings WHERE key = ?", (key,)).fetchone()
        return guide_from_json(json.loads(row[0]))

    def _hints(self, fetch: Fetch) -> dict[str, Any]:
        return {name: self.definitions[fetch.source].get(name) for name in HINTS}

    @staticmethod
    def _same_text(answers: Sequence[Answer]) -> None:
        """Judge the content of the answers of a source; text shared by many of its addresses is no page."""
        read = [(answer, answer.reading) for answer in answers if answer.reading is not None]
        shared = Counter(reading.text_sha256 for _, reading in read)
        for answer, reading in read:
            many = shared[reading.text_sha256] >= SAME_TEXT
            answer.outcome = "same_text" if many and reading.outcome == "ok" else reading.outcome

    # -- one page in one run ---------------------------------------------------------------------------------

    def _page(self, run: Run, url: str, answers: Sequence[Answer]) -> str | None:
        """Apply the best answer of the run to the page. Returns the id of the version it shows."""
        read = [(a, a.reading) for a in answers if a.reading is not None]
        good = [(a, reading) for a, reading in read if a.outcome == "ok"]
        page = self._held(url)
        if page is None:
            if not read:
                return None  # nothing came from this address yet: it is in the log, and no page
            source = (good or read)[0][0].fetch.source
            page = _BLANK_PAGE | {
                "id": page_id(url), "url": url, "source_id": source,
                "authority": self.definitions[source].get("authority"),
            }  # fmt: skip
        self.historian.rows["pages"].append(page)
        before = (page["reading"], page["last_reading"])
        for a, reading in list(good):
            if self._collapsed(page, reading):
                a.outcome = "soft_404"
                good.remove((a, reading))
        if good:
            self._good(run, page, good[0][0].fetch, good[0][1])
            self._rests_on(page, before)
            return str(page["snapshot_id"])
        on = day(answers[0].fetch.fetched_at)
        if any(a.fetch.outcome == "gone" for a in answers):
            self._gone(run, page, on)
        else:
            page["stale_since"] = page["stale_since"] or on
        for a, reading in read:
            self._unusable(run, page, a.fetch.source, reading, str(a.outcome))
        self._rests_on(page, before)
        return None

    def _rests_on(self, page: dict[str, Any], before: tuple[str | None, str | None]) -> None:
        """Keep which readings the page rests on, where that changed (or the page is new)."""
        if (page["reading"], page["last_reading"]) != before or before == (None, None):
            self.historian.rows["page_readings"].append(page | {"page_id": page["id"]})

    def _collapsed(self, page: dict[str, Any], found: Reading) -> bool:
        """Whether the text fell to next to nothing since the page was last read well."""
        if page["snapshot_id"] is None or found.key == page["reading"]:
            return False
        sql = "SELECT length(main_text) FROM snapshots WHERE id = ?"
        row = self.db.execute(sql, (page["snapshot_id"],)).fetchone()
        return row is not None and collapsed(self._guide(found.key), row[0])

    def _unusable(self, run: Run, page: dict[str, Any], source: str, found: Reading, outcome: str) -> None:
        """A body that is no page: it changes no fact, and says why it is none."""
        if (page["last_reading"], page["content_outcome"]) != (found.key, outcome):
            self._issues(run, page, source, [*self._guide(found.key).issues, Issue(outcome)])
        page |= {"last_reading": found.key, "content_outcome": outcome}

    def _gone(self, run: Run, page: dict[str, Any], on: str) -> None:
        page["missed"] += 1
        page["last_checked"], page["stale_since"] = on, None
        if page["missed"] == GONE_RUNS and page["gone_on"] is None:
            page["gone_on"] = on
            self.touched.add(page["id"])
            if page["first_seen"]:
                self.historian.gone(page, Moment(run.run, on))

    def _good(self, run: Run, page: dict[str, Any], fetch: Fetch, found: Reading) -> None:
        on = day(fetch.fetched_at)
        if found.key != page["last_reading"] or page["gone_on"] or page["content_outcome"] != "ok":
            self._apply(run, page, fetch, found, on)  # another version, or this one again after something else
        page |= {
            "first_seen": page["first_seen"] or on, "last_seen": on, "last_checked": on, "stale_since": None,
            "missed": 0, "gone_on": None, "content_outcome": "ok", "last_reading": found.key,
        }  # fmt: skip

    def _apply(self, run: Run, page: dict[str, Any], fetch: Fetch, found: Reading, on: str) -> None:
        """Take in a version of the page."""
        self.touched.add(page["id"])
        first = page["first_seen"] is None
        guide = self.corrections.guide(self._guide(found.key), page["url"])
        region = guide.region.adcode if guide.region else None
        said, refused = statements(guide, page["url"])
        self.corrections.mark(said, page["url"])
        version = snapshot_id(page["url"], found.text_sha256)
        insert_rows(self.db, "snapshots", [(
            version, page["id"], fetch.sha256, found.text_sha256, fetch.fetched_at, mask(guide.main_text),
            guide.parser_version or parsers.PARSER_VERSION,
        )], or_="IGNORE")  # fmt: skip
        issues = [*guide.issues, *refused]
        if region is not None and self._known_region(region) is None:
            issues.append(Issue("unknown_region", region))
        self._describe(page, guide, region)
        self.historian.read(page, said, Moment(run.run, on, version), first=first)
        page |= {
            "reading": found.key, "sha256": fetch.sha256, "outcome": found.outcome, "text_sha256": found.text_sha256,
            "snapshot_id": version,
        }  # fmt: skip
        self._links(page, guide)
        self._issues(run, page, fetch.source, issues)

    def _describe(self, page: dict[str, Any], guide: Guide, region: str | None) -> None:
        source = self.definitions[page["source_id"]]
        known = self._known_region(region)
        page |= {
            "title": mask_all(guide.title), "page_type": guide.page_type, "relevant": int(guide.relevant),
            "scope": guide.scope, "region_adcode": known,
            "region_basis": guide.region.basis if guide.region and known else None,
            "authority": guide.authority or source.get("authority"), "schemes": as_json(sorted(set(guide.scheme))),
            "publisher": mask_all(guide.publisher), "published": guide.published, "effective": guide.effective,
            "layout": guide.layout, "encoding": guide.encoding, "breadcrumb": as_json(mask_all(list(guide.breadcrumb))),
        }  # fmt: skip

    def _links(self, page: dict[str, Any], guide: Guide) -> None:
        if page["last_reading"] is not None:
            self.db.execute("DELETE FROM page_links WHERE page_id = ?", (page["id"],))
        insert_rows(self.db, "page_links", [
            (page["id"], kind, n, mask(link.title), link.url, mask_all(link.teaser), link.date)
            for kind, links in (("related", guide.related_pages), ("attachment", guide.attachments))
            for n, link in enumerate(links, 1)
        ])  # fmt: skip

    def _issues(self, run: Run, page: dict[str, Any], source: str, issues: Iterable[Issue]) -> None:
        """The issues of the page's newest reading take the place of older ones."""
        if page["last_reading"] is not None:
            self.db.execute("DELETE FROM issues WHERE page_id = ?", (page["id"],))
        insert_rows(self.db, "issues", [
            (digest("issue", page["url"], i.code, i.detail, str(i.start)), run.run, source, page["id"], page["url"],
             i.code, mask(i.detail), i.start, i.end)
            for i in issues
        ])  # fmt: skip

    # -- after the last run ----------------------------------------------------------------------------------

    def _unmatched(self) -> None:
        """Corrections that no longer meet a fact become issues."""
        self.db.execute("DELETE FROM issues WHERE code = 'unmatched_correction'")
        for correction in self.corrections.unmatched():
            row = (
                digest("issue", correction.id), None, None, None, correction.url, "unmatched_correction",
                f"{correction.kind}: {correction.quote[:60]}", None, None,
            )  # fmt: skip
            insert_rows(self.db, "issues", [row])

    def alias(self, old: Path, reason: str) -> None:
        """Lead ids of the base before this replay to the facts that now stand on the same words of the same text, and
        say why they changed. An id that nothing carries on becomes an issue."""
        self.db.execute("ATTACH ? AS old", (str(old),))
        lost = "SELECT id FROM old.facts WHERE id NOT IN (SELECT id FROM main.facts)"
        sql = (
            'SELECT o.id AS lost, n.id AS heir, sum(min(oe."end", ne."end") - max(oe.start, ne.start)) AS shared'
            " FROM old.facts o JOIN old.evidence oe ON oe.fact_id = o.id"
            ' JOIN main.evidence ne ON ne.snapshot_id = oe.snapshot_id AND ne.start < oe."end" AND ne."end" > oe.start'
            f" JOIN main.facts n ON n.id = ne.fact_id AND n.kind = o.kind WHERE o.id IN ({lost})"
            " GROUP BY o.id, n.id ORDER BY o.id, shared DESC, n.id"
        )
        leads: dict[str, str] = {}
        for row in self.db.execute(sql):
            leads.setdefault(row["lost"], row["heir"])
        last = self.db.execute("SELECT max(run_date) FROM runs").fetchone()[0] or ""
        rows = [(was, heir, last, reason) for was, heir in leads.items()]
        for r in self.db.execute("SELECT * FROM old.aliases ORDER BY old_id").fetchall():
            kept = self.db.execute("SELECT 1 FROM facts WHERE id = ?", (r["fact_id"],)).fetchone()
            heir = r["fact_id"] if kept else leads.get(r["fact_id"])
            if heir is not None:
                rows.append((r["old_id"], heir, r["since"], r["reason"]))
        now = "SELECT 1 FROM facts WHERE id = ?"
        insert_rows(self.db, "aliases", sorted(r for r in rows if not self.db.execute(now, (r[0],)).fetchone()))
        self.db.execute(
            "INSERT OR REPLACE INTO issues (id, page_id, url, code, detail)"
            " SELECT 'lost-' || o.id, o.page_id, p.url, 'lost_id', o.id || ' ' || o.topic_key FROM old.facts o"
            f" JOIN main.pages p ON p.id = o.page_id WHERE o.id IN ({lost})"
            " AND o.id NOT IN (SELECT old_id FROM main.aliases)"
        )


def parse_one(task: Task) -> tuple[Reading, str]:
    """Parse one body (in a worker process): the reading, and the Guide as JSON."""
    key, body, url, content_type, hints = task
    guide: Guide = parsers.parse(body, url=url, content_type=content_type, **hints)
    return Reading(key, outcome_of(guide), text_sha256(guide.main_text)), as_json(to_json(guide))
