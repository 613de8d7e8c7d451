"""The archive: what it keeps, what it refuses, and what it says when the file is not usable."""

import hashlib
import random
import sqlite3
from pathlib import Path

import pytest

from crawler import archive as module
from crawler.archive import APPLICATION_ID, VERSION, Archive, ArchiveError, Fetch, Redirect, run_key

W47 = "1795000000"  # 2026-11-18


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", W47)


def a_fetch(url="http://a.cn/1", outcome="ok", run="2026-W47", source="s", at="2026-11-18T00:00:00Z", **more):
    return Fetch(run=run, source=source, url=url, fetched_at=at, outcome=outcome, **more)


@pytest.fixture
def store(tmp_path):
    with Archive(tmp_path / "archive.db") as archive:
        archive.begin_run("2026-W47")
        archive.begin_source("2026-W47", "s", '{"id":"s"}')
        yield archive


def test_keeps_bytes_untouched_and_once(store):
    body = "异地就医".encode("gb18030") + b"\x00\xff"
    first = store.record(a_fetch(), body, [("http://a.cn/2", "二")])
    store.record(a_fetch("http://a.cn/copy"), body)
    assert first.sha256 == hashlib.sha256(body).hexdigest()
    assert store.body(first.sha256) == body
    assert store.stats()["bodies"] == 1
    assert store.stats()["bytes"] == len(body)
    assert [(link.target, link.text) for link in store.links()] == [("http://a.cn/2", "二")]


def test_a_row_comes_back_as_it_was_written(store):
    fetch = a_fetch(redirects=(Redirect("http://a.cn/0", "302"),), detail="x", depth=2, referrer="http://a.cn/")
    written = store.record(fetch, b"x")
    (read,) = store.fetches()
    assert read.id > 0
    assert {**vars_of(read), "id": 0} == vars_of(written)


def vars_of(fetch):
    return {name: getattr(fetch, name) for name in fetch.__slots__}


@pytest.mark.parametrize(
    ("outcome", "body", "known_body", "change"),
    [
        ("ok", b"1", None, "new"),
        ("ok", b"1", b"1", "same"),
        ("ok", b"2", b"1", "changed"),
        ("not_modified", None, b"1", "not_modified"),
        ("gone", None, b"1", "gone"),
        ("timeout", None, b"1", None),
        ("http_error", None, None, None),
    ],
)
def test_change(store, outcome, body, known_body, change):
    known = store.record(a_fetch(at="2026-11-11T00:00:00Z"), known_body) if known_body else None
    assert store.record(a_fetch(outcome=outcome), body, known=known).change == change


def test_latest_good_skips_failures_and_keeps_the_page_that_is_gone(store):
    store.begin_run("2026-W48")
    good = store.record(a_fetch(), b"page")
    store.record(a_fetch(outcome="gone", run="2026-W48", at="2026-11-25T00:00:00Z"))
    assert store.latest_good("s", "http://a.cn/1").sha256 == good.sha256
    assert store.latest_good("s", "http://a.cn/none") is None
    assert store.latest_good("other", "http://a.cn/1") is None


def test_a_retry_replaces_the_failure_of_the_same_run(store):
    store.record(a_fetch(outcome="timeout"))
    store.record(a_fetch(), b"page")
    assert [fetch.outcome for fetch in store.fetches()] == ["ok"]


