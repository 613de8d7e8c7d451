"""A base of many facts for measuring: copies of a small base, each moved to other regions and changed in its words.

In: a base (`kb.db` of the sample run), how many facts. Out: a base of that size and, from it, a release database made
by the release's own code. Nothing is random: same input, same bytes. Text is changed character by character (digits,
and names of regions of the same length), so that every quote still stands where its evidence says; numbers in columns
change with the digits. Regions are chosen unevenly, as on the web: some have a dozen sources, many have one or none.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from kb import derive, release, schema  # noqa: E402 - the checkout's own code
from kb.base import meta, open_base  # noqa: E402

RUNS = {"2026-W43": "2026-10-19", "2026-W44": "2026-10-26", "2026-W45": "2026-11-02", "2026-W46": "2026-11-09"}
"""Runs before the one of the sample, with their dates; most pages were read first in the oldest."""
NATION = "100000"
NATIONAL_COPIES = 12
"""Copies in which national pages stay national; in the others they are about a region."""
SOURCES = 60
"""Copies that have sources of their own; the others share them, so that there are a few hundred sites."""
SKEW = 1.6
"""Exponent of the share of regions: 1 = all alike."""
GONE, REWORDED = 33, 50
"""One fact in so many has ended, or was reworded."""

KINDS = (
    "filing_types", "channels", "steps", "materials", "deadlines", "operations", "settlements", "benefits", "exemptions",
    "legal_basis", "contacts", "faqs",
)  # fmt: skip
IDS = {
    "sources": ("id",), "pages": ("id", "source_id", "snapshot_id", "copy_of"), "snapshots": ("id", "page_id"),
    "page_links": ("page_id",), "facts": ("id", "page_id"), "evidence": ("fact_id", "snapshot_id"),
    "fact_filing_types": ("fact_id",), "spells": ("fact_id",), "fact_events": ("id", "fact_id", "previous_fact_id"),
    "issues": ("id", "source_id", "page_id"), "run_sources": ("source_id",), "fetches": ("source_id", "snapshot_id"),
    "channel_operations": ("fact_id",), "material_alternatives": ("fact_id",),
    **dict.fromkeys(KINDS, ("fact_id",)),
}  # fmt: skip
"""Table → columns that hold ids, in an order in which rows may refer to earlier ones."""
ADDRESSES = {"pages": ("url",), "fetches": ("url", "final_url"), "issues": ("url",)}
WORDS = {
    "pages": ("title",), "snapshots": ("main_text",), "facts": ("condition", "value_key"), "evidence": ("quote",),
    "filing_types": ("label", "definition"), "channels": ("name",), "steps": ("text",), "materials": ("name", "issuer", "requirement"),
    "deadlines": ("raw",), "operations": ("text",), "settlements": ("text",), "benefits": ("raw", "text"), "exemptions": ("text",),
    "legal_basis": ("title", "doc_no"), "contacts": ("value", "holder"), "faqs": ("question", "answer"), "fact_events": ("before", "after"),
}  # fmt: skip
NUMBERS = {"deadlines": ("amount", "amount_max"), "benefits": ("min", "max")}
DIGITS = "3456789"


def number(*parts: object) -> int:
    """A number that depends on its parts alone."""
    return int.from_bytes(hashlib.sha256("\n".join(map(str, parts)).encode()).digest()[:6], "big")


def enlarge(source: Path, target: Path, facts: int) -> int:
    """Write a base of at least so many facts to `target`; returns how many it has. ValueError where there is none to copy."""
    open_base(source, read_only=True).close()
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)
    db = open_base(target)
    held = db.execute("SELECT count(*) FROM facts").fetchone()[0]
    if not held:
        raise ValueError(f"{source} holds no fact")
    rows = {table: [dict(r) for r in db.execute(f"SELECT * FROM {table}")] for table in IDS}
    held_or_not = "SELECT adcode FROM v1_coverage"
    sql = f"SELECT adcode, name, short_name FROM regions WHERE adcode IN ({held_or_not}) ORDER BY adcode"
    regions = [dict(r) for r in db.execute(sql)]
    by_code = {r["adcode"]: r for r in regions}
    template = dict(db.execute("SELECT * FROM runs ORDER BY run DESC LIMIT 1").fetchone())
    for run, day in RUNS.items():
        moved = template | {
            "run": run,
            "run_date": day,
            "started_at": f"{day}T02:00:00Z",
            "finished_at": f"{day}T04:00:00Z",
        }
        _insert(db, "runs", iter([moved]))
    for copy in range(1, -(-facts // held)):
        _copy(db, copy, rows, regions, by_code, template)
    db.commit()
    derive.derive(db)
    db.commit()
    found: int = db.execute("SELECT count(*) FROM facts").fetchone()[0]
    db.close()
    return found


def _copy(
    db: sqlite3.Connection, copy: int, rows: dict[str, list[dict[str, Any]]], regions: list[dict[str, Any]],
    by_code: dict[str, dict[str, Any]], template: dict[str, Any],
) -> None:  # fmt: skip
    order = {d: DIGITS[(n + copy) % len(DIGITS)] for n, d in enumerate(DIGITS)}
    digits = str.maketrans(order)
    dated = [*RUNS.items(), (template["run"], template["run_date"])]
    run, day = dated[0] if number(copy, "run") % 10 < 7 else dated[number(copy, "which") % len(dated)]

    def region(code: str | None) -> str | None:
        if code is None or (code == NATION and copy < NATIONAL_COPIES):
            return code
        share = (number(copy, code) % 100_000) / 100_000
        return str(regions[int(len(regions) * share**SKEW)]["adcode"])

    names = {}
    for old in {r["region_adcode"] for r in rows["pages"]}:
        new = by_code.get(region(old) or "")
        if new and old in by_code:
            for column in ("name", "short_name"):
                one, other = by_code[old][column], new[column]
                if one and other and len(one) == len(other):
                    names[one] = other

    def words(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        for one, other in names.items():
            text = text.replace(one, other)
        return text.translate(digits)

    def amount(value: Any) -> Any:
        return float(str(value).translate(digits)) if isinstance(value, int | float) else value

    for table in IDS:
        _insert(db, table, _moved(table, rows[table], copy, words, amount, region, run, day))


def _moved(
    table: str, rows: list[dict[str, Any]], copy: int, words: Callable[[Any], Any], amount: Callable[[Any], Any],
    region: Callable[[str | None], str | None], run: str, day: str,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    for row in rows:
        new = dict(row)
        for column in IDS[table]:
            if row[column] is not None:
                new[column] = (
                    f"{row[column]}-{copy % SOURCES}"
                    if column == "source_id" or table == "sources"
                    else _id(row[column], copy)
                )
        for column in ADDRESSES.get(table, ()):
            if row[column]:
                new[column] = f"{row[column]}{'&' if '?' in row[column] else '?'}copy={copy}"
        for column in WORDS.get(table, ()):
            new[column] = words(row[column])
        for column in NUMBERS.get(table, ()):
            new[column] = amount(row[column])
        if table == "deadlines" and row["amount"]:
            for column in ("days_min", "days_max"):
                new[column] = row[column] and row[column] * new["amount"] / row["amount"]
        if "region_adcode" in row:
            new["region_adcode"] = region(row["region_adcode"])
        if table == "snapshots":
            new["text_sha256"] = hashlib.sha256(new["main_text"].encode()).hexdigest()
        moved = {"run": run, "first_seen": day, "on_date": day, "since": day, "first_run": run}
        new |= {column: value for column, value in moved.items() if row.get(column)}
        if table == "facts" and number(new["id"]) % GONE == 0:
            new["gone_on"] = max(RUNS.values())
        if table == "fact_events" and number(new["fact_id"]) % REWORDED == 0:
            new |= {"event": "wording_changed", "run": max(RUNS), "on_date": max(RUNS.values())}
        yield new


def _id(old: str, copy: int) -> str:
    return hashlib.sha256(f"{old}\n{copy}".encode()).hexdigest()[: len(old)]


def _insert(db: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    names = schema.tables()[table].names
    columns, marks = (", ".join(form.format(n) for n in names) for form in ('"{}"', ":{}"))
    again = "OR IGNORE " if table in ("sources", "run_sources") else ""  # shared by several copies
    db.executemany(f"INSERT {again}INTO {table} ({columns}) VALUES ({marks})", rows)


def published(base: Path, folder: Path) -> Path:
    """The database of a release of the base, with its indexes and search, without gate and bulk files."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / release.DATABASE
    target.unlink(missing_ok=True)
    db = open_base(base)
    release._database(db, target, meta(db), "")  # noqa: SLF001 - a measured base has no gate to pass
    db.close()
    return target


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="make a large base out of a small one")
    parser.add_argument("base", type=Path, help="kb.db of the sample run")
    parser.add_argument("folder", type=Path, help="where kb.db and yidi.db are written")
    parser.add_argument("--facts", type=int, default=100_000)
    options = parser.parse_args(argv)
    options.folder.mkdir(parents=True, exist_ok=True)
    count = enlarge(options.base, options.folder / "kb.db", options.facts)
    database = published(options.folder / "kb.db", options.folder)
    print(f"{count} facts, {database.stat().st_size / 1e6:.0f} MB in {database}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
