"""The scripts behind make: they refuse what they must not touch, and say in one line what is wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import eval_road, quality
from scripts.serve_site import write_sources

ROOT = Path(__file__).resolve().parent.parent


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / script), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("script", ["scripts/run_sample.py", "benchmarks/eval_road.py"])
def test_a_folder_of_somebody_else_is_not_emptied(script: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work", "utf-8")
    kit = tmp_path / "kit"
    (kit / "dev").mkdir(parents=True)
    (kit / "score.py").touch()
    arguments = [str(kit)] if "eval" in script else ["--no-serve"]
    done = run(script, *arguments, "--data", str(tmp_path))
    assert done.returncode == 2
    assert "not emptied" in done.stderr
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "three years of work"


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for script, arguments in (
            ("scripts/run_sample.py", ["--no-serve", "--data", str(tmp_path / "data"), "--port", port]),
            ("scripts/serve_site.py", ["--port", port]),
        ):
            done = run(script, *arguments)
            assert done.returncode == 2
            assert len(done.stderr.splitlines()) == 1
            assert port in done.stderr


def test_sources_are_copied_with_their_server(tmp_path: Path) -> None:
    entries, out = tmp_path / "entries", tmp_path / "out"
    entries.mkdir()
    out.mkdir()
    (entries / "a.yml").write_text("id: a\n", "utf-8")
    (out / "old.yml").write_text("id: old\n", "utf-8")
    (written,) = write_sources(entries, out, "http://127.0.0.1:9")
    assert written.read_text("utf-8") == "id: a\nvia: http://127.0.0.1:9\n"
    assert [file.name for file in out.iterdir()] == ["a.yml"]


def test_an_evaluation_without_annotated_pages_says_so(tmp_path: Path) -> None:
    done = run("benchmarks/eval_road.py", str(tmp_path / "none"), "--data", str(tmp_path / "data"))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert "nothing to score" in done.stdout
    assert not (tmp_path / "data").exists()


def test_the_sources_of_an_evaluation_give_nothing_away(tmp_path: Path) -> None:
    """No region, publisher, authority or layout: the page alone must tell."""
    sites = {"gov1": {"skin": "gov", "lists": ["/gov1/"]}, "law2": {"skin": "real", "lists": ["/law2/"]}}
    eval_road.write_sources(sites, "http://127.0.0.1:9", tmp_path / "sources")
    from crawler.sources import load_sources

    for source in load_sources(tmp_path / "sources"):
        assert source.region is None
        assert source.publisher is None
        assert source.authority is None
        assert source.layout is None
        assert source.allow_private
        assert source.start == [f"http://127.0.0.1:9/{source.id.removeprefix('eval-')}/"]


def test_the_codebook_is_up_to_date() -> None:
    done = run("scripts/make_codebook.py", "--check")
    assert done.returncode == 0, done.stderr


def test_the_published_scores_are_the_measured_ones() -> None:
    """docs/QUALITY.md and kb/quality.yml follow from benchmarks/quality.json, and no floor stands above its score."""
    kept = json.loads(quality.FLOORS.read_text("utf-8"))
    text = quality.DOCUMENT.read_text("utf-8")
    assert quality.document(text, quality.tables(kept)) == text
    assert quality.PUBLISHED.read_text("utf-8") == quality.released(kept["scores"])
    assert quality.below(kept["measured"], kept["floors"]) == []


def test_floors_only_rise() -> None:
    floors = {"dev": {"steps": 0.9, "faq": 0.8}}
    measured = {"dev": {"steps": 0.857, "faq": 0.999, "page_type": 0.7}}
    assert quality.below(measured, floors) == ["dev steps: 0.8570, floor 0.9"]
    assert quality.raised(measured, floors, lower=False) == {"dev": {"steps": 0.9, "faq": 0.99}}
    assert quality.raised(measured, floors, lower=True) == {"dev": {"steps": 0.85, "faq": 0.99}}


def test_damaged_pages_bring_no_fault() -> None:
    done = run("scripts/fuzz.py", "--pages", "20", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert "no fault" in done.stdout
