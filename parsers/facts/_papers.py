"""Papers in running text: their names, what hangs on a name, and how names hang together in a run.

In: a sentence of a Document. Out: runs of `Paper` (`runs`), and a run cut into demands (`entries`).
A run is a stretch of names joined by 、 和 或 / and the like; brackets behind a name are its members or notes on it.
或 binds tighter than 、, unless all members are papers of one class: 医保电子凭证、身份证或社保卡 is any one of the three.
All positions count in `Document.text`; patterns work on the folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.document import Document, Span
from parsers.lexicon import Hit
from parsers.patterns import rx
from parsers.prefilter import Needs

IDENTITY = frozenset({"id_card", "valid_id", "social_card", "med_card", "e_voucher"})
_STANDING = (
    "settlement_proof residence_proof residence_permit temp_residence_permit property_cert lease household_book work_proof "
    "dispatch_letter employer_letter labor_contract business_licence enrolment_proof commitment kinship_proof"
).split()
_CLINICAL = "medical_record outpatient_record discharge_summary emergency_proof diagnosis_cert".split()
CLASS = (
    dict.fromkeys(IDENTITY, "identity") | dict.fromkeys(_STANDING, "standing") | dict.fromkeys(_CLINICAL, "clinical")
)
"""Papers that may stand in for each other: who one is, how one lives away, what was treated."""
_GENERIC = frozenset(
    (
        "valid_id residence_proof work_proof settlement_proof enrolment_proof kinship_proof medical_record chronic_cert "
        "employer_letter emergency_proof"
    ).split()
)
"""Names of a class of papers: what stands in brackets behind them are members."""

DEMAND = rx(
    r"提供|提交|递交|携带|出示|上传|上报|附上|另附|附具|随附|交验|交回|另交|补交|备齐|带齐|带上|带好|带着|准备好?|持有|凭借"
    r"|填写|填报|填妥|填好|签署|签订|签字确认|验证|录入|输入|核验|查验|拍摄|寄送|邮寄|报送|拿着|打印|下载|出具|勾选?(?!画)|点选"
    r"|亮出|亮一?下|展示|揣[上着好]?|[要得须需]有|(?<=[另要需还])写(?=[一个份好]|$)|写(?:一[份个张]|[个份])|扫(?!描)|传一?[张份]|(?<=[的需要可请])传(?![播染真统达递输])|(?<=[的员])加(?![盖强入])|加收|交纳|使用|另加|包括|包含|需要|只需|仅需|只要|仅凭|材料(?:有|为|是|如下|包括)?:|资料:|手续:|证件:|以及材料"
    r"|传真(?=[\u4e00-\u9fff《]{2})(?![号机至到为给件或和及与办备电方])|刷|[持凭拿附带交签填备携送]|[需须应](?!当?[在到至向由于])"
)
"""Verbs (and colons) of handing in; the last one before a run governs it."""
_NOT_DEMAND = rx(
    r"应用|交警|交流|持续|坚持|支持|保持|维持|凭证|交通|交费|缴|移交|提交后|带来|附近|附件|备案|填补|外带|送达|备注|供需|必需品"
    r"|拿不准|拿主意|拿到|使用的?医|刷新|应急|响应|相应|适应|反应|对应|提交成功"
)
"""Words in which a syllable of such a verb means something else."""
NEGATED = rx(
    r"(?:忘记|忘了?|(?:提供|出具|提交|开|拿|办理?)不(?:了|出)|拒绝|无需|不需要?|不用|无须|毋须|毋需|勿需|免于|免予|免除|免去|免|不再|不必|取消"
    r"|无法|不能|未能|未|没有|没带|拿不出|不得要求|不要求|无|不可使用|不可以?用)"
    r"(?:再|其他?|另外|另行|重复|额外|及时|即时|单独|提前|现场|要求|本人|参保人员?|参保群众|办事群众|申请人|患者|家属|群众|个人){0,4}"
    r"(?:提供|提交|出具|递交|上传|携带|出示|开具|交|填写|带|持有?|凭|使用|签订|签署|收取|办理|准备)?"
)
"""Words that waive the paper behind them."""
LACKING = rx(r"(?:没有|无|未|暂无|办不了|拿不出|不能提供|无法提供)[^,。;()]{0,10}的")
ONE_OF = rx(
    r"之一|[任选择]+(?:选)?(?:其)?[一1](?!并|律|般)|任意一|任一|任何一|其中一|任意其一|[两二三四五几][样种个项份张]?[里中]?(?:挑|选|交|传|带|给|备|有|任选)(?:其)?[一1](?:样|种|个|项|份|张)?(?!份)|有(?:哪|什么|啥)[样个种份]?就?[传交带给用]|有(?:其中|任意)?[一1][样个种份项]就?(?:够|行|成|可以|好)|随便(?:交|带|传|给|拿|提供|来|哪)?[一1]?[样个种份项](?:都|就|即|也)|其一(?!是)|[二三四]选一|[里中]?(?:随便)?挑(?:选)?[一1](?:样|种|个|项|份)|中的?(?:任意)?[一1](?:项|种|样|个|份)"
    r"|中[^,。;]{0,5}[一1][项种样个份]|选其一|有其一|一[种样项]即可|均可|皆可|都可以?|都行"
)
_ONE_OF_BEFORE = rx(r"(?:之一|任[一选意][^,。;]{0,4}|其中一[种项样个])[^,。;]{0,3}:?\s*$")
_OR = rx(r"或者?|抑或|/|还是|(?:也|亦)可以?(?:提供|提交|凭|持|出示|使用|签署|用|填写|上传)")
_AND = rx(r"[、,;+&]|和|及|与|并|以及|同时|另外|还|\d[.、)]|[①-⑩]|(?:首页|本人页)|^\s*$")
_SEPARATOR = rx(r"[、,;+&]|以及|和|及|与")
_ELSEWHERE = rx(r"办理|前往|登录|点击|就医|报销|结算|审核|[到至]参保|通过|后$|则|若")
_NEW_CASE = rx(r"的,|[,;][^,;]{1,10}[的员](?:加(?!盖)|另|附|还|再)|[,;](?:如|若|没)?有$|[,;]无$")
_EXAMPLES = rx(r"^[,:\s(]*(?:比?如|例如|譬如|包括但不限于|可以是|可为|即(?![可时日办])|指(?!定)|含)")
_CLOSING_CLASS = rx(r"等(?:其他|有效|相关|任一|任意一种)?$")
_TAIL = rx(
    r"(?:证明)?(?:材料|资料|证书|表格|照片|扫描件|电子(?:版|件|照)|打印件|影印件|正反面|首页|本人页|索引页|增减页|书|等)?"
    r"(?:[及或和、与/并]{0,2}(?:原件|复印件|扫描件|照片|本人页|首页|其复印件|电子版))*"
    r"[”\"’》」』】\s]*(?:一式)?(?:各?[一二两三四五\d]{1,2}[份张页套联])?[”\"’》」』】\s]*"
)
"""What belongs to a name and stands behind it."""

_DESCRIBED = rx(
    r"(?P<who>单位|公司|企业|居委会|村委会|(?:村|居|村[(]居[)]|居[(]村[)]|村居|居村)(?:民)?委(?:员)?会|社区|派出所|学校|院校)"
    r"[^,。;、:()]{0,6}?(?:出具|开具|出|开)(?:的|个|一份|一张|书面){0,2}(?P<about>[^,。;、:()]{0,10}?)证明(?!信)"
    r"|(?P<what>派驻|外派|派出|派遣|居住|工作|就业|务工)(?:(?!的?(?:需|要|须|应|补|交|提|带|传|凭|持))[^,。;、:()]){0,8}的?证明(?!信)"
)
"""Papers that are described, not named: 单位开的派驻证明, 村(居)委会出具证明, 派驻外地工作的证明."""
_HAS_DESCRIBED = Needs(_DESCRIBED)
_DESCRIBED_CODES = (
    (rx(r"派驻|外派|派出(?!所)|派遣"), "dispatch_letter"),
    (rx(r"单位|公司|企业"), "employer_letter"),
    (rx(r"学校|院校"), "enrolment_proof"),
    (rx(r"工作|就业|务工"), "work_proof"),
    (rx(""), "residence_proof"),
)
_NAME_BEGINS = rx(r"[、,;:()\s“”]|和|及|与|或|携带|提供|填写|提交|持|凭")
_FORM_KINDS = (
    (rx(r"报销|零星|手工|费用"), "reimb_form"),
    (rx(r"转诊|转院|转外"), "referral_form"),
    (rx(r"慢|特殊病|门特"), "chronic_cert"),
    (rx(r"外伤|意外"), "injury_statement"),
    (rx(r"参保(?!人|地|职工|居民)|缴费|死亡|药品|特药|用药|生育"), "other"),
)
"""What the words before 申请表, 审批表, 登记表 make of it."""
_BARE_FORMS = frozenset({"申请表", "审批表", "登记表", "申报表", "备案表", "申请单"})
_REFERS = rx(
    r"(?:医师|医生|主任|科室|医院|医保[办科])[^。]{0,30}(?:转诊|转院)|(?:转诊|转院|转外)[^。]{0,30}(?:医师|医生|主任|科室|医保[办科])"
)
_NAMED_WITHIN = 800
"""Characters above a bare name in which its full name is looked for."""
_INJURY = rx(r"外伤|第三方|意外")
_PROXY = rx(
    r"(?:代办|代理|委托|受托|监护|经办|办理)(?:人|者|人员)?(?:的|本人|有效)*$|(?:代办|代理|受托|委托|监护)(?:人|者)(?:这?[两二]个?人|双方|各自)(?:的|有效)*$"
)
_ACTING = rx(
    r"(?:本人|患者|病人|参保人员?|老人|客户)的?[^,。;、]{2,8}[、和及与](?:家人|家属|亲属|亲友|子女)(?:本人)?的?(?:有效)?$|(?:代办|代理|委托|受托|代为|代报|代交|帮办|帮忙)[^。;]*(?<![\u4e00-\u9fff]本)(?:家属|亲属|子女|家人|亲友|亲戚|朋友|同事|[他她]人)(?:本人|自己)?(?:的|有效)*$"
    r"|(?:代办|代理|代领|受托|受委托|被委托|经办|帮办)(?:人|者)[^,。;]{0,8}(?:自己|本人|其|个人)(?:的|有效)*$"
    r"|(?:家属|亲属|家人|子女|朋友|亲友|同事|[他她]人)[^,。;]{0,4}(?:带|拿|持|凭)(?:好|上|着)?[他她其](?:们)?(?:本人|自己)?的?$"
)
"""家属代办的，带家属身份证: who acts shows who they are."""
_PAIR = rx(
    r"(?:本人|患者|病人|参保人员?|申请人|委托人|老人|[父母]亲|父母|爱人|孩子|子女)(?:和|及|与|、|以及)"
    r"(?:代办|代理|被?委托|受托|经办)(?:人|者|人员)"
    r"(?:的|双方|两人|有效|居民|身份证件?)*$"
    r"|(?:家属|亲属|家人|子女|代办|代理|受托|委托)[^。;]{0,14}(?:病人|患者|老人|参保人员?|父母)[和及与](?:自己|本人)的?(?:有效)?$"
    r"|(?:代办|代理|受托|委托)人[^。;]{0,6}(?:本人|自己)[和及与](?:病人|患者|老人|参保人员?|父母|被代办人|委托人)的?(?:有效)?$"
)
_BOTH = rx(r"(?:双方|[两二]个?人)(?:的|有效)*$")
_ACTS = rx(r"代办|代理|委托|帮办|代为|家属|家人|家里人|他人|亲友")
"""带您父亲和代办人的身份证, 家属拿两个人的身份证: a paper of who is insured and one of who acts."""
_PROMISE = rx(r"(?:需|须|应|要|本人|个人|作出|做出|签订|签署|书面)$")
_NO_PROMISE = rx(r"制|时限|办结|期|的?服务|方式|备案制|书")
_NO_NAME = (
    (frozenset({"prescription"}), rx(r"外配|电子|流转"), None),
    (frozenset({"residence_permit", "work_proof", "referral_form"}), None, rx(r"号|制度|办理(?:流程|指南)")),
    (
        frozenset({"清单", "明细", "明细单", "小票"}),
        rx(r"材料|资料|事项|目录|名单|项目|服务|缴费|责任|问题"),
        None,
    ),
    (frozenset({"检查单", "病案"}), None, rx(r"管理|室")),
)
"""Code or form, words before, words behind that make of a name something else."""


@dataclass(slots=True)
class Paper:
    """A named paper: `[start, end)` is the name, `tail` ends what belongs to it (原件及复印件2份, brackets).

    `join` is how it hangs on the paper before it: "" for the first, and, or, eg (exemplifies it), label (is told by it).
    """

    start: int
    end: int
    code: str
    form: str = ""
    tail: int = 0
    join: str = ""
    members: list[Paper] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    as_examples: bool = False
    of_two: bool = False  # of who is insured and who acts: 双方身份证
    swaps: bool = False  # its bracket says what may be handed in instead


@dataclass(slots=True)
class Entry:
    """One demand: the paper, what may replace it, what it may consist of."""

    paper: Paper
    alternatives: list[Paper] = field(default_factory=list)
    examples: list[Paper] = field(default_factory=list)


def demands(text: str) -> list[re.Match[str]]:
    """Verbs of handing in, in order; words that only look like one left out."""
    return list(DEMAND.finditer(_NOT_DEMAND.sub(lambda match: "□" * len(match.group()), text)))


# ---- names ---------------------------------------------------------------------------------------------------
def papers(doc: Document, sentence: Span) -> list[Paper]:
    """The papers named in a sentence; what stands around a name may change its code or tell that it is none."""
    found = []
    for hit in doc.hits("material", sentence.start, sentence.end):
        before = doc.folded[max(sentence.start, hit.start - 24) : hit.start]
        if hit.form in _BARE_FORMS and rx(r"(?:^|[^\u4e00-\u9fff]|带上?|[的持交将把凭好])$").search(before):
            before = _full_name(doc, hit, sentence)
        if code := _code(hit.code, hit.form, before, doc.folded[hit.end : hit.end + 6]):
            of_two = _of_two(hit, before, doc.folded[sentence.start : sentence.end])
            if of_two:
                code = hit.code if hit.code in IDENTITY else "id_card"
            found.append(Paper(hit.start, hit.end, code, hit.form, of_two=of_two))
    taken = {i for paper in found for i in range(paper.start, paper.end)}
    for match in (
        _DESCRIBED.finditer(doc.folded, sentence.start, sentence.end) if doc.may(_HAS_DESCRIBED, sentence) else ()
    ):
        if taken.isdisjoint(range(*match.span())):
            told = (match["about"] or "") + (match["who"] or match["what"] or "")
            code = next(code for pattern, code in _DESCRIBED_CODES if pattern.search(told))
            found.append(Paper(match.start(), match.end(), code, match.group()))
    return sorted(found, key=lambda paper: paper.start) if len(found) > 1 else found


def _full_name(doc: Document, hit: Hit, sentence: Span) -> str:
    """What stands before a form's bare name (申请表) where the text above has printed the name in full: 《…转诊申请表》;
    on a page of a hospital that refers patients, 转诊."""
    folded = doc.folded
    closed = folded.rfind(f"{hit.form}》", max(0, hit.start - _NAMED_WITHIN), hit.start)
    opened = folded.rfind("《", max(0, closed - 40), closed) if closed >= 0 else -1
    if opened >= 0:
        return folded[opened + 1 : closed]
    earlier = folded[max(0, sentence.start - 80) : hit.start]
    return "转诊" if _REFERS.search(earlier) else ""


def _of_two(hit: Hit, before: str, sentence: str) -> bool:
    if hit.code == "agent_id":
        return _PAIR.search(before + hit.form) is not None
    if hit.code not in IDENTITY:
        return False
    return bool(_PAIR.search(before) or (_BOTH.search(before) and _ACTS.search(sentence)))


def _code(code: str, form: str, before: str, after: str) -> str | None:
    name = _NAME_BEGINS.split(before)[-1]
    for names, left, right in _NO_NAME:
        if (code in names or form in names) and ((left and left.search(name)) or (right and right.match(after))):
            return None
    if code == "filing_form":
        kind = next((kind for pattern, kind in _FORM_KINDS if pattern.search(name)), code)
        return code if kind == "other" and rx(r"备案|异地").search(name + form) else kind
    if code == "commitment":
        if _INJURY.search(name):
            return "injury_statement"
        return None if form == "承诺" and (not _PROMISE.search(before) or _NO_PROMISE.match(after)) else code
    if code in IDENTITY and (_PROXY.search(name) or _ACTING.search(before)):
        return "agent_id"
    if code == "photo" and (
        after.startswith("片")
        or (form == "照片" and not rx(r"寸|免冠|近照|本人(?!页)|彩色|标准|登记$|^$").search(name))
    ):
        return None
    return code


# ---- runs ----------------------------------------------------------------------------------------------------
def runs(text: str, sentence: Span, named: list[Paper]) -> list[list[Paper]]:
    """The papers of a sentence as runs; those in a bracket behind a paper become its members."""
    pairs = _brackets(text, sentence)
    inside = [next((pair for pair in pairs if pair[0] < paper.start < pair[1]), None) for paper in named]
    top: list[tuple[Paper, tuple[int, int] | None]] = []
    claimed: set[tuple[int, int]] = set()
    for i, (paper, bracket) in enumerate(zip(named, inside, strict=True)):
        if bracket in claimed:
            continue
        limit = next((p.start for p, b in zip(named[i + 1 :], inside[i + 1 :], strict=True) if b == bracket), 0)
        limit = limit or (bracket[1] if bracket else sentence.end)
        paper.tail = _tail(text, paper.end, limit)
        while bracket is None and (own := next((pair for pair in pairs if pair[0] == paper.tail), None)):
            members = [p for p, b in zip(named, inside, strict=True) if b == own]
            if members and _demands_itself(text, own[0] + 1, members[-1].start):
                break
            claimed.add(own)
            _fill(text, paper, own, members)
            paper.tail = _tail(text, own[1] + 1, max(limit, own[1] + 1))
        top.append((paper, bracket))
    found: list[list[Paper]] = []
    for i, (paper, bracket) in enumerate(top):
        join = _join(text, top[i - 1][0], paper) if i and top[i - 1][1] == bracket else ""
        if join:
            paper.join = join
            found[-1].append(paper)
        else:
            found.append([paper])
    return found


def _demands_itself(text: str, start: int, end: int) -> bool:
    """(未激活的另附银行卡) asks for a paper of its own; (没有的签承诺书) says what stands in."""
    content = rx(r"包括|包含|出具").sub("", text[start:end])
    return not LACKING.match(content) and bool(demands(content))


def _tail(text: str, position: int, limit: int) -> int:
    match = _TAIL.match(text, position, max(position, limit))
    return match.end() if match else position


def _brackets(text: str, sentence: Span) -> list[tuple[int, int]]:
    """Outermost round and square brackets of a sentence: (open, close); an unclosed one ends with the sentence."""
    pairs, depth, begin = [], 0, 0
    for i in range(sentence.start, sentence.end):
        if text[i] in "([":
            begin = i if not depth else begin
            depth += 1
        elif text[i] in ")]" and depth:
            depth -= 1
            if not depth:
                pairs.append((begin, i))
    if depth:
        pairs.append((begin, sentence.end))
    return pairs


def _fill(text: str, paper: Paper, bracket: tuple[int, int], members: list[Paper]) -> None:
    """Take the content of a bracket as members of the paper before it, or as a note on it."""
    content = text[bracket[0] + 1 : bracket[1]]
    if not members:
        paper.notes.append(content)
        return
    for i, member in enumerate(members):
        member.tail = _tail(text, member.end, members[i + 1].start if i + 1 < len(members) else bracket[1])
        if i:
            member.join = _join(text, members[i - 1], member) or "and"
    head = text[bracket[0] + 1 : members[0].start]
    paper.swaps = head.startswith("或") or bool(LACKING.match(head))
    paper.as_examples = bool(_EXAMPLES.match(head))
    if rx(r"可能|如适用|如有").search(head):
        paper.notes.append(head)
    paper.members.extend(members)


def _join(text: str, left: Paper, right: Paper) -> str:
    """How two papers hang together: and, or, eg, label, or "" for not at all."""
    gap = text[left.tail : right.start]
    if not gap:
        return "and"
    if len(gap) > 44 or rx(r"[。!?]").search(gap):
        return ""
    if _EXAMPLES.match(gap) and len(gap) <= 10:
        return "eg"
    if rx(r"\s{0,9}:").match(gap):
        return "label"
    bare = rx(r"[(][^()]*[)]").sub("", gap)
    if found := _OR.search(bare):
        elsewhere = rx(r"办理|前往|登录|就医|结算").search(bare) or _NEW_CASE.search(bare, found.end())
        return "or" if found.start() <= 14 and not elsewhere else ""
    # what stands between the separator and the next name may only qualify it (本人、单位出具的、加盖公章的)
    qualifier = _SEPARATOR.split(bare)[-1]
    if not _AND.search(bare) or len(qualifier) > 24 or _ELSEWHERE.search(bare) or _NEW_CASE.search(bare):
        return ""
    if "," in bare and demands(bare.partition(",")[0]):
        return ""  # …、备案表必须提供,居住证…: the first run has its predicate
    if demands(rx(r"出具|需要").sub("", qualifier)) or (rx(r"[,;]").search(bare) and NEGATED.search(bare)):
        return ""
    return "and"


# ---- demands -------------------------------------------------------------------------------------------------
def entries(text: str, run: list[Paper], sentence: Span) -> list[Entry]:
    """A run cut into demands with alternatives and examples."""
    if len(run) > 1 and run[1].join in ("label", "eg"):
        return _of_class(text, run, sentence)
    for i, (left, paper) in enumerate(pairwise(run)):
        if paper.code in _GENERIC and _CLOSING_CLASS.match(text[left.end : paper.start]):
            begin = i + 1
            while (
                begin
                and CLASS.get(run[begin - 1].code) == CLASS.get(paper.code)
                and run[begin - 1].code != "commitment"
            ):
                begin -= 1
            if begin <= i:  # 居住证、房产证等居住证明: the name of the class closes the list of its members
                paper.members, paper.as_examples, paper.join = run[begin : i + 1], True, run[begin].join
                return entries(text, [*run[:begin], *run[i + 1 :]], sentence)
    return [_entry(part) for group in _groups(text, run, sentence) for part in _expanded(group)]


def _of_class(text: str, run: list[Paper], sentence: Span) -> list[Entry]:
    """居住证明：居住证、房产证任选其一; 备案表：填写完整的备案申请表; 身份证明：身份证、社保卡."""
    generic, members = run[0], run[1:]
    exemplified, members[0].join = members[0].join == "eg", ""
    one = any(p.join == "or" for p in members) or bool(ONE_OF.search(text[members[-1].tail : members[-1].tail + 14]))
    if generic.code != "other" and all(p.code == generic.code for p in members):
        generic.notes += [note for p in members for note in p.notes]
        return [Entry(generic)]
    if generic.code in _GENERIC and (exemplified or (one and generic.code != "valid_id")):
        return [_with_members(generic, members)]
    if generic.code == "other" or generic.code in _GENERIC or generic.code in CLASS:
        return entries(text, members, sentence)
    return entries(text, [generic, *members], sentence)


def _groups(text: str, run: list[Paper], sentence: Span) -> list[list[Paper]]:
    """Papers of which one will do stand together in a group."""
    groups: list[list[Paper]] = []
    closed = 0  # groups before it are behind a …任选其一 of their own
    for i, paper in enumerate(run):
        if i and ONE_OF.search(text[run[i - 1].tail : paper.start]):
            groups[closed:] = _chosen(groups[closed:])
            closed = len(groups) - (paper.join == "or")
        if paper.join != "or" or not groups:
            groups.append([paper])
            continue
        group = [*groups.pop(), paper]
        while len(groups) > closed and len(groups[-1]) == 1 and _class(group) and _class(groups[-1]) == _class(group):
            if "、" not in text[groups[-1][0].tail : group[0].start]:
                break
            group = [*groups.pop(), *group]
        groups.append(group)
    after = " ".join([*run[-1].notes, text[run[-1].tail : min(sentence.end, run[-1].tail + 16)]])
    before = text[max(sentence.start, run[0].start - 20) : run[0].start]
    if ONE_OF.search(after) or _ONE_OF_BEFORE.search(before):
        groups[closed:] = _chosen(groups[closed:])
    return groups


def _chosen(groups: list[list[Paper]]) -> list[list[Paper]]:
    """身份证、居住证、房产证任选其一: the choice is among the papers of the last class, if that has several, else among all."""
    same = [group for group in groups if _class(group) and _class(group) == _class(groups[-1])]
    if len(same) < 2:
        return [[p for group in groups for p in group]] if groups else []
    return [*(group for group in groups if group not in same), [p for group in same for p in group]]


def _class(group: list[Paper]) -> str | None:
    classes = {CLASS.get(p.code) for p in group}
    return classes.pop() if len(classes) == 1 else None


def _expanded(group: list[Paper]) -> Iterable[list[Paper]]:
    """相关材料(身份证、居住证): a name without a code of its own stands for its members."""
    if len(group) > 1 or group[0].code != "other" or not group[0].members:
        return [group]
    parts: list[list[Paper]] = []
    for member in group[0].members:
        member.notes += group[0].notes
        if member.join == "or" and parts:
            parts[-1].append(member)
        else:
            parts.append([member])
    return parts


def _entry(group: list[Paper]) -> Entry:
    first, *rest = group
    entry = _with_members(first, first.members)
    for paper in rest:
        entry.alternatives.append(paper)
        if paper.swaps:
            entry.alternatives += paper.members
    return entry


def _with_members(paper: Paper, members: list[Paper]) -> Entry:
    """Members of a bracket: examples of a class; alternatives where the bracket swaps one paper for another."""
    entry = Entry(paper)
    for member in members:
        if member.code == "other" or (
            member.code == paper.code and (paper.code not in ("valid_id", "residence_proof") or len(members) < 3)
        ):
            continue
        swapped = (
            paper.code not in _GENERIC and not paper.as_examples and CLASS.get(member.code) == CLASS.get(paper.code)
        )
        swapped = swapped or (paper.code in IDENTITY and member.code == "household_book")
        (entry.alternatives if swapped or paper.swaps or member.code == "commitment" else entry.examples).append(member)
    return entry


def words_around(text: str, start: int, end: int, run: list[Paper]) -> str:
    """A stretch of text without the names of the papers: 转诊单 and 备案表 tell nothing about the flow."""
    parts, at = [], start
    for paper in run:
        parts.append(text[at : max(at, paper.start)])
        at = max(at, paper.end)
    return "".join(parts) + text[at:end]


def strangers(text: str, sentence: Span, named: list[Paper]) -> Iterator[tuple[int, int]]:
    """Places of papers the vocabulary does not know, in one run with papers that it knows (…、交通事故认定书)."""
    for pattern, marked in ((_MARKED, True), (_NEIGHBOUR, False)):
        for match in pattern.finditer(text, sentence.start, sentence.end):
            start, end = match.span(1)
            if any(p.start < end and start < p.end for p in named) or _RULE.search(match[1]):
                continue
            if marked or (
                not NO_PAPER.search(match[1]) and any(p.tail in (start - 1, start) or end + 1 == p.start for p in named)
            ):
                yield start, end


def stranger(text: str) -> str | None:
    """The name of an unknown paper that an item of a list of materials consists of; None where it is no name."""
    if text.rstrip().endswith(":") or _IMPERATIVE.match(text):
        return None
    text = _NUMBER.sub("", text.rstrip("。;, "))
    label, _, rest = text.partition(":")
    if rest and not _SUFFIX.search(label):
        text = rest  # 退休人员：退休证
    name = rx(r"[(:]").split(text)[0].strip(" 《》“”")
    name = rx(r"(?:原件|复印件|[及或和、与]|[\d一二两三]份|一式)+$").sub("", name)
    named = (
        3 <= len(name) <= 22 and _SUFFIX.search(name) and not NO_PAPER.search(name) and not rx(r"[,。;:]").search(name)
    )
    return name if named else None


_NUMBER = rx(r"^[\s\-•*·◆○□]*(?:\d{1,2}[.、)]|[(][一二三四五六七八九十\d]{1,3}[)]|[①-⑩])?\s*")
_IMPERATIVE = rx(r"准备|提交|填写|携带|下载|上传|审核|受理|领取|打印|登录")
_RULE = rx(r"通知|办法|规定|规程|条例|意见|细则|清单|指南|告知|须知")
_MARKED = rx(r"《([^《》]{3,30}(?:表|单|书|说明|证明|报告|材料)(?:[(][^()]*[)])?)》")
_NEIGHBOUR = rx(
    r"(?:^|(?<=[、和及与或凭持供带交]))([\u4e00-\u9fff]{3,16}?(?:认定书|认定材料|判决书|公证书|鉴定书|协议书|调解书|证明书?|证明材料|说明书|登记表|告知单|回执单?))"
    r"(?=[、,。;(和及或]|等|$|原件|复印件|材料)"
)
_SUFFIX = rx(
    r"(?:证明|证明书|证书|证|表|单|书|簿|合同|协议|材料|报告|记录|票据|凭证|清单|函|信|病历|照片|件|文件|说明|鉴定|批文|回执|小票|条码|判决书)$"
)
NO_PAPER = rx(
    r"[。!?%…]|不用|无需|不需|别的|任何|不再|不收|只需|分类|免|办理|登录|点击|通过|审核|备案后|报销|结算|电话|时间|窗口|工作日|以上|以下|相关|其他|其它|有关|所需|需要的|必要|规定|要求"
    r"|(?:提供|提交|上传|准备|必备|补充|[要需][传交备带])的?(?:材料|资料|证明)$|上述|前述|[上前]面(?:说|讲|提|列|所)|刚才|材料清单|条件|证件$|不同|等$|全部|所有|根据|应当|可以|人员|手续|复印件|原件|app|软件|附件|按照|一致|保证|符合|真实"
)
"""What a sentence about papers says and a name does not."""
