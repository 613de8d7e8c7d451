"""Small documents for the tests of fact readers: a few lines under headings, or a table."""

from __future__ import annotations

from parsers.document import Document
from parsers.outline import Block, Outline
from parsers.records import Region


def document(
    *lines: str,
    under: tuple[str, ...] = (),
    title: str = "",
    region: Region | None = None,
    publisher: str | None = None,
) -> Document:
    """Paragraphs under a chain of headings."""
    blocks: list[Block] = []
    position = 0
    for i, line in enumerate((*under, *lines)):
        head = i < len(under)
        parent = i - 1 if head else len(under) - 1
        kind = "heading" if head else "paragraph"
        blocks.append(
            Block(
                kind,
                position,
                position + len(line),
                position,
                i + 1 if head else 0,
                parent=None if parent < 0 else parent,
            )
        )
        position += len(line) + 1
    return Document(
        Outline("\n".join((*under, *lines)), tuple(blocks)), title=title, region=region, publisher=publisher
    )


def table(*rows: tuple[str, ...]) -> Document:
    """A table whose first row and first column are heads."""
    blocks: list[Block] = []
    position = 0
    width = len(rows[0])
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            row_head, col_head = (r * width if c else None), (c if r else None)
            blocks.append(
                Block(
                    "cell", position, position + len(cell), position, table=0, row=r, col=c,
                    row_head=row_head, col_head=col_head, parent=row_head if c else col_head,
                )
            )  # fmt: skip
            position += len(cell) + 1
    return Document(Outline("\n".join(cell for row in rows for cell in row), tuple(blocks)))
