"""A template and what it shows → a page.

In: the Datasette, a template's name, the request, values. Out: HTML. Datasette's own rendering makes a coroutine of every
block and asks all plugins for more values; ours wait for nothing and bring their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from kb.site.about import about
from kb.site.language import context


@cache
def _templates(environment: Any) -> Any:
    """Datasette's templates for pages that wait for nothing: as coroutines they take twice as long."""
    return environment.overlay(enable_async=False, auto_reload=False)


def page(datasette: Any, template: str, request: Any, values: Mapping[str, Any]) -> str:
    """A page of the site with the words and links that every one of them has."""
    shared = context(about(datasette), request)
    found: str = _templates(datasette.jinja_env).get_template(template).render({"request": request, **values, **shared})
    return found
