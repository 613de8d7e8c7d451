"""The cue words of vocab/cut_cues.yml as compiled patterns.

Each list of the file is one question that can be put to a squeezed line of text: `is_related_heading`, `is_end`,
`is_furniture` (whole line), `is_promotion` (anywhere), `is_disclaimer` (at the start).
"""

from __future__ import annotations

import re
from functools import cache

from parsers.patterns import rx
from parsers.vocab import load_yaml


@cache
def _pattern(name: str) -> re.Pattern[str]:
    lists: dict[str, list[str]] = load_yaml("cut_cues.yml")
    return rx("|".join(f"(?:{p})" for p in lists[name]), re.I)


def _without_more(text: str) -> str:
    """A heading without the colon or the “more” link at its end."""
    text = text.strip("·•◆■|｜【】[] 　\r\n\t")
    if text.endswith((":", "：")):
        return text[:-1].strip()
    text = text.rstrip(">＞»+").rstrip()
    if text.endswith("更多"):
        text = text[:-2]
    elif text[-4:].upper() == "MORE":
        text = text[:-4]
    return text.strip()


def is_related_heading(text: str) -> bool:
    """A heading above links to other pages; a trailing colon or "more" link is allowed."""
    if text.isascii() and not text[:1].isalpha():
        return False
    text = _without_more(text)
    if not 1 < len(text) <= 24 or _pattern("related_heading").fullmatch(text) is None:
        return False
    return _pattern("not_related").fullmatch(text) is None


def is_weak(text: str) -> bool:
    """A related heading that speaks of the site (what is new, what is read most), not of this article."""
    return _pattern("weak").fullmatch(text.strip("·•◆■|｜【】[] 　")) is not None


def is_end(text: str) -> bool:
    """A line with which the article is over."""
    return len(text) <= 120 and _pattern("end").fullmatch(text) is not None


def is_furniture(text: str) -> bool:
    """A line of the page's furniture: byline, toolbar, breadcrumb, footer."""
    return len(text) <= 200 and _pattern("furniture").fullmatch(text) is not None


def is_footer(text: str) -> bool:
    """A line with the publisher's registration: with it the site speaks, whatever else (address, telephone) it holds."""
    return len(text) <= 240 and _pattern("footer").search(text) is not None


def is_dateline(text: str) -> bool:
    """A line of date and source, as it stands between title and article."""
    return len(text) <= 160 and _pattern("dateline").fullmatch(text) is not None


def is_promotion(text: str) -> bool:
    """A line that advertises an account or asks for a share."""
    if len(text) > 160 or not _PROMOTION_HINT.search(text):
        return False
    return _pattern("promotion").search(text) is not None


_PROMOTION_HINT = rx(
    "关注|回复|公众号|扫码|长按|点个|加.{0,6}(?:微信|QQ)|喜欢|觉得有用|发送【"
)  # saves the long pattern


def is_disclaimer(text: str) -> bool:
    """A line in which the site disclaims what the article says."""
    return len(text) <= 300 and _pattern("disclaimer").match(text) is not None


def is_asked(text: str) -> bool:
    """The label above the asker's own words."""
    return len(text) <= 12 and _pattern("asked").fullmatch(text) is not None


def is_asker(text: str) -> bool:
    """A line that names an asker and begins the asker's own words (网友“…”：)."""
    return _pattern("asker").match(text) is not None


def is_answering(text: str) -> bool:
    """A line with which an agency begins to answer (您好！…, …答复如下)."""
    return _pattern("answering").match(text) is not None


def is_reply(text: str) -> bool:
    """The label above the answer of an agency; who answered and when may stand in its line."""
    if len(text) <= 12:
        return _pattern("reply").fullmatch(text) is not None
    label = _pattern("reply").match(text) if len(text) <= 120 else None
    return label is not None and is_reply_field(text[label.end() :].strip())


def is_reply_field(text: str) -> bool:
    """Who answered, and when."""
    return len(text) <= 100 and _pattern("reply_fields").fullmatch(text) is not None


def is_letter_title(text: str) -> bool:
    """The label before the title of a letter."""
    return len(text) <= 8 and _pattern("letter_title").fullmatch(text) is not None
