"""The annotated corpus: what the parsers find of it, and that floors only rise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parsers import parse
from tests.corpus_score import pages, score

FLOORS: dict[str, float] = json.loads((Path(__file__).parent / "corpus_floors.json").read_text("utf-8"))
PAGES = pages()


@pytest.fixture(scope="module")
def scores() -> dict[str, Any]:
    return score()


@pytest.mark.parametrize("field", FLOORS)
def test_no_field_falls_below_its_floor(field: str, scores: dict[str, Any]) -> None:
    """tests/corpus_floors.json holds F1 per field; raise a floor when a change lifts the score, never lower one."""
    assert scores[field].f1 >= FLOORS[field], scores[field]


def test_every_field_rests_on_enough_annotations() -> None:
    counts = {field: sum(len(gold.get(field, [])) for _, gold in PAGES) for field in FLOORS}
    assert len(PAGES) >= 40
    assert min(counts.values()) >= 25, counts


@pytest.mark.parametrize(("path", "gold"), PAGES, ids=[path.stem for path, _ in PAGES])
def test_a_page_is_placed_and_quoted_right(path: Path, gold: dict[str, Any]) -> None:
    """Relevance, date and title as annotated; every quote at its place; off the subject no facts."""
    guide = parse(path.read_bytes(), file=path.name)
    accepted = [gold.get("relevant", True), *gold.get("accept_relevant", [])]
    assert guide.relevant in accepted
    assert guide.published in [gold.get("published"), *gold.get("accept_published", [])]
    for _, fact in guide.facts():
        assert fact.evidence
        assert all(guide.main_text[e.start : e.end] == e.quote for e in fact.evidence)
    if not guide.relevant:
        assert guide.facts() == []
