"""Filing types: named as categories, umbrella or class, described in other words; papers and negations name nobody."""

from __future__ import annotations

from parsers.facts.filing_types import find
from parsers.records import FilingType
from tests.parsers.facts.documents import document


def read(*lines: str, under: tuple[str, ...] = (), title: str = "") -> dict[str, FilingType]:
    return {
        fact.code: fact for fact in find(document(*lines, under=under, title=title)) if isinstance(fact, FilingType)
    }


def test_one_label_is_umbrella_as_heading_and_class_in_the_list() -> None:
    types = read("包括异地安置退休人员、异地长期居住人员和常驻异地工作人员。", under=("（一）异地长期居住人员",))
    assert set(types) == {"long_term", "retired_resettled", "long_resident", "stationed_work"}
    assert types["stationed_work"].parent == "long_term"
    assert types["long_term"].parent is None


def test_neither_emergency_nor_referred_is_a_type_of_its_own() -> None:
    assert set(read("非急诊且未转诊人员自行到外省住院的，报销比例降低。")) == {"other_temporary"}


def test_names_of_papers_and_fees_name_nobody() -> None:
    assert read("请提交转诊转院证明、急诊病历和《异地长期居住人员承诺书》，急诊抢救费用另行结算。") == {}


def test_a_class_described_in_other_words_is_recognised_in_a_list_of_classes() -> None:
    types = read(
        "到省外投奔子女居住的老人；",
        "被单位派驻外省工作的职工；",
        "本地看不了、要转往外省治疗的病人。",
        under=("备案对象",),
    )
    assert set(types) == {"long_resident", "stationed_work", "referral"}


def test_the_same_words_outside_such_a_list_are_no_category() -> None:
    assert read("老人被派驻外省的子女接去同住。", under=("温馨故事",)) == {}


def test_all_mentions_of_a_type_are_its_evidence() -> None:
    types = read("异地转诊人员先开转诊单。", "异地转诊人员支付比例降低10个百分点。")
    assert len(types["referral"].evidence) == 2


def test_members_stand_in_brackets_behind_their_umbrella() -> None:
    types = read("这次说的是跨省临时外出就医人员（转诊的、突发急症的、自己跑去大医院的人）。")
    assert set(types) == {"temporary", "referral", "emergency", "other_temporary"}


def test_members_are_named_by_whom_the_umbrella_is_for() -> None:
    types = read("备案分两种，长期备案面向退休后户口迁走的、跟着儿女在外地住的、长期驻外工作的三种人。")
    assert {"long_term", "retired_resettled", "long_resident", "stationed_work"} <= set(types)


def test_who_goes_without_filing_is_of_no_type() -> None:
    assert read("未按规定备案自行到省外就医的，支付比例降低20个百分点。") == {}


def test_why_a_page_was_written_names_no_type() -> None:
    assert read("近年来，我县外出务工人员逐年增多。", "很多异地转诊人员会问怎么报销。") == {}


def test_classes_in_brackets_behind_their_descriptions_are_a_list() -> None:
    types = read("退休后搬走的（异地安置退休人员）、跟着儿女住的（异地长期居住人员）、派出去的（常驻异地工作人员）。")
    assert set(types) == {"retired_resettled", "long_resident", "stationed_work"}


def test_a_bare_word_as_the_label_of_a_sentence_is_a_type() -> None:
    types = read("材料分三种情况说明，先看清自己属于哪一种情况再准备。常驻异地工作：劳动合同；异地转诊：转诊单。")
    assert set(types) == {"stationed_work", "referral"}
