"""Benefit effects: what filing, its lack or its type changes in what is paid."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.facts.benefit_effects import find
from parsers.records import BenefitEffect, Issue, Region
from tests.parsers.facts.documents import document, table


def read(*lines: str, **places: Any) -> list[BenefitEffect]:
    return [fact for fact in find(document(*lines, **places)) if isinstance(fact, BenefitEffect)]


def one(*lines: str, **places: Any) -> BenefitEffect:
    (fact,) = read(*lines, **places)
    return fact


@pytest.mark.parametrize(
    ("text", "effect", "low", "high", "unit", "status"),
    [
        ("未备案的支付比例降低20个百分点。", "ratio_reduction", 20, 20, "pp", "unfiled"),
        ("未备案的可能少报10%-15%。", "ratio_reduction", 10, 15, "percent_unspecified", "unfiled"),
        ("没有备案的报销比例降至40%。", "ratio_to", 40, 40, "percent", "unfiled"),
        ("转诊人员个人先行自付10%。", "first_self_pay", 10, 10, "percent", None),
        ("转诊人员按本市同级医院标准的90%报销。", "ratio_multiplier", 90, 90, "percent", None),
        ("异地转诊人员支付比例降幅不超过10个百分点。", "ratio_reduction", None, 10, "pp", None),
    ],
)
def test_a_percentage_is_read_with_its_verb(
    text: str, effect: str, low: float | None, high: float, unit: str, status: str | None
) -> None:
    fact = one(text)
    assert (fact.effect, fact.min, fact.max, fact.unit, fact.filing_status) == (effect, low, high, unit, status)


@pytest.mark.parametrize(
    ("text", "effect", "status"),
    [
        ("未备案的不予报销。", "no_reimbursement", "unfiled"),
        ("异地安置人员备案后享受与参保地相同的待遇。", "same_as_local", "filed"),
        ("异地转诊人员报销比例不降低。", "same_as_local", None),
        ("执行就医地目录、参保地政策。", "home_policy", None),
        ("长期居住人员备案后在备案地和参保地双向享受待遇。", "two_way", "filed"),
        ("未备案的住院起付线提高一倍。", "deductible_change", "unfiled"),
        ("未备案的报销比例可能降低。", "ratio_reduction", "unfiled"),
    ],
)
def test_effects_in_words_have_no_number(text: str, effect: str, status: str | None) -> None:
    fact = one(text)
    assert (fact.effect, fact.filing_status, fact.min, fact.max, fact.unit) == (effect, status, None, None, None)


def test_two_subjects_have_two_values() -> None:
    found = read("异地急诊抢救人员降低5%,未备案自行就医的降低15%。")
    assert [(f.max, f.filing_status, f.filing_types) for f in found] == [(5, None, ("emergency",)), (15, "unfiled", ())]


def test_listed_people_have_their_respective_values() -> None:
    facts = read("转诊人员和未备案人员支付比例分别降低10%和30%。")
    assert [(f.filing_types, f.filing_status, f.min) for f in facts] == [
        (("referral",), None, 10),
        ((), "unfiled", 30),
    ]


def test_a_share_raised_to_a_value_is_that_value() -> None:
    fact = one("没备案的，自付比例提高到30%。")
    assert (fact.effect, fact.min, fact.unit) == ("first_self_pay", 30, "percent")


def test_whoever_has_filed_may_be_told_by_the_deed() -> None:
    assert one("办了转诊备案的只降低6个百分点报销比例。").filing_status == "filed"
    assert one("什么备案都没办的，报销比例下调25个百分点。").filing_status == "unfiled"


def test_two_schemes_have_two_values() -> None:
    found = read("未备案的,职工医保降低10个百分点,居民医保降低20个百分点。")
    assert [(f.scheme, f.max) for f in found] == [("employee", 10), ("resident", 20)]


def test_a_number_absorbs_the_words_that_say_the_same() -> None:
    fact = one("未备案的报销比例会降低。", "未备案的降低20个百分点。")
    assert (fact.max, len(fact.evidence)) == (20, 2)


def test_cells_are_read_with_their_heads() -> None:
    found = list(
        find(table(("人员", "支付比例"), ("异地转诊人员", "降低10个百分点"), ("未备案人员", "降低30个百分点")))
    )
    assert [(f.max, f.filing_status) for f in found if isinstance(f, BenefitEffect)] == [(10, None), (30, "unfiled")]


def test_another_cell_of_the_row_may_give_the_status() -> None:
    found = list(
        find(
            table(
                ("人员", "备案", "支付比例"),
                ("异地转诊人员", "已备案", "降低5%"),
                ("临时外出人员", "未备案", "降低15%"),
            )
        )
    )
    assert [(f.max, f.filing_status) for f in found if isinstance(f, BenefitEffect)] == [(5, "filed"), (15, "unfiled")]


def test_the_subject_of_a_clause_is_not_that_of_the_one_before() -> None:
    found = read("没有备案的降低20%,转诊和急诊抢救的不降低。")
    assert [(f.effect, f.filing_status) for f in found] == [("ratio_reduction", "unfiled"), ("same_as_local", None)]


def test_care_at_home_under_the_name_of_the_region() -> None:
    fact = one("长期居住人员备案后回滨州看病,照常享受本地待遇。", region=Region("371600", "滨州市"))
    assert (fact.effect, fact.filing_status) == ("two_way", "filed")


@pytest.mark.parametrize(
    "text",
    [
        "三级医院报销比例为70%。",
        "门诊报销比例通常低于住院。",
        "居民医保缴费标准提高5%。",
        "异地直接结算率达到90%。",
        "逾期未申请的不予报销。",
        "未备案会影响办理进度。",
    ],
)
def test_absolute_ratios_and_other_matters_are_no_effects(text: str) -> None:
    assert read(text) == []


def test_points_nobody_can_explain_are_an_issue() -> None:
    found = list(find(document("转诊备案的,报销待遇相差8个百分点。")))
    assert [item.code for item in found if isinstance(item, Issue)] == ["unknown_benefit"]


# ---- more ways of saying the same ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "effect", "value", "unit", "status"),
    [
        ("转诊出去的,报销打九折。", "ratio_multiplier", 90, "percent", None),
        ("未备案的报销比例是正常的六成。", "ratio_multiplier", 60, "percent", "unfiled"),
        ("没备案的,按本来能报的钱数的70%支付。", "ratio_multiplier", 70, "percent", "unfiled"),
        ("转诊人员个人先行自付比例提高12个百分点。", "first_self_pay", 12, "pp", None),
        ("未按照本办法备案的,个人先行自付25%。", "first_self_pay", 25, "percent", "unfiled"),
        ("自行备案外出的降低18%。", "ratio_reduction", 18, "percent_unspecified", "filed"),
        ("转诊备案:职工医保报销比例降低6个百分点。", "ratio_reduction", 6, "pp", "filed"),
        ("不备案的,在已备案人员报销比例的基础上再降12个百分点。", "ratio_reduction", 12, "pp", "unfiled"),
        ("未备案的,在18个百分点基础上再降11个百分点。", "ratio_reduction", 11, "pp", "unfiled"),
    ],
)
def test_percentages_in_other_words(text: str, effect: str, value: float, unit: str, status: str | None) -> None:
    fact = one(text)
    assert (fact.effect, fact.max, fact.unit, fact.filing_status) == (effect, value, unit, status)


def test_a_raise_that_goes_on_keeps_its_effect() -> None:
    facts = read("转诊人员先行自付比例提高8个百分点,其他临时外出人员提高16个百分点。")
    assert [(fact.effect, fact.max) for fact in facts] == [("first_self_pay", 8), ("first_self_pay", 16)]


@pytest.mark.parametrize(
    "text",
    [
        "长期备案人员临时回永州看病也照常报。",
        "长期居住备案期间回县内就医,报销待遇不受影响。",
        "长期备案人员逢年过节回永州看病,也不影响使用医保。",
    ],
)
def test_care_at_home_goes_on_whatever_the_place_is_called(text: str) -> None:
    fact = one(text)
    assert (fact.effect, fact.filing_status) == ("two_way", "filed")


def test_one_filing_compared_with_another_tells_nothing_of_home() -> None:
    assert read("两种异地备案待遇相同。") == []


def test_catalogue_of_one_place_and_ratio_of_the_other() -> None:
    fact = one("异地就医药品按永州的目录,报销比例和封顶线按岳阳的规定。")
    assert (fact.effect, fact.filing_status) == ("home_policy", None)


def test_what_is_bought_away_from_home_may_not_be_paid() -> None:
    fact = one("异地普通门诊、药店购药费用不能从统筹基金报销。")
    assert (fact.effect, fact.filing_status) == ("no_reimbursement", None)


def test_the_others_are_those_who_went_by_themselves() -> None:
    facts = read("支付比例:转诊人员降低4个百分点,其他人员降低14个百分点。")
    assert [(fact.max, fact.filing_types) for fact in facts] == [(4, ("referral",)), (14, ("other_temporary",))]


def test_a_sum_under_the_deductible_is_told_by_its_row() -> None:
    doc = table(("情形", "起付标准"), ("转诊备案", "800元"), ("未备案", "1600元"))
    facts = [fact for fact in find(doc) if isinstance(fact, BenefitEffect)]
    assert [(f.effect, f.raw, f.filing_status) for f in facts] == [
        ("deductible_change", "800元", "filed"),
        ("deductible_change", "1600元", "unfiled"),
    ]


def test_the_same_value_for_both_schemes_is_one_rule() -> None:
    facts = read("异地转诊人员职工医保支付比例降低5个百分点。", "异地转诊人员居民医保支付比例降低5个百分点。")
    assert [(fact.min, fact.scheme) for fact in facts] == [(5, None)]
    facts = read("异地转诊人员职工医保支付比例降低5个百分点。", "异地转诊人员居民医保支付比例降低8个百分点。")
    assert [(fact.min, fact.scheme) for fact in facts] == [(5, "employee"), (8, "resident")]


def test_a_question_whether_one_must_file_gives_no_status() -> None:
    fact = one("省内住院已免备案，报销政策与在本市就医相同。", under=("住院必须先备案吗？",))
    assert (fact.effect, fact.filing_status) == ("same_as_local", None)


def test_that_care_away_is_paid_as_well_says_nothing_of_how_much() -> None:
    assert read("在外地看病一样能报。") == []
    assert one("备案后在外地住院报销比例一样。").effect == "same_as_local"


def test_to_be_treated_at_both_places_is_a_right() -> None:
    fact = one("长期备案人员回本市看病也照样能报。")
    assert (fact.effect, fact.modality) == ("two_way", "may")


# ---- ways of writing read anew ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "effect", "status", "value"),
    [
        ("自行备案前往的，报销比例降低7个百分点。", "ratio_reduction", "filed", 7),
        ("转诊备案降7个百分点。", "ratio_reduction", "filed", 7),
        ("比例因未备案下降的:转诊备案降7个百分点。", "ratio_reduction", "filed", 7),
        ("一样手续都没办的，报销比例低7个百分点。", "ratio_reduction", "unfiled", 7),
        ("未备案，亦未在规定期限内补办的，支付比例降至45%。", "ratio_to", "unfiled", 45),
        ("省外住院，备案的个人先行自付7%。", "first_self_pay", "filed", 7),
        ("啥也不办的少报7%。", "ratio_reduction", "unfiled", 7),
        ("没备案的，只报了平时的六成。", "ratio_multiplier", "unfiled", 60),
    ],
)
def test_status_and_effect_in_other_words(text: str, effect: str, status: str, value: float) -> None:
    fact = one(text)
    assert (fact.effect, fact.filing_status, fact.min) == (effect, status, value)


def test_a_heading_on_what_was_forgotten_is_about_people_who_did_not_file() -> None:
    fact = one("回来报销，只是比例要少7个百分点。", under=("忘了办怎么办",))
    assert (fact.effect, fact.filing_status) == ("ratio_reduction", "unfiled")


@pytest.mark.parametrize(
    "text",
    [
        "很多人把“降低7个百分点”和“先行自付7%”当成一回事。",
        "楼上说转诊的少报7个百分点。",
        "特殊药品个人先自付7%。",
    ],
)
def test_words_about_words_and_shares_of_drugs_are_no_rules(text: str) -> None:
    assert read(text) == []


def test_an_exception_lowers_nothing_for_the_others() -> None:
    facts = read("长期备案期间回到本市住院，也可以照常刷卡结算，但凭承诺书备案的报销比例降7个百分点。")
    assert {fact.effect for fact in facts} == {"two_way", "ratio_reduction"}


def test_both_places_and_the_same_share_are_two_rules_where_the_share_is_compared() -> None:
    facts = read("长期备案的市民回本市看病可直接结算，报销比例同未外出的市民一样。")
    assert {fact.effect for fact in facts} == {"two_way", "same_as_local"}


def test_a_class_and_the_same_as_home_in_a_list() -> None:
    fact = one("长期居住人员:与本地一致", under=("报销比例",))
    assert (fact.effect, fact.filing_types) == ("same_as_local", ("long_term",))


def test_the_sum_of_a_deductible_that_differs_stands_behind_it() -> None:
    fact = one("起付线也不一样，省外住院一律1300元。")
    assert (fact.effect, fact.raw) == ("deductible_change", "省外住院一律1300元。")


def test_likewise_repeats_the_effect_for_others() -> None:
    (fact,) = read("转诊的，个人先承担的部分为7%。急诊抢救的也按7%。")
    assert (fact.effect, fact.min, fact.filing_types) == ("first_self_pay", 7, ("emergency", "referral"))


def test_who_others_are_likened_to_is_not_meant() -> None:
    fact = one("急诊抢救的，和转诊的一样，只负担7%。")
    assert (fact.effect, fact.filing_types) == ("first_self_pay", ("emergency",))


def test_clauses_that_are_joined_are_all_meant() -> None:
    fact = one("办理转诊的，以及急诊抢救的，住院支付比例降低7%。")
    assert fact.filing_types == ("emergency", "referral")


def test_each_value_of_a_clause_has_the_place_before_it() -> None:
    facts = read("其他临时外出就医人员省内降低7个百分点、省外降低17个百分点。")
    assert [(f.min, f.geo_scope) for f in facts] == [(7, "intra_province"), (17, "cross_province")]


def test_care_at_home_as_well_is_a_choice() -> None:
    assert one("长期备案的人回到本市住院，仍享受本市待遇。").modality == "may"


def test_two_values_that_share_their_unit() -> None:
    facts = read("没有备案的,职工、居民分别下降15个和30个百分点。")
    assert [(fact.min, fact.unit) for fact in facts] == [(15, "pp"), (30, "pp")]


def test_a_deductible_raised_in_the_same_breath_as_the_share_is_lowered() -> None:
    facts = read("异地转诊的,起付线提高一倍、报销比例下降8个百分点。")
    assert sorted((fact.effect, fact.min) for fact in facts) == [("deductible_change", None), ("ratio_reduction", 8)]


def test_a_comparison_in_the_first_row_tells_what_a_bare_cell_compares() -> None:
    (fact,) = (
        f for f in find(table(("类型", "与本地住院相比"), ("长期备案人员", "一样"))) if isinstance(f, BenefitEffect)
    )
    assert (fact.effect, fact.filing_status) == ("same_as_local", "filed")


def test_not_to_be_feared_is_no_refusal() -> None:
    assert read("未备案的,不至于分文不报。") == []


def test_nothing_taken_off_is_the_same_as_at_home() -> None:
    assert one("急诊视同备案,不扣比例。").effect == "same_as_local"
