"""Lines → tree: numbers read as numbers, wrapped lines rejoined, run-together items split, every line under its head.

Chinese guides express structure by HTML lists, by literal numbers (一、 （一） 1. ① 第一步 首先) or by both; the same
content must give the same tree. So depth comes from the *class* of a number and the classes above it, not from the
number (numbers restart in every block) nor from the class alone (the order of classes differs from page to page).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from parsers.blocks import Line
from parsers.patterns import rx

_CN = "一二三四五六七八九十百"
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_ENCLOSED = {
    chr(base + i): i + 1 for base, n in ((0x2460, 20), (0x2474, 20), (0x2776, 10), (0x3220, 10)) for i in range(n)
}

_REFERS = rf"[、至和及]?[（(][\d{_CN}]{{1,2}}[）)]|[类项种款](?![别型目])"
"""（4）（5）类 speaks of items, it is none."""

# class, usual depth, pattern; the first that fits wins. Depth orders classes that have not met on the page before.
_CLASSES: tuple[tuple[str, int, str], ...] = (
    ("part", 1, rf"第[{_CN}\d]{{1,4}}[编部篇][分]?(?=[\s　、:：])"),
    ("chapter", 2, rf"第[{_CN}\d]{{1,4}}章"),
    ("section", 3, rf"第[{_CN}\d]{{1,4}}节"),
    ("article", 5, rf"第[{_CN}\d]{{1,5}}条(?![第款件例]|(?:[（(][\d{_CN}]{{1,2}}[）)])+\d?[类项种款目](?![别型目]))"),
    ("step", 9, rf"(?:第[{_CN}\d]{{1,3}}步|步骤\s?[{_CN}\d]{{1,3}}|(?:Step|STEP|step)\s?\d{{1,2}})[:：、，,．.]?"),
    (
        "way",
        5,
        rf"(?:方式|方法|途径|渠道|情形|办法|方案|入口)[{_CN}\d]{{1,2}}\s?(?:[（(][^（）()]{{1,8}}[）)])?\s?[：:、．.]",
    ),
    ("cn", 4, rf"[{_CN}]{{1,3}}\s?[、．]"),
    ("cn_paren", 6, rf"[（(]\s?[{_CN}]{{1,3}}\s?[）)](?!{_REFERS})[、．.]?"),
    ("num_paren", 8, rf"[（(]\s?[\d０-９]{{1,2}}\s?[）)](?!{_REFERS})[、．.]?"),
    ("num_close", 8, r"[\d０-９]{1,2}[）)][、．.]?"),
    (
        "dotted",
        8,
        r"\d{1,2}[.．]\d{1,2}(?:[.．]\d{1,2})?[、．.]?(?=\s?[\u4e00-\u9fff“\"(（])(?!\s?[倍万亿元个%％折级])",
    ),
    ("num", 7, r"[\d０-９]{1,2}\s?(?:、|[.．](?![\d０-９]))"),
    ("keycap", 7, r"\d\ufe0f?\u20e3[、．.]?"),
    ("circled", 10, r"[①-⑳❶-❿⑴-⒇㈠-㈩][、．.]?"),
    ("letter", 10, r"[A-Ha-h][.．、](?=\s?[\u4e00-\u9fff])"),
    ("discourse", 6, r"(?:首先|其次|再次|再者|然后|最后)(?=[是，,、：:])"),
)
_MARKER = rx("|".join(f"(?P<{name}>{pattern})" for name, _, pattern in _CLASSES))
_DEPTH = {name: depth for name, depth, _ in _CLASSES}
_DISCOURSE = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "然后": 3, "最后": 9}
_BULLET = rx(r"(?:[•·●○◆◇■□▪▶►★☆※*➤✓√–—-]|[\u2600-\u27bf\u2b50\u2b55\U0001f300-\U0001faff]\ufe0f?)\s*(?=[^\s\d*-])")
_BULLET_DEPTH = 11

_STOP = "。；;！!？?…"
_END = "。；;！!…"
_LEAD = rx(r"(?:[:：]|如下[。]?|以下几[种类点个方]\S{0,4}[。]?)$")
_ANNOUNCES = rx(r"(?<![料程骤式道件料容序])(?:答复|回复|通知|通告|公告|解答|告知|明确|说明|提醒|提示|公布)如下[:：。]$")
"""现答复如下：, 现将有关事项通知如下：— what a whole text begins with; its numbered parts do not hang on it."""
_SALUTATION = rx(r"(?:各|全[体市县区州省]|尊敬的|亲爱的|致|广大)[^。；]{0,80}[:：]$")


@dataclass(slots=True)
class Node:
    """A line with its place in the tree; fields as in `outline.Block`."""

    line: Line
    kind: str = "paragraph"
    level: int = 0
    marker: str | None = None
    marker_class: str | None = None
    content: int = 0
    ordinal: int | None = None
    parent: int | None = None
    free: bool = True
    """Read as running text is: not a cell of a table of facts."""
    label: bool = False
    """The label of a form's row."""


