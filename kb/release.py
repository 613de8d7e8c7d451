"""A release: a checked, immutable copy of the base with indexes, search and bulk files, and what it is made of.

In: a base, the folder of releases. Out: <folder>/<run>/ with yidi.db, the bulk files of kb/export, manifest.json and
SHA256SUMS, and <folder>/latest pointing to it; every bulk file was read again and holds the rows of the base. Rows are
copied in the order of their keys, so that the file depends on what is known and not on how it came about: same archive
and same code, same bytes. Nothing is ever overwritten in place; a server keeps the file it opened.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb import checks, export, schema, search, views
from kb.base import APPLICATION_ID, BaseError, clear_errors, meta, open_base, set_meta
from kb.ids import as_json, digest
from parsers.vocab import parse_yaml

KEEP = 12
"""Releases kept; older ones are removed, the one `latest` points to never."""

DATABASE = "yidi.db"

PRIVATE = ("readings", "page_readings", "best", "conflict_flags", "agreements")
"""Tables that stay behind: the cache, whose text shows personal numbers, its keys, and what is in v1_* and flags anyway."""

INDEXES = {
    **{f"v1_{kind}": ("adcode", "source", "page_id", "topic_key", "first_seen", "gone_on") for kind in (
        "filing_types", "channels", "steps", "materials", "deadlines", "operations", "settlements", "benefits",
        "exemptions", "legal_basis", "contacts", "faqs")},
    "v1_guides": ("adcode", "source", "url", "published"),
    "v1_answers": ("adcode", "question", "answer"),
    "v1_changes": ("on_date", "run", "fact_id", "previous_fact_id", "adcode", "event"),
    "v1_conflicts": ("adcode_a", "adcode_b", "fact_a", "fact_b", "topic_key"),
    "v1_coverage": ("parent_adcode",),
    "facts": ("page_id", "topic_key", "region_adcode", "kind"),
    "evidence": ("snapshot_id",),
    "fact_filing_types": ("filing_type",),
    "fact_events": ("fact_id", "previous_fact_id", "run"),
    "snapshots": ("page_id",),
    "page_links": ("url",),
    "issues": ("page_id", "code"),
    "fetches": ("url", "source_id"),
    "aliases": ("fact_id",),
    "regions": ("parent_adcode",),
    "pages": ("source_id", "region_adcode"),
}  # fmt: skip


def indexed() -> dict[str, tuple[str, ...]]:
    """Table → columns that get an index: those joined on, and those the site offers as facets."""
    text = (Path(__file__).parent / "site" / "dictionary.yml").read_text("utf-8")
    facets: dict[str, list[str]] = parse_yaml(text)["facets"]
    tables = dict.fromkeys((*INDEXES, *facets))
    return {table: tuple(dict.fromkeys((*INDEXES.get(table, ()), *facets.get(table, ())))) for table in tables}


class GateError(Exception):
    """The base must not be published; the message lists the reasons, one per line."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release on disk."""

    run: str
    folder: Path
    build_id: str

    @property
    def database(self) -> Path:
        return self.folder / DATABASE


def latest(folder: Path) -> Release | None:
    """The release that `latest` points to."""
    link = folder / "latest"
    if not (link / DATABASE).is_file():
        return None
    target = link.resolve()
    db = open_base(target / DATABASE, read_only=True)
    build = meta(db).get("build_id", "")
    db.close()
    return Release(target.name, target, build)


def released(folder: Path) -> list[Path]:
    """Folders of all releases, oldest first (run ids sort by time once the number of the run is padded)."""
    found = [p for p in folder.glob("[0-9]*") if (p / DATABASE).is_file()] if folder.is_dir() else []
    return sorted(found, key=lambda p: (p.name.partition(".")[0], int(p.name.partition(".")[2] or 1)))


