"""What a page says: the contract between `parsers` and `kb`.

Everything here is a frozen dataclass. A `Guide` is the reading of one page; its facts carry at least one
`Evidence`, whose `start` and `end` count code points in `Guide.main_text` (end exclusive), so that
``main_text[e.start:e.end] == e.quote`` holds for every evidence of every fact. `None` means *not stated*.
Codes are those of parsers/vocab/terms.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """An exact quote and its place: code points in the main text, end exclusive."""

    quote: str
    start: int
    end: int


def joined(known: tuple[Evidence, ...], more: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The evidence of two mentions of a fact, each place once. Linear for a fact that a long page says thousands of times."""
    starts = {e.start for e in more}
    same = [e for e in known if e.start in starts]
    return known + tuple(e for e in more if e not in same)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something the parser saw and did not understand, or could not read. `code` is a term of `issue_code`."""

    code: str
    detail: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """An administrative division. `adcode` is GB/T 2260; `basis` tells where on the page it was read."""

    adcode: str
    name: str
    basis: str = "title"


@dataclass(frozen=True, slots=True)
class RelatedPage:
    """A card or link of the page to another one: never a source of facts."""

    title: str
    url: str | None = None
    teaser: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts share. `rule` names the rule that read it (module.rule); empty `filing_types` = everybody."""

    evidence: tuple[Evidence, ...]
    rule: str = ""
    filing_types: tuple[str, ...] = ()
    scheme: str | None = None
    geo_scope: str | None = None
    service_scope: str | None = None
    modality: str | None = None
    condition: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingType(Fact):
    code: str
    label: str
    parent: str | None = None
    definition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Fact):
    kind: str
    level: str = "unspecified"
    name: str | None = None
    code: str | None = None
    operations: tuple[str, ...] = ()
    menu_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Fact):
    flow: str
    order: int
    text: str
    channel_kind: tuple[str, ...] = ()
    actor: str = "applicant"
    actions: tuple[str, ...] = ()
    menu: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Fact):
    code: str
    name: str
    flow: str
    form: str = "document"
    alternatives: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    original: bool | None = None
    copies: int | None = None
    count: int | None = None
    issuer: str | None = None
    requirement: str | None = None
    channel_kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline(Fact):
    """A period or point in time. `unit` day/month/...; `workdays` tells working days; `due` "+N-MM-DD" for fixed dates."""

    kind: str
    operator: str
    amount: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    workdays: bool = False
    anchor: str | None = None
    direction: str | None = None
    due: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Fact):
    op: str
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Fact):
    mode: str
    filing_status: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitEffect(Fact):
    """`min`, `max` in `unit`: pp | percent | percent_unspecified; all None = qualitative."""

    effect: str
    filing_status: str | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    operator: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption(Fact):
    kind: str
    material_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis(Fact):
    title: str
    doc_no: str | None = None
    article: str | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Fact):
    """`kind`: phone | address | hours | email | fax | url."""

    kind: str
    value: str
    holder: str | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq(Fact):
    q: str
    a: str


FACT_FIELDS: dict[str, type[Fact]] = {
    "filing_types": FilingType,
    "channels": Channel,
    "steps": Step,
    "materials": Material,
    "deadlines": Deadline,
    "operations": Operation,
    "settlement": Settlement,
    "benefit_effects": BenefitEffect,
    "exemptions": Exemption,
    "legal_basis": LegalBasis,
    "contacts": Contact,
    "faq": Faq,
}
"""Guide field → kind of fact, in the order in which they are printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The reading of one page. `main_text` is the text all offsets count in; `layout` tells how it was cut out."""

    url: str | None = None
    file: str | None = None
    title: str | None = None
    published: str | None = None
    effective: str | None = None
    publisher: str | None = None
    breadcrumb: tuple[str, ...] = ()
    region: Region | None = None
    scope: str | None = None
    page_type: str | None = None
    authority: str | None = None
    scheme: tuple[str, ...] = ()
    relevant: bool = False
    encoding: str | None = None
    layout: str | None = None
    main_text: str = ""
    related_pages: tuple[RelatedPage, ...] = ()
    attachments: tuple[RelatedPage, ...] = ()
    filing_types: tuple[FilingType, ...] = ()
    channels: tuple[Channel, ...] = ()
    steps: tuple[Step, ...] = ()
    materials: tuple[Material, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    operations: tuple[Operation, ...] = ()
    settlement: tuple[Settlement, ...] = ()
    benefit_effects: tuple[BenefitEffect, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    contacts: tuple[Contact, ...] = ()
    faq: tuple[Faq, ...] = ()
    issues: tuple[Issue, ...] = ()
    parser_version: str = field(default="")

    def facts(self) -> list[tuple[str, Fact]]:
        """All facts with the Guide field they stand in, in the order of the fields."""
        return [(name, fact) for name in FACT_FIELDS for fact in getattr(self, name)]


def to_json(value: Any) -> Any:
    """A record as plain JSON values: dataclasses to dicts, tuples to lists; the form of a Guide in the command line."""
    if isinstance(value, tuple | list):
        return [to_json(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    return value
