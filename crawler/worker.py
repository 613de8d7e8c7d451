"""The crawl's own process: `python -m crawler.worker`, started by crawler.run with one line of JSON on stdin.

The line: archive, run, offline, progress, seconds (until the window closes, or null), groups (lists of source entries; a group is crawled one source after the
other, the groups side by side). The process ends at once when its stdin closes, because then its parent is gone. The
first SIGINT or SIGTERM ends it gracefully: what is under way is finished and recorded; the second at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from threading import Thread
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import progress
from crawler.archive import Archive, ArchiveError
from crawler.sources import Source
from crawler.spiders.guides import GuidesSpider

SIDE_BY_SIDE = 16  # domains at the same time in one process
ORPHANED = 75  # exit code

log = logging.getLogger("yidi.crawl")


class Work:
    """The groups of one job."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        settings = Settings()
        settings.setmodule("crawler.settings", priority="project")
        self._process = AsyncCrawlerProcess(settings)
        progress.start(live=job["progress"])  # after Scrapy has set up its own logging
        if "+" not in settings["USER_AGENT"] and any(_is_public(entry) for group in job["groups"] for entry in group):
            log.warning("nobody can reach you: set YIDI_CONTACT to a URL or mail address for the User-Agent")
        self._stopping = False
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)

    def run(self) -> None:
        """Returns when every group is done or the work was stopped."""
        loop = asyncio.get_event_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        if seconds := self._job.get("seconds"):
            loop.call_later(seconds, self._stop)
        loop.create_task(self._groups()).add_done_callback(self._end)
        self._process.start(stop_after_crawl=False, install_signal_handlers=False)

    def _end(self, task: asyncio.Task[None]) -> None:
        from twisted.internet import reactor  # only now: importing it installs one

        if error := task.exception():
            log.error("the crawl broke off", exc_info=error)
        cast("Any", reactor).stop()

    def _stop(self) -> None:
        if self._stopping:
            progress.stop()
            os._exit(128 + signal.SIGINT)
        self._stopping = True
        log.warning("stopping after the requests under way; once more stops at once")
        self._closing = asyncio.ensure_future(self._process.stop())

    async def _groups(self) -> None:
        await asyncio.gather(*(self._group(group) for group in self._job["groups"]))

    async def _group(self, entries: list[dict[str, Any]]) -> None:
        async with self._room:
            for entry in entries:
                if self._stopping:
                    return
                await self._source(Source.model_validate_json(json.dumps(entry)))

    async def _source(self, source: Source) -> None:
        job = self._job
        try:
            await self._process.crawl(
                GuidesSpider, source=source, archive=job["archive"], run=job["run"], offline=job["offline"]
            )
        except Exception as error:  # one source must not end the others; its row and the log say what happened
            log.error("%s: %s", source.id, error, exc_info=not isinstance(error, ArchiveError))
            with Archive(job["archive"]) as archive:
                reason = f"{type(error).__name__}: {error}"
                archive.finish_source(job["run"], source.id, status="failed", reason=reason, pages=0, failures=0)


def _is_public(entry: dict[str, Any]) -> bool:
    return not (entry.get("via") or entry.get("allow_private"))


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not the buffered file: its lock would be held at our own end
        pass
    os._exit(ORPHANED)


def main() -> None:
    """Read the job, do it."""
    job = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        Work(job).run()
    finally:
        progress.stop()


if __name__ == "__main__":
    main()
