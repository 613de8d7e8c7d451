"""The article of a page, in site shapes of all kinds."""

import re
from pathlib import Path

import pytest

from parsers import cues
from parsers.layouts import layouts
from parsers.reading import read

ARTICLE = [
    "参保人员去外地看病之前，应当向参保地登记，登记以后就能刷卡结算。",
    "一、哪些人要登记",
    "长期住在外地的老人、派到外地上班的职工，以及转到外地住院的病人，都要登记。",
    "二、到哪里登记",
    "手机上打开软件就可以办，也可以到窗口办理，当场办结。",
]
CARDS = [
    ("甲地医保缴费标准是多少", "甲地居民每人每年缴费三百八十元，学生减半。"),
    ("乙地看病报销多少钱呀", "乙地住院报销七成，门诊报销一半，转诊降一成。"),
    ("丙地社保卡怎么激活呢", "丙地社保卡到银行柜台激活，带上身份证就行。"),
]
BODY = "".join(f"<p>{p}</p>" for p in ARTICLE)
NAV = (
    "<div><ul>"
    + "".join(f"<li><a href=/n{i}>{t}</a></li>" for i, t in enumerate(("首页", "政策", "办事", "异地就医", "医保缴费")))
    + "</ul></div>"
)
FOOT = "<div><p>主办单位：某市医疗保障局　电话：0312-1234567</p><p>冀ICP备12345678号　网站标识码1300000001</p></div>"
LIST = "<ul>" + "".join(f'<li><a href="/c{i}">{t}</a><p>{s}</p></li>' for i, (t, s) in enumerate(CARDS)) + "</ul>"


def page(inner: str) -> bytes:
    return f"<html><head><title>异地就医登记说明 - 某市网</title></head><body>{NAV}{inner}{FOOT}</body></html>".encode()


