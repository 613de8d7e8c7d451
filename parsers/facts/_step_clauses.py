"""Clauses of running text that have somebody do something, and which of them together are one step.

A clause is an opening (who, when, where, how, in what order) and an act; the grammar is data, vocab/step_clauses.yml.
One step per clause of action, but what is done in one go stays together: papers are brought to a place, and filled in
or shown there; the fields of one form are chosen; what leads up to an act and what follows from it stand with it.
"""

from __future__ import annotations

from typing import NamedTuple

from parsers.document import Document, Span
from parsers.facts._words import Rules
from parsers.patterns import rx

_RULES = Rules("step_clauses")
_OPENING = _RULES.expand("(?:(?><<opening>>)){0,6}")
_ACTS = tuple((kind, act, rx(f"{_OPENING}(?:{act.pattern})")) for kind, act in _RULES.table("acts"))
"""Kind, the act, and the act at the beginning of a clause: the first is searched for, since it is quick to miss."""
PLACE = rx(_RULES.expand("<<place>>"))
GATES = (PLACE, *(act for kind, act, _ in _ACTS if kind in ("staff", "apply")))
"""What a sentence of one clause or two cannot do without, to tell a step by this grammar."""
_ORDERED = rx(r"(?:然后|随后|接着|接下来|之后|最后|再|先|叫号|第[一二三四五六]步)")
_CONDITION = rx(
    r"(?:的|的话|的(?:同学|人员?|患者|朋友|群众|老人|职工|同事|家庭)|以?后|之后|以?前|之前|时)$|^(?:如(?!实)果?|若|假如|要是)"
)
_NEGATED = rx(r"(?:无需|无须|不需要?|不用|不必|不再|不能|不得|不可|没有|未)[^,;。“”]{0,6}$")
_STOPS = rx(
    r"(?:如|若|其中|一般|通常|初审|复审|审核|经办|工作人员|窗口(?:初审|受理|审核|工作)|也可|由(?!本人|家属|参保|(?:工作人员|专人|志愿者)[^,;。]{0,4}(?:协助|帮|代|指导))|享受|方可|不用|无需|无须|不必|不再|即时|系统|医保(?:部门|局|基金|办|科)|医院|否则|过期|逾期|建议|有的|最长|最快"
    r"|大约|\d|待遇|报销比例|备案(?:成功|即|立即)|第二天|当场|全程|没有?[^,;。]{0,10}的)"
)
_LABEL = rx(r"[^,;。:]{1,40}:")
_HANDED = rx(r"(?:交|送|寄|递)(?:至|到|给|交)")
_THERE = rx(r"到|去|至|前往|交给?|送|找|[带拿寄]回|来(?=[^,;。]{0,12}(?:窗口|大厅|中心))")
_LAUNCH = rx(r"打开(?:手机)?(?:微信|支付宝)$")
_GATHERED = rx(r"汇总|收[取齐集]")
_FORM = rx(r"(?:先|再|并|现场|当场)?(?:填|签)")
_DONE = rx(r"(?:办理|申请|登记|报销|报账)[^,;。]{0,6}$")
_COSTS = rx(r"的[^,;。]{0,8}[费钱]")
"""自己垫付的住院费: which costs."""
_MADE_TO = rx(r"(?:让|叫|要求|被)[^,;。]{0,4}(?:全额|自费|垫|先)")
"""人家让全额自费: what happened to somebody."""
_PAST = rx(r"已|只能|只好")


LONGEST = 160
"""Characters of a clause that has somebody do something; the grammar is tried on no longer ones, whatever a page holds."""


class Clause(NamedTuple):
    """A clause and the kind of its act; None where nobody does anything."""

    start: int
    end: int
    kind: str | None
    text: str


def read(doc: Document, sentence: Span) -> list[Clause]:
    """The clauses of a sentence, each with what it has somebody do."""
    found = []
    for clause in doc.clauses(sentence):
        text = doc.folded[clause.start : clause.end].rstrip(",;。!")
        found.append(Clause(clause.start, clause.end, _kind(text), text))
    return found


def _kind(text: str) -> str | None:
    if len(text) > LONGEST:
        return None
    condition = _CONDITION.search(text)
    label = _LABEL.match(text)
    for kind, act, clause in _ACTS:
        if not act.search(text):
            continue
        match = clause.match(text) or (clause.match(text, label.end()) if label else None)
        if match and not _NEGATED.search(match[0]) and not (kind in ("pay", "staff") and _PAST.search(match[0])):
            if kind == "pay" and (_COSTS.match(text, match.end()) or _MADE_TO.search(match[0])):
                return None
            return kind if not condition or (kind == "pay" and text.endswith("后")) else None
    return None


