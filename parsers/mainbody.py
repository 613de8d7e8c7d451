"""The main block of a page: the element that holds the article, and what was cut away from it.

Order of work: hidden copies go first (hidden text stays where it stands nowhere else); then blocks of other articles
are found by their headings and by their form (a run of like siblings that each begin with a link) and read as related
pages; then the article is the element of a known layout, or else the deepest element that still holds nearly all
running text. What remains inside but is not the article (byline, toolbar, promotion, disclaimer) is dropped line by
line. trafilatura is asked only where our own choice looks weak.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from lxml import etree
from lxml.html import Element, HtmlElement

from parsers import cues
from parsers.blocks import BLOCK, Line, cells, is_layout, lines, squeeze
from parsers.layouts import Layout, layouts
from parsers.opinion import second_opinion
from parsers.page import FILE, absolute, fold, iso, links
from parsers.patterns import rx
from parsers.records import RelatedPage

_HIDDEN = rx(r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0(?![.\d]*[1-9])", re.I)
_UNLIKELY = rx(
    r"(?:^|[\s_-])(?:nav|navi|navbar|menu|head|header|foot|footer|ft|top|topbar|side|sidebar|aside|banner|ad|ads|crumbs?|crumb|breadcrumb|toolbar"
    r"|tools|share|login|search|copyright|links?|float|easybtn|qrcode|ewm|pos|hd|popup|dialog|modal|comment|comments|pager|pages2?|hot)(?:$|[\s_-])",
    re.I,
)
_PUNCTUATION = rx("[，。；：、！？,;:]")
_DESCEND = frozenset("html body div section article main form center td table tbody tr fieldset font span".split())
_TEXT_TAGS = frozenset("p ul ol dl table pre blockquote h1 h2 h3 h4 h5 h6".split())
_CARD_PARENTS = frozenset("ul ol div section dl aside nav table tbody".split())
_NOT_TITLES = rx(r"^(?:\[?(?:更多|详情|查看|点击|阅读全文|查看全文|全文|展开|详细|MORE|more)[\]>＞».…]*|\d+)$")


@dataclass(slots=True)
class Main:
    """`lines` of the article; `layout` names how it was found; `zone` is the text around the title."""

    lines: list[Line] = field(default_factory=list)
    layout: str = "none"
    related: tuple[RelatedPage, ...] = ()
    zone: str = ""
    images: int = 0
    letter_title: str | None = None


def find_main(
    root: HtmlElement, title: str | None, heading: HtmlElement | None, base: str | None, hint: str | None = None
) -> Main:
    """Read the article of a page. Changes the tree: hidden copies and related blocks are taken out of it."""
    body = root.find("body") if root.tag == "html" else root
    if body is None:
        body = root
    drop_hidden(body)
    cut = related_blocks(body)
    gone = {id(e) for block in cut for e in block}
    masses: dict[HtmlElement, float] = {}
    element, layout = known(body, hint)
    if element is None:
        _weigh(body, masses, gone)
        element, layout = deepest(body, masses, heading), "content"
    related = tuple(cards_after(element, cut, base))
    zone = around(element, heading, gone)
    for block in cut:
        for part in block:
            if part is not element and part.getparent() is not None and not _inside(element, part):
                part.drop_tree()
    _prune(element, heading)
    images = sum(1 for _ in element.iter("img"))
    read = lines(element)
    outside = heading is not None and not _inside(heading, element)
    read, letter, asked = answer_only(read)
    kept, head = trim(read, title, outside)
    ours = _prose(kept)
    thin = layout == "content" and letter is None and ours < _THIN and masses.get(body, 0) > 2 * ours + 120
    if thin and sum(1 for _ in body.iter()) <= _SECOND_ELEMENTS:
        second = _second(body, title)
        if _prose(second) > 1.5 * ours + 60:
            kept, layout = second, "trafilatura"
    # a title inside the article has its byline below it; what stands beside the article is farther away
    near = (zone, *head) if outside or heading is None else (*head, zone)
    return Main(kept, layout, related, "\n".join((*asked, *near)), images, letter)


_THIN = 160
"""Characters of running text below which a cut by content is checked, if the page holds much more, by another."""


_SECOND_ELEMENTS = 5000
"""Elements beyond which the other is not asked: its time grows with their square."""


def _second(body: HtmlElement, title: str | None) -> list[Line]:
    try:
        other = second_opinion(body)
    except Exception:  # noqa: BLE001 - our own reading stands, whatever befalls the other on a strange tree
        return []
    return trim(lines(other), title, heading_outside=False)[0] if other is not None else []


def _prose(read: list[Line]) -> int:
    """Characters of running text: of lines with punctuation."""
    return sum(len(line.text) for line in read if len(line.text) >= 12 and _PUNCTUATION.search(line.text))


def _inside(element: HtmlElement, ancestor: HtmlElement) -> bool:
    node: HtmlElement | None = element
    while node is not None:
        if node is ancestor:
            return True
        node = node.getparent()
    return False


# -- hidden text ------------------------------------------------------------------------------------
def drop_hidden(body: HtmlElement) -> None:
    """Take out hidden elements whose text is visible elsewhere, and hidden ones without running text."""
    hidden = [e for e in _STYLED(body) if e.get("hidden") is not None or _hides(e.get("style") or "")]
    inside = set(hidden)
    outer = [e for e in hidden if not any(a in inside for a in e.iterancestors())]
    shown: str | None = None
    for element in outer:
        text = "".join(element.text_content().split())
        if len(text) < 2 and element.find(".//img") is not None:
            continue
        if _PUNCTUATION.search(text):
            if shown is None:
                shown = _visible(body, outer)
            if not _is_copy(text, shown):
                continue
        element.drop_tree()


_STYLED = etree.XPath(".//*[@style or @hidden]")


@lru_cache(maxsize=4096)
def _hides(style: str) -> bool:
    return _HIDDEN.search(style) is not None


def _visible(body: HtmlElement, hidden: list[HtmlElement]) -> str:
    """The text of the body outside the hidden elements, without white space: they are lifted out while it is read."""
    lifted: list[tuple[HtmlElement, HtmlElement, HtmlElement]] = []
    for element in hidden:
        if (parent := element.getparent()) is not None:  # else it has been taken out before
            hole = Element("span")
            hole.tail = element.tail
            parent.replace(element, hole)
            lifted.append((parent, element, hole))
    text = "".join(body.text_content().split())
    for parent, element, hole in lifted:
        parent.replace(hole, element)
    return text


def _is_copy(text: str, shown: str) -> bool:
    """Most samples of `text` stand in `shown`."""
    if len(text) <= 40:
        return text in shown
    step = max(20, len(text) // 12)
    samples = [text[i : i + 16] for i in range(0, len(text) - 16, step)]
    return sum(s in shown for s in samples) >= 0.7 * len(samples)


# -- related blocks ----------------------------------------------------------------------------------
def related_blocks(body: HtmlElement) -> list[list[HtmlElement]]:
    """Blocks that link to other pages, in document order: headed by a cue, or lists of cards without a heading."""
    found: list[list[HtmlElement]] = []
    taken: set[HtmlElement] = set()
    for element in body.iter():
        if not isinstance(element.tag, str) or element in taken:
            continue
        text = element.text
        if (
            text is not None
            and len(text) < 90
            and 2 <= len(text := text.strip()) <= 24
            and cues.is_related_heading(text)
        ):
            block = _headed(element, body)
        elif element.tag in _CARD_PARENTS and len(element) >= 3 and _is_cards(element):
            block = [element]
        else:
            continue
        if block:
            found.append(block)
            for part in block:
                taken.update(part.iter())
    return found


def _text(element: HtmlElement) -> str:
    return squeeze("".join(element.itertext()))


def _headed(heading: HtmlElement, body: HtmlElement) -> list[HtmlElement]:
    """The heading and what it heads, as siblings to cut; empty if running text follows instead of links or cards."""
    own = squeeze(heading.text or "")
    if len(_text(heading)) > len(own) + 6:
        # the words stand in the box itself, in front of its list
        found = [t for t, _, _ in links(heading, None)]
        inner = [c for c in heading if isinstance(c.tag, str) and _text(c)]
        whole = len(_text(heading))
        if heading.tag in ("p", "td", "li") and whole > 60 and sum(map(len, found)) < 0.6 * whole:
            return []
        return [heading] if len(found) >= 2 or _plain_block(inner) else []
    node = heading
    while True:
        parent = node.getparent()
        if parent is None or parent is body or (parent.text or "").strip():
            break
        if any(_text(s) or (s.tail or "").strip() for s in node.itersiblings(preceding=True)):
            break
        after = "".join(_text(s) for s in node.itersiblings()) + (node.tail or "").strip()
        if len(after) > 16 and not cues.is_related_heading(after):
            break
        node = parent
    rest: list[HtmlElement] = []
    size = linked = count = 0
    for sibling in node.itersiblings():
        text = _text(sibling) if isinstance(sibling.tag, str) else ""
        linking = links(sibling, None) if text else []
        if text and not linking and len(text) > 60 and not _is_plain_cards(sibling):
            break
        if text and cues.is_end(text):
            break
        rest.append(sibling)
        size += len(text)
        linked += sum(len(t) for t, _, _ in linking)
        count += len(linking)
    if size and count == 0 and not _plain_block(rest):
        return []
    if count == 1 and linked * 3 < size:
        return []
    if not rest and node is heading and heading.tag in ("a", "li", "option", "td", "span"):
        return []
    parent = node.getparent()
    last = rest[-1] if rest else node
    if parent is None or parent is body or last.getnext() is not None or not rest or count < 2:
        return [node, *rest]
    whole = not (parent.text or "").strip() and not any(_text(s) for s in node.itersiblings(preceding=True))
    return [parent] if whole else [node, *rest]


def _plain_block(parts: list[HtmlElement]) -> bool:
    """What a related heading heads although nothing in it links: like boxes of a short title and perhaps a teaser."""
    if len(parts) == 1 and len(parts[0]) >= 2:
        parts = list(parts[0])
    parts = [p for p in parts if isinstance(p.tag, str) and _text(p)]
    return len(parts) >= 2 and len({p.tag for p in parts}) == 1 and all(_is_plain_cards(p) for p in parts)


def _is_plain_cards(element: HtmlElement) -> bool:
    """A box, not a paragraph, whose first line is a title."""
    if element.tag not in ("div", "li", "section", "article", "dl", "dd", "a", "ul"):
        return False
    first = next((line.text for line in lines(element)), "")
    return 4 <= len(first) <= 44 and first[-1] not in "。；，：:"


def _is_cards(element: HtmlElement) -> bool:
    """Like siblings that each begin with a link to a page: the link alone, or a title with a teaser."""
    children = [c for c in element if isinstance(c.tag, str) and c.tag not in ("script", "style")]
    if len(children) < 3:
        return False
    tags = [c.tag for c in children]
    common = max(set(tags), key=tags.count)
    if common not in ("li", "div", "dd", "dl", "article", "section", "a", "tr") or tags.count(common) < 0.8 * len(tags):
        return False
    good = 0
    for child in children:
        link = child if child.tag == "a" else next(child.iter("a"), None)
        if link is None:
            continue
        href = link.get("href")
        if href is None and len(_text(link)) < 8:
            continue
        if href is not None and (
            not href.strip() or href.strip().lower().startswith(("#", "javascript")) or FILE.search(href)
        ):
            continue
        if child.tag == "tr" and len(_text(child)) > len(_text(link)) + 14:
            continue
        lead = _before(child, link)
        good += len(lead) <= 6
    return good >= 0.8 * len(children)


def _before(element: HtmlElement, link: HtmlElement) -> str:
    """Text of `element` in front of `link`."""
    parts: list[str] = []
    for node in element.iter():
        if node is link:
            break
        if node.text and isinstance(node.tag, str):
            parts.append(node.text)
    return squeeze("".join(parts))


def cards_after(main: HtmlElement, cut: list[list[HtmlElement]], base: str | None) -> Iterator[RelatedPage]:
    """The cards of the related blocks nearest behind the article: inside it, else beside its closest ancestor."""
    chain = [main, *main.iterancestors()]
    level_of = {e: i for i, e in enumerate(chain)}
    ranked: list[tuple[int, list[HtmlElement]]] = []
    for block in cut:
        node: HtmlElement | None = block[0].getparent()
        below = block[0]
        while node is not None and node not in level_of:
            below, node = node, node.getparent()
        if node is None:
            continue
        level = level_of[node]
        if level > 0:
            ours = chain[level - 1]
            if node.index(below) < node.index(ours):
                continue
        ranked.append((level, block))
    heads = {id(block): _first_line(block[0]) for _, block in ranked}
    headed = [(lv, b) for lv, b in ranked if cues.is_related_heading(heads[id(b)]) and not cues.is_weak(heads[id(b)])]
    pool = headed or [
        (lv, b) for lv, b in ranked if not cues.is_related_heading(heads[id(b)]) and not _has_own_heading(b[0], lv)
    ]
    # no block of its own: what is new or read most, if it stands right below the article
    pool = pool or [(lv, b) for lv, b in ranked if cues.is_weak(heads[id(b)]) and lv <= 2]
    if not pool:
        yield from _few_cards(chain, base)
        return
    nearest = min(level for level, _ in pool)
    for level, block in pool:
        if level == nearest:
            yield from cards(block, base)


def _few_cards(chain: list[HtmlElement], base: str | None) -> Iterator[RelatedPage]:
    """One or two cards below the article, too few to show by their form: list items that begin with a link."""
    for ours in chain[:3]:
        for sibling in ours.itersiblings():
            for found in sibling.iter("ul", "ol"):
                items = [c for c in found if c.tag == "li"]
                if items and all(_is_card(item) for item in items):
                    yield from cards([found], base)
                    return


def _is_card(item: HtmlElement) -> bool:
    link = next(item.iter("a"), None)
    if link is None or len(_text(link)) < 8 or len(_before(item, link)) > 3 or FILE.search(link.get("href") or ""):
        return False
    return not cues.is_end(_text(item)) and not cues.is_furniture(_text(item))


def _first_line(element: HtmlElement) -> str:
    for part in element.itertext():
        if text := squeeze(part):
            return text
    return ""


def _has_own_heading(element: HtmlElement, level: int) -> bool:
    """A list that is not the article's: headed by other words (a box of the sidebar), or bare links far from it."""
    before = next((s for s in element.itersiblings(preceding=True) if isinstance(s.tag, str) and _text(s)), None)
    if before is not None and len(_text(before)) <= 12 and not cues.is_furniture(_text(before)):
        return True
    return level > 2 and not any(len(_text(c)) - sum(len(t) for t, _, _ in links(c, None)) > 12 for c in element)


