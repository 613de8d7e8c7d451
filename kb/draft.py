"""A first entry for a new source, drafted from one of its pages, for a person to look over.

In: an address, and the page as fetched (one polite request, through the guard of the crawl) or as saved by a browser.
Out: FOLDER/ID.yml, FOLDER/pages/ID.html with the bytes of the page, FOLDER/pages/ID.json with what the parsers read of
it. The JSON is what `yidi parse` prints: corrected by a person it says what the page should be read as.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import ValidationError

import parsers
from crawler import clock
from crawler.archive import GOOD, Archive
from crawler.run import crawl
from crawler.sources import Source, SourceError, load_sources
from crawler.urls import canonical, site
from parsers.layouts import layouts
from parsers.records import Guide, to_json
from parsers.regions import resolve_region

PATTERNS = 3
"""Shapes of links that go into `follow`: the most frequent ones."""

_NOTES = {
    "list": "The page leads to others: check that `follow` chooses its guides and nothing else.",
    "guide": "The page is a guide itself. A list page of the site is the better `start`: it shows new guides.",
}


def draft(
    url: str, folder: Path, given: dict[str, str | None], *, body: bytes | None = None, allow_private: bool = False
) -> str:
    """Write the three files; returns what to do next. `given`: name, authority, region, where the caller knows them.
    SourceError where the address or a value is wrong, the page does not come, or the entry exists."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{url}: must be an http or https address")
    url = canonical(url)
    ident = re.sub(r"[^a-z0-9]+", "-", parts.hostname.removeprefix("www.").lower()).strip("-")
    entry_file, page_file = folder / f"{ident}.yml", folder / "pages" / f"{ident}.html"
    for file in (entry_file, page_file):
        if file.exists():
            raise SourceError(f"{file} exists already; edit it")
    content_type, addresses = None, list[str]()
    if body is None:
        body, content_type, addresses = _fetched(ident, url, allow_private)
    else:
        addresses = _addresses(url, body)
    guide = parsers.parse(body, url=url, file=str(page_file), content_type=content_type)
    entry = _entry(ident, url, guide, addresses, given) | ({"allow_private": True} if allow_private else {})
    _checked(entry, entry_file)
    page_file.parent.mkdir(parents=True, exist_ok=True)
    page_file.write_bytes(body)
    expected = json.dumps(to_json(guide), ensure_ascii=False, indent=2) + "\n"
    page_file.with_suffix(".json").write_text(expected, "utf-8")
    note = _NOTES["guide" if guide.relevant and any(True for _ in guide.facts()) else "list"]
    head = f"# Drafted {clock.now().date().isoformat()} from {url}, which nobody has looked over yet.\n# {note}\n"
    entry_file.write_text(head + yaml.safe_dump(entry, allow_unicode=True, sort_keys=False), "utf-8")
    region, layout = entry["region"] or "none", entry.get("layout") or "by content"
    about = f"tier {entry['authority']}, region {region}, layout {layout}, {len(entry['follow'])} patterns to follow"
    told = [f"the registry knows this host already: {', '.join(others)}"] if (others := _same_site(url)) else []
    told += [f"{entry_file}: {entry['name']}, {about}", f"{page_file}: the page"]
    told += [f"{page_file.with_suffix('.json')}: the {len(guide.facts())} facts read of it; correct them by hand"]
    return "\n".join([*told, f"then: yidi crawl {ident} --sources {folder}"])


