"""The site's own words in two languages, and what every template may use.

Templates are written in Chinese; english.yml gives the English of each phrase. What a source says stays as it is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape

from kb import words, words_en
from kb.base import SHANGHAI
from kb.site import cells, columns, questions
from kb.site.about import DATABASE, HERE, About
from parsers.vocab import parse_yaml


@cache
def english() -> dict[str, str]:
    """Chinese phrase → English."""
    found: dict[str, str] = parse_yaml((HERE / "english.yml").read_text("utf-8"))
    return found


_ONE = re.compile(r"\b1 (page|fact|row|result|region|character|claim)s\b")
"""English phrases are written for several; this is one of them."""


def translator(lang: str) -> Callable[..., str]:
    """`_('共 {n} 条', n=3)`."""

    def say(phrase: str, **values: Any) -> str:
        text = english().get(phrase, phrase) if lang == "en" else phrase
        text = text.format(**values) if values else text
        return _ONE.sub(r"1 \1", text) if lang == "en" else text

    return say


NATION = "100000"
_CHINESE = re.compile(
    r"[\u3400-\u9fff《》“”（），、。：；？！][\u3400-\u9fff《》“”（），、。：；？！0-9A-Za-z\-—·〔〕\[\] ]*"
)


@cache
def english_places() -> dict[str, str]:
    """adcode → English name: of provinces as it is written, of cities in pinyin."""
    with (HERE / "pinyin.csv").open(encoding="utf-8", newline="") as file:
        found = {row["adcode"]: row["pinyin"].capitalize() for row in csv.DictReader(file)}
    return found | {adcode: tile[3] for adcode, tile in questions.provinces().items()} | {NATION: "China"}


@lru_cache(maxsize=20_000)
def tongues(text: str) -> Markup:
    """English words, with the Chinese among them marked as such; the same few are said of many facts."""
    parts, at = Markup(""), 0
    for hit in _CHINESE.finditer(text):
        parts += escape(text[at : hit.start()]) + cells.chinese(hit[0].rstrip()) + (" " if hit[0].endswith(" ") else "")
        at = hit.end()
    return parts + text[at:]


def key_of(path: str) -> str:
    """The parameter that carries the language: a table takes a plain name for one of its columns."""
    return "_lang" if path.startswith(f"/{DATABASE}/") else "lang"


def when(stamp: str | None) -> str:
    """A time in UTC as date and time in Shanghai, to the minute."""
    return datetime.fromisoformat(stamp).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if stamp else "—"


def context(release: About, request: Any) -> dict[str, Any]:
    """What every page of ours may use: words, labels, links that keep the language, and the release."""
    path = request.path if request is not None else "/"
    given = parse_qsl(request.query_string, keep_blank_values=True) if request is not None else []
    lang = next((value for key, value in given if key in ("lang", "_lang") and value in ("zh", "en")), "zh")

    def label(vocabulary: str, code: Any) -> str:
        return "" if code is None else release.labels[lang].get((vocabulary, str(code)), str(code))

    def link(to: str, **values: Any) -> str:
        """A link inside the site that keeps the language; the address may have a query already."""
        query = urlencode(
            [
                (k, v)
                for k, vs in values.items()
                for v in (vs if isinstance(vs, list | tuple) else [vs])
                if v not in (None, "")
            ]
        )
        if lang == "en":
            query += f"{'&' if query else ''}{key_of(to.partition('?')[0])}=en"
        return f"{to}{'&' if '?' in to else '?'}{query}" if query else to

    def said(fact: Mapping[str, Any]) -> Markup:
        """The value of a fact in the language of the page, or in that of its source."""
        return worded(fact["value_zh"], fact.get("value_en"))

    def worded(zh: Any, en: Any) -> Markup:
        """English where the page is English and there is any, else the Chinese marked as such."""
        if lang == "en" and en:
            return tongues(en)
        return cells.chinese(zh) if lang == "en" else escape(zh)

    def unit_of(unit: str | None, amount: float) -> str:
        """A unit as it stands behind a number."""
        if lang == "en":
            return words_en.unit_of(unit, amount)
        return words.UNITS.get(unit or "", unit or "")

    def place_name(adcode: str | None, name: str | None) -> str:
        """The name of a region in the language of the page."""
        return (english_places().get(adcode or "") if lang == "en" else None) or name or ""

    def place(adcode: str | None, name: str | None) -> Markup:
        """The name of a region; on English pages the Chinese beside it."""
        if lang != "en":
            return escape(name or "")
        own, chinese = place_name(adcode, name), cells.chinese(name or "")
        return chinese if own == name else escape(own) + " " + chinese

    def gloss(table: str, column: str) -> str:
        """What a column means, in a few words."""
        return columns.words(table, column)[lang]

    switched = [(k, v) for k, v in given if k not in ("lang", "_lang")]
    if lang == "zh":
        switched.append((key_of(path), "en"))
    return {
        "lang": lang, "lang_key": key_of(path), "coded": lambda table, column, value: cells.label(value, column, table, release, lang),
        "colon": ": " if lang == "en" else "：", "_": translator(lang), "label": label, "link": link, "about": release,
        "titled": lambda name, zh: columns.english_title(name) if lang == "en" else zh,
        "about_query": lambda name, zh: columns.english_description(name) if lang == "en" else zh,
        "said": said, "worded": worded, "unit_of": unit_of, "place": place, "place_name": place_name, "tongues": tongues, "gloss": gloss,
        "english_words": columns.english_words, "when": when,
        "shown": lambda value, column, table: cells.render(value, column, table, release, lang),
        "cell_of": lambda cell, table: cells.in_english(cell, table, release) if lang == "en" else cell["value"],
        "plain": cells.plain, "empty": cells.empty, "raw_rows": lambda rows: ([cell["raw"] for cell in row] for row in rows),
        "switch": f"{path}?{urlencode(switched)}" if switched else path,
        "base": str(request.scope.get("scheme", "http")) + "://" + (request.host or "") if request is not None else "",
    }  # fmt: skip