def cards(block: list[HtmlElement], base: str | None) -> Iterator[RelatedPage]:
    """Title, address, teaser and date of every card; without links, of every box of the block."""
    linked = any(_text(a) for top in block if isinstance(top.tag, str) for a in top.iter("a"))
    for top in block:
        if not isinstance(top.tag, str):
            continue
        anchors = [a for a in ([top] if top.tag == "a" else top.iter("a")) if _text(a)]
        if not linked and block[0] is not top:
            boxes = [top]
            while (
                len(boxes) == 1
                and len(boxes[0])
                and boxes[0].tag in ("div", "ul", "section", "ol")
                and _plain_block(boxes)
            ):
                boxes = list(boxes[0])
            for box in boxes:
                if isinstance(box.tag, str) and _is_plain_cards(box):
                    yield from _card(box, box, None)
            continue
        for anchor in anchors:
            card = anchor
            while card is not top and (parent := card.getparent()) is not None and parent is not top:
                if sum(1 for a in parent.iter("a") if _text(a)) > 1:
                    break
                card = parent
            yield from _card(anchor, card, absolute((anchor.get("href") or "").strip(), base))
    if len(block) == 1 and not linked:
        boxes = list(block[0]) if squeeze(block[0].text or "") else list(block[0])[1:]
        while len(boxes) == 1 and len(boxes[0]) > 1:
            boxes = list(boxes[0])
        for box in boxes:
            if isinstance(box.tag, str) and _is_plain_cards(box):
                yield from _card(box, box, None)


