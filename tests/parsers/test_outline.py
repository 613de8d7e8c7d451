"""From markup to lines to the tree."""

import pytest
from lxml.html import document_fromstring

from parsers.blocks import lines
from parsers.outline import Outline, build
from parsers.structure import marker, ordinal, split_items


def outline(html: str) -> Outline:
    return build(lines(document_fromstring(f"<html><body>{html}</body></html>").find("body")))


def tree(html: str) -> list[tuple[str, str | None]]:
    """(text behind the number, same of its parent) for every block."""
    found = outline(html)
    text = [found.text[b.content : b.end] for b in found.blocks]
    return [(text[i], text[b.parent] if b.parent is not None else None) for i, b in enumerate(found.blocks)]


def texts(html: str) -> list[str]:
    found = outline(html)
    return [found.text[b.start : b.end] for b in found.blocks]


@pytest.mark.parametrize(
    ("literal", "kind", "value"),
    [
        ("一、材料", "cn", 1),
        ("十四、材料", "cn", 14),
        ("（二）线上", "cn_paren", 2),
        ("( 三 )线上", "cn_paren", 3),
        ("1. 线上", "num", 1),
        ("12、线上", "num", 12),
        ("１．线上", "num", 1),
        ("（3）线上", "num_paren", 3),
        ("4）线上", "num_close", 4),
        ("⑤线上", "circled", 5),
        ("第一步：登录", "step", 1),
        ("步骤二 登录", "step", 2),
        ("第十三条 本办法", "article", 13),
        ("第二章 备案", "chapter", 2),
        ("首先，登录", "discourse", 1),
        ("最后是结算", "discourse", 9),
        ("第一百二十条 附则", "article", 120),
    ],
)
def test_numbers(literal: str, kind: str, value: int) -> None:
    found = marker(literal)
    assert found is not None
    assert (found[0], found[2]) == (kind, value)


@pytest.mark.parametrize(
    "text", ["5.5%的比例", "2024年1月", "一般情况", "首先进社区", "第一类人员", "12393热线", "(自治区)医保", "第一款"]
)
def test_no_numbers(text: str) -> None:
    assert marker(text) is None


def test_ordinal_of_each_writing() -> None:
    assert [ordinal(x) for x in ("二十一、", "⑵", "❸", "㈣", "第五步", "其次", "C.")] == [21, 2, 3, 4, 5, 2, 3]


def test_white_space_is_the_browsers() -> None:
    html = "<p>　　&nbsp;办理\n   备案 需要  材料&nbsp;</p><p>see\nalso</p><p>跨省临 时外出\u200b</p>"
    assert texts(html) == ["办理备案 需要 材料", "see also", "跨省临 时外出"]


def test_offsets_and_content() -> None:
    found = outline("<p>一、材料</p><ul><li>身份证</li></ul>")
    assert found.text == "一、材料\n身份证"
    assert [(b.start, b.end, b.content) for b in found.blocks] == [(0, 4, 2), (5, 8, 5)]


NESTED = """<h2>一、怎么备案</h2><p>有以下方式：</p><ol><li>线上<ul><li>登录平台</li><li>提交申请</li></ul></li><li>线下</li></ol>
<h2>二、需要材料</h2><p>说明文字在此处，较长一些。</p>"""
LITERAL = """<p>一、怎么备案</p><p>有以下方式：</p><p>1、线上</p><p>①登录平台</p><p>②提交申请</p><p>2、线下</p>
<p>二、需要材料</p><p>说明文字在此处，较长一些。</p>"""
BROKEN = (
    "<div>"
    + LITERAL.replace("</p><p>", "<br/>　　").replace("</p>\n<p>", "<br>").replace("<p>", "").replace("</p>", "")
    + "</div>"
)


def test_literal_numbers_and_nested_lists_give_one_tree() -> None:
    want = [
        ("怎么备案", None),
        ("有以下方式：", "怎么备案"),
        ("线上", "有以下方式："),
        ("登录平台", "线上"),
        ("提交申请", "线上"),
        ("线下", "有以下方式："),
        ("需要材料", None),
        ("说明文字在此处，较长一些。", "需要材料"),
    ]
    assert [(a.removeprefix("一、").removeprefix("二、"), b) for a, b in tree(NESTED)] == want
    assert tree(LITERAL) == want
    assert tree(BROKEN) == want


