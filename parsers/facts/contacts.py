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
from parsers.records import Contact

_PHONE = re.compile(
    r"(?<![\d.\-/])(?:"
    r"0\d{2,3}-(?:12393|12345|12333|9[56]\d{3,4})|[(]?0\d{2,3}[)]?\s?[- ]?\s?\d{7,8}(?:-\d{1,5})?"  # area code and number
    r"|[48]00[- ]?\d{3}[- ]?\d{4}"
    r"|1[3-9]\d{9}"
    r"|\d{7,8}(?:-\d{1,5})?"
    r"|1\d{4}|9[56]\d{3,4}"
    r")(?![\d.%])"
)
_HOTLINES = {"12393": "医保服务热线", "12345": "政务服务便民热线", "12333": "人力资源社会保障服务热线"}
_TELEPHONE = re.compile(r"电话|热线|拨打|致电|来电|咨询|联系|tel|传真|号码|座机|手机")
_FAX = re.compile(r"传真(?:号码?|电话)?[:\s]*$")
_EMAIL = re.compile(r"[a-z0-9][\w.\-]*@[\w\-]+(?:\.[\w\-]+)+", re.ASCII)
_NOT_PHONE = re.compile(r"邮编|邮政编码|qq|群号|账号|帐号|备案号|证号|编号|编码|代码|文号|许可证|年|票据号|工号|病种")
_FOREIGN = re.compile(r"(?:医院|卫生院|药店|药房|诊所|编辑部|广告|本站|网站客服|记者|报料|招租|出租|招聘|门诊(?:咨询|预约|电话)|预约|总机|体检|护士站|急救电话|商务|合作|投稿|律师|顾问|保险公司|公众号后台|急救)(?!.{0,8}(?:医保|经办|服务中心))")
_FOREIGN_LABEL = re.compile(_FOREIGN.pattern + r"[^,。;:]{0,8}?[:\s(]*$")
_AGENCY = re.compile(
    r"[\u4e00-\u9fff()]{0,16}(?:医疗保障(?:局|服务中心|事务中心|事业(?:管理|发展|服务)?中心|经办机构|中心|事务服务中心|基金中心|信息中心)|医保(?:局|中心|经办机构|服务中心|分局|办事处|经办中心|事务中心|服务大厅|经办窗口|窗口|办|部门|服务站|事业中心|大厅)|"
    r"社(?:会)?保(?:险)?(?:局|中心|基金中心|经办机构)|政务(?:服务)?(?:中心|大厅)|(?:便民|行政|市民|党群|公共)服务中心|服务大厅|社区事务受理服务中心|分局|管理处|待遇(?:保障)?[科处]|[\u4e00-\u9fff]{2,6}[科处股](?=电话|[:,，、( 0-9]))"
    r"[\u4e00-\u9fff]{0,10}?(?=电话|热线|咨询|联系|地址|[^\u4e00-\u9fff]|位于|设在|$)"
)
_HOLDER_LABEL = re.compile(r"([\u4e00-\u9fff()“”]{2,24}?)(?:(?:咨询|服务|联系|办公|办事|业务|报销|备案|受理|投诉|监督|经办)*(?:电话|热线|号码|方式)|地址)*\s*[:(]?\s*$")
_TIME = r"\d{1,2}\s?[:点时]\s?(?:\d{1,2}|半)?分?"
_RANGE = rf"{_TIME}\s?[-至到]\s?{_TIME}"
_DAYS = r"(?:(?:周|星期)[一二三四五六日天1-7]\s?(?:至|到|-|、)\s?(?:周|星期)?[一二三四五六日天1-7]|(?:法定)?工作日|每天|每日)"
_HOURS = re.compile(
    rf"({_DAYS}[^\d。;]{{0,16}}{_RANGE}(?:[\s,、;和及]{{0,3}}[^\d。;,、]{{0,8}}{_RANGE}){{0,3}}|(?:7[x*×]24|24)小时|(?<=时间[:为]){_RANGE}(?:[\s,、;和及]{{0,3}}[^\d。;,、]{{0,8}}{_RANGE}){{0,3}})"
)
_ADDRESS_LABEL = re.compile(r"(?:地址|地点|位置|办公地点|办理地点|窗口地址|地\s?址|坐落于|位于|设在)\s*[:为]?\s*")
_ROAD = r"[\u4e00-\u9fffa-z0-9]{1,10}?(?:路|(?<![乡镇])街(?!道|镇|乡|办)|大道|大街|巷|弄|胡同)(?:东|西|南|北|中)?段?"
_INSIDE = r"[^,。;、:()\s]{0,24}(?:楼|层|室|厅|窗口|大厦|座|栋|专区|大楼|大厅|中心|院内)(?:[a-z\d]{1,3}(?:区|座|室|窗口))?"
_STREET = re.compile(
    rf"(?:[\u4e00-\u9fff]{{2,8}}?(?:省|自治区|市|区|县|州|旗|镇|乡|街道|新区|开发区)){{0,4}}{_ROAD}(?:\s?\d{{1,5}}\s?(?:-\d{{1,4}})?\s?号(?:{_INSIDE})?|{_INSIDE}(?:\d{{1,2}}(?:-\d{{1,2}})?号窗口?)?)"
)
_PLACE_END = re.compile(r"[。;]|,(?![^,。;]{0,12}(?:楼|层|室|号|窗口|厅))|\s(?:联系|咨询|电话)|(?:联系|咨询)?电话|邮编|乘车|工作时间|办公时间")


