"""One run of the crawl: many sources into one archive, in a process of its own. Called by the `yidi` command.

A network reactor cannot be started twice in a process and swallows signals, so the crawl runs in a child
(crawler.worker), which ends with its parent. Whatever happens to the child, every source has its row.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import tldextract

from crawler import clock
from crawler.addresses import literal
from crawler.archive import Archive, ArchiveError, RunSource, run_key
from crawler.sources import Source

LOCK_WAIT_S = 10.0  # the child of a killed crawl notices within moments

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list that comes with it; no network


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source brought: its row, and its fetches counted by outcome and by change."""

    row: RunSource
    outcomes: dict[str, int]
    changes: dict[str, int]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run brought. `complete`: every source came to its end by itself. `stopped`: what ended it before that,
    'window' (it closed; the same command goes on in the next one) or 'interrupt' (Ctrl-C)."""

    run: str
    archive: Path
    complete: bool
    sources: tuple[SourceReport, ...]
    stopped: str | None = None

    @property
    def all_failed(self) -> bool:
        """Whether nothing came back from anywhere."""
        return all(entry.row.status == "failed" for entry in self.sources)


def crawl(
    sources: list[Source],
    archive: Path,
    *,
    run: str | None = None,
    shard: tuple[int, int] | None = None,
    offline: bool = False,
    progress: bool = True,
) -> RunReport:
    """Crawl the sources into the archive and say what came of each.

    `run`: an id to write or resume; None for this week's (offline: the newest in the archive). `shard` (i, n) takes
    the i-th of n parts, 1-based, divided by registered domain. `offline` answers from the run in the archive alone
    and writes links only. With YIDI_WINDOW=22:00-06:00 it stops when the window closes; the run goes on the next
    night. ArchiveError where the archive cannot be used, ValueError for a bad shard, run id or window.
    """
    chosen = in_shard(sources, shard)
    window = os.environ.get("YIDI_WINDOW")
    seconds = clock.left_in_window(window) if window and not offline else None
    if seconds == 0:
        raise ValueError(f"outside the window {window} (Asia/Shanghai) that YIDI_WINDOW sets")
    with _lock(archive) as lock:
        with Archive(archive, read_only=False) as store:
            run = run or (_newest(store) if offline else store.next_run(source.id for source in chosen))
            if any(character.isspace() or character in "/\\" for character in run):
                raise ValueError(f"not a run id: {run!r}")
            if offline and run not in {known.run for known in store.runs()}:
                raise ArchiveError(f"archive {archive} has no run {run} to replay")
            if not offline:
                store.begin_run(run)
                for source in chosen:
                    store.begin_source(run, source.id, source.definition)
        interrupted = False
        if chosen:
            job = {"archive": str(archive), "run": run, "offline": offline, "progress": progress, "seconds": seconds}
            interrupted = _work(job, chosen, lock)
        with Archive(archive) as store:
            report = _report(store, run, {source.id for source in chosen})
            if not report.complete:
                closed = seconds is not None and window and clock.left_in_window(window) == 0
                report = replace(report, stopped="interrupt" if interrupted else "window" if closed else None)
            if not offline:
                store.finish_run(run, complete=report.complete)
        return report


def _newest(store: Archive) -> str:
    runs = sorted((run.run for run in store.runs()), key=run_key)
    if not runs:
        raise ArchiveError(f"archive {store.path} has no run to replay")
    return runs[-1]


def _report(store: Archive, run: str, ids: set[str]) -> RunReport:
    entries = []
    for row in store.run_sources(run):
        if row.source in ids:
            fetches = list(store.fetches(run, row.source))
            outcomes = Counter(fetch.outcome for fetch in fetches)
            changes = Counter(fetch.change for fetch in fetches if fetch.change)
            entries.append(SourceReport(row, dict(sorted(outcomes.items())), dict(sorted(changes.items()))))
    complete = all(entry.row.finished_at is not None for entry in entries)
    return RunReport(run, store.path, complete, tuple(entries))


def _work(job: dict[str, Any], sources: list[Source], lock: int) -> bool:
    """Run the child to its end; whether Ctrl-C was heard meanwhile. Its stdin stays open as long as we live: that is how it knows. It holds the lock with
    us, so that nobody writes the archive until it has noticed."""
    job["groups"] = [[source.model_dump(mode="json") for source in group] for group in by_domain(sources)]
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.worker"], stdin=subprocess.PIPE, text=True, pass_fds=(lock,)
    )
    if child.stdin is None:
        raise RuntimeError("the crawl's process has no stdin")
    child.stdin.write(json.dumps(job) + "\n")
    child.stdin.flush()
    interrupted = False
    while True:
        try:
            child.wait()
        except KeyboardInterrupt:
            interrupted = True
            continue  # the terminal told the child too: it finishes what is under way and writes its rows
        break
    child.stdin.close()
    return interrupted


# -- sharing the work ------------------------------------------------------------------------------------------


def domain(source: Source) -> str:
    """The registered domain of a source ('bendibao.com'), or its address. Politeness and shards go by it."""
    host = urlsplit(source.start[0]).hostname or ""
    if literal(host) is not None:
        return host
    return _suffixes(host).top_domain_under_public_suffix or host


def by_domain(sources: list[Source]) -> list[list[Source]]:
    """Sources that are crawled one after the other, because they share a domain; the groups run side by side."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        groups.setdefault(domain(source), []).append(source)
    return list(groups.values())


def in_shard(sources: list[Source], shard: tuple[int, int] | None) -> list[Source]:
    """The sources of that shard: a domain is always in one shard only."""
    if shard is None:
        return list(sources)
    number, count = shard
    if not 1 <= number <= count:
        raise ValueError(f"shard {number}/{count}: the first number goes from 1 to the second")
    return [source for source in sources if _bucket(domain(source), count) == number - 1]


def _bucket(name: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % count


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _lock(archive: Path) -> Iterator[int]:
    """One crawl per archive at a time. The lock goes with the processes that hold it, also when they are killed."""
    path = archive.with_name(archive.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as handle:
            deadline = monotonic() + LOCK_WAIT_S
            while not _locked(handle.fileno()):
                if monotonic() > deadline:
                    raise ArchiveError(f"archive {archive} is in use by another crawl")
                sleep(0.1)
            yield handle.fileno()
    except OSError as error:
        raise ArchiveError(f"archive {archive} cannot be opened: {error.strerror}") from error
