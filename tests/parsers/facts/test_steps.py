"""Steps: lists of actions, chains of menus, actions in running text; flows kept apart; rules and hotlines left out."""

from __future__ import annotations

import pytest

from parsers.document import Document
from parsers.facts.steps import find
from parsers.reading import read as read_page
from parsers.records import Step
from tests.parsers.facts.documents import document, table


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


def told(*lines: str, under: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(s.flow, s.text.rstrip("。；")) for s in read(*lines, under=under, title="异地就医备案")]


def test_acts_told_from_sentence_to_sentence_are_one_flow() -> None:
    assert told(
        "先打开“皖事通”APP，切换到合肥站点；再根据自己的情况勾选备案类型，核对页面上的参保信息；之后签署承诺书。"
    ) == [
        ("filing_online", "先打开“皖事通”APP"),
        ("filing_online", "切换到合肥站点"),
        ("filing_online", "再根据自己的情况勾选备案类型"),
        ("filing_online", "核对页面上的参保信息"),
        ("filing_online", "之后签署承诺书"),
    ]


@pytest.mark.parametrize(
    "who", ["", "您本人或家属", "大家可以", "首次办理的人员须", "在社区工作人员的帮助下，她先", "帮父母办理的，子女需"]
)
def test_whoever_acts_the_acts_are_steps(who: str) -> None:
    first, *others = told(f"{who}登录“皖事通”APP，在“医保专区”点开“异地备案”，如实填写就医地，签名后提交。")
    assert first[1].endswith("登录“皖事通”APP")
    assert [text for _, text in others] == ["在“医保专区”点开“异地备案”", "如实填写就医地", "签名后提交"]


def test_the_fields_of_one_form_are_chosen_in_one_step() -> None:
    assert told("参保地选合肥市，就医地选南京市，备案类型选“异地长期居住人员”，上传居住证照片后点击提交。") == [
        ("filing_online", "参保地选合肥市，就医地选南京市，备案类型选“异地长期居住人员”"),
        ("filing_online", "上传居住证照片后点击提交"),
    ]


def test_what_is_filled_in_at_the_desk_belongs_to_going_there() -> None:
    assert told("患者或者家属带上转诊单去门诊一楼的医保科，填写一张转诊登记表，医保科当场录入。")[0] == (
        "filing_offline",
        "患者或者家属带上转诊单去门诊一楼的医保科，填写一张转诊登记表",
    )


def test_acts_at_a_desk_in_order_are_steps() -> None:
    texts = [text for _, text in told("先在取号机上取号，叫号后向窗口人员出示身份证，确认签字后当场办结。")]
    assert texts == ["先在取号机上取号", "叫号后向窗口人员出示身份证", "确认签字后当场办结"]


def test_who_cannot_use_a_phone_is_served_at_a_desk() -> None:
    assert told("不会用智能手机的，可以到街道便民服务中心，由工作人员协助办理，只需出示身份证。") == [
        ("filing_offline", "不会用智能手机的，可以到街道便民服务中心，由工作人员协助办理，只需出示身份证")
    ]


def test_what_the_employer_does_is_a_step() -> None:
    texts = [
        text
        for _, text in told(
            "由部门秘书收齐派驻函，每月25日前交到人力资源部；之后社保专员登录单位网厅，逐人录入并提交。"
        )
    ]
    assert texts == ["由部门秘书收齐派驻函，每月25日前交到人力资源部", "之后社保专员登录单位网厅", "逐人录入并提交"]


def test_being_admitted_and_discharged_is_treatment() -> None:
    assert told("到联网医院办理入院，登记时出示社保卡，出院时自己只需支付个人负担部分。") == [
        ("treatment", "到联网医院办理入院，登记时出示社保卡"),
        ("treatment", "出院时自己只需支付个人负担部分"),
    ]


def test_paying_first_and_handing_in_bills_is_reimbursement() -> None:
    assert told("您需先全额缴费，出院后备齐发票、费用清单，于三个月内交至参保地乡镇便民服务中心。") == [
        ("reimbursement", "您需先全额缴费"),
        ("reimbursement", "出院后备齐发票、费用清单，于三个月内交至参保地乡镇便民服务中心"),
    ]


