"""Deadlines: kind, value, anchor, direction, whom they are for; and what is no deadline."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.facts.deadlines import find
from parsers.records import Deadline, Issue
from tests.parsers.facts.documents import document, table


def read(*lines: str, **places: Any) -> list[Deadline]:
    return [fact for fact in find(document(*lines, **places)) if isinstance(fact, Deadline)]


def one(*lines: str, **places: Any) -> Deadline:
    (fact,) = read(*lines, **places)
    return fact


def shape(fact: Deadline) -> tuple[object, ...]:
    return fact.kind, fact.amount, fact.unit, fact.workdays, fact.anchor, fact.direction


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("急诊住院的,入院后5个工作日内补办备案。", ("makeup_window", 5, "day", True, "admission", "after")),
        ("家属须在住院48小时内报备。", ("makeup_window", 48, "hour", False, "admission", "after")),
        ("自费出院的,自出院之日起60天内可以补登记。", ("makeup_window", 60, "day", False, "discharge", "after")),
        ("出发前3个工作日办好异地备案。", ("advance_filing", 3, "day", True, "departure", "before")),
        ("临时备案有效期12个月。", ("validity", 12, "month", False, "filing", "from")),
        ("备案满3个月方可变更就医地。", ("min_no_change", 3, "month", False, "filing", "after")),
        ("在省外连续居住一年以上的参保人。", ("residence_threshold", 1, "year", False, "residence_start", "from")),
        ("经办机构收件后3日内审核完毕。", ("processing_time", 3, "day", False, "application", "after")),
        ("审核通过的次日生效。", ("effective_time", 1, "day", False, "filing", "after")),
        ("票据须在出院后半年内交回申请报销。", ("claim_window", 6, "month", False, "discharge", "after")),
        ("受理后30个工作日内拨付到账。", ("payment_time", 30, "day", True, "application", "after")),
        ("转诊单开具之日起10日内住院有效。", ("treatment_window", 10, "day", False, "referral", "after")),
        ("备案注销后次日恢复本地待遇。", ("card_return", 1, "day", False, "filing", "after")),
        ("长期备案每年需复核一次。", ("renewal", 1, "year", False, "filing", "after")),
    ],
)
def test_each_kind_is_told_by_the_words_around_its_number(text: str, expected: tuple[object, ...]) -> None:
    assert shape(one(text)) == expected


@pytest.mark.parametrize(
    ("text", "kind", "anchor", "direction"),
    [
        ("参保人外出就医前应办理备案。", "advance_filing", "treatment", "before"),
        ("住院前须完成异地备案。", "advance_filing", "admission", "before"),
        ("请在动身前把备案办好。", "advance_filing", "departure", "before"),
        ("实行先备案后就医。", "advance_filing", "treatment", "before"),
        ("出院结算前仍可补办备案。", "makeup_window", "discharge_settlement", "before"),
        ("自费结算后补办备案的,回来手工报销。", "makeup_window", "discharge_settlement", "after"),
    ],
)
def test_an_anchor_alone_is_a_deadline(text: str, kind: str, anchor: str, direction: str) -> None:
    fact = one(text)
    assert (fact.kind, fact.anchor, fact.direction) == (kind, anchor, direction)
    assert (fact.amount, fact.unit, fact.operator) == (None, None, "none")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("异地安置人员备案后长期有效。", "permanent"),
        ("长期居住备案不设期限。", "permanent"),
        ("临时备案仅限当次住院。", "per_visit"),
        ("临时备案有效期至治疗结束。", "as_needed"),
    ],
)
def test_validity_may_be_told_without_a_number(text: str, unit: str) -> None:
    fact = one(text)
    assert (fact.kind, fact.unit, fact.amount, fact.anchor, fact.direction) == (
        "validity",
        unit,
        None,
        "filing",
        "from",
    )


def test_a_fixed_day_of_the_next_year_ends_the_time_for_claims() -> None:
    fact = one("当年的住院发票最迟次年2月底前送到医保中心报销。")
    assert (fact.kind, fact.unit, fact.due, fact.anchor, fact.direction) == (
        "claim_window", "date", "+1-02-28", "year_end", "before",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("备案有效期不少于6个月。", "gte"),
        ("备案有效期最长1年。", "lte"),
        ("备案有效期为1年。", "eq"),
        ("备案有效期3至6个月。", "range"),
        ("变更备案的时限不超过6个月。", "lte"),
        ("备案6个月内不得变更。", "gte"),
    ],
)
def test_the_operator_follows_the_wording(text: str, operator: str) -> None:
    assert one(text).operator == operator


def test_a_range_has_ends_and_no_amount() -> None:
    fact = one("部分城市要求就医前3-5个工作日完成备案。")
    assert (fact.min, fact.max, fact.amount, fact.workdays) == (3, 5, None, True)


def test_two_values_for_two_ways_are_two_deadlines() -> None:
    found = read("窗口当场办结,网上2个工作日内办结。")
    assert [(d.kind, d.amount, d.unit) for d in found] == [
        ("processing_time", None, "immediate"),
        ("processing_time", 2, "day"),
    ]


def test_each_half_of_a_sentence_has_its_own_subject() -> None:
    found = read("长期居住备案长期有效,临时外出备案有效期为6个月。")
    assert {d.unit: d.filing_types for d in found} == {"permanent": ("long_term",), "month": ("temporary",)}


def test_a_bare_cell_is_read_with_its_heads() -> None:
    found = list(find(table(("人员类别", "备案有效期"), ("异地转诊人员", "1年"), ("异地安置退休人员", "长期"))))
    assert [(d.kind, d.unit, d.filing_types) for d in found if isinstance(d, Deadline)] == [
        ("validity", "year", ("referral",)),
        ("validity", "permanent", ("retired_resettled",)),
    ]


def test_under_a_label_for_filing_an_anchor_alone_is_enough() -> None:
    found = list(find(table(("事项", "要求"), ("备案时间", "入院前或入院后3日内"))))
    assert {(d.kind, d.amount, d.direction) for d in found if isinstance(d, Deadline)} == {
        ("makeup_window", 3, "after"),
        ("advance_filing", None, "before"),
    }


def test_times_for_handling_claims_are_payment_times() -> None:
    assert one("10个工作日内办结。", under=("手工报销",)).kind == "payment_time"


def test_a_rule_of_former_times_is_left_out() -> None:
    assert read("以前必须在住院前备案。") == []


def test_repetitions_are_one_deadline_with_all_quotes() -> None:
    fact = one("备案有效期为1年。", "再说一遍,备案有效期为1年。")
    assert len(fact.evidence) == 2


def test_before_or_after_admission_is_two_deadlines() -> None:
    found = read("可在入院前或入院后3个工作日内办理备案。")
    assert {(d.kind, d.amount, d.direction) for d in found} == {
        ("makeup_window", 3, "after"),
        ("advance_filing", None, "before"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "居民医保每年9月1日至12月31日集中缴费。",
        "本通知自印发之日起施行,有效期五年。",
        "连续参保满2年的,次月起恢复待遇。",
        "咨询热线24小时服务。",
        "一次开药不超过30天用量。",
        "线下办理可能等待较长时间。",
        "即使没有提前备案,也不影响急诊抢救。",
        "转诊备案有没有有效期?",
        "出院后申请补办备案的,不再受理。",
    ],
)
def test_other_periods_conditions_and_questions_are_no_deadlines(text: str) -> None:
    assert read(text) == []


def test_the_superseded_value_is_left_out() -> None:
    assert [d.amount for d in read("临时备案有效期由6个月延长至12个月。")] == [12]


def test_a_period_nobody_can_explain_is_an_issue() -> None:
    found = list(find(document("返回参保地的,应在30日内注销备案。")))
    assert [item.code for item in found if isinstance(item, Issue)] == ["unknown_unit"]
