"""The only bytes → str of the project.

In: the body of a response and its Content-Type. Out: `Decoded` with the text (no byte order mark), the name of the
encoding that fitted, and issues. Never raises. Declarations lie (a gb2312 page may hold GBK characters, a "utf-8"
page may be GBK), so they are asked last: strict UTF-8, then strict GB18030, then what is declared, with errors
replaced and flagged as `bad_encoding`.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from parsers.records import Issue

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,20})""", re.I)
_TRUNCATED = 4  # a body cut off by a size limit may end inside a character: at most 3 bytes of it are left


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a page; `encoding` is the codec that was used."""

    text: str
    encoding: str
    issues: tuple[Issue, ...] = ()


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """The text of `body`. Order: byte order mark, UTF-16 without one, UTF-8, GB18030, the declared encoding."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _with_errors(body[len(mark) :], name)
    if bare := _bare_utf16(body):
        return _with_errors(body, bare)
    for name in ("utf-8", "gb18030"):
        if (text := _strict(body, name)) is not None:
            return Decoded(text, name)
    declared = _declared(body, content_type)
    if declared is not None and (text := _strict(body, declared)) is not None:
        return Decoded(text, declared)
    # damaged bytes: of the plausible encodings the one that loses least
    names = dict.fromkeys(n for n in (declared, "utf-8", "gb18030") if n)
    best = min(names, key=lambda n: body.decode(n, "replace").count("�"))
    return _with_errors(body, best)


def _strict(body: bytes, name: str) -> str | None:
    """`body` in `name`, or None; a character cut in two at the very end is forgiven."""
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        if error.start < len(body) - _TRUNCATED or (
            "unexpected end" not in error.reason and "incomplete" not in error.reason
        ):
            return None
        return body[: error.start].decode(name)


def _with_errors(body: bytes, name: str) -> Decoded:
    text = body.decode(name, "replace")
    lost = text.count("�")
    issues = (Issue("bad_encoding", f"{lost} characters do not fit {name}"),) if lost else ()
    if lost > 20 and lost > len(text) // 20:
        issues = (Issue("undecodable", f"{lost} of {len(text)} characters do not fit {name}"),)
    return Decoded(text, name, issues)


def _bare_utf16(body: bytes) -> str | None:
    """UTF-16 without a byte order mark shows as every other byte of the ASCII markup being zero."""
    head = body[:400]
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 8 and even * 8 < odd:
        return "utf-16-le"
    if even > len(head) // 8 and odd * 8 < even:
        return "utf-16-be"
    return None


def _declared(body: bytes, content_type: str | None) -> str | None:
    """The first declared encoding that Python knows; gb2312 and gbk are read as their superset."""
    for source in ((content_type or "").encode("ascii", "ignore"), body[:2048]):
        for match in _DECLARED.finditer(source):
            try:
                name = codecs.lookup(match[1].decode("ascii")).name
                "".encode(name)
            except (LookupError, TypeError, ValueError):  # unknown, or a codec that does not make text
                continue
            return "gb18030" if name in ("gb2312", "gbk") else name
    return None
