"""Changes to a page that change nothing it says: the transformations of the metamorphic tests.

Those of `SAME` take the HTML text of a page and give the HTML text of a page that states the same facts. They work on
the tag soup as text (as templates and editors do), never through a parser, so that what they leave alone stays as it
was. Those of `RETOLD` take the annotated blocks of a page and tell them in another way; `SITES` builds pages from them.
"""

from __future__ import annotations

import copy
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from html import escape, unescape
from itertools import pairwise
from typing import Any

import lxml.html
from lxml import etree

Tree = dict[str, Any]
Block = dict[str, Any]

TAG = re.compile(r"(<!--.*?-->|<script.*?</script>|<style.*?</style>|<title.*?</title>|<[^>]+>)", re.S | re.I)
CJK = r"\u3400-\u9fff"
_TO_WIDE = str.maketrans(",:;?!()", "，：；？！（）")
_TO_NARROW = str.maketrans("，：；？！（）", ",:;?!()")


def on_text(html: str, change: Callable[[str], str]) -> str:
    """`html` with `change` applied to each text node."""
    return "".join(part if i % 2 else change(part) for i, part in enumerate(TAG.split(html)))


def rename_attributes(html: str) -> str:
    """Every class and id gets another, meaningless name; inline style and WeChat's js_content stay (they are content)."""

    def renamed(match: re.Match[str]) -> str:
        names = [
            n if n in ("js_content", "activity-name", "js_name") else f"x{zlib.crc32(n.encode()):08x}"
            for n in match[3].split()
        ]
        return f"{match[1]}={match[2]}{' '.join(names)}{match[2]}"

    def in_tag(tag: str) -> str:
        return re.sub(r"\b(class|id)=([\"'])(.*?)\2", renamed, tag)

    style = re.compile(r"<style.*?</style>", re.S | re.I)
    # Style sheets name the classes: a renamed class takes its rules along.
    sheets = [
        re.sub(r"([.#])([A-Za-z][\w-]*)(?=[^{}]*\{)", lambda m: f"{m[1]}x{zlib.crc32(m[2].encode()):08x}", s)
        for s in style.findall(html)
    ]
    parts = TAG.split(html)
    out, k = [], 0
    for i, part in enumerate(parts):
        if i % 2 and part.lower().startswith("<style"):
            out.append(sheets[k])
            k += 1
        else:
            out.append(in_tag(part) if i % 2 else part)
    return "".join(out)


def widen(html: str) -> str:
    """Half-width punctuation between Chinese becomes full width."""
    wide = re.compile(rf"(?<=[{CJK}])[,:;?!]|(?<![a-z0-9])[,:;?!](?=[{CJK}])")  # the ; of &nbsp; is none
    return on_text(html, lambda t: wide.sub(lambda m: m[0].translate(_TO_WIDE), t))


def narrow(html: str) -> str:
    """Full-width punctuation becomes half width, as in texts that went through NFKC."""
    return on_text(html, lambda t: t.translate(_TO_NARROW))


def hard_wrap(html: str) -> str:
    """Long text gets a line break after every 40 characters between two Chinese ones, as saved by an old editor."""
    return on_text(html, lambda t: re.sub(rf"([^\n<]{{38}}[{CJK}])(?=[{CJK}])", r"\1\n", t))


def stray_spaces(html: str) -> str:
    """A space stands inside Chinese words here and there, as PDF and word processors leave them."""
    return on_text(html, lambda t: re.sub(rf"([^\n]{{21}}[{CJK}])(?=[{CJK}])", r"\1 ", t))


def split_spans(html: str) -> str:
    """Text is cut into spans at any place, as pasted from a word processor."""
    return on_text(
        html, lambda t: re.sub(rf"([{CJK}][^\n<&;]{{11}})(?=[{CJK}])", r'<span style="font-size:16px">\1</span>', t)
    )


CARDS = (
    ("2025呼和浩特异地就医备案流程（线上+线下）", "呼和浩特参保人入院后5日内可补办备案，咨询电话0471-5550000。"),
    ("三亚市医保异地就医报销比例是多少？", "未备案的报销比例降低20个百分点，先行自付15%。"),
    ("拉萨临时外出就医备案需要什么材料", "身份证、社保卡、转诊证明，备案有效期3个月。"),
)