def test_calling_is_a_step_where_one_says_what_to_tell() -> None:
    assert told("工作日拨打0551-62710000，报上姓名、身份证号和要去的城市。") == [
        ("filing", "工作日拨打0551-62710000，报上姓名、身份证号和要去的城市")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "也可以到县医保经办机构窗口办理。",
        "可以登录“皖事通”APP或“合肥医保”公众号，随时提交备案申请。",
        "公司统一代办。",
        "拨打0551-62710000咨询。",
        "逾期不补的，只能自费结算，您须自行携带发票、费用清单回参保地报销。",
        "经办机构收到申请后，应当在2个工作日内办结，并将结果告知申请人。",
        "急诊抢救的，由医院在系统中勾选急诊标识，患者不需要办理任何手续。",
        "她说，自己在手机上点了几下，没几分钟就收到了短信。",
    ],
)
def test_possibilities_limits_and_what_others_do_are_no_steps(text: str) -> None:
    assert told(text) == []


def test_steps_counted_in_one_sentence_are_steps_of_their_own() -> None:
    texts = [text for _, text in told("第一步准备材料，拍好照片，第二步登录平台申请，第三步等待审核。")]
    assert texts == ["第一步准备材料，拍好照片", "第二步登录平台申请", "第三步等待审核"]


def test_looking_at_the_result_is_the_last_item_of_a_procedure() -> None:
    steps = page(
        FILLER
        + "<h3>办理流程</h3><p>第一步：登录APP，点“异地备案”；</p><p>第二步：上传照片并提交；</p><p>第三步：在“我的办件”里看结果。</p>"
    )
    assert [s.text.rstrip("；。") for s in steps][-1] == "在“我的办件”里看结果"


def test_counted_paragraphs_below_a_heading_are_steps() -> None:
    steps = page(
        FILLER
        + "<h3>【办理步骤】</h3><p>第一，申请人备齐材料提出申请。</p><p>第二，经办人员核对参保状态。</p><p>第三，审核通过后短信告知。</p>"
    )
    assert [step.text for step in steps] == [
        "申请人备齐材料提出申请。",
        "经办人员核对参保状态。",
        "审核通过后短信告知。",
    ]


def test_advice_for_a_stay_is_treatment() -> None:
    steps = page(
        FILLER + "<h3>到了医院请注意</h3><ul><li>入院登记时说明是异地医保，出示社保卡；</li>"
        "<li>住院期间不要更换结算方式；</li><li>出院时结清个人承担的部分。</li></ul>"
    )
    assert [(step.flow, step.text[:2]) for step in steps] == [("treatment", "入院"), ("treatment", "出院")]


@pytest.mark.parametrize(
    "text",
    [
        "其次是怎么办。",
        "最后提醒，经办机构拒绝受理的，您可以向当地医保局投诉。",
        "另外，支付宝搜索“豫事办”、电脑登录政务服务网也行。",
    ],
)
def test_what_is_announced_or_offered_besides_is_no_step(text: str) -> None:
    assert read(text) == []


def test_help_at_a_desk_is_a_step() -> None:
    (step,) = read("不方便上网的，带身份证去便民服务站，由工作人员帮您办。")
    assert step.flow == "filing_offline"


def test_two_ways_in_are_no_steps() -> None:
    assert read("打开“皖事通”APP，或者在微信里搜“安徽医保”小程序办理备案。") == []


def test_a_change_on_a_screen_is_one_from_its_first_step() -> None:
    steps = read("登录“皖事通”APP，点击“我的备案”，选择“变更就医地”后提交。")
    assert {step.flow for step in steps} == {"change_cancel"}


def test_papers_gathered_and_sent_on_are_a_step_of_a_list() -> None:
    lines = ("<li>员工填好备案表交联络员</li>", "<li>综合员每月汇总寄到人事处</li>", "<li>人事处批量申报备案</li>")
    steps = page(f"{FILLER}<h3>集中办理流程</h3><ol>{''.join(lines)}</ol>")
    assert [step.text for step in steps] == ["员工填好备案表交联络员", "综合员每月汇总寄到人事处", "人事处批量申报备案"]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("搬家后换城市的，先在小程序“我的登记”里点“变更地点”，当天生效。", "变更地点"),
        ("打算回来长住，在APP里点“取消备案”，第二天恢复。", "取消备案"),
        ("在“晋心办”的记录页里点撤销，当天就能重新填。", "点撤销"),
    ],
)
def test_one_click_that_changes_or_ends_a_filing_is_a_step(text: str, last: str) -> None:
    (step,) = read(text)
    assert (step.flow, last in step.text) == ("change_cancel", True)