def _fetched(ident: str, url: str, allow_private: bool) -> tuple[bytes, str | None, list[str]]:
    """Body, content type and the addresses the page links, by a crawl of that page alone."""
    try:
        source = Source(id=ident, name=ident, start=[url], max_depth=0, max_pages=1, allow_private=allow_private)
    except ValidationError as error:
        raise SourceError(f"{url}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
    with TemporaryDirectory(prefix="yidi-draft-") as work:
        archive = Path(work) / "archive.db"
        crawl([source], archive, run="draft", progress=False)
        with Archive(archive, read_only=True) as store:
            fetch = store.fetch_of("draft", ident, url)
            if fetch is None or fetch.outcome not in GOOD or fetch.sha256 is None:
                why = "nothing came" if fetch is None else f"{fetch.outcome} ({fetch.detail})"
                raise SourceError(f"{url}: {why}; save the page in a browser and give it with --page FILE")
            body = store.body(fetch.sha256)
    return body, fetch.content_type, _addresses(fetch.final_url or url, body)


def _addresses(url: str, body: bytes) -> list[str]:
    from scrapy.http import HtmlResponse  # heavy, and only here

    from crawler.links import links

    return [address for address, _ in links(HtmlResponse(url, body=body)) if address != url]


def _entry(
    ident: str, url: str, guide: Guide, addresses: Iterable[str], given: dict[str, str | None]
) -> dict[str, Any]:
    host = urlsplit(url).hostname or ""
    name = given["name"] or guide.publisher or (guide.breadcrumb[0] if guide.breadcrumb else None) or host
    known = {layout.name for layout in layouts()}
    entry: dict[str, Any] = {
        "id": ident, "name": name, "publisher": guide.publisher or given["name"],
        "authority": given["authority"] or _tier(host, f"{name}{guide.publisher}", guide.authority),
        "region": given["region"] or _region(guide),
        "start": [url], "follow": _patterns(url, addresses),
    }  # fmt: skip
    if guide.layout in known:
        entry["layout"] = guide.layout
    return entry | {"expect": {"min_guides": 1}, "verified": None}


def _region(guide: Guide) -> str | None:
    """Of a guide its own; a list says it by title, breadcrumb or publisher."""
    found = guide.region or resolve_region(guide.title, guide.breadcrumb, guide.publisher, None, "")
    return found.adcode if found else None


def _tier(host: str, names: str, read: str | None) -> str:
    if host.endswith(".gov.cn"):
        return "A" if "医疗保障" in names or re.match(r"(?:ybj|ylbz|yb|hsa)[a-z]*\.", host) else "B"
    return read or "C"


def _patterns(url: str, addresses: Iterable[str]) -> list[str]:
    """Patterns for `follow`: the shapes that several links of the page share, and that of the page where it has one;
    else everything below its folder."""
    own = site(url)
    counts = Counter(shape for address in set(addresses) if (shape := _shape(address, own)) is not None)
    shapes = [shape for shape, n in counts.most_common(PATTERNS) if n > 1]
    if (mine := _shape(url, own)) is not None and mine not in shapes:
        shapes.append(mine)
    return shapes or [_plain(f"//{urlsplit(url).netloc}{urlsplit(url).path.rpartition('/')[0]}/")]


def _shape(address: str, own: tuple[str, int | None]) -> str | None:
    """Host and path of a page with a number in its path, as a pattern; None for others and other hosts."""
    if urlsplit(address).scheme not in ("http", "https") or site(address) != own:
        return None
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not re.search(r"\d", path):
        return None
    pieces = re.split(r"((?=[0-9a-f]*\d)[0-9a-f]{16,}|\d+)", path)
    shape = "".join(
        _plain(piece) if n % 2 == 0 else r"\d+" if piece.isdigit() else "[0-9a-f]+" for n, piece in enumerate(pieces)
    )
    return _plain(f"//{urlsplit(address).netloc}") + shape + "$"


def _plain(text: str) -> str:
    """The pattern of that text, as a person would write it."""
    return re.escape(text).replace(r"\-", "-")


def _checked(entry: dict[str, Any], file: Path) -> None:
    try:
        Source.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        told = f"{'.'.join(map(str, first['loc'])) or 'entry'}: {first['msg'].removeprefix('Value error, ')}"
        raise SourceError(f"{file}: {told}") from error


def _same_site(url: str) -> list[str]:
    return [source.id for source in load_sources() if any(site(start) == site(url) for start in source.start)]
