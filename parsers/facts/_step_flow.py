"""Of which procedure a step is: filing online or at a desk, treatment, reimbursement, changing or ending.

The nearest cue tells: the step's own words, what is said before it in its sentence, what heads it from near to far.
"""

from __future__ import annotations

from parsers.document import Document
from parsers.facts import _step_clauses
from parsers.lexicon import fold
from parsers.patterns import rx

_UNABLE = rx(
    r"(?:不来|不去|不到|不想去)[^,;。]{0,4}(?:大厅|窗口|现场)的?|(?:不会|没有?|不方便|不便(?:于)?|不熟悉?|不太会|不习惯|不善于?|无法|用不了|不想)(?:使?用)?[^,;。?]{0,6}(?:手机|智能机|上网|网络|电脑|网上)(?:操作|办理|的)?"
)
"""What people cannot or will not use (不会用手机的): the step is done elsewhere."""
_NAMES = rx(r"[“【\[「][^”】\]」]*[”】\]」]|[-→>][^-→>,;。]{2,12}(?=[-→>,;。]|$)")
"""Names of menus: 服务大厅 in one is no place."""
_ALL_ONLINE = rx(
    r"^(?!.*(?:窗口|线下|现场|大厅|电话)).*(?:手机|线上|网上|掌上|app|小程序|公众号|在线)[^,。;]{0,4}(?:办|备案|申请|操作)"
)
"""A title that promises one way only (手机办理异地就医备案教程)."""
_BY_PHONE = rx(r"拨打|致电|打[^,;。]{0,10}电话")
_CHANGE = rx(r"变更|取消|撤销|注销|终止|修改备案|到窗口改")
_CLAIM = rx(
    r"报销(?!比例)|零星|手工|垫付|垫钱|申领医疗费|报账|(?:没能|没有|未能?|无法|不能)(?:联网)?(?:直接)?(?:结算|刷卡)"
)
_TREATMENT = rx(
    r"^(?:[(]?[一二三四五六七八九十\d]{1,2}[、.)])?(?:门诊|住院|看病|就医)(?:时|登记|手续)?$|就医流程|住院流程|结算流程|直接结算|持卡就医|就诊|入院|出院|挂号|来院|^(?:入院|住院|就诊|离院)(?:当[天日]|那天|期间):"
)
_ONLINE = rx(
    r"点[“【\[「]|微信|扫码|二维码|线上|网上|掌上|手机|app|小程序|公众号|网厅|网站|(?<!信息)平台|互联网|客户端|登[录陆]|点击|支付宝|搜[“\"]|(?:→[^→,;。]{1,16}){2}"
)
_DESK = rx(
    r"线下|窗口|现场|大厅|柜台|服务中心|携带|邮寄|寄[到至往]|传真|服务站|代办点|(?:持|拿[着上]?|(?<!自动)带(?!出)[上着好齐]?).{0,40}(?:到|至|去)"
)
_OFFICE = rx(r"(?:经办机构|医保中心)(?![^,;。]{0,14}(?:内|审核|受理|审批|办结|核对|反馈))")
_FILING = rx(r"备案|登记")
_BILLS = rx(r"发票|(?<!预交金)(?<!押金)收据|票据")
_CLAIMS = rx(r"报销|报账|零星|手工")
_PAYS = rx(
    r"垫付|垫[钱支上]|把钱垫|付清|结清|缴清|交清|(?:先|自己)(?:付|掏|交)钱|全额缴费|交全款|自费(?!用|的?部分|项目)|全额支付|全额结算|付费|(?:自行支付|先付|现金支付)[^。]{0,40}(?:携带?|持|拿|凭|将|把)[^。]{2,60}(?:报销|报账|零星|办理)"
)
_IN_HOSPITAL = rx(
    r"预交金|押金条|(?:入院|住院|出院)(?:服务|收费|登记|结算)?(?:处|窗口|中心|部)|医院(?:的)?收费处|办理?(?:入院|住院|出院)|(?:入院|住院)(?:登记)?时|出院(?:时|当[日天]|[就只仅](?:需要?)?[付交结])|[入出]院登记"
)


