"""One body read: the Guide of its bytes, from the cache where nothing changed, and what became of its content.

In: bytes from the archive and what the source says of them. Out: `Reading`, a row of the cache: key, content outcome,
hash of the main text. The Guide itself stays in the cache as JSON and is decoded only where it is needed. The crawler
judges transport only; whether an answer of status 200 is a page at all is judged here, from the parsed text.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import parsers
from kb.ids import digest
from parsers.records import Guide

HINTS = ("layout", "publisher", "authority", "region")
"""Keys of a source definition that the parser is told."""

SHORT = 300
"""A page about its own absence is short; a longer text that mentions 404 is an article."""

COLLAPSE_SHARE = 0.05
"""A text that shrinks below this share of the last good one (of SHORT code points at least) has collapsed."""

_MISSING = re.compile(
    r"(页面|网页|内容|文章|信息|文件|资源|地址)[^。，,\n]{0,8}(不存在|已删除|已被删除|已下线|找不到|无法找到|未找到|已失效|走丢)"
    r"|(找不到|未找到|无法找到)[^。，,\n]{0,10}(页面|网页|内容|文章|文件|资源)"
    r"|\b404\b|not found|page (does not exist|is missing)"
    r"|(系统|网站|平台|服务器)[^。，,：:\n]{0,8}(维护|升级|检修)(中|期间|[。，,！!]|$)|under maintenance",
    re.I | re.M,
)
_SCRIPTED = re.compile(r"(请|需)[^。\n]{0,6}(开启|启用|打开)[^。\n]{0,4}JavaScript|enable JavaScript", re.I)


@dataclass(frozen=True, slots=True)
class Reading:
    """A Guide by its key in the cache; `outcome` is a term of content_outcome, before pages are compared."""

    key: str
    outcome: str
    text_sha256: str


@cache
def parser_code() -> str:
    """Digest of the parsers' code and data: a change that forgot to raise PARSER_VERSION must not serve old readings."""
    files = sorted(p for p in Path(parsers.__file__).parent.rglob("*") if p.suffix in (".py", ".yml", ".csv"))
    return digest(*(f"{p.name} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in files))


def parser_version() -> str:
    """What a reading depends on beside its input: the parsers' version and their code."""
    return f"{parsers.PARSER_VERSION}+{parser_code()}"


def key_of(sha256: str, url: str, content_type: str | None, hints: dict[str, Any]) -> str:
    """The cache key: everything the parser sees."""
    return digest(sha256, url, content_type, *(hints.get(name) for name in HINTS), parser_version(), size=32)


def outcome_of(guide: Guide) -> str:
    """What became of the content: ok, soft_404, needs_ocr, needs_js, empty (same_text needs other pages)."""
    codes = {issue.code for issue in guide.issues}
    text = guide.main_text.strip()
    said = f"{guide.title or ''}\n{text}"
    if "needs_js" in codes or (len(text) < SHORT and _SCRIPTED.search(text)):
        return "needs_js"
    if not text and codes & {"needs_ocr", "content_in_image"}:
        return "needs_ocr"
    if len(text) < SHORT and _MISSING.search(said) and not any(True for _ in guide.facts()):
        return "soft_404"
    return "ok" if text else "empty"


def collapsed(guide: Guide, before: int) -> bool:
    """Whether next to nothing is left of a page whose main text had `before` code points, and no fact: what stands
    there now is not the page, whatever words it uses."""
    left = len(guide.main_text.strip())
    return before >= SHORT and left < before * COLLAPSE_SHARE and not any(True for _ in guide.facts())


Decoder = Callable[[Any], Any]


def _decoder(hint: Any) -> Decoder | None:
    """How a value of that type is decoded; None where it is itself in JSON."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _decoder(next(h for h in typing.get_args(hint) if h is not type(None)))
    if typing.get_origin(hint) is tuple:
        inner = _decoder(typing.get_args(hint)[0])
        return tuple if inner is None else lambda values: tuple([inner(v) for v in values])
    return functools.partial(from_json, hint) if dataclasses.is_dataclass(hint) else None


@cache
def _decoders(cls: type) -> dict[str, Decoder | None]:
    """Field of a record → its decoder: types are looked at once and not for every value."""
    return {name: _decoder(hint) for name, hint in typing.get_type_hints(cls).items()}


def from_json(cls: Any, data: dict[str, Any]) -> Any:
    """The record of class `cls` that `parsers.records.to_json` turned into `data`."""
    decoders = _decoders(cls)
    values = {}
    for name, value in data.items():
        if name in decoders:
            decode = decoders[name]
            values[name] = value if value is None or decode is None else decode(value)
    return cls(**values)


def guide_from_json(data: dict[str, Any]) -> Guide:
    return typing.cast(Guide, from_json(Guide, data))
