"""The archive between us and the site: conditional GET against what is known, resume of a run, offline replay.

At 585, so that in response direction redirects (600) and decompression (590) are done. A 304 becomes the stored page
as a 200 with the flag 'not_modified', so that its links are followed as if it had come. A page that this run already
has is answered from the archive with the flag 'archived'; nothing is sent.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.archive import ArchiveError, Fetch
from crawler.ask import Ask
from crawler.urls import canonical

if TYPE_CHECKING:
    from crawler.spiders.guides import GuidesSpider

log = logging.getLogger("yidi.crawl")
ARCHIVED = "archived"
NOT_MODIFIED = "not_modified"
WHOLE = "whole"  # this page is asked for without validators
VALIDATORS = (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified"))


class Revisit:
    """Downloader middleware. In request.meta: 'archived' the fetch to answer with, 'known' the last good one."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    @property
    def _spider(self) -> GuidesSpider:
        return cast("GuidesSpider", self._crawler.spider)

    def process_request(self, request: Request) -> Response | None:
        """Answer from the archive, or add the validators of the page we know."""
        done: Fetch | None = request.meta.get(ARCHIVED)
        if done is not None:
            request.meta["dont_redirect"] = True  # it is the last hop already
            return _stored(done, self._spider.archive.body(done.sha256 or ""), done.final_url or done.url, ARCHIVED)
        ask: Ask | None = request.cb_kwargs.get("ask")  # robots.txt has none
        if ask is not None and "known" not in request.meta:
            request.meta["known"] = self._spider.archive.latest_good(self._spider.source.id, ask.url)
        known: Fetch | None = request.meta.get("known")
        # Validators belong to the address that gave them. Sent to another hop of a chain they could yield a 304
        # about a different page.
        same_place = known is not None and canonical(request.url) == (known.final_url or known.url)
        same_place = same_place and not request.meta.get(WHOLE)
        for header, field in VALIDATORS:
            value = getattr(known, field) if same_place else None
            if value:
                request.headers[header] = value
            else:
                request.headers.pop(header, None)
        return None

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """A 304 as the page it stands for; asked again without validators where the stored body cannot be read."""
        known: Fetch | None = request.meta.get("known")
        if response.status != 304 or known is None or request.meta.get(WHOLE):
            return response
        try:
            body = self._spider.archive.body(known.sha256 or "")
        except ArchiveError as error:
            log.warning("%s: %s; fetched again", known.source, error)
            return request.replace(meta={**request.meta, WHOLE: True}, dont_filter=True)
        stored = _stored(known, body, response.url, NOT_MODIFIED)
        for header, _ in (("ETag", ""), ("Last-Modified", "")):
            if value := response.headers.get(header):
                stored.headers[header] = value
        return stored


def _stored(fetch: Fetch, body: bytes, url: str, flag: str) -> Response:
    headers = Headers()
    for name, value in (
        ("Content-Type", fetch.content_type),
        ("ETag", fetch.etag),
        ("Last-Modified", fetch.last_modified),
    ):
        if value:
            headers[name] = value
    response_class = responsetypes.from_args(headers=headers, url=url, body=body)
    return response_class(url=url, status=200, headers=headers, body=body, flags=[flag])
