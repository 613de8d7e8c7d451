"""Feeds damaged pages to the parsers for a while, and looks for what must never happen.

In:  the sample pages and tests/corpus, cut, spliced, re-encoded and littered with markup by a seeded generator.
Out: pages tried per second on stdout. A page on which `parse` raises, gives a quote that is not at its place, gives a
     fact without a quote, or takes longer than the limit is kept under data/fuzz/ and ends the program with code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from parsers import parse  # noqa: E402 - the checkout's own parsers, before any installed ones

SLOW_S = 5.0
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


DAMAGES: Sequence[Callable[[bytes, random.Random], bytes]] = (cut, splice, splice, flip, recode, double)


def fault(body: bytes, content_type: str | None) -> str | None:
    """What is wrong with the reading of these bytes; None = nothing."""
    started = time.perf_counter()
    try:
        guide = parse(body, url="http://fuzz.example/a.html", content_type=content_type)
    except Exception:  # noqa: BLE001 - any exception at all is what we look for
        return traceback.format_exc()
    if (took := time.perf_counter() - started) > SLOW_S:
        return f"took {took:.1f} s for {len(body)} bytes"
    for field, fact in guide.facts():
        if not fact.evidence:
            return f"{field}: a fact without a quote: {fact}"
        for evidence in fact.evidence:
            if not evidence.quote.strip() or guide.main_text[evidence.start : evidence.end] != evidence.quote:
                return f"{field}: the quote is not at its place: {evidence}"
    return None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="feed damaged pages to the parsers")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    folders = (ROOT / "examples" / "site", ROOT / "tests" / "corpus")
    files = [f for folder in folders for f in sorted(folder.rglob("*")) if f.suffix in (".html", ".shtm", ".htm")]
    seeds = [file.read_bytes() for file in files]
    dice = random.Random(options.seed)  # noqa: S311 - repeatable, no secret
    started, tried = time.monotonic(), 0
    while time.monotonic() - started < options.seconds:
        body = dice.choice(seeds)
        for _ in range(dice.randrange(1, 5)):
            body = dice.choice(DAMAGES)(body, dice) or b" "
        wrong = fault(body, dice.choice(CONTENT_TYPES))
        tried += 1
        if wrong:
            kept = ROOT / "data" / "fuzz" / f"{hashlib.sha256(body).hexdigest()[:16]}.html"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(body)
            print(f"fuzz: {wrong}\nfuzz: kept as {kept}", file=sys.stderr)
            return 1
    rate = tried / (time.monotonic() - started)
    print(f"fuzz: {tried} damaged pages, {rate:.0f} a second, seed {options.seed}: no fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
