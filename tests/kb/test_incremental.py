"""Chance weeks: built week by week or all at once, a base holds the same, in every table."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kb import load, schema
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
    return guide(*facts.values(), padding, region=REGIONS[number % 5], authority=TIERS[number % 5 - dice.randint(0, 1)],
                 published=dice.choice((None, "2021-07-08", "2024-01-01")))  # fmt: skip


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
    for table in schema.tables():
        if table not in ("readings", "page_readings", "meta"):
            sql = f"SELECT * FROM {table}"
            assert sorted(map(str, rows(weekly, sql))) == sorted(map(str, rows(once, sql))), table
    assert rows(weekly, "SELECT count(DISTINCT event) >= 5 FROM fact_events") == [(1,)]
    assert rows(weekly, "SELECT count(*) > 0 FROM conflicts") == [(1,)]