def flow_of(doc: Document, start: int, end: int, *, listed: bool, agency: bool) -> str:
    """The flow of the step at `[start, end)`: an item of a list, or a piece of running text."""
    text = _spoken(doc.folded[start:end])
    index = doc.block_at(start)
    heads = [_spoken(head) for head in doc.heads_text(index).split("\n")[:-1] if head]
    if rx(r"报销|变更|取消|流程").search(doc.title):
        heads.append(fold(doc.title)[-12:])
    sentence = doc.sentence_at(start)
    own = text if listed else _spoken(doc.folded[sentence.start : end])
    whole = doc.folded[sentence.start : sentence.end]
    if not listed and _is_claim(text, own, whole):
        return "reimbursement"
    if _IN_HOSPITAL.search(text) and not (
        _BILLS.search(own) or rx(rf"{_CLAIMS.pattern}|补办|备案登记|清单").search(own)
    ):
        return "treatment"
    if not listed:
        near = heads[0] if heads else ""
        if _TREATMENT.search(near) and not _CLAIM.search(near) and "备案" not in near + own:
            return "treatment"
        for name, pattern in (("change_cancel", _CHANGE), ("reimbursement", _CLAIM)):
            if pattern.search(own) and not rx(r"备案登记|变更、取消").search(own):
                return name
        if rx(r"备案|登记|登[录陆]|点击|app|小程序|公众号").search(own):
            return _way(text) or _way(own) or _by_heads(heads) or "filing"
        before = doc.folded[doc.blocks[index].content : sentence.start]
        if _FILING.search(before) and not _CLAIM.search(before + own):
            heads = []
    if not listed and _BY_PHONE.search(text) and rx(r"登记|备案").search(whole) and not _CLAIM.search(whole):
        return "filing"
    named = _by_heads(heads, procedures=True)
    if named:
        return named
    way = _way(text, office=not agency)
    return way or ("filing_online" if _ALL_ONLINE.search(fold(doc.title)) else "filing")


def _spoken(text: str) -> str:
    """`text` without what people cannot do (不会用手机的)."""
    return _UNABLE.sub("", text)


def _is_claim(text: str, own: str, whole: str) -> bool:
    """Whether a piece of a sentence belongs to getting money back."""
    if _PAYS.search(text) or (_PAYS.search(own) and "备案" not in own) or (_BILLS.search(text) and "备案" not in text):
        return True
    if _BILLS.search(own) and "备案" not in own:
        return True
    return bool(
        _CLAIMS.search(whole)
        and "备案" not in whole
        and _step_clauses.PLACE.search(whole)
        and rx(r"携|持|带|拿|凭|将|把|连同").search(whole)
    )


def _way(text: str, *, office: bool = True) -> str | None:
    """Online or at a desk; None where a text says neither, or both."""
    online = bool(_ONLINE.search(text))
    desk = bool(_DESK.search(_NAMES.sub("", text) if online else text))
    if office and not online and not desk and not _BY_PHONE.search(text):
        desk = bool(_OFFICE.search(text))
    if online == desk:
        return None
    return "filing_online" if online else "filing_offline"


def _by_heads(heads: list[str], *, procedures: bool = False) -> str | None:
    """What the headings say, from near to far; with `procedures` also claims, treatment and changes."""
    for head in heads:
        if procedures:
            if _CHANGE.search(head) and not rx(r"备案、变更|备案及变更|备案与变更|申请").search(head):
                return "change_cancel"
            if "备案" not in head:
                for name, pattern in (("reimbursement", _CLAIM), ("treatment", _TREATMENT)):
                    if pattern.search(head):
                        return name
        if way := _way(head):
            return way
        if _FILING.search(head):
            return None  # what heads this says no more
    return None
