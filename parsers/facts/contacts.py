"""Contacts: telephone numbers, addresses, e-mail and fax of agencies, with whom they belong to and office hours.

In: a Document. Out: one `Contact` per number or address. Hours belong to their contact and are no fact of their own (rule
35 of the domain). Numbers of hospitals, of pharmacies, of advertisers and of the site are not contacts. Values stay as
printed; masking of personal mobile numbers is done where facts are published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from parsers.document import Document, Span
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.records import Contact, joined

_PHONE = rx(
    r"(?<![\d.\-])(?:0\d{2,3}\s?-\s?(?:1\d{4}|9[56]\d{3,4})"  # a hotline dialled with the area code
    r"|0\d{2,3}-\d{4}\s\d{3,4}|[(]?0\d{2,3}[)]?\s?[- ]?\s?[2-8]\d{3}[ -]\d{3,4}"  # 0571-8888 1234, (0571) 8888 1234
    r"|(?!(?:19|20)\d\d\s)[2-8]\d{3}\s\d{3,4}|[(]?0\d{2,3}[)]?\s?[- ]?\s?\d{7,8}(?:-\d{1,5})?"
    r"|[48]00[- ]?\d{3}[- ]?\d{4}|1[3-9]\d{9}|\d{7,8}(?:-\d{1,5})?|1\d{4}|9[56]\d{3,4})(?![\d.%])(?:(?:转|分机)\d{1,5}(?!\d))?"
)
_AREA_CODE = rx(r"0\d{2,3}[\s-]|[(]0\d{2,3}[)]")
_HOTLINES = frozenset({"12393", "12345", "12333"})
_TELEPHONE = rx(r"电话|热线|拨打|致电|来电|咨询|联系|tel|传真|号码|座机|手机")
_DIALLED = rx(r"拨打|打|致电|咨询|电话|热线|来电|:$")
_SHORT_DIALLED = rx(r"热线|拨打|电话|咨询|致电")
_FAX = rx(r"传真(?:号码?|电话)?[:\s]*$")
_EMAIL = rx(r"[a-z0-9][\w.\-]{0,60}@[\w\-]{1,60}(?:\.[\w\-]{1,60}){1,5}", re.ASCII)
_DATE = rx(r"(?:19|20)\d{6}")
_NOT_PHONE = rx(r"邮编|邮政编码|qq|群号|账号|帐号|备案号|证号|编号|编码|代码|文号|许可证|年\s?:?$|票据号|工号|病种")
_QUANTITY = rx(r"[ \t\u3000]{0,9}(?:元|人|万|家|种|个|年|月|日|号文|%|例|次|分|项)")
_SOURCE_OF_A_CASE = rx(
    r"\s{0,9}热线?(?:转(?!医保|接|人工)|平台)|(?:热线|平台)?(?:反映(?:的|后|称|说|:)|转来|转办|交办|受理的|收到)"
)
_FOREIGN = rx(
    r"(?:医院|卫生院|药店|药房|诊所|编辑部|广告|本站|网站客服|记者|报料|招租|出租|招聘|门诊(?:咨询|预约|电话)|预约|总机|体检|护士站"
    r"|急救电话|商务|合作|投稿|律师|顾问|保险公司|客服|公众号后台|急救)(?!.{0,8}(?:医保|经办|服务中心))"
)
_FOREIGN_LABEL = rx(_FOREIGN.pattern + r"[^,。;:]{0,8}?[:\s(]*$")
_AGENCY = rx(
    r"[\u4e00-\u9fff()]{0,16}(?:"
    r"医疗保障(?:局|服务中心|事务中心|事业(?:管理|发展|服务)?中心|经办机构|中心|事务服务中心|基金中心|信息中心)"
    r"|医保(?:局|中心|经办机构|服务中心|分局|办事处|经办中心|事务中心|服务大厅|经办窗口|窗口|办|部门|服务站|事业中心|大厅)"
    r"|社(?:会)?保(?:险)?(?:局|中心|基金中心|经办机构)|政务(?:服务)?(?:中心|大厅)|(?:便民|行政|市民|党群|公共)服务中心|服务大厅"
    r"|社区事务受理服务中心|分局|管理处|待遇(?:保障)?[科处]|[\u4e00-\u9fff]{2,6}[科处股](?=电话|[:,，、( 0-9])"
    r")(?:[\u4e00-\u9fff]{1,8}?(?:科|处|股|室|窗口|大厅))?"
)
_ADDRESSED = rx(r"^.*(?:拨打|咨询|联系|致电|请|可|或|和|及|向|到)(?=[\u4e00-\u9fff]{3})")
_HOLDER_LABEL = rx(
    r"([\u4e00-\u9fff()“”]{2,24}?)"
    r"(?:(?:咨询|服务|联系|办公|办事|业务|报销|备案|受理|投诉|监督|经办){0,3}(?:电话|热线|号码|方式)|地址){0,2}\s*[:(]?\s*$"
)
_PLACE_LABEL = rx(
    r"(?:^|[,、;:。(\s\d.])([\u4e00-\u9fff]{1,12}(?:区|县|市|旗|镇|乡|街道|本级|医保局|医保中心|分局|服务站))\s*:?\s*$"
)
"""杞县：2345678 — the place right before a number, in a list of places."""
_HOLDER = rx(r"热线|局|中心|科|处|机构|窗口|部门|区|县|市")

_TIME = r"\d{1,2}\s?[:点时]\s?(?:\d{1,2}|半)?分?"
_RANGE = rf"{_TIME}\s?[-至到]\s?{_TIME}"
_RANGES = rf"{_RANGE}(?:[\s,、;和及]{{0,3}}[^\d。;,、]{{0,8}}{_RANGE}){{0,3}}"
_DAYS = r"(?:(?:周|星期)[一二三四五六日天1-7]\s?(?:至|到|-|、)\s?(?:周|星期)?[一二三四五六日天1-7]|(?:法定)?工作日|每天|每日)"
_HOURS = rx(rf"({_DAYS}[^\d。;]{{0,16}}{_RANGES}|(?:7[x*×]24|24)小时|(?<=时间[:为]){_RANGES})")
_HOURS_LABEL = rx(r"[\s。;(]{0,9}(?:工作|办公|服务|受理|上班|接听)时间")

_ADDRESS_HEAD = rx(r".{0,8}(?:地址|地点|位置)")
_ADDRESS_LABEL = rx(r"(?:地址|地点|位置)(?:[与和及、]?(?:办公|办理)?时间)?\s*[:为是在]\s*|坐落于|位于|设在")
_IS_PLACE = rx(r"路|大街|大道|巷|\d号|楼|镇|乡|村|大厦|广场|街\w")
_IS_LABELLED_PLACE = rx(
    r"(?:路|街(?!道)|大道|巷|弄|镇|乡|村).{0,14}(?:号|楼|层|大厦|广场|大厅|中心|旁|交叉|交汇|对面)|\d号|[\d一二三四五六]楼|层"
)
_ROAD_WORD = rx(r"[路街巷弄](?!区)|大道|胡同")  # 让胡路区 is no road
_LETTER = r"(?:(?![市区县旗镇乡路])[\u4e00-\u9fffa-z0-9])"
_TOWN = rf"(?:[市县]?{_LETTER}{{1,9}}(?:市|区|县|旗|镇|乡|街道))"
_ROAD = (
    rf"[市区县]?{_LETTER}{{1,10}}?(?<=[\u4e00-\u9fff])"
    r"(?:(?<![公铁道线网])路|(?<![乡镇])街(?!道|镇|乡|办)|大道|大街|巷|弄|胡同)(?:东|西|南|北|中)?段?"
)
_INSIDE = r"[^,。;、:()\s]{0,24}(?:楼|层|室|厅|窗口|大厦|座|栋|专区|大楼|大厅|中心|院内|广场|园区|之家)(?:[a-z\d]{1,3}(?:区|座|室|窗口))?"
_ITS_DESK = r"[州市区县]?(?:政务|行政|医保|医疗保障|社保)[^,。;、:()\s楼层]{0,12}(?:窗口|大厅)(?:办|申|提)"
"""到公园路99号州政务大厅医保窗口办理: the desk is where one goes, the address is known without it."""
_STREET = rx(
    rf"{_TOWN}{{0,4}}{_ROAD}[与和]{_ROAD}(?:交叉口|交汇处|交界处|路口|十字路口)(?:(?!{_ITS_DESK}){_INSIDE})?|"
    rf"{_TOWN}{{0,4}}{_ROAD}"
    rf"(?:(?:\d{{1,5}}弄)?\s?\d{{1,5}}\s?(?:-\d{{1,4}})?\s?号(?:(?!{_ITS_DESK}){_INSIDE})?|{_INSIDE}(?:\d{{1,2}}(?:-\d{{1,2}})?号窗口?)?|(?<=段)(?=[,。;)]|$))"
)
"""Towns and roads: a town's name holds no 市, 区, 县, so that a long run of them is read once."""
_PLACE_END = rx(
    r"[。;]|,(?![^,。;]{0,12}(?:楼|层|室|号|窗口|厅))|\s(?:联系|咨询|电话)|(?:联系|咨询)?电话|邮编|乘车|(?:工作|办公)时间"
)
_DONE_THERE = rx(r"办理|咨询|领取|申请|提交")
_WAY_THERE = rx(
    r"^(?:[\u4e00-\u9fff]{1,6}[市区县旗镇乡]的?在(?=[\u4e00-\u9fff]{2}))?(?:[^市区县]{0,8}?(?:到|至|前往|位于|设在|坐落于|地址为|地址在|地址是|在))?(?:或者?|也|可以?|请|去|地址|窗口)*"
)


