"""The benchmarks run, and their pages are what they say: small numbers, every part once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bench, pages, parsing, report
from benchmarks.measure import CommandError, cost
from crawler.archive import Archive

ROOT = Path(__file__).resolve().parent.parent


def test_equal_seeds_give_equal_pages_and_a_larger_number_begins_with_a_smaller() -> None:
    few, more = list(pages.pages(12)), list(pages.pages(20))
    assert few == more[:12]
    assert few != list(pages.pages(12, seed=8))


def test_pages_have_real_sizes_and_their_kinds() -> None:
    made = list(pages.pages(120))
    assert {page.kind for page in made} == set(pages.SHARES)
    assert all(9_000 < len(page.body) < 90_000 for page in made)
    assert len({page.url for page in made}) == 120


def test_shards_hold_all_pages_once(tmp_path: Path) -> None:
    whole = {page.url for page in pages.pages(30)}
    held: list[str] = []
    for n in (1, 2):
        pages.write(tmp_path / f"{n}.db", 30, shard=(n, 2))
        with Archive(tmp_path / f"{n}.db", read_only=True) as store:
            held += [fetch.url for fetch in store.fetches()]
    assert sorted(held) == sorted(whole)


def test_methods_are_compared_in_one_run() -> None:
    known = {
        name: read for name, read in parsing.methods().items() if name in (parsing.BASE, "yidi parse(), all facts")
    }
    sheets = [parsing.Sheet(p.url, p.body, p.body.decode("utf-8", "replace"), p.url) for p in pages.pages(2)]
    rows = {row["method"]: row for row in parsing.compare(sheets, 1, known)}
    assert rows[parsing.BASE]["times_base"] == {"median": 1.0, "min": 1.0, "max": 1.0}
    assert rows["yidi parse(), all facts"]["pages_s"] > 0


def test_the_harness_builds_checks_and_releases(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [
        sys.executable, str(ROOT / "benchmarks" / "scale.py"), "6", "--rounds", "0", "--folder", str(tmp_path),
        "--json", str(file),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(file.read_text("utf-8"))["sizes"]
    assert row["pages"] == 6
    assert all(
        row[step]["cpu_ms_per_page"] > 0 < row[step]["even_ms_per_page"] and row[step]["process_mb"] > 10
        for step in ("build", "check", "release")
    )


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"exit code 3: said\s+and why"):
        cost(
            [sys.executable, "-c", "import sys; print('said'); print('and why', file=sys.stderr); sys.exit(3)"],
            tmp_path,
        )


@pytest.mark.parametrize("arguments", [["speed"], ["--sizes", "1000,many"]])
def test_wrong_arguments_are_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(arguments)
    assert arguments[-1] in capsys.readouterr().err


def test_page_and_drawings_are_those_of_the_figures() -> None:
    held = report.load()
    text = report.PAGE.read_text("utf-8")
    assert report.page(text, held) == text
    for name, drawing in report.drawings(held).items():
        assert (report.IMAGES / name).read_text("utf-8") == drawing
        assert f"img/{name}" in text


def test_sizes_not_measured_anew_stay(tmp_path: Path) -> None:
    file = tmp_path / "performance.json"
    report.keep("scale", {"machine": {"cores": 2}, "sizes": [{"pages": 10, "archive_mb": 1}]}, file)
    report.keep("scale", {"machine": {"cores": 4}, "sizes": [{"pages": 20, "archive_mb": 2}]}, file)
    sizes = report.load(file)["scale"]["sizes"]
    assert [(row["pages"], row["machine"]["cores"]) for row in sizes] == [(10, 2), (20, 4)]
