"""Whom and what a rule is about, beyond what `Document` tells: filing status, short type labels, home, area.

Filing status says whether a rule speaks of people who filed, did not file, filed late, or count as filed. It stands in
the rule's own clause or, as a condition, in a clause before it; nearest wins. Where filing is not needed at all
(无需备案) a rule has no status.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from parsers.document import Document, Span
from parsers.patterns import rx
from parsers.vocab import parents

EXEMPT = rx(
    r"(?:无需|无须|免(?!疫)|不需要?|不用|不必|不再|毋需|毋须|不须|一律取消|不要求|(?<![需用必要先请再不])取消)(?!(?:再|先|另行|办理|去)?(?:取消|撤销|注销|终止|变更))[^,。]{0,12}(?:备案(?!,?(?:不|也不|无)[^,。]{0,3}取消)|登记|转诊)|免备|(?:备案"
    r"|登记)(?:手续)?(?![^,]{0,3}[不无])[^,]{0,4}(?:取消|免除)"
)
_UNSURE = rx(r"(?:不论|无论|不管)[^,]{0,6}(?:是否|有没有|备没备)[^,]{0,4}$|是否[^,]{0,4}$")


_FILERS = rx(
    r"(?:自行|自主|主动|自助|提前|事先|自己|直接)备案(?:到|后|再|过)?(?:外出|就医|的外出|前往|出去|去的?|走的?|过去)[^,未没]{0,6}的|^(?:[(]?[一二三四五六七八九十\d]+[).、])?[^,:未没不]{0,8}备案:"
    r"|(?<!未)(?<!不)(?<!没)(?<!需)(?<!申请)(?<!办理)备案的(?:,|:|$|人员|参保|患者|可|应|在|报销|支付|、|或|降|下|先|按|比|减|个人|自己|职工|居民|打)|办理(?:了|过"
    r"|好)?[^,未]{0,10}备案的(?:,|$)|(?<![未没])办(?:了|过|好)[^,未没]{0,8}备案的(?![^,]{0,3}有效)|(?<![未没不])(?:登记|备案)过的"
)


_TYPED_FILERS = rx(r"(?:转诊|临时|长期|自行)备案(?=降|先|按|少|低|减|报)")
"""转诊备案降5个百分点: the class of filing is whose rule it is."""
_SPARED = rx(r"(?:无需|无须|免|不需要?|不用|不必|不再)[^,]{0,6}$")
_COMPARED = rx(r"(?:比(?!例)|较|低于|高于)[^,:]{0,3}$")
_NEGATED = rx(r"(?:未|非|没有?|没能|尚未|不|又未|也未)(?:能|按规定|按要求|办理|及时|成功|进行|完成|去|提前|事先|予)?$")
_NOT_IN_TIME = rx(r"(?:亦未|也未|又未|未|没有?)(?:能)?(?:在|于|按)[^,。;的]{0,14}$")
"""未能在出院前补办, 亦未在规定期限内补办: nothing was filed or made up."""
_NOT_FILED = rx(
    r"(?:未|没有?|不)(?:按照?(?:本|上述|有关|相关|以上|前款|前述|要求的?|规定的?)?(?:规定|要求|细则|办法|通知|规程|程序|流程|时限|时间)"
    r"(?:的?要求|的?规定)?|及时|提前|事先|能|成功|完成|办理|进行|申请|履行|做好?|办|规范)+[^,的未]{0,12}(?:备案|登记)(?!表|的?有效期"
    r"|信息|材料)"
    r"|(?:什么|任何|啥|一样|哪种|哪样|一样手续|两样)(?:的)?(?:备案|登记|手续)?(?:手续)?(?:都|也|均)(?:没有?|未|不)(?:有|办|做|备|弄|登记)|忘(?:了|记)?(?:办|登记|备案|备)|补不(?:了|上|成)|(?:没有?|未|不让|不准|不能|不予)补(?!充|交|齐|贴|助|正)|(?:没|未)登记就"
)
_LATE = rx(
    r"^补[办上好了完]?(?:备案)?(?:之|以)?后|(?:出院|结算|结账|结帐)[^,。]{0,6}前[^,。未没]{0,20}(?:备案|登记|补|备上|备好|办好|办妥)|后[^,。]{0,10}(?:可以?|能)?[^,。]{0,6}补(?=,|$|。)|先(?:就医"
    r"|住院|看病)[^,]{0,2}后备案"
)
_FIRST = rx(
    r"备案(?:备)?到[^,。;]{2,10}(?:就|即)(?:可以?|行)$|把[^,未不没]{0,10}备案[^,]{0,4}(?:办好|办妥|弄好|做好|办完|办了|备好)了?$|(?:提前|先|预先|及时|按规定|办理|办好|完成|做|办|进行)[^,未不没]{0,24}(?:备案|登记)(?:手续)?$"
)
_BASE = rx(r"在[^,。;]{2,24}基础上")
_RULED = rx(r"\d%|百分点|结算|报销|自付|享受|办理$|执行|待遇")
_SUBJECT_END = rx(r"(?:的|人员|患者|的话|者)$")


def status_in(doc: Document, start: int, end: int) -> str | None:
    """The last status named in a stretch of text, None where it names none or says that filing is not needed."""
    text = doc.folded[start:end]
    if (late := _LATE.search(text)) and not rx(r"(?:未能?|没能?|没有)(?:在|于)?$").search(text[: late.start()]):
        return "made_up"
    bases = [match.span() for match in _BASE.finditer(text)]
    for low, high in bases:  # 在备案人员的基础上再降: whom others are compared with
        text = f"{text[:low]}{'◇' * (high - low)}{text[high:]}"
    found, position = ("filed", 0) if _FILERS.search(text) else (None, 0)
    for hit in doc.hits("filing_status", start, end):
        if any(low <= hit.start - start < high for low, high in bases):
            continue
        before = doc.folded[max(start, hit.start - 12) : hit.start]
        if _SPARED.search(before) or _UNSURE.search(before) or _COMPARED.search(before):
            continue
        if hit.code == "filed" and rx(r"补[办了好上完做]?(?:理|好|了|上|成功)?$").search(before):
            found, position = "made_up", hit.end - start  # 补了备案以后
            continue
        negated = hit.code in ("filed", "made_up") and (_NEGATED.search(before) or _NOT_IN_TIME.search(before))
        found, position = ("unfiled" if negated else hit.code), hit.end - start
    for match in _NOT_FILED.finditer(text):
        if match.end() >= position and not _SPARED.search(text[: match.start()]):
            found, position = "unfiled", match.end()
    for match in _TYPED_FILERS.finditer(text):
        if match.end() > position:
            found, position = "filed", match.end()
    if found == "filed" and EXEMPT.search(text):
        return None
    return found


def status_of(doc: Document, clause: Span, clauses: list[Span]) -> str | None:
    """Status of the rule in `clause`: its own, else that of the clauses before it in the sentence, nearest first."""
    named = listed_types(doc, clause.start, clause.end) or short_types(doc.folded[clause.start : clause.end])
    ended = bool(named)  # a condition (…的) has begun: only its own other clauses still belong to the rule
    for span in (clause, *reversed([c for c in clauses if c.start < clause.start])):
        text = doc.folded[span.start : span.end]
        if ended and span is not clause and _RULED.search(text):
            return None  # what this clause rules is over
        if status := status_in(doc, span.start, span.end):
            return status
        if EXEMPT.search(text):
            deemed = any(status_in(doc, c.start, c.end) == "deemed_filed" for c in clauses if c.start < span.start)
            return "deemed_filed" if deemed else None  # 视同备案,无需登记
        if text.startswith(("否则", "逾期", "过期")):
            before = [c for c in clauses if c.start < span.start]
            nearest = doc.folded[before[-1].start : before[-1].end] if before else ""
            return None if rx(r"联网|定点|刷卡").search(nearest) and "备" not in nearest else "unfiled"
        if span is not clause and _FIRST.search(text):
            return "filed"
        ended = ended or (span is not clause and bool(_SUBJECT_END.search(text)))
    return None


_HEADED_FILED = rx(r"(?<![未没不免再需])(?<!没有)(?:转诊|长期|临时|并|已|经|后|[(])备案(?:人员|后)?(?=$|[,(),、])")
"""长期备案 as the head of a row: its values are for people who filed."""


TITLE_OF_CLAIMS = rx(
    r"手工|零星|零报|垫付|现金|理赔|报销[^,。]{0,8}(?:材料|资料|流程|手续|申请|怎么|如何|程序|指南)|(?:怎么|如何|申请|办理)[^,。]{0,8}报销"
)
"""外地看病报销明白纸 is about all that pays: such a title makes no procedure one of a claim."""
_ASKED = rx(r"(?:必须|要不要|需不需要|是否|用不用|需要|得|要)[^,?]{0,8}备案[^,?]{0,6}(?:吗|么|呢)?\?")
"""住院必须先备案吗? asks whether one has to."""


def status_above(doc: Document, block: int) -> str | None:
    """Status that table heads or the blocks above give (2. 未备案的情况): nearest first. The page's title gives none."""
    own = doc.blocks[block]
    row = [
        i
        for i in range(max(0, block - 12), block)
        if own.table is not None and (doc.blocks[i].table, doc.blocks[i].row) == (own.table, own.row)
    ]
    for head in (own.row_head, own.col_head, *reversed(row), *list(doc.above(block))[:3]):
        if head is None:
            continue
        start, end = doc.blocks[head].start, doc.blocks[head].end
        asked = _ASKED.search(doc.folded, start, end)
        if end - start <= 60 and not asked and (status := status_in(doc, start, end)):
            return status
        if end - start <= 30 and own.kind == "cell" and _HEADED_FILED.search(doc.folded, start, end):
            return "filed"
    return None


