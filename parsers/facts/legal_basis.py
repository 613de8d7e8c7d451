"""Legal basis: laws, notices and rules that a page cites, with 文号 and article where printed.

In: a Document. Out: one `LegalBasis` per document; titles are the same when they agree from 关于 on. `document_id` is the
id of parsers/vocab/documents.yml. 《…表》 and 《…承诺书》 are papers, never a basis; an abbreviation (以下简称《规程》) is no
second document. A 文号 is written with 〔〕 whatever brackets the page uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from parsers.document import Document
from parsers.lexicon import fold
from parsers.outline import Block
from parsers.patterns import rx
from parsers.records import LegalBasis, joined
from parsers.vocab import load_yaml

_TITLE = rx(r"《([^《》]{2,120}(?:《[^《》]{1,80}》[^《》]{0,60})?)》")
_RULE = rx(
    r"通知|办法|规定|措施|意见|规程|条例|法$|法律|细则|方案|规则|决定|政策|公告|批复|通告|要点|规范|标准|制度|事项清单|服务指南|办事指南"
    r"|就医指南|协议$|解读|复函|指引|指导|答复|规划|纲要|令$"
)
_PAPER = rx(
    r"(?:表|(?<!清)单|承诺书|委托书|告知书|申请书|证明|证明书|凭证|回执|证|登记书|知情书|报告|病历|合同|说明书|声明)(?:[(][^()]*[)])?$"
)
_OFF_SUBJECT = rx(r"药品|目录|耗材|诊疗项目|民法典|医疗机构管理|处方|日报|晚报|新闻|周刊")
_CATALOGUE = rx(r"药品目录|版.{0,6}目录")
_CITED = rx(r"根据|依据|按照|执行|文件|规定|落实|贯彻")
_BETWEEN = rx(r"(?:的(?:通知|公告|意见|函))?[\s(,]*(?:以下简称[^()]{0,12}[),]?)?[\s(]*")
_STRAY_SPACE = rx(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])(?<!局 )(?<!部 )(?<!委 )(?<!厅 )(?<!会 )")
"""A space between Chinese characters that does not part two issuers (国家医保局 财政部)."""
_ISSUED = rx(r"[^。]{0,12}(?:印发|发给|公布|予以公布)")
_ABBREVIATED = rx(r"(?:简称|称为|统称)[:为]?[“\"']?$")
_YEAR_AND_NUMBER = rx(r"\s{0,3}[\[(<﹝〈]\s*((?:19|20)\s*\d\s*\d)\s*[\])>﹞〉]\s*(?:第\s*)?(\d{1,5})\s*号")
_AGENCY = rx(r"[\u4e00-\u9fff]{1,14}(?:[(][\u4e00-\u9fff]{1,6}[)])?[\u4e00-\u9fff]{0,6}$")
_ORDER = rx(
    r"[(,]?\s{0,3}((?:国务院|主席|国家[\u4e00-\u9fff]{2,8}|[\u4e00-\u9fff]{2,10}(?:省|市|区|自治区)人民政府|[\u4e00-\u9fff]{2,8}[部局])令"
    r"\s*第?\s*\d{1,4}\s*号)"
)
"""Orders count without a year: 国务院令第735号."""
_ORDER_BEFORE = rx(
    r"((?:国务院|主席|国家[\u4e00-\u9fff]{2,8}|[\u4e00-\u9fff]{2,10}(?:省|市|区|自治区)人民政府)令\s?第?\s?\d{1,4}\s?号)[( ]?$"
)
_LEAD = rx(
    r".*(?:根据|依据|按照|按|贯彻|落实|执行|转发|印发|参照|遵照|以及|及|和|与|、|为|见|即|由|文号|发文字号|文件|通知|文|号)\s*:?(?=.{2})"
)
"""Words before the agency's letters that are none of them."""
_ARTICLE = rx(
    r"\s{0,3}(?:[(][^()]{0,40}[)])?\s{0,3}的?"
    r"((?:第[一二三四五六七八九十百零〇\d]{1,7}[章节条款项](?:第[一二三四五六七八九十百\d]{1,4}[款项])?(?:(?:、|和|至)(?=第))?)+)"
)
_BARE_TITLE = rx(
    r"((?:[\u4e00-\u9fff]{2,20}(?:局|部|委|厅|政府|办公室|委员会)[ 、]?){0,3}关于[^,。;:《》()]{6,70}?的?"
    r"(?:通知|意见|办法|规定|公告|通告|方案|决定))\s*[(\[]?\s*$"
)
"""A title without 《》, right before a 文号."""


class _Number(NamedTuple):
    """A 文号 at `[start, end)`, written in its standard form: 医保发〔2022〕22号."""

    start: int
    end: int
    doc_no: str


