"""Durations, fixed dates and percentages in folded text."""

from __future__ import annotations

import cn2an
import pytest

from parsers import quantities
from parsers.quantities import durations, fixed_dates, mask_dates, ratios


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "workdays"),
    [
        ("入院后3天内", 3, 3, "day", False),
        ("十五个工作日", 15, 15, "day", True),
        ("7-15个工作日", 7, 15, "day", True),
        ("三至五日", 3, 5, "day", False),
        ("半年", 6, 6, "month", False),
        ("一年半内", 18, 18, "month", False),
        ("6个月至5年", 6, 60, "month", False),
        ("满6(含)个月", 6, 6, "month", False),
        ("24小时内", 24, 24, "hour", False),
        ("两周内", 14, 14, "day", False),
        ("一个季度", 3, 3, "month", False),
        ("次日零时", 1, 1, "day", False),
        ("第二个工作日", 1, 1, "day", True),
        ("两三个工作日", 2, 3, "day", True),
    ],
)
def test_a_duration_has_number_unit_and_kind_of_day(
    text: str, low: float, high: float, unit: str, workdays: bool
) -> None:
    found = durations(text)
    assert [(d.low, d.high, d.unit, d.workdays) for d in found] == [(low, high, unit, workdays)]


def test_a_duration_knows_its_place() -> None:
    text = "最长不超过10个工作日办结"
    (found,) = durations(text)
    assert text[found.start : found.end] == "10个工作日"


def test_at_once_has_a_unit_and_no_number() -> None:
    assert [(d.low, d.unit) for d in durations("窗口当场办,网上即时办")] == [(None, "immediate"), (None, "immediate")]


@pytest.mark.parametrize(
    "text",
    [
        "2024年3月1日起",
        "每年11月1日至12月20日缴费",
        "二〇二三年",
        "年满60周岁",
        "周一至周五",
        "全天7×24小时",
        "第3个工作日",
        "每月20日前",
        "8:30-12:00",
        "上半年",
    ],
)
def test_dates_ages_and_hours_are_no_durations(text: str) -> None:
    assert durations(text) == ()


def test_masking_keeps_the_length() -> None:
    text = "自2023年1月1日起,备案6个月有效"
    assert len(mask_dates(text)) == len(text)
    assert "6个月" in mask_dates(text)
    assert "2023" not in mask_dates(text)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("次年3月31日前", "+1-03-31"),
        ("第二年6月底以前", "+1-06-30"),
        ("当年12月31日前", "+0-12-31"),
        ("次年第一季度内", "+1-03-31"),
        ("年底前", "+0-12-31"),
        ("次年底前", "+1-12-31"),
        ("本年度内", "+0-12-31"),
    ],
)
def test_a_fixed_date_counts_years_from_its_anchor(text: str, due: str) -> None:
    assert [date.due for date in fixed_dates(text)] == [due]


@pytest.mark.parametrize("text", ["2024年12月31日前", "3个月内", "6月份"])
def test_calendar_dates_are_no_fixed_dates(text: str) -> None:
    assert fixed_dates(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("降低10个百分点", 10, 10, "pp"),
        ("五个百分点", 5, 5, "pp"),
        ("少报10%-20%", 10, 20, "percent"),
        ("10-20%", 10, 20, "percent"),
        ("5.5%", 5.5, 5.5, "percent"),
        ("百分之十五", 15, 15, "percent"),
        ("八成", 80, 80, "percent"),
        ("打八五折", 85, 85, "percent"),
        ("打9.5折", 95, 95, "percent"),
    ],
)
def test_percent_and_percentage_points_stay_apart(text: str, low: float, high: float, unit: str) -> None:
    assert [(r.low, r.high, r.unit) for r in ratios(text)] == [(low, high, unit)]


def test_usual_numerals_are_what_cn2an_reads() -> None:
    assert {token: float(cn2an.cn2an(token, "smart")) for token in quantities._USUAL} == quantities._USUAL
    assert len(quantities._USUAL) == 101
