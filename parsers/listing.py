"""Pages that are lists of links: what they say is said of other pages."""

from __future__ import annotations

import html
import re

from parsers.outline import Outline
from parsers.patterns import rx

_LINK = rx(r"<a\b[^>]*>(.{6,300}?)</a\s*>", re.S | re.I)
_TAG = rx(r"<[^>]*>")
_DATE = rx(r"\s{0,9}[\[(]?20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])]?\s*$")


def is_listing(outline: Outline, page: str) -> bool:
    """Whether the main text is a list of links: three blocks in ten, or half of the text, are the whole text of a link.

    `page` is the HTML of the page.
    """
    links = {_plain(_text(match[1])) for match in _LINK.finditer(page)}
    if not links:
        return False
    blocks = [_plain(_undated(outline.text[b.start : b.end])) for b in outline.blocks]
    titles = [text for text in blocks if len(text) >= 6 and text in links]
    return len(titles) * 10 >= len(blocks) * 3 if len(titles) >= 2 else 2 * sum(map(len, titles)) > len(outline.text)


def _text(markup: str) -> str:
    if "<" in markup:
        markup = _TAG.sub("", markup)
    return html.unescape(markup) if "&" in markup else markup


def _undated(text: str) -> str:
    return _DATE.sub("", text) if "20" in text else text


def _plain(text: str) -> str:
    return "".join(text.split())