@cache
def _documents() -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Title key and 文号 → id; id → document."""
    rows = load_yaml("documents.yml")
    keys: dict[str, str] = {}
    for row in rows:
        for title in row["titles"]:
            keys[_key(title)] = row["id"]
        if "doc_no" in row:
            keys[_key(row["doc_no"])] = row["id"]
    return keys, {row["id"]: row for row in rows}


def _key(title: str) -> str:
    """What two mentions of a document share: from 关于 on, without white space and punctuation."""
    plain = rx(r"[^\w\u4e00-\u9fff]").sub("", fold(title))
    at = plain.find("关于")
    return plain[at:] if at >= 0 else plain


def find(doc: Document) -> Iterator[LegalBasis]:
    """All documents cited, in order of first mention; the notice's own 文号 line last."""
    merged: dict[str, LegalBasis] = {}
    numbers = _numbers(doc.folded)
    used: set[_Number] = set()
    for fact, number in (*_titled(doc, numbers), *_tabled(doc, numbers), *_fielded(doc, numbers)):
        used |= {number} if number else set()
        _add(merged, fact)
    for fact in _numbered(doc, [number for number in numbers if number not in used]):
        _add(merged, fact)
    yield from merged.values()


def _numbers(folded: str) -> list[_Number]:
    """Every 文号 of a text: year and number first, then the agency's letters before them."""
    found = []
    for match in _YEAR_AND_NUMBER.finditer(folded):
        line = folded.rfind("\n", 0, match.start()) + 1
        if agency := _AGENCY.search(folded[max(line, match.start() - 28) : match.start()]):
            lead = _LEAD.match(agency.group())
            letters = agency.group()[lead.end() if lead else 0 :]
            year = rx(r"\s").sub("", match[1])
            found.append(_Number(match.start() - len(letters), match.end(), f"{letters}〔{year}〕{match[2]}号"))
    return found


def _add(merged: dict[str, LegalBasis], fact: LegalBasis) -> None:
    key = _key(fact.title)
    known = merged.get(key)
    if known is None and fact.document_id:
        key, known = next(((k, f) for k, f in merged.items() if f.document_id == fact.document_id), (key, None))
    if known is None:
        merged[key] = fact
        return
    merged[key] = replace(
        known,
        evidence=joined(known.evidence, fact.evidence),
        doc_no=known.doc_no or fact.doc_no,
        article=known.article or fact.article,
        document_id=known.document_id or fact.document_id,
    )


def _titled(doc: Document, numbers: list[_Number]) -> Iterator[tuple[LegalBasis, _Number | None]]:
    """《title》 with a 文号 right before or behind it, and titles without marks that carry a 文号; each with its 文号."""
    folded = doc.folded
    keys, _ = _documents()
    places = [(*m.span(), *m.span(1)) for m in _TITLE.finditer(folded)]
    for number in numbers:
        begin = max(folded.rfind("\n", 0, number.start) + 1, number.start - 130)
        if (bare := _BARE_TITLE.search(folded[begin : number.start])) and not any(
            a <= begin + bare.start(1) < b for a, b, *_ in places
        ):
            places.append((begin + bare.start(1), begin + bare.end(1)) * 2)
    for start, end, inner, close in sorted(places):
        if not _is_document(folded[inner:close]) or _ABBREVIATED.search(folded[max(0, start - 6) : start]):
            continue
        if _ISSUED.match(folded, end) and rx(r"(?:现|兹)?将$").search(folded[max(0, start - 6) : start]):
            continue  # 现将《…办法》印发给你们: what the notice itself brings
        beside = _beside(folded, start, end, numbers)
        order = None if beside else _ORDER.match(folded, end, min(len(folded), end + 40))
        before = None if beside or order else _ORDER_BEFORE.search(folded[max(0, start - 30) : start])
        first, last = (
            min(start, beside.start) if beside else start - len(before.group() if before else ""),
            max(end, beside.end if beside else order.end() if order else end),
        )
        last += last > end and folded[last : last + 1] == ")"
        article = _ARTICLE.match(folded, end, min(len(folded), end + 70))
        title = _STRAY_SPACE.sub("", rx(r"\s+").sub(" ", doc.verbatim(inner, close)).strip())
        order = order or before
        doc_no = beside.doc_no if beside else rx(r"\s").sub("", order[1]) if order else None
        fact = LegalBasis(
            evidence=doc.evidence((first, max(last, article.end(1)) if article else last)),
            rule="legal_basis.title",
            title=title,
            doc_no=doc_no,
            article=article[1] if article else None,
            document_id=keys.get(_key(title)) or (keys.get(_key(doc_no)) if doc_no else None),
        )
        yield fact, beside


_TITLE_HEAD = rx(
    r"(?:设定|法律|政策|实施|文件)?依据(?:文件)?名称|(?:法律)?法规(?:文件)?名称|(?:政策|依据)?文件(?:名称|标题)|(?:法律|政策)法规"
)
_NUMBER_HEAD = rx(r"(?:依据|文件|发文)?(?:文号|字号)")
_ARTICLE_HEAD = rx(r"(?:依据)?条款(?:号|内容)?")


