"""The page as a whole: kind, scope, tier, scheme, the day its rules begin."""

from __future__ import annotations

import pytest

from parsers.judge import authority_of, effective_of, page_type, schemes_of, scope_of
from parsers.records import Region
from tests.parsers.facts.documents import document


@pytest.mark.parametrize(
    ("adcode", "scope"),
    [("100000", "national"), ("310000", "provincial"), ("130500", "municipal"), ("130502", "county")],
)
def test_scope_follows_the_region(adcode: str, scope: str) -> None:
    assert scope_of(Region(adcode, "")) == scope


def test_no_region_is_generic() -> None:
    assert scope_of(None) == "generic"


def test_tier_by_evidence() -> None:
    doc = document("文")
    assert authority_of(doc, "http://ybj.hunan.gov.cn/a.html", None) == "A"
    assert authority_of(doc, None, None) == "E"
    assert authority_of(document("文", region=Region("130500", "邢台市")), None, "2024-01-01") == "C"


def test_articles_make_a_policy_document_and_fields_a_service_item() -> None:
    assert (
        page_type(document("事项名称", "受理条件", "申请材料", "办理时限", "咨询电话", title="备案")) == "service_item"
    )
    assert page_type(document("各县区：", title="关于调整异地就医备案的通知")) == "notice"


def test_schemes_of_the_title() -> None:
    assert schemes_of(document("文", title="城乡居民医保异地就医备案")) == ("resident",)
    assert schemes_of(document("文", title="职工医保、居民医保异地就医")) == ("employee", "resident")


def test_the_day_the_rules_begin() -> None:
    assert effective_of(document("本通知自2024年3月1日起施行。")) == "2024-03-01"
    assert effective_of(document("本通知自印发之日起施行。")) is None


@pytest.mark.parametrize(
    ("publisher", "site", "tier"),
    [
        ("待遇审核科", "某市医疗保险事务服务中心", "A"),
        ("某市医疗保障事业管理中心", None, "A"),
        (None, "微信公众平台", "B"),
        (None, "某州中心医院", "B"),
        (None, "某某法律问答", "D"),
        ("某城生活圈整理", "某城生活圈", "E"),
    ],
)
def test_the_printed_name_tells_who_speaks(publisher: str | None, site: str | None, tier: str) -> None:
    doc = document("文", publisher=publisher)
    assert authority_of(doc, None, None, site) == tier
