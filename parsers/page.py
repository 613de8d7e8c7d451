"""What a page says about itself, outside its main text: title, date, publisher, breadcrumb, attachments.

In: the DOM (before anything is cut from it) and, for the date, the head zone: the text between title and article.
Everything is None or empty where the page does not say it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from urllib.parse import urljoin

from lxml.html import HtmlElement

from parsers.blocks import squeeze
from parsers.patterns import rx
from parsers.records import RelatedPage

_META_DATES = (
    "pubdate",
    "publishdate",
    "publish_date",
    "article:published_time",
    "og:release_date",
    "datepublished",
    "publishtime",
    "firstcreate",
    "date",
    "dc.date",
    "bytedance:published_time",
    "article.published",
)
_META_TITLES = ("articletitle", "og:title", "twitter:title")
_META_PUBLISHERS = ("contentsource", "source", "article:author", "og:article:author", "author", "mediaid")
FILE = rx(r"\.(?:pdf|docx?|xlsx?|wps|ofd|et|zip|rar)(?:[?#]|$)", re.I)

_Y = r"(?P<y>(?:19|20)\d\d)"
_DATE = rf"{_Y}\s*(?:年|[-/.])\s*(?P<m>\d{{1,2}})\s*(?:月|[-/.])\s*(?P<d>\d{{1,2}})(?!\d)"
_ANY_DATE = rx(rf"(?<!\d){_DATE}")
_LABELLED = rx(
    rf"(?:发布|发表|更新|发文|公布|成文|生成|印发|上传|录入|添加)?(?:时间|日期|于|时\s间|日\s期)\s*[:：]?\s*(?:\[|【)?\s*{_DATE}"
)
_ASKED_AT = rx(rf"(?:来信|写信|咨询|留言|提问|提交|受理|诉求)(?:时间|日期)\s*[:：]?\s*{_DATE}")
_PUBLISHED_LABEL = rx(rf"(?:发布|发表|发文|公布|上网|刊发|回复|答复)(?:时间|日期|于)\s*[:：]?\s*(?:\[|【)?\s*{_DATE}")
_CJK_DATE = rx(r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日")
_SOURCE = rx(
    r"(?:信息|文章|稿件|内容)?(?:来源|供稿|(?:发布|回复|答复|办理|提供)(?:机构|单位|部门)|发文机关|公开主体|实施主体)"
    r"\s*[:：]\s*([^\s　|｜:：【】\[\]·]{2,40}?)(?=[\s　|｜:：【】\[\]·]|$|(?:19|20)\d\d[-年/.]"
    r"|(?:发布|更新|点击|浏览|阅读|访问|作者|来源|文章|责任|语音|公开|发文)(?:时间|日期|量|次|数|机构|单位|编辑|播报|主体|机关|[:：])"
    r"|字[号体]|分享|打印|责编|编辑|收藏|大\s*中\s*小|听全文|次播放|评论|我要)"
)
_STRAY = rx(r"(?<=[\u4e00-\u9fff])[ 　\u00a0]+(?=[\u4e00-\u9fff])")
_ORGANISATION = rx(r"(?:局|委|会|厅|府|处|科|办|中心|公室|报|网|社|台|院|号|站|部|公司)$")
_AGENCY = rx(r"^[\u4e00-\u9fff（）()]+(?:局|委员会|厅|人民政府|政府办公室|管理中心|服务中心|经办中心|事业中心)$")
_SITE_WORD = rx(
    r"(?:网站?|门户|政府|本地宝|局|委员会|委|厅|办|中心|频道|官网|平台|在线|社区|新闻|日报|晚报|资讯|客户端|百科|经验|论坛|网易订阅|公报|栏目|信息公开|政务公开"
    r"|办事指南|政策文件|通知公告|集团|公司|医院|学校|大学|学院|人事处|处|科|圈|之家|知识库|图书馆|政务|公报|在线|热线|管家|[A-Za-z0-9.]{1,40}(?:com|net|cn|NET|COM))$"
)


@dataclass(slots=True)
class Head:
    """What the head of the document says: `meta` by lower-case name, the `<title>`, dates of JSON-LD."""

    meta: dict[str, str] = field(default_factory=dict)
    title: str = ""
    ld_date: str | None = None
    is_qa: bool = False


def read_head(root: HtmlElement) -> Head:
    """Meta tags and JSON-LD; the first meta of a name counts."""
    head = Head()
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").strip().lower()
        if name and (value := squeeze(meta.get("content") or "")):
            head.meta.setdefault(name, value)
    for title in root.iter("title"):
        head.title = squeeze(title.text_content())
        break
    for script in root.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json":
            _read_ld(script.text or "", head)
    return head


def _read_ld(text: str, head: Head) -> None:
    try:
        data = json.loads(text)
    except ValueError:
        return  # broken JSON-LD says nothing; the page itself is still read
    for node in data if isinstance(data, list) else [data]:
        if isinstance(node, dict):
            if isinstance(node.get("datePublished"), str):
                head.ld_date = head.ld_date or iso(node["datePublished"])
            head.is_qa = head.is_qa or node.get("@type") == "QAPage"


def iso(text: str | None) -> str | None:
    """The first calendar date in `text` as YYYY-MM-DD."""
    for match in _ANY_DATE.finditer(text or ""):
        if date := _valid(match):
            return date
    return None


def _valid(match: re.Match[str]) -> str | None:
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    days = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return f"{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= days[month - 1] else None


def fold(text: str) -> str:
    """For comparing titles: no white space or punctuation."""
    return rx(r"[\W_]+").sub("", text)


def strip_site(title: str, site: str = "") -> str:
    """`<title>` without the name of the site, in front or behind."""
    parts = rx(r"(\s{0,9}[-_|｜–—]+\s{0,9}|\s{1,9}[·»>]\s{1,9})").split(title)
    while len(parts) > 2:
        last, first = parts[-1].strip(), parts[0].strip()
        if not last or last == site or (_SITE_WORD.search(last) and len(last) <= 30 and len("".join(parts[:-2])) > 3):
            parts = parts[:-2]
        elif first == site or (
            _SITE_WORD.search(first)
            and len(first) <= 16
            and len(first) < len("".join(parts[2:]))
            and first.endswith(("网", "网站", "门户", "平台"))
        ):
            parts = parts[2:]
        else:
            break
    return "".join(parts).strip()


def find_title(head: Head, root: HtmlElement) -> tuple[str | None, HtmlElement | None]:
    """The article's title and, where the body prints it, the element that does (the first one visible)."""
    full = fold(head.title)
    site = head.meta.get("sitename") or head.meta.get("og:site_name") or ""
    stripped = strip_site(head.title, site)
    headings = [(heading_text(h), h) for h in root.iter("h1", "h2", "h3") if not _hidden(h)]
    printed = [
        t
        for t, _ in headings
        if len(fold(t)) >= 4
        and fold(t) in full
        and not (t == site or (full.endswith(fold(t)) != full.startswith(fold(t)) and _looks_site(t)))
    ]
    longest = max(printed, key=len, default="")
    extended = [
        t
        for t, _ in headings
        if len(fold(stripped)) >= 6 and fold(t).startswith(fold(stripped)) and len(t) <= len(stripped) + 14
    ]
    if len(fold(stripped)) < 8:
        extended += [t for t, _ in headings if stripped and fold(stripped) in fold(t) and len(t) <= len(stripped) + 12]
    metas = [head.meta[name] for name in _META_TITLES if name in head.meta]
    candidates = metas[:1] if "articletitle" in head.meta else []
    candidates += extended[:1]
    element = None
    if fold(longest) != fold(stripped) and not extended and len(fold(stripped)) >= 6 and not _looks_site(stripped):
        element = _printing(root, stripped)
        candidates += [stripped] if element is not None else []
    if len(fold(longest)) * 2 >= len(fold(stripped)) or len(fold(longest)) >= 12:
        candidates.append(longest)
    candidates += metas
    first = next(
        (
            t
            for t, h in headings
            if h.tag == "h1" and len(fold(t)) >= 4 and t != site and not _looks_site(t) and "_" not in t
        ),
        None,
    )
    if first and (not stripped or _looks_site(stripped) or len(fold(stripped)) < 6):
        candidates.append(first)
    if not any(fold(c) for c in candidates):
        found, element = _printed_part(head.title, root)
        if found is None:
            found, element = _named_title(root)
        if found is not None:
            candidates.append(found)
    candidates += [c for c in (stripped, first) if c]
    title = next((c for c in candidates if fold(c)), None)
    if title is None:
        return None, None
    key = fold(title)
    for text, heading in headings:
        if fold(text) == key:
            return text if "articletitle" not in head.meta else title, heading
    return title, element if element is not None else _printing(root, title)


