"""Disagreement and answers: who contradicts whom, who is preferred and why, and who may answer for a region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kb import load
from kb.answers import questions
from kb.vocabulary import terms
from parsers.records import BenefitEffect, Channel, Deadline, Exemption, Fact, Guide, Material, Region
from tests.kb.world import WEEKS, World, guide, rows, said

NATION = Region("100000", "全国")
JIANGSU = Region("320000", "江苏省")
CHANGZHOU = Region("320400", "常州市")


def window(days: int, words: str, *types: str) -> Fact:
    return said(Deadline, words, kind="makeup_window", operator="lte", amount=float(days), unit="day",
                anchor="admission", direction="after", filing_types=types, modality="must")  # fmt: skip


DEEMED = said(Exemption, "急诊抢救视同已备案。", kind="deemed_filed", filing_types=("emergency",), modality="must")
THREE = window(3, "急诊住院后3天内补办。", "emergency")
TEN = window(10, "临时外出就医入院10日内补办。", "temporary")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "archive.db", monkeypatch)


def made(world: World, tmp_path: Path, **pages: Guide) -> Path:
    bodies: dict[str, Guide | bytes | str] = dict(pages)
    world.week(WEEKS[0], bodies, definition={"authority": None})
    load.build([world.path], tmp_path / "kb.db")
    return tmp_path / "kb.db"


def xingtai(*facts: Fact, **more: Any) -> Guide:
    return guide(*facts, authority="C", published="2021-07-08", **more)


def test_emergency_windows(world: World, tmp_path: Path) -> None:
    """3 days on a content site, 10 days in Xingtai, nationally deemed filed: found, explained, and the regional answer
    is the region's own."""
    base = made(world, tmp_path, content=guide(THREE, region=None, authority="E"), xingtai=xingtai(TEN))
    found = rows(
        base, "SELECT kind, reason, region_a, value_a, rule_b, value_b, preferred FROM v1_conflicts ORDER BY kind, 3"
    )
    ids = dict(rows(base, "SELECT CAST(amount AS INTEGER), fact_id FROM v1_deadlines"))
    by_rule = ("emergency_deemed_filed", "异地急诊抢救人员视同已备案", "emergency_deemed_filed")
    assert ("generic_vs_official", "national_must", None, "入院后≤3日", *by_rule) in found
    assert ("local_vs_national", "national_must", "邢台市", "入院后≤10日", *by_rule) in found
    local = [r for r in found if r[1] == "tier"]
    assert [(r[0], r[6]) for r in local] == [("generic_vs_official", ids[10])]
    flags = dict(rows(base, "SELECT CAST(amount AS INTEGER), flag FROM v1_deadlines"))
    assert flags == {3: "contradicts_official", 10: "outdated"}
    answer = rows(
        base, "SELECT presence, answer, days, fact_ids, authority, flag FROM v1_answers WHERE id = '130500-q01'"
    )
    assert answer == [("stated", "days_after_admission", 10.0, json.dumps([ids[10]]), "C", "outdated")]
    reasons = rows(base, "SELECT DISTINCT reason_zh FROM v1_conflicts WHERE reason = 'national_must'")
    assert reasons == [("全国强制性规定：医保发〔2022〕22号 规程第八条、第三十四条（转引，未核实）",)]


def test_a_national_page_takes_the_place_of_the_rule_held_second_hand(world: World, tmp_path: Path) -> None:
    base = made(world, tmp_path, nation=guide(DEEMED, region=NATION, authority="A"), xingtai=xingtai(TEN))
    assert rows(base, "SELECT kind, rule_b FROM v1_conflicts") == [("local_vs_national", None)]


def test_tiers_d_and_e_never_answer(world: World, tmp_path: Path) -> None:
    base = made(world, tmp_path, content=guide(THREE, authority="E"))
    claim = rows(base, "SELECT fact_id FROM v1_deadlines")[0][0]
    assert rows(base, "SELECT presence, answer, claim_ids FROM v1_answers WHERE id = '130500-q01'") == [
        ("not_stated", None, json.dumps([claim]))
    ]


