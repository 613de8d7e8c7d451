"""A page made ready for reading: folded text, sentences, clauses, terms, and what a place is about.

Fact parsers get a `Document` and yield facts; all they know of the page's form they know from here.

Positions in a document count in `Document.text`: the main text without the stray spaces that word processors and PDF
leave inside Chinese words (就 医人员, 6 个月). Only `evidence` and `verbatim` lead back to the main text as printed.
The scope of a statement (DOMAIN.md of the vocabulary: label rules) is looked up from near to far: its own clause, its
sentence, the blocks above it, the title.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from parsers.classes import described, referred
from parsers.dialogue import Pair, find_pairs
from parsers.lexicon import Hit, Hits, fold, scan
from parsers.outline import Block, Outline
from parsers.patterns import rx
from parsers.prefilter import Needs, Scan
from parsers.records import Evidence, Issue, Region, RelatedPage
from parsers.vocab import parents

_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60“”‘’·①-⑳]"
_STRAY = rx(
    rf"(?<={_WIDE})[ \t\xa0\u2002\u2003\u2009\u3000]+(?=[^\s])|(?<=[^\s])[ \t\xa0\u2002\u2003\u2009\u3000]+(?={_WIDE})"
)
_SPACES = rx("[ \t\xa0\u2002\u2003\u2009\u3000]+")
_OPEN, _CLOSE = "(“《[「『‘", ")”》]」』’"
_SENTENCE_CUTS, _CLAUSE_CUTS = (rx(f"[{re.escape(_OPEN + _CLOSE)}{marks}]") for marks in ("。;!?\n", ","))


_TOLD_BEFORE = 60
"""Sentences; what stands farther off in one paragraph tells nothing, and a page may be one paragraph."""


class Span(NamedTuple):
    """A stretch of the main text: `[start, end)` in code points, inside block number `block`."""

    start: int
    end: int
    block: int


def _stray(text: str) -> Iterator[tuple[int, int]]:
    """Where stray spaces stand: looked for in runs of spaces only, which are found fast."""
    for run in _SPACES.finditer(text):
        at, end = run.span()
        while at < end:
            match = _STRAY.match(text, at)
            if match:
                yield match.span()
            at = match.end() if match else at + 1


@dataclass(frozen=True)
class Document:
    """The reading matter of one page. `title` stands outside the main text and gives scope only, never evidence."""

    outline: Outline
    title: str = ""
    region: Region | None = None
    publisher: str | None = None
    breadcrumb: tuple[str, ...] = ()
    related: tuple[RelatedPage, ...] = ()
    issues: list[Issue] = field(default_factory=list)
    # what has been asked of a place once is remembered
    _clauses: dict[Span, list[Span]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _above: dict[int, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _governing: dict[int, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _labels: dict[int, tuple[int, int] | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _heads: dict[int, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def _pieces(self) -> list[tuple[int, int]]:
        """The stretches of the main text between stray spaces."""
        edges = [0, *(edge for span in _stray(self.outline.text) for edge in span), len(self.outline.text)]
        return list(zip(edges[::2], edges[1::2], strict=True))

    @cached_property
    def _kept(self) -> list[int] | None:
        """Position in `text` → position in the main text; None where they are the same."""
        if len(self._pieces) == 1:
            return None
        return [*chain.from_iterable(range(*piece) for piece in self._pieces), len(self.outline.text)]

    @cached_property
    def text(self) -> str:
        """The main text without stray spaces; not folded."""
        if self._kept is None:
            return self.outline.text
        return "".join([self.outline.text[start:end] for start, end in self._pieces])

    @cached_property
    def folded(self) -> str:
        """`text` folded for matching, code point for code point."""
        return fold(self.text)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the outline, their places counted in `text`."""
        kept = self._kept
        if kept is None:
            return self.outline.blocks
        return tuple(
            Block(
                b.kind, bisect_left(kept, b.start), bisect_left(kept, b.end), bisect_left(kept, b.content), b.level,
                b.marker, b.ordinal, b.list_kind, b.parent, b.bold, b.table, b.row, b.col, b.row_head, b.col_head,
            )
            for b in self.outline.blocks
        )  # fmt: skip

    def printed(self, start: int, end: int) -> tuple[int, int]:
        """The place in the main text of a stretch of `text`."""
        return (start, end) if self._kept is None else (self._kept[start], self._kept[end - 1] + 1)

    def verbatim(self, start: int, end: int) -> str:
        """A stretch of `text` exactly as the page prints it."""
        return self.outline.text[slice(*self.printed(start, end))] if end > start else ""

    @cached_property
    def terms(self) -> dict[str, Hits]:
        return scan(self.folded)

    @cached_property
    def title_terms(self) -> dict[str, Hits]:
        return scan(self._folded_title)

    def hits(self, vocabulary: str, start: int, end: int) -> list[Hit]:
        """Terms of a vocabulary in `[start, end)`, in order."""
        return self.terms[vocabulary].within(start, end)

    def codes(self, vocabulary: str, start: int, end: int) -> list[str]:
        """Distinct codes of a vocabulary in `[start, end)`, in order of appearance."""
        return list(dict.fromkeys(hit.code for hit in self.hits(vocabulary, start, end)))

    # ---- places ---------------------------------------------------------------------------------------
    @cached_property
    def _block_starts(self) -> list[int]:
        return [block.start for block in self.blocks]

    def block_at(self, position: int) -> int:
        """Index of the block that holds a position of the main text."""
        return max(0, bisect_right(self._block_starts, position) - 1)

    def block_text(self, index: int) -> str:
        """Folded text of a block without its literal number."""
        block = self.blocks[index]
        return self.folded[self._spoken.get(index, block.content) : block.end]

    @cached_property
    def sentences(self) -> list[Span]:
        """Sentences in order; a block is at least one. A `.` never ends one, and nothing inside brackets does."""
        spoken = self._spoken
        return [
            span
            for i, block in enumerate(self.blocks)
            for span in self._split(spoken.get(i, block.content), block.end, i, _SENTENCE_CUTS)
        ]

    def sentences_of(self, index: int) -> list[Span]:
        """The sentences of one block."""
        return self._by_block.get(index, [])

    @cached_property
    def _by_block(self) -> dict[int, list[Span]]:
        found: dict[int, list[Span]] = {}
        for sentence in self.sentences:
            found.setdefault(sentence.block, []).append(sentence)
        return found

    def sentences_before(self, sentence: Span) -> list[Span]:
        """The sentences that stand before one in its block, nearest first, as far as they may tell of it."""
        number = bisect_left(self._sentence_starts, sentence.start)
        near = self.sentences[max(0, number - _TOLD_BEFORE) : number]
        return [earlier for earlier in reversed(near) if earlier.block == sentence.block]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [span.start for span in self.sentences]

    def sentence_at(self, position: int) -> Span:
        """The sentence that holds a position (the one before it where it stands between two)."""
        if not self.sentences:
            return Span(0, len(self.text), 0)
        return self.sentences[max(0, bisect_right(self._sentence_starts, position) - 1)]

    @cached_property
    def _scan(self) -> Scan:
        return Scan(self.folded, self.sentences)

    def sentences_with(self, needs: Needs) -> Iterator[Span]:
        """The sentences, in order, in which one of some patterns can match."""
        left = self._scan.sentences(needs)
        while left:
            lowest = left & -left
            yield self.sentences[lowest.bit_length() - 1]
            left ^= lowest

    def may(self, needs: Needs, sentence: Span) -> bool:
        """Whether one of some patterns can match in a sentence."""
        return bool(self._scan.sentences(needs) >> self._sentence_number[sentence.start] & 1)

    def blocks_with(self, needs: Needs) -> set[int]:
        """The blocks in a sentence of which one of some patterns can match, and those that begin with 问： or 答：."""
        return {sentence.block for sentence in self.sentences_with(needs)} | self._spoken.keys()

    @cached_property
    def _sentence_number(self) -> dict[int, int]:
        return {span.start: i for i, span in enumerate(self.sentences)}

    def clauses(self, span: Span) -> list[Span]:
        """The parts of a sentence between commas; commas in brackets and quotes do not count."""
        if span not in self._clauses:
            self._clauses[span] = self._split(*span, _CLAUSE_CUTS)
        return self._clauses[span]

    def clause_at(self, position: int) -> Span:
        """The clause that holds a position."""
        sentence = self.sentence_at(position)
        for clause in self.clauses(sentence):
            if clause.start <= position < clause.end:
                return clause
        return sentence

    def _split(self, start: int, end: int, block: int, cuts: re.Pattern[str]) -> list[Span]:
        """Cut `[start, end)` at the marks among `cuts` outside brackets. An unclosed bracket does not swallow the rest."""
        spans, depth, begin, opened = [], 0, start, start
        for match in cuts.finditer(self.folded, start, end):
            char, i = match[0], match.start()
            if char in _OPEN:
                if not depth:
                    opened = i
                depth += 1
            elif char in _CLOSE:
                depth = max(0, depth - 1)
            elif not depth or char == "\n" or i - opened > 120:
                depth = 0
                spans.append(self._trim(begin, i + (char not in ",;\n"), block))
                begin = i + 1
        spans.append(self._trim(begin, end, block))
        return [span for span in spans if span.end > span.start]

    def _trim(self, start: int, end: int, block: int) -> Span:
        text = self.text
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        return Span(start, end, block)

    def evidence(self, *spans: tuple[int, int] | Span) -> tuple[Evidence, ...]:
        """Evidence for stretches of the main text, white space at the edges trimmed off."""
        trimmed = dict.fromkeys(self._trim(span[0], span[1], 0)[:2] for span in spans)
        places = [self.printed(start, end) for start, end in trimmed if end > start]
        return tuple(Evidence(self.outline.text[start:end], start, end) for start, end in places)

    # ---- what a place is about ------------------------------------------------------------------------
    @cached_property
    def dialogue(self) -> list[Pair]:
        """The questions and answers of the page."""
        return find_pairs(self.blocks, self.folded, self._folded_title)

    @cached_property
    def _spoken(self) -> dict[int, int]:
        """Block of a question or answer → where its words begin behind 问：or 答："""
        begins = {pair.question: pair.asked for pair in self.dialogue}
        begins.update({pair.answers[0]: pair.answered for pair in self.dialogue if pair.answers[0] != pair.question})
        return begins

    @cached_property
    def _asked(self) -> dict[int, int]:
        """Block that answers → block that asks."""
        return {answer: pair.question for pair in self.dialogue for answer in pair.answers if answer != pair.question}

    def above(self, index: int) -> tuple[int, ...]:
        """The blocks above a block, nearest first: an answer stands under its question. The title is asked for by itself."""
        if index not in self._above:
            self._above[index] = tuple(self._climb(index))
        return self._above[index]

    def _climb(self, index: int) -> Iterator[int]:
        seen = {index}
        while True:
            asked = self._asked.get(index)
            parent = self.blocks[index].parent
            step = parent if asked is None or (parent is not None and parent > asked) else asked
            if step is None or step in seen:
                return
            seen.add(step)
            yield step
            index = step

    @cached_property
    def type_mentions(self) -> list[Hit]:
        """Filing types in the main text in order of place: named, described, or told by their number in a list."""
        known = Hits(sorted((*self.named_types, *self.described_types)))
        return sorted((*known.all, *referred(self, known)))

    @cached_property
    def described_types(self) -> list[Hit]:
        """Filing types that lists and enumerations describe in words of their own."""
        return described(self, self.named)

    @cached_property
    def named(self) -> Hits:
        """The filing types that the main text names, by place."""
        return Hits(self.named_types)

    @cached_property
    def named_types(self) -> list[Hit]:
        """Filing types named in the main text, with shared labels settled.

        异地长期居住人员 is two things (label rule 1): in a list beside its sibling classes, or in a heading beside
        theirs, and in all that stands under such a heading, it is the small class; otherwise the umbrella.
        """
        mentions: list[Hit] = []
        real = real_mentions(self.terms["filing_type"].all, self.folded)
        settled = resolve_types(real, self.folded)
        listed = {_stem(new.form) for old, new in zip(real, settled, strict=True) if len(new.codes) < len(old.codes)}
        for hit in settled:
            code = hit.code
            if len(hit.codes) > 1:
                # Where the page's lists write the class one way, another way of writing it is the umbrella.
                index = self.block_at(hit.start)
                heads = self.above(index) if not listed or _stem(hit.form) in listed else ()
                small = any(self._is_small_class(i) for i in (index, *heads))
                code = next(c for c in hit.codes if (parents("filing_type").get(c) is not None) == small)
            mentions.append(hit._replace(codes=(code,)))
        return mentions

    def _is_small_class(self, index: int) -> bool:
        """Whether a block begins with 异地长期居住 as one of several sibling blocks that begin with its sibling classes."""
        mine = self._opening(index)
        if not any(len(hit.codes) > 1 for hit in mine):
            return False
        return any(
            {code for hit in self._opening(other) for code in hit.codes} & _SMALL_CLASSES
            for other in self._siblings.get(_kin(self.blocks[index]), ())
            if other != index
        )

    def _opening(self, index: int) -> list[Hit]:
        """Types named in the first words of a block, as its subject."""
        block = self.blocks[index]
        return [
            hit
            for hit in self.terms["filing_type"].within(block.start, min(block.end, block.content + 30))
            if hit.start - block.content <= 12 and not rx(r"包括|含").search(self.folded[block.content : hit.start])
        ]

    @cached_property
    def _siblings(self) -> dict[tuple[object, ...], list[int]]:
        """Blocks that stand side by side: the same parent and form, or the same column of a table."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for i, block in enumerate(self.blocks):
            groups.setdefault(_kin(block), []).append(i)
        return groups

    @cached_property
    def _mentions(self) -> Hits:
        return Hits(self.type_mentions)

    @cached_property
    def title_types(self) -> tuple[str, ...]:
        """The filing type a title speaks of: one that stands alone speaks for the whole page, several for nobody."""
        folded = self._folded_title
        mentions = resolve_types(real_mentions(self.title_terms["filing_type"].all, folded), folded)
        if not all(_SPEAKS.search(hit.form) or _SPEAKS.match(folded, hit.end) for hit in mentions):
            return ()
        types = minimal_types(hit.code for hit in mentions)
        return types if len(types) == 1 and len({hit.code for hit in mentions}) == 1 else ()

    def types_named(self, start: int, end: int) -> list[Hit]:
        """The mentions of filing types in `[start, end)`."""
        return self._mentions.within(start, end)

    def types_in(self, start: int, end: int) -> tuple[str, ...]:
        """Filing types named in `[start, end)`, sorted; a child named beside its umbrella stands for both."""
        hits = self._mentions.within(start, end)
        if len(hits) < 2:
            return (hits[0].code,) if hits else ()
        examples = {
            small.code
            for small in hits
            for whole in hits
            if parents("filing_type").get(small.code) == whole.code and _are_examples(self.folded, small, whole)
        }
        return minimal_types(hit.code for hit in hits if hit.code not in examples)

    def types_of(self, start: int, end: int, *, inherit: bool = True) -> tuple[str, ...]:
        """Whom the statement at `[start, end)` is for: its clause, its sentence up to there, the blocks above, the title.

        Empty = everybody. A table cell asks its row head and column head before the headings.
        """
        clause = self.clause_at(start)
        lo, hi = min(clause.start, start), max(end, start + 1)
        if found := self.types_in(lo, hi):
            return found
        sentence = self.sentence_at(start)
        named = self.types_in(sentence.start, start)
        if _THE_REST.match(self.folded, lo, hi) and {"referral", "emergency"} & set(named):
            return ("other_temporary",)  # 转诊和急诊的…,其他的…
        if _UNFILED.search(self.folded, lo, hi):
            return ()  # 没有备案的: of whatever type
        if named or not inherit:
            return named
        return self.types_above(sentence.block, before=sentence.start) or self.title_audience

    @cached_property
    def title_audience(self) -> tuple[str, ...]:
        """Types the title gives to what is under no other head: none where the page
        sorts people into classes of both umbrellas, whomever its title calls on (外出务工人员看病指南)."""
        tree = parents("filing_type")
        families = {tree.get(hit.code) for hit in self.named_types} - {None}
        return () if len(families) > 1 else self.title_types

    def governing(self, index: int) -> tuple[int, ...]:
        """All blocks that head a block, nearest first: those above it, and where they reach the cell's edge its table heads."""
        if index not in self._governing:
            self._governing[index] = self._find_governing(index)
        return self._governing[index]

    def _find_governing(self, index: int) -> tuple[int, ...]:
        block, chain = self.blocks[index], self.above(index)
        heads = [h for h in (block.row_head, block.col_head) if h is not None]
        edge = next((k for k, above in enumerate(chain) if above in heads), -1)
        second = self._second_heads.get((block.table, block.row)) if block.kind == "cell" else None
        inner = () if second is None or (block.col or 0) < 2 or second in chain else (second,)
        return (*inner, *chain[: edge + 1], *(h for h in heads if h not in chain), *chain[edge + 1 :])

    @cached_property
    def _second_heads(self) -> dict[tuple[int | None, int | None], int]:
        """Table and row → the cell that heads the row below its row head, in tables whose first column groups rows
        (大类) and whose second names a class in each (小类)."""
        firsts: dict[tuple[int | None, str], set[int | None]] = {}
        seconds: dict[tuple[int | None, int | None], int] = {}
        for i, block in enumerate(self.blocks):
            if block.kind != "cell" or block.row_head is None or block.col != 1:
                continue
            firsts.setdefault((block.table, self.block_text(block.row_head)), set()).add(block.row)
            if block.end - block.start <= 24 and self._opening(i):
                seconds[block.table, block.row] = i
        grouped = {(table, row) for (table, _), rows in firsts.items() if len(rows) > 1 for row in rows}
        return {place: i for place, i in seconds.items() if place in grouped}

    def types_above(self, index: int, before: int | None = None) -> tuple[str, ...]:
        """Types a block inherits from its label and from the blocks that head it."""
        label = self.label_of(index) if before is not None else None
        if label and not self._labelled_anew(index, before) and (found := self.types_in(*label)):
            return found
        for head in self.governing(index):
            if found := self.types_in(*self._headline(head)):
                return found
        return ()

    def _labelled_anew(self, index: int, before: int | None) -> bool:
        """Whether a sentence of a block up to `before` has a label of its own (…;学生:…): the block's reaches to there."""
        later = self.sentences_of(index)[1:]
        return any(before is not None and s.start <= before and self._LABEL.match(self.folded, s.start) for s in later)

    def _headline(self, index: int) -> tuple[int, int]:
        """The part of a heading block that says whom it is for: a heading or short line whole, of a long paragraph its
        label, its last sentence where that leads in (…如下：), else its first clause."""
        head = self.blocks[index]
        if head.kind == "heading" or head.end - head.start <= 40:
            return head.start, head.end
        if label := self.label_of(index):
            return label
        sentences = self.sentences_of(index)
        if sentences and self.folded[: head.end].rstrip().endswith(":"):
            return sentences[-1].start, sentences[-1].end
        clause = self.clause_at(head.content)
        return clause.start, clause.end

    _LABEL = rx(r"[-•*·\s]{0,9}(?=\S)([^,。;:!?]{2,24}?)\s{0,4}:")

    def label_of(self, index: int) -> tuple[int, int] | None:
        """Place of a leading label (“办理时限：…”) of a block, without the colon; None if it has none."""
        if index not in self._labels:
            self._labels[index] = self._find_label(index)
        return self._labels[index]

    def _find_label(self, index: int) -> tuple[int, int] | None:
        block = self.blocks[index]
        match = self._LABEL.match(self.folded, block.content, block.end)
        return match.span(1) if match else None

    def heads_text(self, index: int) -> str:
        """Folded text of all that heads a block, a line each, nearest first: own label, blocks that head it, title."""
        if index not in self._heads:
            self._heads[index] = self._find_heads(index)
        return self._heads[index]

    def _find_heads(self, index: int) -> str:
        label = self.label_of(index)
        parts = [self.folded[label[0] : label[1]]] if label else []
        parts.extend(self.folded[self.blocks[h].start : self.blocks[h].end][:80] for h in self.governing(index))
        parts.append(self._folded_title)
        return "\n".join(parts)

    @cached_property
    def _folded_title(self) -> str:
        return fold(_STRAY.sub("", self.title))

    def nearest(self, vocabulary: str, position: int, *, exclude: Iterable[str] = ()) -> str | None:
        """The code of a vocabulary that governs a position: its clause, sentence, blocks above, title; None if none does."""
        found = self._governed(vocabulary, position, set(exclude))
        return found[0] if found else None

    def _governed(self, vocabulary: str, position: int, skip: set[str]) -> list[str]:
        """The codes of the nearest place that names any: clause, sentence, heads from near to far, title."""
        clause, sentence = self.clause_at(position), self.sentence_at(position)
        spans: list[tuple[int, int]] = [(clause.start, clause.end), (sentence.start, sentence.end)]
        if self.blocks:
            spans += [(self.blocks[h].start, self.blocks[h].end) for h in self.governing(sentence.block)]
        for start, end in spans:
            if found := [code for code in self.codes(vocabulary, start, end) if code not in skip]:
                return found
        return [hit.code for hit in self.title_terms[vocabulary].all if hit.code not in skip]

    def geo_of(self, position: int) -> str | None:
        """Geographic scope of a statement: cross_province, intra_province, intra_city, bloc, or None where not told apart."""
        return self.nearest("geo_scope", position, exclude=("any",))

    def scheme_of(self, position: int) -> str | None:
        """Insured scheme of a statement, old names mapped to today's; None where the text names none or several at once."""
        tree = parents("scheme")
        schemes = {tree.get(code) or code for code in self._governed("scheme", position, {"unspecified"})}
        return schemes.pop() if len(schemes) == 1 else None

    def service_of(self, position: int) -> str | None:
        """Kind of care a statement is about (inpatient, outpatient …); None where the text names none."""
        return self.nearest("service_scope", position)

    def modality_of(self, start: int, end: int, default: str = "must") -> str:
        """Modality of the clause at `[start, end)`: hedges before permission before duty."""
        clause = self.clause_at(start)
        codes = set(self.codes("modality", min(clause.start, start), max(clause.end, end)))
        sentence = self.sentence_at(start)
        codes |= set(self.codes("modality", sentence.start, start)) & {"some_regions", "usual"}
        for code in ("some_regions", "usual", "recommended", "optional", "may", "must"):
            if code in codes:
                return code
        return default


