"""A second opinion on the article of a page whose own cut looks thin, by trafilatura.

In: the body after hidden copies and related blocks are out. Out: an element with the article in plain HTML, or None.
The settings are those measured to lose no structure: XML output (HTML output turns numbered lists into bullets, text
output loses tables), precision favoured, related blocks cut before. Layout tables are renamed, since trafilatura hoists
the inner table behind the text.
"""

from __future__ import annotations

import copy
import logging
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from parsers.blocks import cells, is_layout

_TAGS = {
    "item": "li",
    "row": "tr",
    "cell": "td",
    "lb": "br",
    "quote": "blockquote",
    "main": "div",
    "body": "div",
    "doc": "div",
}


def second_opinion(body: HtmlElement) -> HtmlElement | None:
    """trafilatura's article as HTML; None where it finds none."""
    from trafilatura import extract

    page = document_fromstring("<html><body></body></html>")
    page.replace(page[0], copy.deepcopy(body))
    for table in [t for t in page.iter("table") if is_layout(t, cells(t))]:
        for part in table.iter("table", "tbody", "tr", "td"):
            part.tag = "div"
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is no news here
    found = extract(
        page,
        output_format="xml",
        favor_precision=True,
        include_formatting=True,
        include_tables=True,
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if not found:
        return None
    document = etree.fromstring(found.encode("utf-8"))
    main = document.find("main")
    if main is None:
        return None
    for element in main.iter():
        if not isinstance(element.tag, str):
            continue
        look = element.get("rend") or ""
        if element.tag == "head":
            element.tag = look if look in ("h1", "h2", "h3", "h4", "h5", "h6") else "h2"
        elif element.tag == "list":
            element.tag = "ol" if look == "ol" else "ul"
        elif element.tag == "hi":
            element.tag = "b" if look == "#b" else "span"
        elif element.tag == "cell" and element.get("role") == "head":
            element.tag = "th"
        else:
            element.tag = _TAGS.get(element.tag, element.tag)
    html = etree.tostring(main, encoding="unicode", method="html")
    return cast(HtmlElement, document_fromstring(f"<html><body>{html}</body></html>").find("body"))
