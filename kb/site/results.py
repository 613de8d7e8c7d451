"""Results of a query as a page: the canned queries, and SQL of the reader where that is allowed.

In: a request for /yidi/{query} or /yidi?sql=. Out: HTML with the first rows, how many there are, and where all of them are
as JSON and CSV. Datasette's own page asks every plugin about each of some 20,000 cells, which takes longer than all else;
a reader looks at a hundred rows. Data (.json, .csv) stay with Datasette.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from datasette.database import QueryInterrupted
from datasette.utils import InvalidSql, derive_named_parameters, validate_sql_select
from datasette.utils.asgi import Forbidden, Response
from datasette.views.base import DatasetteError

from kb.site import cells
from kb.site.about import DATABASE, about
from kb.site.rendering import page

SHOWN = 100
"""Rows that a page shows; JSON and CSV have up to MOST_ROWS of kb/site/parameters.py."""
FEED = {"atom_id", "atom_title", "atom_updated"}
"""Columns of a query that can be read as a feed."""


async def serve_canned(request: Any, datasette: Any) -> Response:
    """The page of a canned query."""
    name = request.url_vars["query"]
    query = (datasette.metadata("queries", database=DATABASE, fallback=False) or {})[name]
    return await _answer(request, datasette, query["sql"], query["params"], name, query)


async def serve_sql(request: Any, datasette: Any) -> Response:
    """The page of a query that the reader wrote. 403 where free SQL is off, 400 where it is no SELECT."""
    sql = request.args.get("sql") or ""
    if not await datasette.permission_allowed(request.actor, "execute-sql", DATABASE, default=True):
        raise Forbidden("SQL is off on this server")
    try:
        validate_sql_select(sql)
    except InvalidSql as error:
        raise DatasetteError(str(error), title="Invalid SQL", status=400) from error
    named = await derive_named_parameters(datasette.get_database(DATABASE), sql)
    return await _answer(request, datasette, sql, list(dict.fromkeys(named)), None, {})


async def _answer(
    request: Any, datasette: Any, sql: str, params: list[str], name: str | None, described: Mapping[str, Any]
) -> Response:
    release = about(datasette)
    given = {n: request.args.get(n) or "" for n in params}
    limit = request.args.get("_timelimit")
    error, rows, columns, truncated = None, [], [], False
    try:
        found = await datasette.execute(
            DATABASE, sql, given, truncate=True, custom_time_limit=int(limit) if limit else None, log_sql_errors=False
        )
        rows, truncated = found.rows, found.truncated
        columns = [c[0] for c in found.description]
    except QueryInterrupted:
        error = "查询用时过长 · the query takes too long"
    except sqlite3.DatabaseError as problem:
        error = str(problem)
    shown = [list(row) for row in rows[:SHOWN]]
    blank = cells.empty(columns, shown) if shown else frozenset()
    filled = [n for n, column in enumerate(columns) if column not in blank]
    said = {
        "query": name, "described": described, "sql": sql, "given": given, "error": error, "count": len(rows), "truncated": truncated,
        "columns": [columns[n] for n in filled], "rows": [[row[n] for n in filled] for row in shown],
        "blank": [c for c in columns if c in blank], "may_write": bool(datasette.setting("default_allow_sql")),
        "codes": {"filing_type": sorted(release.vocabularies["filing_type"])},
        "addresses": _addresses(name, sql, given, columns), "rewrite": f"/{DATABASE}?{urlencode({'sql': sql} | given)}",
    }  # fmt: skip
    return Response.html(page(datasette, "query.html", request, said), status=400 if error else 200)


def _addresses(name: str | None, sql: str, given: dict[str, str], columns: list[str]) -> dict[str, str]:
    """Format → where all rows are in it."""
    base = f"/{DATABASE}/{name}" if name else f"/{DATABASE}"
    asked = ({} if name else {"sql": sql}) | {n: v for n, v in given.items() if v}
    found = {"JSON": f"{base}.json", "CSV": f"{base}.csv"} | ({"Atom": f"{base}.atom"} if set(columns) >= FEED else {})
    return {kind: address + (f"?{urlencode(asked)}" if asked else "") for kind, address in found.items()}


def routes(queries: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Patterns and views, as Datasette wants them."""
    names = "|".join(re.escape(n) for n in queries)
    return [(rf"/{DATABASE}/(?P<query>{names})$", serve_canned), (rf"/{DATABASE}$", serve_sql)]
