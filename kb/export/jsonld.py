"""JSON-LD, yidi.jsonld: the filing service of every region after CPSV-AP 3.2 and schema.org, one node per line of @graph.

What CPSV-AP has no words for (steps, deadlines, grounds of a value) is added beside it and never in place of it: a
deadline is a cpsv:Rule with numbers of our own, a step a schema:HowToStep, the words of a page a selector of the Web
Annotation vocabulary. Working days have no ISO 8601 duration and get none. docs/DATA_MODEL.md shows the mapping.

In: an open base. Facts of sources whose word may answer (tiers A to C), about a region, that stand today.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kb import cite
from kb.export import said
from kb.export.counts import RULES, SPOKEN
from kb.ids import as_json, number
from kb.words import Labels

NAME = "yidi.jsonld"
FILING = "filing"

Node = dict[str, Any]

CONTEXT: dict[str, Any] = {
    "cpsv": "http://purl.org/vocab/cpsv#", "cv": "http://data.europa.eu/m8g/", "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/", "eli": "http://data.europa.eu/eli/ontology#", "foaf": "http://xmlns.com/foaf/0.1/",
    "oa": "http://www.w3.org/ns/oa#", "org": "http://www.w3.org/ns/org#", "prov": "http://www.w3.org/ns/prov#", "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#", "time": "http://www.w3.org/2006/time#", "xsd": "http://www.w3.org/2001/XMLSchema#",
    "yidi": "urn:yidi:term:", "atu": "http://data.europa.eu/88u/dataset/",
    "id": "@id", "type": "@type", "identifier": "dct:identifier",
    **{name: {"@id": f"dct:{name}", "@container": "@language"} for name in ("title", "description")},
    "name": {"@id": "schema:name", "@container": "@language"}, "text": {"@id": "schema:text", "@container": "@language"},
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"}, "definition": {"@id": "skos:definition", "@language": "en"},
    "notation": "skos:notation", "inScheme": {"@id": "skos:inScheme", "@type": "@id"}, "broader": {"@id": "skos:broader", "@type": "@id"},
    **{name: {"@id": f"dct:{name}", "@type": "@id"} for name in ("spatial", "isPartOf", "publisher", "license", "conformsTo", "audience")},
    "kind": {"@id": "dct:type", "@type": "@id"}, "issued": {"@id": "dct:issued", "@type": "xsd:date"},
    "valid": "dct:valid", "version": "dcat:version", "distribution": "dcat:distribution", "mediaType": "dcat:mediaType",
    **{name: {"@id": f"cv:{name}", "@type": "@id"} for name in (
        "hasCompetentAuthority", "hasChannel", "hasInputType", "holdsRequirement", "hasLegalResource", "contactPoint",
        "hasSupportingEvidence", "supportsRequirement", "evidenceTypeClassification", "openingHours")},
    "processingTime": {"@id": "cv:processingTime", "@type": "xsd:duration"}, "telephone": "cv:telephone", "email": "cv:email",
    **{name: {"@id": f"cpsv:{name}", "@type": "@id"} for name in ("hasInput", "follows")},
    "step": {"@id": "schema:step", "@type": "@id"}, "position": "schema:position", "serviceType": "schema:serviceType",
    "areaServed": {"@id": "schema:areaServed", "@type": "@id"}, "serviceOperator": {"@id": "schema:serviceOperator", "@type": "@id"},
    "availableChannel": {"@id": "schema:availableChannel", "@type": "@id"}, "address": "schema:address",
    "docNo": "eli:id_local", "lawTitle": {"@id": "eli:title", "@language": "zh"},
    "wasDerivedFrom": "prov:wasDerivedFrom", "source": {"@id": "oa:hasSource", "@type": "@id"}, "selector": "oa:hasSelector",
    "exact": "oa:exact", "start": "oa:start", "end": "oa:end", "retrieved": {"@id": "dct:date", "@type": "xsd:dateTime"},
    "published": {"@id": "schema:datePublished", "@type": "xsd:date"}, "sourceTitle": {"@id": "schema:headline", "@language": "zh"},
    **{name: f"yidi:{name}" for name in ("amount", "amountMax", "condition", "due")},
    "duration": {"@id": "yidi:duration", "@type": "xsd:duration"},
    **{name: {"@id": f"yidi:{name}", "@type": "@id"} for name in ("unit", "anchor", "direction", "operator", "authority", "modality", "filingType")},
}  # fmt: skip

CLASSES = {
    "filing_types": "cv:Requirement", "channels": "cv:Channel", "steps": "schema:HowToStep", "materials": "cv:Evidence",
    "contacts": "cv:ContactPoint", "legal_basis": "eli:LegalResource", **dict.fromkeys(RULES, "cpsv:Rule"),
}  # fmt: skip
"""Kind of fact → class; questions and answers of a page are no part of a service."""

COUNTED = ("skos:Concept", "cpsv:PublicService", *dict.fromkeys(CLASSES.values()))
_ISO = {"hour": "PT{}H", "day": "P{}D", "month": "P{}M", "year": "P{}Y"}
_KIND = {"deadlines": ("deadline_kind", "kind"), "operations": ("operation", "op"), "settlements": ("settlement_mode", "mode"),
         "benefits": ("benefit_effect", "effect"), "exemptions": ("exemption_kind", "kind")}  # fmt: skip


def fact_id(identifier: str) -> str:
    return f"urn:yidi:fact:{identifier}"


def code_id(vocabulary: str, code: str) -> str:
    return f"urn:yidi:code:{vocabulary}:{code}"


def zh(text: str) -> dict[str, str]:
    return {"zh": text}


def duration(fact: said.Fact) -> str | None:
    """A deadline as an ISO 8601 duration; None where it counts working days, is a range or no number of a calendar unit."""
    form = _ISO.get(fact["unit"] or "")
    if form is None or fact["workdays"] or fact["amount"] is None or fact["amount_max"] not in (None, fact["amount"]):
        return None
    amount = number(fact["amount"])
    return form.format(amount) if amount.isdigit() else None


def concepts(db: sqlite3.Connection) -> Iterator[Node]:
    """Every code as a concept."""
    for row in db.execute(
        "SELECT vocabulary, code, label_zh, label_en, parent, definition FROM terms ORDER BY vocabulary, code"
    ):
        label = {"zh": row["label_zh"]} | ({"en": row["label_en"]} if row["label_en"] else {})
        yield _full({
            "id": code_id(row["vocabulary"], row["code"]), "type": "skos:Concept", "prefLabel": label, "notation": row["code"],
            "inScheme": f"urn:yidi:vocabulary:{row['vocabulary']}", "definition": row["definition"],
            "broader": row["parent"] and code_id(row["vocabulary"], row["parent"]),
        })  # fmt: skip


def dataset(db: sqlite3.Connection, formats: tuple[tuple[str, str], ...]) -> Iterator[Node]:
    """The release and who publishes it. `formats` = name of a file and its media type."""
    this = cite.edition(db)
    maker = "urn:yidi:publisher"
    yield {
        "id": maker,
        "type": "foaf:Agent",
        "identifier": "yidi",
        "title": zh(cite.PUBLISHER) | {"en": cite.PUBLISHER},
    }
    yield _full({
        "id": release_id(this), "type": ["dcat:Dataset", "schema:Dataset"], "identifier": this.build_id, "title": cite.TITLE,
        "name": cite.TITLE, "description": {k: f"{v} {cite.NO_ADVICE[k]}" for k, v in cite.DESCRIPTION.items()}, "publisher": maker,
        "license": cite.LICENCE_URL, "issued": this.date, "version": this.run,
        "distribution": [{"type": "dcat:Distribution", "title": zh(name), "mediaType": kind} for name, kind in formats],
    })  # fmt: skip


def release_id(this: cite.Edition) -> str:
    return f"urn:yidi:release:{this.run}:{this.build_id}"


def regions(db: sqlite3.Connection) -> list[str]:
    """Regions that have a service."""
    kinds = " UNION ".join(
        f"SELECT adcode FROM v1_{kind} WHERE {SPOKEN}" + (f" AND flow = '{FILING}'" if kind == "materials" else "")
        for kind in CLASSES
    )
    return [row[0] for row in db.execute(f"SELECT adcode FROM ({kinds}) ORDER BY adcode")]


def service(db: sqlite3.Connection, adcode: str, say: Labels, release: str) -> Iterator[Node]:
    """The service of a region, the office that answers for it, and every fact about it."""
    name, level = db.execute("SELECT name, level FROM regions WHERE adcode = ?", (adcode,)).fetchone()
    place, office, own = f"urn:yidi:region:{adcode}", f"urn:yidi:office:{adcode}", f"urn:yidi:service:{adcode}"
    found = {
        kind: sorted(
            said.select(db, kind, f"adcode = ? AND {SPOKEN}", adcode, say=say),
            key=lambda f: (f["authority"], f["fact_id"]),
        )
        for kind in CLASSES
    }
    found["materials"] = [m for m in found["materials"] if m["flow"] == FILING]
    groups = Requirements(found["filing_types"])
    nodes = {kind: [node(fact, groups) for fact in facts] for kind, facts in found.items()}
    times = {
        d
        for f in found["deadlines"]
        if f["kind"] == "processing_time" and f["filing_types"] == "[]" and (d := duration(f))
    }
    title = {"zh": f"异地就医备案（{name}）", "en": f"Filing for medical treatment away from home ({name})"}

    def links(*kinds: str) -> list[str]:
        return [n["id"] for kind in kinds for n in nodes[kind]]

    yield {
        "id": place,
        "type": ["dct:Location", "atu:atu-type", "schema:AdministrativeArea"],
        "identifier": adcode,
        "title": zh(name),
        "name": zh(name),
    }
    yield {
        "id": office, "type": ["cv:PublicOrganisation", "org:Organization", "schema:GovernmentOrganization"],
        "prefLabel": zh(f"{'国家' if level == 'national' else name}医疗保障部门"), "name": zh(f"{'国家' if level == 'national' else name}医疗保障部门"),
        "spatial": place,
    }  # fmt: skip
    general = [m["code"] for m in found["materials"] if m["filing_types"] == "[]"]
    yield _full({
        "id": own, "type": ["cpsv:PublicService", "schema:GovernmentService"], "identifier": f"yidi-{adcode}", "title": title, "name": title,
        "description": {
            "zh": f"参保地为{name}的人员到外地就医前后的备案：条件、渠道、材料、步骤和时限，摘自公开网页，逐条附原文。{cite.NO_ADVICE['zh']}",
            "en": f"What pages say about filing for treatment elsewhere by people insured in {name}. {cite.NO_ADVICE['en']}",
        },
        "hasCompetentAuthority": office, "serviceOperator": office, "spatial": place, "areaServed": place, "isPartOf": release, "serviceType": "异地就医备案",
        "hasChannel": links("channels"), "availableChannel": links("channels"), "holdsRequirement": links("filing_types"),
        "audience": sorted({code_id("filing_type", f["code"]) for f in found["filing_types"]}),
        "hasInputType": sorted({f"urn:yidi:evidence-type:{code}" for code in general}), "hasInput": links("materials"),
        "follows": links(*RULES), "hasLegalResource": links("legal_basis"), "contactPoint": links("contacts"), "step": links("steps"),
        "processingTime": times.pop() if len(times) == 1 else None,
    })  # fmt: skip
    for kind in CLASSES:
        yield from nodes[kind]


class Requirements:
    """Groups of persons a region's pages name: code → ids of the facts that name it."""

    def __init__(self, facts: list[said.Fact]) -> None:
        self.by_code: dict[str, list[str]] = {}
        for fact in facts:
            self.by_code.setdefault(fact["code"], []).append(fact_id(fact["fact_id"]))

    def of(self, codes: str) -> list[str]:
        return sorted(i for code in json.loads(codes) for i in self.by_code.get(code, ()))


