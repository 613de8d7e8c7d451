"""docs/RUNBOOK.md explains every outcome, status and key there is, and nothing else."""

import re
from pathlib import Path

from crawler.outcomes import MEANINGS, Outcome, is_failure, is_transient
from crawler.sources import Source

RUNBOOK = (Path(__file__).parents[2] / "docs" / "RUNBOOK.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    section = RUNBOOK.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_outcomes():
    explained = {row[0]: row for row in table("What became of a page")}
    assert set(explained) == {str(outcome) for outcome in Outcome}
    for outcome in Outcome:
        _, zh, meaning, failure, again, _ = explained[outcome]
        assert zh == MEANINGS[outcome].zh
        assert meaning
        if outcome is Outcome.HTTP_ERROR:
            assert is_failure(outcome, 500)
            assert not is_failure(outcome, 404)
            assert all(is_transient(outcome, int(code)) for code in re.findall(r"\b\d{3}\b", again))
            continue
        assert (failure == "yes") is is_failure(outcome, None), outcome
        assert (again == "yes") is is_transient(outcome, None), outcome


def test_statuses():
    assert {row[0] for row in table("What became of a source")} == {"ok", "partial", "failed", "empty", "skipped"}


def test_source_keys():
    told = {key for row in table("A source entry") for key in re.findall(r"`(\w+)`", row[0])}
    assert told == set(Source.model_fields)