def _card(anchor: HtmlElement, card: HtmlElement, url: str | None) -> Iterator[RelatedPage]:
    inner = [line.text for line in lines(anchor)] or [_text(anchor)]
    if len(inner) == 1 and len(anchor) >= 2 and not (anchor.text or "").strip():
        inner = [t for t in map(_text, anchor) if t] or inner  # <a><b>title</b><small>teaser</small></a>
    title = _TRAILING_DATE.sub("", inner[0]).strip("· 　\u00a0")
    if len(title) < 4 or _NOT_TITLES.match(title):
        return
    outside = [line.text for line in lines(card)] if card is not anchor else []
    rest = inner[1:] + [t for t in outside if t not in inner and not t.startswith(title)]
    date = next(
        (d for t in (*rest, *inner[:1], *outside) if (d := iso(t[:12]) or (iso(t) if len(t) <= 60 else None))), None
    )
    teaser = next((t for t in rest if not (len(t) <= 24 and iso(t))), None)
    yield RelatedPage(title, url, teaser, date)


_TRAILING_DATE = rx(
    r"[\s\[(（【]{0,9}(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s*\d{1,2}:\d\d(?::\d\d)?)?[\])）】]*$"
)


# -- the main element ----------------------------------------------------------------------------------
def known(body: HtmlElement, hint: str | None) -> tuple[HtmlElement | None, str]:
    """The article by a known layout (`hint` names the one to try first); None if no layout holds text."""
    named: dict[str, list[HtmlElement]] = {}
    wanted = _selectors()
    for element in _NAMED(body):
        for name in _known_classes(element.get("class")):
            named.setdefault(name, []).append(element)
        if (name := element.get("id")) in wanted:
            named.setdefault(f"#{name}", []).append(element)
    for layout in sorted(layouts(), key=lambda one: one.name != hint) if named else ():
        for selector in layout.body:
            if selector in named:
                best = max(named[selector], key=lambda e: len(_text(e)))
                if len(_text(best)) >= 30:
                    _drop(best, layout)
                    return best, layout.name
    return None, "none"