def node(fact: said.Fact, groups: Requirements) -> Node:
    """One fact as a node of its class, with the words it was read from."""
    kind, value = fact["kind_of_fact"], fact["value_zh"]
    made: Node = {
        "id": fact_id(fact["fact_id"]), "type": CLASSES[kind], "identifier": fact["fact_id"],
        "authority": code_id("authority", fact["authority"]), "condition": fact["condition"],
        "modality": fact["modality"] and code_id("modality", fact["modality"]),
        "filingType": [code_id("filing_type", code) for code in json.loads(fact["filing_types"])],
        "wasDerivedFrom": _full({
            "type": "oa:SpecificResource", "source": fact["url"], "sourceTitle": fact["page_title"], "published": fact["published"],
            "retrieved": fact["fetched_at"], "selector": [
                {"type": "oa:TextQuoteSelector", "exact": fact["quote"]},
                {"type": "oa:TextPositionSelector", "start": fact["start"], "end": fact["end"]},
            ],
        }),
    }  # fmt: skip
    return _full(made | _SHAPES[kind](fact, value, groups))


def _requirement(f: said.Fact, value: str, _: Requirements) -> Node:
    return {
        "title": zh(value),
        "description": zh(f["definition"]) if f["definition"] else None,
        "kind": code_id("filing_type", f["code"]),
    }


