"""Title, date, publisher, breadcrumb, attachments."""

from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from parsers.page import (
    Head,
    absolute,
    find_attachments,
    find_breadcrumb,
    find_published,
    find_publisher,
    find_site,
    find_title,
    iso,
    read_head,
    strip_site,
)
from parsers.reading import read


@pytest.mark.parametrize(
    ("title", "own"),
    [
        ("异地就医怎么备案 - 某市人民政府门户网站", "异地就医怎么备案"),
        ("异地就医备案指南_办事指南_政务服务网", "异地就医备案指南"),
        ("异地就医备案- 邢台本地宝", "异地就医备案"),
        ("城市医保网 - 异地就医备案须知全文", "异地就医备案须知全文"),
        ("2024-2025年度异地就医备案", "2024-2025年度异地就医备案"),
        ("医保 异地就医", "医保 异地就医"),
    ],
)
def test_site_names_are_no_part_of_a_title(title: str, own: str) -> None:
    assert strip_site(title) == own


def title_of(head: str, body: str) -> str | None:
    root = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    return find_title(read_head(root), root)[0]


def test_where_the_title_stands() -> None:
    assert (
        title_of('<meta name="ArticleTitle" content="甲市备案通知"><title>x</title>', "<h1>乙</h1>") == "甲市备案通知"
    )
    assert (
        title_of("<title>异地就医备案问答 - 甲市医保局</title>", "<h1>甲市医保局</h1><h2>异地就医备案问答</h2>")
        == "异地就医备案问答"
    )
    assert (
        title_of("<title>备案须知（2024版）-人事处</title>", "<div class='x1'>备案须知（2024版）</div>")
        == "备案须知（2024版）"
    )
    assert (
        title_of("<title>渝事通</title>", "<div class='Detail_name__v7'>异地就医备案登记（个人）</div>")
        == "异地就医备案登记（个人）"
    )
    assert title_of("<title>专家坐诊通知-某医院</title>", "<p>专家坐诊通知（第18期）</p>") == "专家坐诊通知（第18期）"
    assert title_of("<title># 如何备案？ | 手册</title>", "<h1><a href='#a'>#</a> 如何备案？</h1>") == "如何备案？"
    assert title_of("", "<p>没有标题</p>") is None


def test_hidden_second_titles_are_passed_over() -> None:
    root = document_fromstring(
        "<title>备案通知全文</title><div style='display:none'><h1>备案通知全文</h1></div><h1 id=a>备案通知全文</h1>"
    )
    title, element = find_title(read_head(root), root)
    assert title == "备案通知全文"
    assert element is not None
    assert element.get("id") == "a"


@pytest.mark.parametrize(
    ("zone", "date"),
    [
        ("发布时间：2023年3月15日 来源：本网", "2023-03-15"),
        ("2021-07-08 08:47【我要纠错】", "2021-07-08"),
        ("日期：2023.03.05", "2023-03-05"),
        ("浏览 300 次 更新 2024/1/2 发布日期：2023-12-30", "2023-12-30"),
        ("Copyright 2008-2025", None),
        ("2023-13-45", None),
        ("", None),
    ],
)
def test_dates_of_the_head_zone(zone: str, date: str | None) -> None:
    assert find_published(Head(), zone, ()) == date


def test_order_of_dates() -> None:
    assert find_published(Head(meta={"pubdate": "2025-01-01 10:20:27"}), "2020-01-01", ()) == "2025-01-01"
    assert find_published(Head(ld_date="2022-02-02"), "", ("2020年1月1日",)) == "2022-02-02"
    assert find_published(Head(), "", ("某市医疗保障局", "2023年9月8日")) == "2023-09-08"
    assert find_published(Head(), "", ("二〇二三年十二月二十六日",)) == "2023-12-26"
    assert find_published(Head(), "", ("自2023年9月8日起施行，以往规定不一致的，以本通知为准。",)) is None
    assert iso("2024年2月30日") is None


def test_a_card_or_footer_date_is_never_the_pages() -> None:
    page = """<title>怎么备案</title><h1>怎么备案</h1><div><p>参保人员先备案，再就医。</p><p>备案以后直接结算，不用垫付。</p></div>
    <div><h3>相关推荐</h3><ul><li><a href=/1>甲地备案指南全文</a><i>2025-03-28</i></li><li><a href=/2>乙地备案指南全文</a><i>2025-04-01</i></li></ul></div>
    <footer>版权所有 2008-2025 备案日期 2019-01-01</footer>"""
    found = read(page.encode())
    assert found.published is None
    assert [r.date for r in found.related_pages] == ["2025-03-28", "2025-04-01"]


