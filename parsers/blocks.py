"""DOM → lines: the text of an element cut where a reader sees a new line, with what the markup says about each.

`lines(element)` gives a list of `Line` in document order. White space is the browser's: runs collapse, a source line
break next to a Chinese character is nothing, indents (U+3000, no-break space) are trimmed at the edges, all other
text is kept as it is. Tables that only lay out a page are unwrapped; cells of data tables carry their place in the
grid (row and column spans expanded) and the lines of their row and column heads.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from parsers.patterns import rx

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026"
_SOURCE_BREAK = rx(rf"(?<=[{_WIDE}])[ \t]*[\r\n][ \t\r\n]*|(?<![ \t\r\n])[ \t]*[\r\n][ \t\r\n]*(?=[{_WIDE}])")
_RUN = rx(r"[ \t\r\n\f\v]+")
_INVISIBLE = rx("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
_EDGE = " \t\r\n\f\v\u00a0\u3000\u2002\u2003\u2009"

SKIP = frozenset(
    "script style noscript template iframe object embed select option input button textarea canvas svg video audio "
    "head title link meta map area".split()
)
BLOCK = frozenset(
    "html body div p section article main header footer aside nav center form fieldset legend address blockquote "
    "figure figcaption details summary h1 h2 h3 h4 h5 h6 ul ol menu dir li dl dt dd pre hr table caption thead tbody "
    "tfoot tr td th".split()
)
_BOLD = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BOLD_STYLE = rx(r"font-weight\s*:\s*(bold|[6-9]00)", re.I)
_PRE_STYLE = rx(r"white-space\s*:\s*(pre|break-spaces)", re.I)
_CENTER_STYLE = rx(r"text-align\s*:\s*center", re.I)
_MAX_SPAN = 60


_PLAIN = (False, False, False)


@lru_cache(maxsize=4096)
def _look(style: str) -> tuple[bool, bool, bool]:
    """Whether an inline style makes text bold, keeps its line breaks, centres it."""
    return (
        _BOLD_STYLE.search(style) is not None,
        _PRE_STYLE.search(style) is not None,
        _CENTER_STYLE.search(style) is not None,
    )


@dataclass(slots=True)
class Line:
    """One line of text. `owner` is the line that holds it in the markup: its list item, term or cell's first line."""

    text: str
    tag: str = "p"
    bold: bool = False
    center: bool = False
    soft: bool = False
    """It starts at a `<br>` or a line end inside a paragraph, so it may be the rest of a wrapped line."""
    owner: int | None = None
    depth: int = 0
    list_kind: str | None = None
    ordinal: int | None = None
    table: int | None = None
    row: int | None = None
    col: int | None = None
    row_head: int | None = None
    col_head: int | None = None
    inside: tuple[int, int, int] | None = None
    """The cell (table, row, column) of an outer table in which the line's own table stands."""
    look: str = ""
    """Class of its block and marks of its first words: lines of one look play one part on the page."""


def squeeze(text: str) -> str:
    """White space of running text as a browser shows it, edges trimmed."""
    text = text.strip(_EDGE)
    if text.isprintable() and "  " not in text:
        return text  # the usual case: no line break, no tab, nothing invisible
    if "\n" in text or "\r" in text:
        text = _SOURCE_BREAK.sub("", text.strip())
    return _INVISIBLE.sub("", _RUN.sub(" ", text.strip(_EDGE))).strip(_EDGE)


def lines(element: HtmlElement, most: int = sys.maxsize) -> list[Line]:
    """The lines of an element, hidden parts and all: what must not be read has been taken out of the tree before. No
    more is read once the lines have `most` characters."""
    reader = _Reader(most)
    reader.block(element)
    reader.flush()
    return reader.out