def _channel(f: said.Fact, value: str, _: Requirements) -> Node:
    return {
        "type": ["cv:Channel", "schema:ServiceChannel"],
        "name": zh(value),
        "description": zh(f["quote"]),
        "kind": code_id("channel_kind", f["kind"]),
    }


def _step(f: said.Fact, value: str, _: Requirements) -> Node:
    return {"position": f["ord"], "text": zh(value), "kind": code_id("step_flow", f["flow"])}


def _material(f: said.Fact, value: str, groups: Requirements) -> Node:
    return {
        "title": zh(value), "description": zh(f["requirement"] or f["quote"]), "kind": code_id("material", f["code"]),
        "conformsTo": [f"urn:yidi:evidence-type:{code}" for code in sorted({f["code"], *json.loads(f["alternatives"])})],
        "supportsRequirement": groups.of(f["filing_types"]),
    }  # fmt: skip


def _rule(f: said.Fact, value: str, _: Requirements) -> Node:
    vocabulary, column = _KIND[f["kind_of_fact"]]
    made: Node = {"title": zh(value), "description": zh(f["quote"]), "kind": code_id(vocabulary, f[column])}
    if f["kind_of_fact"] == "deadlines":
        made |= {
            "amount": f["amount"], "amountMax": f["amount_max"], "due": f["due"], "duration": duration(f),
            **{name: f[name] and code_id(name if name != "unit" else "deadline_unit", f[name]) for name in ("unit", "anchor", "direction", "operator")},
        }  # fmt: skip
    if f["kind_of_fact"] == "benefits":
        made |= {"amount": f["min"], "amountMax": f["max"], "unit": f["unit"] and code_id("benefit_unit", f["unit"])}
    return made