def add_cards(html: str) -> str:
    """A block of cards about other regions is put before the end of the page."""
    items = "".join(
        f'<li><a href="/other/{i}.html">{title}</a><p>{teaser}</p></li>' for i, (title, teaser) in enumerate(CARDS, 901)
    )
    block = f'<div class="more"><h3>猜你喜欢</h3><ul>{items}</ul></div>'
    at = html.lower().rfind("</body>")
    return html[:at] + block + html[at:] if at >= 0 else html + block


SAME: dict[str, Callable[[str], str]] = {
    "renamed attributes": rename_attributes,
    "full-width punctuation": widen,
    "half-width punctuation": narrow,
    "hard-wrapped lines": hard_wrap,
    "stray spaces": stray_spaces,
    "spans": split_spans,
    "cards of other regions": add_cards,
}
"""Name → transformation under which all facts stay the same."""


# ---- the annotated blocks of a page, told in another way ----------------------------------------------------
# A tree is `page` of an annotation: title, published, publisher, breadcrumb, related, and blocks (p, h2 … h4, li with
# `text`, ol/ul with `items`, table with `rows`).


def inner(x: Any) -> str:
    """An item or a cell: text, blocks, or both."""
    if isinstance(x, str):
        return escape(x).replace("\n", "<br>")
    if isinstance(x, list):
        return "".join(map(inner, x))
    if "tag" in x:
        return block(x)
    return inner(x.get("text", "")) + "".join(map(block, x.get("blocks", [])))


def block(b: Block) -> str:
    tag, text = b["tag"], inner(b.get("text", ""))
    if tag in ("ol", "ul"):
        return f"<{tag}>{''.join(f'<li>{inner(item)}</li>' for item in b['items'])}</{tag}>\n"
    if tag == "table":
        rows = "".join(f"<tr>{''.join(f'<td>{inner(cell)}</td>' for cell in row)}</tr>" for row in b["rows"])
        caption = f"<caption>{inner(b['caption'])}</caption>" if b.get("caption") else ""
        return f'<table border="1">{caption}{rows}</table>\n'
    if tag == "li":
        return f"<ul><li>{text}</li></ul>\n"
    return f"<{tag}>{f'<b>{text}</b>' if b.get('bold') else text}</{tag}>\n"


def body(tree: Tree) -> str:
    return re.sub(r"</ul>\n<ul>", "\n", "".join(map(block, tree["blocks"])))  # loose items stand in one list


def cards(tree: Tree, item: str, around: str) -> str:
    """The related pages of a tree: `item` takes title and teaser, `around` takes the items."""
    items = "".join(item.format(escape(c["title"]), escape(c.get("teaser") or "")) for c in tree.get("related") or [])
    return around.format(items) if items else ""


def tab(tree: Tree) -> str:
    """What the browser shows in its tab: the title, and where it is known the name of the site behind it."""
    return str(tree.get("tab") or tree["title"])


