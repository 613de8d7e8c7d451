"""`yidi parse --explain`: block by block what was recognised, by which rule, and what was left."""

from __future__ import annotations

from typing import Any

from parsers.guide import guide_of
from parsers.reading import read
from parsers.records import Evidence, Fact, Guide, Issue, to_json

_SHARED = {
    "evidence",
    "rule",
    "filing_types",
    "scheme",
    "geo_scope",
    "service_scope",
    "modality",
    "condition",
    "valid_from",
    "valid_to",
}


def explain(body: bytes, *, url: str | None = None, file: str | None = None, **source: Any) -> str:
    """The reading of a page as text for a person. `source` takes the other keyword arguments of `parse`."""
    reading = read(
        body,
        url=url,
        file=file,
        content_type=source.get("content_type"),
        layout=source.get("layout"),
        publisher=source.get("publisher"),
    )
    guide = guide_of(
        reading,
        url=url,
        file=file,
        authority=source.get("authority"),
        region=source.get("region"),
    )
    facts = guide.facts()
    lines = [*_head(guide), ""]
    unread = 0
    for index, block in enumerate(reading.outline.blocks):
        depth = sum(1 for _ in reading.outline.path(index))
        text = reading.outline.text[block.start : block.end].replace("\n", " ")
        found = [(name, fact) for name, fact in facts if any(_inside(e, block.start, block.end) for e in fact.evidence)]
        unread += not found
        lines.append(f"{'  ' if found else '· '}{index:>3} {'  ' * depth}[{block.kind}{block.level or ''}] {text}")
        lines.extend(f"      {'  ' * depth}↳ {name}: {_value(fact)}  ({fact.rule})" for name, fact in found)
        lines.extend(
            f"      {'  ' * depth}! {issue.code}: {issue.detail}"
            for issue in guide.issues
            if _at(issue, block.start, block.end)
        )
    lines += ["", f"{len(reading.outline.blocks)} blocks, {unread} without a fact (·), {len(facts)} facts"]
    lines += [f"! {issue.code}: {issue.detail}" for issue in guide.issues if issue.start is None]
    return "\n".join(lines)


def _head(guide: Guide) -> list[str]:
    region = f"{guide.region.name} {guide.region.adcode} (from the {guide.region.basis})" if guide.region else "none"
    return [
        f"title      {guide.title}",
        f"region     {region}",
        f"published  {guide.published}   publisher {guide.publisher}",
        f"kind       {guide.page_type}, scope {guide.scope}, authority {guide.authority}, relevant {guide.relevant}",
        f"cut out by {guide.layout}, {len(guide.main_text)} characters, {guide.encoding}",
        f"related    {len(guide.related_pages)} pages, {len(guide.attachments)} attachments",
    ]


def _inside(evidence: Evidence, start: int, end: int) -> bool:
    return start <= evidence.start < end


def _at(issue: Issue, start: int, end: int) -> bool:
    return issue.start is not None and start <= issue.start < end


def _value(fact: Fact) -> str:
    """The kind's own fields, then whom the fact is for."""
    values = {k: v for k, v in to_json(fact).items() if v not in (None, [], "", False)}
    own = [f"{k}={v}" for k, v in values.items() if k not in _SHARED]
    scope = [f"{k}={v}" for k, v in values.items() if k in _SHARED - {"evidence", "rule"}]
    return " ".join(own + scope)
