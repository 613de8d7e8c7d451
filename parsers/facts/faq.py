"""Question-and-answer pairs of the article, as the page prints them (see dialogue.py for what is one)."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.document import Document
from parsers.patterns import rx
from parsers.records import Faq, Issue

_TRAIL = rx(r"\s+")
_ANSWER_CHARS = 1500


def find(doc: Document) -> Iterator[Faq | Issue]:
    """One fact per pair; the evidence is the question and each block of the answer."""
    for pair in doc.dialogue:
        question = doc.blocks[pair.question]
        inline = pair.answers == (pair.question,)
        end = pair.answered if inline else question.end
        asked = _clean(doc.verbatim(pair.asked, end))
        asked = rx(r"[\[(【（]?(?:答|A)[\])】）]?\s*[:：、]?$").sub("", asked)
        spans = [(doc.blocks[i].start, doc.blocks[i].end) for i in pair.answers]
        spans[0] = (pair.answered, spans[0][1])
        answer = _clean("".join(doc.verbatim(start, stop) for start, stop in spans if stop > start))
        if not asked or not answer or len(answer) > _ANSWER_CHARS or len(asked) > 120:
            continue
        evidence = doc.evidence((pair.asked, end), *(span for span in spans if 0 < span[1] - span[0] <= 380))
        yield Faq(q=asked, a=answer, evidence=evidence, rule="faq.inline" if inline else "faq.pair", filing_types=())


def _clean(text: str) -> str:
    return _TRAIL.sub(" ", text).strip()