def find(doc: Document) -> Iterator[Contact]:
    """All contacts of a page, one per value."""
    merged: dict[str, Contact] = {}
    for sentence in doc.sentences:
        for fact in (*_phones(doc, sentence), *_mails(doc, sentence), *_addresses(doc, sentence)):
            key = re.sub(r"\D", "", fact.value) if fact.kind in ("phone", "fax") else fact.value
            if known := merged.get(key):
                evidence = {(e.start, e.end): e for e in (*known.evidence, *fact.evidence)}
                merged[key] = replace(known, evidence=tuple(evidence.values()), holder=known.holder or fact.holder, hours=known.hours or fact.hours)
            else:
                merged[key] = fact
    yield from merged.values()


def _phones(doc: Document, sentence: Span) -> Iterator[Contact]:
    text = doc.folded
    heads: str | None = None
    last: tuple[int, bool] | None = None
    for match in _PHONE.finditer(text, sentence.start, sentence.end):
        start, end = match.span()
        if text[start] == "(" and ")" not in match.group():
            start += 1
        value = doc.verbatim(start, end).strip()
        digits = re.sub(r"\D", "", value)
        before = text[max(sentence.start, start - 30) : start]
        if len(digits) == 8 and re.fullmatch(r"(?:19|20)\d{6}", digits) and "-" not in value:
            continue
        if _NOT_PHONE.search(before[-8:]) or re.match(r"\s*(?:元|人|万|家|种|个|年|月|日|号文|%|例|次|分|项)", text[end : end + 3]):
            continue
        if heads is None:
            heads = "\n".join(doc.heads_text(sentence.block).split("\n")[:-1])
        told = bool(_TELEPHONE.search(before) or _TELEPHONE.search(heads) or text[end : end + 8].lstrip().startswith(("咨询", "热线")))
        chained = last is not None and start - last[0] <= 3 and last[1]
        if digits in _HOTLINES and not (re.search(r"拨打|打|致电|咨询|电话|热线|来电|:$", text[sentence.start : start]) or chained or _TELEPHONE.search(heads.split("\n")[0])) or before.endswith("掌上"):
            continue
        told = told or digits in _HOTLINES
        strong = bool(re.match(r"[(]?0\d{2,3}[)]?\s?-", text[start:end]))
        if len(digits) <= 6 and digits not in _HOTLINES and not re.search(r"热线|拨打|电话|咨询|致电", text[max(sentence.start, start - 14) : start]):
            continue
        if not (told or chained or strong):
            continue
        clause = doc.clause_at(start)
        if re.match(r"\s*热线?(?:转|平台)", text[end : end + 5]):
            continue
        if _FOREIGN_LABEL.search(text[clause.start : start]) or (_FOREIGN.search(heads.split("\n")[0]) and doc.blocks[sentence.block].kind == "cell"):
            continue
        fax = bool(_FAX.search(before)) or (bool(re.search(r"传真", heads.split("\n")[0])) and doc.blocks[sentence.block].kind == "cell")
        last = (end, True)
        yield Contact(
            evidence=doc.evidence(_quote(doc, sentence, start, end)),
            rule="contacts.fax" if fax else "contacts.phone",
            kind="fax" if fax else "phone",
            value=value,
            holder=_holder(doc, sentence, start),
            hours=_hours(doc, sentence, end),
        )


def _quote(doc: Document, sentence: Span, start: int, end: int) -> tuple[int, int]:
    if sentence.end - sentence.start <= 60:
        return sentence.start, sentence.end
    clause = doc.clause_at(start)
    return (clause.start, max(clause.end, end)) if clause.end - clause.start <= 80 else (start, end)


