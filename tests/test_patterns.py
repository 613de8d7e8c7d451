"""No pattern of the parsers runs away: every regular expression against long texts made to mislead it.

Patterns are gathered where they are compiled: the parsers are imported and read the corpus anew in a process of their
own, with the engine under `re.compile` and `parsers.patterns.rx` watched. Each is then searched in adversarial texts of
6,000 characters; what is linear takes milliseconds, what is quadratic or worse takes seconds.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LENGTH = 6_000
SHORT = {"parsers.cues": 300, "parsers.facts._step_clauses": 160}
"""Modules that look at short lines only, and their limit: what is longer is never shown to their patterns."""
SLOW_S = 0.12
"""CPU time for one search of a whole text, which would be a second on three times the length.
A page has a few hundred sentences, each far shorter than these."""

COLLECT = """
import _sre, json, re, sys
from pathlib import Path
seen, compile_ = {}, _sre.compile
def watched(pattern, flags, *made):
    if isinstance(pattern, str):
        seen[pattern, flags] = sys._getframe(2).f_globals.get("__name__", "")
    return compile_(pattern, flags, *made)
_sre.compile = watched
import importlib, pkgutil, parsers
for module in pkgutil.walk_packages(parsers.__path__, "parsers."):
    importlib.import_module(module.name)
for page in sorted(Path("tests/corpus").glob("*.html"))[::4]:
    parsers.parse(page.read_bytes())
ours = [[p, f, name] for (p, f), name in seen.items() if name.startswith("parsers")]
print(json.dumps(ours))
"""


def patterns() -> list[tuple[str, int, str]]:
    """Pattern, flags and module of every regular expression that the parsers compile."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    return [(pattern, flags, name) for pattern, flags, name in json.loads(done.stdout)]


def adversaries() -> dict[str, str]:
    """Texts that repeat what patterns wait for, and never end it."""
    seeds = {
        "one character": "备",
        "words without an end": "异地就医备案",
        "spaces": " ",
        "lines": "\n",
        "digits": "1",
        "numbers in a row": "3日内、",
        "commas": "备案,",
        "opening brackets": "(",
        "opening quotes": "《关于",
        "names": "市医疗保障局",
        "negations": "不得不",
        "tags": "<p ",
        "attributes": '<a href="',
        "arrows": "点击→",
        "years": "2023年",
        "phones": "0312-555",
        "minuses": "-0",
    }
    return {name: (seed * (LENGTH // len(seed) + 1))[:LENGTH] for name, seed in seeds.items()}


@pytest.fixture(scope="module")
def compiled() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, flags), name) for pattern, flags, name in patterns()]


def test_the_patterns_are_found(compiled: list[tuple[re.Pattern[str], str]]) -> None:
    assert len(compiled) >= 300
    assert len({name for _, name in compiled}) >= 20


TUPLE = re.compile(r"\(\d+, \d*\)")
"""What an f-string makes of {1,6} where {{1,6}} was meant: a group that finds nothing, and nobody notices."""


def test_repeats_are_no_tuples(compiled: list[tuple[re.Pattern[str], str]]) -> None:
    assert [(name, TUPLE.search(p.pattern)) for p, name in compiled if TUPLE.search(p.pattern)] == []
    assert TUPLE.search(f"[0-9]{1, 6}年"), "the fault that is looked for"


def test_no_pattern_runs_away(compiled: list[tuple[re.Pattern[str], str]]) -> None:
    """All texts for all patterns; a text of a quarter of the length first, so that a runaway is stopped early."""
    slow = []
    for pattern, name in compiled:
        for kind, text in adversaries().items():
            most = SHORT.get(name, LENGTH)
            for size in (most // 8, most):
                started = time.process_time()
                # what begins with .* takes all there is at the first try: it is only ever matched
                (pattern.match if pattern.pattern.startswith(".*") else pattern.search)(text[:size])
                took = time.process_time() - started
                if took > SLOW_S:
                    slow.append(f"{name}: {took:.2f} s on {size} characters of {kind}: {pattern.pattern[:300]}")
                    break
    assert not slow, "\n".join(slow)
