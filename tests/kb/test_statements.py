"""Permanent ids, masking, words, and the schema as data."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from kb import load, schema
from kb.ids import plain
from kb.privacy import mask
from kb.readings import guide_from_json
from kb.statements import KINDS, days, statements
from kb.vocabulary import labels, terms
from kb.words import SAY, deadline
from parsers.records import FACT_FIELDS, Deadline, Evidence, Guide, Material, to_json
from tests.kb.world import HOURS, WEEKS, World, guide, rows, said

URL = "http://guide.example/a"


def of(page: Guide) -> list[str]:
    return [s.id for s in statements(page, URL)[0]]


def card(quote: str, **more: object) -> Guide:
    return guide(said(Material, quote, code="id_card", name="身份证", flow="filing", **more))


def test_a_reworded_sentence_keeps_its_id_and_another_value_does_not() -> None:
    assert of(card("需携带身份证。")) == of(card("请带好身份证原件前来。"))
    assert of(card("需携带身份证。")) != of(card("需携带身份证。", copies=2))
    assert of(card("需携带身份证。")) != of(card("需携带身份证。", filing_types=("referral",)))
    assert of(card("需携带身份证。")) != [s.id for s in statements(card("需携带身份证。"), URL + "b")[0]]


def test_ids_do_not_move() -> None:
    """Published ids are for ever: this one was published with the first release."""
    assert of(card("需携带身份证。")) == ["2f271250ec7797fd"]


def test_a_page_that_says_it_twice_makes_one_statement_with_two_places() -> None:
    page = card("需携带身份证。")
    twice = dataclasses.replace(
        page, main_text="需携带身份证。再说一次：身份证。",
        materials=(page.materials[0], dataclasses.replace(page.materials[0], evidence=(Evidence("身份证。", 12, 16),))),
    )  # fmt: skip
    found, issues = statements(twice, URL)
    assert not issues
    assert [(e.start, e.end) for e in found[0].evidence] == [(0, 7), (12, 16)]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13912345678。", "电话139********。"),
        ("手机 139-1234-5678", "手机 139-****-****"),
        ("１３９１２３４５６７８", "１３９********"),
        ("+86 13912345678", "+86 139********"),
        ("身份证130521199001011234", "身份证130521************"),
        ("0319-2221234 和 12393", "0319-2221234 和 12393"),
        ("医保发〔2022〕22号 20230101", "医保发〔2022〕22号 20230101"),
    ],
)
def test_masking_keeps_length_and_agency_numbers(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert len(mask(text)) == len(text)


def test_plain_text_ignores_layout_and_width() -> None:
    assert plain(" 入院 １０ 日内，可补办。") == plain("入院10日内可补办")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"operator": "lte", "amount": 10.0, "unit": "day"}, (0.0, 10.0)),
        ({"operator": "lte", "max": 5.0, "unit": "day", "workdays": True}, (0.0, 7.0)),
        ({"operator": "gte", "amount": 6.0, "unit": "month"}, (180.0, None)),
        ({"operator": "range", "min": 1.0, "max": 3.0, "unit": "year"}, (365.0, 1095.0)),
        ({"operator": "eq", "unit": "immediate"}, (0.0, 0.0)),
        ({"operator": "none"}, (None, None)),
    ],
)
def test_days(values: dict[str, object], expected: tuple[float | None, float | None]) -> None:
    fact = said(Deadline, "x", kind="validity", **values)
    assert isinstance(fact, Deadline)
    assert days(fact) == expected


def test_a_fixed_date_in_words() -> None:
    row = {"anchor": "year_end", "direction": "before", "due": "+1-03-31", "amount": None, "unit": "date", "workdays": 0,
           "operator": "lte", "amount_max": None}  # fmt: skip
    assert deadline(row, labels()) == "次年3月31日前"


def test_guides_survive_the_cache() -> None:
    page = guide(
        said(Deadline, "入院10日内补办。", kind="makeup_window", operator="lte", amount=10.0, unit="day"),
        said(Material, "需身份证。", code="id_card", name="身份证", flow="filing", alternatives=("social_card",)),
    )
    assert guide_from_json(to_json(page)) == page


def test_kinds_cover_the_guide_and_their_tables() -> None:
    assert [k.field for k in KINDS] == list(FACT_FIELDS)
    for kind in KINDS:
        assert kind.table in SAY
        own = set(schema.tables()[kind.table].names) - {"fact_id"}
        public = set(schema.tables()[f"v1_{kind.table}"].names) - set(schema.shared_columns())
        assert own == public, kind.table


def test_schema_says_what_it_makes() -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(schema.sql())
    for table in schema.tables().values():
        assert tuple(row[1] for row in db.execute(f"PRAGMA table_info({table.name})")) == table.names
        for column in table.columns:
            assert column.comment
            assert column.vocabulary is None or column.vocabulary in terms(), (table.name, column.name)


def test_corrections_are_applied_reported_and_survive_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "archive.db", monkeypatch)
    ten = said(Deadline, "入院10日内补办。", kind="makeup_window", operator="lte", amount=10.0, unit="day")
    world.week(WEEKS[0], {"a": guide(ten, said(Material, "需身份证。", code="id_card", name="身份证", flow="filing"))})
    file = tmp_path / "corrections.yml"
    entry = "  reviewer: 复核员\n  reviewed_on: '2026-11-01'\n"
    file.write_text(
        f"- url: {URL}\n  kind: deadlines\n  quote: 10日内\n  action: amend\n  changes: {{workdays: true}}\n{entry}"
        f"- url: {URL}\n  kind: materials\n  quote: 需身份证\n  action: reject\n{entry}"
        f"- url: {URL}\n  kind: materials\n  quote: 需户口簿\n  action: reject\n{entry}",
        "utf-8",
    )
    base = tmp_path / "kb.db"
    load.build([world.path], base, corrections=file)
    assert rows(base, "SELECT workdays, days_max FROM v1_deadlines") == [(1, 14.0)]
    assert rows(base, "SELECT count(*) FROM v1_materials") == [(0,)]
    assert rows(base, "SELECT code, detail FROM issues") == [("unmatched_correction", "materials: 需户口簿")]
    assert rows(base, "SELECT action, matched FROM corrections ORDER BY quote") == [
        ("amend", 1), ("reject", 0), ("reject", 1),
    ]  # fmt: skip
    world.week(WEEKS[1], {"a": "same"})
    load.build([world.path], base, corrections=file)
    assert rows(base, "SELECT count(*) FROM corrections WHERE matched = 1") == [(2,)]
    amended = rows(base, "SELECT fact_id FROM v1_deadlines")[0][0]
    file.write_text(file.read_text("utf-8").replace("workdays: true", "amount: 15"), "utf-8")  # the review is reviewed
    load.build([world.path], base, corrections=file)
    dates = (HOURS[WEEKS[0]], HOURS[WEEKS[1]], None)
    assert rows(base, "SELECT amount, first_seen, last_seen, gone_on FROM v1_deadlines") == [(15.0, *dates)]
    assert rows(base, "SELECT a.old_id, f.kind, a.reason FROM aliases a JOIN facts f ON f.id = a.fact_id") == [
        (amended, "deadlines", "correction, source entry, or another reading by the same version")
    ]
    assert rows(base, "SELECT DISTINCT event FROM v1_changes") == [("appeared",)]  # no page changed
    file.write_text("- url: x\n  kind: nothing\n  quote: x\n  action: reject\n" + entry, "utf-8")
    from kb.corrections import CorrectionError

    with pytest.raises(CorrectionError, match="nothing is no kind of fact"):
        load.build([world.path], base, corrections=file)


def test_the_documentation_is_the_schema() -> None:
    text = (Path(__file__).parents[2] / "docs" / "DATA_MODEL.md").read_text("utf-8")
    assert text.endswith(schema.markdown()), "print the tables again: python -m kb.schema"