class _Reader:
    """Walks the tree once; `parts` is the line being read."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.out: list[Line] = []
        self.parts: list[str] = []
        self.bold_chars = 0
        self.all_chars = 0
        self.bold = 0
        self.center = 0
        self.pre = 0
        self.soft = False
        self.tag = "p"
        self.owner: int | None = None
        self.pending: Line | None = None  # a list item, term or cell that waits for its first line
        self.depth = 0
        self.tables = 0
        self.cell: tuple[int, int, int] | None = None
        self.place = ""
        self.marks: list[str] = []
        self.look = ""

    # -- text ---------------------------------------------------------------------------------
    def add(self, text: str | None) -> None:
        if not text:
            return
        if self.pre and "\n" in text:
            first, *rest = text.split("\n")
            self.add(first)
            for part in rest:
                self.flush(soft=True)
                self.add(part)
            return
        if not self.all_chars:
            self.look = "/".join(self.marks)
        self.parts.append(text)
        size = len(text) if text.isalnum() else len(text.strip(_EDGE))
        self.all_chars += size
        if self.bold:
            self.bold_chars += size

    def flush(self, soft: bool = False) -> None:
        """End the line; the next one is `soft` if only a line break, not a block, parts them."""
        if self.parts:
            text = squeeze("".join(self.parts))
            if text:
                line = self.pending or Line("", self.tag, owner=self.owner, depth=self.depth)
                line.text = text
                line.bold = self.bold_chars >= self.all_chars - 1 and self.bold_chars > 0
                line.center = self.center > 0
                line.soft = self.soft and self.pending is None
                line.look = f"{self.place}|{self.look}" if self.place or self.look else ""
                if self.cell is not None:
                    line.table, line.row, line.col = self.cell
                if self.pending is not None:
                    self.owner = len(self.out)
                    self.pending = None
                self.out.append(line)
                self.left -= len(text)
            self.parts.clear()
            self.bold_chars = self.all_chars = 0
            self.soft = soft and bool(text)
        elif not soft:
            self.soft = False

    # -- elements -----------------------------------------------------------------------------
    def children(self, element: HtmlElement) -> None:
        self.add(element.text)
        for child in element:
            if self.left <= 0:
                return
            tag = child.tag
            if isinstance(tag, str) and tag not in SKIP:
                if tag == "br":
                    self.flush(soft=True)
                elif tag in BLOCK:
                    self.block(child)
                else:
                    self.inline(child)
            self.add(child.tail)

    def inline(self, element: HtmlElement) -> None:
        style = element.get("style") if element.attrib else None
        bold, pre, _ = _look(style) if style else _PLAIN
        bold = bold or element.tag in _BOLD
        mark = style or (element.get("class") if element.attrib else None)
        if mark:
            self.marks.append(mark)
        self.bold += bold
        self.pre += pre
        self.children(element)
        self.bold -= bold
        self.pre -= pre
        if mark:
            self.marks.pop()

    def block(self, element: HtmlElement) -> None:
        tag = str(element.tag)
        self.flush()
        if tag == "table":
            self.table(element)
            return
        style = element.get("style") if element.attrib else None
        bold, pre, center = _look(style) if style else _PLAIN
        bold, pre = bold or tag in _BOLD, pre or tag == "pre"
        center = center or tag == "center" or (bool(element.attrib) and element.get("align") == "center")
        self.bold += bold
        self.pre += pre
        self.center += center
        saved, place = self.tag, self.place
        self.place = element.get("class") or "" if element.attrib else ""
        if tag in _HEADINGS or tag == "caption":
            self.tag = tag
        if tag in ("ul", "ol", "menu", "dir"):
            self.items(element)
        elif tag == "dl":
            self.terms(element)
        elif tag == "li":
            self.item(element, "ul", None)
        elif (grid := drawn_table(element)) is not None:
            self.rows(grid)
        else:
            self.children(element)
        self.flush()
        self.tag, self.place = saved, place
        self.bold -= bold
        self.pre -= pre
        self.center -= center

    def items(self, element: HtmlElement) -> None:
        kind = "ol" if element.tag == "ol" else "ul"
        ordinal = _int(element.get("start"), 1) - 1
        self.add(element.text)
        for child in element:
            if child.tag == "li":
                ordinal = _int(child.get("value"), ordinal + 1)
                self.item(child, kind, ordinal)
            elif isinstance(child.tag, str) and child.tag not in SKIP:
                self.block(child) if child.tag in BLOCK else self.inline(child)
            self.add(child.tail)

    def item(self, element: HtmlElement, kind: str, ordinal: int | None) -> None:
        self.flush()
        owner, pending = self.owner, self.pending
        self.depth += 1
        self.pending = Line("", "li", owner=owner, depth=self.depth, list_kind=kind, ordinal=ordinal)
        self.children(element)
        self.flush()
        self.depth -= 1
        self.owner, self.pending = owner, pending

    def terms(self, element: HtmlElement) -> None:
        """`dl`: a term owns the descriptions that follow it; `div` wrappers inside are allowed by HTML."""
        owner, pending = self.owner, self.pending
        for child in element.iterdescendants("dt", "dd"):
            if next(child.iterancestors("dl")) is not element:
                continue
            self.flush()
            if child.tag == "dt":
                self.owner = owner
                self.pending = Line("", "dt", owner=owner, depth=self.depth)
                self.children(child)
                self.flush()
            else:
                term, self.pending = self.owner, Line("", "dd", owner=self.owner, depth=self.depth)
                self.children(child)
                self.flush()
                self.owner = term
        self.owner, self.pending = owner, pending

    # -- tables -------------------------------------------------------------------------------
    def table(self, element: HtmlElement) -> None:
        grid = cells(element)
        if is_layout(element, grid):
            self.children(element)
            self.flush()
            return
        for part in element:
            if part.tag == "caption":
                self.block(part)
        self.rows(grid)

    def rows(self, grid: list[list[HtmlElement]]) -> None:
        """The cells of a data table, in order, each with its place; spans are expanded for finding heads."""
        number = self.tables
        self.tables += 1
        saved = self.tag, self.owner, self.pending, self.cell, self.bold, self.center, self.depth
        outer = self.owner
        self.tag, self.bold, self.center, self.depth = "td", 0, 0, 0
        place: Places = {}
        first: dict[tuple[int, int], int] = {}
        start = len(self.out)
        for r, row in enumerate(grid):
            c = 0
            for cell in row:
                while (r, c) in place:
                    c += 1
                height = min(_int(cell.get("rowspan"), 1), _MAX_SPAN) or len(grid) - r
                width = min(_int(cell.get("colspan"), 1) or 1, _MAX_SPAN)
                for rr in range(r, min(r + max(height, 1), len(grid))):
                    for cc in range(c, c + width):
                        place.setdefault((rr, cc), (cell, r, c))
                self.cell, self.owner, self.pending = (number, r, c), None, None
                before = len(self.out)
                self.bold += cell.tag == "th"
                self.children(cell)
                self.flush()
                self.bold -= cell.tag == "th"
                if len(self.out) > before:
                    first[r, c] = before
                c += width
        self.tag, self.owner, self.pending, self.cell, self.bold, self.center, self.depth = saved
        _heads(self.out, start, number, len(grid), place, first, outer)
        if self.cell is not None:
            for line in self.out[start:]:
                if line.table == number:
                    line.inside = self.cell


Places = dict[tuple[int, int], tuple[HtmlElement, int, int]]
"""Grid position → the cell that covers it, and the position where that cell begins."""


def drawn_table(element: HtmlElement) -> list[list[HtmlElement]] | None:
    """A table drawn with boxes: at least two like rows of three or more boxes of short text each, and nothing else."""
    if element.tag != "div" or len(element) < 2 or (element.text or "").strip():
        return None
    width = len(element[0])
    if width < 3:
        return None
    grid = []
    for row in element:
        if row.tag != "div" or len(row) != width or (row.text or "").strip() or (row.tail or "").strip():
            return None
        if any(cell.tag not in ("div", "span", "p") or _size(cell) > 80 for cell in row):
            return None
        grid.append(list(row))
    if all(_NUMBER.match("".join(row[0].itertext()).strip()) for row in grid):
        return None  # no head row, and every row counted: a list with its numbers drawn beside it
    return grid


def cells(table: HtmlElement) -> list[list[HtmlElement]]:
    """The cells of a table by row, without those of tables inside it."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    return [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]


