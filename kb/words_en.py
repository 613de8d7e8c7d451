"""Values in English words, for readers of the English pages: ≤10 days after admission, may cancel.

In: columns of a fact and the English labels. Out: a short string. Where a page names a thing in words of its own, the label
of its code comes first and the words stand behind it in Chinese: referral certificate 转诊证明. Kinds that are nothing but
words of a page (titles of rules, contacts, questions) are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kb.words import Labels, span

_UNITS = {"pp": " percentage points", "percent": "%", "percent_unspecified": "%"}
_SIGNS = {"lte": "≤", "gte": "≥"}
_YEARS = {"0": "the same year", "1": "the next year"}
_MONTHS = "January February March April May June July August September October November December".split()


def _label(labels: Labels, vocabulary: str, code: str | None) -> str:
    return labels.get((vocabulary, code), code.replace("_", " ")) if code else ""


def deadline(c: Mapping[str, Any], labels: Labels) -> str:
    anchor = _label(labels, "anchor", c["anchor"])
    where = f"{c['direction'] or 'at'} {anchor}" if anchor else ""
    if c["due"]:
        years, month, day = c["due"].lstrip("+").split("-")
        return f"by {int(day)} {_MONTHS[int(month) - 1]} of {_YEARS.get(years, f'year {years} after')}"
    if c["amount"] is None:
        unit = _label(labels, "deadline_unit", c["unit"])
        return " ".join(p for p in (unit, where) if p)
    unit = unit_of("working day" if c["workdays"] else c["unit"], c["amount_max"] or c["amount"])
    return " ".join(
        p for p in (f"{_SIGNS.get(c['operator'], '')}{span(c['amount'], c['amount_max'])} {unit}", where) if p
    )


def unit_of(unit: str | None, amount: float) -> str:
    """A unit as it stands behind a number: months, percentage points, %."""
    if unit in _UNITS:
        return _UNITS[unit].strip()
    return (unit or "").replace("_", " ") + ("" if amount == 1 else "s")


def benefit(c: Mapping[str, Any], labels: Labels) -> str:
    size = span(c["min"], c["max"])
    sign = "≤" if size and c["min"] is None and c["operator"] == "lte" else ""
    effect = _label(labels, "benefit_effect", c["effect"])
    amount = f" {sign}{size}{_UNITS.get(c['unit'] or '', '')}" if size else ""
    return ": ".join(p for p in (_label(labels, "filing_status", c["filing_status"]), effect + amount) if p)


def named(label: str, words: str | None) -> str:
    """The label of a code, and what the page calls it."""
    return " ".join(dict.fromkeys(p for p in (label, words) if p))


def channel(c: Mapping[str, Any], labels: Labels) -> str:
    operations = ", ".join(_label(labels, "operation", code) for code in json.loads(c["operations"]))
    code = _label(labels, "channel", c.get("code")) or _label(labels, "channel_kind", c["kind"])
    name = named(code, c["name"])
    return f"{name} ({operations})" if operations else name


def material(c: Mapping[str, Any], labels: Labels) -> str:
    name = named(_label(labels, "material", c["code"]) if c["code"] != "other" else "", c["name"])
    others = [_label(labels, "material", code) for code in json.loads(c["alternatives"])]
    return " or ".join([name, *others])


def step(c: Mapping[str, Any], labels: Labels) -> str:
    done = ", ".join(_label(labels, "step_action", code) for code in json.loads(c["action"]))
    return named(f"{done}:" if done else "", c["text"])


SAY: dict[str, Callable[[Mapping[str, Any], Labels], str]] = {
    "channels": channel,
    "materials": material,
    "steps": step,
    "filing_types": lambda c, n: named(_label(n, "filing_type", c["code"]), c["label"]),
    "deadlines": deadline,
    "benefits": benefit,
    "operations": lambda c, n: ("may " if c["allowed"] else "may not ") + _label(n, "operation", c["op"]),
    "settlements": lambda c, n: ": ".join(
        p for p in (_label(n, "filing_status", c["filing_status"]), _label(n, "settlement_mode", c["mode"])) if p
    ),
    "exemptions": lambda c, n: ": ".join(
        p for p in (_label(n, "exemption_kind", c["kind"]), _label(n, "material", c["material_code"])) if p
    ),
}
"""Kind of fact → its value in words."""


def scope(filing_types: str, modality: str | None, labels: Labels) -> str:
    """Whom it is for and how binding it is; empty where nothing is stated."""
    whom = [_label(labels, "filing_type", code) for code in json.loads(filing_types)]
    return ", ".join(p for p in (*whom, _label(labels, "modality", modality)) if p)
