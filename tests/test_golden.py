"""Golden pages: what every page of the sample site is read as, under review.

Expected readings lie in tests/golden, one JSON per page. A missing one is written and the test fails: a person reads
it and commits it. A reading that changed fails with the difference; where the change is meant, delete the file, run
again, read the new one, commit it.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from crawler.sources import Source, load_sources
from parsers import parse
from parsers.records import to_json

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SITE = ROOT / "examples" / "site"
GOLDEN = HERE / "golden"
PAGES = sorted(page.relative_to(SITE) for page in SITE.rglob("*") if re.fullmatch(r"(art_)?\d{4}\.s?html?", page.name))


def golden_name(page: Path) -> str:
    return "-".join((page.parts[0], page.stem)) + ".json"


def source_of(page: Path) -> Source:
    """The sample source that leads to a page: the one with the longest start address above it."""
    sources = [(urlsplit(source.start[0]).path, source) for source in load_sources(ROOT / "examples" / "sources")]
    above = [(path, source) for path, source in sources if f"/{page.as_posix()}".startswith(path)]
    return max(above, key=lambda pair: len(pair[0]))[1]


def reading(page: Path) -> str:
    """The Guide as the golden file holds it, read as `yidi build` reads it; without the version of the parser."""
    source = source_of(page)
    url = urljoin(source.start[0], f"/{page.as_posix()}")
    hints = {key: getattr(source, key) for key in ("layout", "publisher", "authority", "region")}
    guide = to_json(parse((SITE / page).read_bytes(), url=url, **hints))
    del guide["parser_version"]
    return json.dumps(guide, ensure_ascii=False, indent=1) + "\n"


def test_there_are_enough_pages() -> None:
    assert len(PAGES) >= 14


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parts[0]}-{page.stem}")
def test_reading_is_as_reviewed(page: Path) -> None:
    expected, actual = GOLDEN / golden_name(page), reading(page)
    if not expected.exists():
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(actual, "utf-8")
        pytest.fail(f"{expected.relative_to(HERE.parent)} was missing and has been written: review and commit")
    reviewed = expected.read_text("utf-8")
    if actual != reviewed:
        lines = difflib.unified_diff(reviewed.splitlines(), actual.splitlines(), "reviewed", "now", lineterm="", n=2)
        pytest.fail(f"{page} is read differently:\n" + "\n".join(list(lines)[:80]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parts[0]}-{page.stem}")
def test_quotes_stand_at_their_place(page: Path) -> None:
    guide = parse((SITE / page).read_bytes())
    facts = guide.facts()
    assert facts
    for _, fact in facts:
        assert fact.evidence
        for evidence in fact.evidence:
            assert guide.main_text[evidence.start : evidence.end] == evidence.quote


def test_no_expected_reading_is_left_over() -> None:
    assert {file.name for file in GOLDEN.glob("*.json")} <= {golden_name(page) for page in PAGES}
