"""PDF, DOCX and XLSX attachments → HTML, so that they are read on the same road as pages.

In: the bytes of the file. Out: `Document` with the kind, simple HTML (paragraphs, headings, lists, tables with their
spans) and issues: `needs_ocr` for a scan, `too_large`, `attachment_unread` for a damaged file or an old format (.doc,
.xls, .wps). Lines that a PDF broke at its right margin are joined without a space; page numbers are left out.
"""

from __future__ import annotations

import io
import logging
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from parsers.patterns import rx
from parsers.records import Issue

MAX_PAGES = 40
"""Pages of a PDF that are read: beyond, a document is no guide and takes longer than a page may."""
MAX_UNPACKED = 60_000_000
"""Bytes of an unpacked DOCX or XLSX."""

_PAGE_NUMBER = rx(
    r"[-—–\s]{0,9}(?:第\s{0,3})?\d{1,3}(?:\s{0,3}页)?(?:\s{0,3}[/共]\s{0,3}\d{1,3}\s{0,3}页?)?[-—–\s]{0,9}"
)
# Fonts of PDFs map characters to radicals that look alike; the text means the character. Kangxi radicals have a
# compatibility mapping, the simplified ones of the supplement have none.
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_RADICALS |= {
    ord(a): b
    for a, b in zip(
        "⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻥⻦⻨⻩⻬⻮⻰⻳", "见角贝车长门青韦页风飞食马骨鱼鸟麦黄齐齿龙龟", strict=True
    )
}
_CLOSED = rx(r"[。；;！!？?：:]$")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as HTML. `html` is empty where nothing could be read; `issues` then says why."""

    kind: str
    html: str
    issues: tuple[Issue, ...] = ()


def kind_of(body: bytes) -> str | None:
    """pdf, docx, xlsx, ole (old Office formats), image, zip; None for anything else, such as HTML."""
    head = body[:8]
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "ole"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")) or (
        head.startswith(b"RIFF") and body[8:12] == b"WEBP"
    ):
        return "image"
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return "zip"
    return "docx" if "word/document.xml" in names else "xlsx" if "xl/workbook.xml" in names else "zip"


def to_html(body: bytes, kind: str) -> Document:
    """The file as HTML. Never raises: libraries fail in many ways on damaged files, and that is an issue."""
    readers = {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx}
    if kind == "image":
        return Document(kind, "", (Issue("needs_ocr", "a picture"),))
    if kind not in readers:
        return Document(kind, "", (Issue("attachment_unread", f"format {kind}"),))
    if kind != "pdf" and _unpacked(body) > MAX_UNPACKED:
        return Document(kind, "", (Issue("too_large", "unpacks to more than 60 MB"),))
    try:
        html, issues = readers[kind](body)
    except Exception as error:  # noqa: BLE001 - any fault of a library in a damaged file is the same issue
        return Document(kind, "", (Issue("attachment_unread", f"{kind}: {type(error).__name__}: {error}"[:200]),))
    return Document(kind, f"<html><body>{html}</body></html>" if html else "", issues)


def _unpacked(body: bytes) -> int:
    try:
        return sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(body)).infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return 0  # damaged: the reader says so


# -- PDF ----------------------------------------------------------------------------------------------
def _pdf(body: bytes) -> tuple[str, tuple[Issue, ...]]:
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns once a character about fonts of no account
    issues: list[Issue] = []
    parts: list[str] = []
    with pdfplumber.open(io.BytesIO(body)) as pdf:
        pages = pdf.pages
        if len(pages) > MAX_PAGES:
            issues.append(Issue("too_large", f"{len(pages)} pages, {MAX_PAGES} read"))
        pending: list[_PdfLine] = []
        for page in pages[:MAX_PAGES]:
            for piece in _pieces(page):
                if isinstance(piece, str):
                    parts += _paragraphs(pending)
                    pending = []
                    parts.append(piece)
                else:
                    pending.append(piece)
            page.close()
        parts += _paragraphs(pending)
    if not parts:
        issues.append(Issue("needs_ocr", "no text in the PDF"))
    return "\n".join(parts).translate(_RADICALS), tuple(issues)


@dataclass(frozen=True, slots=True)
class _PdfLine:
    text: str
    left: float
    right: float
    size: float
    margin: tuple[float, float]
    """Left and right edge of the text on its page."""


def _pieces(page: Any) -> Iterator[str | _PdfLine]:
    """Tables (as HTML) and lines of a page from top to bottom; lines inside tables belong to these."""
    tables = [
        t for t in page.find_tables() if len(t.rows) > 1 and any(len([c for c in r.cells if c]) > 1 for r in t.rows)
    ]
    lines = page.extract_text_lines(return_chars=True, strip=True)
    outside = [x for x in lines if not any(_within(x, t.bbox) for t in tables)]
    left = min((x["x0"] for x in outside), default=0.0)
    right = max((x["x1"] for x in outside), default=0.0)
    stream: list[tuple[float, str | _PdfLine]] = [(t.bbox[1], _grid(t.extract())) for t in tables]
    for line in outside:
        if not _PAGE_NUMBER.fullmatch(line["text"]):
            size = max(char["size"] for char in line["chars"])
            stream.append((line["top"], _PdfLine(line["text"].strip(), line["x0"], line["x1"], size, (left, right))))
    for _, piece in sorted(stream, key=lambda item: item[0]):
        yield piece


def _within(line: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    middle = (line["top"] + line["bottom"]) / 2
    return bool(box[1] <= middle <= box[3] and box[0] - 2 <= line["x0"] <= box[2])


def _grid(rows: list[list[str | None]]) -> str:
    """A table as read from ruled lines: a None cell is covered by the one to its left (or above)."""
    out = []
    for row in rows:
        cells: list[tuple[str, int]] = []
        for cell in row:
            if cell is None and cells:
                cells[-1] = (cells[-1][0], cells[-1][1] + 1)
            else:
                cells.append((_join_cell(cell or ""), 1))
        out.append("<tr>" + "".join(f'<td colspan="{span}">{escape(text)}</td>' for text, span in cells) + "</tr>")
    return "<table>" + "".join(out) + "</table>"


def _join_cell(text: str) -> str:
    return rx(r"(?<=[\x20-\x7e])\n(?=[\x20-\x7e])").sub(" ", text).replace("\n", "")


def _paragraphs(lines: list[_PdfLine]) -> Iterator[str]:
    """Lines joined where the margin broke them: the line before is full, open, and this one is not indented."""
    if not lines:
        return
    usual = sorted(line.size for line in lines)[len(lines) // 2]
    text, last = "", None
    for line in lines:
        if last is not None and _continues(last, line):
            text += ("" if ord(text[-1]) > 0x2000 or ord(line.text[0]) > 0x2000 else " ") + line.text
        else:
            if last is not None:
                yield _paragraph(text, last, usual)
            text = line.text
        last = line
    if last is not None:
        yield _paragraph(text, last, usual)


def _continues(last: _PdfLine, line: _PdfLine) -> bool:
    if abs(last.size - line.size) > 1:
        return False
    width = last.margin[1] - last.margin[0]
    full: bool = last.right >= last.margin[1] - max(2.2 * last.size, 0.06 * width)
    indented = line.left > line.margin[0] + 1.2 * line.size
    return full and not indented and not (_CLOSED.search(last.text) and last.right < last.margin[1] - 0.5 * last.size)


def _paragraph(text: str, line: _PdfLine, usual: float) -> str:
    tag = "h2" if line.size >= usual + 3 and len(text) <= 60 else "p"
    return f"<{tag}>{escape(text)}</{tag}>"


# -- DOCX ---------------------------------------------------------------------------------------------
def _docx(body: bytes) -> tuple[str, tuple[Issue, ...]]:
    import docx
    from docx.table import Table

    parts: list[str] = []
    depth = 0
    for block in docx.Document(io.BytesIO(body)).iter_inner_content():
        level = -1 if isinstance(block, Table) else _list_level(block)
        while depth > level + 1:
            parts.append("</ol>")
            depth -= 1
        while depth < level + 1:
            parts.append("<ol>")
            depth += 1
        parts.append(_docx_table(block) if isinstance(block, Table) else _docx_paragraph(block, level))
    parts += ["</ol>"] * depth
    html = "\n".join(parts)
    return (html, ()) if rx(r">[^<>\s]").search(html) else ("", (Issue("empty", "no text in the DOCX"),))


def _list_level(paragraph: Any) -> int:
    """Level of an automatically numbered paragraph, from 0; -1 for any other."""
    style = paragraph.style
    for properties in (paragraph.paragraph_format.element.pPr, style.element.pPr if style is not None else None):
        number = properties.numPr if properties is not None else None
        if number is not None and number.numId is not None:
            break
    else:
        return -1
    if number.numId.val == 0 or (style is not None and style.name.startswith(("Heading", "标题"))):
        return -1
    return min(number.ilvl.val if number.ilvl is not None else 0, 5)


def _docx_paragraph(paragraph: Any, level: int) -> str:
    text = escape(paragraph.text).replace("\n", "<br>")
    runs = [run for run in paragraph.runs if run.text.strip()]
    if runs and all(run.bold for run in runs):
        text = f"<b>{text}</b>"
    style = paragraph.style.name if paragraph.style is not None else ""
    if level >= 0:
        return f"<li>{text}</li>"
    if match := rx(r"(?:Heading|标题)\s*(\d)").fullmatch(style or ""):
        return f"<h{min(int(match[1]) + 1, 6)}>{text}</h{min(int(match[1]) + 1, 6)}>"
    if style == "Title":
        return f"<h1>{text}</h1>"
    center = ' align="center"' if paragraph.alignment == 1 else ""
    return f"<p{center}>{text}</p>"


def _docx_table(table: Any) -> str:
    """Rows with merged cells as spans: python-docx gives a merged cell once for every place of the grid it covers."""
    from docx.oxml.ns import qn

    seen: set[Any] = set()
    out = []
    grid = [[cell.paragraphs[0].paragraph_format.element.getparent() for cell in row.cells] for row in table.rows]
    for r, row in enumerate(grid):
        cells = []
        for c, cell in enumerate(row):
            if cell in seen:
                continue
            seen.add(cell)
            width = sum(1 for other in row[c:] if other is cell)
            height = sum(1 for other in grid[r:] if c < len(other) and other[c] is cell)
            lines = ["".join(node.text or "" for node in p.iter(qn("w:t"))) for p in cell.iter(qn("w:p"))]
            text = "".join(f"<p>{escape(line)}</p>" for line in lines if line.strip())
            cells.append(f'<td colspan="{width}" rowspan="{height}">{text}</td>')
        out.append("<tr>" + "".join(cells) + "</tr>")
    return "<table>" + "".join(out) + "</table>"


# -- XLSX ---------------------------------------------------------------------------------------------
def _xlsx(body: bytes) -> tuple[str, tuple[Issue, ...]]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    parts = []
    for sheet in book.worksheets:
        rows = [[_cell(value) for value in row] for row in sheet.iter_rows(max_row=2000, max_col=40, values_only=True)]
        rows = list(_trimmed(rows))
        if rows:
            parts.append(f"<h2>{escape(sheet.title)}</h2>" if len(book.worksheets) > 1 else "")
            parts.append(
                "<table>"
                + "".join(f"<tr>{''.join(f'<td>{escape(v)}</td>' for v in row)}</tr>" for row in rows)
                + "</table>"
            )
    book.close()
    return ("\n".join(parts), ()) if parts else ("", (Issue("empty", "no text in the XLSX"),))


def _cell(value: object) -> str:
    return "" if value is None else str(value).strip()


def _trimmed(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Rows with text, without the empty columns to their right."""
    kept = [row for row in rows if any(row)]
    width = max((i + 1 for row in kept for i, v in enumerate(row) if v), default=0)
    for row in kept:
        yield row[:width]
