"""Questions and answers inside an article: which block asks, which blocks answer.

A question is marked (问：, Q1:, 问题一), is put by one speaker and answered by another (某报记者：…？ 某局长：…), or stands
in a list of questions: under a heading like 常见问题, on a page whose title says so, or among other marked ones. Question-like
headings of an ordinary article are headings (annotation rule 32).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from parsers.outline import Block
from parsers.patterns import rx

_ASK_STRICT = rx(
    r"(?:[\[(]?(?:问题?|提问|q(?:uestion)?)\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})?[\])]?\s*[:、.,]\s*"
    r"|[\[(](?:问题?|提问|q(?:uestion)?)\s?\d{0,2}[\])]\s?|[❓❔]\ufe0f?\s?(?=[^?]{2,80}[?]$)"
    r"|问(?=[^题]\S.*[?]$)|q\d{1,2}\s*)(?=\S)"
)
_ANSWER_STRICT = rx(
    r"[\[(]?(?:答复?|解答|回答|回复|a(?:nswer)?)\s?\d{0,2}[\])]?\s*[:、.,]\s*"
    r"|[\[(](?:答复?|解答|回答|回复|a(?:nswer)?)\s?\d{0,2}[\])]\s?|[✅☑✔]\ufe0f?\s?"
)
_ANSWER = rx(
    _ANSWER_STRICT.pattern + r"|[\[(]?(?:答复?|解答|回答|回复|a(?:nswer)?\d{0,2})[\])]?\s*(?=[^案卷复题应疑辩])"
)
_COLLECTION = rx(
    r"常见问题|问答|q&a|faq|答疑|解答|热点问题|问题集|你问我答|您问我答|有问必答|百问|口径|疑问|一问一答|热线问|你问|您问|问题汇总"
)


_ASKER = rx(
    r"[^:,。;?!“”\d]{0,14}(?:记者|主持人|主播|网友|网民|市民|群众|观众|听众|读者|小编)(?:[^:,。;?!“”\d]{0,6})\s*:\s*(?=\S)"
)
_SPEAKER = rx(r"[^:,。;?!“”\d]{2,20}\s{0,4}:\s{0,4}(?=\S)")
"""Who speaks in an interview or at a press conference: 某报记者：, 李主任：."""
_CLOSING = rx(
    r"[^。;]{0,14}(?:咨询|热线|电话|关注|预约|扫码|公众号|编辑|审核|供稿|来源)[^。;]{0,40}$|[-— ]{0,6}(?:end|完)[-— ]{0,6}$"
)
"""A short line behind the last answer that belongs to the publisher, not to the answer."""


class Pair(NamedTuple):
    """Indices of the block that asks and the blocks that answer, and where the words behind 问：/答： begin."""

    question: int
    answers: tuple[int, ...]
    asked: int
    answered: int


def find_pairs(blocks: Sequence[Block], folded: str, title: str) -> list[Pair]:
    """Question-and-answer pairs in order. `folded` is the folded text the blocks count in."""
    pairs: list[Pair] = []
    asking = sum(_stands_alone(b, folded) for b in blocks)
    if asking >= 4:
        title += " faq"  # a list of questions that open on their answers
    answer_marks = sum(bool(_ANSWER_STRICT.match(folded, b.content, b.end)) for b in blocks)
    i = 0
    while i < len(blocks):
        asked = _question(blocks, i, folded, title, answer_marks)
        if asked is None:
            i += 1
            continue
        answers: list[int] = []
        spoken = _is_put_by_a_speaker(blocks, i, folded)
        for j in range(i + 1, len(blocks)):
            if _question(blocks, j, folded, title, answer_marks) is not None or _ends(blocks, i, j, answers):
                break
            if spoken and _ASKER.match(folded, blocks[j].content, blocks[j].end):
                break  # the moderator goes on
            if answers and _CLOSING.match(folded, blocks[j].content, blocks[j].end):
                break
            answers.append(j)
        if answers:
            first = blocks[answers[0]]
            marked = answer_marks or _ASK_STRICT.match(folded, blocks[i].content, blocks[i].end)
            answering = _SPEAKER if spoken else _ANSWER if marked else _ANSWER_STRICT
            mark = answering.match(folded, first.content, first.end)
            pairs.append(Pair(i, tuple(answers), asked, mark.end() if mark else first.content))
            i = answers[-1] + 1
        elif (inline := _inline(blocks[i], folded)) is not None:
            pairs.append(Pair(i, (i,), asked, inline))
            i += 1
        else:
            i += 1
    return pairs


def _stands_alone(block: Block, folded: str) -> bool:
    """A question printed as a plain paragraph of its own: the sign of a question list, where an article has headings."""
    if rx(r"[^\w“\"(\[]").match(folded[block.start : block.end]):
        return False  # ▍ and the like dress a heading
    return (
        block.kind == "paragraph"
        and block.marker is None
        and block.end - block.start <= 50
        and folded[block.start : block.end].rstrip().endswith("?")
    )


def _is_put_by_a_speaker(blocks: Sequence[Block], i: int, folded: str) -> bool:
    """Whether one speaker asks in block `i` and another begins to speak in the next."""
    block, following = blocks[i], blocks[i + 1] if i + 1 < len(blocks) else None
    return (
        following is not None
        and folded[block.content : block.end].rstrip().endswith("?")
        and _ASKER.match(folded, block.content, block.end) is not None
        and _SPEAKER.match(folded, following.content, following.end) is not None
        and _ASKER.match(folded, following.content, following.end) is None
    )


def _question(blocks: Sequence[Block], i: int, folded: str, title: str, answer_marks: int) -> int | None:
    """Where the question of a block begins; None if the block asks nothing."""
    block = blocks[i]
    text = folded[block.content : block.end].rstrip()
    mark = _ASK_STRICT.match(text)
    if mark and (text.endswith("?") or ":" in mark.group() or "q" in mark.group() or answer_marks):
        return block.content + mark.end()
    if (asker := _ASKER.match(text)) and _is_put_by_a_speaker(blocks, i, folded):
        return block.content + asker.end()
    if block.kind == "cell" and block.col_head is not None:
        head = folded[blocks[block.col_head].start : blocks[block.col_head].end]
        return block.content if rx(r"问|标题").search(head) and text.endswith("?") else None
    if not text.endswith("?") and "?" not in text[:40]:
        return None
    following = blocks[i + 1] if i + 1 < len(blocks) else None
    if following is not None and text.endswith("?") and _ANSWER_STRICT.match(folded, following.content, following.end):
        return block.content
    if _COLLECTION.search(title) and text.endswith("?") and len(text) <= 60:
        return block.content
    collected = any(_COLLECTION.search(folded[blocks[p].start : blocks[p].end]) for p in _above(blocks, i)) or (
        _COLLECTION.search(title) is not None and (block.marker is not None or block.kind == "heading")
    )
    return block.content if collected else None


def _ends(blocks: Sequence[Block], question: int, j: int, answers: list[int]) -> bool:
    """Whether block `j` no longer answers: a heading of the question's level or higher, another table cell, another list."""
    asked, block = blocks[question], blocks[j]
    if asked.kind == "cell":
        return block.kind != "cell" or block.row != asked.row
    if block.kind == "heading" and question not in _above(blocks, j):
        return True
    if asked.kind == "heading" or asked.marker is not None or question in _above(blocks, j):
        return bool(answers) and question not in _above(blocks, j) and asked.kind == "heading"
    return bool(answers) and block.parent != asked.parent and question not in _above(blocks, j)


def _inline(block: Block, folded: str) -> int | None:
    """Where the answer begins in a block that holds both: 问：…？答：…, or “…？…” in a list of questions."""
    text = folded[block.content : block.end]
    match = rx(r"[?]\s*(?:[\[(]?(?:答|a)[\])]?\s*[:、])?").search(text)
    return block.content + match.end() if match and match.end() < len(text) - 2 else None


def _above(blocks: Sequence[Block], index: int) -> list[int]:
    found: list[int] = []
    parent = blocks[index].parent
    while parent is not None:
        found.append(parent)
        parent = blocks[parent].parent
    return found
