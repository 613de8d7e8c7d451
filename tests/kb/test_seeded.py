"""Pages of the corpus through three weeks: edits of the markup change nothing, every seeded figure is found."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import Archive, Fetch
from kb import load
from parsers import parse
from parsers.decode import decode
from tests.kb.world import HOURS, WEEKS, rows

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SITE = "http://corpus.example/"
_PARAGRAPH = re.compile(r"<(p|li|td)>(?=[^<]*[\u4e00-\u9fff])")


def cosmetic(text: str) -> str:
    """Another class, white space, a comment and a wrapper in every paragraph; a banner and a counter around the page."""
    text = _PARAGRAPH.sub(r"<\1 class='x'>\n  <!-- printed anew --><span>", text)
    for tag in ("p", "li", "td"):
        text = re.sub(rf"(<{tag} class='x'>(?:(?!<{tag}[ >]).)*?)</{tag}>", rf"\1</span>\n</{tag}>", text, flags=re.S)
    return text.replace("</body>", "<div class='footer'>浏览次数：10086</div></body>")


@dataclass(frozen=True, slots=True)
class Seed:
    """A page with one figure changed, and the change that this is."""

    text: str
    event: str
    topic: str
    figure: str


def seeded(text: str) -> Seed | None:
    """None where no figure of a period stands alone. Where the page gives the old figure in another sentence too, that
    one still holds, and the new one has appeared beside it."""
    for fact in parse(text.encode()).deadlines:
        quote = fact.evidence[0].quote
        found = re.search(r"\d+", fact.raw or "")
        said_once = len(fact.evidence) == 1 and text.count(quote) == 1
        if found is None or fact.amount is None or not said_once or quote.count(found[0]) != 1:
            continue
        figure = str(int(found[0]) + 4)
        changed = text.replace(quote, quote.replace(found[0], figure))
        left = {(d.kind, d.operator, d.amount, d.unit) for d in parse(changed.encode()).deadlines}
        stays = (fact.kind, fact.operator, fact.amount, fact.unit) in left
        return Seed(changed, "appeared" if stays else "value_changed", f"deadlines/{fact.kind}", figure)
    return None


def test_cosmetic_edits_tell_nothing_and_seeded_figures_are_found(tmp_path: Path) -> None:
    pages = {path.stem: decode(path.read_bytes()).text for path in sorted(CORPUS.glob("[ab]_*.html"))}
    pages = {name: re.sub(r"charset=[\"']?[\w-]+", "charset=utf-8", text) for name, text in pages.items()}
    seeds = {name: seed for name, text in pages.items() if (seed := seeded(text)) is not None}
    assert len(seeds) >= 20
    pages = {name: pages[name] for name in seeds}
    edited = {name: cosmetic(text) for name, text in pages.items()}
    changed = {name: cosmetic(seed.text) for name, seed in seeds.items()}
    with Archive(tmp_path / "archive.db") as archive:
        for week, bodies in zip(WEEKS, (pages, edited, changed), strict=False):
            archive.begin_run(week)
            archive.begin_source(week, "corpus", json.dumps({"id": "corpus", "start": [SITE]}))
            for name, text in bodies.items():
                at = {"run": week, "fetched_at": f"{HOURS[week]}T02:00:00Z"}
                archive.record(Fetch(**at, source="corpus", url=SITE + name, outcome="ok", status=200), text.encode())
            archive.finish_source(week, "corpus", status="ok", reason=None, pages=len(bodies), failures=0)
            archive.finish_run(week, complete=True)
    base = tmp_path / "kb.db"
    load.build([tmp_path / "archive.db"], base)
    sql = "SELECT replace(url, ?, ''), event, topic_key, after FROM v1_changes WHERE run = ?"
    assert rows(base, sql, SITE, WEEKS[1]) == []
    told = rows(base, sql, SITE, WEEKS[2])
    assert [row for row in told if seeds[row[0]].figure not in (row[3] or "")] == []  # nothing but what was seeded
    assert {row[:3] for row in told} >= {(name, seed.event, seed.topic) for name, seed in seeds.items()}
