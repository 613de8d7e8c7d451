"""Eight weeks of pages that change, vanish, fail and come back: v1_changes is the written truth, row by row."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import Archive
from kb import load, schema
from kb.base import BaseError, open_base
from kb.base import exclusive as base_lock
from kb.history import as_of
from parsers.records import Channel, Deadline, Exemption, Guide, Material, Step
from tests.kb.world import BASE, HOURS, WEEKS, World, guide, rows, said


def makeup(days: int, words: str = "入院{}日内可补办备案。", **more: Any) -> Deadline:
    fact = said(
        Deadline,
        words.format(days),
        kind="makeup_window",
        operator="lte",
        amount=float(days),
        unit="day",
        anchor="admission",
        direction="after",
        filing_types=("temporary",),
        **more,
    )
    assert isinstance(fact, Deadline)
    return fact


APP = said(
    Channel,
    "可通过国家医保服务平台APP备案。",
    kind="app",
    level="national",
    name="国家医保服务平台",
    code="nhsa_app",
    operations=("apply",),
)
ID_CARD = said(Material, "需携带身份证。", code="id_card", name="身份证", flow="filing")
FORM = said(Material, "并填写备案表。", code="filing_form", name="备案表", flow="filing")
STEP = said(Step, "登录平台后选择备案类型并提交申请", flow="filing", order=1, text="登录平台后选择备案类型并提交申请")
STEP_REWORDED = said(
    Step,
    "登录平台后，请选择备案的类型并提交申请",
    flow="filing",
    order=1,
    text="登录平台后，请选择备案的类型并提交申请",
)
FREE = said(Exemption, "省内就医无需备案。", kind="no_filing", geo_scope="intra_province")
WALL = guide(text="请先登录后继续访问本站内容。")


def truth() -> list[tuple[str, str, str, str]]:
    """(week, page, event, topic) in the order of weeks."""
    first = [("2026-W40", p, "appeared", t) for p, t in [
        ("a", "deadlines/makeup_window"), ("a", "channels/app/national/nhsa_app"), ("a", "materials/filing/id_card"),
        ("b", "steps/filing"), ("b", "exemptions/no_filing"), ("c", "materials/filing/id_card"),
    ]]  # fmt: skip
    return [
        *first,
        ("2026-W42", "a", "value_changed", "deadlines/makeup_window"),
        ("2026-W43", "b", "wording_changed", "steps/filing"),
        ("2026-W43", "a", "wording_changed", "channels/app/national/nhsa_app"),
        ("2026-W44", "a", "appeared", "materials/filing/filing_form"),
        ("2026-W44", "b", "disappeared", "exemptions/no_filing"),
        ("2026-W45", "c", "page_gone", "materials/filing/id_card"),
        ("2026-W46", "b", "returned", "exemptions/no_filing"),
        ("2026-W47", "c", "returned", "materials/filing/id_card"),
        ("2026-W47", "a", "value_changed", "deadlines/makeup_window"),
    ]


APP_REWORDED = said(
    Channel,
    "备案入口：国家医保服务平台APP。",
    kind="app",
    level="national",
    name="国家医保服务平台",
    code="nhsa_app",
    operations=("apply",),
)


def weeks() -> dict[str, dict[str, Guide | bytes | str]]:
    a1, b1, c1 = guide(makeup(10), APP, ID_CARD), guide(STEP, FREE), guide(ID_CARD)
    cosmetic = guide(
        makeup(10), APP, ID_CARD, text="入院10日内可补办备案。\n\n  可通过国家医保服务平台APP备案。\n需携带身份证。 "
    )
    a2 = guide(makeup(15), APP, ID_CARD)
    a3 = guide(makeup(15), APP_REWORDED, ID_CARD)
    a4 = guide(makeup(15), APP_REWORDED, ID_CARD, FORM)
    b3, b4 = guide(STEP_REWORDED, FREE), guide(STEP_REWORDED)
    return {
        "2026-W40": {"a": a1, "b": b1, "c": c1},
        "2026-W41": {"a": cosmetic, "b": "timeout", "c": "same"},  # cosmetic edit, outage
        "2026-W42": {"a": a2, "b": "same", "c": "dns"},
        "2026-W43": {"a": a3, "b": b3, "c": "same"},
        "2026-W44": {"a": a4, "b": b4, "c": "gone"},  # gone for the first time: nothing yet
        "2026-W45": {"a": "http_error", "b": guide(text="404 页面不存在"), "c": "gone"},  # soft 404
        "2026-W46": {"a": "same", "b": b3, "c": "gone"},
        "2026-W47": {"a": guide(makeup(10), APP_REWORDED, ID_CARD, FORM), "b": "same", "c": c1},
    }


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "archive.db", monkeypatch)


def told(base: Path) -> list[tuple[str, ...]]:
    return rows(base, "SELECT run, replace(url, ?, ''), event, topic_key FROM v1_changes", BASE)


def state(base: Path) -> list[tuple[object, ...]]:
    """Everything a base knows, but the cache."""
    found: list[tuple[object, ...]] = []
    for table in schema.tables():
        if table not in ("readings", "page_readings", "meta"):
            found += sorted((table, *map(str, row)) for row in rows(base, f"SELECT * FROM {table}"))
    return found


def test_changes_are_the_truth(world: World, tmp_path: Path) -> None:
    for run, pages in weeks().items():
        world.week(run, pages)
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert sorted(told(base)) == sorted(truth())
    assert rows(base, "SELECT before, after FROM v1_changes WHERE event = 'value_changed' ORDER BY run") == [
        ("入院后≤10日（临时外出就医人员）", "入院后≤15日（临时外出就医人员）"),
        ("入院后≤15日（临时外出就医人员）", "入院后≤10日（临时外出就医人员）"),
    ]


def test_week_by_week_equals_all_at_once_and_as_of_equals_the_base_of_that_day(world: World, tmp_path: Path) -> None:
    weekly, parts = tmp_path / "weekly.db", []
    for run, pages in weeks().items():
        world.week(run, pages)
        report = load.build([world.path], weekly)
        assert report.runs == [run]
        assert not report.replayed
        parts.append((run, shutil.copy(weekly, tmp_path / f"{run}.db")))
    once = tmp_path / "once.db"
    load.build([world.path], once)
    assert state(weekly) == state(once)
    for run, part in parts:
        stood = rows(
            Path(part),
            "SELECT id, CASE WHEN withdrawn_on IS NULL THEN 'observed' ELSE 'withdrawn' END FROM facts"
            " WHERE gone_on IS NULL ORDER BY id",
        )
        db = open_base(once, read_only=True)
        assert [(r["id"], r["state"]) for r in as_of(db, HOURS[run])] == stood
        db.close()


def test_a_second_build_writes_nothing(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], weeks()[WEEKS[0]])
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    before = base.read_bytes()
    assert not load.build([world.path], base).changed
    assert base.read_bytes() == before


def test_new_parser_keeps_dates_and_leads_old_ids(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = weeks()
    for run in WEEKS[:3]:
        world.week(run, pages[run])
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    dates = rows(base, "SELECT kind, first_seen, last_seen, gone_on FROM facts ORDER BY kind, first_seen, gone_on")
    old = {r[0] for r in rows(base, "SELECT id FROM facts WHERE kind = 'deadlines'")}
    world.version("2")
    plain = load.parsers.parse

    def stricter(body: bytes, **more: object) -> Guide:
        """The upgrade reads working days where the old one read days."""
        return plain(body.replace(b'"workdays":false', b'"workdays":true'), **more)

    monkeypatch.setattr(load.parsers, "parse", stricter)
    report = load.build([world.path], base)
    assert report.replayed
    assert report.parsed > 0
    assert (
        rows(base, "SELECT kind, first_seen, last_seen, gone_on FROM facts ORDER BY kind, first_seen, gone_on") == dates
    )
    new = {r[0] for r in rows(base, "SELECT id FROM facts WHERE kind = 'deadlines'")}
    aliases = dict(rows(base, "SELECT old_id, fact_id FROM aliases"))
    assert not old & new
    assert set(aliases) == old
    assert set(aliases.values()) == new


def test_a_page_that_comes_back_with_another_value(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10))})
    world.week(WEEKS[1], {"a": "gone"})
    world.week(WEEKS[2], {"a": "gone"})
    world.week(WEEKS[3], {"a": guide(makeup(3))})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert [r[2] for r in told(base)] == ["appeared", "page_gone", "value_changed"]
    assert rows(base, "SELECT amount, gone_on, withdrawn_on FROM v1_deadlines ORDER BY amount") == [
        (3.0, None, None), (10.0, HOURS[WEEKS[3]], HOURS[WEEKS[2]]),
    ]  # fmt: skip


def test_outage_marks_facts_stale_and_ends_nothing(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10))})
    world.week(WEEKS[1], {"a": "timeout"}, status="failed")
    world.week(WEEKS[2], {"a": "timeout"}, status="failed")
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert rows(base, "SELECT last_seen, last_checked, stale_since, gone_on FROM v1_deadlines") == [
        (HOURS[WEEKS[0]], HOURS[WEEKS[0]], HOURS[WEEKS[1]], None)
    ]
    assert rows(base, "SELECT failures_in_a_row, stale_since, age_days, last_ok_run FROM v1_sources") == [
        (2, HOURS[WEEKS[1]], 14, WEEKS[0])
    ]


def test_a_wall_shown_at_many_addresses_is_no_page(world: World, tmp_path: Path) -> None:
    pages: dict[str, Guide | bytes | str] = {str(n): guide(makeup(n)) for n in range(1, 6)}
    world.week(WEEKS[0], pages)
    world.week(WEEKS[1], dict.fromkeys(pages, WALL))
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert {r[2] for r in told(base)} == {"appeared"}
    assert rows(base, "SELECT DISTINCT content_outcome FROM fetches WHERE run = ?", WEEKS[1]) == [("same_text",)]


def test_shards_are_read_as_one(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = World(tmp_path / "other.db", monkeypatch)
    world.week(WEEKS[0], {"a": guide(makeup(10))}, source="one")
    other.week(WEEKS[0], {"b": guide(makeup(3))}, source="two")
    load.build([world.path, other.path], tmp_path / "kb.db")
    merged = tmp_path / "merged.db"
    with Archive(merged) as archive:
        archive.merge(world.path)
        archive.merge(other.path)
    load.build([merged], tmp_path / "kb2.db")
    assert state(tmp_path / "kb.db") == state(tmp_path / "kb2.db")
    assert json.loads(rows(tmp_path / "kb.db", "SELECT start_urls FROM sources")[0][0]) == [BASE]


def test_a_failed_build_leaves_the_base_as_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10))})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    before = state(base)
    world.week(WEEKS[1], {"a": guide(makeup(3))})

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(load.derive, "derive", broken)
    with pytest.raises(BaseError, match="cannot be written"):
        load.build([world.path], base)
    world.version("2")  # and so does a failed replay
    with pytest.raises(BaseError, match="cannot be written"):
        load.build([world.path], base)
    assert state(base) == before
    assert not base.with_name("kb.db.new").exists()


def test_a_base_of_an_older_schema_is_built_anew(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10))})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    before = state(base)
    db = sqlite3.connect(base)
    db.executescript("DROP TABLE facts; PRAGMA user_version = 0;")
    db.close()
    load.build([world.path], base)
    assert state(base) == before


LONG = "参保人员异地就医备案的有关规定如下，请按规定办理备案手续，以免影响费用结算。" * 20


def test_a_text_that_collapses_is_a_soft_404_and_ends_nothing(world: World, tmp_path: Path) -> None:
    """Whatever words are left: next to nothing of the page, and no fact."""
    world.week(WEEKS[0], {"a": guide(makeup(10), text=LONG + makeup(10).evidence[0].quote)})
    world.week(WEEKS[1], {"a": guide(text="正在为您加载")})
    world.week(WEEKS[2], {"a": "same"})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert rows(base, "SELECT run, content_outcome FROM fetches ORDER BY run") == [
        (WEEKS[0], "ok"), (WEEKS[1], "soft_404"), (WEEKS[2], "soft_404"),
    ]  # fmt: skip
    assert rows(base, "SELECT gone_on, stale_since FROM v1_deadlines") == [(None, HOURS[WEEKS[1]])]
    world.week(WEEKS[3], {"a": guide(makeup(10), text=LONG + makeup(10).evidence[0].quote)})
    load.build([world.path], base)
    assert rows(base, "SELECT gone_on, stale_since, last_seen FROM v1_deadlines") == [(None, None, HOURS[WEEKS[3]])]


def test_a_page_that_became_short_and_still_states_is_read(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10), text=LONG + makeup(10).evidence[0].quote)})
    world.week(WEEKS[1], {"a": guide(makeup(3))})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert [r[2] for r in told(base)] == ["appeared", "value_changed"]


@pytest.mark.parametrize(
    "notice", ["系统维护中，请稍后再试。", "网站正在升级维护，给您带来不便", "平台检修期间暂停访问", "服务器升级"]
)
def test_a_repair_notice_is_a_soft_404(world: World, tmp_path: Path, notice: str) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10)), "b": guide(text="本站由某某公司提供系统维护：电话见首页。")})
    world.week(WEEKS[1], {"a": guide(text=notice), "b": "same"})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    assert rows(base, "SELECT content_outcome FROM fetches WHERE run = ? ORDER BY url", WEEKS[1]) == [
        ("soft_404",), ("ok",)
    ]  # fmt: skip


def test_two_builds_of_one_base_at_a_time_are_refused(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": guide(makeup(10))})
    base = tmp_path / "kb.db"
    with base_lock(base), pytest.raises(BaseError, match="in use by another build"):
        load.build([world.path], base)
    load.build([world.path], base)


def test_a_build_that_was_killed_in_the_middle_is_taken_back(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {str(n): guide(makeup(n), text=makeup(n).evidence[0].quote + LONG) for n in range(1, 6)})
    base = tmp_path / "kb.db"
    load.build([world.path], base)
    before = state(base)
    killed = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA cache_size = 2')\n"
        "db.execute(\"UPDATE readings SET guide = guide || guide\"); db.execute('DELETE FROM evidence'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(base)], check=False).returncode == 9
    assert base.with_name("kb.db-journal").stat().st_size > 0  # its pages stand in the file already
    assert state(base) == before  # read-only, as `yidi status` opens it
    world.week(WEEKS[1], {"1": "same"})
    assert load.build([world.path], base).runs == [WEEKS[1]]
