"""Feeds damaged pages to the parsers for a while, and looks for what must never happen.

In:  the sample pages and tests/corpus, cut, spliced, re-encoded, buried deep in elements and littered with markup by a
     seeded generator.
Out: pages tried per second on stdout. A page on which `parse` raises, gives a quote that is not at its place, a fact
     without a quote, no text without an Issue, or takes more time or memory than the limits is kept under data/fuzz/
     and ends the program with code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from parsers import parse  # noqa: E402 - the checkout's own parsers, before any installed ones

SLOW_S = 2.0
"""CPU time of one page: the clock on the wall measures what else the machine does."""
LARGE_MB = 300
"""By how much one page may raise the peak of the process."""
MARKUP = [
    *(b"<table><tr><td>", b"</p >", b"<p>" * 300, b"<div>" * 300, b"</div></body></html>", b"<!--", b"<![CDATA["),
    *(b"<script>", b"&#x110000;", b"&nbsp;" * 50, b"<meta charset=utf-16>", b"<base href=//x>"),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x81"),
]
WORDS = [
    *("入院后3日内", "不" * 200, "（" * 100, "1、" * 200, "第99999999999999条", "9" * 400 + "日内备案"),
    *("一百零" * 99 + "个工作日", "\U0001f600\u202e\ufeff"),
]
LITTER = [*MARKUP, *(word.encode() for word in WORDS)]
CONTENT_TYPES = (None, "text/html", "text/html; charset=gb2312", "text/html; charset=nonsense")
CODECS = ("utf-8", "gb18030", "big5", "utf-16", "latin-1", "shift_jis")


def cut(body: bytes, dice: random.Random) -> bytes:
    start, end = sorted(dice.randrange(len(body) + 1) for _ in range(2))
    return body[:start] + body[end:] if dice.random() < 0.7 else body[start:end]


def splice(body: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(body) + 1)
    return body[:place] + dice.choice(LITTER) + body[place:]


def flip(body: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(dice.randrange(1, 40)):
        if damaged:
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def recode(body: bytes, dice: random.Random) -> bytes:
    return body.decode(dice.choice(CODECS), "replace").encode(dice.choice(CODECS), "replace")


def double(body: bytes, dice: random.Random) -> bytes:
    return (body * 2)[: dice.randrange(len(body), len(body) * 2 + 1)] if len(body) < 200_000 else body


def bury(body: bytes, dice: random.Random) -> bytes:
    element = dice.choice((b"div", b"table><tr><td", b"ul><li", b"b", b"span", b"section"))
    return b"<" + (element + b"><") * dice.choice((50, 250, 260, 1000, 4000)) + element + b">" + body


DAMAGES: Sequence[Callable[[bytes, random.Random], bytes]] = (
    cut,
    cut,
    splice,
    splice,
    flip,
    flip,
    recode,
    recode,
    double,
    bury,
)


def peak_mb() -> float:
    """The most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def fault(body: bytes, content_type: str | None) -> str | None:
    """What is wrong with the reading of these bytes; None = nothing."""
    before, started = peak_mb(), time.process_time()
    try:
        guide = parse(body, url="http://fuzz.example/a.html", content_type=content_type)
    except Exception:  # noqa: BLE001 - any exception at all is what we look for
        return traceback.format_exc()
    if (took := time.process_time() - started) > SLOW_S:
        return f"took {took:.1f} s for {len(body)} bytes"
    if (more := peak_mb() - before) > LARGE_MB:
        return f"took {more:.0f} MB for {len(body)} bytes"
    if broken := [issue.detail for issue in guide.issues if issue.code == "parser_error"]:
        return f"a reader failed: {broken}"
    if not guide.main_text.strip() and not guide.issues:
        return "no text, and no Issue that says why"
    for field, fact in guide.facts():
        if not fact.evidence:
            return f"{field}: a fact without a quote: {fact}"
        for evidence in fact.evidence:
            if not evidence.quote.strip() or guide.main_text[evidence.start : evidence.end] != evidence.quote:
                return f"{field}: the quote is not at its place: {evidence}"
    return None


def seeds() -> list[bytes]:
    """The pages that are damaged."""
    folders = (ROOT / "examples" / "site", ROOT / "tests" / "corpus")
    files = [f for folder in folders for f in sorted(folder.rglob("*")) if f.suffix in (".html", ".shtm", ".htm")]
    return [file.read_bytes() for file in files]


def damaged(seed: int) -> Iterator[tuple[bytes, str | None]]:
    """Damaged pages without end, the same for the same seed: bytes and what the server says they are."""
    dice, pages = random.Random(seed), seeds()  # noqa: S311 - repeatable, no secret
    while True:
        body = dice.choice(pages)
        for _ in range(dice.randrange(1, 5)):
            body = dice.choice(DAMAGES)(body, dice) or b" "
        yield body, dice.choice(CONTENT_TYPES)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="feed damaged pages to the parsers")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    started = time.monotonic()
    for body, content_type in islice(damaged(options.seed), options.pages):
        if wrong := fault(body, content_type):
            kept = ROOT / "data" / "fuzz" / f"{hashlib.sha256(body).hexdigest()[:16]}.html"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(body)
            print(f"fuzz: {wrong}\nfuzz: kept as {kept}", file=sys.stderr)
            return 1
    rate = options.pages / max(time.monotonic() - started, 1e-9)
    print(f"fuzz: {options.pages} damaged pages, {rate:.0f} a second, seed {options.seed}: no fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
