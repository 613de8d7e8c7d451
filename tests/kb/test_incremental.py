"""Built week by week or all at once, a base holds the same, in every table: in chance weeks, and after every kind of
change by itself."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from kb import base, load, schema
from parsers.records import BenefitEffect, Channel, Deadline, Exemption, Fact, Guide, Region, Step
from tests.kb.world import WEEKS, World, guide, rows, said

REGIONS = (
    Region("130500", "邢台市"),
    Region("130000", "河北省"),
    Region("100000", "全国"),
    Region("320400", "常州市"),
    None,
)
TIERS = ("A", "A", "C", "D", "E")


def a_fact(dice: random.Random) -> Fact:
    days = dice.choice((3, 5, 10))
    kinds: list[Fact] = [
        said(Deadline, f"入院{days}日内{dice.choice(('可', '应当'))}补办。", kind="makeup_window", operator="lte",
             amount=float(days), unit="day", anchor="admission", direction="after",
             valid_to=dice.choice((None, None, "2026-10-10", "2026-10-20")),
             filing_types=dice.choice(((), ("emergency",), ("temporary",)))),
        said(Deadline, f"备案有效期{days}个月。", kind="validity", operator="gte", amount=float(days), unit="month",
             anchor="filing", direction="from", filing_types=("temporary",)),
        said(Exemption, "急诊抢救视同已备案。", kind="deemed_filed", filing_types=("emergency",)),
        said(BenefitEffect, f"未备案降低{days}个百分点。", effect="ratio_reduction", filing_status="unfiled",
             min=float(days), max=float(days), unit="pp"),
        said(Channel, f"可通过{dice.choice(('APP', '小程序'))}备案。", kind="app", level="national", operations=("apply",)),
        said(Step, f"登录{dice.choice(('平台', '系统'))}后选择备案类型，{days}日内提交申请", flow="filing", order=1,
             text=f"登录平台后选择备案类型，{days}日内提交申请"),
    ]  # fmt: skip
    return dice.choice(kinds)


def a_page(dice: random.Random, number: int) -> Guide:
    facts = {f.evidence[0].quote: f for f in (a_fact(dice) for _ in range(dice.randint(1, 4)))}
    padding = said(
        Channel, f"本页编号{number % 4}，" + "请以当地医保部门的答复为准；" * 12, kind="phone", level="municipal"
    )
    place = number if dice.random() < 0.8 else number + 1  # now and then a page speaks of another region
    return guide(*facts.values(), padding, region=REGIONS[place % 5], authority=TIERS[number % 5 - dice.randint(0, 1)],
                 published=dice.choice((None, "2021-07-08", "2024-01-01")))  # fmt: skip


def differing(one: Path, other: Path) -> list[str]:
    """Tables in which two bases differ."""
    return [
        table for table in schema.tables() if table not in ("readings", "page_readings", "meta")
        and sorted(map(str, rows(one, f"SELECT * FROM {table}"))) != sorted(map(str, rows(other, f"SELECT * FROM {table}")))
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_any_history(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    world = World(tmp_path / "archive.db", monkeypatch)
    held: set[str] = set()
    weekly = tmp_path / "weekly.db"
    for week in WEEKS[:6]:
        pages: dict[str, Guide | bytes | str] = {}
        for n in range(12):
            path = str(n)
            chance = dice.random()
            if path not in held or chance < 0.3:
                pages[path] = a_page(dice, n)
                held.add(path)
            elif chance < 0.75:
                pages[path] = dice.choice(("same", "same", "gone", "timeout"))
            elif chance < 0.8:
                pages[path] = guide(text="您访问的页面不存在")
        world.week(week, pages)
        load.build([world.path], weekly)
    once = tmp_path / "once.db"
    load.build([world.path], once)
    assert differing(weekly, once) == []
    assert rows(weekly, "SELECT count(DISTINCT event) >= 5 FROM fact_events") == [(1,)]
    assert rows(weekly, "SELECT count(*) > 0 FROM conflicts") == [(1,)]


def test_a_base_has_all_its_indexes_after_its_first_week_and_after_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "archive.db", monkeypatch)
    wanted = {made.split(" ON ")[0] for table in schema.tables() for made in base.indexes(table)}
    assert {"facts_page", "v1_guides_adcode", "v1_answers_adcode"} <= wanted
    for week in WEEKS[:2]:
        world.week(week, {"0": a_page(random.Random(5), 0)})
        load.build([world.path], tmp_path / "kb.db")
        made = rows(tmp_path / "kb.db", "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        assert {name for (name,) in made} == wanted


LOCAL, PROVINCE, NATION, OTHER, NOWHERE = range(5)
"""Numbers of pages about each of the REGIONS."""

CHANGES: dict[str, dict[str, Guide | bytes | str]] = {
    "local page": {str(LOCAL): a_page(random.Random(91), LOCAL)},
    "page of the province": {str(PROVINCE): a_page(random.Random(92), PROVINCE)},
    "national page": {str(NATION): a_page(random.Random(93), NATION)},
    "page about no region": {str(NOWHERE): a_page(random.Random(94), NOWHERE)},
    "another region": {str(LOCAL): a_page(random.Random(91), OTHER)},
    "new page": {"new": a_page(random.Random(95), LOCAL)},
    "copy": {"copy": a_page(random.Random(1000 + LOCAL), LOCAL)},
    "gone": {str(LOCAL): "gone"},
    "unreadable": {str(LOCAL): "timeout"},
    "soft 404": {str(LOCAL): guide(text="您访问的页面不存在")},
    "new soft 404": {"new": guide(text="您访问的页面不存在")},
    "nothing": {},
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_kind_of_change(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "archive.db", monkeypatch)
    first: dict[str, Guide | bytes | str] = {str(n): a_page(random.Random(1000 + n), n) for n in range(10)}
    weekly, once = tmp_path / "weekly.db", tmp_path / "once.db"
    world.week(WEEKS[0], first)
    load.build([world.path], weekly)
    before = rows(weekly, "SELECT * FROM v1_guides ORDER BY page_id")
    for week in WEEKS[1:3]:
        world.week(week, dict.fromkeys(first, "same") | CHANGES[change])
        assert not load.build([world.path], weekly).replayed
    load.build([world.path], once)
    assert differing(weekly, once) == []
    assert rows(weekly, "SELECT * FROM v1_guides ORDER BY page_id") != before  # at least the dates moved on


@pytest.mark.parametrize("part", [(load.vocabulary, "version"), (load, "code")], ids=["vocabulary", "code"])
def test_another_vocabulary_or_program_replays_everything(
    part: tuple[Any, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "archive.db", monkeypatch)
    world.week(WEEKS[0], {str(n): a_page(random.Random(n), n) for n in range(5)})
    kept, once = tmp_path / "kb.db", tmp_path / "once.db"
    load.build([world.path], kept)
    world.week(WEEKS[1], {"0": a_page(random.Random(50), 0)})
    monkeypatch.setattr(*part, lambda: "another")
    report = load.build([world.path], kept)
    assert (report.replayed, report.runs, report.parsed) == (True, list(WEEKS[:2]), 1)  # what was read stays read
    load.build([world.path], once)
    assert differing(kept, once) == []
