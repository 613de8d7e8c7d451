"""Single phrases against what they mean: how many of a file of cases the parsers read exactly.

In:  a JSON file {"cases": [{"field", "text", "expect": [...]}]}. An expectation gives some keys of a fact of that
     field (or only its code); `optional` may be missing, `note` is a remark.
Out: the cases that fail, per field how many pass, and one closing line. Exit code 1 below --least; a file that is not
     there is said in one line and is no failure.

Each text is read as a small page of its own, its lines as paragraphs, under a title that says nothing but the
subject. A case passes when every expectation is met by a fact of its own, on the keys it gives, and no other fact of
the field comes out.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from parsers import parse  # noqa: E402 - the checkout's own parsers
from parsers.records import to_json  # noqa: E402

TITLE = "基本医疗保险异地就医"
LEAST = 0.95
Item = dict[str, Any]

RENAMED = {"canonical": "document_id"}
REMARKS = {"note", "optional"}


def read(text: str, field: str) -> list[Item]:
    """The facts of one field that the text gives."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines())
    page = f"<html><head><meta charset=utf-8><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{lines}</body></html>"
    items: list[Item] = to_json(getattr(parse(page.encode()), field))
    return items


def value(item: Item, key: str) -> Any:
    """What a fact says under a key of the cases; a few of them are put together from keys of the fact."""
    if key == "one_of":  # members of which one is enough; the first may be the entry itself
        return [item["code"], *item["examples"]]
    if key == "materials":  # an exemption is kept per paper
        return [item["material_code"]]
    if key == "amount" and item.get("operator") == "lte" and item["amount"] is None:
        return item["max"]
    return item.get(RENAMED.get(key, key))


def comparable(said: Any) -> Any:
    if isinstance(said, list):
        return sorted(set(map(str, said)))
    return float(said) if isinstance(said, int) and not isinstance(said, bool) else said


def meets(item: Item, wanted: Item) -> bool:
    return all(
        comparable(value(item, key)) == comparable(expected) for key, expected in wanted.items() if key not in REMARKS
    )


def merged(items: list[Item], expect: list[Item]) -> list[Item]:
    """Exemptions of several papers as one, where a case names them together."""
    named = next((e["materials"] for e in expect if "materials" in e), None)
    if named is None:
        return items
    of_papers = [i for i in items if i.get("material_code") in named]
    rest = [i for i in items if i not in of_papers]
    found = sorted({i["material_code"] for i in of_papers})
    return [*rest, of_papers[0] | {"material_code": None, "papers": found}] if of_papers else rest


def failures(case: Item) -> list[str]:
    """What is missing and what is too much; empty = the case passes."""
    expect: list[Item] = [{"code": e} if isinstance(e, str) else e for e in case["expect"]]
    left = read(case["text"], case["field"])
    if any("materials" in e for e in expect):
        left = merged(left, expect)
        expect = [{("papers" if k == "materials" else k): v for k, v in e.items()} for e in expect]
    missing = []
    for wanted in sorted(expect, key=lambda e: (e.get("optional", False), -len(e))):
        match = next((item for item in left if meets(item, wanted)), None)
        if match is not None:
            left.remove(match)
        elif not wanted.get("optional"):
            missing.append(wanted)
    say = [f"missing {json.dumps(wanted, ensure_ascii=False)}" for wanted in missing]
    return say + [f"too much {json.dumps(shown(item), ensure_ascii=False)}" for item in left]


def shown(item: Item) -> Item:
    said = {k: v for k, v in item.items() if v not in (None, [], "", False) and k != "evidence"}
    return said | {"quote": [e["quote"] for e in item["evidence"]]}


def run(path: Path) -> tuple[Counter[str], Counter[str], list[tuple[Item, list[str]]]]:
    """Per field the cases and the cases that pass, and what is wrong with the others."""
    cases: list[Item] = json.loads(path.read_text("utf-8"))["cases"]
    wrong = [(case, said) for case in cases if (said := failures(case))]
    total = Counter(case["field"] for case in cases)
    return total, total - Counter(case["field"] for case, _ in wrong), wrong


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="read single phrases and compare with what they mean")
    parser.add_argument("file", type=Path)
    parser.add_argument("--least", type=float, default=LEAST, help="share of the cases that must pass")
    options = parser.parse_args(argv)
    if not options.file.is_file():
        print(f"phrases: no cases at {options.file}: nothing to read")
        return 0
    total, passed, wrong = run(options.file)
    for case, said in wrong:
        print(f"{case['field']}: {case['text']}")
        for line in said:
            print(f"    {line}")
    for field in total:
        print(f"{field:18}{passed[field]:4} of {total[field]}")
    share = passed.total() / max(total.total(), 1)
    print(f"phrases: {passed.total()} of {total.total()} pass ({share:.1%}, must be {options.least:.0%})")
    return 0 if share >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
