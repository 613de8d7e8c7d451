"""What the columns of the tables mean, in Chinese (dictionary.yml) and English (the comments of the schema).

In: a table, a column, a query. Out: a few words in each language.
"""

from __future__ import annotations

import re
from functools import cache

from kb import schema
from kb.site import questions
from kb.site.about import HERE
from parsers.vocab import parse_yaml

_ENDS = re.compile(r"[；，（;(]|: |, ")
"""Where the words end and the details begin."""


@cache
def _chinese() -> dict[str, str]:
    found: dict[str, str] = parse_yaml((HERE / "dictionary.yml").read_text("utf-8"))["columns"]
    return found


def english_words(comment: str) -> str:
    """A comment of the schema for readers: <deadline_kind> is the name of a vocabulary."""
    return re.sub(r"<(\w+)>", lambda hit: hit[1].replace("_", " "), comment)


@cache
def words(table: str, column: str) -> dict[str, str]:
    """Language → the meaning of a column; its name where nothing is said of it. Of the result of a query, whose table is
    "", the columns mean what they mean in the first table that has them.
    """
    own, plain, said = f"{table}.{column}", f"{table.removeprefix('v1_')}.{column}", _chinese()
    zh = said.get(own) or said.get(plain) or said.get(column) or column
    described = [schema.tables()[table]] if table in schema.tables() else schema.tables().values()
    english = next((c.comment for t in described for c in t.columns if c.name == column), None)
    return {"zh": _ENDS.split(zh)[0], "en": _ENDS.split(english_words(english or column))[0]}


@cache
def _queries() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = parse_yaml((HERE / "queries.yml").read_text("utf-8"))["queries"]
    return found


@cache
def english_description(query: str) -> str:
    """What a canned query tells and takes, in English."""
    return _queries()[query]["description_en"]


@cache
def english_title(name: str) -> str:
    """The English title of a table or canned query."""
    numbered = {q["name"]: f"Question {q['id'][1:].lstrip('0')}: {q['title']}" for q in questions.titles("en")}
    named = _queries().get(name, {}).get("title_en")
    return numbered.get(name) or named or name.removeprefix("v1_").replace("_", " ").capitalize()
