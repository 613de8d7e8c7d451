"""The archive: the bytes of every page, once per content, and a log of every fetch. Where crawler and kb meet.

One SQLite file. Bodies are kept decoded (no transfer or content encoding) and untouched otherwise, compressed
with zstd level 3 under the sha256 of the uncompressed bytes. `fetches` grows by one row per run, source and
address; within a run a later try of a failed address replaces its row, nothing else is ever overwritten.
Addresses are canonical and in the address space of the source's `start`. Times are UTC, 'YYYY-MM-DDTHH:MM:SSZ'.
One transaction per page: after a crash the file holds whole pages only. Writers use WAL with synchronous=NORMAL:
a power cut may lose the last pages, never the file.

Errors: everything that is wrong with the file itself is one `ArchiveError` with a line for the user.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from crawler import clock
from crawler.outcomes import is_failure

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

APPLICATION_ID = 0x79696469  # "yidi" in ASCII: `file archive.db` and we know the file as ours
ZSTD_LEVEL = 3  # measured: three times the pages per second of zlib, 7 % larger
BUSY_MS = 30_000  # how long a writer waits for another before the archive counts as locked

# Each entry leads from the version of its index to the next; the last version is the one this program writes.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE bodies (
        sha256 TEXT PRIMARY KEY,
        codec  TEXT NOT NULL,
        size   INTEGER NOT NULL,
        body   BLOB NOT NULL
    );
    CREATE TABLE runs (
        run         TEXT PRIMARY KEY,
        started_at  TEXT NOT NULL,
        finished_at TEXT,
        complete    INTEGER NOT NULL
    );
    CREATE TABLE run_sources (
        run         TEXT NOT NULL REFERENCES runs(run),
        source      TEXT NOT NULL,
        definition  TEXT NOT NULL,
        started_at  TEXT,
        finished_at TEXT,
        status      TEXT NOT NULL CHECK (status IN ('ok', 'partial', 'failed', 'empty', 'skipped')),
        reason      TEXT,
        pages       INTEGER NOT NULL,
        failures    INTEGER NOT NULL,
        PRIMARY KEY (run, source)
    );
    CREATE TABLE fetches (
        id            INTEGER PRIMARY KEY,
        run           TEXT NOT NULL REFERENCES runs(run),
        source        TEXT NOT NULL,
        url           TEXT NOT NULL,
        final_url     TEXT,
        fetched_at    TEXT NOT NULL,
        outcome       TEXT NOT NULL,
        status        INTEGER,
        sha256        TEXT REFERENCES bodies(sha256),
        content_type  TEXT,
        etag          TEXT,
        last_modified TEXT,
        change        TEXT CHECK (change IN ('new', 'changed', 'same', 'not_modified', 'gone')),
        redirects     TEXT NOT NULL,
        depth         INTEGER NOT NULL,
        role          TEXT NOT NULL CHECK (role IN ('page', 'list', 'attachment', 'robots')),
        referrer      TEXT,
        detail        TEXT,
        UNIQUE (run, source, url)
    );
    CREATE INDEX fetches_by_url ON fetches (source, url, fetched_at);
    CREATE TABLE links (
        run    TEXT NOT NULL,
        source TEXT NOT NULL,
        url    TEXT NOT NULL,
        target TEXT NOT NULL,
        text   TEXT NOT NULL,
        PRIMARY KEY (run, source, url, target)
    ) WITHOUT ROWID;
    """,
)
VERSION = len(MIGRATIONS)


class ArchiveError(Exception):
    """The archive cannot be used as it is; the message is one line for the user."""


class Redirect(NamedTuple):
    """One hop: the address that answered with it, and why (an HTTP status or 'meta refresh')."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """One refresh. `complete`: every source asked for came to its end by itself, well or badly."""

    run: str
    started_at: str
    finished_at: str | None
    complete: bool


@dataclass(frozen=True, slots=True)
class RunSource:
    """What became of one source in one run. `definition` is its entry as JSON, without `via`."""

    run: str
    source: str
    definition: str
    started_at: str | None
    finished_at: str | None
    status: str
    reason: str | None
    pages: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One address asked for in one run. `outcome` is a value of crawler.outcomes.Outcome, `id` 0 before it is stored.

    `sha256` names the body that counts for this row: of a 304 that of the earlier fetch; None where there is none.
    """

    run: str
    source: str
    url: str
    fetched_at: str
    outcome: str
    role: str = "page"
    depth: int = 0
    final_url: str | None = None
    status: int | None = None
    sha256: str | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    change: str | None = None
    redirects: tuple[Redirect, ...] = ()
    referrer: str | None = None
    detail: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """An anchor on `url` that leads to `target`, a followed page or an attachment; `text` as the spider read it."""

    run: str
    source: str
    url: str
    target: str
    text: str


