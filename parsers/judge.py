"""The page as a whole: what kind of page, for whom, by whom, from when."""

from __future__ import annotations

from parsers.document import Document
from parsers.lexicon import fold
from parsers.patterns import rx
from parsers.records import Region
from parsers.vocab import parents

_EFFECTIVE = rx(r"自\s*(20\d\d)年(\d{1,2})月(\d{1,2})日起(?:正式)?(?:施行|执行|实施|生效|启用)")
_DIALOGUE_PCT = 40
_OTHER_ANSWERS = rx(r"(?:其他|全部|更多|最佳)(?:回答|答案)|(?:^|\n)回答\s?[一二1-3](?:$|\n|[:、])")
_DOC_NO = rx(r"(?<!》\()(?<!》)(?<![\u3400-\u9fff])[\u3400-\u9fff]{2,8}\[(?:20)\d\d\]\d{1,4}号")
_FORM_FIELDS = rx(
    r"事项名称|事项编码|事项类型|实施主体|办理条件|受理条件|申请条件|申请材料|申报材料|办理流程|办理程序|办理时限|办结时限|设定依据|实施依据|服务对象|办理地点|收费标准|是否收费|办理形式|咨询电话|监督电话|承诺时限|法定时限|办理材料|子项名称|申报条件"
)


def page_type(doc: Document) -> str:
    """The kind of page, by its form first and its title second."""
    title, text = fold(doc.title), doc.folded
    if rx(r"承诺书|表样|登记表|申请表|备案表").search(title) and not rx(r"指南|流程|怎么|通知").search(title):
        return "form"
    fields = {m.group() for m in _FORM_FIELDS.finditer(text)}
    labelled = sum(1 for b in doc.blocks if b.end - b.start <= 12 and _FORM_FIELDS.search(doc.folded[b.start : b.end]))
    if len(fields) >= 4 and labelled >= 3:
        return "service_item"
    if _mostly_dialogue(doc) or rx(r"常见问题|问答|答疑|有问必答|热点问题").search(title):
        return "faq"
    articles = sum(
        1 for b in doc.blocks if (b.marker or "").startswith("第") and (b.marker or "").rstrip(" :、").endswith("条")
    )
    if articles >= 3 or (
        rx(r"通知|办法|规程|细则|意见|规定|方案|规范").search(title) and _DOC_NO.search(text[:600] + "\n" + title)
    ):
        return "policy_document"
    if rx(r"通知|公告|通告|公示|告知[单书]|提示|提醒|倡议").search(title):
        return "notice"
    asked = title.endswith("?") or rx(r"吗$|什么|[怎咋]么?办|如何").search(title)
    answers = (
        0 < len(doc.dialogue) < 3
        or rx(r"您好|你好|收悉|答复|回复").search(text[:120] + title)
        or _OTHER_ANSWERS.search(text) is not None
    )
    if rx(r"答复|回复$|咨询").search(title) or (asked and answers):
        return "qa_answer" if len(text) < 1500 else "guide_article"
    return "guide_article"


def _mostly_dialogue(doc: Document) -> bool:
    """Three questions and more, with answers that are much of the page: a guide may end with a few."""
    told = sum(doc.blocks[i].end - doc.blocks[i].start for p in doc.dialogue for i in {p.question, *p.answers})
    return len(doc.dialogue) >= 3 and told >= _DIALOGUE_PCT * len(doc.folded) // 100


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


_SPEAKERS = (
    ("D", rx(r"律师|律所|法律|问法|找法|法帮|法务|法律?网$|理财|保险(?:公司|经纪|帮助|客服|代理)|顾问")),
    (
        "A",
        rx(
            r"(?:医疗保障|医疗保险|医疗生育保险|社会保险|社会保障|医保|社保)(?:[局处]|分局|(?:事务|事业|管理|发展|经办|服务|基金|结算|稽核|信息|业务|综合){0,4}(?:中心|局|处|机构))"
            r"|人民政府|政府(?:新闻)?办公室|卫生健康委|卫健委|政务服务|行政审批|人力资源和社会保障局|人社局"
        ),
    ),
    (
        "B",
        rx(
            r"医院|卫生院|大学|学院|日报|晚报|早报|新华|人民网|广播|电视台|融媒|发布$|12345|微信公众平台|掌上医保|医保$"
        ),
    ),
)
"""Who is told by the printed name to speak with which authority; the first that fits."""
_LAWYERS = rx(r"lawyer|lvshi|64365|findlaw")


def authority_of(doc: Document, url: str | None, published: str | None, site: str | None = None) -> str:
    """Tier by evidence (domain model §13): official publisher A, hospital or media B, dated local guide C, adviser D, else E.

    `site` is the printed name of the site: an office that signs without its agency (待遇审核科) speaks for that.
    """
    host = rx(r"^https?://([^/:]+).*$").sub(r"\1", url or "")
    if host.endswith(".gov.cn"):
        return "A"
    if _LAWYERS.search(host):
        return "D"
    for name in (doc.publisher, site, *doc.breadcrumb[:1]):
        for tier, speakers in _SPEAKERS:
            if name and speakers.search(fold(name).strip(" -")):
                return tier
    return "C" if doc.region is not None and published else "E"


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


_INSURED = (
    (
        "employee",
        rx(
            r"职工(?:基本)?医(?:疗保险|保)|(?:参保|退休|在职|企业)职工|职工参保|职工(?:和|与|、|及|还是|、?城乡)居民"
            r"|职工的?(?:报销|支付|由|按|先|降|下)"
        ),
    ),
    (
        "resident",
        rx(
            r"居民(?:基本)?医(?:疗保险|保)|参保居民|居民参保|新农合|城乡居民|职工(?:和|与|、|及|还是)居民"
            r"|居民的?(?:报销|支付|由|按|先|降|下)"
        ),
    ),
)
"""How a text names the schemes that it tells of; bare 职工 and 居民 are people as well."""


def schemes_named(doc: Document) -> tuple[str, ...]:
    """The schemes that the text names: what a page tells that says nowhere whom it is for."""
    return tuple(scheme for scheme, named in _INSURED if named.search(doc.folded))


def effective_of(doc: Document) -> str | None:
    """Date from which the page's rules are in force (自…起施行); None if it prints none."""
    match = _EFFECTIVE.search(doc.folded)
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match else None
