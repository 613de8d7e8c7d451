"""Which parameters an address takes, and what is wrong with those that were given.

Datasette answers an unknown column with an empty result and ignores what it does not know; a program that misspells
a name would never find out. Here every parameter is known by name and checked in form; the first wrong one is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from kb import schema
from kb.site.about import DATABASE, About

MOST_FACETS = 6
"""Facets in one request."""
MOST_VALUES = 6
"""Times that a parameter may come that may come more than once."""
MOST_ROWS = 2000
"""Rows of one answer; max_returned_rows of kb/serve.py."""
MOST_ON_A_PAGE = 500
"""Rows of a table in one HTML page; as data there may be more."""
MOST_LISTED = 500
"""Values of one `__in`."""
MOST_FILTERS = 20
"""Parameters in one request; more are a mistake or an attack."""

Pairs = list[tuple[str, str]]


class ParameterError(ValueError):
    """A parameter is unknown or malformed; the message names it."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}: {what}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: what it means, its form as JSON Schema, and whether it may come more than once."""

    name: str
    description: str
    schema: Mapping[str, Any]
    check: Callable[[str, About], str | None]
    """What is wrong with a value, None where nothing is."""
    many: bool = False
    required: bool = False


def _any(_: str, __: About) -> None:
    return None


def one_of(*values: str) -> Callable[[str, About], str | None]:
    return lambda value, _: None if value in values else f"must be one of {', '.join(v for v in values if v)}"


def matching(pattern: str, what: str) -> Callable[[str, About], str | None]:
    return lambda value, _: None if re.fullmatch(pattern, value) else f"must be {what}"


def number(low: int, high: int) -> Callable[[str, About], str | None]:
    return lambda value, _: (
        None
        if re.fullmatch(r"[0-9]{1,9}", value) and low <= int(value) <= high
        else f"must be a number {low} to {high}"
    )


def number_or_max(high: int) -> Callable[[str, About], str | None]:
    within = number(0, high)
    return lambda value, about: (
        None if value == "max" or within(value, about) is None else f"must be max or a number 0 to {high}"
    )


def a_region(value: str, about: About) -> str | None:
    return None if value == "" or value in about.regions else "must be an adcode of the table regions, six digits"


def a_code(vocabulary: str) -> Callable[[str, About], str | None]:
    return lambda value, about: (
        None if value == "" or value in about.vocabularies.get(vocabulary, ()) else f"must be a code of {vocabulary}"
    )


def a_date(value: str, _: About) -> str | None:
    if value == "":
        return None
    try:
        right = date.fromisoformat(value).isoformat() == value
    except ValueError:
        right = False
    return None if right else "must be a date YYYY-MM-DD"


ADCODE = {"type": "string", "pattern": "^([0-9]{6})?$"}
TEXT = {"type": "string"}
LANG = Parameter(
    "lang", "Language of the page's own words.", {"type": "string", "enum": ["zh", "en"]}, one_of("zh", "en")
)

QUERY: dict[str, Parameter] = {
    p.name: p
    for p in (
        Parameter("region", "adcode of a region; empty = all.", ADCODE, a_region),
        Parameter("filing_type", "Code of a filing type; empty = all.", TEXT, a_code("filing_type")),
        Parameter("since", "First date YYYY-MM-DD; empty = all.", TEXT, a_date),
        Parameter("as_of", "Date YYYY-MM-DD; empty = today.", TEXT, a_date),
        Parameter("q", "Words, all of which must occur.", {"type": "string", "maxLength": 200}, matching(r"(?s).{0,200}", "at most 200 characters")),
    )
}  # fmt: skip
"""Parameters of canned queries, by name."""

SHAPES = ("arrays", "objects", "object", "array", "arrayfirst")
COMMON: dict[str, Parameter] = {
    p.name: p
    for p in (
        Parameter("_shape", "Form of the JSON.", {"type": "string", "enum": list(SHAPES)}, one_of(*SHAPES)),
        Parameter("_nl", "`on` with _shape=array = one object per line.", TEXT, one_of("on", "off", "1", "0")),
        Parameter("_json", "Column whose text is parsed as JSON.", TEXT, _any, many=True),
        Parameter("_json_infinity", "Infinity as it is.", TEXT, one_of("on", "off", "1", "0")),
        Parameter("_labels", "`on` = names beside ids.", TEXT, one_of("on", "off", "1", "0")),
        Parameter("_ttl", "Seconds for which the answer may be kept.", {"type": "integer"}, number(0, 31_536_000)),
        Parameter("_header", "`off` = CSV without the line of names.", TEXT, one_of("on", "off", "1", "0")),
        Parameter("_lang", "Language of the page's own words.", TEXT, one_of("zh", "en")),
        Parameter("_dl", "`on` = offer as a download.", TEXT, _any),
        Parameter("_size", "Rows of a page, or max.", TEXT, number_or_max(MOST_ROWS)),
        Parameter("_timelimit", "Milliseconds the query may take.", {"type": "integer"}, number(1, 2000)),
    )
}  # fmt: skip
SQL_ONLY = {"sql", "_hide_sql", "_show_sql"}

