"""The whole road over loopback HTTP: the sample site is served, crawled by the real spider, built, checked, released
and asked through Datasette. Runs the commands a user runs, in a folder of its own."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sqlite3
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.serve_site import serving, write_sources

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

NOISE = b"<html><body><p>" + random.Random(0).randbytes(3000) + b"</p></body></html>"  # in no known encoding

# address → region and date that a reader sees on the page
PAGES = {
    "http://ybj.example/bureau/gj/2023/art_1001.html": ("100000", "2023-01-03"),
    "http://ybj.example/bureau/gj/2024/art_1002.html": ("100000", "2024-09-12"),
    "http://ybj.example/bureau/art/2023/art_1003.html": ("320000", "2023-01-16"),
    "http://ybj.example/bureau/art/2023/art_1004.html": ("611000", "2023-05-08"),
    "http://ybj.example/bureau/art/2023/art_1005.html": ("610600", "2023-06-19"),
    "http://ybj.example/bureau/art/2023/art_1006.html": ("360000", "2023-07-11"),
    "http://city.example/city/live/202178/2001.shtm": ("130500", "2021-07-08"),
    "http://city.example/city/live/20251124/2002.shtm": ("320400", "2025-11-24"),
    "http://city.example/city/live/2023410/2003.shtm": ("110000", "2023-04-10"),
    "http://city.example/city/live/202516/2004.shtm": ("440000", "2025-01-06"),
    "http://health.example/health/news/3001.html": (None, None),
    "http://health.example/health/news/3002.html": (None, None),
    "http://health.example/health/news/3003.html": (None, None),
    "http://law.example/law/ask/4001.html": (None, None),
    "http://law.example/law/ask/4002.html": (None, None),
    "http://zwfw.example/guide/bszn/5001.html": ("310000", None),
    "http://zwfw.example/guide/bszn/5002.html": ("320000", None),
    "http://zwfw.example/guide/bszn/5003.html": ("320000", None),
}


@pytest.fixture(scope="module")
def base(sample_data: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{sample_data / 'releases' / '2026-W47' / 'yidi.db'}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def fact_tables(base: sqlite3.Connection) -> list[str]:
    names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'v1_%'")]
    columns = {name: {row[1] for row in base.execute(f"PRAGMA table_info({name})")} for name in names}
    return [name for name in names if {"fact_id", "quote", "start"} <= columns[name]]


def test_every_page_is_held_with_its_region_and_date(base: sqlite3.Connection) -> None:
    held = {
        row["url"]: (row["adcode"], row["published"]) for row in base.execute("SELECT * FROM v1_guides WHERE relevant")
    }
    assert held == PAGES


def test_every_quote_stands_at_its_place(base: sqlite3.Connection) -> None:
    rows = base.execute(
        'SELECT e.quote, substr(s.main_text, e.start + 1, e."end" - e.start) AS found FROM evidence e'
        " JOIN snapshots s ON s.id = e.snapshot_id"
    ).fetchall()
    assert len(rows) > 100
    assert [row["quote"] for row in rows if row["quote"] != row["found"]] == []


def test_every_kind_of_fact_occurs(base: sqlite3.Connection) -> None:
    tables = fact_tables(base)
    assert len(tables) == 12
    empty = [
        name for name in tables if not base.execute(f"SELECT count(*) FROM {name} WHERE quote <> ''").fetchone()[0]
    ]
    assert empty == []


def test_facts_stay_with_their_own_page(base: sqlite3.Connection) -> None:
    """Cards, the asker's words, promotion and notes stand outside the main text: nothing is read from them."""
    bait = (
        *(
            "延安市参保人员转诊",
            "江西省转诊患者先行自付",
            "粤医保小程序改点",
            "我因为工作调动",
            "关注后在对话框",
            "我想办居住证",
        ),
        *("样例、未经核实", "本页文字由项目撰写", "转引自", "演示站点"),
    )
    for row in base.execute("SELECT quote FROM evidence"):
        assert not [words for words in bait if words in row["quote"]]
    of_shangluo = {row["raw"] for row in base.execute("SELECT raw FROM v1_benefits WHERE adcode = '611000'")}
    assert of_shangluo
    assert not [raw for raw in of_shangluo if raw and "5%" in raw]


def test_robots_txt_is_obeyed(sample_data: Path) -> None:
    archive = sqlite3.connect(f"file:{sample_data / 'archive.db'}?mode=ro", uri=True)
    rows = archive.execute("SELECT url, outcome, sha256 FROM fetches").fetchall()
    archive.close()
    closed = [row for row in rows if re.search(r"/(search|user|jiucuo)/", row[0])]
    assert {"/bureau/search/", "/bureau/user/", "/bureau/jiucuo/", "/jiucuo/"} <= {
        match[1] for url, *_ in closed if (match := re.search(r"example((?:/bureau)?/(?:search|user|jiucuo)/)", url))
    }
    assert {(outcome, body) for _, outcome, body in closed} == {("robots_denied", None)}


def test_the_port_is_written_nowhere(sample_data: Path) -> None:
    for file in [sample_data / "archive.db", *(sample_data / "releases").rglob("*")]:
        if file.is_file() and not file.is_symlink():
            assert b"127.0.0.1" not in file.read_bytes(), file