def heading_text(element: HtmlElement) -> str:
    """Text of a heading without the link sign that some generators put into it."""
    return squeeze(rx(r"^\s{0,9}[#¶§]\s{0,9}|\s{0,9}[#¶§]\s{0,9}$").sub("", element.text_content()))


_LONGEST_TITLE = 400
"""Characters of a title; one that was never closed has swallowed the page."""


def _printed_part(title: str, root: HtmlElement) -> tuple[str | None, HtmlElement | None]:
    """The longest front part of `<title>`, cut at its separators, that the body prints as a line of its own."""
    if len(title) > _LONGEST_TITLE:
        return None, None
    cuts = [m.start() for m in rx(r"\s{0,9}[-_|｜–—]+\s{0,9}|\s{1,9}[·»>]\s{1,9}").finditer(title)]
    parts = [title[:end].strip() for end in (len(title), *reversed(cuts))]
    # 某市医疗保障局 关于…, 某市医疗保障局-关于…: the body may print the title without who issued it
    behind = rx(r"\s{0,9}[-_|｜–—]+\s{0,9}|\s+")
    parts += [title[m.end() :].strip() for m in behind.finditer(title) if len(title) - m.end() >= 8]
    for part in parts:
        if len(fold(part)) >= 5 and not _looks_site(part) and (element := _printing(root, part, True)) is not None:
            return squeeze(element.text_content()), element
    return None, None


