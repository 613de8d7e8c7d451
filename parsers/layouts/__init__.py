"""Known page layouts: one module per site system, the shape of its HTML in the module's docstring.

A layout gives the ids and classes of the element that holds the article, and those of what has to be taken out of
it. It is a shortcut only: `mainbody` uses it where the element is there and holds text, and finds the article by
content otherwise, so a page whose classes have all been renamed is read too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Layout:
    """`body`: selectors of the article, best first (`#id` or `.class`); `drop`: selectors inside it to leave out."""

    name: str
    body: tuple[str, ...]
    drop: tuple[str, ...] = ()


@cache
def layouts() -> tuple[Layout, ...]:
    """All layouts, the most telling first."""
    from parsers.layouts import bendibao, gov, guide, law_qa, news, wechat

    return (wechat.LAYOUT, bendibao.LAYOUT, law_qa.LAYOUT, guide.LAYOUT, *gov.LAYOUTS, news.LAYOUT)
