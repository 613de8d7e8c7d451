"""What CPSV-AP 3.2.0 asks of the classes that we publish, as data, and the check of a graph against it.

Each line: class, property, fewest values, most values (None = any number), and what a value must be: a class it must
be typed with in the graph, an XSD datatype, or `text` (a literal with a language).
"""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import Namespace

NAMES = {
    "adms": Namespace("http://www.w3.org/ns/adms#"), "atu": Namespace("http://data.europa.eu/88u/dataset/"),
    "cpsv": Namespace("http://purl.org/vocab/cpsv#"), "cv": Namespace("http://data.europa.eu/m8g/"),
    "dcat": Namespace("http://www.w3.org/ns/dcat#"), "dct": Namespace("http://purl.org/dc/terms/"),
    "eli": Namespace("http://data.europa.eu/eli/ontology#"), "foaf": Namespace("http://xmlns.com/foaf/0.1/"),
    "org": Namespace("http://www.w3.org/ns/org#"), "schema": Namespace("https://schema.org/"),
    "skos": Namespace("http://www.w3.org/2004/02/skos/core#"), "time": Namespace("http://www.w3.org/2006/time#"),
    "xsd": Namespace("http://www.w3.org/2001/XMLSchema#"),
}  # fmt: skip

RULES: tuple[tuple[str, str, int, int | None, str | None], ...] = (
    ("cpsv:PublicService", "dct:identifier", 1, 1, None),
    ("cpsv:PublicService", "dct:title", 1, None, "text"),
    ("cpsv:PublicService", "dct:description", 1, None, "text"),
    ("cpsv:PublicService", "cv:hasCompetentAuthority", 1, None, "cv:PublicOrganisation"),
    ("cpsv:PublicService", "cv:hasChannel", 0, None, "cv:Channel"),
    ("cpsv:PublicService", "cv:hasInputType", 0, None, "cv:EvidenceType"),
    ("cpsv:PublicService", "cpsv:hasInput", 0, None, "cv:Evidence"),
    ("cpsv:PublicService", "cv:holdsRequirement", 0, None, "cv:Requirement"),
    ("cpsv:PublicService", "cpsv:follows", 0, None, "cpsv:Rule"),
    ("cpsv:PublicService", "cv:hasLegalResource", 0, None, "eli:LegalResource"),
    ("cpsv:PublicService", "cv:contactPoint", 0, None, "cv:ContactPoint"),
    ("cpsv:PublicService", "dct:spatial", 0, None, "dct:Location"),
    ("cpsv:PublicService", "dct:isPartOf", 0, None, "dcat:Dataset"),
    ("cpsv:PublicService", "dct:audience", 0, None, "skos:Concept"),
    ("cpsv:PublicService", "cv:processingTime", 0, 1, "xsd:duration"),
    ("cv:PublicOrganisation", "skos:prefLabel", 1, None, "text"),
    ("cv:PublicOrganisation", "dct:spatial", 1, None, "atu:atu-type"),
    ("cv:Channel", "dct:identifier", 1, 1, None),
    ("cv:Channel", "dct:type", 0, 1, "skos:Concept"),
    ("cv:Channel", "dct:description", 0, None, "text"),
    ("cv:Channel", "cv:processingTime", 0, 1, "xsd:duration"),
    ("cv:Evidence", "dct:identifier", 1, 1, None),
    ("cv:Evidence", "dct:title", 1, None, "text"),
    ("cv:Evidence", "dct:description", 0, None, "text"),
    ("cv:Evidence", "dct:type", 0, 1, "skos:Concept"),
    ("cv:Evidence", "dct:conformsTo", 0, None, "cv:EvidenceType"),
    ("cv:Evidence", "cv:supportsRequirement", 0, None, "cv:Requirement"),
    ("cv:EvidenceType", "dct:identifier", 1, 1, None),
    ("cv:EvidenceType", "cv:evidenceTypeClassification", 0, None, "skos:Concept"),
    ("cv:Requirement", "dct:identifier", 1, 1, None),
    ("cv:Requirement", "dct:title", 1, None, "text"),
    ("cv:Requirement", "dct:type", 0, None, "skos:Concept"),
    ("cv:Requirement", "cv:hasSupportingEvidence", 0, None, "cv:Evidence"),
    ("cpsv:Rule", "dct:identifier", 1, 1, None),
    ("cpsv:Rule", "dct:title", 1, None, "text"),
    ("cpsv:Rule", "dct:description", 1, None, "text"),
    ("cpsv:Rule", "dct:type", 0, 1, "skos:Concept"),
    ("cv:ContactPoint", "cv:openingHours", 0, None, "time:TemporalEntity"),
    ("time:TemporalEntity", "dct:description", 0, None, "text"),
    ("dcat:Dataset", "dct:title", 1, None, "text"),
    ("dcat:Dataset", "dct:description", 1, None, "text"),
    ("dcat:Dataset", "dct:publisher", 1, 1, "foaf:Agent"),
    ("foaf:Agent", "dct:identifier", 1, 1, None),
    ("foaf:Agent", "dct:title", 1, None, "text"),
)


def iri(name: str) -> URIRef:
    prefix, _, local = name.partition(":")
    return NAMES[prefix][local]


def faults(graph: Graph) -> Iterator[str]:
    """What the profile would object to, one line each."""
    for kind, name, least, most, wanted in RULES:
        for thing in graph.subjects(RDF.type, iri(kind)):
            values = list(graph.objects(thing, iri(name)))
            if len(values) < least or (most is not None and len(values) > most):
                yield f"{kind} {thing}: {len(values)} × {name}"
            for value in values:
                if wanted == "text":
                    right = isinstance(value, Literal) and value.language is not None and str(value).strip() != ""
                elif wanted and wanted.startswith("xsd:"):
                    right = isinstance(value, Literal) and value.datatype == iri(wanted) and not value.ill_typed
                else:
                    right = wanted is None or (value, RDF.type, iri(wanted)) in graph
                if not right:
                    yield f"{kind} {thing}: {name} {value!r} is no {wanted}"
