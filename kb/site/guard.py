"""What a connection may do: our search in place of Datasette's, and limits that hold against hostile SQL.

Datasette's time limit stops SQLite between steps, never inside one long native call. So functions that make much out
of little are refused, those whose time grows with the product of two lengths are replaced by linear ones, lengths are
limited, and the bytes of one result are counted.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from kb import search

LONGEST_VALUE = 1_000_000
"""Bytes of one value or row: a main text of more than 300,000 characters is no guide page."""
LARGEST_RESULT = 8_000_000
"""Characters and bytes of all rows of one result; as JSON a Chinese character is six bytes."""
SQLITE_HEAP = 96_000_000
"""Bytes that all of SQLite may hold in this process; more is an error of the query that asked. Only where the process does nothing but serve."""

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
REFUSED = frozenset({
    "printf", "format", "randomblob", "zeroblob", "load_extension", "fts3_tokenizer",
    "sqlite_version", "sqlite_source_id", "sqlite_compileoption_get", "sqlite_compileoption_used",
})  # fmt: skip
"""Functions that make much out of little, load code, or tell versions."""
SILENT = frozenset({"database_list", "function_list", "module_list", "compile_options"})
"""Pragmas that answer nothing: the first tells the path of the file. Datasette asks for it too and does without."""
MOST_TRIMMED = 100
"""Characters that trim() may be given to cut off: it looks for each one at each place."""


def prepare(connection: sqlite3.Connection) -> None:
    """Search functions and limits for one connection."""
    connection.create_function("escape_fts", 1, search.to_match, deterministic=True)
    connection.create_function("cjk_match", 1, search.to_match, deterministic=True)
    for name, arguments, function in (
        ("instr", 2, _instr), ("replace", 3, _replace), ("trim", 2, _trim), ("ltrim", 2, _ltrim), ("rtrim", 2, _rtrim),
    ):  # fmt: skip
        connection.create_function(name, arguments, function, deterministic=True)
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    if (
        "YIDI_RELEASE" in os.environ
    ):  # set by kb/serve.py: the limit holds for the whole process and cannot be raised again
        connection.execute(f"PRAGMA hard_heap_limit = {SQLITE_HEAP}").fetchone()
    connection.set_authorizer(_authorize)
    connection.row_factory = _counting()


def _authorize(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in SILENT:
        return sqlite3.SQLITE_IGNORE
    refused = action == sqlite3.SQLITE_FUNCTION and second is not None and second.lower() in REFUSED
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def _texts(*values: Any) -> list[str] | None:
    """The values as text, as SQLite's own functions take them; None where one is NULL."""
    if None in values:
        return None
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]


def _instr(text: Any, part: Any) -> int | None:
    found = _texts(text, part)
    return None if found is None else found[0].find(found[1]) + 1


def _replace(text: Any, old: Any, new: Any) -> str | None:
    found = _texts(text, old, new)
    if found is None or not found[1]:
        return None if found is None else found[0]
    if len(found[0]) + found[0].count(found[1]) * len(found[2]) > LONGEST_VALUE:
        raise ValueError("replace(): too long")
    return found[0].replace(found[1], found[2])


def _trimmed(name: str, text: Any, characters: Any) -> str | None:
    found = _texts(text, characters)
    if found is not None and len(found[1]) > MOST_TRIMMED:
        raise ValueError(f"trim(): more than {MOST_TRIMMED} characters")
    if found is None or not found[1]:
        return None if found is None else found[0]
    return str(getattr(found[0], name)(found[1]))


def _trim(text: Any, characters: Any) -> str | None:
    return _trimmed("strip", text, characters)


def _ltrim(text: Any, characters: Any) -> str | None:
    return _trimmed("lstrip", text, characters)


def _rtrim(text: Any, characters: Any) -> str | None:
    return _trimmed("rstrip", text, characters)


def _counting() -> Any:
    """A row factory that stops a result from growing without end."""
    last: list[Any] = [None, 0]  # the cursor being read, and what it has brought so far

    def row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        if last[0] is not cursor:
            last[:] = [cursor, 0]
        last[1] += sum(len(value) if isinstance(value, str | bytes) else 8 for value in values)
        if last[1] > LARGEST_RESULT:
            raise sqlite3.OperationalError("result too large: ask for fewer rows or columns")
        return sqlite3.Row(cursor, values)

    return row
