"""Serves the sample site (or any folder) on the loopback, and points copies of its source files there.

In:  a folder of pages, a port (0 = a free one), and optionally a folder of source files with a folder to write them to.
Out: one line with the address on stdout; the source files, each with ``via: http://127.0.0.1:PORT`` added, so that
     ``yidi crawl --sources`` fetches here and records everything under the `start` addresses of the sources.

No charset is put in Content-Type: as on many live sites the page alone tells. Pages carry an ETag made from their
bytes (and answer 304 to it), never a modification time: what is recorded does not depend on the checkout. Unknown
paths and folders without an index page are 404. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parent.parent


class PageHandler(SimpleHTTPRequestHandler):
    """Static pages: `.shtm` is HTML, folders are not listed, requests are not logged."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".shtm": "text/html", ".html": "text/html"}

    etag: str | None = None

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        path = self.path.partition("?")[0]
        file = Path(self.translate_path(path))
        if path.endswith("/"):
            file /= "index.html"
        self.etag = f'"{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"' if file.is_file() else None
        if self.etag and self.headers.get("If-None-Match") == self.etag:
            self.send_response(304)
            self.end_headers()
            return None
        return super().send_head()

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() != "last-modified":
            super().send_header(keyword, value)

    def end_headers(self) -> None:
        if self.etag:
            self.send_header("ETag", self.etag)
        super().end_headers()

    def list_directory(self, path: object) -> None:
        del path  # the machine's own path is nobody's business
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Silent: the crawler keeps the log of what was fetched."""


def make_server(root: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server for the pages under `root`, bound to 127.0.0.1 and not yet running."""

    def handler(*args: object) -> PageHandler:
        return PageHandler(*args, directory=str(root))  # type: ignore[arg-type]

    return ThreadingHTTPServer(("127.0.0.1", port), handler)  # type: ignore[arg-type]


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def serving(root: Path, port: int = 0) -> Iterator[str]:
    """Serves `root` in a thread for the length of a ``with`` block; gives the address."""
    server = make_server(root, port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_sources(sources: Path, out: Path, via: str) -> list[Path]:
    """Copies the source files of a folder, adding `via`. The files in `out` are replaced, others there are removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.yml"):
        old.unlink()
    written = []
    for source in sorted(sources.glob("*.yml")):
        copy = out / source.name
        copy.write_text(f"{source.read_text('utf-8').rstrip()}\nvia: {via}\n", "utf-8")
        written.append(copy)
    return written


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="serve a folder of pages on the loopback")
    parser.add_argument("--site", type=Path, default=ROOT / "examples" / "site", help="folder of pages")
    parser.add_argument("--port", type=int, default=0, help="0 = a free port")
    parser.add_argument("--sources", type=Path, default=ROOT / "examples" / "sources", help="folder of source files")
    parser.add_argument("--write-sources", type=Path, metavar="DIR", help="write them to DIR with `via` = this server")
    options = parser.parse_args(argv)
    if not options.site.is_dir():
        parser.error(f"no such folder: {options.site}")
    try:
        server = make_server(options.site, options.port)
    except (OSError, OverflowError) as error:
        print(f"serve_site: port {options.port}: {error}", file=sys.stderr)
        return 2
    if options.write_sources:
        write_sources(options.sources, options.write_sources, address(server))
    print(address(server), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
