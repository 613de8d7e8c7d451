"""The same content in another dress gives the same facts: every page of the corpus under every transformation.

Pages that a transformation makes ambiguous to a person, too, are listed in metamorphic_exceptions.yml with the reason;
an exception that is none any more fails. Every page under every transformation is what `--exhaustive` asks for (`make
test-all`); otherwise each transformation sees a quarter of the pages, another one each.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from parsers import parse
from parsers.records import Guide, to_json
from parsers.vocab import RegionRow, load_regions
from tests.metamorphic import RETOLD, SAME, SITES, Tree, elsewhere, main_block, modern

HERE = Path(__file__).parent
PAGES = sorted((HERE / "corpus").glob("*.html"))
EXCEPTIONS: dict[str, dict[str, str]] = yaml.safe_load((HERE / "metamorphic_exceptions.yml").read_text("utf-8")) or {}
PART = 4
"""One page of so many is seen by a transformation in a run that is not exhaustive."""
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
Values = Counter[str]
Choice = Callable[[str], list[Path]]


def plain(text: str) -> str:
    """Text without what the transformations may change: width, white space."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text)).lower()


@cache
def html_of(path: Path) -> str:
    """A page as text, its own charset declared away."""
    body = path.read_bytes()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("gb18030")
    return re.sub(r"charset=[\"']?(?:gb2312|gbk|gb18030)", "charset=utf-8", text, flags=re.I)


@cache
def tree_of(path: Path) -> Tree:
    """The annotated blocks of a page."""
    annotation = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return annotation["page"] | {"published": annotation["published"]}  # type: ignore[no-any-return]


@cache
def as_it_is(path: Path) -> Guide:
    return parse(html_of(path).encode())


@cache
def rebuilt(path: Path) -> Guide:
    return parse(modern(tree_of(path)).encode())


def values(guide: Guide, without: frozenset[str] = frozenset()) -> Values:
    """What a guide states, without wording and place: a multiset of comparable strings."""
    found: Values = Counter()
    for name, fact in guide.facts():
        value: dict[str, Any] = {
            k: v
            for k, v in to_json(fact).items()
            if k not in _NOT_VALUE and k not in without and v not in (None, [], "", False)
        }
        found[f"{name} {plain(str(sorted(value.items())))}"] += 1
    return found


def about(guide: Guide) -> dict[str, Any]:
    """What a guide says of the page as a whole."""
    return {
        "region": guide.region and guide.region.adcode,
        "published": guide.published,
        "relevant": guide.relevant,
    }


def annotated(path: Path) -> dict[str, list[Any]]:
    """What the annotation accepts for the page as a whole: better than before is right, too."""
    gold = json.loads(path.with_suffix(".json").read_text("utf-8"))
    region = [gold["region"] and gold["region"]["adcode"], *gold.get("accept_region", [])]
    return {"region": region, "published": [gold["published"]], "relevant": [gold["relevant"]]}


