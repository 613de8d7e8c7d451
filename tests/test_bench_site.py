"""The benchmark of the site on a small base: it runs, tells what it should, and its base is a true one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from benchmarks import bench_site, enlarge


@pytest.fixture(scope="module")
def database(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    assert enlarge.enlarge(sample_data / "kb.db", folder / "kb.db", 900) >= 900
    return enlarge.published(folder / "kb.db", folder)


def test_every_quote_of_the_enlarged_base_stands_where_it_says(database: Path) -> None:
    db = sqlite3.connect(database)
    rows = db.execute(
        'SELECT e.quote, substr(s.main_text, e.start + 1, e."end" - e.start), f.region_adcode FROM evidence e'
        " JOIN snapshots s ON s.id = e.snapshot_id JOIN facts f ON f.id = e.fact_id"
    ).fetchall()
    assert len(rows) >= 900
    assert [quote for quote, there, _ in rows if quote != there] == []
    assert len({adcode for _, _, adcode in rows}) > 10
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_enlarged_base_is_the_same_every_time(sample_data: Path, tmp_path: Path) -> None:
    for name in ("a.db", "b.db"):
        enlarge.enlarge(sample_data / "kb.db", tmp_path / name, 600)
    one, other = (sqlite3.connect(tmp_path / name) for name in ("a.db", "b.db"))
    assert list(one.iterdump()) == list(other.iterdump())


def test_figures_of_one_address_of_each_sort(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "site.json"
    code = bench_site.main([str(database), "--rounds", "2", "--only", "row", "--json", str(target), "--limit", "60000"])
    assert code == 0
    said = json.loads(target.read_text("utf-8"))
    results = {r["kind"]: r for r in said["results"]}
    assert set(results) == {"row", "html row"}
    assert results["row"]["ours"]["p95_ms"] >= results["row"]["ours"]["median_ms"] > 0
    assert results["row"]["plain"]["median_ms"] > 0
    assert results["row"]["ratio"] > 0
    assert said["facts"] >= 900
    assert "beside plain Datasette" in capsys.readouterr().out