def test_each_thing_done_on_the_screen_is_a_step() -> None:
    steps = read("打开“湘妹医保”APP，完成实名认证，切换到株洲站点，首页点“异地备案”，选好类型和城市。")
    assert [step.text.rstrip("。") for step in steps] == [
        "打开“湘妹医保”APP",
        "完成实名认证",
        "切换到株洲站点",
        "首页点“异地备案”",
        "选好类型和城市",
    ]


def test_the_screen_goes_on_in_the_next_sentence() -> None:
    steps = read(
        "用小程序备案：先刷脸登录，再点“跨省备案”，把城市填上。退休的传户口簿照片，手写承诺也算。填完提交，次日有短信。"
    )
    assert [step.text.rstrip("。") for step in steps[-2:]] == [
        "退休的传户口簿照片，手写承诺也算",
        "填完提交，次日有短信",
    ]
    assert {step.flow for step in steps} == {"filing_online"}


def test_another_paper_that_does_as_well_belongs_to_its_step() -> None:
    steps = read("登录平台，点“备案申请”，务工的上传用工合同，没有合同的，签一份承诺书也行。")
    assert steps[-1].text.rstrip("。") == "务工的上传用工合同，没有合同的，签一份承诺书也行"


def test_what_the_applicant_does_after_the_desk_is_a_step() -> None:
    steps = page(
        FILLER
        + "<h3>窗口如何办理</h3><p>申请人带齐材料到窗口取号；窗口人员当面审核材料；系统录入完成后，申请人领取回执。</p>"
    )
    assert [step.text.rstrip("。；") for step in steps] == [
        "申请人带齐材料到窗口取号",
        "系统录入完成后，申请人领取回执",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "补好以后拿着发票、总清单、出院记录回去手工报销。",
        "出院后带上收据、清单、病历和本人银行卡回株洲报。",
        "三个月内拿发票、清单、出院证来5号窗口，我们帮您报。",
        "先在医院盖章，发票、清单和小结盖章后带回参保地申请手工报销。",
    ],
)
def test_bills_taken_home_are_a_claim(text: str) -> None:
    assert read(text)[-1].flow == "reimbursement"


def test_papers_handed_in_below_the_heading_of_a_claim() -> None:
    (step,) = read("收据、清单、小结各一份。材料交到镇医保服务站即可。", under=("手工报销",))
    assert (step.flow, step.text.rstrip("。")) == ("reimbursement", "材料交到镇医保服务站即可")


def test_a_stay_told_as_a_list_is_treatment_whole() -> None:
    steps = page(
        FILLER
        + "<h3>三、住院</h3><ul><li>到住院部出示社保卡，说明是外省医保。</li><li>工作人员核对备案信息后登记。</li>"
        "<li>出院时在窗口结清个人部分。</li></ul>"
    )
    assert [step.flow for step in steps] == ["treatment"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "不愿跑腿的，打开“闽银”APP，在社保专区里提交换卡申请。",
        "会上网的，在微信里搜“异地就医”小程序，或者用赣江通里的专区，自己点几下就行。",
        "去年自己垫付的住院费，今年已经报过。",
        "他没备案去了外省，医院让全额自费。",
        "自费出院了也能补备案，只是只能拿票据回来报销。",
    ],
)
def test_other_business_places_and_tales_are_no_steps(text: str) -> None:
    assert read(text) == []


def test_names_of_entrances_in_a_list_of_ways_are_no_steps() -> None:
    steps = page(
        FILLER + "<h3>怎么办理</h3><ul><li>赣通APP：首页→异地备案→选类型→提交</li><li>“赣通备案”微信小程序</li></ul>"
    )
    assert [step.rule for step in steps if "小程序" in step.text] == []


