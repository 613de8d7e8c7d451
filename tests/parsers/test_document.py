"""What a place in a page is about: sentences, scopes from near to far, text with stray spaces."""

from __future__ import annotations

from itertools import product

import pytest

from parsers import parse
from parsers.document import _STRAY, Document, _stray
from parsers.outline import Block, Outline
from tests.parsers.facts.documents import document, table


def types_at(doc: Document, words: str) -> tuple[str, ...]:
    start = doc.text.index(words)
    return doc.types_of(start, start + len(words))


def test_sentences_end_at_full_stops_but_not_inside_brackets() -> None:
    doc = document("先备案（急诊除外；转诊另说。）再住院。出院时结算。")
    assert [doc.text[s.start : s.end] for s in doc.sentences] == [
        "先备案（急诊除外；转诊另说。）再住院。",
        "出院时结算。",
    ]


def test_clauses_are_cut_at_commas_outside_quotes() -> None:
    doc = document("点击“备案，变更”，再提交")
    assert [doc.text[c.start : c.end] for c in doc.clauses(doc.sentences[0])] == ["点击“备案，变更”", "再提交"]


def test_stray_spaces_do_not_break_words_and_quotes_stay_as_printed() -> None:
    text = "跨省临时外出就 医人员备案有效期6 个月"
    doc = Document(Outline(text, (Block("paragraph", 0, len(text), 0),)))
    assert doc.text == "跨省临时外出就医人员备案有效期6个月"
    (evidence,) = doc.evidence((0, len(doc.text)))
    assert (evidence.quote, evidence.start, evidence.end) == (text, 0, len(text))
    assert [hit.code for hit in doc.type_mentions] == ["temporary"]


def test_a_statement_is_for_those_its_own_clause_names() -> None:
    doc = document("异地转诊人员降低5%，其他临时外出就医人员降低15%。")
    assert types_at(doc, "降低5%") == ("referral",)
    assert types_at(doc, "降低15%") == ("other_temporary",)


def test_else_for_those_the_heading_names() -> None:
    doc = document("备案长期有效。", under=("异地安置退休人员",))
    assert types_at(doc, "长期有效") == ("retired_resettled",)


def test_a_cell_asks_its_row_head_then_its_column_head() -> None:
    doc = table(("类型", "有效期"), ("异地转诊人员", "6个月"), ("常驻异地工作人员", "长期"))
    assert types_at(doc, "6个月") == ("referral",)
    assert types_at(doc, "长期") == ("stationed_work",)


def test_the_rest_after_referral_and_emergency_are_the_other_temporary() -> None:
    doc = document("异地转诊人员和急诊抢救人员自付10%，其他人员自付20%。")
    assert types_at(doc, "自付10%") == ("emergency", "referral")
    assert types_at(doc, "自付20%") == ("other_temporary",)


def test_the_unfiled_are_of_no_type() -> None:
    doc = document("异地长期居住人员比例不变，未备案的降低20%。")
    assert types_at(doc, "降低20%") == ()


def test_examples_of_an_umbrella_stand_for_the_umbrella() -> None:
    doc = document("异地安置退休等长期备案人员可以两地结算。")
    assert types_at(doc, "可以两地结算") == ("long_term",)


def test_only_a_title_about_one_type_speaks_for_the_page() -> None:
    assert types_at(document("有效期一年。", title="异地转诊人员备案"), "一年") == ("referral",)
    assert types_at(document("有效期一年。", title="异地转诊人员和异地急诊抢救人员备案"), "一年") == ()


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("应当备案", "must"),
        ("可以备案", "may"),
        ("一般备案", "usual"),
        ("部分地区可以备案", "some_regions"),
        ("建议备案", "recommended"),
        ("备案", "must"),
    ],
)
def test_hedges_go_before_permission_and_duty(text: str, modality: str) -> None:
    doc = document(text)
    assert doc.modality_of(0, len(text)) == modality


def test_facts_are_read_from_the_beginning_of_a_very_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parsers.guide.MAX_READ", 400)
    line = "<p>参保人员异地就医备案后，备案有效期6个月。</p>"
    guide = parse(("<html><title>异地就医备案</title><body>" + line * 30 + "</body></html>").encode())
    assert [issue.code for issue in guide.issues] == ["too_long"]
    places = [e.end for _, fact in guide.facts() for e in fact.evidence]
    assert 380 < max(places) <= 400
    assert len(guide.main_text) > 600


def test_a_number_is_read_in_the_list_behind_it_where_none_stands_before() -> None:
    members = "备案人员分为四类：异地安置退休人员、异地长期居住人员、常驻异地工作人员、异地转诊人员。"
    for lines in (("前三类长期有效。", members), (members, "前三类长期有效。")):
        assert types_at(document(*lines), "长期有效") == ("long_resident", "retired_resettled", "stationed_work")


def test_the_first_of_several_are_those_told_before_in_the_same_paragraph() -> None:
    earlier = "备案对象有三种：异地转诊人员、异地急诊抢救人员、其他临时外出就医人员。"
    told = "异地安置退休人员交户口簿，常驻异地工作人员交劳动合同，异地转诊人员交转诊单。前两类也可以签承诺书。"
    assert types_at(document(earlier, told), "也可以签承诺书") == ("retired_resettled", "stationed_work")


def test_stray_spaces_do_not_break_the_words_of_a_title() -> None:
    assert types_at(document("有效期六个月。", title="异地长期居 住人员备案"), "有效期") == ("long_term",)


def test_stray_spaces_are_those_of_the_pattern() -> None:
    for text in map("".join, product("医a \n\u3000\u2004", repeat=5)):
        assert list(_stray(text)) == [match.span() for match in _STRAY.finditer(text)], repr(text)


def test_a_label_reaches_to_the_next_label() -> None:
    doc = document("异地转诊：转诊单；也可以现场开具；学校证明：在读的交学生证。拿不出的写承诺。")
    assert types_at(doc, "现场开具") == ("referral",)
    assert types_at(doc, "交学生证") == ()
    assert types_at(doc, "写承诺") == ()


def test_so_many_kinds_of_people_are_those_told_before() -> None:
    text = "安置退休人员交户口簿，异地长期居住人员交居住证，常驻异地工作人员交合同。这三类人也可以签承诺书。"
    assert types_at(document(text), "也可以签承诺书") == ("long_term",)
    text = "异地长期居住人员交居住证，常驻异地工作人员交合同，异地转诊人员交转诊单。这三类人都可以网上办。"
    assert types_at(document(text), "都可以网上办") == ("long_resident", "referral", "stationed_work")
