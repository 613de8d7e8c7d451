"""Eight weeks over loopback HTTP: the real spider, the real parsers, and the changes that were really made.

Edits, cosmetic edits, rewordings, a page that goes and returns, a page that answers with an error, an outage of the whole
site, a soft 404, and a new version of the parsers in between.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import parsers
from crawler.run import crawl
from crawler.sources import load_sources
from kb import load, schema
from kb.base import open_base
from kb.history import as_of
from tests.kb.world import HOURS, WEEKS, _epoch, rows

START = "http://weeks.example/"


INTRODUCTION = "本文介绍邢台市参保人员异地就医备案的有关规定，供参保人员办理异地就医备案时参考。"


def page(title: str, *paragraphs: str) -> str:
    body = "\n".join(f"<p>{p}</p>" for p in (INTRODUCTION, *paragraphs))
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1><div class='content'>{body}</div></body></html>"


A, B, C, D = (
    "邢台市异地就医备案办理指南",
    "邢台市异地就医备案有效期规定",
    "邢台市异地就医备案材料",
    "邢台市备案变更规定",
)
TITLES = {"a": A, "b": B, "c": C, "d": D}
VALID = "异地长期居住人员备案长期有效。"
CARD = "办理备案需携带身份证。"
FREE = "在省内异地就医无需备案。"


def window(days: int, words: str = "临时外出就医人员可在入院{}日内补办备案。") -> str:
    return words.format(days)


def cosmetic(text: str) -> str:
    """The same words in other markup, other white space and other width."""
    marked = text.replace("<p>", "<p style='text-indent:2em'>\u3000\u3000<span>").replace("</p>", "</span>\n</p>")
    return marked.replace("10日", "<b>10</b>日").replace("。<", "。 <!-- printed by another system --><")


Answer = tuple[int, str]
GONE: Answer = (404, "gone")
DOWN: Answer = (503, "down")


def weeks() -> dict[str, dict[str, Answer]]:
    """Week → address → status and body."""
    a10 = (200, page(A, window(10)))
    b = (200, page(B, VALID, FREE))
    c = (200, page(C, CARD))
    a15, b_reworded = (200, page(A, window(15))), (200, page(B, "异地长期居住人员办理备案后长期有效。", FREE))
    d = (200, page(D, "异地长期居住人员备案后6个月内不得变更。"))
    b_short = (200, page(B, "异地长期居住人员办理备案后长期有效。"))
    soft = (200, "<html><title>页面不存在</title><body><p>抱歉，您访问的页面不存在或已被删除。</p></body></html>")
    return {
        "2026-W40": {"a": a10, "b": b, "c": c},
        "2026-W41": {"a": (200, cosmetic(a10[1])), "b": b, "c": DOWN},
        "2026-W42": {"a": a15, "b": b_reworded, "c": c},
        "2026-W43": {"a": DOWN, "b": DOWN, "c": DOWN, "": DOWN},
        "2026-W44": {"a": a15, "b": b_short, "c": GONE},
        "2026-W45": {"a": soft, "b": b_short, "c": GONE},
        "2026-W46": {"a": a15, "b": b_reworded, "c": GONE, "d": d},
        "2026-W47": {"a": a10, "b": b_reworded, "c": c, "d": d},
    }


TRUTH = {
    "2026-W40": {
        ("a", "appeared", "filing_types/temporary"), ("a", "appeared", "deadlines/makeup_window"),
        ("a", "appeared", "operations/makeup"), ("b", "appeared", "filing_types/long_term"),
        ("b", "appeared", "deadlines/validity"), ("b", "appeared", "exemptions/no_filing"),
        ("c", "appeared", "materials/filing/id_card"),
    },
    "2026-W41": set(),  # cosmetic edits and an error are no changes
    "2026-W42": {  # the other facts of the sentence with the new number stay as they are
        ("a", "value_changed", "deadlines/makeup_window"), ("b", "wording_changed", "deadlines/validity"),
        ("b", "wording_changed", "filing_types/long_term"),
    },
    "2026-W43": set(),  # the site was down
    "2026-W44": {("b", "disappeared", "exemptions/no_filing")},  # c is gone for the first time
    "2026-W45": {("c", "page_gone", "materials/filing/id_card")},  # a is a soft 404
    "2026-W46": {
        ("b", "returned", "exemptions/no_filing"), ("d", "appeared", "filing_types/long_term"),
        ("d", "appeared", "deadlines/min_no_change"),
    },
    "2026-W47": {
        ("a", "value_changed", "deadlines/makeup_window"), ("c", "returned", "materials/filing/id_card"),
    },
}  # fmt: skip


VALUES = [
    (
        "2026-W42",
        "deadlines/makeup_window",
        "入院后≤10日（临时外出就医人员，可以）",
        "入院后≤15日（临时外出就医人员，可以）",
    ),
    (
        "2026-W47",
        "deadlines/makeup_window",
        "入院后≤15日（临时外出就医人员，可以）",
        "入院后≤10日（临时外出就医人员，可以）",
    ),
]
WORDS = [
    ("2026-W42", topic, "异地长期居住人员备案长期有效。", "异地长期居住人员办理备案后长期有效。")
    for topic in ("deadlines/validity", "filing_types/long_term")
]


class Site:
    """A site whose answers are set week by week."""

    def __init__(self) -> None:
        site = self
        self.answers: dict[str, Answer] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, text = site.answers.get(self.path.strip("/").removesuffix(".html"), (404, ""))
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_eight_weeks(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "weeks.yml").write_text(
        f"id: weeks\nname: 邢台样例\nauthority: C\nregion: null\nstart: ['{START}']\nfollow: ['/[abcd]\\.html$']\n"
        f"via: {site.address}\nallow_private: true\ndelay_s: 0\n",
        "utf-8",
    )
    archive, base = tmp_path / "archive.db", tmp_path / "kb.db"
    stood: dict[str, list[tuple[str, str]]] = {}
    for week, answers in weeks().items():
        links = "".join(f"<li><a href='/{n}.html'>{t}</a></li>" for n, t in TITLES.items() if n in answers)
        site.answers = {"": (200, f"<html><title>目录</title><ul>{links}</ul></html>")} | answers
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(_epoch(f"{HOURS[week]}T02:00:00Z")))
        if week == WEEKS[4]:  # a new version of the parsers, which reads the same
            monkeypatch.setitem(vars(parsers), "PARSER_VERSION", "1000")
        crawl(load_sources(sources), archive, run=week, progress=False)
        report = load.build([archive], base)
        assert report.replayed == (week == WEEKS[4])
        stood[week] = rows(
            base, "SELECT id, CASE WHEN withdrawn_on IS NULL THEN 'observed' ELSE 'withdrawn' END FROM facts"
            " WHERE gone_on IS NULL ORDER BY id",
        )  # fmt: skip
    told = rows(base, "SELECT run, replace(replace(url, ?, ''), '.html', ''), event, topic_key FROM v1_changes", START)
    for week in WEEKS:
        assert {(p, e, t) for run, p, e, t in told if run == week} == TRUTH[week], week
    assert len(told) == sum(map(len, TRUTH.values()))
    sql = "SELECT run, topic_key, before, after FROM v1_changes WHERE event = ? ORDER BY run, topic_key"
    assert rows(base, sql, "value_changed") == VALUES
    assert rows(base, sql, "wording_changed") == WORDS
    linked = (
        "SELECT e.run, p.gone_on, f.gone_on FROM v1_changes e JOIN facts f ON f.id = e.fact_id"
        " JOIN facts p ON p.id = e.previous_fact_id WHERE e.event = 'value_changed' AND p.id <> f.id ORDER BY e.run"
    )  # the two windows take turns: the first ended in the third week and holds again since the last
    assert rows(base, linked) == [("2026-W42", None, HOURS[WEEKS[7]]), ("2026-W47", HOURS[WEEKS[7]], None)]
    db = open_base(base, read_only=True)
    for week, facts in stood.items():
        assert [(r["id"], r["state"]) for r in as_of(db, HOURS[week])] == facts, week
    db.close()
    once = tmp_path / "once.db"
    load.build([archive], once)
    for table in schema.tables():
        if table not in ("readings", "page_readings", "meta"):
            assert sorted(map(str, rows(base, f"SELECT * FROM {table}"))) == sorted(
                map(str, rows(once, f"SELECT * FROM {table}"))
            ), table
