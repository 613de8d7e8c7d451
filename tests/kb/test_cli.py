"""The command line: what it prints, which mistakes it tells, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kb import load, release
from kb.cli import main
from parsers.records import Deadline, Guide
from tests.kb.world import BASE, WEEKS, World, guide, said

PAGE = """<html><head><title>邢台市异地就医备案指南</title></head><body><div class="content">
<h1>邢台市异地就医备案指南</h1>
<p>参保人员可通过国家医保服务平台APP办理异地就医备案，需携带身份证。</p>
<p>因病情紧急未及时备案的，临时外出就医人员入院10日内可以补办备案。</p></div></body></html>"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("YIDI_DATA", str(tmp_path))
    return World(tmp_path / "archive.db", monkeypatch)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIDI_DATA", str(tmp_path))
    return tmp_path


def window(days: int) -> Guide:
    return guide(said(Deadline, f"入院{days}日内补办。", kind="makeup_window", operator="lte", amount=float(days), unit="day",
                      anchor="admission", direction="after"))  # fmt: skip


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line a mistake is told in."""
    assert run(*arguments) == 2
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1, error
    return error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build"], "no archive at"),
        (["build", "--archive", "missing.db"], "no archive at missing.db"),
        (["check"], "no knowledge base at"),
        (["release"], "no knowledge base at"),
        (["release", "--rollback"], "no release to go back to"),
        (["serve"], "no knowledge base at"),
        (["issues"], "no knowledge base at"),
        (["diff", "a", "b"], "no knowledge base at"),
        (["export", "out"], "no knowledge base at"),
        (["eval", "nowhere"], "is missing"),
        (["archive", "stats"], "no archive at"),
        (["parse", "missing.html"], "missing.html: No such file"),
        (["parse", "http://a.example/"], "no archive at"),
        (["parse", "a", "b", "--url", "http://a.example/"], "give one"),
        (["crawl", "--shard", "x"], "must be I/N"),
        (["crawl", "no-such-source"], "no source 'no-such-source'"),
        (["add-source", "ftp://a.example/"], "must be an http or https address"),
    ],
)
def test_mistakes_are_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert words in refused(capsys, *arguments)


def test_files_that_are_no_base(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "kb.db").write_bytes(b"not a database at all, and long enough to be looked at as one" * 20)
    assert "cannot be read as a knowledge base" in refused(capsys, "check")
    (data / "kb.db").write_bytes(b"")
    assert "is not a knowledge base of yidi" in refused(capsys, "check")
    (data / "archive.db").write_bytes(b"neither is this" * 100)
    assert "archive" in refused(capsys, "build")


def test_help_costs_nothing() -> None:
    """No parser, crawler or Datasette is loaded for --help."""
    code = (
        "import sys, kb.cli\n"
        "try:\n    kb.cli.main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'scrapy', 'lxml', 'datasette', 'parsers.guide', 'pydantic', 'yaml'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "build" in done.stdout


def test_parse_prints_a_guide_with_verified_places(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "page.html").write_text(PAGE, "utf-8")
    main_code = _plain("parse", str(data / "page.html"), "--url", "http://a.example/1.html")
    assert main_code == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["url"] == "http://a.example/1.html"
    assert printed["region"]["adcode"] == "130500"
    assert printed["deadlines"][0]["amount"] == 10
    places = [e for name in ("channels", "materials", "deadlines") for f in printed[name] for e in f["evidence"]]
    assert len(places) >= 3
    assert all(printed["main_text"][e["start"] : e["end"]] == e["quote"] for e in places)


def test_parse_several_prints_one_per_line_and_names_the_bad_one(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "page.html").write_text(PAGE, "utf-8")
    (data / "empty.html").write_bytes(b"")
    assert run("parse", str(data / "page.html"), str(data / "empty.html")) == 2
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["relevant"] for line in lines] == [True, False]
    assert captured.err.count("\n") == 1
    assert "empty.html" in captured.err


def test_explain_shows_rules_and_quotes(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "page.html").write_text(PAGE, "utf-8")
    assert _plain("parse", str(data / "page.html"), "--explain") == 0
    out = capsys.readouterr().out
    assert "deadlines." in out
    assert "入院10日内" in out


def _plain(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_road(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.week(WEEKS[0], {"a": window(10), "b": window(20)})
    assert _plain("build") == 0
    assert _plain("check") == 0
    assert _plain("release", "--revision", "r1") == 0
    world.week(WEEKS[1], {"a": window(15), "b": "same"})
    assert _plain("build") == 0
    capsys.readouterr()
    assert _plain("diff", WEEKS[0], WEEKS[1]) == 0
    out = capsys.readouterr().out
    assert "1  value_changed" in out
    assert "入院后≤10日 → 入院后≤15日" in out
    assert "no run 2020-W01" in refused(capsys, "diff", "2020-W01", WEEKS[1])
    assert _plain("status") == 0
    assert f"latest {WEEKS[0]}" in capsys.readouterr().out
    assert _plain("release") == 0
    assert _plain("release", "--rollback") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"release {WEEKS[0]}")
    assert _plain("export", str(tmp_path / "out"), "--format", "csv") == 0
    assert (tmp_path / "out" / "csv" / "v1_deadlines.csv").is_file()
    assert "no format 'xls'" in refused(capsys, "export", str(tmp_path / "out"), "--format", "xls")


def test_parse_reads_an_address_from_the_archive(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.week(WEEKS[0], {"a": window(10)})
    world.week(WEEKS[1], {"a": window(15)})
    assert _plain("parse", f"{BASE}a") == 0
    assert json.loads(capsys.readouterr().out)["deadlines"][0]["amount"] == 15
    assert "not in the archive" in refused(capsys, "parse", f"{BASE}zzz")


def test_a_shut_gate_is_exit_code_one(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.week(WEEKS[0], {"a": "timeout"}, status="failed")
    assert _plain("build") == 0
    assert run("check") == 1
    assert "run_not_empty" in capsys.readouterr().out
    assert run("release") == 1
    assert "not published" in capsys.readouterr().err
    assert not (world.path.parent / "releases" / "latest").exists()


def test_a_new_release_leaves_a_served_one_alone(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": window(10)})
    load.build([world.path], tmp_path / "kb.db")
    first = release.release(tmp_path / "kb.db", tmp_path / "releases", formats=())
    before = first.database.read_bytes()
    world.week(WEEKS[1], {"a": window(15)})
    load.build([world.path], tmp_path / "kb.db")
    second = release.release(tmp_path / "kb.db", tmp_path / "releases", formats=())
    assert second.run == WEEKS[1]
    assert first.database.read_bytes() == before
