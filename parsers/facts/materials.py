"""Materials: what has to be handed in, shown or typed in, in which flow, by whom, and what may stand in for it.

In: a Document. Out: one `Material` per code and flow (rule of the domain: the same paper in several lists is one entry
with all its quotes), and an `Issue` "unknown_material" for a paper in a list that the vocabulary does not know.

A paper that is merely mentioned is no demand. A run of papers counts when it stands under a heading, label or column
for materials, when a verb of handing in governs it (携带…, 需提供…, 凭…), when the sentence is nothing but the list,
or when a predicate behind it says so (…缺一不可). Inside a run 或 binds tighter than 、, unless all members are papers of
one class (医保电子凭证、身份证或社保卡 = any one of the three).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from parsers.document import Document, Span
from parsers.records import Evidence, Issue, Material

# ---- vocabulary of the grammar around the names of papers ------------------------------------------------

_HEAD = re.compile(
    r"材料(?!费)|资料|证件|要件|所需手续|哪些手续|什么手续|需要?的?手续|手续清单|(?:带|交|准备|提供|提交|携带|上传|出示)(?:上|齐|好)?(?:些)?(?:什么|哪些|啥|哪几)"
    r"|(?:需|须|应|要|请)(?:当)?(?:要)?(?:提供|提交|携带|准备|带|出示|上传|交)|备齐|带齐|备好|请您?带|带来|自备|所需\s*:?$|需要\s*:$|所需证明|证明文件|(?:以下|下列)(?:证明|凭证|单据|票据)"
)
"""What heads a list of materials."""

_OTHER_HEAD = re.compile(
    r"流程|步骤|程序|时限|期限|时间|待遇|结算|渠道|方式|途径|地点|地址|电话|依据|对象|条件|范围|注意|说明|备注|查询|比例|政策|"
    r"机构|标准|收费|有效期|变更|取消|什么是|问答|提示|入口|操作|指南|怎么|如何|哪里|规定|管理|服务"
)
"""What heads something else: the search for a heading of materials ends there."""

_DEMAND = re.compile(
    r"提供|提交|递交|携带|出示|上传|上报|附上|另附|附具|随附|交验|交回|另交|补交|备齐|带齐|带上|带好|带着|准备好?|持有|凭借|填写|填报|填妥|填好"
    r"|签署|签订|签字确认|验证|录入|输入|核验|查验|拍摄|寄送|邮寄|报送|拿着|打印|下载|出具|包括|包含|需要|只需|仅需|只要|仅凭|材料(?:有|为|是|如下|包括)?:|资料:"
    r"|手续:|证件:|刷|[持凭拿附带交签填备携送]|[需须应](?!当?[在到至向由于])|使用|另加|以及材料|勾选?(?!画)|点选|加收|交纳"
)
"""Verbs (and colons) of handing in; the last one before a run governs it."""
_WEAK = re.compile(r"[需须应]|包括|包含|需要|只要|[附交填备送带]|使用|下载|打印|出具|刷")
"""Verbs that govern only what follows them closely."""
_NOT_DEMAND = re.compile(r"应用|交流|持续|坚持|支持|保持|维持|凭证|交通|交费|缴|移交|提交后|带来|附近|附件|备案|填补|外带|送达|备注|供需|必需品|使用的?医|刷新|应急|响应|相应|适应|反应|对应|提交成功")
_NEGATED = re.compile(
    r"(?:拒绝|无需|不需要?|不用|无须|毋须|毋需|勿需|免于|免予|免除|免去|免|不再|不必|取消|无法|不能|未能|未|没有|没带|拿不出|不得要求|不要求|无|不可使用|不可以?用)"
    r"(?:再|另行|重复|额外|及时|即时|单独|提前|现场|要求|本人|参保人员?|群众|个人)*"
    r"(?:提供|提交|出具|递交|上传|携带|出示|开具|交|填写|带|持有?|凭|使用|签订|签署|收取|办理|准备)?"
)
_BREAK = re.compile(r"[。;!?]|办理|前往|就医|就诊|住院|结算|报销|审核|登录|点击|进入|通过|经办|窗口|到|至|后,|的,|[,](?!原件|复印件|以?及|并)")
_OR = re.compile(r"或者?|抑或|/|还是|二选一|(?:也|亦)可以?(?:提供|提交|凭|持|出示|使用|签署|用|填写|上传)")
_AND = re.compile(r"[、,;+&]|和|及|与|并|以及|同时|另外|还|\d[.、)]|[①-⑩]|(?:首页|本人页)|^\s*$")
_ONE_OF = re.compile(r"之一|[任选择]+(?:选)?(?:其)?[一1](?!并|律|般)|任意一|任一|任何一|其中一|其一(?!是)|[二三四]选一|中的?(?:任意)?[一1](?:项|种|样|个|份)|选其一|均可|都可以?|中[^,。;]{0,5}[一1][项种样个份]|都行|皆可|有其一|一种即可|一样即可|一项即可")
_AS_EXAMPLES = re.compile(r"^[,:\s(]*(?:比?如|例如|譬如|包括但不限于|可以是|可为|即|指|含)")
_PREDICATE = re.compile(r"^等?(?:材料|资料|证件)?[^,。;]{0,6}?(?:都要有|缺一不可|必不可少|必须(?:提供|有|携带)|必备|即可办理|各[一1]份|原件及?|(?:需|须|要|应)(?:提供|提交|上传|携带|一并))")
_SPARED = re.compile(r"等?(?:材料|证件|资料)?(?:都|也|均|一律|全部)?(?:不需要|不用|不需|不要(?!求)|一?概不|不收|无需|无须|不再(?:需要|收取|要求|提供|提交)|不必|免(?:了|交|提供|收)|省了|不要求)(?![^,。;]{0,4}(?:原件|复印件|盖章))")
"""A predicate behind a run that waives it."""
_TAIL = re.compile(
    r"(?:证明)?(?:材料|资料|证书|表格|照片|扫描件|电子(?:版|件|照)|打印件|影印件|正反面|首页|本人页|索引页|增减页|书|等)?"
    r"(?:[及或和、与/并]{0,2}(?:原件|复印件|扫描件|照片|本人页|首页|其复印件|电子版))*"
    r"(?:一式)?(?:各?[一二两三四五\d]{1,2}[份张页套联])?[”\"’》」』】\s]*"
)
_LACKING = re.compile(r"(?:没有|无|未|暂无|办不了|拿不出|不能提供|无法提供)[^,。;()]{0,10}的")
_NUMBER = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_COUNT = re.compile(r"([一二两三四五\d]{1,2})([份张页套])")
_ISSUED_BEFORE = re.compile(r"(?:由|经|凭|持|提供|提交|上传|携带|出示|须|需|应|有|的|和|及|或|、|,|\(|^)?([^,。;、:()]{2,30}?)(?:所?(?:出具|开具|开立|核发|签发|发放|盖章确认)|(?<=[院构门区会位局])开)的?(?:有效)?$")
_ISSUED_AFTER = re.compile(r"(?:由|经)([^,。;:()]{2,30}?)(?:所?(?:出具|开具|开立|核发|签发|填写|提供|盖章))")
_REQUIREMENT = re.compile(r"((?:需|须|应|要|并)?[^,。;()]{0,24}?(?:签字|盖章|签章|加盖[^,。;()]{0,8}章|签名)[^,。;()]{0,6})")
_OPTIONAL = re.compile(r"如适用|如有|若有|视情况|如需|必要时|如果有|有则提供|根据需要|根据情况|非必须|非必要|可选")
_MAY = re.compile(r"可能|可(?:以)?(?:选择|自愿|另行|同时|一并|自行|直接)?(?=提供|提交|上传|签|填|用|出示|附|补充|使用|\.)")
_MUST = re.compile(r"必须|需要?|须|应当?|要求|务必|一律")
_HAVING = re.compile(r"(?:^|[,;。(:])\s*有([^,。;]{2,14})的[,也可还]")
_CONDITION = re.compile(
    r"(?:^|[,;:。(])\s*((?:[^,。;:()]{0,24}?(?:的|时|者|患者|情形|情况下|之外|未成年人|老年人))|(?:因|若|如|如果|对于|属于|委托)[^,。;:()]{2,24}?(?:的|时))[,]?"
    r"(?=(?:还|另|应|须|需|要|可|均|也|则|只|仅|并|再|同时|额外|另外|凭|持|带|提供|提交|填写|签))"
)
_NOTE_CONDITION = re.compile(r"适用|情况|的$|时$|者$|户籍|人员|学生|患者|代办|未成年|本地|外地|农民|职工|退休|如有|如需")
_AGENCY_ACTS = re.compile(r"(?:^|[,;。:由经])[^,。;至到在向往]{0,12}(?:医师|医生|主任|医保[办科]|科室|经办机构|经办人员|工作人员|经治医院|医疗机构|定点医院)[^,。;提携凭]{0,12}$")
_WHILE_TREATED = re.compile(r"(?:就诊|就医|住院|入院|出院|挂号|结算|购药|看病|买药|缴费)(?:登记|手续)?(?:结算)?(?:时|的时候|期间|当天)|收费处|住院处|挂号处|接诊医院")
_TREATED = re.compile(r"直接刷|直接结(?!算备案)|刷一?下|联网(?:定点)?医|直接报销|出院|收费处|就医|就诊|住院|入院|结算|购药|挂号|刷卡|看病|取药|看门诊|登记入院|治疗|支付")
_MASKED = re.compile(r"异地就医(?:直接结算)?(?:登记)?备案|异地就医(?:人员|登记|申请|手续|备案)|就医(?:地|备案|登记)|结算(?:备案|手续)?(?=备案)|转诊|备案")
_FILING_CUE = re.compile(r"备案|登记(?!住院)|转诊(?!患者|人员|病人|的)|转院(?!患者|人员|病人|的)|申请办理|办理手续|变更|取消|承诺")
_REIMBURSE_CUE = re.compile(r"报销|零星|零报|手工|垫付|现金支付|费用申报|回参保地结算|待遇申领|理赔")
_SUFFIX = re.compile(r"(?:证明|证明书|证书|证|表|单|书|簿|合同|协议|材料|报告|记录|票据|凭证|清单|函|信|病历|照片|件|文件|说明|鉴定|批文|回执|小票|条码|判决书)$")
_MARKED = re.compile(r"《([^《》]{3,30}(?:表|单|书|说明|证明|报告|材料)(?:[(][^()]*[)])?)》")
_NOT_NAME = re.compile(r"[。!?%…]|办理|登录|点击|通过|审核|备案后|报销|结算|电话|时间|窗口|工作日|以上|以下|相关|其他|其它|有关|所需|需要的|必要|规定|要求|上述|前述|材料清单|条件|证件$|不同|等$|全部|所有|根据|应当|可以|人员|手续|复印件|原件|APP|app|软件|附件|按照|一致|保证|符合|真实")

_IDENTITY = {"id_card", "valid_id", "social_card", "med_card", "e_voucher"}
_STANDING = {
    "settlement_proof", "residence_proof", "residence_permit", "temp_residence_permit", "property_cert", "lease", "household_book", "work_proof", "dispatch_letter",
    "employer_letter", "labor_contract", "business_licence", "enrolment_proof", "commitment", "kinship_proof",
}  # fmt: skip
_CLINICAL = {"medical_record", "outpatient_record", "discharge_summary", "emergency_proof", "diagnosis_cert"}
_CLASS = {code: name for name, codes in (("identity", _IDENTITY), ("standing", _STANDING), ("clinical", _CLINICAL)) for code in codes}
_GENERIC = {"valid_id", "residence_proof", "work_proof", "settlement_proof", "enrolment_proof", "kinship_proof", "medical_record", "chronic_cert", "employer_letter", "emergency_proof"}
"""Names of a class of papers: what stands in brackets behind them are members."""
_CLAIM = {"invoice", "fee_list", "medical_record", "discharge_summary", "bank_account", "reimb_form", "exam_report", "prescription", "doctor_order", "injury_statement", "settlement_list"}
"""Papers of a claim, unless the text says filing in the same breath."""
_IMPLIED = {
    "referral_form": ("referral",), "emergency_proof": ("emergency",), "residence_proof": ("long_term",),
    "settlement_proof": ("retired_resettled",), "enrolment_proof": ("student",), "work_proof": ("stationed_work",), "dispatch_letter": ("stationed_work",),
}  # fmt: skip
_UMBRELLA = {"referral": "temporary", "emergency": "temporary"}


@dataclass(slots=True)
class _Paper:
    """A named paper in the text: `[start, end)` is the name, `tail` ends what belongs to it (原件及复印件2份, brackets)."""

    start: int
    end: int
    code: str
    tail: int = 0
    join: str = ""  # how it hangs on the paper before: "" first, and, or
    members: list[_Paper] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    as_examples: bool = False
    optional_or: bool = False  # its bracket begins with 或


@dataclass(slots=True)
class _Entry:
    """One demand: the paper, what may replace it, what it may consist of."""

    paper: _Paper
    alternatives: list[_Paper] = field(default_factory=list)
    examples: list[_Paper] = field(default_factory=list)


def find(doc: Document) -> Iterator[Material | Issue]:
    """All materials of a page, merged, in order of their first mention; then issues."""
    found: list[Material] = []
    issues: list[Issue] = []
    for index in range(len(doc.blocks)):
        listed = _listed(doc, index)
        carried = False
        for sentence in doc.sentences_of(index):
            facts, problems = _read(doc, sentence, listed or carried, listed)
            found += facts
            issues += problems
            # 需提供：A；B；C — the verb reaches over semicolons of its own block
            carried = bool(facts) and doc.folded[sentence.end : sentence.end + 1] == ";"
    yield from _merge(doc, found)
    yield from issues


# ---- where a list of materials stands ----------------------------------------------------------------------
def _listed(doc: Document, index: int) -> bool:
    """Whether a block stands in a list of materials: by its columns, its label, or what heads it."""
    block = doc.blocks[index]
    if block.kind == "cell":
        column, row = (_text(doc, head) for head in (block.col_head, block.row_head))
        if column is not None and _material_table(doc, block.table):
            return bool(re.search(r"材料|资料|证件|要件", column)) and not re.search(r"形式|来源|份数|要求|说明|必要|类型|备注|序号|编号|依据", column)
        for head in (row, column):
            if head and _HEAD.search(head):
                return True
            if head and _OTHER_HEAD.search(head):
                return False
    if block.kind == "heading" and not _parent_listed(doc, index):
        return False
    if label := doc.label_of(index):
        text = doc.folded[label[0] : label[1]]
        if _HEAD.search(text):
            return True
        if _OTHER_HEAD.search(text) or text in ("注", "问"):
            return False
    return _parent_listed(doc, index)


def _parent_listed(doc: Document, index: int) -> bool:
    if doc.blocks[index].kind == "cell" and doc.blocks[index].parent is None:
        # a table without heads of its own stands under the line before it
        before = next((i for i in range(index - 1, -1, -1) if doc.blocks[i].kind != "cell"), None)
        if before is None or not (doc.blocks[before].kind == "heading" or doc.block_text(before).rstrip().endswith(":")):
            return False
        return bool(_HEAD.search(doc.block_text(before)[-60:]))
    if (told := _short_head(doc, index)) is not None:
        return told
    for parent in doc.above(index):
        block = doc.blocks[parent]
        text = doc.block_text(parent)
        if len(text) > 60:
            text = text[text.rfind("。", 0, -1) + 1 :]
        if block.kind != "heading" and not re.search(r"[:?]\s*$", text) and len(text) > 24:
            continue
        if _HEAD.search(text):
            return True
        if _OTHER_HEAD.search(text) and not re.fullmatch(r".{0,12}(?:备案|办理|窗口|线上|线下|网上|方式|渠道|服务)", text):
            return False
    return False


def _short_head(doc: Document, index: int) -> bool | None:
    """A short line above that no markup makes a heading (要交的材料): True, False where it heads something else."""
    block = doc.blocks[index]
    if block.kind != "paragraph" or block.end - block.start > 40:
        return None
    for i in range(index - 1, max(-1, index - 24), -1):
        other = doc.blocks[i]
        if other.kind == "heading" or other.parent != block.parent or other.end - other.start > 60:
            return None
        text = doc.block_text(i)
        if len(text) <= 10 and not re.search(r"[,。;:、()·\d]", text) and not doc.hits("material", other.start, other.end):
            if _HEAD.search(text) and not re.search(r"需要$", text):
                return True
            if re.search(r"怎么|流程|步骤|时限|时间|多久|电话|咨询|地址|依据|办理方式|渠道|条件|对象|网上|现场|备注|说明", text):
                return False
    return None


def _text(doc: Document, index: int | None) -> str | None:
    return None if index is None else doc.block_text(index)


def _material_table(doc: Document, table: int | None) -> bool:
    """A table with a column of material names: its other columns describe, they demand nothing."""
    heads = {b.col_head for b in doc.blocks if b.table == table and b.col_head is not None}
    return any(re.search(r"(?:材料|资料|证件)(?:名称|清单|目录)?\s*$", doc.block_text(h)) for h in heads)


# ---- reading one sentence ----------------------------------------------------------------------------------
def _read(doc: Document, sentence: Span, listed: bool, strict: bool) -> tuple[list[Material], list[Issue]]:
    papers = list(_papers(doc, sentence))
    facts: list[Material] = []
    issues: list[Issue] = []
    text = doc.folded
    if not papers:
        if strict and (issue := _unknown(doc, sentence.start, sentence.end)):
            facts.append(issue[0])
            issues.append(issue[1])
        return facts, issues
    for chain in _chains(text, sentence, papers):
        first, last = chain[0], chain[-1]
        if text[sentence.end - 1] == "?" and not listed:
            continue
        if not (listed or _run(text, chain, sentence) or _label(text, sentence, first) or _governed(text, sentence, first) or _predicated(text, sentence, last) or _bare(text, sentence, papers)):
            continue
        if _negated(text, sentence, first) or _SPARED.match(text, last.tail):
            continue
        for entry in _entries(text, chain, sentence):
            if fact := _material(doc, sentence, entry, chain, listed):
                facts.append(fact)
        if facts:
            known = [e for p in papers for e in range(p.start, p.end)]
            for match in _MARKED.finditer(text, sentence.start, sentence.end):
                if not any(match.start() <= e < match.end() for e in known) and not re.search(r"通知|办法|规定|规程|条例|意见|细则|清单|指南", match[1]):
                    fact = replace(facts[-1], code="other", name=match.group(), alternatives=(), examples=(), form="document", rule="materials.unknown")
                    facts.append(fact)
                    issues.append(Issue("unknown_material", match[1], *doc.printed(*match.span())))
    return facts, issues


def _papers(doc: Document, sentence: Span) -> Iterator[_Paper]:
    """The papers named in a sentence, codes settled by what stands to the left."""
    text = doc.folded
    for hit in doc.hits("material", sentence.start, sentence.end):
        before = text[max(sentence.start, hit.start - 20) : hit.start]
        name = re.split(r"[、,;:()\s“”]|和|及|与|或|携带|提供|填写|提交|持|凭", before)[-1]
        after = text[hit.end : hit.end + 6]
        code: str | None = hit.code
        if code in ("filing_form",):
            if re.search(r"报销|零星|手工|费用", name):
                code = "reimb_form"
            elif re.search(r"转诊|转院|转外", name):
                code = "referral_form"
            elif re.search(r"慢|特殊病|门特", name):
                code = "chronic_cert"
            elif re.search(r"外伤|意外", name):
                code = "injury_statement"
            elif re.search(r"参保|缴费|死亡|药品|特药|用药|生育", name):
                code = "other"
        elif code == "commitment":
            if re.search(r"外伤|第三方|意外", name):
                code = "injury_statement"
            elif hit.form == "承诺" and (not re.search(r"(?:需|须|应|要|本人|个人|作出|做出|签订|签署|书面)$", before) or re.match(r"制|时限|办结|期|的?服务|方式|备案制|书", after)):
                code = None
        elif code in _IDENTITY and re.search(r"(?:代办|代理|委托|受托|监护|经办|办理)(?:人|者|人员)?(?:的|本人|有效)*$", name):
            code = "agent_id"
        elif code == "photo":
            if after.startswith("片") or hit.form == "照片" and not re.search(r"寸|免冠|近照|本人|彩色|标准|登记$|^$", name):
                code = None
        elif code == "prescription" and re.search(r"外配|电子|流转", name):
            code = None
        elif code in ("residence_permit", "work_proof", "referral_form") and re.match(r"号|制度|办理(?:流程|指南)", after):
            code = None
        elif hit.form in ("检查单", "病案") and re.match(r"管理|室", after):
            code = None
        if code is not None:
            yield _Paper(hit.start, hit.end, code)


def _chains(text: str, sentence: Span, papers: list[_Paper]) -> Iterator[list[_Paper]]:
    """Runs of papers that hang together by 、 和 或 /; brackets behind a paper become its members and notes."""
    pairs = _brackets(text, sentence)
    inside = {id(p): next(((a, b) for a, b in pairs if a < p.start < b), None) for p in papers}
    top: list[_Paper] = []
    claimed: set[tuple[int, int]] = set()
    for i, paper in enumerate(papers):
        bracket = inside[id(paper)]
        if bracket is not None and bracket in claimed:
            continue
        limit = next((p.start for p in papers[i + 1 :] if inside[id(p)] == bracket), bracket[1] if bracket else sentence.end)
        paper.tail = _tail(text, paper.end, limit)
        while bracket is None and (own := next((p for p in pairs if p[0] == paper.tail), None)):
            members = [p for p in papers if inside[id(p)] == own]
            if members and not _LACKING.match(text, own[0] + 1) and _DEMAND.search(_NOT_DEMAND.sub("", text[own[0] : members[-1].start].replace("包括", "").replace("包含", "").replace("出具", ""))):
                break  # (未激活的另附银行卡) demands by itself
            claimed.add(own)
            _fill(text, paper, own, [p for p in papers if inside[id(p)] == own])
            paper.tail = _tail(text, own[1] + 1, max(limit, own[1] + 1))
        top.append(paper)
    chain: list[_Paper] = []
    for paper in top:
        join = _join(text, chain[-1], paper) if chain and inside[id(chain[-1])] == inside[id(paper)] else ""
        if join:
            paper.join = join
            chain.append(paper)
        else:
            if chain:
                yield chain
            chain = [paper]
    if chain:
        yield chain


def _tail(text: str, position: int, limit: int) -> int:
    match = _TAIL.match(text, position, max(position, limit))
    return match.end() if match else position


def _brackets(text: str, sentence: Span) -> list[tuple[int, int]]:
    """Outermost round and square brackets of a sentence: (open, close); an unclosed one ends with the sentence."""
    pairs, depth, begin = [], 0, 0
    for i in range(sentence.start, sentence.end):
        if text[i] in "([":
            if not depth:
                begin = i
            depth += 1
        elif text[i] in ")]" and depth:
            depth -= 1
            if not depth:
                pairs.append((begin, i))
    if depth:
        pairs.append((begin, sentence.end))
    return pairs


def _fill(text: str, paper: _Paper, bracket: tuple[int, int], members: list[_Paper]) -> None:
    """Take the content of a bracket as members of the paper before it, or as notes on it."""
    content = text[bracket[0] + 1 : bracket[1]]
    if not members:
        paper.notes.append(content)
        return
    for i, member in enumerate(members):
        limit = members[i + 1].start if i + 1 < len(members) else bracket[1]
        member.tail = _tail(text, member.end, limit)
        if i:
            member.join = _join(text, members[i - 1], member) or "and"
    head = text[bracket[0] + 1 : members[0].start]
    paper.optional_or = head.startswith("或") or bool(_LACKING.match(head))
    paper.as_examples = bool(_AS_EXAMPLES.match(head) or _ONE_OF.search(content))
    if re.search(r"可能|如适用|如有", head):
        paper.notes.append(head)
    paper.members.extend(members)


def _join(text: str, left: _Paper, right: _Paper) -> str:
    """How two papers hang together: "or", "and", "eg" (the second exemplifies the first), or "" for not at all."""
    gap = text[left.tail : right.start]
    if left.tail >= right.start:
        return "and"
    if len(gap) > 44 or re.search(r"[。!?]", gap):
        return ""
    if _AS_EXAMPLES.match(gap) and len(gap) <= 10:
        return "eg"
    if re.match(r"\s*:", gap):
        return "label"
    bare = re.sub(r"[(][^()]*[)]", "", gap)
    if found := _OR.search(bare):
        return "or" if found.start() <= 14 and not re.search(r"办理|前往|登录|就医|结算", bare) else ""
    if not _AND.search(bare):
        return ""
    # what stands between the separator and the next name may only qualify it (本人、单位出具的、加盖公章的)
    qualifier = re.split(r"[、,;+&]|以及|和|及|与", bare)[-1]
    if _DEMAND.search(_NOT_DEMAND.sub("", qualifier.replace("出具", "").replace("需要", ""))):
        return ""
    if len(qualifier) > 24 or re.search(r"办理|前往|登录|点击|就医|报销|结算|审核|[到至]参保|通过|后$|则|若", bare):
        return ""
    if re.search(r"的,|[,;](?:如|若|没)?有$|[,;]无$", bare):
        return ""
    if re.search(r"[,;]", bare) and re.search(_NEGATED, bare):
        return ""
    return "and"


def _governed(text: str, sentence: Span, first: _Paper) -> bool:
    """A verb of handing in before the run, near enough and with nothing else happening in between."""
    before = text[sentence.start : first.start]
    if re.search(r"(?:到|去|请|由|先|须?需|找)[^,。;]{0,30}开(?:具|个|一张|张)?(?:的)?$", before):
        return True
    masked = _NOT_DEMAND.sub(lambda m: "□" * len(m.group()), before)
    verbs = list(_DEMAND.finditer(masked))
    if not verbs:
        return False
    verb = verbs[-1]
    gap = masked[verb.end() :]
    reach = 10 if _WEAK.fullmatch(verb.group()) else 34
    if verb.group() == "出具" and re.match(r"的", gap):  # 医院出具的诊断证明: the verb before it counts
        if len(verbs) < 2:
            return bool(re.match(r"(?:由|经)?", before)) and _single_demand(masked)
        verb = verbs[-2]
        gap, reach = masked[verb.end() :], 44
    if verb.group() in ("填写", "签署", "填", "上传") and _AGENCY_ACTS.search(masked[: verb.start()]):
        return False
    return len(gap) <= reach and not re.search(r"[。;!?]|[,](?![^,]{0,12}(?:的|和|及|或|$))", gap)


def _run(text: str, chain: list[_Paper], sentence: Span) -> bool:
    """Two papers and more in one breath are a demand, whatever the verb (攒好发票和清单), unless something befell them."""
    if len({p.code for p in chain} - {"other"}) < 2 and not (len(chain) > 1 and chain[0].code == "basic_info"):
        return False
    around = text[max(sentence.start, chain[0].start - 10) : min(sentence.end, chain[-1].tail + 10)]
    return not re.search(r"丢失|遗失|挂失|激活|申领|补办|作废|伪造|冒用|泄露|转借|出借|绑定", around)


def _label(text: str, sentence: Span, first: _Paper) -> bool:
    """“转诊证明(如适用):由…出具”: the name of the paper as a label, what is said of it behind the colon."""
    return (
        first.start - sentence.start <= 8
        and text[first.tail : first.tail + 2].lstrip().startswith(":")
        and bool(re.search(r"出具|开具|填写|签字|提供|复印|原件|盖章|[(:]如", text[first.tail : sentence.end]))
    )


def _single_demand(before: str) -> bool:
    return bool(re.search(r"需|须|应|要", before))


def _predicated(text: str, sentence: Span, last: _Paper) -> bool:
    return bool(_PREDICATE.match(text[last.tail : min(sentence.end, last.tail + 24)]))


def _bare(text: str, sentence: Span, papers: list[_Paper]) -> bool:
    """The sentence is nothing but a list of papers."""
    body = text[sentence.start : sentence.end]
    if len(body) > 160 or (len(papers) < 2 and not re.search(r"[\d一二两]份|原件|复印件", body)):
        return False
    covered = sum(p.end - p.start for p in papers)
    rest = re.sub(r"[(][^()]*[)]|原件|复印件|[\d一二两三四]+[份张寸]|任选其一|[^\u4e00-\u9fff]|和|及|或者?|以及|材料|本人|有效|近期|异地|等", "", body)
    return len(rest) - covered <= max(4, 0.2 * len(body))


def _negated(text: str, sentence: Span, first: _Paper) -> bool:
    window = text[max(sentence.start, first.start - 24) : first.start]
    matches = list(_NEGATED.finditer(window))
    if not matches:
        return False
    gap = window[matches[-1].end() :]
    return len(gap) <= 12 and not re.search(r"[,。;:]|的[,]?(?:可|应|需|须|凭|持)|提供|提交|[凭签附带持交填]", gap)


# ---- from a run of papers to demands ------------------------------------------------------------------------
def _entries(text: str, chain: list[_Paper], sentence: Span) -> list[_Entry]:
    """Cut a run into demands with alternatives and examples."""
    if len(chain) > 1 and chain[1].join in ("label", "eg"):
        generic, members = chain[0], chain[1:]
        rest = [p for p in members if p.code != generic.code or p is members[0]]
        eg = chain[1].join == "eg"
        one = any(p.join == "or" for p in members[1:]) or bool(_ONE_OF.search(text[members[-1].tail : members[-1].tail + 14]))
        members[0].join = ""
        if generic.code == "other":
            return _entries(text, members, sentence)
        if all(p.code == generic.code for p in rest):
            generic.notes += [n for p in members for n in p.notes]
            return [_Entry(generic)]
        if generic.code in _GENERIC and (eg or (one and generic.code != "valid_id")):
            return [_with_members(generic, members)]
        if generic.code in _GENERIC or generic.code in _CLASS:
            return _entries(text, members, sentence)
        return _entries(text, [generic, *members], sentence)
    for i, paper in enumerate(chain):
        if i and paper.code in _GENERIC and re.match(r"等(?:其他|有效|相关|任一|任意一种)*$", text[chain[i - 1].end : paper.start]):
            run = i
            while run and _CLASS.get(chain[run - 1].code) == _CLASS.get(paper.code) and chain[run - 1].code != "commitment":
                run -= 1
            if run < i:
                paper.members, paper.as_examples, paper.join = chain[run:i], True, chain[run].join
                return _entries(text, [*chain[:run], *chain[i:]], sentence)
    groups: list[list[_Paper]] = []
    for i, paper in enumerate(chain):
        between = text[chain[i - 1].tail : paper.start] if i else ""
        if i and _ONE_OF.search(between) and len(groups) > 1:
            groups = [[p for g in groups for p in g]]
        if paper.join == "or" and groups:
            group = [*groups.pop(), paper]
            while groups and _class(group) and _class(groups[-1]) == _class(group) and len(groups[-1]) == 1 and loose_gap(text, groups[-1][-1], group[0]):
                group = [*groups.pop(), *group]
            groups.append(group)
        else:
            groups.append([paper])
    after = " ".join([*chain[-1].notes, text[chain[-1].tail : min(sentence.end, chain[-1].tail + 16)]])
    before = text[max(sentence.start, chain[0].start - 20) : chain[0].start]
    if len(groups) > 1 and (_ONE_OF.search(after) or re.search(r"(?:之一|任[一选意][^,。;]{0,4}|其中一[种项样个])[^,。;]{0,3}:?\s*$", before)):
        gathered = [p for g in groups for p in g]
        same = [g for g in groups if _class(g) and _class(g) == _class(groups[-1])]
        # 身份证、居住证或房产证任选其一: the choice is among the papers of the last class
        groups = [g for g in groups if g not in same] + [[p for g in same for p in g]] if same and len(same) > 1 and same[-1] is groups[-1] else [gathered]
    return [_demand(group) for group in groups for group in _expanded(text, group)]


def loose_gap(text: str, left: _Paper, right: _Paper) -> bool:
    return "、" in text[left.tail : right.start]


def _expanded(text: str, group: list[_Paper]) -> Iterable[list[_Paper]]:
    """相关材料(身份证、居住证): a name without a code of its own stands for its members."""
    if len(group) == 1 and group[0].code == "other" and group[0].members:
        notes = group[0].notes
        members = group[0].members
        members[0].join = ""
        for member in members:
            member.notes += notes
        runs: list[list[_Paper]] = []
        for member in members:
            if member.join == "or" and runs:
                runs[-1].append(member)
            else:
                runs.append([member])
        return runs
    return [group]


def _class(group: list[_Paper]) -> str | None:
    classes = {_CLASS.get(p.code) for p in group}
    return classes.pop() if len(classes) == 1 else None


def _demand(group: list[_Paper]) -> _Entry:
    first, *rest = group
    entry = _with_members(first, first.members) if first.members else _Entry(first)
    for paper in rest:
        entry.alternatives.append(paper)
        if paper.members and paper.optional_or:
            entry.alternatives += paper.members
    return entry


def _with_members(paper: _Paper, members: list[_Paper]) -> _Entry:
    """Members of a bracket: examples of a class, alternatives where the bracket begins with 或 or swaps one paper for another."""
    entry = _Entry(paper)
    for member in members:
        if member.code == "other" or (member.code == paper.code and (paper.code not in ("valid_id", "residence_proof") or len(members) < 3)):
            continue
        if member.code == "commitment" or paper.optional_or or (paper.code not in _GENERIC and not paper.as_examples and _CLASS.get(member.code) == _CLASS.get(paper.code)):
            entry.alternatives.append(member)
        else:
            entry.examples.append(member)
    return entry


# ---- one demand as a fact -----------------------------------------------------------------------------------
def _material(doc: Document, sentence: Span, entry: _Entry, chain: list[_Paper], listed: bool) -> Material | None:
    text, paper = doc.folded, entry.paper
    if paper.code == "other" and paper.end - paper.start <= 6:
        return None
    if paper.code == "basic_info" and not _data(text, sentence, paper, chain, listed):
        return None
    start, end = _quote(doc, sentence, chain)
    tail = text[paper.end : paper.tail]
    notes = " ".join(paper.notes)
    follow = text[paper.tail : min(sentence.end, paper.tail + 60)] if paper is chain[-1] or text[paper.tail : paper.tail + 1] in ":(" else ""
    count = _COUNT.search(tail)
    number = (int(count[1]) if count[1].isdigit() else _NUMBER.get(count[1][:1])) if count else None
    alternatives = _codes(p for p in entry.alternatives if p.code != paper.code)
    flow = _flow(doc, sentence, chain, paper)
    return Material(
        evidence=doc.evidence((start, end)),
        rule="materials.demand",
        filing_types=_types(doc, sentence, chain, entry, flow),
        modality=_modality(text, sentence, chain, paper),
        condition=_condition(text, sentence, chain, paper),
        code=paper.code,
        name=_name(doc, paper),
        flow=flow,
        form={"basic_info": "information"}.get(paper.code, "declaration" if text[paper.start : paper.end] == "承诺" else "document"),
        alternatives=alternatives,
        examples=_codes(entry.examples),
        original=True if "原件" in tail or "原件" in notes else None,
        copies=number if count and count[2] == "份" else 1 if "复印件" in tail or "复印件" in text[paper.start : paper.end] else None,
        count=number if count and count[2] in "张" else None,
        issuer=_issuer(text, sentence, paper, notes, follow),
        requirement=_requirement(notes, follow),
    )


def _data(text: str, sentence: Span, paper: _Paper, chain: list[_Paper], listed: bool) -> bool:
    """Data to type in: at least two, or one that is a list item of its own, or an ID number that is enough."""
    if sum(p.code == "basic_info" for p in chain) >= 2 or text[paper.start : paper.end] == "基础信息":
        return True
    if text[sentence.start : paper.start].endswith(("凭", "凭本人")) and "号" in text[paper.start : paper.end]:
        return True
    return listed and paper.end - sentence.start <= 8 and not re.match(r"\s*[:\d]", text[paper.end : paper.end + 3])


def _codes(papers: Iterable[_Paper]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.code for p in papers if p.code != "other"))


def _name(doc: Document, paper: _Paper) -> str:
    start, end = paper.start, paper.end
    opened = doc.text.rfind("《", max(0, start - 30), start)
    if opened >= 0 and "》" not in doc.text[opened:start] and (closed := doc.text.find("》", end, end + 8)) >= 0:
        return doc.text[opened : closed + 1]
    more = re.compile(r"证明书|证明材料|材料|书").match(doc.text, end)
    return doc.text[start : more.end() if more else end]


def _quote(doc: Document, sentence: Span, chain: list[_Paper]) -> tuple[int, int]:
    """The clause or clauses that hold the run; the whole sentence where it is short."""
    if sentence.end - sentence.start <= 70:
        return sentence.start, sentence.end
    clauses = [c for c in doc.clauses(sentence) if c.end > chain[0].start and c.start < chain[-1].tail]
    if not clauses:
        return sentence.start, sentence.end
    start, end = clauses[0].start, clauses[-1].end
    return (start, end) if end - start <= 200 else (chain[0].start, max(chain[-1].tail, chain[-1].end))


def _subject(doc: Document, sentence: Span, chain: list[_Paper]) -> tuple[str, ...]:
    """Filing types the clause or the sentence names before the run; a type inside the name of a paper is none (异地安置认定材料)."""
    clause = doc.clause_at(chain[0].start)
    for start in (clause.start, sentence.start):
        if found := doc.types_in(start, chain[0].start):
            return found
    gaps = [(left.tail, right.start) for left, right in zip(chain, chain[1:], strict=False)]
    ends = [(p.end, p.tail) for p in chain]
    clause_end = doc.clause_at(chain[-1].start).end
    for start, end in (*gaps, *ends, (chain[-1].tail, max(chain[-1].tail, clause_end))):
        if end > start and (found := doc.types_in(start, end)):
            return found
    return ()


def _types(doc: Document, sentence: Span, chain: list[_Paper], entry: _Entry, flow: str) -> tuple[str, ...]:
    paper = entry.paper
    # what a claim or a visit takes is asked of everybody, whatever type the page is about
    named = _subject(doc, sentence, chain)
    if not named and flow == "filing":
        named = doc.types_above(sentence.block, before=sentence.start) or doc.title_types
    if {"long_term", "temporary"} <= set(named):
        named = ()
    implied = _IMPLIED.get(paper.code)
    if implied and (not named or named == (_UMBRELLA.get(implied[0]),)):
        return implied
    return named


def _flow(doc: Document, sentence: Span, chain: list[_Paper], paper: _Paper) -> str:
    """filing | treatment | reimbursement: by the clause, the sentence, then the heads, nearest first."""
    text = doc.folded
    codes = {p.code for p in chain}
    clauses = [c for c in doc.clauses(sentence) if c.end > chain[0].start and c.start < chain[-1].tail] or [sentence]
    clause = _without(text, clauses[0].start, clauses[-1].end, chain)
    before, after = text[clauses[0].start : chain[0].start], text[chain[-1].tail : clauses[-1].end]
    if len(after) < 4:
        after = text[chain[-1].tail : min(sentence.end, chain[-1].tail + 40)]
    if codes <= _IDENTITY and re.search(r"刷[^,。;]{0,4}$", before) and not re.search(r"终端|自助|备案", clause):
        return "treatment"
    if codes <= _IDENTITY and re.search(r"持|凭|刷|出示|使用|带|拿|用|把", before[-12:]):
        masked = _MASKED.sub("", after)
        if (_TREATED.search(masked) or _WHILE_TREATED.search(_MASKED.sub("", text[sentence.start : clauses[-1].end]))) and not re.search(r"报销手续|零星报销|手工报销|窗口|经办|医保(?:中心|局|服务)|服务中心", masked):
            return "treatment"
    claim = paper.code in _CLAIM or bool(codes & {"invoice", "fee_list"}) or _among_bills(doc, sentence)
    if paper.code == "injury_statement" and re.search(r"(?:直接|联网|即时)结算|入院时|住院时", clause):
        return "treatment"
    if _REIMBURSE_CUE.search(clause):
        return "reimbursement"
    if _FILING_CUE.search(clause) and not claim:
        return "filing"
    heads = doc.heads_text(sentence.block).split("\n")
    for cue in (_without(text, sentence.start, sentence.end, chain), *heads):
        reimburse, filing = _REIMBURSE_CUE.search(cue), _FILING_CUE.search(cue)
        if reimburse and (claim or not filing):
            return "reimbursement"
        if filing and not claim:
            return "filing"
        if filing and claim and not reimburse and cue is not heads[-1] and re.search(r"备案.{0,6}(?:材料|资料)|(?:材料|资料).{0,6}备案", cue):
            return "filing"
        if reimburse and filing:
            return "reimbursement" if claim or reimburse.start() < filing.start() else "filing"
    return "reimbursement" if claim else "filing"


def _among_bills(doc: Document, sentence: Span) -> bool:
    """An item of a list that also asks for invoices: a claim, whatever the list is called."""
    block = doc.blocks[sentence.block]
    if block.kind != "item" or block.parent is None:
        return False
    text = doc.folded[sentence.start : sentence.end]
    if block.end - block.start > 60 or re.search(r"备案(?!表|登记表|材料)|转诊(?!单|表|证明)", text):
        return False
    siblings = [b for b in doc.blocks if b.parent == block.parent and b.kind == "item"]
    return any(c in ("invoice", "fee_list") for b in siblings if b.end - b.start <= 60 for c in doc.codes("material", b.start, b.end))


def _without(text: str, start: int, end: int, chain: list[_Paper]) -> str:
    """A stretch of text without the names of the papers: 转诊单 and 备案表 tell nothing about the flow."""
    parts, at = [], start
    for paper in chain:
        parts.append(text[at : max(at, paper.start)])
        at = max(at, paper.end)
    return "".join(parts) + text[at:end]


def _modality(text: str, sentence: Span, chain: list[_Paper], paper: _Paper) -> str:
    notes = " ".join([*paper.notes, *chain[-1].notes])
    before = text[sentence.start : chain[0].start]
    clause = before[before.rfind(",") + 1 :]
    after = text[paper.tail : min(sentence.end, paper.tail + 12)]
    if _OPTIONAL.search(notes) or _OPTIONAL.search(clause) or re.match(r"\((?:如|若|视)", after) or _HAVING.search(text[sentence.start : chain[0].end + 4]):
        return "optional"
    if paper.code == "commitment" and text[paper.start : paper.end] != "承诺" and (re.search(r"即可|代替|替代|先行?办", text[paper.tail : min(sentence.end, paper.tail + 10)]) or re.search(r"没有|拿不出|无法|不能提供|暂无", before)):
        return "may"
    if re.search(r"可能", clause) or re.search(r"可能", notes):
        return "may"
    if re.search(r"建议|最好|推荐", clause):
        return "recommended"
    if re.search(r"一般|通常", clause):
        return "usual"
    may, must = _last(_MAY, clause), _last(_MUST, clause)
    return "may" if may > must and not re.search(r"[持凭刷]", clause[max(may, 0) :][:4]) else "must"


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((m.start() for m in pattern.finditer(text)), default=-1)


def _condition(text: str, sentence: Span, chain: list[_Paper], paper: _Paper) -> str | None:
    for note in paper.notes:
        if _NOTE_CONDITION.search(note) and len(note) <= 30 and not re.search(r"复印|原件|盖章|出具|领取|下载", note):
            return note
    if chain[-1] is not paper:
        for note in chain[-1].notes:
            if _OPTIONAL.search(note):
                return note
    before = text[sentence.start : chain[0].start]
    if found := _HAVING.search(text[sentence.start : chain[0].end + 4]):
        return "有" + found[1] + "的"
    matches = list(_CONDITION.finditer(before))
    return matches[-1][1].strip() or None if matches else None


def _issuer(text: str, sentence: Span, paper: _Paper, notes: str, follow: str) -> str | None:
    before = text[max(sentence.start, paper.start - 44) : paper.start]
    if found := _ISSUED_BEFORE.search(before):
        name = re.split(r"携带|提供|提交|上传|出示|凭|持|须|需要?|应当?|可|由|经", found[1])[-1].lstrip(".的本人 ")
        if len(name) >= 2:
            return name
    for place in (notes, follow):
        if found := _ISSUED_AFTER.search(place):
            return found[1]
    return None


def _requirement(notes: str, follow: str) -> str | None:
    for place in (notes, follow):
        if found := _REQUIREMENT.search(place):
            return found[1]
    return None


# ---- unknown papers ------------------------------------------------------------------------------------------
def _unknown(doc: Document, start: int, end: int) -> tuple[Material, Issue] | None:
    """A list item under a heading of materials that names a paper the vocabulary does not know."""
    text = doc.folded[start:end].rstrip("。;, ")
    if doc.folded[start:end].rstrip().endswith(":") or doc.blocks[doc.block_at(start)].kind == "heading" or re.match(r"准备|提交|填写|携带|下载|上传|审核|受理|领取|打印|登录", text):
        return None
    name = re.split(r"[(:]", re.sub(r"^[\s\-•*·◆○]*(?:\d{1,2}[.、)]|[(][一二三四五六七八九十\d]{1,3}[)]|[①-⑩])?\s*", "", text))[0].strip(" 《》“”")
    bare = re.sub(r"(?:原件|复印件|[及或和、与]|[\d一二两三]份|一式)+$", "", name)
    if not 3 <= len(bare) <= 22 or not _SUFFIX.search(bare) or _NOT_NAME.search(bare) or re.search(r"[,。;:]", bare):
        return None
    sentence = doc.sentence_at(start)
    flow = "reimbursement" if _REIMBURSE_CUE.search(doc.heads_text(sentence.block)) else "filing"
    fact = Material(
        evidence=doc.evidence((start, end)),
        rule="materials.unknown",
        filing_types=doc.types_of(start, end),
        modality="must",
        code="other",
        name=bare,
        flow=flow,
    )
    return fact, Issue("unknown_material", bare, *doc.printed(start, end))


# ---- one entry per code and flow -----------------------------------------------------------------------------
def _merge(doc: Document, found: list[Material]) -> Iterator[Material]:
    """One entry per code and flow; a demand with other alternatives under a condition of its own stays apart."""
    merged: list[Material] = []
    for fact in found:
        for i, known in enumerate(merged):
            if (known.code, known.flow) != (fact.code, fact.flow) or (known.code == "other" and known.name != fact.name):
                continue
            if known.alternatives and fact.alternatives and not set(known.alternatives) & set(fact.alternatives):
                continue
            merged[i] = _union(known, fact)
            break
        else:
            merged.append(fact)
    yield from merged


def _union(a: Material, b: Material) -> Material:
    evidence: dict[tuple[int, int], Evidence] = {(e.start, e.end): e for e in (*a.evidence, *b.evidence)}
    rank = ("must", "usual", "some_regions", "recommended", "may", "optional")
    everyone = not a.filing_types or not b.filing_types
    return replace(
        a,
        evidence=tuple(evidence.values()),
        filing_types=() if everyone else tuple(sorted({*a.filing_types, *b.filing_types})),
        alternatives=tuple(dict.fromkeys((*a.alternatives, *b.alternatives))),
        examples=tuple(dict.fromkeys((*a.examples, *b.examples))),
        modality=min((a.modality or "must", b.modality or "must"), key=rank.index) if a.modality != "optional" else a.modality,
        condition=a.condition or b.condition if a.modality == "optional" else (a.condition and b.condition),
        issuer=a.issuer or b.issuer,
        requirement=a.requirement or b.requirement,
        original=a.original or b.original,
        copies=a.copies or b.copies,
        count=a.count or b.count,
    )
