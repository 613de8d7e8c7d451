"""Our own pages and JSON answers: one table of routes, one way to serve them.

In: a request. Out: HTML from a template, or with `.json` the same data under build id, schema version and run.
Every route names its parameters; an unknown id is a 404 that says so, an unknown or malformed parameter a 400.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import NotFound, Response
from datasette.views.base import DatasetteError

from kb import cite, schema
from kb.site import compare, feed, files, find, front, openapi, proof, questions, region, results, structured
from kb.site.about import DATABASE, About, MissingError, about
from kb.site.facts import KINDS
from kb.site.parameters import (
    ADCODE,
    LANG,
    QUERY,
    TEXT,
    Pairs,
    Parameter,
    ParameterError,
    check,
    matching,
    number,
    one_of,
    pairs,
)  # fmt: skip
from kb.site.rendering import page

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a page sees it: the connection, the release, parts of the path, parameters and language."""

    db: sqlite3.Connection
    about: About
    path: Mapping[str, str]
    given: Pairs
    metadata: Mapping[str, Any]
    sql: bool
    """Whether free SQL is on."""
    as_json: bool = False
    """Whether a program asks: it gets everything, a page only what can be shown."""

    @property
    def lang(self) -> str:
        return self.one("lang") or "zh"

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.given if key == name), default)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.given if key == name]


@dataclass(frozen=True, slots=True)
class Route:
    """A page: its path with {parts}, parameters, what it shows and how."""

    path: str
    summary: str
    data: Callable[[Asked], Data]
    template: str
    parameters: tuple[Parameter, ...] = ()
    parts: Mapping[str, str] | None = None
    """Part of the path → what it is."""
    structured: Callable[[Data, str], Mapping[str, Any] | None] | None = None
    """What the page tells machines about itself, given its data and the address of the site."""

    @property
    def pattern(self) -> str:
        base = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/.]+)", self.path)
        return rf"{base}(?:\.(?P<format>json))?$" if self.path != "/" else r"/(?:(?:index)?\.(?P<format>json))?$"


def _region(asked: Asked) -> Data:
    return region.region(asked.db, asked.path["adcode"], lang=asked.lang, whole=asked.as_json)


def _front(asked: Asked) -> Data:
    return front.front(asked.db, question=asked.one("question"), lang=asked.lang)


def _question(asked: Asked) -> Data:
    return questions.question(
        asked.db, asked.path["id"], sort=asked.one("sort", "region"), desc=asked.one("desc") == "1",
        show=asked.one("show", "answered"), lang=asked.lang,
    )  # fmt: skip


def _compare(asked: Asked) -> Data:
    return compare.compare(asked.db, asked.all("adcode"), lang=asked.lang, whole=asked.as_json)


def _page(asked: Asked) -> Data:
    return proof.page(asked.db, asked.path["id"], version=asked.one("version"), against=asked.one("against"))


def _fact(asked: Asked) -> Data:
    return proof.fact(asked.db, asked.path["id"], lang=asked.lang)


def _search(asked: Asked) -> Data:
    return find.find(asked.db, asked.one("q"), kind=asked.one("kind"), offset=int(asked.one("offset") or 0))


def _tables(asked: Asked) -> Data:
    described = asked.metadata.get("tables", {})
    tables = [
        {"name": n, "title": described.get(n, {}).get("title", n), "rows": rows, "hidden": bool(described.get(n, {"hidden": True}).get("hidden"))}
        for n, rows in asked.about.counts.items() if rows is not None
    ]  # fmt: skip
    queries = [
        {"name": n, "title": q["title"], "description": q["description"], "params": q["params"]}
        for n, q in asked.metadata.get("queries", {}).items()
    ]
    return {"tables": tables, "queries": queries, "sql": asked.sql}


def _files(asked: Asked) -> list[Data]:
    described = asked.metadata.get("tables", {})
    titles = {
        n: (t.comment if asked.lang == "en" else described.get(n, {}).get("title", n))
        for n, t in schema.tables().items()
    }
    return files.described(asked.about.folder, titles)


