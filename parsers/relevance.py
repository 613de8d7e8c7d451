"""Is the page about filing or settling treatment away from home: does it state rules on the subject, or only mention it?

A page on another matter (the housing fund, long-term disease, a new card) may name the subject in a question or a pointer
("另行备案"); what it never does is say in sentence after sentence who must, may or gets what. So the title decides where it
names the subject, and otherwise the number of sentences that state a rule on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from parsers.document import Document, Span
from parsers.lexicon import fold
from parsers.patterns import rx

_SUBJECT = rx(
    r"异地(?:就医|就诊|看病|住院|门诊|结算|报销|安置(?:退休)?人员[^。]{0,12}(?:就医|医保)|转诊|急诊|购药|生育|医保|医疗)|(?:跨省|省外|外省|省内|跨市|外地|区外|州外|市外)[^,。;\n]{0,6}(?:就医|就诊|看病|住院|结算|转诊|报销)"
    r"|(?:外出|在外地?)[^,。;\n]{0,8}(?:就医|就诊|看病|住院|急诊|[急疾]病)|转外就医|转外住院|转诊转院|转院[^,。;\n]{0,6}(?:备案|手续)|长期异地|异地[^,。;\n]{0,10}备案|医保[^,。;\n]{0,12}备案|备案[^,。;\n]{0,10}(?:就医|住院|医保)|就医地|(?:区|州|盟|市)外就医"
)
"""Words that name the subject by themselves."""
_FILED = rx(r"备案|转诊|报备")
_CARE = rx(r"[看生急]病|就医|就诊|住院|医院|门诊|急诊|结算|报销")
_AWAY = rx(
    r"异地|外地|外省|省外|市外|外市|跨省|省内|以外的?[省市地]|外出|出门|在外|上级医院|转[往至到]|(?:去|到|在)(?:北京|上海|广州|天津|杭州|南京|成都|武汉|西安|昆明|深圳)"
)
_INSURANCE = rx(r"医保|医疗保险|医疗保障|新农合|合作医疗|参保|直接结算|报销")
_OTHER_FUND = rx(r"工伤|公积金|养老金|养老保险|失业|惠民保|商业(?:医疗)?保险|商保")
"""Other funds and insurances have filings and places away from home of their own."""
_RULE = rx(
    r"可(?!能)|应|须|需|不得|不用|免|请|要|先|未|没|降|提高|减少|按|比例|%|有效|视同|即时|能(?:刷|报|用|办|直接)|[带持凭由]"
    r"|[\d半一二两三四五六七八九十]个?(?:工作日|日|天|月|年)"
)
"""What a sentence has that says who must, may or gets what."""
_POINTER = rx(r"另行|另需|另见|详见|见通知|按[^,。;]{0,8}规定(?:执行|报销|办理|处理)|具体(?:问|咨询|请)|不受影响|照常")
"""What a sentence has that only says where the rule is to be found."""
FEW = 3
"""Sentences of a note: there one rule on the subject is what it is about."""


def is_relevant(doc: Document) -> bool:
    """Whether the page is about the subject: named in its title, or ruled on in two sentences; in one where the page is a
    note of a few sentences, or where the title, a heading, a field or a question names the subject.
    """
    title, text = fold(doc.title), doc.folded
    if not (_INSURANCE.search(text) or _INSURANCE.search(title)):
        return False
    if _SUBJECT.search(title) and (_INSURANCE.search(title) or not _OTHER_FUND.search(title)):
        return True
    if not (_SUBJECT.search(text) or _FILED.search(text)):
        return False  # as most pages of the world: not worth a look at their sentences
    rules = [text[s.start : s.end] for s in islice(_rules(doc), 2)]
    if len(rules) != 1:
        return len(rules) > 1
    return _is_headed(doc) or (len(doc.sentences) <= FEW and _SUBJECT.search(rules[0]) is not None)


def _rules(doc: Document) -> Iterator[Span]:
    """The sentences that state a rule on the subject, and the questions on it that are answered with one."""
    title = fold(doc.title)
    other = _OTHER_FUND.search(title) is not None
    for sentence in doc.sentences:
        said = doc.folded[sentence.start : sentence.end]
        if said.endswith("?") or not _RULE.search(said) or _POINTER.search(said) or _OTHER_FUND.search(said):
            continue
        if _SUBJECT.search(said):
            if not other or _INSURANCE.search(said):
                yield sentence
            continue
        filed, whom = _FILED.search(said), doc.hits("filing_type", sentence.start, sentence.end)
        if (filed or whom) and not other:
            under = f"{title}\n{doc.heads_text(sentence.block)}\n{doc.block_text(sentence.block)}"
            near = _beside(doc, sentence.block)
            if _CARE.search(under + near if filed and whom else under) and _AWAY.search(under + near):
                yield sentence
    for pair in doc.dialogue if not other else ():
        answer = "".join(doc.block_text(i) for i in pair.answers)
        if _SUBJECT.search(doc.block_text(pair.question)) and not _SUBJECT.search(answer) and _RULE.search(answer):
            yield doc.sentence_at(doc.blocks[pair.question].start)


def _beside(doc: Document, index: int) -> str:
    """The blocks before and behind one that stand under the same heading."""
    own = doc.blocks[index].parent
    beside = (i for i in (index - 1, index + 1) if 0 <= i < len(doc.blocks) and doc.blocks[i].parent == own)
    return "\n".join(doc.block_text(i) for i in beside)


def _is_headed(doc: Document) -> bool:
    asked = {pair.question for pair in doc.dialogue}
    heads = (i for i, b in enumerate(doc.blocks) if b.kind in ("heading", "cell") or i in asked)
    title = fold(doc.title)
    named = _FILED.search(title) and _CARE.search(title)
    return bool(named) or any(_SUBJECT.search(doc.block_text(i)) for i in heads)
