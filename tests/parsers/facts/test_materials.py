"""What counts as a demand for a paper, and how alternatives, members, conditions and flows are told."""

import pytest

from parsers.facts.materials import find
from parsers.records import Issue, Material
from tests.parsers.facts.documents import table
from tests.parsers.facts.outlines import page


def read(text: str, title: str = "") -> list[Material]:
    return [fact for fact in find(page(text, title=title)) if isinstance(fact, Material)]


def one(text: str, code: str, title: str = "") -> Material:
    (fact,) = [fact for fact in read(text, title) if fact.code == code]
    return fact


def codes(text: str, title: str = "") -> list[str]:
    return [fact.code for fact in read(text, title)]


# ---- what is a demand ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请您带好身份证和社保卡到窗口办理备案。", ["id_card", "social_card"]),
        ("办理备案应填写《某市异地就医备案表》。", ["filing_form"]),
        ("住院发票、总清单、出院证攒在一起寄回来报销。", ["invoice", "fee_list", "discharge_summary"]),
        ("备案时身份证、备案表缺一不可。", ["id_card", "filing_form"]),
        ("先到三级医院开转诊单。", ["referral_form"]),
    ],
)
def test_papers_that_are_asked_for(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "社保卡遗失的请到银行挂失。",
        "医保电子凭证与社保卡具有同等效力。",
        "请妥善保管社保卡。",
        "医疗机构应当如实书写病历、处方。",
        "备案材料应当齐全有效。",
        "转诊证明、户口本都不需要。",
        "备案不用再交居住证明。",
        "如何激活医保电子凭证？",
        "拒绝开具转诊单的，可以投诉。",
        "推广医保电子凭证、社保卡在就医购药中的应用。",
        "定点医院应向患者提供发票和费用清单。",
        "经办机构对发票、病历进行审核。",
        "结算信息包括费用清单、处方等。",
        "变更银行账户、手机号码的应及时告知。",
        "持有居住证的外地户籍人员可以参保。",
        "凭身份证查询备案进度。",
        "医院上传的急诊病历应真实完整。",
    ],
)
def test_papers_that_are_only_mentioned_or_waived(text: str) -> None:
    assert codes(text) == []


def test_a_heading_of_materials_makes_every_item_a_demand() -> None:
    assert codes("# 三、申请材料\n- 户口簿\n- 居住证") == ["household_book", "residence_permit"]


def test_another_heading_ends_the_list() -> None:
    assert codes("# 申请材料\n- 户口簿\n# 办理流程\n- 居住证到期的先换证") == ["household_book"]


def test_the_column_of_names_demands_and_the_other_columns_describe() -> None:
    table = "| 序号 | 材料名称 | 填报须知 |\n| 1 | 居住证 | 核验身份证原件 |\n| 2 | 备案表 | 可在窗口领取 |"
    assert codes(table) == ["residence_permit", "filing_form"]


def test_the_row_head_names_the_list() -> None:
    assert codes("| 项目 | 内容 |\n| 所需材料 | 身份证；社保卡 |\n| 办理时限 | 持卡即办 |") == [
        "id_card",
        "social_card",
    ]


def test_the_verb_reaches_over_semicolons_of_its_block() -> None:
    assert codes("办理备案需提供：身份证；户口簿；备案表。") == ["id_card", "household_book", "filing_form"]


# ---- alternatives and members -------------------------------------------------------------------------------
def test_or_binds_tighter_than_a_list() -> None:
    facts = read("备案需提供身份证或社保卡、备案表。")
    assert [(f.code, f.alternatives) for f in facts] == [("id_card", ("social_card",)), ("filing_form", ())]


def test_papers_of_one_class_closed_by_or_are_one_choice() -> None:
    facts = read("备案需提供社保卡、身份证或医保码。")
    assert [(f.code, f.alternatives) for f in facts] == [("social_card", ("id_card", "e_voucher"))]


