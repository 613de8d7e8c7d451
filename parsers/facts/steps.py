"""Steps: what an applicant, an agency or a hospital does in order, inside a flow.

Three forms: items of a list that is a procedure (headed by 流程/步骤 or made of actions); chains of menu names with
arrows; and clauses of action in running text (登录…，点击…，提交…). A numbered item is one step, in prose one clause of
action is one. Limits, rights and hotlines in a list of steps are no steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from parsers.document import Document, Span
from parsers.facts import _step_clauses, _step_flow
from parsers.lexicon import fold
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.records import Issue, Step

_ARROW = rx(r"\s{0,9}(?:→|➜|➔|⇒|➡|—>|-{1,9}>|=>|>{1,2}|›|»|\]-\[|】-【)\s{0,9}")
_DASHED = rx(r"[^,;。:\-]{2,20}(?:-{1,2}[“\"【\[]?[\u4e00-\u9fff“”\"()】\]]{2,24}){2,8}")
"""A chain written with dashes: “医保”公众号——服务大厅——异地备案."""
_PROCEDURE = rx(
    r"流程|步骤|操作|程序|怎[么样](?:办|备|操作|申请|填|走|点|弄|搞|登|提交)|咋(?:办|备|操作|填|点|弄|搞)|如何(?:办|备|操作|申请|填)|手机办|网上办|线上办|线下办|窗口办|现场办|掌上办|线上备案|线下备案|网上备案|电话备案|自助备案|持卡就医|就医(?:流程|环节)|入院|出院|方法|攻略|指引|指南|教程|准备工作|线上|线下|网上|窗口|办理方式"
)
_LISTING = rx(
    r"材料|资料|证件|条件|对象|范围|人员|时限|有效期|待遇|比例|标准|依据|渠道|地点|电话|联系|常见问题|问答|注意事项|提示|须知|政策|名单|病种|温馨"
)
_STARTS = rx(
    r"(?:请|先|再|然后|随后|最后|接着|之后|并|即可|按照?(?:页面|系统|屏幕)?(?:的)?(?:提示|要求|引导)|[^,;。]{0,8}?(?:人|人员|患者|家属|职工))?[,]?"
    r"(?:登[录陆]|打开|进入|点击?|点选|找到|选择?|勾选|填写?|录入|输入|上传|提交|确认|搜索?|关注|下载|注册|完成|携带?|带|持|拿|前往|到|去|向|通过|在|等待?|查看|核对|签|阅读|扫|拍|准备|提出|申请|办理|出示|结算|垫付|回|手写|选好|[“\"【「\[])"
)
_ACTS = rx(
    r"登[录陆]|打开|进入|点击|点开|点[“\"【\[]|点选|选择|勾选|填写|录入|输入|上传|提交|搜索|搜[“\"]|下载|注册|完成|携带|持|带上|带|拿|前往|出示|等待|等|查看|提出|申请|办理|受理|审核|核对|核验|审结|办结|打印|告知|反馈|录入|确认|签|拍|填|交|[发寄][至到给往]|汇总|开具|转诊|备案|登记|结算|垫付|报销|选|查询|领取|备齐|准备|回"
)
_AGENCY = rx(
    r"^[^,;。]{0,12}?(?:工作人员|窗口人员|经办人员|经办机构|医保中心|医保局|医保部门|窗口(?:人员|受理|审核)|系统)[^,;。]{0,12}?(?:审核|受理|核对|核验|录入|办结|告知|打印|确认|上传|反馈|审批|完成|收到|通过|将|对|为)|^(?:受理|审核|审批|办结|核验|审查|决定|送达|审核结果)"
)
_HOSPITAL_ACTS = rx(
    r"^[^,;。]{0,14}?(?:医师|医生|科主任|医院医保|医保科|医保办|医保服务站)[^,;。]{0,10}?(?:填写|签字|审核|录入|上传|开具|盖章)"
)
_LIMIT_ONLY = rx(
    r"^[^,;。]{0,30}(?:热线|咨询电话|联系电话|投诉电话|咨询)[^,;。]{0,10}[::]\s*[\d\-、/()]*|^[^,;。]{0,30}(?:热线|电话)[^,;。]{0,6}\d{5,}"
)
_INSURANCE = rx(r"理赔|报案|保单")
_NOT_FILING = rx(
    r"换卡|补卡|新卡|挂失|公积金|参保登记|(?<!全额)(?<!自费)(?<!先行)(?<!先)缴费(?!票据|发票|收据|单)|社保卡申领|家庭共济|慢特病认定|门特认定|挂号流程|参保流程|转移接续"
)
_ORDERED = rx(r"第[一二三四五六七八九十\d]+步|步骤[一二三四五六\d]|step ?\d")
_COUNTED = rx(r"第[一二三四五六七八九十][,、]")
_STAGE = rx(r"(?:首先|其次|再次|再者|然后|接下来|最后)(?:是|,|要|需)?")


def find(doc: Document) -> Iterator[Step | Issue]:
    """Steps in the order of the text; order restarts with each list or chain."""
    done: set[int] = set()
    steps: list[tuple[int, Step]] = []
    for group in _groups(doc):
        listed = []
        for order, index in enumerate(group, 1):
            block = doc.blocks[index]
            done.add(index)
            counted = _COUNTED.match(doc.block_text(index))
            content = block.content + (counted.end() if counted and block.marker is None else 0)
            listed.append((block.start, _step(doc, content, block.end, order, "steps.listed")))
        steps += _one_way(listed)
    told: Span | None = None
    for sentence in doc.sentences:
        if sentence.block in done:
            continue
        going = told is not None and told.block == sentence.block
        read = list(_in_prose(doc, sentence, going=going))
        if read or not (going and _AGENCY.match(doc.folded[sentence.start : sentence.end])):
            told = sentence if read else None  # what the desk does in between ends nothing
        if read and read[0][2] == "steps.menu_chain" and not going and (entered := _entrance(doc, sentence)):
            read.insert(0, (*entered, "steps.prose"))
        told_here = [(first, _step(doc, first, last, n, rule)) for n, (first, last, rule) in enumerate(read, 1)]
        steps += _one_screen(told_here, steps[-1][1].flow if going and steps else None)
    steps.sort(key=lambda pair: pair[0])
    seen: set[tuple[str, str]] = set()
    for _, step in steps:
        key = (step.flow.partition("_")[0], rx(r"\W").sub("", step.text))
        if key not in seen:
            seen.add(key)
            yield step


def _entrance(doc: Document, sentence: Span) -> tuple[int, int] | None:
    """What one opens first, where it stands before the chain of menus: 登录A,或者打开B;点“…”→….."""
    before = [s for s in doc.sentences_of(sentence.block) if s.end <= sentence.start]
    if not before or ";" not in doc.folded[before[-1].end : sentence.start]:
        return None
    opened = _OPENS.match(doc.folded, before[-1].start, before[-1].end)
    return opened.span() if opened else None


_OPENS = rx(r"(?:先|请|首先)?(?:在?[^,;。:]{0,8})(?:登[录陆]|打开|进入|下载|搜索)[^;。]{2,60}$")


def _one_way(listed: list[tuple[int, Step]]) -> list[tuple[int, Step]]:
    """The steps of one list: where some are done online and none at a desk, those that do not say are online too."""
    flows = {step.flow for _, step in listed}
    if flows != {"filing", "filing_online"} or any(step.actor == "agency" for _, step in listed):
        return listed
    return [(start, _in_flow(step, "filing_online")) for start, step in listed]


_KIND_OF = {"filing_online": ("online",), "filing_offline": ("window",)}


def _in_flow(step: Step, flow: str) -> Step:
    return (
        step
        if step.flow == flow
        else replace(step, flow=flow, channel_kind=step.channel_kind or _KIND_OF.get(flow, ()))
    )


def _one_screen(told: list[tuple[int, Step]], before: str | None) -> list[tuple[int, Step]]:
    """The steps of one sentence: what does not say where it is done is done where the others are.

    `before` is the flow of the sentence it goes on from; on a screen one stays (再勾选备案类型).
    """
    ways = {step.flow for _, step in told} - {"filing"}
    if "change_cancel" in ways and ways <= {"filing_online", "filing_offline", "change_cancel"}:
        return [(start, _in_flow(step, "change_cancel")) for start, step in told]  # 登录…,选择变更就医地,提交
    if len(ways) == 1 and ways <= {"filing_online", "filing_offline"}:
        return [(start, _in_flow(step, *ways)) for start, step in told]
    if before is None or ways:
        return told
    return [
        (
            start,
            _in_flow(step, before)
            if rx(rf"{_OPERATES.pattern}|签|(?<!宣)传(?!真)|填").search(fold(step.text))
            else step,
        )
        for start, step in told
    ]


# ---- lists ---------------------------------------------------------------------------------------------
def _groups(doc: Document) -> Iterator[list[int]]:
    """Lists of blocks that are procedures: the indices of their steps."""
    lists: dict[tuple[object, ...], list[int]] = defaultdict(list)
    with_children = {b.parent for b in doc.blocks if b.parent is not None}
    for i, block in enumerate(doc.blocks):
        numbered = block.kind == "item" or block.ordinal is not None or block.marker is not None
        if not numbered and block.kind == "paragraph" and _COUNTED.match(doc.block_text(i)):
            lists["counted", block.parent].append(i)  # 第一,…第二,… as paragraphs under 步骤
            continue
        if not numbered and block.kind == "paragraph" and _is_short_line(doc, i):
            lists["lines", block.parent].append(i)  # actions set as lines of their own under 网上 or 窗口办理
            continue
        if block.kind == "heading" or not numbered or _STAGE.fullmatch(block.marker or ""):
            continue
        if _WAY_MARK.match(block.marker or "") or (len(doc.sentences_of(i)) > 1 and _WAY_TOLD.match(doc.block_text(i))):
            continue  # 方法一：… is a way with steps of its own
        lists[block.table, block.row, block.col, block.parent, block.list_kind, block.marker is None].append(i)
    for members in lists.values():
        heads = [h for h in doc.heads_text(members[0]).split("\n")[:-1] if h]
        if heads and doc.label_of(members[0]) and members[0] not in with_children:
            heads = [h for h in heads if not doc.block_text(members[0]).startswith(h)] or heads
        if sum("?" in doc.block_text(i)[:30] for i in members) * 2 > len(members):
            continue  # questions and answers
        steps = [
            i
            for i in members
            if i not in with_children or (_MENU_WORK.search(doc.block_text(i)) and len(doc.block_text(i)) > 8)
        ]
        ordered = any(_ORDERED.match(doc.blocks[i].marker or "") or _ORDERED.match(doc.block_text(i)) for i in members)
        if rx(rf"{_NOT_FILING.pattern}|{_INSURANCE.pattern}").search("\n".join(heads)) or not (
            ordered or _is_procedure(doc, steps, heads)
        ):
            continue
        if kept := [i for i in steps if _acts(doc, i)]:
            yield kept
    rows: dict[object, list[int]] = defaultdict(list)
    for i, block in enumerate(doc.blocks):
        if block.kind == "cell" and block.row and block.col_head is not None and _tells_steps(doc, i):
            rows["told", block.table].append(i)
            continue
        above = doc.blocks[block.parent] if block.parent is not None else None
        if (
            above is not None
            and block.kind == "paragraph"
            and _ORDERED.fullmatch(doc.folded[above.start : above.end].strip(" :"))
        ):
            rows["steps", above.parent].append(i)  # STEP 1 as a heading of its own
            continue
        head = doc.blocks[block.row_head] if block.row_head is not None else None
        if (
            head is not None
            and _ORDERED.fullmatch(doc.folded[head.start : head.end].strip(" :"))
            and block.col == (head.col or 0) + 1
        ):
            rows[block.table].append(i)
    yield from rows.values()


def _tells_steps(doc: Document, index: int) -> bool:
    """Whether a cell stands in the column of a table under 办理流程 that says what is done (环节 | 办理步骤 | 时限)."""
    block = doc.blocks[index]
    head = doc.blocks[block.col_head or 0]
    stage = doc.blocks[block.row_head] if block.row_head is not None else None
    return (
        head.row == 0
        and stage is not None
        and stage.row == block.row
        and _STEP_COLUMN.fullmatch(doc.folded[head.start : head.end].strip(" :")) is not None
        and _STAGE_NAME.fullmatch(doc.folded[stage.start : stage.end].strip(" :")) is not None
        and _acts(doc, index)
    )


_STEP_COLUMN = rx(r"(?:办理|操作|工作|具体|办事|经办)?(?:步骤|流程|内容|程序|要求|操作|说明|事项)(?:说明|内容|描述)?")
_STAGE_NAME = rx(
    r"(?:[(]?[一二三四五六七八九十\d]{1,2}[、.)])?(?:提出|办件|窗口|网上|材料|备案|业务|结果)?(?:申请|申报|受理|收件|初审|复审|审核|审查|审批|核验|决定|办结|反馈|送达|告知|领取|录入|登记)(?:与?(?:受理|申请|审核|送达|告知|办结|反馈))?"
)


def _is_procedure(doc: Document, members: list[int], heads: list[str]) -> bool:
    """Whether list items are what one does one after the other: by what heads them, or by their own words."""
    texts = [doc.block_text(i) for i in members]
    if not texts:
        return False
    if sum(doc.label_of(i) is not None for i in members) * 2 > len(members) and not rx(r"流程|步骤|程序").search(
        "".join(heads[: 2 if heads and _WAY_HEAD.search(heads[0]) else 1])
    ):
        return False  # fields of a form, paragraphs on different matters
    acting, working = sum(bool(_ACTS.search(t)) for t in texts), sum(bool(_MENU_WORK.search(t)) for t in texts)
    head = heads[0] if heads else ""
    if rx(r"流程|步骤|程序|操作(?!系统)").search(head) and not _LISTING.search(head[-4:]) and not head.endswith("?"):
        return acting > 0
    if _LISTING.search(head) or len(texts) < 2 or (head.endswith("?") and working < 2):
        return False
    if rx(r"办理(?:方式|形式|渠道)|备案方式").search(head):
        return working * 2 > len(texts)
    if len(texts) >= 3 and max(map(len, texts)) <= _LONGEST_ACT:
        operating = sum(bool(_OPERATES.search(t)) and "的," not in t and "。" not in t[:-1] for t in texts)
        if operating * 3 >= len(texts) * 2:
            return True
    if _STAGE_HEAD.match(head) and acting * 5 >= len(texts) * 3:
        return True
    stay = _STAY_HEAD.fullmatch(head) is not None and acting * 5 >= len(texts) * 3
    if sum(bool(_AT_STAY.match(t)) for t in texts) >= (1 if stay else 2):
        return True
    if any(_PROCEDURE.search(h) for h in heads[:2]):
        return acting * 5 >= len(texts) * 3 and any(_APPLICANT.search(t) for t in texts)
    starting = sum(bool(_STARTS.match(t)) for t in texts)
    return working >= 2 and starting * 3 >= len(texts) * 2


def _is_short_line(doc: Document, index: int) -> bool:
    """A paragraph of one short sentence under a heading that names a way of doing it."""
    block = doc.blocks[index]
    text = doc.block_text(index)
    if block.parent is None or len(text) > 60 or text.endswith(":") or len(doc.sentences_of(index)) > 1:
        return False
    if not (_STARTS.match(text) or _AGENCY.match(text)):
        return False
    head = doc.blocks[block.parent]
    return head.kind == "heading" and _WAY_HEAD.search(doc.folded[head.start : head.end]) is not None


_WAY_HEAD = rx(
    r"线上|网上|现场|自助|窗口|线下|手机|掌上|步骤|流程|程序|怎么(?:办|变更|取消|操作|申请)|如何(?:办|变更|取消|操作|申请)"
)
_LONGEST_ACT = 60
_AT_STAY = rx(
    r"(?:办理)?(?:挂号|入院|住院|出院|结账|结算)(?:登记|手续|结算)?(?:时|的时候|后)[,]?[^;。]{0,12}?(?:出示|亮|说明|告|带|结清|付|交|凭|持|刷)"
)
"""What one does on coming and on going, in a list of advice for a stay."""
_ON_COMING = rx(r"(?:办理?)?(?:入院|住院)(?:登记|手续)?(?:时|的时候)")
_DESK_DOES = rx(r"(?:经办(?:机构|人员)|工作人员|窗口人员|医保(?:部门|中心|局))[^,;。]{0,6}(?:审核|核对|受理|录入|审批)")
_FILLS = rx(r"填[^,;。]{0,24}[表单]")
_STAY_HEAD = rx(
    r"(?:[(]?[一二三四五六七八九十\d]{1,2}[、.)])?(?:在[^,;。]{0,6})?(?:办理)?(?:门诊|住院|就医|就诊|看病|入院|出院)(?:、(?:住院|出院))?(?:时|怎么办|办理|结算|登记)?:?"
)
_STAGE_HEAD = rx(
    r"(?:[(]?[一二三四五六七八九十\d]{1,2}[、.)])?(?:来院|就医|就诊|看病|入院|住院|出院|出行|外出|出发|动身|离院|结账)(?:之?[前后]|当[天日]|期间|途中|那天):[^,;。?]{2,12}$"
)
"""来院之前：…, 住院当天：…: what one does at each stage."""
_OPERATES = rx(
    r"登[录陆]|打开|进入|点击|点[“\"【\[]|填写|上传|提交|搜索|搜[“\"]|勾选|下载|选[择到好中“\"]|核对|注册|拍照|扫"
)
"""What one does with an app: a list of short such items is a procedure, whatever heads it."""
_WAY_MARK = rx(r"(?:方式|方法|途径|渠道|办法|方案)[一二三四五六\d]")
_WAY_TOLD = rx(
    r"(?:单位|自己|个人|本人|网上|线上|窗口|现场|线下|手机|电话|来不及)[^,;。:]{0,8}办(?:理)?[^,;。:]{0,6}[。:]"
)
"""（一）单位统一办。… is a way that its paragraph tells of."""
_APPLICANT = rx(r"登[录陆]|打开|进入|点击|点[“\"【\[]|填|上传|提交|搜|携带|持|带|拿|前往|出示|选择|申请表|办理|拨打|到")
_MENU_WORK = rx(
    r"登[录陆]|打开|进入|点击|点[“\"【\[]|手写签名|电子签名|签[^,;。]{0,4}承诺书|填写|上传|提交|搜索|搜[“\"]|勾选|下载|选择|携带.{2,40}(?:到|至|前往)"
)


_OTHER_LABEL = rx(_LISTING.pattern + r"|平台|地点|地址|时间|事项|网址")


def _acts(doc: Document, index: int) -> bool:
    """Whether an item says that somebody does something: no mere limit, right, or hotline."""
    text = doc.block_text(index)
    if (label := doc.label_of(index)) and _OTHER_LABEL.search(doc.folded[label[0] : label[1]]):
        return False
    if _LIMIT_ONLY.match(text) and not rx(r"提交|上传|携带|登[录陆]|办理备案").search(text):
        return False
    if len(text) < 2 or rx(r"^[^,;。]{0,20}:$").match(text) or _NAME_ONLY.fullmatch(text):
        return False
    if _PURE_RULE.search(text):
        return False
    block = doc.blocks[index]
    span = Span(block.content, block.end, index)
    return bool(_ACTS.search(text)) or any(clause.kind for clause in _step_clauses.read(doc, span))


_NAME_ONLY = rx(
    r"(?:微信|支付宝|手机)?[“\"【「]?[^,;。:→>“”\"]{2,16}[”\"】」]?(?:微信|支付宝|手机)?(?:小程序|app|公众号|服务号|网厅|网站|平台|服务网)[”\"]?(?:[(][^()]{1,20}[)])?[;。,]?"
)
"""An item that names an entrance and nothing to do there."""
_PURE_RULE = rx(
    r"^(?:备案)?(?:有效期|仅限|长期有效)|^[^,;。]{0,10}(?:不要|切勿|请勿|不可)[^,;。]*[。;]?$|^[^,;。]{0,24}(?:有效期|报销比例|起付|不予|不得|降低|无需备案)[^,;。]*[。;]?$"
)


# ---- prose ---------------------------------------------------------------------------------------------
_CLAUSE_START = rx(
    r"(?:并|再|然后|随后|最后|之后|接着|即可|先|需要?|可以?|请|应当?|后|还要|依次|首页|由(?:本人|个人)|(?:回来|出院)后|在?[^,;。]{1,8}(?:里|中|上|首页|页面|后)){0,4}"
    r"(?:按照?[^,;。]{0,8}(?:提示|要求|引导))?"
    r"(?:登[录陆]|打开|进入|点击|点[“\"【\[]|点[开选]|找到|选择?|选[好定]|勾选|填写|填好|填报|录入|输入|上传|提交|搜索|搜[“\"]|关注|下载|携带|持|带[上着走齐]|拿|凭|前往|等待|查看|垫付|垫钱|自费结[算账]|签署|阅读|确认|回参保地|到参保地|拍照|扫码)"
)
_STRONG = rx(
    r"(?:登[录陆]|打开|进入|下载)[^;。]{0,40}(?:点击|选择|填写|提示填|上传|提交|搜索|进入|找到|模块|板块|专区|按|点)|(?:点击|搜索|找到)[“\"【\[「]|首页[^,;。]{0,4}点|在[“\"][^”\"]{2,12}[”\"](?:app|小程序|公众号)?[里上中]点[“\"]"
)
_BRING = rx(
    r"(?:携带?|持|带上?|带着|拿着?|凭|备齐)[^;。]{2,60}?(?:到|至|前往|去|向|交至|送至)[^,;。]{0,30}(?:窗口|大厅|经办机构|中心|医保局|社保局|医保科|医保办|服务站|参保地|工作站|[入出]院处|收费处|登记处|住院处|服务台|结算处|代办|地方)"
)
_PAY_THEN_CLAIM = rx(
    r"(?:垫付|垫钱|自费|全额支付|自行支付|先付|现金支付|全额结算|自费结算)[^。]{0,40}(?:携带?|持|带上?|拿着?|凭|将|把)[^。]{2,60}(?:报销|报账|零星|办理|报(?=[,。;]|$))"
)
_PAYS = rx(r"垫付|垫[钱支上]|把钱垫|付清|交全款|自费(?!用)|全额支付|全额结算|付费")
_CLAIM_AT = rx(
    r"(?:携带?|持|带[着上走]?|拿着?|将|把|凭|备齐|攒齐|连同)[^。]{2,80}?(?:(?:到|至|回|去|交|寄|送|找|来)[^,;。]{0,24}(?:医保中心|经办机构|窗口|参保|老家|医保局|社保局|大厅|共享中心|医保办)[^,;。]{0,16}(?:报销|报账|零报|办理|申请|申报)?"
    r"|[^。]{0,60}、[^。]{0,60}?回(?:去|来|[\u4e00-\u9fff]{2,3})(?:办理?|申请|做|走)?(?:医保|手工|零星|审核)*(?:报销|报账|报(?=[,。;]|$)))"
)
_HAND_OVER = rx(
    r"(?<!已)(?:将|把)[^;。]{2,60}?(?:交|(?<!印)发|寄|(?<!推)送|报|传)(?:至|到|给|往)|(?:交|(?<!印)发|寄|送)(?:至|到|给)[^,;。]{2,20}(?:邮箱|协管员|协理员|专干|经办人|联络员|人事|人力|社保专员)"
)
"""把…交给村医保协管员: papers handed on to somebody."""
_CALL = rx(
    r"(?:拨打|拨通|致电|打[^,;。]{0,12}电话|发短信|电话联系)[^;。]{0,40}(?:报上?|告知|说明|提供|告诉)[^,;。]{0,8}(?:姓名|身份证|信息|情况|号码)"
)
_CLAIM_GO = rx(r"(?:到|向|回)[^;。]{2,60}(?:申请|办理|申报)(?:医疗费用?|住院费用?|医保)?(?:手工|零星)(?:报销|结算)")
_UPLOAD_IN = rx(
    r"(?:通过|在|用|利用|使用)[^;。]{0,30}(?:模块|专区|板块|入口|app|小程序|平台|网厅|政务服务网)[^;。]{0,40}(?:上传|提交|填写|填报|录入)"
)
_AT_THE_DESK = rx(r"[入出住]院|就医|结算|线下|窗口|现场|流程|步骤|程序|大厅|怎么办|如何办|怎么备|如何备|办理方式")
_ASKS = rx(r"[?]$|^问|^答")


def _in_prose(doc: Document, sentence: Span, *, going: bool) -> Iterator[tuple[int, int, str]]:
    """Steps of a sentence of running text: `(start, end, rule)`. `going`: the sentence before it told steps."""
    text = doc.folded[sentence.start : sentence.end]
    block = doc.blocks[sentence.block]
    chain = doc.may(_HAS_CHAIN, sentence) and _chain(text)
    if (
        _NOT_FILING.search(text)
        or rx(r"换卡|补卡|领卡|挂失|公积金").search(doc.heads_text(sentence.block))
        or (_INSURANCE.search(text) and "报销" not in text)
        or (block.kind == "heading" and not chain)
    ):
        return
    if chain:
        field = rx(r"[^:→>➜\-]{2,14}:").match(text)
        yield from _around_chain(
            doc, Span(sentence.start + (field.end() if field else 0), sentence.end, sentence.block)
        )
        return
    if (
        sentence.start == block.content
        and len(text) <= 24
        and (_STAGE.match(text) or _STAGE.fullmatch(block.marker or ""))
        and not _ANNOUNCED.match(doc.folded, block.start, sentence.end)
        and not _CONSIDERED.search(text)
    ):
        yield block.start, sentence.end, "steps.stage"
        return
    if _ORDERED.match(text) and len(text) > 6:
        starts = [c.start for c in doc.clauses(sentence) if _ORDERED.match(doc.folded, c.start, c.end)]
        for start, end in zip(starts, [*starts[1:], sentence.end], strict=True):
            yield start, start + len(doc.folded[start:end].rstrip(", ")), "steps.ordered"  # 第一步…,第二步…
        return
    label = doc.label_of(sentence.block)
    body = Span(label[1] + 1, sentence.end, sentence.block) if label and sentence.start == block.content else sentence
    clauses = doc.clauses(body)
    run = _RUN.match(doc.folded, block.content, block.end) is not None
    if len(clauses) < 3 and label is None and not (going or run or doc.may(_HAS_ACTION, sentence)):
        return
    read = _step_clauses.read(doc, body)
    found = _step_clauses.steps(read)
    if _is_rule(text, found):
        return
    labelled = (
        label is not None
        and sentence.start == block.content
        and _WAY.fullmatch(doc.folded[label[0] : label[1]]) is not None
        and rx(r"申请|办理|前往|携带|提交|填写|登[录陆]").search(doc.folded[label[1] : sentence.end]) is not None
    )
    going = going and (
        _NEXT.match(text) is not None
        or _AFTER_IT.match(text) is not None
        or (
            bool(found)
            and found[0].kinds[0] in ("operate", "choose")
            and doc.folded[sentence.start - 1] == ";"
            and not rx(r"[^,;。]{2,14}的,?(?:还|另|须|需|应)").match(text)
        )
        or any("operate" in piece.kinds and _GOES_ON.search(piece.text) for piece in found[:1])
    )
    if not (labelled or going or run or _done_in_order(read, found, text) or _is_way_of_doing(doc, sentence, text)):
        return
    acting = [
        (piece.start, piece.end)
        for piece in found
        if not (_INSURANCE.search(piece.text) or _TOO_LATE.search(piece.text) or _DESK_DOES.match(piece.text))
    ]
    if labelled and not acting:
        acting = [(body.start, body.end)]
    for start, end in acting:
        yield start, end, "steps.prose"


_ANNOUNCED = rx(
    r"(?:首先|其次|再次|然后|接下来|最后)[^,;。]{0,4}?(?:说明|提醒|提示|强调|声明|唠叨|补充|谈|说说|是?(?:怎么|如何|什么|哪))"
)
"""其次是怎么办。 and 最后提醒，… give the order of what is said, not of what is done."""
_CONSIDERED = rx(r"别|不要|切勿|注意|记住|看[^,;。]{0,8}([在是有能])不\1")
"""首先,看人还在不在医院: what to consider."""
_TOO_LATE = rx(r"(?:逾期|否则|不然)[^。;]*(?:携|持|凭|带|拿|自费|垫)")
"""What is left to those who came too late is a rule."""
_ALSO = rx(
    r"^(?:另外|此外|除此之?外|还有)?,?[^。;]{2,60}(?:也行|也成|也中|也可以|也能办|也能备|都行|都成|也有入口)[。;!]?$"
)
"""支付宝搜索A、电脑登录B也行: another way in."""
_ALL_TAKEN = rx(
    r"(?:(?:以上|上述|这些)?(?:材料|资料|单据|票据)?(?:备|带|凑|攒|收集|准备)[齐好]全?)(?:以后|之后|后|了)?,?(?:到|送|交|寄|去|向)[^,;。]{2,40}(?:提交|申请|办理|申报|报销|交件|窗口)"
)
"""带齐以后到…窗口提交, below the list of what to bring."""
_MERE_CHOICE = rx(
    r"(?:搜|打开|登[录陆]|用)[^。;]*,?或者?(?:在|用|通过|打开|登[录陆]|搜)[^,。;]*,(?:自己|自行|都)?(?:点一点|点几下|操作一下|弄一下|办)?(?:就|都|也)(?:行|可以?|好)[。;]?$|可以?(?:通过|登[录陆]|使用|利用|关注|在)[^,;。]*(?:、|或者?)[^,;。]*,(?:随时|自行|自助|在线)(?:提交|办理|申请)[^,;。]{0,8}[。;]?$"
)
"""Ways of filing to choose from (可登录A、B或关注C办理): where, not how."""


def _done_in_order(read: list[_step_clauses.Clause], found: list[_step_clauses.Piece], text: str) -> bool:
    """Whether what a sentence has people do is told as what they do one after the other, or bring to a place."""
    if sum(
        c.kind in ("operate", "choose") and not _step_clauses.OR.match(c.text) for c in read
    ) >= 2 and _SCREEN.search(text):
        return not _MERE_CHOICE.search(text)
    if _WHEN_FILING.match(text) and any({"operate", "hand", "show"} & set(piece.kinds) for piece in found):
        return True
    staff = [p for p in found if "staff" in p.kinds and not rx(r"可以?[由请让托找]").search(p.text)]
    if staff and (len(found) >= 2 or _HANDLES.search(staff[0].text)):
        return True
    if len(found) >= 2 and sum(bool(_FIRST_OR_NEXT.match(piece.text)) for piece in found) >= 2:
        return True
    if found and rx(r"首先|其次|最后").match(text) and not _ANNOUNCED.match(text):
        return True
    if any(piece.brought and (_BILLS.search(piece.text) or _AT_DESK_DONE.search(piece.text)) for piece in found):
        return True
    for one, other in pairwise(found):
        if one.kinds[-1] == "go" and _step_clauses.PLACE.search(one.text) and _FILLS.search(other.text):
            return True  # 到经办机构提出申请,填写…表
    if any({"choose", "apply"} <= set(piece.kinds) for piece in found):
        return True  # 请先在参保地办好备案,就医地选…
    if any(_ON_COMING.match(piece.text) and {"show", "hand"} & set(piece.kinds) for piece in found):
        return True
    if _ENDS_IT.search(text) and any("operate" in piece.kinds for piece in found):
        return True
    return any("settle" in piece.kinds for piece in found) and bool(found and _STAY.search(found[0].text))


_WHEN_FILING = rx(
    r"[^,;。:]{0,8}(?:登记|备案|申请|申报|办理|填报)(?:的)?时[,]?(?!间|限|效|候[^,;。]*[?])[^。?]{2,80}(?:上传|拍照|勾选|填写|手写|签[字名])"
)
"""登记时报上…,并把…拍照上传."""
_HANDLES = rx(
    r"汇总|批量|[寄送][^,;。]{0,10}申报|[到至往给]?寄[到至往给]|收[取齐集]|提交|上传|录入|登[录陆]|在[^,;。]{2,20}(?:网厅|平台|系统|单位端|服务网)[^,;。]{0,6}(?:申报|办理|备案)|[交送发]至|[交送发]到|(?<!上)交(?!由)"
)
"""What staff do with papers; that they see to it (统一代办) is no step by itself."""
_STAY = rx(r"办理?(?:入院|住院)|(?:入院|住院)(?:登记|时)|[出住入]院(?:服务|收费|登记|结算)?(?:处|窗口)")
_RUN = rx(r"[^,;。:?]{0,16}(?:流程|步骤|程序|操作方法)(?:如下|是|为)?:[^;]{2,60};[^;]{2,60}[;。]")
"""办理流程：…；…；… in one paragraph."""
_AFTER_IT = rx(
    r"(?:系统|审核|登记|办结|办理|受理|提交|核验|填写|信息)[^,;。]{0,8}(?:完成|通过|完毕|结束)(?:之|以)?后?,"
)
_GOES_ON = rx(
    r"(?:^|,)[^,;。]{0,4}(?:上?传(?!真)|拍照|填[完好写]|提交)|的,?[^,;。]{0,4}传(?!真)|[^,;。]{2,8}的(?:传|上传)"
)
"""What is done next on the screen that the sentence before spoke of."""
_NEXT = rx(r"再(?!次)|然后|随后|接着|之后|最后")
_FIRST_OR_NEXT = rx(r"首先|先(?!行)|再|然后|随后|接着|最后|[^,;。]{1,6}(?:后|时)(?!结算)")
_BILLS = rx(r"发票|票据|(?<!预交金)(?<!押金)收据|单据|清单")
_AT_DESK_DONE = rx(
    r"(?:携|持|带)[^,;。]{0,4}[^,;。]{0,12}(?:表|单)|填[^,;。]{0,20}[表单]|盖章|出示|申报|代办|代(?:您|你|老人|家人|父母|本人|其|他|她)[^,;。]{0,4}(?:办|申请|填)|(?:窗口|大厅|中心|医保局|专窗)[^,;。]{0,4}(?:办理|登记|备案)(?:即可|就行|就可以)?(?=$|,)|协助|(?:以下|下列|上述)(?:资料|材料|证件|单据)"
)
_SCREEN = rx(
    r"登[录陆]|打开|进[入到]|点[击开选“\"【\[「]|搜索?|下载|关注|切换|勾|扫|app|小程序|公众号|专区|模块|栏目|首页|页面|手写签名"
)
"""Words of working with an app or a website."""


def _is_rule(text: str, found: list[_step_clauses.Piece]) -> bool:
    """Whether a sentence lays down what offices do, spares people something, or lets them file late."""
    if (
        _OFFICIAL.search(text)
        or (_WITHOUT_FILING.search(text) and _PAYS.search(text) and not _BILLS.search(text) and "材料" not in text)
        or _WAYS_COUNTED.search(text)
        or rx(r"记者从|今年以来").search(text)
        or _UNPROVEN.search(text)
        or _EFFECT.search(text)
        or rx(r"不(?:必|用|需|再)(?:要)?(?:携带|提交|填写|上传)").search(text)
    ):
        return True
    claimed = (_CLAIM_AT.search(text) and rx(r"报销|报账").search(text)) or any(
        piece.brought and _BILLS.search(piece.text) for piece in found
    )
    return bool(rx(r"补办|补备|补登|再补|能补|补[好完]").search(text) and not (claimed and _WHAT_WHERE.search(text)))


_WITHOUT_FILING = rx(r"(?:未|没有?)(?:办理?|按规定|提前|及时)?(?:备案|登记)[^,;。]{0,8}(?:垫|全额|自费|先)")
"""未备案客户需全额垫付,之后回参保地报销: how such people are settled with; nothing is said of what to bring."""
_WAYS_COUNTED = rx(
    r"(?:^|[;:])[一二三四五]是(?:在|用|通过|到|打开|手机|登[录陆])?[^,;。:]{0,24}(?:小程序|app|公众号|网站|网厅|窗口|平台)[”\"]?(?:;|。|$)"
)
"""途径有三条:一是支付宝搜索“…”小程序;二是…: where, not how."""
_WHAT_WHERE = rx(r"[票据单书明证卡历]、|以下|下列|发票|清单|窗口|大厅|经办机构|医保(?:局|中心|办|科)|(?:服务|事务)中心")
"""What to bring, or the desk to bring it to; 拿票据回来报销 says neither."""
_EFFECT = rx(r"(?:比例|待遇)[^,;。]{0,6}(?:降低|下降|减少|下调|下浮)")
"""若未备案，需先自费再报销，但报销比例可能降低: what comes of it."""
_UNPROVEN = rx(
    r"(?:材料|证明|资料)[^,;。]{0,6}?(?:拿不出|提供不了|不齐|不全|开不出|无法提供)[^,;。]{0,4}的,(?:可以?|也可以?)[^。]{0,16}承诺"
)
"""证明拿不出来的，可签承诺书: a way out, no step."""
_OFFICIAL = rx(
    r"应当?(?:按照|根据|加强|做好|完善|建立)"
    r"|各(?:地|市|县|级)[^,;。]{0,10}(?:要|应|须|部门|政府|公布|公开|局(?!窗口|大厅))"
)


def _is_way_of_doing(doc: Document, sentence: Span, text: str) -> bool:
    """Whether a sentence is worded, or headed, as a way of getting something done."""
    heads = doc.heads_text(sentence.block)
    section = any(
        rx(r"流程|步骤|程序|(?:办理|备案|操作)方法|电话备案|电话办理|第[一二三四五六]步").search(h)
        for h in heads.split("\n")[:-1][:3]
    )
    if section and _IN_SECTION.search(text) and not _ASKS.search(text):
        listed = _LISTING.search(rx(r"电话(?:备案|办理)").sub("", heads.split("\n")[0]))
        if not listed:
            return True
    if _MERE_CHOICE.search(text) and not section:
        return False
    if _ALSO.search(text):
        return False
    if _STRONG.search(text) or _UPLOAD_IN.search(text) or _CALL.search(text):
        return True
    there = _AT_THE_DESK.search(heads.rpartition("\n")[0]) or _DONE_THERE.search(text)
    if there and _BRING.search(text) and not rx(r"答|能|可以改").match(text):
        return True
    if _CLAIM_AT.search(text) and rx(r"报销|报账|零报|发票|收据").search(text):
        return True
    if _ALL_TAKEN.match(text) and rx(r"报销|报账|流程|步骤|怎么|如何").search(heads):
        return True
    if _HAND_OVER.search(text) and rx(r"备案|登记|材料|身份证|报销|发票").search(text + heads):
        return True
    if any((doc.blocks[i].marker or "").endswith("条") for i in (sentence.block, *doc.above(sentence.block))):
        return False  # in an article of a regulation paying and claiming are rules
    if rx(r"报销|报账").search(heads) and _HANDED_IN.search(text) and _step_clauses.PLACE.search(text):
        return True
    claim = _CLAIM_GO.search(text) and not rx("否则|只能|不然").search(text)
    return bool(claim or _PAY_THEN_CLAIM.search(text))


_HANDED_IN = rx(
    r"(?:^|,)(?:请|应当?|须|再)?(?:自[^,;。]{2,10}起[^,;。]{1,10},?)?向[^,;。]{2,30}(?:递交|提交)(?![^,;。]{0,4}的)|(?:^|,)(?:以上|上述)?(?:材料|资料|票据|单据)[^,;。]{0,4}?交(?:到|至|给)"
)
_ENDS_IT = rx(
    r"(?:点|点击|选择?|在[^,;。]{2,24}[里中上内])[“\"【「]?(?:变更|取消|撤销|撤回|终止|注销|修改)[^,;。”\"\]和或、]{0,6}[”\"】」]?(?:或者?|、|,|。|;|$|[“\"]|后|(?:就|即|便)|备案|登记)"
)
"""在APP里点“取消备案”: one click is the way to change or end a filing."""
_DONE_THERE = rx(
    r"由[^,;。]{1,10}?(?:帮|代|协助|替)(?:[您你]|忙|助)?(?:代?办|备案|填|操作)|线下|现场办|代办|(?:办理|申请)(?:异地|备案|手工|零星|登记)|(?:备案|登记|手续|报销)(?:即可|就行)?[,。;]?$"
)
_CASUAL = rx(
    r"[^,;。:“”\"]{2,8}(?:选|填)(?=[“\"【])|(?:就医地|城市|类型|类别|参保地|人员类别)[^,;。]{0,4}(?:选|填)|[“\"]?(?:先|再|然后|最后|接着|依次|首页)?(?:在?微信(?:里|中|上)?)?(?:搜|进|选|勾|点|填|传|签|拍|扫|登|下载|打开|关注|提交|上传|输入|录入)"
)
_IN_SECTION = rx(
    r"(?<![^,;。:])(?:拨打|致电)|向[^,;。]{2,16}申请|(?:交|递交)(?:材料|资料)|登[录陆]|打开|点击|填写|上传|提交|录入|携带.{2,40}(?:到|至|前往)|持.{2,40}(?:到|至|前往)|前往"
)
_HAS_CHAIN = Needs(_ARROW, _DASHED)
_HAS_ACTION = Needs(
    _NEXT,
    _AFTER_IT,
    _GOES_ON,
    _ENDS_IT,
    _HANDED_IN,
    _FIRST_OR_NEXT,
    _SCREEN,
    _STAY,
    _WHEN_FILING,
    *_step_clauses.GATES,
    _STRONG,
    _BRING,
    _PAY_THEN_CLAIM,
    _CLAIM_AT,
    _HAND_OVER,
    _CALL,
    _CLAIM_GO,
    _UPLOAD_IN,
    _IN_SECTION,
)
_WAY = rx(
    r"[“\"]?[^,;。]{0,8}(?:窗口|线上|网上|不见面|自助|医疗机构|医院|电话|掌上|现场|线下|手机)[”\"]?[^,;。]{0,4}(?:备案|办理|申请|登记|申报)"
)


_CONDITION = rx(r"(?:垫付|自费|刷卡|提交|上传|办理)的[,]?$|的,先?由(?:个人|参保人员?)[^,;。]{0,8}$")
_STEP_PIECE = rx(
    r"点[开选]|填好|填完|注册|(?<!未)激活|(?<!已)(?:将|把)[^;。]{2,60}?(?:交|发|寄|(?<!推)送|报|传)(?:至|到|给|往)|打电话|发短信|(?<![^,;。:])(?:拨打|致电)|向[^,;。]{2,16}申请|(?:交|寄|送|发)(?:到|至|回)|(?:交|递交)(?:材料|资料)|报销$|选[好定]|选择|登[录陆]|打开|进入|点击|点[“\"【\[]|找到|勾选|填写|填报|填[张好]|录入|输入|上传|提交|搜索|搜[“\"]|携带|(?:持|带|拿|凭)[^;。]{2,80}(?:到|至|前往|去|向|回|交)|前往|垫付|垫钱|签署|拍照|扫码|下载|等待|自费结算|全额支付|查看"
)


def _pieces(doc: Document, sentence: Span) -> list[tuple[int, int]]:
    """A sentence cut before each clause of action; what leads up to the first stays with it."""
    pieces: list[tuple[int, int]] = []
    for clause in doc.clauses(sentence):
        text = doc.folded[clause.start : clause.end]
        if (
            pieces
            and rx(r"(?:并)?(?:前往|到|去|至)").match(text)
            and rx(r"携带?|持|带|拿|凭|备齐").search(doc.folded[pieces[-1][0] : pieces[-1][1]])
        ):
            pieces[-1] = (pieces[-1][0], clause.end)  # 携带…,前往…办理 is one thing done
        elif pieces and not (
            _CLAUSE_START.match(text) and _STEP_PIECE.search(doc.folded[pieces[-1][0] : pieces[-1][1]])
        ):
            if _STEP_PIECE.search(doc.folded[pieces[-1][0] : pieces[-1][1]]) and rx(
                r"(?:如|若|其中|一般|审核|经办|工作人员|也可|由|享受|方可)"
            ).match(text):
                pieces.append((clause.start, clause.end))
            else:
                pieces[-1] = (pieces[-1][0], clause.end)
        else:
            pieces.append((clause.start, clause.end))
    return pieces


def _chain(text: str) -> list[str]:
    """Names of a chain with at least two arrows, or dashes between short names; [] where the text is none."""
    nodes = [node.strip('“”"【】[]「」 ,;。') for node in _ARROW.split(text)]
    if len(nodes) >= 3:
        return [node for node in nodes if node]
    chain = _DASHED.search(text)
    return [node.strip('“”"【】[]「」 ') for node in rx(r"-{1,2}").split(chain.group())] if chain else []


def _around_chain(doc: Document, sentence: Span) -> Iterator[tuple[int, int, str]]:
    """A chain of menu names with what leads up to it is one step; clauses of action behind it are steps of their own."""
    clauses = doc.clauses(sentence)
    last = max((i for i, c in enumerate(clauses) if _LINK.search(doc.folded, c.start, c.end)), default=0)
    yield sentence.start, clauses[last].end if last + 1 < len(clauses) else sentence.end, "steps.menu_chain"
    for clause in clauses[last + 1 :]:
        if _CASUAL.match(doc.folded, clause.start, clause.end) and (
            _LAST_ACT.match(doc.folded, clause.start, clause.end)
            or (
                not _step_clauses.SEEN.search(doc.folded, clause.start, clause.end)
                and not _DONE.search(doc.folded, clause.start, clause.end)
            )
        ):
            yield clause.start, clause.end, "steps.actions"


_LINK = rx(f"{_ARROW.pattern}|{_DASHED.pattern}")
_LAST_ACT = rx(r"(?:最后|然后|再)[^,;。]{0,4}?(?:提交|点|签|确认)[^,;。]{0,6}(?:就行|就好|就可以|即可)")
_DONE = rx(r"就(?:完成|行|好|可以)|后?(?:即|立即|即时|自动)(?:可|生效|完成)")


# ---- what a step is ------------------------------------------------------------------------------------
_MENU_NAME = rx(
    r"(?:进入|点击|点开|点选?|找到|选择|打开|搜索?|中的?|里的?|至|-|再点)\s*[“\"【「『\[]([^”\"】」』\]]{2,24})[”\"】」』\]]"
)


def _step(doc: Document, start: int, end: int, order: int, rule: str) -> Step:
    folded = doc.folded[start:end]
    chain = _chain(folded)
    kinds = [k for k in doc.codes("channel_kind", start, end) if k != "other"]
    actor = "agency" if _AGENCY.match(folded) else "hospital" if _HOSPITAL_ACTS.match(folded) else "applicant"
    flow = _step_flow.flow_of(doc, start, end, listed=rule == "steps.listed", agency=actor == "agency")
    if rule == "steps.stage":
        flow = "overall"
    menu = (
        tuple(chain)
        if chain
        else tuple(doc.text[start + m.start(1) : start + m.end(1)] for m in _MENU_NAME.finditer(folded))
    )
    return Step(
        flow=flow,
        order=order,
        text=doc.verbatim(start, end).strip(),
        channel_kind=tuple(dict.fromkeys(kinds)) or _KIND_OF.get(flow, ()),
        actor=actor,
        actions=tuple(doc.codes("step_action", start, end)),
        menu=menu,
        filing_types=_types(doc, start, end, flow),
        modality=doc.modality_of(start, end),
        evidence=doc.evidence((start, end)),
        rule=rule,
    )


def _types(doc: Document, start: int, end: int, flow: str) -> tuple[str, ...]:
    """Whom a step is for, by what heads it; a claim told in passing under some filing is everybody's."""
    index = doc.block_at(start)
    passing = flow == "reimbursement" and doc.blocks[index].kind == "paragraph"
    return (() if passing else doc.types_above(index)) or _subject(doc, start, end)


def _subject(doc: Document, start: int, end: int) -> tuple[str, ...]:
    """The filing type that a step begins with (异地转诊人员在…直接办理), or whose procedure the title promises."""
    first = next(iter(doc.types_named(start, end)), None)
    if first is not None and first.start == start:
        return (first.code,)
    return doc.title_types if rx(r"流程|步骤").search(doc.title) else ()