def test_articles_and_their_items() -> None:
    html = "<p>第二章 备案</p><p>第七条 下列人员可以备案：</p><p>（一）退休人员；</p><p>（二）转诊人员。</p><p>第八条 备案长期有效。</p>"
    assert [parent for _, parent in tree(html)] == [None, "备案", "下列人员可以备案：", "下列人员可以备案：", "备案"]


def test_numbers_start_again_in_every_block() -> None:
    html = "<p><b>一、线上</b></p><p>1. 登录。</p><p>2. 提交。</p><p><b>二、线下</b></p><p>1. 取号。</p>"
    assert [parent for _, parent in tree(html)] == [None, "线上", "线上", None, "线下"]


def test_text_after_a_list_leaves_it() -> None:
    html = "<p>一、材料</p><p>需要以下材料：</p><p>1、身份证；</p><p>2、备案表。</p><p>以上材料均需原件。</p>"
    assert tree(html)[-1] == ("以上材料均需原件。", "材料")


def test_label_and_bold_lines_head_what_follows() -> None:
    html = "<p><strong>办理条件</strong></p><p>已参保。</p><p>申请材料：</p><p>身份证</p><p>备案表</p>"
    assert tree(html) == [
        ("办理条件", None),
        ("已参保。", "办理条件"),
        ("申请材料：", "办理条件"),
        ("身份证", "申请材料："),
        ("备案表", "申请材料："),
    ]
    assert [b.kind for b in outline(html).blocks][:2] == ["heading", "paragraph"]


def test_headings_by_look() -> None:
    html = "".join(
        f'<div class="t">{t}</div><div class="c">{t}的说明文字，写得比标题长很多。</div>'
        for t in ("办理条件", "办理材料", "办理流程")
    )
    assert [b.kind for b in outline(html).blocks] == ["heading", "paragraph"] * 3


def test_run_together_items_are_cut() -> None:
    html = "<p>材料如下：1.身份证；2.备案表（含1.原件 2.复印件）；3.转诊单。</p>"
    assert texts(html) == ["材料如下：", "1.身份证；", "2.备案表（含1.原件 2.复印件）；", "3.转诊单。"]
    assert [parent for _, parent in tree(html)] == [None, "材料如下：", "材料如下：", "材料如下："]
    assert texts("<p>第一步：登录平台第二步：提交申请第三步：等待审核</p>")[1].startswith("第二步")


@pytest.mark.parametrize(
    "text",
    [
        "起付线降低5.5个百分点，比例为1.5倍。",
        "2024年1月1日起，2.0版本上线。",
        "“1.登录；2.提交”两步均可在线完成办理。",
        "只有1、一个数字的句子不切开，后面没有二。",
    ],
)
def test_what_is_not_cut(text: str) -> None:
    assert split_items(text) == []


def test_wrapped_lines_are_joined() -> None:
    wrapped = "住在外地的老人看病之前请先打开手机软件填好自己的住址和电话等<br>"
    wrapped += "信息提交以后等短信就行了家里没有智能手机的可以请孩子代为操<br>作也可以打电话到窗口登记。<br>第二段。"
    assert texts(f"<p>{wrapped}</p>") == [wrapped.replace("<br>", "", 2).split("<br>")[0], "第二段。"]


def test_short_lines_are_not_joined() -> None:
    assert len(texts("<p>线上：国家医保服务平台<br>线下：医保经办窗口<br>电话：12393</p>")) == 3


def test_table_heads_and_spans() -> None:
    html = """<table><tr><th rowspan="2">类型</th><th colspan="2">支付比例</th></tr><tr><th>省内</th><th>跨省</th></tr>
    <tr><td>转诊</td><td>不降</td><td rowspan="2">降10%</td></tr><tr><td>急诊</td><td>不降</td></tr></table>"""
    found = outline(html)
    say = {found.text[b.start : b.end]: b for b in found.blocks}
    assert found.text.count("降10%") == 1
    value = say["降10%"]
    assert value.row_head is not None
    assert value.col_head is not None
    assert found.text[found.blocks[value.row_head].start :].startswith("转诊")
    assert found.text[found.blocks[value.col_head].start :].startswith("跨省")
    assert (say["急诊"].row, say["急诊"].col) == (3, 0)