def test_a_title_that_promises_one_way_gives_the_flow() -> None:
    steps = read("传照片，点“提交”。", under=("步骤5",), title="手机办理异地就医备案教程")
    assert {step.flow for step in steps} == {"filing_online"}


def test_what_the_hospital_does_in_its_own_system_is_not_online() -> None:
    steps = page(
        FILLER + "<h3>转诊流程</h3><ol><li>主管医师填写转诊表并签字</li><li>医保办在医保信息平台上传备案</li></ol>"
    )
    assert "filing_online" not in {step.flow for step in steps}


def test_staff_of_an_employer_by_other_names() -> None:
    steps = read("各项目部把登记表报到公司，由薪酬科在医保网厅统一申报。")
    assert steps[-1].text.rstrip("。").endswith("由薪酬科在医保网厅统一申报")


def test_a_procedure_told_between_semicolons_is_read_to_its_end() -> None:
    steps = read("网上流程如下：注册登录平台APP；进入异地备案模块；选择参保地和就医地；签署承诺书；提交材料。")
    assert [step.text.rstrip("；。")[:4] for step in steps] == [
        "注册登录",
        "进入异地",
        "选择参保",
        "签署承诺",
        "提交材料",
    ]
    assert {step.flow for step in steps} == {"filing_online"}


def test_going_to_an_office_to_fill_in_its_form_is_a_step() -> None:
    steps = read("申请人到县医保经办机构提出申请，填写《异地就医登记表》，经办机构审核后录入系统。")
    assert [(step.flow, step.text) for step in steps] == [
        ("filing_offline", "申请人到县医保经办机构提出申请"),
        ("filing_offline", "填写《异地就医登记表》"),
    ]


def test_ones_own_share_on_leaving_is_treatment() -> None:
    steps = read("办住院时把社保卡交给收费处，出院只付自费的部分。")
    assert {step.flow for step in steps} == {"treatment"}


def test_a_head_that_names_the_stage_makes_its_list_a_procedure() -> None:
    steps = page(
        FILLER
        + "<h3>出发之前：办手续</h3><ol><li>请先问清参保地的要求，再用APP办理备案</li><li>选择要去的城市，填写回来的日期</li></ol>"
        + "<h3>入院那天：亮身份</h3><ul><li>办入院登记时出示社保卡</li><li>受外伤的填写受伤情况表交医保办</li></ul>"
    )
    assert [(step.flow.partition("_")[0], step.text[:4]) for step in steps] == [
        ("filing", "请先问清"),
        ("filing", "选择要去"),
        ("treatment", "办入院登"),
        ("treatment", "受外伤的"),
    ]


def test_the_column_of_a_table_that_says_what_is_done() -> None:
    rows = (
        ("环节", "办理步骤", "时限"),
        ("申请", "申请人携带材料到窗口提出申请", "-"),
        ("受理", "柜员核对材料，缺件的告知补正", "即时"),
        ("办结", "录入备案信息", "即时"),
    )
    steps = [fact for fact in find(table(*rows)) if isinstance(fact, Step)]
    assert [step.text for step in steps] == [row[1] for row in rows[1:]]


def test_what_is_opened_before_a_chain_of_menus_is_a_step() -> None:
    steps = read("登录“甘快办”APP，或者在支付宝里打开“甘快办”；点“医保”→“异地就医”→“备案”。")
    assert [step.text[:7] for step in steps] == ["登录“甘快办”", "点“医保”→“"]


def test_what_is_handed_in_on_filing_is_a_step() -> None:
    steps = read("备案时报上姓名和电话，再把居住证拍照上传。")
    assert [step.text.rstrip("。") for step in steps] == ["备案时报上姓名和电话", "再把居住证拍照上传"]


@pytest.mark.parametrize(
    "text",
    [
        "办理途径有两条：一是支付宝搜索“皖事通”小程序；二是手机安装国家医保服务平台APP。",
        "没备案的只能全额垫付，之后回参保地报销。",
        "首先，看手续在不在有效期。",
        "也可以请单位经办人在网厅批量申报。",
    ],
)
def test_ways_to_choose_and_things_to_consider_are_no_steps(text: str) -> None:
    assert read(text) == []
