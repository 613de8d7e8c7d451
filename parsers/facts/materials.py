"""Materials: what has to be handed in, shown or typed in, in which flow, by whom, and what may stand in for it.

In: a Document. Out: one `Material` per code and flow (rule of the domain: the same paper in several lists is one entry
with all its quotes), and an `Issue` "unknown_material" for a paper in a list that the vocabulary does not know.

A paper that is merely mentioned is no demand. A run of papers (see `_papers`) counts when it stands under a heading,
label or column for materials, when a verb of handing in governs it (携带…, 需提供…, 凭…), when several papers stand in
one breath, when the sentence is nothing but the list, or when a predicate behind it says so (…缺一不可).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from parsers.document import Document, Span
from parsers.facts._papers import (
    CLASS,
    IDENTITY,
    NEGATED,
    Entry,
    Paper,
    demands,
    entries,
    papers,
    runs,
    stranger,
    strangers,
    words_around,
)
from parsers.facts._scope import TITLE_OF_CLAIMS
from parsers.patterns import rx
from parsers.records import Issue, Material, joined

# ---- what heads a list of materials --------------------------------------------------------------------------
_HEAD = rx(
    r"材料(?!费)|(?:用到|用得上|所需|要交|提交|准备|提供|需要|要带|携带)的?文件|^(?:所需|申请|备案|证明|必备)?文件$|(?:身份|办理|申请|所需|应交|备案)凭证|(?:凭|拿|带|交|要|传)(?:些)?(?:什么|啥|哪些|哪样)(?!时候|条件|人|办法)|资料|佐证"
    r"|(?:传|拍|交)(?:什么|哪些|几张)?(?:图片|照片)|图片要求|(?:传|交|带|备|拍)的?(?:图片|照片|东西|件)|证件|要件|所需手续|哪些手续|什么手续|需要?的?手续|手续清单|证明文件|所需证明|(?:以下|下列)(?:证明|凭证|单据|票据)"
    r"|(?:带|交|准备|提供|提交|携带|上传|出示)(?:上|齐|好)?(?:些)?(?:什么|哪些|啥|哪几)"
    r"|(?:需|须|应|要|请)(?:当)?(?:要)?(?:提供|提交|携带|准备|带|出示|上传|交)|备齐|带齐|备好|请您?带|带来|自备|所需\s*:?$|需要\s*:$"
)
_OTHER_HEAD = rx(
    r"流程|步骤|程序|时限|期限|时间|待遇|结算|渠道|方式|途径|地点|地址|电话|依据|对象|条件|范围|注意|说明|备注|查询|比例|政策|"
    r"机构|标准|收费|有效期|变更|取消|什么是|问答|提示|入口|操作|指南|怎么|如何|哪里|规定|管理|服务"
)
"""What heads something else: the search for a heading of materials ends there."""
_WAY = rx(r".{0,12}(?:备案|办理|窗口|线上|线下|网上|方式|渠道|服务)")
"""A heading that only tells the way (线下备案) lets the one above it speak."""
_NAMES_COLUMN = rx(r"(?:材料|资料|证件)(?:名称|清单|目录)?\s*$")
_DETAIL_COLUMN = rx(r"形式|来源|份数|要求|说明|必要|类型|备注|序号|编号|依据")
_SHORT_OTHER_HEAD = rx(r"怎么|流程|步骤|时限|时间|多久|电话|咨询|地址|依据|办理方式|渠道|条件|对象|网上|现场|备注|说明")

_ONE_OF_LIST = rx(r"(?:之一|任[一选意][^,。;:]{0,6}|其中一[种项样个])[^,。;:]{0,8}:")
_ONE_OF_LEAD = rx(r"(?:之一|任[一选意][^,。;:]{0,6}|其中一[种项样个])[^,。;:]{0,8}[:)]*$")
"""What opens a list of papers of which one will do."""
_ONE_OF_WAYS = rx(r"(?:渠道|途径|方式|办法|平台|入口|条路|条道)[^,。;]{0,6}任")
"""三条路任选: of ways, not of papers."""

# ---- what makes a run a demand -------------------------------------------------------------------------------
_WEAK = rx(r"[需须应]|包括|包含|需要|只要|[附交填备送带]|使用|下载|打印|出具|刷")
"""Verbs that govern only what follows them closely."""
_KEPT = rx(r"保管|妥善|注意|核对|检查|了解|确认|激活|补办|申领|遗失")
"""应妥善保管发票: the duty is another one."""
_FETCHED = rx(r"(?:到|去|请|由|先|须?需|找)[^,。;]{0,30}开(?:具|个|一张|张)?(?:的)?$")
_OTHERS_ACT = rx(
    r"(?:^|[,;。:由经])[^,。;至到在向往]{0,12}"
    r"(?:医师|医生|主任|医保[办科]|科室|经办机构|经办人员|工作人员|(?:经治|转出|接诊|主治|收治|就诊)医院|医疗机构|定点医院)[^,。;提携凭]{0,12}$"
)
_DUTY = rx(
    r"(?:^|[,:])[^,。;:向到去找由在持凭]{0,10}(?:医疗机构|医药机构|医院|医师|医生|经办机构|医保部门|部门)(?:应当?|须|必须|负责|不得)"
    r"(?![^。;]{0,40}(?<![向为给对])(?:参保人员?|患者|家属|个人)(?:应|须|需|可|持|凭|提供|携带|提交))[^。;]{0,50}$"
)
"""医疗机构应如实记录病历: what others do with papers is asked of nobody."""
_BY_OTHERS = rx(
    r"由[^,。;]{0,8}(?:医院|医生|医师|医疗机构|经办机构|工作人员|医保[办科]|系统)(?:直接|统一|负责|在系统[里中]?|从系统)?"
    r"(?:上传|推送|录入|传|生成|打印|调取|调用)[^,。;]{0,4}$"
)
"""由转出医院上传电子转诊单: done for everybody, asked of nobody."""
_PREDICATE = rx(
    r"[^,。;]{0,4}(?:拍(?:成|个|张)?照|拍下来|传上去?|交上去?|交[给到]|给(?:他们|医院|护士|医生|工作人员|窗口)|寄[给到回]|带上|带着)|等?(?:材料|资料|证件)?[^,。;]{0,6}?(?:都要有|缺一不可|必不可少|必须(?:提供|有|携带)|必备|即可办理|就(?:能|可以?)办|各[一1]份|原件及?"
    r"|(?:需|须|要|应)(?:提供|提交|上传|携带|一并)|的,?[也还请应需须可以一并]{0,6}(?:提供|提交|上传|携带|出示))"
)
_SPARED = rx(
    r"等?(?:材料|证件|资料)?(?:这些|这类|之类的?|什么的|一类的?)?(?:材料|证件|资料|东西)?(?:都|也|均|一律|全部)?(?:不需要|不用|不需|不要(?!求)|一?概不|不收|无需|无须|不再(?:需要|收取|要求|提供|提交)"
    r"|不必|免(?:了|交|提供|收)|省了|不要求)(?![^,。;]{0,4}(?:原件|复印件|盖章))"
    r"|等?(?:材料|证件|资料|信息)?(?:都|均|可|由系统|系统)?(?:可以?)?(?:通过|由|从|经)[^,。;]{0,14}(?:共享|调取|调用|核查|比对)(?!不到|失败|不了|不出|无果)"
    r"|由[^,。;]{0,8}(?:医院|医生|医师|医疗机构|系统)[^,。;]{0,6}(?:上传|传给|传到|推送|录入|发送)"
)
"""A predicate behind a run that waives it."""
_PROGRAMME = rx(r"[^,。;]{0,4}(?:推进|推广|推动|扩大|加强|完善|深化|优化|提升|强化)")
"""推广医保电子凭证: an aim, not a demand."""
_SPOKEN_OF = rx(
    r"(?:查询|查看|查阅|了解)[^,。;]{0,6}$|(?:信息|数据|费用|范围|内容)(?:主要)?(?:包括|包含|有|指)[^,。;]{0,6}$|(?:变更|修改|更新|更换|核实|完善)(?:本人|个人|参保)?[^,。;]{0,3}$"
)
_USED_UP = rx(
    r"的[\u4e00-\u9fff]{0,6}(?:人员|居民|参保人|患者|群众)|[^,。;]{0,8}(?:刷新|激活)|[^,。;]{0,10}(?:银行|网点)(?![^,。;]{0,12}(?:备案|报销|登记))|[^,。;]{0,6}(?:进行|予以|真伪)[^,。;]{0,4}(?:审核|核验|核对|抽查|审查)"
    r"|等?(?:即可|可|进行)?(?:查询|打印|登录|注册|激活|申领|取号|挂失|实名)|[^,。;]{0,4}(?:并|且)(?:上传|录入|推送)[^,。;]{0,6}(?:标识|标志|信息|系统)"
)
"""What follows a paper that one has, looks into or uses for something else."""
_KEPT_SECRET = rx(
    r"(?:不要|切勿|请勿|勿|别|不得|不能|不可)[^,。;]{0,6}(?:发给|发送|发到|透露|泄露|告诉|告知|提供给|交给|借给|转给)"
)
"""身份证号、医保码不要发给陌生人: a warning."""
_BEFALLEN = rx(r"丢失|遗失|挂失|激活|申领|补办(?!备案|登记|手续)|作废|伪造|冒用|泄露|转借|出借|绑定")
_FILLING = rx(
    r"[(][^()]*[)]|原件|复印件|[\d一二两三四]+[份张寸]|任选其一|[^\u4e00-\u9fff]|和|及|或者?|以及|材料|本人|有效|近期|异地|等"
)

# ---- flow, modality, condition -------------------------------------------------------------------------------
_TREATED = rx(
    r"直接刷|一卡通|直接结(?!算备案)|刷一?下|联网(?:定点)?医|直接报销|出院|收费处|就医|就诊|住院|入院|结算|购药|挂号|刷卡|看病|取药"
    r"|看门诊|登记入院|治疗|支付|直接住(?!址)|只(?:需|用|要|管)?(?:付|缴|交|掏)|个人(?:负担|自付)|(?:能|可以?|即可|直接|一)刷"
    r"|[就能可][以]?结(?!算备案|案|束|合|果)|护士站"
    r"|^(?:直接)?去(?=[就刷用结,。;]|$)|直接去|给(?:他们|医院|护士|医生)"
)
_WHILE_TREATED = rx(
    r"(?:就诊|就医|住院|入院|出院|挂号|结算|购药|看病|买药|缴费)(?:登记|手续)?(?:结算)?(?:时|的时候|期间|当天|那天|的,)|收费处|(?:住院|入院|挂号|出院|结算)(?:登记)?(?:处|部|窗口|服务台)|接诊医院"
    r"|(?:看病|看门诊|就诊|就医|住院|拿药|取药)(?:的话)?,|(?:不用|无需|不需要?|不必|免)[^,。;]{0,3}(?:备案|登记)[^。;]{0,6}(?:带|拿|凭|持|刷)"
)
_FILING_WORDS = rx(
    r"异地就医(?:直接结算)?(?:登记)?备案|异地就医(?:人员|登记|申请|手续|备案)|就医(?:地|备案|登记)|结算(?:备案|手续)?(?=备案)|转诊|备案"
)
"""Words with 就医 or 结算 in them that speak of filing."""
_AT_THE_DESK = rx(r"报销手续|零星报销|手工报销|窗口|经办|医保(?:中心|局|服务)|服务中心")
_AT_THE_HOSPITAL = rx(
    r"(?:医院|出院|入院|住院|挂号|缴费|收费|结算|住院处)[^,。;]{0,10}(?:窗口|结算|登记|手续)|(?:收费|结算|挂号|缴费)窗口|窗口[^,。;办]{0,10}(?:直接|即时|联网)结算|自助机"
)
_ADMITTED = rx(r"(?:入院|住院|出院|挂号|缴费)(?:登记|手续|结算)?(?:时|的时候|当天)")
_TREATMENT_LABEL = rx(r"(?:就医|就诊|结算|刷卡|看病)(?:凭证|介质|方式|时)?:\s*$")
_SHOWN = rx(r"揣|持|凭|刷|出示|亮|扫|使用|带|拿|用|把")
_FILING_CUE = rx(r"备案|登记(?!住院)|转往|转外|(?:转诊|转院)(?!患者|人员|病人|的)|申请办理|办理手续|变更|取消|承诺")
_CLAIM_CUE = rx(r"报销|零星|零报|手工|垫付|现金支付|费用申报|回参保地结算|待遇申领|理赔")
_FILED_COLUMN = rx(r"已备案|备案后|直接结算|持卡|刷卡|就医时")
_CLAIM = frozenset(
    "invoice fee_list discharge_summary bank_account reimb_form prescription doctor_order settlement_list".split()
)
"""Papers of a claim, unless the text says filing in the same breath."""
_OF_A_CLAIM = rx(r"认定书|判决书")
_MOSTLY_CLAIM = frozenset({"medical_record", "exam_report", "injury_statement"})
"""… and where it says nothing of filing at all."""
_AT_ADMISSION = rx(
    r"(?:直接|联网|即时)结算|(?:入院|住院)(?:时|\d|的患者)|因外伤(?:入院|住院)|交(?:给)?(?:医院)?医保[办科部]|医保部|联网登记|入院登记"
)
"""Where a statement on an injury is taken by the hospital."""
_OPTIONAL = rx(r"如适用|如有|若有|视情况|如需|必要时|如果有|有则提供|根据需要|根据情况|非必须|非必要|可选")
_ONE_ONLY = rx(r"[(]?(?:如有|若有|如果有)[的]?[)]?")
"""…、出院证、转诊表（如有）: said of the last paper of a list only."""
_MAY = rx(r"可能|可(?:以)?(?:选择|自愿|另行|同时|一并|自行|直接)?(?=提供|提交|上传|签|填|用|出示|附|补充|使用|\.)")
_MUST = rx(r"必须|需要?|须|应当?|要求|务必|一律")
_HAVING = rx(r"(?:^|[,;。(:])\s*有([^,。;]{2,14})的[,也可还]")
_HEDGES = (
    ("may", rx(r"可能")),
    ("recommended", rx(r"建议|最好|推荐")),
    ("usual", rx(r"一般|通常")),
)
_INSTEAD = rx(
    r"即可|代替|替代|先行?办|[来]?[顶抵]|(?:也|亦|都|一样)(?:行|认|可以?|能|算)|的?,?(?:可以?)?(?:免|不再|无需|不用)"
    r"|(?:的?方式)?[^,。;]{0,6}(?:[的者],|的[^,。;]{0,4}(?:满|未满|须满|要满))"
)
"""What behind a promise says that it stands in for proofs, or that it is one of two ways (用承诺书备案的，…)."""
_IN_PLACE = rx(r"(?:改|换|代|顶|替)(?:为|成|用|签|交)?(?:一份|一张|个)?$|或者?[^,。;、]{0,8}$")
_WITHOUT = rx(r"没有|(?:拿|开|交|找)不[出到]|无法|不能提供|暂无|提供不了")
_CONDITION = rx(
    r"(?:^|[,;:。(])\s*((?:[^,。;:()]{0,24}?(?:的|(?<![暂及同随即按临准届平])时|者|患者|情形|情况下|之外|未成年人|老年人))"
    r"|(?:因|若|如|如果|对于|属于|委托)[^,。;:()]{2,24}?(?:的|时))[,]?"
    r"(?=(?:还|另|应|须|需|要|可|均|也|则|只|仅|并|再|同时|额外|另外|凭|持|带|提供|提交|填写|签))"
)
_CONDITION_NOTE = rx(r"适用|情况|的$|时$|者$|户籍|人员|学生|患者|代办|未成年|本地|外地|农民|职工|退休|如有|如需")
_DETAIL_NOTE = rx(r"复印|原件|盖章|出具|领取|下载")
_CHANGE = r"(?:变更|更改|修改|取消|撤销|注销|终止|改备案)(?:备案|登记|手续|就医地)*"
_FOR_A_CHANGE = rx(rf"[^,。;、备登不未]{{0,14}}(?P<what>{_CHANGE}(?:[、或和及]者?{_CHANGE})*)")
_TO_CHANGE = rx(
    rf"(?:^|[,;。])[^,。;不未]{{0,10}}(?:要来|来|去|办理?|申请|需要?|想)[^,。;不未]{{0,4}}(?P<what>{_CHANGE}(?:[、或和及]者?{_CHANGE})*)的?,[^;。不]{{0,12}}$"
)
_CHANGE_TAKES = rx(
    rf"(?:^|[,;。])[^,。;不未]{{0,8}}?(?P<what>{_CHANGE}(?:[、或和及]者?{_CHANGE})*)(?:的|时)?,?[^,。;不]{{0,3}}(?:需|须|要|凭|带|持|拿)[^,。;]{{0,4}}$"
)
"""A change for which showing who one is will do: 凭身份证即可办理变更, 要来取消备案,带身份证就行."""
_OWN_SUBJECT = rx(
    r"(?:人员|患者|职工|学生|老人|居民|的)(?:还|另|应当?|须|需要?|要|可|得|均){0,3}(?:提供|提交|带|持|凭|携带|上传|交|填|加|附|报)"
)
"""A clause that says whom it means does not inherit from the clause before."""
_IMPLIED = {
    "referral_form": "referral",
    "emergency_proof": "emergency",
    "residence_proof": "long_term",
    "settlement_proof": "retired_resettled",
    "enrolment_proof": "student",
    "work_proof": "stationed_work",
    "dispatch_letter": "stationed_work",
}
"""Whom a paper is for where the text names nobody."""
_RESETTLED = rx(r"首页|常住人口登记卡|迁")
"""Marks of a household book that shows that the person moved."""
_UMBRELLA = {"referral": "temporary", "emergency": "temporary"}

# ---- who issues it, how many ---------------------------------------------------------------------------------
_ISSUED_BEFORE = rx(
    r"([^,。;、:()]{2,30}?)(?:所?(?:出具|开具|开立|核发|签发|发放|盖章确认)|(?<=[院构门区会位局])开)的?(?:有效)?$"
)
_ISSUER_BEGINS = rx(r"携带|提供|提交|上传|出示|请让|让|请|带|凭|持|须|需要?|应当?|可|由|经|有|和|及|或")
_ISSUED_AFTER = rx(r"(?:由|经)([^,。;:()]{2,30}?)所?(?:出具|开具|开立|核发|签发|发放)")
_REQUIREMENT = rx(r"((?:需|须|应|要|并)?[^,。;()]{0,24}?(?:签字|盖章|签章|加盖[^,。;()]{0,8}章|签名)[^,。;()]{0,6})")
_COUNT = rx(r"([一二两三四五\d]{1,2})([份张页套])")
_NUMBER = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_TYPED_IN = rx(
    r"(?:填写?|填好|填报|录入|输入)[^,。;]{0,20}(?:地址|日期|时间|备案地|就医地|联系人|医院|城市|类型)(?:[、和及与,][^、,。;]{2,8}){0,2}[、和及与]$"
)
"""填写备案地、开始日期、联系电话: data among other data of the form."""
_LOOKED_UP = rx(r"查询|实名|验证码|激活(?![^,。;]{0,8}备案)")
"""Data typed in to look something up, or to prove who one is."""
_TYPED_FIRST = rx(r"(?:填写?|填好|填上|填入|填报|输入|报|留)(?:一下|好|上|您的?|本人的?|自己的?|参保人的?)?$")
"""填身份证号、所在城市就行: right behind the verb."""
_MORE_NAME = rx(r"证明书|证明材料|材料|书")


def find(doc: Document) -> Iterator[Material | Issue]:
    """All materials of a page, merged, in order of their first mention; then issues."""
    found: list[Material] = []
    issues: list[Issue] = []
    # the list of which one will do that is being read, and where it began in `found`
    choice: tuple[int, int] | None = None
    columns = {block.col_head for block in doc.blocks}
    for index in range(len(doc.blocks)):
        if index in columns or _describes(doc, index) or _row_spared(doc, index):
            continue
        listed = _listed(doc, index)
        carried: str | None = None
        for sentence in doc.sentences_of(index):
            place = _choice(doc, index, sentence, carried)
            if choice is not None and (place is None or place != choice[0]):
                found[choice[1] :] = _one_of(found[choice[1] :])
                choice = None
            if place is not None and choice is None:
                choice = place, len(found)
            flow = _read(doc, sentence, found, listed=listed, carried=carried, issues=issues)
            # 需提供：A；B；C — verb and flow reach over semicolons of their own block
            carried = flow if doc.folded[sentence.end : sentence.end + 1] == ";" else None
    if choice is not None:
        found[choice[1] :] = _one_of(found[choice[1] :])
    yield from _merge(found)
    yield from issues


def _choice(doc: Document, index: int, sentence: Span, carried: str | None) -> int | None:
    """The block that says that one paper of the list will do (以下材料任选其一：), where a sentence belongs to such a list."""
    block = doc.blocks[index]
    first = doc.sentences_of(index)[0]
    opening = _ONE_OF_LIST.search(doc.folded, first.start, first.end)
    told = doc.folded[first.start : opening.start()] if opening else ""
    if opening and doc.hits("material", first.start, opening.start()):
        return None  # 需备案表,并附下列之一:…: what stands before is asked for in any case
    if opening and told.count("(") == told.count(")") and (sentence == first or carried):
        return index
    if block.kind == "item":
        above = next((i for i in range(index - 1, -1, -1) if doc.blocks[i].kind != "item"), None)
        return next(
            (
                i
                for i in (block.parent, above)
                if i is not None
                and _ONE_OF_LEAD.search(lead := doc.block_text(i).rstrip()[-40:])
                and not _ONE_OF_WAYS.search(lead)
            ),
            None,
        )
    return None


def _one_of(facts: list[Material]) -> list[Material]:
    """The papers of such a list as one demand: the first, the others its alternatives."""
    if len(facts) < 2 or len({(f.flow, f.filing_types) for f in facts if f.code not in _IMPLIED}) > 1:
        return facts
    first, *rest = facts
    codes = [code for f in rest for code in (f.code, *f.alternatives) if code not in (first.code, "other")]
    evidence = tuple({(e.start, e.end): e for f in facts for e in f.evidence}.values())
    return [replace(first, alternatives=tuple(dict.fromkeys((*first.alternatives, *codes))), evidence=evidence)]


# ---- where a list of materials stands ------------------------------------------------------------------------
def _listed(doc: Document, index: int) -> bool:
    """Whether a block stands in a list of materials: by its columns, its label, or what heads it."""
    block = doc.blocks[index]
    if block.kind == "cell":
        row, column = (None if head is None else doc.block_text(head) for head in (block.row_head, block.col_head))
        if column is not None and _has_names_column(doc, block.table):
            return _names_papers(column)
        for head in (row, column):
            if head and (_HEAD.search(head) or _OTHER_HEAD.search(head)):
                return bool(_HEAD.search(head))
    if block.kind != "heading" and (label := doc.label_of(index)):
        text = doc.folded[label[0] : label[1]]
        if _HEAD.search(text):
            return True
        if _OTHER_HEAD.search(text) or text in ("注", "问"):
            return False
    return _headed(doc, index)


def _headed(doc: Document, index: int) -> bool:
    """Whether the nearest block above that heads a subject heads materials."""
    block = doc.blocks[index]
    if block.kind == "cell":
        # a table stands under the line before it
        above = next((i for i in range(index - 1, -1, -1) if doc.blocks[i].kind != "cell"), None)
        if above is not None and (doc.blocks[above].kind == "heading" or doc.block_text(above).rstrip().endswith(":")):
            return bool(_HEAD.search(doc.block_text(above)[-60:])) or _headed_by_parents(doc, index)
        return _headed_by_parents(doc, index)
    if (told := _short_head(doc, index)) is not None:
        return told
    return _headed_by_parents(doc, index)


def _headed_by_parents(doc: Document, index: int) -> bool:
    for parent in doc.above(index):
        text = doc.block_text(parent)
        if len(text) > 60:
            text = text[text.rfind("。", 0, -1) + 1 :]
        if doc.blocks[parent].kind != "heading" and not rx(r"[:?]\s*$").search(text) and len(text) > 24:
            continue
        if _HEAD.search(text):
            return True
        if _OTHER_HEAD.search(text) and not _WAY.fullmatch(text):
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
        if (
            len(text) <= 10
            and not rx(r"[,。;:、()·\d]").search(text)
            and not doc.hits("material", other.start, other.end)
        ):
            if _HEAD.search(text) and not text.endswith("需要"):
                return True
            if _SHORT_OTHER_HEAD.search(text):
                return False
    return None


def _describes(doc: Document, index: int) -> bool:
    """A cell beside a column of material names: it says how many, what form, from whom; it demands nothing."""
    block = doc.blocks[index]
    if block.kind != "cell" or block.col_head is None or not _has_names_column(doc, block.table):
        return False
    return not _names_papers(doc.block_text(block.col_head))


_UNSAID = rx(r"^(?:其他|其它|相关|有关)|^(?:证明|申请|备案|报销|所需)(?:材料|资料)$")
"""Words for papers that say nothing of their kind."""
_ROW_SPARED = rx(
    r"(?:可?免(?:于|予)?(?:提交|提供|交)|(?:无需|不需|不用|无须|不必)(?:再|申请人)?(?:提交|提供|交)|系统(?:自动)?生成"
    r"|(?:通过)?(?:部门|系统|信息|数据)*共享(?:获取|核验|提供)?)"
)


def _row_spared(doc: Document, index: int) -> bool:
    """A paper in a table of materials whose row says that nobody hands it in (免提交, 系统生成)."""
    block = doc.blocks[index]
    if block.kind != "cell" or block.col_head is None or not _has_names_column(doc, block.table):
        return False
    return any(
        other.table == block.table
        and other.row == block.row
        and other is not block
        and _ROW_SPARED.fullmatch(doc.folded[other.content : other.end].strip(" 。"))
        for other in doc.blocks[max(0, index - 8) : index + 12]
    )


def _names_papers(column: str) -> bool:
    return bool(
        rx(r"材料|资料|证件|要件|凭证|^(?:所需|申请|备案|证明|必备)?文件(?:名称)?$").search(column)
    ) and not _DETAIL_COLUMN.search(column)


def _has_names_column(doc: Document, table: int | None) -> bool:
    """A table with a column of material names: its other columns describe, they demand nothing."""
    heads = {b.col_head for b in doc.blocks if b.table == table and b.col_head is not None}
    return any(_NAMES_COLUMN.search(doc.block_text(head)) for head in heads)


# ---- reading one sentence ------------------------------------------------------------------------------------
def _read(
    doc: Document, sentence: Span, found: list[Material], *, listed: bool, carried: str | None, issues: list[Issue]
) -> str | None:
    """Add the demands of one sentence to `found`, and what the vocabulary does not know to `issues`.

    `carried` is the flow so far; the flow of the last demand comes back, None where there is none.
    """
    text = doc.folded
    named = papers(doc, sentence)
    before = len(found)
    if not named:
        in_list = listed and doc.blocks[sentence.block].kind != "heading"
        if in_list and (name := stranger(text[sentence.start : sentence.end])):
            issues.append(Issue("unknown_material", name, *doc.printed(sentence.start, sentence.end)))
            found.append(_unknown(doc, sentence, name))
            return found[-1].flow
        return None
    lacking = None
    for run in runs(text, sentence, named):
        if _negated(text, sentence, run[0]) or _SPARED.match(text, run[-1].tail):
            lacking = run[0].code if _LACKED.match(text, run[-1].tail) else None
            continue
        told = listed or carried or _is_demand(text, sentence, run, named) or _is_item(doc, sentence, named)
        if not (told or _under_class(doc, sentence, run)):
            continue
        ahead = text[sentence.start : run[0].start]
        if _BY_OTHERS.search(ahead) or (not listed and _DUTY.search(ahead)):
            continue
        facts: list[Material] = []
        for entry in entries(text, run, sentence):
            if fact := _material(doc, sentence, entry, run, listed=listed, carried=carried):
                facts.append(fact)
                if entry.paper.of_two:
                    facts.append(replace(fact, code="agent_id"))
        if lacking is None and found and CLASS.get(found[-1].code) == "standing" and _ALSO.match(ahead):
            lacking = found[-1].code
        if not (lacking and _stands_in(found, lacking, facts)):
            found += facts
        lacking = None
    if len(found) > before:
        last = found[-1]
        for start, end in strangers(text, sentence, named):
            issues.append(Issue("unknown_material", doc.text[start:end], *doc.printed(start, end)))
            found.append(replace(_unknown(doc, sentence, doc.text[start:end]), flow=last.flow, evidence=last.evidence))
    return found[-1].flow if len(found) > before else None


def _under_class(doc: Document, sentence: Span, run: list[Paper]) -> bool:
    """异地安置退休:户口簿首页: a class of people, a colon, and nothing but papers."""
    before = doc.folded[sentence.start : run[0].start]
    after = doc.folded[run[-1].tail : sentence.end]
    return (
        before.rstrip().endswith(":")
        and len(after) <= 8
        and (
            bool(doc.types_in(sentence.start, run[0].start))
            or before.rstrip(" :").endswith(("的", "者", "人员", "患者"))
        )
    )


def _stands_in(found: list[Material], lacking: str, facts: list[Material]) -> bool:
    """没有居住证的，可提供租房合同: what is asked for instead is an alternative of the demand that stands before."""
    codes = [code for fact in facts for code in (fact.code, *fact.alternatives) if code not in (lacking, "other")]
    for i in range(len(found) - 1, max(-1, len(found) - 7), -1):
        if found[i].code == lacking and codes and all(fact.flow == found[i].flow for fact in facts):
            found[i] = replace(found[i], alternatives=tuple(dict.fromkeys((*found[i].alternatives, *codes))))
            return True
    return False


def _is_demand(text: str, sentence: Span, run: list[Paper], named: list[Paper]) -> bool:
    before, after = text[sentence.start : run[0].start], text[run[-1].tail : sentence.end]
    if _KEPT_SECRET.search(after):
        return False
    if text[sentence.end - 1] == "?" or _PROGRAMME.match(before) or _SPOKEN_OF.search(before) or _USED_UP.match(after):
        return False
    if run[0].code == "commitment" and rx(r"[^,。;]{0,4}(?:代替|替代|来顶|顶上|顶$)").match(after):
        return True
    predicated = _PREDICATE.match(text, run[-1].tail, min(sentence.end, run[-1].tail + 24))
    return bool(
        predicated
        or _several(text, sentence, run)
        or _is_label(text, sentence, run[0])
        or _governed(text, sentence, run[0])
        or _is_list(text, sentence, named)
    )


def _governed(text: str, sentence: Span, first: Paper) -> bool:
    """A verb of handing in before the run, near enough and with nothing else happening in between."""
    before = text[sentence.start : first.start]
    if _FETCHED.search(before):
        return True
    verbs = demands(before)
    if not verbs:
        return False
    verb = verbs[-1]
    gap = before[verb.end() :]
    reach = 10 if _WEAK.fullmatch(verb.group()) else 34
    while gap.startswith("的"):  # 医院出具的诊断证明, 本人填写的表: the verb before it counts
        verbs.pop()
        if not verbs:
            return verb.group() == "出具" and bool(rx(r"需|须|应|要").search(before))
        verb = verbs[-1]
        gap, reach = before[verb.end() :], 44
    if _WEAK.fullmatch(verb.group()) and _KEPT.search(gap):
        return False
    if verb.group() in ("填写", "签署", "填", "上传", "录入", "输入", "打印", "核验", "查验") and _OTHERS_ACT.search(
        before[: verb.start()]
    ):
        return False
    return len(gap) <= reach and not rx(r"[。;!?]|[,](?![^,]{0,12}(?:的|和|及|或|$))").search(gap)


def _several(text: str, sentence: Span, run: list[Paper]) -> bool:
    """Two papers and more in one breath are a demand, whatever the verb (攒好发票和清单), unless something befell them."""
    codes = {p.code for p in run}
    if len(codes - {"other"}) < 2 and not (len(run) > 1 and run[0].code == "basic_info"):
        return False
    if codes <= IDENTITY | {"other"} and not rx(r"[把将用拿刷凭带持交验]").search(
        text[max(sentence.start, run[0].start - 14) : run[0].start]
    ):
        return False  # 医保电子凭证与社保卡具有同等效力
    return not _BEFALLEN.search(text, max(sentence.start, run[0].start - 10), min(sentence.end, run[-1].tail + 10))


def _is_label(text: str, sentence: Span, first: Paper) -> bool:
    """“转诊证明(如适用):由…出具”: the name of the paper as a label, what is said of it behind the colon."""
    return (
        first.start - sentence.start <= 8
        and text[first.tail : first.tail + 2].lstrip().startswith(":")
        and bool(rx(r"出具|开具|填写|签字|提供|复印|原件|盖章|[(:]如").search(text[first.tail : sentence.end]))
    )


def _is_list(text: str, sentence: Span, named: list[Paper]) -> bool:
    """The sentence is nothing but a list of papers."""
    body = text[sentence.start : sentence.end]
    if len(body) > 160 or (len(named) < 2 and not rx(r"[\d一二两]份|原件|复印件").search(body)):
        return False
    return len(_FILLING.sub("", body)) - sum(p.end - p.start for p in named) <= max(4, 0.2 * len(body))


def _is_item(doc: Document, sentence: Span, named: list[Paper]) -> bool:
    """An item that is nothing but the name of a paper, in a list whose other items name papers too."""
    block = doc.blocks[sentence.block]
    body = _FILLING.sub("", doc.folded[sentence.start : sentence.end])
    if block.kind != "item" or block.parent is None or len(body) - sum(p.end - p.start for p in named) > 2:
        return False
    if rx(r"不需|无需|不用|免").search(doc.block_text(block.parent)):
        return False
    return any(
        b is not block and b.parent == block.parent and b.kind == "item" and doc.hits("material", b.start, b.end)
        for b in doc.blocks
    )


_ALSO = rx(r"\s?(?:也|亦)(?:可以?|能)(?:用|凭|拿|签|提供)[^,。;]{0,6}$")
"""也可以用承诺书代替: said of the paper right before."""
_LACKED = rx(r"的|(?:也|都)?(?:不要紧|没关系|没事|不怕|不打紧|不着急|别急|不用急)|怎么办")
"""What follows a paper that somebody may not have: the next one stands in for it."""
_REPLACED = rx(r"(?:承诺书?|声明)(?:的方式|方式|制)?(?:来|的)?(?:替代|代替|取代)(?:了|原来?的?|纸质)?$")
"""用个人承诺替代居住证明: the paper that a promise stands for."""


def _negated(text: str, sentence: Span, first: Paper) -> bool:
    window = text[max(sentence.start, first.start - 24) : first.start]
    if _REPLACED.search(window):
        return True
    matches = list(NEGATED.finditer(window))
    if not matches:
        return False
    gap = window[matches[-1].end() :]
    return len(gap) <= 12 and not rx(
        r"[,。;:]|的[,]?(?:可|应|需|须|凭|持|用|以|拿)|提供|提交|上传|出示|勾选|[凭签附带持交填写]"
    ).search(gap)


# ---- one demand as a fact ------------------------------------------------------------------------------------
def _material(
    doc: Document, sentence: Span, entry: Entry, run: list[Paper], *, listed: bool, carried: str | None
) -> Material | None:
    text, paper = doc.folded, entry.paper
    if (paper.code == "other" and _UNSAID.search(paper.form)) or (
        paper.code == "basic_info" and not _is_data(text, sentence, paper, run, listed=bool(listed or carried))
    ):
        return None
    tail, notes = text[paper.end : paper.tail], " ".join(paper.notes)
    last_or_label = paper is run[-1] or text[paper.tail : paper.tail + 1] in (":", "(")
    after = text[paper.tail : min(sentence.end, paper.tail + 60)] if last_or_label else ""
    count = _COUNT.search(tail)
    number = (int(count[1]) if count[1].isdigit() else _NUMBER.get(count[1][:1])) if count else None
    flow = _flow(doc, sentence, run, paper, carried)
    return Material(
        evidence=doc.evidence(_quote(doc, sentence, run)),
        rule="materials.demand",
        filing_types=_types(doc, sentence, run, paper, flow),
        modality=_modality(text, sentence, run, paper),
        condition=_condition(text, sentence, run, paper),
        code=paper.code,
        name=_name(doc, paper),
        flow=flow,
        form="information" if paper.code == "basic_info" else "declaration" if paper.form == "承诺" else "document",
        alternatives=_codes(p for p in entry.alternatives if p.code != paper.code),
        examples=_codes(entry.examples),
        original=True if "原件" in tail or "原件" in notes else None,
        copies=number if count and count[2] == "份" else 1 if "复印件" in tail else None,
        count=number if count and count[2] == "张" else None,
        issuer=_issuer(text, sentence, paper, notes, after),
        channel_kind=_channel(doc, sentence, run),
        requirement=next((found[1] for place in (notes, after) if (found := _REQUIREMENT.search(place))), None),
    )


def _unknown(doc: Document, sentence: Span, name: str) -> Material:
    heads = doc.heads_text(sentence.block)
    return Material(
        evidence=doc.evidence(sentence),
        rule="materials.unknown",
        filing_types=doc.types_of(sentence.start, sentence.end),
        modality="must",
        code="other",
        name=name,
        flow="reimbursement" if _CLAIM_CUE.search(heads) else "filing",
    )


def _is_data(text: str, sentence: Span, paper: Paper, run: list[Paper], *, listed: bool) -> bool:
    """Data to type in: at least two, or one that is a list item of its own, or an ID number that is enough."""
    if sum(p.code == "basic_info" for p in run) >= 2 or paper.form == "基础信息":
        return True
    before = text[sentence.start : paper.start]
    if before.endswith(("凭", "凭本人")) and "号" in paper.form:
        return True
    if _LOOKED_UP.search(text, sentence.start, sentence.end):
        return False
    if (typed := _TYPED_IN.search(before)) or (
        (typed := _TYPED_FIRST.search(before))
        and ("号" in paper.form or "电话" in paper.form or text.startswith("、", paper.tail))
    ):
        return not _OTHERS_ACT.search(before[: typed.start()])
    return listed and paper.end - sentence.start <= 8 and not rx(r"\s*[:\d]").match(text[paper.end : paper.end + 3])


def _codes(of: Iterable[Paper]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.code for p in of if p.code != "other"))


def _name(doc: Document, paper: Paper) -> str:
    """The name as printed: with its 《》 where it has them."""
    opened = doc.text.rfind("《", max(0, paper.start - 30), paper.start)
    if (
        opened >= 0
        and "》" not in doc.text[opened : paper.start]
        and (closed := doc.text.find("》", paper.end, paper.end + 8)) >= 0
    ):
        return doc.text[opened : closed + 1]
    more = _MORE_NAME.match(doc.text, paper.end)
    return doc.text[paper.start : more.end() if more else paper.end]


def _quote(doc: Document, sentence: Span, run: list[Paper]) -> tuple[int, int]:
    """The clause or clauses that hold the run; the whole sentence where it is short."""
    if sentence.end - sentence.start <= 70:
        return sentence.start, sentence.end
    clauses = _clauses(doc, sentence, run)
    start, end = clauses[0].start, clauses[-1].end
    return (start, end) if end - start <= 200 else (run[0].start, max(run[-1].tail, run[-1].end))


def _clauses(doc: Document, sentence: Span, run: list[Paper]) -> list[Span]:
    return [c for c in doc.clauses(sentence) if c.end > run[0].start and c.start < run[-1].tail] or [sentence]


def _types(doc: Document, sentence: Span, run: list[Paper], paper: Paper, flow: str) -> tuple[str, ...]:
    """Whom a paper is asked of; what a claim or a visit takes is asked of everybody, whatever the page is about."""
    noted = not any(rx(r"[章签]").search(note) for note in paper.notes)
    named = (doc.types_in(paper.end, paper.tail) if noted else ()) or _subject(doc, sentence, run)
    if not named and flow == "filing":
        named = doc.types_above(sentence.block, before=sentence.start) or doc.title_audience
    if {"long_term", "temporary"} <= set(named):
        named = ()
    implied = _IMPLIED.get(paper.code) if paper.code != "enrolment_proof" or flow == "filing" else None
    if paper.code == "household_book" and flow == "filing" and (_RESETTLED.search(doc.folded, paper.start, paper.tail)):
        implied = "retired_resettled"
    return (implied,) if implied and (not named or named == (_UMBRELLA.get(implied),)) else named


def _subject(doc: Document, sentence: Span, run: list[Paper]) -> tuple[str, ...]:
    """Filing types named before the run or between its papers; one inside a name is none (异地安置认定材料)."""
    clause = doc.clause_at(run[0].start)
    places = [(clause.start, run[0].start)]
    if not _OWN_SUBJECT.search(doc.folded[clause.start : run[0].start]):
        places.append((sentence.start, run[0].start))
    places += [(left.tail, right.start) for left, right in pairwise(run)]
    behind = doc.folded[run[-1].tail : doc.clause_at(run[-1].start).end].partition("(")[0]
    places.append((run[-1].tail, run[-1].tail + len(behind)))
    return next((found for start, end in places if start < end and (found := doc.types_in(start, end))), ())


def _flow(doc: Document, sentence: Span, run: list[Paper], paper: Paper, carried: str | None) -> str:
    """filing | treatment | reimbursement: by the clause, the sentence, the sentence before, then the heads, nearest first."""
    text = doc.folded
    codes = {p.code for p in run}
    clauses = _clauses(doc, sentence, run)
    clause = words_around(text, clauses[0].start, clauses[-1].end, run)
    heads = doc.heads_text(sentence.block).split("\n")
    if not TITLE_OF_CLAIMS.search(heads[-1]):
        heads[-1] = _CLAIM_CUE.sub("", heads[-1])
    if codes <= IDENTITY and _shown_in_treatment(doc, sentence, run, clauses, heads):
        return "treatment"
    before = doc.sentences_before(sentence)[:1]
    among_bills = any("invoice" in doc.codes("material", s.start, s.end) for s in before)
    if (
        paper.code == "injury_statement"
        and not among_bills
        and _AT_ADMISSION.search(text, clauses[0].start, sentence.end)
    ):
        return "treatment"
    if rx(r"预交金|押金条").search(clause):
        return "treatment"
    claim = (
        paper.code in _CLAIM
        or _OF_A_CLAIM.search(paper.form) is not None
        or bool(codes & {"invoice", "fee_list"})
        or _among_bills(doc, sentence)
    )
    if _CLAIM_CUE.search(clause):
        return "reimbursement"
    if _FILING_CUE.search(clause) and not claim:
        return "filing"
    if carried and not _FILING_CUE.search(words_around(text, sentence.start, sentence.end, run)):
        return carried
    earlier = [text[s.start : s.end] for s in doc.sentences_before(sentence)[:3]]
    for cue in (words_around(text, sentence.start, sentence.end, run), *earlier, *heads):
        claimed, filed = _CLAIM_CUE.search(cue), _FILING_CUE.search(cue)
        if claimed and filed:
            return "reimbursement" if claim or claimed.start() < filed.start() else "filing"
        if claimed or (filed and not claim):
            return "reimbursement" if claimed else "filing"
        if filed and cue is not heads[-1] and rx(r"备案.{0,6}(?:材料|资料)|(?:材料|资料).{0,6}备案").search(cue):
            return "filing"
    return "reimbursement" if claim or paper.code in _MOSTLY_CLAIM else "filing"


def _shown_in_treatment(doc: Document, sentence: Span, run: list[Paper], clauses: list[Span], heads: list[str]) -> bool:
    """持社保卡…直接结算: cards that are shown to the hospital."""
    text = doc.folded
    if len(heads[0]) <= 12 and any(len(head) <= 12 and _FILED_COLUMN.search(head) for head in heads[:2]):
        return True
    before, after = text[clauses[0].start : run[0].start], text[run[-1].tail : clauses[-1].end]
    if _TREATMENT_LABEL.search(before):
        return True
    if len(after) < 4:
        after = text[run[-1].tail : min(sentence.end, run[-1].tail + 40)]
    if rx(r"刷[^,。;]{0,4}$").search(before) and not rx(r"终端|自助|备案").search(before + after):
        return True
    if not _SHOWN.search(before[-12:]):
        return False
    after = _FILING_WORDS.sub("", after)
    during = _WHILE_TREATED.search(_FILING_WORDS.sub("", text[sentence.start : clauses[-1].end]))
    at_the_desk = _AT_THE_DESK.search(after) and not _AT_THE_HOSPITAL.search(after) and not _ADMITTED.search(before)
    return bool(_TREATED.search(after) or during) and not at_the_desk


def _among_bills(doc: Document, sentence: Span) -> bool:
    """An item of a list, or a cell of a row, that also asks for invoices: a claim, whatever the list is called."""
    block = doc.blocks[sentence.block]
    text = doc.folded[sentence.start : sentence.end]
    if block.end - block.start > 60 or rx(r"备案(?!表|登记表|材料)|转诊(?!单|表|证明)").search(text):
        return False
    if block.kind == "cell":
        near = [b for b in doc.blocks if (b.table, b.row) == (block.table, block.row)]
    elif block.kind == "item" and block.parent is not None:
        near = [b for b in doc.blocks if b.kind == "item" and b.parent == block.parent]
    else:
        return False
    return any("invoice" in doc.codes("material", b.start, b.end) for b in near if b.end - b.start <= 60)


def _modality(text: str, sentence: Span, run: list[Paper], paper: Paper) -> str:
    notes = " ".join([*paper.notes, *(() if _ONE_ONLY.fullmatch(" ".join(run[-1].notes)) else run[-1].notes)])
    before = text[sentence.start : run[0].start]
    clause = before[before.rfind(",") + 1 :]
    after = text[paper.tail : min(sentence.end, paper.tail + 10)]
    if (
        _OPTIONAL.search(notes)
        or _OPTIONAL.search(clause)
        or rx(r"\((?:如|若|视)").match(after)
        or (_OPTIONAL.match(text, run[-1].tail) and not _ONE_ONLY.match(text, run[-1].tail))
        or _HAVING.search(text[sentence.start : run[0].end + 4])
    ):
        return "optional"
    if (
        paper.code == "commitment"
        and paper.form != "承诺"
        and (_INSTEAD.search(after) or _WITHOUT.search(before) or _IN_PLACE.search(text[sentence.start : paper.start]))
    ):
        return "may"
    for modality, hedge in _HEDGES:
        if hedge.search(clause) or (modality == "may" and hedge.search(notes)):
            return modality
    return "may" if _last(_MAY, clause) > _last(_MUST, clause) else "must"


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((m.start() for m in pattern.finditer(text)), default=-1)


def _condition(text: str, sentence: Span, run: list[Paper], paper: Paper) -> str | None:
    """The clause under which the paper is asked for: a note in brackets, 有…的, or 代办的 before the verb."""
    for note in paper.notes:
        if len(note) <= 30 and _CONDITION_NOTE.search(note) and not _DETAIL_NOTE.search(note):
            return note
    if found := next((n for n in run[-1].notes if _OPTIONAL.search(n) and not _ONE_ONLY.fullmatch(n)), None):
        return found
    if having := _HAVING.search(text[sentence.start : run[0].end + 4]):
        return f"有{having[1]}的"
    matches = list(_CONDITION.finditer(text[sentence.start : run[0].start]))
    told = matches[-1][1].strip() if matches else ""
    if {p.code for p in run} <= IDENTITY and not _CHANGING.search(told):
        changed = (
            _FOR_A_CHANGE.match(text, run[-1].tail, sentence.end)
            or _TO_CHANGE.search(text[sentence.start : run[0].start])
            or _CHANGE_TAKES.search(text[sentence.start : run[0].start])
        )
        told = changed["what"] if changed else told
    return told or None


def _channel(doc: Document, sentence: Span, run: list[Paper]) -> str | None:
    """The medium that the list belongs to: the only one its sentence names, or the nearest head that names just one."""
    block = doc.blocks[sentence.block]
    heads = [doc.blocks[i] for i in (block.row_head, block.col_head, *doc.above(sentence.block)) if i is not None]
    places = [(sentence.start, run[-1].tail), *((head.start, min(head.end, head.start + 40)) for head in heads)]
    for start, end in places:
        if kinds := doc.codes("channel_kind", start, end):
            return kinds[0] if len(kinds) == 1 else None
    return None


def _issuer(text: str, sentence: Span, paper: Paper, notes: str, after: str) -> str | None:
    if found := _ISSUED_BEFORE.search(text[max(sentence.start, paper.start - 44) : paper.start]):
        name = _ISSUER_BEGINS.split(found[1])[-1].lstrip(".的本人 ")
        if len(name) >= 2:
            return name
    return next((found[1] for place in (notes, after) if (found := _ISSUED_AFTER.search(place))), None)


# ---- one entry per code and flow -----------------------------------------------------------------------------
def _merge(found: list[Material]) -> Iterator[Material]:
    """One entry per code and flow; a demand with quite other alternatives stays apart."""
    merged: list[Material] = []
    for fact in found:
        for i, known in enumerate(merged):
            if (known.code, known.flow) != (fact.code, fact.flow) or (
                known.code == "other" and known.name != fact.name
            ):
                continue
            if fact.code in IDENTITY and _for_change(known) != _for_change(fact):
                continue  # what a change takes is a demand of its own (rule 8 of the domain's boundary cases)
            if known.alternatives and fact.alternatives and not set(known.alternatives) & set(fact.alternatives):
                continue
            merged[i] = _union(known, fact)
            break
        else:
            merged.append(fact)
    yield from merged


_CHANGING = rx(r"变更|修改|取消|撤销|注销|终止|改备案")


def _for_change(fact: Material) -> bool:
    return fact.condition is not None and _CHANGING.search(fact.condition) is not None


_STRENGTH = ("must", "usual", "some_regions", "recommended", "may", "optional")


def _union(a: Material, b: Material) -> Material:
    """Two demands for the same paper: for all whom either names, under a condition only where both have one."""
    everybody = not a.filing_types or not b.filing_types
    optional = a.modality == "optional"
    modality = a.modality if optional else min((a.modality or "must", b.modality or "must"), key=_STRENGTH.index)
    if a.code == "commitment" and not optional and "may" in (a.modality, b.modality):
        modality = "may"  # 凭承诺书办的…: whoever chose it
    return replace(
        a,
        evidence=joined(a.evidence, b.evidence),
        filing_types=() if everybody else tuple(sorted({*a.filing_types, *b.filing_types})),
        alternatives=tuple(dict.fromkeys((*a.alternatives, *b.alternatives))),
        examples=tuple(dict.fromkeys((*a.examples, *b.examples))),
        modality=modality,
        condition=(a.condition or b.condition) if optional else (a.condition and b.condition),
        issuer=a.issuer or b.issuer,
        requirement=a.requirement or b.requirement,
        # what stands first on a page is not more than what stands below it
        name=min(a.name, b.name, key=lambda name: (len(name), name)),
        channel_kind=a.channel_kind if a.channel_kind == b.channel_kind else None,
        original=a.original or b.original,
        copies=a.copies or b.copies,
        count=a.count or b.count,
    )
