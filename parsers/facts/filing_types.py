"""Filing types a page names as categories: headings, lists, definitions, form options, subjects of a duty.

A label that ends like a class of people (…人员, …患者, …备案) names a category wherever it stands; a bare one (急诊抢救,
长期居住) does so only in a heading, in a list with other types, or where it is defined. What is no
mention at all (titles in 《》, names of papers) is decided in document.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.classes import enumerations
from parsers.document import Document
from parsers.lexicon import Hit
from parsers.patterns import rx
from parsers.records import FilingType, Issue
from parsers.vocab import parents

_PEOPLE = rx(r"(?:人员|患者|人群|群体|学生|老人|退休|农民工?|的?参保人|备案|登记|就医|类)$")
_FOLLOWED = rx(r"[”\"』」]?(?:就医|就诊)?(?:的)?(?:参保)?(?:人员|人(?=[,。;:、共]|$)|患者|人群|群体|备案|就医|类)")
_RULED = rx(r"的(?:,|提供|凭|由|按|需|须|应|持|可|降|减|报|自付|先|不|只|无|一次|管|带|交|能|在|向|到|有效|通常|一般)")
"""转诊的由…开具转诊单: a rule of its own makes a class of a bare word."""
_DEFINED = rx(r"[”\"']?(?:则|一般|主要|通常)?(?:是指|指的是|指|包括|包含|即|是因|系指)|[”\"']?\s?--")
_LISTED = rx(r"^[、,/或和及与等\s()“”\"]*(?:异地|跨省|以及|或者|人员|备案|就医|的|类)*[、,/或和及与\s()“”\"]*$")
_DEFINES = rx(r"(?:是指|指的是|则是因|一般指|系指)")
_IS_SUBSUMED = rx(
    r"(?:办|选择?|勾选|申请|(?<!已)(?<!已经)按照?|叫做?|称作|称为|归为|归到|归入|归在|属于|算作?|算是|走|选[了成]|登记[为成]|[办报备]成|那是|就是)[“\"『「]?$"
)
"""What puts somebody into a class (算异地长期居住, 走“异地转诊”), so that a bare label names one."""
_DESCRIBES = rx(r"[跟随投在到去]|自己|直接")
"""您属于跟随子女居住: a description, which somebody may fit without a class of that name."""
_COMPRISES = rx(r"[^。;]{0,30}?(?:包括|包含|涵盖|分为|含)")
"""长期居住在外市(6个月以上),包括…: an umbrella whose classes follow."""
_COMPARED = rx(r"(?:按照?|参照|比照|等同于?|视同|与|和|同)[^,。;]{0,2}$")
_STANDARD = rx(r"(?:就医)?(?:人员|患者)?的?(?:报销)?(?:标准|待遇|比例|政策)")
"""待遇按转诊人员标准: a class that only lends its rates."""
_BACKGROUND = rx(
    r"(?:逐年|逐渐|日益|日渐|越来越|不断|持续)(?:增多|增加|增长|扩大|上升|多)|(?:很多|不少|许多|好多|常有|经常有|一些)[^,。;]{0,16}(?:会|常|都|想|来)?(?:问|咨询|打听|关心|疑惑|纠结)"
)
"""Why the page was written: 外出务工的群众逐年增多, 很多在外上班的人会问."""
_NEED_NOT_FILE = rx(
    r"视[同为作][^,;。]{0,6}备案|(?:不用|无需|无须|不需要?|免)(?:办理?|去|再|申请|事先|提前)*备案|默认[^,;。]{0,4}备案"
)
"""What sets emergencies apart as a class of their own, however the text calls them."""
_QUOTES_PER_TYPE = 10


def find(doc: Document) -> Iterator[FilingType | Issue]:
    """One fact per type and page, all its mentions as evidence."""
    mentions = doc.named_types
    places: dict[str, list[tuple[int, int]]] = {}
    members: set[str] = set()
    labels: dict[str, str] = {}
    for i, hit in enumerate(mentions):
        if not _names_category(doc, mentions, i):
            continue
        labels.setdefault(hit.code, _label(doc, hit))
        places.setdefault(hit.code, []).append(_quote(doc, hit))
        if _is_member(doc, hit):
            members.add(hit.code)
    for hit in doc.described_types:
        labels.setdefault(hit.code, doc.text[hit.start : hit.end])
        places.setdefault(hit.code, []).append((hit.start, hit.end))
        if _is_member(doc, hit):
            members.add(hit.code)
    tree = parents("filing_type")
    for code, spans in places.items():
        umbrella = tree.get(code)
        yield FilingType(
            code=code,
            label=labels[code],
            parent=umbrella if umbrella in places else None,
            evidence=doc.evidence(*list(dict.fromkeys(spans))[:_QUOTES_PER_TYPE]),
            rule="filing_types.named",
        )


def _names_category(doc: Document, mentions: list[Hit], i: int) -> bool:
    hit, text = mentions[i], doc.folded
    after = text[hit.end : hit.end + 14]
    index = doc.block_at(hit.start)
    clause = doc.clause_at(hit.start)
    if _BACKGROUND.search(text, clause.start, clause.end):
        return False
    if any(parents("filing_type").get(code) == hit.code for code in doc.types_above(index)):
        return False  # the umbrella named in the definition of one of its classes
    if _DEFINES.search(text[doc.sentence_at(hit.start).start : hit.start]) and not _PEOPLE.search(hit.form):
        return False  # a word in the definition of another type
    block = doc.blocks[index]
    label = doc.label_of(index)
    if (
        block.kind == "heading"
        or block.end - block.content <= 24
        or (label is not None and label[0] <= hit.start < label[1])
        or (hit.start == doc.sentence_at(hit.start).start and after.startswith(":"))
    ):
        return True
    before = text[max(0, hit.start - 8) : hit.start]
    if _COMPARED.search(before) and _STANDARD.match(text, hit.end):
        return False
    if _describes_a_member(doc, mentions, i):
        return False
    if _IS_SUBSUMED.search(before) and not _DESCRIBES.match(hit.form):
        return True
    if _PEOPLE.search(hit.form) or _FOLLOWED.match(after) or _DEFINED.match(after) or _RULED.match(after):
        return True
    sentence = doc.sentence_at(hit.start)
    if hit.code == "emergency" and _NEED_NOT_FILE.search(text, hit.end, sentence.end):
        return True
    if parents("filing_type").get(hit.code) is None and (led := _COMPRISES.match(text, hit.end, sentence.end)):
        members = [
            m for m in doc.named.within(led.end(), sentence.end) if parents("filing_type").get(m.code) == hit.code
        ]
        if len({m.code for m in members}) > 1:
            return True
    for start, end, umbrella in enumerations(doc, doc.named, index):
        if start <= hit.start < end and (umbrella is None or parents("filing_type").get(hit.code)):
            return True
    neighbours = [mentions[j] for j in (i - 1, i + 1) if 0 <= j < len(mentions)]
    return any(
        doc.block_at(other.start) == index
        and other.code != hit.code
        and _LISTED.match(text[min(hit.end, other.end) : max(hit.start, other.start)])
        for other in neighbours
    )


def _describes_a_member(doc: Document, mentions: list[Hit], i: int) -> bool:
    """出差等短期外出的,…再按“其他临时外出就医”办: an umbrella's word that only tells who belongs to one of its classes."""
    hit, text = mentions[i], doc.folded
    if not text.startswith("的", hit.end) and not hit.form.endswith("的"):
        return False
    end = doc.sentence_at(hit.start).end
    return any(
        other.start < end
        and parents("filing_type").get(other.code) == hit.code
        and rx(r"(?:按照?|选择?|属于?|归为|算作?|走)[“\"『「]?$").search(text, hit.end, other.start)
        for other in mentions[i + 1 : i + 4]
    )


def _is_member(doc: Document, hit: Hit) -> bool:
    """Whether the page says that a type belongs to its umbrella: named behind it in a sentence, or under it."""
    umbrella = parents("filing_type").get(hit.code)
    if umbrella is None:
        return False
    above = [doc.blocks[i] for i in doc.above(doc.block_at(hit.start))]
    places = [(doc.sentence_at(hit.start).start, hit.start), *((b.start, b.end) for b in above)]
    return any(other.code == umbrella for place in places for other in doc.types_named(*place))


def _label(doc: Document, hit: Hit) -> str:
    tail = rx(r"(?:就医)?(?:人员|患者)").match(doc.folded[hit.end : hit.end + 4])
    return doc.text[hit.start : hit.end + (tail.end() if tail else 0)]


def _quote(doc: Document, hit: Hit) -> tuple[int, int]:
    """The heading, or the clause that names the type."""
    block = doc.blocks[doc.block_at(hit.start)]
    if block.end - block.start <= 40:
        return doc.sentence_at(hit.start).start if block.kind != "heading" else block.start, block.end
    clause = doc.clause_at(hit.start)
    return clause.start, clause.end
