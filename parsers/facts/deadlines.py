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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from parsers.document import Document, Span
from parsers.facts._scope import geo_of, is_former, listed_types, near, short_types, unmarked
from parsers.facts._words import Rules, words
from parsers.patterns import rx
from parsers.prefilter import Needs, NeedsGroup
from parsers.quantities import HAS_DURATION, HAS_FIXED_DATE, Duration, durations, fixed_dates
from parsers.records import Deadline, Issue, joined
from parsers.vocab import parents

_RULES = Rules("deadline_rules")
_TIMED, _WEAK, _LABELLED = _RULES.table("timed"), _RULES.table("weak"), _RULES.table("labelled")
_ANCHORED = _RULES.table("anchored")
_ANCHORS = {kind: _RULES.table("anchors", kind) for kind in _RULES.keys("anchors")}
_HEADS = tuple(
    (kind, rx(words("deadline_kind", kind)))
    for kind in (
        "claim_window", "payment_time", "treatment_window", "min_no_change", "makeup_window", "effective_time",
        "processing_time", "validity", "card_return", "renewal", "residence_threshold",
    )
)  # fmt: skip
"""What a heading, a label or a table head says of a bare value under it."""
_ASKED_HEADS = _RULES.table("heads")
_FOREIGN, _OF_DOCUMENT, _SUPERSEDED = (_RULES.pattern(name) for name in ("foreign", "of_document", "superseded"))
_LTE, _GTE = _RULES.pattern("lte"), _RULES.pattern("gte")
_UNEXPLAINED = rx(_RULES.expand("<<file>>|转诊|<<claim>>"))
_MAKEUP = rx(_RULES.expand("<<makeup>>"))
_CHANGE = rx(_RULES.expand("<<change>>"))
_CLAIM = rx(_RULES.expand("<<claim>>|费用|医疗费|住院费|医药费|发票|票据|单据|垫付|报账|报帐"))
_TOO_MANY = 40
_LIMIT = rx("◆(?:之内|以内|内|前|后)")

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

_FALLBACK_ANCHOR = {
    "makeup_window": "admission",
    "advance_filing": "treatment",
    "claim_window": "discharge",
    "treatment_window": "referral",
}


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
    facts: list[tuple[_Line, Deadline]] = []
    carried, semicolon = None, -1
    for sentence in doc.sentences_with(_ANY):
        items = list(_read(doc, sentence, carried if sentence.start == semicolon + 1 else None))
        kinds = [item.kind for item in items if isinstance(item, _Found) and item.kind in _CARRIED]
        carried = kinds[-1] if kinds else None
        semicolon = sentence.end if doc.folded[sentence.end : sentence.end + 1] == ";" else -1
        for item in items:
            if isinstance(item, Issue):
                yield item
            else:
                facts.append((_line(doc, sentence.block), _fact(doc, item)))
    merged: dict[tuple[object, ...], Deadline] = {}
    for fact in _by_table(facts):
        key = (*_value(fact), fact.filing_types)
        known = merged.get(key)
        merged[key] = _together(known, fact) if known else fact
    yield from _without_repeats([*merged.values()])


_LOOSELY = rx("出院[之以]?前")


def _without_repeats(facts: list[Deadline]) -> Iterator[Deadline]:
    """The facts, 出院前补 joined to 出院结算前补 where the page says both of the same people: one rule, once told loosely."""
    exact: dict[tuple[object, ...], Deadline] = {}
    loose: dict[tuple[object, ...], Deadline] = {}
    for fact in facts:
        key = (*_value(replace(fact, anchor=None)), fact.filing_types)
        if (fact.kind, fact.anchor, fact.direction) == ("makeup_window", "discharge_settlement", "before"):
            exact[key] = fact
        elif (fact.kind, fact.anchor, fact.direction) == ("makeup_window", "discharge", "before") and all(
            _LOOSELY.search(e.quote) for e in fact.evidence
        ):
            loose[key] = fact
    for fact in facts:
        key = (*_value(replace(fact, anchor=None)), fact.filing_types)
        if fact is exact.get(key) and key in loose:
            yield replace(fact, evidence=joined(fact.evidence, loose[key].evidence))
        elif fact is not loose.get(key) or key not in exact:
            yield fact


def _value(fact: Deadline) -> tuple[object, ...]:
    """What a deadline says, without whom it is for."""
    return (
        fact.kind, fact.amount, fact.min, fact.max, fact.unit, fact.workdays, fact.anchor, fact.direction, fact.scheme,
        fact.due,
    )  # fmt: skip


_Line = tuple[int, str, int] | None
"""A column of a table (table, "col", number) whose rows are headed by types, or a row; None for what is no cell."""