def plain(text: str) -> str:
    """Text without width, white space and marks, to find it again."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def main_block(html: str, tree: Tree) -> str | None:
    """The markup of the article as the page has it: the stretch of siblings from its first to its last block.

    None where no element of the page holds the blocks (a script writes them, or they stand in an attribute).
    """
    root = lxml.html.fromstring(html)
    etree.strip_elements(root, "script", "style", etree.Comment, with_tail=False)
    texts = [plain(unescape(re.sub(r"<[^>]+>", "", block(b)))) for b in tree["blocks"]]
    texts = [t for t in texts if t]
    first, last = texts[0][:40], texts[-1][-40:]
    holders = [e for e in root.iter() if first in plain(e.text_content()) and last in plain(e.text_content())]
    if not holders or holders[-1].tag in ("html", "body"):
        return None
    holder = holders[-1]
    parts = [escape(holder.text or ""), *(lxml.html.tostring(e, encoding="unicode") for e in holder)]
    read = [plain(re.sub(r"<[^>]+>", "", unescape(part))) for part in parts]
    # every block stands from here on: a title or a trail above that begins in the same words is not the article
    start = max(i for i in range(len(read)) if all(text[:20] in "".join(read[i:]) for text in texts))
    # blocks end one behind the other: the words of a signature may stand in the text before it, too
    joined, reached = "".join(read[start:]), 0
    for text in texts:
        found = joined.find(text[-20:], reached)
        reached = found + len(text[-20:]) if found >= 0 else reached
    end = next(i for i in range(start, len(read)) if len("".join(read[start : i + 1])) >= reached)
    inside = "".join(parts[start : end + 1])
    if holder.tag == "tbody":
        return f"<table>{inside}</table>"
    return f"<{holder.tag}>{inside}</{holder.tag}>" if holder.tag in ("table", "p", "ul", "ol", "dl") else inside


def modern(tree: Tree, article: str | None = None) -> str:
    """A site of today: semantic elements, the article in the middle, cards beside it, comments below."""
    crumbs = " / ".join(f'<a href="/c{i}">{escape(c)}</a>' for i, c in enumerate(tree.get("breadcrumb") or []))
    source = f'<span class="src">来源：{escape(tree["publisher"])}</span>' if tree.get("publisher") else ""
    date = f"<time>{tree['published']}</time>" if tree.get("published") else ""
    aside = cards(tree, '<li><a href="/r.html">{0}</a><p>{1}</p></li>', "<aside><h3>相关推荐</h3><ul>{0}</ul></aside>")
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(tab(tree))}</title></head><body>'
        '<header><nav><a href="/">首页</a><a href="/a">资讯</a><a href="/b">服务</a><a href="/me">我的</a></nav></header>'
        f'<main><nav class="crumbs">{crumbs}</nav><article><h1>{escape(tree["title"])}</h1>'
        f'<div class="meta">{date} {source}</div><div class="text">{article or body(tree)}</div></article>{aside}</main>'
        '<section id="comments"><h3>评论</h3><form><textarea></textarea><button>发表</button></form></section>'
        "<footer><p>关于我们 | 联系我们 | 法律声明</p></footer></body></html>"
    )


def old_tables(tree: Tree, article: str | None = None) -> str:
    """A site of twenty years ago: nested tables for layout, font elements, navigation in cells."""
    crumbs = " &gt;&gt; ".join(map(escape, tree.get("breadcrumb") or []))
    source = f"来源：{escape(tree['publisher'])}　" if tree.get("publisher") else ""
    date = f"发布日期：{tree['published']}　" if tree.get("published") else ""
    more = cards(
        tree, '<tr><td>·<a href="/r.html">{0}</a><br>{1}</td></tr>',
        '<table width="100%"><tr><td bgcolor="#eee"><b>相关链接</b></td></tr>{0}</table>',
    )  # fmt: skip
    links = "".join(
        f'<tr><td><a href="/l{i}">{t}</a></td></tr>' for i, t in enumerate(("机构概况", "工作动态", "下载"))
    )
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
        f"<title>{escape(tab(tree))}</title></head><body><center>"
        f'<table width="960"><tr><td colspan="2"><a href="/">网站首页</a></td></tr><tr><td width="180"><table>{links}'
        f'</table></td><td><table width="100%"><tr><td>您的位置：{crumbs}</td></tr>'
        f'<tr><td align="center"><font size="5"><b>{escape(tree["title"])}</b></font></td></tr>'
        f'<tr><td align="center"><font color="gray">{date}{source}【字体：大 中 小】</font></td></tr>'
        f"<tr><td>{article or body(tree)}</td></tr><tr><td>{more}</td></tr>"
        '<tr><td align="right">【<a href="#">打印本页</a>】【<a href="#">关闭窗口</a>】</td></tr></table></td></tr>'
        '<tr><td colspan="2" align="center">版权所有 未经许可不得转载</td></tr></table></center></body></html>'
    )


def mobile(tree: Tree, article: str | None = None) -> str:
    """A page made for telephones: paragraphs and headings are div, under names that mean nothing."""
    text = article or body(tree)
    if len(set(re.findall(r"<h[1-6](?=[\s>])", text))) == 1:  # of several levels bold print would leave one
        text = re.sub(r"<(h[1-6])[^>]*>(.*?)</\1>", r'<div class="c7"><b>\2</b></div>', text, flags=re.S)
    text = re.sub(r"<p(?=[\s>])[^>]*>", '<div class="c7">', text).replace("</p>", "</div>")
    source = f'<span class="c4">来源：{escape(tree["publisher"])}</span>' if tree.get("publisher") else ""
    date = f'<span class="c3">{tree["published"]}</span>' if tree.get("published") else ""
    more = cards(
        tree, '<a class="c9" href="/r.html"><div>{0}</div><div>{1}</div></a>', "<div>更多阅读</div><div>{0}</div>"
    )
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(tab(tree))}</title></head><body><div id="app"><div class="c1"><a href="/">返回</a></div>'
        f'<div class="c2"><h1>{escape(tree["title"])}</h1><div>{date}{source}</div></div><div class="c5">{text}</div>'
        f'<div class="c8">{more}</div><div class="c6"><a href="/up">点赞</a><a href="/share">分享</a></div></div></body></html>'
    )


SITES: dict[str, Callable[[Tree, str | None], str]] = {"modern": modern, "old tables": old_tables, "mobile": mobile}

CHINESE = "一二三四五六七八九十"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def chinese(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if not tens else "十" if tens == 1 else CHINESE[tens - 1] + "十") + (CHINESE[ones - 1] if ones else "")


def number(text: str) -> int:
    """The number in a marker: 十二 → 12, 3 → 3, ② → 2."""
    if text in CIRCLED:
        return CIRCLED.index(text) + 1
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * (CHINESE.index(tens) + 1 if tens else 1) if ten else 0) + (CHINESE.index(ones) + 1 if ones else 0)


STYLES: dict[str, tuple[str, Callable[[int], str]]] = {
    "一、": (rf"([{CHINESE}]{{1,3}})、", lambda n: f"{chinese(n)}、"),
    "（一）": (rf"[（(]([{CHINESE}]{{1,3}})[)）]", lambda n: f"（{chinese(n)}）"),
    "1.": (r"(\d{1,2})[.、．](?!\d)", lambda n: f"{n}."),
    "（1）": (r"[（(](\d{1,2})[)）]", lambda n: f"（{n}）"),
    "①": (rf"([{CIRCLED}])", lambda n: CIRCLED[n - 1]),
    "1)": (r"(\d{1,2})[)）]", lambda n: f"{n})"),
    "第一步": (rf"第([{CHINESE}]{{1,2}})步[：:，,、]?", lambda n: f"第{chinese(n)}步："),
}
"""Style of numbering → its marker as a pattern, and how a number is written in it."""
_START = r"(?:^|(?<=[；;。：\s])|(?<=\D:))"


def told(tree: Tree, change: Callable[[str], str]) -> Tree:
    """The tree with `change` applied to the text of every top-level paragraph, heading and item."""
    new = copy.deepcopy(tree)
    for b in new["blocks"]:
        if "text" in b:
            b["text"] = change(b["text"])
        b["items"] = [change(i) if isinstance(i, str) else i for i in b.get("items", [])]
    return new


def styles_of(tree: Tree) -> list[str]:
    """Styles of numbering that stand at the start of top-level text."""
    texts = [b["text"] for b in tree["blocks"] if "text" in b]
    return [name for name, (marker, _) in STYLES.items() if any(re.match(marker, t) for t in texts)]


_REFERS = r"[、至和]?[（(①-⑨]|[类项种款](?![别型目])"


def renumber(tree: Tree, styles: dict[str, str]) -> Tree:
    """Every style of numbering becomes another one; two stay two. （4）（5）类 refers to items and is none itself."""
    pattern = re.compile("|".join(f"(?P<s{i}>{_START}{STYLES[s][0]}(?!{_REFERS}))" for i, s in enumerate(styles)))

    def written(match: re.Match[str]) -> str:
        outer = str(match.lastgroup)
        name = list(styles)[int(outer[1:])]
        digits = match[pattern.groupindex[outer] + 1]
        return STYLES[styles[name]][1](number(digits))

    return told(tree, lambda text: pattern.sub(written, text))


def one_deeper(tree: Tree) -> Tree:
    """一、 → （一） → 1. → （1） → ① → 1)"""
    order = ["一、", "（一）", "1.", "（1）", "①", "1)"]
    return renumber(tree, dict(pairwise(order)))


def western(tree: Tree) -> Tree:
    """一、 → 1., （一） → （1）, 1. → ①, （1） → 1); ① makes room where 1. takes its place"""
    styles, used = {"一、": "1.", "（一）": "（1）", "1.": "①", "（1）": "1)"}, styles_of(tree)
    if {"1.", "①"} <= set(used):
        taken = {styles.get(s, s) for s in used}
        styles["①"] = next(s for s in ("1)", "（1）", "①") if s == "①" or s not in taken)
    return renumber(tree, styles)


def steps_as_numbers(tree: Tree) -> Tree:
    """第一步： → 1., where the page numbers nothing else so."""
    return tree if "1." in styles_of(tree) else renumber(tree, {"第一步": "1."})


def lists_as_paragraphs(tree: Tree) -> Tree:
    """Lists become paragraphs with numbers of a style that the page does not use; a page that uses all keeps its lists."""
    free = [s for s in ("1.", "（1）", "①", "1)") if s not in styles_of(tree)]
    nested = any(not isinstance(item, str) for b in tree["blocks"] for item in b.get("items", []))
    if len(free) < 1 + nested:
        return tree
    outer, deeper = free[0], free[-1] if len(free) < 2 else free[1]

    def flat(b: Block, style: str) -> Iterator[Block]:
        if b["tag"] not in ("ol", "ul"):
            yield b
            return
        for n, item in enumerate(b["items"], 1):
            text, below = (item, []) if isinstance(item, str) else (item["text"], item["blocks"])
            yield {"tag": "p", "text": STYLES[style][1](n) + text}
            for under in below:
                yield from flat(under, deeper)

    return tree | {"blocks": [p for b in tree["blocks"] for p in flat(b, outer)]}


def paragraphs_as_lists(tree: Tree) -> Tree:
    """Runs of plain paragraphs numbered 1. 2. 3. or （1）（2） become ordered lists; HTML makes the numbers."""
    blocks: list[Block] = []
    for style in ("1.", "（1）"):
        marker = re.compile(f"{STYLES[style][0]}(?!{_REFERS})")
        blocks, rest = [], list(tree["blocks"])
        while rest:
            run: list[str] = []
            for b in rest:
                match = marker.match(b["text"]) if b["tag"] == "p" and not b.get("bold") else None
                if match is None or number(match[1]) != len(run) + 1:
                    break
                run.append(b["text"][match.end() :].lstrip())
            blocks += [{"tag": "ol", "items": run}] if len(run) > 1 else rest[:1]
            rest = rest[max(1, len(run)) :]
        tree = tree | {"blocks": blocks}
    return tree


def sections_reversed(tree: Tree) -> Tree:
    """The top-level sections stand in reverse order and are numbered anew; what comes before the first one stays."""
    mark = re.compile(f"{STYLES['一、'][0]}")
    heads = [i for i, b in enumerate(tree["blocks"]) if b["tag"] == "h2"]
    heads = heads or [i for i, b in enumerate(tree["blocks"]) if "text" in b and mark.match(b["text"])]
    if len(heads) < 2:
        return tree
    sections = [copy.deepcopy(tree["blocks"][a:b]) for a, b in pairwise([*heads, len(tree["blocks"])])]
    blocks = tree["blocks"][: heads[0]]
    for n, section in enumerate(reversed(sections), 1):
        section[0]["text"] = (
            mark.sub(f"{chinese(n)}、", section[0]["text"], count=1)
            if mark.match(section[0]["text"])
            else section[0]["text"]
        )
        blocks = blocks + section
    return tree | {"blocks": blocks}


RETOLD: dict[str, Callable[[Tree], Tree]] = {
    "numbers one level deeper": one_deeper,
    "western numbers": western,
    "steps as numbers": steps_as_numbers,
    "lists as paragraphs": lists_as_paragraphs,
    "paragraphs as lists": paragraphs_as_lists,
    "sections reversed": sections_reversed,
}
"""Name → another way of telling a tree, under which all facts stay the same."""


def elsewhere(tree: Tree, names: dict[str, str]) -> Tree:
    """The tree with other names of places: the same rules, in another region."""
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))

    def renamed(x: Any) -> Any:
        if isinstance(x, str):
            return pattern.sub(lambda m: names[m[0]], x)
        if isinstance(x, list):
            return [renamed(y) for y in x]
        return {k: renamed(v) for k, v in x.items()} if isinstance(x, dict) else x

    return tree | {k: renamed(tree.get(k)) for k in ("title", "publisher", "breadcrumb", "blocks")}
