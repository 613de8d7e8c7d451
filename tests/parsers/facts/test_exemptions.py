"""What is not needed: a filing, a paper, a choice; and what only sounds like it."""

import pytest

from parsers.facts.exemptions import find
from parsers.records import Exemption
from tests.parsers.facts.documents import table
from tests.parsers.facts.outlines import page


def read(text: str, title: str = "") -> list[Exemption]:
    return list(find(page(text, title=title)))


def kinds(text: str) -> list[str]:
    return [fact.kind for fact in read(text)]


# ---- no filing ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "geo"),
    [
        ("省内跨市看病无需办理备案。", "intra_province"),
        ("到省内其他城市住院，不用再备案。", "intra_province"),
        ("全省实行免备案直接结算。", "intra_province"),
        ("川渝两地门诊就医免备案。", "bloc"),
        ("2024年起省内异地就医取消备案。", "intra_province"),
        ("备案手续在本省一律取消，省内就医备案已取消。", "intra_province"),
        ("统筹区内就医不需要登记。", "intra_city"),
        ("普通门诊免备案。", None),
    ],
)
def test_no_filing_and_where(text: str, geo: str | None) -> None:
    (fact,) = read(text)
    assert (fact.kind, fact.geo_scope) == ("no_filing", geo)


def test_no_filing_for_a_group() -> None:
    (fact,) = read("急诊抢救不用备案。")
    assert (fact.kind, fact.filing_types) == ("no_filing", ("emergency",))


def test_what_an_exception_leaves_out_is_exempt() -> None:
    (fact,) = read("除急诊抢救以外，都要先备案。")
    assert (fact.kind, fact.filing_types) == ("no_filing", ("emergency",))


def test_since_when() -> None:
    (fact,) = read("自2023年4月1日起，省内就医无需备案。")
    assert fact.valid_from == "2023-04-01"


@pytest.mark.parametrize(
    "text",
    [
        "参保人无需垫付医疗费。",
        "系统自动扣款，无需额外操作。",
        "备案长期有效，无需重复备案。",
        "点击取消备案即可。",
        "办理变更、取消备案手续的，请到窗口。",
        "未备案的降低报销比例。",
        "哪些情况不需要备案？",
        "以下人员无需到窗口现场排队。",
        "长期备案取消有效期限制。",
    ],
)
def test_what_only_sounds_like_no_filing(text: str) -> None:
    assert kinds(text) == []


def test_a_heading_announces_and_its_items_tell() -> None:
    facts = read("# 这些情形不需要备案\n- 省内住院不用备案")
    assert [(fact.kind, fact.evidence[0].quote) for fact in facts] == [("no_filing", "省内住院不用备案")]


# ---- treated as filed ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "异地急诊抢救人员视同已备案。",
        "急诊抢救的，视为已经办理备案。",
        "急诊患者由系统自动备案。",
        "因急诊住院没有备案的，也可直接结算。",
        "抢救费用按已备案处理。",
    ],
)
def test_emergencies_count_as_filed(text: str) -> None:
    (fact,) = read(text)
    assert (fact.kind, fact.filing_types) == ("deemed_filed", ("emergency",))


def test_a_bloc_treated_as_filed_is_one_exemption() -> None:
    (fact,) = read("在京津冀就医视同备案，无需办理备案手续。")
    assert (fact.kind, fact.geo_scope) == ("deemed_filed", "bloc")


# ---- no paper -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("不再要求参保群众提供居住证明。", "residence_proof"),
        ("临时外出就医无需提供任何材料。", None),
        ("转诊单、户口本都不需要。", "referral_form"),
        ("备案实行零材料办理。", None),
        ("证照已经共享，无需上传。", None),
        ("取消居住证、暂住证等纸质证明。", "residence_permit"),
    ],
)
def test_no_paper(text: str, code: str | None) -> None:
    (fact,) = read(text)
    assert (fact.kind, fact.material_code) == ("no_material", code)


@pytest.mark.parametrize("text", ["无需提供押金。", "无法提供居住证明的不予受理。", "材料不齐的不予办理。"])
def test_what_waives_no_paper(text: str) -> None:
    assert "no_material" not in kinds(text)


