"""The bulk files of the sample release: they say the same row by row, are counted, and hold what their standards ask."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import frictionless
import openpyxl
import pytest
from pyarrow import parquet
from rdflib import RDF, Graph, Literal, URIRef

from kb import cite, export, schema
from kb.base import open_base
from kb.export import TABLES, ExportError, counts, jsonld, xlsx
from kb.export import csv as csv_files
from kb.export.ndjson import arrays
from tests.kb.cpsv_ap import RULES, faults, iri


@pytest.fixture(scope="module")
def folder(sample_data: Path) -> Path:
    return (sample_data / "releases" / "latest").resolve()


@pytest.fixture(scope="module")
def base(folder: Path) -> Iterator[sqlite3.Connection]:
    db = open_base(folder / "yidi.db", read_only=True)
    yield db
    db.close()


@pytest.fixture(scope="module")
def graph(folder: Path) -> Graph:
    found = Graph()
    found.parse(folder / "yidi.jsonld", format="json-ld")
    return found


def from_csv(table: str, row: dict[str, str], never_null: set[str]) -> dict[str, Any]:
    """A row of CSV with the types of its columns; an empty cell is NULL unless the column has none."""
    kinds, lists = {"TEXT": str, "INTEGER": int, "REAL": float}, arrays(table)
    found: dict[str, Any] = {}
    for column in schema.tables()[table].columns:
        text = row[column.name]
        if column.type == "TEXT" and text[:1] == "'" and text[1:].startswith(("=", "+", "-", "@", "\t", "\r")):
            text = text[1:]
        value = kinds[column.type](text) if text != "" or column.name in never_null else None
        found[column.name] = json.loads(value) if column.name in lists and value is not None else value
    return found


@pytest.mark.parametrize("table", TABLES)
def test_all_formats_agree_row_by_row(folder: Path, base: sqlite3.Connection, table: str) -> None:
    lists = arrays(table)
    held = [
        {k: json.loads(row[k]) if k in lists and row[k] is not None else row[k] for k in row.keys()}  # noqa: SIM118 - a sqlite3.Row
        for row in export.ordered(base, table)
    ]
    never_null = {row[1] for row in base.execute(f"PRAGMA table_info({table})") if row[3]}
    with (folder / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [from_csv(table, row, never_null) for row in csv.DictReader(file)] == held
    lines = (folder / "ndjson" / f"{table}.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == held
    assert parquet.read_table(folder / "parquet" / f"{table}.parquet").to_pylist() == held


def test_sample_fills_every_table_of_facts(base: sqlite3.Connection) -> None:
    """Agreement of empty tables would prove nothing."""
    assert [
        t for t in TABLES if t != "v1_conflicts" and not base.execute(f"SELECT count(*) FROM {t}").fetchone()[0]
    ] == []


def test_parquet_has_the_types_of_the_schema_and_names_the_release(folder: Path, base: sqlite3.Connection) -> None:
    found = parquet.read_schema(folder / "parquet" / "v1_deadlines.parquet")
    assert [str(found.field(n).type) for n in ("fact_id", "start", "amount", "filing_types")] == [
        "string", "int64", "double", "list<element: string>",
    ]  # fmt: skip
    assert found.metadata[b"build_id"].decode() == cite.edition(base).build_id
    assert found.metadata[b"licence"] == b"CC-BY-4.0"


def test_data_package_validates_with_keys_and_hashes(folder: Path) -> None:
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])
    assert len(report.tasks) == len(TABLES)
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert package["version"] == "2026-W47"


def test_data_package_refuses_a_file_that_was_changed(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "csv", tmp_path / "csv")
    shutil.copy(folder / "datapackage.json", tmp_path)
    with (tmp_path / "csv" / "runs.csv").open("a", encoding="utf-8") as file:
        file.write("2026-W46,2026-11-09T02:00:00Z,,1,2026-11-09\r\n")  # a good row that the release does not have
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert {row[0] for row in report.flatten(["type"])} == {"hash-count", "byte-count", "row-count"}


def test_manifest_lists_every_file_with_its_rows(folder: Path, base: sqlite3.Connection) -> None:
    files = {f["name"]: f for f in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]}
    on_disk = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert files.keys() == on_disk - {"manifest.json", "SHA256SUMS"}
    for name, said in files.items():
        assert said["bytes"] == (folder / name).stat().st_size
        assert said["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    steps = base.execute("SELECT count(*) FROM v1_steps").fetchone()[0]
    assert {files[f"{f}/v1_steps.{f}"]["rows"] for f in ("csv", "ndjson", "parquet")} == {steps}


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_file_that_lost_a_row_stops_the_export(
    base: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def all_but_one(db: sqlite3.Connection, table: str) -> list[Any]:
        return export.ordered(db, table).fetchall()[: -1 if table == "v1_steps" else None]

    monkeypatch.setattr(csv_files, "ordered", all_but_one)
    monkeypatch.setattr("kb.export.ndjson.ordered", all_but_one)
    n = base.execute("SELECT count(*) FROM v1_steps").fetchone()[0]
    with pytest.raises(ExportError, match=rf"^v1_steps\.{form}: v1_steps holds {n - 1} rows, the base {n}$"):
        export.write(base, tmp_path, [form])


def test_a_workbook_or_graph_that_lost_a_row_is_noticed(folder: Path, base: sqlite3.Connection, tmp_path: Path) -> None:
    lines = (folder / "yidi.jsonld").read_text("utf-8").splitlines(keepends=True)
    gone = next(n for n, line in enumerate(lines) if '"cv:Channel"' in line and line.startswith('{"') and n > 1)
    (tmp_path / "yidi.jsonld").write_text("".join(lines[:gone] + lines[gone + 1 :]), "utf-8")
    with pytest.raises(ExportError, match="cv:Channel"):
        counts.check(base, tmp_path / "yidi.jsonld", jsonld.rows(tmp_path / "yidi.jsonld"))
    found = xlsx.rows(folder / "yidi.xlsx")
    with pytest.raises(ExportError, match="answers"):
        counts.check(base, folder / "yidi.xlsx", found | {"answers": found["answers"] - 1})


def test_data_package_without_csv_says_what_is_missing(base: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="add --format csv"):
        export.write(base, tmp_path, ["datapackage"])


# the workbook


@pytest.fixture(scope="module")
def book(folder: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(folder / "yidi.xlsx")


def test_sheets_have_frozen_headers_filters_and_the_rows_of_the_base(
    book: openpyxl.Workbook, base: sqlite3.Connection
) -> None:
    assert book.sheetnames == ["关于 about", "答案 answers", "对照 matrix", "依据 evidence", "代码 codes"]
    for sheet in xlsx.SHEETS:
        page = book[sheet.title]
        assert page.freeze_panes == f"{chr(ord('A') + sheet.frozen)}2"
        assert page.max_row - 1 == base.execute(counts.PARTS[sheet.part]).fetchone()[0]
        assert page.auto_filter.ref.endswith(str(page.max_row))
        assert [c.value for c in page[1]] == [f"{c.zh}\n{c.name}" for c in sheet.columns]


def test_answers_carry_quote_link_and_fact(book: openpyxl.Workbook, base: sqlite3.Connection) -> None:
    page = book["答案 answers"]
    names = [c.name for c in xlsx.ANSWERS.columns]
    rows = {(r[names.index("adcode")].value, r[names.index("question")].value): r for r in page.iter_rows(min_row=2)}
    stated = base.execute(
        "SELECT adcode, question, answer_zh, fact_ids FROM v1_answers WHERE fact_ids <> '[]'"
    ).fetchall()
    assert stated
    for adcode, question, answer, facts in stated:
        row = dict(zip(names, rows[adcode, question], strict=True))
        assert row["answer_zh"].value == answer
        assert row["fact_id"].value in json.loads(facts)
        assert row["quote"].value
        assert row["url"].hyperlink.target == row["url"].value
    missing = dict(zip(names, rows["510100", "q01"], strict=True))
    assert (missing["presence"].value, missing["quote"].value, missing["answer_zh"].value) == ("未收录", None, None)


def test_about_sheet_names_build_date_licence_and_citation(book: openpyxl.Workbook, base: sqlite3.Connection) -> None:
    said = {c.value for row in book["关于 about"].iter_rows() for c in row if c.value}
    this = cite.edition(base)
    assert {this.build_id, this.date, this.run, this.citation("zh"), this.citation("en"), cite.NO_ADVICE["zh"]} <= said
    assert any(cite.LICENCE_URL in text for text in said)


def test_nothing_in_the_workbook_is_a_formula(book: openpyxl.Workbook) -> None:
    assert {c.data_type for page in book for row in page.iter_rows() for c in row} <= {"s", "n", "inlineStr"}


def test_workbook_holds_no_time_of_its_making(folder: Path, base: sqlite3.Connection) -> None:
    with ZipFile(folder / "yidi.xlsx") as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count(f"{cite.edition(base).date}T00:00:00Z") == 2


# JSON-LD


def test_graph_is_what_cpsv_ap_asks_for(graph: Graph) -> None:
    assert list(faults(graph)) == []


def test_the_sample_has_every_class_the_profile_is_checked_for(graph: Graph) -> None:
    kinds = {kind for kind, *_ in RULES}
    assert {k for k in kinds if not any(graph.subjects(RDF.type, iri(k)))} <= {"time:TemporalEntity"}


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, n, least, *_ in RULES if least])
def test_a_missing_mandatory_property_is_noticed(graph: Graph, kind: str, name: str) -> None:
    thing = next(graph.subjects(RDF.type, iri(kind)))
    removed = list(graph.triples((thing, iri(name), None)))
    assert removed
    graph.remove((thing, iri(name), None))
    try:
        assert f"{kind} {thing}: 0 × {name}" in list(faults(graph))
    finally:
        for triple in removed:
            graph.add(triple)


def test_every_fact_in_the_graph_carries_its_words(graph: Graph, base: sqlite3.Connection) -> None:
    oa, prov = "http://www.w3.org/ns/oa#", "http://www.w3.org/ns/prov#"
    query = f"SELECT ?f ?q WHERE {{ ?f <{prov}wasDerivedFrom> ?s . ?s <{oa}hasSelector> ?t . ?t <{oa}exact> ?q }}"
    found = {str(fact).removeprefix("urn:yidi:fact:"): str(words) for fact, words in graph.query(query)}
    held = dict(
        base.execute(" UNION ALL ".join(
            f"SELECT fact_id, quote FROM v1_{kind} WHERE {counts.SPOKEN}" + (" AND flow = 'filing'" if kind == "materials" else "")
            for kind in jsonld.CLASSES
        )).fetchall()
    )  # fmt: skip
    assert found == held
    assert found


@pytest.mark.parametrize(("unit", "workdays", "amount", "most", "expected"), [
    ("day", 0, 10.0, None, "P10D"), ("hour", 0, 24.0, None, "PT24H"), ("month", 0, 6.0, 6.0, "P6M"), ("year", 0, 1.0, None, "P1Y"),
    ("workday", 1, 5.0, None, None), ("day", 1, 5.0, None, None), ("day", 0, 3.0, 5.0, None), ("permanent", 0, None, None, None),
    ("day", 0, 1.5, None, None),
])  # fmt: skip
def test_durations_are_calendar_time_only(
    unit: str, workdays: int, amount: float, most: float | None, expected: str | None
) -> None:
    fact = {"unit": unit, "workdays": workdays, "amount": amount, "amount_max": most}
    assert jsonld.duration(fact) == expected


def test_papers_for_some_persons_hang_on_those_persons(graph: Graph, base: sqlite3.Connection) -> None:
    fact, types = base.execute(
        f"SELECT m.fact_id, m.filing_types FROM v1_materials m WHERE {counts.SPOKEN} AND flow = 'filing' AND filing_types <> '[]' AND EXISTS"
        " (SELECT 1 FROM v1_filing_types t WHERE t.adcode = m.adcode AND t.gone_on IS NULL AND m.filing_types LIKE '%\"' || t.code || '\"%')"
    ).fetchone()
    evidence = URIRef(f"urn:yidi:fact:{fact}")
    for requirement in graph.objects(evidence, iri("cv:supportsRequirement")):
        assert (requirement, iri("cv:hasSupportingEvidence"), evidence) in graph
        code = str(graph.value(requirement, iri("dct:type"))).rpartition(":")[2]
        assert code in json.loads(types)
    assert any(graph.objects(evidence, iri("cv:supportsRequirement")))


def test_release_is_a_dataset_with_licence(graph: Graph, base: sqlite3.Connection) -> None:
    release = next(graph.subjects(RDF.type, iri("dcat:Dataset")))
    assert str(graph.value(release, iri("dct:license"))) == cite.LICENCE_URL
    assert graph.value(release, iri("dct:identifier")) == Literal(cite.edition(base).build_id)
