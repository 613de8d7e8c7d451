"""The weekly command: crawl, build, check, release, with one report however it ends, and a notice where it failed.

In: the registry of sources. Out: a release, a report in the data folder (kb.report) and its gist on stdout; the exit
code of the step that ended it. The steps are those of the `yidi` command, so that what the operator can do by hand is
what happens. One refresh per data folder at a time.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from crawler import clock
from crawler.archive import run_key
from crawler.run import RunReport, crawl
from crawler.sources import SourceError, load_sources
from kb import checks, release, report
from kb.base import BaseError, clear_errors, data_dir, exclusive, meta, open_base
from kb.load import build
from kb.report import Failure, Place
from kb.status import changes

NOTICE_TIMEOUT_S = 60
TO_BE_CONTINUED = 75
"""Exit code where the nightly window closed before the crawl had ended (EX_TEMPFAIL): nothing is wrong, and the same
command goes on in the next window."""

INTERRUPTED = 130
"""Exit code after Ctrl-C (SIGINT): somebody stopped it, and the same command goes on."""

_SHOWN = 40


@dataclass(slots=True)
class _Progress:
    """How far a refresh came: what the report needs to know when it breaks off."""

    step: str = "crawl"
    run: str | None = None
    code: int = 1
    failure: Failure | None = None
    idle: bool = False


class RefreshError(Exception):
    """The refresh cannot begin; the message is one line for the user."""


def refresh(folder: Path | None, accept: str | None, *, on_failure: str | None = None, once: bool = False) -> int:
    """Crawl, build, check, release, report. 0 = published, 1 = not published, 75 and 130 = to be continued.

    `on_failure`: a command that is started where the code is 1 or an error ends the refresh; see `notice`. `once`:
    nothing is done where this week's run is published.
    """
    place = Place.of(data_dir())
    progress = _Progress()
    try:
        with exclusive(place.archive.parent / "refresh", "refresh"):
            newest = release.latest(place.releases)
            if once and newest is not None and newest.run.partition(".")[0] == clock.week():
                print(f"release  {newest.run} is this week's: nothing to do")
                progress.code, progress.idle = 0, True
                return 0
            _sweep(place.releases)
            progress.code = _steps(place, folder, accept, progress)
    except KeyboardInterrupt:
        progress.code = INTERRUPTED
    except Exception as error:
        progress.failure = Failure(progress.step, report.one_line(error))
        progress.run = progress.run or (report.run_of(place, failed=True) if _begun(error) else None)
        progress.code = 2 if report.is_told(error) else 1
        raise
    finally:
        if not progress.idle:
            written = report.try_write(place, progress.run, progress.failure)
            if written is not None:
                print(f"report   {written}")
            if on_failure and progress.code not in (0, TO_BE_CONTINUED, INTERRUPTED):
                notice(on_failure, written, progress.run, progress.code)
    return progress.code


def _begun(error: Exception) -> bool:
    """Whether a crawl that failed may have begun a run: not where another one is at work, or the entries are wrong."""
    return not isinstance(error, SourceError | BaseError | RefreshError)


def _steps(place: Place, folder: Path | None, accept: str | None, progress: _Progress) -> int:
    sources = load_sources(folder)
    try:
        crawled = crawl(sources, place.archive, progress=sys.stderr.isatty())
    except ValueError as error:  # a window that is closed or not written like one
        raise RefreshError(str(error)) from error
    progress.run = crawled.run
    _told(crawled)
    if crawled.stopped:
        print("         stopped before its end; the same command goes on")
        return TO_BE_CONTINUED if crawled.stopped == "window" else INTERRUPTED
    progress.step = "build"
    built = build([place.archive], place.base)
    print(f"build    {built.parsed} parsed, {built.pages} pages, {built.facts} facts, {built.issues} issues")
    progress.step = "check"
    if accept:
        db = open_base(place.base)
        before = release.previous(place.releases, meta(db).get("last_run", ""))
        with clear_errors(place.base), db:
            checks.check(db, before, accept)
        db.close()
    progress.step = "release"
    try:
        made = release.release(place.base, place.releases)
    except release.GateError as error:
        print(f"not published:\n{error}", file=sys.stderr)
        return 1
    print(f"release  {made.run} (build {made.build_id}) in {made.folder}")
    _changed(made)
    return 0


def _told(crawled: RunReport) -> None:
    failed = [f"{e.row.source} ({e.row.reason or e.row.status})" for e in crawled.sources if e.row.status == "failed"]
    print(f"crawl    run {crawled.run}: {len(crawled.sources)} sources, {len(failed)} failed")
    for line in failed:
        print(f"         {line}")


def _changed(made: release.Release) -> None:
    db = open_base(made.database, read_only=True)
    runs = sorted((row[0] for row in db.execute("SELECT run FROM runs")), key=run_key)
    if len(runs) > 1:
        told = list(changes(db, runs[-2], runs[-1]))
        print("changes  " + ("none" if not told else f"since {runs[-2]}:"))
        for line in told[:_SHOWN]:
            print(f"         {line}")
        if len(told) > _SHOWN:
            print(f"         … {len(told) - _SHOWN} more: yidi diff {runs[-2]} {runs[-1]}")
    db.close()


def _sweep(releases: Path) -> None:
    """Remove what a killed release left half made; under the lock of the refresh nobody else is making one."""
    for left in releases.glob(".new-*"):
        shutil.rmtree(left)


def notice(command: str, written: Path | None, run: str | None, code: int) -> bool:
    """Start the operator's command, without a shell, the report on its stdin. Its environment: YIDI_REPORT and
    YIDI_REPORT_JSON (paths; empty where none could be written), YIDI_RUN (or empty), YIDI_EXIT. Whether it ended well;
    if not, a line on stderr says so."""
    paths = {"YIDI_REPORT": written, "YIDI_REPORT_JSON": written.with_suffix(".json") if written else None}
    told = {name: str(path.absolute()) if path else "" for name, path in paths.items()}
    environment = os.environ | told | {"YIDI_RUN": run or "", "YIDI_EXIT": str(code)}
    text = written.read_bytes() if written else b""
    try:
        done = subprocess.run(  # noqa: S603 (the operator's own command, without a shell)
            shlex.split(command), env=environment, input=text, timeout=NOTICE_TIMEOUT_S, check=False
        )
        fault = f"ended with {done.returncode}" if done.returncode else ""
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        fault = report.one_line(error)
    if fault:
        print(f"yidi: the notice of failure was not sent: {command}: {fault}", file=sys.stderr)
    return not fault
