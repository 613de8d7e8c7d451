"""The file of the knowledge base: opening, creating, and what it says of itself.

In: a path. Out: a `sqlite3.Connection` with rows by name. Errors a user can cause are `BaseError`s of one line.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from kb import schema, views

APPLICATION_ID = 0x7969646B  # "yidk": tells a base from an archive
SHANGHAI = timezone(timedelta(hours=8))
"""Dates of a base are days in Asia/Shanghai; no daylight saving since 1991, so a fixed offset is exact."""

INDEXES: dict[str, tuple[str, ...]] = {
    "facts": (
        "facts_page ON facts(page_id)",
        "facts_topic ON facts(topic_key, region_adcode)",
        "facts_standing ON facts(region_adcode, kind) WHERE gone_on IS NULL",
        "facts_ending ON facts(topic_key, region_adcode) WHERE valid_to IS NOT NULL",
    ),
    "fetches": ("fetches_url ON fetches(url)",),
    "fact_events": ("events_fact ON fact_events(fact_id)", "events_run ON fact_events(run)"),
    "evidence": ("evidence_snapshot ON evidence(snapshot_id)",),
    "pages": ("pages_region ON pages(region_adcode)", "pages_source ON pages(source_id)"),
    "issues": ("issues_page ON issues(page_id)",),
    "conflicts": ("conflicts_topic ON conflicts(topic_key)",),
    "conflict_flags": ("conflict_flags_fact ON conflict_flags(fact_id)",),
    "agreements": ("agreements_speaker ON agreements(speaker)",),
    "v1_coverage": ("v1_coverage_parent ON v1_coverage(parent_adcode)",),
}
"""Table → its indexes; those of the public layer get their page and region from `indexes`."""


_NO_ROOM_OR_RIGHT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


class BaseError(Exception):
    """The knowledge base cannot be used as it is; the message is one line for the user."""


def day(stamp: str) -> str:
    """The date in Shanghai of a UTC time 'YYYY-MM-DDTHH:MM:SSZ'."""
    moment = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return moment.astimezone(SHANGHAI).date().isoformat()


def create(path: Path) -> sqlite3.Connection:
    """An empty base at `path`, replacing what is there; to be given to `put` once it is filled, indexed and closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in (path, path.with_name(f"{path.name}-journal")):
        file.unlink(missing_ok=True)
    db = _connect(path)
    # nobody reads this file before it is whole and moved to its place: until then the disk need not be waited for
    db.execute("PRAGMA journal_mode = MEMORY")
    db.execute("PRAGMA synchronous = OFF")
    db.executescript(schema.sql())
    views.create(db)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")
    db.commit()
    return db


def indexes(table: str) -> tuple[str, ...]:
    """What is indexed of a table: name, table, columns and condition, as CREATE INDEX takes them; nothing of a view."""
    if table in views.views():
        return ()
    names = schema.tables()[table].names
    public = [c for c in ("page_id", "adcode") if table.startswith("v1_") and c in names[1:]]
    return (*INDEXES.get(table, ()), *(f"{table}_{column} ON {table}({column})" for column in public))


def index(db: sqlite3.Connection, *tables: str) -> None:
    """Make the indexes of these tables that are not there yet. Called when the rows of a table are written: in a new base
    an index is made in one go from sorted rows, and not kept up row by row, at places all over a large file."""
    for table in tables:
        for wanted in indexes(table):
            db.execute(f"CREATE INDEX IF NOT EXISTS {wanted}")


def put(new: Path, path: Path) -> None:
    """Move a base that was made beside it to its place; afterwards it is on the disk."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(new, path)


def open_base(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """The base at `path`. BaseError where it is missing, no base, or of another version."""
    if not path.is_file():
        raise BaseError(f"no knowledge base at {path}; make one with: yidi build")
    try:
        if read_only:
            _recover(path)
        db = _connect(path, read_only=read_only)
        version, application = (db.execute(f"PRAGMA {p}").fetchone()[0] for p in ("user_version", "application_id"))
    except sqlite3.Error as error:
        raise BaseError(f"{path} cannot be read as a knowledge base ({error})") from error
    if application != APPLICATION_ID:
        raise BaseError(f"{path} is not a knowledge base of yidi")
    if version != schema.SCHEMA_VERSION:
        raise BaseError(
            f"{path} has schema version {version}, this program needs {schema.SCHEMA_VERSION}; build it anew"
        )
    if read_only and db.execute("SELECT 1 FROM sqlite_master WHERE name = 'page_readings'").fetchone():
        views.settle(db)  # a base, not a release
    return db


def _recover(path: Path) -> None:
    """Take back what a killed build left half written: SQLite does so when it next may write, and a reader may not.
    Nothing where no journal is left, or a build that lives is still writing it."""
    if path.with_name(f"{path.name}-journal").exists() and os.access(path.parent, os.W_OK):
        with closing(_connect(path)) as db:
            db.execute("SELECT count(*) FROM sqlite_master")


def outdated(path: Path) -> bool:
    """Whether there is a base of an older schema, which a build replaces: everything in it comes from the archive."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        try:
            version, application = (db.execute(f"PRAGMA {p}").fetchone()[0] for p in ("user_version", "application_id"))
        except sqlite3.Error:
            return False  # open_base says what is wrong with it
    return bool(application == APPLICATION_ID and version < schema.SCHEMA_VERSION)


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Errors about the file or folder (not about our statements) as one line: no room, no right, locked."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not re.search(r"locked|full|readonly|disk I/O|unable to open", str(error)):
            raise
        raise BaseError(f"{path} cannot be written ({error})") from error
    except OSError as error:
        if error.errno not in _NO_ROOM_OR_RIGHT:
            raise
        raise BaseError(f"{path} cannot be written ({error.strerror})") from error


@contextmanager
def exclusive(path: Path, what: str = "build") -> Iterator[None]:
    """Keep other builds (or what else it is) from this path meanwhile. BaseError where one is at work. The lock lies
    beside the path and goes with the process, also when that is killed."""
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(path.with_name(f"{path.name}.lock").open("w"))
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BaseError(f"{path} is in use by another {what}; wait for it") from None
        except OSError as error:
            raise BaseError(f"{path} cannot be written ({error.strerror})") from error
        yield


def _connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    db = sqlite3.connect(uri, uri=True)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA cache_size = -65536")
    return db


def insert(db: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]], *, or_: str = "REPLACE") -> None:
    """Write rows given as mappings of exactly the columns of `table`; `or_` = what to do where the key exists."""
    names = schema.tables()[table].names
    insert_rows(db, table, ([row[name] for name in names] for row in rows), or_=or_)


def insert_rows(db: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]], *, or_: str = "REPLACE") -> None:
    """Write rows given in the order of the columns of `table`."""
    names = schema.tables()[table].names
    columns = ", ".join(f'"{name}"' for name in names)
    db.executemany(f"INSERT OR {or_} INTO {table} ({columns}) VALUES ({', '.join('?' * len(names))})", rows)


def meta(db: sqlite3.Connection) -> dict[str, str]:
    """What the base says of itself."""
    return {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta ORDER BY key")}


def set_meta(db: sqlite3.Connection, **values: str) -> None:
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", sorted(values.items()))


def data_dir() -> Path:
    """Where archive, base and releases live: `YIDI_DATA`, or data/ of the working directory."""
    return Path(os.environ.get("YIDI_DATA") or "data")
