"""The links of a page: all the crawler ever reads in it. Scrapy's decoding is good enough for that."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree, html
from scrapy.http import HtmlResponse, Response, TextResponse

from crawler.urls import canonical

_ADDRESSES = "//a[@href] | //area[@href] | //iframe[@src] | //frame[@src]"
_NEVER = ("javascript:", "mailto:", "tel:", "sms:", "weixin:", "about:", "#")  # no page behind them


def links(response: Response) -> Iterator[tuple[str, str]]:
    """(address, text) of every anchor and frame, in the order of the page, made absolute and canonical.

    What is no address at all is left out; foreign schemes stay, so that the guard can refuse them on the record.
    """
    page = response if isinstance(response, TextResponse) else HtmlResponse(response.url, body=response.body)
    try:
        parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
        tree = html.document_fromstring(page.text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):  # an empty document
        return
    base = response.url
    if hrefs := tree.xpath("//base/@href"):
        base = urljoin(base, str(hrefs[0]).strip())
    for element in tree.xpath(_ADDRESSES):
        target = (element.get("href") or element.get("src") or "").strip()
        if not target or target.lower().startswith(_NEVER):
            continue
        try:
            address = canonical(urljoin(base, target), page.encoding)
        except (ValueError, LookupError):  # 'http://[', an unknown charset
            continue
        yield address, " ".join(element.text_content().split())[:300]