_NAMED = etree.XPath(".//*[@id or @class]")


@lru_cache(maxsize=4096)
def _known_classes(classes: str | None) -> tuple[str, ...]:
    """The selectors that a class attribute may meet; none where no layout asks for any of its names."""
    found = classes.split() if classes else []
    return () if _selectors().isdisjoint(found) else tuple(f".{name}" for name in found)


@cache
def _selectors() -> frozenset[str]:
    """The names in the selectors of all layouts, of classes and of ids."""
    return frozenset(selector[1:] for layout in layouts() for selector in layout.body)


def _drop(element: HtmlElement, layout: Layout) -> None:
    for found in _NAMED(element) if layout.drop else ():
        names = {f".{name}" for name in found.get("class", "").split()}
        names |= {f"#{name}" for name in found.get("id", "").split()}
        if not names.isdisjoint(layout.drop) and found.getparent() is not None:
            found.drop_tree()


def _weigh(element: HtmlElement, masses: dict[HtmlElement, float], gone: set[int]) -> tuple[list[str], int, float]:
    """Mass of running text: of every block into `masses`; returns what inline content hands up (text, linked, mass)."""
    parts = [element.text] if element.text else []
    linked, inner = 0, 0.0
    for child in element:
        if isinstance(child.tag, str) and id(child) not in gone:
            if child.tag == "a":
                text = "".join(child.itertext())
                parts.append(text)
                linked += len(text.strip())
            else:
                more, more_linked, mass = _weigh(child, masses, gone)
                parts += more
                linked += more_linked
                inner += mass
        if child.tail:
            parts.append(child.tail)
    if element.tag not in BLOCK and inner == 0:
        return parts, linked, 0.0
    own = _chunk("".join(parts), linked)
    total = inner + own
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    if len(name) > 1 and element.tag not in ("body", "html") and _UNLIKELY.search(name):
        total *= 0.3
    if element.tag in ("header", "footer", "nav", "aside"):
        total *= 0.2
    masses[element] = total
    return [], 0, total


