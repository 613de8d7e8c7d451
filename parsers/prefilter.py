"""Which sentences of a page a pattern can match in at all, told by the literals it cannot do without.

Most patterns of the parsers match nowhere on most pages, and the searches that find nothing were most of the work.
`Needs` reads from the parse tree of a pattern what a text must hold for it to match: clauses, each a set of literals
one of which must occur (入院后N日内 needs 入院 or 住院, 后, a digit, and 日 or 天). `Scan` looks for the literals of all
patterns in one pass over a page and tells for each `Needs` the sentences that hold what it asks. It may say yes where
a pattern does not match; it never says no where one does (tests/parsers/test_prefilter.py).

In: compiled patterns; a folded text and its sentences. Out: sets of sentences, as the bits of an integer. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, ClassVar
from zlib import crc32

from ahocorasick_rs import AhoCorasick, Implementation

from parsers.patterns import STORE

Clause = frozenset[str]
"""Literals one of which a text must hold."""

SIGNS = frozenset("◆◇⌂□·, \n。;!?")
"""Characters that readers put into a text before they search it (a duration becomes ◆, clauses are joined by commas)
or cut it at: nothing follows from their absence, and what stands around them need not stand together on the page."""
_VERSION = crc32(files(__package__).joinpath("prefilter.py").read_bytes())
"""What is kept of one version of this module is not for another."""
_MOST = 64
"""Strings that a sequence may stand for before it is told by its parts instead."""
_WIDEST = 1000
"""Literals of a clause; a wider one tells too little."""
_Exact = frozenset[str] | None
"""All strings that a part of a pattern matches; None where they cannot be listed."""
_NOTHING: frozenset[str] = frozenset([""])


class Needs:
    """What a text must hold for one of some patterns to match: ways, each a list of clauses to be met together.

    Made where its patterns are, when their module is loaded; every `Scan` looks for the literals of all of them. Parts
    are patterns, functions that give patterns when they are first asked for, or other `Needs`.
    """

    made: ClassVar[list[Needs]] = []

    def __init__(self, *parts: re.Pattern[str] | Callable[[], Iterable[re.Pattern[str]]] | Needs) -> None:
        self._parts = parts
        self.made.append(self)

    @cached_property
    def ways(self) -> tuple[tuple[Clause, ...], ...]:
        """The alternatives; one without a clause is met by every text."""
        ways: dict[tuple[Clause, ...], None] = {}
        for part in self._parts:
            if isinstance(part, Needs):
                ways |= dict.fromkeys(part.ways)
            else:
                for pattern in [part] if isinstance(part, re.Pattern) else part():
                    ways |= dict.fromkeys(self._kept(pattern))
        return ((),) if () in ways else tuple(ways)

    def _kept(self, pattern: re.Pattern[str]) -> tuple[tuple[Clause, ...], ...]:
        """The ways of one pattern; reading them from its parse tree costs as much as compiling it."""
        key = (type(self).__name__, _VERSION, pattern.pattern, pattern.flags)
        ways: tuple[tuple[Clause, ...], ...] = STORE.get(key, lambda: tuple(self._ways(pattern)))
        return ways

    def _ways(self, pattern: re.Pattern[str]) -> Iterator[tuple[Clause, ...]]:
        return _ways(pattern)


class NeedsGroup(Needs):
    """The same for patterns of which only a match with one of their named groups counts."""

    def _ways(self, pattern: re.Pattern[str]) -> Iterator[tuple[Clause, ...]]:
        return _ways_of_groups(pattern)


class Scan:
    """The literals of one page. `spans` are its sentences: `(start, end, …)`, in order, without overlap."""

    def __init__(self, folded: str, spans: Sequence[tuple[int, ...]]) -> None:
        self._folded, self._spans = folded, spans
        self._all = (1 << len(spans)) - 1
        self._known: dict[Needs, int] = {}
        self._look()

    def _look(self) -> None:
        self._plan = _plan(len(Needs.made))
        self._met = self._plan.met(self._folded, self._spans)

    def sentences(self, needs: Needs) -> int:
        """The sentences that hold what one of the patterns needs: bit i stands for sentence i."""
        found = self._known.get(needs)
        if found is None:
            if needs not in self._plan.ways:  # made since
                self._look()
            met, found = self._met, 0
            for first, *others in self._plan.ways[needs]:
                if where := met[first]:
                    for clause in others:
                        where &= met[clause]
                    found |= where
            self._known[needs] = found = found & self._all
        return found


class _Plan:
    """All `Needs` made so far, for one pass: clauses have numbers, ways name them, literals lead to them."""

    def __init__(self, made: Sequence[Needs]) -> None:
        numbers: dict[Clause, int] = {}
        self.ways: dict[Needs, list[tuple[int, ...]]] = {}
        for needs in made:
            single = frozenset[str]().union(*(way[0] for way in needs.ways if len(way) == 1))
            ways = [way for way in needs.ways if len(way) != 1] + ([(single,)] if single else [])
            self.ways[needs] = [
                tuple(numbers.setdefault(clause, len(numbers) + 1) for clause in way) or (0,) for way in ways
            ]
        clauses: dict[str, list[int]] = defaultdict(list)
        for clause, number in numbers.items():
            for literal in clause:
                clauses[literal].append(number)
        literals = sorted(clauses)
        self._count = len(numbers) + 1
        self._clauses = [tuple(clauses[literal]) for literal in literals]
        self._automaton = AhoCorasick(literals, implementation=Implementation.ContiguousNFA)

    def met(self, folded: str, spans: Sequence[tuple[int, ...]]) -> list[int]:
        """Number of a clause → the sentences that meet it; 0 is the clause that all meet."""
        held: dict[int, int] = {}
        i, last = 0, len(spans)
        for literal, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            while i < last and spans[i][1] < end:  # matches come in order of their ends
                i += 1
            if i == last:
                break
            if start >= spans[i][0]:
                held[literal] = held.get(literal, 0) | (1 << i)
        met = [-1] + [0] * self._count
        for literal, where in held.items():
            for clause in self._clauses[literal]:
                met[clause] |= where
        return met


@lru_cache(maxsize=1)
def _plan(_: int) -> _Plan:
    """Made anew when there are more `Needs` than before."""
    return _Plan(Needs.made)


# ---- what a pattern needs -----------------------------------------------------------------------------------------
def _ways(pattern: re.Pattern[str]) -> Iterator[tuple[Clause, ...]]:
    """The alternatives of a pattern, each with its clauses."""
    if pattern.flags & re.IGNORECASE:
        yield ()
    else:
        yield from _alternatives(list(parser.parse(pattern.pattern, pattern.flags)))


def _ways_of_groups(pattern: re.Pattern[str]) -> Iterator[tuple[Clause, ...]]:
    """The alternatives of the named groups of a pattern."""
    if pattern.flags & re.IGNORECASE or not pattern.groupindex:
        yield from _ways(pattern)
        return
    numbers = set(pattern.groupindex.values())
    inside: list[Any] = [parser.parse(pattern.pattern, pattern.flags)]
    while inside:
        node = inside.pop()
        if isinstance(node, tuple) and node[0] is op.SUBPATTERN and node[1][0] in numbers:
            yield from _alternatives(list(node[1][-1]))
        elif isinstance(node, tuple | list | parser.SubPattern):
            inside.extend(node)


def _alternatives(items: list[tuple[Any, Any]]) -> Iterator[tuple[Clause, ...]]:
    while len(items) == 1 and items[0][0] is op.SUBPATTERN:
        items = list(items[0][1][-1])
    for branch in items[0][1][1] if len(items) == 1 and items[0][0] is op.BRANCH else [items]:
        yield tuple(dict.fromkeys(_told(*_sequence(branch))))


def _told(exact: _Exact, clauses: list[Clause]) -> list[Clause]:
    """The clauses of a part, the strings it stands for among them."""
    if exact is not None and "" not in exact:
        clauses = [*clauses, _shortest(exact)]
    return [clause for clause in clauses if len(clause) <= _WIDEST]


def _shortest(texts: Clause) -> Clause:
    """The strings without those that hold another of them."""
    longest = max(map(len, texts))
    short = [text for text in texts if len(text) < longest]
    return frozenset(text for text in texts if not any(one in text for one in short if one != text)) if short else texts


def _sequence(items: Iterable[tuple[Any, Any]]) -> tuple[_Exact, list[Clause]]:
    """What parts in a row stand for, or what they need."""
    run, clauses, whole = _NOTHING, list[Clause](), True
    for code, argument in items:
        exact, needed = _part(code, argument)
        if exact is not None and len(run) * len(exact) <= _MOST:
            run = frozenset(left + right for left in run for right in exact) if exact != _NOTHING else run
            continue
        clauses += [*_told(run, []), *needed]
        run, whole = exact or _NOTHING, False
    return (run, clauses) if whole else (None, _told(run, clauses))


def _part(code: Any, argument: Any) -> tuple[_Exact, list[Clause]]:
    """The strings that one part of a pattern stands for; else the clauses that follow from it."""
    if code is op.LITERAL:
        return (None, []) if chr(argument) in SIGNS else (frozenset([chr(argument)]), [])
    if code in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return _NOTHING, []
    if code is op.IN:
        return _characters(argument)
    if code is op.SUBPATTERN and argument[1] & re.IGNORECASE:
        return None, []
    if code in (op.SUBPATTERN, op.ATOMIC_GROUP):
        return _sequence(argument[-1] if code is op.SUBPATTERN else argument)
    if code is op.BRANCH:
        return _branches([_sequence(branch) for branch in argument[1]])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inner = argument
        exact, clauses = _sequence(inner)
        if most == 1 and exact is not None:
            return exact if least else exact | _NOTHING, []
        return None, _told(exact, clauses) if least else []
    return None, []


def _branches(parts: list[tuple[_Exact, list[Clause]]]) -> tuple[_Exact, list[Clause]]:
    if all(exact is not None for exact, _ in parts):
        return frozenset().union(*(exact for exact, _ in parts if exact is not None)), []
    told = [_told(*part) for part in parts]
    return None, [frozenset().union(*(min(clauses, key=_commonness) for clauses in told))] if all(told) else []


def _commonness(clause: Clause) -> int:
    """How often a text holds one of the literals, roughly: single characters are many times as frequent as pairs."""
    return sum((0, 30, 4)[len(text)] if len(text) < 3 else 1 for text in clause)


@cache
def digits() -> Clause:
    """What `\\d` stands for: decimal digits of all scripts; Unicode has none beyond its second plane."""
    return frozenset(re.findall(r"\d", "".join(map(chr, range(0x20000)))))


def _characters(items: list[tuple[Any, Any]]) -> tuple[_Exact, list[Clause]]:
    found: set[str] = set()
    for code, argument in items:
        if code is op.LITERAL:
            found.add(chr(argument))
        elif code is op.RANGE and argument[1] - argument[0] < _MOST:
            found.update(map(chr, range(argument[0], argument[1] + 1)))
        elif code is op.CATEGORY and argument is op.CATEGORY_DIGIT:
            found |= digits()
        else:
            return None, []
    if found & SIGNS:
        return None, []
    return frozenset(found), []
