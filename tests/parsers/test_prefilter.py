"""The prefilter never says no where a pattern matches, and no reader asks it for less than it reads."""

from __future__ import annotations

import pkgutil
import re
import sys
import unicodedata
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import parsers
from parsers import prefilter
from parsers.prefilter import Needs, NeedsGroup, Scan
from parsers.records import to_json

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


import_module("parsers.guide")
BEFORE = len(Needs.made)


def ways(pattern: str) -> set[frozenset[frozenset[str]]]:
    return {frozenset(way) for way in Needs(re.compile(pattern)).ways}


def needed(*ways_of: tuple[str, ...]) -> set[frozenset[frozenset[str]]]:
    """Each way as its clauses, each clause as its literals parted by blanks."""
    return {frozenset(frozenset(clause.split()) for clause in way) for way in ways_of}


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    """What is made here is no part of the parsers' plan afterwards."""
    yield
    del Needs.made[BEFORE:]
    prefilter._plan.cache_clear()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("备案", needed(("备案",))),
        ("入院后[^,]{0,9}补办?", needed(("入院后", "补"))),
        ("(?:不|无)需备案", needed(("不需备案 无需备案",))),
        ("变更|(?:取消|撤销).*备案", needed(("变更",), ("取消 撤销", "备案"))),
        ("长?期", needed(("期",))),
        ("(?:当|每)日(?!期)(?<=日)内$", needed(("当日内 每日内",))),
        ("[一二]个月+", needed(("一个 二个", "月"))),
        ("(?:a.b|c)d", needed(("a c", "d"))),
        ("满◆后", needed(("满", "后"))),
        ("备案,(?:后|前)", needed(("备案", "后 前"))),
        ("(?:备案)?", needed(())),
        (".*|备案", needed(())),
        ("(?i:app)x", needed(("x",))),
    ],
)
def test_what_a_pattern_needs(pattern: str, expected: set[frozenset[frozenset[str]]]) -> None:
    assert ways(pattern) == expected


def test_a_pattern_that_ignores_case_needs_nothing() -> None:
    assert Needs(re.compile("app", re.I)).ways == ((),)


def test_a_match_without_a_named_group_does_not_count() -> None:
    pattern = re.compile("[^:]{0,9}(?P<long>长期|永久)?(?P<once>当次)?")
    assert Needs(pattern).ways == ((),)
    assert set(NeedsGroup(pattern).ways) == {(frozenset({word}),) for word in ("长期", "永久", "当次")}


def test_digits_are_those_of_all_scripts() -> None:
    assert prefilter.digits() == {c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Nd"}


def test_the_sentences_that_hold_all_clauses_of_a_way() -> None:
    needs = Needs(re.compile("入院.*补办|免备案"))
    text = "入院后补办。入院免费。免备案。补办;入院"
    spans = [(0, 6), (6, 11), (11, 15), (15, 17), (18, 20)]
    assert Scan(text, spans).sentences(needs) == 0b00101


def test_a_literal_that_lies_across_two_sentences_is_in_neither() -> None:
    assert Scan("备案", [(0, 1), (1, 2)]).sentences(Needs(re.compile("备案"))) == 0


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    """The text patterns in a value of a module: itself, or in the tables it is made of."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from patterns_in(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from patterns_in(one)
    elif isinstance(value, Needs):
        for part in value._parts:
            yield from patterns_in(list(part()) if callable(part) else part)


def patterns_of_the_house() -> list[re.Pattern[str]]:
    modules = [import_module(found.name) for found in pkgutil.walk_packages(parsers.__path__, "parsers.")]
    values = [value for module in modules for name, value in vars(module).items() if not name.startswith("__")]
    return sorted(set(patterns_in(values)), key=lambda pattern: (pattern.pattern, pattern.flags))


PATTERNS = patterns_of_the_house()
NEEDS = [(pattern, Needs(pattern)) for pattern in PATTERNS]
GROUPS = [(pattern, NeedsGroup(pattern)) for pattern in PATTERNS if pattern.groupindex]
FROM_REGEX = {pattern: st.from_regex(pattern) for pattern in PATTERNS}
LITERALS = sorted({text for _, needs in NEEDS for way in needs.ways for clause in way for text in sorted(clause)[:40]})
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(LITERALS),
        st.sampled_from(
            "备案 登记 转诊 异地 入院 出院 后 前 内 的 可 不 得 补 办 3 10 个 月 日 天 年 % , 、 : ( ) “ ” ◆ 无需 应 app".split()
        ),
        st.text("一二三四五六七八九十年月日的了在于并", max_size=4),
    ),
    max_size=24,
).map("".join)


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) >= 400
    assert sum(needs.ways != ((),) for _, needs in NEEDS) >= 300


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(TEXTS)
def test_what_matches_is_let_through(text: str) -> None:
    """Prefiltered search is plain search, for every pattern of the house."""
    scan = Scan(text, [(0, len(text))])
    for pattern, needs in NEEDS:
        if not scan.sentences(needs):
            found = pattern.search(text)
            assert found is None, f"{pattern.pattern[:200]} matches {found}"


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(TEXTS)
def test_a_match_that_counts_is_let_through(text: str) -> None:
    """The same for matches with a named group."""
    scan = Scan(text, [(0, len(text))])
    for pattern, needs in GROUPS:
        if not scan.sentences(needs):
            found = pattern.search(text)
            assert found is None or found.lastgroup is None, f"{pattern.pattern[:200]} matches {found}"


@settings(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_a_pattern_matches_is_let_through(data: st.DataObject) -> None:
    """Texts made from each pattern, so that nearly all of them match."""
    matched = 0
    for pattern, needs in NEEDS[::4]:
        text = data.draw(FROM_REGEX[pattern])
        if pattern.search(text):
            matched += 1
            assert Scan(text, [(0, len(text))]).sentences(needs), (pattern.pattern[:200], text)
    assert matched >= 90


@pytest.mark.parametrize("page", sorted(CORPUS.glob("*.html"))[::2], ids=lambda page: page.stem)
def test_no_reader_asks_for_less_than_it_reads(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the prefilter a page gives the same facts: a pattern added to a reader must be added to its `Needs`."""
    body = page.read_bytes()
    filtered = to_json(parsers.parse(body))
    monkeypatch.setattr(Scan, "sentences", lambda scan, needs: scan._all)
    assert to_json(parsers.parse(body)) == filtered