GOOD = ("ok", "not_modified")  # outcomes whose body is the page that was asked for
_FETCH_COLUMNS = tuple(f.name for f in fields(Fetch))
_STORED_COLUMNS = tuple(name for name in _FETCH_COLUMNS if name != "id")
_SELECT_FETCH = f"SELECT {', '.join(_FETCH_COLUMNS)} FROM fetches"
_UPSERT_FETCH = (
    f"INSERT INTO fetches ({', '.join(_STORED_COLUMNS)}) VALUES ({', '.join(':' + c for c in _STORED_COLUMNS)}) "
    "ON CONFLICT (run, source, url) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in _STORED_COLUMNS if c not in ("run", "source", "url"))
)
_INSERT_LINK = "INSERT OR IGNORE INTO links (run, source, url, target, text) VALUES (?, ?, ?, ?, ?)"
_INSERT_BODY = (  # a body that is there already is left alone, one that was damaged is healed
    "INSERT INTO bodies (sha256, codec, size, body) VALUES (?, 'zstd', ?, ?) ON CONFLICT (sha256) DO UPDATE SET "
    "codec = excluded.codec, size = excluded.size, body = excluded.body WHERE body IS NOT excluded.body"
)


_REPEATED = ("run", "source", "fetched_at", "outcome", "role", "content_type", "change")
"""Columns with few values: one string for all rows, where a run of many pages is held in memory."""


def _fetch(row: sqlite3.Row) -> Fetch:
    values = dict(row)
    values |= {name: sys.intern(values[name]) for name in _REPEATED if values[name] is not None}
    values["redirects"] = tuple(Redirect(hop["url"], hop["reason"]) for hop in json.loads(values["redirects"]))
    return Fetch(**values)


def _stored(fetch: Fetch) -> dict[str, Any]:
    values = {column: getattr(fetch, column) for column in _STORED_COLUMNS}
    values["outcome"] = str(fetch.outcome)
    values["redirects"] = json.dumps([hop._asdict() for hop in fetch.redirects], ensure_ascii=False)
    return values


def _change(fetch: Fetch, known: Fetch | None) -> str | None:
    """What happened to the page since the last good fetch; None where this one cannot tell."""
    if fetch.outcome == "gone":
        return "gone"
    if fetch.outcome not in GOOD or fetch.role == "robots":
        return None
    if known is None:
        return "new"
    if fetch.outcome == "not_modified":
        return "not_modified"
    return "same" if fetch.sha256 == known.sha256 else "changed"


def _together(*statuses: str) -> str:
    """The status of a source whose pages two workers fetched."""
    told = set(statuses) - {"skipped"} or {"skipped"}
    if len(told) == 1:
        return told.pop()
    return "partial" if told & {"partial", "failed"} else "ok"


def _decompress(codec: str, body: bytes) -> bytes:
    if codec != "zstd":
        raise ValueError(f"unknown codec {codec}")
    return zstd.decompress(body)


