"""Classes of people that a page tells of without their usual names: described in its own words, or by their number.

A list of who files may say 被单位派到外地的 where the vocabulary says 常驻异地工作人员, and later text may speak of
第④种 or 前三类人员. Both are mentions of filing types as the named ones are. In: a `Document` with its named mentions.
Out: `Hit`s with one code each, in order of place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from parsers.lexicon import Hit, Hits
from parsers.patterns import rx
from parsers.prefilter import Needs
from parsers.structure import ordinal
from parsers.vocab import load_yaml, parents

if TYPE_CHECKING:
    from parsers.document import Document

_CLASSES_HEAD = rx(
    r"人员(?:范围|类别|类型)|范围|对象|类型|类别|条件|哪些人|哪几类|哪种|哪类|分为|包括|人群|(?:之一|以下|下列|几类)[^,。]{0,6}(?:人员|情形|情况)|人员[^,。;]{0,6}:$|的(?:参保人|人员):$"
)
MEMBERS = rx(r"(?:包括|包含|涵盖|含|分为|具体(?:为|是|有|指))(?P<members>[^。;]{6,160})")
COUNTED = rx(
    r"(?:(?:备案|办理|适用)?(?:对象|人群|人员)(?=[:是有])|[二两三四五六七八\d](?:种|类)(?:情形|情况|人员|人群|人)?|(?:下列|以下)(?:情形|情况|人员|人群))[^:。;,]{0,10}(?::|,分别是|,即|,包括)(?P<members>[^。]{6,300})"
)
_LED = rx(r"[^,。;:]{0,8}(?:--|:|。|,?(?:包括|即|也就是|指的?是?))(?P<members>[^。;]{6,200})")
_LED_WITHIN = rx(
    r"[^,。;:]{0,8}(?:,?则?(?:包括|包含|涵盖|即|也就是|指的?是?)|(?:只|主要)?(?:面向|针对|适用于?|提供给|是给|管的是))(?P<members>[^。;]{6,200})"
)
_BRACKETED = rx(r"(?:人员|备案|就医|人群|类)*[(](?:包括|包含|含|即|指|如)?(?P<members>[^()。]{6,80})[)]")
_PEOPLE = rx(r"(?:人员?|者|老人|职工|员工|农民工|学生|患者|家属|子女|父母|群众|居民|的)(?:等.{0,4})?$")
_BY_MARK = rx(r"(?:(?!、|以及).)+")
_BY_COMMA = rx(r"(?:(?![、,和]|以及).)+")
_BY_SEMICOLON = rx(r"[^;,]+")
_BY_AND = rx(r"(?:(?!、|以及|[和及与](?=[在被随去到因赴])).)+")
_SHORTEST_MEMBER, _LONGEST_MEMBER = 4, 48
_OPENING = 14
"""A list item names its class within so many characters."""


@cache
def _descriptions() -> list[tuple[str, re.Pattern[str]]]:
    rows = load_yaml("type_descriptions.yml")
    return [(row["code"], rx(row["pattern"])) for row in rows]


_HAS_DESCRIPTION = Needs(lambda: (pattern for _, pattern in _descriptions()))


def _meant(text: str, start: int, end: int, umbrella: str | None = None) -> Hit | None:
    """The class that a stretch of text describes; a member of an umbrella is none of the umbrellas."""
    for code, pattern in _descriptions():
        if code != umbrella and (match := pattern.search(text, start, end)):
            return Hit(start, end, (code,), match.group())
    return None


# ---- described ------------------------------------------------------------------------------------------
def described(doc: Document, named: Hits) -> list[Hit]:
    """Classes that items of a list, or members of an enumeration, describe in words of their own."""
    found: dict[tuple[int, int], Hit] = {}
    for index in sorted(doc.blocks_with(_HAS_DESCRIPTION)):
        for hit in (*_enumerated(doc, named, index), *_item(doc, named, index)):
            found.setdefault((hit.start, hit.end), hit)
    return sorted(found.values())


def _item(doc: Document, named: Hits, index: int) -> Iterator[Hit]:
    """An item of a list that a heading calls a list of classes."""
    block = doc.blocks[index]
    if block.kind not in ("item", "cell", "paragraph") or block.end - block.content > 120:
        return
    if block.parent is not None and _defines(doc, named, index):
        return
    heads = [doc.folded[doc.blocks[h].start : doc.blocks[h].end][:80] for h in doc.governing(index)]
    if not any(_CLASSES_HEAD.search(head) for head in heads[:2]):
        return
    label = doc.label_of(index)
    start, end = label or (block.content, min(block.end, doc.clause_at(block.content).end))
    sentence = doc.sentence_at(start)
    if doc.hits("material", start, end) or named.within(sentence.start, sentence.end):
        return  # 提供居住证明 names a paper
    if hit := _meant(doc.folded, start, end):
        yield hit


def _defines(doc: Document, named: Hits, index: int) -> bool:
    """Whether a block is the one text under a head that names a class: it says who belongs to that class."""
    parent = doc.blocks[index].parent
    assert parent is not None
    head = doc.blocks[parent]
    alone = sum(block.parent == parent for block in doc.blocks[parent + 1 : parent + 12]) == 1
    return alone and bool(named.within(head.start, min(head.end, head.content + _OPENING)))


def _enumerated(doc: Document, named: Hits, index: int) -> Iterator[Hit]:
    """Members of sentences that say what an umbrella includes, or how many kinds there are."""
    done = 0
    for start, end, umbrella in sorted(set(enumerations(doc, named, index)), key=lambda e: (*e[:2], e[2] or "")):
        if start < done:
            continue
        hits, told = [], 0
        text, tree = doc.folded, parents("filing_type")
        parts = _BY_SEMICOLON if ";" in text[start:end] else _BY_COMMA if umbrella else _BY_AND
        for part in parts.finditer(text, start, end):
            lo, hi = part.span()
            if named.within(lo, hi):
                told += 1
            elif (
                _SHORTEST_MEMBER <= hi - lo <= _LONGEST_MEMBER
                and (not umbrella or _PEOPLE.search(text, lo, hi))
                and (hit := _meant(text, lo, hi, umbrella))
                and (not umbrella or umbrella == tree.get(hit.code))
            ):
                told += 1
                hits.append(hit)
        if told >= 2:
            done = end
            yield from hits
            yield from _implied(doc, named, index, start, end)


_IMPLIES = (("long_term", rx(r"长期|长住|常年")), ("temporary", rx(r"临时|短期")))
"""What tells the umbrella that is described, not named, before its members are."""


def _implied(doc: Document, named: Hits, index: int, start: int, end: int) -> Iterator[Hit]:
    """长期住在外市的,包括退休安置、随子女居住…: the members tell which umbrella the words before them describe."""
    block, tree = doc.blocks[index], parents("filing_type")
    before = doc.folded[block.content : start]
    families = {tree.get(hit.code) for hit in named.within(start, end)}
    opening = rx(r"[^。;]*?(?=[(,][^。;]*$|$)").match(before)
    for umbrella, told in _IMPLIES:
        if (
            families == {umbrella}
            and opening
            and len(before) <= 44
            and told.search(before)
            and not named.within(block.content, start)
        ):
            yield Hit(block.content, block.content + opening.end(), (umbrella,), opening.group())


def enumerations(doc: Document, named: Hits, index: int) -> Iterator[tuple[int, int, str | None]]:
    """Where the members of enumerations stand in a block, and of which umbrella they are: "" for any of them, None
    where what is counted (三类人员：…) may be umbrellas themselves."""
    block, tree, text = doc.blocks[index], parents("filing_type"), doc.folded
    for match in COUNTED.finditer(text, block.content, block.end):
        yield *match.span("members"), None
    for match in MEMBERS.finditer(text, block.content, block.end):
        if any(tree.get(h.code) for h in named.within(*match.span())):
            yield *match.span("members"), ""
    for hit in named.within(block.content, block.end):
        if tree.get(hit.code) is None:
            opens = hit.start < min(block.end, block.content + _OPENING)
            for led in (_LED, _LED_WITHIN, _BRACKETED)[not opens :]:
                if members := led.match(text, hit.end, block.end):
                    yield *members.span("members"), hit.code


# ---- by number ------------------------------------------------------------------------------------------
_NUMBER = r"(?:[(](?:[一二三四五六七八九]|\d)[)]|[①-⑨])"
_NUMBERED = rx(
    rf"(?P<numbers>{_NUMBER}(?:[、至到和及-]?{_NUMBER})*)(?:项|类|种|款|情形)(?!(?:所[列述指]|规定|要求)?的?(?:材料|资料|证明))|第(?P<more>{_NUMBER}(?:[、至到和及-]?{_NUMBER})*)(?!(?:项|类|种|款|情形)?(?:所[列述指]|规定|要求)的?(?:材料|资料|证明))"
)
_FIRST = rx(r"(?P<side>前|后)(?P<count>[二两三四五])(?:类|种|项|款)|第(?P<one>[一二三四五六1-6])(?:类|种)(?!人员?医院)")
_THOSE = rx(r"(?:这|上述|以上|前述|上面)(?P<count>[二两三四五])(?:类|种)(?=人|情形|情况|对象|参保|患者|的)")
_TO = "至到-"
_VALUES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def referred(doc: Document, mentions: Hits) -> list[Hit]:
    """Classes told by their number or letter in a list of the page: (1)(2)类, 第④种, 前三种情形, B类; empty where no
    list fits."""
    lettered = [
        *_lettered(doc, mentions), *_former_and_latter(doc, mentions), *_summed_up(doc, mentions),
        *_ranked(doc, mentions),
    ]  # fmt: skip
    matches = [*_NUMBERED.finditer(doc.folded), *_FIRST.finditer(doc.folded)]
    if not matches:
        return lettered
    lists = _lists(doc, mentions)
    told = {hit.start for hit in lettered}
    numbered = (
        Hit(match.start(), match.end(), (code,), match.group())
        for match in matches
        if match.start() not in told
        for code in _in_one_breath(doc, mentions, match) or _codes(match, lists, doc.block_at(match.start()))
    )
    return sorted((*lettered, *numbered))


def _in_one_breath(doc: Document, mentions: Hits, match: re.Match[str]) -> tuple[str, ...]:
    """The first or last so many classes (前三种人员) of those told before in the same block; empty unless there are
    more of them: nobody calls all of them the first."""
    if not (side := match.groupdict().get("side")):
        return ()
    block, tree, count = doc.blocks[doc.block_at(match.start())], parents("filing_type"), _VALUES[match["count"]]
    told = [*dict.fromkeys(h.code for h in mentions.within(block.content, match.start()) if tree.get(h.code))]
    if len(told) <= count:
        return ()
    return tuple(told[:count] if side == "前" else told[-count:])


_EITHER = rx(r"(?:^|[,;:。])(?P<side>[前后])者")


def _former_and_latter(doc: Document, mentions: Hits) -> Iterator[Hit]:
    """前者 and 后者: the last two classes named before 前者 in its block."""
    pair: list[str] = []
    for match in _EITHER.finditer(doc.folded):
        start = match.start("side")
        if match["side"] == "前":
            block = doc.blocks[doc.block_at(start)]
            told = dict.fromkeys(hit.code for hit in reversed(mentions.within(block.start, start)))
            pair = list(told)[1::-1]
        if len(pair) == 2:
            yield Hit(start, match.end(), (pair[match["side"] == "后"],), doc.folded[start : match.end()])


def _summed_up(doc: Document, mentions: Hits) -> Iterator[Hit]:
    """这三类人: the classes told before in the same block, if they are so many; their umbrella where they are all of it
    that people usually file as."""
    tree = parents("filing_type")
    for match in _THOSE.finditer(doc.folded):
        block = doc.blocks[doc.block_at(match.start())]
        told = {h.code for h in mentions.within(block.content, match.start()) if tree.get(h.code)}
        if len(told) == _VALUES[match["count"]]:
            for code in ("long_term",) if told == _LONG_TERM else sorted(told):
                yield Hit(match.start(), match.end(), (code,), match.group())


_LONG_TERM = {"retired_resettled", "long_resident", "stationed_work"}
_LETTER = rx(r"(?<![a-z0-9])(?P<letter>[a-f])类(?!药|目录|器械|医)")
_NAMES_LETTER = rx(r"(?:人员|对象|情形)?(?::|是|为|指|-+|[(])")


_LETTER_MARK = rx(r"[(]?(?P<letter>[a-fA-F])(?:[.)、:．）]|$)")
_CHOSEN = rx(r"(?:选择?|勾选|[办走]|属于?|归为|算作?|就是|对应)(?:择|的是)?[“\"『「]?(?:跨省|省内)?$")
"""请选“异地转诊”: what an item of a list says its people are, whatever else it names on the way."""


def _lettered(doc: Document, mentions: Hits) -> list[Hit]:
    """Classes told by a letter (C类人员) that the page gives to at least two of them: in words (A类:异地长期居住人员) or
    as the marks of a list (A. 转诊型:…)."""
    given: dict[str, tuple[str, ...]] = {}
    places: list[re.Match[str]] = list(_LETTER.finditer(doc.folded))
    if not places:
        return []
    for match in places:
        block = doc.blocks[doc.block_at(match.start())]
        names = _NAMES_LETTER.match(doc.folded, match.end(), block.end)
        opening = mentions.within(names.end(), min(block.end, names.end() + _OPENING)) if names else []
        if opening:
            given.setdefault(match["letter"], _together(doc, list(opening)))
    if not given:
        for block in doc.blocks:
            if mark := _LETTER_MARK.match(block.marker or ""):
                here = mentions.within(block.content, block.end)
                chosen = [hit for hit in here if _CHOSEN.search(doc.folded, block.content, hit.start)]
                opening = chosen[:1] or [hit for hit in here if hit.start - block.content <= _OPENING]
                if opening:
                    given.setdefault(mark["letter"].lower(), _together(doc, list(opening)))
    if len(given) < 2:
        return []
    return [
        Hit(match.start(), match.end(), (code,), match.group())
        for match in places
        for code in given.get(match["letter"], ())
    ]


_RANK = rx(r"(?:第|头)(?P<rank>[一二三四五六])(?:拨|批|档|波|类|种)(?:人员?|情形|情况)?")
_NAMES_RANK = rx(r"(?:,)?(?:叫做?|称为|是指?|为|就是|即|指|:)")


def _ranked(doc: Document, mentions: Hits) -> list[Hit]:
    """Classes told by the place that the page gives to at least two of them in words (头一拨叫长期居住, 第二拨叫临时外出)."""
    places: list[re.Match[str]] = list(_RANK.finditer(doc.folded))
    given: dict[str, tuple[str, ...]] = {}
    naming: set[int] = set()
    for match in places:
        block = doc.blocks[doc.block_at(match.start())]
        if not (names := _NAMES_RANK.match(doc.folded, match.end(), block.end)):
            continue
        if opening := mentions.within(names.end(), min(block.end, names.end() + _RANK_OPENING)):
            naming.add(match.start())
            given.setdefault(match["rank"], (opening[0].code,))
    if len(given) < 2:
        return []
    return [
        Hit(match.start(), match.end(), (code,), match.group())
        for match in places
        if match.start() not in naming
        for code in given.get(match["rank"], ())
    ]


_RANK_OPENING = 14
"""How far behind 第一拨叫 its class is named."""


class _List(NamedTuple):
    """A list of classes: the block it begins in, number → codes, and the number of the article it belongs to.

    `counted` tells a list whose items carry numbers from an enumeration inside one block."""

    start: int
    codes: dict[int, tuple[str, ...]]
    article: int | None
    counted: bool


def _lists(doc: Document, mentions: Hits) -> list[_List]:
    """The page's lists of classes in order."""
    lists: dict[tuple[object, ...], _List] = {}
    tree = parents("filing_type")
    for i, block in enumerate(doc.blocks):
        here = mentions.within(block.content, block.end)
        if not here:
            continue
        number = ordinal(block.marker) if block.marker else block.ordinal
        opening = [h for h in here if h.start - block.content <= _OPENING]
        if number and opening and not _NUMBERED.match(doc.folded, block.start):
            above = doc.blocks[block.parent].marker if block.parent is not None else None
            article = ordinal(above) if above and above.endswith("条") else None
            found = lists.setdefault((block.parent, block.table, block.kind), _List(i, {}, article, counted=True))
            found.codes.setdefault(number, _together(doc, opening))
        order = dict.fromkeys(h.code for h in here if tree.get(h.code))
        if len(order) >= 3:
            codes: dict[int, tuple[str, ...]] = {n: (code,) for n, code in enumerate(order, 1)}
            lists.setdefault(("block", i), _List(i, codes, None, counted=False))
    return [entry for entry in lists.values() if len(entry.codes) >= 2]


