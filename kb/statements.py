"""From the facts of a Guide to rows: what a fact is about (topic), what it says (value), and its id.

In: a `Guide`. Out: `Statement`s, and the issues of evidence that is not where it claims to be. What makes two facts
the same statement is written down once, in `KINDS`: a fact's id is the hash of address, kind, topic, value and
scope (filing types, scheme, geography, service, modality, condition, dates in force). Names and sentences are not
part of it unless they are the value itself, so that a reworded sentence keeps its id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kb.ids import as_json, code_list, digest, number, plain
from kb.privacy import mask
from parsers.records import Deadline, Evidence, Fact, Guide, Issue

SCOPE = ("scheme", "geo_scope", "service_scope", "modality")
"""Coded attributes that every kind shares and that are part of a statement's identity."""

DAYS = {
    "hour": 1 / 24,
    "day": 1.0,
    "workday": 1.4,
    "month": 30.0,
    "year": 365.0,
    "immediate": 0.0,
    "permanent": 36500.0,
}
"""Calendar days per unit, for sorting and for bounds; the truth is operator, amount and unit (domain rule)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact: its field in the Guide, its table, what names its topic, what is its value, its columns."""

    field: str
    table: str
    topic: Callable[[Any], Sequence[str | None]]
    value: Callable[[Any], Sequence[str | None]]
    columns: Callable[[Any, str], dict[str, Any]]
    worded: bool = False
    """The value is the wording itself: a change of words alone is a change of wording, not of value."""
    broad: bool = False
    """The topic holds many statements side by side (the steps of a flow), so that it pairs nothing by itself."""


@dataclass(slots=True)
class Statement:
    """A fact as the base keeps it: shared columns, the kind's own columns, and verified evidence (masked)."""

    id: str
    kind: str
    topic_key: str
    value_key: str
    filing_types: tuple[str, ...]
    shared: dict[str, Any]
    columns: dict[str, Any]
    evidence: list[Evidence] = field(default_factory=list)
    correction: str | None = None

    @property
    def slot(self) -> tuple[Any, ...]:
        """What a new value must share with an old one to replace it."""
        return (self.kind, self.topic_key, self.filing_types, *(self.shared[c] for c in SCOPE[:3]))


def title_key(title: str) -> str:
    """A cited title from 关于 on: the same document is cited with different issuers, or none."""
    start = title.find("关于")
    return plain(title[max(start, 0) :])


def _codes(values: Sequence[str]) -> str:
    return "+".join(sorted(set(values)))


def _named(code: str | None, name: str | None) -> str | None:
    """A code, or for `other` and None the name: what has no code is told apart by its words."""
    return plain(name) or None if code in (None, "other") else code


def bounds(d: Deadline) -> tuple[float | None, float | None]:
    """A deadline's numbers as (amount, amount_max): 'lte N' has its N in amount, a range has both."""
    if d.operator == "range" or (d.min is not None and d.max is not None and d.amount is None):
        return d.min, d.max
    only = [v for v in (d.amount, d.max, d.min) if v is not None]
    return (only[0] if only else None), None


def days(d: Deadline) -> tuple[float | None, float | None]:
    """The deadline in calendar days as (min, max), None = open or not a number of days."""
    unit = "workday" if d.workdays and d.unit == "day" else d.unit
    return span_of_days(d.operator, *bounds(d), unit)


def span_of_days(
    operator: str | None, amount: float | None, amount_max: float | None, unit: str | None
) -> tuple[float | None, float | None]:
    """Numbers in a unit as calendar days (min, max): 'lte' has no lower, 'gte' no upper end."""
    factor = DAYS.get(unit or "")
    if factor is None:
        return None, None
    if unit in ("immediate", "permanent"):
        return factor, factor
    if amount is None:
        return None, None
    low, high = round(amount * factor, 2), round((amount if amount_max is None else amount_max) * factor, 2)
    return {"lte": (0.0, high), "gte": (low, None)}.get(operator or "", (low, high))