def _printing(root: HtmlElement, title: str, extend: bool = False) -> HtmlElement | None:
    """The first element that prints `title` and nothing else."""
    key, stem = fold(title), title[:2]
    for element in root.iter(
        "div", "p", "span", "td", "strong", "font", "b", "h4", "h5", "section", "a", "em", "li", "header"
    ):
        text = element.text
        if text is None or stem not in text or _hidden(element):
            continue
        whole = fold(squeeze(element.text_content()))
        if whole == key or (
            extend and whole.startswith(key) and len(whole) <= len(key) + 8 and squeeze(text)[-1:] in "）)】》"
        ):
            return element
    return None


_TITLE_CLASS = rx(r"(?:^|[\W_-])(?:[a-z]*title|tit|tt|headline|subject|name|bt)(?:$|[\W_\d-])", re.I)


def _named_title(root: HtmlElement) -> tuple[str | None, HtmlElement | None]:
    """Where `<title>` names only the site: the first line whose class says that it is a title."""
    for element in root.iter("div", "p", "span", "td", "strong", "section"):
        if _TITLE_CLASS.search(element.get("class") or element.get("id") or "") and not len(element):
            text = squeeze(element.text or "")
            if 6 <= len(text) <= 60 and not _looks_site(text):
                return text, element
    return None, None


_NONE = rx(r"display\s*:\s*none", re.I)


_OF_A_KIND = rx(
    r"(?:(?:[\u4e00-\u9fff]{1,5}信箱|互动交流|网上信访|政民互动|在线咨询|咨询投诉|知识库)[-_|]?)?"
    r"(?:信件|来信|咨询|留言|问题|事项|文章|新闻|内容|信息|知识|诉求)?(?:详情|详细|内容|查看|正文)(?:页面?)?|(?:局长|市长|县长|主任|网上)信箱"
)
"""信件详情: a `<title>` that all pages of a kind share."""


def _looks_site(text: str) -> bool:
    return len(text) <= 16 and (_SITE_WORD.search(text) is not None or _OF_A_KIND.fullmatch(text) is not None)


def _hidden(element: HtmlElement) -> bool:
    return any(_NONE.search(e.get("style", "")) for e in (element, *element.iterancestors()) if "style" in e.attrib)


def find_published(head: Head, zone: str, tail: Iterable[str], opening: str = "") -> str | None:
    """PubDate and its relatives; a labelled date, then any date, between title and article; else the date of signing.

    `zone` is the text around the title, without the article and without related blocks; `tail` the last lines of the
    article, where a notice carries its date alone on a line; `opening` its first lines, where a letter has a table that
    tells when it was answered.
    """
    for name in _META_DATES:
        if name in head.meta and (date := iso(head.meta[name])):
            return date
    zone = _ASKED_AT.sub("", _STRAY.sub("", zone))
    for pattern in (_PUBLISHED_LABEL, _LABELLED, _ANY_DATE):
        for match in pattern.finditer(zone):
            if date := _valid(match):
                return date
    if head.ld_date:
        return head.ld_date
    for match in _PUBLISHED_LABEL.finditer(_STRAY.sub("", opening)):
        if date := _valid(match):
            return date
    for line in tail:
        signed = rx(rf"(?:[（(]?\S{{0,30}}?)\s{{0,9}}{_DATE}\s*日?[）)]?").fullmatch(line.strip())
        if signed and (date := _valid(signed)):
            return date
        if written := _CJK_DATE.fullmatch(line.strip()):
            return _chinese_date(written)
    return None


