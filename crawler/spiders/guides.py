"""The one generic spider: keeps every page of a source and follows the links its entry names.

In: a `Source` (or its id), an archive, a run. Out: one fetch row per address asked for, with its outcome; the bytes;
the followed links. It judges transport only; a guide, a list and an empty page are all the same to it.

`scrapy crawl guides -a source=ID` runs one source by hand; `yidi crawl` runs many through crawler.run.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock
from crawler.archive import Archive, ArchiveError, Fetch, Redirect
from crawler.ask import Ask
from crawler.guard import Scope
from crawler.links import links
from crawler.outcomes import (
    FINISHED,
    GOOD,
    Outcome,
    content_kind,
    is_failure,
    is_transient,
    names_document,
    of_exception,
    of_response,
)
from crawler.revisit import ARCHIVED, NOT_MODIFIED
from crawler.sources import Source, load_sources
from crawler.urls import MAX_LENGTH, canonical

log = logging.getLogger("yidi.crawl")

# Without any delay Scrapy 2.19 empties a host's queue before it counts what it has sent, and one request at a time
# becomes sixteen; one millisecond is enough to keep it to its word.
MIN_DELAY_S = 0.001


class GuidesSpider(Spider):
    """Crawls one source into one run of one archive."""

    name = "guides"
    shares = False  # whether other workers crawl the same source at the same time, from one queue

    def __init__(
        self, source: Source, archive: Archive, run: str, *, offline: bool = False, alone: bool = False
    ) -> None:
        super().__init__()
        self.source = source
        self.archive = archive
        self.run = run
        self.offline = offline
        self.alone = alone  # nobody else opens and closes the run
        self.scope = Scope(source)
        self._decided: dict[str, str | None] = {}
        """Address of a link → the one it is asked for under, None where it is not wanted: pages repeat their links."""
        self.starts = frozenset(source.start)
        self.asked = 0
        self._on_site = 0
        self.answered = 0
        self.left_out: Counter[str] = Counter()
        self._reminded = False
        self.settle: Callable[..., None] | None = None  # where several workers share a queue: a request is done
        self._follow = [re.compile(pattern) for pattern in source.follow]
        self._below = tuple(url.rsplit("/", 1)[0] + "/" for url in source.start)
        self._seen: set[str] = set()
        self._queries: Counter[str] = Counter()
        self._done = {fetch.url: fetch for fetch in archive.fetches(run, source.id)}

    @classmethod
    def from_crawler(cls, crawler: Crawler, source: Source | str = "", *_: Any, **arguments: Any) -> Self:
        """Arguments: source (id or entry), sources (folder), archive (file), run, offline."""
        entry = source if isinstance(source, Source) else _entry(source, arguments.get("sources"))
        archive = Archive(arguments.get("archive") or Path(os.environ.get("YIDI_DATA", "data")) / "archive.db")
        alone = "run" not in arguments
        run = archive.next_run([entry.id]) if alone else arguments["run"]
        offline = bool(arguments.get("offline"))
        if alone:
            archive.begin_run(run)
            archive.begin_source(run, entry.id, entry.definition)
        spider = cls(entry, archive, run, offline=offline, alone=alone)
        own: dict[str, Any] = {
            "DOWNLOAD_DELAY": max(entry.delay_s, MIN_DELAY_S),
            "AUTOTHROTTLE_START_DELAY": max(entry.delay_s, MIN_DELAY_S),
            "AUTOTHROTTLE_ENABLED": entry.delay_s > 0,
            "DOWNLOAD_TIMEOUT": entry.timeout_s,
            "DOWNLOAD_VERIFY_CERTIFICATES": not entry.insecure_tls,
        }
        if (redis := os.environ.get("YIDI_REDIS")) and not offline:
            from crawler import shared  # the `scale` extra

            own |= shared.settings(redis, run, entry.id)
            spider.shares = True
        for name, value in own.items():
            crawler.settings.set(name, value, priority="spider")
        spider._set_crawler(crawler)
        crawler.signals.connect(spider.idle, signal=signals.spider_idle)
        return spider

    # -- asking ----------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """The start addresses."""
        for url in self.source.start:
            for request in self._ask(Ask(url, 0, None)):
                yield request

    def idle(self) -> None:
        """When all links are followed: ask for the pages earlier runs had and nothing leads to any more.

        Lists show the newest; a guide that fell off them is still a guide, and only asking tells that it is gone.
        """
        if self.offline or self._reminded:
            return
        self._reminded = True
        requests = [
            request
            for url, fetch in sorted(self.archive.latest(self.source.id).items())
            if fetch.outcome not in FINISHED and self._is_ours(url)
            for request in self._ask(Ask(url, fetch.depth, None))
        ]
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _ask(self, ask: Ask) -> Iterator[Request]:
        """At most one request: none where the address was asked for, is over a budget, or has its final answer."""
        if ask.url in self._seen:
            return
        self._seen.add(ask.url)
        inside = ask.url in self.scope
        over = self._over_budget(ask) if inside else None
        if over:
            self.left_out[over] += 1
            return
        done = None if self.shares else self._done.get(ask.url)  # a shared queue knows what is done
        meta: dict[str, Any] = {}
        if done is not None and not is_transient(done.outcome, done.status):
            if done.outcome not in GOOD or done.sha256 is None:
                return
            meta = {ARCHIVED: done}
        elif self.offline:
            self.left_out["not in the archive"] += 1
            return
        self.asked += 1
        self._on_site += inside
        yield Request(
            ask.url,
            callback=self.parse,
            errback=self.failed,
            cb_kwargs={"ask": ask},
            meta=meta,
            priority=-ask.depth,
        )

    def _over_budget(self, ask: Ask) -> str | None:
        """Why this address is not asked for, in the words of the source's `reason`."""
        parts = urlsplit(ask.url)
        if ask.depth > self.source.max_depth + names_document(ask.url):  # the forms of the last pages still come
            return f"deeper than {self.source.max_depth}"
        if len(ask.url) > MAX_LENGTH:
            return f"longer than {MAX_LENGTH} characters"
        if self._on_site >= self.source.max_pages:
            return f"beyond {self.source.max_pages} pages"
        if parts.query:
            self._queries[parts.path] += 1
            if self._queries[parts.path] > self.source.max_per_path:
                return f"beyond {self.source.max_per_path} queries of one path"
        return None

    # -- answers ---------------------------------------------------------------------------------------------

    async def parse(self, response: Response, ask: Ask) -> AsyncIterator[Request]:
        """Keep the page, then ask for what it leads to."""
        self.answered += 1
        final = self.scope.home(canonical(response.url))
        body = response.body
        content_type = _header(response, "Content-Type")
        known: Fetch | None = response.meta.get("known")
        outcome, detail = of_response(
            status=response.status,
            asked=ask.url,
            final=final,
            content_type=content_type,
            body=body,
            known=known is not None,
            starts=self.starts,
            location=_header(response, "Location"),
        )
        if outcome is Outcome.OK and NOT_MODIFIED in response.flags:
            outcome = Outcome.NOT_MODIFIED
        if detail and (pause := _header(response, "Retry-After")):
            detail += f", Retry-After {pause[:40]}"
        document = content_kind(content_type, final, body) == "document"
        wanted = list(self._wanted(response)) if outcome in GOOD and not document else []
        if ARCHIVED in response.flags:
            self._keep(None, None, wanted, ask.url)
        else:
            unmodified = known if outcome is Outcome.NOT_MODIFIED else None
            came = unmodified is None and (200 <= response.status < 300 or outcome is Outcome.CHALLENGE)
            fetch = Fetch(
                run=self.run,
                source=self.source.id,
                url=ask.url,
                final_url=final,
                fetched_at=clock.stamp(),
                outcome=outcome,
                status=304 if unmodified else response.status,
                sha256=unmodified.sha256 if unmodified else None,
                content_type=content_type,
                etag=_header(response, "ETag"),
                last_modified=_header(response, "Last-Modified"),
                redirects=_redirects(response.meta, self.scope),
                depth=ask.depth,
                role="attachment" if document else "list" if ask.depth == 0 and wanted else "page",
                referrer=ask.referrer,
                detail=detail,
            )
            self._keep(fetch, body if came else None, wanted, ask.url, known)
        for target, _ in wanted:
            if target not in self._seen:
                for request in self._ask(Ask(target, ask.depth + 1, ask.url)):
                    yield request
        self._settled(response.request, outcome, response.status)

    def _settled(self, request: Request | None, outcome: Outcome, status: int | None) -> None:
        if self.settle is not None and request is not None:
            self.settle(request, again=is_transient(outcome, status))

    def _wanted(self, response: Response) -> Iterator[tuple[str, str]]:
        """The links this source follows, and the documents its pages offer."""
        for address, text in links(response):
            url = self._decided.get(address, "")  # "": not decided yet
            if url == "":
                home = self.scope.link(address)
                url = self._decided[address] = home if self._is_wanted(home) else None
            if url is not None:
                yield url, text

    def _is_wanted(self, url: str) -> bool:
        inside = url in self.scope
        if inside and names_document(url):
            return True
        if self._follow:  # what leads off the site is asked for too, so that the guard refuses it on the record
            return any(pattern.search(url) for pattern in self._follow)
        return inside and url.startswith(self._below)

    def _is_ours(self, url: str) -> bool:
        return url in self.scope and self._is_wanted(url)

    async def failed(self, failure: Failure) -> None:
        """Record what never became an answer."""
        self.answered += 1
        request: Request = failure.request  # type: ignore[attr-defined]
        ask: Ask = request.cb_kwargs["ask"]
        error = failure.value or RuntimeError("a failure without an exception")
        outcome, detail = of_exception(error)
        if outcome is Outcome.ERROR:
            log.error("%s: %s: %s", self.source.id, ask.url, detail, exc_info=error)
        fetch = Fetch(
            run=self.run,
            source=self.source.id,
            url=ask.url,
            fetched_at=clock.stamp(),
            outcome=outcome,
            final_url=self.scope.home(request.url) if request.url != ask.url else None,
            redirects=_redirects(request.meta, self.scope),
            depth=ask.depth,
            referrer=ask.referrer,
            detail=detail,
        )
        self._keep(fetch, None, [], ask.url)
        self._settled(request, outcome, None)

    def record_robots(
        self, url: str, *, response: Response | None = None, outcome: Outcome = Outcome.OK, detail: str | None = None
    ) -> None:
        """The row of a host's robots.txt: its answer, or why none came."""
        body, status, content_type = None, None, None
        if response is not None:
            status, content_type = response.status, _header(response, "Content-Type")
            if 200 <= status < 300:
                body = response.body
            else:
                outcome, detail = Outcome.HTTP_ERROR, f"HTTP {status}"
        fetch = Fetch(
            run=self.run,
            source=self.source.id,
            url=url,
            final_url=url,
            fetched_at=clock.stamp(),
            outcome=outcome,
            status=status,
            content_type=content_type,
            role="robots",
            detail=detail,
        )
        self._keep(fetch, body, [], url)

    def _keep(
        self,
        fetch: Fetch | None,
        body: bytes | None,
        wanted: list[tuple[str, str]],
        url: str,
        known: Fetch | None = None,
    ) -> None:
        followed = [(target, text) for target, text in wanted if target in self.scope]
        try:
            if fetch is None:
                self.archive.record_links(self.run, self.source.id, url, followed)
            else:
                self.archive.record(fetch, body, followed, known)
        except ArchiveError as error:
            log.error("%s: %s", self.source.id, error)
            raise CloseSpider("archive") from error

    # -- the end ---------------------------------------------------------------------------------------------

    def closed(self, reason: str) -> None:
        """Write what became of the source, from the rows of this run."""
        rows = list(self.archive.fetches(self.run, self.source.id))
        ended = reason == "finished"
        result = judge(self.source, rows, self.left_out, ended=ended, ending=reason)
        if self.shares and ended and not any(row.role != "robots" for row in rows):
            result |= {"status": "skipped", "reason": "other workers of the shared queue fetched its pages"}
        try:
            if not self.offline:
                self.archive.finish_source(self.run, self.source.id, ended=ended, **result)
            if self.alone and not self.offline:
                self.archive.finish_run(self.run, complete=ended)
        except ArchiveError as error:  # the disk is still full: the row says 'interrupted', which is true
            log.error("%s: %s", self.source.id, error)
        changes = Counter(row.change for row in rows if row.change)
        told = ", ".join(f"{count} {change}" for change, count in sorted(changes.items()))
        log.info(
            "%s: %s, %d pages, %d failures%s%s",
            self.source.id,
            result["status"],
            result["pages"],
            result["failures"],
            f" ({told})" if told else "",
            f": {result['reason']}" if result["reason"] else "",
        )
        self.archive.close()


