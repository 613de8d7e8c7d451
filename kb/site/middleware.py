"""Around every answer: parameters are checked, what is unchanged is not sent again, and headers say what this is.

In: an ASGI application. Out: the same with 400 for wrong parameters, 304 for what the client holds, and the headers of
release, cache and safety. Datasette's own pages about itself are closed: they tell paths and versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from kb.site.about import DATABASE, About, about
from kb.site.errors import for_programs
from kb.site.parameters import ParameterError, check_address, pairs

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""What a page may load: what this site serves, and nothing that stands in the page itself. Every page, Datasette's too,
comes from a template of kb/site/templates, which hold no style and no script."""

SAFETY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
}
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "If-None-Match, Content-Type",
    "access-control-expose-headers": "Link, ETag, X-Yidi-Build, X-Yidi-Schema, X-Yidi-Run",
}
CLOSED = re.compile(r"/-/(?!static/|versions\.json$)|/[^/]*\.db$(?<!/yidi\.db)|/:memory:|/_memory")

ENCODED = (f"/{DATABASE}/", "/-/static/")
"""Paths that may hold %-escapes; elsewhere no id needs one, and Datasette would redirect instead of saying 404."""


def wrap(datasette: Any) -> Callable[[App], App]:
    """The middleware for one Datasette."""
    if DATABASE in datasette.databases and not datasette.inspect_data:
        datasette.inspect_data = about(datasette).inspected()
    settings = json.dumps(datasette._settings, sort_keys=True, default=str)  # noqa: SLF001 - no public way to all of them
    queries: dict[str, Any] = datasette.metadata("queries", database=DATABASE, fallback=False) or {}

    def around(app: App) -> App:
        async def served(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
            if scope["type"] != "http" or DATABASE not in datasette.databases:
                await app(scope, receive, send)
                return
            release = about(datasette)
            tag = _tag(release, settings, scope)
            path = scope["path"]
            held = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")

            async def decorated(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": _headers(message, release, path, tag)}
                await send(message)

            if scope["method"] == "OPTIONS":
                await _answer(decorated, 204, b"", "text/plain")
            elif scope["method"] not in ("GET", "HEAD"):
                await _refuse(decorated, 405, f"{scope['method']}: only GET and HEAD", path)
            elif CLOSED.match(path) or (
                b"%" in scope.get("raw_path", b"").partition(b"?")[0] and not path.startswith(ENCODED)
            ):
                await _refuse(decorated, 404, f"nothing at {path}", path)
            else:
                try:
                    given = pairs(scope.get("query_string", b""))
                    check_address(path, given, release, queries)
                except ParameterError as error:
                    await _refuse(decorated, 400, str(error), path, error.name)
                    return
                if tag and tag in [t.strip().removeprefix("W/") for t in held.split(",")]:
                    await _answer(decorated, 304, b"", None)
                else:
                    await app(_front_door(_with_shape(scope, path, given), path, given), receive, decorated)

        return served

    return around


def _with_shape(scope: Message, path: str, given: list[tuple[str, str]]) -> Message:
    """Rows are objects where nothing else is asked for; Datasette's own default is arrays, which break with new columns."""
    if not (path.startswith(f"/{DATABASE}") and path.endswith(".json")) or "_shape" in dict(given):
        return scope
    query = scope.get("query_string", b"")
    return {**scope, "query_string": query + b"&_shape=objects" if query else b"_shape=objects"}


def _front_door(scope: Message, path: str, given: list[tuple[str, str]]) -> Message:
    """/yidi without a query is our list of tables: Datasette's takes a third of a second for as many tables."""
    if path != f"/{DATABASE}" or {name for name, _ in given} - {"lang"}:
        return scope
    return {**scope, "path": "/tables", "raw_path": b"/tables"}


def _tag(release: About, settings: str, scope: Message) -> str | None:
    """One tag per address, release and site; none where SQL of the reader may answer differently each time."""
    query = scope.get("query_string", b"")
    if b"sql=" in query or b"_where=" in query:
        return None
    what = "\n".join((release.build_id, release.site, settings, scope["path"], query.decode("latin-1")))
    return f'"{hashlib.sha256(what.encode()).hexdigest()[:20]}"'


def _headers(message: Message, release: About, path: str, tag: str | None) -> list[tuple[bytes, bytes]]:
    own = SAFETY | CORS | {
        "x-yidi-build": release.build_id, "x-yidi-schema": str(release.schema_version), "x-yidi-run": release.run,
        "content-security-policy": POLICY,
    }  # fmt: skip
    status = message["status"]
    if tag and status in (200, 304):
        own["etag"] = f"W/{tag}"
    if status == 200 and path.startswith("/assets/"):
        own["cache-control"] = "public, max-age=86400"  # their addresses carry the digest of the site
    if status >= 400:
        own["cache-control"] = "no-store" if status >= 500 else "public, max-age=60"
    dropped = {*own, "vary"}  # Datasette names Cookie and Authorization; an answer here depends on its address alone
    kept = [(k, v) for k, v in message.get("headers", []) if k.decode("latin-1").lower() not in dropped]
    if status in (200, 304) and "cache-control" not in own and not any(k.lower() == b"cache-control" for k, _ in kept):
        kept.append((b"cache-control", b"public, max-age=300"))
    return [*kept, *((k.encode(), v.encode("latin-1")) for k, v in own.items())]


async def _answer(send: Send, status: int, body: bytes, kind: str | None) -> None:
    headers = [(b"content-type", kind.encode())] if kind else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int, error: str, path: str, parameter: str | None = None) -> None:
    """The error as JSON, or as plain text for people: the site's page of errors needs a request that can be understood."""
    if for_programs(path):
        said: dict[str, Any] = {"ok": False, "status": status, "error": error, "title": None}
        said |= {"parameter": parameter} if parameter else {}
        await _answer(send, status, json.dumps(said, ensure_ascii=False).encode(), "application/json; charset=utf-8")
    else:
        await _answer(send, status, f"{status}\n{error}\n".encode(), "text/plain; charset=utf-8")
