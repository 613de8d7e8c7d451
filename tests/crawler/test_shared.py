"""Two workers, one queue in a real Redis: no page twice, and a killed worker's pages come on the next start."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest

from crawler.archive import Archive, Fetch
from crawler.ask import Ask
from tests.crawler.conftest import HOME, Answer, rows, run, source

PAGES = 120


@pytest.fixture
def redis_url(tmp_path):
    """A Redis server of our own on loopback, without persistence."""
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture
def guides(site):
    """Pages that lead to the next ten, each taking a moment."""
    names = [f"/live/{number}" for number in range(PAGES)]
    for number, name in enumerate(names):
        nexts = "".join(f"<a href={names[(number + step) % PAGES]}>n</a>" for step in range(1, 11))
        site.pages[name] = Answer(act=_slow(nexts.encode()))
    site.page("/", "<a href=/live/0>0</a><a href=/live/60>60</a>")
    return site


def _slow(body):
    def act(handler):
        time.sleep(0.03)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


SCRIPT = (
    "import sys, pathlib; from crawler.run import crawl; from crawler.sources import Source\n"
    "crawl([Source.model_validate_json(sys.argv[1])], pathlib.Path(sys.argv[2]), run='2026-W47', progress=False)"
)


def worker(entry, archive, redis_url):
    command = [sys.executable, "-c", SCRIPT, entry.model_dump_json(), str(archive)]
    return subprocess.Popen(command, env={**os.environ, "YIDI_REDIS": redis_url})


@pytest.mark.browser
def test_two_workers_share_2000_pages(site, tmp_path, redis_url):
    pages = 2000
    for number in range(pages):
        site.page(
            f"/live/{number}", "".join(f"<a href=/live/{(number * 3 + step) % pages}>n</a>" for step in range(1, 9))
        )
    site.page("/", "<a href=/live/0>0</a><a href=/live/1000>1000</a>")
    entry = source(site, max_depth=20, max_pages=pages + 1)
    archives = [tmp_path / "one.db", tmp_path / "two.db"]
    workers = [worker(entry, archive, redis_url) for archive in archives]
    assert [process.wait(300) for process in workers] == [0, 0]
    asked = site.asked()
    assert len(asked) == len(set(asked)) == pages + 1  # 2,000 distinct and the start, none twice
    with Archive(archives[0]) as store:
        store.merge(archives[1])
        good = {f.url for f in store.fetches() if f.outcome == "ok" and f.role != "robots"}
    assert len(good) == pages + 1


@pytest.mark.browser
def test_two_workers_fetch_every_page_once(guides, tmp_path, redis_url):
    entry = source(guides, max_depth=20)
    archives = [tmp_path / "one.db", tmp_path / "two.db"]
    workers = [worker(entry, archive, redis_url) for archive in archives]
    assert [process.wait(90) for process in workers] == [0, 0]
    asked = guides.asked()
    assert len(asked) == len(set(asked)) == PAGES + 1
    shares = [sum(f.outcome == "ok" for f in rows(archive).values()) for archive in archives]
    assert sum(shares) == PAGES + 1
    assert min(shares) > 10
    with Archive(archives[0]) as store:
        store.merge(archives[1])
        (row,) = store.run_sources("2026-W47")
        assert (row.status, row.pages, row.failures) == ("ok", PAGES + 1, 0)
        assert list(store.verify()) == []


@pytest.mark.browser
def test_a_killed_workers_pages_come_on_the_next_start(guides, tmp_path, redis_url):
    entry = source(guides, max_depth=20)
    first = worker(entry, tmp_path / "one.db", redis_url)
    deadline = time.monotonic() + 30
    while len(guides.asked()) < 30 and time.monotonic() < deadline:
        time.sleep(0.02)
    first.kill()
    first.wait()
    before = 0
    while before != len(guides.asked()):  # its child notices
        before = len(guides.asked())
        time.sleep(0.5)
    assert 30 <= before < PAGES
    _forget_the_dead(redis_url)
    assert worker(entry, tmp_path / "two.db", redis_url).wait(90) == 0
    with Archive(tmp_path / "one.db") as store:
        store.merge(tmp_path / "two.db")
        good = {f.url.removeprefix(HOME) for f in store.fetches() if f.outcome == "ok"}
    assert good == {"/", *(f"/live/{number}" for number in range(PAGES))}
    asked = guides.asked()
    assert len(asked) - len(set(asked)) <= 2  # under way, or recorded and not yet settled, when the worker died


def _forget_the_dead(redis_url):
    """As if the time after which a silent worker counts as dead had passed."""
    import redis

    server = redis.Redis.from_url(redis_url)
    for key in server.scan_iter("*:alive:*"):
        server.delete(key)


@pytest.mark.browser
def test_requests_travel_as_json():
    from scrapy import Request
    from scrapy.utils.request import request_from_dict

    from crawler import shared

    ask = Ask("http://a.cn/x", 2, "http://a.cn/")
    request = Request(ask.url, cb_kwargs={"ask": ask}, priority=-2, meta={"known": object(), "retry_times": 1})
    data = shared.dumps(request.to_dict())
    assert data.startswith(b"{")
    again = request_from_dict({**shared.loads(data), "callback": None, "errback": None})
    assert (again.url, again.priority, again.cb_kwargs, again.meta) == (ask.url, -2, {"ask": ask}, {"retry_times": 1})


@pytest.mark.parametrize(
    ("ours", "theirs", "together"),
    [
        ("ok", "skipped", "ok"),
        ("empty", "ok", "ok"),
        ("ok", "partial", "partial"),
        ("failed", "ok", "partial"),
        ("skipped", "skipped", "skipped"),
        ("failed", "failed", "failed"),
    ],
)
def test_what_two_workers_did_is_one_row(tmp_path, ours, theirs, together):
    for name, status in (("one", ours), ("two", theirs)):
        with Archive(tmp_path / f"{name}.db") as store:
            store.begin_run("2026-W47")
            store.begin_source("2026-W47", "s", "{}")
            url = f"http://a.cn/{name}"
            store.record(
                Fetch(run="2026-W47", source="s", url=url, fetched_at="2026-11-18T00:00:00Z", outcome="ok"), b"x"
            )
            store.finish_source("2026-W47", "s", status=status, reason=None, pages=1, failures=0)
    with Archive(tmp_path / "one.db") as store:
        store.merge(tmp_path / "two.db")
        (row,) = store.run_sources("2026-W47")
    assert (row.status, row.pages) == (together, 2)


def test_without_redis_nothing_is_shared(guides, tmp_path, monkeypatch):
    monkeypatch.delenv("YIDI_REDIS", raising=False)
    report = run(tmp_path / "a.db", source(guides, max_depth=0))
    assert report.sources[0].row.pages == 1
