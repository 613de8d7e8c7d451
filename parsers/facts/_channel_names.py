"""Channels named in a sentence: a head noun (APP, 小程序, 窗口 …), a proper name before or behind it, or a name of the
gazetteer (vocab/channel_names.yml) standing alone. Names in a row share the head noun that follows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from parsers.document import Document, Span
from parsers.lexicon import Hit, fold
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.vocab import load_regions, load_yaml

NAMED = frozenset({"app", "miniprogram", "wechat_account", "website"})
"""Kinds of channel that have proper names."""


class NamedChannel(NamedTuple):
    """A line of channel_names.yml."""

    name: str
    kind: str
    level: str
    code: str | None
    needs_head: bool


@cache
def gazetteer() -> dict[str, NamedChannel]:
    """Folded form → named channel."""
    rows = load_yaml("channel_names.yml")
    named = {}
    for row in rows:
        channel = NamedChannel(row["name"], row["kind"], row["level"], row.get("code"), row.get("needs_head", False))
        for form in (row["name"], *row["forms"]):
            named[fold(form)] = channel
    return named


@cache
def _name_pattern() -> re.Pattern[str]:
    return rx("|".join(re.escape(form) for form in sorted(gazetteer(), key=len, reverse=True)))


@cache
def _region_levels() -> dict[str, str]:
    """Names a channel's owner may begin with → level."""
    levels: dict[str, str] = {}
    for region in load_regions():
        if region.level in ("provincial", "municipal"):
            levels.setdefault(region.name, region.level)
            levels.setdefault(region.short_name, region.level)
        elif region.level == "county":
            levels.setdefault(region.name, "county")
    return levels


_SEARCHED = rx(r"(?:app|小程序|公众号)[^,;。]{0,10}(?:搜索?|查找)[“\"]$")
"""What is searched for inside a channel is a service of it."""


@dataclass
class Mention:
    kind: str
    start: int
    end: int
    name: str | None = None
    level: str = "unspecified"
    code: str | None = None
    bare: bool = False
    """A name of the gazetteer without a head noun: its kind is the usual one."""


_QUOTED = rx(r"[“\"「『‘\[]([^”\"」』’\]]{2,20})[”\"」』’\]]")
_GAP = rx(r"(?:[两三四]个)?[”\"」』’\]\s]*(?:的|官方|手机|微信|支付宝|端|版|移动|政务|公共|服务|平台|/)*[“\"\s(]*")
_JOIN = rx(r"[”\"」』’\]\s)]{0,9}(?:、|,|/|或者?|和|及|与|以及|\+)+(?:者)?[“\"「『‘\[\s(]*")
_CUT = rx(
    r".*(?:通过|依托|依靠|借助|凭借|经由|运用|启用|登[录陆]|打开|下载|使用|利用|进入|关注|搜索|或者|或|和|及|与|以及|也可|可在|可到|可用|注册|例如|比如|如|等|点击|选择|安装|"
    r"微信里的|微信上的|微信|支付宝|手机|官方|开通的?|设置的|指定|推出的|上的|里的|中的|的|在|到|至|从|用|向|凭|由|是|为|有|其|该|并|再|自行|均可)"
)
_PLAIN_SITES = {"网站", "官网", "官方网站", "门户网站", "网页端", "电脑端"}
_SENTENCE_WORDS = rx(r"支持|开通|部分|可以|提供|实现|办理|人员|不|能|会|未|已|各|本|我")
_GENERIC_NAME = rx(
    r"(?:各地|各市|各级|全省|全市|省级?|市级?|县级?|区级?|省市|参保地|就医地|当地|本地|本市|我市|我省|本省|参保|统筹区|所属|所在地|相关|有关|官方|医疗|医保|医疗保障|医疗保险|社保|社会保险|政府|部门|经办|机构|"
    r"局|中心|服务|公共|政务|网上|网络|手机|移动|微信|支付宝|平台|系统|电脑|专用|业务|异地就医|异地|就医|备案|办理|线上|统一|全国|地方|地区|个人|市民|群众|单位|门户|官|掌上|自助|人员|参保人)*"
)


