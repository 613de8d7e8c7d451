"""Filing status of a rule: whether it speaks of people who filed, did not file, filed late, or count as filed.

Shared by settlement and benefit effects. The status stands in the rule's own clause or, as a condition, in a clause
before it; nearest wins. Where filing is not needed at all (无需备案) a rule has no status.
"""

from __future__ import annotations

import re

from parsers.document import Document, Span

EXEMPT = re.compile(
    r"(?:无需|无须|免(?!疫)|不需要?|不用|不必|不再|毋需|毋须|不须|一律取消|不要求|取消)[^,。]{0,12}(?:备案|登记|转诊)|免备|(?:备案|登记)(?:手续)?[^,]{0,4}(?:取消|免除)"
)
_UNSURE = re.compile(r"(?:不论|无论|不管)[^,]{0,6}(?:是否|有没有|备没备)[^,]{0,4}$|是否[^,]{0,4}$")


def status_in(doc: Document, start: int, end: int) -> str | None:
    """The last status named in a stretch of text, None where it names none or says that filing is not needed."""
    text = doc.folded[start:end]
    found = None
    for hit in doc.hits("filing_status", start, end):
        before = doc.folded[max(start, hit.start - 12) : hit.start]
        if re.search(r"(?:无需|无须|免|不需要?|不用|不必|不再)[^,]{0,6}$", before) or _UNSURE.search(before):
            continue
        if hit.code == "filed" and re.search(r"(?:未|没有?|尚未|不)[^,]{0,3}$", before):
            found = "unfiled"
        else:
            found = hit.code
    if found == "filed" and EXEMPT.search(text):
        return None
    return found


def status_of(doc: Document, clause: Span, clauses: list[Span]) -> str | None:
    """Status of the rule in `clause`: its own, else that of the clauses before it in the sentence, nearest first."""
    for span in (clause, *reversed([c for c in clauses if c.start < clause.start])):
        if status := status_in(doc, span.start, span.end):
            return status
        if EXEMPT.search(doc.folded[span.start : span.end]):
            return None
    return None


def home_words(doc: Document) -> str:
    """A pattern for the insured place: the general words and the page's own region by its name without 市 or 省."""
    general = ["参保地", "参保市", "参保区县", "参保县", "本市", "我市", "本州", "我州", "本省", "我省", "本地", "市内", "州内", "老家", "统筹区内", "本统筹区", "户籍地", "原籍"]
    if doc.region is not None and doc.region.adcode != "100000":
        name = doc.region.name
        short = re.sub(r"(?:维吾尔|壮族|回族)?自治区$|[^\u4e00-\u9fff]|(?:[\u4e00-\u9fff]{1,4}族)*自治[州县]$|[省市县区盟州]$", "", name)
        general += [name] + ([short] if len(short) > 1 else [])
    return "(?:" + "|".join(sorted(map(re.escape, general), key=len, reverse=True)) + ")"