def test_an_error_inside_a_transaction_does_not_poison_the_next_page(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.record(a_fetch(run="never begun"), b"lost")
    store.record(a_fetch(), b"kept")
    assert [fetch.url for fetch in store.fetches()] == ["http://a.cn/1"]
    assert store.stats()["bodies"] == 1


def test_run_ids(store):
    assert store.next_run(["s"]) == "2026-W47"
    store.finish_run("2026-W47", complete=True)
    assert store.next_run(["s"]) == "2026-W47"  # s has not ended well
    store.finish_source("2026-W47", "s", status="ok", reason=None, pages=1, failures=0)
    assert store.next_run(["s", "new"]) == "2026-W47"
    assert store.next_run(["s"]) == "2026-W47.2"
    for number in range(2, 11):
        store.begin_run(f"2026-W47.{number}")
        store.begin_source(f"2026-W47.{number}", "s", "{}")
        store.finish_source(f"2026-W47.{number}", "s", status="partial", reason=None, pages=1, failures=1)
        store.finish_run(f"2026-W47.{number}", complete=True)
    assert store.next_run(["s"]) == "2026-W47.11"
    assert [run.run for run in store.runs()][-2:] == ["2026-W47.9", "2026-W47.10"]
    assert run_key("2026-W47") < run_key("2026-W47.2") < run_key("2026-W47.10") < run_key("2026-W48")


def test_a_source_begun_and_never_ended_says_so(store):
    (row,) = store.run_sources("2026-W47")
    assert (row.status, row.finished_at) == ("failed", None)
    assert "interrupted" in row.reason
    with pytest.raises(ArchiveError, match="never begun"):
        store.finish_source("2026-W47", "other", status="ok", reason=None, pages=0, failures=0)


def test_verify_finds_what_is_damaged(store, tmp_path):
    kept = store.record(a_fetch(), b"page" * 100)
    assert list(store.verify()) == []
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE bodies SET body = x'28b52ffd2004'")
    with pytest.raises(ArchiveError, match="damaged"):
        store.body(kept.sha256)
    assert any(kept.sha256 in fault for fault in store.verify())
    with sqlite3.connect(store.path) as db:
        db.execute("DELETE FROM bodies")
    assert any("body is missing" in fault for fault in store.verify())


def test_merge_takes_what_is_missing_and_what_is_better(store, tmp_path):
    store.record(a_fetch(), b"ours")
    store.record(a_fetch("http://a.cn/2", "timeout"))
    with Archive(tmp_path / "other.db") as other:
        other.begin_run("2026-W47")
        other.begin_source("2026-W47", "t", "{}")
        other.record(a_fetch(outcome="timeout"))
        other.record(a_fetch("http://a.cn/2"), b"theirs")
        other.record(a_fetch("http://b.cn/", source="t"), b"new", [("http://b.cn/1", "1")])
        other.finish_run("2026-W47", complete=True)
    assert store.merge(tmp_path / "other.db") == 1
    assert {fetch.url: fetch.outcome for fetch in store.fetches()} == {
        "http://a.cn/1": "ok",
        "http://a.cn/2": "ok",
        "http://b.cn/": "ok",
    }
    assert [row.source for row in store.run_sources("2026-W47")] == ["s", "t"]
    assert list(store.verify()) == []
    assert store.merge(tmp_path / "other.db") == 0
    assert [run.complete for run in store.runs()] == [False]


def test_format(store):
    with sqlite3.connect(store.path) as db:
        assert db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION == 1


def test_an_older_archive_is_brought_up_to_date_when_written(store, monkeypatch):
    store.record(a_fetch(), b"page")
    monkeypatch.setattr(module, "MIGRATIONS", (*module.MIGRATIONS, "ALTER TABLE runs ADD COLUMN note TEXT"))
    monkeypatch.setattr(module, "VERSION", 2)
    with pytest.raises(ArchiveError, match="is of version 1; yidi crawl brings it to 2"):
        Archive(store.path, read_only=True)
    with Archive(store.path) as newer:
        assert newer._pragma("user_version") == 2
        assert [fetch.url for fetch in newer.fetches()] == ["http://a.cn/1"]
    with Archive(store.path, read_only=True) as reader:
        assert reader.stats()["fetches"] == 1


def damage(path: Path, how: str) -> None:
    if how == "not a database":
        path.write_bytes(b"hello " * 300)
    elif how == "foreign":
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE x (y)")
    elif how == "directory":
        path.mkdir()
    elif how == "newer":
        Archive(path).close()
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "no archive at"),
        ("not a database", "not an archive of yidi"),
        ("foreign", "not an archive of yidi"),
        ("directory", "is a directory"),
        ("newer", "version 99, newer than this program"),
    ],
)
def test_a_file_that_cannot_be_used_gives_one_line(tmp_path, how, message):
    path = tmp_path / "a.db"
    damage(path, how)
    with pytest.raises(ArchiveError, match=message) as caught:
        Archive(path, read_only=True)
    assert "\n" not in str(caught.value)
    if how != "missing":
        with pytest.raises(ArchiveError, match=message):
            Archive(path)


def test_a_locked_archive_gives_one_line(store, monkeypatch):
    monkeypatch.setattr(module, "BUSY_MS", 50)
    holder = sqlite3.connect(store.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Archive(store.path) as second, pytest.raises(ArchiveError, match="locked by another process"):
        second.record(a_fetch(), b"x")
    holder.close()


def test_a_full_disk_gives_one_line_and_loses_nothing_written(store):
    store.record(a_fetch(), b"page")
    pages = store._pragma("page_count")
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ArchiveError, match="disk is full"):
        store.record(a_fetch("http://a.cn/2"), random.Random(1).randbytes(200_000))
    store._db.execute("PRAGMA max_page_count = 1000000")
    assert [fetch.url for fetch in store.fetches()] == ["http://a.cn/1"]
    assert list(store.verify()) == []


def test_an_archive_on_a_read_only_medium_can_be_read(store, tmp_path):
    store.record(a_fetch(), b"page")
    store.close()
    store.path.chmod(0o444)
    with Archive(store.path, read_only=True) as reader:
        assert len(list(reader.fetches())) == 1
        with pytest.raises(ArchiveError, match="read-only"):
            reader.begin_run("2026-W48")