def _about(asked: Asked) -> Data:
    return front.about(asked.db, lang=asked.lang) | {"files": _files(asked)}


def _download(asked: Asked) -> Data:
    edition = cite.edition(asked.db)
    return {
        "files": _files(asked), "edition": {"run": edition.run, "date": edition.date, "build_id": edition.build_id},
        "citation": {"zh": edition.citation("zh"), "en": edition.citation("en"), "bibtex": edition.bibtex()},
        "licence": {"id": cite.LICENCE, "title": cite.LICENCE_TITLE, "url": cite.LICENCE_URL, "rights": cite.RIGHTS, "notice": cite.NO_ADVICE},
    }  # fmt: skip


A_QUESTION = one_of("", *(q[k] for q in questions.titles("zh") for k in ("id", "name")))
ID = {"type": "string", "pattern": "^[0-9a-f]{16,64}$"}
an_id = matching(r"[0-9a-f]{0,64}", "an id, hexadecimal")

ROUTES: tuple[Route, ...] = (
    Route("/", "What is held, how fresh, how good, and what is new.", _front, "front.html",
          (LANG, Parameter("question", "Question by whose answers the map is coloured; empty = by coverage.", TEXT, A_QUESTION))),
    Route("/region/{adcode}", "Everything held about a region: answers, steps, channels, materials, deadlines, sources, history.",
          _region, "region.html", (LANG,), {"adcode": "adcode of the region"}, structured.region),
    Route("/compare", "The answers of two to six regions side by side.", _compare, "compare.html",
          (LANG, Parameter("adcode", "A region; two to six of them.", ADCODE, matching("([0-9]{6})?", "an adcode, six digits"), many=True))),
    Route("/question/{id}", "One question for all regions.", _question, "question.html", (
        LANG,
        Parameter("sort", "Order of the rows.", {"type": "string", "enum": list(questions.SORTS)}, one_of(*questions.SORTS)),
        Parameter("desc", "1 = downwards.", {"type": "string", "enum": ["0", "1"]}, one_of("0", "1")),
        Parameter("show", "Which regions.", {"type": "string", "enum": list(questions.SHOWS)}, one_of(*questions.SHOWS)),
    ), {"id": "q01 to q12, or the name of the query"}),
    Route("/page/{id}", "The main text of a page version with every fact where it stands.", _page, "page.html", (
        LANG,
        Parameter("version", "snapshot_id of a version; empty = the newest.", TEXT, an_id),
        Parameter("against", "snapshot_id of an earlier version to compare with.", TEXT, an_id),
    ), {"id": "page_id of the page"}),
    Route("/fact/{id}", "One fact: words, history, contradictions. Permanent; old ids lead on (301).", _fact, "fact.html", (LANG,),
          {"id": "fact_id of the fact"}),
    Route("/search", "Regions, facts and pages that hold all the words.", _search, "search.html", (
        LANG, QUERY["q"],
        Parameter("kind", "Only this kind.", {"type": "string", "enum": ["", *KINDS, "guides"]}, one_of("", *KINDS, "guides")),
        Parameter("offset", "Results to skip.", {"type": "integer", "minimum": 0, "maximum": find.MOST}, number(0, find.MOST)),
    )),
    Route("/tables", "The tables and queries of this release, and their sizes. Also at /yidi.", _tables, "tables.html", (LANG,)),
    Route("/download", "The files of this release with size, rows and digest; licence and citation.", _download, "download.html", (LANG,),
          structured=structured.dataset),
    Route("/about", "What this base is made of, its quality and sources.", _about, "about.html", (LANG,)),
)  # fmt: skip
"""Every page of our own; with .json (for /: /index.json) the same as data."""

FEED = (
    QUERY["region"],
    Parameter("question", "q01 to q10; empty = all.", TEXT, one_of("", *(q["id"] for q in questions.titles("zh")))),
)


