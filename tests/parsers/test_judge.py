"""The page as a whole: kind, scope, tier, scheme, the day its rules begin."""

from __future__ import annotations

import pytest

from parsers.judge import authority_of, effective_of, page_type, schemes_named, schemes_of, scope_of
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


def test_the_text_tells_the_schemes_where_nothing_else_does() -> None:
    assert schemes_named(document("职工医保报得多，居民医保报得少。")) == ("employee", "resident")
    assert schemes_named(document("参保居民可以备案。")) == ("resident",)
    assert schemes_named(document("小区居民和公司职工都来听讲座。")) == ()


def test_a_guide_that_ends_with_questions_is_a_guide() -> None:
    asked = ("问：要备案吗？", "答：要。", "问：在哪备案？", "答：手机上。", "问：多久办好？", "答：当天。")
    assert page_type(document(*asked, title="异地就医")) == "faq"
    told = "参保人员到外地看病之前应当先备案，备案以后在联网医院直接结算，个人只付自己负担的部分。" * 6
    assert page_type(document(told, *asked, title="异地就医")) == "guide_article"


@pytest.mark.parametrize("title", ["异地就医一次性告知单", "温馨提示：出门看病先备案", "返乡人员就医提醒"])
def test_leaflets_are_notices(title: str) -> None:
    assert page_type(document("请先备案。", title=title)) == "notice"


def test_a_number_that_is_only_cited_makes_no_policy_document() -> None:
    text = "根据《某市异地就医管理办法》（某医保发〔2023〕5号），请各部门通知到人。"
    assert page_type(document(text, title="关于员工办理备案的通知")) == "notice"


def test_a_question_with_other_answers_is_an_answer() -> None:
    assert page_type(document("能用，先备案。", "其他回答（2）", "要看地方。", title="外地医保能用吗？")) == "qa_answer"
