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

from kb.site import region as region_page
from kb.site.about import DATABASE, About, about
from kb.site.errors import Missing
from kb.site.parameters import ADCODE, LANG, Pairs, Parameter, ParameterError, check, pairs

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a page sees it: the connection, the release, parts of the path, parameters and language."""

    db: sqlite3.Connection
    about: About
    path: Mapping[str, str]
    given: Pairs
    queries: Mapping[str, Any]

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

    @property
    def pattern(self) -> str:
        base = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/.]+)", self.path)
        return base + r"(?:\.(?P<format>json))?$" if self.path != "/" else r"/(?:index\.(?P<format>json))?$"


def _region(asked: Asked) -> Data:
    return region_page.region(asked.db, asked.path["adcode"], lang=asked.lang)


ROUTES: tuple[Route, ...] = (
    Route(
        "/region/{adcode}",
        "Everything held about a region.",
        _region,
        "region.html",
        (LANG,),
        {"adcode": "adcode of the region"},
    ),
)


def view(route: Route) -> Callable[..., Any]:
    """The view of a route for Datasette."""

    async def serve(request: Any, datasette: Any) -> Response:
        release = about(datasette)
        database = datasette.get_database(DATABASE)
        path = {k: v for k, v in request.url_vars.items() if k != "format"}
        try:
            given = pairs(request.scope.get("query_string", b""))
            check(given, route.parameters, release)
            queries = datasette.metadata("queries", database=DATABASE, fallback=False) or {}
            data = await database.execute_fn(lambda db: route.data(Asked(db, release, path, given, queries)))
        except ParameterError as error:
            raise DatasetteError(str(error), error_dict={"parameter": error.name}, status=400) from error
        except Missing as error:
            raise NotFound(str(error)) from error
        if request.url_vars.get("format") == "json":
            return Response.json(release.envelope() | data)
        if "redirect" in data:
            return Response.redirect(data["redirect"], status=301)
        html = await datasette.render_template(route.template, {"own": True, "route": route} | data, request=request)
        return Response.html(html)

    return serve


def routes() -> list[tuple[str, Callable[..., Any]]]:
    """Patterns and views, as Datasette wants them."""
    return [(route.pattern, view(route)) for route in ROUTES]