def test_publisher_and_site() -> None:
    assert find_publisher(Head(meta={"contentsource": "甲市医疗保障局"}), "来源：某报") == "甲市医疗保障局"
    assert find_publisher(Head(), "2024-01-01 来源：甲市医疗保障局 浏览：3") == "甲市医疗保障局"
    assert find_publisher(Head(), "来源：本网\n甲市医疗保障局 2024-01-01") == "甲市医疗保障局"
    assert find_publisher(Head(), "来源：网络整理") is None
    root = document_fromstring(
        "<title>备案指南 - 甲市政务网</title><body><p>正文</p><p>主办单位：甲市人民政府办公室</p></body>"
    )
    assert find_site(read_head(root), "备案指南", root) == "甲市政务网 甲市人民政府办公室"


def test_breadcrumb() -> None:
    def crumbs(html: str) -> tuple[str, ...]:
        return find_breadcrumb(document_fromstring(f"<body>{html}</body>"))

    assert crumbs("<div class=q7>当前位置：<a href=/>首页</a>&nbsp;&gt;&nbsp;<a href=/1>政策文件</a></div>") == (
        "首页",
        "政策文件",
    )
    assert crumbs("<div><a href=/>邢台本地宝</a>&nbsp;&gt;&nbsp;<a>办事指南</a>&gt;备案流程</div>") == (
        "邢台本地宝",
        "办事指南",
        "备案流程",
    )
    assert crumbs("<p>点击“我的” > “备案”即可，<a href=/x>详情</a></p>") == ()


def test_attachments_once_each() -> None:
    root = document_fromstring(
        '<a href="a/b.pdf">备案表</a><a href="a/b.pdf">下载</a><a href="/x.html">页</a><iframe src="/f/c.docx?v=1"></iframe>'
    )
    found = find_attachments(root, "http://h.cn/d/e.html")
    assert [(a.title, a.url) for a in found] == [
        ("备案表", "http://h.cn/d/a/b.pdf"),
        ("c.docx?v=1", "http://h.cn/f/c.docx?v=1"),
    ]


def test_a_title_behind_the_name_of_its_agency() -> None:
    body = "<table><tr><td><b>桂林市异地就医材料一览表</b></td></tr></table>"
    assert title_of("<title>桂林市医疗保障局-桂林市异地就医材料一览表</title>", body) == "桂林市异地就医材料一览表"


def test_a_trail_without_links() -> None:
    root = document_fromstring("<html><body><td>当前位置：首页 - 办事服务 - 异地就医</td></body></html>")
    assert find_breadcrumb(root) == ("首页", "办事服务", "异地就医")


def test_stray_spaces_do_not_hide_the_label_of_a_date() -> None:
    assert find_published(Head(), "成文日期：2025-01-06　发布日 期：2025-01-08", ()) == "2025-01-08"


def test_a_table_at_the_top_tells_when_a_letter_was_answered() -> None:
    opening = "来信时间\n2024-05-01\n答复时间\n2024-05-06\n您好！"
    assert find_published(Head(), "", (), opening) == "2024-05-06"
    assert find_published(Head(), "", (), "来信时间\n2024-05-01\n您好！") is None


def test_a_title_that_all_letters_share_gives_way_to_the_heading() -> None:
    root = document_fromstring(
        "<html><head><title>局长信箱-信件详情</title></head><body><h1>老人住在外地怎么备案</h1><p>答</p></body></html>"
    )
    assert find_title(read_head(root), root)[0] == "老人住在外地怎么备案"


BASES = ("https://ybj.example.gov.cn/art/2024/1/art_1.html?a=1", "http://a.cn", "http://b.cn:80/x/", "//c.cn/d")


@given(
    st.sampled_from(("", "/", "//", "./", "../", "?", "http://", "https://", "HTTP://")),
    st.text("ab1./?&=%:@;- 中\t", max_size=24),
    st.sampled_from(BASES),
)
@example("https://", "a.cn/b/../c.html", BASES[0])
@example("/", "art/2024/t1.html?id=2", BASES[0])
@example("/", "../t1.html", BASES[2])
def test_an_address_is_made_absolute_as_the_standard_says(start: str, rest: str, base: str) -> None:
    """RFC 3986, section 5.2, as urllib.parse has it: the short ways for most links give what it gives."""
    href = (start + rest).strip()
    try:
        expected = urljoin(base, href)
    except ValueError:
        expected = href
    if href:
        assert absolute(href, base) == expected