def view(route: Route) -> Callable[..., Any]:
    """The view of a route for Datasette."""

    async def serve(request: Any, datasette: Any) -> Response:
        release = about(datasette)
        path = {k: v for k, v in request.url_vars.items() if k != "format"}
        given = given_of(request, release, route.parameters)
        metadata = metadata_of(datasette)
        sql = bool(datasette.setting("default_allow_sql"))
        as_json = request.url_vars.get("format") == "json"
        data = await read(datasette, lambda db: route.data(Asked(db, release, path, given, metadata, sql, as_json)))
        if "redirect" in data:
            return Response.redirect(data["redirect"] + (".json" if as_json else ""), status=301)
        if as_json:
            return Response.json(release.envelope() | data)
        told = route.structured(data, base_of(request)) if route.structured else None
        said = {"route": route, "structured": structured.script(told) if told else None}
        return Response.html(page(datasette, route.template, request, said | data))

    return serve


def given_of(request: Any, release: About, known: tuple[Parameter, ...]) -> Pairs:
    """The checked parameters of a request; a wrong one is an answer 400 that names it."""
    try:
        given = pairs(request.scope.get("query_string", b""))
        check(given, known, release)
    except ParameterError as error:
        raise DatasetteError(str(error), error_dict={"parameter": error.name}, status=400) from error
    return given


async def read(datasette: Any, function: Callable[[sqlite3.Connection], Any]) -> Any:
    """What a function reads from the release, in a thread; MissingError is an answer 404."""
    try:
        return await datasette.get_database(DATABASE).execute_fn(function)
    except MissingError as error:
        raise NotFound(str(error)) from error


def metadata_of(datasette: Any) -> dict[str, Any]:
    """What metadata.yml says of the database."""
    found: dict[str, Any] = (datasette.metadata("databases") or {}).get(DATABASE, {})
    return found


def base_of(request: Any) -> str:
    """Scheme and host under which the site is read."""
    return f"{request.scheme}://{request.host}"


async def serve_feed(request: Any, datasette: Any) -> Response:
    release = about(datasette)
    given = dict(given_of(request, release, FEED))
    here, base = request.url, base_of(request)
    body = await read(datasette, lambda db: feed.atom(
        db, base, here, region=given.get("region", ""), question=given.get("question", ""), date=release.run_date))  # fmt: skip
    return Response(body, content_type="application/atom+xml; charset=utf-8")


async def serve_openapi(request: Any, datasette: Any) -> Response:
    release = about(datasette)
    given_of(request, release, ())
    return Response.json(openapi.document(release, metadata_of(datasette), ROUTES, FEED))


async def serve_robots(request: Any, datasette: Any) -> Response:
    given_of(request, about(datasette), ())
    return Response.text(files.robots(base_of(request)))


async def serve_sitemap(request: Any, datasette: Any) -> Response:
    given_of(request, about(datasette), ())
    body = await read(datasette, lambda db: files.sitemap(db, base_of(request)))
    return Response(body, content_type="application/xml; charset=utf-8")


async def serve_versions(request: Any, datasette: Any) -> Response:
    given_of(request, about(datasette), ())
    return Response.json(about(datasette).envelope())


async def serve_file(request: Any, send: Any, datasette: Any) -> None:
    name = request.url_vars["name"]
    folder = about(datasette).folder
    given_of(request, about(datasette), ())
    if name not in files.listed(folder):
        raise NotFound(f"no file {name} in this release; /download lists them")
    await files.send_file(send, folder, name)


def routes(queries: Mapping[str, Any]) -> list[tuple[str, Callable[..., Any]]]:
    """Patterns and views, as Datasette wants them, given the canned queries."""
    return [(route.pattern, view(route)) for route in ROUTES] + results.routes(queries) + [
        (r"/feed\.atom$", serve_feed), (r"/openapi\.json$", serve_openapi), (r"/robots\.txt$", serve_robots),
        (r"/sitemap\.xml$", serve_sitemap), (r"/-/versions\.json$", serve_versions), (r"/files/(?P<name>.+)$", serve_file),
    ]  # fmt: skip
