"""Operations on a filing that the page permits, forbids or demands: change, cancel, makeup, renew, query.

One fact per operation and answer (allowed or not). Only a predicate counts: a heading, a link name (变更备案 as a menu
entry of a list) or a setting (变更或取消备案的时限) says nothing. A ban for some months is a deadline (`min_no_change`) and no
ban of the operation; being spared an operation (不用注销备案) is neither permission nor ban. `apply` is not repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from parsers.document import Document, Span
from parsers.facts._scope import geo_of, is_former
from parsers.facts._words import words
from parsers.facts.deadlines import is_local
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.quantities import durations
from parsers.records import Issue, Operation, joined

_NO = (
    r"(?:不得|不能|不可以?|不予|不再|不允许|不准|不许|不给|不宜|不支持|不办理|不受理|无法|禁止|莫|别(?!人|的|急|慌|怕|担心|着急|忘)|不(?=补|办|受理|改|换|撤|变|更|取消|注销"
    r"|调整))"
)
_SPARED = r"(?:无需|无须|不需要?|不用|不必|毋需|毋须|免于?|不须)"
_MARK = rx(
    r"可|能|应|须|需|要|请|必须|支持|允许|随时|点|选择|选[“【「]|用[^,]{2,12}[“【「]|办理|申请|通过|进行|到|向|携|带|持|凭|登录|即|得|方|才|照样|提供|受理|告知|联系|致电|拨打"
    r"|打[^,]{0,8}电话|会|自己|自行|就行|就好|→|重新(?:提交|填|申报)|(?:点|打)开"
)
"""A permission, a duty or a way to do it: what makes a mention of an operation a rule."""

_OBJECT = r"(?:备案|登记|就医地|居住地|安置地|长住地|地点|地址|城市|地方|信息|类型|联系|转入地|手续|异地|定点|医院|医疗机构|有效期|时间)"
_OPS: dict[str, re.Pattern[str]] = {
    "makeup": rx(
        r"(?:住院|在院)期间[^,。]{0,6}补(?!充医|助)"
        rf"|{words('operation', 'makeup')}|补充(?:办理)?(?:异地就医)?(?:备案|登记)|补(?:上|做|一个|个|办理|交)(?:了)?(?:[^,]{{0,4}}(?:备案|登记|手续"
        rf"|转诊))|补一个|同样可以补|(?:先(?:看病|就医|住院)后备案)|一概不补|不给补"
        rf"|(?:{words('anchor', 'discharge_settlement')}|{words('anchor', 'discharge')})(?:手续)?(?:之前|以前|前)[^,未没不]{{0,30}}(?:备案|登记(?!表)"
        rf"|备上|备好|补上|补齐|办好|办妥|办都|办也|补(?:一下|一补|一次|个)?(?=[,。;]|$))|才补|◆内[^,]{{0,4}}补(?=[,。;]|$)|后补(?=$|[,。])|(?<!未)补开[^,]{{0,4}}转诊|(?:随时|都|还|仍|照样|可以?|才?能|赶紧|尽快|记得|及时)[^,]{{0,14}}补(?=[,。;]|$)"
    ),
    "change": rx(
        rf"(?:变更|更改|修改|改变|更换|变动|调整|改动|改|换)(?:或者?|和|、|及|与|/|”|“|】|取消|撤销|注销|终止|更改|修改|异地|跨省|备案的?|就医|长期"
        rf"|居住|原|相关|个人|登记)*{_OBJECT}"
        rf"|{_OBJECT}(?:的)?[^,。]{{0,14}}(?:变更|更改|修改|改变|更换|变动|改动|调整|能改|可改|以改)"
        r"|(?:申请|办理|可以?|能|随时|点|点击|选择|提交)[“”【\[\"'‘]*(?:变更|更改|修改|改动|改(?=$|[,。;”“])|换地)"
        r"|(?:可|能)[^,。]{0,24}(?:变更|更改|修改)(?=[,。;]|$)"
        r"|(?:随时|自己|自行|到|去|在)[^,。不未没]{0,16}(?:修改|变更|更改|(?<!整)改)(?:一下)?(?:就行|即可|就可以|就好)?(?=[,。;]|$)"
        r"|(?:要|想|需要?|打算)(?:换|改)(?:一?个|到|成)?(?:别的|其他|另外的?)?(?:地方|城市|地点|就医地)"
        r"|(?:做|进行|办理?)(?:备案)?变更|(?:变更|更改)(?:备案|手续|申请|、|或|和|及)|(?:让|请|找)[^,。不]{2,8}改(?=[,。;]|$)|随时都?(?:可以?|能)换(?=[,。;]|$)|(?:改|换|变)(?:一下|一?个)(?:地址|地方|城市|就医地|备案)|(?:可|能|致电|电话|到|去|找|请)[^,。不未]{0,20}更正(?=[,。;]|$)|(?:撤销|取消|撤回)[^,。]{0,4}重新(?:填|提交|申报|备案|申请|选)|(?:换|改|搬)(?:城市|地方|地点|到)[^。]{0,24}(?:改|变更|换|重新备)"
    ),
    "cancel": rx(
        r"(?:取消|撤销|撤消|注销|终止|撤回|解除|停止)(?:或者?|和|、|及|与|/|”|“|】|变更|更改|修改|异地|跨省|长期|居住|原|原有|本次|该|相关"
        r"|已)*(?:备案|登记|就医|手续|安置)"
        r"|(?:备案|登记)(?:的|信息|手续|记录)?[^,。]{0,14}(?:取消|撤销|撤消|注销|终止|撤回)"
        r"|(?:申请|办理|可以?|能|得|应|须|随时|点|点击|选择|提交|或者?|、|和|及|想着?|需要?|要|回来|记得|自己|自行|主动|及时|务必|去|赶紧|尽快)[“”【\[\"'‘]*(?:取消|撤销|撤消|注销|终止|撤回|撤(?=$"
        r"|[,。;的掉]))|(?:撤|停|销)掉|(?:就|能|可以?|帮[您你]|给[您你]?)撤(?:了)?(?=[,。;]|$)|(?:能|可以?)办取消|[备办]的[^,]{0,6}撤(?=$|[,。;])"
        r"|(?:随时|自己|自行|到|去|在)[^,。不未没]{0,16}(?:取消|撤销|注销|(?<!后)撤)(?:一下|掉)?(?:就行|即可|就可以|就好)?(?=[,。;]|$)"
    ),
    "query_status": rx(
        r"(?:查询?|查看|看(?=[到见]?(?:自己)?的?(?:备案|审核|办理|审批|进度|结果))|了解|跟踪)[^,。、]{0,8}"
        r"(?:进度|备案记录|(?:审核|办理|备案|审批)的?(?:结果|状态|情况))"
        r"|(?:办没办成|批没批|过没过|备没备上|是否成功|成没成功?)[^。]{0,20}(?:查|看)|我的备案[”\"\]][^,。]{0,3}(?:查|看)(?!到的)"
        r"|(?:进度|结果|备案记录|备案状态)(?:可以?|能)?[^,。]{0,20}(?:查询|查看|查到(?!的)|查得到|[里中上]看|看到)|看到[“\"「【](?:审核|待审|已通过|未通过|被退回)"
    ),
    "renew": rx(
        r"延期|延长一次|申请延长|最[多长]延|续期|续办|续备|展期|续签|延长(?:备案)?(?:有效期|期限|时间|备案)|(?:备案|登记)[^,]{0,4}(?:延长|顺延)|续(?:备案|登记|报)"
        r"|(?:到期|到了期|期满|届满|过了?期|过了(?:时间|有效期|备案期|这个时间|(?=要|得|就|需|还))|超期|逾期|失效|超过(?:备案)?有效期|有效期[^,]{0,4}(?:后|外|结束|满|终止)|还要继续|继续|仍需"
        r"|超过◆|自动终止|已终止)[^。]{0,30}(?:重新|(?<!不)再次?|另行|再行|重)(?:[^,。]{0,8})(?:备案|办理|登记|申请|报|办|申报|登一|备(?:[一个上]|(?=[,。;]|$)))"
        r"|(?:重新|再次|另行)(?:办理|申请)?(?:异地就医)?(?:备案|登记)[^,]{0,10}(?:到期|期满|届满)"
        r"|每(?:一|1)?年[^,]{0,20}(?:更新|续|年审|审核一次|复审|复核|认证|确认一次|重新)|定期[^,]{0,4}(?:续办|复核|年审)"
    ),
}
_HAS_OPERATION = Needs(*_OPS.values())
_NOT_AN_OP = rx(
    r"(?:变更|取消|撤销|注销|更改|终止)(?:或者?|和|、|及|与|变更|取消|撤销|备案|登记|的)*的?(?:时限|期限|间隔|限制)|发生(?:变更|变动|变化)"
    r"|未(?:申请)?(?:变更|取消)|自动(?:终止|取消|失效|注销)|(?:政策|待遇|目录|标准|比例|收费|名单|机构)(?:调整|变更|变动)"
    r"|取消[^,]{0,6}(?:限制|审批|要求|规定|收费|门槛|跨省定点|证明|纸质)|(?:全面|一律|统一|已经?|全省|现已|率先)取消[^,]{0,12}备案|取消(?:了)?(?:省内"
    r"|市内|全省|省域)[^,]{0,10}备案|取消备案(?:手续|限制|制)?,?(?:直接|参保人员|持卡)"
    r"|补办(?:政策|办法|规定|时限|流程|条件)|补证|补传|(?:不|未)(?:予)?通过|退回|驳回|账号|密码|手机号|绑定|参保(?:信息|登记)变更|单位变更"
    r"|(?<![“【「\"])变更登记(?!备案)|用药|病种"
)
_OF_FILING = rx(r"备案|备上|备了|备过|备的|新备|登记|异地|转诊|就医地|转院|外出|补办|补录|手续")
_NEGATIVE_CONDITION = rx(
    r"(?:未(?!住院|出院|发生|满)|没有?(?!住院|出院|发生|完|好|结束)|尚未(?!住院|出院|发生)|来不及|未能|未及时|忘记?|如未)[^,可应须能]{0,8}$"
)
_PERIOD_BAN = rx(rf"◆[^,]{{0,10}}{_NO}|(?:未满|不满|不足|没到)◆|{_NO}[^,]{{0,16}}◆")
_WHEN = rx(r"不再?(?:需要?|想|打算|要|用|在)[^,]{0,10}?(?:时|的|了|后)(?=请|可|应|须|需|选|点|要|在|到)")
"""不再需要时请…: when one does it, no ban."""
_LESS = rx(r"(?:办|备案?|登记?)?(?:的|后)?,?(?:不再|不能|不可以?|不予|无法|不)(?:享受|直接|联网|刷卡)")
_MAY_SEE = rx(r"(?:人|者|人员|患者|群众|家属|本人|随时|均|都)(?:可以?|能)[^,;。]{0,24}$")
"""申请人可在…查进度 tells of a right, 可查看审核结果 at the end of a procedure of its last step."""
_HEDGES = ("some_regions", "recommended", "usual")
_WEAK = (*_HEDGES, "may")


def find(doc: Document) -> Iterator[Operation | Issue]:
    """One fact per operation and answer; every place that says so is evidence."""
    merged: dict[tuple[str, bool], Operation] = {}
    for sentence in doc.sentences_with(_HAS_OPERATION):
        for fact in _read(doc, sentence):
            known = merged.get((fact.op, fact.allowed), fact)
            merged[fact.op, fact.allowed] = replace(
                known,
                evidence=joined(known.evidence, fact.evidence),
                filing_types=known.filing_types if known.filing_types == fact.filing_types else (),
                scheme=known.scheme if known.scheme == fact.scheme else None,
                geo_scope=known.geo_scope if known.geo_scope == fact.geo_scope else None,
                modality=_weaker(known.modality, fact.modality),
            )
    yield from merged.values()


def _read(doc: Document, sentence: Span) -> Iterator[Operation]:
    text = doc.folded[sentence.start : sentence.end]
    block = doc.blocks[sentence.block]
    if block.kind == "heading" or text.endswith("?") or is_local(doc, sentence, text):
        return
    numberless = _numberless(text)
    if not any(pattern.search(numberless) for pattern in _OPS.values()):
        return
    context = doc.folded[block.start : block.end] + doc.heads_text(sentence.block)
    if not _OF_FILING.search(context):
        return
    clauses = doc.clauses(sentence)
    for index, clause in enumerate(clauses):
        here = doc.folded[clause.start : clause.end]
        marked = _numberless(here)
        if is_former(doc.folded[sentence.start : clause.end]):
            continue
        for op, pattern in _OPS.items():
            match = pattern.search(marked)
            start = clause
            if match is None and op in ("renew", "query_status") and index:
                match = pattern.search(_numberless(doc.folded[clauses[index - 1].start : clause.end]))
                start = clauses[index - 1]
                if match is not None and pattern.search(_numberless(doc.folded[start.start : start.end])):
                    continue
            if match is None or (op != "renew" and _NOT_AN_OP.search(marked)):
                continue
            listed = block.kind == "item" or block.ordinal is not None
            if op == "query_status" and listed and not _MAY_SEE.search(marked[: match.start()]):
                continue  # the last step of a procedure
            answer = _answer(op, marked if start is clause else match.string, match, doc, clauses, index)
            if answer is None:
                continue
            span = (start.start, clause.end)
            yield Operation(
                op=op,
                allowed=answer,
                filing_types=doc.types_of(clause.start, clause.end),
                scheme=doc.scheme_of(clause.start),
                geo_scope=geo_of(doc, clause, clauses),
                modality=_modality(doc, span, answer),
                evidence=doc.evidence(span),
                rule=f"operations.{op}",
            )


def _answer(op: str, marked: str, match: re.Match[str], doc: Document, clauses: list[Span], index: int) -> bool | None:
    """Permitted (True), forbidden (False) or not a rule about the operation (None)."""
    before, after = _WHEN.sub("", marked[: match.start()]), marked[match.end() :]
    named = _WHEN.sub("", match[0])
    lead = marked[: match.start() + 1]
    if (
        after.startswith("是否")
        or rx(rf"{_SPARED}[^,]{{0,10}}$").search(before)
        or rx(_SPARED).search(before[-2:] + named)
    ):
        return None
    forbidden = before.endswith("不") or any(
        (
            rx(rf"{_NO}[^,可]{{0,10}}$").search(before),
            rx(rf"{_NO}$").search(lead),
            rx(_NO).search(named),
            rx(rf"[^,]{{0,10}}(?:一律|一概|均)?{_NO}").match(after),
        )
    )
    if before.endswith("不") and rx(r"(?:备案|登记)?[,]?(?:也|都|仍|照样)").match(after):
        return None  # 不取消备案也能…
    if op == "makeup" and _LESS.match(after):
        return None  # 补办的不再享受直接结算: what comes of it
    if not forbidden and index + 1 < len(clauses) and after.rstrip(",").endswith("的"):  # 出院后申请补登记的,不再受理
        following = doc.folded[clauses[index + 1].start : clauses[index + 1].end]
        forbidden = bool(
            rx(
                r"[^,]{0,8}(?:(?:不再|不予|一律不|一概不|概不)[^,]{0,2}(?:受理|办|补|认)|(?:暂停|停止)(?:受理|办理))"
            ).match(following)
        )
    if op == "renew" and forbidden and rx(r"[^,]{0,4}(?:自动|则|即|视为)").match(after):
        return None  # 不延期自动失效: what happens without it
    if forbidden:
        late = op == "makeup" and rx(r"超过|超出|逾期|晚于").search(marked)  # the time to make up for it is over
        if _PERIOD_BAN.search(marked) and op in ("change", "cancel", "makeup") and not late:
            return None
        if op in ("change", "cancel") and rx("期间").search(before):
            return None
        return False
    if _NEGATIVE_CONDITION.search(before) or rx(r"未|没有").search(named):
        return None
    sentence = doc.folded[clauses[0].start : clauses[-1].end]
    cell = doc.blocks[clauses[0].block].kind == "cell"
    lenient = op in ("makeup", "renew", "query_status") and (
        cell or len(clauses) > 1 or after.endswith(("的", "。", ";"))
    )
    if not _MARK.search(marked) and not (_MARK.search(sentence) and len(clauses) > 1) and not lenient:
        return None
    return True


def _numberless(text: str) -> str:
    """`text` with durations as ◆."""
    for quantity in reversed(durations(text)):
        text = f"{text[: quantity.start]}◆{text[quantity.end :]}"
    return text


def _weaker(one: str | None, other: str | None) -> str | None:
    """Of what two places say of one operation, the weaker: in whatever order they stand, a hedge or a permission holds."""
    return min(one, other, key=lambda said: _WEAK.index(said or "") if said in _WEAK else len(_WEAK))


def _modality(doc: Document, span: tuple[int, int], allowed: bool) -> str:
    found = doc.modality_of(*span, default="may" if allowed else "must")
    if allowed and rx(r"除外[。;]?$").search(doc.folded[slice(*span)]):
        return "may"  # …确需变更的除外: an exception from a ban
    if found == "optional":  # 如需变更: the wish is optional, the way to do it is not
        return "must" if rx(r"应|须|必须").search(doc.folded[slice(*span)]) else "may"
    return found if allowed or found in _HEDGES else "not"
