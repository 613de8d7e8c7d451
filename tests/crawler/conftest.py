"""A small web server that tests script: pages by path, with validators, and a log of what was asked."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crawler.archive import Archive, Fetch
from crawler.run import RunReport, crawl
from crawler.sources import Source


@dataclass
class Answer:
    """What a path answers. `etag`: whether it has a validator."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    etag: bool = True
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


class Site:
    """`pages` by path; what is not there is a 404."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.statuses: list[tuple[str, int, int]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # headers and body go in two writes: 40 ms per answer otherwise

            def do_GET(self) -> None:
                site.requests.append((self.path, dict(self.headers)))
                answer = site.pages.get(self.path) or Answer(b"not found", 404, {"Content-Type": "text/html"}, False)
                if answer.act:
                    answer.act(self)
                    return
                tag = f'"{hashlib.sha256(answer.body).hexdigest()[:12]}"'
                status, body = answer.status, answer.body
                if answer.etag and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                site.statuses.append((self.path, status, len(body)))
                self.send_response(status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.etag and status in (200, 304):
                    self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """A client that was killed or gave up is part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, path: str, body: bytes | str, **more: Any) -> None:
        self.pages[path] = Answer(body.encode() if isinstance(body, str) else body, **more)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.pages[path] = Answer(b"", status, {"Location": to}, etag=False)

    def asked(self, path: str | None = None) -> list[str]:
        return [p for p, _ in self.requests if p != "/robots.txt" and path in (None, p)]

    def wrap(self, context: ssl.SSLContext) -> None:
        """From now on over TLS."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.close()


@pytest.fixture
def second_site() -> Iterator[Site]:
    served = Site()
    yield served
    served.close()


HOME = "http://guide.example.cn"


def source(site: Site, **changes: Any) -> Source:
    """A source at guide.example.cn that the test server serves."""
    entry = {
        "id": "guide",
        "name": "指南",
        "start": [f"{HOME}/"],
        "follow": [r"/live/"],
        "via": site.url,
        "delay_s": 0,
    }
    return Source.model_validate({**entry, **changes})


def run(archive: Any, *sources: Source, **options: Any) -> RunReport:
    return crawl(list(sources), archive, progress=False, **options)


def rows(archive: Any, run_id: str | None = None, *, home: str = HOME) -> dict[str, Fetch]:
    """The fetches of a run by path."""
    with Archive(archive, read_only=True) as store:
        return {fetch.url.removeprefix(home): fetch for fetch in store.fetches(run_id)}
