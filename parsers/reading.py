"""Bytes → `Reading`: the text half of a parse. Pure, and never raises: what goes wrong is an Issue.

`read()` decodes, builds one DOM, asks `page` what the page says about itself, lets `mainbody` cut out the article
and `outline` give it structure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HTMLParser, HtmlProcessingInstruction, document_fromstring

from parsers import mainbody, page
from parsers.blocks import lines
from parsers.decode import decode
from parsers.documents import kind_of, to_html
from parsers.listing import is_listing
from parsers.outline import Outline, build
from parsers.patterns import rx
from parsers.records import Issue, RelatedPage

MAX_TEXT = 10_000_000
"""Bytes of decoded text, as UTF-8, beyond which a page is not read."""

MAX_MARKUP = 500_000
"""Characters of HTML, without scripts, styles and embedded files, beyond which the rest of a page is not read."""

_DEEPEST = 200  # lxml gives up, silently, at 256 levels
_TAG = rx(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_DECLARATION = rx(r"^\s*<\?xml[^>]*\?>")
_CLOSING = rx(r"</(?:html|body)\s*>", re.I)


_NOTHING = Outline("", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a page says about itself and its main text with structure; what it means is for the fact parsers."""

    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    site: str | None = None
    breadcrumb: tuple[str, ...] = ()
    outline: Outline = _NOTHING
    related_pages: tuple[RelatedPage, ...] = ()
    attachments: tuple[RelatedPage, ...] = ()
    layout: str | None = None
    encoding: str | None = None
    listing: bool = False
    """The main text is a list of links."""
    issues: tuple[Issue, ...] = ()


def read(
    body: bytes,
    *,
    url: str | None = None,
    file: str | None = None,
    content_type: str | None = None,
    layout: str | None = None,
    publisher: str | None = None,
) -> Reading:
    """Read a page. `layout` and `publisher` are what its source is known for; they give way to the page itself."""
    try:
        if (kind := kind_of(body)) is not None:
            return _read_document(body, kind, file or url, publisher)
        return _read(body, url, content_type, layout, publisher)
    except Exception as error:  # noqa: BLE001 - the contract: any bytes give a Reading, and a fault of ours is on record
        return Reading(publisher=publisher, issues=(Issue("parser_error", f"{type(error).__name__}: {error}"[:300]),))


def _read_document(body: bytes, kind: str, name: str | None, publisher: str | None) -> Reading:
    """A PDF, DOCX or XLSX. Its title is its first heading, else its first short line; its date that of signing."""
    document = to_html(body, kind)
    if not document.html:
        return Reading(publisher=publisher, layout=kind, issues=document.issues)
    root, problem = dom(document.html)
    body_element = root.find("body") if root is not None else None
    if body_element is None:
        return Reading(publisher=publisher, layout=kind, issues=(*document.issues, problem or Issue("empty")))
    read_lines = lines(body_element)
    title = next(
        (x.text for x in read_lines[:8] if x.tag in ("h1", "h2") and not _ATTACHED.fullmatch(x.text)), None
    ) or next(
        (
            x.text
            for x in read_lines[:4]
            if x.table is None and 4 <= len(x.text) <= 60 and not _ATTACHED.fullmatch(x.text)
        ),
        None,
    )
    outline = build(read_lines)
    return Reading(
        title=title or (name or "").rsplit("/", 1)[-1].rsplit(".", 1)[0] or None,
        published=page.find_published(page.Head(), "", outline.text.split("\n")[-6:][::-1]),
        publisher=publisher,
        outline=outline,
        layout=kind,
        issues=document.issues,
    )


_OPENING = 160
"""Characters of a main text in which a table of particulars stands."""
_ATTACHED = rx(r"附\s*(?:件|表)\s*[\d一二三四五六七八九十]*\s*[:：]?")


