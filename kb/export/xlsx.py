"""The answers as a workbook, yidi.xlsx: what it is, region × question with quote and link, the matrix, all evidence, codes.

Every table has a frozen header and filters. Nothing in it is a formula; an address is a link where a spreadsheet allows
one. Chinese headers with the column of the base below, so that a row can be found again by program.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from lxml import etree

from kb import cite
from kb.answers import questions
from kb.export import said
from kb.words import Labels

NAME = "yidi.xlsx"
LONGEST = 32767
"""Characters in a cell; a spreadsheet takes no more."""
MOST_LINKS = 60000
"""Links in a sheet; a spreadsheet takes 65,530."""
LONGEST_LINK = 2000
ROW = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: Chinese header, name in the base, width in characters."""

    zh: str
    name: str
    width: int = 12
    wrap: bool = False
    link: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with a header and filters."""

    name: str
    part: str
    frozen: int
    """Columns that stay when one scrolls sideways."""
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.part}"


_SOURCE = (
    Column("引句", "quote", 60, wrap=True), Column("网页", "page_title", 30, wrap=True), Column("链接", "url", 34, link=True),
)  # fmt: skip
_PLACE = (Column("省份", "province"), Column("地区", "region", 16), Column("代码", "adcode", 9))

ANSWERS = Sheet("答案", "answers", 3, (
    *_PLACE, Column("级别", "level", 9), Column("题号", "question", 7), Column("问题", "title", 30, wrap=True), Column("状态", "presence", 10),
    Column("答案", "answer_zh", 22, wrap=True), Column("答案代码", "answer", 16), Column("具体", "value", 26, wrap=True), Column("天数", "days", 8),
    Column("数额", "amount", 8), Column("单位", "unit", 8), Column("来源层级", "authority", 9), Column("独立来源数", "sources", 10),
    Column("发布日期", "published", 12), Column("有分歧", "disputed", 8), Column("提示", "flag", 14), Column("来源下线", "withdrawn_on", 12),
    *_SOURCE, Column("事实编号", "fact_id", 19), Column("沿用自", "inherited_from", 12), Column("沿用的答案", "inherited_answer", 20),
))  # fmt: skip
EVIDENCE = Sheet("依据", "evidence", 3, (
    *_PLACE, Column("题号", "question", 7), Column("事实类别", "kind_of_fact", 12), Column("内容", "value_zh", 36, wrap=True),
    Column("适用人员", "filing_types", 24, wrap=True), Column("条件", "condition", 30, wrap=True), Column("来源层级", "authority", 9),
    Column("发布日期", "published", 12), Column("首次读到", "first_seen", 12), Column("最近读到", "last_seen", 12), Column("提示", "flag", 14),
    *_SOURCE, Column("事实编号", "fact_id", 19), Column("网页编号", "page_id", 19),
))  # fmt: skip
CODES = Sheet("代码", "codes", 2, (
    Column("词表", "vocabulary", 18), Column("代码", "code", 24), Column("中文", "label_zh", 32, wrap=True), Column("英文", "label_en", 32, wrap=True),
    Column("上位", "parent", 18), Column("含义", "definition", 60, wrap=True),
))  # fmt: skip
MATRIX = Sheet("对照", "matrix", 3, (
    *_PLACE, Column("收录网页", "pages", 9), Column("已答题数", "questions", 9), Column("最新发布", "newest_published", 12),
    *(Column(q.zh, q.id, 20, wrap=True) for q in questions()),
))  # fmt: skip
SHEETS = (ANSWERS, MATRIX, EVIDENCE, CODES)

READING = (
    ("有规定", "该地区自己的网页给出了答案。"),
    ("明确不需要", "网页明确说不需要或不允许。"),
    ("未说明", "收录了该地区的网页，但网页没有说；不等于没有规定。"),
    ("未收录", "没有收录该地区的网页。沿用的上级规定单独成列，不作为该地区的答案。"),
    ("来源层级", "A 医保部门，B 其他政府部门，C 城市指南与新闻；D、E（法律问答、内容农场）从不作为答案。"),
    ("空格", "没有说明，不是零，也不是否。"),
)  # fmt: skip

Row = dict[str, Any]


def answers(facts: dict[str, said.Fact], rows: Iterable[sqlite3.Row], say: Labels) -> Iterator[Row]:
    """One row per region and question, with the quote that comes first by tier."""
    titles = {q.id: q.zh for q in questions()}
    words = {(q.id, a.code): a.zh for q in questions() for a in q.answers}
    for row in rows:
        own = sorted((facts[i] for i in json.loads(row["fact_ids"]) if i in facts), key=_rank)
        first = {k: own[0][k] for k in ("quote", "page_title", "url", "fact_id")} if own else {}
        yield dict(row) | first | {
            "title": titles[row["question"]], "presence": say.get(("presence", row["presence"]), row["presence"]),
            "level": say.get(("level", row["level"]), row["level"]), "flag": say.get(("flag", row["flag"]), row["flag"]),
            "disputed": "是" if row["disputed"] else None, "unit": say.get(("deadline_unit", row["unit"]), row["unit"]),
            "inherited_from": row["inherited_name"],
            "inherited_answer": words.get((row["question"], row["inherited_answer"]), row["inherited_answer"]),
        }  # fmt: skip


def evidence(facts: dict[str, said.Fact], rows: Iterable[sqlite3.Row], say: Labels) -> Iterator[Row]:
    """One row per answer and fact behind it."""
    for row in rows:
        place = {k: row[k] for k in ("province", "region", "adcode", "question")}
        for fact in sorted((facts[i] for i in json.loads(row["fact_ids"]) if i in facts), key=_rank):
            people = [say.get(("filing_type", code), code) for code in json.loads(fact["filing_types"])]
            yield fact | place | {
                "kind_of_fact": say.get(("fact_kind", fact["kind_of_fact"]), fact["kind_of_fact"]),
                "filing_types": "、".join(people) or "所有人", "flag": say.get(("flag", fact["flag"]), fact["flag"]),
            }  # fmt: skip


def _rank(fact: said.Fact) -> tuple[str, str, str]:
    return fact["authority"] or "Z", fact["topic_key"], fact["fact_id"]


class Table:
    """A sheet that is written row by row."""

    def __init__(self, book: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
        self.sheet, self.formats, self.row, self.links = sheet, formats, 0, 0
        self.page = book.add_worksheet(sheet.title)
        self.page.freeze_panes(1, sheet.frozen)
        self.page.set_row(0, 34)
        for n, column in enumerate(sheet.columns):
            self.page.set_column(n, n, column.width, formats["wrap" if column.wrap else "plain"])
        self.cells([f"{c.zh}\n{c.name}" for c in sheet.columns], "head")

    def cells(self, values: Sequence[Any], style: str) -> None:
        for n, value in enumerate(values):
            self.page.write(self.row, n, value, self.formats[style])
        self.row += 1

    def add(self, row: Row) -> None:
        faint = row.get("presence") in ("未说明", "未收录")
        for n, column in enumerate(self.sheet.columns):
            value = row.get(column.name)
            if value is None:
                continue
            style = self.formats["faint" if faint else "wrap" if column.wrap else "plain"]
            if not isinstance(value, str):
                self.page.write_number(self.row, n, value, style)
            elif column.link and value.startswith("http") and len(value) < LONGEST_LINK and self.links < MOST_LINKS:
                self.page.write_url(self.row, n, value, self.formats["link"], value)
                self.links += 1
            else:
                self.page.write_string(
                    self.row, n, value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…", style
                )
        self.row += 1

    def close(self) -> None:
        self.page.autofilter(0, 0, max(self.row - 1, 1), len(self.sheet.columns) - 1)


def write(db: sqlite3.Connection, folder: Path) -> list[Path]:
    from xlsxwriter import Workbook

    this, say = cite.edition(db), said.labels(db)
    path = folder / NAME
    plain = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
    }
    with Workbook(str(path), plain) as book:
        book.set_properties({
            "title": cite.TITLE["zh"], "author": cite.PUBLISHER, "comments": this.citation("en"),
            "created": datetime.fromisoformat(this.date or "1980-01-01"),
        })  # fmt: skip
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        formats = {
            "plain": book.add_format(base), "wrap": book.add_format(base | {"text_wrap": True}),
            "faint": book.add_format(base | {"font_color": "#6b7073"}), "link": book.add_format(base | {"font_color": "#0b5a56", "underline": 1}),
            "head": book.add_format(base | {"bold": True, "text_wrap": True, "bg_color": "#dcebe8", "bottom": 1}),
            "title": book.add_format(base | {"bold": True, "font_size": 16}), "key": book.add_format(base | {"bold": True}),
        }  # fmt: skip
        _about(book, db, this, formats)
        sheets = {sheet.part: Table(book, sheet, formats) for sheet in SHEETS}
        _fill(db, sheets, say)
        for sheet in sheets.values():
            sheet.close()
    return [path]


def _fill(db: sqlite3.Connection, sheets: dict[str, Table], say: Labels) -> None:
    """All tables in one pass over the regions, so that only the facts of one region are held at a time."""
    rows = db.execute(
        "SELECT a.*, r.level, f.name AS inherited_name, v.province, v.pages, v.questions, v.newest_published FROM v1_answers a JOIN regions r USING (adcode)"
        " LEFT JOIN v1_coverage v USING (adcode) LEFT JOIN regions f ON f.adcode = a.inherited_from ORDER BY a.adcode, a.question"
    )
    for _, members in groupby(rows, key=lambda r: r["adcode"]):
        region = list(members)
        ids = {i for r in region for i in json.loads(r["fact_ids"])}
        facts = said.by_id(db, ids, say=say) if ids else {}
        for row in answers(facts, region, say):
            sheets["answers"].add(row)
        for row in evidence(facts, region, say):
            sheets["evidence"].add(row)
        sheets["matrix"].add(dict(region[0]) | {
            r["question"]: r["answer_zh"] or f"（{say.get(('presence', r['presence']), r['presence'])}）" for r in region
        })  # fmt: skip
    for term in db.execute("SELECT * FROM terms ORDER BY vocabulary, code"):
        sheets["codes"].add(dict(term))


def _about(book: Any, db: sqlite3.Connection, this: cite.Edition, formats: dict[str, Any]) -> None:
    page = book.add_worksheet("关于 about")
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 100)
    page.hide_gridlines(2)
    held, all_regions = db.execute("SELECT sum(held), count(*) FROM v1_coverage").fetchone()
    lines: list[tuple[str, str]] = [
        ("", cite.DESCRIPTION["zh"]), ("", cite.DESCRIPTION["en"]), ("", ""),
        ("期次 release", this.run), ("日期 date", this.date), ("构建 build", this.build_id), ("收录地区", f"{held or 0} / {all_regions}"), ("", ""),
        ("许可 licence", f"{cite.RIGHTS['zh']} {cite.LICENCE_URL}"), ("", cite.RIGHTS["en"]),
        ("引用 cite", this.citation("zh")), ("", this.citation("en")),
        ("说明 notice", cite.NO_ADVICE["zh"]), ("", cite.NO_ADVICE["en"]), ("", ""),
        *((f"工作表 {s.title}", text) for s, text in zip(SHEETS, (
            "每个地区、每道题一行：答案、引句和来源链接。", "地区 × 问题一览。", "每个答案背后的每条事实，各有引句和链接。", "所有代码的含义。",
        ), strict=True)),
        ("", ""), *READING, ("", ""),
        ("核对", "事实编号是永久的：在本库网站 /fact/<编号> 可以看到原文位置、历史和分歧，也在那里报错。"),
    ]  # fmt: skip
    page.write_string(0, 0, cite.TITLE["zh"], formats["title"])
    page.set_row(0, 26)
    for n, (key, value) in enumerate(lines, 2):
        page.write_string(n, 0, key, formats["key"])
        page.write_string(n, 1, value, formats["wrap"])


def rows(path: Path) -> dict[str, int]:
    """Rows below the header of every table, counted in the XML of the sheets: a library that reads cells takes seconds."""
    found = {}
    with ZipFile(path) as parts:
        for number, sheet in enumerate(SHEETS, 2):  # the first sheet tells about the others
            with parts.open(f"xl/worksheets/sheet{number}.xml") as xml:
                found[sheet.part] = _count(xml) - 1
    return found


def _count(xml: IO[bytes]) -> int:
    """Rows of a sheet; each is forgotten when it is counted, and so is its place among the others."""
    found = 0
    for _, row in etree.iterparse(xml, tag=ROW):
        row.clear()
        if (sheet := row.getparent()) is not None:
            del sheet[:-1]
        found += 1
    return found
