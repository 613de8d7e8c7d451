"""The reading of a whole page: facts gathered, quotes checked, the page judged (relevant, type, scope, scheme)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parsers.document import Document
from parsers.facts import READERS, Reader
from parsers.judge import authority_of, effective_of, page_type, schemes_named, schemes_of, scope_of
from parsers.reading import Reading, read
from parsers.records import FACT_FIELDS, Fact, Guide, Issue
from parsers.regions import resolve_region
from parsers.relevance import is_relevant

PARSER_VERSION = "1"
MAX_READ = 40_000
"""Characters of main text from which facts are read; the longest rules have 30,000."""
_FIELD = {kind: name for name, kind in FACT_FIELDS.items()}


def parse(
    body: bytes,
    *,
    url: str | None = None,
    file: str | None = None,
    content_type: str | None = None,
    layout: str | None = None,
    publisher: str | None = None,
    authority: str | None = None,
    region: str | None = None,
) -> Guide:
    """Read one page. The keyword arguments are what its source says of it; the page itself goes first.

    `region` is an adcode used where the page names none. Never raises: failures are Issues of the Guide.
    """
    reading = read(body, url=url, file=file, content_type=content_type, layout=layout, publisher=publisher)
    return guide_of(reading, url=url, file=file, authority=authority, region=region)


def _found(name: str, find: Reader, doc: Document) -> Iterator[Fact | Issue]:
    """What one reader finds. A fault of ours costs the rest of its facts and is on record, never the page."""
    try:
        yield from find(doc)
    except Exception as error:  # noqa: BLE001 - the contract of parse: it never raises
        yield Issue("parser_error", f"{name}: {type(error).__name__}: {error}"[:300])


def _told_apart(found: dict[str, list[Fact]]) -> tuple[str, ...]:
    """The schemes of a page that does not say whom it is for, where its facts tell several apart."""
    schemes = sorted({scheme for facts in found.values() for fact in facts if (scheme := fact.scheme)})
    return tuple(schemes) if len(schemes) > 1 else ()


def guide_of(
    reading: Reading,
    *,
    url: str | None,
    file: str | None,
    authority: str | None,
    region: str | None,
) -> Guide:
    """The Guide of a page that has been read."""
    first = reading.outline.blocks[:1]
    where = resolve_region(
        reading.title,
        reading.breadcrumb,
        reading.publisher,
        reading.outline.text[: first[0].end] if first else "",
        reading.outline.text,
        region,
        site=reading.site,
    )
    outline, issues = reading.outline, list(reading.issues)
    if len(outline.text) > MAX_READ:
        issues.append(Issue("too_long", f"{len(outline.text)} characters of text; facts are from the first {MAX_READ}"))
        outline = outline.beginning(MAX_READ)
    doc = Document(
        outline,
        title=reading.title or "",
        region=where,
        publisher=reading.publisher,
        breadcrumb=reading.breadcrumb,
        related=reading.related_pages,
    )
    found: dict[str, list[Fact]] = {name: [] for name in FACT_FIELDS}
    main_text = reading.outline.text
    relevant = is_relevant(doc) and not reading.listing  # a list of links speaks for other pages
    for name, find in READERS.items() if relevant else ():
        for item in _found(name, find, doc):
            if isinstance(item, Issue):
                issues.append(item)
            elif item.evidence and all(main_text[e.start : e.end] == e.quote for e in item.evidence):
                found[_FIELD[type(item)]].append(item)
            else:
                issues.append(Issue("unverified_quote", f"{name}: {item.rule}"))
    values: dict[str, Any] = {name: tuple(facts) for name, facts in found.items()}
    return Guide(
        url=url,
        file=file,
        title=reading.title,
        published=reading.published,
        publisher=reading.publisher,
        breadcrumb=reading.breadcrumb,
        region=where if relevant else None,
        effective=effective_of(doc) if relevant else None,
        scope=scope_of(where) if relevant else None,
        page_type="list" if reading.listing else page_type(doc) if relevant else "other",
        authority=authority or authority_of(doc, url, reading.published, reading.site),
        scheme=(schemes_of(doc) or _told_apart(found) or schemes_named(doc)) if relevant else (),
        relevant=relevant,
        encoding=reading.encoding,
        layout=reading.layout,
        main_text=main_text,
        related_pages=reading.related_pages,
        attachments=reading.attachments,
        issues=tuple(issues),
        parser_version=PARSER_VERSION,
        **values,
    )