TABLE_OPTIONS: dict[str, Parameter] = COMMON | {
    p.name: p
    for p in (
        Parameter("_search", "Words, all of which must occur.", {"type": "string", "maxLength": 200}, matching(r"(?s).{0,200}", "at most 200 characters")),
        Parameter("_next", "Where the next page begins, from `next`.", TEXT, matching(r"[^\x00-\x1f]{0,400}", "the value of `next`")),
        Parameter("_sort_by_desc", "`on` = _sort downwards.", TEXT, _any),
        Parameter("_facet_size", "Values of a facet, or max.", TEXT, number_or_max(999)),
        Parameter("_nocount", "`1` = do not count.", TEXT, _any),
        Parameter("_nofacet", "`1` = no facets.", TEXT, _any),
        Parameter("_nosuggest", "`1` = suggest no facets.", TEXT, _any),
        Parameter("_where", "SQL condition, where free SQL is on.", TEXT, _any, many=True),
    )
}  # fmt: skip
TAKES_COLUMN = ("_sort", "_sort_desc", "_facet", "_facet_array", "_facet_date", "_col", "_nocol", "_label", "_json")
ONCE = ("_sort", "_sort_desc", "_next", "_size", "_shape", "_search")
FORM = re.compile(r"_filter_(column|op|value)(_\d+)?|_filter_column|_facet_date")
OPERATORS = frozenset(
    "exact not contains endswith startswith gt gte lt lte like notlike glob in notin arraycontains arraynotcontains date"
    " isnull notnull isblank notblank".split()
)


def pairs(query_string: bytes) -> Pairs:
    """Name and value of every parameter, in order. ParameterError where the bytes are no UTF-8 or too many."""
    found: Pairs = []
    for part in query_string.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            try:
                found.append(tuple(unquote_plus(x.decode("ascii"), errors="strict") for x in (name, value)))  # type: ignore[arg-type]
            except UnicodeDecodeError as error:
                raise ParameterError(name[:40].decode("ascii", "replace"), "must be UTF-8, percent-encoded") from error
            if "\x00" in "".join(found[-1]):
                raise ParameterError(found[-1][0].replace("\x00", ""), "must not hold a NUL")
    if len(found) > MOST_FILTERS * 2:
        raise ParameterError(found[-1][0], f"more than {MOST_FILTERS * 2} parameters")
    return found


def check(given: Pairs, known: Mapping[str, Parameter] | Iterable[Parameter], about: About) -> None:
    """ParameterError for the first parameter that is unknown, malformed or given twice, or required and missing."""
    by_name = known if isinstance(known, Mapping) else {p.name: p for p in known}
    seen: dict[str, int] = {}
    for name, value in given:
        parameter = by_name.get(name)
        if parameter is None:
            raise ParameterError(name, f"unknown parameter; there are {', '.join(sorted(by_name)) or 'none'}")
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > (MOST_VALUES if parameter.many else 1):
            raise ParameterError(name, f"given {seen[name]} times")
        if wrong := parameter.check(value, about):
            raise ParameterError(name, wrong)
    for parameter in by_name.values():
        if parameter.required and parameter.name not in seen:
            raise ParameterError(parameter.name, "missing")


def check_table(table: str, given: Pairs, about: About) -> None:
    """The parameters of a table of Datasette: options, and filters on its columns."""
    columns = dict(about.columns[table])
    facets = 0
    for name, value in given:
        facets += name in ("_facet", "_facet_array", "_facet_date")
        if name in TAKES_COLUMN:
            if value not in columns and value:
                raise ParameterError(name, f"no column {value[:40]!r} in {table}")
            if name in ("_facet_array", "_json") and not is_list(table, value):
                raise ParameterError(name, f"{value} holds no JSON arrays")
        elif name.startswith("_") and FORM.fullmatch(name):
            continue
        elif name in TABLE_OPTIONS:
            if name == "_search" and table not in about.searchable:
                raise ParameterError(name, f"{table} has no search")
            if wrong := TABLE_OPTIONS[name].check(value, about):
                raise ParameterError(name, wrong)
        else:
            _check_filter(table, name, value, columns)
    names = [name for name, _ in given]
    for name in ONCE:
        if names.count(name) > 1:
            raise ParameterError(name, f"given {names.count(name)} times")
    if "_sort" in names and "_sort_desc" in names:
        raise ParameterError("_sort_desc", "not together with _sort")
    if facets > MOST_FACETS:
        raise ParameterError("_facet", f"more than {MOST_FACETS} facets")