def _chunk(text: str, linked: int) -> float:
    size = len(text.strip())
    if size < 4 or linked * 2 > size:
        return 0.0
    plain = size - linked
    if size <= 200 and size >= 8 and cues.is_furniture(squeeze(text)):
        return 0.0
    if _PUNCTUATION.search(text):
        return float(plain)
    return plain * (0.8 if size >= 25 else 0.3)


def deepest(body: HtmlElement, masses: dict[HtmlElement, float], heading: HtmlElement | None) -> HtmlElement:
    """Walk down from the body as long as one child holds nearly all the running text that follows the title."""
    above = set(heading.iterancestors()) | {heading} if heading is not None else set()
    node = body
    while True:
        children = [c for c in node if c in masses]
        if not children:
            return node
        best = max(children, key=lambda c: masses[c])
        if best.tag not in _DESCEND or masses[best] < 20 or (best.tag == "table" and not is_layout(best, cells(best))):
            return node
        titled = next((i for i, c in enumerate(children) if c in above), -1)
        place = children.index(best)
        rest = [c for i, c in enumerate(children) if c is not best and not (i <= titled <= place and titled != place)]
        loose = sum(masses[c] for c in rest if c.tag in _TEXT_TAGS)
        own = masses[node] - sum(masses[c] for c in children)
        boxes = sum(masses[c] for c in rest if c.tag not in _TEXT_TAGS)
        limit = masses[best]
        narrow = best.tag in ("td", "tr", "tbody", "table")
        inner = [c for c in best if c in masses]
        if narrow and best.tag == "td" and len(inner) < 2 and not (inner and inner[0].tag in ("table", "div")):
            return node
        if loose + max(own, 0) > max(25, 0.03 * limit) or boxes > (0.05 * limit if narrow else max(60, 0.15 * limit)):
            return node
        node = best


