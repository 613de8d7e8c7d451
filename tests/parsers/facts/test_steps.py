"""Steps: lists of actions, chains of menus, actions in running text; flows kept apart; rules and hotlines left out."""

from __future__ import annotations

from parsers.document import Document
from parsers.facts.steps import find
from parsers.reading import read as read_page
from parsers.records import Step
from tests.parsers.facts.documents import document


def read(*lines: str, under: tuple[str, ...] = (), title: str = "") -> list[Step]:
    return [fact for fact in find(document(*lines, under=under, title=title)) if isinstance(fact, Step)]


def page(body: str, title: str = "异地就医备案") -> list[Step]:
    html = f"<html><head><title>{title}</title></head><body><div class='article'>{body}</div></body></html>"
    reading = read_page(html.encode())
    return [fact for fact in find(Document(reading.outline, title=title)) if isinstance(fact, Step)]


FILLER = "<p>参保人员到省外看病之前，应当先办理异地就医备案，备案以后才能在医院直接结算，具体办法说明如下，请大家仔细阅读。</p>"


def test_items_under_a_procedure_are_its_steps_in_order() -> None:
    steps = page(
        FILLER
        + "<h3>线上办理流程</h3><ol><li>登录“皖事通”APP</li><li>点击“异地备案”并填写就医地</li><li>提交后等待审核</li></ol>"
    )
    assert [(s.flow, s.order, s.text) for s in steps] == [
        ("filing_online", 1, "登录“皖事通”APP"),
        ("filing_online", 2, "点击“异地备案”并填写就医地"),
        ("filing_online", 3, "提交后等待审核"),
    ]


def test_an_action_of_the_agency_names_its_actor() -> None:
    steps = page(
        FILLER
        + "<h3>办理流程</h3><p>1.申请人携带身份证到窗口提出申请；</p><p>2.经办机构受理审核；</p><p>3.工作人员打印回执。</p>"
    )
    assert [s.actor for s in steps] == ["applicant", "agency", "agency"]


def test_a_menu_chain_is_one_step_with_its_nodes() -> None:
    (step,) = read("国家医保服务平台App首页→异地备案→备案申请→提交")
    assert step.menu == ("国家医保服务平台app首页", "异地备案", "备案申请", "提交")
    assert step.flow == "filing_online"


def test_prose_is_cut_before_each_action() -> None:
    steps = read("登录平台后进入“异地备案”板块，填写就医地和开始日期，上传居住证照片，提交申请即可。")
    assert [s.text for s in steps] == [
        "登录平台后进入“异地备案”板块",
        "填写就医地和开始日期",
        "上传居住证照片",
        "提交申请即可。",
    ]


def test_bringing_papers_to_a_desk_is_one_step() -> None:
    (step,) = read("携带社保卡和备案表，前往参保地医保中心窗口办理。", under=("线下办理",))
    assert step.text == "携带社保卡和备案表，前往参保地医保中心窗口办理。"
    assert step.flow == "filing_offline"


def test_changing_and_claiming_have_flows_of_their_own() -> None:
    (change,) = read("打开“贵州医保”小程序→我的备案→取消备案", under=("怎样取消",))
    assert change.flow == "change_cancel"
    claims = read("先自费结算，再持发票、清单和出院记录回参保地医保窗口申请零星报销。")
    assert {s.flow for s in claims} == {"reimbursement"}


def test_limits_and_hotlines_in_a_list_of_steps_are_none() -> None:
    steps = page(
        FILLER
        + "<h3>办理流程</h3><ol><li>登录APP提交备案申请</li><li>备案有效期6个月。</li><li>咨询电话：0851-5550000</li></ol>"
    )
    assert [s.text for s in steps] == ["登录APP提交备案申请"]


def test_questions_and_lists_of_papers_are_no_procedures() -> None:
    assert page(FILLER + "<h3>申请材料</h3><ol><li>身份证</li><li>填写好的备案表</li></ol>") == []
    assert read("经办机构应当按照规定做好备案审核工作。", under=("工作要求",)) == []


def test_the_type_of_the_heading_is_the_type_of_the_step() -> None:
    steps = page(
        FILLER + "<h3>异地转诊人员备案流程</h3><ol><li>持转诊单到窗口申请备案</li><li>填写登记表并提交</li></ol>"
    )
    assert {s.filing_types for s in steps} == {("referral",)}
