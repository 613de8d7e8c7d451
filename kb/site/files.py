"""The bulk files of the release, and the small files of every site: robots.txt, sitemap, versions.

In: the folder of the release (the one that holds its database). Out: answers. Only what SHA256SUMS lists is served.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

KINDS = {".gz": "application/gzip", ".ndjson": "application/x-ndjson", ".csv": "text/csv; charset=utf-8", ".parquet": "application/vnd.apache.parquet",
         ".jsonld": "application/ld+json", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
BLOCK = 1 << 16


@cache
def listed(folder: Path) -> dict[str, tuple[str, int]]:
    """Name → sha256 and size of every file of the release."""
    sums = folder / "SHA256SUMS"
    found = {}
    if sums.is_file():
        for line in sums.read_text("utf-8").splitlines():
            digest, _, name = line.partition("  ")
            if (folder / name).is_file():
                found[name] = (digest, (folder / name).stat().st_size)
        found["SHA256SUMS"] = ("", sums.stat().st_size)
    return found


@cache
def rows(folder: Path) -> dict[str, int]:
    """Name → rows, for the files that hold tables, as they were counted when the release was made."""
    manifest = folder / "manifest.json"
    files = json.loads(manifest.read_text("utf-8")).get("files", []) if manifest.is_file() else []
    return {file["name"]: file["rows"] for file in files if "rows" in file}


def described(folder: Path, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every file with folder, size, digest, rows and, for a table, its title."""
    counted = rows(folder)
    return [
        {"name": name, "folder": name.rpartition("/")[0], "title": titles.get(Path(name).stem) if "/" in name else None,
         "rows": counted.get(name), "bytes": size, "sha256": digest}
        for name, (digest, size) in listed(folder).items()
    ]  # fmt: skip


def kind_of(name: str) -> str:
    return KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


async def send_file(send: Any, folder: Path, name: str) -> None:
    """A file in blocks, so that a large one needs no memory."""
    _, size = listed(folder)[name]
    headers = [(b"content-type", kind_of(name).encode()), (b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    with (folder / name).open("rb") as file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            await send({"type": "http.response.body", "body": block, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def robots(base: str) -> str:
    """Pages may be indexed; tables with their endless filters and free SQL not."""
    return f"User-agent: *\nDisallow: /yidi\nDisallow: /search\nDisallow: /compare\nDisallow: /-/\nSitemap: {base}/sitemap.xml\n"


def sitemap(db: sqlite3.Connection, base: str) -> str:
    """The pages worth indexing: questions, regions that are held, and their pages."""
    paths = ["/", "/about", "/download", *(f"/question/q{n:02d}" for n in range(1, 13))]
    paths += [f"/region/{r[0]}" for r in db.execute("SELECT adcode FROM v1_coverage WHERE held ORDER BY adcode")]
    paths += [
        f"/page/{r[0]}"
        for r in db.execute("SELECT page_id FROM v1_guides WHERE relevant = 1 ORDER BY page_id LIMIT 40000")
    ]
    entries = "".join(f"<url><loc>{escape(base + path)}</loc></url>" for path in paths)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>\n'
