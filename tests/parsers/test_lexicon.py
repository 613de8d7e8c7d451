"""Folding keeps places; the longest term wins within a vocabulary; Latin words are whole words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.lexicon import fold, scan
from parsers.vocab import VocabularyError, load_regions, load_terms, parse_terms


@given(st.text(max_size=200))
def test_folding_is_one_to_one(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(alphabet="异地就医备案转诊急诊证明身份居住号码APP（），。 1", max_size=80))
def test_hits_lie_where_they_say_and_do_not_overlap_within_a_vocabulary(text: str) -> None:
    folded = fold(text)
    for hits in scan(folded).values():
        assert all(folded[hit.start : hit.end] == hit.form for hit in hits.all)
        assert all(a.end <= b.start for a, b in zip(hits.all, hits.all[1:], strict=False))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("身份证号码", ["basic_info"]),
        ("居住证明", ["residence_proof"]),
        ("居住证", ["residence_permit"]),
        ("医保电子凭证", ["e_voucher"]),
    ],
)
def test_the_longest_material_wins(text: str, codes: list[str]) -> None:
    assert [hit.code for hit in scan(fold(text))["material"].all] == codes


def test_a_latin_form_is_a_whole_word() -> None:
    assert scan(fold("app办理"))["channel_kind"].all[0].code == "app"
    assert scan(fold("apple办理"))["channel_kind"].all == []


def test_full_width_text_is_found_like_half_width() -> None:
    assert [h.code for h in scan(fold("手机ＡＰＰ"))["channel_kind"].all] == ["app"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- {code: a, zh: 甲, en: a, color: red}", "terms/x.yml: a: unknown key color"),
        ("- {code: a, zh: 甲, en: a}\n- {code: a, zh: 乙, en: b}", "terms/x.yml: a: the code stands twice"),
        ("- {code: a, zh: 甲}", "terms/x.yml: a: code, zh and en are needed"),
        ("- {code: a, zh: 甲, en: a, parent: b}", "terms/x.yml: a: parent b does not exist"),
        ("- {code: a, zh: 甲, en: a, forms: [甲, 甲]}", "terms/x.yml: a: the form 甲 stands twice"),
        ("- {code: a, zh: 甲, en: a, forms: ['{甲|乙}丙', 甲丙]}", "terms/x.yml: a: the form 甲丙 stands twice"),
        ("code: a", "terms/x.yml: a list of terms is expected"),
    ],
)
def test_a_vocabulary_that_breaks_its_form_is_refused_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(VocabularyError) as error:
        parse_terms("x", text)
    assert str(error.value) == complaint


def test_a_form_may_hold_choices() -> None:
    (term,) = parse_terms("x", "- {code: a, zh: 甲, en: a, forms: ['转{诊|院}{|备案}单', 乙]}")
    assert term.forms == ("转诊单", "转院单", "转诊备案单", "转院备案单", "乙")


def test_every_vocabulary_loads_and_every_region_has_its_parent() -> None:
    assert {"filing_type", "material", "issue_code", "page_type"} <= set(load_terms())
    codes = {row.adcode for row in load_regions()}
    assert all(row.parent_adcode is None or row.parent_adcode in codes for row in load_regions())
