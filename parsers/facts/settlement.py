"""Settlement: how the bill is paid, per filing status and place, as far as the page states it as a rule.

`direct` = settled at the hospital by card or code; `manual` = paid first, claimed at home. A mention that only sets the
scene of another rule (开展直接结算的医疗机构, 直接结算工作) is none. One fact per mode, status and place; repetitions are
further evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parsers.document import Document, Span
from parsers.facts._scope import (
    BACK,
    EXEMPT,
    HOME,
    geo_of,
    is_former,
    listed_types,
    status_above,
    status_in,
    status_of,
    with_home,
)
from parsers.facts._words import words
from parsers.facts.deadlines import is_local
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.records import Issue, Settlement, joined

_PAY_OWN = r"(?:只需?要?|仅需?要?|只用|只|仅)(?:承担|支付|缴纳|付|交|结清|缴|出|收取?|掏)[^,]{0,8}(?:个人|自己|自付|自费|应付|该付|该掏|负担)[^,]{0,10}"
_CARD = r"(?:医保码|社保卡|社会保障卡|医保卡|卡|医保电子凭证|电子医保凭证|码)"
_CARDS = rf"{_CARD}(?:(?:或者?|、|和|及|/){_CARD}){{0,3}}"
_DIRECT = rx(
    rf"(?:{words('settlement_mode', 'direct')}|(?:拿|持|凭|刷|用|出示){_CARDS}[^,]{{0,2}}(?:结账|结帐)"
    rf"|直接(?:凭|持|用|拿|出示){_CARDS}[^,]{{0,4}}(?:结算|结账|报销)|(?:出示|凭){_CARDS}(?:就|便|即|可|直接){{1,2}}(?:能|可以?)?(?:直接)?结(?:算|账)?(?=[,。;]|$)"
    rf"|(?:刷|持){_CARDS}[^,]{{0,4}}(?:结算|报销|即可)|(?:刷|持|凭){_CARDS}在[^,]{{1,10}}(?:直接)?结算|(?:拿着?|持|凭|带着?){_CARDS}直接(?:住|看|就医|去)"
    rf"|直接(?:[在到去][^,]{{1,12}}|按[^,]{{1,12}})?结算|直接走医保|走医保(?:结算|报销)|直接刷"
    rf"|(?:当场|当时|现场|直接|照样|就能|就可以?|即可)结(?=[,。;]|$)|直接报(?!备|名|告|到|送)"
    rf"|(?:当场|现场)(?:就)?(?:能|可以?)?报销|(?:把|将)(?:该|医保|能)?报销?[^,]{{0,8}}(?:扣掉|扣除|减掉|扣减)|一站式(?:结清|结账|报销)"
    rf"|自动按比例报销|{_PAY_OWN}|(?:当场|现场|同步|一并|照样|就能|直接|就地)(?:[^,]{{0,4}})?(?:结算|刷卡|刷医保|刷社保)"
    rf"|直接(?:可以)?(?:获得医保)?报销|扣减报销款|直接(?:在[^,]{{1,6}})?就报了|照样刷(?:卡|(?=[,。;]|$))|(?:当场|现场|直接|当时)[^,]{{0,3}}(?:把账|账)?(?:算清|结清|算完|结完)|(?:交|付|出|掏)自己(?:那|该|应)[^,]{{0,5}}(?:份|部分|的|钱)|刷卡照(?:样)?报|(?:照样|照常|正常)(?:在[^,]{{1,8}})?(?:直接)?结(?:算|账)|(?:就能|就可以|即可|都能|都可以|也能)(?:直接)?刷(?=[,。;]|$)|(?:可|能|以)刷卡|刷个人账户|刷个账|不影响(?:正常)?(?:直接|联网)?(?:刷卡|结算)|正常(?:刷卡"
    rf"|直接)?结算|直接结(?!算)|(?:即可|就能|就可以|均可|可以?|能)(?:正常|当场)?结算|持卡即可|刷卡即可|刷码即可|持码即可|按医保结算)"
)
_NOUN_AFTER = rx(
    r"(?:的)?(?:费用(?:的|由|应当?按|资金)|按|执行|时|后(?!,)|费用按|工作|平台|系统|业务|政策|率|范围|试点|定点|医疗机构|医药机构|医院|机构|人次|功能|管理|经办|规程|时限|办法"
    r"|病种|(?:门诊)?慢特病病种|清单|名单|方式|渠道|资格|问题|流程|覆盖|网络|服务平台|服务管理|公共服务|备案|事项|制度|改革|模式|人数|金额|量|运行|监管|信息|接口|的通知"
    r"|定点|手续费|前|标识|过的?(?:,|$))"
)
_RULE = rx(
    r"原则上|一律|后|出院|在[^,]{1,20}(?:医院|机构)|可|能|即|享受|实现|应|予以|给予|办理|凭|持|刷|均|都|照样|仍|由|进行|直接|需|只|仅|须|为您"
)
_NEGATED = rx(
    r"(?:未|没有?|没能|不能|无法|未能|不可|尚未|不支持|不予|不具备|未开通|没开通|未实现|无|停止|取消|暂停|难以|不可以|不(?!影响))(?:[^,可能]{0,6})$"
)
_NEGATED_FAR = rx(r"(?:未|没有?|没能)(?:在|通过|使用|持)[^,]{0,24}$")
_SCENE = rx(
    r"(?:开通|开展|支持|具备|具有|提供|纳入|符合|推进|做好|加强|规范|完善|扩大|提升|优化|关于|涉及|查询|申请)(?:了|跨省|省内|异地|就医|住院|门诊|医疗"
    r"|费用|医保|慢特?病|普通|和|、|及|的|联网|基本医疗保险)*$"
)
_OFFERED = rx(r"(?:应当?|须|必须|要|会|将|可以?|能|都|均|两地)(?:[^,不未]{0,8}(?:并|为[^,]{1,8}))?(?:提供|支持)$")
"""应当提供直接结算: what a hospital has to offer is the rule itself."""
_MANUAL_WORD = rx(
    rf"{words('settlement_mode', 'manual')}|(?:回|返回|到|向|送|交到?|寄到?|拿回|带回)(?![^,]{{0,12}}(?:看病|看门诊|就诊)[^,]{{0,4}}(?:正常|照常|照样|照旧))"
    rf"[^,就住]{{0,16}}(?:申请|办理|进行|审核)?[^,就住刷]{{0,8}}报销"
    rf"|(?:回来[^,看就住]{{0,8}}报|垫付|垫钱|自费(?!的?部分|项目|(?:身份|病人)?(?:登记|入院))|全额(?:支付|缴纳|结清))|申请(?:医保)?报销|再(?:来|回来)[^,]{{0,6}}报销|补记账"
    r"|回[^,就住看]{1,12}报(?=[,。;]|$)|按自费(?:病人|患者)?(?!登记)[^,]{0,4}(?:收费|结算|处理|结账)"
)
_CLAIMED = rx(
    r"回[^,就住看。;]{1,12}报(?=[,。;]|$)|回来[^,看就住]{0,8}报|报销|零报|申领|手工|零星|补记账|审核|医保局$|医保(?:中心|部门)"
)
_NO_PREPAY = rx(
    r"待遇差|零报销|少垫|跑腿[多累苦]|多跑腿|垫[付钱资](?:压力|多|难)|(?:来回|往返)跑|(?:无需|无须|不需要?|不用|不必|免|不再|避免|减少|毋需|省去|免去|减轻|不是|没有?(?=[^,]{0,2}(?:垫|再回)))[^,]{0,14}(?:回[来去][^,]{0,4}报|垫付|垫钱|垫资|零星报销|手工报销|报销|跑腿|自费)"
)
_CLAIM_DETAIL = rx(
    r"受理[^,]{0,4}(?:手工|零星)报销(?:的?申请)?(?:之日起|后)[^,]{0,10}[日月天]|(?:报销|申报)(?:的|需要?|须|应当?|所需)?(?:提供|提交|准备|时限|期限|材料|资料|所需|流程|窗口|地点|电话|比例|范围|进度|标准|渠道|待遇|事项|业务"
    r"|清单)|(?:申请)?报销[^,]{0,4}(?:最[晚迟]|截止|不能超过|不超过)|(?:回来|回去)报销:|(?:材料|资料|流程|时限|窗口):?$|^(?:回来|回去)?报(?:账|销)(?:时|的时候|就|要|需)?(?:带|拿|交|备)[^,]{0,4}|(?:^|[,。;:]|规定|要求)(?:手工|零星)报销(?::|(?:请|需要?|须|应当?|要|时){0,2}(?:备齐|带[齐上好]|携带|准备)|(?:应当?|须|需)?[自在于][^,]{2,16}(?:起|后|内))|(?:含|包括)[^,。]{0,8}(?:零星|手工)报销$"
)
_NOT_DIRECT = rx(
    r"(?:未|没有?|没能|不能|无法|未能|不可|尚未|不支持|未开通|没开通|未实现)(?![^。,]{0,8}(?:发生|费用))[^。,]{0,10}(?:直接(?:结算|刷|报|联网)|联网|刷卡|即时|实时|结算|刷)"
    r"|未联网|没联网|没有联网|非联网|没(?:能|有)?结上|未能?结上|系统(?:故障|原因|出)|网络(?:故障|原因|中断|、系统)|刷不了|未持卡|未带卡|非定点"
)
_HANDING_IN = rx(
    r"(?:发票|票据|收据|费用清单|单据)[^。]{0,80}(?:到|向|回|交|送|寄|去|来)(?:[^,。]{0,16}(?:\d号窗口|医保(?:局|中心|部门|经办|窗口|办|工作站|服务站|服务点|(?:服务)?大厅|专区|专窗|柜台)|(?:便民|党群|政务)服务中心|经办机构|参保地|手工"
    r"|零星)|[^,。]{0,8}报)"
)
_AT_HOME = rx(
    rf"(?:回到?|返回|返|在)(?!.{{0,6}}(?:手工|零星|垫)){HOME}(?:[^,]{{0,16}}(?:就医|住院|看病|就诊|定点|医院)|$)"
    rf"|(?:回来|返乡|回家|回老家)(?:后)?(?:看病|就医|住院|就诊)|{BACK}"
    rf"|{HOME}(?:和|与|、|及)(?:备案地|安置地|居住地|就医地)|(?:市外|外地|备案地|安置地|居住地)(?:和|与|、|及){HOME}"
)
_STILL_PAID = rx(r"(?:也|仍|还|一样)(?:是|然)?(?:能|可以?|给|会)报(?=[,。;]|$)")
_WITHOUT_FILING = rx(r"(?:未|没有?|不)(?:[^,。;]{0,4})(?:备案|备过案|补)[^,。;]{0,6},?$")
"""没备案,也能报: whoever went without is paid afterwards."""


def _is_paid_without_filing(here: str, upto: str) -> bool:
    """A clause that says that those who did not file get something all the same; `upto` ends with it."""
    still = _STILL_PAID.search(here)
    return still is not None and _WITHOUT_FILING.search(upto[: len(upto) - len(here) + still.start()]) is not None


_HAS_MODE = Needs(_DIRECT, _MANUAL_WORD, _HANDING_IN, _NOT_DIRECT, _STILL_PAID)
_NEWS = rx(r"万?人次|亿元|率达|(?:先生|女士|大爷|大妈|阿姨|奶奶|爷爷)(?!们)")
"""What news tell of single people and of totals."""
_RUN_IN_HEAD = rx(r"(?:[(]?[一二三四五六七八九十\d]{1,3}[、.)])?关于[^,;:。]{2,24}[。:]?")
"""五、关于手工报销。 heads its paragraph."""
_CHRONIC = rx(r"(?:慢特病|慢性病|特殊病|门特|慢病|(?:病种|种疾病|种病)[^。;]{0,24}跨省|(?:高血压|糖尿病)、)")
"""Chronic diseases treated without a stay have rules of their own."""
_TITLES = rx(r"《[^》]*》")


def find(doc: Document) -> Iterator[Settlement | Issue]:
    """One fact per mode, filing status and place."""
    merged: dict[tuple[object, ...], Settlement] = {}
    for sentence in doc.sentences:
        read = _read(doc, sentence) if doc.may(_HAS_MODE, sentence) else ()
        for fact in (*read, *_listed(doc, sentence)):
            exempt = fact.rule.endswith("exempt")
            key = (
                fact.mode,
                fact.filing_status,
                fact.place,
                fact.geo_scope if exempt else None,
                exempt,
                fact.service_scope,
            )
            known = merged.get(key)
            if known is None:
                merged[key] = fact
                continue
            types = known.filing_types if known.filing_types == fact.filing_types else ()
            geo = known.geo_scope if known.geo_scope == fact.geo_scope else None
            merged[key] = replace(
                known,
                evidence=joined(known.evidence, fact.evidence),
                filing_types=types,
                geo_scope=geo,
                modality=known.modality if known.modality == fact.modality else "must",
            )
    manual = [key for key, fact in merged.items() if fact.mode == "manual"]
    for one in manual:  # handing in invoices tells no more than the rule that has it as its consequence
        if merged[one].rule == "settlement.handed" and len(manual) > 1 and merged[one].filing_status is None:
            del merged[one]
    yield from merged.values()


def _read(doc: Document, sentence: Span) -> Iterator[Settlement]:
    text = doc.folded[sentence.start : sentence.end]
    block = doc.blocks[sentence.block]
    if block.kind == "heading" or text.endswith("?") or is_local(doc, sentence, text) or _NEWS.search(text):
        return
    if _RUN_IN_HEAD.fullmatch(text) or (block.kind == "cell" and block.row == 0 and len(text) <= 8):
        return
    if not any(pattern.search(text) for pattern in (_DIRECT, _MANUAL_WORD, _HANDING_IN, _NOT_DIRECT, _STILL_PAID)):
        return
    clauses = doc.clauses(sentence)
    start = sentence.start
    handed = _HANDING_IN.search(text)
    handing_in = start + handed.end() - 1 if handed and not rx(r"(?:提供|包括|如下)[^。]{0,4}:").search(text) else -1
    done: set[tuple[str, str | None, str | None]] = set()
    for index, clause in enumerate(clauses):
        here = _TITLES.sub(lambda m: "◇" * len(m[0]), doc.folded[clause.start : clause.end])
        for mode in ("direct", "manual"):
            handing = mode == "manual" and clause.start <= handing_in < clause.end
            if mode == "direct":
                stated = _is_direct(here, text, index == 0 and block.kind != "cell")
            else:
                stated = handing or _is_manual(here, text, clauses[index + 1 :], doc)
            if not stated or is_former(doc.folded[start : clause.end]):
                continue
            by_hand = handing and not _MANUAL_WORD.search(text)
            only_handed = by_hand and not _NOT_DIRECT.search(text)
            for status, place, rule, span in _cases(doc, mode, clause, clauses, index):
                if (mode, status, place) in done:
                    continue
                done.add((mode, status, place))
                yield Settlement(
                    mode=mode,
                    filing_status=status,
                    place=place,
                    filing_types=_types(doc, clause, start, status, place),
                    scheme=doc.scheme_of(clause.start),
                    service_scope="outpatient_chronic" if mode == "direct" and _CHRONIC.search(text) else None,
                    geo_scope=geo_of(doc, clause, clauses),
                    modality=doc.modality_of(clause.start, clause.end),
                    evidence=doc.evidence((start, clause.end) if by_hand else span),
                    rule="settlement.handed" if only_handed else f"settlement.{rule}",
                )


def _types(doc: Document, clause: Span, start: int, status: str | None, place: str | None) -> tuple[str, ...]:
    """Whom a rule is for: named up to it in its sentence, emergencies by their word alone. Both umbrellas together are
    everybody, and so are those who went without filing; care at home is asked of what stands before and above, too."""
    end = clause.end
    if found := listed_types(doc, start, end):
        everybody = set(found) >= {"long_term", "temporary"} or (status == "unfiled" and found == ("other_temporary",))
        return () if everybody else found
    if place == "home":
        for earlier in reversed([s for s in doc.sentences_of(clause.block) if s.start < start]):
            if found := listed_types(doc, earlier.start, earlier.end):
                return found
        return doc.types_above(clause.block) or doc.title_types
    return ("emergency",) if status != "made_up" and _URGENT.search(doc.folded, start, end) else ()


_URGENT = rx(r"(?<!不是)(?<!不属于)(?<!非)(?<!、)(?:急诊|抢救)(?!病历[^,。;]{0,4}[,。;]|[^,。;]{0,8}等)")
"""Not 网络中断、急诊未持卡等: one reason among others."""


_LEADS_LIST = rx(
    r"(?:可以?|应|须|需|能)[^,]{0,12}(?:零星报销|手工报销|报销|回来报)|(?:零星报销|手工报销)(?:的)?(?:范围|情形|情况|对象)|(?:范围|情形|情况|对象)$"
)


_WHICH_COSTS = rx(r"(?:哪些|什么|哪几类)[^,]{0,6}(?:费用|情形|情况)[^,]{0,8}(?:报|零星)")


def _listed(doc: Document, sentence: Span) -> Iterator[Settlement]:
    """Cases in a list under “下列费用可以零星报销”: each is a manual settlement of its own status."""
    block = doc.blocks[sentence.block]
    if (
        block.parent is None
        or block.kind == "heading"
        or not rx(r"费用|未备案|未联网|急诊|卡|结算").search(doc.folded[sentence.start : sentence.end])
    ):
        return
    head = doc.blocks[block.parent]
    lead = doc.folded[head.start : head.end]
    label = doc.label_of(sentence.block)
    own = doc.folded[slice(*label)] if label else ""
    listed = (
        (lead.endswith(":") or _WHICH_COSTS.search(lead))
        and _LEADS_LIST.search(lead)
        and rx(r"(?:费用|的|医疗费)[。;]?$").search(doc.folded[sentence.start : sentence.end])
    )
    if not (rx(r"报销|回来报").search(lead) and (listed or _LEADS_LIST.search(own))):
        return
    status, named = status_in(doc, sentence.start, sentence.end), doc.types_in(sentence.start, sentence.end)
    yield Settlement(
        mode="manual",
        filing_status=status if status != "deemed_filed" else None,
        filing_types=() if (status, named) == ("unfiled", ("other_temporary",)) else named,
        modality="may",
        evidence=doc.evidence((sentence.start, sentence.end)),
        rule="settlement.listed",
    )


def _is_direct(here: str, sentence: str, first: bool) -> bool:
    """A clause that states direct settlement as what happens."""
    if rx(r"是指|指的是|所谓").search(sentence) or _AMONG_THEM.search(here):
        return False
    for match in _DIRECT.finditer(here):
        before, after = here[: match.start()], here[match.end() :]
        if rx(r"有效期(?:届满|到期|期满|满)").search(sentence) and rx(r"本次|当次|此次").search(here):
            continue  # how one stay ends, no rule
        if rx(r"以便|从而|旨在|目的|探索|鼓励|有条件的|逐步|力争|推动|便于|努力|以免|避免|(?<!不)影响").search(
            before
        ) or (
            "实现" in before
            and not rx("可|能|享受|已|备案后|应").search(sentence[: sentence.find(here) + match.start()])
        ):
            continue
        if (
            _NEGATED.search(before)
            or _NEGATED_FAR.search(before)
            or (_SCENE.search(before) and not _OFFERED.search(before))
            or _NOUN_AFTER.match(after)
        ):
            continue
        if rx(r"(?:是指|指的是|所谓|如何|怎么|什么|是否|能否|能不能)").search(here):
            continue
        if rx(r"的(?!,|$)").match(after) or (
            after.startswith("的") and rx(r"(?:可|能|申请|需要|要)[^,]{0,6}$").search(before)
        ):
            continue  # 直接结算的…: a group or a thing, no rule
        if not first or _RULE.search(here.replace(match[0], "", 1)) or len(match[0]) > 4 or match[0][:2] == "即可":
            return True
    return False


def _is_manual(here: str, sentence: str, following: list[Span], doc: Document) -> bool:
    """A clause that states paying first or claiming afterwards."""
    later = [doc.folded[c.start : c.end] for c in following]
    if _is_paid_without_filing(here, sentence[: sentence.find(here) + len(here)]):
        return True
    if here.endswith(("的", "补办")) or here.startswith(
        ("若", "如", "要是")
    ):  # 已经自费结算的: the condition of what follows
        if any(_MANUAL_WORD.search(text) for text in later):
            return False
        if not _CLAIMED.search(here) and any("补" in text for text in later):
            return False
    if (
        _NOT_DIRECT.search(here)
        and rx(r"报销|零报|申报|拨付|打到[^,。;]{0,6}[账卡]|到账").search(sentence)
        and not rx(r"时限|材料|如何|怎么").search(sentence)
    ):
        return True
    match = _MANUAL_WORD.search(here)
    if match is None or _NO_PREPAY.search(here) or _CLAIM_DETAIL.search(here):
        return False
    if rx(r"(?:如何|怎么|什么|是否|能否|能不能|哪些)").search(here) or rx(r"(?:工作|管理|规程|政策|范围)$").search(
        here
    ):
        return False
    if rx(
        r"(?:账?的|时|后|前|费用的|的[^,]{0,8}(?:费用?|钱)|人员|的(?:同学|老师|职工|群众|人|参保人|朋友))(?=[,:。]|$)"
    ).match(here[match.end() :]) and not _CLAIMED.search(sentence[sentence.find(here) + match.end() :]):
        return False
    return bool(_CLAIMED.search(sentence)) or bool(
        rx("垫付|垫钱|垫上|自费结|自费出院|全额自费|按自费(?!登记)|掏钱|掏腰包").search(here)
    )


def _cases(
    doc: Document, mode: str, clause: Span, clauses: list[Span], index: int
) -> Iterator[tuple[str | None, str | None, str, tuple[int, int]]]:
    """Status, place, rule and evidence of a settlement rule; two cases where it is settled at both places."""
    start = clauses[0].start
    upto = doc.folded[start : clause.end]
    here = doc.folded[clause.start : clause.end]
    status = status_of(doc, clause, clauses[: index + 1])
    span = (
        clause.start if status_in(doc, clause.start, clause.end) else _condition_start(doc, clauses, index),
        clause.end,
    )
    if mode == "manual":
        if status is None and _is_paid_without_filing(here, upto):
            status = "unfiled"
            span = (clauses[max(index - 1, 0)].start, clause.end)
        in_row = doc.blocks[clause.block].row_head is not None
        status = status or (None if _NOT_DIRECT.search(upto) and not in_row else status_above(doc, clause.block))
        if _MADE_UP_THEN.search(upto):
            status = "made_up"
        failed = status == "filed" and _NOT_DIRECT.search(here) and "选择" not in here
        yield status if failed or status in ("unfiled", "made_up") else None, None, "manual", span
        return
    then = doc.folded[clauses[index + 1].start : clauses[index + 1].end] if index + 1 < len(clauses) else ""
    if status is None and (EXEMPT.search(upto) or EXEMPT.match(then.lstrip("均都也"))):  # 直接刷卡,无需备案
        emergency = rx(r"急诊|抢救|突发|急病").search(upto)
        yield "unfiled" if emergency else None, None, "exempt", (start, clause.end)
        return
    sentence = doc.sentence_at(clause.start)
    if status is None and _PROVIDED.search(doc.folded, clause.end, sentence.end):
        status = "filed"
    status = status or status_above(doc, clause.block)
    types = doc.types_of(clause.start, clause.end)
    first = 0 if _NOT_ENDED.search(upto) else max(index - 1, 0)
    at_home = next(
        (
            m
            for c in reversed(clauses[first : index + 1])
            if (m := _AT_HOME.search(with_home(doc, doc.folded[c.start : c.end])))
        ),
        None,
    )
    if at_home and not rx(r"就医地").search(here):
        if rx(r"(?:和|与|、|及|两)").search(at_home[0]):
            yield "filed", None, "direct", span
        if (
            status == "filed"
            or _NOT_ENDED.search(upto)
            or rx(r"仍|照[样常报刷结旧]").search(here)
            or (at_home[0][0] in "回返" and _is_of_filers(doc, clause))
            or any(t in ("long_term", "retired_resettled", "long_resident", "stationed_work") for t in types)
        ):
            yield "filed", "home", "home", span
            return
    if (
        status is None
        and rx(rf"在{HOME}[^,]{{0,6}}(?:定点|医院|医疗机构)").search(with_home(doc, upto))
        and "异地" not in upto
    ):
        return  # care at home by people of the place: no rule about being away
    yield status, None, "direct", span


_MADE_UP_THEN = rx(
    r"(?:^|,)[^,。;未没逾不]{0,24}(?:内|前|仍|还|可以?|能|已经?|应当?)(?:可以?|能|再|仍|还){0,3}补(?:办|登|备|录|报)?(?:理)?(?:异地就医)?(?:备案)?(?:手续)?(?:后|的|了|好)?,(?![^,。;]{0,8}(?:[未没逾]|不[^,。;]{0,2}补))[^,。;]*[。;]?$"
)
"""60日内补办备案的,费用按标准手工报销: the clause right before has the filing made up."""
_NOT_ENDED = rx(
    r"(?:无需|无须|不需要?|不用|不必|不)(?:再|先|另行|办理|去)?(?:取消|撤销|注销|终止|变更)[^,。]{0,6}(?:备案|登记)|(?:备案|登记)(?:也|都)?(?:不用|不必|不需要?|无需)(?:取消|撤销|注销|终止)"
)
"""返乡就医,不用撤销备案: a filing for elsewhere stands while one is treated at home."""
_AMONG_THEM = rx(r"(?:经办机构|经办部门)[与和同](?:定点)?(?:医疗机构|医药机构|医院)[^,]{0,16}结算")
"""Between agency and hospital: none of the patient's business."""
_OTHERWISE = rx(r"否则|逾期|过期")


