"""Benefit effects: what filing, its lack, its type or being away does to the share that is paid (DOMAIN.md §9).

Absolute ratios (报销比例70%) are no effect of filing and are left out. Percentages are read with the words around them
(the percentage as ◆): what goes down, what it goes down to, what the insured pays first. A percentage beside filing
words that no effect explains is an Issue `unknown_benefit`. One fact per effect, status, value and filing types; a
quantified one absorbs qualitative repetitions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from parsers.document import Document, Span
from parsers.facts._scope import (
    BACK,
    EXEMPT,
    HOME,
    geo_of,
    is_former,
    listed_types,
    near,
    short_types,
    status_above,
    status_in,
    status_of,
    unmarked,
    with_home,
)
from parsers.facts._words import words
from parsers.facts.deadlines import is_local
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.quantities import HAS_RATIO, Ratio, ratios
from parsers.records import BenefitEffect, Issue, joined

_LESS = words("benefit_effect", "ratio_reduction")
_FIRST = words("benefit_effect", "first_self_pay")
_TO = words("benefit_effect", "ratio_to")
_WHOLE = "(?:标准|比例|医院|医疗机构|待遇|政策|水平|基础|数额|规定|机构|金额|能报|应报|可报|该报|钱数|报销款|正常)"
"""What a factor is applied to."""
_NUMBERED: tuple[tuple[str, str], ...] = (
    ("first_self_pay", rf"{_FIRST}[^,◆]{{0,4}}(?:提高|增加|上浮|上调)[^,◆]{{0,6}}◆"),
    ("first_self_pay", r"自[付负理]比例[^,◆]{0,6}(?:提高|增加|上浮|上调|升|涨)[到至为]◆"),
    ("ratio_reduction", r"自[付负理]比例[^,◆]{0,6}(?:提高|增加|上浮|上调)[^,◆]{0,6}◆"),
    (
        "first_self_pay",
        rf"(?:{_FIRST}|先[^,]{{0,8}}(?:自付|自负|自理|负担|承担|支付|自费|掏|出)|(?:由)?个人(?:先行?|首先)[^,◆]{{0,6}}|先扣(?:掉|除)?|自付比例[^,]{{0,4}}为)[^,◆]{{0,14}}◆",
    ),
    ("first_self_pay", r"◆[^,◆]{0,10}(?:由个人|个人|的)?(?:先行|首先|先)(?:由个人)?(?:自付|自负|自理|负担|承担)"),
    ("first_self_pay", r"(?:个人|本人)(?:自付|自负|自理|负担)[^,◆]{0,6}◆"),
    ("first_self_pay", r"(?:只|仅)(?:需要?|要|用)?(?:再)?(?:自己|个人|本人)?(?:先)?(?:负担|自付|承担|掏)[^,◆]{0,4}◆"),
    ("ratio_to", rf"(?:{_TO})[^,◆]{{0,6}}◆"),
    ("ratio_reduction", rf"{_LESS}[^,◆]{{0,20}}◆"),
    ("ratio_reduction", r"少◆"),
    ("ratio_reduction", r"备案[^,◆]{0,6}(?:不|未|没有?)备案[^,◆]{0,16}差[^,◆]{0,4}◆"),
    ("ratio_reduction", rf"◆[^,◆]{{0,3}}的?(?:降幅|幅度|{_LESS})"),
    (
        "ratio_multiplier",
        rf"(?:按照?|执行|为|享受|是|打|只有|折)[^,◆]{{0,30}}{_WHOLE}[^,◆]{{0,4}}的?◆(?!以|的?报销比例)",
    ),
    (
        "ratio_multiplier",
        r"(?:按|按照|打|只有|仅有|统一按)[^,◆%]{0,6}◆(?:[^,◆]{0,4}(?:折算|计算|结算|结付|核算|计付|给付|折|标准)|$|。)",
    ),
    (
        "ratio_multiplier",
        r"(?:报了?|给|支付|拿到?)(?:了)?[^,◆不]{0,3}(?:平时|正常|平常|原来|原本|应报|该报|本来)[^,◆]{0,6}◆",
    ),
    ("ratio_multiplier", r"◆(?:折算|系数|计算)|(?:系数|乘以|折算)[^,◆]{0,6}◆"),
)
_COMPILED = tuple((effect, rx(pattern)) for effect, pattern in _NUMBERED)
_HEAD_EFFECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("first_self_pay", rx(rf"{_FIRST}|自付比例")),
    ("ratio_to", rx(_TO)),
    ("ratio_reduction", rx(r"降低|下浮|下调|下降|降幅|降|减少|待遇差")),
)
_MONEY = rx(
    r"报|支付|待遇|[自先]付|自负|自理|负担|比例|目录|政策|规定|标准|起付|封顶|门槛|%|百分|享受|双向|结算|两|[同一]样|相同|一致|降|折|成|刷|能用"
    r"|照[常样]|[上下]调|不变|用医保|\d元|提高|翻倍|翻番"
)
_DEDUCTIBLE = rx(words("benefit_effect", "deductible_change"))
_CAP = rx(words("benefit_effect", "cap_change"))
_TOO_MANY = 20
_LTE = rx(r"(?:不(?:得)?超过|不高于|最高|最多|以内|至多|不大于)[^,◆]{0,6}◆|◆(?:以内|之内|以下)")
_GTE = rx(r"(?:不(?:得)?低于|不少于|至少)[^,◆]{0,6}◆|◆以上")
_OUTSIDE = rx(r"备案|登记|转诊|异地|外出|急诊|跨省|省外|市外|转外|自行|外地|省内|州外|区外|统筹区外")
_SUPERSEDED = rx(r"(?:由|从|原)[^,]{0,12}◆[^,]{0,6}(?:调整|提高|改|缩小|下调|降低?|优化)(?:至|到|为)")

_NEG = r"(?:不得|不能|不会|不再|不另?|未|没有?|无需|无)"
_QUALITATIVE_LESS = rx(
    r"(?:报销|支付|待遇|比例|水平|报)[^,]{0,12}(?:降低|下降|下浮|下调|减少|偏低|较低|变低|打折扣?|少一[截些点]|降得?更多|更少|减半|会低|会少|得少|受影响|影响|低于|要低"
    r"|更低|相应降|少报)|少报(?!销材)|降低[^,]{0,6}(?:报销|支付)(?:比例|待遇|水平)|影响[^,]{0,8}(?:报销|待遇)"
    r"|比(?:已|办了|办过)?备(?:案|过案|了案)的?[^,]{0,6}(?:低|少)|(?:自己|个人)(?:要|得|会|需要?)?(?:多)?(?:掏|付|负担|承担|出)的?(?:钱|费用|部分|比例)?(?:会|要|也|就)?(?:更多|多(?:一些|很多|一截|不少|得多)|变多|增加|更高)"
)
_NOT_LESS = rx(
    rf"不(?:会|得|能)?因为?[^,]{{2,16}}(?:降低|下降|打折|减少|变低|缩水)|{_NEG}[^,]{{0,6}}(?:降低|下降|下浮|下调|减少|打折|降|受影响|影响|提高|另设|设|扣减|低于)"
)
_SAME = rx(
    rf"{words('benefit_effect', 'same_as_local')}"
    r"|(?:待遇|比例|标准|水平|报销|看病|住院|就医|(?:同级|当地|市里|县里)[^,]{0,4}医院)[^,]{0,24}(?<!不)(?:相同|一致|一样(?!,不|不|也?[能可会])|一个样|一[个种](?:报|算|结)法|没(?:有)?(?:什么|啥)?(?:两样|不同|不一样)|一个比例|报得一样|一个标准|不变|不降|不缩水|同等|无差异|等同|不打折"
    r"|没有?区别|没差别|无差别|无区别)(?!的)"
    r"|(?:不|不会|不再|不得|不予)(?:降低|下调|下浮|下降|减少|降|扣减|扣除|扣)(?:报销|支付|待遇|比例|统筹|医保|基金|$|,|。|其|基本)"
    r"|不(?:另)?设(?:置|立)?(?:个人)?(?:先行|首先)自付|(?:无需|不需|不用|取消)[^,]{0,4}(?:先行|首先)自付"
    r"|(?:同等|同样|相同|一样)的?[^,]{0,8}(?:待遇|标准|比例|政策|报法|算法)"
    r"|(?<!协)同(?:比例|标准|待遇|政策|水平)(?:报销|支付|执行|享受|$|,|。)"
    r"|不(?:会|得|能)?因为?[^,]{2,16}(?:降低|下降|打折|减少|变低|缩水)"
    r"|视同[^,]{0,4}(?:本地|市内|参保地|统筹区内)[^,]{0,4}(?:就医|住院|待遇)"
)
_HOME_POLICY = rx(
    r"就医地[^,。]{0,24}(?:目录|支付范围|管理)[^。]{0,30}参保[地市]|参保[地市](?:的)?(?:待遇)?政策|(?:执行|按照?|看"
    r"|适用)[^,]{0,4}参保[地市]的?[^,]{0,10}(?:规定|政策|标准)|就医地(?:的)?(?:医保)?目录|就医地(?:规定的)?(?:支付范围|医保目录)"
    r"|(?:目录|范围)[^,。]{0,4}(?:用|看|依|随|跟|按)[^,。]{0,2}就医地|由[^,]{0,4}参保[地市](?:决定|确定|规定)|执行就医地[^,]{0,10}目录"
    r"|参保[地市]的?(?:起付|支付比例|报销比例)"
)
_RAISED_BESIDE = rx(
    rf"(?:{words('benefit_effect', 'deductible_change')})[^,、\d]{{0,4}}(?:提高|上浮|增加|翻|上调)[^,、%]{{1,6}}[、和并且,][^,]{{0,4}}(?:报销|支付)比例"
)
"""起付线提高一倍、报销比例下降N个百分点: two effects in one breath."""
_DEDUCTIBLE_DIFFERS = rx(
    rf"{words('benefit_effect', 'deductible_change')}[^,]{{0,4}}(?:不(?:一样|同)|有差别|有区别|另算)"
)
"""起付线也不一样,省外一律1000元: the sum stands behind."""
_NO_PAY = rx(
    rf"(?:{words('benefit_effect', 'no_reimbursement')}|(?:不予|不能|无法|不可|不再|不得|不)(?:给予|予以|享受)?"
    r"(?:从统筹(?:基金)?(?:中)?)?(?:医保|异地)?(?:报销|支付|结算待遇|享受医保)"
    r"|(?:一分钱?|分文)[^,。]{0,4}(?:报不了|不报|不给))"
)
_NO_PAY_OTHER = rx(
    r"逾期|超过|时限|弄虚作假|虚假|伪造|骗取|目录外|目录以外|第三方|工伤|整形|美容|非定点|材料不|不全|范围外|超出|商业|票据|境外|体检|交通事故|丢失"
    r"|重复|未参保|欠费|停保"
)
_NOT_ABROAD = rx(
    r"(?:异地|外地|跨省|省外|市外)(?:的|发生的|普通)*(?:门诊|药店|购药)[^。;]{0,30}(?:不能|不予|无法|不可|不得)[^,。;]{0,6}(?:统筹|报销|支付)"
)
"""What is not paid because it is bought away from home."""
_TWO_WAY = rx(
    rf"{words('benefit_effect', 'two_way')}"
    r"|参保地的?[^,]{0,4}待遇(?:也|还|都|仍|均)?[^,]{0,2}(?:保留|照常|照旧|继续享受)"
    r"|(?:和|与|跟|、|及)(?:备案地|安置地|居住地|就医地|长住地|派驻地|工作地|学校)(?:都|均|同时)"
    r"|(?:备案地|安置地|居住地|就医地|长住地|派驻地|工作地|学校所在地|登记地|外地|市外)(?:和|与|、|及|以及)[^,]{1,6}(?:都|均|两头|双"
    rf"|同时|看病|就医)|两(?:头|地|边)[^,]{{0,8}}(?:都|均|享受|看病|结算|能用)"
)
_PROPORTION = rx(r"(?:的,|,)(?:则|就|均|统一|一律)?按照?◆(?:的?比例)?(?:执行|支付|报销|结算)?[。;]?$")
_OF_THE_WHOLE = rx(rf"{_WHOLE}[^,;。%]{{0,8}}\d+(?:\.\d+)?%")
_SETTLED_BY = rx(r"(?:起付|比例|封顶|限额)[^,。]{0,16}(?:按照?|执行)")
_BARE = rx(
    r"(?:与|同|和|跟)?(?:在)?(?:参保地|本地|市内|州内|盟内|县内|老家|家里|本市|家乡)?(?:报的|报得|的)?(?:相同|一致|不变|不降低?|一样|同等|无变化|同标准)[。;]?"
)
_LABELLED_BARE = rx(rf"[^,:。]{{2,16}}:(?:{_BARE.pattern})")
"""长期居住人员:与本地一致 in a list of who is paid what."""
_STILL = rx(r"不减|不打折|不受影响|不影响|照旧|仍|也|同样|照常|照样|均可|都可|继续|还可|依然|可以|可|能|不降|不变|按")
_AT_HOME = rx(
    rf"(?:临时|短期|中途|期间)(?:返|回)[\u4e00-\u9fff]{{1,3}}(?:就医|看病|住院|就诊)|(?:回到?|返回?|返|(?<![跟和与同])在){HOME}(?:$|[^,报]{{0,16}}(?:就医|住院|看病|就诊|结算|定点|医院|享受|时|期间))|{BACK}"
    r"|(?:回来|返乡|回家|回老家)(?:后)?(?:看病|就医|住院|就诊)"
    rf"|仍(?:可以?|能|然)?[^,]{{0,4}}享受{HOME}"
    r"|仍[^,]{0,12}在[\u4e00-\u9fff]{2,6}[市州县区](?:内|的)?(?:定点|医院|医疗)"
)
_LIKE_HOME = rx(
    rf"(?:按照?|执行|享受|同|和|与|跟|比照|参照)[^,]{{0,6}}{HOME}[^,]{{0,12}}"
    r"(?:同级别?|相同|同等|一样|一致|相应级别|医院|医疗机构|就医|住院|本地|看|⌂)[^,]{0,14}(?:比例|标准|政策|待遇|一样|一致|相同|报销|执行|起付)"
    rf"|(?:起付|比例|待遇|报销)[^,]{{0,10}}按照?{HOME}[^,]{{0,8}}(?:医院|医疗机构|同级)[^,]{{0,4}}(?:算|计算|来)(?:[。,;]|$)"
    rf"|(?:按照?|执行|享受|同){HOME}{HOME}?的?(?:标准|待遇|比例)(?:来)?(?:执行|报销|结算|支付|享受|报|算|走|[。,;]|$)"
    rf"|(?:比例|待遇|标准|起付线)[^,]{{0,4}}(?:同|跟|和|与)(?:在)?{HOME}(?:(?:同|三|二|一)?级?别?(?:的)?(?:定点)?(?:医院|医疗机构))?(?:[。,;]|$)"
)
_AMONG_FILINGS = rx(
    r"(?:跟|与|和|同)(?:异地)?(?:转诊|急诊|临时|已备案)[^,]{0,6}(?:一样|相同|一致|同等)|(?:两|几|三|各)[种类者][^,]{0,6}(?:相同|一样|一致)"
)
"""One filing compared with another: nothing about care at home."""
_SPLIT = rx(r"(?:按照?|执行)[^,。]{1,8}的?(?:医保)?目录,[^。]{0,24}(?:按照?|执行)[^,。]{1,8}(?:规定|政策|标准)")
"""药品按甲地的目录，比例按乙地的规定: the places need not be known."""
_BY_HOME_RULES = rx(
    rf"(?:起付|比例|报多少|限额|封顶|报销|待遇)[^,]{{0,24}}(?:看|按照?|执行|照|依|随|听)[^,]{{0,4}}{HOME}市?的?[^,同]{{0,4}}(?:规定|政策|标准|[。,;]|$)"
)
_LONG = {
    "long_term",
    "retired_resettled",
    "long_resident",
    "stationed_work",
    "migrant_worker",
    "inflow_employment",
    "student",
}


_EXAMPLE = rx("(?<!的)例子|举例|案例|示例|算一算|算笔账")
_NOT_SAID = rx(r"当成一回事|混为一谈|混淆|搞混|弄混|分不清|(?:^|,)(?:楼上|楼主|[前上]面那位)[^,]{0,4}说")
"""“降低10个百分点”和“先行自付10%”不是一回事, 楼上说少报…: words spoken about or repeated, no rule."""
_EXPLAINED = rx(r"%[^,。;]{0,2}(?:变成|变为)[^,。;]{0,3}\d+%")
_CUE = rx(
    "|".join(
        p.pattern for p in (_TWO_WAY, _NO_PAY, _SETTLED_BY, _SAME, _HOME_POLICY, _DEDUCTIBLE, _CAP, _QUALITATIVE_LESS)
    )
)
"""Any word of an effect: what a clause must have to be worth a closer look."""
_YUAN = rx(r"(?:每次)?\d{1,6}元[^,;%]{0,8}。?|(?:提高|增加|上浮|上调|翻)[^,;%]{1,8}。?")
_HAS_WORDS = Needs(_YUAN, _CUE, _AT_HOME, _LIKE_HOME, _BY_HOME_RULES, _BARE, _LABELLED_BARE)
_HAS_EFFECT = Needs(HAS_RATIO, _HAS_WORDS)


@dataclass(frozen=True, slots=True)
class _Found:
    effect: str
    clause: Span
    span: tuple[int, int]
    status: str | None
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    operator: str | None = None
    raw: str | None = None
    rule: str = ""
    near: tuple[int, int] | None = None
    """Where the words stand that belong to this value and to no other of its clause."""


def find(doc: Document) -> Iterator[BenefitEffect | Issue]:
    """Facts in order of the page, quantified ones with the qualitative repetitions they absorb."""
    facts: list[BenefitEffect] = []
    for sentence in doc.sentences_with(_HAS_EFFECT):
        for item in _read(doc, sentence):
            if isinstance(item, Issue):
                yield item
            else:
                facts.append(_fact(doc, item))
    yield from _merged(facts)


def _merged(facts: list[BenefitEffect]) -> list[BenefitEffect]:
    """One fact per effect, status, value, types and scheme; qualitative ones go into a quantified one of their status."""
    kept: dict[tuple[object, ...], BenefitEffect] = {}
    schemes: dict[tuple[object, ...], set[str]] = {}
    for fact in facts:
        if fact.scheme:
            schemes.setdefault(_without_scheme(fact), set()).add(fact.scheme)
    for said in facts:
        if said.rule.endswith("likewise") and (same := _last_like(kept, said)):
            known = kept[same]
            types = tuple(sorted({*known.filing_types, *said.filing_types}))
            kept[same] = replace(known, evidence=joined(known.evidence, said.evidence), filing_types=types)
            continue
        both = len(schemes.get(_without_scheme(said), ())) > 1  # the same for employees and residents: one rule
        fact = replace(said, scheme=None) if both else said
        valued = (fact.effect, fact.filing_status, fact.min, fact.max, fact.unit)
        key = (
            (*valued, fact.filing_types, fact.scheme, fact.geo_scope)
            if fact.min is not None or fact.max is not None
            else (*valued, {"home_policy": fact.geo_scope, "two_way": None}.get(fact.effect, fact.filing_types))
        )
        known = kept.get(key, fact)
        types = known.filing_types or fact.filing_types
        kept[key] = replace(known, evidence=joined(known.evidence, fact.evidence), filing_types=types)
    result = list(kept.values())
    for fact in list(result):
        if fact.effect != "ratio_reduction" or fact.unit is not None:
            continue
        host = next(
            (
                f
                for f in result
                if f.unit is not None
                and f.filing_status == fact.filing_status
                and f.effect in ("ratio_reduction", "first_self_pay", "ratio_to", "ratio_multiplier")
            ),
            None,
        )
        if host is not None:
            result.remove(fact)
            if host.effect == "ratio_reduction":
                result[result.index(host)] = replace(host, evidence=joined(host.evidence, fact.evidence))
    return result


def _last_like(kept: dict[tuple[object, ...], BenefitEffect], said: BenefitEffect) -> tuple[object, ...] | None:
    """The key of the last fact with the effect and value of one that says 也按N%: one rule, for these people too."""
    value = (said.effect, said.min, said.max, said.unit)
    return next((k for k, f in reversed(kept.items()) if (f.effect, f.min, f.max, f.unit) == value), None)


def _without_scheme(fact: BenefitEffect) -> tuple[object, ...]:
    return fact.effect, fact.filing_status, fact.min, fact.max, fact.unit, fact.filing_types, fact.geo_scope


def _read(doc: Document, sentence: Span) -> Iterator[_Found | Issue]:
    text = doc.folded[sentence.start : sentence.end]
    block = doc.blocks[sentence.block]
    if block.kind == "heading" or text.endswith("?") or not _MONEY.search(text) or is_local(doc, sentence, text):
        return
    if (
        "赔付" in text
        or _NOT_SAID.search(text)
        or _EXAMPLE.search(doc.heads_text(sentence.block).split("\n", 1)[0])
        or _EXPLAINED.search(text)
    ):
        return  # 举个例子, 80%变成75%: what a rule does to one bill
    clauses = doc.clauses(sentence)
    found: list[_Found] = []
    for item in _numbered(doc, sentence, clauses) if doc.may(HAS_RATIO, sentence) else ():
        if isinstance(item, Issue):
            yield item
        else:
            found.append(item)
    yield from found
    if doc.may(_HAS_WORDS, sentence):
        yield from _worded(doc, sentence, clauses, found)


# ---- percentages ------------------------------------------------------------------------------------------------
def _numbered(doc: Document, sentence: Span, clauses: list[Span]) -> Iterator[_Found | Issue]:
    """Effects with a percentage."""
    for index, clause in enumerate(clauses):
        here = doc.folded[clause.start : clause.end]
        values = ratios(here)
        for value in values if len(values) <= _TOO_MANY else ():
            marked = unmarked(here)
            for other in reversed(values):
                marked = f"{marked[: other.start]}{'◆' if other is value else '◇'}{marked[other.end :]}"
            marked = near(marked)
            if _SUPERSEDED.search(marked) or is_former(doc.folded[sentence.start : clause.end]):
                continue
            effect = _effect(doc, sentence, marked, value.unit, clauses, index)
            if effect is None:
                if (
                    value.unit == "pp"
                    and rx(r"备案|转诊").search(doc.folded[sentence.start : sentence.end])
                    and rx(r"报销|支付|待遇|自付").search(here)
                ):
                    yield Issue(
                        "unknown_benefit", doc.text[clause.start : clause.end], *doc.printed(clause.start, clause.end)
                    )
                continue
            before = clauses[: index + 1]
            own = _respective(doc, clause, values, value)
            if own:
                status = status_in(doc, *own)
            elif _ON_TOP.search(here):
                status = status_in(doc, sentence.start, clause.end)
            else:
                status = _status(doc, sentence, clause, before, value.start + clause.start)
            yield _Found(
                effect,
                clause,
                (_begin(doc, clauses, index), clause.end),
                status,
                *_range(value, marked),
                "percent_unspecified" if effect == "ratio_reduction" and value.unit == "percent" else value.unit,
                _operator(value, marked),
                here[value.start : value.end],
                "benefit_effects.likewise" if _LIKEWISE.search(marked) else "benefit_effects.numbered",
                own or _own_words(clause, values, value),
            )


_ON_TOP = rx(r"(?:上述|以上|前述|此|这个)[^,]{0,6}基础上")
"""在上述基础上再降: on top of all that was said, whatever the status."""


def _own_words(clause: Span, values: list[Ratio], value: Ratio) -> tuple[int, int] | None:
    """转诊降5%、未转诊降15%: what stands between a value and the one before it; None in a clause with one value."""
    if len(values) < 2:
        return None
    before = [other.end for other in values if other.end <= value.start]
    return clause.start + max(before, default=0), clause.start + value.start


_RESPECTIVELY = rx(r"分别")
_JOINED = rx(r"、|以及|[和及与]")


def _respective(doc: Document, clause: Span, values: list[Ratio], value: Ratio) -> tuple[int, int] | None:
    """甲和乙分别降低10%、20%: where the one of the listed people stands that a value is for; None where the people, as many
    as the values, are not of a type or a status each."""
    here = doc.folded[clause.start : clause.end]
    said = _RESPECTIVELY.search(here, 0, values[0].start)
    if said is None or len(values) < 2:
        return None
    cuts = [0, *(end for match in _JOINED.finditer(here, 0, said.start()) for end in match.span()), said.start()]
    people = [
        (clause.start + lo, clause.start + hi)
        for lo, hi in zip(cuts[::2], cuts[1::2], strict=True)
        if doc.types_in(clause.start + lo, clause.start + hi)
        or status_in(doc, clause.start + lo, clause.start + hi)
        or short_types(here[lo:hi])
    ]
    return people[values.index(value)] if len(people) == len(values) else None


def _operator(value: Ratio, marked: str) -> str:
    if _LTE.search(marked):
        return "lte"
    if _GTE.search(marked):
        return "gte"
    return "range" if value.low != value.high else "eq"


def _range(value: Ratio, marked: str) -> tuple[float | None, float | None]:
    """不超过10 has no lower end, 不低于10 no upper one."""
    if _LTE.search(marked):
        return None, value.high
    if _GTE.search(marked):
        return value.low, None
    return value.low, value.high


_SELF_PAY_RAISED = rx(r"(?:先行?|首先)?[^,]{0,2}自[付负理]比例[^,]{0,6}(?:提高|增加|上浮|上调)")
_NEGATED_BEFORE = rx(rf"{_NEG}[^,案诊办]{{0,2}}$")
_LIKEWISE = rx(r"(?:^|[,的])(?:也|同样|一样)(?:是)?按(?:照)?◆[。;]?$")
"""急诊的也按10%: what the sentence before said of a percentage."""
_ALSO_RAISED = rx(r"[^,◆]{0,20}(?:提高|增加|上浮|上调)◆[。;]?")
"""转诊的自付比例提高N个百分点,其他的提高M个百分点."""


def _effect(doc: Document, sentence: Span, marked: str, unit: str, clauses: list[Span], index: int) -> str | None:
    """What the percentage ◆ does, from its clause, else (a bare cell or item) from what heads it."""
    before = "".join(doc.folded[c.start : c.end] for c in clauses[:index])
    if _ALSO_RAISED.fullmatch(marked) and (raised := _SELF_PAY_RAISED.search(before)):
        return "first_self_pay" if rx("先").search(raised[0]) else "ratio_reduction"
    if rx(
        r"(?:起付|门槛|封顶|限额|缴费|工资|基数|医院级别|药费|药品|特药|耗材|乙类)(?![^,◆]*(?:提高|上浮|增加)[^,◆]*、(?:报销|支付)比例)[^,◆]{0,12}◆|不(?:得)?[低高]于[^,◆]{0,4}◆|(?<!自付比例)(?:提高|增加|上浮)◆|(?<!提)高◆|覆盖|占比|率达|增长|人次|同比|个税"
    ).search(
        marked,
    ):
        return None
    if rx(r"(?:覆盖|达成|完成|结算)率|清算|预付|◆[^,◆]{0,4}基础上").search(marked):
        return None
    for effect, pattern in _COMPILED if not _LIKEWISE.search(marked) else ():
        if match := pattern.search(marked):
            if effect == "ratio_reduction" and _NEGATED_BEFORE.search(marked[: match.start()]):
                nearer = pattern.search(marked, match.start() + 2)
                if nearer is None or _NEGATED_BEFORE.search(marked[: nearer.start()]):
                    continue
            if effect == "ratio_multiplier" and unit == "pp":
                continue
            if effect == "ratio_multiplier" and rx(r"(?:先行?|首先)[^,]{0,6}(?:自付|负担)").search(marked):
                return "first_self_pay"
            return effect
    if _LIKEWISE.search(marked):
        told = [doc.folded[s.start : s.end] for s in doc.sentences_before(sentence)[:2]]
        for text in (before, *told):
            for effect, pattern in _HEAD_EFFECTS:
                if pattern.search(text):
                    return effect
    if unit == "percent" and _PROPORTION.search(f",{marked}"):
        told = [doc.folded[s.start : s.end] for s in doc.sentences_before(sentence)[:1]]
        if any(_OF_THE_WHOLE.search(text) for text in (before, *told)):
            return "ratio_multiplier"  # 按同级医院标准的95%执行;未转诊的,按80%执行
    context = "".join(doc.folded[c.start : c.end] for c in clauses[: index + 1])
    if rx(r"[^◆]{0,24}◆[^◆]{0,10}").fullmatch(marked):
        block = doc.blocks[sentence.block]
        heads = [
            doc.folded[doc.blocks[h].start : doc.blocks[h].end]
            for h in (block.row_head, block.col_head)
            if h is not None
        ]
        heads += [doc.folded[clauses[i].start : clauses[i].end] for i in range(index - 1, -1, -1)] if index else []
        heads += [doc.folded[s.start : s.end] for s in doc.sentences_of(sentence.block) if s.end <= sentence.start][-1:]
        heads += [
            doc.folded[doc.blocks[p].start : doc.blocks[p].end][-60:] for p in list(doc.above(sentence.block))[:2]
        ]
        for head in heads:
            for effect, pattern in _HEAD_EFFECTS:
                if pattern.search(head):
                    return effect
    if status_in(doc, clauses[0].start, clauses[index].end) == "unfiled" and rx(
        r"(?:只|最多|至多|仅)[^,◆]{0,3}报销?◆|按照?[^,]{0,8}◆(?:比例)?[^,]{0,4}(?:报销|支付|结算)"
    ).search(marked):
        return "ratio_to" if rx("报销|支付").search(context) else "ratio_multiplier"
    return None


def _status(doc: Document, sentence: Span, clause: Span, clauses: list[Span], position: int) -> str | None:
    """Status of a value: left of it in its clause, then in the clauses before, then in its table heads and label."""
    own = status_in(doc, clause.start, position) or status_in(doc, clause.start, clause.end)
    if found := own or status_of(doc, clause, clauses):
        return found
    text = doc.folded[sentence.start : clause.end]
    if short_types(text) or listed_types(doc, sentence.start, clause.end) or rx(r"的,").search(text):
        return status_above(doc, sentence.block) if doc.blocks[sentence.block].kind == "cell" else None
    return status_above(doc, sentence.block)


def _begin(doc: Document, clauses: list[Span], index: int) -> int:
    """Where the quote begins: at the clause that names whom the value is for, if the value's own does not."""
    if doc.types_in(clauses[index].start, clauses[index].end) or status_in(
        doc, clauses[index].start, clauses[index].end
    ):
        return clauses[index].start
    for i in range(index - 1, max(-1, index - 4), -1):
        if doc.types_in(clauses[i].start, clauses[i].end) or status_in(doc, clauses[i].start, clauses[i].end):
            return clauses[i].start
    if clauses[index].end - clauses[index].start < 8 and index:
        return clauses[index - 1].start
    return clauses[index].start