def mentions(doc: Document, sentence: Span) -> Iterator[Mention]:
    """All channels a sentence names, in order."""
    text = doc.folded
    heads = doc.hits("channel_kind", sentence.start, sentence.end)
    if not heads and not doc.may(_HAS_CHANNEL, sentence):
        return
    names = [
        (m.start(), m.end(), gazetteer()[m.group()])
        for m in _name_pattern().finditer(text, sentence.start, sentence.end)
        if not _in_longer_quote(text, sentence, m.start(), m.end())
        and not (_SEARCHED.search(text, sentence.start, m.start()) and text[m.end() : m.end() + 1] in '”"')
    ]
    taken: list[Mention] = []
    used: set[int] = set()
    for head in heads:
        named = _name_before(doc, sentence, head, names, used) if head.code in NAMED or head.code == "alipay" else None
        behind = _names_behind(doc, sentence, head, names, used) if named is None and head.code in NAMED else []
        if behind:
            taken.extend(behind)
            continue
        if any(start <= head.start and head.end <= end for start, end, _ in names) and named is None:
            continue  # part of a gazetteer name (国务院客户端, 甘肃医保服务平台)
        if named is None and (_inside_quotes(text, sentence, head) or _MODIFIES.match(text, head.end)):
            continue  # a menu or document name; the owner of another channel (医保局的官方网站)
        if rx(r"发|函|规|字|\[").match(text[head.end : head.end + 1]):
            continue  # 医保办发〔2022〕48号
        if head.code == "phone" and text[max(0, head.start - 2) : head.start] in ("联系", "手机", "固定"):
            continue  # a number to fill in
        if (
            head.code == "website"
            and rx(r"单位$").search(text[max(0, head.start - 2) : head.start] + head.form[:2])
            and EMPLOYER.search(text, sentence.start, head.start)
        ):
            continue  # the site on which the employer files
        if head.code == "app" and rx(r"商店|市场").match(text, head.end):
            continue
        if head.code == "hospital" and (
            text[head.start - 1 : head.start] in ("镇", "乡", "县", "区", "市")
            or text[max(0, head.start - 2) : head.start] in ("学校", "学院", "单位", "公司")
        ):
            continue  # 镇医保办
        if head.code == "hospital" and rx(r"(?:告知|联系|咨询|请教)[^,;。]{0,4}$").search(
            text[sentence.start : head.start]
        ):
            continue
        if head.form in _BARE_TOWNSHIP and not _DESK.match(text, head.end):
            continue
        if named is not None:
            taken.append(named)
            if head.code in NAMED:
                taken.extend(_shared_head(doc, sentence, named, head.code, names, used))
        elif head.code == "alipay" and (
            "小程序" in text[head.end : sentence.end] or _SEARCHES.match(text, head.end, sentence.end)
        ):
            continue
        else:
            level = (
                "national"
                if rx(r"(?:全国|国家)(?:统一)?(?:的)?[^,、]{0,4}$").search(
                    text[max(sentence.start, head.start - 8) : head.start]
                )
                or head.form.startswith("全国")
                else "unspecified"
            )
            rural = head.code == "window" and _IN_TOWN.search(text[max(sentence.start, head.start - 16) : head.start])
            taken.append(Mention("township" if rural else head.code, head.start, head.end, None, level))
    for i, (start, end, channel) in enumerate(names):
        if i not in used and not channel.needs_head and not _MENU.match(text, end):
            kind = (
                "website"
                if rx(r"[”\"]?[(]?https?://|[”\"]?[(]?(?:网址|fuwu)").match(text[end : end + 10])
                else channel.kind
            )
            searched = _SEARCH.search(text, sentence.start, start)
            if searched and searched["where"] == "支付宝":
                kind = "miniprogram" if "小程序" in text[end : sentence.end] else "alipay"
            elif searched and kind == "app":
                kind = "miniprogram"  # what is searched for inside WeChat is installed nowhere
            bare = searched is None and kind == channel.kind
            taken.append(Mention(kind, start, end, channel.name, channel.level, channel.code, bare))
    desk = _HOSPITAL_DESK.search(text, sentence.start, sentence.end)
    if desk is not None and not any(m.kind == "hospital" or desk.start() <= m.start < desk.end() for m in taken):
        taken.append(Mention("hospital", desk.start("who"), desk.end("who")))
    if not any(m.kind == "phone" for m in taken) and (call := _DIALS.search(text, sentence.start, sentence.end)):
        taken.append(Mention("phone", call.start(), call.end()))
    if not any(m.kind == "mail_fax" for m in taken) and (letter := _POSTS.search(text, sentence.start, sentence.end)):
        taken.append(Mention("mail_fax", letter.start(), letter.end()))
    if not any(m.kind == "employer" for m in taken) and (staff := EMPLOYER.search(text, sentence.start, sentence.end)):
        taken.append(Mention("employer", staff.start(), staff.end()))
    taken.sort(key=lambda m: m.start)
    yield from taken