_PROVIDED = rx(
    r"(?:前提|条件)是?[^。;]{0,40}备(?:案|过案|好案|了案)|(?:须|需|应|要)(?:当)?(?:先|事先|提前)[^,。;]{0,16}备案"
)
"""可直接结算,前提是已备案: the condition that follows."""


def _is_of_filers(doc: Document, clause: Span) -> bool:
    """Whether a sentence before in the same paragraph speaks of people who filed for long."""
    for earlier in reversed([s for s in doc.sentences_of(clause.block) if s.end <= clause.start]):
        if status := status_in(doc, earlier.start, earlier.end):
            return status == "filed"
        if found := doc.types_in(earlier.start, earlier.end):
            return not set(found) & {"temporary", "referral", "other_temporary"}
    return False


def _condition_start(doc: Document, clauses: list[Span], index: int) -> int:
    """Where the quote begins: at the nearest clause before with a status or a condition, else at the clause itself."""
    if _OTHERWISE.match(doc.folded[clauses[index].start : clauses[index].end]):
        return clauses[index].start
    for i in range(index - 1, max(-1, index - 4), -1):
        text = doc.folded[clauses[i].start : clauses[i].end]
        if (
            status_in(doc, clauses[i].start, clauses[i].end)
            or text.endswith("的")
            or text.startswith(("若", "如", "因"))
        ):
            return clauses[i].start
    return clauses[index].start
