"""Operations on a filing: what the page permits, demands and forbids."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.facts.operations import find
from parsers.records import Operation
from tests.parsers.facts.documents import document


def read(*lines: str, **places: Any) -> set[tuple[str, bool]]:
    return {(fact.op, fact.allowed) for fact in find(document(*lines, **places)) if isinstance(fact, Operation)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("备案信息可随时在小程序变更。", {("change", True)}),
        ("搬回老家的应及时取消备案。", {("cancel", True)}),
        ("备案可在原渠道变更或者撤销。", {("change", True), ("cancel", True)}),
        ("出院结算前允许补办备案。", {("makeup", True)}),
        ("到期仍在外地的须重新备案。", {("renew", True)}),
        ("备案到期可申请延期一次。", {("renew", True)}),
        ("备案后就医地不可更改。", {("change", False)}),
        ("出院后一律不予补办备案。", {("makeup", False)}),
        ("提交证明以前备案不得撤销。", {("cancel", False)}),
        ("备案提交以后，点“我的办件”就能查询办理进度。", {("query_status", True)}),
        ("没备案也不要紧，只要没出院结账，随时可以补。", {("makeup", True)}),
        ("别急：先在手机上补办备案。", {("makeup", True)}),
        ("换了城市的，随时在备案小程序里改。", {("change", True)}),
        ("未住院的，备案可以通过原渠道修改。", {("change", True)}),
        ("回老家长住以后，自己取消备案就行。", {("cancel", True)}),
        ("入院已超过10日的，不再补办备案。", {("makeup", False)}),
        ("半年内反复变更就医地的，系统会暂停受理备案。", {("change", False)}),
    ],
)
def test_a_permission_a_duty_or_a_ban_is_an_operation(text: str, expected: set[tuple[str, bool]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "异地备案6个月内不得变更。",
        "参保地可规定变更或取消备案的时限。",
        "回本地住院不用取消备案。",
        "参保状态未发生变更的,备案继续有效。",
        "全省取消异地就医备案审批。",
        "备案后能不能变更就医地?",
        "备案前请仔细核对信息。",
        "医保目录调整后另行通知,与备案无关。",
    ],
)
def test_a_period_a_setting_or_a_question_is_none(text: str) -> None:
    assert read(text) == set()


def test_a_heading_alone_says_nothing() -> None:
    assert read("具体见下。", under=("备案变更与取消",)) == set()


def test_matters_other_than_filing_are_left_out() -> None:
    assert read("单位信息可在网厅变更。") == set()


def test_one_fact_with_all_its_quotes() -> None:
    facts = list(find(document("备案可随时变更。", "变更备案请到窗口办理。")))
    assert len(facts) == 1
    assert isinstance(facts[0], Operation)
    assert len(facts[0].evidence) == 2


@pytest.mark.parametrize(
    "lines", [("建议出院前补办备案。", "出院后也可以补办备案。"), ("出院后也可以补办备案。", "建议出院前补办备案。")]
)
def test_a_hedge_is_kept_wherever_it_stands(lines: tuple[str, str]) -> None:
    assert [fact.modality for fact in find(document(*lines)) if isinstance(fact, Operation)] == ["recommended"]


@pytest.mark.parametrize(
    "lines",
    [
        ("漏备的应在出院前补办备案。", "出院后也可以补办备案。"),
        ("出院后也可以补办备案。", "漏备的应在出院前补办备案。"),
    ],
)
def test_a_permission_beside_a_duty_is_kept_wherever_it_stands(lines: tuple[str, str]) -> None:
    assert [fact.modality for fact in find(document(*lines)) if isinstance(fact, Operation)] == ["may"]


def test_an_area_that_only_one_of_two_places_names_is_not_the_operation_s() -> None:
    lines = ("省内跨市就医的，可以随时取消备案。", "回来定居的，可以随时取消备案。")
    for order in (lines, lines[::-1]):
        assert [f.geo_scope for f in find(document(*order)) if isinstance(f, Operation)] == [None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("备案不再需要时请选择“注销”。", {("cancel", True)}),
        ("想换个城市,须到窗口重新办理备案。", {("change", True)}),
        ("备案过了时间还要去,得重新备。", {("renew", True)}),
        ("忘了备案的,出院前在手机上补一下。", {("makeup", True)}),
        ("过后补办的不再享受直接结算,备案要趁早。", set()),
        ("申请人可在“我的办件”查备案进度。", {("query_status", True)}),
    ],
)
def test_operations_in_other_words(text: str, expected: set[tuple[str, bool]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("撤销备案：我的登记→撤销→确认。", {("cancel", True)}),
        ("疗程没完的备案可以申请延长。", {("renew", True)}),
        ("备案到期再出门要重新登一次。", {("renew", True)}),
        ("临时备案管一年，过了要再办。", {("renew", True)}),
        ("交了证明备案的，随时可以换。", {("change", True)}),
        ("备案城市要改，登录原来那个APP改一下地址就行。", {("change", True)}),
        ("备案信息登记错误的，可致电经办机构更正。", {("change", True)}),
        ("备案后想回来，打个电话说一声就给撤了。", {("cancel", True)}),
        ("出院后想补备案的，一概不办。", {("makeup", False)}),
        ("备案办没办成，可以在手机上查。", {("query_status", True)}),
    ],
)
def test_operations_in_everyday_words(text: str, expected: set[tuple[str, bool]]) -> None:
    assert read(text) == expected


def test_a_filing_that_stands_is_neither_ended_nor_kept_from_ending() -> None:
    assert read("回来以后，不取消备案也能在本地看病。") == set()


def test_an_exception_from_a_ban_is_a_permission() -> None:
    facts = [f for f in find(document("备案后确需变更就医地的除外。")) if isinstance(f, Operation)]
    assert [(f.op, f.allowed, f.modality) for f in facts] == [("change", True, "may")]