# ---- effects in words -------------------------------------------------------------------------------------------
def _worded(doc: Document, sentence: Span, clauses: list[Span], found: list[_Found]) -> Iterator[_Found]:
    """Effects without a percentage: the same as at home, both places, not paid, rules split, deductible, lower."""
    text = doc.folded[sentence.start : sentence.end]
    heads = "\n".join((doc.heads_text(sentence.block), *_first_row(doc, sentence.block)))
    taken: set[str] = {item.effect for item in found}
    told: set[tuple[str, tuple[str, ...]]] = set()
    if _is_deductible_cell(doc, sentence, text):
        status = _status(doc, sentence, clauses[0], clauses[:1], clauses[0].end)
        yield _Found(
            "deductible_change", clauses[0], sentence[:2], status, raw=text, rule="benefit_effects.deductible_cell"
        )
        return
    for index, clause in enumerate(clauses):
        here = doc.folded[clause.start : clause.end]
        home = with_home(doc, here)
        if not (
            _CUE.search(here)
            or any(p.search(home) for p in (_AT_HOME, _LIKE_HOME, _BY_HOME_RULES))
            or _BARE.fullmatch(here)
            or _LABELLED_BARE.fullmatch(here)
        ):
            continue
        before = clauses[: index + 1]
        status = _status(doc, sentence, clause, before, clause.end)
        types = _types(doc, clause, status)
        begin = _begin(doc, clauses, index)
        if any(item.clause == clause for item in found):
            if _RAISED_BESIDE.search(here) and _OUTSIDE.search(text):
                yield _Found(
                    "deductible_change",
                    clause,
                    (begin, clause.end),
                    status,
                    raw=here,
                    rule="benefit_effects.deductible",
                )
            continue
        if _DEDUCTIBLE_DIFFERS.search(here) and index + 1 < len(clauses):
            following = clauses[index + 1]
            if rx(r"\d元").search(doc.folded, following.start, following.end) and _OUTSIDE.search(text):
                told_sum = doc.folded[following.start : following.end]
                span = (clause.start, following.end)
                yield _Found("deductible_change", clause, span, status, raw=told_sum, rule="benefit_effects.deductible")
                continue
        end = clauses[index + 1].end if here.endswith("的") and index + 1 < len(clauses) else clause.end
        for effect in _effects_in_words(here, text, heads, types, status, home, taken):
            both = effect == "same_as_local" and any(e == "two_way" for e, _ in told)
            if (effect, types) in told or (both and not _COMPARED.search(here)):
                continue  # 回来看病的,照常享受本地待遇: both places, said once
            told.add((effect, types))
            own = status
            if (
                effect in ("same_as_local", "two_way")
                and own is None
                and set(types) & _LONG
                and not EXEMPT.search(text)
            ):
                own = "filed"
            if effect == "home_policy":
                own = None
            if effect == "two_way":
                own = own or "filed"
            raw = here if effect in ("deductible_change", "cap_change") else None
            yield _Found(effect, clause, (begin, end), own, raw=raw, rule=f"benefit_effects.{effect}")


