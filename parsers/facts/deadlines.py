"""Deadlines: periods and points in time, with what they run from (DOMAIN.md §8, RULES.md on deadlines).

A deadline shows itself in one of four ways, and each has its reader here:
- a duration (3个工作日, 半年, 次日, 当场) whose kind the words around it tell (`_timed`);
- a fixed day of the year (次年3月31日前, `_dated`);
- a unit in words (长期有效, 仅限当次, `_lasting`);
- an anchor alone (就医前备案, 出院结算前补办, `_anchored`).
The words around a duration are read with the duration replaced by ◆ and other durations by ◇, first in its clause,
then in growing parts of its sentence, at last under what heads it. A period that stands beside filing words and that no
rule explains is an Issue `unknown_unit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from parsers.document import Document, Span
from parsers.facts._scope import geo_of, listed_types, short_types
from parsers.facts._words import words
from parsers.quantities import Duration, durations, fixed_dates
from parsers.records import Deadline, Evidence, Issue

# ---- words the patterns are made of ---------------------------------------------------------------------------
_FILE = r"(?:备案|报备|(?<!住院)(?<!入院)(?<!失业)登记(?!表|窗口)|转诊手续|转院手续|补办|补报|备过案|备好|备上|备一下)"
_MAKEUP = (
    r"(?:补办|补备|补登|补报|补录|补充(?:办理)?(?:异地就医)?备案|补充登记|后补|才补|再补|补上|补一|补做|补个|补手续|补齐(?![^,]{0,6}(?:材料|证明|资料))"
    r"|事后备案|补(?=$|[,。;])|补(?:一个|个)?(?:转诊|备案|手续))"
)
_ADMISSION = words("anchor", "admission")
_CARE = words("anchor", "treatment")
_LEAVING = rf"(?:{words('anchor', 'departure')}|离开[^,。前]{{1,6}})"
_MOVING = words("anchor", "residence_start")
_SETTLING = words("anchor", "discharge_settlement")
_DISCHARGE = words("anchor", "discharge")
_EXPENSE = words("anchor", "expense")
_APPLYING = words("anchor", "application")
_CHANGE = (
    r"(?:变更|更改|改变|更换|变动|调整|修改|取消|撤销|撤消|撤回|注销|终止|解除|回迁"
    r"|改动|再改|改(?:备案|就医|居住|地|到|成|回)|换(?:地|就医|城市)|改(?=$|[,;。的])|撤(?=$|[,;。的掉不])|动(?=$|[,;。]))"
)
_BAN = r"(?:不得|不能|不可|不予|不再|不允许|不准|不许|不宜|不要|不支持|不办理|不受理|不给|无法|莫|别|限制|原则上不|不(?=变更|更改|取消|变动|撤|注销|改|调))"
_LIVE = (
    r"(?:居住(?!证)|生活|工作(?!日)|务工|打工|定居|常驻|长驻|常住|长住|驻|住在|就读|学习|求学|上学|读书|安置|派驻|派出|创业|就业|谋职|自谋职业|暂住|居留"
    r"|养老|(?<!因)在外(?!地?就医|地?看病|地?住院)|随迁|投靠)"
)
_CLAIM = r"(?:报销|零报|结报|补报销|手工|零星|核报|申报)"
_SLIP = r"(?:转诊|转院|转外|转诊转院)(?:就医)?(?:单|证明|证|表|函|意见|介绍信|申请表|审批表|手续|备案表|材料)"
_SUFFIX = r"(?:之日|当日|当天|日期|之时|时间|手续|成功|治疗|登记|日|费用|医疗费|的)*"
_SINCE = r"(?:[的次]?(?:之?日|日期|次日)?(?:起算?|开始)|[之以]?后|起|的?次日起)?的?,?"

_KINDS: tuple[tuple[str, str], ...] = (
    # promises and limits on changing: before validity, since both speak of the same months
    ("min_no_change", rf"◆(?:以内|之内|内|里|期间|期限内|的)?[^,]{{0,8}}?{_BAN}[^,]{{0,12}}{_CHANGE}"),
    (
        "min_no_change",
        rf"{_CHANGE}[^,]{{0,12}}(?:时限|期限|间隔|周期|限制|须间隔|应间隔|需间隔|相隔)的?,?[^,]{{0,14}}◆",
    ),
    ("min_no_change", rf"(?:未满|不满|不足|没到|不到)◆[^,]{{0,8}}{_CHANGE}不了"),
    (
        "min_no_change",
        rf"{_CHANGE}[^,]{{0,6}}(?:后|的),?[^,]{{0,6}}间隔[^,]{{0,3}}◆|间隔[^,]{{0,3}}◆[^,]{{0,4}}(?:才|方|可|后)[^,]{{0,8}}{_CHANGE}",
    ),
    ("min_no_change", rf"{_CHANGE}[^,]{{0,8}}(?:的|时),(?:须|需|应|必须|至少)?[^,]{{0,6}}(?:满|超过|间隔)◆"),
    ("min_no_change", rf"(?:未满|不满|不足|未达到?|没到|不到)◆[^,]{{0,10}},?[^,]{{0,10}}{_BAN}[^,]{{0,10}}{_CHANGE}"),
    ("min_no_change", rf"◆[^,]{{0,6}}(?:后|方|才|始|以上)[^,]{{0,14}}{_CHANGE}"),
    ("min_no_change", rf"(?:满|超过|达到?|够)◆[^,]{{0,4}},?[^,]{{0,12}}{_CHANGE}"),
    (
        "min_no_change",
        rf"{_CHANGE}[^,]{{0,14}}(?:须|需|应|必须|至少|要|得)[^,]{{0,4}}(?:间隔|满|超过|相隔|达到?|等|隔)[^,]{{0,3}}◆",
    ),
    # after coming home
    ("card_return", r"(?:取消|撤销|注销|终止|返回|解除|销)[^。]{0,24}◆[^,]{0,16}(?:恢复|享受|使用|转回)"),
    ("card_return", r"◆[^,]{0,6}(?:起)?(?:即可|可|就)?(?:恢复|重新享受)"),
    # the referral slip, care after filing
    ("treatment_window", rf"{_SLIP}[^,备案]{{0,8}}(?:有效|使用期|时效)[^,]{{0,10}}◆"),
    (
        "claim_window",
        rf"(?:{_DISCHARGE}|{_EXPENSE}|发票|票据|单据){_SUFFIX}[^,◆]{{0,6}}◆(?:以内|之内|内)?(?:报销)?有效",
    ),
    (
        "treatment_window",
        rf"(?:{_SLIP}|开具|开出)[^。]{{0,14}}◆[^,]{{0,4}}内?[^,]{{0,6}}(?:有效|入院|住院|就医|就诊|住进|前往|使用)",
    ),
    (
        "treatment_window",
        (
            rf"(?:备案|登记|转诊|审批|审核通过|开具)[^,]{{0,6}}(?:后|之日起|次日起|起),?[^,◆]{{0,10}}◆以?内[^,]{{0,6}}(?:未|没)?(?:能|到|前往"
            rf"|办理)?[^,]{{0,8}}(?:入院|住院|就医|就诊|住进)(?![^,]{{0,8}}{_FILE})"
        ),
    ),
    # filing relative to care: strong, since it names what the period runs from
    (
        "advance_filing",
        (
            rf"(?:{_CARE}|{_ADMISSION}|{_LEAVING}|{_MOVING})(?:的)?(?:之前|以前|前)[^,或后]{{0,4}}(?:至少|最少|提前)?[^,]{{0,2}}◆(?:内"
            rf"|以内)?[^。]{{0,30}}(?:{_FILE}|办好|办妥|办完|办理好)"
        ),
    ),
    ("advance_filing", rf"(?:{_CARE}|{_ADMISSION}|{_LEAVING}|{_MOVING})的?◆(?:之前|以前|前)[^。]{{0,30}}{_FILE}"),
    ("advance_filing", rf"(?:提前|提早|至少|最好)[^,]{{0,4}}◆(?:以上)?(?!告知)[^。]{{0,30}}{_FILE}"),
    (
        "advance_filing",
        (
            rf"(?:{_LEAVING}|{_CARE}|{_ADMISSION})(?:的)?(?:之前|以前|前)?◆前?[^,]{{0,2}}(?:可|应|须|需|请|就|到|向"
            rf"|通过)(?![^,]{{0,8}}费用)(?<=前◆[可应须需请就到向通]|◆前[可应须需请就到向通])"
        ),
    ),
    ("advance_filing", r"(?:应|须|需|要|请)(?:至少|最少)?提前◆(?:$|[,。;])"),
    ("advance_filing", rf"{_FILE}[^。]{{0,14}}(?:提前|提早)[^,]{{0,4}}◆"),
    (
        "advance_filing",
        rf"备案[^,:]{{0,6}}:[^。]{{0,14}}(?:{_CARE}|{_ADMISSION}|{_LEAVING}|{_MOVING})(?:的)?(?:之前|以前|前)[^,或后]{{0,4}}◆",
    ),
    ("makeup_window", rf"备案[^,:]{{0,6}}:[^。]{{0,20}}(?:{_ADMISSION}|{_SETTLING}|{_DISCHARGE}){_SUFFIX}{_SINCE}◆"),
    (
        "makeup_window",
        (
            rf"(?:转诊|转院|转诊证明|转诊单|开具)(?:证明|单|手续)?(?:开具)?(?:之日|日)?(?:后|起|之后),?[^,◆]{{0,6}}◆(?:以内|之内"
            rf"|内)[^。]{{0,20}}(?:{_FILE}|{_MAKEUP}|办理)(?!完)"
        ),
    ),
    ("advance_filing", rf"◆前[^,]{{0,20}}{_FILE}[^。]{{0,20}}(?:{_CARE}|{_ADMISSION})"),
    ("makeup_window", rf"(?:{_SETTLING}|{_DISCHARGE})(?:的)?前◆[^,]{{0,12}}(?:办妥|办好|完成|{_FILE}|{_MAKEUP})"),
    (
        "makeup_window",
        rf"(?:{_ADMISSION}|{_CARE}|{_SETTLING}|{_DISCHARGE}){_SUFFIX}{_SINCE}(?:的|在|应于|应在|须在|于)?◆(?![之以]?前)[^。]{{0,40}}{_FILE}",
    ),
    (
        "makeup_window",
        rf"(?:{_ADMISSION}|急诊|抢救|先行?住院|出院)[^。]{{0,40}}◆(?:\(含\))?(?:以内|之内|内|前)[^。]{{0,40}}(?:{_FILE}|{_MAKEUP})(?!的?(?:有效|审核))",
    ),
    ("makeup_window", rf"◆(?:\(含\))?(?:以内|之内|内|前)?[^,]{{0,30}}{_MAKEUP}"),
    ("makeup_window", rf"{_MAKEUP}[^,]{{0,14}}(?:时限|期限|时间|最迟|不超过|限于|应在)[^,]{{0,12}}◆"),
    (
        "makeup_window",
        rf"(?:备案|手续)[^。]{{0,12}}(?:最迟|最晚|不迟于|不晚于|不超过)[^,]{{0,10}}(?:{_ADMISSION}|{_DISCHARGE})[^,]{{0,6}}◆",
    ),
    # claims and money
    (
        "payment_time",
        r"◆(?:\(含\))?[^。]{0,20}(?:拨付|到账|打款|付款|支付(?!比例)|发放|转入|划拨|划入|划转|打入|打到|汇入|汇到|转账|兑付)",
    ),
    ("payment_time", r"(?:拨付|到账|支付|付款|打款)(?:时限|时间|期限|周期)?[^,]{0,10}◆"),
    (
        "claim_window",
        (
            rf"(?:{_DISCHARGE}|{_EXPENSE}|{_SETTLING}|费用|发票|票据|年度终了|年度结束|次年){_SUFFIX}[^,◆]{{0,10}}◆[^。]{{0,40}}(?:{_CLAIM}|申请|提交"
            rf"|递交|报送|交到|送到|寄到|送交|寄|交回|医保局|医保中心|经办机构|办理(?!备案))"
        ),
    ),
    ("claim_window", rf"(?:{_CLAIM})[^,]{{0,6}}:?◆(?:以内|之内|内)有效"),
    ("claim_window", rf"(?:{_CLAIM})(?:的|申请|受理|材料|资料|业务|办理)*(?:时限|期限|时间|有效期|截止)[^,]{{0,14}}◆"),
    ("claim_window", rf"(?:期限|时限|时间|最迟|最晚)[^,]{{0,6}}(?:{_DISCHARGE}|{_EXPENSE}){_SUFFIX}{_SINCE}◆"),
    (
        "claim_window",
        rf"◆(?:以内|之内|内)[^。]{{0,30}}(?:申请|办理|申报|提交|递交|回|返回|持|携|凭|带|送|交)[^。]{{0,30}}{_CLAIM}",
    ),
    ("claim_window", rf"(?:{_CLAIM})[^。]{{0,30}}{_DISCHARGE}[^,]{{0,6}}◆以?内"),
    ("claim_window", r"(?:超过|逾期|超出)◆[^。登备]{0,24}(?:不予|不再|不能)[^,]{0,6}(?:报销|受理|支付|办理)"),
    # effect, then the agency's own time
    (
        "effective_time",
        (
            r"◆(?:\(?(?:零时|0时|零点|0点|凌晨)\)?)?(?:起|后|内|以内|之内|即可?|方可?|就|便|可以?)*(?:开始)?(?:生效|开通|有效生效|算(?!起)|可以用|可用"
            r"|能用|就能用)"
        ),
    ),
    (
        "effective_time",
        r"(?:备案|审核|审批|登记)[^,]{0,8}◆[^,]{0,4}?(?:起|后)(?:即|就|便)?(?:可以?|能)?(?:享受|使用|直接结算|刷卡|结算)",
    ),
    ("effective_time", r"(?:生效)(?:时间|日期)?(?:为|是|:|在)[^,]{0,10}◆"),
    (
        "processing_time",
        (
            r"◆(?:\(含\))?[^,。]{0,16}(?:办结|办理完|办完|审核|审批|审查|审完|审结|审毕|审理|通过|批复|答复|反馈|处理|受理完|办妥|办好|办理好|办成|出结果"
            r"|有结果|回复|短信|复核|录入|审毕|完成登记|(?:将|把)[^,]{0,10}(?:录入|上传|传上))"
        ),
    ),
    ("processing_time", r"(?:承诺(?!期)|法定|规定)(?:办结|办理)?(?:时限|期限)?:?[^,]{0,4}◆(?!内?(?:不|有效))"),
    ("processing_time", rf"{words('deadline_kind', 'processing_time')}[^,◆◇]{{0,16}}◆"),
    (
        "processing_time",
        r"(?:审核|办结|办理(?!备案)|审批|受理|完成),?[^,]{0,6}(?:需要?|不超过|不得超过|时间|为|约|在|只要|仅需|最快|最长|最多)[^,]{0,6}◆",
    ),
    ("processing_time", r"◆(?:办理|办件|办|备案成功|能办|可办|可以办|即可办|完成审|出证|搞定)"),
    # how long it lasts
    ("renewal", r"满◆[^,]{0,10}(?:确认|认证|复核|年审|复审|续)"),
    ("renewal", r"(?:每隔?|隔)◆[^,]{0,14}(?:更新|续|年审|审核|重新|办理一次|确认|认证|复核|复审|核实)"),
    ("renewal", r"(?:到期|期满|届满|有效期)[^,]{0,4}前[^,]{0,4}◆[^,]{0,24}(?:续|重新|延)"),
    (
        "validity",
        rf"(?<!居住证)(?<!暂住证)(?<!身份证)(?:有效期|{words('deadline_kind', 'validity')})(?:限|间)?[^,]{{0,10}},?[^,]{{0,12}}◆",
    ),
    ("residence_threshold", rf"{_LIVE}[^,]{{0,16}}◆(?:\(含[^()]{{0,4}}\))?[^,]{{0,2}}(?:以上|之上|及以上|或以上)"),
    (
        "residence_threshold",
        rf"{_LIVE}[^,]{{0,14}}(?:满|超过|达到?|不少于|不低于|不短于|至少|大于|已有|已经|逾)[^,]{{0,3}}◆",
    ),
    (
        "residence_threshold",
        rf"(?:连续|预计|计划|长期|累计|拟|时间)[^,]{{0,10}}◆(?:\(含\))?(?:及|或)?(?:以上)[^,]{{0,14}}{_LIVE}",
    ),
    ("residence_threshold", rf"(?:超过|满|达到?|连续)◆(?:以上)?(?:的|在)?[^,]{{0,10}}{_LIVE}"),
    ("residence_threshold", rf"{_LIVE}[^,]{{0,10}}◆的?(?:参保)?(?:人员|职工|居民|人|,|可|才)"),
    ("validity", rf"(?<!居住证)(?<!暂住证)(?<!身份证)(?:有效|{words('deadline_kind', 'validity')})[^,]{{0,16}}◆"),
    ("validity", r"◆(?:\(含\))?(?:以内|之内|内)?[^,]{0,4}(?:均|都|持续|一直)?有效(?!身份|证件|票据|的)"),
    ("validity", r"(?:有效|备案|登记)[^。]{0,20}◇[^,]{0,4}(?:延长|放宽|调整|缩短|统一)(?:至|到|为)◆"),
    ("validity", r"备案[^,]{0,8}(?:期限|时限|时长|周期|保留|使用期|最长|以)[^,]{0,8}◆"),
    (
        "validity",
        r"(?:长期|临时|转诊|备案|登记|外出|急诊)[^,]{0,10}(?:为|是|:|一般|管|的|一次管|能用|可用|能管)◆(?:$|,|;|。|\(|内)",
    ),
    ("validity", r"◆后[^,]{0,4}(?:自动|自行)?(?:失效|终止|到期)"),
    ("validity", r"有效[^。]{0,20}备案[^,]{0,4}◆(?:$|[,。;])"),
    ("validity", r"备案时间[^,]{0,4}(?:不(?:得)?超过|最长|为)[^,]{0,2}◆"),
    ("validity", r"(?:管|能用|可用|保留)◆(?:$|,|;|。)"),
    ("validity", r"(?:备案|审核通过|登记)(?:之日|次日|成功|完成)?(?:起|后)[^,]{0,2}◆(?:$|,|;|。|以?内有效|为限)"),
    ("validity", r"◆(?:以?内)[^,]{0,10}(?:多次|反复|任意|几次|不用再|无需再|不需再|不用重新|无需重新)"),
)
"""Kind and the words that tell it, in the order in which they are asked. ◆ = the duration, ◇ = another one."""

_WEAK: tuple[tuple[str, str], ...] = (
    (
        "processing_time",
        (
            r"(?<!超过)(?<!不到)(?<!未满)(?<!逾期)◆(?:\(含\))?(?:以内|之内|内|就|即可?|可)[^,取撤注销变再补无不重]{0,10}(?:完成|办理|备案|登记|生效|查询|查看"
            r"|上报|确认)"
        ),
    ),
    ("processing_time", r"(?:经办机构|医保局|医保中心|工作人员|后台)[^,]{0,14}◆"),
)
"""Asked last: these words also stand in deadlines of other kinds."""

_HEADS: tuple[tuple[str, str], ...] = tuple(
    (kind, words("deadline_kind", kind))
    for kind in (
        "claim_window", "payment_time", "treatment_window", "min_no_change", "makeup_window", "effective_time",
        "processing_time", "validity", "card_return", "renewal", "residence_threshold",
    )
)  # fmt: skip
"""What a heading, a label or a table head says of a bare value under it."""

_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_COMPILED_WEAK = tuple((kind, re.compile(pattern)) for kind, pattern in _WEAK)
_COMPILED_HEADS = tuple((kind, re.compile(pattern)) for kind, pattern in _HEADS)

_FOREIGN = re.compile(
    r"缴费|参保缴|缴纳|保费|征缴|筹资|等待期|新生儿|出生|连续参保|断保|停保|复通|周岁"
    r"|本(?:通知|办法|细则|规定|方案|意见|文件|规程|规范|政策|实施)[^,]{0,12}(?:有效|施行|执行|印发|试行)"
    r"|施行之?日|有效期(?:至|到)?(?:19|20)\d\d|印发之日|试行期|处方|开药|用药|带药|药量|公示|保管|保存|存档|归档|留存"
    r"|清算|对账|预付|周转金|上解|结算资金|住院天数|住院前◆|费用并入|合并计算|视为一次|视同一次|计为一次"
    r"|上班|办公时间|工作时间|自助服务|全天|24小时(?:服务|自助|热线|不打烊|开放|开通|均可|都可|随时|在线)"
    r"|举报|行政复议|诉讼|生育津贴|慢特?病[^,]{0,6}(?:认定|复审|资格|备案有效)|居住证[^,]{0,10}有效|(?:身份证|凭证|社保卡|证件)[^,]{0,4}有效|年内[^,]{0,3}(?:照片|免冠)"
    r"|近期|近◆|照片"
    r"|变更不(?:得)?超过|◆(?:以?内|中)[^,]{0,8}(?:只能|只准|仅能|仅可|限|最多)[^,]{0,4}(?:变更|更改|改|换)|任何◆|每◆|(?:延期|顺延)(?:时间"
    r"|期限)?(?:最长)?不(?:得)?超过◆|返校|医疗机构[^,]{0,12}(?:上传|报送|申报结算|申报费用)|建档|实现|目标|年底前(?:实现|达到|完成)|任期|聘期|罚"
)
"""Periods of other matters: contributions, the document itself, prescriptions, settlement among agencies."""

_OF_DOCUMENT = re.compile(
    r"(?:施行|执行|实施|印发)[^。]{0,14}[。,;]?(?:有效期|试行)|本(?:通知|办法|细则|规定|方案|意见|规程|规范)[^。]{0,40}有效期"
)
"""The validity of the notice itself, told in the sentence of its coming into force or right behind it."""

_SUPERSEDED = re.compile(
    r"(?:由|从|原(?:规定|来|有)?(?:的|为|是)?)[^,]{0,12}◆[^,]{0,6}(?:延长|调整|缩短|压缩|改|提高|放宽|变更?|增加|降)(?:至|到|为|成)"
)
"""The old value beside the new one (由6个月延长至12个月): not the rule in force (RULES.md 26)."""

_LTE_BEFORE = re.compile(
    r"(?:不(?:得)?超过|不长于|不晚于|不迟于|最迟|最晚|最长|最多|至多|不多于|缩短[至为到]|压缩[至为到]|压减[至为到]|控制在|不大于|以内)[^,◆]{0,4}◆"
    r"|◆(?:\([^()]*\))?(?:之内|以内|内|以下|之前|前)"
)
_GTE = re.compile(
    r"(?:不(?:少|低|短|小)于|不得(?:少|低)于|至少|最短|最少|满|超过|达到?|大于|提前|提早|够)[^,◆]{0,3}◆|◆(?:\([^()]*\))?(?:及其?|或)?(?:以上|之上)"
    r"|◆后(?:方|才|可)"
)
_DEFAULT_OPERATOR = {
    "validity": "eq",
    "effective_time": "eq",
    "card_return": "eq",
    "renewal": "eq",
    "residence_threshold": "gte",
    "min_no_change": "gte",
    "advance_filing": "gte",
}
"""Else `lte`: a time by which something is done."""

_PLACE: dict[str, tuple[str, str]] = {
    "validity": ("filing", "from"),
    "processing_time": ("application", "after"),
    "payment_time": ("application", "after"),
    "min_no_change": ("filing", "after"),
    "residence_threshold": ("residence_start", "from"),
    "effective_time": ("filing", "after"),
    "renewal": ("filing", "after"),
    "card_return": ("filing", "after"),
}
"""Kinds that run from one thing only: anchor and direction."""

_ANCHORS: dict[str, tuple[tuple[str, str], ...]] = {
    "makeup_window": (
        ("discharge_settlement", rf"(?:{_SETTLING})"),
        ("admission", rf"(?:{_ADMISSION})"),
        ("discharge", rf"(?:{_DISCHARGE})"),
        ("referral", r"(?:转诊|转院|开具)(?:证明|单|手续)?(?:开具)?(?:之日|日)?(?=后|起|之后)"),
        ("treatment", rf"(?:{_CARE})"),
    ),
    "advance_filing": (
        ("admission", rf"(?:{_ADMISSION})"),
        ("departure", rf"(?:{_LEAVING})"),
        ("residence_start", rf"(?:{_MOVING})"),
        ("treatment", rf"(?:{_CARE})"),
    ),
    "claim_window": (
        ("year_end", r"(?:次年|年度终了|年度结束|年底|结算年度)"),
        ("discharge", rf"(?:{_DISCHARGE})"),
        ("expense", rf"(?:{_EXPENSE}|发生的?[^,]{{0,8}}费用|费用发生|发票|票据)"),
        ("discharge_settlement", rf"(?:{_SETTLING})"),
    ),
    "treatment_window": (
        ("referral", rf"(?:{_SLIP}|转诊|转院|开具|开出)"),
        ("filing", r"(?:备案|登记)"),
    ),
}
_FALLBACK_ANCHOR = {
    "makeup_window": "admission",
    "advance_filing": "treatment",
    "claim_window": "discharge",
    "treatment_window": "referral",
}
_COMPILED_ANCHORS = {kind: tuple((a, re.compile(p)) for a, p in pairs) for kind, pairs in _ANCHORS.items()}


@dataclass(frozen=True, slots=True)
class _Found:
    """A deadline before it is a fact. `span` is its evidence, `at` the clause that decides whom it is for."""

    kind: str
    span: tuple[int, int]
    at: Span
    operator: str = "none"
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    workdays: bool = False
    anchor: str | None = None
    direction: str | None = None
    due: str | None = None
    raw: str | None = None
    rule: str = ""


def find(doc: Document) -> Iterator[Deadline | Issue]:
    """One fact per kind, value, anchor and filing types; repetitions on the page are further evidence."""
    merged: dict[tuple[object, ...], Deadline] = {}
    for sentence in doc.sentences:
        for item in _read(doc, sentence):
            if isinstance(item, Issue):
                yield item
                continue
            fact = _fact(doc, item)
            key = (
                fact.kind,
                fact.amount,
                fact.min,
                fact.max,
                fact.unit,
                fact.workdays,
                fact.anchor,
                fact.direction,
                fact.filing_types,
                fact.scheme,
                fact.due,
            )
            known = merged.get(key)
            merged[key] = replace(known, evidence=_joined(known.evidence, fact.evidence)) if known else fact
    yield from merged.values()


def _joined(old: tuple[Evidence, ...], new: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def _read(doc: Document, sentence: Span) -> Iterator[_Found | Issue]:
    """All deadlines of one sentence, in order of the readers; an anchor alone counts only where no number says more."""
    text = doc.folded[sentence.start : sentence.end]
    if len(text) < 2 or text.endswith("?") or is_local(doc, sentence, text):
        return
    clauses = doc.clauses(sentence)
    found: list[_Found] = []
    for reader in (_timed, _dated, _lasting, _renewed, _anchored):
        for item in reader(doc, sentence, text, clauses):
            if isinstance(item, Issue):
                yield item
            elif not any(_says_less(item, other) for other in found):
                found.append(item)
    yield from found


def _says_less(item: _Found, other: _Found) -> bool:
    """`item` repeats `other` of the same sentence without its value."""
    near = {item.anchor, other.anchor} <= {"discharge", "discharge_settlement"}
    same = (item.kind, item.direction) == (other.kind, other.direction) and (item.anchor == other.anchor or near)
    less = other.unit is not None or (item.anchor == "discharge" and other.anchor == "discharge_settlement")
    return (
        same
        and item.unit is None
        and (less or item.anchor == other.anchor)
        and item.span[0] <= other.span[1] + 3
        and other.span[0] <= item.span[1] + 3
    )


# ---- durations --------------------------------------------------------------------------------------------------
_AT_ONCE = re.compile(r"立等可取|即来即办|随到随办|马上就?办|秒办|秒批|即到即办|即办即[走结]|即申即[办享]|即办")
"""Words that speak of handling whatever stands beside them."""


def _timed(doc: Document, sentence: Span, text: str, clauses: list[Span]) -> Iterator[_Found | Issue]:
    """Durations, 次日 and 当场, each with the kind its surroundings tell."""
    previous: str | None = None
    for quantity in (found := durations(text)):
        start = sentence.start + quantity.start
        index = next((i for i, c in enumerate(clauses) if c.start <= start < c.end), None)
        if index is None:
            continue
        marked = [_marked(text, sentence, clause, found, quantity) for clause in clauses]
        clause = clauses[index]
        if (
            text[quantity.start : quantity.end].endswith(("日", "天"))
            and quantity.low == 1
            and re.match(r"起[^,]{0,3}◇", marked[index].partition("◆")[2])
        ):
            continue  # 自出院次日起一年内: the day only says when the year begins
        if re.search("有效|试行", marked[index]) and _OF_DOCUMENT.search(
            doc.folded[doc.blocks[sentence.block].start : clause.end]
        ):
            continue
        if (
            _FOREIGN.search(marked[index].replace("◆", text[quantity.start : quantity.end]))
            or _FOREIGN.search(marked[index])
            or _SUPERSEDED.search(marked[index])
        ):
            continue
        kind, lo, hi = _kind(doc, sentence, marked, index)
        if kind is None and _AT_ONCE.fullmatch(text[quantity.start : quantity.end]):
            kind, lo, hi = "processing_time", index, index
        if (
            kind is None
            and previous
            and quantity.unit != "immediate"
            and re.search(r"◆(?!前)", marked[index])
            and not re.search(r"[取撤注变]", marked[index])
        ):
            kind, lo, hi = previous, index, index  # 一般10个工作日,特殊情况不超过20个工作日
        if kind in ("processing_time", "payment_time", "validity"):
            previous = kind
        if kind == "processing_time" and _is_claim(doc, sentence, text):
            kind = "payment_time"
        if kind is None:
            if (
                quantity.unit != "immediate"
                and re.search(rf"{_FILE}|转诊|{_CLAIM}", marked[index])
                and re.search("◆(?:之内|以内|内|前|后)", marked[index])
            ):
                yield Issue("unknown_unit", doc.text[clause.start : clause.end], *doc.printed(clause.start, clause.end))
            continue
        window = ",".join(marked[lo : hi + 1])
        operator = _operator(kind, marked[index], window, quantity)
        anchor, direction = _place(kind, window, ",".join(marked[: index + 1]))
        if quantity.unit == "immediate" and kind not in ("processing_time", "effective_time", "card_return"):
            continue
        yield _Found(
            kind,
            (clauses[lo].start, clauses[hi].end),
            clause,
            operator,
            quantity.low,
            quantity.high,
            quantity.unit,
            quantity.workdays,
            anchor,
            direction,
            raw=text[quantity.start : quantity.end],
            rule="deadlines.timed",
        )


def _is_claim(doc: Document, sentence: Span, text: str) -> bool:
    """A time for handling that is about claims and not about filing: the sentence, else its nearest heading, tells."""
    for part in (text, *_heads(doc, sentence)[:2]):
        if re.search(r"备案|登记", part):
            return False
        if re.search(r"零星|手工|报销|零报|票据|发票", part):
            return True
    return False


def _marked(text: str, sentence: Span, clause: Span, all_of: list[Duration], one: Duration) -> str:
    """The text of a clause with the durations in it as ◆ (the one meant) and ◇."""
    parts, position = [], clause.start - sentence.start
    for q in all_of:
        if position <= q.start and q.end <= clause.end - sentence.start:
            parts += [text[position : q.start], "◆" if q is one else "◇"]
            position = q.end
    parts.append(text[position : clause.end - sentence.start])
    return "".join(parts)


def _kind(doc: Document, sentence: Span, marked: list[str], index: int) -> tuple[str | None, int, int]:
    """Kind of a duration and the clauses that show it: its own, then with the next, with the one before, the sentence."""
    last = len(marked) - 1
    before, after = max(index - 1, 0), min(index + 1, last)
    windows = dict.fromkeys(
        ((index, index), (index, after), (before, index), (before, after), (index, min(index + 3, last)), (0, index))
    )

    def asked(patterns: tuple[tuple[str, re.Pattern[str]], ...]) -> tuple[str, int, int] | None:
        for lo, hi in windows:
            window = ",".join(marked[lo : hi + 1])
            for kind, pattern in patterns:
                if pattern.search(window):
                    return kind, lo, hi
        return None

    if found := asked(_COMPILED):
        return found
    heads = _heads(doc, sentence)
    if any(_FILING_TIME.search(head) for head in heads[:2]):  # 备案时间 | 入院后3日内
        headed = f"备案:{marked[index]}"
        if kind := next((kind for kind, pattern in _COMPILED if pattern.search(headed)), None):
            return kind, index, index
    for head in heads:
        if kind := next((kind for kind, pattern in _COMPILED_HEADS if pattern.search(head)), None):
            return kind, index, index
    return asked(_COMPILED_WEAK) or (None, index, index)


_FILING_TIME = re.compile(r"(?:备案|登记|补办)(?:办理|申请)?(?:时间|时限|时点|要求|节点)|补办$")
"""A label under which a bare 入院前 or 出院结算前 is the time to file."""


def _heads(doc: Document, sentence: Span) -> list[str]:
    """What heads a sentence, nearest first, as far as it can name the kind of a bare value."""
    block = doc.blocks[sentence.block]
    heads = [
        doc.folded[doc.blocks[h].start : doc.blocks[h].end] for h in (block.row_head, block.col_head) if h is not None
    ]
    if label := doc.label_of(sentence.block):
        heads.append(doc.folded[label[0] : label[1]])
    above = (doc.blocks[parent] for parent in doc.above(sentence.block))
    return [*heads, *(doc.folded[b.start : b.end][:40] for b in above)]


def _operator(kind: str, clause: str, window: str, quantity: Duration) -> str:
    if quantity.unit == "immediate":
        return "none"
    if quantity.is_range:
        return "range"
    if kind == "min_no_change":
        return "lte" if "不超过◆" in clause.replace("得", "") and re.search(r"时限|期限|限制", window) else "gte"
    if kind == "residence_threshold":
        return "gte"
    if _LTE_BEFORE.search(clause):
        return "lte"
    if kind not in ("processing_time", "payment_time", "claim_window", "makeup_window") and _GTE.search(clause):
        return "gte"
    return _DEFAULT_OPERATOR.get(kind, "lte")


def _place(kind: str, window: str, sentence: str) -> tuple[str | None, str | None]:
    """Anchor and direction: fixed for most kinds, else the anchor word nearest before the duration, or after it."""
    if kind == "renewal" and re.search(r"前[^,]{0,4}◆", window):
        return "filing", "before"
    if kind in _PLACE:
        return _PLACE[kind]
    if kind not in _COMPILED_ANCHORS:
        return None, None
    left, _, right = window.partition("◆")
    direction = (
        "before"
        if kind == "advance_filing" or (kind == "makeup_window" and re.search(r"[^之以]前.{0,2}$", left))
        else "after"
    )
    for part, sign in ((left, 1), (right, -1), (sentence.partition("◆")[0], 1)):  # last before, first behind
        places: list[tuple[int, int, str]] = []
        for order, (anchor, pattern) in enumerate(_COMPILED_ANCHORS[kind]):
            places.extend((sign * match.end(), -order, anchor) for match in pattern.finditer(part))
        if places:
            return max(places)[2], direction
    return _FALLBACK_ANCHOR[kind], direction


# ---- fixed dates ------------------------------------------------------------------------------------------------
_VALID_UNTIL = re.compile(r"有效期?(?:限|至|到|截)|有效$|年内有效|有效期")


def _dated(doc: Document, sentence: Span, text: str, clauses: list[Span]) -> Iterator[_Found]:
    """Days of the year: until when a claim must be in, or a filing holds."""
    for date in fixed_dates(text):
        clause = next((c for c in clauses if c.start <= sentence.start + date.start < c.end), None)
        if clause is None:
            continue
        here = doc.folded[clause.start : clause.end]
        if _FOREIGN.search(here) or re.search(r"缴|参保登记|居民医保参保", text):
            continue
        context = f"{text}\n" + "\n".join(_heads(doc, sentence))
        raw = doc.text[sentence.start + date.start : sentence.start + date.end]
        kind, anchor, direction = None, "year_end", "before"
        if re.search(r"备案|登记", text) and _VALID_UNTIL.search(here):
            kind, anchor, direction = "validity", "filing", "from"
        elif re.search(_MAKEUP, here):
            kind = "makeup_window"
        elif re.search(rf"{_CLAIM}|费用|发票|票据|单据|垫付", context) and not re.search(r"备案(?!后|的)", here):
            kind = "claim_window"
            if re.search(r"发生的?[^,]{0,10}费用", doc.folded[clause.start : sentence.start + date.start]):
                anchor = "expense"
        if kind:
            yield _Found(
                kind,
                clause[:2],
                clause,
                "lte",
                unit="date",
                anchor=anchor,
                direction=direction,
                due=date.due,
                raw=raw,
                rule="deadlines.dated",
            )


# ---- units in words ---------------------------------------------------------------------------------------------
_LASTING = re.compile(
    "|".join(f"(?P<{unit}>{words('deadline_unit', unit)})" for unit in ("permanent", "per_visit", "as_needed"))
)
_LASTING_BARE = re.compile(
    r"[^:]{0,12}?:?(?P<permanent>长期|永久|不限|长期备案有效)?(?P<per_visit>当次|一次|单次)?[,。;]?"
)
_LASTING_LOOSE = re.compile(
    r"(?:有效期限?|有效时间|期限|时效)[^,]{0,6}?(?P<permanent>长期|永久|不限)|(?P<permanent2>长期备案有效|一次备案、?长期|一直(?:管用|能用|可用|有用)"
    r"|长期可用|长期使用|永久可用)"
    r"|(?P<permanent3>(?:不设|没有|没|取消|不限|未设|不再设)(?:置|定)?(?:备案)?(?:有效期限?|期限|截止日期?|截止|到期日?|时间限制|时限|期)(?:限制|日"
    r"|日期|一说|限|之说)?(?!的|内|间|以|后|变))"
    r"|(?P<per_visit>只(?:管|限|能用|适用于?)[^,]{0,3}[一1当本]次|(?:每次|一次)[^,]{0,6}(?:住院|就医)[^,]{0,4}(?:都|均|都要|均须|须"
    r"|需)[^,]{0,6}(?:重新)?备案)"
)
_OF_FILING = re.compile(r"备案|登记|转诊|异地|长期居住|临时外出")


def _lasting(doc: Document, sentence: Span, text: str, clauses: list[Span]) -> Iterator[_Found]:
    """Validity without a number: 长期有效, 仅限当次, 治疗结束为止."""
    heads = _heads(doc, sentence)
    under_validity = any(re.search(words("deadline_kind", "validity"), head) for head in heads[:2])
    for clause in clauses:
        here = doc.folded[clause.start : clause.end]
        if _FOREIGN.search(here) or re.search(r"证件?(?:长期|永久)有效|非(?:长期)有效", here):
            continue
        match = _LASTING.search(here)
        if "有没有" in here:
            continue
        if match is None and under_validity:
            match = _LASTING_BARE.fullmatch(here)
        if match is None or match.lastgroup is None:
            match = _LASTING_LOOSE.search(here)
            if match is None:
                continue
        unit = re.sub(r"\d", "", str(match.lastgroup))
        if unit == "as_needed" and not (re.search("有效", here) or under_validity):
            continue
        if not _OF_FILING.search(f"{text}\n{doc.heads_text(sentence.block)}") and not doc.types_in(
            sentence.start, sentence.end
        ):
            continue
        yield _Found(
            "validity",
            clause[:2],
            clause,
            "none",
            unit=unit,
            anchor="filing",
            direction="from",
            raw=match[0],
            rule="deadlines.lasting",
        )


# ---- anchors alone ----------------------------------------------------------------------------------------------
_FILING_CONTEXT = re.compile(r"备案|登记|转诊|异地|备好|备上|补")
_BEFORE = (
    r"(?:手续|登记|治疗|费用|、?购药|时间|的)*(?:之前|以前|前(?!往|来(?!电)|期|台|提|述|款))(?!◆|◇|[\d一二三四五六七八九十两]{1,2}(?:-\d+)?个?(?:工作日|天|日"
    r"|小时|个月))"
)
_GAP = r"[^未没无不免]{0,40}?"
_ALONE: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, direction, re.compile(pattern))
    for kind, direction, pattern in (
        ("makeup_window", "before", rf"(?P<discharge_settlement>{_SETTLING}){_BEFORE}{_GAP}(?:{_FILE}|{_MAKEUP})"),
        ("makeup_window", "before", rf"(?P<discharge>{_DISCHARGE}){_BEFORE}{_GAP}(?:{_FILE}|{_MAKEUP})"),
        (
            "makeup_window",
            "after",
            rf"(?P<discharge_settlement>{_SETTLING})(?:手续|的)?(?:之后|以后|后)(?!◆)[^未没无不免]{{0,20}}?{_MAKEUP}",
        ),
        ("makeup_window", "after", rf"(?P<discharge>{_DISCHARGE})(?:之后|以后|后)[^未没无不免\d]{{0,20}}?{_MAKEUP}"),
        (
            "makeup_window",
            "after",
            rf"(?P<admission>{_ADMISSION})(?:之后|以后|后)[^未没无不免\d结出]{{0,20}}?{_MAKEUP}",
        ),
        ("advance_filing", "before", rf"(?P<admission>{_ADMISSION})(?:{_CARE})?{_BEFORE}{_GAP}{_FILE}"),
        (
            "advance_filing",
            "before",
            rf"(?P<admission>{_ADMISSION})(?:之前|以前|前)(?:就|先)?(?:把[^,]{{0,8}})?(?:办好|办妥|办完|完成|办理好)",
        ),
        (
            "makeup_window",
            "before",
            rf"(?:没有?|尚未|未)(?:办理)?(?P<discharge_settlement>{_SETTLING})的?[^未没无不]{{0,30}}?{_MAKEUP}",
        ),
        (
            "makeup_window",
            "after",
            rf"已经?(?:自费|全额|现金)?(?P<discharge_settlement>结清|结算|结账)[^未没无不\d]{{0,12}}?{_MAKEUP}",
        ),
        (
            "makeup_window",
            "before",
            rf"(?:最晚|最迟|不(?:得)?(?:迟|晚)于|至迟)[^,]{{0,8}}(?P<discharge_settlement>{_SETTLING})(?:之前|以前|前|时)",
        ),
        ("makeup_window", "before", rf"(?P<discharge>住院期间)[^未没无不免\d结出]{{0,20}}?(?:{_MAKEUP}|{_FILE})"),
        (
            "advance_filing",
            "before",
            rf"(?P<admission>{_ADMISSION})(?:之前|以前|前)(?:应|须|需|要)?(?:办理|办|做|做好)(?=[,。;]|$)",
        ),
        ("advance_filing", "before", rf"(?P<departure>{_LEAVING}){_BEFORE}{_GAP}{_FILE}"),
        ("advance_filing", "before", rf"(?P<residence_start>{_MOVING}){_BEFORE}{_GAP}{_FILE}"),
        ("advance_filing", "before", rf"(?P<treatment>{_CARE}){_BEFORE}{_GAP}{_FILE}"),
        (
            "advance_filing",
            "before",
            (
                rf"先(?:行|办理|办好|办|做|做好|完成)?[^,]{{0,6}}{_FILE}(?:手续)?[、,]?(?:再|后|然后|之后)[^,]{{0,4}}(?:(?P<departure>出门|出发|动身"
                rf"|外出)|(?P<admission>住院|入院)|(?P<treatment>就医|看病|就诊|治疗|去看|结算|享受|出院))"
            ),
        ),
        (
            "advance_filing",
            "before",
            (
                rf"(?P<treatment>(?:提前|事先|事前|预先|提早))(?!(?:电话)?(?:咨询|了解|查询|确认|联系|拨打|查看|准备|致电|核实|准备好|问"
                rf"|报)){_GAP}(?:备案|登记(?!表))(?!的|者)"
            ),
        ),
        (
            "effective_time",
            "after",
            r"(?P<filing>备案|审核|审批|登记)[^,。]{0,8}(?:之日|当日|通过|成功|完成)(?:起|后|之后)?(?:即|方|便|自动)?(?:生效|开通生效)",
        ),
    )
)


_BARE_ALONE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("makeup_window", re.compile(rf"(?P<discharge_settlement>{_SETTLING}){_BEFORE}(?![^,]{{0,4}}[未没不])")),
    ("advance_filing", re.compile(rf"(?P<admission>{_ADMISSION}){_BEFORE}(?![^,]{{0,4}}[未没不])")),
    ("advance_filing", re.compile(rf"(?P<departure>{_LEAVING}){_BEFORE}(?![^,]{{0,4}}[未没不])")),
    ("advance_filing", re.compile(rf"(?P<treatment>{_CARE}){_BEFORE}(?![^,]{{0,4}}[未没不])")),
)
"""Asked only under a label that says what is to be done by then."""


def _anchored(doc: Document, sentence: Span, text: str, clauses: list[Span]) -> Iterator[_Found]:
    """Filing before or after something, without a number."""
    if not re.search(r"备|登记|补|入院|住院|审核|结账|结算|前", text) or not _FILING_CONTEXT.search(
        text + doc.heads_text(sentence.block)
    ):
        return
    taken: list[tuple[int, int]] = []
    if any(_FILING_TIME.search(head) for head in _heads(doc, sentence)[:2]):
        for kind, pattern in _BARE_ALONE:
            for match in pattern.finditer(text):
                anchor = str(match.lastgroup)
                taken.append(match.span(anchor))
                clause = next((c for c in clauses if c.start <= sentence.start + match.start() < c.end), sentence)
                yield _Found(kind, clause[:2], clause, anchor=anchor, direction="before", rule="deadlines.under_head")
    for kind, direction, pattern in _ALONE:
        for match in pattern.finditer(text):
            anchor = str(match.lastgroup)
            start, end = match.span(anchor)
            if (
                re.search(r"(?:视同|没有?|未|忘了?|忘记|来不及|尚未|即使|是否)[^,]{0,4}$", text[:start])
                and kind == "advance_filing"
            ):
                continue
            if re.search(r"(?:原来|以前|过去|此前|原先|原本)[^,]{0,10}$", text[:start]):
                continue  # the rule of former times
            if re.search(r"(?:未能?|没能?|没有|来不及)(?:及时)?(?:在|于)?$", text[:start]):
                continue
            if re.match(
                r"[^,]{0,8},?[^,]{0,6}(?:不再|不予|一律不|概不|不能)(?:受理|办理|补|认可)|[^,]{0,4}(?:不予|不再|不给|一概不)",
                text[match.end() :],
            ):
                continue
            if any(s <= start < e for s, e in taken):
                continue
            taken.append((start, end))
            lo = next((c.start for c in reversed(clauses) if c.start <= sentence.start + match.start()), sentence.start)
            hi = next((c.end for c in clauses if c.end >= sentence.start + match.end()), sentence.end)
            yield _Found(
                kind,
                (lo, hi),
                Span(lo, hi, sentence.block),
                anchor=anchor,
                direction=direction,
                rule="deadlines.anchored",
            )


_YEARLY = re.compile(
    rf"(?P<yearly>每(?:一|1)?(?:个)?(?:自然)?年度?)[^,]{{0,20}}(?:更新|续办|续期|年审|年检|审核一次|复审|复核|认证|确认|重新(?:办理)?备案|{_FILE}一次"
    rf"|办理一次)"
    r"|定期[^,]{0,4}(?:更新|续办|复核|复审|年审|确认|重新备案)|年审制|一年一(?:审|备|报|办)"
)


def _renewed(doc: Document, _: Span, text: str, clauses: list[Span]) -> Iterator[_Found]:
    """A filing that must be renewed again and again: 每年续办, 定期更新."""
    for clause in clauses:
        here = doc.folded[clause.start : clause.end]
        match = _YEARLY.search(here)
        if match is None or _FOREIGN.search(here) or not re.search(r"备案|登记|异地|长期", text):
            continue
        if re.search(r"(?:不需要?|无需|不用|不必|无须)[^,]{0,4}$", here[: match.start()]):
            continue
        year = None if match[0].startswith("定期") else 1.0
        unit = "year" if year else None
        yield _Found(
            "renewal",
            clause[:2],
            clause,
            "eq" if year else "none",
            year,
            year,
            unit,
            anchor="filing",
            direction="after",
            raw=match[0],
            rule="deadlines.renewed",
        )


# ---- scope and form ---------------------------------------------------------------------------------------------
_LOCAL_HEAD = re.compile(
    r"关系转移|转移接续|参保登记|参保缴费|居民参保|缴费|生育津贴|生育保险|病种?认定|待遇认定|资格认定|家庭共济|个人账户|个账|新生儿|医疗救助|长期护理"
    r"|大病保险|医保码激活|社保卡激活|定点(?:医药机构)?协议|双通道"
)
_ABROAD = re.compile(r"异地|备案|转诊|转院|外地|跨省|省外|市外|州外|零星|手工|垫付")


def is_local(doc: Document, sentence: Span, text: str) -> bool:
    """A sentence of a local procedure on a mixed page (RULES.md 20): its nearest heading is about another matter."""
    if _ABROAD.search(text):
        return False
    for parent in doc.above(sentence.block):
        head = doc.folded[doc.blocks[parent].start : doc.blocks[parent].end][:60]
        if _ABROAD.search(head):
            return False
        if _LOCAL_HEAD.search(head):
            return True
    return False


_INHERITING = ("min_no_change", "validity", "treatment_window")


def _types(doc: Document, item: _Found) -> tuple[str, ...]:
    """Whom a deadline is for; beyond `Document.types_of`: short labels, the sentence before, a definition behind."""
    start, end = item.at.start, item.at.end
    sentence = doc.sentence_at(start)
    if found := listed_types(doc, start, end):
        bracket = _bracket_with(doc.folded[start:end], item.raw or "")
        if item.kind == "residence_threshold" and bracket and (inner := doc.types_in(start, start + bracket)):
            nearest = max(
                (h for h in doc.type_mentions if start <= h.start and h.end <= start + bracket), key=lambda h: h.end
            )
            return (nearest.code,) if len(inner) > 1 else inner
        return ("long_term",) if item.kind == "residence_threshold" and len(found) >= 3 else found
    if item.kind in ("claim_window", "payment_time"):
        return ()  # claims are for everybody unless the clause itself says otherwise
    for lo, hi in ((start, end), (sentence.start, start)):
        short = short_types(doc.folded[lo:hi])
        if short and (lo == start or not doc.types_in(lo, hi)):
            return short
    if item.kind == "residence_threshold" and (found := doc.types_in(end, sentence.end)):
        return found
    if item.kind == "residence_threshold" and "退休" in doc.folded[start:end]:
        return ("retired_resettled",)
    if found := listed_types(doc, sentence.start, start) or doc.types_of(start, end, inherit=False):
        return ("long_term",) if item.kind == "residence_threshold" and len(found) >= 3 else found
    if item.kind in _INHERITING:
        block = doc.blocks[sentence.block]
        before = [s for s in doc.sentences_of(sentence.block) if s.start < sentence.start]
        for earlier in reversed(before if block.kind != "cell" else []):
            if found := listed_types(doc, earlier.start, earlier.end):
                return () if item.kind == "min_no_change" and set(found) & _TEMPORARY else found
    if item.kind == "treatment_window" and item.anchor == "referral":
        return ("referral",)
    found = doc.types_of(start, end)
    if item.kind == "residence_threshold" and len(found) >= 3:
        return ("long_term",)
    return () if item.kind == "min_no_change" and set(found) & _TEMPORARY else found


_TEMPORARY = {"temporary", "referral", "emergency", "other_temporary"}


def _bracket_with(text: str, raw: str) -> int:
    """Where the bracket opens that holds `raw`; 0 if none does."""
    at = text.find(raw)
    opened, closed = text.rfind("(", 0, max(at, 0)), text.rfind(")", 0, max(at, 0))
    return opened if opened > closed else 0


def _fact(doc: Document, item: _Found) -> Deadline:
    start, end = item.span
    types = _types(doc, item)
    single = item.low == item.high
    return Deadline(
        kind=item.kind,
        operator=item.operator,
        amount=item.low if single else None,
        min=None if single else item.low,
        max=None if single else item.high,
        unit=item.unit,
        workdays=item.workdays,
        anchor=item.anchor,
        direction=item.direction,
        due=item.due,
        raw=item.raw,
        filing_types=types,
        scheme=doc.scheme_of(item.at.start),
        geo_scope=geo_of(doc, item.at, doc.clauses(doc.sentence_at(start))),
        modality=_modality(doc, start, end),
        evidence=doc.evidence((start, end)),
        rule=item.rule,
    )


def _modality(doc: Document, start: int, end: int) -> str:
    if "原则上" in doc.folded[start:end]:
        return "usual"
    found = doc.modality_of(start, end)
    return "must" if found == "optional" else found