def _law(f: said.Fact, _value: str, _: Requirements) -> Node:
    return {
        "lawTitle": f["title"],
        "docNo": f["doc_no"],
        "title": zh(" ".join(p for p in (f["title"], f["article"]) if p)),
    }


def _contact(f: said.Fact, value: str, _: Requirements) -> Node:
    field = {"phone": "telephone", "email": "email", "address": "address"}.get(f["kind"], "notation")
    hours = f["hours"] or (f["value"] if f["kind"] == "hours" else None)
    return {
        field: f["value"], "title": zh(value), "kind": code_id("contact_kind", f["kind"]),
        "openingHours": {"id": f"{fact_id(f['fact_id'])}:hours", "type": "time:TemporalEntity", "description": zh(hours)} if hours else None,
    }  # fmt: skip


_SHAPES = {
    "filing_types": _requirement, "channels": _channel, "steps": _step, "materials": _material, "contacts": _contact, "legal_basis": _law,
    **dict.fromkeys(RULES, _rule),
}  # fmt: skip


def evidence_types(db: sqlite3.Connection) -> Iterator[Node]:
    """Papers that are asked for, as types of evidence."""
    for row in db.execute("SELECT code, label_zh, label_en FROM terms WHERE vocabulary = 'material' ORDER BY code"):
        yield {
            "id": f"urn:yidi:evidence-type:{row['code']}", "type": "cv:EvidenceType", "identifier": row["code"],
            "title": {"zh": row["label_zh"], "en": row["label_en"] or row["label_zh"]}, "evidenceTypeClassification": code_id("material", row["code"]),
        }  # fmt: skip


def supported(nodes: list[Node]) -> list[Node]:
    """The nodes of a region with the links from persons to papers, the other way round of supportsRequirement."""
    evidence: dict[str, list[str]] = {}
    for n in nodes:
        for requirement in n.get("supportsRequirement", ()):
            evidence.setdefault(requirement, []).append(n["id"])
    return [n | {"hasSupportingEvidence": evidence[n["id"]]} if n["id"] in evidence else n for n in nodes]


def graph(db: sqlite3.Connection) -> Iterator[Node]:
    """All nodes in a fixed order."""
    say, release = said.labels(db), release_id(cite.edition(db))
    yield from dataset(db, FORMATS)
    yield from concepts(db)
    yield from evidence_types(db)
    for adcode in regions(db):
        yield from supported(list(service(db, adcode, say, release)))


FORMATS = (
    ("yidi.db.gz", "application/vnd.sqlite3"), ("csv/", "text/csv"), ("ndjson/", "application/x-ndjson"), ("parquet/", "application/vnd.apache.parquet"),
    ("yidi.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ("datapackage.json", "application/json"),
    (NAME, "application/ld+json"),
)  # fmt: skip


def _full(made: Node) -> Node:
    """Without what is not stated."""
    return {k: v for k, v in made.items() if v is not None and v != []}


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    path = folder / NAME
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"@context":{as_json(CONTEXT)},\n"@graph":[')
        for n, made in enumerate(graph(db)):
            file.write(f"{',' if n else ''}\n{as_json(made)}")
        file.write("\n]}\n")
    return [path]


def rows(path: Path) -> dict[str, int]:
    """Nodes of every class that is counted, line by line."""
    found: Counter[str] = Counter()
    with path.open(encoding="utf-8") as file:
        next(file)
        next(file)
        for line in file:
            if not line.startswith("{"):
                break
            kinds = json.loads(line.rstrip(",\n"))["type"]
            found.update([kinds] if isinstance(kinds, str) else kinds)
    return {name: found[name] for name in COUNTED}
