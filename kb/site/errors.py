"""What can be wrong with a request, and how it is said: a page for people, JSON for programs, nothing of the inside."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from typing import Any

from datasette.utils.asgi import Base400, Forbidden, Response
from datasette.views.base import DatasetteError

from kb.site.rendering import page

OWN_WORDS = re.compile(r"(?:database|table|row|record) not found|404$|$", re.IGNORECASE)
"""How Datasette says that nothing is at an address: in its own terms, which readers of the site do not know."""


def for_programs(path: str) -> bool:
    """Whether errors of an address are told as JSON."""
    return path.endswith((".json", ".atom"))


def handler(datasette: Any, request: Any, exception: Exception) -> Callable[[], Any]:
    """Datasette's hook for exceptions: the same answers as its own, without a traceback for a mistake of the client."""

    async def answer() -> Response:
        title: str | None = None
        more: dict[str, Any] = {}
        if isinstance(exception, Base400):
            status, message = exception.status, str(exception)
            if status == 404 and OWN_WORDS.match(message):
                message = f"没有 {request.path} · nothing is at {request.path}"
        elif isinstance(exception, Forbidden):
            status, message = 403, str(exception) or "not allowed here"
        elif isinstance(exception, DatasetteError):
            status, message, title = exception.status, exception.message, exception.title
            more = exception.error_dict or {}
            if status == 500:  # Datasette's default where a query cannot be answered as it was asked
                status = 400
        elif isinstance(exception, MemoryError):  # of SQLite, at the limit that kb/site/guard.py sets
            status, message = 400, "the query needs too much memory"
        else:
            status, message = 500, "internal error"
            traceback.print_exception(exception, file=sys.stderr)
        said = {"ok": False, "error": str(message), "status": status, "title": title, **more}
        if for_programs(request.path):
            return Response.json(said, status=status)
        return Response.html(page(datasette, "error.html", request, said), status=status)

    return answer
