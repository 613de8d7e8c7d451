"""PDF, DOCX and XLSX on the road of pages. The files are made here."""

import io

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.documents import _continues, _grid, _PdfLine, kind_of, to_html
from parsers.reading import read


def word() -> bytes:
    file = docx.Document()
    file.add_paragraph("附件1")
    file.add_heading("异地就医备案须知", 1)
    file.add_paragraph("办理材料：")
    for text in ("身份证", "备案表"):
        file.add_paragraph(text, style="List Number")
    table = file.add_table(3, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "人员类别", "有效期"
    table.cell(1, 0).text, table.cell(1, 1).text = "转诊人员", "6个月"
    table.cell(2, 0).merge(table.cell(2, 1)).text = "其他人员按规定办理"
    file.add_paragraph("2024年3月1日")
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def test_docx() -> None:
    found = read(word(), file="须知.docx")
    text = found.outline.text
    assert (found.title, found.published, found.layout, found.issues) == ("异地就医备案须知", "2024-03-01", "docx", ())
    say = {text[b.start : b.end]: b for b in found.outline.blocks}
    assert say["身份证"].kind == "item"
    assert say["身份证"].ordinal == 1
    assert text[found.outline.blocks[say["身份证"].parent or 0].start :].startswith("办理材料")
    assert text[found.outline.blocks[say["6个月"].row_head or 0].start :].startswith("转诊人员")


def test_xlsx() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["区县", "咨询电话"], ["甲区", "0312-1234567"], [None, None], ["乙县", "0312-7654321"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue(), file="电话.xlsx")
    assert found.outline.text.split("\n") == ["区县", "咨询电话", "甲区", "0312-1234567", "乙县", "0312-7654321"]
    assert found.outline.blocks[3].row_head == 2
    assert found.outline.blocks[3].col_head == 1


def test_lines_of_a_pdf_are_joined_where_the_margin_broke_them() -> None:
    full = _PdfLine("参保人员应当在就医之前办", 50, 500, 12, (50, 500))
    rest = _PdfLine("理备案。", 50, 120, 12, (50, 500))
    indented = _PdfLine("第二条", 74, 200, 12, (50, 500))
    assert _continues(full, rest)
    assert not _continues(full, indented)
    assert not _continues(rest, full)


def test_grid_of_a_pdf() -> None:
    assert (
        _grid([["甲\n乙", None], ["a\nb", "<"]])
        == '<table><tr><td colspan="2">甲乙</td></tr><tr><td colspan="1">a b</td><td colspan="1">&lt;</td></tr></table>'
    )


@pytest.mark.parametrize(
    ("body", "kind", "issue"),
    [
        (b"%PDF-1.4 broken", "pdf", "attachment_unread"),
        (b"PK\x03\x04broken", "zip", "attachment_unread"),
        (b"\xd0\xcf\x11\xe0 old", "ole", "attachment_unread"),
        (b"\x89PNG\r\n", "image", "needs_ocr"),
    ],
)
def test_what_cannot_be_read_is_told(body: bytes, kind: str, issue: str) -> None:
    assert kind_of(body) == kind
    assert [i.code for i in read(body).issues] == [issue]


@given(st.integers(30, 3000), st.binary(min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_damaged_files_never_raise(at: int, noise: bytes) -> None:
    body = word()
    found = to_html(body[:at] + noise + body[at + len(noise) :], "docx")
    assert found.html or found.issues
