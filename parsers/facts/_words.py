"""Vocabulary terms as parts of patterns: what a rule of several words is built from.

A fact that is told by one word is found by the lexicon. Where word order tells it (入院后N日内…备案), a module's
patterns name the vocabulary they stand on, so that a new wording is a new form of a term and not a new pattern.
"""

from __future__ import annotations

import re

from parsers.lexicon import fold
from parsers.vocab import load_terms


def words(vocabulary: str, *codes: str) -> str:
    """All forms of some terms (of all, where none is named) as one alternation, longest first."""
    forms = {fold(f) for term in load_terms()[vocabulary] if not codes or term.code in codes for f in term.forms}
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=lambda f: (-len(f), f))) + ")"
