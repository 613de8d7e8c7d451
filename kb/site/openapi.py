"""/openapi.json: the description of the API for machines, made from the release that is served.

In: the release, its metadata, the table of routes. Out: an OpenAPI 3.1 document. Paths are those whose form is kept:
the public tables, the canned queries, our own pages as JSON, and the feed. Types come from the schema of the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kb import schema
from kb.site.about import DATABASE, About
from kb.site.parameters import MOST_VALUES, QUERY, Parameter

TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}
PAGE = 1000
"""Most rows of one page that are asked for through the description."""
PLAIN = {"type": "object", "required": ["error"], "properties": {
    "ok": {"const": False}, "error": {"type": "string"}, "status": {"type": "integer"}, "title": {"type": ["string", "null"]},
    "parameter": {"type": "string", "description": "the parameter that is wrong"},
}}  # fmt: skip


def document(
    about: About, metadata: Mapping[str, Any], routes: Iterable[Any], feed: Iterable[Parameter]
) -> dict[str, Any]:
    """The whole description."""
    public = [t for t in schema.tables() if t.startswith("v1_") and t in about.columns]
    paths: dict[str, Any] = {}
    for name in public:
        paths[f"/{DATABASE}/{name}.json"] = {"get": _table(name, about, metadata)}
    for name, query in metadata.get("queries", {}).items():
        paths[f"/{DATABASE}/{name}.json"] = {"get": _query(name, query)}
    for route in routes:
        paths["/index.json" if route.path == "/" else f"{route.path}.json"] = {"get": _page(route)}
    paths["/feed.atom"] = {"get": {
        "operationId": "feed", "summary": "Atom feed of changes.", "parameters": [_parameter(p) for p in feed],
        "responses": {"200": {"description": "Atom", "content": {"application/atom+xml": {"schema": {"type": "string"}}}}, **_errors()},
    }}  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "yidi 异地就医备案知识库", "version": f"{about.schema_version}.0.0",
            "description": "Facts on filing for cross-region medical treatment, each with the sentence it was read from. "
            "Columns are only ever added; what is to go is announced a year before under `deprecated` here and in CHANGELOG.",
            "license": {"name": "CC-BY-4.0", "identifier": "CC-BY-4.0"},
            "x-build-id": about.build_id, "x-run": about.run,
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**{name: _row(name, about) for name in public}, "Error": PLAIN, "Envelope": ENVELOPE},
            "headers": {"X-Yidi-Build": {"schema": {"type": "string"}, "description": "build id of the release that answered"}},
            "responses": {
                "Wrong": {"description": "a parameter is unknown or malformed; `parameter` names it", "content": _json({"$ref": "#/components/schemas/Error"})},
                "Missing": {"description": "nothing has this id", "content": _json({"$ref": "#/components/schemas/Error"})},
            },
        },
    }  # fmt: skip


ENVELOPE = {"type": "object", "required": ["build_id", "schema_version", "run"], "properties": {
    "build_id": {"type": "string"}, "schema_version": {"type": "integer"}, "run": {"type": "string"},
}}  # fmt: skip


OPERATORS = "A column also takes `__in`, `__gte`, `__lte`, `__contains`, `__isnull` and Datasette's other operators behind its name."


def _json(what: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": what}}


def _errors(missing: bool = False) -> dict[str, Any]:
    found = {"400": {"$ref": "#/components/responses/Wrong"}}
    return found | ({"404": {"$ref": "#/components/responses/Missing"}} if missing else {})


def _parameter(p: Parameter) -> dict[str, Any]:
    form: Mapping[str, Any] = {"type": "array", "items": p.schema, "maxItems": MOST_VALUES} if p.many else p.schema
    return {
        "name": p.name,
        "in": "query",
        "description": p.description,
        "required": p.required,
        "schema": form,
        **({"explode": True} if p.many else {}),
    }


def _columns(table: str, about: About) -> list[schema.Column]:
    """The columns that this release has, with the words of the schema."""
    known = {c.name: c for c in schema.tables()[table].columns}
    return [known.get(name) or schema.Column(name, kind, name, None) for name, kind in about.columns[table]]


def _row(table: str, about: About) -> dict[str, Any]:
    columns = _columns(table, about)
    properties = {c.name: {"type": [TYPES[c.type], "null"], "description": c.comment} for c in columns}
    return {"type": "object", "required": [c.name for c in columns], "properties": properties}


_OBJECTS = {
    "name": "_shape", "in": "query", "schema": {"type": "string", "enum": ["objects"]}, "description": "rows as objects, also where it is left out",
}  # fmt: skip


def _table(name: str, about: About, metadata: Mapping[str, Any]) -> dict[str, Any]:
    table, columns = schema.tables()[name], _columns(name, about)
    parameters: list[dict[str, Any]] = [
        _OBJECTS,
        {
            "name": "_size",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": PAGE},
            "description": "rows of a page",
        },
        {
            "name": "_next",
            "in": "query",
            "schema": {"type": "string"},
            "description": "`next` of the page before",
            "x-opaque": True,
        },
        *(
            {"name": n, "in": "query", "schema": {"enum": [c.name for c in columns]}, "description": d}
            for n, d in (("_sort", "column to sort by"), ("_sort_desc", "column to sort by, downwards"))
        ),
    ]
    if name in about.searchable:
        parameters.append(
            {
                "name": "_search",
                "in": "query",
                "schema": {"type": "string", "maxLength": 200},
                "description": "words, all of which must occur",
            }
        )
    for column in columns:
        form: dict[str, Any] = (
            {"type": "string", "pattern": "^[0-9]{6}$"} if column.name == "adcode" else {"type": TYPES[column.type]}
        )
        if form["type"] != "string":
            form |= {"minimum": -1000000, "maximum": 1000000}
        parameters.append(
            {"name": column.name, "in": "query", "schema": form, "description": f"{column.comment} (equal to)"}
        )
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    about_table = metadata.get("tables", {}).get(name, {})
    return {
        "operationId": name, "summary": about_table.get("title", name), "description": f"{table.comment}. {OPERATORS}",
        "parameters": parameters, "responses": {"200": {"description": "a page of rows; `next` leads on", "content": _json(_answer(rows))}, **_errors()},
    }  # fmt: skip


def _answer(rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object", "required": ["rows", "truncated"],
        "properties": {
            "rows": rows, "truncated": {"type": "boolean"}, "next": {"type": ["string", "null"]}, "next_url": {"type": ["string", "null"]},
            "filtered_table_rows_count": {"type": ["integer", "null"]}, "columns": {"type": "array", "items": {"type": "string"}},
        },
    }  # fmt: skip


def _query(name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name, "summary": query["title"], "description": query.get("description", ""),
        "parameters": [_OBJECTS, *(_parameter(QUERY[p]) for p in query["params"])],
        "responses": {"200": {"description": "rows", "content": _json(_answer({"type": "array", "items": {"type": "object"}}))}, **_errors()},
    }  # fmt: skip


def _page(route: Any) -> dict[str, Any]:
    parts = [
        {
            "name": n,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[0-9A-Za-z_-]+$"},
            "description": d,
        }
        for n, d in (route.parts or {}).items()
    ]
    responses: dict[str, Any] = {
        "200": {
            "description": "data under build id, schema version and run",
            "content": _json({"$ref": "#/components/schemas/Envelope"}),
        }
    }
    if route.path.startswith("/fact/"):
        responses["301"] = {"description": "an old id; Location leads to the fact that carries it on"}
    return {
        "operationId": (route.path.strip("/").partition("/")[0] or "index"), "summary": route.summary,
        "parameters": parts + [_parameter(p) for p in route.parameters], "responses": responses | _errors(bool(parts) or route.path == "/compare"),
    }  # fmt: skip
