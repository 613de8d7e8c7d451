"""The page as a whole: is it about filing or settling treatment away from home, what kind of page, for whom, by whom."""

from __future__ import annotations

from parsers.document import Document
from parsers.lexicon import fold
from parsers.patterns import rx
from parsers.records import Region
from parsers.vocab import parents

_SUBJECT = rx(
    r"异地(?:就医|就诊|看病|住院|门诊|结算|报销|安置(?:退休)?人员[^。]{0,12}(?:就医|医保)|转诊|急诊|购药|生育|医保|医疗)|(?:跨省|省外|外省|省内|跨市|外地|区外|州外|市外)[^,。;\n]{0,6}(?:就医|就诊|看病|住院|结算|转诊|报销)"
    r"|临时外出就医|转外就医|转外住院|转诊转院|转院[^,。;\n]{0,6}(?:备案|手续)|长期异地|异地[^,。;\n]{0,10}备案|医保[^,。;\n]{0,12}备案|备案[^,。;\n]{0,10}(?:就医|住院|医保)|就医地|(?:区|州|盟|市)外就医"
)
_TALK = rx(
    r"(?:视同|免|无需|先|没|未|补|要|用|办|取消|不用|不需要?)[^,。;\n]{0,4}备案|备案(?:后|了|成功|手续|类型|有效期|的)"
)
_AWAY = rx(r"异地|外地|外省|省外|市外|跨省|省内|(?:去|到|在)(?:北京|上海|广州|天津|杭州|南京|成都|武汉|西安|昆明|深圳)")
_CARE = rx(r"看病|就医|住院|医院|门诊|结算|报销")
_HANDLED = rx(r"备案|结算|转诊|报销")
_INSURANCE = rx(r"医保|医疗保险|医疗保障|新农合|合作医疗|参保|直接结算|报销")
_EFFECTIVE = rx(r"自\s*(20\d\d)年(\d{1,2})月(\d{1,2})日起(?:正式)?(?:施行|执行|实施|生效|启用)")
_DOC_NO = rx(r"[\u3400-\u9fff]{2,8}\[(?:20)\d\d\]\d{1,4}号")
_FORM_FIELDS = rx(
    r"事项名称|事项编码|事项类型|实施主体|办理条件|受理条件|申请条件|申请材料|申报材料|办理流程|办理程序|办理时限|办结时限|设定依据|实施依据|服务对象|办理地点|收费标准|是否收费|办理形式|咨询电话|监督电话|承诺时限|法定时限|办理材料|子项名称|申报条件"
)


def is_relevant(doc: Document) -> bool:
    """Whether the page is about the subject: named in the title, or again and again in the text beside the insurance.

    A passing mention (one sentence of a news page on another matter) does not make a page one of ours.
    """
    title = fold(doc.title)
    text = doc.folded
    if _SUBJECT.search(title) and (_INSURANCE.search(title) or _INSURANCE.search(text)):
        return True
    places = [m.start() for m in _SUBJECT.finditer(text)]
    if "备案" in title and _CARE.search(title + text) and _INSURANCE.search(text) and _AWAY.search(text + title):
        return True
    if _INSURANCE.search(text) and _CARE.search(text) and _AWAY.search(text):
        places += [m.start() for m in _TALK.finditer(text)]
    if not places or not _INSURANCE.search(text):
        return False
    blocks = {doc.block_at(place) for place in places}
    named = any(_SUBJECT.search(doc.block_text(i)) for i, b in enumerate(doc.blocks) if b.kind == "heading")
    per_thousand = 1000 * len(places) / max(len(text), 1)
    span = doc.sentence_at(places[0])
    handled = len(text) < 400 and _HANDLED.search(text, span.start, span.end) is not None
    return named or ((len(places) >= 2 or handled) and per_thousand >= 1.5) or (len(blocks) >= 3 and len(places) >= 4)


def page_type(doc: Document) -> str:
    """The kind of page, by its form first and its title second."""
    title, text = fold(doc.title), doc.folded
    if rx(r"承诺书|表样|登记表|申请表|备案表").search(title) and not rx(r"指南|流程|怎么|通知").search(title):
        return "form"
    fields = {m.group() for m in _FORM_FIELDS.finditer(text)}
    labelled = sum(1 for b in doc.blocks if b.end - b.start <= 12 and _FORM_FIELDS.search(doc.folded[b.start : b.end]))
    if len(fields) >= 4 and labelled >= 3:
        return "service_item"
    if len(doc.dialogue) >= 3 or rx(r"常见问题|问答|答疑|有问必答|热点问题").search(title):
        return "faq"
    articles = sum(
        1 for b in doc.blocks if (b.marker or "").startswith("第") and (b.marker or "").rstrip(" :、").endswith("条")
    )
    if articles >= 3 or (
        rx(r"通知|办法|规程|细则|意见|规定|方案|规范").search(title) and _DOC_NO.search(text[:600] + title)
    ):
        return "policy_document"
    if rx(r"通知|公告|通告|公示").search(title):
        return "notice"
    if title.endswith("?") or rx(r"吗$|什么|怎么办|如何").search(title):
        return "qa_answer" if len(text) < 1500 else "guide_article"
    return "guide_article"


def scope_of(region: Region | None) -> str:
    """Whom the page speaks to, by the level of its region."""
    if region is None:
        return "generic"
    code = region.adcode
    if code == "100000":
        return "national"
    if code.endswith("0000"):
        return "provincial"
    return "municipal" if code.endswith("00") else "county"


def authority_of(doc: Document, url: str | None, published: str | None) -> str:
    """Tier by evidence (domain model §13): official publisher A, hospital or media B, dated local guide C, adviser D, else E."""
    host = rx(r"^https?://([^/:]+).*$").sub(r"\1", url or "")
    who = fold(f"{doc.publisher or ''} {' '.join(doc.breadcrumb)}")
    if host.endswith(".gov.cn") or rx(r"医疗保障局|医保局|人民政府|卫生健康委|政务服务").search(who):
        return "A"
    if rx(r"医院|日报|晚报|新华|人民网|广播|电视台|发布$|医保").search(who):
        return "B"
    if rx(r"律师|律所|法律|保险经纪|理财").search(who) or rx(r"lawyer|lvshi|64365|findlaw").search(host):
        return "D"
    if doc.region is not None and published:
        return "C"
    return "E"


def schemes_of(doc: Document) -> tuple[str, ...]:
    """Schemes the page is for: those of the title, else those of a field that names who is served; empty = not said."""
    tree = parents("scheme")

    def named(codes: list[str]) -> tuple[str, ...]:
        return tuple(sorted({tree.get(code) or code for code in codes if code != "unspecified"}))

    if found := named([hit.code for hit in doc.title_terms["scheme"].all]):
        return found
    for i, block in enumerate(doc.blocks):
        heads = doc.heads_text(i).split("\n")[:2]
        if any(rx(r"(?:服务|适用|办理|受理|申报)(?:对象|范围|条件|人群)").search(h) for h in heads) and (
            found := named(doc.codes("scheme", block.start, block.end))
        ):
            return found
    return ()


def effective_of(doc: Document) -> str | None:
    """Date from which the page's rules are in force (自…起施行); None if it prints none."""
    match = _EFFECTIVE.search(doc.folded)
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match else None