def _stem(form: str) -> str:
    """A label without the word for people behind it."""
    return form.removesuffix("人员")


_SMALL_CLASSES = {"retired_resettled", "stationed_work"}


def _kin(block: Block) -> tuple[object, ...]:
    """What siblings have in common."""
    return ("cell", block.table, block.col) if block.kind == "cell" else (block.kind, block.parent, block.level)


_PAPER = rx(
    r"(?:人员|就医)?(?:医疗)?(?:认定|证明|单|表|书|资质|资格|定点|医疗机构|医院|机构|意见|病历|病史|费用|记录|诊断|科|服务|待遇认定|信息|系统)"
)
_SHORT = {"转诊", "转院", "急诊", "长期", "临时", "急症", "大学生", "在校学生", "异地工作", "异地就业"}
_CLASS = rx(
    r"(?:抢救|住院|的|类|就医|就诊)*(?:人员|患者|病人|群体|备案|就医|参保人)|(?:抢救|住院)?(?:的|类|者)?(?=[:,。;、)]|$)(?<=[的类者])"
)
_GLUE = rx(r"[、,/或和及与以者非且未经\s()“”\"]{0,6}(?:异地|跨省|抢救|就医|人员|备案)*[、,/或和及与以者\s()“”\"]{0,4}")


_TOLD = rx(
    r"(?:选择?|勾选|叫做?|称作|称为|归为|归到|属于|算作|算是|算|走|选[了成]|登记[为成]|[办报备]成|那是|就是)[“\"『「]?$"
)
"""那是转诊: a short word that says what somebody counts as."""
_AMONG = rx(r"(?:包括|包含|分为|含)(?:[^。;:]{0,40}[、,和及与或])?$")
_NEXT = rx(r"[、,和及与或。;]|以及|$")
"""包括转诊和…的: a short word among the members of an umbrella."""
_NOT = rx(r"(?:不是|并非|不属于|非|无|又不是|也不是|除(?:了)?)(?:异地)?$")
_UNFILED = rx(r"(?:没有?|未|不)(?:办理?|进行|做|申请|按规定)?(?:异地就医)?(?:备案|登记)")
_WITHOUT_FILING = rx(_UNFILED.pattern + r"(?:手续)?(?:而|就|,)?$")
_THE_REST = rx(r"(?:而)?(?:其他|其余|此外|别的)(?:的|人员|情形|情况|参保人)")
_SPEAKS = rx(r"(?:人员|患者|备案|就医|转诊|转院|安置|居住|工作)$|(?:人员|患者|备案|就医|住院)")