_LONGEST_CELL = 24
"""Characters of a cell that holds a value; what is longer is text of its own, as in tables for layout."""


def _line(doc: Document, index: int) -> _Line:
    block = doc.blocks[index]
    if block.table is None or block.row is None or block.col is None or block.end - block.start > _LONGEST_CELL:
        return None
    head = block.row_head
    by_row = head is not None and (
        doc.types_in(doc.blocks[head].start, doc.blocks[head].end) or short_types(doc.block_text(head))
    )
    return (block.table, "col", block.col) if by_row else (block.table, "row", block.row)


def _by_table(facts: list[tuple[_Line, Deadline]]) -> Iterator[Deadline]:
    """The facts in order; cells of one column with the same value are one fact for the types of all of them."""
    types: dict[tuple[object, ...], set[str]] = {}
    for line, fact in facts:
        if line is not None and fact.filing_types:
            types.setdefault((line, fact.operator, *_value(fact)), set()).update(fact.filing_types)
    for line, fact in facts:
        all_of = types.get((line, fact.operator, *_value(fact))) if fact.filing_types else None
        yield replace(fact, filing_types=tuple(sorted(all_of))) if all_of else fact


def _together(a: Deadline, b: Deadline) -> Deadline:
    """The same said twice: where only one tells the place it is for, that one tells more; in whichever order."""
    told = {geo for geo in (a.geo_scope, b.geo_scope) if geo}
    geo = told.pop() if len(told) == 1 else None
    return replace(a, evidence=joined(a.evidence, b.evidence), geo_scope=geo)


_WHICH = rx(r"还是|要不要|需不需要|该不该|是否|能不能|怎么办$|如何|哪")
"""出发前:转诊还是自己备案 as a heading asks, and tells nothing."""
_CARRIED = ("processing_time", "payment_time", "validity")
"""Kinds that a bare value behind them takes over: 3万元以下的7个工作日审核完毕;3万元以上的,20个工作日."""


def _read(doc: Document, sentence: Span, carried: str | None) -> Iterator[_Found | Issue]:
    """All deadlines of one sentence, in order of the readers; an anchor alone counts only where no number says more.

    `carried` is the kind that the part before a semicolon spoke of."""
    text = unmarked(doc.folded[sentence.start : sentence.end])
    if len(text) < 2 or text.endswith("?") or is_local(doc, sentence, text):
        return
    if doc.blocks[sentence.block].kind == "heading" and _WHICH.search(text):
        return
    clauses = doc.clauses(sentence)
    found: list[_Found] = []
    for reader, needs in _READERS:
        if not doc.may(needs, sentence):
            continue
        for item in reader(doc, sentence, text, clauses, carried):
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
_AT_ONCE = _RULES.pattern("at_once")
_AT_ONCE_TOO = ("processing_time", "effective_time", "card_return")


