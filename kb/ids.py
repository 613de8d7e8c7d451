"""Permanent ids and the normal form of text behind them.

In: addresses, codes, text. Out: 16 hexadecimal digits of a sha256. Ids depend on content alone, so that the same
statement has the same id on every machine, in every week and in every build.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

_UNSAID = re.compile(r"[\W_]+")
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(*parts: str | None, size: int = 16) -> str:
    """The first `size` hexadecimal digits of the sha256 of the parts; None and '' are different."""
    text = "\x1f".join("\x00" if part is None else part for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:size]


def plain(text: str | None) -> str:
    """Text reduced to what is said: NFKC, lower case, letters and digits only. Layout and punctuation do not count."""
    if not text:
        return ""
    return _UNSAID.sub("", unicodedata.normalize("NFKC", text).lower())


def number(value: float | None) -> str:
    """A number in its shortest form: 10.0 → '10'; None → ''."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 4))


def as_json(value: Any) -> str:
    """The one JSON form used in the base: no spaces, Chinese readable, keys sorted."""
    return _ENCODER.encode(value)


def code_list(codes: Iterable[str]) -> str:
    """Codes as a sorted JSON array without repetitions."""
    return as_json(sorted(set(codes)))


def page_id(url: str) -> str:
    return digest("page", url)


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def snapshot_id(url: str, text_hash: str) -> str:
    return digest("snapshot", url, text_hash)
