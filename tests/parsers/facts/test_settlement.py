"""Settlement: direct or manual, for whom, where."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.facts.settlement import find
from parsers.records import Region, Settlement
from tests.parsers.facts.documents import document, table


def read(*lines: str, **places: Any) -> set[tuple[str, str | None, str | None]]:
    facts = [fact for fact in find(document(*lines, **places)) if isinstance(fact, Settlement)]
    return {(fact.mode, fact.filing_status, fact.place) for fact in facts}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("备案成功后可在联网医院直接结算。", ("direct", "filed", None)),
        ("在联网定点医院住院可刷社保卡结算。", ("direct", None, None)),
        ("出院结算前补办备案的,可以直接结算。", ("direct", "made_up", None)),
        ("急诊抢救视同已备案,出院时直接结算。", ("direct", "deemed_filed", None)),
        ("省内就医免备案,持码直接结算。", ("direct", None, None)),
        ("未备案的,先垫付再回参保地手工报销。", ("manual", "unfiled", None)),
        ("医院没联网的,先自费,回来后零星报销。", ("manual", None, None)),
        ("出院后补办备案的,按手工报销办理。", ("manual", "made_up", None)),
        ("没做备案也能报,就是报得少些。", ("manual", "unfiled", None)),
        ("实在不补,也能报,按没备案的算。", ("manual", "unfiled", None)),
    ],
)
def test_mode_and_status_of_a_rule(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert read(text) == {expected}


def test_care_at_home_is_settled_there_too() -> None:
    region = Region("371600", "滨州市")
    assert ("direct", "filed", "home") in read("长期居住人员备案后回滨州看病,仍可刷卡结算。", region=region)


def test_the_heading_gives_the_status_of_what_it_heads() -> None:
    assert read("先全额垫付,回来凭发票报销。", under=("没有备案怎么结算",)) == {("manual", "unfiled", None)}


@pytest.mark.parametrize(
    "text",
    [
        "各地要做好异地就医直接结算工作。",
        "可查询已开通直接结算的定点医院名单。",
        "什么是跨省直接结算?",
        "根据《关于做好住院费用直接结算工作的通知》制定本办法。",
        "手工报销需提供发票和清单。",
        "备案后无需垫付费用。",
        "系统里查不到您的,先按自费登记。",
        "鼓励有条件的地区探索免备案直接结算。",
    ],
)
def test_a_mention_is_no_rule(text: str) -> None:
    assert read(text) == set()


def test_one_fact_per_mode_and_status() -> None:
    facts = list(find(document("备案后可直接结算。", "办理备案后持卡直接结算。")))
    assert len(facts) == 1
    assert isinstance(facts[0], Settlement)
    assert len(facts[0].evidence) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("备案通过以后,在联网医院住院,出院时直接结算。", ("direct", "filed", None)),
        ("把异地备案办好,出院时只付自己该付的那份。", ("direct", "filed", None)),
        ("出院结算前补办的,定点医院应当提供直接结算。", ("direct", "made_up", None)),
        ("高血压等门诊慢特病可跨省直接结算,前提是已办好备案。", ("direct", "filed", None)),
        ("未按照本办法备案的,费用由个人全额垫付。", ("manual", "unfiled", None)),
        ("跳过备案直接去住院,费用要自己垫付。", ("manual", "unfiled", None)),
        ("忘了备案的,只能自己掏钱,出院后回原籍报。", ("manual", "unfiled", None)),
        ("不备案的,医院按自费病人收费。", ("manual", "unfiled", None)),
        ("已经自费出院的,补了备案以后可以拿票据回来报销。", ("manual", "made_up", None)),
        ("未能直接结算的,保存好收据,由单位代为申报。", ("manual", None, None)),
    ],
)
def test_everyday_words_for_both_modes(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert read(text) == {expected}


def test_too_late_to_file_is_not_filed() -> None:
    assert read("请在出院前补办备案,逾期医院只能按自费结算。") == {("manual", "unfiled", None)}


@pytest.mark.parametrize("text", ["需要返回永州就医的,可以在永州直接结算。", "确需回本县就医的,可直接结算。"])
def test_who_comes_back_comes_home(text: str) -> None:
    assert ("direct", "filed", "home") in read(f"异地安置人员备案后在备案地住院。{text}")


@pytest.mark.parametrize(
    "text",
    [
        "五、关于无法直接结算时的手工报销。",
        "申请报销最晚不能超过次年年底。",
        "备案有效期届满时仍在住院的,不影响本次直接结算。",
    ],
)
def test_headings_times_and_single_stays_are_no_rules(text: str) -> None:
    assert read(text) == set()


def test_chronic_diseases_have_a_rule_of_their_own() -> None:
    facts = [
        f
        for f in find(document("备案后住院可直接结算。", "备案后门诊慢特病也可直接结算。"))
        if isinstance(f, Settlement)
    ]
    assert [fact.service_scope for fact in facts] == [None, "outpatient_chronic"]


def test_a_column_head_states_no_rule() -> None:
    assert list(find(table(("人员", "直接结算"), ("转诊", "10%")))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("均视同备案,不需要登记,直接持社保卡或医保电子凭证结算。", ("direct", "deemed_filed", None)),
        ("急诊抢救的,直接按已备案人员结算。", ("direct", "deemed_filed", None)),
        ("出院前在手机上补一下,费用照样当场结。", ("direct", "made_up", None)),
        ("没登记就看病的,须全额垫付后回来报销。", ("manual", "unfiled", None)),
        ("备案办好以后,在联网医院住院能直接结算。", ("direct", "filed", None)),
        ("长期备案人员返渝就医,无需取消备案,凭社保卡直接结算。", ("direct", "filed", "home")),
    ],
)
def test_settlement_in_other_words(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert expected in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "先说结论:异地住院不用回去报。",
        "手工报销应当提交费用票据和费用清单。",
        "由经办机构与医疗机构直接结算。",
    ],
)
def test_what_is_spared_or_between_offices_is_no_settlement_of_the_patient(text: str) -> None:
    assert not read(text)


def test_that_no_filing_is_needed_may_be_said_behind() -> None:
    (fact,) = find(document("在江苏看普通门诊，直接刷卡结算，均无需备案。"))
    assert isinstance(fact, Settlement)
    assert (fact.mode, fact.filing_status, fact.rule) == ("direct", None, "settlement.exempt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打过招呼的，出院只掏自己该掏的那部分。", ("direct", "filed", None)),
        ("出发前在手机上备个案，住院就能直接刷码结算。", ("direct", "filed", None)),
        ("备案到城市就行，当地联网医院都能直接结算。", ("direct", "filed", None)),
        ("备好后，带社保卡到医院可以直接结算。", ("direct", "filed", None)),
        ("已备案的，在医院窗口扫码，当场就把账算清。", ("direct", "filed", None)),
        ("她是住院第三天补的，补完出院照样刷。", ("direct", "made_up", None)),
        ("补好之后照常在医院结算。", ("direct", "made_up", None)),
        ("出院前提出补办备案的，经办机构应当及时受理并支持联网结算。", ("direct", "made_up", None)),
        ("省内普通门诊免备案即可结算。", ("direct", None, None)),
        ("未能在出院前补办的，请自费结账，票据带回参保地手工报销。", ("manual", "unfiled", None)),
    ],
)
def test_more_everyday_words_for_both_modes(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert read(text) == {expected}


def test_the_claim_gives_the_evidence_and_not_the_condition_before_it() -> None:
    (fact,) = list(find(document("出院自费结算后也允许补办，补办后可以到经办机构申请零星报销。")))
    assert isinstance(fact, Settlement)
    assert (fact.filing_status, fact.evidence[0].quote.startswith("补办后")) == ("made_up", True)


@pytest.mark.parametrize(
    "text",
    [
        "已经在外地刷卡结算过的，不用再来。",
        "回来报账带这些：收据、清单、小结。",
        "未在原就医地发生结算的，撤销后重新申报备案。",
        "当场结清，没有垫钱再回来报这一步。",
    ],
)
def test_what_is_over_or_only_listed_states_no_claim(text: str) -> None:
    assert ("manual", None, None) not in read(text)


@pytest.mark.parametrize("text", ["凭社保卡在联网医院结算。", "凭医保卡住院即时结报。"])
def test_a_card_at_the_hospital_settles_directly(text: str) -> None:
    assert read(f"备案后{text}") == {("direct", "filed", None)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("急诊抢救的客户视为已备案，可直接凭社保卡结算。", ("direct", "deemed_filed", None)),
        ("出院后30日内补办备案的，由经办机构手工报销。", ("manual", "made_up", None)),
        ("两个月内仍可补，之后走手工报销。", ("manual", "made_up", None)),
        ("网络故障没能直接结算的，把收据和清单送到区医保大厅，一个月钱打到账上。", ("manual", None, None)),
    ],
)
def test_more_ways_of_telling_how_the_bill_is_paid(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert read(text) == {expected}


@pytest.mark.parametrize("text", ["群众说回乡报销跑腿多、垫钱多。", "其间回老家看病也正常报销。"])
def test_complaints_and_care_at_home_are_no_claims(text: str) -> None:
    assert not any(mode == "manual" for mode, _, _ in read(text))


def test_the_head_of_a_row_says_who_pays_first() -> None:
    rows = (("类型", "待遇"), ("没备案", "不能刷卡，回来凭票据报销"))
    facts = [fact for fact in find(table(*rows)) if isinstance(fact, Settlement)]
    assert {(fact.mode, fact.filing_status) for fact in facts} == {("manual", "unfiled")}