def _timed(
    doc: Document, sentence: Span, text: str, clauses: list[Span], previous: str | None
) -> Iterator[_Found | Issue]:
    """Durations, 次日 and 当场, each with the kind its surroundings tell; `previous` is the kind spoken of before."""
    found = durations(text)
    if len(found) > _TOO_MANY:
        return  # a list of numbers, no prose
    for quantity in found:
        start = sentence.start + quantity.start
        index = next((i for i, c in enumerate(clauses) if c.start <= start < c.end), None)
        if index is None:
            continue
        marked = _by_scheme([_marked(text, sentence, clause, found, quantity) for clause in clauses], index)
        clause = clauses[index]
        if is_former(text[: clause.end - sentence.start]):
            continue
        if (
            text[quantity.start : quantity.end].endswith(("日", "天"))
            and quantity.low == 1
            and rx(r"起[^,]{0,3}◇").match(marked[index].partition("◆")[2])
        ):
            continue  # 自出院次日起一年内: the day only says when the year begins
        if rx("有效|试行").search(marked[index]) and _OF_DOCUMENT.search(
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
        if kind not in _AT_ONCE_TOO and _AT_ONCE.fullmatch(text[quantity.start : quantity.end]):
            kind, lo, hi = "processing_time", index, index
        if (
            kind is None
            and previous
            and quantity.unit != "immediate"
            and rx(r"◆(?!前)").search(marked[index])
            and not rx(r"[取撤注变]").search(marked[index])
        ):
            kind, lo, hi = previous, index, index  # 一般10个工作日,特殊情况不超过20个工作日
        if kind == "residence_threshold" and _RUNS_OUT.match(doc.folded, clause.end, sentence.end):
            continue
        if kind in _CARRIED:
            previous = kind
        if kind == "processing_time" and _is_claim(doc, sentence, text):
            kind = "payment_time"
        if kind is None:
            if quantity.unit != "immediate" and _UNEXPLAINED.search(marked[index]) and _LIMIT.search(marked[index]):
                yield Issue("unknown_unit", doc.text[clause.start : clause.end], *doc.printed(clause.start, clause.end))
            continue
        window = ",".join(marked[lo : hi + 1])
        operator = _operator(kind, marked[index], window, quantity)
        anchor, direction = _place(kind, window, ",".join(marked[: index + 1]))
        backdated = kind == "effective_time" and direction == "before"  # 追溯至入院当日 tells no number
        if quantity.unit == "immediate" and (backdated or kind not in _AT_ONCE_TOO):
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


_RUNS_OUT = rx(r",[^,。]{0,6}(?:到期|期满|届满|有效期满)之?前")
"""实习超过6个月的,请在到期前重新备一次: the time outlasts a filing, it does not admit to one."""


def _is_claim(doc: Document, sentence: Span, text: str) -> bool:
    """A time for handling that is about claims and not about filing: the sentence, else its nearest heading, tells."""
    for part in (text, *_heads(doc, sentence)[:2]):
        if rx(r"备案|登记").search(part):
            return False
        if rx(r"零星|手工|报销|零报|票据|发票").search(part):
            return True
    return False


def _marked(text: str, sentence: Span, clause: Span, all_of: Sequence[Duration], one: Duration) -> str:
    """The text of a clause with the durations in it as ◆ (the one meant) and ◇."""
    parts, position = [], clause.start - sentence.start
    for q in all_of:
        if position <= q.start and q.end <= clause.end - sentence.start:
            parts += [text[position : q.start], "◆" if q is one else "◇"]
            position = q.end
    parts.append(text[position : clause.end - sentence.start])
    return near("".join(parts))


_SCHEME = rx(r"(?:(?<=[、,;和])|^)(?:在职)?(?:职工|(?:城乡|城镇)?居民)(?:医保|基本医疗保险|参保人员?|人员|的)*")


def _by_scheme(marked: list[str], index: int) -> list[str]:
    """出院后补办的,职工限◆内、居民限◇内: what is said of one scheme is read with what is said of both, without the other.

    In and out: the clauses of a sentence, the one with ◆ at `index`."""
    clause = marked[index]
    places = list(_SCHEME.finditer(clause))
    own = next((m for m in reversed(places) if m.start() < clause.find("◆") <= m.end() + 14), None)
    if own is None:
        return marked
    behind = next((m.start() for m in places if m.start() > own.start()), len(clause))
    common = clause[: places[0].start()]
    if not common:
        common = next((text for text in reversed(marked[:index]) if not _SCHEME.match(text)), "")
    kept = ["" if _SCHEME.match(text) else text for text in marked]
    kept[index] = common + clause[own.start() : behind].rstrip("、和")
    return kept


def _kind(doc: Document, sentence: Span, marked: list[str], index: int) -> tuple[str | None, int, int]:
    """Kind of a duration and the clauses that show it: its own, then with the next, with the one before, the sentence."""
    last = len(marked) - 1
    before, after = max(index - 1, 0), min(index + 1, last)
    near = ((index, after), (before, index))
    if marked[before].endswith("的"):
        near = near[::-1]  # 结算后补办的,应当自出院之日起30日内提出: the condition governs
    windows = dict.fromkeys(((index, index), *near, (before, after), (index, min(index + 3, last)), (0, index)))

    def asked(patterns: tuple[tuple[str, re.Pattern[str]], ...]) -> tuple[str, int, int] | None:
        for lo, hi in windows:
            window = ",".join(marked[lo : hi + 1])
            for kind, pattern in patterns:
                if pattern.search(window):
                    return kind, lo, hi
        return None

    if found := asked(_TIMED):
        told, lo, hi = found
        late = before < index and _LATE_FILER.search(marked[before])
        if told == "claim_window" and lo == hi == index and late and not _CLAIM.search(marked[index]):
            return "makeup_window", before, index
        if told == "validity" and _BARE_VALIDITY.match(marked[index]) and _of_slip(marked[:index]):
            return "treatment_window", lo, hi
        return found
    heads = _heads(doc, sentence)
    labelled = any(_FILING_TIME.search(head) for head in heads[:2])  # 备案时间 | 入院后3日内
    stay = rx(r"入院|住院|出院").search(marked[index])  # 办理时间 | 入院后3日内, but not 办理时间 | 3个工作日
    if labelled or (stay and any(rx(r"(?:办理|申请)(?:时间|时限)").search(head) for head in heads[:2])):
        headed = f"备案:{marked[index]}"
        if kind := next((kind for kind, pattern in _TIMED if pattern.search(headed)), None):
            return kind, index, index
    if rx(r"满◆(?:以|之)?(?:后|才|方|可)").search(marked[index]):
        earlier = [doc.folded[s.start : s.end] for s in doc.sentences_before(sentence)[:1]]
        if any(_CHANGE.search(head) for head in (*heads[:2], *earlier)):
            return "min_no_change", index, index
    for head in heads:
        known = (*_HEADS, *_ASKED_HEADS) if _HANDLED.search(head) else (*_ASKED_HEADS, *_HEADS)
        kind = next((kind for kind, pattern in known if pattern.search(head)), None)
        if kind == "validity" and rx(r"(?<!案)后[^,◆]{0,3}◆(?:以内|之内|内)").search(marked[index]):
            break  # 回来后10天内告诉单位: a duty, however long the filing lasts
        if kind:
            return kind, index, index
    return asked(_WEAK) or (None, index, index)


_HANDLED = rx("审|批|办")
"""A head that asks how long the handling takes, whatever else it asks."""
_FILING_TIME = _RULES.pattern("filing_time")
_RUN_IN = 16
"""(三)有效期不同。 heads the rest of its paragraph; such a heading is no longer than this."""


_LATE_FILER = rx(_RULES.expand("<<makeup>>[^,]{0,8}的$"))
"""出院后提出补办的,应在出院之日起30日内办理: who files late, in the clause before."""
_BARE_VALIDITY = rx(r"[^,备案登记]{0,3}有效期?")
_SLIP = rx(_RULES.expand("<<slip>>"))


def _of_slip(before: list[str]) -> bool:
    """转诊审批表,由医保办盖章,有效期30日: whether the clauses before speak of a referral slip last, and not of the filing."""
    said = ",".join(before[-3:])
    slips = [match.end() for match in _SLIP.finditer(said)]
    return bool(slips) and "备案" not in said[slips[-1] :]


def _heads(doc: Document, sentence: Span) -> list[str]:
    """What heads a sentence, nearest first, as far as it can name the kind of a bare value."""
    block = doc.blocks[sentence.block]
    heads = [
        doc.folded[doc.blocks[h].start : doc.blocks[h].end] for h in (block.row_head, block.col_head) if h is not None
    ]
    if label := doc.label_of(sentence.block):
        heads.append(doc.folded[label[0] : label[1]])
    opening = doc.sentences_of(sentence.block)[:1]
    goes_on = opening and doc.folded[opening[0].end : opening[0].end + 1] == ";"
    if opening and opening[0] != sentence and not goes_on and opening[0].end - opening[0].start <= _RUN_IN:
        heads.append(doc.folded[opening[0].start : opening[0].end])
    above = (doc.blocks[parent] for parent in doc.above(sentence.block))
    return [*heads, *(doc.folded[b.start : b.end][:40] for b in above)]


def _operator(kind: str, clause: str, window: str, quantity: Duration) -> str:
    if quantity.unit == "immediate":
        return "none"
    if quantity.is_range:
        return "range"
    if kind == "min_no_change":
        return "lte" if "不超过◆" in clause.replace("得", "") and rx(r"时限|期限|限制").search(window) else "gte"
    if kind == "residence_threshold":
        return "gte"
    if kind == "effective_time" and _BACKDATED.search(clause.partition("◆")[0]):
        return "lte"
    if _LTE.search(clause):
        return "lte"
    if kind not in ("processing_time", "payment_time", "claim_window", "makeup_window") and _GTE.search(clause):
        return "gte"
    return _DEFAULT_OPERATOR.get(kind, "lte")


_BACKDATED = rx(r"[往向][前回]|提前|倒推|追溯|早于|(?:今天|当天|申请日?|备案日?|当日|◇)[^,。]{0,4}前")
"""起始日期不得早于申请日前15天, 开始日期可往前选7天: a filing that begins before it is made."""


def _place(kind: str, window: str, sentence: str) -> tuple[str | None, str | None]:
    """Anchor and direction: fixed for most kinds, else the anchor word nearest before the duration, or after it."""
    if kind == "renewal" and rx(r"前[^,]{0,4}◆").search(window):
        return "filing", "before"
    if kind == "effective_time" and _BACKDATED.search(window.partition("◆")[0]):
        return "application" if "申请" in window else "filing", "before"
    if kind in _PLACE:
        return _PLACE[kind]
    if kind not in _ANCHORS:
        return None, None
    left, _, right = window.partition("◆")
    direction = (
        "before"
        if kind == "advance_filing" or (kind == "makeup_window" and rx(r"[^之以]前.{0,2}$").search(left))
        else "after"
    )
    for part, sign in ((left, 1), (right, -1), (sentence.partition("◆")[0], 1)):  # last before, first behind
        places: list[tuple[int, int, str]] = []
        for order, (anchor, pattern) in enumerate(_ANCHORS[kind]):
            places.extend((sign * match.end(), -order, anchor) for match in pattern.finditer(part))
        if places:
            return max(places)[2], direction
    return _FALLBACK_ANCHOR[kind], direction


# ---- fixed dates ------------------------------------------------------------------------------------------------
_VALID_UNTIL = _RULES.pattern("valid_until")
_CONFIRMED = rx(r"确认|认证|复核|复审|年审|续办|续期|更新|重新备案")
"""每年12月31日前确认一次居住信息: the day of the year by which a filing is renewed."""


_HANDED_IN = rx(r"前[^,。]{0,6}(?:交|寄|递|送|报)(?!纳|费|备)")
_OF_A_YEAR = rx(
    r"(?P<of>20\d\d)年度?(?:以?内)?(?:发生|产生|住院|就医|看病|的)[^。;\d]{0,24}(?P<due>20\d\d)年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号][之以]?前"
)
"""2023年发生的费用,须在2024年6月30日前交来: the day counted from the year of the costs."""


def _dated(doc: Document, sentence: Span, text: str, clauses: list[Span], _: str | None) -> Iterator[_Found]:
    """Days of the year: until when a claim must be in, or a filing holds."""
    for match in _OF_A_YEAR.finditer(text):
        clause = next((c for c in clauses if c.start <= sentence.start + match.start("day") < c.end), None)
        years = int(match["due"]) - int(match["of"])
        if clause is None or not 0 <= years <= 3 or not _CLAIM.search(text):
            continue
        yield _Found(
            "claim_window", (doc.clause_at(sentence.start + match.start()).start, clause.end), clause, "lte",
            unit="date", anchor="year_end", direction="before",
            due=f"+{years}-{int(match['month']):02d}-{int(match['day']):02d}",
            raw=doc.text[sentence.start + match.start("due") : sentence.start + match.end()], rule="deadlines.dated",
        )  # fmt: skip
    for date in fixed_dates(text):
        clause = next((c for c in clauses if c.start <= sentence.start + date.start < c.end), None)
        if clause is None:
            continue
        here = doc.folded[clause.start : clause.end]
        if _FOREIGN.search(here) or rx(r"缴|参保登记|居民医保参保|登记表|花名册|名单").search(text):
            continue
        context = f"{text}\n" + "\n".join(_heads(doc, sentence))
        if _HANDED_IN.search(here):  # 报销要带…。次年3月底前交齐: the sentence before tells what
            context += "".join(f"\n{doc.folded[s.start : s.end]}" for s in doc.sentences_before(sentence)[:1])
        raw = doc.text[sentence.start + date.start : sentence.start + date.end]
        kind, anchor, direction = None, "year_end", "before"
        if rx(r"每[一个]?(?:自然)?年").match(raw) and _CONFIRMED.search(here):
            kind = "renewal"
            yield _Found(
                kind, clause[:2], clause, "lte", unit="date", anchor=anchor, direction=direction, due=date.due,
                raw=raw, rule="deadlines.dated",
            )  # fmt: skip
            continue
        if rx(r"备案|登记").search(text) and _VALID_UNTIL.search(here):
            kind, anchor, direction = "validity", "filing", "from"
        elif _MAKEUP.search(here):
            kind = "makeup_window"
        elif _CLAIM.search(context) and not rx(r"备案(?!后|的)").search(here):
            kind = "claim_window"
            if rx(r"发生的?[^,]{0,10}费用").search(doc.folded[clause.start : sentence.start + date.start]):
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
_LASTING = rx(
    "|".join(f"(?P<{unit}>{words('deadline_unit', unit)})" for unit in ("permanent", "per_visit", "as_needed"))
)
_LASTING_BARE, _LASTING_LOOSE = _RULES.pattern("lasting_bare"), _RULES.pattern("lasting_loose")
_OF_FILING = rx(r"备案|登记|转诊|异地|长期居住|临时外出")


def _lasting(doc: Document, sentence: Span, text: str, clauses: list[Span], _: str | None) -> Iterator[_Found]:
    """Validity without a number: 长期有效, 仅限当次, 治疗结束为止."""
    heads = _heads(doc, sentence)
    under_validity = any(rx(words("deadline_kind", "validity")).search(head) for head in heads[:2])
    for clause in clauses:
        here = doc.folded[clause.start : clause.end]
        if _FOREIGN.search(here) or rx(r"证件?(?:长期|永久)有效|非(?:长期)有效").search(here):
            continue
        match = _LASTING.search(here)
        if "有没有" in here or rx(r"补办|当次(?:住院|就医)?(?:费用|可|即)").search(here):
            continue
        if match is None and under_validity:
            match = _LASTING_BARE.fullmatch(here)
        if match is None or match.lastgroup is None:
            match = _LASTING_LOOSE.search(here)
            if match is None:
                continue
        unit = rx(r"\d").sub("", str(match.lastgroup))
        if unit == "per_visit" and doc.folded.startswith(("期", "时间", "时限"), clause.start + match.end()):
            continue  # 备案一次有效期为180天
        if match.lastgroup == "permanent3" and _CHANGE.search(here[: match.start()]):
            continue  # 变更没有时间限制
        if unit == "as_needed" and not (rx("有效|期限|时限|管").search(here) or under_validity):
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
_NOT_SO, _UNPLANNED, _REFUSED = (_RULES.pattern(name) for name in ("not_so", "unplanned", "refused"))
_STILL_OPEN = rx(r"没|未|尚未")
"""还没结账就能补: the negation is part of what the rule says."""
_SOMEBODY = rx(r"(?:^|,)(?:[她他]|[^,]{1,4}(?:阿姨|大爷|大妈|大叔|奶奶|爷爷|先生|女士|师傅))[^,]{0,4}$")
"""她动身之前就备了案: a story, no rule."""
_FILING_CONTEXT = rx(r"备案|登记|转诊|异地|备好|备上|补")


def _anchored(doc: Document, sentence: Span, text: str, clauses: list[Span], _: str | None) -> Iterator[_Found]:
    """Filing before or after something, without a number."""
    before = [doc.folded[s.start : s.end] for s in doc.sentences_before(sentence)[:1]]
    if not rx(r"备|登记|补|入院|住院|审核|结账|结算|前").search(text) or not _FILING_CONTEXT.search(
        "\n".join((text, doc.heads_text(sentence.block), *before))
    ):
        return
    taken: list[tuple[int, int]] = []
    if any(_FILING_TIME.search(head) for head in _heads(doc, sentence)[:2]):
        for label, pattern in _LABELLED:
            kind, direction = label.split()
            for match in pattern.finditer(text):
                anchor = str(match.lastgroup)
                taken.append(match.span(anchor))
                clause = next((c for c in clauses if c.start <= sentence.start + match.start() < c.end), sentence)
                yield _Found(kind, clause[:2], clause, anchor=anchor, direction=direction, rule="deadlines.labelled")
    for label, pattern in _ANCHORED:
        kind, direction = label.split()
        for match in pattern.finditer(text):
            anchor = str(match.lastgroup)
            start, end = match.span(anchor)
            ahead = text[: match.start() if _STILL_OPEN.match(match[0]) else start]
            if (
                _NOT_SO.search(ahead)
                or (kind == "advance_filing" and _UNPLANNED.search(ahead))
                or (_SOMEBODY.search(ahead) and rx(r"[^,]{0,4}了").match(text, match.end()))
                or _REFUSED.match(text[match.end() :])
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


_YEARLY = _RULES.pattern("yearly")
_ENDED = rx(r"(?:停止|不再|终止)(?:执行|实行|施行)|(?:同时|予以)?(?:废止|取消)。?$")


def _renewed(doc: Document, sentence: Span, text: str, clauses: list[Span], _: str | None) -> Iterator[_Found]:
    """A filing that must be renewed again and again: 每年续办, 定期更新."""
    for clause in clauses:
        here = doc.folded[clause.start : clause.end]
        match = _YEARLY.search(here)
        if match is None or _FOREIGN.search(here) or not rx(r"备案|登记|异地|长期").search(text):
            continue
        if is_former(text[: clause.end - sentence.start]) or _ENDED.search(text):
            continue
        if any(rx(r"每").match(here, date.start) for date in fixed_dates(here)):
            continue  # 每年12月31日前确认: its day tells more
        if rx(r"(?:不需要?|无需|不用|不必|无须)[^,]{0,4}$").search(here[: match.start()]):
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


_READERS = (
    (_timed, HAS_DURATION),
    (_dated, Needs(HAS_FIXED_DATE, _OF_A_YEAR)),
    (_lasting, NeedsGroup(_LASTING, _LASTING_BARE, _LASTING_LOOSE)),
    (_renewed, Needs(_YEARLY)),
    (_anchored, Needs(*(pattern for _, pattern in (*_ANCHORED, *_LABELLED)))),
)
"""Each reader and what a sentence must hold to be worth its while."""
_ANY = Needs(*(needs for _, needs in _READERS))


# ---- scope and form ---------------------------------------------------------------------------------------------
_LOCAL_SUBJECT = _RULES.pattern("local_subject")
_LOCAL_HEAD, _ABROAD = _RULES.pattern("local_head"), _RULES.pattern("abroad")


def is_local(doc: Document, sentence: Span, text: str) -> bool:
    """A sentence of a local procedure on a mixed page (RULES.md 20): it, or its nearest heading, is about another matter."""
    if _ABROAD.search(text):
        return False
    if _LOCAL_SUBJECT.search(text):
        return True
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
    if (anybody := _anybody(doc, sentence, end)) is not None and not doc.types_in(anybody, end):
        return ()
    if _THE_OTHERS.match(doc.folded, start, end) and (found := _others(doc, sentence.start, start)):
        return found
    if item.kind == "makeup_window" and (only := _ONLY_FOR.match(doc.folded, end, sentence.end)):
        clause = doc.clause_at(only.end())
        if found := listed_types(doc, clause.start, clause.end) or short_types(doc.folded[clause.start : clause.end]):
            return found
    if _ALL_ABOVE.match(doc.folded, sentence.start) and (found := doc.types_above(sentence.block)):
        return found
    if item.kind == "residence_threshold" and (found := _lived_there(doc, item, sentence)):
        return found
    if (
        item.kind == "residence_threshold"
        and len(doc.types_in(sentence.start, sentence.end)) != 1
        and any(hit.code == "long_term" for hit in doc.types_named(sentence.start, sentence.end))
    ):
        return ("long_term",)  # 长期居住类,包括…: the members share the umbrella's condition
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
    for lo, hi in ((start, end), (_subject_from(doc, sentence, item.at), start)):
        short = short_types(doc.folded[lo:hi])
        if short and (lo == start or not doc.types_in(lo, hi)):
            return short
    if item.kind == "residence_threshold" and (found := doc.types_in(end, sentence.end)):
        return ("long_term",) if len(found) >= 3 else found
    if item.kind == "residence_threshold" and "退休" in doc.folded[start:end]:
        return ("retired_resettled",)
    if found := listed_types(doc, _subject_from(doc, sentence, item.at), start) or doc.types_of(
        start, end, inherit=False
    ):
        return ("long_term",) if item.kind == "residence_threshold" and len(found) >= 3 else found
    if item.kind in _INHERITING:
        block = doc.blocks[sentence.block]
        for earlier in doc.sentences_before(sentence) if block.kind != "cell" else ():
            if found := listed_types(doc, earlier.start, earlier.end):
                return () if item.kind == "min_no_change" and set(found) & _TEMPORARY else found
    if item.kind == "makeup_window" and _SHOWS_URGENCY.search(doc.folded, end, sentence.end):
        return ("emergency",)
    if item.kind == "treatment_window" and item.anchor == "referral":
        return ("referral",)
    if any(_VISITORS.search(doc.block_text(parent)[:40]) for parent in doc.above(sentence.block)):
        return ()
    found = doc.types_of(start, end)
    for head in (doc.blocks[sentence.block].row_head, doc.blocks[sentence.block].col_head):
        if not found and head is not None:
            found = short_types(doc.block_text(head))  # 转诊 | 180天
    if not found and _SENT_ON.search(doc.folded, sentence.start, end):
        return ("referral",)
    if item.kind == "residence_threshold" and len(found) >= 3:
        return ("long_term",)
    return () if item.kind == "min_no_change" and set(found) & _TEMPORARY else found


_SENT_ON = rx(
    r"(?:^|[,;]|(?:人员|患者|病人|群众|职工|居民))(?:要|需|需要|确需)?转(?:到|往|去|至)(?:省外|外省|市外|外地|外市|省内|上级)[^,。;]{0,6}(?:的|,)"
)
"""转到省外的,…: whom a hospital sends on."""
_ALL_ABOVE = rx(r"(?:以上|上述|上列|前述)(?:各类|几类|[二两三四五]类)?(?:人员|人群|对象|参保)")
"""以上人员 behind a list: whom its heading names."""
_THE_OTHERS = rx(r"(?:其余|其他|剩下)(?:的)?(?:类型|类别|几类|各类|备案|几种|情形)")
_ONLY_FOR = rx(r",(?:我市|经办机构|医保中心)?(?:只|仅|限)(?:对|限|限于|针对|适用于?|面向|受理|给)")
"""出院后补办的,只对…人员受理: whom a rule is kept to."""


def _others(doc: Document, start: int, end: int) -> tuple[str, ...]:
    """长期备案N日审核,其余类型…: the classes under the umbrella of which nothing was said, that the page sorts people into
    without proof of urgency; empty where both were spoken of."""
    tree = parents("filing_type")
    told = {tree.get(code) or code for code in listed_types(doc, start, end) or short_types(doc.folded[start:end])}
    if told != {"long_term"}:
        return ()
    named = {hit.code for hit in doc.type_mentions if tree.get(hit.code) == "temporary"} - {"emergency"}
    return tuple(sorted(named)) or ("temporary",)


_SHOWS_URGENCY = rx(r"[凭持带附交][^,。;]{0,8}(?:急诊|抢救)(?:病历|证明|诊断|记录)")
"""凭急诊病历补办: the paper tells whose case it is."""
_EVERYBODY = rx(
    r"(?:所有|全部|各类|任何)[^,。]{0,6}(?:申请|备案|人员|参保人)|其[他它余](?:患者|病人|情形|情况|参保|群众|人(?!员))|(?:如果?|假如|要是|若)[^,。]{0,6}(?:忘记|忘了)[^,]{0,4}备案"
)
"""Words that make a rule everybody's, whomever the heading or the sentence before it spoke of."""
_VISITORS = rx(r"外[地埠省市](?:参保|医保|患者|病人)|来我?院(?:就|住|看)")
"""A heading over what people insured elsewhere do: the types of the page's own people are not theirs."""
_SUMMED_UP = rx(r"长期[^,、。]{0,8}(?:人群|人员|类|的)?[^,、。]{0,2},?(?:包括|包含|涵盖|分为|是?指)")


def _lived_there(doc: Document, item: _Found, sentence: Span) -> tuple[str, ...]:
    """Whom a time of living away is asked of: whom it stands before as an attribute (住满6个月以上的异地长期居住人员), the
    label of its line, or the umbrella that sums up its members."""
    start, end = item.at.start, item.at.end
    at = doc.folded.find(item.raw or "", start, end)
    summed = _SUMMED_UP.search(doc.folded, sentence.start, max(at, start))
    if summed and set(doc.types_in(sentence.start, summed.end())) <= {"long_term"}:
        return ("long_term",)
    if at >= 0:
        behind = at + len(item.raw or "")
        for hit in doc.types_named(behind, end):
            if rx(r"(?:及?以上|之上)?(?:在外)?的(?:跨省|异地|省外)?").fullmatch(
                doc.folded[behind : hit.start]
            ) and doc.folded[hit.end : hit.end + 1] not in ("、", "和", "及", "与"):
                return (hit.code,)
    label = doc.label_of(sentence.block)
    if label and label[1] <= start + 24 and len(found := doc.types_in(*label)) == 1:
        return found
    return ()


def _anybody(doc: Document, sentence: Span, end: int) -> int | None:
    """Where it is said, in the sentence up to `end` or in the one it goes on from behind a semicolon, that anybody is meant."""
    begin = sentence.start
    for earlier in doc.sentences_before(sentence):
        if doc.folded[earlier.end : earlier.end + 1] != ";" and doc.folded[earlier.end - 1 : earlier.end] != ";":
            break
        begin = earlier.start
    said = [match.start() for match in _EVERYBODY.finditer(doc.folded, begin, end)]
    return said[-1] if said else None


def _subject_from(doc: Document, sentence: Span, at: Span) -> int:
    """Where the words begin that say whom a clause is for: behind the clause that has another value of its own."""
    named = False
    for clause in reversed([c for c in doc.clauses(sentence) if c.start < at.start]):
        text = doc.folded[clause.start : clause.end]
        if named and (_LASTING.search(text) or _LASTING_LOOSE.search(text) or durations(text)):
            return clause.end
        named = named or bool(short_types(text) or doc.types_in(clause.start, clause.end))
    return sentence.start


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
        modality=_modality(doc, item),
        evidence=doc.evidence((start, end)),
        rule=item.rule,
    )


_DUTY = rx(r"应|须|需要|必须|务必|不迟于|不晚于|最[迟晚]|限|不超过|(?<!只)要(?!是)|请")


def _modality(doc: Document, item: _Found) -> str:
    """Modality of a deadline: filing late is allowed unless words of duty say more; a time to wait is none of choice
    (满6个月方可变更)."""
    start, end = item.span
    text = doc.folded[start:end]
    if "原则上" in text:
        return "usual"
    found = doc.modality_of(start, end)
    if found == "optional" or (found == "may" and item.kind in _NO_CHOICE):
        return "must"
    allowed = item.unit is None or _ALLOWED.search(text)
    return "may" if found == "must" and item.kind == "makeup_window" and allowed and not _DUTY.search(text) else found


_ALLOWED = rx(r"允许|[也还仍]能|仍然")
_NO_CHOICE = ("min_no_change", "processing_time", "payment_time", "effective_time")