_IN_BRACKETS = rx(r"(?:人员|就医|备案|类)*\([^()。]*\)")


def _are_examples(folded: str, small: Hit, whole: Hit) -> bool:
    """Whether a type is named only to illustrate its umbrella: 异地安置退休等长期备案人员, 长期人员(含异地安置退休人员)."""
    if small.end <= whole.start:
        between = folded[small.end : whole.start]
        return (len(between) <= 12 and "等" in between) or rx(r",[^,。;]{0,6}(?:属于?|统称|按|归为|算)[“\"]?$").search(
            between
        ) is not None
    between = folded[whole.end : small.start]
    members = _IN_BRACKETS.match(folded, whole.end)
    if members and small.end <= members.end() and "、" in members.group():
        return True  # 长期居住(安置退休、投亲、驻外工作)
    return bool(rx(r"\((?:含|包括|包含|即|如)[^)]*$").search(between))


def real_mentions(hits: list[Hit], folded: str) -> list[Hit]:
    """Drop what only looks like a filing type: names of papers and offices (转诊证明, 急诊费用), titles in 《》, and
    short words (转诊, 急诊) that neither form a class of people nor stand in a list of types."""
    kept = []
    for i, hit in enumerate(hits):
        after = folded[hit.end : hit.end + 12]
        if _PAPER.match(after) or folded.rfind("《", max(0, hit.start - 40), hit.start) > folded.rfind(
            "》", max(0, hit.start - 40), hit.start
        ):
            continue
        if hit.code != "other_temporary" and _NOT.search(folded, max(0, hit.start - 6), hit.start):
            continue  # 又不是急诊的, 无急诊的
        if hit.code == "other_temporary" and _WITHOUT_FILING.search(folded, max(0, hit.start - 16), hit.start):
            continue  # 未按规定备案自行到省外就医的: unfiled, of whatever type
        alone = folded[hit.start - 1 : hit.start] in ("", "\n") and after[:1] in ("", "\n")
        told = _TOLD.search(folded, max(0, hit.start - 8), hit.start) and rx(
            r"[”\"』」]?(?:[那这]?一?[项类种栏]|[,。;]|$)"
        ).match(after)
        told = told or (_AMONG.search(folded, max(0, hit.start - 48), hit.start) and _NEXT.match(after))
        if hit.form in _SHORT and not (alone or told or _CLASS.match(after)):
            neighbours = [hits[j] for j in (i - 1, i + 1) if 0 <= j < len(hits)]
            if not any(_GLUE.fullmatch(folded[min(hit.end, n.end) : max(hit.start, n.start)]) for n in neighbours):
                continue
        kept.append(hit)
    return kept


