"""Filing types: named as categories, umbrella or class, described in other words; papers and negations name nobody."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("医生让到省城去治，那是转诊，报得多一些。", "referral"),
        ("带孙子住在外面的，算异地长期居住，要先备案。", "long_term"),
        ("出门旅游的走“临时外出”，别选错。", "temporary"),
        ("在手机上选“转诊”那一项。", "referral"),
        ("这几种都归在“长期”一类，管得久。", "long_term"),
        ("第一类叫长期备案，到期不用续。", "long_term"),
        ("临时出去的——旅游、走亲戚时得了病，可以后补手续，医院先收下。", "temporary"),
        ("自己决定去外省大医院看病，走自行就医，报销少一些。", "other_temporary"),
    ],
)
def test_a_bare_label_that_somebody_counts_as_names_a_class(text: str, code: str) -> None:
    assert code in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "在外省得了急病住进医院的，由医院负责登记上传，待遇按转诊人员标准。",
        "已按异地长期居住登记、后来又要去第三个地方看病的，可以参照以上规定办理。",
        "您母亲属于跟随子女居住，有什么不清楚的地方社区的工作人员会帮忙。",
    ],
)
def test_a_class_that_is_only_compared_with_names_nobody(text: str) -> None:
    assert not {"referral", "long_term", "long_resident"} & set(read(text))


def test_a_word_that_tells_who_belongs_to_a_class_is_no_umbrella() -> None:
    types = read("出差等短期外出的，不必先办，住了院再按“其他临时外出就医”补办。")
    assert set(types) == {"other_temporary"}


def test_members_behind_and_and_behind_namely() -> None:
    types = read("（一）异地长期居住人员，具体为异地安置退休人员、常驻异地工作人员和在外省院校就读的学生；")
    assert {"retired_resettled", "stationed_work", "student"} <= set(types)


def test_short_words_among_the_members_of_an_umbrella() -> None:
    assert "referral" in read("第二类叫临时备案，包括转诊和自己去看病的。")


def test_an_umbrella_is_told_by_the_classes_that_follow_it() -> None:
    types = read("长期居住在外市（半年以上），包括退休安置、随子女居住、单位外派三种。")
    assert {"long_term", "retired_resettled", "long_resident", "stationed_work"} == set(types)
    assert types["long_resident"].parent == "long_term"


def test_the_umbrella_that_splits_into_kinds_stays_one() -> None:
    types = read("一种叫异地长期居住人员，里面又分三种：异地安置退休人员、异地长期居住人员、常驻异地工作人员。")
    assert {"long_term", "long_resident", "retired_resettled", "stationed_work"} == set(types)


def test_a_registration_of_a_referral_is_a_class() -> None:
    assert "referral" in [fact.code for fact in find(document("医院在系统里直接做转诊登记。"))]