def _int(value: str | None, default: int) -> int:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else default


_LABEL_END = rx(r"[。；;！!]$")


def _size(cell: HtmlElement) -> int:
    return sum(len(part.strip(_EDGE)) for part in cell.itertext())


def is_layout(table: HtmlElement, grid: list[list[HtmlElement]]) -> bool:
    """A table that lays out the page: one column, a frame around one cell, or tables or headings in it and no column of
    labels."""
    grid = [cells for cells in grid if cells]
    if not grid:
        return True
    wide = [cells for cells in grid if len(cells) > 1]
    if not wide:
        return True
    if any(cell.tag == "th" for row in grid for cell in row):
        return False
    if len(wide) == 1 and _is_frame(grid):
        return True
    if table.find(".//table") is None and not any(table.find(f".//{h}") is not None for h in sorted(_HEADINGS)):
        # side by side columns of prose
        return len(wide) == 1 and len(grid) == 1 and max(map(_size, wide[0])) > _FRAMED
    labels = sum(0 < _size(cells[0]) <= 20 for cells in wide)
    return labels * 2 < len(wide) or len(wide) * 2 < len(grid)


def _is_frame(grid: list[list[HtmlElement]]) -> bool:
    """One cell holds nearly all text, beside and between small ones: banner, menu or author, article, footer."""
    sizes = [_size(cell) for row in grid for cell in row]
    return max(sizes) > _FRAMED and max(sizes) * 5 >= sum(sizes) * 4