def marker(text: str) -> tuple[str, str, int] | None:
    """Class, literal and ordinal of the number at the start of `text`."""
    match = _MARKER.match(text)
    if match is None or match.lastgroup is None:
        return None
    return match.lastgroup, match[0], ordinal(match[0])


def ordinal(literal: str) -> int:
    """The value of a marker literal: Chinese, ASCII, full-width, enclosed or discourse."""
    if literal in _DISCOURSE:
        return _DISCOURSE[literal]
    for char in literal:
        if char in _ENCLOSED:
            return _ENCLOSED[char]
    if digits := rx(r"\d+").search(literal):
        return int(digits[0])
    if chinese := rx(rf"[{_CN}]+").search(literal):
        return _chinese(chinese[0])
    return ord(literal[0].lower()) - ord("a") + 1


def _chinese(numeral: str) -> int:
    """一 … 九百九十九, as article numbers use them."""
    value = digit = 0
    for char in numeral:
        if char in "十百":
            value += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return value + digit


# -- wrapped lines --------------------------------------------------------------------------------
def rejoin(lines: list[Line]) -> list[Line]:
    """Lines that a fixed width broke in mid-sentence become one line, without a space.

    A run of soft lines is wrapped if its lines are long, of nearly one width, and mostly end in mid-sentence.
    """
    runs: list[list[int]] = []
    for index, line in enumerate(lines):
        if line.soft and runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    gone: dict[int, int] = {}
    texts: dict[int, str] = {}
    for run in runs:
        if len(run) < 2:
            continue
        full = sorted(map(_width, (lines[i].text for i in run)))[-max(1, len(run) // 4)]
        if full < 30:
            continue
        head = run[0]
        text = lines[head].text
        previous = text
        for index in run[1:]:
            new = lines[index].text
            if _width(previous) >= 0.86 * full and not _CLOSED_LINE.search(previous) and marker(new) is None:
                text += ("" if _cjk(text[-1]) or _cjk(new[0]) else " ") + new
                gone[index] = head
                texts[head] = text
            else:
                head, text = index, new
            previous = new
    if not gone:
        return lines
    keep = [i for i in range(len(lines)) if i not in gone]
    place = {old: new for new, old in enumerate(keep)} | {}
    for index, head in gone.items():
        place[index] = place[head]
    out = []
    for i in keep:
        line = replace(lines[i], text=texts.get(i, lines[i].text))
        _renumber(line, place)
        out.append(line)
    return out


_CLOSED_LINE = rx(r"[。；;！!？?：:]$")


def _renumber(line: Line, place: dict[int, int]) -> None:
    for name in ("owner", "row_head", "col_head"):
        if (old := getattr(line, name)) is not None:
            setattr(line, name, place[old])


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2000 else 1 for c in text)


def _cjk(char: str) -> bool:
    return ord(char) > 0x2000


# -- run-together items -----------------------------------------------------------------------------
_OPEN, _CLOSE = "（(“「『《【[", "）)”」』》】]"
_INLINE = rx(
    rf"(?P<cn_paren>[（(][{_CN}]{{1,3}}[）)])|(?P<num_paren>[（(][\d０-９]{{1,2}}[）)])|(?P<circled>[①-⑳❶-❿⑴-⒇])"
    rf"|(?P<step>第[{_CN}\d]{{1,3}}步)|(?P<num>(?<![\d０-９.．\-—–~～年月/第A-Za-z])[\d０-９]{{1,2}}(?:、|[.．](?![\d０-９])))"
    rf"|(?P<num_close>(?<![\d０-９.．\-—–~～（(第A-Za-z])[\d０-９]{{1,2}}[）)])|(?P<cn>(?<![{_CN}第十])[{_CN}]{{1,3}}、)"
)
_REFERRING = tuple("类种项款条点至、和及或与—~～（(①②③④⑤⑥⑦⑧⑨")
_SPLIT_AFTER = "。；;：:，,！!？?、 　\u00a0）)”】"


_FIRST = rx(r"[1１一](?:[、.．)）]|步)|①|❶|⑴|㈠")


def split_items(text: str) -> list[int]:
    """Where to cut a line whose items run together: offsets of numbers that count 1, 2, 3 … outside brackets.

    A number counts if it stands at the start, after punctuation or a space (第一步 and ① anywhere). Runs of several
    classes may nest; a class is cut only where it counts up from its first number without a gap.
    """
    if not _FIRST.search(text):
        return []
    found: list[tuple[int, str, int]] = []
    depth, at = 0, 0
    for match in _INLINE.finditer(text):
        start, name = match.start(), match.lastgroup
        for char in text[at:start]:
            if char in _OPEN:
                depth += 1
            elif char in _CLOSE:
                depth = max(0, depth - 1)
        at = match.end()
        if depth or name is None:
            continue
        before = text[start - 1] if start else "。"
        if name not in ("step", "circled") and before not in _SPLIT_AFTER:
            continue
        if before == "第" or text[match.end() : match.end() + 1] in _REFERRING or match.end() == len(text):
            continue  # （1）（2）类, 第①种: a reference to items, not an item
        if name == "cn" and before not in "。；;：:！!？? 　\u00a0":
            continue
        found.append((start, name, ordinal(match[0])))
    cuts: set[int] = set()
    run: dict[str, list[tuple[int, int]]] = {}
    for start, name, value in found:
        chain = run.get(name)
        if value == 1:
            run[name] = [(start, 1)]
        elif chain and value == chain[-1][1] + 1:
            chain.append((start, value))
            if len(chain) >= 2:
                cuts.update(offset for offset, _ in chain)
        elif not chain and start > 0 and not cuts and marker(text[: start or 1]) and ordinal(text[:4]) == value - 1:
            run[name] = [(start, value)]
    return sorted(cuts - {0})


def unfold(lines: list[Line]) -> list[Line]:
    """Cut lines with run-together items into one line an item."""
    out: list[Line] = []
    place: dict[int, int] = {}
    for index, line in enumerate(lines):
        place[index] = len(out)
        cuts = split_items(line.text) if len(line.text) > 12 and line.tag[0] != "h" else []
        if not cuts:
            out.append(line)
            continue
        edges = [0, *cuts, len(line.text)]
        first = len(out)
        for begin, end in itertools.pairwise(edges):
            part = line.text[begin:end].strip(" 　\u00a0")
            if not part:
                continue
            if len(out) == first:
                out.append(replace(line, text=part))
            else:
                out.append(
                    replace(
                        line,
                        text=part,
                        tag="p",
                        owner=index if line.tag in ("li", "dt", "dd") else line.owner,
                        list_kind=None,
                        ordinal=None,
                        soft=False,
                    )
                )
    for line in out:
        _renumber(line, place)
    return out


# -- the tree -----------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Open:
    """An open level: what may still get children. Smaller `depth` is further out."""

    index: int
    group: str
    depth: float


def tree(lines: list[Line]) -> list[Node]:
    """Kind, marker, level and parent of every line."""
    forms = form_tables(lines)
    nodes = [_node(line, forms) for line in lines]
    looks = heading_looks(nodes)
    page = _Page(_bold_class(nodes), looks, _few_heads(nodes, looks))
    stacks: dict[tuple[object, ...], list[_Open]] = {}
    tables: dict[int, int | None] = {}
    for index, node in enumerate(nodes):
        line = node.line
        after = nodes[index + 1] if index + 1 < len(nodes) else None
        scope: tuple[object, ...]
        if line.table in forms and line.col == 0:
            scope = (line.owner, ("form", line.table))
        elif line.table is not None:
            scope = (line.owner, (line.table, line.row, line.col))
        else:
            scope = (line.owner, None)
        if line.table is not None and line.table not in tables:
            # a table stands under what is open in the text around it
            around = stacks.get((None, None), [])
            _plain(around, index, nodes)
            tables[line.table] = around[-1].index if around else None
        base = _base(line)
        if base is None and line.table is not None:
            base = tables[line.table]
        stack = stacks.setdefault(scope, [])
        group, depth = _group(node, after, page)
        if line.tag == "dt" and len(line.text) <= 40:
            node.kind = "heading"
            node.parent = stack[-1].index if stack else base
            continue
        if line.tag == "li" and node.marker_class is None:
            # an HTML item stands under what is open outside its list; it holds its own lines by `owner`
            node.kind = "item"
            node.parent = stack[-1].index if stack else base
            continue
        if line.tag == "li":
            node.kind = "item"
        above = nodes[index - 1] if index else node
        if (
            above.line.tag == "li" and line.tag != "li" and node.ordinal == 1 and above.line.owner == line.owner
            and line.table is None and node.marker_class in _LIST_CLASSES and _LEAD.search(above.line.text)
        ):  # fmt: skip
            # 携带以下资料： as the last item of an HTML list: the numbered lines behind the list are its own
            stack.append(_Open(index - 1, "lead", _lead_depth(stack)))
        if group is None:
            _plain(stack, index, nodes)
            node.parent = stack[-1].index if stack else base
            if _LEAD.search(line.text) and not _SALUTATION.match(line.text):
                stack.append(_Open(index, "lead", _lead_depth(stack)))
            continue
        if group == "lead":
            while stack and (
                stack[-1].group == "lead"
                or (stack[-1].depth >= 7 and nodes[stack[-1].index].kind != "heading")
                or _ends_run(nodes, stack[-1].index)
            ):
                stack.pop()
            node.parent = stack[-1].index if stack else base
            stack.append(_Open(index, "lead", _lead_depth(stack)))
            node.kind = "heading"
            continue
        _open(stack, group, depth, node, nodes, titled=_titled(node, after, group))
        if group == "way" and stack:
            depth = max(depth, stack[-1].depth + 0.1)
        node.parent = stack[-1].index if stack else base
        stack.append(_Open(index, group, depth))
        if node.kind != "item" and _titled(node, after, group):
            node.kind = "heading"
        elif node.marker_class is not None and node.kind == "paragraph":
            node.kind = "item"
    _alike(nodes)
    _levels(nodes)
    return nodes


def _alike(nodes: list[Node]) -> None:
    """Members of one numbered list are of one kind: where most are items, a short one is no heading."""
    lists: dict[tuple[int | None, str], list[Node]] = {}
    for node in nodes:
        counted = node.marker_class == "bullet" or node.marker_class in _LIST_CLASSES
        if counted and node.kind in ("item", "heading") and not node.line.bold:
            lists.setdefault((node.parent, node.marker_class or ""), []).append(node)
    for members in lists.values():
        if sum(node.kind == "item" for node in members) * 2 >= len(members):
            for node in members:
                if node.kind == "heading" and node.line.text[-1] not in ":：" and node.line.tag not in _HEADING_TAGS:
                    node.kind = "item"


_LIST_CLASSES = frozenset(
    ("num", "dotted", "num_paren", "num_close", "circled", "keycap", "cn_paren", "letter", "step")
)


def form_tables(lines: list[Line]) -> set[int]:
    """Tables of label and content: two columns without column heads, the first of short labels.

    They read as headings with text below, however a site lays them out.
    """
    columns: dict[int, set[int]] = {}
    labels: dict[int, list[int]] = {}
    headed: set[int] = set()
    for line in lines:
        if line.table is None or line.col is None:
            continue
        columns.setdefault(line.table, set()).add(line.col)
        if line.col == 0:
            labels.setdefault(line.table, []).append(len(line.text))
        if line.col_head is not None:
            headed.add(line.table)
    return {
        table
        for table, found in columns.items()
        if found == {0, 1}
        and table not in headed
        and sum(n <= 24 for n in labels.get(table, ())) >= 0.7 * len(labels.get(table, (1,)))
    }


def _node(line: Line, forms: set[int]) -> Node:
    node = Node(line)
    found = marker(line.text)
    if found is not None:
        node.marker_class, node.marker, node.ordinal = found
        node.content = len(found[1])
    elif match := _BULLET.match(line.text):
        node.content = match.end()
        node.marker_class = "bullet"
        if line.list_kind is None:
            line.list_kind = "ul"
    while node.content < len(line.text) and line.text[node.content] in " 　\u00a0":
        node.content += 1
    if line.ordinal is not None and node.ordinal is None:
        node.ordinal = line.ordinal
    if line.table in forms:
        node.free = True
        node.label = line.col == 0 and len(line.text) <= 40
    elif line.table is not None:
        node.kind, node.free = "cell", False
    elif line.tag == "caption":
        node.kind = "caption"
    return node


def _base(line: Line) -> int | None:
    """The head that markup gives a line: its list item, else its row head, else its column head."""
    if line.table is None or line.tag in ("li", "dd"):
        return line.owner if line.owner is not None else line.row_head if line.row_head is not None else line.col_head
    if line.row_head is not None:
        return line.row_head
    return line.col_head if line.col_head is not None else line.owner


@dataclass(frozen=True, slots=True)
class _Page:
    """What is decided once for a page: depth of bold heads, depth of each look that heads, may short lines head."""

    bold: float
    looks: dict[str, float]
    few_heads: bool


def _bold_class(nodes: list[Node]) -> float:
    """The depth of bold lines without a number: that of the outermost bold numbered lines of the page."""
    depths = [
        _DEPTH[n.marker_class]
        for n in nodes
        if n.line.bold
        and n.marker_class in _DEPTH
        and n.marker_class != "way"
        and len(n.line.text) <= 40
        and n.line.table is None
    ]
    return min(depths, default=4.5)


def heading_looks(nodes: list[Node]) -> dict[str, float]:
    """Looks (class, inline style) whose lines all are short titles above longer lines of another look → their depth.

    So a page that writes headings as plain boxes is read as one with `h2`. Looks that appear first are further out.
    """
    members: dict[str, list[int]] = {}
    for index, node in enumerate(nodes):
        if node.line.look and node.line.table is None:
            members.setdefault(node.line.look, []).append(index)
    found: dict[str, float] = {}
    for look, indices in members.items():
        if len(indices) < 2 or len(indices) * 5 > len(nodes) * 2:
            continue
        size = after = 0
        for index in indices:
            node = nodes[index]
            text = node.line.text
            below = nodes[index + 1] if index + 1 < len(nodes) else None
            if (
                len(text) > 24
                or text[-1] in _STOP.replace("？", "").replace("?", "") + "，,、"
                or rx("[:：]").search(text[:-1]) is not None
                or node.marker_class is not None
                or node.line.tag not in ("p", "td")
                or below is None
                or below.line.look == look
            ):
                break
            size += len(text)
            after += len(below.line.text)
        else:
            if after >= 1.5 * size:
                found[look] = 4.5 + 0.05 * len(found)
    return found


def _few_heads(nodes: list[Node], looks: dict[str, float]) -> bool:
    """The page marks hardly any headings, so that a short line may be one by its place alone."""
    marked = sum(
        n.line.look in looks or n.line.tag in _HEADING_TAGS or (n.line.bold and len(n.line.text) <= 40) for n in nodes
    )
    return marked < 2


_HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def _group(node: Node, after: Node | None, page: _Page) -> tuple[str | None, float]:
    """The class by which a line takes its place, and its depth; (None, 0) for running text."""
    line, bold_as = node.line, page.bold
    if line.tag in _HEADING_TAGS:
        return line.tag, -10 + int(line.tag[1])
    if node.label and node.marker_class in (None, "bullet"):
        return "label", 4.45
    if line.look in page.looks and node.free and not line.bold:
        return "look " + line.look, page.looks[line.look]
    size = len(line.text)
    if node.marker_class is not None and node.marker_class != "bullet":
        if node.marker_class == "discourse" and size > 400:
            return None, 0
        if line.bold and line.center and size <= 40:
            return "center", min(bold_as, _DEPTH[node.marker_class]) - 0.5
        return node.marker_class, _DEPTH[node.marker_class]
    title = size <= 40 and line.text[-1] not in (_END if line.bold else _STOP) + "，,、"
    if line.bold and title and line.tag not in ("li", "dt", "dd") and (node.free or line.tag == "td"):
        if not node.free and after is not None and (after.line.row, after.line.col) != (line.row, line.col):
            return None, 0
        if not node.free and line.row_head is None and line.owner is None:
            return None, 0
        return ("center", bold_as - 0.5) if line.center else ("bold", bold_as)
    if node.marker_class == "bullet":
        return "bullet", _BULLET_DEPTH
    if not node.free or line.tag in ("li", "dt", "dd", "caption"):
        return None, 0
    if rx(r"【[^】]{2,20}】[:：]?").fullmatch(line.text):
        return "bracket", 4.2
    if _SALUTATION.match(line.text):
        return None, 0
    if size <= 16 and line.text[-1] in ":：" and not rx(rf"[{_STOP}，,]").search(line.text):
        return "lead", 0
    if title and size <= 22 and after is not None and not rx(r"[，,。；;]").search(line.text):
        counted = after.ordinal == 1 and after.marker_class in _LIST_CLASSES and after.free
        if after.line.tag == "li" or counted:
            return "lead", 0  # a short line right above a list
    if (
        title
        and page.few_heads
        and 3 <= size <= 22
        and after is not None
        and after.line.tag == "p"
        and after.free
        and line.table is None
        and len(after.line.text) > size + 8
        and not rx(r"[，,：:。；;\d]|^[（(]").search(line.text)
        and not line.soft
    ):
        return "short", 4.6
    return None, 0


def _lead_depth(stack: list[_Open]) -> float:
    return max(stack[-1].depth, 4) + 0.1 if stack else 4.1


def _plain(stack: list[_Open], index: int, nodes: list[Node]) -> None:
    """Running text closes what is complete: an item that is a whole sentence, a lead-in whose list has ended."""
    while stack:
        head = nodes[stack[-1].index]
        ended = (
            _has_list(nodes, stack[-1].index, index)
            if stack[-1].group == "lead"
            else (stack[-1].group == "bullet" or (head.kind == "item" and head.line.text[-1] in _END))
            or _ends_run(nodes, stack[-1].index)
        )
        if not ended:
            return
        stack.pop()


def _ends_run(nodes: list[Node], last: int) -> bool:
    """A list of plain items ends with `last`: none before it holds lines of its own, so neither does this one."""
    node = nodes[last]
    if node.marker_class not in _LIST_CLASSES or node.line.bold or node.line.text[-1] in ":：" or node.ordinal is None:
        return False
    before = [nodes[last - back] for back in (1, 2) if last >= back]
    return len(before) == 2 and all(
        other.kind == "item"
        and (other.marker_class, other.parent, other.ordinal) == (node.marker_class, node.parent, node.ordinal - back)
        for back, other in enumerate(before, 1)
    )


def _has_list(nodes: list[Node], head: int, upto: int) -> bool:
    """The lead-in `head` already has its list, or its one complete sentence."""
    for node in nodes[head + 1 : upto]:
        if node.parent == head:
            return (
                node.kind == "item"
                or node.line.tag == "li"
                or node.line.text[-1] == "。"
                or node.line.table is not None
            )
    return False


def _open(stack: list[_Open], group: str, depth: float, node: Node, nodes: list[Node], *, titled: bool) -> None:
    """Close levels until the head of a line of class `group` is on top.

    A list that counts from 1 right behind a lead-in belongs to it; the sections of a document do not belong to the
    sentence that announces them (现通知如下：).
    """
    same = next((i for i in range(len(stack) - 1, -1, -1) if stack[i].group == group), None)
    if same is not None:
        restarted = node.ordinal == 1 and nodes[stack[same].index].ordinal is not None
        top = nodes[stack[-1].index]
        if not (restarted and len(stack) - 1 > same and _LEAD.search(top.line.text) and stack[-1].group != "lead"):
            # a list that starts again belongs to the lead-in that has been opened since
            if restarted and any(o.group == "lead" for o in stack[same + 1 :]):
                while stack[-1].group != "lead":
                    stack.pop()
                lead = stack[-1]
                del stack[same:]
                if lead not in stack:
                    stack.append(lead)
                return
            del stack[same:]
            return
    open_lead = bool(stack) and _LEAD.search(nodes[stack[-1].index].line.text) is not None
    announced = open_lead and _ANNOUNCES.search(nodes[stack[-1].index].line.text) is not None
    nested = open_lead and node.ordinal == 1 and depth > 4 and not node.line.bold and not announced
    nested = nested or (node.marker_class in _LIST_CLASSES and _awaits_list(stack, node, nodes))
    if group == "way" and node.ordinal == 1 and stack and nodes[stack[-1].index + 1] is node:
        return  # 方式一 right below a line of its own stands under it, whatever the class of that line's number
    if (titled or announced) and open_lead and nodes[stack[-1].index].parent is None:
        stack.pop()
        nested = False
    while stack and not nested and stack[-1].depth >= depth:
        stack.pop()


def _awaits_list(stack: list[_Open], node: Node, nodes: list[Node]) -> bool:
    """A list that counts from 1 right below a numbered heading is its own, whatever the classes of their numbers.

    Not below the last of a run of short items, which hold nothing either.
    """
    if not stack or node.ordinal != 1 or node.line.bold:
        return False
    last = stack[-1].index
    head = nodes[last]
    if nodes[last + 1] is not node or head.kind != "heading" or head.ordinal is None:
        return False
    before = nodes[last - 1] if last else head
    return head.ordinal == 1 or (before.parent, before.marker_class) != (head.parent, head.marker_class)


def _titled(node: Node, after: Node | None, group: str) -> bool:
    """A numbered or bold line that heads what follows, rather than being an item itself."""
    line = node.line
    if node.label:
        return True
    if not node.free:
        return False
    if (
        group in ("bold", "center", "short", "bracket", "part", "chapter", "section")
        or group[0] == "h"
        or group[:5] == "look "
    ):
        return len(line.text) <= 60
    body = line.text[node.content :]
    if not body or len(body) > 40 or body[-1] in _END + "，,、" or group == "article":
        return False
    if line.bold or group == "cn":
        return True
    return after is not None and after.marker_class != node.marker_class and len(body) <= 30


def _levels(nodes: list[Node]) -> None:
    for node in nodes:
        if node.kind == "heading":
            level, parent = 1, node.parent
            while parent is not None:
                level += nodes[parent].kind == "heading"
                parent = nodes[parent].parent
            node.level = level