class Archive:
    """A context manager over one archive file. It is created where it does not exist, except read-only.

    One object belongs to one thread. Several processes may read while one writes; writers take turns.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        if self.path.is_dir():
            raise ArchiveError(f"archive is a directory: {self.path}")
        if read_only and not self.path.is_file():
            raise ArchiveError(f"no archive at {self.path} (yidi crawl makes one)")
        with self._clear_errors():
            if not read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._uri(), uri=True, isolation_level=None)
        try:
            with self._clear_errors():
                self._open()
        except ArchiveError:
            self._db.close()
            raise

    def _uri(self) -> str:
        location = self.path.absolute().as_uri()
        if not self.read_only:
            return f"{location}?mode=rwc"
        wal = self.path.with_name(self.path.name + "-wal")
        # Readers of a WAL file create side files; on a read-only medium the file is at rest and may be read as it is.
        at_rest = not wal.exists() and not os.access(self.path.parent, os.W_OK)
        return f"{location}?mode=ro" + ("&immutable=1" if at_rest else "")

    def _open(self) -> None:
        db = self._db
        db.row_factory = sqlite3.Row
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        version = self._pragma("user_version")
        tables = self._scalar("SELECT count(*) FROM sqlite_master")
        if self._pragma("application_id") != APPLICATION_ID and (tables or self.read_only):
            raise ArchiveError(f"not an archive of yidi: {self.path}")
        if version > VERSION:
            raise ArchiveError(f"archive {self.path} is of version {version}, newer than this program ({VERSION})")
        if self.read_only:
            if version < VERSION:
                raise ArchiveError(f"archive {self.path} is of version {version}; yidi crawl brings it to {VERSION}")
            return
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if version < VERSION:
            self._migrate()

    def _migrate(self) -> None:
        with self._transaction():
            version = self._pragma("user_version")  # again, inside the lock: another process may have been first
            self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            for script in MIGRATIONS[version:]:
                for statement in script.split(";"):
                    if statement.strip():
                        self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file. Safe to call twice."""
        self._db.close()

    # -- reading ---------------------------------------------------------------------------------------------

    def runs(self) -> Iterator[Run]:
        """All runs, oldest first ('2026-W47' before '2026-W47.2' before '2026-W47.10')."""
        rows = self._rows("SELECT run, started_at, finished_at, complete FROM runs")
        for row in sorted(rows, key=lambda row: run_key(row["run"])):
            yield Run(row["run"], row["started_at"], row["finished_at"], bool(row["complete"]))

    def run_sources(self, run: str) -> Iterator[RunSource]:
        """The sources of a run, by id."""
        names = ", ".join(f.name for f in fields(RunSource))
        for row in self._rows(f"SELECT {names} FROM run_sources WHERE run = ? ORDER BY source", (run,)):
            yield RunSource(*row)

    def fetches(self, run: str | None = None, source: str | None = None) -> Iterator[Fetch]:
        """Fetches by run, source and address; all of them, or those of a run or a source."""
        given = {name: value for name, value in (("run", run), ("source", source)) if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in given) or "TRUE"
        rows = self._rows(f"{_SELECT_FETCH} WHERE {where} ORDER BY run, source, url", given)
        return (_fetch(row) for row in rows)

    def links(self, run: str | None = None, source: str | None = None) -> Iterator[Link]:
        """Followed anchors, in the same order as their pages."""
        sql = "SELECT run, source, url, target, text FROM links"
        where = " WHERE (:run IS NULL OR run = :run) AND (:source IS NULL OR source = :source)"
        rows = self._rows(f"{sql}{where} ORDER BY run, source, url, target", {"run": run, "source": source})
        return (Link(*row) for row in rows)

    def body(self, sha256: str) -> bytes:
        """The bytes of that hash, checked against it. ArchiveError where they are missing or damaged."""
        with self._clear_errors():
            row = self._db.execute("SELECT codec, body FROM bodies WHERE sha256 = ?", (sha256,)).fetchone()
        if row is None:
            raise ArchiveError(f"archive {self.path} holds no body {sha256}")
        try:
            body = _decompress(row["codec"], row["body"])
        except (zstd.ZstdError, ValueError) as error:
            raise ArchiveError(f"archive {self.path} is damaged: body {sha256}: {error}") from error
        if hashlib.sha256(body).hexdigest() != sha256:
            raise ArchiveError(f"archive {self.path} is damaged: body {sha256} does not have that hash")
        return body

    def latest_good(self, source: str, url: str) -> Fetch | None:
        """The newest fetch of that address that brought the page itself, in whatever run."""
        sql = f"{_SELECT_FETCH} WHERE source = ? AND url = ? AND outcome IN (?, ?) AND sha256 IS NOT NULL"
        rows = self._rows(f"{sql} ORDER BY fetched_at DESC, id DESC LIMIT 1", (source, url, *GOOD))
        return _fetch(rows[0]) if rows else None

    def latest(self, source: str) -> dict[str, Fetch]:
        """The newest fetch of every address of the source, however it came out."""
        sql = f"{_SELECT_FETCH} WHERE source = ? AND role <> 'robots' ORDER BY fetched_at, id"
        return {row["url"]: _fetch(row) for row in self._rows(sql, (source,))}

    def fetch_of(self, run: str, source: str, url: str) -> Fetch | None:
        """The fetch of that address in that run."""
        rows = self._rows(f"{_SELECT_FETCH} WHERE run = ? AND source = ? AND url = ?", (run, source, url))
        return _fetch(rows[0]) if rows else None

    def stats(self) -> dict[str, int]:
        """Counts and sizes in bytes: runs, fetches, bodies, bytes, stored_bytes, file_bytes."""
        sizes = self._rows("SELECT count(*), coalesce(sum(size), 0), coalesce(sum(length(body)), 0) FROM bodies")[0]
        return {
            "runs": self._scalar("SELECT count(*) FROM runs"),
            "fetches": self._scalar("SELECT count(*) FROM fetches"),
            "bodies": sizes[0],
            "bytes": sizes[1],
            "stored_bytes": sizes[2],
            "file_bytes": self.path.stat().st_size,
        }

    def verify(self) -> Iterator[str]:
        """Every fault as one line: of the file, of a body against its hash and size, of a fetch without its body."""
        for row in self._rows("PRAGMA integrity_check"):
            if row[0] != "ok":
                yield f"file: {row[0]}"
        for row in self._rows("SELECT sha256, size FROM bodies ORDER BY sha256"):
            try:
                size = len(self.body(row["sha256"]))
            except ArchiveError as error:
                yield str(error)
                continue
            if size != row["size"]:
                yield f"body {row['sha256']}: {size} bytes, {row['size']} recorded"
        orphans = "SELECT run, source, url FROM fetches WHERE sha256 NOT IN (SELECT sha256 FROM bodies)"
        for row in self._rows(orphans):
            yield f"fetch {row['run']} {row['source']} {row['url']}: its body is missing"

    # -- writing ---------------------------------------------------------------------------------------------

    def next_run(self, sources: Iterable[str] = ()) -> str:
        """The run to write now: this week's newest one while it is not complete, or lacks one of the sources, or one
        of them failed in it as a whole; else the next ('2026-W47', then '2026-W47.2', ...)."""
        week = clock.week()
        of_week = [run for run in self.runs() if run.run.split(".")[0] == week]
        if not of_week:
            return week
        newest = of_week[-1]
        done = {entry.source for entry in self.run_sources(newest.run) if entry.status != "failed"}
        if not newest.complete or not done.issuperset(sources):
            return newest.run
        return f"{week}.{run_key(newest.run)[1] + 1}"

    def begin_run(self, run: str) -> None:
        """Open a run, or open it again: until `finish_run` it is not complete."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO runs (run, started_at, complete) VALUES (?, ?, 0) "
                "ON CONFLICT (run) DO UPDATE SET complete = 0, finished_at = NULL",
                (run, clock.stamp()),
            )

    def begin_source(self, run: str, source: str, definition: str) -> None:
        """Write the source's row before anything is fetched, so that a crash leaves a true one."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO run_sources (run, source, definition, started_at, status, reason, pages, failures) "
                "VALUES (?, ?, ?, ?, 'failed', 'interrupted before it ended', 0, 0) "
                "ON CONFLICT (run, source) DO UPDATE SET definition = excluded.definition, finished_at = NULL, "
                "status = excluded.status, reason = excluded.reason",
                (run, source, definition, clock.stamp()),
            )

    def finish_source(
        self, run: str, source: str, *, status: str, reason: str | None, pages: int, failures: int, ended: bool = True
    ) -> None:
        """Write what became of the source; one that did not come to its end keeps no `finished_at`."""
        with self._transaction():
            done = self._db.execute(
                "UPDATE run_sources SET finished_at = ?, status = ?, reason = ?, pages = ?, failures = ? "
                "WHERE run = ? AND source = ?",
                (clock.stamp() if ended else None, status, reason, pages, failures, run, source),
            )
            if done.rowcount != 1:
                raise ArchiveError(f"source {source} was never begun in run {run}")

    def finish_run(self, run: str, *, complete: bool) -> None:
        """Close a run."""
        with self._transaction():
            self._db.execute(
                "UPDATE runs SET finished_at = ?, complete = ? WHERE run = ?", (clock.stamp(), int(complete), run)
            )

    def record(
        self,
        fetch: Fetch,
        body: bytes | None = None,
        links: Iterable[tuple[str, str]] = (),
        known: Fetch | None = None,
    ) -> Fetch:
        """Keep one page in one transaction: its body, its fetch and its links (target, text). Returns it as stored.

        `sha256` is set from the body, `change` from the body and the last good fetch `known`. Everything is computed
        before the transaction begins: an error between BEGIN and COMMIT would turn every later page into an error.
        """
        packed: tuple[str, int, bytes] | None = None
        if body is not None:
            digest = hashlib.sha256(body).hexdigest()
            packed = (digest, len(body), zstd.compress(body, ZSTD_LEVEL))
            fetch = replace(fetch, sha256=digest)
        fetch = replace(fetch, change=_change(fetch, known))
        values = _stored(fetch)
        anchors = [(fetch.run, fetch.source, fetch.url, target, text) for target, text in links]
        with self._transaction():
            if packed is not None:
                self._db.execute(_INSERT_BODY, packed)
            self._db.execute(_UPSERT_FETCH, values)
            self._db.executemany(_INSERT_LINK, anchors)
        return fetch

    def record_links(self, run: str, source: str, url: str, links: Iterable[tuple[str, str]]) -> None:
        """Links of a page that is already kept (a replay with other `follow` patterns)."""
        with self._transaction():
            self._db.executemany(_INSERT_LINK, [(run, source, url, target, text) for target, text in links])

    def merge(self, other: Path | str) -> int:
        """Take over everything the other archive holds that this one does not; returns the number of fetches taken.

        For archives of shards and of workers. Where both know a fetch, ours stays, unless theirs is good and ours is not. A run is
        complete when it is so in every archive that has it.
        """
        with Archive(other, read_only=True) as theirs, self._transaction():
            before = self._scalar("SELECT count(*) FROM fetches")
            bodies = theirs._db.execute("SELECT sha256, codec, size, body FROM bodies")  # one at a time: they are many
            self._db.executemany("INSERT OR IGNORE INTO bodies VALUES (?, ?, ?, ?)", map(tuple, bodies))
            for run in theirs.runs():
                self._db.execute(
                    "INSERT INTO runs VALUES (?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET "
                    "started_at = min(started_at, excluded.started_at), "
                    "finished_at = max(finished_at, excluded.finished_at), complete = min(complete, excluded.complete)",
                    (run.run, run.started_at, run.finished_at, int(run.complete)),
                )
            for fetch in theirs.fetches():
                ours = self.fetch_of(fetch.run, fetch.source, fetch.url)
                if ours is None or (ours.outcome not in GOOD and fetch.outcome in GOOD):
                    self._db.execute(_UPSERT_FETCH, _stored(fetch))
            for run in theirs.runs():
                for entry in theirs.run_sources(run.run):
                    self._merge_source(entry)
            for link in theirs.links():
                self._db.execute(_INSERT_LINK, (link.run, link.source, link.url, link.target, link.text))
            return self._scalar("SELECT count(*) FROM fetches") - before

    def _merge_source(self, theirs: RunSource) -> None:
        """One row for what two workers did of a source; counted from the fetches, which are merged already."""
        ours = next((row for row in self.run_sources(theirs.run) if row.source == theirs.source), None)
        merged = theirs
        if ours is not None:
            reasons = [row.reason for row in (ours, theirs) if row.reason and row.status != "skipped"]
            ends = [row.finished_at for row in (ours, theirs)]
            fetches = [fetch for fetch in self.fetches(theirs.run, theirs.source) if fetch.role != "robots"]
            merged = replace(
                ours,
                finished_at=None if None in ends else max(filter(None, ends)),
                status=_together(ours.status, theirs.status),
                reason="; ".join(dict.fromkeys(reasons)) or None,
                pages=sum(fetch.outcome in GOOD for fetch in fetches),
                failures=sum(is_failure(fetch.outcome, fetch.status) for fetch in fetches),
            )
        columns = ", ".join("?" * len(fields(RunSource)))
        values = [getattr(merged, f.name) for f in fields(RunSource)]
        self._db.execute(f"INSERT OR REPLACE INTO run_sources VALUES ({columns})", values)

    # -- plumbing --------------------------------------------------------------------------------------------

    def _rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        with self._clear_errors(), closing(self._db.execute(sql, values)) as cursor:
            return cursor.fetchall()

    def _scalar(self, sql: str) -> int:
        return int(self._rows(sql)[0][0])

    def _pragma(self, name: str) -> int:
        return self._scalar(f"PRAGMA {name}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._clear_errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """SQLite's errors about the file as one line that says what to do."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a mistake of ours, not of the file
        except sqlite3.Error as error:
            hint = next((text for part, text in _HINTS.items() if part in str(error)), "cannot be used")
            raise ArchiveError(f"archive {self.path} {hint} ({error})") from error
        except OSError as error:
            raise ArchiveError(f"archive {self.path} cannot be opened: {error.strerror}") from error


_HINTS = {
    "locked": "is locked by another process; wait for it or stop it",
    "full": "cannot grow: the disk is full; make room and run the same command again",
    "not a database": "is not an archive of yidi",
    "malformed": "is damaged; restore it from a backup",
    "readonly": "is read-only",
    "unable to open": "cannot be opened",
    "disk I/O error": "cannot be read or written",
}


def run_key(run: str) -> tuple[str, int]:
    """Sorts run ids by time: ('2026-W47', 1) for '2026-W47', ('2026-W47', 2) for '2026-W47.2'."""
    week, _, number = run.partition(".")
    return week, int(number) if number.isdigit() else 1
