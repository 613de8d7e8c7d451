"""Disagreement: facts about the same thing, for overlapping people and places, that say different things.

In: standing facts. Out: rows of `conflicts` with the side to prefer and why, and `facts.flag`. Rules (domain model):
national rules are bounds or defaults, a local number inside them is variation; effects on benefits may differ by region
on purpose; a national rule that is mandatory outranks older local text; tier A/B before C before D/E; the page about
the region before one about nobody in particular; in force before expired; newer before older.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

from kb.base import index, insert_rows
from kb.ids import as_json
from kb.vocabulary import children

NATION = "100000"

WIDE = (None, NATION)
"""Places that are compared with every region: none in particular, and the nation."""

TIERS = {"A": 1, "B": 1, "C": 2, "D": 3, "E": 4}
"""Rank by tier: A and B speak officially."""

COMPARED = ("deadlines/", "operations/", "exemptions/", "benefits/", "settlements/filed", "settlements/unfiled")
"""Topics whose values exclude each other. Materials, channels and steps add up instead, and how a filing that was made
up is settled depends on when that was."""

ANSWERS_TO = {"deadlines/makeup_window": ("exemptions/deemed_filed",)}
"""Topics of different kinds that contradict each other: who counts as filed has nothing to make up. Compared only where
the first names the people it is for, within a region and with the nation."""


BY_SERVICE = ("deadlines/processing_time", "deadlines/effective_time", "deadlines/payment_time")
"""Topics of which one page may state several values, each for a service of its own."""

FLAGS = ("contradicts_official", "outdated", "internal_conflict", "overgeneral")
"""Flags a conflict can give, the gravest first."""

GUIDANCE = ("usual", "may", "recommended", "some_regions", "optional")
"""Modalities by which a national statement leaves room to the regions."""

ANYWHERE = ("*",)
"""Place of a national rule's period: it is compared with any anchor."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A standing fact (or a national rule), ready to compare: filing types expanded (None = everybody), numbers in
    days. A rule has no page."""

    id: str
    page: str
    region: str | None
    topic: str
    value: str
    types: frozenset[str] | None
    stated_types: tuple[str, ...]
    scheme: str | None
    geo: str | None
    service: str | None
    modality: str | None
    condition: str | None
    tier: int
    published: str
    valid_to: str | None
    place: tuple[Any, ...]
    """Anchor and direction of a period: numbers are comparable only where these are the same."""
    operator: str | None
    low: float | None
    high: float | None

    @property
    def official(self) -> bool:
        return self.tier == 1

    @property
    def statement(self) -> tuple[Any, ...]:
        """What is said, whoever says it: equal for sources that agree."""
        return (
            self.region, self.topic, self.value, self.types, self.scheme, self.geo, self.service, self.modality,
            self.condition, self.place, self.tier, self.valid_to,
        )  # fmt: skip


class Scope:
    """Where a comparison can come out otherwise than last time: in which topics, and in which regions each."""

    def __init__(self, found: Iterable[tuple[str, str | None]]) -> None:
        self.places: dict[str, set[str | None]] = defaultdict(set)
        for topic, region in found:
            if topic.startswith(COMPARED):
                self.places[topic].add(region)
        for topic, others in ANSWERS_TO.items():
            either = set().union(*(self.places.get(t, set()) for t in (topic, *others)))
            for t in (topic, *others) if either else ():
                self.places[t] = either

    def holds(self, topic: str, region: str | None) -> bool:
        """What is said in a wide place is compared with every region."""
        regions = self.places.get(topic, set())
        return region in regions or any(wide in regions for wide in WIDE)

    def parts(self) -> list[Scope]:
        """The scope topic by topic, those that answer to each other together."""
        left = dict.fromkeys(sorted(self.places))
        groups: list[tuple[str, ...]] = [(topic, *others) for topic, others in ANSWERS_TO.items() if topic in left]
        groups += [(topic,) for topic in left if not any(topic in group for group in groups)]
        return [Scope((topic, region) for topic in group for region in self.places[topic]) for group in groups]

    def write(self, db: sqlite3.Connection) -> None:
        """Temporary tables: `compared` (topic, region; '' = none in particular, '*' = all) and `topics`."""
        _temporary(db, compared="topic_key TEXT, region TEXT, PRIMARY KEY (topic_key, region)")
        _temporary(db, topics="topic_key TEXT PRIMARY KEY")
        for topic, regions in sorted(self.places.items()):
            everywhere = any(wide in regions for wide in WIDE)
            db.execute("INSERT INTO topics VALUES (?)", (topic,))
            places = {"*"} if everywhere else {region or "" for region in regions}
            db.executemany("INSERT INTO compared VALUES (?, ?)", [(topic, place) for place in sorted(places)])


def _temporary(db: sqlite3.Connection, **tables: str) -> None:
    """Empty temporary tables of these columns (statement by statement: a script would commit the build half done)."""
    for name, columns in tables.items():
        db.execute(f"DROP TABLE IF EXISTS temp.{name}")
        db.execute(f"CREATE TEMP TABLE {name} ({columns})")


def scope_of(db: sqlite3.Connection, regions: Collection[str]) -> Scope:
    """Topics in which touched pages say (or said) something, in their regions (those of before among `regions`), and
    topics in which the passing of time alone can change a preference."""
    topics = db.execute("SELECT DISTINCT topic_key FROM facts WHERE page_id IN touched")
    said = [topic for (topic,) in topics if topic.startswith(COMPARED)]
    nowhere = db.execute(
        "SELECT 1 FROM pages WHERE id IN touched AND region_adcode IS NULL"
        " UNION SELECT 1 FROM v1_guides WHERE page_id IN touched AND adcode IS NULL"
    ).fetchone()
    places = [*sorted(regions), *([None] if nowhere else [])]
    ending = db.execute("SELECT DISTINCT topic_key, region_adcode FROM facts WHERE valid_to IS NOT NULL").fetchall()
    return Scope(chain(product(said, places), map(tuple, ending)))


def find(db: sqlite3.Connection, scope: Scope) -> set[str]:
    """Make `conflicts` and `facts.flag` of this scope anew. Returns the regions in which that changed something, and
    leaves the ids of the conflicts concerned in temp.remade."""
    scope.write(db)
    ids = "id TEXT PRIMARY KEY"
    _temporary(db, remade=ids, weighed=ids)
    db.execute(
        "INSERT INTO remade SELECT c.id FROM conflicts c JOIN facts a ON a.id = c.fact_a LEFT JOIN facts b ON b.id = c.fact_b"
        " WHERE c.topic_key IN topics AND (a.page_id IN touched OR b.page_id IN touched"
        f" OR {_compared('a')} OR {_compared('b')})"
    )
    before = _standing(db)
    agreed = (
        "SELECT g.fact_id FROM agreements g JOIN facts f ON f.id = g.fact_id"
        f" WHERE f.topic_key IN topics AND (f.page_id IN touched OR {_compared('f')})"
    )
    db.execute(f"INSERT OR IGNORE INTO weighed {agreed}")
    db.execute(f"DELETE FROM agreements WHERE fact_id IN ({agreed})")
    db.execute("DELETE FROM conflict_flags WHERE conflict_id IN remade")
    db.execute("DELETE FROM conflicts WHERE id IN remade")
    today = db.execute("SELECT max(run_date) FROM runs").fetchone()[0] or ""
    for part in scope.parts():
        _compare(db, part, today)
    index(db, "conflicts", "conflict_flags", "agreements")
    changed = _flag(db)
    after = _standing(db)
    changed |= {fact for fact in before.keys() | after.keys() if before.get(fact) != after.get(fact)}
    db.execute("INSERT OR IGNORE INTO weighed SELECT value FROM json_each(?)", (as_json(sorted(changed)),))
    regions = db.execute("SELECT id, region_adcode FROM facts WHERE id IN weighed AND region_adcode > ''")
    return {row[1] for row in regions if row[0] in changed}


def _compare(db: sqlite3.Connection, scope: Scope, today: str) -> None:
    """Make the conflicts of a part of the scope, and what they flag. Only the claims of its topics are in memory."""
    scope.write(db)
    claims = list(_claims(db))
    claims += _rules(db, claims)
    rows: list[tuple[str | None, ...]] = []
    flags: dict[tuple[str, str], str] = {}
    spoken = spokesmen(claims)
    for a, b in chain(within_pages(claims, scope), pairs([group[0] for group in spoken.values()], scope)):
        kind = kind_of(a, b)
        if kind is None:
            continue
        preferred, reason = prefer(a, b, kind, today)
        fact, other = (a, b) if a.page else (b, a)
        sides = (fact.id, other.id if other.page else None, None if other.page else other.id)
        chosen = preferred.id if preferred else None
        conflict = f"{fact.id}-{other.id}"
        rows.append((conflict, *sides, min(a.topic, b.topic), kind, chosen, reason))
        loser = None if preferred is None else (b if preferred is a else a)
        for claim, flag in _flags(a, b, kind, reason, loser, preferred):
            if claim.page:
                place = (conflict, claim.id)
                flags[place] = min(flag, flags.get(place, flag), key=FLAGS.index)
    insert_rows(db, "conflicts", sorted(rows, key=lambda row: str(row[0])))
    insert_rows(db, "conflict_flags", sorted((*place, flag) for place, flag in flags.items()))
    insert_rows(db, "agreements", sorted(
        (claim.id, group[0].id) for group in spoken.values() for claim in group[1:] if claim.page and group[0].page
    ))  # fmt: skip
    db.executemany("INSERT OR IGNORE INTO remade VALUES (?)", [row[:1] for row in rows])


def _compared(fact: str) -> str:
    """SQL: is a row of facts in the scope?"""
    return (
        f"EXISTS (SELECT 1 FROM compared k WHERE k.topic_key = {fact}.topic_key"
        f" AND k.region IN ('*', coalesce({fact}.region_adcode, '')))"
    )


def _standing(db: sqlite3.Connection) -> dict[str, int]:
    """Fact → a mark of the conflicts made anew that it is in; all of them are to be weighed again."""
    sides: dict[str, int] = defaultdict(int)
    for row in db.execute("SELECT id, kind, fact_a, fact_b FROM conflicts WHERE id IN remade"):
        mark = hash((row["id"], row["kind"]))
        for fact in (row["fact_a"], row["fact_b"]):
            if fact is not None:
                sides[fact] ^= mark
    _weigh(db)
    return sides


def _weigh(db: sqlite3.Connection) -> None:
    """Facts that a conflict made anew flags, by themselves or with the one that speaks for them."""
    db.execute("INSERT OR IGNORE INTO weighed SELECT fact_id FROM conflict_flags WHERE conflict_id IN remade")
    db.execute("INSERT OR IGNORE INTO weighed SELECT fact_id FROM agreements WHERE speaker IN weighed")


def _flag(db: sqlite3.Connection) -> set[str]:
    """Give every fact weighed the gravest flag of its conflicts, and of those of the fact that speaks for it (what one
    page says twice is its own affair). Returns those whose flag changed."""
    _weigh(db)
    db.execute("INSERT OR IGNORE INTO weighed SELECT id FROM facts WHERE page_id IN touched")
    _temporary(db, graver="fact_id TEXT PRIMARY KEY, own INTEGER, said INTEGER", due="id TEXT PRIMARY KEY, flag TEXT")
    ranks = " ".join(f"WHEN '{flag}' THEN {n}" for n, flag in enumerate(FLAGS))
    names = " ".join(f"WHEN {n} THEN '{flag}'" for n, flag in enumerate(FLAGS))
    db.execute(
        f"INSERT INTO graver SELECT fact_id, min(CASE flag {ranks} END),"
        f" min(CASE WHEN flag <> 'internal_conflict' THEN CASE flag {ranks} END END) FROM conflict_flags"
        " WHERE fact_id IN weighed OR fact_id IN (SELECT speaker FROM agreements WHERE fact_id IN weighed) GROUP BY fact_id"
    )
    db.execute(
        f"INSERT INTO due SELECT f.id, CASE min(coalesce(o.own, {len(FLAGS)}), coalesce(s.said, {len(FLAGS)})) {names}"
        " ELSE CASE WHEN f.authority = 'E' AND p.published IS NULL AND p.region_adcode IS NULL THEN 'unsourced' END END"
        " FROM weighed w JOIN facts f ON f.id = w.id JOIN pages p ON p.id = f.page_id"
        " LEFT JOIN graver o ON o.fact_id = f.id LEFT JOIN agreements g ON g.fact_id = f.id"
        " LEFT JOIN graver s ON s.fact_id = g.speaker"
    )
    other = "SELECT d.id FROM due d JOIN facts f ON f.id = d.id WHERE f.flag IS NOT d.flag"
    changed = {row[0] for row in db.execute(other)}
    db.execute("UPDATE facts SET flag = d.flag FROM due d WHERE d.id = facts.id AND facts.flag IS NOT d.flag")
    return changed


def _claims(db: sqlite3.Connection) -> Iterator[Claim]:
    """The standing facts of the scope, and what is said in wide places on the same topics."""
    below, schemes = children("filing_type"), {"unspecified": None}
    for r in db.execute(
        "SELECT f.*, p.published, d.anchor, d.direction, b.unit, coalesce(d.operator, b.operator) AS operator,"
        " coalesce(d.days_min, b.min) AS low, coalesce(d.days_max, b.max) AS high FROM facts f"
        " JOIN pages p ON p.id = f.page_id LEFT JOIN deadlines d ON d.fact_id = f.id"
        " LEFT JOIN benefits b ON b.fact_id = f.id"
        " WHERE f.gone_on IS NULL AND f.withdrawn_on IS NULL AND p.copy_of IS NULL AND f.topic_key IN topics"
        f" AND (f.region_adcode IS NULL OR f.region_adcode = '{NATION}' OR {_compared('f')}) ORDER BY f.id"
    ):
        codes = json.loads(r["filing_types"])
        yield Claim(
            r["id"], r["page_id"], r["region_adcode"], r["topic_key"], r["value_key"],
            frozenset().union(*(below.get(c, {c}) for c in codes)) if codes else None, tuple(codes),
            schemes.get(r["scheme"], r["scheme"]), None if r["geo_scope"] == "any" else r["geo_scope"],
            r["service_scope"], r["modality"], r["condition"], TIERS.get(r["authority"], 5), r["published"] or "",
            r["valid_to"],
            (r["anchor"], r["direction"], r["unit"]), r["operator"], r["low"], r["high"],
        )  # fmt: skip


def _rules(db: sqlite3.Connection, claims: list[Claim]) -> list[Claim]:
    """National rules held second-hand, but those on which a national page speaks for itself."""
    rules = []
    for r in db.execute(
        "SELECT n.*, d.effective FROM national_rules n JOIN documents d ON d.id = n.document_id"
        " WHERE n.topic_key IN topics ORDER BY n.id"
    ):
        codes = json.loads(r["filing_types"])
        types = frozenset().union(*(children("filing_type").get(c, {c}) for c in codes)) if codes else None
        rule = Claim(
            id=r["id"], page="", region=NATION, topic=r["topic_key"], value="", types=types,
            stated_types=tuple(codes), scheme=None, geo=None, service=None, modality="must", condition=None, tier=1,
            published=r["effective"] or "", valid_to=None, place=ANYWHERE, operator=r["operator"], low=r["days_min"],
            high=r["days_max"],
        )  # fmt: skip
        if not any(c.region == NATION and c.official and c.topic == rule.topic and c.modality not in GUIDANCE
                   and c.types is not None and types is not None and c.types & types for c in claims):  # fmt: skip
            rules.append(rule)
    return rules


def spokesmen(claims: list[Claim]) -> dict[tuple[Any, ...], list[Claim]]:
    """Statement → the claims that make it, the newest first: it speaks for all, so that agreement is not told as many
    conflicts with whoever disagrees."""
    found: dict[tuple[Any, ...], list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda c: c.id):
        found[claim.statement].append(claim)
    return {s: sorted(group, key=lambda c: c.published, reverse=True) for s, group in found.items()}


def within_pages(claims: list[Claim], scope: Scope) -> Iterator[tuple[Claim, Claim]]:
    """Pairs on one page and topic, smaller id first."""
    pages: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.page and scope.holds(claim.topic, claim.region):
            pages[(claim.page, claim.topic)].append(claim)
    for group in pages.values():
        yield from (_ordered(a, b) for a, b in combinations(group, 2))


def pairs(claims: list[Claim], scope: Scope) -> Iterator[tuple[Claim, Claim]]:
    """Pairs worth comparing, smaller id first: same topic (or one that answers it), of one region, or one of them
    national or about no region; at least one of them in the scope."""
    topics: dict[str, dict[str | None, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        topics[claim.topic][claim.region].append(claim)
    for topic, regions in topics.items():
        compared = {region: local for region, local in regions.items() if scope.holds(topic, region)}
        for region, local in compared.items():
            yield from (_ordered(a, b) for a, b in combinations(local, 2) if a.page != b.page)
            if region not in WIDE:
                for other in WIDE:
                    yield from (_ordered(a, b) for a in local for b in regions.get(other, ()))
        if scope.holds(topic, None):
            yield from (_ordered(a, b) for a in regions.get(None, ()) for b in regions.get(NATION, ()))
        for other_topic in ANSWERS_TO.get(topic, ()):
            for region, local in compared.items():
                for other in sorted({region or NATION, NATION}):
                    yield from (_ordered(a, b) for a in local for b in topics.get(other_topic, {}).get(other, ()))


def _ordered(a: Claim, b: Claim) -> tuple[Claim, Claim]:
    return (a, b) if a.id < b.id else (b, a)


def overlaps(a: Claim, b: Claim) -> bool:
    """Whether there is somebody, somewhere, to whom both apply. A rule for some beside a rule for everybody is an
    exception and no contradiction."""
    if a.topic == b.topic:
        types = a.types is b.types is None or (a.types is not None and b.types is not None and bool(a.types & b.types))
    else:
        window, deemed = (a, b) if a.topic in ANSWERS_TO else (b, a)
        types = window.types is not None and (deemed.types is None or bool(window.types & deemed.types))
    return types and _meet(a.scheme, b.scheme) and _meet(a.geo, b.geo) and _meet(a.service, b.service)


def _meet(x: str | None, y: str | None) -> bool:
    """Whether two limits leave somebody: the same, or one of them is none."""
    return x is None or y is None or x == y


def differs(a: Claim, b: Claim) -> bool:
    """Whether two facts of one topic exclude each other."""
    if a.topic != b.topic:
        return True
    if not a.topic.startswith(("deadlines/", "benefits/")):
        return a.value != b.value
    silent = (a.low is None and a.high is None) or (b.low is None and b.high is None)
    if silent or (a.place != b.place and ANYWHERE not in (a.place, b.place)):
        return False  # other anchors or units, or no number: the statements stand side by side
    if a.operator == b.operator:
        return (a.low, a.high) != (b.low, b.high)
    return not (inside(a, b) or inside(b, a))


def inside(value: Claim, bound: Claim) -> bool:
    """Whether a number keeps within a bound."""
    numbers = [v for v in (value.low, value.high) if v]
    if not numbers:
        return False
    if bound.operator == "lte" and bound.high is not None:
        return all(v <= bound.high for v in numbers)
    if bound.operator == "gte" and bound.low is not None:
        return all(v >= bound.low for v in numbers)
    return False


def kind_of(a: Claim, b: Claim) -> str | None:
    """The kind of disagreement; None where there is none."""
    if not (a.page or b.page) or not overlaps(a, b) or not differs(a, b):
        return None
    if a.page == b.page:
        same = a.stated_types == b.stated_types and a.condition == b.condition and a.topic == b.topic
        same = same and (a.scheme, a.geo, a.service, a.modality) == (b.scheme, b.geo, b.service, b.modality)
        return "within_page" if same and not a.topic.startswith(("benefits/", *BY_SERVICE)) else None
    if a.region == b.region:
        return None if a.region is None else "same_region"
    if a.topic.startswith("benefits/"):
        return None  # regions set their own effects within national guidance
    if None in (a.region, b.region):
        generic, placed = (a, b) if a.region is None else (b, a)
        if placed.region == NATION and (placed.modality in GUIDANCE or inside(generic, placed)):
            return None
        return "generic_vs_official" if placed.tier < generic.tier else None
    nation, local = (a, b) if a.region == NATION else (b, a)
    if nation.modality in GUIDANCE or not nation.official or inside(local, nation):
        return None
    return "local_vs_national"


def prefer(a: Claim, b: Claim, kind: str, today: str) -> tuple[Claim | None, str]:
    """The side to prefer and a term of preference_reason."""
    if kind == "local_vs_national" or (kind == "generic_vs_official" and NATION in (a.region, b.region)):
        nation = a if a.region == NATION else b
        return nation, "national_must"
    if a.tier != b.tier:
        return (a if a.tier < b.tier else b), "tier"
    ended = [c.valid_to is not None and c.valid_to < today for c in (a, b)]
    if ended[0] != ended[1]:
        return (b if ended[0] else a), "in_force"
    if a.published != b.published and a.published and b.published:
        return (a if a.published > b.published else b), "newer"
    return None, "open"


def _flags(
    a: Claim, b: Claim, kind: str, reason: str, loser: Claim | None, winner: Claim | None
) -> Iterator[tuple[Claim, str]]:
    if kind == "within_page":
        yield a, "internal_conflict"
        yield b, "internal_conflict"
    elif loser is not None and winner is not None:
        if reason in ("newer", "in_force") or (kind == "local_vs_national" and "" < loser.published < winner.published):
            yield loser, "outdated"
        elif winner.official:
            yield loser, "contradicts_official"
        elif loser.region is None:
            yield loser, "overgeneral"
