"""One module per kind of fact. Each has `find(doc) -> Iterator[Fact | Issue]`, pure and in document order.

`READERS` is the one list of them; the field of a Guide is decided by the kind of the fact, not by the module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec

from parsers.document import Document
from parsers.records import Fact, Issue

Reader = Callable[[Document], Iterator[Fact | Issue]]

_MODULES = (
    "filing_types",
    "channels",
    "steps",
    "materials",
    "deadlines",
    "operations",
    "settlement",
    "benefit_effects",
    "exemptions",
    "legal_basis",
    "contacts",
    "faq",
)
READERS: dict[str, Reader] = {
    name: import_module(f"parsers.facts.{name}").find for name in _MODULES if find_spec(f"parsers.facts.{name}")
}