def test_a_form_reads_as_headings_with_text() -> None:
    html = "<table><tr><th>申请材料</th><td><p>1、身份证；</p><p>2、备案表。</p></td></tr><tr><th>办理时限</th><td>即时办结</td></tr></table>"
    assert tree(html) == [
        ("申请材料", None),
        ("身份证；", "申请材料"),
        ("备案表。", "申请材料"),
        ("办理时限", None),
        ("即时办结", "办理时限"),
    ]


def test_layout_tables_are_unwrapped() -> None:
    found = outline("<table><tr><td><table><tr><td><h2>标题</h2><p>正文一段。</p></td></tr></table></td></tr></table>")
    assert [b.table for b in found.blocks] == [None, None]


def test_terms_own_their_descriptions() -> None:
    assert tree("<dl><dt>有效期</dt><dd>长期有效</dd><dt>材料</dt><dd>身份证</dd></dl>") == [
        ("有效期", None),
        ("长期有效", "有效期"),
        ("材料", None),
        ("身份证", "材料"),
    ]


def test_path_climbs_to_the_top() -> None:
    found = outline(NESTED)
    index = next(i for i, b in enumerate(found.blocks) if found.text[b.start : b.end] == "提交申请")
    assert [found.text[found.blocks[i].start : found.blocks[i].end] for i in found.path(index)] == [
        "线上",
        "有以下方式：",
        "一、怎么备案",
    ]


def test_a_table_stands_under_the_heading_around_it() -> None:
    html = "<h2>申请材料</h2><table><tr><td>材料名称</td><td>份数</td></tr><tr><td>身份证</td><td>1份</td></tr></table>"
    assert tree(html)[1:] == [("材料名称", "申请材料"), ("份数", "申请材料"), ("身份证", "材料名称"), ("1份", "身份证")]


def test_an_inner_table_stands_under_the_label_of_its_row() -> None:
    inner = "<table><tr><td>第一步</td><td>取号</td></tr><tr><td>第二步</td><td>交材料</td></tr></table>"
    html = f"<table><tr><td>办理对象</td><td>参保人员</td></tr><tr><td>办理程序</td><td>{inner}</td></tr></table>"
    found = outline(html)
    say = {found.text[b.start : b.end]: b.parent for b in found.blocks}
    labels = {found.text[b.start : b.end]: i for i, b in enumerate(found.blocks)}
    assert say["第一步"] == say["第二步"] == labels["办理程序"]
    assert (say["取号"], say["交材料"]) == (labels["第一步"], labels["第二步"])


@pytest.mark.parametrize(
    "text",
    [
        "（1）（2）（3）类人员长期有效，（4）（5）类人员六个月有效。",
        "身份证；第①种加户口簿；第②种加居住证；第③种加派驻证明。",
    ],
)
def test_references_to_items_are_no_items(text: str) -> None:
    assert split_items(text) == []


def test_boxes_in_rows_are_a_table() -> None:
    rows = [("备案类型", "能改", "有效期"), ("长期居住人员", "满半年", "长期有效"), ("转诊人员", "随时", "半年")]
    html = (
        "<div>" + "".join("<div>" + "".join(f"<div>{cell}</div>" for cell in row) + "</div>" for row in rows) + "</div>"
    )
    found = outline(html)
    say = {found.text[b.start : b.end]: b for b in found.blocks}
    value = say["长期有效"]
    assert value.row_head is not None
    assert found.text[found.blocks[value.row_head].start :].startswith("长期居住人员")
    assert value.col_head is not None
    assert found.text[found.blocks[value.col_head].start :].startswith("有效期")


def test_a_drawn_number_belongs_to_the_line_below() -> None:
    from parsers.mainbody import trim

    body = document_fromstring(
        "<body><p>怎么办：</p><div>01</div><div>打开软件</div><div>02</div><div>提交申请</div></body>"
    ).find("body")
    found = build(trim(lines(body), None, heading_outside=True)[0])
    assert [(found.text[b.start : b.end], b.ordinal) for b in found.blocks] == [
        ("怎么办：", None),
        ("打开软件", 1),
        ("提交申请", 2),
    ]


def test_rows_of_boxes_without_a_head_that_count_themselves_are_no_table() -> None:
    rows = "".join(
        f"<div><span>0{n}</span><div><b>{title}</b></div><div>{text}</div></div>"
        for n, title, text in ((1, "来院前", "先办备案。"), (2, "出院时", "持卡结算。"))
    )
    body = document_fromstring(f"<body><p>顺序如下。</p><div>{rows}</div></body>").find("body")
    assert [line.table for line in lines(body)] == [None] * 7
    head = "<div><span>序号</span><div><b>环节</b></div><div>做什么</div></div>"
    body = document_fromstring(f"<body><p>顺序如下。</p><div>{head}{rows}</div></body>").find("body")
    assert [line.table is None for line in lines(body)] == [True] + [False] * 9