class Piece(NamedTuple):
    """Clauses that are one step, or that are none (`kinds` empty)."""

    start: int
    end: int
    kinds: tuple[str, ...]
    text: str

    @property
    def brought(self) -> bool:
        """Whether papers are taken or handed to an office."""
        kinds = set(self.kinds)
        there = kinds & {"go", "hand"} or _THERE.search(self.text)
        papers = kinds & {"carry", "show", "hand"} or _HANDED.search(self.text)
        return bool(papers and there and PLACE.search(self.text))

    def with_(self, clause: Clause) -> Piece:
        """The piece with one more clause."""
        kinds = self.kinds + ((clause.kind,) if clause.kind else ())
        return Piece(self.start, clause.end, kinds, f"{self.text},{clause.text}" if self.text else clause.text)


def pieces(clauses: list[Clause]) -> list[Piece]:
    """The clauses of a sentence as steps and what stands between them."""
    found: list[Piece] = []
    for clause in clauses:
        if found and _together(found[-1], clause):
            found[-1] = found[-1].with_(clause)
        else:
            found.append(Piece(clause.start, clause.start, (), "").with_(clause))
    return found


def steps(clauses: list[Clause]) -> list[Piece]:
    """The pieces that are steps. To be settled with, or to file, is one only in a row with others."""
    found: list[Piece] = []
    for piece in pieces(clauses):
        kinds = set(piece.kinds)
        if not kinds or (piece.text.endswith(":") and kinds == {"staff"}):
            continue
        if kinds == {"settle"} and not (found and _ADMITTED.search(found[-1].text)):
            continue
        if kinds == {"call"} and not rx(r"报(?=个人|姓名|身份)|告知|说明|提供").search(piece.text):
            continue
        if kinds == {"go"} and _MAY_GO.match(piece.text):
            continue
        if kinds == {"go"} and not (PLACE.search(piece.text) or _TELLS.search(piece.text)):
            continue
        if _BY_WHEN.fullmatch(piece.text):
            continue
        if found and _WITHOUT.match(piece.text) and _AS_WELL.search(piece.text):
            found[-1] = Piece(found[-1].start, piece.end, found[-1].kinds, f"{found[-1].text},{piece.text}")
            continue
        if kinds == {"apply"} and not piece.text.startswith("先"):
            continue
        found.append(piece)
    return found


_BY_WHEN = rx(
    r"(?:必须|须|应当?|要|请)?[在于]?[^,;。]{0,14}(?:之日起|后|起)[^,;。]{1,8}(?:以?内|之内)(?:提交|提出|申请|办理|报销|申报)(?:申请)?[。]?"
)
"""必须在看病之日起两年内提交: a deadline."""
_WITHOUT = rx(r"(?:没有?|暂无|拿不出|开不出|缺)[^,;。]{1,12}的,")
_AS_WELL = rx(r"(?:也|同样)(?:可以?|能)?(?:拿|用|凭)[^,;。]{1,8}(?:顶|代替|替代)$|也(?:认|行|可以?|成|中|算|能过)$")
SEEN = rx(r"(?:就能|就可以|可以?|即可|都能)(?:看到|看见|查到)")
OR = rx(r"或者?(?:是)?(?:在|从|用|通过|打开|登|搜|微信)")
_MAY_GO = rx(r"(?:[^,;。]{0,10},)?(?:也|还|或者?)?(?:可以?|能)(?:直接|自行)?(?:到|去|前往|向)[^,;。]*$")
"""A desk to go to instead: where, not how."""
_TELLS = rx(r"登记|备案|办理|申请|报销|报账|代办|说明|告知|开(?:具)?转诊|[入住]院|盖章|报(?=个人|姓名|身份)")
_PAYS_SHARE = rx(r"出院时?(?:只|自己|个人|由)")
_ADMITTED = rx(r"入院|住院|挂号")


def _together(before: Piece, clause: Clause) -> bool:
    if not before.kinds:
        return True  # what leads up to an act
    if _AS_WELL.search(clause.text) or (clause.kind == "operate" and SEEN.search(clause.text)):
        return True  # 没有居住证的,签个承诺书也认; 点开就能看到
    if OR.match(clause.text) and before.kinds[-1] == clause.kind == "operate":
        return True
    if clause.kind is None:
        return not _STOPS.match(clause.text)
    last, kind = before.kinds[-1], clause.kind
    if kind == "staff":
        return clause.text.startswith("由") and last in ("carry", "go", "hand")
    if kind == "settle":
        return not _PAYS_SHARE.match(clause.text)
    if kind == "choose":
        return last in ("choose", "go", "apply")
    if _ORDERED.match(clause.text):
        return False
    if last in ("carry", "hand") and kind in ("go", "hand"):
        return True
    if last in ("carry", "show") and (kind == "carry" or (kind == "show" and last == "show")):
        return True
    if last == "operate" and kind == "hand":
        return "填" in before.text
    if last in ("go", "carry", "show", "hand") and (PLACE.search(before.text) or _ADMITTED.search(before.text)):
        return kind in ("show", "carry") or (
            kind == "operate" and _FORM.match(clause.text) is not None and not _DONE.search(before.text)
        )
    if last == "operate" and kind == "operate":
        return bool(_LAUNCH.search(before.text))
    if last == "staff":
        return bool(_GATHERED.search(before.text)) and kind in ("operate", "hand")
    if last == "pay":
        return kind == "go"
    return last == "call" and kind == "show"
