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
        starts = self._starts
        if not starts or starts[-1] < start:
            return []
        first = bisect_left(starts, start)
        found = self.all[first : bisect_left(starts, end, first)]
        while found and found[-1].end > end:  # kept hits do not overlap: only the last may reach beyond
            found.pop()
        return found


class _Form(NamedTuple):
    """A folded form: the vocabularies and codes it stands for; whether it begins or ends with a Latin letter."""

    text: str
    codes: tuple[tuple[str, tuple[str, ...]], ...]
    opens: bool
    closes: bool


@cache
def _automaton() -> tuple[AhoCorasick, list[_Form]]:
    """The automaton of all folded forms, and what each of its patterns stands for."""
    meanings: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, terms in load_terms().items():
        for term in terms:
            for form in term.forms:
                codes = meanings[fold(form)][name]
                if term.code not in codes:
                    codes.append(term.code)
    patterns = sorted(meanings)
    automaton = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)
    return automaton, [
        _Form(p, tuple((v, tuple(c)) for v, c in meanings[p].items()), _is_letter(p[0]), _is_letter(p[-1]))
        for p in patterns
    ]


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()


_NO_HITS = Hits([])


def scan(folded: str) -> dict[str, Hits]:
    """All hits in a folded text: vocabulary → hits, leftmost longest within each vocabulary."""
    automaton, forms = _automaton()
    raw: dict[str, list[tuple[int, int, tuple[str, ...], str]]] = defaultdict(list)
    for index, start, end in automaton.find_matches_as_indexes(folded, overlapping=True):
        text, codes, opens, closes = forms[index]
        # "app" inside "apply" is no word
        if (opens and start and _is_letter(folded[start - 1])) or (closes and _is_letter(folded[end : end + 1])):
            continue
        for name, members in codes:
            raw[name].append((start, -end, members, text))
    result = dict.fromkeys(load_terms(), _NO_HITS)
    for name, found in raw.items():
        found.sort()
        kept: list[Hit] = []
        at = 0
        for start, minus_end, members, text in found:
            if start >= at:
                at = -minus_end
                kept.append(Hit(start, at, members, text))
        result[name] = Hits(kept)
    return result