def differences(path: Path, before: Guide, after: Guide, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Facts lost and new; region, date and relevance that are neither those of before nor the annotated ones."""
    lost = values(before, without) - values(after, without)
    new = values(after, without) - values(before, without)
    if lost or new:
        yield f"lost {sorted(lost)}, new {sorted(new)}"
    was, now, right = about(before), about(after), annotated(path)
    yield from (f"{name} {was[name]} → {now[name]}" for name in was if now[name] not in (was[name], *right[name]))


def shingles(text: str) -> Counter[str]:
    joined = plain(text)
    return Counter(joined[i : i + 4] for i in range(max(1, len(joined) - 3)))


def likeness(before: str, after: str) -> float:
    """F1 of character 4-grams."""
    a, b = shingles(before), shingles(after)
    return 2 * (a & b).total() / max(1, a.total() + b.total())


@pytest.fixture
def pages_of(request: pytest.FixtureRequest) -> Callable[[str], list[Path]]:
    """The pages that a transformation is tried on, its exceptions among them."""
    whole = request.config.getoption("exhaustive")

    def chosen(change: str) -> list[Path]:
        named = EXCEPTIONS.get(change, {})
        return [p for p in PAGES if whole or p.stem in named or zlib.crc32(f"{change} {p.stem}".encode()) % PART == 0]

    return chosen


def judge(change: str, found: dict[str, list[str]]) -> None:
    """Fails where pages differ that are no exception, and where an exception differs no more."""
    known = EXCEPTIONS.get(change, {})
    wrong = [f"{page}: {line}" for page, lines in found.items() if page not in known for line in lines]
    wrong += [f"{page}: no exception any more" for page in known if not found.get(page)]
    assert not wrong, "\n".join(wrong)


def ids(name: str) -> str:
    return name.replace(" ", "-")


@pytest.mark.parametrize("change", SAME, ids=ids)
def test_a_change_of_dress_changes_no_fact(change: str, pages_of: Choice) -> None:
    """Facts, region, date and relevance are those of the page as it was, and so is the main text."""
    found = {}
    for path in pages_of(change):
        before, after = as_it_is(path), parse(SAME[change](html_of(path)).encode())
        found[path.stem] = list(differences(path, before, after))
        if (alike := likeness(before.main_text, after.main_text)) < 0.98:
            found[path.stem].append(f"main text F1 {alike:.3f}")
    judge(change, found)


@cache
def article_of(path: Path) -> str | None:
    return main_block(html_of(path), tree_of(path))


@cache
def head_of(path: Path) -> Tree:
    """The tree of a page under what the page itself was read to say above its article: no more, no less."""
    read = as_it_is(path)
    head = {"title": read.title or "", "publisher": read.publisher, "published": read.published}
    shown = re.search(r"<title[^>]*>(.*?)</title>", html_of(path), re.S | re.I)
    return tree_of(path) | head | {"breadcrumb": list(read.breadcrumb), "tab": shown and unescape(shown[1].strip())}


@cache
def parse_modern(path: Path) -> Guide:
    return parse(modern(head_of(path), article_of(path)).encode())


@pytest.mark.parametrize("site", SITES, ids=ids)
def test_another_site_gives_the_same_facts(site: str, pages_of: Choice) -> None:
    """The article with its own markup in three very different templates, cards of other pages beside it."""
    found, pages = {}, pages_of(site)
    for path in pages:
        article = article_of(path)
        if article is None:
            continue
        before = as_it_is(path) if site == "modern" else parse_modern(path)
        after = parse(SITES[site](head_of(path), article).encode())
        found[path.stem] = list(differences(path, before, after))
        if (alike := likeness(before.main_text, after.main_text)) < 0.98:
            found[path.stem].append(f"main text F1 {alike:.3f}")
    assert len(found) >= len(pages) - 3
    judge(site, found)


@pytest.mark.parametrize("change", RETOLD, ids=ids)
def test_another_way_of_telling_gives_the_same_facts(change: str, pages_of: Choice) -> None:
    """Numbers, lists and the order of sections are form, not content."""
    found, changed = {}, 0
    for path in pages_of(change):
        tree = tree_of(path)
        retold = RETOLD[change](tree)
        if retold["blocks"] != tree["blocks"]:
            changed += 1
            found[path.stem] = list(differences(path, rebuilt(path), parse(modern(retold).encode()), frozenset({"a"})))
    assert changed >= 1, "a transformation that changes next to nothing proves nothing"
    judge(change, found)


def successor(row: RegionRow, siblings: list[RegionRow], text: str) -> RegionRow | None:
    """The next division of the same kind under the same parent that the page does not name."""
    after = sorted(siblings, key=lambda r: (r.adcode <= row.adcode, r.adcode))
    return next(
        (r for r in after if r.name[-1] == row.name[-1] and r.short_name not in text and len(r.short_name) > 1), None
    )


def other_names(adcode: str, text: str) -> tuple[str, dict[str, str]] | None:
    """Another adcode, and names of the page's region (and of places below it) → names there. None = no other."""
    rows = {r.adcode: r for r in load_regions() if r.valid_to is None}
    here = rows.get(adcode)
    if here is None or here.level == "country":
        return None
    there = successor(here, [r for r in rows.values() if r.parent_adcode == here.parent_adcode], text)
    if there is None:
        return None
    names = {here.name: there.name, here.short_name: there.short_name}
    for short, other in ((here.short_name, there.short_name), (here.short_name[0], there.short_name[0])):
        names |= {f"{back}{short}": f"{back}{other}" for back in "返回来"}  # 返泉州就医, 返泉就医
    taken: set[str] = set()
    for below in (r for r in rows.values() if r.parent_adcode == adcode and r.name in text):
        children = [r for r in rows.values() if r.parent_adcode == there.adcode and r.adcode not in taken]
        child = successor(below, children, text)
        if child is None:
            return None
        taken.add(child.adcode)
        names.setdefault(below.name, child.name)
        if len(below.short_name) > 1:
            names.setdefault(below.short_name, child.short_name)
    return there.adcode, names


def unlisted(found: Values) -> Values:
    """Without the codes of channels: the list of known ones holds some names of places and not others."""
    return Counter({re.sub(r"^(channels \[)\(code,\w+\),", r"\1", value): n for value, n in found.items()})


def test_another_region_changes_the_region_alone(pages_of: Choice) -> None:
    """The same rules under the name of a neighbour: every fact is the same, but for the name."""
    found, changed = {}, 0
    for path in pages_of("another region"):
        tree, before = tree_of(path), rebuilt(path)
        text = json.dumps(tree, ensure_ascii=False)
        other = other_names(before.region.adcode, text) if before.region else None
        if other is None:
            continue
        adcode, names = other
        changed += 1
        after = parse(modern(elsewhere(tree, names)).encode())
        pattern = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
        expected: Values = Counter()
        for value, n in unlisted(values(before)).items():
            expected[pattern.sub(lambda m, names=names: names[m[0]], value)] += n
        lost, new = expected - unlisted(values(after)), unlisted(values(after)) - expected
        found[path.stem] = [f"lost {sorted(lost)}, new {sorted(new)}"] if lost or new else []
        if about(after)["region"] != adcode:
            found[path.stem].append(f"region {about(before)['region']} → {about(after)['region']}, not {adcode}")
    assert changed >= 10
    judge("another region", found)


def test_gb18030_bytes_give_the_same_guide(pages_of: Choice) -> None:
    """The same page in the encoding of half of China's sites."""
    for path in pages_of("gb18030"):
        gb = parse(html_of(path).replace("charset=utf-8", "charset=gb2312").encode("gb18030"))
        assert values(as_it_is(path)) == values(gb), path.stem
        assert as_it_is(path).main_text == gb.main_text, path.stem