_FRAMED = 300
"""Characters from which a cell can be an article."""


_HEAD_WORDS = rx(
    r"^(序号|编号|项目|事项|名称|内容|类别|类型|种类|材料|要求|标准|比例|时限|期限|说明|备注|情形|条件|对象|范围|方式|渠道|流程|步骤|环节|人员|"
    r"地区|城市|机构|地址|电话|联系|问题?|答案?|问答|依据|形式|份数|来源|必要性|级别|等级|待遇|医院|有效期|备案|报销|起付|参保|就医|险种|统筹|区县|县区|县市|单位|咨询|办理|服务|窗口|网点|时间|经办|科室|病种|频次|次数|金额|支付|报销)"
)
_NUMBER = rx(r"^[\d０-９一二三四五六七八九十.、．（）()①-⑳]{1,5}$")


def _heads(
    out: list[Line],
    start: int,
    number: int,
    height: int,
    place: Places,
    first: dict[tuple[int, int], int],
    outer: int | None,
) -> None:
    """Give every line of table `number` the lines of its row head and column head."""
    width = max((c for _, c in place), default=0) + 1

    def text(r: int, c: int) -> str:
        spot = place.get((r, c))
        index = first.get((spot[1], spot[2])) if spot else None
        return out[index].text if index is not None and _single(out, index) else ""

    def is_th(r: int, c: int) -> bool:
        spot = place.get((r, c))
        return spot is not None and spot[0].tag == "th"

    def head_of(r: int, c: int, own: int) -> int | None:
        """The line that begins the cell at (r, c), if it is another cell before line `own`."""
        spot = place.get((r, c))
        index = first.get((spot[1], spot[2])) if spot else None
        if index is None or index >= own:
            return None
        head, line = out[index], out[own]
        return None if (head.table, head.row, head.col) == (line.table, line.row, line.col) else index

    top = _header_row(height, width, text, is_th)
    bottom = top
    if top is not None and bottom is not None:
        # heads of two storeys: cells that span both, or a second row of nothing but heads
        while bottom + 1 < height and (
            (
                any(place.get((bottom, c), (None,))[0] is place.get((bottom + 1, c), (0,))[0] for c in range(width))
                and bottom < top + 2
                and bottom + 2 < height
            )
            or all(is_th(bottom + 1, c) for c in range(width))
        ):
            bottom += 1
    body = range(0 if bottom is None else bottom + 1, height)
    column = _head_column(body, width, text)
    for index in range(start, len(out)):
        line = out[index]
        if line.inside is not None and line.inside[0] == number and line.owner is None:
            # an inner table stands under the head of its cell
            r, c = line.inside[1:]
            lefts = [cc for cc in range(c) if is_th(r, cc)] or ([column] if column is not None and c > column else [])
            line.owner = head_of(r, lefts[-1], index) if lefts else None
            continue
        if line.table != number or line.row is None or line.col is None:
            continue
        r, c = line.row, line.col
        if line.owner is None and outer is not None:
            line.owner = outer
        if top is not None and bottom is not None and r > top:
            line.col_head = head_of(min(bottom, r - 1), c, index)
        if r not in body:
            continue
        heads = [cc for cc in range(c) if is_th(r, cc)]
        if is_th(r, c) and c and not is_th(r, c - 1):
            continue  # the next label of a form with several to a row
        if heads:
            line.row_head = head_of(r, heads[-1], index)
        elif column is not None and c > column:
            line.row_head = head_of(r, column, index)
            # a category over several rows, then its members: the nearer one is the head
            spanning = any(
                place.get((r, column), (None,))[0] is place.get((rr, column), (0,))[0] for rr in (r - 1, r + 1)
            )
            if column + 1 < c and spanning:
                near = head_of(r, column + 1, index)
                own, other = place[r, c][0].get("rowspan"), place[r, column + 1][0].get("rowspan")
                if _int(own, 1) > _int(other, 1):
                    near = None  # one value for the whole category
                if near is not None and len(out[near].text) <= 20 and _single(out, near):
                    line.row_head = near


