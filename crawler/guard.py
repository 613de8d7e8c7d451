"""Where the crawl may go: the hosts of its source, over http or https, at public addresses. Nothing else, whoever
leads there: a link, a redirect of a start address, a retry, a meta refresh, a DNS answer.

Three layers: `StrictOffsite` refuses by address before anything is sent, also where Scrapy's own filter is told to
look away; `GuardedResolver` refuses names that resolve to private addresses, at every lookup (rebinding);
`GuardedHandler` is the only way out and takes a source with `via` to that server and nowhere else.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from crawler.addresses import is_private, is_private_literal
from crawler.outcomes import Outcome
from crawler.sources import Source
from crawler.urls import DEFAULT_PORTS, canonical, origin, site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet.defer import Deferred


class Refused(IgnoreRequest):
    """A request we do not make, or an answer we do not take, with its outcome."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


_REMEMBERED = 65_536


class Scope:
    """What belongs to a source, and how its addresses are reached."""

    def __init__(self, source: Source) -> None:
        self._sites = {site(url) for url in source.start} | {site(f"http://{host}") for host in source.hosts}
        self._inside: dict[str, bool] = {}
        self._private_allowed = source.allow_private
        self._origin = origin(source.start[0])
        self._via = origin(canonical(source.via)) if source.via else None
        own = [*source.start, *(f"http://{host}" for host in source.hosts)]
        trusted = [source.via] if source.via else own if source.allow_private else []
        _PRIVATE_HOSTS.update(host for url in trusted if (host := urlsplit(url).hostname))

    def __contains__(self, url: str) -> bool:
        inside = self._inside.get(url)
        if inside is None:
            if len(self._inside) >= _REMEMBERED:
                self._inside.clear()
            inside = self._inside[url] = urlsplit(url).scheme in ("http", "https") and site(url) in self._sites
        return inside

    def check(self, url: str) -> None:
        """Refused where the address is none of the source's."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise Refused(Outcome.OFFSITE, f"scheme {parts.scheme}: {url[:200]}")
        host = parts.hostname or ""
        if url in self:
            if self._private_allowed or self._via or not is_private_literal(host):
                return
            raise Refused(Outcome.PRIVATE_ADDRESS, host)
        raise Refused(Outcome.PRIVATE_ADDRESS if is_private_literal(host) else Outcome.OFFSITE, url[:200])

    def home(self, url: str) -> str:
        """The canonical address in the source's own space: what points at the `via` server means the start's host."""
        return self._origin + url[len(self._via) :] if self._via and _at(self._via, url) else url

    def link(self, url: str) -> str:
        """The address under which a link is asked for: `home`, with the scheme of the start. Sites mix http and https
        in their links to one and the same page; asked for twice it would count twice."""
        url = self.home(url)
        scheme, separator, rest = url.partition("://")
        if scheme in DEFAULT_PORTS and urlsplit(url).port is None and url in self:
            return urlsplit(self._origin).scheme + separator + rest
        return url

    def onward(self, request: Request) -> Request:
        """The request as it is sent: to the `via` server under the real host's name, or as it is."""
        if not self._via:
            return request
        here = origin(request.url)
        sent: Request = request.replace(url=self._via + request.url[len(here) :])
        sent.headers["Host"] = urlsplit(here).netloc.rpartition("@")[2]
        return sent


# Names and literal addresses that a source of this process may reach although they are private. One set, because the
# resolver is one for the whole process; which source may ask for which of them is StrictOffsite's business.
_PRIVATE_HOSTS: set[str] = set()
_refused_names: dict[str, str] = {}


def _at(place: str, url: str) -> bool:
    return url.startswith(place) and url[len(place) : len(place) + 1] in ("", "/", "?", "#")


def _scope(crawler: Crawler) -> Scope:
    scope = getattr(crawler.spider, "scope", None)
    if not isinstance(scope, Scope):
        raise TypeError(f"spider {crawler.spider} has no scope")
    return scope


class StrictOffsite:
    """Every request passes here, also redirects, retries and robots.txt; `dont_filter` changes nothing."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let it pass or raise Refused."""
        _scope(self._crawler).check(request.url)


class GuardedResolver(CachingThreadedResolver):
    """Looks names up and refuses private answers; cached answers are judged again each time."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 (Twisted's name)
        """The address of a name, or DNSLookupError."""

        def judge(address: str) -> str:
            if name not in _PRIVATE_HOSTS and is_private(ip_address(address)):
                _refused_names[name] = address
                raise DNSLookupError(f"{name} resolves to {address}")
            return address

        return super().getHostByName(name, timeout).addCallback(judge)


class GuardedHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler, which also serves sources with `via`; responses bear the address that was asked for."""

    async def download_request(self, request: Request) -> Response:
        """One request and its answer."""
        scope = _scope(self.crawler)
        onward = scope.onward(request)
        try:
            response = await super().download_request(onward)
        except CannotResolveHostError as error:
            host = urlsplit(onward.url).hostname or ""
            if host in _refused_names:
                raise Refused(Outcome.PRIVATE_ADDRESS, f"{host} resolves to {_refused_names[host]}") from error
            raise
        if onward is request:
            return response
        request.meta.update(onward.meta)  # latency, for the throttle
        if location := response.headers.get("Location"):
            response.headers["Location"] = scope.home(location.decode("latin-1"))
        answered: Response = response.replace(url=request.url)
        return answered
