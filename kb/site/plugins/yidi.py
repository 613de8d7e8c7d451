"""The plugin that Datasette loads: search, limits, headers, pages. The parts are modules of kb.site."""

from __future__ import annotations

import gc
from typing import Any

from datasette import hookimpl
from datasette.plugins import pm
from datasette.utils.asgi import Forbidden

from kb.site import cells, errors, guard, middleware, routes
from kb.site.about import DATABASE, about
from kb.site.language import context

# Datasette runs every handler of exceptions, its own too, which prints the locals of each 404 to the log.
if (handler := pm.get_plugin("datasette.handle_exception")) is not None:
    pm.unregister(handler)


@hookimpl(trylast=True)  # type: ignore[untyped-decorator] # Datasette registers an escape_fts of its own; the last one wins
def prepare_connection(conn: Any) -> None:
    guard.prepare(conn)


@hookimpl  # type: ignore[untyped-decorator]
def startup(datasette: Any) -> None:
    """Read the release before the first visitor asks; and let the collector of garbage pass over what stays for good: a
    page of a region makes some ten thousand objects, and looking through all others each time made one visit in ten wait.
    """
    if DATABASE in datasette.databases:
        about(datasette)
    gc.collect()
    gc.freeze()


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Any) -> list[Any]:
    return routes.routes(datasette.metadata("queries", database=DATABASE, fallback=False) or {})


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Any:
    return middleware.wrap(datasette)


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """Words and links for Datasette's own pages too."""
    return context(about(datasette), request) if DATABASE in datasette.databases else {}


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    return errors.handler(datasette, request, exception)()


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator] # Datasette's own answers programs with a page
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    return errors.handler(datasette, request, Forbidden(message))


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str, table: str | None, datasette: Any) -> Any:
    return cells.render(value, column, table, about(datasette)) if DATABASE in datasette.databases else None
