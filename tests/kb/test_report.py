"""The report of a run, the weekly command that writes it however it ends, and the notice where it failed."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from crawler.archive import Archive, ArchiveError
from crawler.outcomes import MEANINGS
from crawler.run import RunReport, SourceReport
from kb import checks, refresh, release, report
from kb.base import BaseError
from kb.cli import main
from kb.report import Failure, Place
from parsers.records import Deadline, Guide
from tests.kb.world import HOURS, WEEKS, World, guide, said

Pages = dict[str, Guide | bytes | str]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("YIDI_DATA", str(tmp_path))
    monkeypatch.delenv("YIDI_ON_FAILURE", raising=False)
    monkeypatch.setattr(refresh, "load_sources", lambda _: [])
    return World(tmp_path / "archive.db", monkeypatch)


@pytest.fixture
def crawls(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the next crawl of `refresh` finds; all steps after it are the real ones."""

    def will(week: str, pages: Pages, *, stopped: str | None = None, **more: object) -> None:
        def crawl(*_: object, **__: object) -> RunReport:
            world.week(week, pages, **more)  # type: ignore[arg-type]
            with Archive(world.path, read_only=True) as store:
                rows = tuple(SourceReport(row, {}, {}) for row in store.run_sources(week))
            return RunReport(week, world.path, stopped is None, rows, stopped=stopped)

        monkeypatch.setattr(refresh, "crawl", crawl)

    return will


def window(days: int) -> Guide:
    return guide(said(Deadline, f"入院{days}日内补办。", kind="makeup_window", operator="lte", amount=float(days), unit="day",
                      anchor="admission", direction="after"))  # fmt: skip


def told(folder: Path, run: str) -> tuple[dict, str]:
    """The JSON and the Markdown of a run's report."""
    return (
        json.loads((folder / "reports" / f"{run}.json").read_text("utf-8")),
        (folder / "reports" / f"{run}.md").read_text("utf-8"),
    )


def hook(folder: Path) -> str:
    """A command that writes down what it was given."""
    script = folder / "hook.py"
    script.write_text(
        "import json, os, sys\n"
        "given = {k: v for k, v in os.environ.items() if k in ('YIDI_REPORT', 'YIDI_REPORT_JSON', 'YIDI_RUN', 'YIDI_EXIT')}\n"
        "given['stdin'] = sys.stdin.read()\n"
        f"open({str(folder / 'noticed.json')!r}, 'w').write(json.dumps(given))\n",
        "utf-8",
    )
    return f"{sys.executable} {script}"


def noticed(folder: Path) -> dict[str, str] | None:
    file = folder / "noticed.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def test_a_published_run(crawls: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = hook(tmp_path)
    for week, days in ((WEEKS[0], 10), (WEEKS[1], 15)):
        crawls(week, {"a": window(days), "b": window(3)})
        assert refresh.refresh(None, None, on_failure=command) == 0
    assert noticed(tmp_path) is None
    found, text = told(tmp_path, WEEKS[1])
    assert (found["result"], found["run"], found["complete"]) == ("published", WEEKS[1], True)
    assert found["steps"] == {"crawl": "done", "build": "done", "check": "open", "release": "done"}
    assert found["release"]["run"] == WEEKS[1]
    assert found["texts"] == {"compared": 2, "changed": 1}
    assert found["events"] == {"value_changed": 1}
    (source,) = found["sources"]
    assert (source["facts"], source["facts_before"], source["failures_in_a_row"]) == (2, 2, 0)
    assert source["contents"] == {"ok": 2}
    assert text.startswith(f"# yidi {WEEKS[1]}: published\n")
    assert "Main text: 1 of 2 pages changed." in text
    assert "| value_changed | 邢台市 |" in text
    out = capsys.readouterr().out
    assert f"since {WEEKS[0]}:" in out
    assert "入院后≤10日 → 入院后≤15日" in out
    assert f"report   {tmp_path / 'reports' / WEEKS[1]}.md" in out


