"""Regular expressions, compiled once and for all: `rx(pattern)` is `re.compile(pattern)`, remembered.

Within a process for good: the `re` module's own cache holds 512 patterns, the parsers have more. And from one process
to the next, since compiling them was half of what `yidi parse` took for a page: what `re` made of the patterns, and
what else is worked out from them (`Store.get`), is kept in the user's cache folder (XDG Base Directory
Specification: $XDG_CACHE_HOME, else ~/.cache), as Python keeps bytecode. The file may be deleted at any time; where it
cannot be read or written, everything is worked out anew.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]
import atexit
import marshal
import os
import re
import sys
import tempfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

_Key = tuple[str | int, ...]
_HEAD = sys.version.encode() + b"\n"
_TAG = sys.implementation.cache_tag

FILE = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "yidi" / f"patterns-{_TAG}.marshal"
"""Where results are kept: a file for each version of Python."""


class Store:
    """Results of pure functions, plain values all, by what they were made from, in one file.

    The file holds what the last process asked for that had to work something out. It is written when such a process
    ends, whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = self._read()
        self._asked: dict[_Key, Any] = {}
        self.news = False

    def _read(self) -> dict[_Key, Any]:
        # none, unreadable, cut short or of another Python: all is worked out anew, which is what a first run does
        with suppress(OSError):
            said = self._path.read_bytes()
            if said[: len(_HEAD)] == _HEAD and said[len(_HEAD) :][:4] == _sum(body := said[len(_HEAD) + 4 :]):
                held: dict[_Key, Any] = marshal.loads(body)  # noqa: S302 - our own file
                return held
        return {}

    def get(self, key: _Key, make: Callable[[], Any]) -> Any:
        """What is kept under `key`; else what `make` gives, which is kept from now on."""
        if key not in self._asked:
            if key in self._before:
                self._asked[key] = self._before[key]
            else:
                self._asked[key] = make()
                self.news = True
        return self._asked[key]

    def write(self) -> None:
        """Keep what was asked for, if some of it is new."""
        if self.news:
            body = marshal.dumps(self._asked)
            with suppress(OSError):  # a folder that is not ours to write: the next process works it out again
                self._path.parent.mkdir(parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f"{self._path.name}.")
                with os.fdopen(handle, "wb") as file:
                    file.write(_HEAD + _sum(body) + body)
                os.replace(name, self._path)
            self.news = False


def _sum(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


STORE = Store(FILE)
atexit.register(STORE.write)


@cache
def rx(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The compiled pattern, equal to `re.compile(pattern, flags)`. Raises re.error for a pattern that is none."""
    compiled: re.Pattern[str] = _sre.compile(
        pattern, *STORE.get(("rx", pattern, int(flags)), lambda: _compiled(pattern, flags))
    )
    return compiled


def _compiled(pattern: str, flags: int) -> tuple[int, list[int], int, dict[str, int], tuple[str | None, ...]]:
    """What `re` hands to its engine, as plain values: flags, code, number of groups, their numbers and names."""
    tree = _parser.parse(pattern, flags)
    code = _compiler._code(tree, flags)  # noqa: SLF001 - `re` gives the code by no other name
    names: list[str | None] = [None] * tree.state.groups
    for name, number in tree.state.groupdict.items():
        names[number] = name
    return int(flags | tree.state.flags), [*map(int, code)], tree.state.groups - 1, tree.state.groupdict, tuple(names)