def geo_of(doc: Document, clause: Span, clauses: list[Span]) -> str | None:
    """Geographic scope of a rule: its clause, the clauses before it, table heads. Headings name it too loosely."""
    block = doc.blocks[clause.block]
    spans = [(clause.start, clause.end), *((c.start, c.end) for c in reversed(clauses) if c.start < clause.start)]
    spans += [(doc.blocks[h].start, doc.blocks[h].end) for h in (block.row_head, block.col_head) if h is not None]
    if block.table is not None:  # a second head row: 省内异地 | 跨省 under one merged head
        spans += [
            (b.start, b.end)
            for b in reversed(doc.blocks[: clause.block])
            if (b.table, b.col) == (block.table, block.col) and b.end - b.start <= 10
        ]
    for start, end in spans:
        codes = [
            hit.code
            for hit in doc.hits("geo_scope", start, end)
            if hit.code not in ("any", "intra_city") and not rx(r"以外|之外").match(doc.folded[hit.end : hit.end + 2])
        ]
        if codes:
            return codes[-1] if len(set(codes)) == 1 else None
    return None


_SHORT_TYPES = (
    (
        "long_term",
        rx(
            r"(?:^|[,:、和(\[跨省])(?:长期|长住|常住|长居|常驻|长期在外)(?:的|类|备案|登记|在外|人员|居住|:|\])|(?:居住|安置)类"
        ),
    ),
    ("temporary", rx(r"(?:^|[,:、和(\[跨省])临时(?:的|类|备案|登记|外出|:|\]|[和与及、]转诊)")),
    (
        "referral",
        rx(
            r"(?:^|[,:、和(\[跨省外内])(?:转诊|转院|转诊转院)(?:的|类|出|不|\]|并?备案|登记|住院|到|至|就医|有效|:|少|降|减|先|按|低|$)"
            r"|(?:凭|有|持|经)[^,未没无]{0,6}转诊(?:单|证明|手续|意见|并|备案|且|$)"
        ),
    ),
    ("emergency", rx(r"急诊|抢救|急危重")),
    (
        "other_temporary",
        rx(
            r"自[行己主](?:直接)?备案(?:的|前往|去|出|外出|少|降|低|减)|自[行主](?:外出|异地|到|前往)?[^,]{0,6}(?:就医|就诊|住院)|自[行主]外出|自己(?:跑|去|出去|外出|前往|要求)"
            r"|(?:不是|并非)转[诊院]|\[自[行主己][^\]]{0,6}\]|(?:未|无)(?:经|办理?)?转诊|没有?(?:经过?|办理?|开|走)?转诊"
        ),
    ),
)
"""Types by their first word alone, as tables and articles shorten them; asked only where no full label stands."""


