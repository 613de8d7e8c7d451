"""How much of the annotated corpus the parsers read: per field, facts found, facts missed, facts too many.

A small scorer for the tests, which run where the evaluation kit is absent. It compares codes and values, honours
`optional` and `accept…` of the annotations, and leaves wording and evidence to the kit.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from parsers import parse
from parsers.records import FACT_FIELDS, to_json

CORPUS = Path(__file__).parent / "corpus"
Item = dict[str, Any]


class Count(NamedTuple):
    """Facts found as annotated, found though not annotated, and annotated but not found."""

    found: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.found / (2 * self.found + self.extra + self.missed) if self.found else 0.0

    def plus(self, other: Count) -> Count:
        return Count(*(a + b for a, b in zip(self, other, strict=True)))


def plain(text: object) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(text or "")).lower())


def _accepts(gold: Item, item: Item, key: str) -> bool:
    wanted = [gold.get(key), *gold.get(f"accept_{key}", [])]
    if key in ("code", "kind"):
        wanted += gold.get("accept", [])
    return item.get(key) in wanted or (item.get(key) in (None, False) and gold.get(key) in (None, False))


def _number(item: Item) -> tuple[Any, ...]:
    values = [None if item.get(k) is None else float(item[k]) for k in ("amount", "min", "max")]
    single = (
        values[0]
        if values[0] is not None
        else values[1]
        if values[2] is None
        else values[2]
        if values[1] is None
        else None
    )
    return single, tuple(values[1:]) if single is None else None


def _same_step(gold: Item, item: Item) -> bool:
    a, b = plain(gold["text"]), plain(item["text"])
    return bool(a and b) and (a in b or b in a)


def _same_name(gold: Item, item: Item) -> bool:
    tail = re.compile(r"(?:微信|支付宝|手机)?(?:小程序|公众号|服务号|app|客户端|网站|官网)$")
    names = {tail.sub("", plain(n)) for n in [gold.get("name"), *gold.get("accept_name", [])]}
    return tail.sub("", plain(item.get("name"))) in names


def _digits(value: object) -> str:
    return re.sub(r"\D", "", str(value)) or plain(value)


SAME: dict[str, Callable[[Item, Item], bool]] = {
    "filing_types": lambda g, p: _accepts(g, p, "code"),
    "channels": lambda g, p: _accepts(g, p, "kind") and _same_name(g, p),
    "steps": _same_step,
    "materials": lambda g, p: _accepts(g, p, "code") and _accepts(g, p, "flow"),
    "deadlines": lambda g, p: _accepts(g, p, "kind") and _number(g) == _number(p) and _accepts(g, p, "anchor"),
    "operations": lambda g, p: _accepts(g, p, "op") and bool(g.get("allowed", True)) == bool(p["allowed"]),
    "settlement": lambda g, p: _accepts(g, p, "mode") and _accepts(g, p, "filing_status"),
    "benefit_effects": lambda g, p: all(_accepts(g, p, k) for k in ("effect", "filing_status", "min", "max")),
    "exemptions": lambda g, p: _accepts(g, p, "kind"),
    "legal_basis": lambda g, p: plain(g["title"]) in plain(p["title"]) or plain(p["title"]) in plain(g["title"]),
    "contacts": lambda g, p: _digits(p["value"]) in {_digits(v) for v in [g["value"], *g.get("accept_value", [])]},
    "faq": lambda g, p: plain(g["q"]) == plain(p["q"]),
}


def count(field: str, gold: list[Item], items: list[Item]) -> Count:
    """One page, one field. An alternative or example of an annotated material costs nothing on its own."""
    left, found, missed = list(items), 0, 0
    for wanted in sorted(gold, key=lambda g: bool(g.get("optional"))):
        match = next((item for item in left if SAME[field](wanted, item)), None)
        if match is not None:
            left.remove(match)
            found += not wanted.get("optional")
        else:
            missed += not wanted.get("optional")
    members = {c for g in gold for c in [*g.get("alternatives", []), *g.get("examples", [])]}
    known = [item for item in left if any(SAME[field](g, item) for g in gold) or item.get("code") in members]
    return Count(found, len(left) - len(known), missed)


def pages() -> list[tuple[Path, Item]]:
    """The corpus: HTML files and their annotations."""
    return [(path, json.loads(path.with_suffix(".json").read_text("utf-8"))) for path in sorted(CORPUS.glob("*.html"))]


def score() -> dict[str, Count]:
    """Per field over the whole corpus."""
    total = dict.fromkeys(FACT_FIELDS, Count())
    for path, gold in pages():
        guide = to_json(parse(path.read_bytes(), file=path.name))
        for field in FACT_FIELDS:
            total[field] = total[field].plus(count(field, gold.get(field, []), guide[field]))
    return total