_COMPARED = rx(r"(?:比例|待遇|标准|水平|报销)[^,]{0,6}(?:同|与|和|跟)[^,]{2,16}(?:一样|相同|一致)")
"""报销比例同未外出的市民一样 behind 可在本市结算: a rule of its own."""


def _first_row(doc: Document, index: int) -> list[str]:
    """The first cell of a cell's column, which heads it even where nothing marks it as a head; empty outside tables."""
    block = doc.blocks[index]
    if block.table is None:
        return []
    return [
        doc.folded[b.start : b.end]
        for b in doc.blocks[:index]
        if (b.table, b.row, b.col) == (block.table, 0, block.col)
    ]


def _is_deductible_cell(doc: Document, sentence: Span, text: str) -> bool:
    """A sum under 起付线, in a row or column for people who file for care away or do not."""
    block = doc.blocks[sentence.block]
    if block.kind != "cell" or not _YUAN.fullmatch(text):
        return False
    heads = [doc.block_text(head) for head in (block.row_head, block.col_head) if head is not None]
    heads += _first_row(doc, sentence.block)
    return any(_DEDUCTIBLE.search(head) for head in heads) and any(_OUTSIDE.search(head) for head in heads)


_BUT = rx(r",(?:但|不过|只是|可是)[^。;]{0,40}(?:%|百分)")
"""回本市住院也能结算,但…的降低5个百分点: what the exception lowers is said of nobody else."""


