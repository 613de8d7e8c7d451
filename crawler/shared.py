"""One queue for several workers, in Redis: the `scale` extra (scrapy-redis), on when YIDI_REDIS holds a redis:// URL.

Every worker is a `yidi crawl --run ID --archive FILE` of the same sources with an archive of its own; `yidi archive
merge` brings the archives together. What scrapy-redis alone loses with a killed worker is kept: a request that a worker
has taken stays in a hash under the worker's name until its page is recorded and its links are queued. Workers show that
they live by a key that expires; what a dead one had taken goes back to the queue. What failed in passing waits for the
next time the run is started.

Each worker keeps to one request at a time per host, so N workers ask a host N at a time: for your own servers, and
sites that agreed. The queue holds JSON, never pickles; still, do not expose the Redis server.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import uuid4

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.utils.asyncio import create_looping_call
from scrapy_redis.queue import PriorityQueue  # type: ignore[import-untyped,import-not-found,unused-ignore]
from scrapy_redis.scheduler import Scheduler  # type: ignore[import-untyped,import-not-found,unused-ignore]

from crawler.ask import Ask

if TYPE_CHECKING:
    from crawler.spiders.guides import GuidesSpider

ALIVE_S = 15  # a worker that has not shown itself for that long is dead
BEAT_S = 4.0
POLL_S = 0.5  # how often a worker with nothing to do looks for something; Scrapy's own 5 s leave it all to one
TICKET = "ticket"  # in request.meta: under which name the hash of taken requests knows it
_KEPT_META = (
    "redirect_urls",
    "redirect_reasons",
    "redirect_times",
    "redirect_ttl",
    "retry_times",
    "whole",
    TICKET,
)


def settings(url: str, run: str, source: str) -> dict[str, Any]:
    """Scrapy's settings for a queue that belongs to this source in this run."""
    place = f"yidi:{run}:{source}".replace("%", "%%")  # scrapy-redis formats its keys
    return {
        "REDIS_URL": url,
        "SCHEDULER": "crawler.shared.SharedScheduler",
        "SCHEDULER_QUEUE_CLASS": "crawler.shared.SharedQueue",
        "SCHEDULER_QUEUE_KEY": f"{place}:queue",
        "SCHEDULER_DUPEFILTER_KEY": f"{place}:seen",
        "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
        "SCHEDULER_SERIALIZER": "crawler.shared",
        "SCHEDULER_PERSIST": True,
    }


# -- requests as JSON: scrapy-redis takes this module for a serializer -----------------------------------------------


def dumps(request: dict[str, Any]) -> bytes:
    """What makes one of our requests, as JSON."""
    kept = {key: request["meta"][key] for key in _KEPT_META if key in request["meta"] and key != TICKET}
    parts = {
        "url": request["url"],
        "priority": request["priority"],
        "dont_filter": request["dont_filter"],
        "meta": kept,
        "ask": asdict(request["cb_kwargs"]["ask"]),
    }
    return json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()


def loads(data: bytes) -> dict[str, Any]:
    """The request as Scrapy's dictionary form."""
    parts = json.loads(data)
    return {
        "url": parts["url"],
        "priority": parts["priority"],
        "dont_filter": parts["dont_filter"],
        "meta": parts["meta"],
        "cb_kwargs": {"ask": Ask(**parts["ask"])},
        "callback": "parse",
        "errback": "failed",
    }


# -- the queue -------------------------------------------------------------------------------------------------------