_HAS_PHONE, _HAS_PLACE = Needs(_PHONE), Needs(_IS_PLACE, _ADDRESS_LABEL, _ROAD_WORD)


def find(doc: Document) -> Iterator[Contact]:
    """All contacts of a page, one per value."""
    merged: dict[str, Contact] = {}
    for sentence in doc.sentences:
        for fact in (*_phones(doc, sentence), *_mails(doc, sentence), *_addresses(doc, sentence)):
            key = rx(r"\D").sub("", fact.value) if fact.kind in ("phone", "fax") else fact.value
            known = merged.setdefault(key, fact)
            if known is not fact:
                merged[key] = replace(
                    known,
                    evidence=joined(known.evidence, fact.evidence),
                    holder=known.holder or fact.holder,
                    hours=known.hours or fact.hours,
                )
    for hotline in sorted(_HOTLINES & merged.keys()):
        # 12393 beside 0577-12393 is the same line, dialled from near and far
        if coded := next((key for key in merged if rx(rf"0\d{{2,3}}{hotline}").fullmatch(key)), None):
            near = merged.pop(hotline)
            far = merged[coded]
            merged[coded] = replace(far, evidence=joined(far.evidence, near.evidence), holder=far.holder or near.holder)
    yield from merged.values()


def _phones(doc: Document, sentence: Span) -> Iterator[Contact]:
    text = doc.folded
    if not doc.may(_HAS_PHONE, sentence) or not _PHONE.search(text, sentence.start, sentence.end):
        return
    heads = doc.heads_text(sentence.block).split("\n")[:-1]
    is_cell = doc.blocks[sentence.block].kind == "cell"
    previous = -9
    for match in _PHONE.finditer(text, sentence.start, sentence.end):
        start, end = match.start() + (match.group().startswith("(") and ")" not in match.group()), match.end()
        if not _is_phone(doc, sentence, start, end, heads, chained=start - previous <= 3):
            continue
        if _FOREIGN_LABEL.search(text[doc.clause_at(start).start : start]) or (
            is_cell and heads and _FOREIGN.search(heads[0])
        ):
            continue
        is_fax = _FAX.search(text[sentence.start : start]) or (is_cell and heads and "传真" in heads[0])
        previous = end
        yield Contact(
            evidence=doc.evidence(_quote(doc, sentence, start, end)),
            rule="contacts.fax" if is_fax else "contacts.phone",
            kind="fax" if is_fax else "phone",
            value=doc.verbatim(start, end).strip(),
            holder=_holder(doc, sentence, start),
            hours=_hours(doc, sentence),
        )