def _effects_in_words(
    here: str, text: str, heads: str, types: tuple[str, ...], status: str | None, home: str, taken: set[str]
) -> Iterator[str]:
    told_here = set() if _BUT.search(text, text.find(here) + len(here)) else taken
    bare = _BARE.fullmatch(here) or _LABELLED_BARE.fullmatch(here)
    abroad = bool(_OUTSIDE.search(text) or _OUTSIDE.search(heads))
    back = _AT_HOME.search(home)
    if _TWO_WAY.search(here) or (
        back
        and (set(types) & _LONG or status == "filed" or rx("仍|也|照样|照常|同样").search(text[text.find(here) :]))
        and _STILL.search(text)
        and rx(r"享受|结算|报|待遇|刷卡|医保|用卡|比例|[能可照]用").search(text)
        and "手工" not in text
        and not told_here & {"ratio_reduction"}
        and not rx(r"同等|同样待遇|相同|恢复|手工|零星").search(here)
        and not rx(r"(?:在|与|和|跟|同)[^,]{0,12}(?:时的|就医时)").search(here)
    ):
        yield "two_way"
    numbered = taken & {"ratio_reduction", "first_self_pay", "ratio_multiplier", "ratio_to"}
    if (
        _NO_PAY.search(here)
        and not rx(r"(?:不是|并非|不等于|不代表|不至于|不意味着|不见得|谁说)[^,]{0,4}(?:不|无法)").search(here)
        and (
            status == "unfiled" or rx(r"未(?:办理)?(?:转诊|经转诊)|自行|擅自").search(text) or _NOT_ABROAD.search(text)
        )
        and not _NO_PAY_OTHER.search(text)
    ):
        yield "no_reimbursement"
    other = rx(r"其余|剩余|再按|余下|(?<!不)低于|倍|服务|管理|线上|渠道|恢复").search(here)
    same_home = _LIKE_HOME.search(home)
    if (
        not other
        and (same_home or not _AMONG_FILINGS.search(here))
        and (_SAME.search(here) or same_home or (bare and rx(r"待遇|比例|报销|起付|(?:相|对)比|比较").search(heads)))
        and not (numbered and not _SAME.search(here))
        and not rx(r"(?:医疗机构|医药机构)为").search(here)
    ):
        yield "same_as_local"
    elif (
        (_HOME_POLICY.search(here) or _BY_HOME_RULES.search(home) or (_SPLIT.search(text) and _SETTLED_BY.search(here)))
        and not numbered
        and rx(r"待遇|起付|比例|限额|目录|支付|报|标准|结算|政策").search(text)
        and not rx(
            r"取决于|差异|不同|咨询|急诊抢救相关待遇|是否|合法|规定[^,]{0,8}(?:办理|申请|报销|处理|手工|零星|补)"
        ).search(here)
    ):
        yield "home_policy"
    if (
        abroad
        and _DEDUCTIBLE.search(here)
        and (not rx(r"执行|规定|政策(?!的)|看").search(here) or (_OUTSIDE.search(here) and rx(r"\d元").search(here)))
        and not _NOT_LESS.search(here)
        and (
            rx(r"提高|上浮|增加|(?<!最)高|倍|统一为|上调|加收|翻").search(here)
            or ("元" in here and (_OUTSIDE.search(text) or status))
        )
        and not (rx(r"市内|本地").search(heads.split("\n", 1)[0]) and not _OUTSIDE.search(text))
        and not _SAME.search(here)
    ):
        yield "deductible_change"
    if abroad and _CAP.search(here) and rx(r"降低|下调|减少|减半|倍").search(here) and not _NOT_LESS.search(here):
        yield "cap_change"
    if (
        _QUALITATIVE_LESS.search(here)
        and not numbered
        and not _NOT_LESS.search(here)
        and not _SAME.search(here)
        and not _CAP.search(here)
        and not rx(r"\d%|百分点|起付|进度|到账|影响报销进度|材料|倍").search(here)
        and (status in ("unfiled", "made_up") or (types and rx(r"转诊|急诊|临时|自行").search(text)))
    ):
        yield "ratio_reduction"