@pytest.mark.parametrize("end", ["任选其一", "中的一种", "（任选一项）", "之一"])
def test_one_of_several(end: str) -> None:
    facts = read(f"长期居住的提供居住证、房产证、租房合同{end}。")
    assert [(f.code, f.alternatives) for f in facts] == [("residence_permit", ("property_cert", "lease"))]


def test_slashes_are_alternatives() -> None:
    assert one("备案需提供居住证/房产证。", "residence_permit").alternatives == ("property_cert",)


def test_members_in_brackets_are_examples_and_the_commitment_an_alternative() -> None:
    fact = one("需提供异地工作证明（派驻函、劳动合同）或个人承诺书。", "work_proof")
    assert fact.examples == ("dispatch_letter", "labor_contract")
    assert fact.alternatives == ("commitment",)


def test_a_class_name_behind_its_members_takes_them_as_examples() -> None:
    fact = one("需提供居住证、房产证等居住证明。", "residence_proof")
    assert fact.examples == ("residence_permit", "property_cert")


def test_such_as_gives_examples() -> None:
    fact = one("# 材料\n- 居住证明（如有）：如居住证、暂住证等。", "residence_proof")
    assert fact.examples == ("residence_permit", "temp_residence_permit")
    assert fact.modality == "optional"


def test_a_name_without_a_code_stands_for_its_members() -> None:
    facts = read("上传相关材料（可能包括身份证、居住证等）。")
    assert [(f.code, f.modality) for f in facts] == [("id_card", "may"), ("residence_permit", "may")]


def test_a_category_label_of_identity_gives_way_to_its_members() -> None:
    facts = read("# 材料\n- 身份证明：身份证、医保卡（或社保卡）。")
    assert [(f.code, f.alternatives) for f in facts] == [("id_card", ()), ("med_card", ("social_card",))]


@pytest.mark.parametrize(
    "text",
    [
        "办理备案须提供下列材料任意一项：居住证；房产证；租房合同。",
        "# 材料\n长期居住的提供下列材料之一：\n- 居住证\n- 房产证\n- 租房合同",
    ],
)
def test_a_list_of_which_one_will_do(text: str) -> None:
    assert [(f.code, f.alternatives) for f in read(text)] == [("residence_permit", ("property_cert", "lease"))]


def test_what_these_are_spared_or_replaced_is_no_demand() -> None:
    assert codes("备案签个字就行，居住证、劳动合同这些都不用交。") == []
    assert "residence_permit" not in codes("备案用承诺书代替居住证。")


def test_two_choices_in_one_sentence_stay_apart() -> None:
    facts = read("需提供身份证、社保卡二选一，派驻函、劳动合同任意一项或个人承诺书。")
    assert [(f.code, f.alternatives) for f in facts] == [
        ("id_card", ("social_card",)),
        ("dispatch_letter", ("labor_contract", "commitment")),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("单位开个证明就行。", "employer_letter"),
        ("提供派驻外地工作的证明。", "dispatch_letter"),
        ("由村（居）委会出具证明。", "residence_proof"),
    ],
)
def test_papers_that_are_described_and_not_named(text: str, code: str) -> None:
    assert codes("# 所需材料\n- " + text) == [code]


# ---- flows --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("备案时携带社保卡到医保窗口办理。", "filing"),
        ("备案后持社保卡在联网医院直接结算。", "treatment"),
        ("挂号时请出示社保卡。", "treatment"),
        ("刷社保卡就行。", "treatment"),
        ("带上社保卡回参保地手工报销。", "reimbursement"),
    ],
)
def test_one_card_in_three_flows(text: str, flow: str) -> None:
    assert one(text, "social_card").flow == flow


def test_papers_beside_an_invoice_belong_to_the_claim() -> None:
    facts = read("把发票、诊断书和转诊表交到医保中心。")
    assert {f.flow for f in facts} == {"reimbursement"}


def test_the_heading_tells_the_flow() -> None:
    facts = read("# 零星报销所需材料\n- 身份证\n- 诊断证明")
    assert {f.flow for f in facts} == {"reimbursement"}


