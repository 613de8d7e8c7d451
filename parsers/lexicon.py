"""Terms found in text: one pass over the folded text for all vocabularies.

Folding is one-to-one (domain rule: quote offsets must hold), so positions in the folded text are positions in the
main text. Where forms of one vocabulary overlap the leftmost longest wins, as a reader takes 医保电子凭证 for one
word; forms of different vocabularies do not hide each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from parsers.vocab import load_terms

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(char): plain
    for chars, plain in {
        "\u3000\xa0\u2002\u2003\u2009\t": " ",
        "〔［【": "[",
        "〕］】": "]",
        "–—―‐‑～﹣": "-",
        "﹕∶": ":",
        "﹐": ",",
        "﹔": ";",
    }.items()
    for char in chars
}
"""Quotes keep their direction: “ and ” tell where a name begins and ends."""


def fold(text: str) -> str:
    """`text` with full-width forms, quotes, dashes and letter case folded, code point for code point."""
    folded = text.translate(_FOLD)
    lower = folded.lower()
    # A few letters grow in lower case (İ); offsets matter more than such a letter.
    return lower if len(lower) == len(folded) else "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


class Hit(NamedTuple):
    """A term at `[start, end)`. `codes` has several members where a form is shared (异地长期居住人员)."""

    start: int
    end: int
    codes: tuple[str, ...]
    form: str

    @property
    def code(self) -> str:
        """The first code: the one the vocabulary lists first."""
        return self.codes[0]


class Hits:
    """The hits of one vocabulary in order of place, found by range."""

    def __init__(self, hits: list[Hit]) -> None:
        self.all = hits
        self._starts = [hit.start for hit in hits]

    def within(self, start: int, end: int) -> list[Hit]:
        """Hits that lie in `[start, end)` whole."""
        found = []
        for i in range(bisect_left(self._starts, start), len(self.all)):
            hit = self.all[i]
            if hit.start >= end:
                break
            if hit.end <= end:
                found.append(hit)
        return found


@cache
def _automaton() -> tuple[AhoCorasick, list[tuple[str, dict[str, tuple[str, ...]]]]]:
    """The automaton of all folded forms, and per pattern the vocabularies and codes it stands for."""
    meanings: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, terms in load_terms().items():
        for term in terms:
            for form in term.forms:
                codes = meanings[fold(form)][name]
                if term.code not in codes:
                    codes.append(term.code)
    patterns = sorted(meanings)
    automaton = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)
    return automaton, [(p, {v: tuple(c) for v, c in meanings[p].items()}) for p in patterns]


def scan(folded: str) -> dict[str, Hits]:
    """All hits in a folded text: vocabulary → hits, leftmost longest within each vocabulary."""
    automaton, meanings = _automaton()
    raw: dict[str, list[Hit]] = {name: [] for name in load_terms()}
    for index, start, end in automaton.find_matches_as_indexes(folded, overlapping=True):
        form, codes = meanings[index]
        # "app" inside "apply" is no word
        if (
            form[0].isascii()
            and form[0].isalpha()
            and start
            and folded[start - 1].isascii()
            and folded[start - 1].isalpha()
        ):
            continue
        if (
            form[-1].isascii()
            and form[-1].isalpha()
            and folded[end : end + 1].isascii()
            and folded[end : end + 1].isalpha()
        ):
            continue
        for name, members in codes.items():
            raw[name].append(Hit(start, end, members, form))
    result = {}
    for name, hits in raw.items():
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        kept: list[Hit] = []
        for hit in hits:
            if not kept or hit.start >= kept[-1].end:
                kept.append(hit)
        result[name] = Hits(kept)
    return result