_LIKENED = rx(
    r"(?:按照?|[和与跟同]|比照|参照)(?:异地)?(?:转诊|转院|急诊|临时)[^,。;]{0,4}?(?:人员|患者|备案)?的?(?:一样|标准|相同|一致|待遇|比例|执行)"
)


_ALSO = rx("以及|及|和|或|与|还有")
"""转诊就医的,以及急诊抢救的,…: the clause before is meant as well."""


def _short(doc: Document, start: int, end: int) -> tuple[str, ...]:
    return short_types(doc.folded[start:end])


def _not_likened(
    doc: Document, clause: Span, asked: Callable[[Document, int, int], tuple[str, ...]]
) -> tuple[str, ...]:
    """The types a clause names; 急诊的和转诊的一样: whom others are likened to is not whom the rule is for."""
    likened = _LIKENED.search(doc.folded, clause.start, clause.end)
    if likened is None:
        return asked(doc, clause.start, clause.end)
    return asked(doc, clause.start, likened.start()) or asked(doc, likened.end(), clause.end)


def _types(doc: Document, clause: Span, status: str | None = None) -> tuple[str, ...]:
    """Whom an effect is for: full labels of its clause, short ones, then what comes before and above.

    Who did not file is of no type unless the clause or the opening of its sentence says so.
    """
    if found := _not_likened(doc, clause, listed_types):
        return found
    if status == "unfiled":
        opening = doc.clauses(doc.sentence_at(clause.start))[0]
        ruled = opening == clause or rx(r"\d|百分|自付|报销").search(doc.folded[opening.start : opening.end])
        found = () if ruled else listed_types(doc, opening.start, opening.end)
        alone = not ruled and "other_temporary" in short_types(doc.folded[opening.start : clause.end])
        return found or (("other_temporary",) if alone else ())
    if found := _not_likened(doc, clause, _short):
        return found
    sentence = doc.sentence_at(clause.start)
    told: set[str] = set()
    for earlier in reversed([c for c in doc.clauses(sentence) if c.start < clause.start]):
        told |= {*(_not_likened(doc, earlier, listed_types) or _not_likened(doc, earlier, _short))}
        if told and not _ALSO.match(doc.folded, earlier.start):
            break
    if told:
        return tuple(sorted(told))
    for earlier in doc.sentences_before(sentence):
        if found := listed_types(doc, earlier.start, earlier.end):
            if set(found) <= _LONG and rx(r"[^,]{0,6}(?:其间|期间|备案期|备案有效期|在备案|返|回|仍|同时)").match(
                doc.folded[sentence.start : sentence.end]
            ):
                return found
            break
    block = doc.blocks[clause.block]
    for index in (block.row_head, block.col_head) if block.kind == "cell" else ():
        if index is None:
            continue
        head = doc.blocks[index]
        if found := listed_types(doc, head.start, head.end) or short_types(doc.folded[head.start : head.end]):
            return found
    return doc.types_of(clause.start, clause.end)