def _chinese_date(match: re.Match[str]) -> str | None:
    digits = {c: str(i % 10) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}
    year = "".join(digits[c] for c in match[1])

    def small(text: str) -> int:
        tens, _, ones = text.rpartition("十")
        if "十" not in text:
            return int(digits[text[-1]])
        return (int(digits[tens]) if tens else 1) * 10 + (int(digits[ones]) if ones else 0)

    found = _ANY_DATE.match(f"{year}-{small(match[2])}-{small(match[3])}")
    return _valid(found) if found else None


def find_publisher(head: Head, zone: str) -> str | None:
    """Who publishes the article: the source line, else the meta tags, else the site."""
    nobody = (
        "本网",
        "本站",
        "网络整理",
        "互联网",
        "网络",
        "原创",
        "本站原创",
        "本站整理",
        "本网站",
        "未知",
        "微信公众平台",
    )
    if (source := head.meta.get("contentsource")) and source not in nobody:
        return source
    if match := _SOURCE.search(zone):
        source = match[1].strip("　 ,，。;；")
        if not _ORGANISATION.search(source) and (whole := _SOURCE.search(_STRAY.sub("", zone))):
            # a stray space may have cut the name
            source = whole[1] if _ORGANISATION.search(whole[1]) else source
        if source not in nobody:
            return source
    for name in _META_PUBLISHERS:
        value = head.meta.get(name)
        if value and value not in nobody:
            return value
    for line in zone.splitlines():
        for part in rx(r"[\s　|｜·]+").split(line):
            if 4 <= len(part) <= 30 and _AGENCY.search(part):
                return part
    site = head.meta.get("sitename") or head.meta.get("og:site_name")
    return site if site not in nobody else None


_HOST_AFTER = rx(r"(?:单位)?\s{0,9}[:：]\s{0,9}([\u4e00-\u9fff]{4,30})")
_OWNER = rx(
    r"([\u4e00-\u9fff]{2,20}(?:局|政府|办公室|委员会|厅|中心|医院|大学))[\s　]{0,3}版权所有"
    r"|版权所有[\s　:：©]{0,3}([\u4e00-\u9fff]{2,20}(?:局|政府|办公室|委员会|厅|中心|医院|大学))"
)
_HOST_BEFORE = rx(r"[\u4e00-\u9fff]{2,24}(?:局|政府|办公室|委员会|厅|中心)$")


_HOME = ("/", "./", "/index.html", "/index.htm")


def find_site(head: Head, title: str | None, root: HtmlElement) -> str | None:
    """How the page names its site: meta SiteName, the rest of `<title>` behind the article's, who runs it (主办)."""
    found = [head.meta.get("sitename") or head.meta.get("og:site_name") or ""]
    if title and title in head.title:
        found.append(head.title.replace(title, "", 1).strip(" -_|｜–—·"))
    elif title is None or fold(title) not in fold(head.title):
        found.append(head.title)
    pieces = list(root.itertext())[-400:]
    found += _owners("\n".join(pieces)[-4000:]) or _owners(_STRAY.sub("", "".join(pieces)[-3000:]))
    first = islice(root.iter("a"), 40)
    home = (squeeze(a.text or "") for a in first if (a.get("href") or "").strip() in _HOME)
    found += [name for name in home if 4 <= len(name) <= 24 and _AGENCY.search(name)][:1]
    return " ".join(dict.fromkeys(t for t in found if t and t != title)) or None


def _owners(text: str) -> list[str]:
    """Who runs a site, as its footer says."""
    found = []
    if (at := text.find("主办")) >= 0:
        if match := _HOST_AFTER.match(text, at + 2):
            found.append(match[1])
        elif match := _HOST_BEFORE.search(text[max(0, at - 26) : at]):
            found.append(match[0])
    at = text.find("版权所有")
    if at >= 0 and (owner := _OWNER.search(text, max(0, at - 26), at + 40)):
        found.append(owner[1] or owner[2])
    return [name for name in found if _ORGANISATION.search(name)]