def _unit(d: Deadline) -> tuple[str | None, bool]:
    return ("day", True) if d.unit == "workday" else (d.unit, d.workdays)


def _deadline_value(d: Deadline) -> Sequence[str | None]:
    unit, workdays = _unit(d)
    low, high = bounds(d)
    return (d.operator, number(low), number(high), f"work{unit}" if workdays else unit, d.direction, d.anchor, d.due)


def _deadline_columns(d: Deadline, _: str) -> dict[str, Any]:
    unit, workdays = _unit(d)
    amount, amount_max = bounds(d)
    low, high = days(d)
    return {
        "kind": d.kind, "operator": d.operator, "amount": amount, "amount_max": amount_max, "unit": unit,
        "workdays": int(workdays), "anchor": d.anchor, "direction": d.direction, "due": d.due, "raw": d.raw,
        "days_min": low, "days_max": high,
    }  # fmt: skip


def _bool(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _nothing(_: Fact) -> Sequence[str | None]:
    """The topic says it all: such a fact is there or it is not."""
    return ()


KINDS: tuple[Kind, ...] = (
    Kind(
        "filing_types", "filing_types",
        lambda f: (_named(f.code, f.label),),
        _nothing,
        lambda f, _: {"code": f.code, "label": f.label, "parent": f.parent, "definition": f.definition},
    ),
    Kind(
        "channels", "channels",
        lambda f: (f.kind, f.level, _named(f.code, f.name)),
        lambda f: (_codes(f.operations), ">".join(plain(m) for m in f.menu_path)),
        lambda f, _: {
            "kind": f.kind, "level": f.level, "name": f.name, "code": f.code,
            "operations": code_list(f.operations), "menu_path": as_json(list(f.menu_path)),
        },
    ),
    Kind(
        "steps", "steps",
        lambda f: (f.flow,),
        lambda f: (plain(f.text),),
        lambda f, _: {
            "flow": f.flow, "ord": f.order, "text": f.text, "channel_kind": code_list(f.channel_kind),
            "actor": f.actor, "action": code_list(f.actions), "menu_path": as_json(list(f.menu)),
        },
        worded=True,
        broad=True,
    ),
    Kind(
        "materials", "materials",
        lambda f: (f.flow, _named(f.code, f.name), f.channel_kind),
        lambda f: (
            f.form, _codes(f.alternatives), _codes(f.examples), number(_bool(f.original)), number(f.copies),
            number(f.count),
        ),
        lambda f, _: {
            "code": f.code, "name": f.name, "flow": f.flow, "form": f.form,
            "alternatives": code_list(f.alternatives), "examples": code_list(f.examples),
            "original": _bool(f.original), "copies": f.copies, "count": f.count, "issuer": f.issuer,
            "requirement": f.requirement, "channel_kind": f.channel_kind,
        },
    ),
    Kind("deadlines", "deadlines", lambda f: (f.kind,), _deadline_value, _deadline_columns),
    Kind(
        "operations", "operations",
        lambda f: (f.op,),
        lambda f: ("allowed" if f.allowed else "refused",),
        lambda f, quote: {"op": f.op, "allowed": int(f.allowed), "text": quote},
    ),
    Kind(
        "settlement", "settlements",
        lambda f: (f.filing_status, f.place),
        lambda f: (f.mode,),
        lambda f, quote: {"mode": f.mode, "filing_status": f.filing_status, "place": f.place, "text": quote},
    ),
    Kind(
        "benefit_effects", "benefits",
        lambda f: (f.effect, f.filing_status),
        lambda f: (f.operator, number(f.min), number(f.max), f.unit),
        lambda f, quote: {
            "effect": f.effect, "filing_status": f.filing_status, "min": f.min, "max": f.max, "unit": f.unit,
            "operator": f.operator, "raw": f.raw, "text": quote,
        },
    ),
    Kind(
        "exemptions", "exemptions",
        lambda f: (f.kind, f.material_code),
        _nothing,
        lambda f, quote: {"kind": f.kind, "material_code": f.material_code, "text": quote},
    ),
    Kind(
        "legal_basis", "legal_basis",
        lambda f: (title_key(f.title),),
        lambda f: (plain(f.doc_no), plain(f.article)),
        lambda f, _: {"title": f.title, "doc_no": f.doc_no, "article": f.article, "document_id": f.document_id},
    ),
    Kind(
        "contacts", "contacts",
        lambda f: (f.kind, plain(f.holder) or None),
        lambda f: (plain(f.value), plain(f.hours)),
        lambda f, _: {"kind": f.kind, "value": f.value, "holder": f.holder, "hours": f.hours},
    ),
    Kind(
        "faq", "faqs",
        lambda f: (plain(f.q),),
        lambda f: (plain(f.a),),
        lambda f, _: {"question": f.q, "answer": f.a},
        worded=True,
    ),
)  # fmt: skip

BY_FIELD = {kind.field: kind for kind in KINDS}
BY_TABLE = {kind.table: kind for kind in KINDS}

LINKS = {  # table of codes for joins → (kind, JSON column it is made of, relation)
    "channel_operations": (("channels", "operations", None),),
    "material_alternatives": (("materials", "alternatives", "alternative"), ("materials", "examples", "example")),
}


def _key(parts: Sequence[str | None]) -> str:
    return ":".join(part or "" for part in parts)


def statement(url: str, kind: Kind, fact: Fact, evidence: Sequence[Evidence]) -> Statement:
    """The row of one fact. `evidence` is verified and masked; text columns are masked here."""
    topic_parts = [p for p in kind.topic(fact) if p]
    columns = {c: mask(v) if isinstance(v, str) else v for c, v in kind.columns(fact, evidence[0].quote).items()}
    topic_key = "/".join([kind.table, *(mask(p) for p in topic_parts)])
    value_key = mask(_key(kind.value(fact)))
    filing_types = tuple(sorted(set(fact.filing_types)))
    condition = mask(fact.condition) if fact.condition else None
    scope = [getattr(fact, c) for c in SCOPE]
    identity = digest(
        url, kind.table, topic_key, value_key, "+".join(filing_types), *scope, plain(condition),
        fact.valid_from, fact.valid_to,
    )  # fmt: skip
    shared = dict(zip(SCOPE, scope, strict=True)) | {
        "condition": condition, "valid_from": fact.valid_from, "valid_to": fact.valid_to, "rule": fact.rule or None,
    }  # fmt: skip
    return Statement(identity, kind.table, topic_key, value_key, filing_types, shared, columns, list(evidence))


def statements(guide: Guide, url: str) -> tuple[list[Statement], list[Issue]]:
    """All statements of a page in the order of its facts, and an Issue for each quote that had to be refused."""
    found: dict[str, Statement] = {}
    issues: list[Issue] = []
    masked = mask(guide.main_text)
    for name, fact in guide.facts():
        kind = BY_FIELD[name]
        good = []
        for e in fact.evidence:
            if e.quote and 0 <= e.start < e.end and guide.main_text[e.start : e.end] == e.quote:
                good.append(Evidence(masked[e.start : e.end], e.start, e.end))
            else:
                issues.append(Issue("unverified_quote", f"{kind.table}: {mask(e.quote)[:80]}", e.start, e.end))
        if not good:
            issues.append(Issue("no_evidence", f"{kind.table}: {mask(fact.rule)}"))
            continue
        new = statement(url, kind, fact, good)
        same = found.setdefault(new.id, new)
        if same is not new:  # the page says it twice: one statement, all its places
            same.evidence += [e for e in good if e not in same.evidence]
    return list(found.values()), issues