def _single(out: list[Line], index: int) -> bool:
    """The cell that starts at `index` has one line."""
    after = out[index + 1] if index + 1 < len(out) else None
    line = out[index]
    return after is None or (after.table, after.row, after.col) != (line.table, line.row, line.col)


def _header_row(
    height: int, width: int, text: Callable[[int, int], str], is_th: Callable[[int, int], bool]
) -> int | None:
    """The row of column heads: all `th`, or short words of which some are usual in heads; a title row may stand above."""
    for r in range(min(2, height - 1)):
        texts = [text(r, c) for c in range(width)]
        if width > 1 and len(set(texts)) == 1:
            continue  # one cell over the whole width: a title
        if width > 1 and all(is_th(r, c) for c in range(width)):
            return r
        filled = [t for t in texts if t]
        if (
            len(filled) < max(2, width - 1)
            or any(len(t) > 16 or _LABEL_END.search(t) for t in filled)
            or len(set(filled)) < 2
        ):
            return None
        usual = sum(bool(_HEAD_WORDS.match(t)) for t in filled)
        below = [text(rr, c) for rr in range(r + 1, height) for c in range(1, width)]
        longer = sum(map(len, below)) / max(1, len(below)) > 1.5 * sum(map(len, filled)) / len(filled)
        if usual == len(filled) or (width > 2 and usual and (longer or (usual * 2 >= len(filled) and height > 2))):
            return r
        return None
    return None


def _head_column(rows: range, width: int, text: Callable[[int, int], str]) -> int | None:
    """The column of row heads: the first of short words; a column of numbers is passed over."""
    for c in range(min(2, width - 1)):
        texts = [text(r, c) for r in rows]
        filled = [t for t in texts if t]
        if not filled:
            return None
        if sum(bool(_NUMBER.match(t)) for t in filled) * 2 > len(filled):
            continue
        if sum(len(t) <= 24 and not _LABEL_END.search(t) for t in filled) >= 0.7 * len(texts):
            return c
        return None
    return None
