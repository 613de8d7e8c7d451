"""Questions and answers: marked pairs, lists of questions; headings that ask are headings."""

from __future__ import annotations

import pytest

from parsers.facts.faq import find
from parsers.records import Faq
from tests.parsers.facts.documents import document


def read(*lines: str, under: tuple[str, ...] = (), title: str = "") -> list[tuple[str, str]]:
    return [(fact.q, fact.a) for fact in find(document(*lines, under=under, title=title)) if isinstance(fact, Faq)]


def test_marked_pairs_lose_their_marks() -> None:
    assert read("问：备案要跑窗口吗？", "答：不用，手机就能办。", "Q2：能改城市吗？", "A：可以。") == [
        ("备案要跑窗口吗？", "不用，手机就能办。"),
        ("能改城市吗？", "可以。"),
    ]


def test_an_answer_runs_to_the_next_question() -> None:
    assert read("问：怎样报销？", "答：先结账。", "再把票据带回来。", "问：多久到账？", "答：一个月。") == [
        ("怎样报销？", "先结账。再把票据带回来。"),
        ("多久到账？", "一个月。"),
    ]


def test_question_and_answer_in_one_paragraph() -> None:
    assert read("问：急诊要备案吗？答：不要，视同备案。") == [("急诊要备案吗？", "不要，视同备案。")]


def test_questions_of_a_collection_need_no_mark() -> None:
    assert read("去北京要备案吗？", "要。", title="异地就医常见问题") == [("去北京要备案吗？", "要。")]


def test_a_heading_that_asks_is_a_heading() -> None:
    assert read("手机上申请就行。", under=("怎么备案？",), title="异地就医备案指南") == []


def test_speakers_of_an_interview_ask_and_answer() -> None:
    assert read(
        "主持人：欢迎收看。",
        "晚报记者：去省外看病要备案吗？",
        "李主任：要的。手机就能办。",
        "主持人：谢谢大家！",
    ) == [("去省外看病要备案吗？", "要的。手机就能办。")]


def test_a_speaker_whom_nobody_answers_has_no_pair() -> None:
    assert read("晚报记者：去省外看病要备案吗？", "主持人：请看大屏幕。", "备案后可以直接结算。") == []


@pytest.mark.parametrize(
    "text",
    [
        "【问】去外省住院要备案吗？\n【答】出省住院才要备案。",
        "[问题] 去外省住院要备案吗？\n[回答] 出省住院才要备案。",
        "❓去外省住院要备案吗？\n✅出省住院才要备案。",
        "问1：去外省住院要备案吗？\n答1：出省住院才要备案。",
    ],
)
def test_marks_in_brackets_signs_and_numbers(text: str) -> None:
    assert read(*text.split("\n")) == [("去外省住院要备案吗？", "出省住院才要备案。")]