# ---- a promise instead of a proof ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "备案实行告知承诺制。",
        "拿不出证明的，签一份承诺书就行。",
        "暂时提供不了居住证明的，可先签署承诺书办理备案，6个月内补交。",
        "可用承诺书代替。",
    ],
)
def test_commitment_in_a_clause_of_its_own(text: str) -> None:
    assert "commitment_instead" in kinds(text)
    assert next(fact.modality for fact in read(text) if fact.kind == "commitment_instead") == "may"


@pytest.mark.parametrize(
    "text",
    [
        "需提供居住证明或个人承诺书。",
        "承诺时限：1个工作日。",
        "多地备案的不可使用承诺制备案。",
        "用承诺书办的备案，回来住院少报一成。",
        "选择承诺方式的，自备案之日起6个月内不予变更。",
        "外伤患者填写无第三方责任承诺书即可。",
    ],
)
def test_commitments_that_replace_nothing_here(text: str) -> None:
    assert "commitment_instead" not in kinds(text)


# ---- no hospital to choose ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    ["备案到就医地市即可。", "备案时无需选择具体医院。", "只备案到市，不用指定医院。", "直接备案到直辖市。"],
)
def test_no_institution_to_choose(text: str) -> None:
    assert kinds(text) == ["no_institution_choice"]


@pytest.mark.parametrize("text", ["备案到市内医院。", "请选择一家联网医院就医。"])
def test_a_choice_that_remains(text: str) -> None:
    assert kinds(text) == []


# ---- scope and merging --------------------------------------------------------------------------------------
def test_a_hedge_keeps_its_modality() -> None:
    (fact,) = read("部分省市已实现免备案。")
    assert fact.modality == "some_regions"


def test_the_row_head_names_the_group() -> None:
    facts = read("| 人员类别 | 备案要求 |\n| 异地急诊抢救人员 | 视同备案 |")
    assert [(fact.kind, fact.filing_types) for fact in facts] == [("deemed_filed", ("emergency",))]


def test_repetitions_are_one_exemption_with_all_quotes() -> None:
    (fact,) = read("省内就医无需备案。\n再次提醒：省内就医不用备案。")
    assert [e.quote for e in fact.evidence] == ["省内就医无需备案。", "再次提醒：省内就医不用备案。"]


def test_two_places_are_two_exemptions() -> None:
    facts = read("省内就医无需备案。\n长三角门诊免备案。")
    assert [fact.geo_scope for fact in facts] == ["intra_province", "bloc"]


def test_a_list_that_a_line_announces() -> None:
    facts = read("以下情形视同备案：\n- 急诊抢救\n- 在省内其他城市就医\n- 其他情形")
    assert [(fact.kind, fact.filing_types, fact.geo_scope) for fact in facts] == [
        ("deemed_filed", ("emergency",), None),
        ("deemed_filed", (), "intra_province"),
    ]


@pytest.mark.parametrize(
    ("text", "geo"), [("到上海、江苏就医免备案。", "bloc"), ("在广东省内就医免备案。", "intra_province")]
)
def test_an_arrangement_with_other_provinces_is_a_bloc(text: str, geo: str) -> None:
    (fact,) = read(text)
    assert fact.geo_scope == geo


def test_nothing_to_hand_in_under_a_column_of_materials() -> None:
    facts = read("| 人员类型 | 备案材料 |\n| 异地急诊抢救人员 | 无需提供 |")
    assert [(fact.kind, fact.filing_types) for fact in facts] == [("no_material", ("emergency",))]


# ---- more ways of saying the same ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("急诊病人一张纸都不用交。", ["no_material"]),
        ("临时看病的，什么照片都不用传。", ["no_material"]),
        ("本事项不收取任何证明。", ["no_material"]),
        ("家属代办的，不需要委托书。", ["no_material"]),
        ("转诊单由医院上传，患者不必再交。", ["no_material"]),
        ("签一份电子承诺书，无须上传居住证。", ["no_material", "commitment_instead"]),
        ("居住证明一时凑不齐的，可以勾选个人承诺。", ["commitment_instead"]),
        ("在省内就医的，不办理备案。", ["no_filing"]),
        ("到市内医院看病的，不需办理本事项。", ["no_filing"]),
        ("省内就医实现零备案。", ["no_filing"]),
        ("备案时选城市就好。", ["no_institution_choice"]),
    ],
)
def test_waivers_in_words_of_every_day(text: str, expected: list[str]) -> None:
    assert sorted(kinds(text)) == sorted(expected)