def _together(doc: Document, opening: list[Hit]) -> tuple[str, ...]:
    """The classes one item opens with: the first, and those joined to it (转诊、急诊人员)."""
    codes, last = [opening[0].code], opening[0].end
    for hit in opening[1:]:
        if rx(r"(?:人员|患者|、|和|及|或|与|/)*").fullmatch(doc.folded[last : hit.start]):
            codes.append(hit.code)
            last = hit.end
    return tuple(dict.fromkeys(codes))


def _codes(match: re.Match[str], lists: list[_List], index: int) -> tuple[str, ...]:
    """What a reference stands for: in the article it names, else in the nearest list before it that has its numbers.

    Where no list stands before it, it is told of the lists behind it, nearest first.
    """
    literal = match.groupdict().get("numbers") or match.groupdict().get("more")
    before = [entry for entry in lists if entry.start < index] or lists[::-1]
    if literal:
        wanted = _numbers(literal)
        if article := _ARTICLE.search(match.string, max(0, match.start() - 8), match.start()):
            before = [entry for entry in before if entry.article == ordinal(article[1])]
        fitting = [entry for entry in before if all(n in entry.codes for n in wanted)]
        fitting.sort(key=lambda entry: entry.counted)
    elif match["one"]:
        wanted = [int(match["one"]) if match["one"].isdigit() else _VALUES[match["one"]]]
        fitting = [entry for entry in before if wanted[0] in entry.codes]
    else:
        count = _VALUES[match["count"]]
        fitting = sorted((e for e in before if len(e.codes) >= count), key=lambda entry: len(entry.codes))
        numbers = sorted(fitting[-1].codes) if fitting else []
        wanted = numbers[:count] if match["side"] == "前" else numbers[-count:]
    return tuple(dict.fromkeys(code for n in wanted for code in fitting[-1].codes[n])) if fitting else ()


def _numbers(literal: str) -> list[int]:
    """(一)(三) → 1, 3; (一)至(三) → 1, 2, 3."""
    parts = rx(rf"{_NUMBER}|[至到-]").findall(literal)
    found: list[int] = []
    for k, part in enumerate(parts):
        if part not in _TO:
            found.append(ordinal(part))
        elif 0 < k < len(parts) - 1:
            found += range(found[-1] + 1, ordinal(parts[k + 1]))
    return found


_ARTICLE = rx(r"(第[一二三四五六七八九十\d]{1,4}条)(?:第[一二三四五六\d]款)?$")
