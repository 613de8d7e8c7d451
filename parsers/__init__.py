"""Bytes in, `Guide` out. Pure: no network, no clock, no database.

`parse` is the whole of it: reading.py turns bytes into an outline, document.py makes it ready, the modules in facts/
read facts from it, guide.py judges the page as a whole. It never raises: what goes wrong becomes an `Issue`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["PARSER_VERSION", "parse"]


def __getattr__(name: str) -> Any:
    # Loading the parsers costs a quarter of a second; `yidi --help` should not pay for it.
    if name in __all__:
        from parsers import guide

        return getattr(guide, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
