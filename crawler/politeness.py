"""How fast and whether at all: robots.txt with its delay, Retry-After, and a throttle that knows both.

robots.txt (RFC 9309): 2xx is obeyed; 4xx, and redirects without end or off the site, mean no rules; 5xx, 429 or no answer means nothing may be asked for, and
every address of the host gets the outcome of the robots.txt that did not come.
"""

from __future__ import annotations

import asyncio
import logging
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler import clock
from crawler.guard import Refused
from crawler.outcomes import BUSY_STATUS, Outcome, of_exception
from crawler.urls import origin

if TYPE_CHECKING:
    from crawler.spiders.guides import GuidesSpider

log = logging.getLogger("yidi.crawl")
ROBOTS_MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: a parser may stop there
MAX_PAUSE_S = 120.0  # a longer Retry-After or Crawl-delay is not waited for in this run
ROBOTS_PRIORITY = 1000
NO_RULES = frozenset(
    {Outcome.OFFSITE, Outcome.REDIRECT_LOOP}
)  # it is redirected to where no robots.txt is of this host


class Robots:
    """Downloader middleware: every address is checked against its host's robots.txt, fetched once and recorded."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["USER_AGENT"]
        self._rules: dict[str, asyncio.Future[RobotParser | Refused]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let it pass or raise Refused. What is answered from the archive was asked for earlier."""
        if request.meta.get("dont_obey_robotstxt") or "archived" in request.meta:
            return
        place = origin(request.url)
        if place not in self._rules:
            self._rules[place] = asyncio.ensure_future(self._fetch(place))
        rules = await self._rules[place]
        if isinstance(rules, Refused):
            raise Refused(rules.outcome, f"robots.txt: {rules}")
        if not rules.allowed(request.url, self._agent):
            raise Refused(Outcome.ROBOTS_DENIED, "robots.txt forbids it")

    async def _fetch(self, place: str) -> RobotParser | Refused:
        spider = cast("GuidesSpider", self._crawler.spider)
        request = Request(
            f"{place}/robots.txt",
            callback=NO_CALLBACK,
            priority=ROBOTS_PRIORITY,
            meta={"dont_obey_robotstxt": True},
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 whatever went wrong has an outcome, and means: do not ask
            outcome, detail = of_exception(error)
            spider.record_robots(request.url, outcome=outcome, detail=detail)
            if outcome in NO_RULES:
                return ProtegoRobotParser.from_crawler(self._crawler, b"")
            return Refused(outcome, detail)
        spider.record_robots(request.url, response=response)
        if response.status >= 500 or response.status in BUSY_STATUS:
            return Refused(Outcome.HTTP_ERROR, f"HTTP {response.status}")
        body = response.body[:ROBOTS_MAX_BYTES] if 200 <= response.status < 300 else b""
        rules = ProtegoRobotParser.from_crawler(self._crawler, body)
        self._obey_delay(urlsplit(place).hostname or "", rules)
        return rules

    def _obey_delay(self, host: str, rules: RobotParser) -> None:
        asked = rules.crawl_delay(self._agent)
        if not asked:
            return
        delay = min(float(asked), MAX_PAUSE_S)
        if delay < asked:
            log.warning("%s: robots.txt asks for %g s between requests; %g s are kept", host, asked, delay)
        downloader = self._crawler.engine.downloader
        settings = downloader.per_slot_settings.setdefault(host, {})
        settings["delay"] = max(delay, self._crawler.settings.getfloat("DOWNLOAD_DELAY"))
        if slot := downloader.slots.get(host):
            slot.delay = max(slot.delay, settings["delay"])


class Throttle(AutoThrottle):
    """AutoThrottle that never goes below the delay robots.txt asks for."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = urlsplit(response.url).hostname or ""
        floor = self.crawler.engine.downloader.per_slot_settings.get(host, {}).get("delay", 0.0)
        slot.delay = max(slot.delay, floor)


class Patience(RetryMiddleware):
    """Retries that wait: as long as Retry-After says, else longer each time."""

    def process_response(self, request: Request, response: Response, spider: object = None) -> Request | Response:  # noqa: ARG002 (Scrapy's signature)
        """The answer, or the request once more after a pause of the whole host."""
        if response.status not in self.retry_http_codes:
            return response
        pause = retry_after(response)
        if pause is not None and pause > MAX_PAUSE_S:
            return response  # recorded with its Retry-After; a resume of the run asks again
        slot = self.crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
        if slot is not None:
            backoff = slot.delay * 4 ** request.meta.get("retry_times", 0)
            _hold(slot, min(backoff if pause is None else pause, MAX_PAUSE_S))
        return super().process_response(request, response)


def _hold(slot: Slot, seconds: float) -> None:
    """Nothing leaves the slot for that long. The slot waits `delay` from `lastseen`, so that is moved ahead."""
    if seconds <= 0:
        return
    slot.delay = max(slot.delay, 0.001)  # a slot without delay never looks at the clock
    slot.lastseen = max(slot.lastseen, monotonic() + seconds - slot.delay)


def retry_after(response: Response) -> float | None:
    """Seconds from now that the Retry-After header asks for; None where it has none that can be read."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - clock.now().timestamp())