def test_presence_tells_four_things_apart_and_inherits_without_copying(world: World, tmp_path: Path) -> None:
    refused = said(Exemption, "无需提供证明材料。", kind="no_material")
    base = made(world, tmp_path, xingtai=xingtai(TEN, refused), province=guide(TEN, region=JIANGSU, authority="A"))
    sql = "SELECT presence, answer, inherited_from, inherited_answer FROM v1_answers WHERE id = ?"
    assert rows(base, sql, "130500-q01") == [("stated", "days_after_admission", None, None)]
    assert rows(base, sql, "130500-q04") == [("stated_none", "no_proof", None, None)]
    assert rows(base, sql, "130500-q09") == [("not_stated", None, None, None)]
    assert rows(base, sql, "320400-q01") == [("not_held", None, "320000", "days_after_admission")]
    assert rows(base, sql, "110000-q01") == [("not_held", None, None, None)]


def test_a_rule_for_some_beside_one_for_all_is_no_contradiction(world: World, tmp_path: Path) -> None:
    everybody = window(15, "住院后15日内补办。")
    assert rows(made(world, tmp_path, a=xingtai(everybody), b=xingtai(TEN)), "SELECT count(*) FROM v1_conflicts"
                " WHERE rule_b IS NULL") == [(0,)]  # fmt: skip


def test_sources_of_one_region_disagree_and_the_official_one_is_preferred(world: World, tmp_path: Path) -> None:
    base = made(
        world, tmp_path, bureau=guide(TEN, authority="A"), city=xingtai(window(5, "入院5日内补办。", "temporary"))
    )
    official = rows(base, "SELECT fact_id FROM v1_deadlines WHERE amount = 10")[0][0]
    assert rows(base, "SELECT kind, reason, preferred FROM v1_conflicts WHERE rule_b IS NULL") == [
        ("same_region", "tier", official)
    ]
    assert rows(base, "SELECT flag FROM v1_deadlines WHERE amount = 5") == [("contradicts_official",)]
    assert rows(base, "SELECT disputed, amount FROM v1_answers WHERE id = '130500-q01'") == [(1, 10.0)]


def test_effects_on_benefits_differ_by_region_on_purpose(world: World, tmp_path: Path) -> None:
    def cut(points: int) -> Fact:
        return said(BenefitEffect, f"未备案降低{points}个百分点。", effect="ratio_reduction", filing_status="unfiled",
                    min=float(points), max=float(points), unit="pp", operator="eq")  # fmt: skip

    base = made(world, tmp_path, a=xingtai(cut(15)), b=guide(cut(20), region=NATION, authority="A"))
    assert rows(base, "SELECT count(*) FROM v1_conflicts") == [(0,)]
    assert rows(base, "SELECT answer, amount, unit FROM v1_answers WHERE id = '130500-q07'") == [
        ("reduction", 15.0, "pp")
    ]


def test_copies_count_once(world: World, tmp_path: Path) -> None:
    text = "。".join(f"第{n}项，参保人员应当按照规定办理异地就医备案手续" for n in range(30))
    long = said(Material, f"{text}。需携带身份证。", code="id_card", name="身份证", flow="filing")
    base = made(world, tmp_path, a=xingtai(long), b=xingtai(long, title="转载"), c=xingtai(TEN))
    assert rows(base, "SELECT count(*) FROM pages WHERE copy_of IS NOT NULL") == [(1,)]
    assert rows(base, "SELECT sources FROM v1_answers WHERE id = '130500-q03'") == [(1,)]


def test_channels_answer_by_what_is_there(world: World, tmp_path: Path) -> None:
    app = said(Channel, "可用APP备案。", kind="app", level="national", operations=("apply",))
    desk = said(Channel, "也可到窗口办理。", kind="window", level="municipal", operations=("apply",))
    hotline = said(Channel, "咨询电话12393。", kind="phone", level="national", operations=("consult",))
    base = made(world, tmp_path, a=xingtai(app, hotline), b=guide(app, desk, region=CHANGZHOU, authority="C"))
    answers = dict(rows(base, "SELECT adcode, answer FROM v1_answers WHERE question = 'q02' AND answer IS NOT NULL"))
    assert answers == {"130500": "online_only", "320400": "online_and_offline"}