# ---- whom, when, from whom ----------------------------------------------------------------------------------
def test_types_come_from_the_clause() -> None:
    facts = {f.code: f.filing_types for f in read("异地安置退休人员提供户口簿；常驻异地工作人员提供劳动合同。")}
    assert facts == {"household_book": ("retired_resettled",), "labor_contract": ("stationed_work",)}


def test_a_type_inside_the_name_of_a_paper_is_no_subject() -> None:
    assert one("学生备案需提供异地安置认定材料。", "settlement_proof").filing_types != ("long_term",)


@pytest.mark.parametrize(
    ("paper", "code", "types"),
    [
        ("转诊单", "referral_form", ("referral",)),
        ("急诊证明", "emergency_proof", ("emergency",)),
        ("居住证明", "residence_proof", ("long_term",)),
    ],
)
def test_some_papers_imply_whom_they_are_for(paper: str, code: str, types: tuple[str, ...]) -> None:
    assert one(f"# 所需材料\n- {paper}", code).filing_types == types


def test_a_claim_is_for_everybody_whatever_the_title_says() -> None:
    assert one("报销时提供发票和费用清单。", "invoice", title="异地安置退休人员备案").filing_types == ()


def test_condition_of_the_proxy() -> None:
    fact = one("# 材料\n- 委托他人办理的，还须提供受托人身份证。", "agent_id")
    assert fact.condition == "委托他人办理的"


def test_condition_of_a_member() -> None:
    fact = one("上传居住证(非本地户籍)或学校证明(学生)。", "residence_permit")
    assert (fact.condition, fact.alternatives) == ("非本地户籍", ("enrolment_proof",))


def test_who_issues_it_and_what_it_must_bear() -> None:
    fact = one("# 材料\n- 转诊证明：由本市二级医院出具，需科主任签字。", "referral_form")
    assert (fact.issuer, fact.requirement) == ("本市二级医院", "需科主任签字")
    assert one("提供参保地三级医院开具的转诊单。", "referral_form").issuer == "参保地三级医院"


def test_original_copies_and_count() -> None:
    facts = {f.code: f for f in read("# 材料\n- 身份证原件及复印件\n- 户口簿复印件2份\n- 1寸照片2张")}
    assert (facts["id_card"].original, facts["id_card"].copies) == (True, 1)
    assert facts["household_book"].copies == 2
    assert facts["photo"].count == 2


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("备案需提供转诊单。", "must"),
        ("有转诊单的也可上传。", "optional"),
        ("可能需要提供转诊单。", "may"),
        ("建议携带转诊单。", "recommended"),
    ],
)
def test_modality(text: str, modality: str) -> None:
    assert one(text, "referral_form").modality == modality


# ---- data to type in ----------------------------------------------------------------------------------------
def test_numbers_are_information_not_papers() -> None:
    facts = read("电话备案时报姓名、身份证号、联系电话。")
    assert [(f.code, f.form) for f in facts] == [("basic_info", "information")]


def test_a_declaration_is_a_commitment() -> None:
    fact = one("申请人需承诺半年内不变更就医地。", "commitment")
    assert (fact.form, fact.modality) == ("declaration", "must")


# ---- names that only the left side settles ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("提供《零星报销申请表》。", "reimb_form"),
        ("提供《转诊转院审批表》。", "referral_form"),
        ("提供《外伤无第三方责任承诺书》。", "injury_statement"),
        ("提供代办人的有效身份证。", "agent_id"),
    ],
)
def test_codes_settled_by_the_words_before(text: str, code: str) -> None:
    assert codes(text) == [code]


# ---- one entry, several quotes ------------------------------------------------------------------------------
def test_repetitions_become_one_entry_with_all_quotes() -> None:
    fact = one("异地安置退休人员提供身份证。\n异地转诊人员提供身份证。", "id_card")
    assert fact.filing_types == ("referral", "retired_resettled")
    assert [e.quote for e in fact.evidence] == ["异地安置退休人员提供身份证。", "异地转诊人员提供身份证。"]


