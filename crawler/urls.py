"""Addresses: the one canonical form under which a page is asked for, compared and recorded."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import safe_url_string

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 2000

# What never selects a page: trackers, and session ids that make a new address of the same page on every visit.
_IGNORED_QUERY = re.compile(r"^(?:utm_\w+|spm|jsessionid|phpsessid|sessionid)(?:=|$)", re.IGNORECASE)
_SESSION_PATH = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)


@lru_cache(maxsize=65_536)  # a page repeats the links of its neighbours; 100 of them would cost more than the page
def canonical(url: str, encoding: str = "utf-8") -> str:
    """Lower-case scheme and host, no default port, no fragment, no '.' or '..', percent-encoded, no trackers.

    The order of the query stays: some sites depend on it. `encoding` is that of the page the address was found on
    (query only, as browsers do). ValueError where it is no address.
    """
    parts = urlsplit(safe_url_string(url.strip(), encoding=encoding, path_encoding="utf-8"))
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        return url.strip()
    host = (parts.hostname or "").lower().rstrip(".")
    if not host:
        raise ValueError(f"no host in {url!r}")
    if ":" in host:
        host = f"[{host}]"
    port = "" if parts.port in (None, DEFAULT_PORTS[scheme]) else f":{parts.port}"
    path = _without_dots(_SESSION_PATH.sub("", parts.path)) or "/"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _IGNORED_QUERY.match(pair))
    return urlunsplit((scheme, host + port, path, query, ""))


def _without_dots(path: str) -> str:
    """Dot segments removed (RFC 3986, 5.2.4). Empty segments stay: they may matter to a server."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def origin(url: str) -> str:
    """'http://host:port', the port only where it is not the default one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def site(url: str) -> tuple[str, int | None]:
    """Host and port, with the default ports of http and https taken as one: sites move from one to the other."""
    parts = urlsplit(url)
    port = parts.port
    return (parts.hostname or "").lower(), None if port in (None, *DEFAULT_PORTS.values()) else port
