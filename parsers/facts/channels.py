"""Channels: the medium through which one files (or changes, cancels, claims), with its owner's level and proper name.

A channel is a head noun (APP, 小程序, 窗口 …), a proper name before it, or a name of the gazetteer standing alone. Names
in a row share the head noun that follows them (“A”或“B”微信公众号). A mention counts where its clause or what heads it
speaks of filing; agencies that act, hospitals that treat, hotlines to ask and the site's own promotion are no channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from parsers.document import Document, Span
from parsers.lexicon import Hit, fold
from parsers.patterns import rx
from parsers.records import Channel, Issue
from parsers.vocab import load_regions

ONLINE = frozenset({"app", "miniprogram", "wechat_account", "alipay", "website", "online"})
_NAMED = frozenset({"app", "miniprogram", "wechat_account", "website"})
_PLACES = frozenset({"window", "township", "hospital", "terminal"})
_FILING_OPS = ("apply", "change", "cancel", "makeup", "renew", "reimburse", "query_status", "query_institution")


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
    rows = yaml.safe_load((files("parsers.vocab") / "channel_names.yml").read_text("utf-8"))
    named = {}
    for row in rows:
        channel = NamedChannel(row["name"], row["kind"], row["level"], row.get("code"), row.get("needs_head", False))
        for form in (row["name"], *row["forms"]):
            named[fold(form)] = channel
    return named


@cache
def _name_pattern() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(form) for form in sorted(gazetteer(), key=len, reverse=True)))


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


@dataclass
class _Mention:
    kind: str
    start: int
    end: int
    name: str | None = None
    level: str = "unspecified"
    code: str | None = None


@dataclass
class _Entry:
    kind: str
    level: str
    name: str | None
    code: str | None
    operations: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    everybody: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)
    condition: str | None = None
    geo_scope: str | None = None


def find(doc: Document) -> Iterator[Channel | Issue]:
    """One fact per (kind, level, name): operations and filing types of all its mentions together."""
    entries: dict[tuple[str, str, str | None], _Entry] = {}
    for sentence in doc.sentences:
        for mention in _mentions(doc, sentence):
            operations = _operations(doc, sentence, mention)
            if not operations:
                continue
            lead = doc.folded[sentence.start : mention.start]
            key = (mention.kind, mention.level, mention.name)
            if mention.name is None and mention.kind in _NAMED and (not lead or _USES.search(lead)):
                # 用小程序补一个: the one named before
                key = next((k for k in reversed(entries) if k[0] == mention.kind and k[2] is not None), key)
            entry = entries.setdefault(key, _Entry(mention.kind, mention.level, mention.name, mention.code))
            entry.operations.update(operations)
            types = doc.types_in(clause_start(doc, mention.start), mention.end) or doc.types_above(
                sentence.block, before=sentence.start
            )
            if mention.kind == "hospital" and not types and "转诊" in doc.folded[sentence.start : sentence.end]:
                types = ("referral",)
            if types:
                entry.types.update(types)
            else:
                entry.everybody = True
            entry.spans.append(_quote(doc, sentence, mention))
    yield from _merge(doc, entries)


def clause_start(doc: Document, position: int) -> int:
    """Where the clause of a position begins."""
    return doc.clause_at(position).start


def _merge(doc: Document, entries: dict[tuple[str, str, str | None], _Entry]) -> Iterator[Channel]:
    """Facts of the entries; a generic 线上/线下 goes where a named medium says as much already."""
    specific = [e for e in entries.values() if e.kind not in ("online", "offline") and e.operations]
    for entry in entries.values():
        if entry.kind in ("online", "offline") and entry.level == "unspecified":
            kin = [
                e
                for e in specific
                if (e.kind in ONLINE) == (entry.kind == "online") and e.kind not in ("phone", "employer")
            ]
            covered = set().union(*(e.operations for e in kin)) if kin else set()
            if kin and (entry.operations <= covered or entry.kind == "offline"):
                continue
            if entry.kind == "offline" and not kin and not entry.operations:
                continue
        yield Channel(
            kind=entry.kind,
            level=entry.level,
            name=entry.name,
            code=entry.code,
            operations=tuple(sorted(entry.operations)),
            filing_types=() if entry.everybody else tuple(sorted(entry.types)),
            modality="may",
            evidence=doc.evidence(*list(dict.fromkeys(entry.spans))[:8]),
            rule=f"channels.{entry.kind}",
        )


# ---- mentions ------------------------------------------------------------------------------------------
_QUOTED = re.compile(r"[“\"「『‘\[]([^”\"」』’\]]{2,20})[”\"」』’\]]")
_GAP = re.compile(
    r"(?:[两三四]个)?[”\"」』’\]\s]*(?:的|官方|手机|微信|支付宝|端|版|移动|政务|公共|服务|平台|/)*[“\"\s(]*"
)
_JOIN = re.compile(r"[”\"」』’\]\s)]*(?:、|,|/|或者?|和|及|与|以及|\+)+(?:者)?[“\"「『‘\[\s(]*")
_CUT = re.compile(
    r".*(?:通过|登[录陆]|打开|下载|使用|利用|进入|关注|搜索|或者|或|和|及|与|以及|也可|可在|可到|可用|注册|例如|比如|如|等|点击|选择|安装|"
    r"微信里的|微信上的|微信|支付宝|手机|官方|开通的?|设置的|指定|推出的|上的|里的|中的|的|在|到|至|从|用|向|凭|由|是|为|有|其|该|并|再|自行|均可)"
)
_PLAIN_SITES = {"网站", "官网", "官方网站", "门户网站", "网页端", "电脑端"}
_SENTENCE_WORDS = re.compile(r"支持|开通|部分|可以|提供|实现|办理|人员|不|能|会|未|已|各|本|我")
_GENERIC_NAME = re.compile(
    r"(?:各地|各市|各级|全省|全市|省级?|市级?|县级?|区级?|省市|参保地|就医地|当地|本地|本市|我市|我省|本省|参保|统筹区|所属|所在地|相关|有关|官方|医疗|医保|医疗保障|医疗保险|社保|社会保险|政府|部门|经办|机构|"
    r"局|中心|服务|公共|政务|网上|网络|手机|移动|微信|支付宝|平台|系统|电脑|专用|业务|异地就医|异地|就医|备案|办理|线上|统一|全国|地方|地区|个人|市民|群众|单位|门户|官|掌上|自助|人员|参保人)*"
)


def _mentions(doc: Document, sentence: Span) -> Iterator[_Mention]:
    """All channels a sentence names, in order."""
    text = doc.folded
    heads = doc.hits("channel_kind", sentence.start, sentence.end)
    names = [
        (m.start(), m.end(), gazetteer()[m.group()])
        for m in _name_pattern().finditer(text, sentence.start, sentence.end)
        if not _in_longer_quote(text, sentence, m.start(), m.end())
    ]
    taken: list[_Mention] = []
    used: set[int] = set()
    for head in heads:
        named = _name_before(doc, sentence, head, names, used) if head.code in _NAMED or head.code == "alipay" else None
        behind = _names_behind(doc, sentence, head, names, used) if named is None and head.code in _NAMED else []
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
        if head.code == "hospital" and rx(r"(?:告知|联系|咨询|请教)[^,;。]{0,4}$").search(
            text[sentence.start : head.start]
        ):
            continue
        if head.form in _BARE_TOWNSHIP and not _DESK.match(text, head.end):
            continue
        if named is not None:
            taken.append(named)
            if head.code in _NAMED:
                taken.extend(_shared_head(doc, sentence, named, head.code, names, used))
        elif head.code == "alipay" and "小程序" in text[head.end : sentence.end]:
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
            taken.append(_Mention(head.code, head.start, head.end, None, level))
    for i, (start, end, channel) in enumerate(names):
        if i not in used and not channel.needs_head and not _MENU.match(text, end):
            kind = (
                "website"
                if rx(r"[”\"]?[(]?https?://|[”\"]?[(]?(?:网址|fuwu)").match(text[end : end + 10])
                else channel.kind
            )
            taken.append(_Mention(kind, start, end, channel.name, channel.level, channel.code))
    desk = _HOSPITAL_DESK.search(text, sentence.start, sentence.end)
    if desk is not None and not any(m.kind == "hospital" or desk.start() <= m.start < desk.end() for m in taken):
        taken.append(_Mention("hospital", desk.start("who"), desk.end("who")))
    if not any(m.kind == "phone" for m in taken) and (call := _DIALS.search(text, sentence.start, sentence.end)):
        taken.append(_Mention("phone", call.start(), call.end()))
    if not any(m.kind == "employer" for m in taken) and (staff := _EMPLOYER.search(text, sentence.start, sentence.end)):
        taken.append(_Mention("employer", staff.start(), staff.end()))
    taken.sort(key=lambda m: m.start)
    yield from taken


_MODIFIES = re.compile(
    r"(?:的|设置的|开通的|指定的)?(?:官方|门户|微信|手机|网上|线上|政务)*(?:网站|官网|公众号|服务号|小程序|app|网厅|网上|电话|热线|客户端|平台|咨询|渠道)"
)
_MENU = re.compile(r"[”\"」』’\])]*(?:专区|板块|模块|栏目|按钮|页面|菜单|功能|入口|选项|专栏|首页|服务专区)")
_BARE_TOWNSHIP = {"乡镇", "街道", "社区", "村(居)", "镇街", "镇村", "乡镇(街道)", "村委会", "居委会", "社区居委会"}
_DESK = re.compile(r"[^,;。、]{0,10}(?:中心|窗口|服务站|站点|站|所|大厅|代办|服务点)")
_HOSPITAL_DESK = re.compile(
    r"(?P<who>(?:转出|转诊|定点|就诊|三级|二级|具[有备][^,;。]{0,12})?(?:医院|医疗机构))[^,;。]{0,24}?(?:上传|代为|代办|直接(?:在[^,;。]{0,8})?(?:办理|备案|办)|办理[^,;。]{0,10}备案|负责[^,;。]{0,8}备案|为[^,;。]{0,10}(?:办理|备案))"
)
_DIALS = re.compile(r"(?:打|拨打|致电)[^,;。]{0,14}?\d{5,}[^,;。]{0,16}?(?:备案|登记|取消|变更|补登|补办|报备|录入)")
_EMPLOYER = re.compile(
    r"(?:由|通过|请|委托)?(?:用人|所在|参保|工作)?(?:单位|企业|集团|公司|学校|商会)(?:医保)?(?:经办人|经办人员|专管员|人事|统一|集中|代为|代办|hr)"
)


def _name_before(
    doc: Document, sentence: Span, head: Hit, names: list[tuple[int, int, NamedChannel]], used: set[int]
) -> _Mention | None:
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
            return _Mention(kind, start, head.end, name, channel.level, channel.code)
        if (
            i not in used
            and start <= head.start
            and head.end <= end
            and head.end == end
            and channel.needs_head is False
        ):
            used.add(i)
            return _Mention(channel.kind, start, end, channel.name, channel.level, channel.code)
    if head.code == "alipay":
        return None
    quoted = None
    for match in _QUOTED.finditer(text, sentence.start, head.start):
        quoted = match
    if quoted is not None and head.start - quoted.end() <= 10 and _GAP.fullmatch(text[quoted.end() : head.start]):
        name = doc.text[quoted.start(1) : quoted.end(1)]
        return _Mention(head.code, quoted.start(), head.end, _bare(name), level_of(name))
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
    return _Mention(head.code, start, head.end, doc.text[start : start + len(whole)], level_of(name))


def _shared_head(
    doc: Document,
    sentence: Span,
    named: _Mention,
    kind: str,
    names: list[tuple[int, int, NamedChannel]],
    used: set[int],
) -> list[_Mention]:
    """Names in a row before a headed name take its head noun too: “A”或“B”微信公众号."""
    text, found, left = doc.folded, [], named.start
    quoted = list(_QUOTED.finditer(text, sentence.start, named.start))
    while quoted and _JOIN.fullmatch(text[quoted[-1].end() : left]):
        match = quoted.pop()
        inner = fold(match.group(1))
        known = gazetteer().get(inner)
        for i, (start, _end, _channel) in enumerate(names):
            if match.start() <= start < match.end():
                used.add(i)
        name = known.name if known else _bare(doc.text[match.start(1) : match.end(1)])
        found.append(
            _Mention(
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


_BEHIND = re.compile(r"(?:为|是|:|,)?[“\"「『‘\[]")


def _names_behind(
    doc: Document, sentence: Span, head: Hit, names: list[tuple[int, int, NamedChannel]], used: set[int]
) -> list[_Mention]:
    """Quoted names in a row that follow their head noun: 微信公众号“A”或“B”. A quote with a head noun of its own is none."""
    text, found, at = doc.folded, [], head.end
    while (opening := _BEHIND.match(text, at, sentence.end)) and (match := _QUOTED.match(text, opening.end() - 1)):
        after = text[match.end() : match.end() + 6]
        if rx(r"(?:微信|支付宝|手机)?(?:小程序|公众号|app|客户端|板块|模块|菜单|栏目|专区|页面|按钮)").match(after):
            break
        known = gazetteer().get(fold(match[1]))
        used.update(i for i, (start, _end, _channel) in enumerate(names) if match.start() <= start < match.end())
        name = known.name if known else _bare(doc.text[match.start(1) : match.end(1)])
        found.append(_Mention(head.code, head.start, match.end(), name, level_of(name), known.code if known else None))
        joined = rx(r"(?:、|,|/|或者?|和|及|与)").match(text, match.end())
        at = joined.end() if joined else match.end()
        if joined is None:
            break
    return [m for m in found if m.level != "unspecified" or rx(r"医保|通$|办$|云$").search(m.name or "")]


def _in_longer_quote(text: str, sentence: Span, start: int, end: int) -> bool:
    """Whether a gazetteer name is but the beginning of another quoted name (“四川医保公共服务”)."""
    return any(
        m.start(1) <= start
        and end < m.end(1)
        and not rx(r"(?:微信|支付宝)?(?:小程序|公众号|app|平台)?").fullmatch(text[end : m.end(1)])
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
    return "provincial" if name.startswith("省") else "unspecified"


# ---- what a mention is for -----------------------------------------------------------------------------
_FILING = re.compile(r"备案|登记|申报|报备")
_CLAIM = re.compile(r"报销|零星|手工结算")
_PURPOSE = re.compile(f"{_FILING.pattern}|{_CLAIM.pattern}")
_NEGATED = re.compile(r"(?:不必|无需|不用|无须|毋需|不再|不需要?|免|没有)[^,;。]{0,4}$")
_NO_FILING = re.compile(
    r"参保登记|缴费|激活|申领|领取|绑定亲情|家庭共济|住院登记|入院登记|挂号|慢特病(?:资格)?(?:认定|申请)|门特(?:资格)?(?:认定|登记|申请)"
)
_ACT = re.compile(
    r"办理|申请|提交|备案|登记|受理|申报|上传|填写|填表|搜索?|打开|进入|操作|代办|补|搞定|自助|录入|变更|取消|修改|报销|查询|致电|拨打|传真|邮寄|寄|点击|选择|下载|登[录陆]|关注|入口|帮办|协助|也行|就行|都行|均可|即可|帮着|代录|撤|(?:可|能|就近|现场|去|中心|大厅|窗口)[^,;。]{0,12}办"
)
_CONSULT = re.compile(r"咨询|了解|询问|垂询|详询|疑问|投诉|举报|答疑|确认(?:最新)?政策")
_PROMOTION = re.compile(r"关注后|回复[“\"「『\[(]|对话框|长按|扫码关注|识别二维码|微信搜索公众号")
_GO = re.compile(
    r"(?:向|到|至|前往|去|赴|在|回|送|交|跑|找|联系|携带?[^,;。]{0,20}|持[^,;。]{0,20}|通过|经由|或者?|和|及|、)[^,;。]{0,22}$"
)
_AGENCY_ACTS = re.compile(
    r"[^,;。、]{0,6}?(?:工作人员|经办人员|负责|应当?|须|按照|根据|对|将|为|在收到|在接到|收到|接到|审核|核实|确认|不得|不再|不予|进行|及时|统一|予以|完成|定期|联系|与|开展|做好|支付|拨付|制定|公布|另行|结合|给予|反馈|告知|会|已|印发|授权)"
)
_BY_PHONE = re.compile(
    r"电话(?:办理|备案|登记|申请|申报|报备)|(?:拨打|致电|打|通过)[^,;。]{0,24}(?:备案|登记|办理|申报|报备|取消|变更|补)|电话[^,;。]{0,8}(?:备案|登记|报备)|打电话[^;。]{0,30}(?:备案|登记|录入|代为|补)|通过电话|备案专线|(?:也可以?|或者?|还可以?)(?:直接)?(?:致电|拨打|打电话)[^;。]{0,20}(?:医保|经办|中心)|(?:拨打|致电|打电话)[^;。]{0,24}(?:登记|代办|补|撤|重新备|录入|取消)|电话(?:、|或|和|及)[^,;。]{0,12}(?:办|备案|登记)"
)
_GENERIC_MEDIUM = re.compile(
    r"(?:通过|可以?|选择|支持|实现|在|走|利用|采取)[^,;。]{0,14}(?:线上|网上|掌上|互联网|网络|手机上|线下|现场|不见面|统一平台|网办|掌办)[^,;。]{0,14}(?:办|备案|申请|登记|提交|申报|补)|全国统一(?:的)?(?:线上)?平台"
)


def _operations(doc: Document, sentence: Span, mention: _Mention) -> set[str]:
    """What one can do through a mention; empty = it is no channel here."""
    text = doc.folded
    clause = doc.clause_at(mention.start)
    here, whole = text[clause.start : clause.end], text[sentence.start : sentence.end]
    before, after = text[clause.start : mention.start], text[mention.end : clause.end]
    heads = doc.heads_text(sentence.block)
    listed = _listed(sentence, heads)
    if _PROMOTION.search(whole) or _NO_FILING.search(here) or _NEGATED.search(before):
        return set()
    if not _plausible(mention.kind, here, whole, before, after, listed, heads, text[mention.start : mention.end]):
        return set()
    if _CONSULT.search(here) and not rx(r"办理|申请|登记|提交|受理|备案").search(_CONSULT.split(here)[0]):
        return set()
    operations = _stated_operations(doc, clause, sentence)
    if "makeup" in operations and not rx(r"备案").search(rx(r"补[办充报录]?(?:异地就医)?备案").sub("", here)):
        operations.discard("apply")
    if not operations:
        acts = _ACT.search(whole if mention.kind == "phone" or mention.name else here) or (
            mention.name and _USES.search(before)
        )
        if listed or acts:
            operations = _operation_of_context(doc, sentence, heads)
    if operations == {"reimburse"} and not (
        _ACT.search(here) and mention.kind not in ("online", "offline", "hospital", "phone", "employer")
    ):
        return set()
    if operations <= {"query_status", "query_institution"} and mention.name is None:
        return set()
    if mention.kind in ("window", "township") and operations <= {"query_status", "query_institution"}:
        return set()
    return operations


def _operation_of_context(doc: Document, sentence: Span, heads: str) -> set[str]:
    """What a way of doing things is for where its sentence does not say: the text before it, then what heads it."""
    block = doc.blocks[sentence.block]
    before = doc.folded[max(block.start, sentence.start - 160) : sentence.start]
    nearest = max(((m.start(), m.group()) for m in _PURPOSE.finditer(before)), default=None)
    if nearest is not None:
        return {"apply" if _FILING.match(nearest[1]) else "reimburse"}
    for head in heads.split("\n"):
        if changes := {code for code, pattern in _CHANGES.items() if pattern.search(head)}:
            also = rx(r"备案(?:登记|申请)?(?:[、及和与/])").search(head) or rx(r"申请").search(head)
            return changes | {"apply"} if also else changes
        if _FILING.search(head):
            return {"apply"}
        if _CLAIM.search(head):
            return {"reimburse"}
    return {"apply"}


_CHANGES = {
    "change": re.compile(r"(?<!不)(?:变更|修改)"),
    "cancel": re.compile(r"(?<!不)(?:取消|撤销|注销)(?!备案手续)"),
}


def _stated_operations(doc: Document, clause: Span, sentence: Span) -> set[str]:
    """Operations named in the clause, else in the sentence."""
    for span in (clause, sentence):
        found = {
            hit.code
            for hit in doc.hits("operation", span.start, span.end)
            if hit.code in _FILING_OPS
            and not rx(r"(?:不|不得|不可|不能|未)$").search(doc.folded[max(span.start, hit.start - 2) : hit.start])
        }
        if found & {"apply", "change", "cancel", "makeup", "renew", "reimburse"} or (found and span is sentence):
            return found
    return set()


def _plausible(
    kind: str, here: str, whole: str, before: str, after: str, listed: bool, heads: str, printed: str
) -> bool:
    """Whether a head noun of this kind can be a channel in such a clause."""
    if kind == "window":
        return (listed and not _AGENCY_ACTS.match(after)) or bool(
            not _AGENCY_ACTS.match(after)
            and (_GO.search(before) or printed.endswith(("窗口", "大厅")))
            and _ACT.search(here)
        )
    if kind == "township":
        return listed or bool(
            _GO.search(before) or _ACT.search(after) or rx(r"[^,;。]{0,8}(?:代?办|就近)").match(after)
        )
    if kind == "phone":
        offered = rx(r"渠道|途径|方式").search(heads) is not None and not _CONSULT.search(whole)
        labelled = heads.startswith("电话")  # 电话：0432-… in a list of ways
        return _BY_PHONE.search(whole) is not None or (
            listed and offered and (labelled or not rx(r"\d{5,}").search(whole))
        )
    if kind == "hospital":
        return bool(
            rx(r"备案|转诊|登记").search(whole + heads) and rx(r"上传|代为|代办|备案|登记|直接|办理").search(whole)
        ) and not rx(r"无需|不需|盖章|签字|出具|住院登记|入院登记|结算|持卡").search(here)
    if kind == "employer":
        return bool(_EMPLOYER.search(whole) and rx(r"备案|登记|申报|办理").search(whole))
    if kind in ("online", "offline"):
        return _GENERIC_MEDIUM.search(whole) is not None
    if kind == "mail_fax":
        contact = rx(r"联系|咨询|监督").search(
            heads.split("\n", maxsplit=1)[0] + heads.split("\n")[1] if heads.count("\n") else heads
        )
        return not contact and (listed or bool(_ACT.search(here)))
    return True


_USES = re.compile(r"(?:用|通过|在|上|搜|走|打开|进入|登[录陆])[“\"「『‘\[(]?$")
_LIST_HEAD = re.compile(
    r"渠道|途径|办理方式|备案方式|受理(?:地点|机构|窗口)|地点|平台|线上|线下|窗口|网上|掌上|自助|哪里|(?:备案|登记|办理|申请|下列|以下|任一|任选|种)[^,。;]{0,8}方式|办理机构|入口|网办|网址|怎么备案|如何备案|在哪"
)


def _listed(sentence: Span, heads: str) -> bool:
    """Whether a short sentence stands in a list of channels: what heads it speaks of ways of filing."""
    near = "\n".join(heads.split("\n")[:2])
    return sentence.end - sentence.start <= 90 and _LIST_HEAD.search(near) is not None


def _quote(doc: Document, sentence: Span, mention: _Mention) -> tuple[int, int]:
    """The sentence where it is short, else the clause that names the channel."""
    if sentence.end - sentence.start <= 90:
        return sentence.start, sentence.end
    clause = doc.clause_at(mention.start)
    return clause.start, max(clause.end, mention.end)
