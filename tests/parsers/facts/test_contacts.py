"""Numbers and addresses of agencies, whose they are, and numbers that are no contacts."""

import pytest

from parsers.facts.contacts import find
from parsers.records import Contact
from tests.parsers.facts.outlines import page


def read(text: str) -> list[Contact]:
    return list(find(page(text)))


def values(text: str) -> list[tuple[str, str]]:
    return [(fact.kind, fact.value) for fact in read(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("某市医保中心：0555-2345678", "0555-2345678"),
        ("咨询电话：（0555）2345678。", "（0555）2345678"),
        ("市医保局电话 2345678", "2345678"),
        ("请拨打12393。", "12393"),
        ("咨询热线：962218", "962218"),
        ("监督电话：0951-12393", "0951-12393"),
        ("联系人：王科长 13800001234", "13800001234"),
        ("服务热线：400-123-4567", "400-123-4567"),
    ],
)
def test_telephone_numbers(text: str, value: str) -> None:
    assert values(text) == [("phone", value)]


@pytest.mark.parametrize(
    "text",
    [
        "某市人民医院电话：0555-2345678",
        "广告合作：0555-2345678",
        "招租电话：0555-2345678",
        "掌上12333客户端可以查询。",
        "12345热线转来一批问题。",
        "邮编：243000",
        "邮政编码 2430001",
        "全年结算12345人次。",
        "发布于20230401",
        "事项编码：00001234",
    ],
)
def test_numbers_that_are_no_contacts(text: str) -> None:
    assert values(text) == []


def test_several_numbers_behind_one_label() -> None:
    assert values("咨询电话：0555-2345678、2345679") == [("phone", "0555-2345678"), ("phone", "2345679")]


def test_holder_and_hours() -> None:
    (fact,) = read("请拨打某市医保服务中心电话0555-2345678（工作日8:30-12:00，13:30-17:00）")
    assert (fact.holder, fact.hours) == ("某市医保服务中心", "工作日8:30-12:00，13:30-17:00")


def test_hours_of_the_next_sentence() -> None:
    (fact,) = read("市医保局：0555-2345678。办公时间：周一至周五 9:00-17:00。")
    assert fact.hours == "周一至周五9:00-17:00"


def test_hours_alone_are_no_contact() -> None:
    assert values("办公时间：周一至周五 9:00-17:00") == []


def test_holder_from_the_row_head() -> None:
    facts = read("| 区县 | 咨询电话 |\n| 临江区 | 0555-2345678 |\n| 东城区 | 0555-2345679 |")
    assert [(fact.holder, fact.value) for fact in facts] == [("临江区", "0555-2345678"), ("东城区", "0555-2345679")]


def test_a_street_in_an_address_is_no_holder() -> None:
    facts = {fact.kind: fact for fact in read("市医疗保障服务中心：某市人民路18号政务服务大厅三楼，电话：0555-2345678")}
    assert facts["phone"].holder == "市医疗保障服务中心"
    assert facts["address"].value == "某市人民路18号政务服务大厅三楼"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("窗口地址：临江市滨河路9号", "临江市滨河路9号"),
        ("请到临江区中山东路7号政务大厅一楼办理。", "临江区中山东路7号政务大厅一楼"),
        ("区医保中心（永安大道市民中心二楼）", "永安大道市民中心二楼"),
    ],
)
def test_addresses(text: str, value: str) -> None:
    assert values(text) == [("address", value)]


def test_the_column_of_addresses() -> None:
    facts = read("| 单位 | 地址 |\n| 东城医保分局 | 东城区学府街12号 |")
    assert [(fact.kind, fact.value, fact.holder) for fact in facts] == [("address", "东城区学府街12号", "东城医保分局")]


@pytest.mark.parametrize(
    "text", ["到就近的镇街便民中心办理。", "乘坐15路到市民中心下车。", "地点：参保地医保经办机构。", "街道社区都能办。"]
)
def test_places_that_are_no_address(text: str) -> None:
    assert values(text) == []


def test_fax_and_mail() -> None:
    assert values("传真：0555-2345670 邮箱：yibao@example.org") == [
        ("fax", "0555-2345670"),
        ("email", "yibao@example.org"),
    ]


def test_one_contact_per_value() -> None:
    (fact,) = read("咨询电话：0555-2345678\n市医保中心：0555 2345678")
    assert len(fact.evidence) == 2
    assert fact.holder == "市医保中心"


def test_a_list_of_places_with_their_numbers() -> None:
    facts = read("各县医保局电话：东江县 0555-2345678，西江县：0555-2345679")
    assert [(fact.holder, fact.value) for fact in facts] == [("东江县", "0555-2345678"), ("西江县", "0555-2345679")]


def test_two_numbers_with_a_slash() -> None:
    assert values("电话：0555-2345678/2345679") == [("phone", "0555-2345678"), ("phone", "2345679")]


def test_a_row_head_that_names_the_kind_is_no_holder() -> None:
    facts = read("| 事项 | 内容 |\n| 咨询电话 | 0555-2345678 |")
    assert [(fact.value, fact.holder) for fact in facts] == [("0555-2345678", None)]


def test_the_name_of_a_district_is_no_street() -> None:
    assert values("让胡路区医保中心") == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("可到东江县医保中心（地址：东江县前进路16号）或者便民服务中心办理。", "东江县前进路16号"),
        ("可到东江市公园路99号州政务大厅医保窗口办理。", "东江市公园路99号"),
        ("东江市政务服务中心二楼（东江市中央大街东段）。", "东江市中央大街东段"),
    ],
)
def test_where_an_address_ends(text: str, address: str) -> None:
    assert ("address", address) in values(text)


def test_a_house_in_a_lane_of_a_street_is_an_address() -> None:
    assert ("address", "河滨镇新安路120弄8号") in values("受理中心地址：新城街道和平路6号；河滨镇新安路120弄8号。")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("某区医保中心：0555-2345 678", "0555-2345 678"),
        ("医保局热线（0555）2345 6789", "（0555）2345 6789"),
        ("窗口电话2345 6789，上午有人接。", "2345 6789"),
        ("永年区医保：0555-2345 678", "0555-2345 678"),
        ("请拨打 0555 - 12393", "0555 - 12393"),
    ],
)
def test_numbers_written_in_groups(text: str, value: str) -> None:
    assert values(text) == [("phone", value)]


def test_years_are_no_numbers_in_groups() -> None:
    assert values("咨询电话公布于2023 2024两年。") == []


def test_a_hotline_with_and_without_its_area_code_is_one() -> None:
    assert values("拨打12393只能咨询。市医保热线0555-12393。") == [("phone", "0555-12393")]


@pytest.mark.parametrize("text", ["网友拨打12345反映后，问题转给了医保局。", "通过12345反映的问题已经办结。"])
def test_the_hotline_a_case_came_from_is_no_contact(text: str) -> None:
    assert values(text) == []


def test_an_address_at_a_crossing_and_one_inside_a_hospital_of_its_office() -> None:
    assert values("市医保中心（中山西路与人民路交叉口）") == [("address", "中山西路与人民路交叉口")]
    assert ("address", "东城区学府路校区校医院103室") in values(
        "校医院医保办：0555-2345678（东城区学府路校区校医院103室）"
    )
