"""The main text and its structure: blocks with their places, and which block heads which.

An `Outline` is what every fact parser reads. `text` is the main text of the page; blocks lie in it in document
order, do not overlap, and are joined by line breaks. `parent` is the nearest block under which a block stands: a
heading, a lead-in line (“…如下：”), a label, or the list item that holds a nested list; so a chain of parents is
the path from a sentence to the heading that gives it its subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from parsers.blocks import Line
from parsers.structure import rejoin, tree, unfold


@dataclass(frozen=True, slots=True)
class Block:
    """One unit of text: `text[start:end]` of the outline. Indices refer to `Outline.blocks`.

    `kind`: heading | paragraph | item | cell | caption. `level` counts headings from 1 (outermost), 0 for the rest.
    `marker` is a literal number at the start of the text (一、 （一） 1. ① 第一步 第三条 首先), None where HTML made it;
    `content` is where the text behind the marker begins. `ordinal` is the place in its list or marker run, from 1.
    """

    kind: str
    start: int
    end: int
    content: int
    level: int = 0
    marker: str | None = None
    ordinal: int | None = None
    list_kind: str | None = None
    parent: int | None = None
    bold: bool = False
    table: int | None = None
    row: int | None = None
    col: int | None = None
    row_head: int | None = None
    col_head: int | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """Main text and blocks of a page."""

    text: str
    blocks: tuple[Block, ...]

    def beginning(self, size: int) -> Outline:
        """The first `size` characters with their blocks."""
        kept = (block for block in self.blocks if block.start < size)
        return Outline(
            self.text[:size],
            tuple(replace(b, end=size, content=min(b.content, size)) if b.end > size else b for b in kept),
        )

    def path(self, index: int) -> Iterator[int]:
        """Indices of the blocks above `index`: nearest first."""
        parent = self.blocks[index].parent
        while parent is not None:
            yield parent
            parent = self.blocks[parent].parent


def build(lines: list[Line]) -> Outline:
    """The outline of lines in document order: from `blocks.lines` for HTML, from `documents` for PDF and DOCX."""
    nodes = tree(unfold(rejoin(lines)))
    blocks: list[Block] = []
    at = 0
    for node in nodes:
        line = node.line
        end = at + len(line.text)
        blocks.append(
            Block(
                kind=node.kind,
                start=at,
                end=end,
                content=at + min(node.content, len(line.text)),
                level=node.level,
                marker=node.marker,
                ordinal=node.ordinal,
                list_kind=line.list_kind,
                parent=node.parent,
                bold=line.bold,
                table=line.table,
                row=line.row,
                col=line.col,
                row_head=line.row_head,
                col_head=line.col_head,
            )
        )
        at = end + 1
    return Outline("\n".join(node.line.text for node in nodes), tuple(blocks))
