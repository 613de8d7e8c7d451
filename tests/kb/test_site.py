"""The site on the release of the sample run, through Datasette's in-process client: every documented address."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from datasette.app import Datasette

from kb import schema
from kb.serve import HARDENED, METADATA, SETTINGS, SITE

ROOT = Path(__file__).resolve().parent.parent.parent
Get = Callable[..., httpx.Response]


def site(database: Path, *, sql: bool = True) -> Datasette:
    """Datasette as `yidi serve` starts it."""
    settings = SETTINGS if sql else SETTINGS | HARDENED
    return Datasette(
        [], immutables=[str(database)], cors=True, metadata=yaml.safe_load(METADATA.read_text("utf-8")),
        plugins_dir=str(SITE / "plugins"), template_dir=str(SITE / "templates"),
        static_mounts=[("assets", str(SITE / "static"))],
        settings={k: v if not v.isdigit() else int(v) for k, v in settings.items()} | {k: v == "on" for k, v in settings.items() if v in ("on", "off")},
    )  # fmt: skip


def getter(datasette: Datasette) -> Get:
    def get(path: str, status: int | None = 200, method: str = "GET", **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app=datasette.app()), base_url="http://yidi.test"
            ) as client:
                return await client.request(method, path, **options)

        answer = asyncio.run(ask())
        assert status is None or answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer

    return get


@pytest.fixture(scope="session")
def database(sample_data: Path) -> Path:
    return (sample_data / "releases" / "latest" / "yidi.db").resolve()


@pytest.fixture(scope="session")
def base(database: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(database)
    db.row_factory = sqlite3.Row
    yield db
    db.close()


@pytest.fixture(scope="session")
def get(database: Path) -> Get:
    return getter(site(database))


def questions() -> list[str]:
    metadata = yaml.safe_load(METADATA.read_text("utf-8"))
    return [name for name in metadata["databases"]["yidi"]["queries"] if re.match(r"q\d\d_", name)]


def test_metadata_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_metadata.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_table_is_served_with_title_and_facets(get: Get, base: sqlite3.Connection) -> None:
    tables = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["yidi"]["tables"]
    for name in [
        n
        for (n,) in base.execute("SELECT name FROM sqlite_master WHERE name GLOB 'v1_*' AND type = 'table'")
        if "_fts" not in n
    ]:
        page = get(f"/yidi/{name}").text
        assert tables[name]["title"] in page
        answer = get(f"/yidi/{name}.json?_shape=objects").json()
        assert len(answer["rows"]) == min(
            tables[name].get("size", 100), base.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        )
        assert set(answer["facet_results"]) == set(tables[name].get("facets", [])), name


def test_rows_of_a_region_carry_quote_and_address(get: Get) -> None:
    rows = get("/yidi/v1_deadlines.json?_shape=objects&adcode=130500").json()["rows"]
    assert rows
    assert all(row["adcode"] == "130500" and row["quote"] and row["url"].startswith("http") for row in rows)


def test_all_twelve_questions_answer(get: Get) -> None:
    assert [name[:3] for name in questions()] == [f"q{n:02d}" for n in range(1, 13)]
    for name in questions():
        answer = get(f"/yidi/{name}.json?_shape=objects").json()
        assert answer.get("error") is None, f"{name}: {answer.get('error')}"
        assert {"filing_type", "region"} <= set(answer["query"]["params"]), name
        get(f"/yidi/{name}")
        get(f"/yidi/{name}.csv")


def test_questions_are_narrowed_by_region_and_filing_type(get: Get) -> None:
    everywhere = get("/yidi/q01_makeup_window.json?_shape=array").json()
    here = get("/yidi/q01_makeup_window.json?_shape=array&region=130500").json()
    assert here
    assert len(here) < len(everywhere)
    assert here == [row for row in everywhere if row["adcode"] == "130500"]
    some = get("/yidi/q05_validity.json?_shape=array&filing_type=retired_resettled").json()
    assert some
    for row in some:
        assert row["filing_types"] == "[]" or {"retired_resettled", "long_term"} & set(json.loads(row["filing_types"]))


@pytest.mark.parametrize(
    "word", ["备案", "案", "补办", "医保 备案", "江苏", "国家医保服务平台APP", "APP", "没有这个词语"]
)
def test_the_search_box_finds_what_like_finds(get: Get, base: sqlite3.Connection, word: str) -> None:
    from kb.search import COLUMNS

    for table in ("v1_channels", "v1_steps", "v1_guides", "v1_materials"):
        text = " || ' ' || ".join(f"coalesce(\"{c}\", '')" for c in dict.fromkeys(COLUMNS[table]))
        like = " AND ".join(f"text LIKE '%{w}%'" for w in word.split())
        expected = {
            r[0]
            for r in base.execute(
                f"SELECT id FROM (SELECT {'page_id' if table == 'v1_guides' else 'fact_id'} AS id, {text} AS text FROM {table}) WHERE {like}"
            )
        }
        found = get(f"/yidi/{table}.json", params={"_search": word, "_shape": "objects", "_size": "max"}).json()["rows"]
        assert {row["page_id" if table == "v1_guides" else "fact_id"] for row in found} == expected, f"{table}: {word}"


@pytest.mark.parametrize("word", ['"', 'a"b', "(", "*", "NEAR(", "备案 OR", "-", "''", "%"])
def test_hostile_words_are_words(get: Get, word: str) -> None:
    get("/yidi/v1_steps.json", params={"_search": word})
    get("/yidi/search_facts.json", params={"q": word})


def test_search_over_all_facts_is_ranked(get: Get) -> None:
    rows = get("/yidi/search_facts.json", params={"q": "备案", "_shape": "array"}).json()
    assert len({row["kind"] for row in rows}) > 3
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    assert get("/yidi/search_facts.json?_shape=array").json() == []


def test_the_feed_query_is_a_valid_feed(get: Get) -> None:
    answer = get("/yidi/changes_feed.atom")
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<feed" in answer.text
    assert "异地就医备案：最新变化" in answer.text


def test_region_page_shows_steps_channels_materials_deadlines_with_quotes_and_links(
    get: Get, base: sqlite3.Connection
) -> None:
    for adcode in ("130500", "320000"):
        page = get(f"/region/{adcode}").text
        for table in ("v1_steps", "v1_channels", "v1_materials", "v1_deadlines"):
            for quote, url in base.execute(
                f"SELECT quote, url FROM {table} WHERE adcode = ? AND gone_on IS NULL", (adcode,)
            ):
                assert quote.replace("&", "&amp;").split("\n")[0][:30] in page, f"{adcode} {table}: {quote}"
                assert url.replace("&", "&amp;") in page
        data = get(f"/region/{adcode}.json").json()
        assert data["region"]["adcode"] == adcode
        assert {"build_id", "schema_version", "run"} <= data.keys()


@pytest.mark.parametrize(
    "path", ["/region/999999", "/region/abc", "/region/999999.json", "/region/1", "/yidi/no_such_table", "/nowhere"]
)
def test_unknown_things_are_not_found(get: Get, path: str) -> None:
    assert "999999" in get(path, 404).text or "9999" not in path


@pytest.mark.parametrize(("path", "name"), [
    ("/region/130500?colour=red", "colour"),
    ("/region/130500?lang=fr", "lang"),
    ("/yidi/v1_deadlines.json?regoin=130500", "regoin"),
    ("/yidi/v1_deadlines.json?adcode=13", "adcode"),
    ("/yidi/v1_deadlines.json?_sort=nothing", "_sort"),
    ("/yidi/v1_deadlines.json?_sort_desc=;", "_sort_desc"),
    ("/yidi/v1_deadlines.json?kind__in=[1,", "kind__in"),
    ("/yidi/v1_deadlines.json?kind__near=a", "kind__near"),
    ("/yidi/v1_deadlines.json?days_max__gt=soon", "days_max__gt"),
    ("/yidi/v1_deadlines.json?_size=-1", "_size"),
    ("/yidi/v1_deadlines?_size=max", "_size"),
    ("/yidi/v1_deadlines.json?_size=2001", "_size"),
    ("/yidi/v1_deadlines.json?_json=quote", "_json"),
    ("/yidi/v1_deadlines.json?_json=nothing", "_json"),
    ("/yidi/v1_deadlines.json?_facet_array=quote", "_facet_array"),
    ("/yidi/v1_deadlines.json?quote__arraycontains=a", "quote__arraycontains"),
    ("/yidi/v1_deadlines.json?amount__in=1,two", "amount__in"),
    ("/yidi/v1_deadlines.json?adcode__in=130500,13", "adcode__in"),
    ("/yidi/v1_deadlines.json?kind__in=", "kind__in"),
    ("/yidi/v1_deadlines.json?kind__in=[]", "kind__in"),
    ("/yidi/v1_deadlines.json?kind__in=[true]", "kind__in"),
    ("/sitemap.xml?all=1", "all"),
    ("/-/versions.json?all=1", "all"),
    ("/yidi/v1_deadlines?_size=501", "_size"),
    ("/yidi/v1_deadlines.csv?_stream=on", "_stream"),
    ("/yidi/v1_deadlines.json?_shape=round", "_shape"),
    ("/yidi/v1_deadlines.json?_facet=nothing", "_facet"),
    ("/yidi/v1_quality.json?_search=a", "_search"),
    ("/yidi/v1_deadlines.json?quote=%ff", "quote"),
    ("/yidi/q01_makeup_window.json?region=13", "region"),
    ("/yidi/q01_makeup_window.json?filing_type=nobody", "filing_type"),
    ("/yidi/q01_makeup_window.json?since=2026-01-01", "since"),
    ("/yidi/q12_changes.json?since=yesterday", "since"),
    ("/yidi/facts_as_of.json?as_of=2026-13-01", "as_of"),
    ("/yidi.json?tables=all", "tables"),
])  # fmt: skip
def test_unknown_and_malformed_parameters_are_named(get: Get, path: str, name: str) -> None:
    answer = get(path, 400)
    assert name in answer.text
    if ".json" in path:
        assert answer.json()["parameter"] == name


def test_headers_say_which_release_answers(get: Get, base: sqlite3.Connection) -> None:
    build = base.execute("SELECT value FROM meta WHERE key = 'build_id'").fetchone()[0]
    for path, status in (
        ("/region/130500", 200),
        ("/yidi", 200),
        ("/yidi/v1_steps.json", 200),
        ("/region/999999", 404),
        ("/yidi/v1_steps?x=1", 400),
    ):
        headers = get(path, status).headers
        assert headers["x-yidi-build"] == build
        assert headers["x-yidi-schema"] == str(schema.SCHEMA_VERSION)
        assert headers["access-control-allow-origin"] == "*"
        assert headers["x-content-type-options"] == "nosniff"
        assert "vary" not in headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]


def test_what_is_unchanged_is_not_sent_again(get: Get) -> None:
    tag = get("/yidi/v1_steps.json").headers["etag"]
    assert get("/yidi/v1_steps.json", 304, headers={"If-None-Match": tag}).text == ""
    assert get("/yidi/v1_channels.json", 200, headers={"If-None-Match": tag}).headers["etag"] != tag
    assert "etag" not in get("/yidi.json?sql=select+1").headers


@pytest.mark.parametrize(
    "path",
    [
        "/-/databases.json",
        "/-/plugins.json",
        "/-/settings",
        "/-/threads.json",
        "/-/allow-debug",
        "/-/messages",
        "/-/metadata.json",
    ],
)
def test_nothing_tells_paths_or_versions(get: Get, path: str) -> None:
    get(path, 404)


def test_without_sql_everything_published_still_answers(database: Path) -> None:
    get = getter(site(database, sql=False))
    for path in ("/yidi.json?sql=select+1", "/yidi?sql=select+1", "/yidi/v1_steps.json?_where=1=1", "/yidi.db"):
        assert (
            get(path, 403).headers["content-type"].startswith("application/json" if ".json" in path else "text/html")
        ), path
    for path in (
        "/region/130500",
        "/yidi/v1_steps.json?_search=备案",
        "/yidi/q01_makeup_window.json",
        "/yidi/v1_steps.csv",
        "/yidi/changes_feed.atom",
    ):
        get(path)


def test_rows_are_objects_unless_asked_otherwise(get: Get) -> None:
    assert isinstance(get("/yidi/v1_steps.json").json()["rows"][0], dict)
    assert isinstance(get("/yidi/q02_channels.json?region=320000").json()["rows"][0], dict)
    assert isinstance(get("/yidi.json?sql=select+1+as+a").json()["rows"][0], dict)
    assert isinstance(get("/yidi/v1_steps.json?_shape=arrays").json()["rows"][0], list)
    assert isinstance(get("/yidi/v1_steps.json?_shape=array").json(), list)


def test_pages_of_a_table_bring_every_row_once(get: Get, base: sqlite3.Connection) -> None:
    found: list[str] = []
    following = ""
    while following is not None:
        page = get(
            "/yidi/v1_answers.json",
            params={"_size": "700", "_sort": "question"} | ({"_next": following} if following else {}),
        ).json()
        found += [row["id"] for row in page["rows"]]
        following = page["next"]
    assert len(found) == len(set(found)) == base.execute("SELECT count(*) FROM v1_answers").fetchone()[0]


def test_facts_as_of_a_day(get: Get) -> None:
    assert get("/yidi/facts_as_of.json?as_of=2020-01-01").json()["rows"] == []
    today = get("/yidi/facts_as_of.json?region=130500").json()["rows"]
    assert today
    assert today == get("/yidi/facts_as_of.json?region=130500&as_of=2026-11-16").json()["rows"]


def test_addresses_at_the_edges(get: Get) -> None:
    assert get("/yidi.db").content.startswith(b"SQLite format 3")
    assert get("/.json").json()["numbers"]["facts"] > 0
    assert get("/", method="HEAD").status_code == 200
    get("/", 405, method="POST")
    assert get("/yidi/v1_steps.json", 204, method="OPTIONS").headers["access-control-allow-origin"] == "*"
    assert get("/page/%3F.json", 404).headers["content-type"].startswith("application/json")
    get("/assets/nothing.css", 404)
    assert "quote" in get("/yidi/v1_steps.csv").text.splitlines()[0]
    assert get("/assets/yidi.css").headers.get_list("cache-control") == ["public, max-age=86400"]


def test_cells_speak_chinese_and_lead_on(get: Get) -> None:
    page = get("/yidi/v1_deadlines?adcode=130500").text
    assert "补办窗口 <code>makeup_window</code>" in page
    rows = get("/yidi/q01_makeup_window?region=130500").text
    assert re.search(r'<a href="/fact/[0-9a-f]{16}">', rows)
    assert get("/yidi/v1_deadlines.json?adcode=130500&kind=makeup_window").json()["rows"][0]["kind"] == "makeup_window"


def test_tables_speak_both_languages(get: Get) -> None:
    page = get("/yidi/v1_deadlines?adcode=130500").text
    assert "各列的含义" in page
    assert 'href="/yidi/v1_deadlines?adcode=130500&amp;_lang=en"' in page
    assert "What the columns mean" in get("/yidi/v1_deadlines?adcode=130500&_lang=en").text
    assert "Tables and queries" in get("/yidi?lang=en").text
    assert "lang" in get("/yidi/v1_deadlines?lang=en", 400).text
