"""Rules kept as data: they name only what the vocabularies hold."""

from __future__ import annotations

import pytest

from parsers.facts._words import Rules, words
from parsers.vocab import load_terms

CODES = {name: {term.code for term in terms} for name, terms in load_terms().items()}


def test_words_are_the_forms_of_a_term_longest_first() -> None:
    alternatives = words("anchor", "discharge_settlement")[3:-1].split("|")
    assert "结算" in alternatives
    assert alternatives.index("出院结算") < alternatives.index("结算")


def test_placeholders_are_filled_in() -> None:
    rules = Rules("deadline_rules")
    assert rules.expand("<<admission>>前") == words("anchor", "admission") + "前"
    assert "<<" not in rules.expand("<<leaving>>")


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        Rules("deadline_rules").expand("<<nobody>>")


@pytest.mark.parametrize("section", ["timed", "weak", "anchored", "labelled"])
def test_every_rule_is_for_a_kind_of_the_vocabulary(section: str) -> None:
    kinds = {label.split()[0] for label, _ in Rules("deadline_rules").table(section)}
    assert kinds <= CODES["deadline_kind"]


def test_every_anchor_is_a_code_of_the_vocabulary() -> None:
    rules = Rules("deadline_rules")
    named = {name for _, pattern in rules.table("anchored") for name in pattern.groupindex}
    listed = {label for kind in rules.keys("anchors") for label, _ in rules.table("anchors", kind)}
    assert named | listed <= CODES["anchor"]