def test_a_shut_gate_is_told_with_what_to_do(
    crawls: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawls(WEEKS[0], {"a": window(10)})
    assert refresh.refresh(None, None) == 0
    crawls(WEEKS[1], {"a": "timeout"}, status="failed")
    assert refresh.refresh(None, None, on_failure=hook(tmp_path)) == 1
    assert "run_not_empty" in capsys.readouterr().err
    newest = release.latest(tmp_path / "releases")
    assert newest is not None
    assert newest.run == WEEKS[0]  # the week without an answer was not published
    found, text = told(tmp_path, WEEKS[1])
    assert found["result"] == "not_published"
    assert found["steps"] == {"crawl": "done", "build": "done", "check": "shut", "release": "not run"}
    assert found["release"]["run"] == WEEKS[0]
    assert {check["id"] for check in found["checks"] if check["stops"]} == {"run_not_empty", "sources_failed"}
    assert any(line.startswith("run_not_empty: Nothing readable came back") for line in found["todo"])
    assert any(line.startswith("sample (failed): Run again; raise `timeout_s`") for line in found["todo"])
    given = noticed(tmp_path)
    assert given is not None
    assert given == {
        "YIDI_REPORT": str(tmp_path / "reports" / f"{WEEKS[1]}.md"),
        "YIDI_REPORT_JSON": str(tmp_path / "reports" / f"{WEEKS[1]}.json"),
        "YIDI_RUN": WEEKS[1], "YIDI_EXIT": "1", "stdin": text,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "broken", "states"),
    [
        ("build", "build", {"crawl": "done", "build": "failed", "check": "not run", "release": "not run"}),
        ("release", "release.release", {"crawl": "done", "build": "done", "check": "not run", "release": "failed"}),
    ],
)
def test_a_step_that_breaks_off_is_told(
    crawls: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, broken: str,
    states: dict[str, str],
) -> None:  # fmt: skip
    def breaks(*_: object, **__: object) -> None:
        raise BaseError("kb.db cannot be written (database or disk is full)")

    crawls(WEEKS[0], {"a": window(10)})
    monkeypatch.setattr(f"kb.refresh.{broken}", breaks)
    with pytest.raises(BaseError):
        refresh.refresh(None, None, on_failure=hook(tmp_path))
    found, text = told(tmp_path, WEEKS[0])
    assert (found["result"], found["failed_step"], found["steps"]) == ("failed", step, states)
    assert found["todo"][0].startswith(f"{step}: kb.db cannot be written (database or disk is full). ")
    assert f"**{step}**: kb.db cannot be written" in text
    given = noticed(tmp_path)
    assert given is not None
    assert (given["YIDI_RUN"], given["YIDI_EXIT"]) == (WEEKS[0], "2")


