"""Values in Chinese words that a reader can compare, made from codes and numbers: 入院后≤10日, 降低10–20个百分点.

In: kind and columns of a fact, and the labels of the vocabularies. Out: a short string. Labels come from `terms`, so
that a word is changed there and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kb.ids import number

Labels = Mapping[tuple[str, str], str]
"""(vocabulary, code) → Chinese label."""

UNITS = {
    "hour": "小时",
    "day": "日",
    "month": "个月",
    "year": "年",
    "pp": "个百分点",
    "percent": "%",
    "percent_unspecified": "%",
}
_SIGNS = {"lte": "≤", "gte": "≥", "eq": "", "none": "", "range": ""}
_SIDES = {"before": "前", "after": "后", "from": "起"}


def _label(labels: Labels, vocabulary: str, code: str | None) -> str:
    """The label in its shortest form: the first of several words, without the note in brackets."""
    return labels.get((vocabulary, code), code).partition("(")[0].partition("/")[0] if code else ""


def _labels(labels: Labels, vocabulary: str, codes: str) -> str:
    return "、".join(_label(labels, vocabulary, code) for code in json.loads(codes))


def span(low: float | None, high: float | None) -> str:
    """One number or a range."""
    if low is None or high is None or low == high:
        return number(low if low is not None else high)
    return f"{number(low)}–{number(high)}"


def deadline(c: Mapping[str, Any], labels: Labels) -> str:
    where = _label(labels, "anchor", c["anchor"]) + _SIDES.get(c["direction"] or "", "")
    if c["due"]:
        years, month, day = c["due"].lstrip("+").split("-")
        year = {"0": "当年", "1": "次年"}.get(years, f"第{years}年")
        return f"{year}{int(month)}月{int(day)}日前"
    if c["amount"] is None:
        return where + _label(labels, "deadline_unit", c["unit"])
    unit = "个工作日" if c["workdays"] else UNITS.get(c["unit"] or "", c["unit"] or "")
    return f"{where}{_SIGNS.get(c['operator'], '')}{span(c['amount'], c['amount_max'])}{unit}"


def benefit(c: Mapping[str, Any], labels: Labels) -> str:
    status = _label(labels, "filing_status", c["filing_status"])
    effect = _label(labels, "benefit_effect", c["effect"])
    size = span(c["min"], c["max"])
    sign = "≤" if size and c["min"] is None and c["operator"] == "lte" else ""
    return "：".join(p for p in (status, effect + sign + size + (UNITS.get(c["unit"] or "", "") if size else "")) if p)


SAY: dict[str, Callable[[Mapping[str, Any], Labels], str]] = {
    "filing_types": lambda c, _: c["label"],
    "channels": lambda c, n: (
        f"{c['name'] or _label(n, 'channel_kind', c['kind'])}（{_labels(n, 'operation', c['operations'])}）"
        if c["operations"] != "[]"
        else c["name"] or _label(n, "channel_kind", c["kind"])
    ),
    "steps": lambda c, _: c["text"],
    "materials": lambda c, n: "或".join(
        p for p in (c["name"], _labels(n, "material", c["alternatives"]).replace("、", "或")) if p
    ),
    "deadlines": deadline,
    "operations": lambda c, n: ("可" if c["allowed"] else "不可") + _label(n, "operation", c["op"]),
    "settlements": lambda c, n: "：".join(
        p for p in (_label(n, "filing_status", c["filing_status"]), _label(n, "settlement_mode", c["mode"])) if p
    ),
    "benefits": benefit,
    "exemptions": lambda c, n: "：".join(
        p for p in (_label(n, "exemption_kind", c["kind"]), _label(n, "material", c["material_code"])) if p
    ),
    "legal_basis": lambda c, _: "".join(p for p in (f"《{c['title']}》", c["doc_no"], c["article"]) if p),
    "contacts": lambda c, _: (
        "：".join(p for p in (c["holder"], c["value"]) if p) + (f"（{c['hours']}）" if c["hours"] else "")
    ),
    "faqs": lambda c, _: c["answer"],
}
"""Kind of fact → its value in words."""


def scope(filing_types: str, modality: str | None, labels: Labels) -> str:
    """Whom it is for and how binding it is, in words; empty where nothing is stated."""
    return "，".join(
        p for p in (_labels(labels, "filing_type", filing_types), _label(labels, "modality", modality)) if p
    )
