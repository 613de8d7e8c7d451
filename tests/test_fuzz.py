"""Any bytes give a Guide, or an Issue that says why not: damaged pages, random markup, deep and large pages.

`make fuzz` tries 20 times as many damaged pages.
"""

from __future__ import annotations

import time
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers import parse
from scripts.fuzz import CODECS, CONTENT_TYPES, LITTER, SLOW_S, damaged, fault

LINE = "<p>参保人员办理异地就医备案后，入院后3日内可补办备案，有效期6个月。</p>"
PARTS = (
    *(
        "<p>",
        "</p>",
        "<table>",
        "<tr>",
        "<td rowspan=9>",
        "</table>",
        "<ol><li>",
        "<h2>",
        "<div class=content>",
        "<br>",
    ),
    *(
        "一、备案材料",
        "（一）",
        "1.",
        "①",
        "第一步：",
        "身份证、",
        "异地就医备案",
        "入院后3日内",
        "降低10个百分点",
        "问：",
        "答：",
    ),
    *(
        "《关于",
        "〔2023〕",
        "号》",
        "0312-5550100",
        "：",
        "，",
        "；",
        "。",
        "“",
        "（",
        " ",
        "\u3000",
        "\n",
        "&nbsp;",
        "不得",
        "%",
    ),
)
PATIENT = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)


@pytest.mark.parametrize("seed", range(5))
def test_damaged_pages(seed: int) -> None:
    """500 pages cut, spliced, re-encoded, buried: no exception, every quote at its place, in time and memory."""
    faults = [wrong for body, kind in islice(damaged(seed), 100) if (wrong := fault(body, kind))]
    assert faults == []


@PATIENT
@given(st.binary(max_size=2000), st.sampled_from(CONTENT_TYPES))
def test_any_bytes(body: bytes, content_type: str | None) -> None:
    assert fault(body, content_type) is None


@PATIENT
@given(
    st.lists(st.sampled_from([*PARTS, *(piece.decode("latin-1") for piece in LITTER)]), max_size=80),
    st.sampled_from(CODECS),
)
def test_any_markup(parts: list[str], codec: str) -> None:
    """Pieces of pages in any order, in any encoding."""
    assert fault("".join(parts).encode(codec, "replace"), None) is None


@pytest.mark.parametrize("element", ["div", "table><tr><td", "ul><li", "b", "blockquote"])
@pytest.mark.parametrize("depth", [200, 255, 256, 257, 1000, 20_000])
def test_a_deep_page_gives_its_text_or_says_that_it_is_too_deep(element: str, depth: int) -> None:
    page = f"<html><body>{f'<{element}>' * depth}{LINE}</body></html>"
    guide = parse(page.encode())
    assert "3日内可补办备案" in guide.main_text or "too_deep" in [issue.code for issue in guide.issues]


def test_more_than_ten_megabytes_is_too_large() -> None:
    page = ("<html><body>" + LINE * (10_500_000 // len(LINE.encode()))).encode()
    started = time.process_time()
    guide = parse(page)
    assert [issue.code for issue in guide.issues] == ["too_large"]
    assert guide.facts() == []
    assert time.process_time() - started < SLOW_S


@pytest.mark.parametrize(
    ("head", "part"),
    [
        ("", LINE),
        ("<p>", "参保人员办理异地就医备案后，入院后3日内可补办备案，有效期6个月。"),
        ("", "<table><tr><td>备案</td><td>"),
    ],
    ids=["lines", "one paragraph", "nested tables"],
)
def test_nearly_ten_megabytes_are_read_in_time(head: str, part: str) -> None:
    """Of a page far beyond any guide the beginning is read, and it says so."""
    page = f"<html><head><title>异地就医备案</title></head><body>{head}" + part * (9_900_000 // len(part.encode()))
    body = page.encode()
    started = time.process_time()
    guide = parse(body)
    assert time.process_time() - started < 2 * SLOW_S
    assert "too_long" in {issue.code for issue in guide.issues}
    assert guide.main_text


def test_a_long_page_is_read_in_time() -> None:
    """30,000 characters, the length of the longest of rules, every line with several facts."""
    page = f"<html><head><title>异地就医备案</title></head><body>{LINE * 900}</body></html>".encode()
    assert fault(page, None) is None
