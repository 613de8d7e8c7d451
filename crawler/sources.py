"""The registry: sources/*.yml, read strictly. One entry (or a list of entries) per file; its keys are explained in
docs/RUNBOOK.md. An entry with a table `each` stands for one source per row: `${key}` is the row's key, `${column}`
its value in that column. `load_sources` returns every source or raises one `SourceError` that names file, line and
key.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawler.addresses import is_private_literal
from crawler.urls import canonical, origin

REGISTRY = Path(__file__).with_name("sources")
MIN_PUBLIC_DELAY_S = 1.0  # a public site is never asked faster, whatever its entry says


class SourceError(Exception):
    """A source entry cannot be used; the message is one line: file:line: key: what is wrong."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Expect(_Strict):
    """What a run should bring; the gate of kb warns or stops below it."""

    min_guides: Annotated[int, Field(ge=0)] = 0
    max_drop: Annotated[float, Field(ge=0, le=1)] | None = 0.5  # share of its guides that may be missing; None = any


class Source(_Strict):
    """One site, or one part of a site, about one region or none."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Annotated[str, Field(min_length=1)]
    publisher: str | None = None
    authority: Literal["A", "B", "C", "D", "E"] | None = None
    region: Annotated[str, Field(pattern=r"^[1-9]\d{5}$")] | None = None
    start: Annotated[list[str], Field(min_length=1)]
    follow: list[str] = []
    hosts: list[str] = []  # further hosts of the same site, exact names ('m.example.cn')
    layout: str | None = None
    expect: Expect = Expect()
    verified: dt.date | None = None
    via: str | None = None
    allow_private: bool = False
    insecure_tls: bool = False  # the site's certificate is known to be broken; recorded with every run
    delay_s: Annotated[float, Field(ge=0, le=600)] = 1.5
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 30.0  # for the whole answer
    max_depth: Annotated[int, Field(ge=0, le=20)] = 4
    max_pages: Annotated[int, Field(ge=1)] = 2000
    max_per_path: Annotated[int, Field(ge=1)] = 200  # different queries of one path: a calendar has no end

    @field_validator("start")
    @classmethod
    def _start(cls, urls: list[str]) -> list[str]:
        return [_http(url) for url in urls]

    @field_validator("via")
    @classmethod
    def _via(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if urlsplit(_http(url)).path not in ("", "/"):
            raise ValueError("must be scheme, host and port only")
        return origin(_http(url))

    @field_validator("follow")
    @classmethod
    def _follow(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"not a regular expression: {pattern!r}: {error}") from error
        return patterns

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if not re.fullmatch(r"[a-z0-9.-]+(?::\d+)?", host):
                raise ValueError(f"not a host name in lower case: {host!r}")
        return hosts

    @model_validator(mode="after")
    def _own_servers_only(self) -> Self:
        if self.via or self.allow_private:
            return self
        if self.delay_s < MIN_PUBLIC_DELAY_S:
            raise ValueError(f"delay_s below {MIN_PUBLIC_DELAY_S:g} needs via or allow_private")
        for url in self.start:
            if is_private_literal(urlsplit(url).hostname or ""):
                raise ValueError(f"start is a private address and allow_private is not set: {url}")
        return self

    @property
    def definition(self) -> str:
        """The entry as JSON for the archive, without `via`: two runs on different ports are the same source."""
        return self.model_dump_json(exclude={"via"})


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http or https address: {url!r}")
    return canonical(url)


def load_sources(folder: Path | None = None) -> list[Source]:
    """Every entry of the folder's *.yml, by id; None for the shipped registry. SourceError where one cannot be used."""
    folder = REGISTRY if folder is None else Path(folder)
    if not folder.is_dir():
        raise SourceError(f"no folder of sources at {folder}")
    found: dict[str, tuple[Source, str]] = {}
    for file in sorted(folder.glob("*.yml")):
        for source, place in _read(file):
            if source.id in found:
                raise SourceError(f"{place}: id: {source.id!r} is already the id of {found[source.id][1]}")
            found[source.id] = source, place
    if not found:
        raise SourceError(f"no sources (*.yml) in {folder}")
    return [found[key][0] for key in sorted(found)]


def _read(file: Path) -> Iterator[tuple[Source, str]]:
    """The sources of one file, each with its place 'file:line'."""
    try:
        root = yaml.compose(file.read_text("utf-8"), yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise SourceError(f"{file}:{mark.line + 1 if mark else 1}: not YAML: {problem}") from error
    if root is None:
        raise SourceError(f"{file}:1: the file is empty")
    lines: dict[_Path, int] = {}
    data = _plain(root, (), lines, file)
    entries = enumerate(data) if isinstance(data, list) else [(None, data)]
    for number, entry in entries:
        base = () if number is None else (number,)
        place = f"{file}:{lines[base]}"
        if not isinstance(entry, dict):
            raise SourceError(f"{place}: a source is a mapping of keys to values")
        for row, filled in _rows(entry, file, base, lines):
            try:
                yield Source.model_validate(filled), f"{file}:{lines[(*base, *row)]}"
            except ValidationError as error:
                raise SourceError(_first_problem(file, error, base, lines, row)) from error


_Path = tuple[Hashable, ...]
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def _rows(entry: dict[str, Any], file: Path, base: _Path, lines: dict[_Path, int]) -> Iterator[tuple[_Path, Any]]:
    """The entry, or one filled-in copy per row of its table, each with the path of the row."""
    if "each" not in entry:
        yield (), entry
        return
    template = {key: value for key, value in entry.items() if key != "each"}
    table = entry["each"]
    if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
        raise SourceError(f"{file}:{lines[(*base, 'each')]}: each: a table has a mapping of columns for every key")
    for key, columns in table.items():
        path = ("each", key)
        values = {"key": str(key), **columns}
        missing = sorted(_placeholders(template) - values.keys())
        unused = sorted(values.keys() - _placeholders(template) - {"key"})
        if missing or unused:
            told = f"no column {missing[0]!r}" if missing else f"column {unused[0]!r} is used nowhere"
            raise SourceError(f"{file}:{lines[(*base, *path)]}: each.{key}: {told}")
        yield path, _filled(template, values)


def _placeholders(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_placeholders, value.values()))
    if isinstance(value, list):
        return set().union(*map(_placeholders, value))
    return set(_PLACEHOLDER.findall(value)) if isinstance(value, str) else set()


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _PLACEHOLDER.fullmatch(value):
        return values[whole[1]]  # as it stands in the table: null stays null
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), value)


def _plain(node: yaml.Node, path: _Path, lines: dict[_Path, int], file: Path) -> Any:
    """The node as Python values; `lines` learns the line of every key and item. A key given twice is refused."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), lines, file) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if key in values:
                raise SourceError(f"{file}:{line}: {key}: given twice")
            values[key] = _plain(value_node, (*path, key), lines, file)
            lines[(*path, key)] = line
        return values
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise SourceError(f"{file}:{lines[path]}: not a value: {error}") from error


_PLAINER = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "string_type": "must be a string (put it in quotes)",
}


def _first_problem(file: Path, error: ValidationError, base: _Path, lines: dict[_Path, int], row: _Path) -> str:
    problem, *rest = error.errors(include_url=False)
    path = (*base, *problem["loc"])
    while path not in lines and path != base:
        path = path[:-1]
    key = ".".join(str(part) for part in problem["loc"]) or "entry"
    text = _PLAINER.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    more = f" (and {len(rest)} more)" if rest else ""
    where = f" (for {row[-1]})" if row else ""
    return f"{file}:{lines[path]}: {key}{where}: {text}{more}"
