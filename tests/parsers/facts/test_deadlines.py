"""Deadlines: kind, value, anchor, direction, whom they are for; and what is no deadline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from parsers.document import Document
from parsers.facts.deadlines import find
from parsers.outline import Outline
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


# ---- more ways of saying the same ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "kind", "anchor", "direction"),
    [
        ("只要还没办结算,随时都能补备案。", "makeup_window", "discharge_settlement", "before"),
        ("急诊患者补办备案可放宽到出院前。", "makeup_window", "discharge", "before"),
        ("出院前想起没备案的,赶快在手机上补。", "makeup_window", "discharge", "before"),
        ("备案不能迟于出院当天。", "makeup_window", "discharge", "before"),
        ("自己垫钱出院的,还可以补办备案再报销。", "makeup_window", "discharge", "after"),
        ("患者家属须在出院前回来补开转诊,逾期医院不再受理。", "makeup_window", "discharge", "before"),
    ],
)
def test_filing_late_is_said_in_many_ways(text: str, kind: str, anchor: str, direction: str) -> None:
    assert shape(one(text)) == (kind, None, None, False, anchor, direction)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("备案最晚不超过住院后2天。", ("makeup_window", 2, "day", False, "admission", "after")),
        ("入院后10日内由医院补传转诊信息的,照常结算。", ("makeup_window", 10, "day", False, "admission", "after")),
        ("最好在住院前5天把备案办好。", ("advance_filing", 5, "day", False, "admission", "before")),
        ("选定的城市两年之内不能换。", ("min_no_change", 2, "year", False, "filing", "after")),
        ("变更距上次备案不足4个月的不予受理。", ("min_no_change", 4, "month", False, "filing", "after")),
        ("备案自办理之日起有效期为9个月。", ("validity", 9, "month", False, "filing", "from")),
        ("临时备案8个月到期后自动作废。", ("validity", 8, "month", False, "filing", "from")),
        ("申请报销的,100天之内都能交。", ("claim_window", 100, "day", False, "discharge", "after")),
        ("报销申请应在出院之日起9个月内提出。", ("claim_window", 9, "month", False, "discharge", "after")),
        ("零星报销办理时限25个工作日。", ("payment_time", 25, "day", True, "application", "after")),
        ("提交后耐心等待4个工作日。", ("processing_time", 4, "day", True, "application", "after")),
        ("2个工作日后在备案页面看结果。", ("processing_time", 2, "day", True, "application", "after")),
        ("材料合格的,即时予以备案。", ("processing_time", None, "immediate", False, "application", "after")),
        ("线上线下都实现了当场办结。", ("processing_time", None, "immediate", False, "application", "after")),
        ("备案第二天开始才能刷卡。", ("effective_time", 1, "day", False, "filing", "after")),
        ("长期备案每两年重新认证一次。", ("renewal", 2, "year", False, "filing", "after")),
    ],
)
def test_numbers_in_words_of_every_day(text: str, expected: tuple[object, ...]) -> None:
    assert shape(one(text)) == expected


@pytest.mark.parametrize("text", ["长期备案不设终止日期。", "长期备案有效期到您取消为止。"])
def test_a_filing_without_an_end_is_permanent(text: str) -> None:
    fact = one(text)
    assert (fact.kind, fact.unit, fact.filing_types) == ("validity", "permanent", ("long_term",))


@pytest.mark.parametrize("text", ["变更备案地没有时间限制。", "三个月内反复变更备案地的,系统暂停受理。"])
def test_what_is_said_of_changing_is_no_validity(text: str) -> None:
    assert read(text) == []


def test_a_duty_after_coming_back_is_no_validity() -> None:
    assert read("调回本部的,在回来后8天内告诉人事处。", under=("备案能用多久",)) == []


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("报销材料最迟不超过当年11月30日交到医保局。", "+0-11-30"),
        ("长期备案每年10月31日前确认一次居住信息。", "+0-10-31"),
    ],
)
def test_a_day_of_the_year_by_which_something_is_done(text: str, due: str) -> None:
    assert [fact.due for fact in read(text)] == [due]


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("在省外住满9个月以上的常驻异地工作人员,凭派出证明备案。", ("stationed_work",)),
        ("长期居住的人群,包括随子女养老的、在外上班的,要求在当地住满半年。", ("long_term",)),
        ("常驻异地工作人员:在外地住满4个月、户口没有迁走的,也有返聘的退休职工。", ("stationed_work",)),
    ],
)
def test_whom_living_away_is_asked_of(text: str, types: tuple[str, ...]) -> None:
    assert one(text).filing_types == types


def test_a_value_belongs_to_the_types_of_its_own_part() -> None:
    facts = read("长期居住的不设期限,临时外出的一般是半年,个别城市只管当次住院。")
    assert {(fact.unit, fact.filing_types) for fact in facts} == {
        ("permanent", ("long_term",)),
        ("month", ("temporary",)),
        ("per_visit", ("temporary",)),
    }


def test_the_other_patients_are_not_those_of_the_sentence_before() -> None:
    facts = read("急诊抢救患者视同已备案。其他患者忘记备案的,出院前都可以补办。")
    assert [fact.filing_types for fact in facts] == [()]


def test_people_from_elsewhere_are_not_of_the_page_s_types() -> None:
    (fact,) = read("住院前,请先在参保地把备案办好。", under=("外地参保患者来我院",), title="转诊备案须知")
    assert fact.filing_types == ()


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("出院结算前补上备案就来得及。", "may"),
        ("出院结算前必须补办备案。", "must"),
        ("备案满6个月后方可变更就医地。", "must"),
        ("最好在出发前办好异地备案。", "recommended"),
    ],
)
def test_what_is_allowed_and_what_is_asked(text: str, modality: str) -> None:
    assert one(text).modality == modality


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("办理时间", "入院后6日内", ("makeup_window", 6, "day", False, "admission", "after")),
        ("备案时限", "应在出院前办理", ("makeup_window", None, None, False, "discharge", "before")),
        ("有效期", "一次性有效", ("validity", None, "per_visit", False, "filing", "from")),
    ],
)
def test_a_label_tells_what_its_value_is(label: str, text: str, expected: tuple[object, ...]) -> None:
    assert shape(one(text, under=("异地备案", label))) == expected


def test_ending_early_is_no_filing_in_advance() -> None:
    assert [fact.kind for fact in read("如需提前终止,须备案满5个月后提出。")] == ["min_no_change"]


def test_the_paper_that_is_shown_tells_whose_case_it_is() -> None:
    assert one("应于入院后4个工作日内,凭急诊病历补办备案。").filing_types == ("emergency",)


def test_living_there_long_enough_is_no_time_of_effect() -> None:
    assert one("在外地住够半年就可以用长期备案。").kind == "residence_threshold"


def test_a_short_label_of_a_row_is_whom_its_cells_are_for() -> None:
    doc = table(("类型", "有效期"), ("转诊", "120天"))
    assert [fact.filing_types for fact in find(doc) if isinstance(fact, Deadline)] == [("referral",)]


def test_letters_stand_for_the_classes_they_were_given_to() -> None:
    facts = read("A类：异地长期居住人员。", "B类：异地转诊人员。", "备案期限：A类长期有效；B类有效期为1年。")
    assert [(f.kind, f.unit, f.filing_types) for f in facts] == [
        ("validity", "permanent", ("long_term",)),
        ("validity", "year", ("referral",)),
    ]


def test_former_and_latter_are_the_two_named_before() -> None:
    facts = read("异地长期居住备案与临时外出就医备案不同。前者备案长期有效；后者备案有效期为6个月。")
    assert [f.filing_types for f in facts] == [("long_term",), ("temporary",)]


def test_the_validity_of_a_slip_is_no_validity_of_the_filing() -> None:
    fact = one("转诊人员需提供《转诊审批表》，由医保办盖章，有效期20日。")
    assert (fact.kind, fact.anchor) == ("treatment_window", "referral")


def test_a_period_behind_whoever_files_late_is_for_filing() -> None:
    fact = one("出院后补办备案的，应在出院之日起20日内办理。")
    assert (fact.kind, fact.amount, fact.anchor) == ("makeup_window", 20, "discharge")


def test_a_duty_to_file_first_behind_where_one_goes() -> None:
    assert shape(one("参保人到外省住院，须先完成异地就医备案。"))[4:] == ("admission", "before")


def test_the_title_is_no_condition_where_the_page_sorts_people() -> None:
    lines = ("一、常驻异地工作人员、异地转诊人员都要备案。", "二、打电话备案，工作人员当场办结。")
    assert one(*lines, title="外出务工人员异地就医备案指南").filing_types == ()


@pytest.mark.parametrize(
    ("text", "amount", "anchor"),
    [
        ("备案起始日期不得早于申请日前10天。", 10, "application"),
        ("备案开始时间最多可以往前选7天。", 7, "filing"),
        ("备案生效日期可向前追溯5日。", 5, "filing"),
    ],
)
def test_a_filing_may_begin_before_it_is_made(text: str, amount: int, anchor: str) -> None:
    fact = one(text)
    assert shape(fact) == ("effective_time", amount, "day", False, anchor, "before")
    assert fact.operator == "lte"


def test_rows_with_the_same_value_are_one_fact() -> None:
    rows = [
        ("人员", "备案有效期"),
        ("异地转诊人员", "半年"),
        ("其他临时外出就医人员", "半年"),
        ("异地安置退休人员", "长期"),
    ]
    found = {fact.unit: fact.filing_types for fact in find(table(*rows)) if isinstance(fact, Deadline)}
    assert found == {"month": ("other_temporary", "referral"), "permanent": ("retired_resettled",)}
    text = "转诊备案的有效期为半年，到期后还要治疗的可以重新办理备案手续"
    rows = [("人员", "说明"), ("异地转诊人员", text), ("其他临时外出就医人员", text.replace("转诊", "临时外出"))]
    assert len([fact for fact in find(table(*rows)) if isinstance(fact, Deadline) and fact.kind == "validity"]) == 2


def test_a_table_of_times_says_when_to_file() -> None:
    (fact,) = find(table(("事项", "时间"), ("什么时候备案", "入院之前")))
    assert isinstance(fact, Deadline)
    assert (fact.kind, fact.anchor, fact.direction) == ("advance_filing", "admission", "before")


def test_what_somebody_did_in_a_story_is_no_rule() -> None:
    assert read("她动身之前就把异地备案办妥了。") == []
    assert one("动身之前就把异地备案办妥。").kind == "advance_filing"


def test_all_above_are_those_the_heading_names() -> None:
    text = "以上人员长期在外居住、工作的时间应满6个月。"
    assert one(text, under=("（一）长期类备案",)).filing_types == ("long_term",)


# ---- ways of writing read anew ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("转诊证明只有20天有效期。", ("treatment_window", 20, "day", False, "referral", "after")),
        ("转诊单自医生开出起20天内要用。", ("treatment_window", 20, "day", False, "referral", "after")),
        ("转院备案后患者在20天内到转入医院住院。", ("treatment_window", 20, "day", False, "filing", "after")),
        ("事后补办的，应当在出院之日起20日内提出。", ("makeup_window", 20, "day", False, "discharge", "after")),
        ("回来手工报销的，要在出院后一年之内来。", ("claim_window", 1, "year", False, "discharge", "after")),
        ("出院后8个月内拿着发票、清单来街道窗口。", ("claim_window", 8, "month", False, "discharge", "after")),
        ("垫付的医药费出院后一年内都可以拿回来报。", ("claim_window", 1, "year", False, "discharge", "after")),
        ("窗口收件后4日内将结果电话告知。", ("processing_time", 4, "day", False, "application", "after")),
        ("审核时间不一样，慢的要等4个工作日。", ("processing_time", 4, "day", True, "application", "after")),
        ("备案从登记那天起算，最长8个月。", ("validity", 8, "month", False, "filing", "from")),
        ("备案成功后8个月内可在当地反复使用。", ("validity", 8, "month", False, "filing", "from")),
        ("临时备案8个月内管用。", ("validity", 8, "month", False, "filing", "from")),
        ("备案的时间由您自己填，最多填8个月。", ("validity", 8, "month", False, "filing", "from")),
        ("备案审核大概要8天。", ("processing_time", 8, "day", False, "application", "after")),
        ("临时备案可使用8个月。", ("validity", 8, "month", False, "filing", "from")),
        ("注销备案后第二天，本地待遇恢复。", ("card_return", 1, "day", False, "filing", "after")),
        ("备案开始日期可以选到今天之前的8天以内。", ("effective_time", 8, "day", False, "filing", "before")),
        ("跟着儿女住，住女儿家满8个月以上的。", ("residence_threshold", 8, "month", False, "residence_start", "from")),
        ("建议您提前4天办备案。", ("advance_filing", 4, "day", False, "treatment", "before")),
    ],
)
def test_the_same_periods_in_other_words(text: str, expected: tuple[object, ...]) -> None:
    assert shape(one(text)) == expected


@pytest.mark.parametrize(
    ("text", "kind", "anchor"),
    [
        ("还没出院的，也能补备案。", "makeup_window", "discharge"),
        ("出院结账之前补就行，忘了备案不用慌。", "makeup_window", "discharge_settlement"),
        ("出院结算前提出补办备案的，医院联网结算。", "makeup_window", "discharge_settlement"),
        ("要去省外住院的，本市参保人员须先办好备案。", "advance_filing", "admission"),
        ("到市外看病，请先把备案做好。", "advance_filing", "treatment"),
        ("来之前请先备案。", "advance_filing", "departure"),
        ("备案应当在就医之前完成。", "advance_filing", "treatment"),
    ],
)
def test_the_same_anchors_in_other_words(text: str, kind: str, anchor: str) -> None:
    fact = one(text)
    assert (fact.kind, fact.anchor, fact.unit) == (kind, anchor, None)


@pytest.mark.parametrize(
    "text",
    [
        "异地备案专线:0355-71234567(工作日9:00-12:00)。",
        "备案人员入院前请准备好社保卡。",
        "外出实习超过8个月的，请在到期前重新备案。",
        "医保码激活后立刻就能用。",
        "住院住了三天才想起没备案的事。",
    ],
)
def test_numbers_and_points_in_time_of_other_matters(text: str) -> None:
    assert read(text) == []


def test_a_heading_that_asks_between_two_tells_nothing() -> None:
    assert read("下面细说。", under=("出发前:办转诊还是自己备案",)) == []


def test_what_handling_at_once_is_of_whatever_class() -> None:
    fact = one("临时类的秒批。")
    assert (fact.kind, fact.unit, fact.filing_types) == ("processing_time", "immediate", ("temporary",))


def test_a_bare_value_answers_what_its_heading_asks() -> None:
    assert one("答复是8个工作日。", under=("审核要多快",)).kind == "processing_time"
    assert one("出院后8个月内。", under=("手工报销最晚什么时候",)).kind == "claim_window"
    assert one("8个月。", under=("备案能管多长时间",)).kind == "validity"
    assert one("需人工核验的，4个工作日。", under=("审核要多久",)).kind == "processing_time"


def test_a_change_that_was_spoken_of_before_may_be_asked_for_after_a_time() -> None:
    fact = one("变更备案的，向原渠道申请。用承诺书备案者，满8个月后方可提出。")
    assert (fact.kind, fact.amount) == ("min_no_change", 8)


def test_the_other_classes_are_those_under_the_other_umbrella() -> None:
    facts = read("转诊备案和自行外出就医备案另行说明。", "长期备案4个工作日内审核，其余类型即时生效。")
    assert [(f.kind, f.filing_types) for f in facts] == [
        ("processing_time", ("long_term",)),
        ("effective_time", ("other_temporary", "referral")),
    ]


def test_a_rule_may_be_kept_to_some() -> None:
    fact = one("出院后补办的，只对异地长期居住人员受理。")
    assert (fact.kind, fact.filing_types) == ("makeup_window", ("long_term",))


def test_what_is_left_out_is_not_meant() -> None:
    fact = one("除了急诊，忘记登记的最迟在出院结账以前补登记。")
    assert (fact.kind, fact.filing_types) == ("makeup_window", ())


def test_classes_are_told_by_rank_where_the_page_gives_it() -> None:
    facts = read("头一拨叫跨省长期居住，第二拨叫跨省临时外出。", "头一拨，长期有效。第二拨，备案管8个月。")
    assert {(f.kind, f.unit, f.filing_types) for f in facts} == {
        ("validity", "permanent", ("long_term",)),
        ("validity", "month", ("temporary",)),
    }


def test_who_is_listed_in_brackets_behind_an_umbrella_illustrates_it() -> None:
    doc = table(("情形", "备案有效期"), ("跨省长期居住(安置退休、投亲、驻外工作)", "长期"), ("跨省转诊", "8个月"))
    facts = [fact for fact in find(doc) if isinstance(fact, Deadline)]
    assert [(f.unit, f.filing_types) for f in facts] == [("permanent", ("long_term",)), ("month", ("referral",))]


def test_column_heads_shorten_the_classes_too() -> None:
    doc = table(("项目", "长期的", "自行就医"), ("备案有效期", "长期", "8个月"))
    facts = [fact for fact in find(doc) if isinstance(fact, Deadline)]
    assert {(f.unit, f.filing_types) for f in facts} == {("permanent", ("long_term",)), ("month", ("other_temporary",))}


def test_cells_that_bound_differently_are_two_rules() -> None:
    doc = table(("类型", "备案有效期"), ("转诊", "8个月"), ("临时外出", "至少8个月"))
    facts = [fact for fact in find(doc) if isinstance(fact, Deadline)]
    assert [(f.operator, f.filing_types) for f in facts] == [("eq", ("referral",)), ("gte", ("temporary",))]


def test_a_claim_due_in_a_named_year_counts_from_the_year_of_the_costs() -> None:
    fact = one("2023年发生的住院费用，须在2024年4月30日前交来报销。")
    assert (fact.kind, fact.due, fact.anchor) == ("claim_window", "+1-04-30", "year_end")


def test_making_up_before_the_discharge_is_told_once() -> None:
    (fact,) = read("忘记备案的，出院结算前可以补办。", "记住:忘了备案出院前补。")
    assert (fact.anchor, len(fact.evidence)) == ("discharge_settlement", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("转院登记自办理之日起半年内有效。", ("validity", 6, "month", False, "filing", "from")),
        ("临时备案一般给3个月,到期可以续。", ("validity", 3, "month", False, "filing", "from")),
        ("长期备案永不过期。", ("validity", None, "permanent", False, "filing", "from")),
        ("发票交到参保地窗口,一年之内都收。", ("claim_window", 1, "year", False, "expense", "after")),
        ("备案一般是住院前办。", ("advance_filing", None, None, False, "admission", "before")),
        ("住进去才办备案的,出院前都来得及。", ("makeup_window", None, None, False, "discharge", "before")),
        ("报销的票据,12月31日是截止日。", ("claim_window", None, "date", False, "year_end", "before")),
    ],
)
def test_everyday_words_for_a_deadline(text: str, expected: tuple[object, ...]) -> None:
    assert shape(one(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["备案一次有效期见系统。", "就医日期可选申请后任意一天。", "资料不齐的,2个月后补齐。"],
)
def test_periods_of_something_else(text: str) -> None:
    assert read(text) == []


def test_at_once_before_it_counts_is_when_it_takes_effect() -> None:
    assert one("转诊登记办好,当天就能生效。").kind == "effective_time"


def test_the_sentence_before_tells_what_is_handed_in_by_a_date() -> None:
    (fact,) = read("报销要带发票和清单。注意时间,次年2月底前交齐。")
    assert (fact.kind, fact.due) == ("claim_window", "+1-02-28")


def test_ranks_given_to_umbrellas_are_whom_a_period_is_for() -> None:
    facts = read("第一类是长期在外的人;第二类是临时在外的人。", "第二类人员的备案有效期3个月。")
    assert [(fact.amount, fact.filing_types) for fact in facts] == [(3, ("temporary",))]


def test_letters_that_mark_a_list_of_classes_are_whom_a_period_is_for() -> None:
    lines = ("A. 常年在外的,请选“异地长期居住”。", "B. 医院开了单子的,请选“异地转诊”。", "B类有效期1年。")
    plain = document(*lines).outline
    blocks = tuple(
        replace(block, marker=line[:2], content=block.start + 3) if line[1] == "." else block
        for block, line in zip(plain.blocks, lines, strict=True)
    )
    (fact,) = find(Document(Outline(plain.text, blocks)))
    assert isinstance(fact, Deadline)
    assert (fact.kind, fact.filing_types) == ("validity", ("referral",))