def test_the_same_paper_in_two_flows_is_two_entries() -> None:
    facts = read("备案时提供社保卡。\n报销时提供社保卡和发票。")
    assert [(f.code, f.flow) for f in facts if f.code == "social_card"] == [
        ("social_card", "filing"),
        ("social_card", "reimbursement"),
    ]


# ---- what the vocabulary does not know ----------------------------------------------------------------------
def test_an_unknown_paper_in_a_list_is_kept_and_reported() -> None:
    found = list(find(page("# 所需材料\n- 身份证\n- 离休干部荣誉证")))
    assert [(f.code, f.name) for f in found if isinstance(f, Material)] == [
        ("id_card", "身份证"),
        ("other", "离休干部荣誉证"),
    ]
    assert [(i.code, i.detail) for i in found if isinstance(i, Issue)] == [("unknown_material", "离休干部荣誉证")]


def test_an_unknown_paper_in_a_run_of_known_ones() -> None:
    found = list(find(page("报销时提供发票、费用清单、交通事故认定书。")))
    assert [f.name for f in found if isinstance(f, Material) and f.code == "other"] == ["交通事故认定书"]


@pytest.mark.parametrize("item", ["材料不齐的一次性告知", "其他相关材料", "以上材料均需原件"])
def test_remarks_in_a_list_are_no_papers(item: str) -> None:
    assert codes(f"# 所需材料\n- 身份证\n- {item}") == ["id_card"]


def test_quotes_are_where_they_say() -> None:
    document = page("# 材料\n- 身份证原件\n持社保卡就医，出院时直接结算。")
    for fact in find(document):
        assert isinstance(fact, Material)
        for evidence in fact.evidence:
            assert document.outline.text[evidence.start : evidence.end] == evidence.quote


def test_the_flow_reaches_over_semicolons() -> None:
    facts = read("报销须提交：发票、费用清单；由他人代办的，另需提供代办人身份证。")
    assert {f.code: f.flow for f in facts}["agent_id"] == "reimbursement"


def test_a_label_tells_what_a_card_is_for() -> None:
    assert one("就医凭证：社保卡、医保电子凭证", "social_card").flow == "treatment"


def test_to_keep_a_paper_safe_is_no_demand() -> None:
    assert codes("应妥善保管发票。") == []


def test_what_stands_in_for_a_paper_one_lacks_is_its_alternative() -> None:
    facts = read("备案需提供身份证和居住证，没有居住证的可提供租房合同。")
    assert [(f.code, f.alternatives) for f in facts] == [("id_card", ()), ("residence_permit", ("lease",))]


def test_the_medium_a_list_belongs_to() -> None:
    assert one("# 窗口办理\n携带身份证办理备案。", "id_card").channel_kind == "window"
    assert one("提供身份证办理备案。", "id_card").channel_kind is None


def test_cards_shown_at_the_desk_of_a_hospital() -> None:
    assert one("持社保卡到医院窗口办理出院结算。", "social_card").flow == "treatment"
    assert one("持社保卡到医保窗口办理异地就医备案。", "social_card").flow == "filing"


def test_a_predicate_that_makes_papers_optional() -> None:
    facts = {f.code: f.modality for f in read("身份证、备案表必须提供，居住证、单位证明视情况提供。")}
    assert facts == {
        "id_card": "must",
        "filing_form": "must",
        "residence_permit": "optional",
        "employer_letter": "optional",
    }


@pytest.mark.parametrize("form", ["《参保人员异地就医备案表》", "《某市医保参保职工异地就医登记表》"])
def test_forms_of_the_insured_are_filing_forms(form: str) -> None:
    assert codes(f"填写{form}。") == ["filing_form"]


def test_a_choice_in_brackets_ends_with_them() -> None:
    facts = read("# 材料\n长期居住的：居住证明（以下之一：①居住证；②房产证）；转诊的：转诊单。")
    assert [(f.code, f.examples, f.alternatives) for f in facts] == [
        ("residence_proof", ("residence_permit", "property_cert"), ()),
        ("referral_form", (), ()),
    ]


