"""The pages of our own on the release of the sample run: what they show, in both languages, and where they lead."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml

from kb.serve import SITE
from kb.site import find, proof, region
from kb.site.about import MissingError
from kb.site.region import STAGES
from tests.kb.test_site import Get, base, database, get  # noqa: F401 - fixtures

TEMPLATES = sorted((SITE / "templates").glob("*.html"))
ATOM = "{http://www.w3.org/2005/Atom}"


def phrases() -> set[str]:
    found = {phrase for t in TEMPLATES for phrase in re.findall(r"_\('([^']*)'", t.read_text("utf-8"))}
    return found | {title for _, title, _ in STAGES} | {"其他时限"}


def test_every_phrase_has_english_with_the_same_gaps() -> None:
    english = yaml.safe_load((SITE / "english.yml").read_text("utf-8"))
    assert phrases() - english.keys() == set()
    assert english.keys() - phrases() == set()
    for phrase, text in english.items():
        assert set(re.findall(r"\{\w+\}", phrase)) == set(re.findall(r"\{\w+\}", text)), phrase


@pytest.fixture(scope="session")
def some(base: sqlite3.Connection) -> dict[str, str]:  # noqa: F811
    """An id of each kind."""
    fact, page = base.execute("SELECT fact_id, page_id FROM v1_deadlines WHERE adcode = '130500' ORDER BY 1").fetchone()
    return {"fact": fact, "page": page}


def paths(some: dict[str, str]) -> list[str]:
    return [
        "/", "/?question=q01", "/region/130500", "/region/320000", "/region/100000", "/region/510100", "/compare", "/compare?adcode=130500&adcode=320000",
        "/question/q01", "/question/q02?sort=authority&desc=1&show=all", "/question/q11", "/question/q12_changes", f"/page/{some['page']}",
        f"/fact/{some['fact']}", "/search?q=备案", "/search", "/about", "/download",
    ]  # fmt: skip


def test_pages_answer_in_both_languages_and_as_data(get: Get, some: dict[str, str]) -> None:  # noqa: F811
    for path in paths(some):
        chinese = get(path).text
        assert '<html lang="zh-CN">' in chinese
        english = get(path + ("&" if "?" in path else "?") + "lang=en").text
        assert '<html lang="en">' in english
        head, _, query = path.partition("?")
        data = get(("/index" if head == "/" else head) + ".json" + (f"?{query}" if query else "")).json()
        assert {"build_id", "schema_version", "run"} <= data.keys()


def test_no_request_of_a_page_leaves_the_host(get: Get, some: dict[str, str]) -> None:  # noqa: F811
    for path in [
        *paths(some),
        "/yidi",
        "/yidi/v1_steps",
        "/yidi/q01_makeup_window",
        f"/yidi/v1_deadlines/{some['fact']}",
    ]:
        page = get(path).text
        loaded = re.findall(r"<(?:script|img|iframe|source|video|audio)[^>]*\bsrc=[\"']([^\"']+)", page)
        loaded += [
            re.search(r"href=[\"']([^\"']+)", tag).group(1)
            for tag in re.findall(r"<link[^>]*>", page)
            if "stylesheet" in tag or "icon" in tag
        ]  # type: ignore[union-attr]
        assert loaded
        assert [u for u in loaded if urlsplit(u).netloc not in ("", "yidi.test")] == []
        assert re.findall(r"<script(?! type=\"application/ld\+json\">)", page) == []
        assert " style=" not in page


def test_links_inside_the_site_lead_somewhere(get: Get, some: dict[str, str]) -> None:  # noqa: F811
    found: dict[str, str] = {}
    for path in paths(some):
        for link in re.findall(r'(?:href|action)="(/[^"]*)"', get(path).text):
            found.setdefault(html.unescape(link).partition("#")[0], path)
    assert len(found) > 50
    for link in sorted(found)[:: max(1, len(found) // 120)]:
        answer = get(link, None)
        assert answer.status_code in (200, 301, 302), f"{found[link]} leads to {link}: {answer.status_code}"


def test_fragments_lead_to_an_element(get: Get, some: dict[str, str]) -> None:  # noqa: F811
    page = get(f"/page/{some['page']}").text
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert {f[1:] for f in re.findall(r'href="(#[^"]+)"', page)} <= ids
    assert f"at-{some['fact']}" in ids
    region = get("/region/130500").text
    for link in re.findall(r'href="(/page/[^"]+#at-[^"]+)"', region):
        target, _, fragment = link.partition("#")
        assert f'id="{fragment}"' in get(target).text


def test_every_fact_is_marked_where_it_stands(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    for page, snapshot in base.execute("SELECT page_id, snapshot_id FROM v1_guides WHERE facts > 0"):
        data = get(f"/page/{page}.json").json()
        text = base.execute("SELECT main_text FROM snapshots WHERE id = ?", (snapshot,)).fetchone()[0]
        assert "".join(p["text"] for p in data["pieces"]) == text
        for fact, start, end, quote in base.execute(
            'SELECT fact_id, start, "end", quote FROM evidence WHERE snapshot_id = ?', (snapshot,)
        ):
            marked = "".join(p["text"] for p in data["pieces"] if fact in p["facts"] and start <= p["start"] < end)
            assert marked == text[start:end] == quote


def test_pieces_of_facts_that_overlap() -> None:
    found = proof.pieces("abcdefgh", [(0, 4, "x"), (2, 6, "y"), (2, 4, "z"), (90, 95, "beyond")])
    assert [(p["text"], p["facts"]) for p in found] == [
        ("ab", ["x"]),
        ("cd", ["x", "y", "z"]),
        ("ef", ["y"]),
        ("gh", []),
    ]
    assert [p["begins"] for p in found] == [["x"], ["y", "z"], [], []]


def test_a_page_is_text_and_never_markup(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    pieces = [{"text": "<script>alert(1)</script>", "facts": [], "begins": []}]
    from jinja2 import Environment

    shown = (
        Environment(autoescape=True).from_string("{% for p in pieces %}{{ p.text }}{% endfor %}").render(pieces=pieces)
    )
    assert "<script>" not in shown
    answer = get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in answer


def test_differences_of_two_versions() -> None:
    found = proof.difference("同\n旧\n尾", "同\n新\n尾")
    assert [(d["change"], d["text"]) for d in found] == [("same", "同"), ("gone", "旧"), ("new", "新"), ("same", "尾")]


def test_lines_that_changed_show_where() -> None:
    old, new = proof.difference("入院10日内补充备案。", "入院15日内补充备案。")
    assert old["pieces"] == [("入院1", False), ("0", True), ("日内补充备案。", False)]
    assert new["pieces"] == [("入院1", False), ("5", True), ("日内补充备案。", False)]
    assert [line["pieces"] for line in proof.difference("全不相干", "一二三四")] == [None, None]
    assert [line["pieces"] for line in proof.difference("甲乙丙丁" * 600, "甲乙丙戊" * 600)] == [None, None]


def test_a_fact_has_a_permanent_page_with_history(get: Get, some: dict[str, str]) -> None:  # noqa: F811
    data = get(f"/fact/{some['fact']}.json").json()
    assert data["fact"]["fact_id"] == some["fact"]
    assert data["evidence"]
    assert data["events"][0]["event"] == "appeared"
    assert data["spells"]
    entry = yaml.safe_load(data["correction"])[0]
    assert entry["url"] == data["fact"]["url"]
    assert entry["quote"] in data["fact"]["quote"]


def test_an_old_id_leads_to_the_fact_that_carries_it_on(base: sqlite3.Connection, some: dict[str, str]) -> None:  # noqa: F811
    memory = sqlite3.connect(":memory:")
    base.backup(memory)
    memory.row_factory = sqlite3.Row
    memory.execute(
        "INSERT INTO aliases (old_id, fact_id, since, reason) VALUES ('00000000000000aa', ?, '2026-11-16', 'test')",
        (some["fact"],),
    )
    assert proof.fact(memory, "00000000000000aa") == {"redirect": f"/fact/{some['fact']}"}


@pytest.mark.parametrize(
    "path",
    [
        "/fact/0000",
        "/page/0000",
        "/question/q13",
        "/compare?adcode=130500&adcode=999999",
        "/fact/0000.json",
        "/files/nothing.csv",
        "/files/nothing/..~2F..~2Fkb.db",
    ],
)
def test_unknown_ids_are_not_found(get: Get, path: str) -> None:  # noqa: F811
    get(path, 404)


@pytest.mark.parametrize(("path", "name"), [
    ("/?question=q99", "question"), ("/question/q01?sort=size", "sort"), ("/question/q01?show=none", "show"), ("/compare?adcode=13", "adcode"),
    ("/compare?adcode=" + "&adcode=".join(f"{n}00000" for n in range(1, 8)), "adcode"), ("/search?q=a&offset=-1", "offset"), ("/search?kind=pages", "kind"),
    ("/page/0?version=x%22", "version"), ("/feed.atom?region=1", "region"), ("/openapi.json?x=1", "x"),
    ("/search?q=" + "a" * 201, "q"), ("/search?q=a&q=b", "q"),
])  # fmt: skip
def test_wrong_parameters_of_pages_are_named(get: Get, path: str, name: str) -> None:  # noqa: F811
    assert name in get(path, 400).text


def test_comparison_marks_what_differs(get: Get) -> None:  # noqa: F811
    data = get("/compare.json?adcode=130500&adcode=320000&adcode=440000").json()
    assert [r["adcode"] for r in data["regions"]] == ["130500", "320000", "440000"]
    for row in data["rows"]:
        answers = {c["answer"] for c in row["cells"] if c["answer"]}
        assert (row["difference"] == "answer") == (len(answers) > 1)
    assert any(row["difference"] == "answer" for row in data["rows"])


def test_question_lists_regions_in_the_order_asked_for(get: Get) -> None:  # noqa: F811
    rows = get("/question/q02.json?show=held").json()["answers"]
    assert [r["adcode"] for r in rows] == sorted(r["adcode"] for r in rows)
    assert {r["presence"] for r in rows} & {"not_held"} == set()
    down = get("/question/q02.json?show=held&desc=1").json()["answers"]
    assert [r["adcode"] for r in down] == [r["adcode"] for r in rows][::-1]
    everything = get("/question/q02.json?show=all").json()
    assert len(everything["answers"]) == sum(everything["presence"].values())
    assert sum(bar["regions"] for bar in everything["chart"]) == sum(1 for r in everything["answers"] if r["answer"])


def test_map_has_34_tiles_and_none_on_another(get: Get) -> None:  # noqa: F811
    for path in ("/index.json", "/index.json?question=q02"):
        tiles = get(path).json()["map"]
        assert len(tiles) == len({(t["column"], t["row"]) for t in tiles}) == 34


@pytest.mark.parametrize(("text", "words", "marked"), [
    ("办理异地就医备案手续", ["备案"], ["备案"]),
    ("用ＡＰＰ或app办理", ["APP"], ["ＡＰＰ", "app"]),
    ("没有", ["别的"], []),
    ("一" * 200 + "补办", ["补办"], ["补办"]),
])  # fmt: skip
def test_snippets_mark_the_words(text: str, words: list[str], marked: list[str]) -> None:
    found = find.snippet(text, words)
    assert [piece for piece, hit in found if hit] == marked
    assert "".join(piece for piece, _ in found).strip("…") in text


@pytest.mark.parametrize("word", ["邢台", "江苏", "jiangsu", "Jiangsu", "xingtai", "XT", "js", "130500", "邢台市"])
def test_search_finds_regions_by_name_code_and_pinyin(get: Get, word: str) -> None:  # noqa: F811
    names = [r["name"] for r in get("/search.json", params={"q": word}).json()["regions"]]
    assert {"邢台市", "江苏省"} & set(names)


def test_search_is_ranked_and_can_be_paged(get: Get) -> None:  # noqa: F811
    first = get("/search.json?q=备案").json()
    assert first["more"]
    second = get("/search.json?q=备案&offset=20").json()
    ids = [r.get("fact_id", r["page_id"]) for r in first["results"] + second["results"]]
    assert len(ids) == len(set(ids)) == 40
    assert all(any(hit for _, hit in r["snippet"] + r["headline"]) or r["table"] != "guides" for r in first["results"])
    only = get("/search.json?q=备案&kind=materials").json()
    assert {r["table"] for r in only["results"]} == {"materials"}


def test_feed_is_atom_with_permanent_ids(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    for path, where in (
        ("/feed.atom", "1"),
        ("/feed.atom?region=130500", "adcode = '130500'"),
        ("/feed.atom?question=q01", "topic_key IN ('deadlines/makeup_window', 'operations/makeup')"),
    ):
        feed = ET.fromstring(get(path).content)
        entries = feed.findall(f"{ATOM}entry")
        assert len(entries) == min(100, base.execute(f"SELECT count(*) FROM v1_changes WHERE {where}").fetchone()[0])
        ids = [e.findtext(f"{ATOM}id") for e in entries]
        assert len(set(ids)) == len(ids) > 0
        for element in [feed, *entries]:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", element.findtext(f"{ATOM}updated") or "")


def test_files_of_the_release_are_served_as_they_are(get: Get, database: Path) -> None:  # noqa: F811
    import hashlib

    lines = get("/files/SHA256SUMS").text.splitlines()
    assert lines
    for line in lines[:6]:
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(get(f"/files/{name}").content).hexdigest() == digest
    get("/files/yidi.db")
    assert not any("kb.db" in line for line in lines)


def test_sitemap_and_robots(get: Get) -> None:  # noqa: F811
    assert "Sitemap: http://yidi.test/sitemap.xml" in get("/robots.txt").text
    places = [
        e.text or ""
        for e in ET.fromstring(get("/sitemap.xml").content).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    for place in places[:20]:
        get(urlsplit(place).path)


def test_description_of_the_api_is_true(get: Get) -> None:  # noqa: F811
    document = get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)) > 40
    for name, row in document["components"]["schemas"].items():
        if name.startswith("v1_"):
            rows = get(f"/yidi/{name}.json?_shape=objects&_size=20").json()["rows"]
            for values in rows:
                assert set(row["required"]) <= values.keys()
                for column, value in values.items():
                    kind = {str: "string", int: "integer", float: "number", type(None): "null"}[type(value)]
                    wanted = row["properties"][column]["type"]
                    assert kind in wanted or (kind == "integer" and "number" in wanted), f"{name}.{column}: {value!r}"
    assert json.dumps(document)


@pytest.fixture
def two_versions(base: sqlite3.Connection, some: dict[str, str]) -> Iterator[sqlite3.Connection]:  # noqa: F811
    """The sample base, in memory, in which one page has an earlier version with other words."""
    memory = sqlite3.connect(":memory:")
    base.backup(memory)
    memory.row_factory = sqlite3.Row
    row = dict(memory.execute("SELECT * FROM snapshots WHERE page_id = ?", (some["page"],)).fetchone())
    row |= {
        "id": "00000000000000bb",
        "text_sha256": "x",
        "fetched_at": "2026-11-09T02:00:00Z",
        "main_text": row["main_text"] + "\n旧的一行",
    }
    memory.execute(f"INSERT INTO snapshots ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    yield memory
    memory.close()


def test_versions_of_a_page_and_what_changed(two_versions: sqlite3.Connection, some: dict[str, str]) -> None:
    data = proof.page(two_versions, some["page"], against="00000000000000bb")
    assert [v["id"] for v in data["versions"]] == [data["version"], "00000000000000bb"]
    assert [d["text"] for d in data["diff"] if d["change"] == "gone"] == ["旧的一行"]
    assert [d for d in data["diff"] if d["change"] == "new"] == []
    old = proof.page(two_versions, some["page"], version="00000000000000bb")
    assert "旧的一行" in "".join(p["text"] for p in old["pieces"])
    assert old["facts"] == []
    with pytest.raises(MissingError):
        proof.page(two_versions, some["page"], version="00000000000000cc")


def test_gaps_are_those_of_the_coverage(get: Get, base: sqlite3.Connection) -> None:  # noqa: F811
    rows = get("/yidi/coverage_gaps.json").json()["rows"]
    held = {r["adcode"] for r in rows if r["gap"] != "no_page"}
    assert len(rows) - len(held) == base.execute("SELECT count(*) FROM v1_coverage WHERE NOT held").fetchone()[0]
    assert {r["adcode"] for r in get("/yidi/coverage_gaps.json?region=320000").json()["rows"]} <= {
        r["adcode"] for r in rows
    }


def test_what_several_pages_state_alike_is_shown_once() -> None:
    def fact(name: str, value: str, modality: str = "must") -> dict[str, Any]:
        return {
            "fact_id": name, "table": "deadlines", "value_zh": value, "filing_types": [], "modality": modality, "condition": None,
        }  # fmt: skip

    shown = region.together([fact("a", "x"), fact("b", "y"), fact("c", "x"), fact("d", "x", "may")])
    assert [(f["fact_id"], [s["fact_id"] for s in f["same"]]) for f in shown] == [("a", ["c"]), ("b", []), ("d", [])]
    many = region.together([fact(str(n), "x") for n in range(9)])
    assert [(len(f["same"]), f["places"]) for f in many] == [(region.MOST["same"], 9)]


def test_units_stand_behind_numbers_as_people_say_them(get: Get) -> None:  # noqa: F811
    assert "6 个月" in get("/question/q05").text
    assert "6 months" in get("/question/q05?lang=en").text
