"""Vocabulary terms as parts of patterns, and rules kept as data.

A fact that is told by one word is found by the lexicon. Where word order tells it (入院后N日内…备案), patterns name the
vocabulary they stand on, so that a new wording is a new form of a term and not a new pattern.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from parsers.lexicon import fold
from parsers.patterns import rx
from parsers.vocab import load_terms, load_yaml

_PLACEHOLDER = rx(r"<<(\w+)(?::(\w+))?>>")

Table = tuple[tuple[str, re.Pattern[str]], ...]


@cache
def words(vocabulary: str, *codes: str) -> str:
    """All forms of some terms (of all, where none is named) as one alternation, longest first."""
    forms = {fold(f) for term in load_terms()[vocabulary] if not codes or term.code in codes for f in term.forms}
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=lambda f: (-len(f), f))) + ")"


class Rules:
    """The patterns of one file of parsers/vocab.

    In a pattern <<name>> stands for an entry of the file's `words`, <<vocabulary:code>> for all forms of a term. A table
    is a list of one-entry maps, label → pattern, in the order in which they are asked. KeyError for a name that is not
    there, re.error for a pattern that is none: both when the module is loaded, never on a page.
    """

    def __init__(self, name: str) -> None:
        self._data: dict[str, Any] = load_yaml(f"{name}.yml")

    def expand(self, pattern: str) -> str:
        """A pattern with its placeholders filled in."""
        return _PLACEHOLDER.sub(
            lambda m: words(m[1], m[2]) if m[2] else self.expand(self._data["words"][m[1]]),
            pattern,
        )

    def pattern(self, name: str) -> re.Pattern[str]:
        """One of the file's single `patterns`."""
        return rx(self.expand(self._data["patterns"][name]))

    def table(self, *path: str) -> Table:
        """A list of labelled patterns, in file order."""
        rows: Any = self._data
        for key in path:
            rows = rows[key]
        return tuple((label, rx(self.expand(pattern))) for row in rows for label, pattern in row.items())

    def keys(self, section: str) -> tuple[str, ...]:
        """The names of a section that holds several tables."""
        return tuple(self._data[section])