_SEARCH = rx(r"(?P<where>微信|支付宝)(?:app)?(?:首页|里|中|上|内)?[^,;。“\"]{0,4}搜索?[“\"]?$")
_SEARCHES = rx(r"(?:app)?(?:首页|里|中|上|内)?[^,;。“\"]{0,4}搜索?[“\"]")
"""支付宝搜“贵州医保”: the name says where."""
_MODIFIES = rx(
    r"(?:的|设置的|开通的|指定的)?(?:官方|门户|微信|手机|网上|线上|政务)*(?:网站|官网|公众号|服务号|小程序|app|网厅|网上|电话|热线|客户端|平台|咨询|渠道)"
)
_MENU = rx(r"[”\"」』’\])]*(?:专区|板块|模块|栏目|按钮|页面|菜单|功能|入口|选项|专栏|首页|服务专区)")
_IN_TOWN = rx(
    r"(?:镇|街道|社区|村)[^,;。、或和县市区]{0,10}(?:中心|站|所|点)[^,;。、县市区]{0,6}$|(?:乡镇|镇上?|街道|社区|村里?)的?(?:医保)?$"
)
"""镇政务服务中心的医保窗口 is a desk in town."""
_BARE_TOWNSHIP = {"乡镇", "街道", "社区", "村(居)", "镇街", "镇村", "乡镇(街道)", "村委会", "居委会", "社区居委会"}
_DESK = rx(
    r"[^,;。、]{0,10}(?:中心|窗口|服务站|站点|站|所|大厅|代办|服务点|干部|专干|协[理管办]员)"
    r"|(?:就近|直接|也|可以?|能|均可|都可){0,3}(?:代?办(?!公|法|好)|代?录入|登记备案|帮)"
)
_HOSPITAL_DESK = rx(
    r"(?P<who>(?:转出|转诊|定点|就诊|三级|二级|具[有备][^,;。]{0,12})?(?:医院|医疗机构|(?<=[由在])[我本]院))[^,;。]{0,24}?(?:上传|代为|代办|直接(?:在[^,;。]{0,8})?(?:办理|备案|办)|办理[^,;。]{0,10}备案|负责[^,;。]{0,8}备案|为[^,;。]{0,10}(?:办理|备案)|(?:给|帮|替)[^,;。]{0,6}(?:做|办|备)(?:好|了|上|理)?[^,;。]{0,4}(?:备案|登记|(?=[,。;]|$))|[^,;。]{0,12}(?:传[进入到至]|录[进入])(?:医保)?系统)"
)
_DIALS = rx(
    r"(?:打|拨打|致电|来电|去电)[^,;。]{0,14}?\d[\d\- ]{3,}\d[^,;。]{0,16}?(?:备案|备上|登记|取消|变更|补登|补办|报备|录入|帮[你您忙]|补(?=[,。;]|$))"
    r"|(?:打|拨打|致电)[^,;。]{0,14}?\d[\d\- ]{3,}\d[^;。]{0,16}?(?:帮[你您]填|代填|给备|备上)"
)
_POSTS = rx(r"(?:材料|资料|表)[^,;。]{0,4}(?:邮|寄)(?:到|至|给|往|送|回|去)[^,;。]{0,16}(?:医保|经办|中心|窗口)")
EMPLOYER = rx(
    r"(?:由|通过|请|委托)?(?:用人|所在|参保|工作)?(?:单位|企业|集团|公司|学校|商会)(?:医保)?(?:经办人|经办人员|专管员|劳资人员|联络员|专办员|人事|统一|集中|代为|代办|hr|[^,;。]{0,10}(?:统一|集中)(?:[到向在][^,;。]{2,12})?(?:申报|办理|备案|登记)|在[^,;。]{2,8}统一(?:申报|办理|备案))"
)
_HAS_CHANNEL = Needs(lambda: [_name_pattern()], _HOSPITAL_DESK, _DIALS, _POSTS, EMPLOYER)
"""What a sentence without a head noun must hold."""


