"""One run as a WACZ file, the web archives' exchange format (https://specs.webrecorder.net/wacz/).

In: an archive and a run. Out: a .wacz that `wacz validate` accepts. A page that came is a `response` record; a page
that was not modified is the `response` of the fetch that brought it and a `revisit` of this run; redirect hops are
responses with their Location. Bodies are stored decoded, so the headers written are Content-Type, ETag and
Last-Modified only, as the warcinfo record says. Fetches without a body (failures, refusals, pages that are gone) are
in the log of the run, a `resource` record with one JSON object per line. Needs the `export` extra.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.archive import GOOD, Archive, ArchiveError, Fetch

LOG_TYPE = "application/x-ndjson"
NOTE = (
    "bodies are decoded (no content or transfer encoding) and otherwise as received; "
    "only Content-Type, ETag and Last-Modified are kept of the headers"
)


def export(archive: Archive, run: str, out: Path) -> dict[str, int]:
    """Write the run to `out`; returns the number of records by type. ArchiveError where there is no such run, or the
    libraries are missing."""
    if run not in {known.run for known in archive.runs()}:
        raise ArchiveError(f"archive {archive.path} has no run {run}")
    try:
        from wacz.main import main as wacz
        from warcio.warcwriter import WARCWriter
    except ImportError as error:
        raise ArchiveError(f"WACZ export needs the export extra: pip install 'yidi[export]' ({error})") from error
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent) as folder:
        warc = Path(folder) / f"yidi-{run}.warc.gz"
        with warc.open("wb") as stream:
            counts = _Writer(archive, WARCWriter(stream, gzip=True)).write(run)
        unfinished = Path(folder) / "run.wacz"
        pages = Path(folder) / "pages.jsonl"
        pages.write_text("".join(_page_list(archive, run)), "utf-8")
        listed = ["--pages", str(pages), "--copy-pages"]
        failed = wacz(["create", "--output", str(unfinished), *listed, "--title", f"yidi {run}", str(warc)])
        if failed or not unfinished.is_file():
            raise ArchiveError(f"the WACZ of run {run} could not be written to {out}")
        unfinished.replace(out)
    return counts


def _page_list(archive: Archive, run: str) -> Iterator[str]:
    """pages.jsonl: what a reader of the file can open, each under the words by which a link called it."""
    yield json.dumps({"format": "json-pages-1.0", "id": "pages", "title": f"yidi {run}"}) + "\n"
    names = {link.target: link.text for link in archive.links(run) if link.text}
    shown = {
        fetch.final_url or fetch.url: (fetch.fetched_at, names.get(fetch.url) or fetch.url)
        for fetch in archive.fetches(run)
        if fetch.outcome in GOOD and fetch.role in ("page", "list")
    }
    for url, (at, title) in sorted(shown.items()):
        yield json.dumps({"url": url, "ts": at, "title": title}, ensure_ascii=False) + "\n"


class _Writer:
    """The records of one run, in the order of the log."""

    def __init__(self, archive: Archive, writer: object) -> None:
        from warcio.warcwriter import WARCWriter

        if not isinstance(writer, WARCWriter):
            raise TypeError("not a WARC writer")
        self._archive = archive
        self._writer = writer
        self._counts: dict[str, int] = {}
        self._originals: dict[tuple[str, str, str | None], Fetch] = {}

    def write(self, run: str) -> dict[str, int]:
        """All of it; returns the counts."""
        info = {"software": "yidi", "format": "WARC File Format 1.1", "isPartOf": run, "description": NOTE}
        self._put(self._writer.create_warcinfo_record(f"yidi-{run}.warc.gz", info))
        self._originals = {(f.source, f.url, f.sha256): f for f in self._archive.fetches() if f.outcome == "ok"}
        log = []
        for fetch in self._archive.fetches(run):
            log.append(json.dumps(asdict(fetch) | {"outcome": str(fetch.outcome)}, ensure_ascii=False))
            for record in self._records(fetch):
                self._put(record)
        payload = BytesIO(("\n".join(log) + "\n").encode())
        self._put(
            self._writer.create_warc_record(
                f"urn:yidi:fetches:{run}", "resource", payload=payload, warc_content_type=LOG_TYPE
            )
        )
        return self._counts

    def _put(self, record: object) -> None:
        self._writer.write_record(record)
        kind = record.rec_type  # type: ignore[attr-defined]  # warcio has no types
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def _records(self, fetch: Fetch) -> Iterator[object]:
        hops = [*(hop.url for hop in fetch.redirects), fetch.final_url or fetch.url]
        for hop, following in zip(fetch.redirects, hops[1:], strict=True):
            if hop.reason.isdigit():
                headers = [("Location", following)]
                yield self._record("response", hop.url, fetch.fetched_at, int(hop.reason), headers, b"")
        if fetch.sha256 is None:
            return
        body = self._archive.body(fetch.sha256)
        came = fetch
        if fetch.outcome == "not_modified":
            came = self._originals.get((fetch.source, fetch.url, fetch.sha256), fetch)
        status = came.status if came.outcome not in GOOD or came is not fetch else HTTPStatus.OK
        url = came.final_url or came.url
        yield self._record("response", url, came.fetched_at, int(status or HTTPStatus.OK), _headers(came), body)
        if came is not fetch:
            yield self._revisit(fetch, came, body)

    def _record(self, kind: str, url: str, at: str, status: int, headers: list[tuple[str, str]], body: bytes) -> object:
        from warcio.statusandheaders import StatusAndHeaders

        http = StatusAndHeaders(_status_line(status), headers, protocol="HTTP/1.1")
        return self._writer.create_warc_record(
            url, kind, payload=BytesIO(body), http_headers=http, warc_headers_dict={"WARC-Date": at}
        )

    def _revisit(self, fetch: Fetch, came: Fetch, body: bytes) -> object:
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.utils import Digester

        digester = Digester("sha1")
        digester.update(body)
        return self._writer.create_revisit_record(
            fetch.final_url or fetch.url,
            str(digester),
            came.final_url or came.url,
            came.fetched_at,
            http_headers=StatusAndHeaders(_status_line(304), _headers(fetch), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": fetch.fetched_at},
        )


def _status_line(status: int) -> str:
    known = status in HTTPStatus.__members__.values()
    return f"{status} {HTTPStatus(status).phrase if known else 'Unknown'}"


def _headers(fetch: Fetch) -> list[tuple[str, str]]:
    named = (("Content-Type", fetch.content_type), ("ETag", fetch.etag), ("Last-Modified", fetch.last_modified))
    return [(name, value) for name, value in named if value]