def _is_phone(doc: Document, sentence: Span, start: int, end: int, heads: list[str], *, chained: bool) -> bool:
    """Whether digits are a telephone number: by their form, by what is said of them, or behind another number."""
    text = doc.folded
    number, before = text[start:end], text[sentence.start : start]
    digits = rx(r"\D").sub("", number)
    if _NOT_PHONE.search(before[-8:]) or _QUANTITY.match(text[end : end + 3]) or _DATE.fullmatch(number):
        return False
    if before.endswith("/") and not chained:
        return False
    if digits in _HOTLINES:
        alone = end - start == sentence.end - sentence.start
        dialled = alone or _DIALLED.search(before) or chained or (heads and _TELEPHONE.search(heads[0]))
        return bool(dialled) and not before.endswith("掌上") and not _SOURCE_OF_A_CASE.match(text[end : end + 8])
    if len(digits) <= 6 and not _SHORT_DIALLED.search(before[-14:]):
        return False
    told = (
        _TELEPHONE.search(before[-30:]) or _PLACE_LABEL.search(before) or any(_TELEPHONE.search(head) for head in heads)
    )
    return bool(
        told or chained or _AREA_CODE.match(number) or text[end : end + 8].lstrip().startswith(("咨询", "热线"))
    )


def _quote(doc: Document, sentence: Span, start: int, end: int) -> tuple[int, int]:
    if sentence.end - sentence.start <= 60:
        return sentence.start, sentence.end
    clause = doc.clause_at(start)
    return (clause.start, max(clause.end, end)) if clause.end - clause.start <= 80 else (start, end)