def agency_of(site: str | None) -> str | None:
    """The agency among the names of a site: where a page names no source, its site publishes it."""
    return next(
        (part for part in rx(r"[\s\-_|—]+").split(site or "") if 4 <= len(part) <= 30 and _AGENCY.search(part)), None
    )


_CRUMB_LABEL = rx(
    r"^(?:您)?(?:的|现在的|当前的?|现在)*(?:所在)?(?:的)?位置\s*[:：]?|^当前页面\s*[:：]?|^您现在所在(?:的)?位置\s*[:：]?|^你(?:的)?(?:当前)?位置\s*[:：]?"
)
_CRUMB_CLASS = rx(r"crumb|bread|position|weizhi|dqwz|daohang_con|curmb|location|\bpos\b|\bpath\b|wz\b", re.I)


@lru_cache(maxsize=4096)
def _names_crumbs(name: str) -> bool:
    return _CRUMB_CLASS.search(name) is not None


def find_breadcrumb(root: HtmlElement) -> tuple[str, ...]:
    """The path of the page in its site: links joined by “>” or “/”, found by its label or its form."""
    for element in root.iter("div", "p", "td", "span", "ul", "ol", "nav", "h3", "dl", "section", "li", "em"):
        first = next(element.iterchildren("a"), None) if len(element) else None
        name, number = element.get("class"), element.get("id")
        labelled = _CRUMB_LABEL.match((element.text or "").strip()) is not None
        if first is None and not (name or number or labelled):
            continue
        named = bool((name and _names_crumbs(name)) or (number and _names_crumbs(number)))
        text = None
        if first is not None or named or labelled:
            tail = (first.tail or "").strip(" \t\r\n\u00a0　") if first is not None else ""
            if named or (tail[:1] in (">", "›", "»", "＞", "→") and tail) or labelled:
                text = squeeze(element.text_content())
        if not text or len(text) > 160:
            continue
        body = _CRUMB_LABEL.sub("", text.lstrip(" >[【"))
        parts = [p.strip(" \u00a0　[]【】") for p in rx(r"\s{0,9}(?:>+|›|»|＞|→|/|\\|\s-\s|&gt;)\s{0,9}").split(body)]
        parts = [p for p in parts if p]
        if 2 <= len(parts) <= 9 and all(len(p) <= 60 for p in parts) and (named or labelled or first is not None):
            return tuple(parts)
    return ()


def links(element: HtmlElement, base: str | None) -> list[tuple[str, str | None, HtmlElement]]:
    """(text, absolute URL, element) of the links with text inside an element."""
    found = []
    for link in element.iter("a"):
        text = squeeze(link.text_content()) or squeeze(link.get("title") or "")
        href = (link.get("href") or "").strip()
        if text:
            found.append((text, absolute(href, base), link))
    return found


def absolute(href: str, base: str | None) -> str | None:
    if not href or href.lower().startswith(("javascript:", "#", "mailto:", "tel:", "data:")):
        return None
    if not base or _WHOLE.fullmatch(href):
        return href
    try:
        return f"{_origin(base)}{href}" if _ROOTED.fullmatch(href) else urljoin(base, href)
    except ValueError:  # a malformed address, as on "http://[…"
        return href


# Most links of a page. `urljoin` gives the same for both, after taking both addresses apart: nine times as slow.
_WHOLE = rx(r"https?://[\w.-]+/[\w./%=&+-]*(?:\?[\w./%=&+-]+)?", re.A)
_ROOTED = rx(r"(?:/[\w%=&+-][\w%=&+.-]*)+/?(?:\?[\w./%=&+-]+)?", re.A)
"""A path from the root without steps up."""


@lru_cache(maxsize=256)
def _origin(base: str) -> str:
    """Scheme and host of an address. Raises ValueError for a malformed one."""
    return urljoin(base, "/")[:-1]


def find_attachments(root: HtmlElement, base: str | None) -> tuple[RelatedPage, ...]:
    """Links to documents, and documents shown in a frame, in order, each address once."""
    found: dict[str, RelatedPage] = {}
    for element in root.iter("a", "iframe", "embed", "object"):
        href = element.get("href") or element.get("src") or element.get("data") or ""
        if not FILE.search(href):
            continue
        url = absolute(href.strip(), base)
        text = squeeze(element.text_content()) or squeeze(element.get("title") or "") or href.rsplit("/", 1)[-1]
        if url and url not in found:
            found[url] = RelatedPage(text, url)
    return tuple(found.values())
