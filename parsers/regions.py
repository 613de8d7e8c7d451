"""Places in text, and the insured region a page is about.

`mentions(text)` finds names of regions with their offsets: full names and, from the prefecture up, short names; the
short name of a county counts only directly behind its parent (浙江义乌). Words in which a name is no place (合作医疗,
绿色通道, 公安部门) hide it; they are listed in vocab/region_guards.yml. `resolve_region` weighs where a name stands:
title, breadcrumb and publisher, the source's own region, the first lines, the majority of the body. A place one goes to
for treatment is no insured region; a text without any place is about no region (None), never about the whole country.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from ahocorasick_rs import AhoCorasick, MatchKind

from parsers.patterns import rx
from parsers.records import Region
from parsers.vocab import RegionRow, load_regions, load_yaml

NATIONAL = "100000"


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text: `codes` are the divisions of that name, the most probable first; offsets in code points."""

    start: int
    end: int
    codes: tuple[str, ...]
    text: str


@cache
def rows() -> dict[str, RegionRow]:
    """adcode → division."""
    return {row.adcode: row for row in load_regions()}


@cache
def ancestors(code: str) -> tuple[str, ...]:
    """The code and what it lies in, up to the province."""
    out = []
    at: str | None = code
    while at is not None and at != NATIONAL:
        out.append(at)
        at = rows()[at].parent_adcode
    return tuple(out)


def within(inner: str, outer: str) -> bool:
    """`inner` is `outer` or lies in it; everything lies in the country."""
    return outer == NATIONAL or outer in ancestors(inner)


@cache
def _guards() -> dict[str, list[str]]:
    data: dict[str, list[str]] = load_yaml("region_guards.yml")
    return data


@dataclass(frozen=True, slots=True)
class _Index:
    matcher: AhoCorasick
    patterns: list[str]
    codes: dict[str, tuple[str, ...]]
    alone: frozenset[str]
    """Names that are read where they stand; others need their parent directly before them."""
    children: dict[str, list[tuple[str, str]]]
    """Short names of what lies in a region, longest first."""
    cities: dict[str, list[tuple[str, str]]]
    """First two characters → short names of county-level cities that are no ordinary words, and their codes."""


@cache
def _index() -> _Index:
    codes: dict[str, list[str]] = {}
    alone: set[str] = set()
    children: dict[str, list[tuple[str, str]]] = {}
    cities: dict[str, str] = {}
    ordinary = set(_guards()["ordinary"])
    for row in sorted(load_regions(), key=lambda r: (len(ancestors(r.adcode)), bool(r.valid_to), r.adcode)):
        if row.adcode == NATIONAL:
            continue
        codes.setdefault(row.name, []).append(row.adcode)
        if len(row.name) > 2:
            alone.add(row.name)
        if row.level != "county" and row.short_name != row.name:
            codes.setdefault(row.short_name, []).append(row.adcode)
            alone.add(row.short_name)
        for outer in ancestors(row.adcode)[1:]:
            if len(row.short_name) > 1:
                children.setdefault(outer, []).append((row.short_name, row.adcode))
        if (
            row.level == "county"
            and row.name.endswith("市")
            and row.short_name not in ordinary
            and len(row.short_name) > 1
        ):
            cities[row.short_name] = row.adcode
    others = (files("parsers.vocab") / "region_names.csv").read_text("utf-8")
    for line in csv.DictReader(others.splitlines()):
        codes.setdefault(line["name"], []).append(line["adcode"])
        alone.add(line["name"])
    for short in [s for s in cities if s in codes]:
        del cities[short]
    by_beginning: dict[str, list[tuple[str, str]]] = {}
    for short, code in cities.items():
        by_beginning.setdefault(short[:2], []).append((short, code))
    patterns = sorted(codes) + sorted(set(_guards()["not_a_place"]) - set(codes))
    for names in children.values():
        names.sort(key=lambda item: -len(item[0]))
    return _Index(
        AhoCorasick(patterns, matchkind=MatchKind.LeftmostLongest),
        patterns,
        {name: tuple(dict.fromkeys(found)) for name, found in codes.items()},
        frozenset(alone),
        children,
        by_beginning,
    )