_FORMER = rx(
    r"(?:(?:^|[,:“])(?:过去|以前|原来|此前(?!未|没)|以往|原先)|按照?原(?:政策|规定)|原(?:政策|规定))(?!.{0,80}(?:现在|如今|现|目前|调整|改为))"
)


def is_former(text: str) -> bool:
    """Whether a stretch ends in what it calls the rule of former times (过去…, with no 现在 behind it)."""
    return _FORMER.search(text) is not None


def short_types(text: str) -> tuple[str, ...]:
    """Filing types told by a short label (长期的, 转诊的), sorted."""
    return tuple(
        sorted(
            code
            for code, pattern in _SHORT_TYPES
            if any(not _DENIED.search(text[: match.start()]) for match in pattern.finditer(text))
        )
    )


def listed_types(doc: Document, start: int, end: int) -> tuple[str, ...]:
    """Types named in a stretch: a child and its umbrella side by side are both meant where they are listed
    (转诊、临时外出), the umbrella alone where it sums up (异地安置等长期备案人员); what is denied (也不是急诊) is not meant."""
    text = doc.folded
    mentions = [
        hit for hit in doc.types_named(start, end) if not _DENIED.search(text[max(start, hit.start - 8) : hit.start])
    ]
    codes = {hit.code for hit in mentions}
    tree = parents("filing_type")
    umbrellas = {tree[code] for code in codes} & codes
    for one, other in pairwise(mentions):
        between = text[one.end : other.start]
        if other.code in umbrellas and tree.get(one.code) == other.code and between.startswith("等"):
            return (other.code,)
        if {one.code, other.code} & umbrellas and _LISTED.fullmatch(between):
            umbrellas -= {one.code, other.code}
    return tuple(sorted(codes - umbrellas))