def test_questions_name_codes_that_exist() -> None:
    """Every code in questions.yml is a term of the vocabulary of its column."""
    from kb import schema

    for question in questions():
        for c in question.classes:
            columns = {x.name: x for x in schema.tables()[f"v1_{c.table}"].columns}
            for column, values in {**c.columns, **c.has}.items():
                vocabulary = columns[column].vocabulary
                codes = {t.code for t in terms()[vocabulary]} if vocabulary else None
                for value in values:
                    if isinstance(value, str) and value != "*":
                        assert codes is not None, (question.id, column)
                        assert value in codes, (question.id, column, value)
        names = {c.name for c in question.classes}
        assert all(a.needs <= names for a in question.answers), question.id
        assert set(question.number) <= names


def test_coverage_lists_every_region_and_what_is_missing(world: World, tmp_path: Path) -> None:
    """Provinces, prefectures and counties run by a province, held or not; eight elements of a guide."""
    desk = said(Channel, "可到窗口办理备案。", kind="window", level="municipal", operations=("apply",))
    base = made(
        world, tmp_path, a=xingtai(TEN, desk), b=guide(desk, region=JIANGSU, authority="A", published="2023-01-16")
    )
    level = "SELECT region, level, province, held FROM v1_coverage WHERE adcode = ?"
    assert rows(base, level, "130500") == [("邢台市", "municipal", "河北省", 1)]
    assert rows(base, level, "429004") == [("仙桃市", "municipal", "湖北省", 0)]
    assert rows(base, level, "120000") == [("天津市", "provincial", "天津市", 0)]
    asked = "SELECT count(*) FROM regions WHERE valid_to IS NULL AND level IN ('provincial', 'municipal')"
    assert rows(base, "SELECT count(*) FROM v1_coverage") == rows(base, asked)
    sql = "SELECT pages, pages_a, pages_c, completeness, elements, missing, newest_published FROM v1_coverage WHERE adcode = ?"
    missing = '["conditions","legal_basis","materials","phone","process","time"]'
    assert rows(base, sql, "130500") == [(1, 0, 1, 2, '["matter","place"]', missing, "2021-07-08")]
    assert rows(base, sql, "320000") == [(1, 1, 0, 2, '["matter","place"]', missing, "2023-01-16")]
    below = "SELECT children_held, children > 10 FROM v1_coverage WHERE adcode = '130000'"
    assert rows(base, below) == [(1, 1)]


def test_a_city_guide_answers_and_what_is_official_stands_beside_it(world: World, tmp_path: Path) -> None:
    hebei = Region("130000", "河北省")
    base = made(world, tmp_path, a=xingtai(TEN), b=guide(window(15, "入院15日内补办。"), region=hebei, authority="A"))
    sql = "SELECT days, authority, inherited_from, inherited_value FROM v1_answers WHERE id = '130500-q01'"
    assert rows(base, sql) == [(10.0, "C", "130000", "入院后≤15日")]


def test_values_name_their_people_and_numbers_are_those_of_the_answer(world: World, tmp_path: Path) -> None:
    once = said(Deadline, "备案仅当次有效。", kind="validity", operator="none", unit="per_visit", anchor="filing",
                filing_types=("referral",))  # fmt: skip
    lock = said(Deadline, "备案后6个月内不得变更。", kind="min_no_change", operator="gte", amount=6.0, unit="month",
                anchor="filing", direction="after", filing_types=("long_term",))  # fmt: skip
    base = made(world, tmp_path, a=xingtai(once, lock))
    sql = "SELECT answer, days, value FROM v1_answers WHERE id = '130500-q05'"
    answer, days, value = rows(base, sql)[0]
    assert (answer, days) == ("per_visit", None)
    assert value.startswith("备案有效期：备案单次（")
    assert "；不可变更期：备案后≥6个月（异地长期居住人员）" in value


def test_what_some_regions_do_answers_for_none(world: World, tmp_path: Path) -> None:
    bloc = said(
        Exemption, "京津冀等地区已探索视同备案。", kind="deemed_filed", geo_scope="bloc", modality="some_regions"
    )
    base = made(world, tmp_path, a=guide(bloc, region=NATION, authority="A"))
    assert rows(base, "SELECT presence, answer FROM v1_answers WHERE id = '100000-q08'") == [("not_stated", None)]
    assert rows(base, "SELECT count(*) FROM v1_answers WHERE question = 'q08' AND inherited_from IS NOT NULL") == [(0,)]