def _read(body: bytes, url: str | None, content_type: str | None, layout: str | None, publisher: str | None) -> Reading:
    decoded = decode(body, content_type)
    issues = list(decoded.issues)
    size = len(decoded.text.encode("utf-8", "replace"))
    if size > MAX_TEXT:
        issues.append(Issue("too_large", f"{size} bytes"))
        return Reading(publisher=publisher, encoding=decoded.encoding, issues=tuple(issues))
    text = decoded.text
    if len(text) > MAX_MARKUP and len(text := lightened(text)) > MAX_MARKUP:
        issues.append(Issue("too_long", f"{len(text)} characters of HTML; the first {MAX_MARKUP} were read"))
        text = text[:MAX_MARKUP]
    root, problem = dom(text)
    if problem is not None:
        issues.append(problem)
    if root is None:
        return Reading(publisher=publisher, encoding=decoded.encoding, issues=(*issues, Issue("empty")))
    alive = list(root.iter())  # held, so that lxml does not build its Python objects anew at every walk
    head = page.read_head(root)
    attachments = page.find_attachments(root, url)
    scripts = sum(len(s.text or "") for s in root.iter("script"))
    clean(root)
    title, heading = page.find_title(head, root)
    site = page.find_site(head, title, root)
    crumbs = page.find_breadcrumb(root)
    main = mainbody.find_main(root, title, heading, url, layout)
    del alive
    outline = build(main.lines)
    if not outline.text.strip():
        issues.append(_why_empty(main, scripts))
    elif main.images and (
        len(outline.text) < 60 or (len(outline.text) < 400 and _PICTURED.search(f"{title} {outline.text}"))
    ):
        issues.append(Issue("content_in_image", f"{main.images} pictures, {len(outline.text)} characters"))
    tail = list(outline.text.rsplit("\n", 6)[-6:])[::-1]
    return Reading(
        title=main.letter_title or title,
        published=page.find_published(head, main.zone, tail, outline.text[:_OPENING]),
        publisher=_publisher(page.find_publisher(head, main.zone), publisher, page.agency_of(site)),
        site=site,
        breadcrumb=crumbs,
        outline=outline,
        related_pages=main.related,
        attachments=attachments,
        layout=main.layout,
        encoding=decoded.encoding,
        listing=is_listing(outline, text),
        issues=tuple(issues),
    )


_PICTURED = rx("[见如][下上]?图|一图读懂|一图看懂|图解|长图|点击图片|图片版|海报")


def _publisher(printed: str | None, known: str | None, site: str | None) -> str | None:
    """The printed source, unless it is an office of the site's agency without its name (局待遇科)."""
    if printed is not None and printed.startswith(("局", "本局", "我局")):
        return site or known or printed
    return printed or known or site


_MACHINE = ("script", "style", "svg", "canvas", "map", "audio", "video", "embed")
_HOLDERS = ("noscript", "template", "iframe", "object", "select", "option", "input", "button", "textarea")


_UNSEEN = etree.XPath("//*[@class='sr-only' or @class='visually-hidden']")


def clean(root: HtmlElement) -> None:
    """Take out what is not text: scripts, comments, controls. An unclosed control that swallowed the page is opened."""
    etree.strip_elements(root, *_MACHINE, with_tail=False)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    head, body = root.find("head"), root.find("body")
    whole = len(root.text_content())
    for holder in list(root.iter(*_HOLDERS)):
        if (
            len(holder)
            and len(holder.text_content()) * 2 > whole
            and (holder.find(".//div") is not None or holder.find(".//p") is not None)
        ):
            holder.tag = "div"
    if head is not None and len(head.text_content()) * 2 > whole and head.find(".//div") is not None:
        for title in head.findall("title"):
            title.tag = "head"
        head.tag = "div"
        if body is not None:
            body.tag = "div"
        root.tag = "body"
    etree.strip_elements(root, *_HOLDERS, with_tail=False)
    # the link sign of a heading, words for screen readers
    signs = [a for a in root.iter("a") if a.text is not None and a.text.strip() in ("#", "¶")]
    for sign in (*signs, *_UNSEEN(root)):
        sign.drop_tree()