_THE_OTHERS = rx(r"^其[他它余](?:人员|患者|人|的|情形|情况)?(?=[降下先按少自执报减]|个人|支付|比例|由)")


def _types_of(doc: Document, item: _Found) -> tuple[str, ...]:
    """Whom an effect is for; of several values in one clause each has the types that stand before it."""
    if item.near and (found := listed_types(doc, *item.near) or short_types(doc.folded[slice(*item.near)])):
        return found
    if item.near and item.status == "unfiled" and status_in(doc, *item.near) == "unfiled":
        return ()
    text = doc.folded[item.clause.start : item.clause.end]
    opening = doc.sentence_at(item.clause.start).start
    if _THE_OTHERS.search(text) and item.status != "unfiled" and doc.types_in(opening, item.clause.start):
        return ("other_temporary",)
    return _types(doc, item.clause, item.status)


def _fact(doc: Document, item: _Found) -> BenefitEffect:
    clause = item.clause
    return BenefitEffect(
        effect=item.effect,
        filing_status=item.status,
        min=item.low,
        max=item.high,
        unit=item.unit,
        operator=item.operator,
        raw=item.raw,
        filing_types=() if item.effect == "home_policy" else _types_of(doc, item),
        scheme=doc.scheme_of(clause.start),
        service_scope=next(iter(doc.codes("service_scope", clause.start, clause.end)), None),
        geo_scope=_geo(doc, item),
        modality=_modality(doc, item),
        evidence=doc.evidence(item.span),
        rule=item.rule,
    )


def _geo(doc: Document, item: _Found) -> str | None:
    """Where an effect holds: of several values in one clause each has the place that stands before it."""
    if item.near:
        codes = {hit.code for hit in doc.hits("geo_scope", *item.near)} - {"any", "intra_city"}
        if len(codes) == 1:
            return codes.pop()
    return geo_of(doc, item.clause, doc.clauses(doc.sentence_at(item.clause.start)))


def _modality(doc: Document, item: _Found) -> str:
    """How binding an effect is; to be treated at both places is a right, whatever has to be done for it."""
    if "原则上" in doc.folded[slice(*item.span)]:
        return "usual"
    found = doc.modality_of(*item.span)
    return "may" if item.effect == "two_way" and found == "must" else found