_BYLINE = 700
"""Characters that are read of what may be a byline."""


def _fields(element: HtmlElement, most: int = _BYLINE) -> str:
    """Text of a byline, line by line: fields of one line may stand in adjacent elements, so it is also given in pieces.
    Nothing where it has more than `most` characters."""
    if most < _BYLINE and _longer(element, most):
        return ""
    glued = "\n".join(line.text for line in lines(element, _BYLINE))
    if len(glued) >= _BYLINE:
        return glued[:_BYLINE]
    pieces, size = [], 0
    for part in element.itertext():
        if text := squeeze(part):
            pieces.append(text)
            size += len(text) + 1
            if size > _BYLINE:
                break
    return f"{glued}\n{' '.join(pieces)}"[:_BYLINE] if glued else " ".join(pieces)[:_BYLINE]


def _longer(element: HtmlElement, most: int) -> bool:
    """Whether there are more characters in an element, without white space; looked at no further than needed."""
    size = 0
    for part in element.itertext():
        size += len(part) if part.isalnum() else len("".join(part.split()))
        if size > most:
            return True
    return False


def around(main: HtmlElement, heading: HtmlElement | None, gone: set[int]) -> str:
    """Text between title and article, where a page prints its date and source; then what else stands by the article."""
    parts: list[str] = []
    fields = cache(_fields)  # the same neighbours are looked at for several reasons
    chain = {main, *main.iterancestors()}
    node = heading if heading is not None and heading not in chain and not _inside(heading, main) else None
    while node is not None and node not in chain:
        parent = node.getparent()
        if node.tail:
            parts.append(squeeze(node.tail))
        for sibling in node.itersiblings():
            if sibling in chain:
                break
            if isinstance(sibling.tag, str) and id(sibling) not in gone:
                parts.append(fields(sibling))
        node = parent
    # a table of particulars may stand above the title, and a title that was not found leaves only the neighbourhood
    for inner in [main, *list(main.iterancestors())[:2]]:
        for sibling in inner.itersiblings(preceding=True):
            if isinstance(sibling.tag, str) and id(sibling) not in gone and sibling is not heading:
                text = fields(sibling, _PARTICULARS_MOST)
                if len(text) < _PARTICULARS_MOST and _PARTICULARS.search(text):
                    parts.append(text)
    for inner in [main, *list(main.iterancestors())[:6]]:
        beside = [s for s in inner.itersiblings(preceding=True) if isinstance(s.tag, str) and id(s) not in gone]
        above = [fields(s, _POSTED_MOST) for s in beside]
        if posted := [text for text in above if len(text) < _POSTED_MOST and _POSTED.search(text)]:
            parts += posted
            break
    if heading is None or _inside(heading, main):
        parent = main.getparent()
        beside = [s for s in (parent if parent is not None else ()) if s is not main and isinstance(s.tag, str)]
        parts += [fields(s)[:300] for s in beside if id(s) not in gone]
    return "\n".join(parts)