def test_a_crawl_that_cannot_begin_leaves_the_reports_of_runs_alone(
    crawls: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawls(WEEKS[0], {"a": window(10)})
    assert refresh.refresh(None, None) == 0
    before = told(tmp_path, WEEKS[0])

    def locked(*_: object, **__: object) -> None:
        raise ArchiveError("archive archive.db is in use by another crawl")

    monkeypatch.setattr(refresh, "crawl", locked)
    with pytest.raises(ArchiveError):
        refresh.refresh(None, None, on_failure=hook(tmp_path))
    assert told(tmp_path, WEEKS[0]) == before
    (attempt,) = (tmp_path / "reports").glob("attempt-*.json")
    found = json.loads(attempt.read_text("utf-8"))
    assert (found["run"], found["failed_step"]) == (None, "crawl")
    given = noticed(tmp_path)
    assert given is not None
    assert (given["YIDI_RUN"], Path(given["YIDI_REPORT_JSON"])) == ("", attempt)


def test_one_refresh_at_a_time(crawls: Callable[..., None], tmp_path: Path) -> None:
    crawls(WEEKS[0], {"a": window(10)})
    with (tmp_path / "refresh.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(BaseError, match="in use by another refresh"):
            refresh.refresh(None, None)
    assert refresh.refresh(None, None) == 0


@pytest.mark.parametrize(("stopped", "code"), [("window", 75), ("interrupt", 130)])
def test_a_crawl_that_was_stopped_is_no_failure(
    crawls: Callable[..., None], tmp_path: Path, stopped: str, code: int
) -> None:
    crawls(WEEKS[0], {"a": window(10)}, stopped=stopped, complete=False)
    assert refresh.refresh(None, None, on_failure=hook(tmp_path)) == code
    assert noticed(tmp_path) is None
    assert not (tmp_path / "kb.db").exists()
    found, _ = told(tmp_path, WEEKS[0])
    assert (found["result"], found["steps"]["crawl"]) == ("unfinished", "not complete")


def test_outside_the_window_it_does_not_begin(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")  # 19:06 in Shanghai
    monkeypatch.setenv("YIDI_WINDOW", "22:00-06:00")
    with pytest.raises(SystemExit) as ended:
        main(["refresh"])
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err.strip() == "yidi: outside the window 22:00-06:00 (Asia/Shanghai) that YIDI_WINDOW sets"
    )


def test_once_does_nothing_in_a_week_that_is_published(
    crawls: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crawls(WEEKS[0], {"a": window(10)})
    assert refresh.refresh(None, None, once=True) == 0
    assert release.latest(tmp_path / "releases") is not None

    def never(*_: object, **__: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(refresh, "crawl", never)
    assert refresh.refresh(None, None, once=True) == 0
    assert "nothing to do" in capsys.readouterr().out
    crawls(WEEKS[1], {"a": window(10)})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1791165600")  # the week after
    assert HOURS[WEEKS[1]] == "2026-10-05"
    assert refresh.refresh(None, None, once=True) == 0
    newest = release.latest(tmp_path / "releases")
    assert newest is not None
    assert newest.run == WEEKS[1]


def test_what_a_killed_release_left_is_swept(crawls: Callable[..., None], tmp_path: Path) -> None:
    left = tmp_path / "releases" / ".new-abc" / WEEKS[0]
    left.mkdir(parents=True)
    crawls(WEEKS[0], {"a": window(10)})
    assert refresh.refresh(None, None) == 0
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [WEEKS[0], "latest"]


@pytest.mark.parametrize(
    ("command", "fault"),
    [("no-such-command", "FileNotFoundError"), ("false", "ended with 1"), ("'unclosed", "No closing quotation")],
)
def test_a_notice_that_fails_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, fault: str
) -> None:
    assert not refresh.notice(command, None, None, 1)
    error = capsys.readouterr().err
    assert error.startswith(f"yidi: the notice of failure was not sent: {command}: ")
    assert fault in error
    assert error.count("\n") == 1


def test_every_step_by_hand_writes_the_report(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.week(WEEKS[0], {"a": "timeout"}, status="failed")
    place = Place.of(tmp_path)
    states = []
    for command, code in (("build", 0), ("check", 1), ("release", 1)):
        if code:
            with pytest.raises(SystemExit) as ended:
                main([command])
            assert ended.value.code == code
        else:
            with pytest.raises(SystemExit):
                main([command])
        states.append(told(tmp_path, WEEKS[0])[0]["steps"])
    assert [state["check"] for state in states] == ["not run", "shut", "shut"]
    assert {state["build"] for state in states} == {"done"}
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["report", "--json"])
    assert json.loads(capsys.readouterr().out)["result"] == "not_published"
    assert place.reports == tmp_path / "reports"


def test_a_step_by_hand_that_breaks_off_writes_the_report(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": window(10)})
    (tmp_path / "kb.db").write_bytes(b"not a database at all, and long enough to be looked at as one" * 20)
    with pytest.raises(SystemExit) as ended:
        main(["build"])
    assert ended.value.code == 2
    found, _ = told(tmp_path, WEEKS[0])
    assert (found["result"], found["failed_step"]) == ("failed", "build")
    assert "cannot be read as a knowledge base" in found["error"]


def test_the_report_of_an_older_run_stays_as_it_was_written(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.week(WEEKS[0], {"a": window(10)})
    for command in ("build", "check"):
        with pytest.raises(SystemExit):
            main([command])
    before = told(tmp_path, WEEKS[0])
    assert before[0]["steps"]["check"] == "open"
    world.week(WEEKS[1], {"a": window(15)})
    with pytest.raises(SystemExit):
        main(["build"])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["report", WEEKS[0]])
    assert capsys.readouterr().out == before[1]
    assert told(tmp_path, WEEKS[0]) == before


def test_an_unknown_run_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.week(WEEKS[0], {"a": window(10)})
    with pytest.raises(SystemExit) as ended:
        main(["report", "2001-W01"])
    assert ended.value.code == 2
    assert "no run 2001-W01" in capsys.readouterr().err


def test_cells_are_one_line_and_bars_are_escaped(world: World, tmp_path: Path) -> None:
    world.week(WEEKS[0], {"a": "timeout"}, status="failed", source="a", definition={"name": "x"})
    found = report.collect(Place.of(tmp_path), WEEKS[0], Failure("build", "a | b\nc"))
    found["sources"][0]["reason"] = "one | two\nthree"
    row = next(line for line in report.markdown(found).splitlines() if line.startswith("| a |"))
    assert row.endswith(r"| one \| two three |")
    assert row.count(" | ") == 10


def test_status_shows_every_source(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.week(WEEKS[0], {"a": window(10)}, source="well")
    world.week(WEEKS[0], {"b": window(3)}, source="lost")
    for command in ("build", "check", "release"):
        with pytest.raises(SystemExit):
            main([command])
    for week in WEEKS[1:4]:
        world.week(week, {"a": window(10), "c": window(5)}, source="well")
        world.week(week, {"b": "dns"}, source="lost", status="failed")
    with pytest.raises(SystemExit):
        main(["build"])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["status"])
    lines = capsys.readouterr().out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  lost"))
    assert " ".join(lines[at].split()) == (
        f"lost failed 1 pages good {HOURS[WEEKS[0]]} (21 days ago) failed 3 in a row facts 1 (1)"
    )
    assert lines[at + 1].strip().startswith("→ Look at the start address in a browser.")
    well = next(line for line in lines if line.startswith("  well"))
    assert " ".join(well.split()) == f"well ok 2 pages good {HOURS[WEEKS[3]]} failed 0 in a row facts 2 (1)"


def test_there_is_advice_for_everything_that_can_happen() -> None:
    known = report.advice()
    terms = yaml.safe_load((Path(report.__file__).parent / "terms.yml").read_text("utf-8"))
    assert set(known["outcomes"]) == {str(outcome) for outcome in MEANINGS} - {"ok", "not_modified"}
    assert set(known["contents"]) == set(terms["content_outcome"]) - {"ok"}
    assert set(known["statuses"]) == (set(terms["source_status"]) | {"unfinished"}) - {"ok"}
    assert set(known["steps"]) == set(report.STEPS)
    assert set(known["checks"]) <= {check.id for check in checks.load_checks()}
    assert all(line and "\n" not in line for section in known.values() for line in section.values())


def test_a_report_that_cannot_be_written_does_not_hide_the_error(
    crawls: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crawls(WEEKS[0], {"a": window(10)})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(report.os, "replace", full)
    monkeypatch.setattr(refresh, "build", lambda *_: (_ for _ in ()).throw(BaseError("the base is full")))
    with pytest.raises(BaseError, match="the base is full"):
        refresh.refresh(None, None, on_failure=hook(tmp_path))
    assert "no report in" in capsys.readouterr().err
    given = noticed(tmp_path)
    assert given is not None
    assert given["YIDI_REPORT"] == given["stdin"] == ""
    assert not list((tmp_path / "reports").iterdir())


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("kb.release.export.write", OSError(28, "No space left on device")),
        ("kb.release._database", sqlite3.OperationalError("database or disk is full")),
    ],
)
def test_a_full_disk_under_a_release_is_one_line_and_the_last_one_stays(
    crawls: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception
) -> None:
    crawls(WEEKS[0], {"a": window(10)})
    assert refresh.refresh(None, None) == 0

    def full(*_: object) -> None:
        raise error

    crawls(WEEKS[1], {"a": window(10)})
    monkeypatch.setattr(place, full)
    with pytest.raises(BaseError, match=f"releases cannot be written .*{error.args[-1]!s}"):
        refresh.refresh(None, None)
    newest = release.latest(tmp_path / "releases")
    assert newest is not None
    assert newest.run == WEEKS[0]
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [WEEKS[0], "latest"]
    assert told(tmp_path, WEEKS[1])[0]["failed_step"] == "release"