def test_two_runs_give_the_same_bytes(sample_data: Path, road: Callable[[Path], Path], tmp_path: Path) -> None:
    """Another port, another folder, the same instant: the same release to the byte, all files of it."""

    def digests(release: Path) -> dict[str, str]:
        files = [file for file in sorted(release.rglob("*")) if file.is_file()]
        return {str(file.relative_to(release)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    first = digests(sample_data / "releases" / "2026-W47")
    assert "yidi.db" in first
    assert digests(road(tmp_path / "data")) == first


def ask(address: str, path: str, **query: str) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"{address}{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
        rows: list[dict[str, object]] = json.load(answer)
        return rows


def test_a_region_is_asked_over_http(sample_server: str) -> None:
    rows = ask(sample_server, "/yidi/v1_deadlines.json", _shape="objects", adcode="130500")["rows"]  # type: ignore[call-overload]
    assert rows
    for row in rows:
        assert row["adcode"] == "130500"
        assert row["quote"]
        assert row["url"] == "http://city.example/city/live/202178/2001.shtm"
    makeup = [row for row in rows if row["kind"] == "makeup_window"]
    assert [(row["amount"], row["unit"], row["anchor"], row["direction"]) for row in makeup] == [
        (10, "day", "admission", "after")
    ]


@pytest.mark.parametrize(("table", "words"), [("v1_deadlines", "备案"), ("v1_materials", "承诺书")])
def test_search_finds_what_like_finds(sample_server: str, base: sqlite3.Connection, table: str, words: str) -> None:
    expected = {row[0] for row in base.execute(f"SELECT fact_id FROM {table} WHERE quote LIKE ?", (f"%{words}%",))}
    assert expected
    found = ask(sample_server, f"/yidi/{table}.json", _shape="array", _search=words, _size="max")
    assert {row["fact_id"] for row in found} >= expected


def one_line(error: str) -> bool:
    return len(error.strip().splitlines()) == 1 and "Traceback" not in error


def test_mistakes_are_one_clear_line(yidi: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """A broken source file, a missing archive, an unknown command's file: exit code 2 and one line on stderr."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "broken.yml").write_text("id: Broken\nname: x\nstart: [http://a.example/]\nauthority: Z\n", "utf-8")
    crawl = yidi("crawl", "--sources", str(sources), data=tmp_path)
    assert crawl.returncode == 2
    assert one_line(crawl.stderr), crawl.stderr
    assert "broken.yml:1: id:" in crawl.stderr
    for arguments in (["build"], ["check"], ["release"], ["parse", "no-such-file.html"]):
        done = yidi(*arguments, data=tmp_path)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert one_line(done.stderr), (arguments, done.stderr)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (NOISE, "undecodable"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "needs_ocr"),
        (b"just a line of text", "not_html"),
        (b"%PDF-1.4 cut off", "attachment_unread"),
    ],
    ids=["empty", "no known encoding", "a picture", "no markup", "a broken PDF"],
)
def test_pages_that_cannot_be_read_say_so(
    yidi: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, body: bytes, says: str
) -> None:
    """One clear line and exit code 2; what could be made of it is still printed, with the issue."""
    (tmp_path / "page.html").write_bytes(body)
    done = yidi("parse", "page.html", data=tmp_path)
    assert done.returncode == 2
    assert one_line(done.stderr), done.stderr
    assert says in done.stderr
    assert says in [issue["code"] for issue in json.loads(done.stdout)["issues"]]


def test_a_page_that_cannot_be_read_is_kept_and_listed(
    yidi: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Over the whole road: the bytes stay in the archive, the base holds an issue, the other page is read."""
    site = tmp_path / "site"
    (site / "a").mkdir(parents=True)
    page = (EXAMPLES / "site" / "city" / "live" / "202178" / "2001.shtm").read_bytes()
    bodies = {"1.html": page, "2.html": b"", "3.html": NOISE, "4.html": b"\x89PNG\r\n\x1a\n"}
    for name, body in bodies.items():
        (site / "a" / name).write_bytes(body)
    links = "".join(f'<a href="/a/{name}">{name}</a>' for name in bodies)
    (site / "a" / "index.html").write_text(f"<html><body>{links}</body></html>", "utf-8")
    sources = tmp_path / "entries"
    sources.mkdir()
    entry = "id: odd\nname: odd\nstart: [http://odd.example/a/]\nfollow: ['/a/\\d.html$']\ndelay_s: 0\nallow_private: true\n"
    (sources / "odd.yml").write_text(entry, "utf-8")
    with serving(site) as address:
        write_sources(sources, tmp_path / "sources", address)
        crawled = yidi("crawl", "--sources", str(tmp_path / "sources"), data=tmp_path)
    assert crawled.returncode == 0, crawled.stderr
    assert yidi("build", data=tmp_path).returncode == 0
    base = sqlite3.connect(f"file:{tmp_path / 'kb.db'}?mode=ro", uri=True)
    archive = sqlite3.connect(f"file:{tmp_path / 'archive.db'}?mode=ro", uri=True)
    try:
        issues = dict(base.execute("SELECT url, code FROM issues WHERE url LIKE 'http://odd.example/a/_.html'"))
        kept = {row[0] for row in archive.execute("SELECT sha256 FROM bodies")}
        held = [row[0] for row in base.execute("SELECT url FROM v1_guides WHERE relevant")]
    finally:
        base.close()
        archive.close()
    assert set(issues) >= {"http://odd.example/a/2.html", "http://odd.example/a/3.html"}
    assert {hashlib.sha256(body).hexdigest() for body in (page, bodies["3.html"])} <= kept
    assert held == ["http://odd.example/a/1.html"]