_PARTICULARS_MOST, _POSTED_MOST = 600, 200
"""Characters of a table of particulars, and of the line above a post."""
_POSTED = rx(r"(?:发表|发布|发帖)(?:于|时间)")
"""The line above a post of a forum, whose text stands deep in tables of its own."""
_PARTICULARS = rx(r"(?:生成|发布|成文|发文|公开|更新|回复|答复)(?:日期|时间)|来源\s*[:：]|(?:发布|提供)(?:机构|单位)")


def _prune(main: HtmlElement, heading: HtmlElement | None) -> None:
    """Take boxes of links out of the article: toolbars, pagers, menus."""
    for box in list(main.iter("div", "ul", "nav", "section", "ol", "aside", "footer", "dl")):
        if box is main or box.getparent() is None or (heading is not None and _inside(heading, box)):
            continue
        found = [(t, a) for t, _, a in links(box, None) if not FILE.search(a.get("href") or "")]
        if len(found) >= 2:
            text = _text(box)
            if sum(len(t) for t, _ in found) > 0.6 * len(text) and len(text) < 600:
                box.drop_tree()


# -- letters --------------------------------------------------------------------------------------------
def answer_only(read: list[Line]) -> tuple[list[Line], str | None, list[str]]:
    """Of a letter and its answer, the answer; also the letter's title and the form fields that stood before it."""
    asked = next((i for i, line in enumerate(read) if cues.is_asked(line.text)), None)
    if asked is None:
        return without(read, _asker(read)), None, []
    behind = range(asked + 1, len(read) - 1)
    fields_of = [i for i in range(len(read)) if cues.is_reply_field(read[i].text)]
    reply = next((i for i in behind if cues.is_reply(read[i].text)), None)
    if reply is None:
        reply = next((i for i in behind if i in fields_of), None)
    if reply is None:
        return read, None, []
    texts = [line.text for line in read]
    title = next((texts[i + 1] for i in range(reply) if cues.is_letter_title(texts[i])), None)
    fields = [f"{label}：{value}" for label, value in itertools.pairwise(texts) if len(label) <= 6]
    answer = [replace(line, table=None, row=None, col=None) for line in without(read, set(range(reply + 1)))]
    return answer, title, [*(texts[i] for i in fields_of), texts[reply], *fields]


def _asker(read: list[Line]) -> set[int]:
    """The lines in which the one asker of a page speaks, before an answer that begins as letters do.

    Of several askers none is cut: that is a collection of questions, and those are part of it.
    """
    asking = [i for i, line in enumerate(read) if line.table is None and cues.is_asker(line.text)]
    if len(asking) != 1 or asking[0] > _HEAD_LINES:
        return set()
    answer = next((i for i in range(asking[0] + 1, len(read)) if cues.is_answering(read[i].text)), None)
    if answer is None or answer - asking[0] > _HEAD_LINES:
        return set()
    return set(range(asking[0], answer))


_HEAD_LINES = 8
"""Lines that may stand before an asker's words, and lines that these may take."""


# -- lines that are not the article ----------------------------------------------------------------------
_FOOTER_LINES = 4
"""Lines at the end of a page among which a footer may stand in a table."""