def test_a_list_of_plain_items_ends_with_its_last_one() -> None:
    html = (
        "<p>办理渠道</p><p>1、手机小程序</p><p>2、服务大厅窗口</p><p>3、自助终端机</p><p>自助终端即时办结，不收费。</p>"
    )
    assert ("自助终端即时办结，不收费。", "自助终端机") not in tree(html)
    held = "<p>1、手机小程序</p><p>随时可办，不收费。</p><p>2、服务大厅窗口</p><p>工作日可办，不收费。</p>"
    assert tree(held)[3] == ("工作日可办，不收费。", "服务大厅窗口")


@pytest.mark.parametrize("numbers", ["一、 二、", "（一） （二）", "1. 2."])
def test_numbered_parts_do_not_hang_on_the_line_that_announces_them(numbers: str) -> None:
    first, second = numbers.split()
    html = f"<p>您好，现答复如下：</p><p>{first}急诊视同备案。</p><p>{second}其余可以补办。</p>"
    assert [parent for _, parent in tree(html)] == [None, None, None]
    listed = "<p>备案需要以下材料：</p><p>1.身份证；</p><p>2.社保卡。</p>"
    assert [parent for _, parent in tree(listed)] == [None, "备案需要以下材料：", "备案需要以下材料："]


@pytest.mark.parametrize("head", ["一、网上办理", "（一）网上办理", "1.网上办理"])
def test_ways_stand_under_the_line_above_them(head: str) -> None:
    html = f"<p>{head}</p><p>方式1（推荐）：手机应用</p><p>登录后提交申请。</p><p>方式2：小程序</p><p>登录后提交。</p>"
    found = dict(tree(html))
    assert found["手机应用"] == found["小程序"] == "网上办理"


def test_numbers_behind_an_html_list_belong_to_its_last_item_where_that_leads_in() -> None:
    html = "<ol><li>先在校医院首诊。</li><li>手工报销的，携带以下资料：</li></ol><p>①发票；</p><p>②出院证。</p>"
    assert tree(html)[2:] == [("发票；", "手工报销的，携带以下资料："), ("出院证。", "手工报销的，携带以下资料：")]


def test_lines_read_so_far_are_the_first_of_all_lines() -> None:
    rows = "".join(f"<tr><td>第{n}项<br>说明</td><td><p>甲<b>乙</b></p>丙</td></tr>" for n in range(6))
    html = (
        f"<div>来源<ul><li>一<p>二</p></li><li>三</li></ul><table>{rows}</table><dl><dt>问</dt><dd>答</dd></dl>尾</div>"
    )
    body = document_fromstring(f"<html><body>{html}</body></html>").find("body")
    whole = "\n".join(line.text for line in lines(body))
    for most in range(1, 40):
        assert "\n".join(line.text for line in lines(body, most))[:most] == whole[:most]
    assert len(lines(body, 1)) < len(lines(body))


@pytest.mark.parametrize("number", ["1)", "（1）", "1."])
def test_a_list_below_a_numbered_heading_is_its_own_whatever_the_numbers(number: str) -> None:
    one, two = number, number.replace("1", "2")
    lines = ("三、材料", "①长期类", f"{one}身份证；", f"{two}居住证。", "②临时类", f"{one}转诊单；", f"{two}社保卡。")
    found = dict(tree("".join(f"<p>{line}</p>" for line in lines)))
    assert [found[k] for k in ("身份证；", "居住证。", "转诊单；", "社保卡。")] == [
        "长期类",
        "长期类",
        "临时类",
        "临时类",
    ]


def test_a_list_behind_a_run_of_short_items_is_none_of_the_last_one_s() -> None:
    lines = ("一、对象", "①退休人员", "②随迁老人", "③务工人员", "1.先登录小程序；", "2.再提交申请。")
    assert ("先登录小程序；", "务工人员") not in tree("".join(f"<p>{line}</p>" for line in lines))


def test_an_item_of_another_article_is_no_article() -> None:
    assert marker("第三条（一）2类人员：居住证明") is None
    assert marker("第三条（一）款所列人员") is None
    assert marker("第三条（一）本市参保人员") is not None
