"""Small pages for the tests of fact parsers, written as lines.

`# text` is a heading, `- text` an item under the last line that is none, `| a | b |` a row of a table whose first row
and first column are heads; everything else is a paragraph under the last heading.
"""

from __future__ import annotations

from parsers.document import Document
from parsers.outline import Block, Outline


def page(text: str, *, title: str = "") -> Document:
    """A Document of the lines of `text`."""
    blocks: list[Block] = []
    parts: list[str] = []
    at = 0
    heading: int | None = None
    lead: int | None = None
    grid: dict[tuple[int, int], int] = {}
    row = -1
    for line in (raw.strip() for raw in text.strip().splitlines()):
        kind, cells = "paragraph", [line]
        if line.startswith("# "):
            kind, cells = "heading", [line[2:]]
        elif line.startswith("- "):
            kind, cells = "item", [line[2:]]
        elif line.startswith("|"):
            kind, cells = "cell", [cell.strip() for cell in line.strip("|").split("|")]
            row += 1
        for column, cell in enumerate(cells):
            index, end = len(blocks), at + len(cell)
            if kind == "cell":
                row_head = grid.get((row, 0)) if column else None
                col_head = grid.get((0, column)) if row else None
                parent = row_head if row_head is not None else col_head if col_head is not None else heading
                blocks.append(
                    Block(
                        kind,
                        at,
                        end,
                        at,
                        parent=parent,
                        table=0,
                        row=row,
                        col=column,
                        row_head=row_head,
                        col_head=col_head,
                    )
                )
                grid[row, column] = index
            else:
                parent = {"heading": None, "paragraph": heading, "item": lead if lead is not None else heading}[kind]
                blocks.append(Block(kind, at, end, at, level=1 if kind == "heading" else 0, parent=parent))
            if kind == "heading":
                heading = lead = index
            elif kind == "paragraph":
                lead = index
            parts.append(cell)
            at = end + 1
    return Document(Outline("\n".join(parts), tuple(blocks)), title=title)