H1 = "<h1>异地就医登记说明</h1>"
SHAPES = {
    "divs": f"<div><div>{H1}<div>2024-05-06 来源：某市医疗保障局</div><div>{BODY}</div></div><div><h3>相关推荐</h3>{LIST}</div></div>",
    "flat": f"{H1}<p>发布时间：2024-05-06</p>{BODY}<h3>相关推荐</h3>{LIST}",
    "table layout": f"<table><tr><td>{H1}</td></tr><tr><td>日期：2024-05-06</td></tr><tr><td>{BODY}</td></tr></table><div><b>相关文章</b>{LIST}</div>",
    "known": f"{H1}<span>2024-05-06</span><div class='view TRS_UEDITOR'>{BODY}</div><div><div>您可能感兴趣</div>{LIST}</div>",
    "no heading": f"<div>{H1}<i>2024-05-06</i><div>{BODY}</div><div>上一篇：<a href=/a>上一个标题</a> 下一篇：<a href=/b>下一个标题</a></div>{LIST}</div>",
    "sections": f"<main><article><header>{H1}<time>2024-05-06</time></header><section>{BODY}</section></article><aside><h4>猜你喜欢</h4>{LIST}</aside></main>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_article_and_nothing_else(shape: str) -> None:
    found = read(page(SHAPES[shape]), url="http://h.cn/x/y.html")
    assert found.outline.text.split("\n") == ARTICLE, shape
    assert found.title == "异地就医登记说明"
    assert found.published == "2024-05-06"
    assert [(r.title, r.teaser) for r in found.related_pages] == CARDS
    assert found.related_pages[0].url == "http://h.cn/c0"


def test_cards_that_do_not_link() -> None:
    boxes = "".join(f"<div><p>{t}</p><p>{s}</p></div>" for t, s in CARDS)
    found = read(page(f"<div>{H1}{BODY}</div><div><p>猜您想看</p>{boxes}</div>"))
    assert found.outline.text.split("\n") == ARTICLE
    assert [r.title for r in found.related_pages] == [t for t, _ in CARDS]


def test_a_section_called_like_a_related_block_stays() -> None:
    text = "<h2>相关问题</h2><p>登记以后多久生效？当天生效，可以马上使用，不用等候。</p><p>能不能改地方？可以改，打电话就能改，随时都行。</p>"
    found = read(page(f"<div>{H1}{BODY}{text}</div>"))
    assert "当天生效" in found.outline.text
    assert not found.related_pages


@pytest.mark.parametrize(
    "line",
    [
        "温馨提示:微信搜索公众号某地生活,关注后在对话框回复【医保】可获取缴费标准。",
        "手机访问 某地首页",
        "【我要纠错】",
        "扫一扫在手机打开当前页",
        "责任编辑：张某",
        "提示:本内容不能代替面诊,如有不适请尽快就医。",
        "免责声明：本站内容来自网络。",
        "分享到：微信 微博",
        "— END —",
        "【打印】【关闭】",
        "点个“在看”，转给家人",
        "浏览次数：123次",
    ],
)
def test_furniture_is_dropped(line: str) -> None:
    found = read(page(f"<div>{H1}{BODY}<p>{line}</p></div>"))
    assert found.outline.text.split("\n") == ARTICLE


@pytest.mark.parametrize(
    "line",
    [
        "关注“某市医保”微信公众号，点击“异地备案”，按提示填写后提交即可。",
        "以上材料均需提供原件，复印件仅供存档。",
        "转诊的病人请拨打医院电话，家里人也可以打。",
        "来源地和就医地不一致的，应当更正。",
    ],
)
def test_statements_that_look_like_furniture_stay(line: str) -> None:
    assert line in read(page(f"<div>{H1}{BODY}<p>{line}</p></div>")).outline.text


def test_hidden_text_goes_only_if_it_is_a_copy() -> None:
    copy = f'<div style="display:none">异地就医登记说明{"".join(ARTICLE)}</div>'
    assert read(page(f"{H1}<div>{BODY}</div>{copy}")).outline.text.split("\n") == ARTICLE
    only = f'{H1}<div id="js_content" style="visibility: hidden; opacity: 0;">{BODY}</div>'
    found = read(page(only))
    assert found.outline.text.split("\n") == ARTICLE
    assert found.layout == "wechat"


def test_only_the_answer_of_a_letter() -> None:
    rows = [
        ("信件编号", "A1"),
        ("标题", "关于外地住院的咨询"),
        ("来信内容", "我母亲在外地住院，没有登记，请问还能报销吗？"),
        ("答复单位", "某市医疗保障局"),
        ("答复时间", "2024-07-25"),
        ("答复内容", "您好，急诊住院的不用登记，可以直接结算。"),
    ]
    table = "<table>" + "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in rows) + "</table>"
    found = read(f"<html><title>局长信箱</title><body><div>{table}</div></body></html>".encode())
    assert found.outline.text == "您好，急诊住院的不用登记，可以直接结算。"
    assert (found.title, found.published, found.publisher) == ("关于外地住院的咨询", "2024-07-25", "某市医疗保障局")


@pytest.mark.parametrize("asker", ["<b>网友“小陈”：</b>", "市民来电：", "网民【向南】留言："])
def test_the_words_of_an_asker_without_labels_are_not_the_article(asker: str) -> None:
    asked = f"<p>{asker}我妈在外地住院了，没备案能报吗？</p>"
    html = f"<div>{H1}{asked}<p>您好！现答复如下：</p>{BODY}</div>"
    assert read(page(html)).outline.text.split("\n") == ["您好！现答复如下：", *ARTICLE]


def test_a_reply_is_found_where_its_label_and_who_answered_are_one_line() -> None:
    asked = "<table><tr><th>留言内容</th><td>我妈在外地住院了，没备案能报吗？</td></tr></table>"
    head = "<div><b>办理情况</b><span>答复单位：某市医疗保障局</span><span>答复日期：2025-03-06</span></div>"
    judged = "<div>您对该条回复是否满意：<i>满意</i><i>不满意</i></div>"
    found = read(page(f"<div>{H1}{asked}{head}{BODY}{judged}</div>"))
    assert found.outline.text.split("\n") == ARTICLE
    assert found.published == "2025-03-06"


def test_of_several_askers_all_stay() -> None:
    pair = "<p>网友“{0}”：没备案能报吗？</p><p>您好，可以回来报销。</p>"
    text = read(page(f"<div>{H1}{BODY}{pair.format('甲')}{pair.format('乙')}</div>")).outline.text
    assert "网友“甲”：没备案能报吗？" in text
    assert "网友“乙”：没备案能报吗？" in text


def test_asker_and_lawyer_are_not_the_article() -> None:
    html = f"""<div><div>{H1}<div><p>我在外地上班，看病怎么办？</p></div></div>
    <div><div><div>王某执业律师</div><div>已帮助 867 人解决法律问题</div><a href=/ask>咨询TA</a></div><div>{BODY}</div></div></div>"""
    assert read(page(html)).outline.text.split("\n") == ARTICLE


def test_class_names_do_not_matter() -> None:
    html = page(SHAPES["known"]).decode().replace("view TRS_UEDITOR", "x91 z3")
    assert read(html.encode()).outline.text.split("\n") == ARTICLE


def test_layouts_are_told_apart() -> None:
    names = [layout.name for layout in layouts()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[.#][\w-]+(?:[.#][\w-]+)?", s) for x in layouts() for s in x.body)


def test_cue_lists_are_whole() -> None:
    assert cues.is_related_heading("相关推荐")
    assert cues.is_related_heading("· 猜你喜欢 更多>>")
    assert not cues.is_related_heading("相关材料")
    assert cues.is_weak("最新资讯")
    assert not cues.is_weak("热门推荐")
    assert cues.is_end("下一篇：没有了")
    assert not cues.is_end("上一篇文章说过，异地就医要备案，请注意办理。")


def test_own_words_only() -> None:
    """The layouts' docstrings show shapes, not pages."""
    folder = Path(__file__).parents[2] / "parsers" / "layouts"
    for path in folder.glob("*.py"):
        assert not re.search(r"[\u4e00-\u9fff，。；：、]{20,}", path.read_text("utf-8")), path


def test_second_opinion_keeps_tables_and_bold_lines() -> None:
    from lxml.html import document_fromstring

    from parsers.blocks import lines
    from parsers.opinion import second_opinion

    table = "<table><tr><th>类型</th><th>期限</th></tr><tr><td>转诊病人</td><td>六个月内有效</td></tr></table>"
    html = f"<div>{BODY}<p><b>三、期限</b></p>{table}{BODY.replace('登记', '备案')}</div>"
    body = document_fromstring(f"<html><body>{html}</body></html>").find("body")
    assert body is not None
    other = second_opinion(body)
    assert other is not None
    found = {line.text: line for line in lines(other)}
    assert (found["六个月内有效"].row, found["六个月内有效"].col, found["三、期限"].bold) == (1, 1, True)


def test_second_opinion_is_taken_only_where_ours_is_thin(monkeypatch: pytest.MonkeyPatch) -> None:
    from parsers import mainbody

    html = page(f"<div><h1>异地就医登记说明</h1><div>{BODY}{BODY.replace('登记', '备案')}</div><p id=z>短。</p></div>")
    assert read(html).layout == "content"
    monkeypatch.setattr(mainbody, "deepest", lambda body, masses, heading: body.xpath(".//*[@id='z']")[0])
    assert read(html).layout == "trafilatura"
    monkeypatch.setattr(mainbody, "second_opinion", lambda body: 1 / 0)
    assert (read(html).layout, read(html).outline.text) == ("content", "短。")


def test_two_cards_below_the_article() -> None:
    cards = "".join(f'<li><a href="/c{i}">{t}</a><p>{s}</p></li>' for i, (t, s) in enumerate(CARDS[:2]))
    found = read(page(f"<div>{H1}<div>{BODY}</div></div><div><ul>{cards}</ul></div>"))
    assert [(r.title, r.url) for r in found.related_pages] == [(CARDS[0][0], "/c0"), (CARDS[1][0], "/c1")]
    assert found.outline.text.split("\n") == ARTICLE


def test_what_a_site_reads_most_is_no_related_page() -> None:
    found = read(page(f"<div><div><div>{H1}<div>{BODY}</div></div></div></div><div><h3>热门医院</h3>{LIST}</div>"))
    assert not found.related_pages
    assert found.outline.text.split("\n") == ARTICLE


def test_a_bold_line_over_its_byline_is_no_text() -> None:
    html = f"<title>热线</title><div><p><b>候鸟老人能报吗</b></p><p>发布日期：2023-12-20　来源：某市医保中心</p>{BODY}</div>"
    found = read(html.encode())
    assert found.outline.text.split("\n") == ARTICLE
    assert found.published == "2023-12-20"


def test_the_byline_of_an_article_comes_before_cards_beside_it() -> None:
    card = "<div><h4>{0}出台异地就医新规</h4><p>有效期统一为一年……</p><span>2023-11-18</span></div>"
    cards = f"<section><h3>推荐阅读</h3>{card.format('甲市')}{card.format('乙市')}</section>"
    article = f"<article>{H1}<div>某报 · 记者 某某 · 2023-11-21 08:05</div>{BODY}<p>责任编辑：某</p></article>"
    head = "<div><a>打开</a></div>"
    found = read(page(f"{head}{article}{cards}"))
    assert found.published == "2023-11-21"


def test_an_item_that_says_who_checks_is_no_byline() -> None:
    html = page(f"<div>{H1}{BODY}<ol><li>初审：窗口当场审核资料，不齐的一次告知；</li><li>支付。</li></ol></div>")
    assert "初审：窗口当场审核资料" in read(html).outline.text


def test_the_last_row_of_a_page_laid_out_by_a_table_is_no_text() -> None:
    foot = "某某工程公司 地址：某市某路18号 冀ICP备12345678号 办公室电话：0312-1234567"
    found = read(
        f"<html><head><title>异地就医登记说明</title></head><body><table><tr><td colspan=2>{NAV}</td></tr>"
        f"<tr><td>栏目</td><td>{H1}{BODY}</td></tr><tr><td colspan=2>{foot}</td></tr></table></body></html>".encode()
    )
    assert "ICP" not in found.outline.text
    assert ARTICLE[-1] in found.outline.text


def test_the_line_above_a_post_tells_its_day() -> None:
    post = "<br>".join(ARTICLE)
    found = read(
        f"<html><head><title>异地就医登记说明 - 某论坛</title></head><body>{H1}<table><tr><td>楼主</td><td>"
        f"<div>发表于 2024-05-06 08:00:00</div><div><table><tr><td>{post}</td></tr></table></div></td></tr></table></body></html>".encode()
    )
    assert found.published == "2024-05-06"


def test_a_card_whose_words_stand_behind_its_marks_is_read() -> None:
    cards = "".join(f'<li><a href="/c{i}"><i></i>{t}<i></i></a></li>' for i, (t, _) in enumerate(CARDS))
    found = read(page(f"<div><div>{H1}<div>{BODY}</div></div><div><h3>相关推荐</h3><ul>{cards}</ul></div></div>"))
    assert [r.title for r in found.related_pages] == [t for t, _ in CARDS]


def test_a_newspaper_line_over_the_byline_and_its_call_to_readers_are_not_the_article() -> None:
    over = "<p>动动手指：去外地住院也能刷卡</p><p>本报记者 一文 发布时间：2024-11-06 06:12 来源：某城晚报</p>"
    call = "<p>您有烦心事，请拨打本报热线：0312-1234567，或扫码进读者群。</p>"
    found = read(page(f"<div><div>{H1}{over}{BODY}{call}</div></div>"))
    assert found.outline.text.split("\n") == ARTICLE


@pytest.mark.parametrize(
    ("above", "beside"),
    [
        ("公司首页 | 企业概况 | 通知公告", "<b>栏目导航</b><br>人力资源<br>安全质量"),
        ("病友之家", "<div>山里的老周</div><p>会员 积分 18</p>"),
    ],
    ids=["menu", "author"],
)
def test_a_table_that_frames_the_article_is_none(above: str, beside: str) -> None:
    text = "".join(f"<p>{p}</p>" for p in ARTICLE * 3)
    frame = (
        f"<table><tr><td colspan=2>{above}</td></tr><tr><td>{beside}</td><td>{H1}{text}</td></tr>"
        "<tr><td colspan=2>地址：某市某路</td></tr></table>"
    )
    html = f"<html><head><title>异地就医登记说明</title></head><body>{frame}</body></html>"
    assert read(html.encode()).outline.text.split("\n") == ARTICLE * 3


@pytest.mark.parametrize("line", ["点赞 3.2万 评论 1480 转发", "赞 12 ｜ 在看 5 ｜ 收藏", "喜欢 800+ 分享 31"])
def test_a_bar_of_counters_is_furniture(line: str) -> None:
    assert cues.is_furniture(line)


@pytest.mark.parametrize("line", ["本文内容综合网络公开资料，不作依据。", "本文整合各地网上信息而成。"])
def test_where_a_text_was_gathered_from_is_a_disclaimer(line: str) -> None:
    assert cues.is_disclaimer(line)
