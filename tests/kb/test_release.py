"""A release: the same bytes whatever the way to it, nothing private in it, searchable, described, reversible."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import sqlite3
from pathlib import Path

import pytest

from kb import load, release, schema, search
from kb.base import BaseError, meta, open_base
from kb.export import TABLES
from parsers.records import Contact, Deadline, Fact, Guide
from tests.kb.world import HOURS, WEEKS, World, guide, rows, said

PHONE = "联系人张先生，手机13912345678。"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "archive.db", monkeypatch)


def window(days: int) -> Fact:
    return said(Deadline, f"入院{days}日内可补办异地就医备案。", kind="makeup_window", operator="lte", amount=float(days),
                unit="day", anchor="admission", direction="after")  # fmt: skip


def pages(*days: int) -> dict[str, Guide | bytes | str]:
    contact = said(Contact, PHONE, kind="phone", value="13912345678", holder="=张先生")
    return {"a": guide(window(days[0]), contact)} | {str(d): guide(window(d)) for d in days[1:]}


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*")) if p.is_file()
    }  # fmt: skip


def test_same_archive_same_bytes_by_any_way(world: World, tmp_path: Path) -> None:
    """Week by week, or all at once."""
    weekly = tmp_path / "weekly.db"
    for n, week in enumerate(WEEKS[:3]):
        world.week(week, pages(10 + n, 20, 30))
        load.build([world.path], weekly)
    once = tmp_path / "once.db"
    load.build([world.path], once)
    a, b = release.release(weekly, tmp_path / "a"), release.release(once, tmp_path / "b")
    assert hashes(a.folder) == hashes(b.folder)
    seen = "SELECT DISTINCT amount, last_seen, last_checked FROM v1_deadlines WHERE amount = 20"
    assert rows(a.database, seen) == [(20.0, HOURS[WEEKS[2]], HOURS[WEEKS[2]])]  # of its page, which never changed
    again = hashes(release.release(weekly, tmp_path / "a").folder)
    assert again == hashes(b.folder)


def test_what_is_in_it(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(10, 20))
    load.build([world.path], tmp_path / "kb.db")
    made = release.release(tmp_path / "kb.db", tmp_path / "releases", revision="abc123")
    assert (tmp_path / "releases" / "latest").resolve() == made.folder.resolve()
    sums = dict(reversed(line.split("  ")) for line in (made.folder / "SHA256SUMS").read_text("utf-8").splitlines())
    assert sums == {k: v for k, v in hashes(made.folder).items() if k != "SHA256SUMS"}
    manifest = json.loads((made.folder / "manifest.json").read_text("utf-8"))
    with_db = open_base(made.database, read_only=True)
    assert manifest["build_id"] == meta(with_db)["build_id"] == made.build_id
    with_db.close()
    assert manifest["revision"] == "abc123"
    assert manifest["tables"]["facts"]["rows"] == 3
    assert gzip.decompress((made.folder / "yidi.db.gz").read_bytes()) == made.database.read_bytes()
    assert rows(made.database, "PRAGMA user_version") == [(schema.SCHEMA_VERSION,)]
    assert rows(made.database, "PRAGMA journal_mode") == [("delete",)]
    assert rows(made.database, "SELECT count(*) FROM sqlite_master WHERE name = 'readings'") == [(0,)]
    assert rows(made.database, "SELECT * FROM pragma_foreign_key_check") == []


def test_bulk_files_hold_what_the_base_holds(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(10, 20))
    load.build([world.path], tmp_path / "kb.db")
    made = release.release(tmp_path / "kb.db", tmp_path / "releases")
    package = json.loads((made.folder / "datapackage.json").read_text("utf-8"))
    assert [r["name"] for r in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        count = rows(made.database, f"SELECT count(*) FROM {resource['name']}")[0][0]
        with (made.folder / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
        assert lines[0] == [f["name"] for f in resource["schema"]["fields"]]
        assert len(lines) == count + 1
        objects = (made.folder / "ndjson" / f"{resource['name']}.ndjson").read_text("utf-8").splitlines()
        assert len(objects) == count
    deadline = json.loads((made.folder / "ndjson" / "v1_deadlines.ndjson").read_text("utf-8").splitlines()[0])
    assert deadline["filing_types"] == []
    assert deadline["scheme"] is None


def test_personal_numbers_are_masked_everywhere(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(10))
    load.build([world.path], tmp_path / "kb.db")
    made = release.release(tmp_path / "kb.db", tmp_path / "releases")
    assert rows(made.database, "SELECT value, quote FROM v1_contacts") == [
        ("139********", "联系人张先生，手机139********。")
    ]
    for file in made.folder.rglob("*"):
        if file.is_file():
            assert b"13912345678" not in file.read_bytes()
    with (made.folder / "csv" / "v1_contacts.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["holder"] == "'=张先生"  # no formula for a spreadsheet


@pytest.mark.parametrize("words", ["备案", "异地就医", "案", "补办 备案", "入院10日", "没有的词"])
def test_search_finds_what_like_finds(world: World, tmp_path: Path, words: str) -> None:
    world.week(WEEKS[0], pages(10, 20, 30))
    load.build([world.path], tmp_path / "kb.db")
    made = release.release(tmp_path / "kb.db", tmp_path / "releases", formats=())
    like = " AND ".join(["quote LIKE ?"] * len(words.split()))
    expected = rows(
        made.database, f"SELECT fact_id FROM v1_deadlines WHERE {like} ORDER BY 1", *(f"%{w}%" for w in words.split())
    )
    sql = "SELECT fact_id FROM v1_deadlines WHERE rowid IN (SELECT rowid FROM v1_deadlines_fts WHERE v1_deadlines_fts MATCH ?)"
    assert rows(made.database, f"{sql} ORDER BY 1", search.to_match(words)) == expected


@pytest.mark.parametrize("hostile", ['"', 'a"b', "(", "*", "NEAR(", "OR", "", "  ", "^x", "text:备案", "-备案"])
def test_search_takes_any_input(world: World, tmp_path: Path, hostile: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='unicode61')")
    db.execute("INSERT INTO t VALUES (?)", (search.segment("异地就医备案"),))
    found = db.execute("SELECT count(*) FROM t WHERE t MATCH ?", (search.to_match(hostile),)).fetchone()[0]
    assert found == (1 if hostile == "-备案" else 0)


def test_rollback_and_keeping(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    for n, week in enumerate(WEEKS[:4]):
        world.week(week, pages(10 + n, 20))
        load.build([world.path], tmp_path / "kb.db")
        release.release(tmp_path / "kb.db", folder, keep=3, formats=())
    assert [p.name for p in release.released(folder)] == list(WEEKS[1:4])
    assert release.rollback(folder).run == WEEKS[2]
    assert release.rollback(folder).run == WEEKS[1]
    with pytest.raises(BaseError, match="no release to go back to"):
        release.rollback(folder)


def test_a_server_keeps_the_file_it_opened(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(10, 20))
    load.build([world.path], tmp_path / "kb.db")
    made = release.release(tmp_path / "kb.db", tmp_path / "releases", formats=())
    inode = os.stat(made.database).st_ino
    reader = sqlite3.connect(f"file:{made.database}?immutable=1", uri=True)
    first = reader.execute("SELECT count(*) FROM v1_deadlines").fetchone()
    release.release(tmp_path / "kb.db", tmp_path / "releases", revision="other", formats=())
    assert os.stat(made.database).st_ino != inode
    assert reader.execute("SELECT count(*) FROM v1_deadlines").fetchone() == first
    reader.close()