def test_each_group_of_a_chain_has_its_own_paper() -> None:
    facts = read("都要带身份证。异地安置退休人员加户口簿，常驻异地工作人员加派遣函，转诊的加转诊单。")
    assert {f.code: f.filing_types for f in facts} == {
        "id_card": (),
        "household_book": ("retired_resettled",),
        "dispatch_letter": ("stationed_work",),
        "referral_form": ("referral",),
    }


@pytest.mark.parametrize(
    "text",
    [
        "小程序办理的，需提供单位派驻函。\n变更就医地的，需提供派驻函。",
        "变更就医地的，需提供派驻函。\n小程序办理的，需提供单位派驻函。",
    ],
)
def test_a_paper_asked_for_twice_is_the_same_in_any_order(text: str) -> None:
    (fact,) = [f for f in find(page(text)) if isinstance(f, Material)]
    assert (fact.name, fact.channel_kind) == ("派驻函", None)


def test_the_head_of_a_column_is_no_paper() -> None:
    assert codes("| 备案类别 | 必备材料 |\n| 转诊 | 社会保障卡 |") == ["social_card"]


@pytest.mark.parametrize(
    "text",
    [
        "备案由家属代办的，带家属身份证即可。",
        "备案委托他人代办的，另带亲属本人的身份证。",
        "备案的代办人要带自己的身份证。",
    ],
)
def test_who_acts_for_the_insured_shows_who_they_are(text: str) -> None:
    assert codes(text) == ["agent_id"]


def test_an_identity_paper_for_a_change_is_a_demand_of_its_own() -> None:
    facts = read("办理备案的，提供居民身份证。\n申请变更、撤销的，持居民身份证到备案窗口办理。")
    assert [(fact.code, fact.condition) for fact in facts] == [
        ("id_card", "办理备案的"),
        ("id_card", "申请变更、撤销的"),
    ]


def test_data_to_type_in_among_other_data() -> None:
    assert codes("备案时填写备案地、开始日期、联系电话。") == ["basic_info"]


def test_a_choice_of_ways_is_no_choice_of_papers() -> None:
    text = "# 备案：三条路任选\n1. 打电话，报上姓名、身份证号。\n2. 跑一趟，带上身份证和一寸照片。"
    assert codes(text) == ["basic_info", "id_card", "photo"]


def test_a_paper_handed_in_by_taking_its_picture() -> None:
    assert codes("备案要把居住证明拍照传上去。") == ["residence_proof"]


def test_what_a_hospital_uploads_is_asked_of_nobody() -> None:
    assert codes("备案由转出医院上传转诊单。") == []


# ---- ways of writing met on pages of others -------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "家人代办备案的，要带患者和代办人的身份证。",
        "由家属带两个人的身份证到窗口代办备案。",
        "委托他人备案的，请出示双方的身份证。",
    ],
)
def test_a_paper_of_two_people_is_two_demands(text: str) -> None:
    assert codes(text) == ["id_card", "agent_id"]


def test_a_title_that_only_says_that_care_is_paid_makes_no_claim_of_a_procedure() -> None:
    text = "镇上办：到便民服务中心医保窗口，带身份证就行。"
    assert one(text, "id_card", title="老乡在外看病报销须知").flow == "filing"
    assert one(text, "id_card", title="外地看病手工报销须知").flow == "reimbursement"


def test_pictures_to_send_are_a_list_of_papers() -> None:
    html = "<h3>传什么图片</h3><p>长期的：居住证。转诊：市人民医院等三级医院的转诊单。</p>"
    assert codes(html) == ["residence_permit", "referral_form"]


def test_what_stands_before_a_choice_is_asked_for_in_any_case() -> None:
    found = read("备案须交异地就医备案表，并附下列之一：居住证、租房合同。")
    assert [(f.code, f.alternatives) for f in found] == [("filing_form", ()), ("residence_permit", ("lease",))]


