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


_FILERS = re.compile(r"(?<!未)(?<!不)(?<!没)(?<!需)(?<!申请)(?<!办理)备案的(?:,|:|$|人员|参保|患者|可|应|在|报销|支付|、|或|降|下|先|按|比|减)|办理(?:了|过|好)?[^,未]{0,10}备案的(?:,|$)")


_LATE = re.compile(
    r"(?:出院|结算|结账|结帐)[^,。]{0,6}前[^,。未没]{0,20}(?:备案|登记|补|备上|备好)|后[^,。]{0,10}(?:可以?|能)?[^,。]{0,6}补(?=,|$|。)|先(?:就医|住院|看病)[^,]{0,2}后备案"
)
_FIRST = re.compile(r"(?:提前|先|预先|及时|按规定|办理|办好|完成|做|办|进行)[^,未不没]{0,24}(?:备案|登记)(?:手续)?$")
_SUBJECT_END = re.compile(r"(?:的|人员|患者|的话|者)$")


def status_in(doc: Document, start: int, end: int) -> str | None:
    """The last status named in a stretch of text, None where it names none or says that filing is not needed."""
    text = doc.folded[start:end]
    found = "filed" if _FILERS.search(text) else None
    if _LATE.search(text):
        return "made_up"
    for hit in doc.hits("filing_status", start, end):
        before = doc.folded[max(start, hit.start - 12) : hit.start]
        if re.search(r"(?:无需|无须|免|不需要?|不用|不必|不再)[^,]{0,6}$", before) or _UNSURE.search(before):
            continue
        if hit.code in ("filed", "made_up") and re.search(r"(?:未|没有?能?|没能|尚未|不|未能)[^,]{0,3}$", before):
            found = "unfiled"
        else:
            found = hit.code
    if found == "filed" and EXEMPT.search(text):
        return None
    return found


def status_of(doc: Document, clause: Span, clauses: list[Span]) -> str | None:
    """Status of the rule in `clause`: its own, else that of the clauses before it in the sentence, nearest first."""
    for span in (clause, *reversed([c for c in clauses if c.start < clause.start])):
        text = doc.folded[span.start : span.end]
        if status := status_in(doc, span.start, span.end):
            return status
        if EXEMPT.search(text):
            return None
        if text.startswith("否则"):
            return "unfiled"
        if span is not clause and _FIRST.search(text):
            return "filed"
        if span is not clause and _SUBJECT_END.search(text):
            return None  # another subject begins here
    return None


def status_above(doc: Document, block: int) -> str | None:
    """Status that table heads or the blocks above give (2. 未备案的情况): nearest first. The page's title gives none."""
    own = doc.blocks[block]
    for head in (own.row_head, own.col_head, *list(doc.above(block))[:3]):
        if head is None:
            continue
        start, end = doc.blocks[head].start, doc.blocks[head].end
        if end - start <= 60 and (status := status_in(doc, start, end)):
            return status
    return None


def geo_of(doc: Document, clause: Span, clauses: list[Span]) -> str | None:
    """Geographic scope of a rule: its clause, the clauses before it, table heads, blocks above."""
    block = doc.blocks[clause.block]
    spans = [(clause.start, clause.end), *((c.start, c.end) for c in reversed(clauses) if c.start < clause.start)]
    spans += [(doc.blocks[h].start, doc.blocks[h].end) for h in (block.row_head, block.col_head) if h is not None]
    spans += [(doc.blocks[p].start, min(doc.blocks[p].end, doc.blocks[p].start + 60)) for p in doc.above(clause.block)]
    for start, end in spans:
        codes = [hit.code for hit in doc.hits("geo_scope", start, end) if hit.code not in ("any", "intra_city")]
        if codes:
            return codes[-1] if len(set(codes)) == 1 else None
    return None


def home_words(doc: Document) -> str:
    """A pattern for the insured place: the general words and the page's own region by its name without 市 or 省."""
    general = ["参保地", "参保市", "参保区县", "参保县", "本市", "我市", "本州", "我州", "本省", "我省", "本地", "市内", "州内", "老家", "统筹区内", "本统筹区", "户籍地", "原籍"]
    general_patterns = [r"[\u4e00-\u9fff]{2,3}[市州](?=同级|同等|相应级)"]
    if doc.region is not None and doc.region.adcode != "100000":
        name = doc.region.name
        short = re.sub(r"(?:维吾尔|壮族|回族)?自治区$|[^\u4e00-\u9fff]|(?:[\u4e00-\u9fff]{1,4}族)*自治[州县]$|[省市县区盟州]$", "", name)
        general += [name] + ([short] if len(short) > 1 else [])
        initial = rf"|(?<=[返回]){re.escape(short[0])}" if short else ""
    else:
        initial = ""
    return "(?:" + "|".join(sorted(map(re.escape, general), key=len, reverse=True) + general_patterns) + initial + ")"