def _check_filter(table: str, name: str, value: str, columns: Mapping[str, str]) -> None:
    column, _, operator = name.rpartition("__") if "__" in name else (name, "", "exact")
    if column not in columns:
        raise ParameterError(name, f"no column {column[:40]!r} in {table}, and no such option")
    if operator not in OPERATORS:
        raise ParameterError(name, f"no operator {operator[:40]!r}; there are {', '.join(sorted(OPERATORS))}")
    values = _listed(name, value) if operator in ("in", "notin") else [value]
    if operator.startswith("array") and not is_list(table, column):
        raise ParameterError(name, f"{column} holds no JSON arrays")
    if column == "adcode" and operator in ("exact", "not", "in", "notin"):
        if not all(re.fullmatch(r"[0-9]{6}", v) for v in values):
            raise ParameterError(name, "must be an adcode, six digits")
    elif (
        columns[column] in ("INTEGER", "REAL")
        and operator in ("exact", "not", "gt", "gte", "lt", "lte", "in", "notin")
        and not all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", v) for v in values)
    ):
        raise ParameterError(name, "must be a number")


def _listed(name: str, value: str) -> list[str]:
    """The values of `__in`: with commas between, or a JSON array."""
    found: list[Any] = [v.strip() for v in value.split(",")]
    if value.startswith("["):
        try:
            found = json.loads(value)
        except ValueError as error:
            raise ParameterError(name, "must be values with commas between, or a JSON array") from error
        if not all(isinstance(item, str | int | float) and not isinstance(item, bool) for item in found):
            raise ParameterError(name, "must be a JSON array of texts or numbers")
    if len(found) > MOST_LISTED:
        raise ParameterError(name, f"more than {MOST_LISTED} values")
    if value in ("", "[]"):
        raise ParameterError(name, "must hold a value")
    return [str(item) for item in found]


@cache
def is_list(table: str, column: str) -> bool:
    """Whether a column holds JSON arrays."""
    known = schema.tables().get(table)
    return known is not None and any(c.name == column and c.comment.startswith("JSON array") for c in known.columns)


def check_address(path: str, given: Pairs, about: About, queries: Mapping[str, Any]) -> None:
    """The parameters of an address of Datasette itself; other addresses check theirs where they are served."""
    parts = path.strip("/").split("/")
    if parts[0].partition(".")[0] != DATABASE:
        return
    if len(parts) == 1:
        names = {n for n, _ in given}
        if "sql" in names:
            sql = next(v for n, v in given if n == "sql")
            named = {n: Parameter(n, "", TEXT, _any) for n in re.findall(r":(\w+)", sql)} | {"lang": LANG}
            check(given, COMMON | {n: Parameter(n, "", TEXT, _any) for n in SQL_ONLY} | named, about)
        else:
            check(given, COMMON | {n: Parameter(n, "", TEXT, _any) for n in SQL_ONLY} | {"lang": LANG}, about)
    elif len(parts) == 2:
        name = parts[1].partition(".")[0]
        if name in queries:
            check_query(name, given, about, queries)
        elif name in about.columns:
            check_table(name, given, about)
            size = dict(given).get("_size", "")
            if "." not in parts[1] and (size == "max" or (size.isdigit() and int(size) > MOST_ON_A_PAGE)):
                raise ParameterError("_size", f"a page shows at most {MOST_ON_A_PAGE} rows; .json and .csv have more")
    elif len(parts) == 3:
        check(given, COMMON | {"_extras": Parameter("_extras", "", TEXT, _any)}, about)


def check_query(name: str, given: Pairs, about: About, queries: Mapping[str, Any]) -> None:
    """The parameters of a canned query."""
    own = {n: QUERY[n] for n in queries[name]["params"]}
    check(given, COMMON | own | {n: Parameter(n, "", TEXT, _any) for n in ("_hide_sql", "_show_sql")}, about)