def test_an_or_between_two_conditions_joins_no_papers() -> None:
    found = codes("备案的联系方式变化，或者回老家定居的，应申请变更，只凭身份证办理。")
    assert found == ["id_card"]


@pytest.mark.parametrize(
    "text",
    [
        "身份证、医保码截图别发给陌生人，谨防备案骗局。",
        "自己拿不准的，打开医保电子凭证，首页显示的就是参保地。",
    ],
)
def test_a_warning_and_a_look_at_ones_card_are_no_demand(text: str) -> None:
    assert codes(text) == []


def test_a_card_shown_where_no_filing_is_needed_is_for_treatment() -> None:
    assert one("在省内跨市住院不用备案，拿着医保码直接住。", "e_voucher").flow == "treatment"


def test_a_promise_that_may_be_given_instead_stays_a_choice() -> None:
    text = "派驻证明一时开不出来的，可先签个人承诺书完成备案。凭承诺书备案的，满6个月才能变更。"
    assert one(text, "commitment").modality == "may"


# ---- shown while treated, passed on by others, asked of two ---------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "省内看病不用备案，揣上社保卡就能住院。",
        "出院那天拿社保卡到收费窗口一刷就行，自己只掏自付的那块。",
        "入院登记处会让您出示社保卡。",
        "在外地看门诊，亮一下社保卡就结了。",
        "到住院部登记台，出示社保卡，说清是外地医保。",
        "把老人的社保卡交给住院处的护士就可以。",
        "已备案人员就医购药的，出示社保卡，只需缴纳个人负担部分。",
        "挂号时出示社保卡，窗口和自助机都能直接结算。",
    ],
)
def test_a_card_shown_to_the_hospital_belongs_to_the_treatment(text: str) -> None:
    assert one(text, "social_card").flow == "treatment"


def test_a_statement_for_the_insurance_office_of_the_hospital_belongs_to_the_treatment() -> None:
    text = "# 住院\n- 因摔伤住院的填写外伤情况说明，交医保科核实后联网登记。"
    assert one(text, "injury_statement").flow == "treatment"


@pytest.mark.parametrize(
    "text",
    [
        "居住证、房产证、租房合同，三选一。",
        "居住证、房产证、租房合同，三样交一样就好。",
        "居住证、房产证、租房合同，有哪个传哪个。",
        "居住证、房产证、租房合同，有一个就够了。",
        "居住证、房产证、租房合同随便交一个就成。",
    ],
)
def test_colloquial_words_for_one_of_several(text: str) -> None:
    facts = read(text)
    assert [(f.code, f.alternatives) for f in facts] == [("residence_permit", ("property_cert", "lease"))]


@pytest.mark.parametrize(
    "text",
    [
        "以个人承诺书备案的，满半年才能改。",
        "用承诺书登记的，三个月内不能变更。",
        "长期备案可以不交证明、改签承诺书。",
        "实在没有的，签一份承诺书也行。",
        "备案时上传居住照片或本人签名的承诺书。",
    ],
)
def test_a_promise_is_one_of_two_ways(text: str) -> None:
    assert [f.modality for f in read(text) if f.code == "commitment"] in ([], ["may"])


def test_a_paper_one_lacks_may_be_named_without_harm() -> None:
    fact = one("备案要上传居住证。没有居住证也没关系，勾选承诺书即可。", "residence_permit")
    assert fact.alternatives == ("commitment",)


@pytest.mark.parametrize(
    "text",
    [
        "转诊单由医院直接传到医保中心，病人不用再交。",
        "备案不用跑腿，由就诊医院上传转诊单。",
        "您的户口簿通过部门共享获取。",
        "带身份证到银行网点补办社保卡。",
        "如需查询费用清单，可登录软件查看。",
        "经办人员在系统里录入就医地、联系电话。",
        "拿到报销单以后再申请商业保险。",
    ],
)
def test_papers_that_others_pass_on_or_that_serve_something_else(text: str) -> None:
    assert codes(text) == []