def _name_before(
    doc: Document, sentence: Span, head: Hit, names: list[tuple[int, int, NamedChannel]], used: set[int]
) -> Mention | None:
    """The proper name a head noun belongs to; None where it is generic (当地医保部门官方APP)."""
    text = doc.folded
    for i, (start, end, channel) in enumerate(names):
        if i not in used and end <= head.start and head.start - end <= 12 and _GAP.fullmatch(text[end : head.start]):
            used.add(i)
            kind = channel.kind if head.code == "alipay" else head.code
            printed = doc.text[start:end]
            name = channel.name if kind == channel.kind or printed == channel.name else printed
            if kind == "website" and head.form not in _PLAIN_SITES:
                name = doc.text[start : head.end]
            return Mention(kind, start, head.end, name, channel.level, channel.code)
        if (
            i not in used
            and start <= head.start
            and head.end <= end
            and head.end == end
            and channel.needs_head is False
        ):
            used.add(i)
            return Mention(channel.kind, start, end, channel.name, channel.level, channel.code)
    if head.code == "alipay":
        return None
    quoted = None
    for match in _QUOTED.finditer(text, sentence.start, head.start):
        quoted = match
    if quoted is not None and head.start - quoted.end() <= 10 and _GAP.fullmatch(text[quoted.end() : head.start]):
        name = doc.text[quoted.start(1) : quoted.end(1)]
        return Mention(head.code, quoted.start(), head.end, _bare(name), level_of(name))
    run = rx(r"[\u3400-\u9fffa-z0-9]{2,24}$").search(text[max(sentence.start, head.start - 24) : head.start])
    if run is None:
        return None
    raw = run.group()
    raw = rx(r"[两三四]个$").sub("", raw)
    cut = _CUT.match(raw)
    name = raw[cut.end() :] if cut else raw
    whole = name + head.form if head.code == "website" and head.form not in _PLAIN_SITES else name
    if len(name) < 2 or _GENERIC_NAME.fullmatch(name):
        return None
    if head.code == "website" and level_of(name) == "unspecified":
        return None
    if _SENTENCE_WORDS.search(name) or (level_of(name) == "unspecified" and not rx(r"医保|通$|办$|云$").search(name)):
        return None
    start = head.start - len(name)
    return Mention(head.code, start, head.end, doc.text[start : start + len(whole)], level_of(name))


def _shared_head(
    doc: Document,
    sentence: Span,
    named: Mention,
    kind: str,
    names: list[tuple[int, int, NamedChannel]],
    used: set[int],
) -> list[Mention]:
    """Names in a row before a headed name take its head noun too: “A”或“B”微信公众号."""
    text, found, left = doc.folded, [], named.start
    quoted = list(_QUOTED.finditer(text, sentence.start, named.start))
    while quoted and _JOIN.fullmatch(text[quoted[-1].end() : left]):
        match = quoted.pop()
        inner = fold(match.group(1))
        if _OWN_HEAD.search(inner):
            break  # “…服务网”或“…”公众号
        known = gazetteer().get(inner)
        for i, (start, _end, _channel) in enumerate(names):
            if match.start() <= start < match.end():
                used.add(i)
        name = known.name if known else _bare(doc.text[match.start(1) : match.end(1)])
        found.append(
            Mention(
                kind if not known or known.needs_head else known.kind,
                match.start(),
                match.end(),
                name,
                known.level if known else level_of(name),
                known.code if known else None,
            )
        )
        left = match.start()
    return found


