"""English pages: what is ours is said in English, what is quoted stays Chinese and is marked as such."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest
from lxml import html

from kb import vocabulary, words_en
from kb.site import language
from tests.kb.test_site import Get, base, database, get

__all__ = ["base", "database", "get"]

HAN = re.compile(r"[\u3400-\u9fff]")
PATHS = (
    "/", "/?question=q01", "/region/130500", "/region/100000", "/region/510100", "/compare?adcode=130500&adcode=320000", "/question/q05",
    "/question/q11", "/question/q12", "/search?q=xingtai", "/about", "/yidi", "/yidi/v1_deadlines", "/yidi/v1_answers", "/yidi/v1_guides",
    "/yidi/v1_sources/example-city", "/yidi/q02_channels", "/nowhere", "/region/999999",
)  # fmt: skip
LABELS: dict[tuple[str, str], str] = {
    ("material", "referral_form"): "referral certificate", ("material", "commitment"): "personal commitment",
    ("step_action", "fill"): "fill in", ("filing_type", "referral"): "referred patients", ("modality", "usual"): "usually",
    ("channel", "nhsa_app"): "National app", ("channel_kind", "app"): "mobile app",
}  # fmt: skip


def english(path: str) -> str:
    key = "_lang" if path.startswith("/yidi/") else "lang"
    return f"{path}{'&' if '?' in path else '?'}{key}=en"


def unmarked(page: str) -> list[str]:
    """Chinese texts of a page outside everything that is marked as Chinese; the choice of a region is in both languages."""
    tree = html.fromstring(page)
    texts = tree.xpath("//body//text()[not(ancestor::*[@lang][1]/@lang = 'zh-CN') and not(ancestor::option)]")
    return [t.strip()[:60] for t in texts if HAN.search(t)]


@pytest.mark.parametrize("path", PATHS)
def test_all_chinese_of_an_english_page_is_marked(get: Get, path: str) -> None:
    assert [t for t in unmarked(get(english(path), None).text) if "for example" not in t] == []


@pytest.mark.parametrize("path", PATHS)
def test_links_inside_the_site_keep_the_language(get: Get, path: str) -> None:
    links = html.fromstring(get(english(path), None).text).xpath("//a[not(@hreflang)]/@href")
    inside = [a for a in links if a.startswith("/") and not re.search(r"\.(json|csv|atom)(\?|$)|^/files/", a)]
    assert len(inside) > 5
    assert [a for a in inside if "lang=en" not in a] == []


def test_every_code_has_a_label_in_english() -> None:
    terms = [t for rows in vocabulary.terms().values() for t in rows]
    assert [(t.vocabulary, t.code) for t in terms if not t.label_en or HAN.search(t.label_en)] == []
    by_code = {(t.vocabulary, t.code): t.label_en for t in terms}
    assert by_code["authority", "C"] == "Local guide"
    assert by_code["deadline_kind", "makeup_window"] == "filing afterwards"


@pytest.mark.parametrize(("kind", "columns", "expected"), [
    ("materials", {"code": "referral_form", "name": "转诊证明", "alternatives": '["commitment"]'}, "referral certificate 转诊证明 or personal commitment"),
    ("materials", {"code": "other", "name": "村委会证明", "alternatives": "[]"}, "村委会证明"),
    ("steps", {"action": '["fill"]', "text": "填写就医地"}, "fill in: 填写就医地"),
    ("steps", {"action": "[]", "text": "返回首页"}, "返回首页"),
    ("filing_types", {"code": "referral", "label": "异地转诊"}, "referred patients 异地转诊"),
    ("channels", {"code": "nhsa_app", "kind": "app", "name": "国家医保服务平台", "operations": "[]"}, "National app 国家医保服务平台"),
    ("channels", {"code": None, "kind": "app", "name": "某某通", "operations": "[]"}, "mobile app 某某通"),
])  # fmt: skip
def test_a_code_is_said_in_english_beside_the_words_of_the_page(
    kind: str, columns: dict[str, Any], expected: str
) -> None:
    assert words_en.SAY[kind](columns, LABELS) == expected


def test_for_whom_and_how_binding_in_english() -> None:
    assert words_en.scope('["referral"]', "usual", LABELS) == "referred patients, usually"
    assert words_en.scope("[]", None, LABELS) == ""


def test_chinese_among_english_is_marked() -> None:
    assert language.tongues("fill in: 填写<A>") == 'fill in: <span lang="zh-CN">填写</span>&lt;A&gt;'
    assert language.tongues("≤10 days") == "≤10 days"


def test_regions_have_english_names(get: Get) -> None:
    places = language.english_places()
    assert (places["100000"], places["130000"], places["130500"]) == ("China", "Hebei", "Xingtai")
    assert '<h1>Xingtai <span lang="zh-CN">邢台市</span></h1>' in get("/region/130500?lang=en").text
    assert "<h1>邢台市</h1>" in get("/region/130500").text


def test_changes_and_contradictions_are_told_in_english(get: Get, base: sqlite3.Connection) -> None:
    rows = get("/question/q12.json?lang=en").json()["changes"]
    told = {r["kind"]: r["after_en"] for r in rows}
    assert told["deadlines"]
    assert "不" not in told["deadlines"]
    assert told["contacts"] is None
    assert "after_en" not in get("/question/q12.json").json()["changes"][0]
    (conflict,) = get("/question/q11.json?lang=en").json()["conflicts"]
    assert (conflict["value_a_en"], conflict["value_b_en"]) == ("counts as filed", "≤10 days after admission")


def test_answers_of_regions_are_told_in_english(get: Get) -> None:
    rows = {r["adcode"]: r for r in get("/question/q05.json?lang=en").json()["answers"]}
    assert "validity of a filing: per visit" in rows["130500"]["value_en"]


def test_beside_a_tier_c_answer_stands_the_official_one(get: Get) -> None:
    card = {c["question"]: c for c in get("/region/130500.json").json()["answers"]}["q01"]
    assert (card["authority"], card["label"], card["official_label"]) == (
        "C",
        "入院后限期内可补办",
        "出院结算前后均可补办",
    )
    assert {f["adcode"] for f in card["facts"]} == {"130500"}
    assert {f["adcode"] for f in card["official_facts"]} == {"100000"}
    assert "沿用全国的官方规定" in get("/region/130500").text
    side = get("/compare?adcode=130500&adcode=320000&lang=en").text
    assert "official rule of China, inherited" in side
    assert "before or after discharge settlement" in side


def test_an_official_answer_needs_no_other_beside_it(get: Get) -> None:
    cards = get("/region/320000.json").json()["answers"]
    assert [c["question"] for c in cards if c["authority"] in ("A", "B") and c["official_label"]] == []
    assert any(c["authority"] == "A" for c in cards)


def test_one_of_something_is_said_in_the_singular() -> None:
    say = language.translator("en")
    assert say("{n} 个网页，{m} 条事实", n=1, m=24) == "1 page, 24 facts"
    assert say("{n} 个网页，{m} 条事实", n=21, m=1) == "21 pages, 1 fact"
    assert language.translator("zh")("{n} 行", n=1) == "1 行"


def test_columns_are_explained_without_the_marks_of_the_schema(get: Get) -> None:
    page = get("/yidi/v1_deadlines?_lang=en").text
    assert "deadline kind" in page
    assert "&lt;deadline_kind&gt;" not in page
    assert "date printed on the page" in get("/yidi/q05_validity?_lang=en").text
