"""Personal numbers are masked before anything is published, digit for digit so that offsets keep their meaning.

Mobile numbers (11 digits from 13x to 19x, also grouped 3-4-4 or written full width) keep their first three digits;
identity numbers (17 digits and a digit or X) keep the six of the place. Numbers of agencies are land lines and
service numbers; they are facts and stay.
"""

from __future__ import annotations

import re
from typing import Any

_MOBILE = re.compile(r"(?<![\d-])(?:[+＋]?86[- ]?)?([1１][3-9３-９]\d)([- ]?)(\d{4})([- ]?)(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{11}[\dXxＸｘ](?!\d)")
_MAY_HOLD = re.compile(r"\d{4}")
"""Stands in every number of both kinds; most strings are codes and words without it."""


def _hide(match: re.Match[str]) -> str:
    kept = match.end(1) - match.start()
    text = match.group()
    return text[:kept] + re.sub(r"[\dXxＸｘ]", "*", text[kept:])


def mask(text: str) -> str:
    """The text with personal numbers masked; as long as before."""
    return _MOBILE.sub(_hide, _IDENTITY.sub(_hide, text)) if _MAY_HOLD.search(text) else text


def mask_all(value: Any) -> Any:
    """`mask` for a string, or for every string in a list, tuple or dict; other values as they are."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list | tuple):
        return type(value)(mask_all(v) for v in value)
    if isinstance(value, dict):
        return {k: mask_all(v) for k, v in value.items()}
    return value
