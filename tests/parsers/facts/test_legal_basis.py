"""Documents that a page cites, and what stands in 《》 without being one."""

import pytest

from parsers.facts.legal_basis import find
from parsers.records import LegalBasis
from tests.parsers.facts.outlines import page


def read(text: str, title: str = "") -> list[LegalBasis]:
    return list(find(page(text, title=title)))


def test_title_number_and_canonical_id() -> None:
    (fact,) = read("根据《关于跨省异地就医直接结算的通知》（医保发〔2022〕22号）执行。")
    assert fact.title == "关于跨省异地就医直接结算的通知"
    assert (fact.doc_no, fact.document_id) == ("医保发〔2022〕22号", "nhsa-2022-22")


@pytest.mark.parametrize(
    "number",
    ["某医保发[2023]5号", "某医保发【2023】5号", "某医保发（2023）5号", "某医保发﹝2023﹞5号", "某医保发〔2023〕 5 号"],
)
def test_all_brackets_of_a_number_become_one(number: str) -> None:
    (fact,) = read(f"按照《某市异地就医管理办法》（{number}）办理。")
    assert fact.doc_no == "某医保发〔2023〕5号"


def test_the_number_may_stand_before_the_title() -> None:
    (fact,) = read("依据鲁医保发〔2022〕31号《关于改进异地就医结算工作的通知》。")
    assert (fact.title, fact.doc_no) == ("关于改进异地就医结算工作的通知", "鲁医保发〔2022〕31号")


def test_article_of_a_law() -> None:
    (fact,) = read("《中华人民共和国社会保险法》第二十九条第一款规定如此。")
    assert (fact.title, fact.article) == ("中华人民共和国社会保险法", "第二十九条第一款")
    assert fact.document_id == "social-insurance-law"


def test_orders_count_without_a_year() -> None:
    (fact,) = read("《社会保险经办条例》（国务院令第765号）第二十五条。")
    assert (fact.doc_no, fact.article) == ("国务院令第765号", "第二十五条")


def test_a_title_without_marks_that_carries_a_number() -> None:
    (fact,) = read("执行省医疗保障局关于完善异地就医结算管理的通知（川医保规〔2023〕9号）。")
    assert (fact.title, fact.doc_no) == (
        "省医疗保障局关于完善异地就医结算管理的通知",
        "川医保规〔2023〕9号",
    ) or fact.title.endswith("关于完善异地就医结算管理的通知")


def test_a_number_that_is_cited_alone() -> None:
    (fact,) = read("根据延医保发〔2023〕12号文件精神，现将有关事项说明如下，请各县区参照执行并做好宣传。")
    assert (fact.title, fact.doc_no) == ("延医保发〔2023〕12号", "延医保发〔2023〕12号")


def test_the_number_line_of_the_page_takes_its_title() -> None:
    (fact,) = read("（某医保发〔2024〕3号） 2024年5月6日\n一、总则", title="某市异地就医实施细则")
    assert (fact.title, fact.doc_no) == ("某市异地就医实施细则", "某医保发〔2024〕3号")


def test_the_same_document_with_other_issuers_is_one() -> None:
    facts = read("《国家医保局 财政部关于做好异地就医工作的通知》\n《关于做好异地就医工作的通知》（医保发〔2030〕1号）")
    assert [(fact.title, fact.doc_no) for fact in facts] == [
        ("国家医保局 财政部关于做好异地就医工作的通知", "医保发〔2030〕1号")
    ]
    assert len(facts[0].evidence) == 2


def test_stray_spaces_of_a_pdf_do_not_reach_the_title() -> None:
    (fact,) = read("按照《全国医疗保障经办政 务服务事项清单（2023年版）》规范材料。")
    assert fact.title == "全国医疗保障经办政务服务事项清单（2023年版）"


@pytest.mark.parametrize(
    "text",
    [
        "填写《异地就医登记备案表》。",
        "签署《个人承诺书》。",
        "阅读《备案告知书》。",
        "以下简称《规程》。",
        "据《人民日报》报道。",
        "见《国家基本医疗保险药品目录（2024年版）》。",
        "进入《异地就医》模块。",
    ],
)
def test_what_is_no_basis(text: str) -> None:
    assert read(text) == []


def test_the_quote_holds_title_number_and_article() -> None:
    (fact,) = read("依据《某市医疗保障办法》（某政发〔2021〕7号）执行。")
    assert fact.evidence[0].quote == "《某市医疗保障办法》（某政发〔2021〕7号）"


def test_the_number_of_a_notice_that_issues_a_procedure() -> None:
    (fact,) = read("省医保局关于印发《某省异地就医经办规程》的通知（某医保发〔2022〕9号）")
    assert (fact.title, fact.doc_no) == ("某省异地就医经办规程", "某医保发〔2022〕9号")


def test_a_cited_number_is_not_the_page() -> None:
    (fact,) = read("按照某社保发〔2014〕93号执行。", title="备案指南")
    assert fact.title == "某社保发〔2014〕93号"


def test_rows_of_a_table_of_documents() -> None:
    facts = read(
        "| 依据名称 | 依据文号 | 条款内容 |\n"
        "| 中华人民共和国社会保险法 | 中华人民共和国主席令第三十五号 | 第二十九条第二款：应当建立结算制度 |\n"
        "| 某省异地就医经办服务规程 | 某医保规〔2023〕5号 | 第九条 |"
    )
    assert [(f.title, f.doc_no, f.article) for f in facts] == [
        ("中华人民共和国社会保险法", "中华人民共和国主席令第三十五号", "第二十九条第二款"),
        ("某省异地就医经办服务规程", "某医保规〔2023〕5号", "第九条"),
    ]


def test_fields_one_below_the_other_tell_number_and_article() -> None:
    text = "# 法律法规名称\n《某省医疗保障条例》\n# 依据文号\n某省人民政府令第12号\n# 条款号\n第三十条"
    (fact,) = read(text)
    assert (fact.title, fact.doc_no, fact.article) == ("某省医疗保障条例", "某省人民政府令第12号", "第三十条")


def test_an_order_may_stand_before_its_title() -> None:
    (fact,) = read("依据国务院令第735号《医疗保障基金使用监督管理条例》第十七条办理。")
    assert (fact.doc_no, fact.article) == ("国务院令第735号", "第十七条")
    assert fact.evidence[0].quote == "国务院令第735号《医疗保障基金使用监督管理条例》第十七条"
