"""What pages say of the data: files with rows and digests, citation, descriptions for machines, rows of tables, contacts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from kb import cite, schema, words_en
from kb.site import about, columns, structured
from kb.site.language import when
from tests.kb.test_site import Get, base, database, get  # noqa: F401 - fixtures

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)


def described(page: str) -> Any:
    found = BLOCK.findall(page)
    assert len(found) == 1
    return json.loads(found[0])


def test_download_page_tells_size_rows_and_digest_of_every_file(get: Get, database: Path) -> None:  # noqa: F811
    data = get("/download.json").json()
    on_disk = {p.relative_to(database.parent).as_posix() for p in database.parent.rglob("*") if p.is_file()}
    assert {f["name"] for f in data["files"]} == on_disk
    page = get("/download").text
    for file in data["files"]:
        body = (database.parent / file["name"]).read_bytes()
        assert file["bytes"] == len(body)
        assert f'href="/files/{file["name"]}"' in page
        if file["name"] != "SHA256SUMS":
            assert file["sha256"] == hashlib.sha256(body).hexdigest()
            assert file["sha256"] in page
        if file["folder"] == "csv":
            assert file["rows"] == len(list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))) - 1
    assert data["licence"]["id"] == "CC-BY-4.0"


def test_every_page_says_how_to_cite_and_that_it_is_no_advice(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    this = cite.edition(base)
    fact = base.execute("SELECT fact_id FROM v1_deadlines").fetchone()[0]
    own = ("/", "/region/130500", "/question/q01", f"/fact/{fact}", "/download")
    for path in (*own, "/yidi/v1_steps", f"/yidi/v1_deadlines/{fact}", "/yidi/q01_makeup_window"):
        page = get(path).text
        assert this.build_id in page
        assert f"{this.run} 期（{this.date}）" in page
        assert cite.NO_ADVICE["zh"] in page
        assert "#contact" in page


def test_every_quoted_fact_leads_to_its_correction(get: Get) -> None:  # noqa: F811
    page = get("/region/130500").text
    quotes = re.findall(r"<blockquote cite=.*?</blockquote>", page, re.S)
    assert len(quotes) > 20
    for quote in quotes:
        link = re.search(r'href="(/fact/[0-9a-f]+)#error"', quote)
        assert link
    target = get(link.group(1)).text  # type: ignore[union-attr]
    assert 'id="error"' in target
    assert "kb/corrections.yml" in target


def test_release_describes_itself_as_a_dataset(get: Get) -> None:  # noqa: F811
    said = described(get("/download").text)
    assert (said["@type"], said["license"]) == ("Dataset", cite.LICENCE_URL)
    files = {d["name"]: d for d in said["distribution"]}
    assert files["yidi.xlsx"]["contentUrl"] == "http://yidi.test/files/yidi.xlsx"
    assert re.fullmatch("[0-9a-f]{64}", files["csv/v1_steps.csv"]["sha256"])


def test_region_describes_its_service_and_one_without_pages_none(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    said = described(get("/region/130500").text)
    assert (said["@type"], said["areaServed"]["identifier"], said["areaServed"]["name"]) == (
        "GovernmentService",
        "130500",
        "邢台市",
    )
    held = {r[0] for r in base.execute("SELECT url FROM v1_guides WHERE adcode = '130500' AND relevant = 1")}
    assert {page["url"] for page in said["subjectOf"]} == held
    assert said["availableChannel"]
    assert BLOCK.findall(get("/region/510100").text) == []


def test_words_of_a_page_cannot_end_the_description() -> None:
    hostile = '</script><script>alert("1&2")</script>\u2028'
    block = str(structured.script({"name": hostile}))
    assert block.count("<") == 2
    assert described(block) == {"name": hostile}


def test_row_of_a_table_is_shown_in_the_language_of_the_page(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    fact = base.execute(
        "SELECT fact_id FROM v1_deadlines WHERE adcode = '130500' AND kind = 'makeup_window'"
    ).fetchone()[0]
    chinese, english = get(f"/yidi/v1_deadlines/{fact}").text, get(f"/yidi/v1_deadlines/{fact}?_lang=en").text
    assert "<h1>时限</h1>" in chinese
    assert "This data as" not in chinese
    assert "补办窗口 <code>makeup_window</code>" in chinese
    assert "date printed on the page" not in chinese
    assert "<h1>Deadlines</h1>" in english
    assert "filing afterwards <code>makeup_window</code>" in english
    assert "网页上印的日期" not in english


def test_rows_that_point_here_are_linked(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    number = base.execute("SELECT count(*) FROM v1_deadlines WHERE source = 'example-city'").fetchone()[0]
    page = get("/yidi/sources/example-city").text
    assert re.search(rf"<code>v1_deadlines</code></a>\s+{number} 行", page)


DEADLINE = {
    "anchor": "admission",
    "direction": "after",
    "due": None,
    "amount": 10.0,
    "amount_max": None,
    "unit": "day",
    "workdays": 0,
    "operator": "lte",
}


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, "≤10 days after admission"),
    ({"amount": 1.0, "unit": "workday", "workdays": 1, "anchor": None}, "≤1 working day"),
    ({"amount": 3.0, "amount_max": 5.0, "operator": "range"}, "3–5 days after admission"),
    ({"amount": None, "unit": None, "direction": "before"}, "before admission"),
    ({"amount": None, "unit": "permanent", "anchor": "filing", "direction": "from"}, "permanent from filing"),
    ({"due": "+1-03-31"}, "by 31 March of the next year"),
])  # fmt: skip
def test_deadlines_in_english(changes: dict[str, Any], expected: str) -> None:
    assert words_en.deadline(DEADLINE | changes, {}) == expected


def test_benefits_and_channels_in_english() -> None:
    benefit = {
        "effect": "ratio_reduction",
        "filing_status": "unfiled",
        "min": None,
        "max": 20.0,
        "unit": "pp",
        "operator": "lte",
    }
    assert words_en.benefit(benefit, {}) == "unfiled: ratio reduction ≤20 percentage points"
    assert (
        words_en.channel({"name": None, "kind": "app", "operations": '["apply","cancel"]'}, {}) == "app (apply, cancel)"
    )


def test_english_pages_say_values_in_english(get: Get) -> None:  # noqa: F811
    assert "≤10 days after admission" in get("/region/130500?lang=en").text
    assert "≤10 days" not in get("/region/130500").text


def test_columns_have_words_in_both_languages() -> None:
    assert columns.words("v1_deadlines", "published") == {"zh": "网页上印的日期", "en": "date printed on the page"}
    for name, table in schema.tables().items():
        if name.startswith("v1_"):
            for column in table.names:
                words = columns.words(name, column)
                assert re.search("[一-鿿]", words["zh"]), f"{name}.{column}"
                assert words["en"]


def test_times_are_told_in_shanghai() -> None:
    assert when("2026-11-16T20:30:59Z") == "2026-11-17 04:30"
    assert when(None) == "—"


@pytest.mark.parametrize(("given", "link"), [
    ("team@example.org", "mailto:team@example.org"), ("https://example.org/contact", "https://example.org/contact"), ("", ""),
])  # fmt: skip
def test_contact_is_taken_from_the_environment(
    database: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    link: str,
) -> None:
    without = about.read.__wrapped__(database)
    monkeypatch.setenv("YIDI_CONTACT", given)
    monkeypatch.setenv("YIDI_REPOSITORY", "https://code.example.org/yidi/")
    with_contact = about.read.__wrapped__(database)
    assert with_contact.contact == link
    assert with_contact.repository == "https://code.example.org/yidi"
    assert with_contact.site != without.site


@pytest.mark.parametrize(("path", "chinese", "english"), [
    ("/yidi/v1_deadlines", "<h1>时限</h1>", "<h1>Deadlines</h1>"),
    ("/yidi/q01_makeup_window", "入院后还能补办备案吗？最晚何时？</h1>", "<h1>Question 1: May one still file after admission, and until when?</h1>"),
    ("/yidi/facts_as_of", "<h1>某日的事实</h1>", "<h1>Facts that stood on a date</h1>"),
    ("/yidi/q01_makeup_window?region=130500", "不超过/之内 <code>lte</code>", "<code>lte</code>"),
])  # fmt: skip
def test_tables_and_queries_have_titles_and_labels_in_both_languages(
    get: Get,  # noqa: F811
    path: str,
    chinese: str,
    english: str,
) -> None:
    assert chinese in get(path).text
    page = get(path + ("&" if "?" in path else "?") + "_lang=en").text
    assert english in page
    assert chinese not in page


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/yidi/v1_nothing", "/yidi/v1_steps/0000000000000000", "/nowhere.json", "/yidi/v1_nothing.json"],
)
def test_what_is_not_there_is_told_in_our_words(get: Get, path: str) -> None:  # noqa: F811
    said = get(path, 404).text
    assert "not found" not in said.lower()
    assert f"nothing is at {path}" in said