_OWN_HEAD = rx(r"(?:网|网厅|网站|平台|app|客户端|小程序|公众号)$")
_BEHIND = rx(r"(?:为|是|:|,)?[“\"「『‘\[]")


def _names_behind(
    doc: Document, sentence: Span, head: Hit, names: list[tuple[int, int, NamedChannel]], used: set[int]
) -> list[Mention]:
    """Quoted names in a row that follow their head noun: 微信公众号“A”或“B”. A quote with a head noun of its own is none."""
    text, found, at = doc.folded, [], head.end
    while (opening := _BEHIND.match(text, at, sentence.end)) and (match := _QUOTED.match(text, opening.end() - 1)):
        after = text[match.end() : match.end() + 6]
        if rx(r"(?:微信|支付宝|手机)?(?:小程序|公众号|app|客户端|板块|模块|菜单|栏目|专区|页面|按钮)").match(after):
            break
        known = gazetteer().get(fold(match[1]))
        used.update(i for i, (start, _end, _channel) in enumerate(names) if match.start() <= start < match.end())
        name = known.name if known else _bare(doc.text[match.start(1) : match.end(1)])
        found.append(Mention(head.code, head.start, match.end(), name, level_of(name), known.code if known else None))
        joined = rx(r"(?:、|,|/|或者?|和|及|与)").match(text, match.end())
        at = joined.end() if joined else match.end()
        if joined is None:
            break
    return [m for m in found if m.level != "unspecified" or rx(r"医保|通$|办$|云$").search(m.name or "")]


def _in_longer_quote(text: str, sentence: Span, start: int, end: int) -> bool:
    """Whether a gazetteer name is but the beginning of another quoted name (“四川医保公共服务”)."""
    return any(
        (
            m.start(1) <= start
            and end < m.end(1)
            and not rx(r"(?:微信|支付宝)?(?:小程序|公众号|app|平台)?").fullmatch(text[end : m.end(1)])
        )
        or (end == m.end(1) and text[m.start(1) : start] in _region_levels())  # “黑龙江全省事”
        for m in _QUOTED.finditer(text, sentence.start, sentence.end)
    )


def _inside_quotes(text: str, sentence: Span, head: Hit) -> bool:
    opened = text.rfind("《", sentence.start, head.start)
    if opened > text.rfind("》", sentence.start, head.start):
        return True
    return any(
        m.start() < head.start and head.end < m.end() for m in _QUOTED.finditer(text, sentence.start, sentence.end)
    )


def _bare(name: str) -> str:
    """A quoted name without a head noun of its own."""
    return rx(r"(?:微信|支付宝|手机)?(?:小程序|公众号|服务号|app|APP|App|客户端)$").sub("", name) or name


def level_of(name: str) -> str:
    """Whose a named channel is, read from the name: 国家… national, 河北… provincial, 邢台市… municipal."""
    if rx(r"国家|全国|国务院|中国").match(name):
        return "national"
    known = gazetteer().get(fold(name))
    if known:
        return known.level
    levels = _region_levels()
    for size in range(min(len(name), 11), 1, -1):
        if name[:size] in levels:
            rest = name[size:]
            if levels[name[:size]] == "municipal" and rx(r"[\u3400-\u9fff]{1,3}[县区市]").match(rest):
                return "county"
            return levels[name[:size]]
    if name.startswith("省"):
        return "provincial"
    inside = {level for part, level in levels.items() if part in name}  # 我的新疆, 掌上宜昌
    return next((level for level in ("provincial", "municipal") if level in inside), "unspecified")