def release(
    base: Path, folder: Path, *, revision: str = "", keep: int = KEEP, formats: Iterable[str] = export.DEFAULT
) -> Release:
    """Check the base and publish it with its bulk files. GateError where the gate is shut, BaseError where there is no base."""
    db = open_base(base)
    about = meta(db)
    run = about.get("last_run") or ""
    if not run:
        raise BaseError(f"{base} holds no run; crawl and build first")
    before = previous(folder, run)
    with clear_errors(base), db:
        results = checks.check(db, before)
    if before is not None:
        before.close()
    if stops := [f"{r.check.id}: {r.check.zh}（{r.value}，要求 {r.limit}）{r.detail}" for r in results if r.stops]:
        db.close()
        raise GateError("\n".join(stops))
    with clear_errors(folder), _workplace(folder) as work:
        made = Path(work) / run
        made.mkdir()
        build_id = _database(db, made / DATABASE, about, revision)
        db.close()
        public = open_base(made / DATABASE, read_only=True)
        rows = {path.relative_to(made).as_posix(): n for path, n in export.write(public, made, formats).items()}
        about = manifest(public) | {"files": files(made, rows)}
        (made / "manifest.json").write_text(as_json(about) + "\n", "utf-8")
        public.close()
        sums = [f"{_sha256(p)}  {p.relative_to(made).as_posix()}" for p in sorted(made.rglob("*")) if p.is_file()]
        (made / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8")
        target = folder / run
        if target.exists():
            os.replace(target, Path(work) / "old")
        os.replace(made, target)
    point(folder, run)
    for old in released(folder)[:-keep]:
        if old.name != run:
            shutil.rmtree(old)
    return Release(run, folder / run, build_id)


@contextmanager
def _workplace(folder: Path) -> Iterator[str]:
    """A folder beside the releases that is gone afterwards, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as work:
        yield work


def previous(folder: Path, run: str) -> sqlite3.Connection | None:
    """The newest release of another run, to compare with."""
    others = [p for p in released(folder) if p.name != run]
    return open_base(others[-1] / DATABASE, read_only=True) if others else None


def point(folder: Path, run: str) -> None:
    """Switch `latest` to a run, in one step."""
    link = folder / ".latest"
    link.unlink(missing_ok=True)
    link.symlink_to(run, target_is_directory=True)
    os.replace(link, folder / "latest")


def rollback(folder: Path) -> Release:
    """Point `latest` to the release before the one it points to. BaseError where there is none."""
    now = latest(folder)
    earlier = [p for p in released(folder) if now is not None and _order(p.name) < _order(now.run)]
    if not earlier:
        raise BaseError(f"{folder} holds no release to go back to")
    point(folder, earlier[-1].name)
    back = latest(folder)
    assert back is not None
    return back


def _order(run: str) -> tuple[str, int]:
    week, _, n = run.partition(".")
    return week, int(n or 1)


def _database(db: sqlite3.Connection, target: Path, about: dict[str, str], revision: str) -> str:
    """Write the public database; returns its build id, a digest of every row of every table."""
    ordered = target.with_name("ordered.db")
    new = sqlite3.connect(ordered)
    new.row_factory = sqlite3.Row
    new.executescript(schema.sql())
    new.execute("ATTACH ? AS old", (db.execute("PRAGMA database_list").fetchone()[2],))
    digests = {}
    for table in schema.tables():
        if table in PRIVATE or table == "meta":
            continue
        keys = ", ".join(export.key(new, table))
        names = ", ".join(f'"{n}"' for n in schema.tables()[table].names)
        relative = {c.id for c in checks.load_checks() if c.relative}
        where = f" WHERE id NOT IN ({', '.join(repr(c) for c in sorted(relative))})" if table == "check_results" else ""
        rows = f"({views.rows(table, 'old')})"
        new.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}{where} ORDER BY {keys}")
        digests[table] = table_digest(new, table)
    for table in PRIVATE:
        new.execute(f"DROP TABLE {table}")
    build_id = digest(*(f"{t}={d}" for t, d in sorted(digests.items())), revision)
    kept = {k: v for k, v in about.items() if k not in ("loaded", "inputs")}
    set_meta(new, **kept, build_id=build_id, revision=revision, search_version=search.VERSION)
    set_meta(new, **{f"digest:{table}": value for table, value in digests.items()})
    new.commit()
    new.execute("DETACH old")
    new.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    new.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")
    new.execute("VACUUM INTO ?", (str(target),))
    new.close()
    ordered.unlink()
    public = sqlite3.connect(target)
    for table, columns in indexed().items():
        for column in columns:
            public.execute(f'CREATE INDEX "{table}_{column}" ON {table}("{column}")')
    search.index(public)
    public.execute("ANALYZE")
    public.commit()
    public.close()
    return build_id


def table_digest(db: sqlite3.Connection, table: str) -> str:
    """sha256 of all rows in the order of the key."""
    total = hashlib.sha256()
    for row in export.ordered(db, table):
        total.update(as_json(list(row)).encode("utf-8", "surrogatepass") + b"\n")
    return total.hexdigest()


def manifest(db: sqlite3.Connection) -> dict[str, Any]:
    """What the release is made of: run, versions, and rows and digest of every table."""
    about = meta(db)
    tables = [t for t in schema.tables() if t not in PRIVATE and t != "meta"]
    return {
        **{k: v for k, v in about.items() if not k.startswith("digest:")},
        "application_id": APPLICATION_ID, "user_version": schema.SCHEMA_VERSION,
        "tables": {
            t: {"rows": db.execute(f"SELECT count(*) FROM {t}").fetchone()[0], "sha256": about[f"digest:{t}"]}
            for t in tables
        },
    }  # fmt: skip


def files(folder: Path, rows: Mapping[str, int]) -> list[dict[str, Any]]:
    """Name, size, digest and rows of every file written so far; no rows where a file is no table."""
    return [
        {"name": name, "bytes": path.stat().st_size, "sha256": _sha256(path)} | ({"rows": rows[name]} if rows.get(name) is not None else {})
        for path in sorted(folder.rglob("*")) if path.is_file() for name in (path.relative_to(folder).as_posix(),)
    ]  # fmt: skip


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