_EMBEDDED = rx(r"<(script|style|svg)\b[^>]{0,400}>|<!(--)", re.I)
_ENDS = {
    name: rx(end, re.I) for name, end in (("script", "</script"), ("style", "</style"), ("svg", "</svg"), ("--", "-->"))
}
_DATA = rx(r"data:[\w/+.;=-]{1,60},[A-Za-z0-9+/=%]{200,}")


def lightened(text: str) -> str:
    """A large page without what is not read anyway: the inside of scripts (JSON-LD is kept), styles, drawings, comments,
    and files embedded in addresses. What is never closed is kept."""
    parts: list[str] = []
    ends = dict(_ENDS)
    at = 0
    while start := _EMBEDDED.search(text, at):
        parts.append(text[at : start.end()])
        at = start.end()
        kind = (start[1] or start[2]).lower()
        if kind in ends and "ld+json" not in start[0]:
            if end := ends[kind].search(text, at):
                at = end.start()
            else:
                del ends[kind]
    parts.append(text[at:])
    return _DATA.sub("data:", "".join(parts))


def _why_empty(main: mainbody.Main, scripts: int) -> Issue:
    if main.images:
        return Issue("content_in_image", f"{main.images} pictures, no text")
    return Issue("needs_js", "a script fills the page") if scripts > 500 else Issue("empty")


def dom(text: str) -> tuple[HtmlElement | None, Issue | None]:
    """The tree of a page; where it is nested too deep for lxml, of the page without its inner levels' tags."""
    # a declaration of encoding inside a str is refused by lxml; an included header often closes the document early,
    # and lxml stops there
    text = _CLOSING.sub("", _DECLARATION.sub("", text.replace("\0", "")))
    if not text.strip():
        return None, None
    if "<" not in text:
        # text without markup: its lines are what structure it has
        return _parse(f"<html><body><pre>{text}</pre></body></html>")[0], Issue("not_html", "no markup")
    root, deep = _parse(text)
    if deep:
        root, deep = _parse(flatten(text))
        return root, Issue("too_deep", f"more than {_DEEPEST} levels; the inner ones were read without their structure")
    return root, None


_CONTROL = rx(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]|&#(?:0{0,6}(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0{0,6}(?:[0-8bcBC]|1[0-9a-fA-F]|[eEfF]));"
)
"""Control characters, also as references: lxml reads them and then refuses to move them."""
_CONTROL_BYTES = bytes([*range(9), 11, 12, *range(14, 32), 127])


def _utf8(text: str) -> bytes:
    """The text without control characters, in bytes: so they are found fast, and lxml reads it faster."""
    plain = text.encode("utf-8")
    if b"&#" in plain or len(plain.translate(None, _CONTROL_BYTES)) < len(plain):
        return _CONTROL.sub("", text).encode("utf-8")
    return plain


_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction)
"""One class for all elements: lxml.html would ask a Python function for the class of each."""


def _parse(text: str) -> tuple[HtmlElement | None, bool]:
    """The tree, and whether lxml gave up because of the depth: then it returns an empty tree without an error."""
    parser = HTMLParser(encoding="utf-8")
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = document_fromstring(_utf8(text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):  # no element in it at all
        return None, False
    return root, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def flatten(text: str) -> str:
    """The page without tags beyond `_DEEPEST` levels; text is kept."""
    out: list[str] = []
    stack: list[str] = []
    at = 0
    for match in _TAG.finditer(text):
        out.append(text[at : match.start()])
        at = match.end()
        name = match[2].lower()
        if name in _VOID or match[3].endswith("/"):
            out.append(match[0])
        elif not match[1]:
            stack.append(name)
            if len(stack) <= _DEEPEST:
                out.append(match[0])
            elif name in ("p", "div", "li", "tr", "section"):
                out.append("<br>")
        elif name in stack:
            while stack:
                top = stack.pop()
                if len(stack) < _DEEPEST:
                    out.append(f"</{top}>")
                if top == name:
                    break
    out.append(text[at:])
    return "".join(out)
