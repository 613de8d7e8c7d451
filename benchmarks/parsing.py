"""Pages per second of `parse()` beside what others need for less: side by side, in turn, medians of several rounds.

In:  the annotated pages (built by make_pages.py of EVAL where it lies there, else none), the real pages beside them, and
     generated pages (benchmarks/pages.py), which anybody can make. Each set is split by what `parse()` found: a layout
     it knows, or none.
Out: per set and method, milliseconds of processor time per page and pages per second, and how often as fast as
     trafilatura.extract it is. --json FILE keeps the figures. A library that is not installed is left out, and named.

Ours reads bytes and gives all facts with their evidence; the others are handed decoded text and give the main text,
the paragraphs found by a selector, or no more than the tree. Every round takes the methods in another order.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks import pages  # noqa: E402 - the checkout's own code
from benchmarks.measure import machine, spread  # noqa: E402
from parsers import parse  # noqa: E402
from parsers.decode import decode  # noqa: E402

BASE = "trafilatura.extract"
"""The method that ratios are taken to."""

FOUND_BY_CONTENT = "content"
"""`Guide.layout` where no layout was known."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to read: its bytes, and its text for those who do not decode."""

    name: str
    body: bytes
    text: str
    url: str | None = None


def _ours(page: Sheet) -> object:
    return parse(page.body, url=page.url)


def _trafilatura() -> Callable[[Sheet], object]:
    extract = import_module("trafilatura").extract
    return lambda page: extract(page.text)


def _soup() -> Callable[[Sheet], object]:
    soup = import_module("bs4").BeautifulSoup

    def read(page: Sheet) -> object:
        tree = soup(page.text, "lxml")
        return [tree.title and tree.title.get_text(), *(p.get_text(strip=True) for p in tree.select("body p, body li"))]

    return read


def _resiliparse() -> Callable[[Sheet], object]:
    extract = import_module("resiliparse.extract.html2text").extract_plain_text
    return lambda page: extract(page.text, main_content=True)


def _selectolax() -> Callable[[Sheet], object]:
    tree = import_module("selectolax.lexbor").LexborHTMLParser
    return lambda page: tree(page.text)


def _lxml() -> Callable[[Sheet], object]:
    html = import_module("lxml.html")
    utf8 = html.HTMLParser(encoding="utf-8")
    return lambda page: html.document_fromstring(page.text.encode(), parser=utf8)


METHODS: dict[str, Callable[[], Callable[[Sheet], object]]] = {
    "yidi parse(), all facts": lambda: _ours,
    BASE: _trafilatura,
    "BeautifulSoup(lxml) + select": _soup,
    "resiliparse, main text": _resiliparse,
    "selectolax, tree only": _selectolax,
    "lxml, tree only": _lxml,
}


def methods() -> dict[str, Callable[[Sheet], object]]:
    """Those whose library is there."""
    found = {}
    for name, made in METHODS.items():
        try:
            found[name] = made()
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
    return found


def _sheet(path: Path) -> Sheet:
    body = path.read_bytes()
    return Sheet(path.name, body, decode(body).text)


def sets(kit: Path, generated: int) -> Iterator[tuple[str, list[Sheet]]]:
    """The sets of pages by name."""
    if (kit / "make_pages.py").is_file():
        with tempfile.TemporaryDirectory() as work:
            command = [sys.executable, str(kit / "make_pages.py"), str(kit / "dev"), work]
            subprocess.run(command, check=True, capture_output=True)
            places: dict[str, str] = json.loads((Path(work) / "urls.json").read_text("utf-8"))
            yield "annotated", [_sheet(Path(work) / place.lstrip("/")) for place in sorted(places.values())]
    real = sorted((kit / "real").glob("*.html"))
    if real:
        yield "real", [_sheet(path) for path in real]
    made = pages.pages(generated)
    yield "generated", [Sheet(p.url, p.body, decode(p.body).text, p.url) for p in made]


def split(sheets: list[Sheet]) -> dict[str, list[Sheet]]:
    """Pages of a known layout, and the others."""
    groups: dict[str, list[Sheet]] = {"known layout": [], "unknown layout": []}
    for sheet in sheets:
        by_content = parse(sheet.body, url=sheet.url).layout in (None, FOUND_BY_CONTENT)
        groups["unknown layout" if by_content else "known layout"].append(sheet)
    return {name: group for name, group in groups.items() if group}


def compare(sheets: list[Sheet], rounds: int, known: dict[str, Callable[[Sheet], object]]) -> list[dict[str, Any]]:
    """Processor milliseconds per page of every method; ratios are taken within a round."""
    spent: dict[str, list[float]] = {name: [] for name in known}
    for n in range(rounds):
        order = list(known.items())
        for name, read in order[n % len(order) :] + order[: n % len(order)]:
            started = time.process_time()
            for sheet in sheets:
                read(sheet)
            spent[name].append(1000 * (time.process_time() - started) / len(sheets))
    base = spent.get(BASE)
    return [
        {
            "method": name, "ms_per_page": spread(times), "pages_s": round(1000 / spread(times)["median"], 1),
            "times_base": spread([b / t for b, t in zip(base, times, strict=True)]) if base else None,
        }
        for name, times in spent.items()
    ]  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure parse() beside others")
    parser.add_argument(
        "--kit", type=Path, default=ROOT.parent / "shared" / "eval", help="folder of the annotated pages"
    )
    parser.add_argument("--generated", type=int, default=300, help="generated pages")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(argv)
    if options.rounds < 1 or options.generated < 1:
        parser.error("--rounds and --generated are at least 1")
    known = methods()
    found: dict[str, Any] = {"machine": machine(), "base": BASE, "rounds": options.rounds, "sets": []}
    for name, sheets in sets(options.kit, options.generated):
        for group, part in split(sheets).items():
            rows = compare(part, options.rounds, known)
            size = sum(len(sheet.body) for sheet in part) / len(part)
            found["sets"].append(
                {"set": name, "group": group, "pages": len(part), "kb_per_page": round(size / 1000, 1), "rows": rows}
            )
            print(f"\n{name} pages, {group}: {len(part)} pages of {size / 1000:.0f} KB", flush=True)
            for row in rows:
                ratio = f"{row['times_base']['median']:7.2f} ×" if row["times_base"] else ""
                print(
                    f"  {row['method']:30} {row['ms_per_page']['median']:8.2f} ms {row['pages_s']:9.1f} pages/s {ratio}"
                )
    if options.json:
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