def test_asking_for_no_papers_does_not_do_without_a_filing() -> None:
    assert kinds("长期居住备案不再要求提供居住证。") == ["no_material"]


def test_a_commitment_that_does_not_suffice_is_no_exemption() -> None:
    assert kinds("备案需提供居住证，不能只签承诺书。") == []


# ---- the same in other words --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("省内跨市住院同样取消了备案手续。", ["no_filing"]),
        ("省内就医的参保人员，不实行备案管理。", ["no_filing"]),
        ("在外突发急病的，系统默认您已备案。", ["deemed_filed"]),
        ("经办机构不得另行索要证明。", ["no_material"]),
        ("患者不再到窗口提交材料。", ["no_material"]),
        ("作出承诺的，可以免予提交居住证明。", ["commitment_instead", "no_material"]),
        ("我市全面实行个人承诺。", ["commitment_instead"]),
        ("选择承诺制，不用交证明，但未满6个月不得变更备案。", ["commitment_instead", "no_material"]),
        ("就医地登记到市即可。", ["no_institution_choice"]),
        ("备案后不再绑定某一家医院。", ["no_institution_choice"]),
        ("备案不指定具体的医疗机构。", ["no_institution_choice"]),
    ],
)
def test_what_is_spared_in_other_words(text: str, expected: list[str]) -> None:
    assert sorted(kinds(text)) == expected


def test_neighbours_and_the_own_province_in_one_sentence_are_two_places() -> None:
    facts = list(find(page("前往北京市、天津市就医的以及省内就医的，无需办理备案。", title="张家口异地就医")))
    assert {fact.geo_scope for fact in facts} == {"intra_province", "bloc"}


def test_whom_an_exemption_is_for_may_be_told_in_short_words() -> None:
    (fact,) = read("临时自己去看的，什么证明都不用交就能备案。")
    assert (fact.kind, fact.filing_types) == ("no_material", ("other_temporary",))


# ---- ways of writing read anew ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("送进抢救室的，算作已经备案。", ["deemed_filed"]),
        ("急诊抢救的，系统里按已备案算。", ["deemed_filed"]),
        ("像脑梗这样的急病，没备案也当备过案。", ["deemed_filed"]),
        ("急诊抢救的视同转诊备案。", ["deemed_filed"]),
        ("急诊抢救的，系统就默认您备过案了。", ["deemed_filed"]),
        ("只在省里跑的，都不用登记。", ["no_filing"]),
        ("转诊备案到期自动终止，不需申请。", []),
        ("除身份证外，不再要求别的材料。", ["no_material"]),
        ("只要社保卡，不要证明。", ["no_material"]),
        ("网上备案不要传任何证明。", ["no_material"]),
        ("千万不要忘记带证明。", []),
        ("可以不传证明、改签承诺书。", ["commitment_instead"]),
        ("备案时选到成都市就可以。", ["no_institution_choice"]),
        ("备案登到市一级就够了，用不着指定哪一家医院。", ["no_institution_choice"]),
        ("备案到市就行，不要去选医院。", ["no_institution_choice"]),
    ],
)
def test_what_is_spared_in_colloquial_words(text: str, expected: list[str]) -> None:
    assert sorted(kinds(text)) == expected


def test_a_cell_answers_whether_to_file() -> None:
    doc = table(("情形", "是否需要备案"), ("本省省内就医", "不需要"), ("跨省转诊", "需要"))
    (fact,) = find(doc)
    assert (fact.kind, fact.geo_scope) == ("no_filing", "intra_province")


def test_a_cell_spares_the_paper_of_its_row() -> None:
    doc = table(("序号", "必要性"), ("异地就医备案表", "免提交"))
    (fact,) = find(doc)
    assert (fact.kind, fact.material_code) == ("no_material", "filing_form")


def test_an_emergency_in_a_referrers_mark_is_an_emergency() -> None:
    (fact,) = find(page("急诊抢救的，由医院上传“门诊急诊转诊标志”后视同已备案。"))
    assert (fact.kind, fact.filing_types) == ("deemed_filed", ("emergency",))


def test_a_place_it_is_likened_to_is_not_where_it_holds() -> None:
    (fact,) = find(page("到成都都市圈其他城市看病视同市内就医，无需备案。"))
    assert (fact.kind, fact.geo_scope) == ("no_filing", "bloc")