def _holder(doc: Document, sentence: Span, start: int) -> str | None:
    """Whose it is: the agency named nearest before it, in the row head, in the label, or in a heading."""
    before = doc.folded[sentence.start : start]
    if place := _PLACE_LABEL.search(before):
        return doc.text[sentence.start + place.start(1) : sentence.start + place.end(1)]
    # 人民路18号政务大厅 is a place, not a holder
    named = [
        m
        for m in _AGENCY.finditer(before)
        if not rx(r"[号路街\d]$").search(before[: m.start()]) and not m.group().startswith("号")
    ]
    if named:
        name = doc.text[sentence.start + named[-1].start() : sentence.start + named[-1].end()]
        return _ADDRESSED.sub("", name).strip("()（） ") or None
    row_head = doc.blocks[sentence.block].row_head
    if row_head is not None:
        name = doc.text[doc.blocks[row_head].content : doc.blocks[row_head].end].strip()
        if name and not _TELEPHONE.search(name) and not _ADDRESS_HEAD.fullmatch(name):
            return name[:40]
    if label := _HOLDER_LABEL.search(before):
        name = doc.text[sentence.start + label.start(1) : sentence.start + label.end(1)]
        if _HOLDER.search(name):
            return name
    for parent in doc.above(sentence.block):
        if found := list(_AGENCY.finditer(doc.text[doc.blocks[parent].content : doc.blocks[parent].end])):
            return found[-1].group().strip("：: ")
    return None


def _hours(doc: Document, sentence: Span) -> str | None:
    """Office hours in the sentence of a contact, or in the sentence behind it where that has a label for them."""
    if found := _HOURS.search(doc.folded, sentence.start, sentence.end):
        return doc.text[found.start(1) : found.end(1)].strip()
    near = doc.folded[sentence.end : sentence.end + 60]
    if doc.blocks[sentence.block].kind != "cell" and _HOURS_LABEL.match(near) and (found := _HOURS.search(near)):
        return doc.text[sentence.end + found.start(1) : sentence.end + found.end(1)].strip()
    return None


def _mails(doc: Document, sentence: Span) -> Iterator[Contact]:
    if "@" not in doc.folded[sentence.start : sentence.end]:
        return
    for match in _EMAIL.finditer(doc.folded, sentence.start, sentence.end):
        yield Contact(
            evidence=doc.evidence(_quote(doc, sentence, *match.span())),
            rule="contacts.email",
            kind="email",
            value=doc.verbatim(match.start(), match.end()),
            holder=_holder(doc, sentence, match.start()),
        )


def _addresses(doc: Document, sentence: Span) -> Iterator[Contact]:
    for start, end in _places(doc, sentence) if doc.may(_HAS_PLACE, sentence) else ():
        before = doc.folded[max(sentence.start, start - 30) : start]
        value = _DONE_THERE.split(doc.verbatim(start, end))[0].strip(" ：:,，。；;()（）")
        value = _WAY_THERE.sub("", value)
        if (
            len(value) < 4
            or (_FOREIGN.search(before) and not _AGENCY.search(before))
            or (rx(r"医院|卫生院").search(value[-8:]) and not _AGENCY.search(before))
        ):
            continue
        yield Contact(
            evidence=doc.evidence((start, end)),
            rule="contacts.address",
            kind="address",
            value=value,
            holder=_holder(doc, sentence, start),
            hours=_hours(doc, sentence),
        )


def _places(doc: Document, sentence: Span) -> list[tuple[int, int]]:
    """Addresses: a cell under or beside 地址, the text behind such a label, or a street with a number or a building."""
    text = doc.folded
    block = doc.blocks[sentence.block]
    heads = [doc.block_text(head) for head in (block.row_head, block.col_head) if head is not None]
    if any(_ADDRESS_HEAD.fullmatch(head) for head in heads) and _IS_PLACE.search(text, sentence.start, sentence.end):
        return [(sentence.start, _place_end(text, sentence.start, sentence.end))]
    labels = [
        (m.end(), _place_end(text, m.end(), sentence.end))
        for m in _ADDRESS_LABEL.finditer(text, sentence.start, sentence.end)
    ]
    places = [place for place in labels if _IS_LABELLED_PLACE.search(text, *place)]
    for street in _streets(text, sentence):
        if not any(start < street[1] and street[0] < end for start, end in places):
            places.append(street)
    return places


def _streets(text: str, sentence: Span) -> Iterator[tuple[int, int]]:
    """Streets with a number or a building: looked for around each road, for a town's name may be long."""
    done = sentence.start
    for road in _ROAD_WORD.finditer(text, sentence.start, min(sentence.end, sentence.start + 2000)):
        begin = max(done, road.start() - 36)
        if road.start() >= done and (street := _STREET.search(text, begin, min(sentence.end, road.end() + 48))):
            done = street.end()
            yield street.span()


def _place_end(text: str, start: int, end: int) -> int:
    found = _PLACE_END.search(text, start, end)
    end = found.start() if found else end
    opened = 0
    for bracket in rx(r"[()]").finditer(text, start, end):
        opened += 1 if bracket[0] == "(" else -1
        if opened < 0:
            return bracket.start()  # (地址：…) ends with its bracket
    return end