def resolve_types(hits: list[Hit], folded: str) -> list[Hit]:
    """Settle a shared label by the list it stands in: beside 异地安置退休 or 常驻异地工作 it is the small class.

    Labels that no list settles keep all their codes.
    """
    resolved = []
    for i, hit in enumerate(hits):
        near = [hits[j] for j in (i - 2, i - 1, i + 1, i + 2) if 0 <= j < len(hits)] if len(hit.codes) > 1 else []
        listed = any(
            _SMALL_CLASSES & set(other.codes)
            and max(other.start, hit.start) - min(other.end, hit.end) <= 40
            and not rx(
                r"[。\n]|包括|包含|分[为成]|又分|分[两二三四五六\d几][种类]|涵盖|含有?|比如|例如|简称|统称|^[^)]*\([^)]*$"
            ).search(folded[min(other.end, hit.end) : max(other.start, hit.start)])
            for other in near
        )
        small = tuple(c for c in hit.codes if parents("filing_type").get(c) is not None)[:1]
        resolved.append(hit._replace(codes=small) if listed else hit)
    return resolved


def minimal_types(codes: Iterable[str]) -> tuple[str, ...]:
    """Distinct filing types, sorted; an umbrella is left out where one of its children is named too."""
    found = set(codes)
    tree = parents("filing_type")
    return tuple(sorted(code for code in found if not any(tree.get(other) == code for other in found)))