# Seen and queued in one step: a worker killed between the two would hide the page from all others for ever.
_PUSH = """
if ARGV[1] ~= '' and redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
if ARGV[4] ~= '' then redis.call('HDEL', KEYS[3], ARGV[4]) end
return 1
"""
_POP = """
local first = redis.call('ZPOPMIN', KEYS[1])
if #first == 0 then return false end
local ticket = redis.sha1hex(first[1])
redis.call('HSET', KEYS[2], ticket, ARGV[1] .. ' ' .. first[2] .. ' ' .. first[1])
return {ticket, first[1]}
"""
_GIVE_BACK = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 1 then redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3]) end
"""


class SharedQueue(PriorityQueue):  # type: ignore[misc]
    """A priority queue that remembers who took what. Keys: KEY, KEY:taken, KEY:later, KEY:alive:WORKER."""

    def __init__(self, server: Any, spider: Spider, key: str, serializer: Any = None) -> None:
        super().__init__(server, spider, key, serializer)
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self._taken, self._later, self._alive = f"{self.key}:taken", f"{self.key}:later", f"{self.key}:alive"
        self._push = server.register_script(_PUSH)
        self._pop = server.register_script(_POP)
        self._give_back = server.register_script(_GIVE_BACK)

    def push_unseen(self, request: Request, seen: str, fingerprint: str) -> bool:
        """Queue it, unless it was seen; '' for a fingerprint queues it anyway. A redirect or retry takes the place of
        the request it came from."""
        ticket = request.meta.pop(TICKET, "")
        data = self._encode_request(request)
        return bool(self._push(keys=[self.key, seen, self._taken], args=[fingerprint, -request.priority, data, ticket]))

    def pop(self, timeout: int = 0) -> Request | None:  # noqa: ARG002 (scrapy-redis' signature)
        """The next request, ours until it is settled."""
        taken = self._pop(keys=[self.key, self._taken], args=[self.worker])
        if not taken:
            return None
        ticket, data = taken
        request = cast(Request, self._decode_request(data))
        request.meta[TICKET] = ticket.decode()
        return request

    def settle(self, request: Request, *, again: bool) -> None:
        """It is recorded and its links are queued; `again`: the next start of the run asks for it once more."""
        ticket = request.meta.get(TICKET)
        if not ticket:
            return
        if again and (held := self.server.hget(self._taken, ticket)):
            self.server.hset(self._later, ticket, held)
        self.server.hdel(self._taken, ticket)

    def beat(self) -> None:
        """Show that this worker lives."""
        self.server.set(f"{self._alive}:{self.worker}", 1, ex=ALIVE_S)

    def leave(self) -> None:
        """This worker is done."""
        self.server.delete(f"{self._alive}:{self.worker}")

    def others_at_work(self) -> bool:
        """Whether another living worker has taken something, which may still lead to more."""
        return any(worker != self.worker and self._lives(worker) for _, worker, _, _ in self._held(self._taken))

    def adopt(self) -> None:
        """Back to the queue with what dead workers had taken."""
        for ticket, worker, score, data in list(self._held(self._taken)):
            if worker != self.worker and not self._lives(worker):
                self._give_back(keys=[self._taken, self.key], args=[ticket, score, data])

    def resume(self) -> None:
        """Where no other worker lives, the run is started anew: what failed in passing is asked for again."""
        if any(True for _ in self.server.scan_iter(f"{self._alive}:*")):
            return
        for ticket, _, score, data in list(self._held(self._later)):
            self._give_back(keys=[self._later, self.key], args=[ticket, score, data])

    def _lives(self, worker: str) -> bool:
        return bool(self.server.exists(f"{self._alive}:{worker}"))

    def _held(self, key: str) -> Iterator[tuple[str, str, str, bytes]]:
        for ticket, value in self.server.hgetall(key).items():
            worker, score, data = value.split(b" ", 2)
            yield ticket.decode(), worker.decode(), score.decode(), data


class SharedScheduler(Scheduler):  # type: ignore[misc]
    """scrapy-redis' scheduler, with workers that know of each other."""

    queue: SharedQueue

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        scheduler = cast(Self, super().from_crawler(crawler))
        crawler.signals.connect(scheduler._idle, signal=signals.spider_idle)  # noqa: SLF001 (our own)
        return scheduler

    def open(self, spider: GuidesSpider) -> None:
        """Join the workers of this source."""
        spider.crawler.engine._SLOT_HEARTBEAT_INTERVAL = POLL_S  # noqa: SLF001 (there is no setting for it)
        super().open(spider)
        self.queue.adopt()
        self.queue.resume()
        self._beating = create_looping_call(self.queue.beat)
        self._beating.start(BEAT_S)
        spider.settle = self.queue.settle

    def enqueue_request(self, request: Request) -> bool:
        """Queue what no worker has queued. A redirect may lead to an address that is queued by itself, and a retry
        repeats one: those are no repeats."""
        again = request.dont_filter or request.meta.get("redirect_times")
        return self.queue.push_unseen(request, self.df.key, "" if again else self.df.request_fingerprint(request))

    def close(self, reason: str) -> None:
        """Leave them."""
        self._beating.stop()
        self.queue.leave()
        super().close(reason)

    def _idle(self) -> None:
        self.queue.adopt()
        if len(self.queue) or self.queue.others_at_work():
            raise DontCloseSpider
