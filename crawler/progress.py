"""What the operator sees: a line per source when it ends, and on a terminal a live view of those under way."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Self, cast

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Board
from scrapy import Spider, signals
from scrapy.crawler import Crawler

if TYPE_CHECKING:
    from crawler.spiders.guides import GuidesSpider

log = logging.getLogger("yidi.crawl")
_board: Board | None = None  # one per process: the sources share the terminal


def start(*, live: bool) -> None:
    """Send the lines of the crawl to stderr, below a live view where that is wanted and stderr is a terminal."""
    global _board  # noqa: PLW0603 (the terminal is one)
    handler: logging.Handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    if live and sys.stderr.isatty():
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        _board = Board(*columns, console=console, transient=True)
        _board.start()
        handler = RichHandler(console=console, show_time=False, show_path=False)
        handler.setFormatter(logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)  # deprecations inside libraries: not the operator's
    logging.getLogger("scrapy").setLevel(logging.WARNING)  # Scrapy sets it to DEBUG and leaves the rest to a handler


def stop() -> None:
    """Leave the terminal as it was."""
    if _board is not None:
        _board.stop()


class Progress:
    """Extension: follows one source."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._task: TaskID | None = None
        if _board is not None:
            crawler.signals.connect(self._opened, signal=signals.spider_opened)
            crawler.signals.connect(self._moved, signal=signals.response_received)
            crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    def _opened(self, spider: Spider) -> None:
        if _board is not None:
            self._task = _board.add_task(cast("GuidesSpider", spider).source.id, total=None)

    def _moved(self) -> None:
        spider = cast("GuidesSpider", self._crawler.spider)
        if _board is not None and self._task is not None:
            _board.update(self._task, completed=spider.answered, total=spider.asked)

    def _closed(self) -> None:
        if _board is not None and self._task is not None:
            _board.remove_task(self._task)