@lru_cache(maxsize=16)  # the texts of a page are asked for again and again
def mentions(text: str) -> tuple[Mention, ...]:
    """Places in order of appearance. A chain (河北省邢台市襄都区) is one mention of its last link."""
    index = _index()
    guards = _guards()
    found: list[Mention] = []
    for number, start, end in index.matcher.find_matches_as_indexes(text):
        name = index.patterns[number]
        codes = index.codes.get(name)
        if codes is None or (found and start < found[-1].end):
            continue
        previous = (
            found[-1]
            if found and text[found[-1].end : start].strip(" ·-—>〉、省市") == "" and start - found[-1].end <= 1
            else None
        )
        chained = _narrow(codes, previous.codes) if previous is not None else ()
        if name not in index.alone and not chained:
            continue
        after = text[end : end + 4]
        if len(name) <= 3 and not name.endswith(("省", "市", "州", "区", "县")):
            if after.startswith(tuple(guards["not_before"])):
                continue
            if name in guards["ordinary"] and not after.startswith(tuple(guards["insured_cue"])):
                continue
        mention = Mention(start, end, chained or codes, text[start:end])
        if chained and previous is not None:
            found[-1] = Mention(previous.start, end, chained, text[previous.start : end])
        else:
            found.append(mention)
        found[-1] = _with_child(found[-1], text, index)
    return tuple(found)