def judge(
    source: Source, rows: list[Fetch], left_out: Counter[str], *, ended: bool, ending: str = ""
) -> dict[str, Any]:
    """status, reason, pages and failures of a source, from its fetches in the run.

    failed: no page came. empty: the start pages came and nothing they led to. partial: something is missing that
    should be there. ok: the rest.
    """
    asked = [row for row in rows if row.role != "robots"]
    good = [row for row in asked if row.outcome in GOOD]
    failures = [row for row in asked if is_failure(row.outcome, row.status)]
    bad_starts = [row for row in asked if row.url in source.start and row.outcome not in GOOD]
    reasons = [] if ended else [f"stopped before its end ({ending})"]
    reasons += [f"{row.url}: {row.outcome}{f' ({row.detail})' if row.detail else ''}" for row in bad_starts[:3]]
    if failures:
        kinds = Counter(str(row.outcome) for row in failures)
        reasons.append("failures: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    reasons += [f"{count} addresses {why}" for why, count in sorted(left_out.items())]
    over = any(why.startswith("beyond") for why in left_out)
    if not good:
        status = "failed"
        reasons = reasons or ["nothing came back"]
    elif source.follow and not any(row.depth for row in good) and not bad_starts:
        status = "empty"
        reasons.append("no page behind the start pages: does `follow` still match their links?")
    elif not ended or bad_starts or failures or over:
        status = "partial"
    else:
        status = "ok"
    return {"status": status, "reason": "; ".join(reasons) or None, "pages": len(good), "failures": len(failures)}


def _entry(source_id: str, folder: str | None) -> Source:
    if not source_id:
        raise ValueError("which source? scrapy crawl guides -a source=ID")
    sources = {source.id: source for source in load_sources(Path(folder) if folder else None)}
    if source_id not in sources:
        raise ValueError(f"no source {source_id!r}; known: {', '.join(sources)}")
    return sources[source_id]


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1").strip() if value else None


def _redirects(meta: dict[str, Any], scope: Scope) -> tuple[Redirect, ...]:
    hops = zip(meta.get("redirect_urls", ()), meta.get("redirect_reasons", ()), strict=True)
    return tuple(Redirect(scope.home(canonical(url)), str(reason)) for url, reason in hops)