def trim(read: list[Line], title: str | None, heading_outside: bool) -> tuple[list[Line], list[str]]:
    """The lines of the article, and the lines of its head (byline, date) that were dropped from its start."""
    key = fold(title or "")
    drop: set[int] = set()
    head: list[str] = []
    start = 0
    if key and not heading_outside:
        for index, line in enumerate(read[:60]):
            if key[0] not in line.text or key[-1] not in line.text:
                continue
            folded = fold(line.text)
            named = folded == key or (folded.endswith(key) and len(folded) - len(key) <= 16)  # with who issued it
            if line.table is None and named and _prose(read[:index]) < 120 and not _issued(read[:index]):
                start = index + 1
                head = [x.text for x in read[:start]]
                break
    while start < len(read):
        text = read[start].text
        if (table := read[start].table) is not None:
            cells_of = [line.text for line in read[start:] if line.table == table]
            if sum(bool(_RECORD.match(t)) for t in cells_of) < 2:
                break
            head += cells_of
            start += len(cells_of)
            continue
        if not (_is_head(text) or (read[start].tag == "h1" and fold(text) == key) or _over_byline(read, start)):
            break
        head.append(text)
        start += 1
    drop.update(range(start))
    total = sum(len(line.text) for line in read[start:])
    seen = 0
    for index in range(start, len(read)):
        line = read[index]
        seen += len(line.text)
        text = line.text
        if line.table is not None:
            if index >= len(read) - _FOOTER_LINES and cues.is_footer(text):
                drop.add(index)  # the last row of a page laid out by a table
            continue
        if line.tag == "h1" and fold(text) == key:
            drop.add(index)
        elif cues.is_end(text) and seen * 2 > total:
            drop.update(range(index, len(read)))
            break
        elif (
            cues.is_furniture(text)
            or cues.is_promotion(text)
            or cues.is_disclaimer(text)
            or (
                cues.is_related_heading(text)
                and (index == len(read) - 1 or (seen > 0.9 * total and len(read) - index < 4))
            )
        ):
            drop.add(index)
    _number(read, drop)
    return without(read, drop), head


def _over_byline(read: list[Line], index: int) -> bool:
    """A short line right above date and source, bold or no sentence: the title as the page prints it, or what stands
    over or under the title, whatever its `<title>` says.
    """
    line, below = read[index], read[index + 1] if index + 1 < len(read) else None
    return (
        below is not None
        and (
            line.bold
            or line.tag in ("h1", "h2", "h3")
            or (line.table is None and not rx(r"[。；;]|[:：]$").search(line.text))
        )
        and len(line.text) <= 60
        and rx(r"(?:19|20)\d\d\s?[-年/.]").search(below.text) is not None
        and cues.is_dateline(below.text)
    )


def _issued(read: list[Line]) -> bool:
    """A letter stands here that issues what follows: the title below it heads the rules, not the page."""
    return any(rx(r"印发给你们|^各[^。；]{2,60}[:：]$").search(line.text) for line in read)


_RECORD = rx(
    r"(?:索引号|信息索引|发文字号|发文机关|文号|发布日期|发布机构|主题分类|成文日期|生成日期|公开方式|公开日期|有效性|组配分类|体裁分类|信息来源|主题词)"
    r"\s*[:：]?"
)


def _number(read: list[Line], drop: set[int]) -> None:
    """A number that stands alone on a line (a drawn circle) is the number of the line below it."""
    for index, line in enumerate(read[:-1]):
        after = read[index + 1]
        if line.table is None and rx(r"0?\d{1,2}").fullmatch(line.text) and after.table is None and len(after.text) > 2:
            drop.add(index)
            after.ordinal = int(line.text)
            if after.tag not in ("p", "li") or after.bold:
                continue
            after.tag, after.list_kind = "li", "ol"
            if line.tag == "li":
                after.owner = line.owner


def _is_head(text: str) -> bool:
    return cues.is_furniture(text) or cues.is_dateline(text) or not rx(r"\w").search(text)


def without(read: list[Line], drop: set[int]) -> list[Line]:
    """The lines that are not dropped, their references renumbered; a reference to a dropped line is gone."""
    if not drop:
        return read
    place = {old: new for new, old in enumerate(i for i in range(len(read)) if i not in drop)}
    out = []
    for index in place:
        line = read[index]
        out.append(
            replace(
                line,
                owner=place.get(line.owner) if line.owner is not None else None,
                row_head=place.get(line.row_head) if line.row_head is not None else None,
                col_head=place.get(line.col_head) if line.col_head is not None else None,
            )
        )
    return out