def _holder(doc: Document, sentence: Span, start: int) -> str | None:
    """Whose number it is: the agency named nearest before it, in the row head, or in the label."""
    before = doc.folded[sentence.start : start]
    if found := list(_AGENCY.finditer(before)):
        last = found[-1]
        name = doc.text[sentence.start + last.start() : sentence.start + last.end()]
        return re.sub(r"^.*(?:拨打|咨询|联系|致电|请|可|或|和|及|向|到)(?=[\u4e00-\u9fff]{3})", "", name).strip("()（） ") or None
    block = doc.blocks[sentence.block]
    if block.row_head is not None:
        return doc.text[doc.blocks[block.row_head].content : doc.blocks[block.row_head].end].strip()[:40] or None
    if label := _HOLDER_LABEL.search(before):
        name = doc.text[sentence.start + label.start(1) : sentence.start + label.end(1)]
        if re.search(r"热线|局|中心|科|处|机构|窗口|部门|区|县|市", name):
            return name
    for parent in doc.above(sentence.block):
        head = doc.text[doc.blocks[parent].content : doc.blocks[parent].end]
        if found := list(_AGENCY.finditer(head)):
            return found[-1].group().strip("：: ")
    return None


def _hours(doc: Document, sentence: Span, end: int) -> str | None:
    if found := _HOURS.search(doc.folded, sentence.start, sentence.end):
        return doc.text[found.start(1) : found.end(1)].strip()
    block = doc.blocks[sentence.block]
    near = doc.folded[sentence.end : min(len(doc.folded), sentence.end + 60)]
    if block.kind != "cell" and (found := re.match(r"[\s。;(]*(?:工作|办公|服务|受理|上班|接听)时间", near)) and (hours := _HOURS.search(near)):
        return doc.text[sentence.end + hours.start(1) : sentence.end + hours.end(1)].strip()
    return None


def _mails(doc: Document, sentence: Span) -> Iterator[Contact]:
    for match in _EMAIL.finditer(doc.folded, sentence.start, sentence.end):
        yield Contact(
            evidence=doc.evidence(_quote(doc, sentence, *match.span())),
            rule="contacts.email",
            kind="email",
            value=doc.verbatim(match.start(), match.end()),
            holder=_holder(doc, sentence, match.start()),
        )


def _addresses(doc: Document, sentence: Span) -> Iterator[Contact]:
    """Street addresses: behind a label, in a column of addresses, or a street and number beside an agency."""
    text = doc.folded
    block = doc.blocks[sentence.block]
    column = doc.block_text(block.col_head) if block.col_head is not None else ""
    row = doc.block_text(block.row_head) if block.row_head is not None and block.col == 1 else ""
    spans: list[tuple[int, int]] = []
    if (re.search(r"地址|地点|位置", column) or re.fullmatch(r".{0,8}(?:地址|地点|位置)", row)) and re.search(r"路|大街|大道|巷|\d+号|楼|镇|乡|村|大厦|广场|街\w", text[sentence.start : sentence.end]):
        end = _PLACE_END.search(text, sentence.start, sentence.end)
        spans.append((sentence.start, end.start() if end else sentence.end))
    else:
        for label in _ADDRESS_LABEL.finditer(text, sentence.start, sentence.end):
            end = _PLACE_END.search(text, label.end(), sentence.end)
            stop = end.start() if end else sentence.end
            if re.search(r"(?:路|街|道|巷|弄|镇|乡|村|区|县).{0,12}(?:\d+号|号|楼|层|大厦|广场|大厅|中心|旁|交叉|交汇|对面)", text[label.end() : stop]):
                spans.append((label.end(), stop))
        for street in _STREET.finditer(text, sentence.start, sentence.end):
            if not any(a < street.end() and street.start() < b for a, b in spans):
                spans.append(street.span())
    for start, end in spans:
        before = text[max(sentence.start, start - 30) : start]
        value = re.split(r"办理|咨询|领取|申请|提交", doc.verbatim(start, end))[0].strip(" ：:,，。；;()（）")
        value = re.sub(r"^(?:或者?|也|可以?|请|到|至|在|位于|前往|去|地址|窗口)+", "", value)
        if len(value) < 4 or (_FOREIGN.search(before) and not _AGENCY.search(before)) or re.search(r"医院|卫生院", value[-8:]):
            continue
        yield Contact(
            evidence=doc.evidence((start, end)),
            rule="contacts.address",
            kind="address",
            value=value,
            holder=_holder(doc, sentence, start),
            hours=_hours(doc, sentence, end),
        )
