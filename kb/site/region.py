"""The page of one region: answers, steps, channels, materials, deadlines, the rest of its facts, sources and history.

In: a connection and an adcode. Out: plain data that the template shows and the JSON answer carries as it is.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby
from typing import Any

from kb.answers import questions
from kb.site import facts
from kb.site.about import MissingError
from kb.words import Labels

STAGES: tuple[tuple[str, str, frozenset[tuple[str | None, str | None]]], ...] = (
    ("before", "就医前", frozenset({
        ("departure", "before"), ("admission", "before"), ("treatment", "before"), ("residence_start", "before"),
        ("application", None), ("application", "after"), ("application", "from"), ("referral", "after"), ("referral", "from"),
    })),
    ("admission", "入院后、住院期间", frozenset({
        ("admission", "after"), ("admission", "from"), ("treatment", "after"), ("treatment", "from"), ("admission", None),
        ("treatment", None),
    })),
    ("discharge", "出院结算前", frozenset({("discharge", "before"), ("discharge_settlement", "before")})),
    ("after", "出院之后", frozenset({
        ("discharge", "after"), ("discharge", "from"), ("discharge_settlement", "after"), ("discharge_settlement", "from"),
        ("expense", "after"), ("expense", "from"), ("expense", None), ("year_end", "before"), ("year_end", "after"), ("year_end", None),
        ("discharge", None), ("discharge_settlement", None),
    })),
    ("filing", "备案之后", frozenset({
        ("filing", "after"), ("filing", "from"), ("filing", None), ("filing", "before"),
        ("residence_start", "after"), ("residence_start", "from"), ("residence_start", None), ("departure", "after"),
    })),
)  # fmt: skip
"""The way of a patient: name, Chinese title, and the (anchor, direction) of the deadlines that belong there."""

OTHER_KINDS = ("operations", "settlements", "benefits", "exemptions", "filing_types", "legal_basis", "contacts", "faqs")
NATION = "100000"
MOST = {"facts": 20, "card": 10, "pages": 60, "same": 4}
"""What the page shows at most, of each kind, in an answer card, of the sources, and of other pages that state the same;
the tables have the rest."""


def place(db: sqlite3.Connection, adcode: str) -> dict[str, Any]:
    """A region with its parents, nearest first. MissingError where the code is unknown."""
    found = facts.rows(db, "SELECT * FROM regions WHERE adcode = ?", adcode)
    if not found:
        raise MissingError(f"没有代码为 {adcode} 的地区 · no region has the adcode {adcode}")
    row, parents = found[0], []
    parent = row["parent_adcode"]
    while parent and parent != NATION:
        up = facts.rows(db, "SELECT adcode, name, parent_adcode FROM regions WHERE adcode = ?", parent)[0]
        parents.append(up)
        parent = up["parent_adcode"]
    return row | {"parents": parents}


def region(db: sqlite3.Connection, adcode: str, *, lang: str = "zh", whole: bool = True) -> dict[str, Any]:
    """Everything held about a region; or as much as a page can show, and of what there is more."""
    where = place(db, adcode)
    say = facts.labels(db)
    held = facts.of(
        db,
        "adcode = ? AND gone_on IS NULL ORDER BY authority, published DESC, page_id, start, fact_id",
        adcode,
        say=say,
    )
    known = {f["fact_id"]: f for found in held.values() for f in found}
    cards = answers(db, adcode, known, say=say, lang=lang)
    pages = facts.rows(
        db, "SELECT page_id, title, url, source, publisher, authority, page_type, published, last_seen, gone_on, stale_since, copy_of,"
        " facts, completeness FROM v1_guides WHERE adcode = ? AND relevant = 1 ORDER BY authority, published DESC, page_id", adcode,
    )  # fmt: skip
    more: dict[str, Any] = {}
    if not whole:
        more = {
            "more": {kind: len(found) - MOST["facts"] for kind, found in held.items()}
            | {"pages": len(pages) - MOST["pages"]}
        }
        held = {kind: found[: MOST["facts"]] for kind, found in held.items()}
        pages = pages[: MOST["pages"]]
        cards = [
            card
            | {
                "facts": (shown := together(card["facts"])[: MOST["card"]]),
                "more": len(card["facts"]) - sum(1 + len(f["same"]) for f in shown),
                "official_facts": together(card["official_facts"])[: MOST["card"]],
            }
            for card in cards
        ]
    conflicts = facts.rows(
        db, "SELECT * FROM v1_conflicts WHERE adcode_a = ? OR adcode_b = ? ORDER BY topic_key, id LIMIT 50", adcode, adcode
    )  # fmt: skip
    changes = facts.rows(db, "SELECT * FROM v1_changes WHERE adcode = ? ORDER BY on_date DESC, id LIMIT 30", adcode)
    if lang == "en":
        conflicts = facts.conflicts_in_english(db, conflicts)
        changes = facts.changes_in_english(db, changes)
    return more | {
        "region": where,
        "coverage": next(iter(facts.rows(db, "SELECT * FROM v1_coverage WHERE adcode = ?", adcode)), None),
        "answers": cards,
        "steps": steps(held.get("steps", [])),
        "channels": grouped(held.get("channels", []), "kind"),
        "materials": materials(held.get("materials", [])),
        "timeline": timeline(held.get("deadlines", [])),
        "others": {kind: held[kind] for kind in OTHER_KINDS if kind in held},
        "conflicts": conflicts,
        "pages": pages,
        "changes": changes,
        "children": facts.rows(
            db, "SELECT v.adcode, v.region, r.short_name, v.held, v.pages, v.facts, v.questions, v.completeness FROM v1_coverage v"
            " JOIN regions r ON r.adcode = v.adcode WHERE v.parent_adcode = ? ORDER BY v.adcode", adcode),
    }  # fmt: skip


def answers(
    db: sqlite3.Connection, adcode: str, known: dict[str, facts.Fact], *, say: Labels, lang: str = "zh"
) -> list[dict[str, Any]]:
    """One card per question: the region's own facts, else those inherited; beside an answer of tier C stands as
    `official_label` and `official_facts` what the province or the nation states."""
    found = {r["question"]: r for r in facts.rows(db, "SELECT * FROM v1_answers WHERE adcode = ?", adcode)}
    inherited = {i for r in found.values() for i in r["inherited_fact_ids"]} | {
        i for r in found.values() for i in r["claim_ids"]
    }
    known = known | facts.by_id(db, inherited - known.keys(), say=say)
    names = dict(
        db.execute(
            "SELECT adcode, name FROM regions WHERE adcode IN (SELECT inherited_from FROM v1_answers WHERE adcode = ?)",
            (adcode,),
        ).fetchall()
    )
    cards = []
    for q in questions():
        row = found.get(q.id)
        if row is None:
            continue
        ids = row["fact_ids"] or row["inherited_fact_ids"]
        order = sorted(
            (known[i] for i in ids if i in known), key=lambda f: (f["authority"] or "Z", f["topic_key"], f["fact_id"])
        )
        labels = {a.code: a.en if lang == "en" else a.zh for a in q.answers}
        above = row["inherited_fact_ids"] if row["answer"] else []
        cards.append(row | {
            "name": q.name, "title": q.en if lang == "en" else q.zh,
            "label": labels.get(row["answer"] or row["inherited_answer"] or ""),
            "inherited_name": names.get(row["inherited_from"]),
            "facts": [brief(f) for f in order],
            "official_label": labels.get(row["inherited_answer"] or "") if row["answer"] else None,
            "official_facts": [brief(known[i]) for i in above if i in known],
            "claims": [brief(known[i]) for i in row["claim_ids"] if i in known],
        })  # fmt: skip
    return cards


BRIEF = (
    "fact_id", "table", "value_zh", "quote", "url", "page_id", "page_title", "source", "authority", "published", "flag", "condition",
    "filing_types", "modality", "withdrawn_on", "stale_since", "adcode", "region",
)  # fmt: skip


def brief(fact: facts.Fact) -> facts.Fact:
    """What a card shows of a fact."""
    return {name: fact[name] for name in BRIEF} | {name: fact[name] for name in ("value_en",) if name in fact}


def together(found: list[facts.Fact]) -> list[facts.Fact]:
    """What several pages state alike, as one: the first fact, in how many `places` it is stated, and the others as
    `same`, MOST["same"] of them at most.
    """
    by: dict[tuple[Any, ...], facts.Fact] = {}
    for fact in found:
        key = (fact["table"], fact["value_zh"], tuple(fact["filing_types"]), fact["modality"], fact["condition"])
        first = by.setdefault(key, fact | {"same": [], "places": 0})
        first["places"] += 1
        if first["fact_id"] != fact["fact_id"] and len(first["same"]) < MOST["same"]:
            first["same"].append(fact)
    return list(by.values())


def steps(found: list[facts.Fact]) -> list[dict[str, Any]]:
    """Flows: the steps of one page and flow for the same persons, in order."""

    def key(f: facts.Fact) -> tuple[Any, ...]:
        return (f["authority"] or "Z", f["page_id"], f["flow"], f["filing_types"])

    flows = []
    for _, members in groupby(sorted(found, key=lambda f: (key(f), f["ord"], f["start"])), key=key):
        flow = list(members)
        flows.append(
            {k: flow[0][k] for k in ("flow", "filing_types", "page_id", "page_title", "url", "authority", "published")}
            | {"steps": flow}
        )
    return flows


def grouped(found: list[facts.Fact], column: str) -> list[dict[str, Any]]:
    """Facts by the code in a column."""
    by: dict[str, list[facts.Fact]] = {}
    for fact in found:
        by.setdefault(fact[column], []).append(fact)
    return [{"code": code, "facts": by[code]} for code in sorted(by)]


def materials(found: list[facts.Fact]) -> list[dict[str, Any]]:
    """Checklists: by purpose and persons."""
    by: dict[tuple[str, tuple[str, ...]], list[facts.Fact]] = {}
    for fact in found:
        by.setdefault((fact["flow"], tuple(fact["filing_types"])), []).append(fact)
    return [{"flow": flow, "filing_types": list(types), "facts": by[flow, types]} for flow, types in sorted(by)]


def timeline(found: list[facts.Fact]) -> list[dict[str, Any]]:
    """Deadlines on the way of a patient; what fits nowhere comes last."""
    stages: list[dict[str, Any]] = []
    left = list(found)
    for name, title, places in STAGES:
        here = [f for f in left if (f["anchor"], f["direction"]) in places]
        left = [f for f in left if f not in here]
        here.sort(key=lambda f: (f["days_max"] or 0, f["fact_id"]))
        stages.append({"stage": name, "title": title, "facts": here})
    return [*stages, *([{"stage": "other", "title": "其他时限", "facts": left}] if left else [])]
