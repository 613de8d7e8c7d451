"""A hostile site: nothing it tries reaches another server, every trap has its row, and the crawl ends by itself."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import brotli
import pytest
from scrapy.resolver import dnscache

from crawler.guard import GuardedResolver
from tests.crawler.conftest import HOME, Answer, rows, run, source

BOMB = 60_000_000


@contextmanager
def peak_of_children() -> Iterator[list[int]]:
    """The largest resident memory (VmHWM, KiB) of a crawl started inside; a fork's own count would begin at its parent's."""
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
                with suppress(OSError, StopIteration):
                    if b"crawler" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                        peak[0] = max(peak[0], next(int(x.split()[1]) for x in lines if x.startswith("VmHWM")))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive.db"


def test_traps(site, second_site, archive):
    secret = second_site
    for path in ("/live/secret", "/"):
        secret.page(path, "secret")
    port = secret.port
    links = {
        "file:///live/etc/hostname": "offsite",
        "ftp://127.0.0.1/live/x": "offsite",
        "data:text/html,/live/": "offsite",
        f"http://127.0.0.1:{port}/live/secret": "private_address",
        f"http://localhost:{port}/live/secret": "private_address",
        f"http://2130706433:{port}/live/secret": "private_address",
        f"http://0x7f.1:{port}/live/secret": "private_address",
        f"http://[::1]:{port}/live/secret": "private_address",
        "http://169.254.169.254/live/meta-data": "private_address",
        "http://foreign.example.org/live/1": "offsite",
        f"http://guide.example.cn:{port}/live/secret": "offsite",
    }
    paths = {
        "/live/redirect": "private_address",
        "/live/redirect-offsite": "offsite",
        "/live/redirect-file": "offsite",
        "/live/refresh": "private_address",
        "/live/retry": "private_address",
        "/live/loop": "redirect_loop",
        "/live/gzip-bomb": "too_large",
        "/live/brotli-bomb": "too_large",
        "/live/large": "too_large",
        "/live/endless": "too_large",
        "/live/truncated": "connection",
        "/live/bad-gzip": "connection",
        "/live/challenge": "challenge",
        "/live/image": "not_html",
        "/live/deep": "ok",
        "/live/empty": "ok",
    }
    anchors = "".join(f"<a href='{url}'>x</a>" for url in (*links, *paths))
    site.page("/", anchors)
    site.redirect("/live/redirect", f"http://127.0.0.1:{port}/live/secret")
    site.redirect("/live/redirect-offsite", "http://foreign.example.org/live/2")
    site.redirect("/live/redirect-file", "file:///etc/hostname")
    site.page("/live/refresh", f"<meta http-equiv=refresh content='0; url=http://127.0.0.1:{port}/live/secret'>")
    site.redirect("/live/loop", "/live/loop")

    def busy_then_away(handler):
        site.redirect("/live/retry", f"http://127.0.0.1:{port}/live/secret")
        handler.send_response(503)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    site.pages["/live/retry"] = Answer(act=busy_then_away)
    html = {"Content-Type": "text/html"}
    site.page("/live/gzip-bomb", gzip.compress(b"\0" * BOMB), headers={**html, "Content-Encoding": "gzip"})
    site.page("/live/brotli-bomb", brotli.compress(b"\0" * BOMB, quality=1), headers={**html, "Content-Encoding": "br"})
    site.page("/live/large", b"x" * 10_500_000)
    site.page("/live/bad-gzip", b"\x1f\x8b\x08nonsense", headers={**html, "Content-Encoding": "gzip"})
    site.page("/live/challenge", "<script>document.cookie='__jsl_clearance=1'</script>", status=521)
    site.page("/live/image", b"\x89PNG", headers={"Content-Type": "image/png"})
    site.page("/live/deep", b"<div>" * 20_000 + b"<a href=/live/empty>\0</a>")
    site.page("/live/empty", b"")

    def endless(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.close_connection = True
        for _ in range(2000):
            handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    site.pages["/live/endless"] = Answer(act=endless)

    def truncated(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<p>half")
        handler.close_connection = True

    site.pages["/live/truncated"] = Answer(act=truncated)
    with peak_of_children() as peak:
        report = run(archive, source(site))
    assert 0 < peak[0] <= 400_000
    found = rows(archive)
    assert {key: found[key].outcome for key in paths} == paths
    assert {url: found[url.removeprefix(HOME)].outcome for url in links} == links
    assert secret.requests == []
    assert found["/live/redirect"].final_url == f"http://127.0.0.1:{port}/live/secret"
    assert report.sources[0].row.status == "partial"
    assert report.complete


def test_a_start_address_that_redirects_away_is_refused(site, second_site, archive):
    second_site.page("/", "secret")
    site.redirect("/", f"{second_site.url}/")
    report = run(archive, source(site))
    assert rows(archive)["/"].outcome == "private_address"
    assert report.sources[0].row.status == "failed"
    assert second_site.requests == []


def test_a_public_name_with_a_private_address_is_refused(site, archive, tmp_path):
    """As after DNS rebinding: the name is allowed, its address is not. The real resolver and handler, no `via`."""
    site.page("/", "secret")
    entry = source(site, start=[f"http://rebound.example.cn:{site.port}/"], via=None, delay_s=1.5)
    from crawler.archive import Archive

    with Archive(archive) as store:
        store.begin_run("2026-W47")
        store.begin_source("2026-W47", entry.id, entry.definition)
    job = {"archive": str(archive), "run": "2026-W47", "offline": False, "progress": False}
    job["groups"] = [[entry.model_dump(mode="json")]]
    script = (
        "from scrapy.resolver import dnscache; dnscache['rebound.example.cn'] = '127.0.0.1'\n"
        "from crawler.worker import main; main()"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, text=True)
    worker.stdin.write(json.dumps(job) + "\n")
    worker.stdin.flush()
    assert worker.wait(60) == 0
    worker.stdin.close()
    (page,) = [fetch for url, fetch in rows(archive).items() if not url.endswith("robots.txt")]
    assert page.outcome == "private_address"
    assert "resolves to 127.0.0.1" in page.detail
    assert site.requests == []


def test_the_resolver_judges_cached_answers_too():
    class Reactor:
        pass

    resolver = GuardedResolver(Reactor(), 10, 1.0)
    dnscache["inner.example.cn"] = "10.0.0.1"
    dnscache["outer.example.cn"] = "8.8.8.8"
    results = []
    for name in ("inner.example.cn", "outer.example.cn"):
        resolver.getHostByName(name).addBoth(results.append)
    assert "resolves to 10.0.0.1" in str(results[0].value)
    assert results[1] == "8.8.8.8"


def test_no_extra_ports_are_opened_while_crawling(site, archive):
    """Scrapy's telnet console and remote control listen by default; ours do not."""
    found = []
    before = set(_children())  # servers that other tests keep

    def look(handler):
        found.extend(_listening(pid) for pid in _children() if pid not in before)
        body = b"<p>x</p>"
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    site.page("/", "<a href=/live/1>1</a>")
    site.pages["/live/1"] = Answer(act=look)
    run(archive, source(site))
    assert found == [0]
    assert _listening(os.getpid()) >= 1  # the test server: the count works


def _children() -> list[int]:
    """The processes we started (Linux)."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            stats[int(path.parent.name)] = path.read_text()
    return [pid for pid, stat in stats.items() if int(stat.rpartition(")")[2].split()[1]) == os.getpid()]


def _listening(pid: int) -> int:
    """On how many TCP ports a process listens (Linux)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    held = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # it was closed meanwhile
            held.append(os.readlink(fd))
    return sum(name in listening for name in held)


def test_a_slow_drip_ends(site, archive, monkeypatch):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.1)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    site.page("/", "<a href=/live/drip>d</a><a href=/live/1>1</a>")
    site.page("/live/1", "one")
    site.pages["/live/drip"] = Answer(act=drip)
    started = time.monotonic()
    run(archive, source(site, timeout_s=1))
    assert time.monotonic() - started < 15
    assert rows(archive)["/live/drip"].outcome == "timeout"
    assert rows(archive)["/live/1"].outcome == "ok"


def test_the_test_server_is_reachable_at_all(site):
    """Without this the refusals above would prove nothing."""
    with socket.create_connection(("127.0.0.1", site.port), 2) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(12).startswith(b"HTTP/1.1")
