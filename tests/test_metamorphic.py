"""The same content in another dress gives the same facts: every page of the corpus under every transformation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from parsers import parse
from parsers.records import Guide, to_json
from tests.metamorphic import SAME

PAGES = sorted((Path(__file__).parent / "corpus").glob("*.html"))
_LOOSE = re.compile(r"[\s\u200b“”\"'‘’]+")
_NOT_VALUE = {
    "evidence",
    "rule",
    "condition",
    "text",
    "raw",
    "label",
    "definition",
    "holder",
    "requirement",
    "issuer",
    "order",
    "hours",
    "valid_from",
}


def plain(text: str) -> str:
    """Text without what the transformations may change: width, white space."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text)).lower()


def html_of(path: Path) -> str:
    """A page as text, its own charset declared away."""
    body = path.read_bytes()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("gb18030")
    return re.sub(r"charset=[\"']?(?:gb2312|gbk|gb18030)", "charset=utf-8", text, flags=re.I)


def values(guide: Guide) -> Counter[str]:
    """What a guide states, without wording and place: a multiset of comparable strings."""
    found: Counter[str] = Counter()
    for name, fact in guide.facts():
        value: dict[str, Any] = {
            k: v for k, v in to_json(fact).items() if k not in _NOT_VALUE and v not in (None, [], "", False)
        }
        found[f"{name} {plain(str(sorted(value.items())))}"] += 1
    return found


@pytest.mark.parametrize("change", SAME, ids=lambda name: name.replace(" ", "-"))
def test_a_change_of_dress_changes_no_fact(change: str) -> None:
    """Facts, region, date and title are those of the page as it was."""
    differences = []
    for path in PAGES:
        html = html_of(path)
        before, after = parse(html.encode()), parse(SAME[change](html).encode())
        lost, new = values(before) - values(after), values(after) - values(before)
        if lost or new:
            differences.append(f"{path.stem}: lost {sorted(lost)}, new {sorted(new)}")
        for name, was, now in (
            ("region", before.region and before.region.adcode, after.region and after.region.adcode),
            ("published", before.published, after.published),
            ("relevant", before.relevant, after.relevant),
        ):
            if was != now:
                differences.append(f"{path.stem}: {name} {was} → {now}")
    assert not differences, "\n".join(differences)


def test_gb18030_bytes_give_the_same_guide() -> None:
    """The same page in the encoding of half of China's sites."""
    for path in PAGES:
        html = html_of(path)
        utf8, gb = parse(html.encode()), parse(html.replace("charset=utf-8", "charset=gb2312").encode("gb18030"))
        assert values(utf8) == values(gb), path.stem
        assert utf8.main_text == gb.main_text, path.stem