_DENIED = rx(r"(?:[既也又]不|不是|不属于|并非|而非|非|无|没有?|未|除(?:了|开|去)?)[^,、。]{0,3}$")
_LISTED = rx(r"(?:人员|就医|备案|登记|类|的)*[、和及或与]+(?:异地|跨省|省内)?")


_REACH = 200


def unmarked(text: str) -> str:
    """`text` without the signs the patterns use for themselves (some pages have ◆ for a bullet)."""
    return text.translate(_SIGNS)


_SIGNS = str.maketrans("◆◇⌂", "···")


def near(marked: str) -> str:
    """The part of a marked text around its ◆: words farther away than a long clause tell nothing about it."""
    left, sign, right = marked.partition("◆")
    return f"{left[-_REACH:]}{sign}{right[:_REACH]}" if sign else marked[:_REACH]


BACK = (
    r"返[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼](?:看病|就医|住院|就诊)|(?:返回|(?<!来)回到?)(?!到?(?:备案|居住|就医|安置|工作|登记|该|其|医院|单位|原(?!籍)))"
    r"[\u4e00-\u9fff]{2,4}?(?:探亲|过年|过节|休假|短期|临时)?(?:期间|看病|就医|住院|就诊)"
)
"""Coming back to a place that is named: whoever comes back comes home, known to us or not."""

HOME = "⌂"
"""Stands for the insured place in texts given by `with_home`."""
_HOME_WORDS = (
    "参保地 参保市 参保区县 参保县 本市 我市 本州 我州 本省 我省 本县 我县 本旗 我旗 本盟 我盟 本地 市内 州内 县内 旗内 盟内"
    " 市里 县里 老家 家门口 统筹区内 本统筹区 户籍地 原籍"
).split()
_OFFICE = rx(r"(?:(?:维吾尔|壮族|回族)?自治区|(?:[\u4e00-\u9fff]{1,4}族)+自治[州县]|[省市县区盟州])$")


@cache
def _home_pattern(name: str | None) -> re.Pattern[str]:
    words = list(_HOME_WORDS)
    initial = ""
    if name:
        short = _OFFICE.sub("", name)
        words += [name] + ([short] if len(short) > 1 else [])
        initial = rf"|(?<=[返回]){re.escape((short or name)[0])}(?=[就看住])"
    named = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return rx(rf"{named}|(?<=[按照行与同和跟])[\u4e00-\u9fff]{{2,3}}[市州](?=同级|同等|相应级){initial}")


def with_home(doc: Document, text: str) -> str:
    """`text` with the words for the insured place, the page's own region among them, as `HOME`."""
    region = doc.region
    return _home_pattern(region.name if region and region.adcode != "100000" else None).sub(HOME, text)
