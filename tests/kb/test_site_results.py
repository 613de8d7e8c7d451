"""Results of queries as pages: the first rows, how many there are, where all of them are; nothing in a page but markup."""

from __future__ import annotations

import html
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.kb.test_site import Get, base, database, get, getter, site

__all__ = ["base", "database", "get"]

MANY = "select id, kind from facts order by id"


def rows_of(page: str) -> int:
    return page.partition("<tbody>")[2].count("<tr>")


def test_a_page_shows_the_first_hundred_rows_and_data_have_all(get: Get, base: sqlite3.Connection) -> None:
    (there,) = base.execute(f"SELECT count(*) FROM ({MANY})").fetchone()
    assert there > 100
    page = get(f"/yidi?sql={quote(MANY)}").text
    assert rows_of(page) == 100
    assert f"{there} 行" in page
    assert "这里只列前 100 行" in page
    address = html.unescape(re.search(r'这里只列.*?<a href="([^"]+)"', page, re.S).group(1))  # type: ignore[union-attr]
    assert len(get(address).json()["rows"]) == there


def test_a_short_result_has_no_note(get: Get) -> None:
    page = get("/yidi/q01_makeup_window?region=130500").text
    assert rows_of(page) == len(get("/yidi/q01_makeup_window.json?region=130500").json()["rows"]) > 0
    assert "这里只列" not in page
    assert 'href="/yidi/q01_makeup_window.csv?region=130500"' in page


def test_a_query_tells_in_english_what_it_takes(get: Get) -> None:
    page = get("/yidi/q06_lead_time?_lang=en").text
    assert "Rules to file before leaving" in page
    assert "离开前、入院前" not in page
    assert '<option value="referral">' in page


def test_a_wrong_value_keeps_the_page(get: Get) -> None:
    page = get("/yidi?sql=" + quote("select missing from v1_steps"), 400).text
    assert "no such column: missing" in page
    assert "select missing from v1_steps</textarea>" in page


def test_values_of_a_readers_query_are_asked_for(get: Get) -> None:
    page = get("/yidi?lang=en&sql=" + quote("select name from regions where adcode = :code") + "&code=130500").text
    assert 'name="code" value="130500"' in page
    assert '<input type="hidden" name="lang" value="en">' in page
    assert rows_of(page) == 1


def test_only_a_feed_is_offered_as_a_feed(get: Get) -> None:
    assert 'href="/yidi/changes_feed.atom"' in get("/yidi/changes_feed").text
    assert "coverage_gaps.atom" not in get("/yidi/coverage_gaps").text


def test_what_is_no_query_is_refused(get: Get) -> None:
    assert "Statement must be a SELECT" in get("/yidi?sql=drop+table+facts", 400).text
    assert "Statement must be a SELECT" in get("/yidi?_shape=array", 400).text


def test_without_sql_a_readers_query_is_refused_and_canned_ones_stay(database: Path) -> None:
    closed = getter(site(database, sql=False))
    assert "SQL is off" in closed("/yidi?sql=select+1", 403).text
    page = closed("/yidi/q01_makeup_window?region=130500").text
    assert rows_of(page) > 0
    assert "改写 SQL" not in page


@pytest.mark.parametrize("path", [
    "/", "/yidi", "/yidi/v1_steps", "/yidi/v1_sources/example-city", "/yidi/q02_channels", "/yidi?sql=select+1", "/nowhere", "/yidi/nothing",
    "/yidi?sql=drop", "/region/130500", "/yidi/v1_steps?_sort=nothing",
])  # fmt: skip
def test_no_page_may_hold_a_style_or_script_of_its_own(get: Get, path: str) -> None:
    answer = get(path, None)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! type=\"application/ld\+json\")", answer.text)


def test_codes_of_a_query_are_told_where_one_vocabulary_has_them(get: Get) -> None:
    page = get("/yidi/q05_validity?region=130500").text
    assert "备案有效期 <code>validity</code>" in page
    assert "单次 <code>per_visit</code>" in page
    assert "validity of a filing <code>validity</code>" in get("/yidi/q05_validity?region=130500&_lang=en").text
    assert ">other<" in get("/yidi?sql=" + quote("select 'other' as kind")).text  # of many vocabularies


def test_columns_without_a_value_are_named_and_left_out(get: Get) -> None:
    page = get("/yidi?sql=" + quote("select 1 as one, null as hollow, 2.0 as two")).text
    assert "这些行里都没有值的列：<code>hollow</code>" in page
    assert page.count("<th scope") == 2
    assert ">2</td>" in page
    table = get("/yidi/v1_deadlines?adcode=130500").text
    assert "<code>scheme</code> <code>geo_scope</code>" in table.partition("这些行里都没有值的列")[2]
    assert 'class="col-geo_scope' not in table
    assert 'class="col-quote' in table
