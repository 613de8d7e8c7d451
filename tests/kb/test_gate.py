"""The gate stops what must not be published, and says why; a reason given overrules what is acceptable, and is kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kb import checks, load, release
from kb.base import open_base
from kb.ids import as_json
from parsers.records import Channel, Deadline, Fact, Guide, to_json
from tests.kb.world import WEEKS, World, guide, rows, said


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "archive.db", monkeypatch)


def window(days: int) -> Fact:
    return said(Deadline, f"入院{days}日内补办。", kind="makeup_window", operator="lte", amount=float(days), unit="day",
                anchor="admission", direction="after", raw=f"{days}日")  # fmt: skip


def pages(n: int) -> dict[str, Guide | bytes | str]:
    return {str(i): guide(window(i + 1)) for i in range(n)}


def built(world: World, base: Path) -> Path:
    load.build([world.path], base)
    return base


def stops(base: Path, previous: Path | None = None, accept: str | None = None) -> list[str]:
    db = open_base(base)
    before = open_base(previous, read_only=True) if previous else None
    with db:
        found = [r.check.id for r in checks.check(db, before, accept) if r.stops]
    db.close()
    if before is not None:
        before.close()
    return found


def change(base: Path, sql: str) -> None:
    db = sqlite3.connect(base)
    with db:
        db.execute(sql)
    db.close()


def test_a_good_base_passes(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(3))
    assert stops(built(world, tmp_path / "kb.db")) == []


def test_an_empty_run_stops(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(3))
    world.week(WEEKS[1], dict.fromkeys(pages(3), "timeout"), status="failed")
    assert "run_not_empty" in stops(built(world, tmp_path / "kb.db"))


def test_an_empty_base_stops(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": "dns"}, status="failed")
    assert {"relevant_pages", "facts", "run_not_empty"} <= set(stops(built(world, tmp_path / "kb.db")))


def test_a_half_run_stops(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(3))
    from crawler.archive import Archive

    with Archive(world.path) as archive:  # the process was killed: neither run nor source came to an end
        archive.begin_run(WEEKS[0])
        archive.begin_source(WEEKS[0], "sample", '{"id": "sample", "start": ["http://guide.example/"]}')
    assert {"run_finished", "sources_finished"} <= set(stops(built(world, tmp_path / "kb.db")))


def test_a_source_emptied_stops(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(3))
    world.week(WEEKS[0], {"x": guide(window(30))}, source="other")
    world.week(WEEKS[1], dict.fromkeys(pages(3), "http_error"), status="partial")
    world.week(WEEKS[1], {"x": "same"}, source="other")
    assert stops(built(world, tmp_path / "kb.db")) == ["source_emptied"]


def test_fewer_guides_than_a_source_promises_stops(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(3), definition={"expect": {"min_guides": 4}})
    assert stops(built(world, tmp_path / "kb.db")) == ["source_minimum"]


def test_fewer_facts_than_the_last_release_need_a_reason(world: World, tmp_path: Path) -> None:
    base, folder = tmp_path / "kb.db", tmp_path / "releases"
    world.week(WEEKS[0], pages(12))
    first = release.release(built(world, base), folder, formats=())
    gone: dict[str, Guide | bytes | str] = {
        p: guide(text="本页内容已经整理到其他栏目，详情请查看专题。" + p) for p in list(pages(12))[:3]
    }
    world.week(WEEKS[1], pages(12) | gone)
    built(world, base)
    assert stops(base, first.database) == ["facts_drop"]
    with pytest.raises(release.GateError, match="facts_drop"):
        release.release(base, folder, formats=())
    assert stops(base, first.database, "专栏合并，已核对") == []
    assert release.release(base, folder, formats=()).run == WEEKS[1]
    assert rows(folder / WEEKS[1] / "yidi.db", "SELECT run, check_id, reason FROM acceptances") == [
        (WEEKS[1], "facts_drop", "专栏合并，已核对")
    ]


def test_a_column_emptied_stops(world: World, tmp_path: Path) -> None:
    base, folder = tmp_path / "kb.db", tmp_path / "releases"
    world.week(WEEKS[0], pages(12))
    first = release.release(built(world, base), folder, formats=())
    world.week(WEEKS[1], pages(12))
    built(world, base)
    change(base, "UPDATE deadlines SET raw = NULL")
    assert stops(base, first.database) == ["columns_emptied"]


def test_a_column_emptied_in_one_source_warns(world: World, tmp_path: Path) -> None:
    base, folder = tmp_path / "kb.db", tmp_path / "releases"
    world.week(WEEKS[0], pages(12), source="one")
    world.week(WEEKS[0], {f"two-{i}": guide(window(i + 1)) for i in range(12)}, source="two")
    first = release.release(built(world, base), folder)
    change(
        base, "UPDATE deadlines SET raw = NULL WHERE fact_id IN (SELECT fact_id FROM v1_deadlines WHERE source = 'two')"
    )
    db, before = open_base(base), open_base(first.database, read_only=True)
    found = {r.check.id: (r.passed, r.stops, r.detail) for r in checks.check(db, before)}
    db.close()
    before.close()
    assert found["columns_emptied"] == (True, False, "")
    assert found["source_columns_emptied"] == (False, False, "two v1_deadlines.raw 100% → 0%")


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE evidence SET quote = '从未写过的话' WHERE rowid = 1", "evidence_verified"),
        ('UPDATE evidence SET start = start + 1, "end" = "end" + 1 WHERE rowid = 1', "evidence_verified"),
        ("DELETE FROM evidence WHERE rowid = 1", "evidence_held"),
        ("UPDATE facts SET region_adcode = '999999' WHERE rowid = 1", "foreign_keys"),
        ("UPDATE deadlines SET anchor = 'someday' WHERE rowid = 1", "vocabularies"),
        ("UPDATE facts SET filing_types = '[\"nobody\"]' WHERE rowid = 1", "vocabularies"),
        ("UPDATE pages SET title = '联系人 13912345678'", "masked"),
        ("UPDATE facts SET last_seen = '2001-01-01' WHERE rowid = 1", "observation_dates"),
        ("UPDATE pages SET last_seen = '2001-01-01'", "observation_dates"),
        ("DELETE FROM spells WHERE rowid = 1", "spells"),
        ("DELETE FROM best WHERE rowid = 1", "public_rows"),
    ],
)
def test_damage_stops_and_no_reason_helps(world: World, tmp_path: Path, damage: str, check: str) -> None:
    world.week(WEEKS[0], pages(3))
    base = built(world, tmp_path / "kb.db")
    change(base, damage)
    assert check in stops(base, accept="照发不误")


def test_a_quote_that_is_not_at_its_place_is_refused_and_reported(world: World, tmp_path: Path) -> None:
    page = guide(said(Channel, "可用APP备案。", kind="app"), window(3))
    text = as_json(to_json(page)).replace('"quote":"可用APP备案。"', '"quote":"可用网站备案。"')
    world.week(WEEKS[0], {"a": text.encode()})
    base = built(world, tmp_path / "kb.db")
    assert rows(base, "SELECT kind FROM facts") == [("deadlines",)]
    assert rows(base, "SELECT code, detail FROM issues ORDER BY code") == [
        ("no_evidence", "channels: "), ("unverified_quote", "channels: 可用网站备案。"),
    ]  # fmt: skip
    assert stops(base) == []


def sources(world: World, week: str, states: list[str]) -> None:
    """One page per source, each in its state."""
    for n, state in enumerate(states):
        page = guide(window(n + 1)) if state == "ok" else "timeout"
        world.week(week, {f"s{n}": page}, source=f"s{n}", status=state)


def test_more_than_a_fifth_of_the_sources_failing_stops(world: World, tmp_path: Path) -> None:
    sources(world, WEEKS[0], ["ok"] * 4 + ["failed"])
    assert "sources_failed" not in stops(built(world, tmp_path / "kb.db"))
    sources(world, WEEKS[1], ["ok"] * 3 + ["failed", "empty"])
    base = built(world, tmp_path / "kb.db")
    assert "sources_failed" in stops(base)
    assert "sources_failed" not in stops(base, accept="两个网站正在改版，已核对")


def test_more_than_30_percent_of_the_pages_changed_at_once_stops(world: World, tmp_path: Path) -> None:
    def changed(n: int) -> dict[str, Guide | bytes | str]:
        return pages(12) | {str(i): guide(window(i + 1), text=f"第{n}版。入院{i + 1}日内补办。") for i in range(n)}

    world.week(WEEKS[0], pages(12))
    world.week(WEEKS[1], changed(3))  # 25 %
    assert stops(built(world, tmp_path / "kb.db")) == []
    world.week(WEEKS[2], changed(4))  # all four are new wordings, 33 %
    base = built(world, tmp_path / "kb.db")
    assert stops(base) == ["pages_changed"]
    assert rows(base, "SELECT value FROM check_results WHERE id = 'pages_changed'") == [("0.3333",)]
    assert stops(base, accept="全站改版，已核对") == []


def test_few_pages_may_all_change(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(9))
    world.week(WEEKS[1], {str(i): guide(window(i + 20)) for i in range(9)})
    assert stops(built(world, tmp_path / "kb.db")) == []


def test_a_view_counter_is_no_change(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], pages(12))
    counted = {
        path: as_json(to_json(page)).encode() + b" " for path, page in pages(12).items() if isinstance(page, Guide)
    }
    world.week(WEEKS[1], {**counted})
    base = built(world, tmp_path / "kb.db")
    assert rows(base, "SELECT count(DISTINCT sha256) FROM fetches") == [(24,)]
    assert stops(base) == []


def test_a_source_below_its_own_largest_drop_stops(world: World, tmp_path: Path) -> None:
    definition = {"expect": {"min_guides": 1, "max_drop": 0.25}}
    world.week(WEEKS[0], pages(8), definition=definition)
    world.week(WEEKS[1], pages(8) | dict.fromkeys(("0", "1"), "gone"), definition=definition)
    assert stops(built(world, tmp_path / "kb.db")) == []  # 6 of 8
    world.week(WEEKS[2], pages(8) | dict.fromkeys(("0", "1", "2", "3"), "gone"), definition=definition)
    assert stops(built(world, tmp_path / "kb.db")) == ["source_drop"]  # 4 of 6