def _tabled(doc: Document, numbers: list[_Number]) -> Iterator[tuple[LegalBasis, _Number | None]]:
    """Rows of the table of a service item: 依据名称, 依据文号, 条款内容 (national catalogue of service items)."""
    for block in doc.blocks:
        if block.kind != "cell" or block.col_head is None or not _TITLE_HEAD.fullmatch(doc.block_text(block.col_head)):
            continue
        title = _STRAY_SPACE.sub("", doc.verbatim(block.start, block.end)).strip(" 《》")
        if "《" in title or not _is_document(fold(title)):
            continue
        row = {
            kind: other
            for other in doc.blocks
            if other.table == block.table and other.row == block.row and other.col_head is not None
            for kind, head in (("number", _NUMBER_HEAD), ("article", _ARTICLE_HEAD))
            if head.fullmatch(doc.block_text(other.col_head))
        }
        yield _of_fields(doc, block, title, row, numbers)


def _fielded(doc: Document, numbers: list[_Number]) -> Iterator[tuple[LegalBasis, _Number | None]]:
    """The same as fields one below the other: 法律法规名称, 依据文号, 条款号, each with its value beside or below it."""
    for i, block in enumerate(doc.blocks):
        if not _TITLE_HEAD.fullmatch(_field_of(doc, block)):
            continue
        title = _STRAY_SPACE.sub("", doc.verbatim(block.start, block.end)).strip(" 《》")
        if "《" in title or not _is_document(fold(title)):
            continue
        fields: dict[str, Block] = {}
        for other in doc.blocks[i + 1 : i + 9]:
            name = _field_of(doc, other)
            if _TITLE_HEAD.fullmatch(name):
                break
            for kind, head in (("number", _NUMBER_HEAD), ("article", _ARTICLE_HEAD)):
                if head.fullmatch(name):
                    fields.setdefault(kind, other)
        yield _of_fields(doc, block, title, fields, numbers)


def _field_of(doc: Document, block: Block) -> str:
    """The label of a field whose value a block is: the head of its row, or the heading right above it."""
    head = block.row_head if block.row_head is not None else block.parent
    return "" if head is None or block.col_head is not None or block.kind == "heading" else doc.block_text(head)


def _of_fields(
    doc: Document, block: Block, title: str, row: dict[str, Block], numbers: list[_Number]
) -> tuple[LegalBasis, _Number | None]:
    """The document whose title is `block`, with the number and the article that stand in other cells or fields."""
    keys, _ = _documents()
    cell = row.get("number")
    number = next((n for n in numbers if cell and cell.start <= n.start < cell.end), None)
    order = (
        cell
        and number is None
        and rx(r"[^,。;]{2,16}令\s?第?[\d一二三四五六七八九十百]{1,5}号").match(doc.folded, cell.start, cell.end)
    )
    doc_no = number.doc_no if number else doc.verbatim(*order.span()) if order else None
    article = _ARTICLE.match(doc.folded, row["article"].start, row["article"].end) if "article" in row else None
    fact = LegalBasis(
        evidence=doc.evidence((block.start, block.end), *([(cell.start, cell.end)] if cell and doc_no else [])),
        rule="legal_basis.row",
        title=title,
        doc_no=doc_no,
        article=article[1] if article else None,
        document_id=keys.get(_key(title)) or (keys.get(_key(doc_no)) if doc_no else None),
    )
    return fact, number


def _beside(folded: str, start: int, end: int, numbers: list[_Number]) -> _Number | None:
    """The 文号 right behind a title, or right before it."""
    for number in numbers:
        if end <= number.start <= end + 40 and _BETWEEN.fullmatch(folded[end : number.start]):
            return number
        if start - 8 <= number.end <= start and rx(r"[ ,文:件]*").fullmatch(folded[number.end : start]):
            return number
    return None


def _is_document(name: str) -> bool:
    """Whether a title is one of a law, notice or rule, and not of a paper, an abbreviation or a catalogue of drugs."""
    name = rx(r"\s").sub("", name)
    bare = rx(r"[(][^()]{0,30}[)]$").sub("", name)
    off_subject = _CATALOGUE.search(name) or (
        _OFF_SUBJECT.search(name) and "医保" not in name and "医疗保障" not in name
    )
    return len(bare) >= 5 and bool(_RULE.search(bare)) and not _PAPER.search(bare) and not off_subject


def _numbered(doc: Document, numbers: list[_Number]) -> Iterator[LegalBasis]:
    """A 文号 that no title stands beside: cited by itself, or, on a line of its own near the top, the page's."""
    keys, documents = _documents()
    for number in numbers:
        known = keys.get(_key(number.doc_no))
        around = doc.folded[max(0, number.start - 20) : number.end + 12]
        own = _is_own_line(doc, number) and not _CITED.search(around)
        if known is None and not own and not _CITED.search(around):
            continue
        yield LegalBasis(
            evidence=doc.evidence((number.start, number.end)),
            rule="legal_basis.number",
            title=doc.title if own and doc.title else documents[known]["titles"][0] if known else number.doc_no,
            doc_no=number.doc_no,
            document_id=known,
        )


def _is_own_line(doc: Document, number: _Number) -> bool:
    """（医保发〔2022〕22号） 2022年6月30日: the line of the number and date of the page itself."""
    block = doc.blocks[doc.block_at(number.start)]
    line = rx(r"\s|\d|[年月日()]").sub("", doc.folded[block.start : number.start] + doc.folded[number.end : block.end])
    return len(line) <= 14 and (block.start < 600 or len(doc.text) < 60)