def _narrow(codes: tuple[str, ...], outer: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(c for c in codes if any(o != c and within(c, o) for o in outer))


def _ends_like(code: str, after: str) -> bool:
    """Whether the text goes on as the full name does: 辽宁省朝阳市 is not 朝阳县."""
    return after.startswith(("市", "区", "县", "旗")) and after[:1] == rows()[code].name[-1]


def _with_child(mention: Mention, text: str, index: _Index) -> Mention:
    """浙江义乌: the short name of a county directly behind its parent."""
    for code in mention.codes:
        for short, child in index.children.get(code, ()):
            if text.startswith(short, mention.end) and rows()[child].level == "county":
                after = text[mention.end + len(short) :]
                if len(short) == 2 and short in _guards()["ordinary"]:
                    continue
                if (
                    _ends_like(child, after)
                    or after.startswith(tuple(_guards()["insured_cue"]))
                    or not after[:1].strip()
                ):
                    end = mention.end + len(short) + (1 if _ends_like(child, after) else 0)
                    return Mention(mention.start, end, (child,), text[mention.start : end])
    return mention


def _choose(codes: Sequence[str], context: Iterable[str]) -> str | None:
    """One code of several: the one that lies in, or holds, a region named nearby; else the largest division."""
    if len(codes) == 1:
        return codes[0]
    near = list(context)
    for code in codes:
        if any(within(code, c) or within(c, code) for c in near if c not in codes):
            return code
    levels = [rows()[c].level for c in codes]
    if levels[0] != "county" and levels.count(levels[0]) == 1:
        return codes[0]
    return None


def insured(text: str, title: bool = False) -> list[Mention]:
    """The mentions that may name the insured region: not where one goes, not an example, not a hospital's place."""
    guards = _guards()
    going = tuple(guards["destination_before"])
    out = []
    found = mentions(text)
    if title:
        found = (*_leading_city(text), *found)
    for mention in found:
        before = text[max(0, mention.start - 4) : mention.start]
        after = text[mention.end : mention.end + 12]
        if before.endswith(going) and not _insured_behind(after):
            continue
        if not title and before.endswith(tuple(guards["example_before"])):
            continue
        if text.rfind("《", 0, mention.start) > text.rfind("》", 0, mention.start) and not title:
            continue  # the name of a document
        if before.endswith(("“", "「", "『", '"', "‘")) and rx(r"[^”」』\"’]{1,10}[”」』\"’]").match(after):
            continue  # the name of an app or an account
        if rx(r"[\u4e00-\u9fff]{0,8}?(?:医院|大学|医学院|医疗中心)").match(after) and not after.startswith(
            tuple(guards["insured_cue"])
        ):
            continue
        if rx(r"(?:就医|看病|住院|就诊|治病|治疗|工作|打工|生活|居住|上学|旅游|务工|(?:的)?(?:定点)?医院)").match(
            after
        ) and (before.endswith(going) or not title):
            continue
        out.append(mention)
    return out


def _insured_behind(after: str) -> bool:
    return rx(rf"[市省区县州]?(?:{'|'.join(_guards()['insured_after'])})").match(after) is not None


def _leading_city(title: str) -> list[Mention]:
    """义乌异地就医…: a county-level city by its short name, at the start of a title and before a word of the domain."""
    lead = rx(r"(?:【|\[|（)?(?:20\d\d年?)?").match(title)
    start = lead.end() if lead else 0
    for short, code in _index().cities.get(title[start : start + 2], ()):
        if title.startswith(short, start):
            after = title[start + len(short) :]
            if after.startswith(tuple(_guards()["insured_cue"])) or rx(r"(?:怎么|如何|人|办理|的|最新|20\d\d)").match(
                after
            ):
                return [Mention(start, start + len(short), (code,), short)]
    return []


_INCOMING = rx(r"(?:外地|异地|外省|市外|省外)(?:来[\u4e00-\u9fff]{0,3})?(?:医保|参保)?(?:的)?(?:患者|病人|病友)")


def resolve_region(
    title: str | None,
    breadcrumb: Sequence[str],
    publisher: str | None,
    lead: str | None,
    main_text: str,
    source_default: str | None = None,
    site: str | None = None,
) -> Region | None:
    """The insured region a page is about, with the place it was read from as `basis`; None for a general page.

    `lead` is the beginning of the main text, `source_default` the adcode of the site, `site` its printed name.
    """
    title, publisher, site = _whole(title or ""), _whole(publisher or ""), _whole(site or "")
    breadcrumb = [_whole(crumb) for crumb in breadcrumb]
    lead, main_text = _whole(lead or ""), _whole(main_text)
    desk = _desk(publisher)
    context = [
        c
        for text in (title, *breadcrumb, publisher or "", site or "")
        for m in mentions(text)
        for c in m.codes
        if len(m.codes) == 1
    ]
    if source_default is not None and source_default in rows():
        context.append(source_default)
    if _national_document(title):
        return _region(NATIONAL, "title")
    if code := _subject(insured(title, title=True), context, main_text):
        return _region(code, "title")
    if code := _placed(title, context):
        return _region(code, "title")
    if _INCOMING.search(title) and not _OUTGOING.search(title):
        return None  # for patients insured anywhere else: whoever publishes it is where they go
    if (office := _RESPONSIBLE.search(main_text)) and (code := _subject(mentions(office[1]), context, main_text)):
        return _region(code, "body")
    crumbs = " > ".join(breadcrumb)
    if desk is not None and (code := _subject(mentions(desk), context, main_text)):
        nearer = _subject(mentions(crumbs), context, main_text)
        if nearer is not None and nearer != code and within(nearer, code):
            return _region(nearer, "breadcrumb")
        # a government runs portals for all below it; an insurance office speaks for its own region
        return _inside(code, "publisher", context, main_text) if "人民政府" in desk else _region(code, "publisher")
    if desk is not None and desk.startswith(tuple(_guards()["national"])):
        return _region(NATIONAL, "publisher")
    destination = {c for m in mentions(title) for c in m.codes}
    for text, basis in ((crumbs, "breadcrumb"), (site or "", "publisher")):
        code = _subject(mentions(text), context, main_text)
        if code and code not in destination:
            return _inside(code, basis, context, main_text)
    if source_default is not None and source_default in rows() and source_default not in destination:
        return _inside(source_default, "source_default", context, main_text)
    if code := _shortened(title, main_text, context):
        return _region(code, "title")
    if code := _all_placed(main_text, context):
        return _region(code, "body")
    beginning = main_text[:300] if len(main_text) > len(lead or "") else lead or ""
    if code := _cued(beginning, context, minimum=1):
        return _region(code, "lead")
    if (
        (code := _cued(main_text, context, minimum=2))
        or (code := _only(main_text, context))
        or (code := _enrolled(main_text, context))
        or (code := _come_home(main_text, context))
        or (code := _ruled(main_text, context))
        or (code := _in_short(main_text, context))
    ):
        return _region(code, "body")
    return None


_OUTGOING = rx(r"转外|转出|转往|转诊|外出")
_RESPONSIBLE = rx(
    r"(?:^|\n)(?:实施|行使|责任|办理|受理)(?:主体|机关|机构|部门|单位)[:：\s]{1,4}([\u4e00-\u9fff]{4,24}(?:局|中心|厅|政府))"
)
"""The field of a service item (政务服务事项) that says whose it is, whichever portal shows it."""
_PLACED = rx(r"(?:医保|社保|参保|医疗保险)(?:关系)?(?:[参交缴]|缴纳|办)?(?:是)?在$")


def _placed(text: str, context: list[str]) -> str | None:
    """The region in which somebody says to be insured: 医保在遵义，人在宁波."""
    found = [m for m in mentions(text) if _PLACED.search(text[max(0, m.start - 10) : m.start])]
    return _choose(found[0].codes, context) if len(found) == 1 else None


_ALL_PLACED = rx(r"(?:医保|社保|参保|医疗保险)(?:关系)?(?:目前|现在)?(?:都|均|全部|全都|统一)(?:是)?在$")
_PAID = rx(r"[市区县]?(?:缴纳|缴费|参保|参加|缴存|缴的|交的|交)")


def _all_placed(text: str, context: list[str]) -> str | None:
    """The one region in which all whom a text speaks to are insured (员工的医保都在沈阳缴纳)."""
    found = [
        m
        for m in mentions(text)
        if _ALL_PLACED.search(text[max(0, m.start - 14) : m.start]) and _PAID.match(text, m.end)
    ]
    codes = {_choose(m.codes, context) for m in found}
    return codes.pop() if len(codes) == 1 else None


_STRAY = rx(r"(?<=[\u4e00-\u9fff])[ 　\u00a0]+(?=[\u4e00-\u9fff])")


def _whole(text: str) -> str:
    """The text without spaces inside its words; no offset is needed here."""
    return _STRAY.sub("", text)


def _inside(code: str, basis: str, context: list[str], main_text: str) -> Region:
    """A page of a provincial site may be one city's: the city its text names as insured."""
    if rows()[code].level == "provincial":
        inner = _cued(main_text, context, minimum=2) or _enrolled(main_text, context)
        if inner is not None and rows()[inner].level == "municipal" and within(inner, code):
            return _region(inner, "body")
    return _region(code, basis)


_DESK = rx(r"(?:局|委|委员会|厅|政府|中心|办|办公室|处|科|院|大厅|本地宝|医保|医院|发布|公众号|网站)[）)”]?$")


def _desk(publisher: str | None) -> str | None:
    """The publisher where it is an agency or a city's own desk; a newspaper writes about other regions too."""
    return publisher if publisher and _DESK.search(publisher) else None


def _national_document(title: str) -> bool:
    """A title that begins with a body of the whole country and goes on as documents do."""
    guards = _guards()
    head = rx(r"^[【《\[“]+|\s+").sub("", title)
    body = next((n for n in guards["national"] if head.startswith(n)), None)
    if body is None:
        return False
    rest = rx(r"^[、，和与及\s]+").sub("", head[len(body) :])
    return rest.startswith(tuple(guards["document"])) or rx(r"[\u4e00-\u9fff、]{0,24}关于").match(rest) is not None


def _subject(found: Sequence[Mention], context: list[str], main_text: str) -> str | None:
    """The one region of a title, breadcrumb or publisher: the innermost of a line of descent; several unrelated: none."""
    codes: list[str] = []
    for mention in found:
        near = [c for m in found if m is not mention for c in m.codes if len(m.codes) == 1] + context
        code = _choose(mention.codes, near)
        if code is None:
            near = [c for m in mentions(main_text[:2000]) if len(m.codes) == 1 for c in m.codes]
            code = _choose(mention.codes, near)
        if code is not None:
            codes.append(code)
    if not codes:
        return None
    inner = codes[0]
    for code in codes[1:]:
        if within(code, inner):
            inner = code
        elif not within(inner, code) and rows()[code].level == rows()[inner].level and len(set(codes)) > 2:
            return None  # of two, the first is meant (德州…在济南); a list of equals means none of them
    return inner


def _cue_counts(text: str, context: list[str]) -> Counter[str]:
    """How often running text names each region as the insured one (X市参保人员, X市医保局)."""
    cues = tuple(_guards()["insured_cue"])
    counts: Counter[str] = Counter()
    found = insured(text)
    near = [c for m in found if len(m.codes) == 1 for c in m.codes] + context
    for mention in found:
        after = rx(r"^(?:本级|市|省|全市|全省|地区|户籍|的)+").sub("", text[mention.end : mention.end + 12])
        if after.startswith(cues) and (code := _choose(mention.codes, near)) is not None:
            counts[code] += 1
    return counts


def _cued(text: str, context: list[str], minimum: int) -> str | None:
    """The region that running text names as the insured one, if it prevails."""
    counts = _cue_counts(text, context)
    if not counts:
        return None
    # a county's mentions speak for its city too, but the city's own name must prevail to be chosen
    code, number = counts.most_common(1)[0]
    if rows()[code].level == "provincial":
        cities = [c for c, n in counts.items() if n >= 2 and rows()[c].level == "municipal" and within(c, code)]
        if len(cities) == 1:
            code, number = cities[0], counts[cities[0]] + number
    others = sum(n for c, n in counts.items() if not within(c, code) and not within(code, c))
    return code if number >= minimum and others * 2 <= number else None


def _only(text: str, context: list[str]) -> str | None:
    """The one region that a text names, at least three times, its forms and accounts included, and no other."""
    guards = _guards()
    away = tuple(guards["destination_before"] + guards["example_before"])
    found = [m for m in mentions(text) if not text[max(0, m.start - 4) : m.start].endswith(away)]
    near = [c for m in found if len(m.codes) == 1 for c in m.codes] + context
    counts = Counter(code for m in found if (code := _choose(m.codes, near)) is not None)
    for code, number in counts.most_common(1):
        kin = all(within(c, code) or within(code, c) for c in counts)
        if number >= 3 and kin and rows()[code].level != "county":
            return code
    return None


def _shortened(title: str, text: str, context: list[str]) -> str | None:
    """The one county that the text names in full and the title in short (兰考老乡看过来 over …兰考县医保局)."""
    found = insured(text)
    near = [c for m in found if len(m.codes) == 1 for c in m.codes] + context
    codes = {code for m in found if (code := _choose(m.codes, near)) and rows()[code].level == "county"}
    named = [c for c in codes if len(rows()[c].short_name) > 1 and rows()[c].short_name in title]
    ordinary = _guards()["ordinary"]
    return named[0] if len(named) == 1 and rows()[named[0]].short_name not in ordinary else None


_IN_FORCE = rx(r"[市州]?(?:将|从|自|已于|于)[^。，；]{2,14}(?:起|开始)[^。，；]{0,4}(?:执行|实施|实行|施行)")
_WHOEVER = rx(r"(?:凡|所有|凡是|均|都|全部|人员|员工|职工)(?:是)?在?$")
_SCHEME_OF = rx(r"(?:职工|城乡居民|居民|城镇|基本)[\u4e00-\u9fff]{0,6}?(?:医保|医疗保险)")


def _enrolled(text: str, context: list[str]) -> str | None:
    """The one region in which a text says that those it speaks to are insured (凡在某县参加…, 参加某市职工医保), or where
    it says that the rule takes force (某市从4月1日起执行)."""
    found = insured(text)
    near = [c for m in found if len(m.codes) == 1 for c in m.codes] + context
    codes = set()
    for mention in found:
        before, after = text[max(0, mention.start - 6) : mention.start], text[mention.end : mention.end + 16]
        whoever = _WHOEVER.search(before) and after.startswith(("参加", "参保"))
        enrolled = whoever or (before.endswith("参加") and _SCHEME_OF.match(after))
        in_force = _IN_FORCE.match(text, mention.end)
        if (enrolled or in_force) and (code := _choose(mention.codes, near)):
            codes.add(code)
    return codes.pop() if len(codes) == 1 else None


_BACK = rx(r"(?:返回|回到?)$")
_TREATED = rx(r"[市县区省]?(?:看病|就医|住院|就诊)")


def _come_home(text: str, context: list[str]) -> str | None:
    """The one region to which a text has people come back for care (回某市看病): whoever comes back comes home."""
    codes = set()
    examples = tuple(_guards()["example_before"])
    for mention in mentions(text):
        before = text[max(0, mention.start - 6) : mention.start]
        back = _BACK.search(before)
        if back is None or before[: back.start()].endswith(examples):
            continue
        if _TREATED.match(text, mention.end) and (code := _choose(mention.codes, context)):
            codes.add(code)
    return codes.pop() if len(codes) == 1 else None


_ISSUED = rx(r"[市州县区省]?(?:人民政府|医疗保障局|医保局|人力资源和?社会保障局|人社局)[^《》]{0,40}关于")


def _ruled(text: str, context: list[str]) -> str | None:
    """The region that a text names as the insured one but once, if the agency that issued what it cites sits there."""
    found = [m for m in mentions(text) if text.endswith("《", 0, m.start) and _ISSUED.match(text, m.end)]
    issuers = {code for m in found if (code := _choose(m.codes, context)) is not None}
    if len(issuers) != 1:
        return None
    counts, code = _cue_counts(text, context), issuers.pop()
    return code if counts[code] and all(within(c, code) or within(code, c) for c in counts) else None


def _in_short(text: str, context: list[str]) -> str | None:
    """The one county that a text names in full somewhere, and in short as the insured one (柯桥的医保)."""
    codes = {code for m in mentions(text) if (code := _choose(m.codes, context)) and rows()[code].level == "county"}
    spoken = [code for code in codes if _is_spoken_of(rows()[code].short_name, text)]
    return spoken[0] if len(spoken) == 1 else None


def _is_spoken_of(short: str, text: str) -> bool:
    """Whether the text has the short name of a county right before what the insured are called by."""
    guards = _guards()
    if len(short) < 2 or short in guards["ordinary"]:
        return False
    going = tuple(guards["destination_before"])
    start = text.find(short)
    while start >= 0:
        after = text[start + len(short) : start + len(short) + 8].removeprefix("本地").removeprefix("的")
        if after.startswith(tuple(guards["insured_cue"])) and not text.endswith(going, 0, start):
            return True
        start = text.find(short, start + 1)
    return False


def _region(code: str, basis: str) -> Region:
    return Region(code, rows()[code].name, basis)
