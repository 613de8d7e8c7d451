"""Channels: medium, level and proper name; what they are for; and what is no channel."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.facts._channel_names import level_of
from parsers.facts.channels import find
from parsers.records import Channel
from tests.parsers.facts.documents import document, table


def read(*lines: str, **places: Any) -> list[Channel]:
    return [fact for fact in find(document(*lines, **places)) if isinstance(fact, Channel)]


def shape(*lines: str, **places: Any) -> set[tuple[str, str, str | None]]:
    return {(c.kind, c.level, c.name) for c in read(*lines, **places)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打开“皖事通”APP搜索异地备案。", {("app", "provincial", "皖事通")}),
        ("可登录国家医保服务平台App办理备案。", {("app", "national", "国家医保服务平台")}),
        ("在微信里用“国家异地就医备案”小程序申请备案。", {("miniprogram", "national", "国家异地就医备案")}),
        ("到参保地医保中心窗口办理备案。", {("window", "unspecified", None)}),
        ("拨打0316-5550100登记备案也可以。", {("phone", "unspecified", None)}),
        ("去村（社区）便民服务中心代办备案。", {("township", "unspecified", None)}),
        ("转诊备案由转出医院医保科直接上传。", {("hospital", "unspecified", None)}),
        ("备案由单位经办人统一申报。", {("employer", "unspecified", None)}),
        (
            "把材料传真或者邮寄到经办机构登记备案。",
            {("mail_fax", "unspecified", None), ("window", "unspecified", None)},
        ),
        ("可以在医院的自助终端上办理备案。", {("terminal", "unspecified", None)}),
    ],
)
def test_each_medium_has_its_code(text: str, expected: set[tuple[str, str, str | None]]) -> None:
    assert shape(text) == expected


def test_names_in_a_row_share_the_head_noun_behind_them() -> None:
    assert shape("关注“甘肃省医疗保障局”或“兰州市医疗保障局”微信公众号即可办理备案。") == {
        ("wechat_account", "provincial", "甘肃省医疗保障局"),
        ("wechat_account", "municipal", "兰州市医疗保障局"),
    }


def test_names_may_follow_their_head_noun() -> None:
    assert shape("可在微信公众号“邢台市医疗保障局”或“河北省医疗保障局”上办理备案。") == {
        ("wechat_account", "municipal", "邢台市医疗保障局"),
        ("wechat_account", "provincial", "河北省医疗保障局"),
    }


@pytest.mark.parametrize("verb", ["依托", "借助", "经由", "启用"])
def test_the_verb_before_a_name_is_no_part_of_it(verb: str) -> None:
    assert shape(f"备案{verb}江苏医保便民网上服务大厅受理申请。") == {
        ("website", "provincial", "江苏医保便民网上服务大厅")
    }


def test_a_generic_owner_is_no_name() -> None:
    assert shape("通过当地医保部门的官方网站申请备案。") == {("website", "unspecified", None)}


def test_mentions_of_one_channel_are_one_fact_with_all_operations() -> None:
    (channel,) = read("备案可用“闽政通”APP办理。", "变更就医地也在“闽政通”APP上操作。")
    assert channel.operations == ("apply", "change")
    assert len(channel.evidence) == 2


def test_a_list_under_ways_of_filing_needs_no_verb() -> None:
    assert shape("“青松办”APP", under=("备案渠道",)) == {("app", "provincial", "青松办")}


def test_generic_online_goes_where_a_named_medium_covers_it() -> None:
    assert shape("备案可以在网上办理。", "打开“蒙速办”APP申请备案。") == {("app", "provincial", "蒙速办")}
    assert shape("备案可以在网上办理。") == {("online", "unspecified", None)}


def test_filing_types_of_the_clause_restrict_a_channel() -> None:
    (channel,) = read("异地急诊抢救人员可以电话备案。")
    assert channel.filing_types == ("emergency",)


@pytest.mark.parametrize(
    "text",
    [
        "经办机构应当在2个工作日内完成审核。",
        "有疑问请咨询参保地医保经办机构。",
        "社保卡激活可在手机APP上办理。",
        "微信搜索公众号生活通，关注后回复【备案】。",
        "持社保卡在定点医院直接结算。",
        "转诊单、居住证都不必邮寄。",
        "依据《基本医疗保险APP备案管理办法》执行。",
    ],
)
def test_these_are_no_channels(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("国家医保局", "national"),
        ("青海医保", "provincial"),
        ("洛阳医保", "municipal"),
        ("腾冲市医保中心", "county"),
        ("我的新疆", "provincial"),
        ("掌上宜昌", "municipal"),
        ("医保通", "unspecified"),
    ],
)
def test_the_level_is_read_from_the_name(name: str, level: str) -> None:
    assert level_of(name) == level


def test_what_is_searched_for_inside_alipay_is_there_and_no_app() -> None:
    assert shape("异地就医备案：支付宝搜“贵州医保”。") == {("alipay", "provincial", "贵州医保")}
    assert shape("异地就医备案：微信搜索“贵州医保”。") == {("miniprogram", "provincial", "贵州医保")}


def test_a_bare_name_is_what_the_page_calls_it_elsewhere() -> None:
    found = read("搜索“赣服通”小程序办理备案。", "搬回来住的，在“赣服通”上取消备案。")
    assert [(c.kind, c.name, c.operations) for c in found] == [("miniprogram", "赣服通", ("apply", "cancel"))]


def test_a_row_of_a_table_names_the_media_in_its_cells() -> None:
    facts = find(table(("备案渠道", "办理方式"), ("四川医保", "手机APP或微信小程序在线提交备案")))
    assert {(c.kind, c.name) for c in facts if isinstance(c, Channel)} == {
        ("app", "四川医保"),
        ("miniprogram", "四川医保"),
    }


def test_a_name_with_a_head_noun_of_its_own_takes_no_other() -> None:
    assert shape("在“吉林医保公共服务网”或“吉林市医保”微信公众号上办理备案。") == {
        ("website", "provincial", "吉林医保公共服务网"),
        ("wechat_account", "municipal", "吉林市医保"),
    }


def test_a_region_before_a_known_name_belongs_to_it() -> None:
    assert ("app", "provincial", "黑龙江全省事") in shape("申请人通过“黑龙江全省事”APP提交备案。")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("备案也可以来电0994-4500001由工作人员代为登记。", "phone"),
        ("备案也可以把材料寄到参保的县医保局，由工作人员录入。", "mail_fax"),
        ("备案可以由用人单位经办人员集中代办。", "employer"),
    ],
)
def test_ways_told_by_what_one_does(text: str, kind: str) -> None:
    assert kind in {c.kind for c in read(text)}


def test_what_a_bracket_says_of_an_account_rules_no_channel_out() -> None:
    assert shape("您可以通过“国家医保服务平台”APP为父亲办理备案（先绑定亲情账户）。") == {
        ("app", "national", "国家医保服务平台")
    }


def test_in_passing_on_the_phone_is_no_channel_beside_a_named_one() -> None:
    assert shape("用“赣服通”小程序备案。", "随时可以在手机上取消备案。") == {("miniprogram", "provincial", "赣服通")}


def test_a_hospital_that_writes_the_slip_may_file() -> None:
    assert ("hospital", "unspecified", None) in shape("转诊备案由出具转诊单的定点医疗机构代为办理。")


def test_an_account_may_be_followed_to_file_in_it() -> None:
    assert {c[0] for c in shape("办理渠道：“泰州医保”微信公众号，关注后点“异地备案”。")} == {"wechat_account"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不再外出的，请到乡镇窗口把备案取消掉。", {("township", "unspecified", None)}),
        ("打个电话也行：中心0316-5550101，报上姓名，工作人员给你登记备案。", {("phone", "unspecified", None)}),
        ("备案由所在单位经办人在单位网厅批量申报。", {("employer", "unspecified", None)}),
        ("医院拒绝直接结算的，先请医院医保办核对备案登记信息。", set()),
    ],
)
def test_desks_in_town_calls_and_employers(text: str, expected: set[tuple[str, str, str | None]]) -> None:
    assert shape(text) == expected


def test_a_title_that_only_says_that_care_is_paid_makes_no_claim_of_a_channel() -> None:
    (channel,) = read("手机办：在“桂医保”小程序或者“广西医保”APP上自己填。", title="在外看病报销须知")[-1:]
    assert channel.operations == ("apply",)


def test_the_clause_before_may_say_whom_a_channel_is_for() -> None:
    (channel,) = read("属于其他临时外出就医人员的，请通过“闽政通”APP自己备案。")
    assert channel.filing_types == ("other_temporary",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "打电话办：本人拨打0731-2345678，报姓名、身份证号和要去的城市，工作人员核对以后登记。",
            ("phone", "unspecified", None),
        ),
        ("让家里人马上打8123 4567补，备案当天有效。", ("phone", "unspecified", None)),
        ("或者打参保地医保局的电话办备案。", ("phone", "unspecified", None)),
        ("备案可以去乡镇便民服务中心，工作人员帮您录。", ("township", "unspecified", None)),
        ("备案去社区便民服务站请工作人员帮忙弄。", ("township", "unspecified", None)),
        ("开了转诊单，医院医保科当场就帮你备好了。", ("hospital", "unspecified", None)),
        ("带学生证到校医院医保办公室，老师帮你在系统里登记备案。", ("hospital", "unspecified", None)),
        ("转诊备案由市内医院的医保办在出具意见的同时上传。", ("hospital", "unspecified", None)),
    ],
)
def test_where_somebody_helps_is_a_channel(text: str, expected: tuple[str, str, str | None]) -> None:
    assert expected in shape(text)


@pytest.mark.parametrize(
    "text",
    [
        "备案在您的参保地办，本市医保局不能代办。",
        "已经备案的患者，窗口和自助机都能直接结算。",
        "拿医保码到医保办刷新备案信息。",
        "可以把发票邮寄到市医保中心。",
    ],
)
def test_tills_and_desks_that_do_not_file_are_none(text: str) -> None:
    assert (
        shape(text)
        & {("window", "unspecified", None), ("terminal", "unspecified", None), ("hospital", "unspecified", None)}
        == set()
    )


def test_what_one_does_not_want_is_no_channel() -> None:
    assert shape("不想下载APP的，备案用“湘医保”小程序。") == {("miniprogram", "provincial", "湘医保")}


def test_other_business_of_the_same_office_is_none() -> None:
    assert shape("在“闽通”APP提交申请，新卡邮寄到家。", under=("怎么换卡",)) == set()


def test_bills_brought_to_a_desk_are_a_claim() -> None:
    (channel,) = [
        c for c in read("拿着发票、清单到区政务大厅医保窗口报。", under=("异地就医备案",)) if c.kind == "window"
    ]
    assert channel.operations == ("reimburse",)


def test_the_insurance_desk_of_a_school_is_an_employer_and_no_hospital() -> None:
    assert shape("学生由学校医保办统一到市里备案。") & {
        ("hospital", "unspecified", None),
        ("employer", "unspecified", None),
    } == {("employer", "unspecified", None)}


def test_what_an_asker_has_heard_is_no_channel() -> None:
    assert read("我听说要先去政务服务中心窗口办理备案,来回跑三趟。") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您可以在手机上替老人备案，或者陪他去区医保大厅。", "window"),
        ("您可以在手机上替老人备案，或者带他到街道便民服务中心。", "township"),
        ("电话：0710-1234567（只受理转诊备案）", "phone"),
        ("急诊备案来不及的，家属拨打医保热线也能代报。", "phone"),
        ("备案先安装国家医保服务平台APP。", "app"),
    ],
)
def test_other_ways_in_are_channels(text: str, expected: str) -> None:
    assert expected in {kind for kind, _, _ in shape(text)}