def test_a_row_that_nobody_hands_in_demands_nothing() -> None:
    table = "| 序号 | 材料名称 | 必要性 |\n| 1 | 居住证 | 必要 |\n| 2 | 备案表 | 免提交 |\n| 3 | 户口簿 | 数据共享 |"
    assert codes(table) == ["residence_permit"]


@pytest.mark.parametrize(
    "text",
    [
        "家属来办的话，要带上病人和自己的身份证。",
        "代办人需带本人及参保人的身份证。",
        "由家属拿两个人的身份证代办。",
    ],
)
def test_who_acts_shows_both_papers(text: str) -> None:
    assert sorted(codes(text)) == ["agent_id", "id_card"]


def test_the_friend_who_acts_brings_a_paper_of_their_own() -> None:
    assert codes("委托朋友办理的，请朋友带好他的身份证。") == ["agent_id"]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("变更备案只需要身份证。", "变更备案"),
        ("凭身份证即可在手机上自行撤销备案。", "撤销备案"),
        ("住址变了的，要来改备案或者取消备案，随到随办，带身份证就行。", "改备案或者取消备案"),
    ],
)
def test_what_a_change_takes_is_a_demand_of_its_own(text: str, condition: str) -> None:
    facts = read(f"备案要提供身份证和备案表。\n{text}")
    assert [f.condition for f in facts if f.code == "id_card"] == [None, condition]


@pytest.mark.parametrize(
    "text",
    [
        "只要填身份证号、所在城市就行。",
        "打电话报一下名字和身份证号即可登记。",
        "上传照片，填联系人电话。",
    ],
)
def test_data_typed_in_right_behind_the_verb(text: str) -> None:
    assert "basic_info" in codes(text)


def test_if_any_is_said_of_the_last_paper_only() -> None:
    facts = read("请带齐发票、费用清单、转诊单（如有）回来报销。")
    assert [(f.code, f.modality) for f in facts] == [
        ("invoice", "must"),
        ("fee_list", "must"),
        ("referral_form", "optional"),
    ]


def test_a_bare_form_has_the_name_printed_in_full_above() -> None:
    text = "医生填写《某市转诊转院申请表》。\n患者带上申请表到窗口盖章。"
    assert "referral_form" in codes(text)
    assert "filing_form" not in codes(text)


def test_papers_without_a_code_keep_their_names() -> None:
    assert one("车祸住院的，报销还应提供事故认定书。", "other").flow == "reimbursement"
    assert one("补办备案时带上医院的入院证明。", "other").name == "入院证明"


def test_a_class_and_a_colon_make_a_demand() -> None:
    facts = read("异地安置退休：户口簿首页；随迁老人：居住证。")
    assert [(f.code, f.filing_types) for f in facts] == [
        ("household_book", ("retired_resettled",)),
        ("residence_permit", ("long_resident",)),
    ]


def test_the_second_column_names_the_class_where_the_first_groups_rows() -> None:
    table = (
        "| 大类 | 小类 | 所需材料 |\n| 长期 | 异地安置退休人员 | 户口簿 |\n"
        "| 长期 | 常驻异地工作人员 | 劳动合同 |\n| 临时 | 异地转诊人员 | 转诊单 |"
    )
    assert {f.code: f.filing_types for f in read(table)} == {
        "household_book": ("retired_resettled",),
        "labor_contract": ("stationed_work",),
        "referral_form": ("referral",),
    }


def test_an_officers_statement_tells_of_the_injury() -> None:
    assert "injury_statement" in codes("报销时提交发票和派出所出具的情况说明。")


def test_a_column_of_documents_demands_them() -> None:
    facts = find(table(("类型", "文件"), ("退休安置", "户口簿")))
    assert [fact.code for fact in facts if isinstance(fact, Material)] == ["household_book"]


def test_the_card_of_a_relative_beside_that_of_the_insured_is_who_acts() -> None:
    assert codes("窗口备案请带本人社保卡、家属身份证。") == ["social_card", "agent_id"]


def test_papers_spoken_of_above_are_no_new_paper() -> None:
    assert codes("备案时上传身份证和上面说的证明。") == ["id_card"]
