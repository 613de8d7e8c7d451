"""Channels: what one can do through the media a page names, and for whom.

A mention (see _channel_names.py) counts where its clause or what heads it speaks of filing; agencies that act, hospitals
that treat, hotlines to ask and the site's own promotion are no channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from parsers.document import Document, Span
from parsers.facts._channel_names import EMPLOYER, NAMED, Mention, gazetteer, mentions
from parsers.facts._scope import TITLE_OF_CLAIMS
from parsers.patterns import rx
from parsers.records import Channel, Issue

ONLINE = frozenset({"app", "miniprogram", "wechat_account", "alipay", "website", "online"})
_FILING_OPS = ("apply", "change", "cancel", "makeup", "renew", "reimburse", "query_status", "query_institution")


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
    means: bool = False
    """Named as a means of its own; 在手机上 in passing is none beside a named one."""


def find(doc: Document) -> Iterator[Channel | Issue]:
    """One fact per (kind, level, name): operations and filing types of all its mentions together."""
    entries: dict[tuple[str, str, str | None], _Entry] = {}
    for sentence, mention in _settled(doc):
        operations = _operations(doc, sentence, mention)
        if not operations:
            continue
        lead = doc.folded[sentence.start : mention.start]
        key = (mention.kind, mention.level, mention.name)
        if mention.name is None and mention.kind in NAMED and (not lead or _USES.search(lead)):
            # 用小程序补一个: the one named before
            key = next((k for k in reversed(entries) if k[0] == mention.kind and k[2] is not None), key)
        entry = entries.setdefault(key, _Entry(mention.kind, mention.level, mention.name, mention.code))
        entry.operations.update(operations)
        types = (
            doc.types_in(clause_start(doc, mention.start), mention.end)
            or _asked_of(doc, sentence, mention)
            or doc.types_above(sentence.block, before=sentence.start)
        )
        if mention.kind == "hospital" and not types and "转诊" in doc.folded[sentence.start : sentence.end]:
            types = ("referral",)
        if types:
            entry.types.update(types)
        else:
            entry.everybody = True
        entry.spans.append(_quote(doc, sentence, mention))
        entry.means |= doc.folded[mention.start : mention.end] not in ("手机上", "网络")
    yield from _merge(doc, entries)


def _settled(doc: Document) -> Iterator[tuple[Span, Mention]]:
    """All mentions; a name without a head noun is what the page calls it elsewhere (“赣服通”小程序 … 在“赣服通”上取消),
    a head noun without a name takes the one its row of a table begins with."""
    found = [(sentence, mention) for sentence in doc.sentences for mention in mentions(doc, sentence)]
    kinds: dict[str, list[str]] = {}
    for _, mention in found:
        if mention.name is not None and not mention.bare:
            kinds.setdefault(mention.name, []).append(mention.kind)
    in_rows = set[int]()
    for sentence, mention in found:
        if mention.name is None and mention.kind in NAMED:
            row = doc.blocks[sentence.block].row_head
            if row is not None and (known := gazetteer().get(doc.block_text(row).strip(' “”"'))) is not None:
                mention.name, mention.level, mention.code = known.name, known.level, known.code
                in_rows.add(row)
    for sentence, mention in found:
        if mention.bare and mention.name is not None:
            if sentence.block in in_rows:
                continue
            told = kinds.get(mention.name, [])
            if told and mention.kind not in told and mention.kind != "app":
                mention.kind = told[0]
        yield sentence, mention


def clause_start(doc: Document, position: int) -> int:
    """Where the clause of a position begins."""
    return doc.clause_at(position).start


_WHO = rx(r"^(?:如果?|若|要是|凡)?(?:属于?|是|作为)[^。]*$|(?:的|人员|患者)$")


def _asked_of(doc: Document, sentence: Span, mention: Mention) -> tuple[str, ...]:
    """The types of the clause right before that says who is meant (属于转诊人员的, 请通过…)."""
    before = [clause for clause in doc.clauses(sentence) if clause.end <= clause_start(doc, mention.start)]
    if not before or not _WHO.search(doc.folded[before[-1].start : before[-1].end]):
        return ()
    return doc.types_in(before[-1].start, before[-1].end)


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
            covered = set().union(*(e.operations for e in kin))
            if kin and (entry.operations <= covered or entry.kind == "offline" or not entry.means):
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


# ---- what a mention is for -----------------------------------------------------------------------------
_FILING = rx(r"备案|登记|申报|报备")
_CLAIM = rx(r"报销|零星|手工结算")
_PURPOSE = rx(f"{_FILING.pattern}|{_CLAIM.pattern}")
_NEGATED = rx(
    r"(?:不想|不愿意?|懒得|不方便|不会|用不了|没法)(?:下载|安装|装|跑|去|用|上|到|使用)?[“\"]?$|(?:不必|无需|不用|无须|毋需|不再|不需要?|免|没有)[^,;。]{0,4}$"
)
_NO_FILING = rx(
    r"换卡|新卡|补卡|挂失|公积金|参保登记|缴费|激活|理赔|报案|保单|申领|领取|绑定亲情|家庭共济|住院登记|入院登记|挂号|慢特病(?:资格)?(?:认定|申请)|门特(?:资格)?(?:认定|登记|申请)"
)
_OTHER_BUSINESS = rx(r"换卡|领卡|补卡|挂失|公积金|卡丢")
_CANNOT = rx(r":?(?:暂)?不支持|[^,;。]{0,3}?(?:都|均|也|暂)?(?:不能|不可以?|无法|不)(?:代办|办理|受理|代为|办)")
_AT_THE_TILL = rx(r"直接结算|扫(?:医保)?码|算清|结清|刷卡|挂号|缴费|结账|刷新|登记为|自费登记|(?:办理)?联网登记")
_WITH_BILLS = rx(r"(?:发票|票据|收据|费用清单|垫付的)(?![^;。]*(?:备案|登记))[^;。]*$")
_FILED = rx(r"(?:已经?|未|没有?)备案|备案(?:的|人员|患者|后|信息)")
_ASIDE = rx(r"[(][^()]*[)]")
_ACT = rx(
    r"办理|申请|提交|备案|登记|受理|申报|上传|填写|填表|搜索?|打开|进入|操作|代办|补|搞定|自助|(?:自己|自行)填|录入|变更|取消|修改|报销|查询|致电|拨打|传真|邮寄|寄|点击|选择|下载|登[录陆]|关注|入口|帮办|帮助|协助|递?交(?:材料|资料|[给至到])|通办|也行|就行|都行|均可|即可|帮着|代录|撤|(?:可|能|就近|现场|去|中心|大厅|窗口)[^,;。]{0,12}办|帮忙弄|弄[好一]|安装|装[好上个]|送[到至]|办得[到了成]|备[好上]了|(?:中心|大厅|窗口|医保局)(?:去|来)?报(?=$|[,;。了])"
)
_CONSULT = rx(r"咨询|了解|询问|垂询|详询|疑问|投诉|举报|答疑|确认(?:最新)?政策")
_PROMOTION = rx(
    r"关注后(?!,?(?:点|进|选|在|从|打开|依次|通过))|回复[“\"「『\[(]|对话框|长按|扫码关注|识别二维码|微信搜索公众号"
)
_GO = rx(
    r"(?:向|到|至|前往|去|赴|在|回|送|交|跑|找|联系|携带?[^,;。]{0,20}|持[^,;。]{0,20}|通过|经由|或者?|和|及|、)[^,;。]{0,22}$"
)
_AGENCY_ACTS = rx(
    r"[^,;。、]{0,6}?(?:工作人员|经办人员|负责|应当?|须|按照|根据|对|将|为|在收到|在接到|收到|接到|审核|核实|确认|不得|不再|不予|进行|及时|统一|予以|完成|定期|联系|与|开展|做好|支付|拨付|制定|公布|另行|结合|给予|反馈|告知|会|已|印发|授权)"
)
_BY_PHONE = rx(
    r"电话:?[\d\- ]{7,}[(][^()]{0,6}(?:受理|办理|登记)[^()]{0,12}(?:备案|登记|补登|补办)"
    r"|(?:拨打|致电|打)[^,;。]{2,20}(?:热线|电话|专线)(?:也|就|都|同样|还)?(?:可以?|能)?(?:代报|报上|报备|补报|报告)"
    r"|电话(?:办理?|备案|登记|申请|申报|报备)|打[^,;。]{2,16}电话[\d\- ]*[^;。]{0,40}(?:登上|录上|办上|替[你您]|帮[你您]|代[你您])"
    r"|(?:拨打|致电|来电|去电|打|通过)[^,;。]{0,30}(?:备案|登记|办理|申报|报备|取消|变更|补)|电话[^,;。]{0,8}(?:备案|登记|报备)|打[^,;。]{0,14}电话(?:或者?|、|$)"
    r"|打电话[^;。]{0,30}(?:备案|登记|录入|代为|补)|打个?电话(?:也|就|都)?(?:成|行|可以?|能办|好使)|通过电话|备案专线|(?:也可以?|或者?|还可以?)(?:直接)?(?:致电|拨打|打电话)[^;。]{0,20}(?:医保|经办|中心)"
    r"|(?:拨打|致电|打电话)[^;。]{0,32}(?:登记|代办|代为|代您|帮您|补|撤|停掉|重新备|录入|取消)|电话(?:、|或|和|及)[^,;。]{0,12}(?:办|备案|登记)"
)
_GENERIC_MEDIUM = rx(
    r"(?:通过|可以?|选择|支持|实现|在|走|利用|采取)[^,;。]{0,14}(?:线上|网上|掌上|互联网|网络|手机上|线下|现场|不见面|统一平台|网办|掌办)[^,;。]{0,14}(?:办|备案|申请|登记|提交|申报|补)|全国统一(?:的)?(?:线上)?平台"
)


def _operations(doc: Document, sentence: Span, mention: Mention) -> set[str]:
    """What one can do through a mention; empty = it is no channel here."""
    text = doc.folded
    clause = doc.clause_at(mention.start)
    here, whole = text[clause.start : clause.end], text[sentence.start : sentence.end]
    before, after = text[clause.start : mention.start], text[mention.end : clause.end]
    heads = doc.heads_text(sentence.block)
    listed = _listed(sentence, heads)
    if _PROMOTION.search(whole) or _NO_FILING.search(_ASIDE.sub("", here)) or _NEGATED.search(before):
        return set()
    if _OTHER_BUSINESS.search(heads) or _CANNOT.match(after):
        return set()
    if _HEARSAY.search(text, sentence.start, mention.start):
        return set()
    if rx(r"[寄邮](?:到|至|给)[^,;。]{0,4}$").search(before) and not _FILING.search(here):
        return set()  # bills sent to a desk are brought nowhere
    if (
        mention.kind in ("window", "terminal", "hospital")
        and _AT_THE_TILL.search(here)
        and not rx(r"备案|办理|申请|登记(?!为)|代办").search(
            rx(rf"{_FILED.pattern}|自费登记|办理联网登记").sub("", here)
        )
    ):
        return set()  # where bills are settled
    if rx(r"理赔|报案|保单").search(whole) or rx(r"(?:上传|传|推送|报送)(?:到|至|给)[^,;。]{0,4}$").search(before):
        return set()
    if (
        mention.name is None
        and mention.kind in NAMED
        and rx(r"(?:原来?|该|同一个?|上述|这个|自己|本人)的?$").search(before)
    ):
        return set()
    if not _plausible(mention.kind, here, whole, before, after, listed, heads, text[mention.start : mention.end]):
        return set()
    if _CONSULT.search(here) and not rx(r"办理|申请|登记|提交|受理|备案").search(_CONSULT.split(here)[0]):
        return set()
    operations = _stated_operations(doc, clause, sentence)
    if mention.kind in ("window", "township", "mail_fax") and _WITH_BILLS.search(text, sentence.start, mention.start):
        operations = {"reimburse"}
    if "makeup" in operations and not rx(r"备案").search(rx(r"补[办充报录]?(?:异地就医)?备案").sub("", here)):
        operations.discard("apply")
    if not operations:
        acts = (
            _ACT.search(whole if mention.kind == "phone" or mention.name else here)
            or (mention.name and _USES.search(before))
            or (mention.kind in ("window", "township", "hospital") and _BRINGING.search(whole))
            or (mention.kind in ("window", "township") and _ALTERNATIVE.match(here))
        )
        if listed or acts:
            operations = _operation_of_context(doc, sentence, heads, listed)
    if operations == {"reimburse"} and not (
        _ACT.search(here) and mention.kind not in ("online", "offline", "hospital", "phone", "employer")
    ):
        return set()
    if operations <= {"query_status", "query_institution"} and mention.name is None:
        return set()
    if mention.kind in ("window", "township") and operations <= {"query_status", "query_institution"}:
        return set()
    return operations


def _operation_of_context(doc: Document, sentence: Span, heads: str, listed: bool) -> set[str]:
    """What a way of doing things is for where its sentence does not say: the text before it, then what heads it.

    Nothing, where a whole paragraph has no word of our subject: on a page of mixed news it is for something else."""
    block = doc.blocks[sentence.block]
    before = doc.folded[max(block.start, sentence.start - 160) : sentence.start]
    nearest = max(((m.start(), m.group()) for m in _PURPOSE.finditer(before)), default=None)
    if nearest is not None:
        return {"apply" if _FILING.match(nearest[1]) else "reimburse"}
    *above, title = heads.split("\n")
    for head in (*above, title if TITLE_OF_CLAIMS.search(title) else _CLAIM.sub("", title)):
        if changes := {code for code, pattern in _CHANGES.items() if pattern.search(head)}:
            also = rx(r"备案(?:登记|申请)?(?:[、及和与/])").search(head) or rx(r"申请").search(head)
            return changes | {"apply"} if also else changes
        if _FILING.search(head):
            return {"apply"}
        if _CLAIM.search(head):
            return {"reimburse"}
    off_subject = block.end - block.content > 40 and not _SUBJECT.search(doc.folded, block.content, block.end)
    return set() if off_subject and not listed else {"apply"}


_HEARSAY = rx(r"(?:听说|据说|听人说|原以为|还以为|误以为)(?:是|要|得|必须|需要?|先)")
"""听说要先去政务中心备案: what an asker believes, no rule."""
_SUBJECT = rx(r"备案|登记|异地|外地|就医|医保|报销|参保|转诊|医院|办理|申请|社保")


_CHANGES = {
    "change": rx(r"(?<!不)(?:变更|修改)"),
    "cancel": rx(r"(?<!不)(?:取消|撤销|注销)(?!备案手续)"),
}


def _stated_operations(doc: Document, clause: Span, sentence: Span) -> set[str]:
    """Operations named in the clause, else in the sentence."""
    for span in (clause, sentence):
        found = {
            hit.code
            for hit in doc.hits("operation", span.start, span.end)
            if hit.code in _FILING_OPS
            and not (hit.code == "query_status" and doc.folded[hit.start - 1 : hit.start] in ("“", "[", '"'))
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
            and (_ACT.search(here) or _BRINGING.search(whole) or _ALTERNATIVE.match(here))
        )
    if kind == "township":
        return listed or bool(
            _GO.search(before)
            or _ACT.search(after)
            or _BRINGING.search(whole)
            or rx(r"[^,;。]{0,8}(?:代?办|就近)").match(after)
        )
    if kind == "phone":
        offered = rx(r"渠道|途径|方式").search(heads) is not None and not _CONSULT.search(whole)
        labelled = heads.startswith("电话")  # 电话：0432-… in a list of ways
        return _BY_PHONE.search(whole) is not None or (
            listed and offered and (labelled or not rx(r"\d{5,}").search(whole))
        )
    if kind == "hospital":
        return (
            not rx(r"(?:视[同为作]|等同|等于|默认)[^,;。]{0,8}备(?:了|过)?案").search(whole)
            and bool(
                rx(r"备案|转诊|登记").search(whole + heads)
                and rx(r"上传|代为|代办|备案|备[好上]|登记|直接|办理").search(whole + heads if listed else whole)
            )
            and not rx(
                r"无需|不需|盖章|签字|出具(?![^,;。]*(?:上传|备案|登记))|住院登记|入院登记|结算|持卡|核对|核实|拒绝|推诿"
            ).search(_WHO_WRITES.sub("", here))
        )
    if kind == "employer":
        return bool(EMPLOYER.search(whole) and rx(r"备案|登记|申报|办理|代办").search(whole))
    if kind in ("online", "offline"):
        return _GENERIC_MEDIUM.search(whole) is not None
    if kind == "mail_fax":
        contact = rx(r"联系|咨询|监督").search(
            heads.split("\n", maxsplit=1)[0] + heads.split("\n")[1] if heads.count("\n") else heads
        )
        return not contact and (listed or bool(_ACT.search(here)))
    return True


_ALTERNATIVE = rx(
    r"(?:或者?|要么|也可以?|还可以?|也能|再不然|再或者?|不然就?)(?!是)[^,;。]{0,10}(?:前往|去|到|上|跑|找)(?![^,;。]*(?:咨询|了解|询问|打印|查询|领取|报销))[^,;]*$"
)
"""…可自己在手机上办,或者陪他去医保大厅: what to do there has been said."""
_WHO_WRITES = rx(r"(?:出具|开具)[^,;。]{0,10}的(?=[^,;。]{0,8}(?:医院|医疗机构))")
"""由出具转诊单的医院代办: an attribute that tells which hospital."""
_BRINGING = rx(
    r"(?:带上?|持|拿上?|携带?|凭)[^,;。]{0,6}(?:身份证|社保卡|医保卡|材料|资料|证件|凭证|转诊)[^,;。]{0,12}(?:到|去|至|前往)"
    r"|(?:到|去|至|前往)[^;。]{2,40}带[^,;。]{0,6}(?:身份证|社保卡|医保卡|材料|资料|证件)"
    r"|,(?:[^,;。]{0,6}(?:就|都)|也|都|均|就)?(?:能|可以?)[^,;。]{0,6}办|,(?:也|都|均|就)办得[到了成]"
    r"|,(?:那里|那边|会?有)?[^,;。]{0,4}(?:工作人员|代办员|专人|志愿者|老师|医生|干部|同志|协管员)[^,;。]{0,6}(?:帮|替|代|协助)"
)
"""Who brings papers to a desk has something done there; so has who is told that it can be done."""
_USES = rx(r"(?:用|通过|在|上|搜|走|打开|进入|登[录陆])[“\"「『‘\[(]?$")
_LIST_HEAD = rx(
    r"渠道|途径|(?:备案|办理)的?[^,。]{0,6}(?:办法|方法)|办理方式|备案方式|受理(?:地点|机构|窗口)|地点|平台|线上|线下|窗口|网上|掌上|自助|哪里|(?:备案|登记|办理|申请|下列|以下|任一|任选|种)[^,。;]{0,8}方式|办理机构|入口|网办|网址|怎么备案|如何备案|在哪"
)


def _listed(sentence: Span, heads: str) -> bool:
    """Whether a short sentence stands in a list of channels: what heads it speaks of ways of filing."""
    near = "\n".join(heads.split("\n")[:2])
    return sentence.end - sentence.start <= 90 and _LIST_HEAD.search(near) is not None


def _quote(doc: Document, sentence: Span, mention: Mention) -> tuple[int, int]:
    """The sentence where it is short, else the clause that names the channel."""
    if sentence.end - sentence.start <= 90:
        return sentence.start, sentence.end
    clause = doc.clause_at(mention.start)
    return clause.start, max(clause.end, mention.end)
