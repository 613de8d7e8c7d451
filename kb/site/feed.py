"""The Atom feed of changes: all, of one region, or of one question.

In: a connection and the address under which the feed is read. Out: bytes of Atom (RFC 4287). Ids are those of events
and stay; every entry has one time, midnight in Shanghai on the day of the change.
"""

from __future__ import annotations

import sqlite3
from typing import Any
from xml.etree import ElementTree as ET

from kb.site import facts, questions

ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 100


def changes(db: sqlite3.Connection, region: str, question: str) -> list[dict[str, Any]]:
    """The newest changes."""
    about = questions.topics(question)
    where = ["adcode = ?1" if region else "?1 = ''"]  # a condition that an index can serve
    if question:
        where.append("(" + (" OR ".join(f"topic_key = '{t}' OR topic_key LIKE '{t}/%'" for _, t in about) or "0") + ")")
    sql = f"SELECT * FROM v1_changes WHERE {' AND '.join(where)} ORDER BY on_date DESC, rowid DESC LIMIT {ENTRIES}"
    return facts.rows(db, sql, region)


def atom(db: sqlite3.Connection, base: str, here: str, *, region: str, question: str, date: str) -> bytes:
    """The feed as bytes."""
    ET.register_namespace("", ATOM)
    words = facts.labels(db)
    name = next((r[0] for r in db.execute("SELECT name FROM regions WHERE adcode = ?", (region,))), "")
    title = next((q["title"] for q in questions.titles("zh") if q["id"] == question), "")
    feed = ET.Element(f"{{{ATOM}}}feed")

    def add(to: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
        child = ET.SubElement(to, f"{{{ATOM}}}{tag}", attributes)
        child.text = text
        return child

    rows = changes(db, region, question)
    add(feed, "id", f"urn:yidi:feed:{region or 'all'}:{question or 'all'}")
    add(feed, "title", "　".join(p for p in ("异地就医备案：最新变化", name, title) if p))
    add(feed, "updated", f"{rows[0]['on_date'] if rows else date}T00:00:00+08:00")
    add(feed, "link", rel="self", href=here)
    add(feed, "link", rel="alternate", href=f"{base}/region/{region}" if region else base or "/")
    add(add(feed, "author"), "name", "yidi")
    for row in rows:
        entry = add(feed, "entry")
        add(entry, "id", f"urn:yidi:event:{row['id']}")
        what = words.get(("event", row["event"]), row["event"])
        kind = words.get(("fact_kind", row["kind"]), row["kind"])
        value = " → ".join(p for p in (row["before"], row["after"]) if p) or row["topic_key"]
        add(entry, "title", f"{row['region'] or '不限地区'} {kind} {what}：{value}")
        add(entry, "updated", f"{row['on_date']}T00:00:00+08:00")
        add(entry, "link", href=f"{base}/fact/{row['fact_id']}")
        add(entry, "link", rel="via", href=row["url"])
        add(entry, "content", row["quote"] or value, type="text")
    body: bytes = ET.tostring(feed, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body
