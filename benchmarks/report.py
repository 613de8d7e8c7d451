"""benchmarks/performance.json → the tables of docs/PERFORMANCE.md and its drawings (SVG).

In:  figures of parts (benchmarks/bench.py --keep). Out: the file of figures, the tables between the markers of
docs/PERFORMANCE.md, docs/img/performance-*.svg. Equal figures give equal bytes; a test compares what is checked in.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "benchmarks" / "performance.json"
PAGE = ROOT / "docs" / "PERFORMANCE.md"
IMAGES = ROOT / "docs" / "img"

STEPS = ("build", "check", "release")
COLOURS = ("#1f6f8b", "#c8553d", "#6b8f3c", "#7a5195", "#8a8a8a")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 300, 64, 46, 34, 16


def load(path: Path = FIGURES) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def keep(part: str, figures: dict[str, Any], path: Path = FIGURES) -> None:
    """Put the figures of a part in the place of older ones. Sizes of archives that were not measured anew stay."""
    held = load(path)
    if part == "scale":
        old = {row["pages"]: row for row in held.get("scale", {}).get("sizes", [])}
        new = old | {row["pages"]: row | {"machine": figures["machine"]} for row in figures["sizes"]}
        figures = held.get("scale", {}) | figures | {"sizes": [new[pages] for pages in sorted(new)]}
    held[part] = figures
    path.write_text(json.dumps(dict(sorted(held.items())), ensure_ascii=False, indent=1) + "\n", "utf-8")


# -- tables ----------------------------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are numbers."""
    lines = [" | ".join(head), " | ".join(["---", *["---:"] * (len(head) - 1)]), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def machine(about: dict[str, Any]) -> str:
    return (
        f"Measured on {about['cores']} cores of {about['cpu']}, {about['memory_gb']} GB, Python {about['python']},"
        f" load at the start {about['load_at_start']}."
    )


def parsing(figures: dict[str, Any]) -> str:
    parts = [machine(figures["machine"])]
    for group in figures["sets"]:
        rows = [
            (r["method"], f"{r['ms_per_page']['median']:.2f}", f"{r['pages_s']:,.0f}", f"{r['times_base']['median']:.2f} ×"
             if r["times_base"] else "")
            for r in group["rows"]
        ]  # fmt: skip
        parts += [
            f"**{group['set']}, {group['group']}**: {group['pages']} pages of {group['kb_per_page']:.0f} KB",
            table(("method", "ms of processor per page", "pages/s, one core", f"of {figures['base']}"), rows),
        ]
    return "\n\n".join(parts)


def startup(figures: dict[str, Any]) -> str:
    rows = [
        (f"`{c['command']}`", f"{c['wall_s']['min']:.2f}", f"{c['wall_s']['median']:.2f}", f"{c['cpu_s']['median']:.2f}",
         f"< {c['limit_s']}")
        for c in figures["commands"]
    ]  # fmt: skip
    head = ("command", "s wall, best", "s wall, median", "s processor, median", "asked for")
    return f"{machine(figures['machine'])}\n\n{table(head, rows)}"


def scale(figures: dict[str, Any]) -> str:
    rows = []
    for size in figures["sizes"]:
        for step in (s for s in STEPS if s in size):
            c = size[step]
            rows.append(
                (f"{size['pages']:,} pages, {step}", f"{c['even_ms_per_page']:.1f}", f"{c['cpu_ms_per_page']:.1f}",
                 f"{c['cpu_s']:,.0f}",
                 f"{c['wall_s']:,.0f}", f"{c['process_mb']:.0f}", f"{c['sum_mb']:.0f}")
            )  # fmt: skip
    head = (
        "archive and step", "ms of processor per page, at even speed", "as measured", "s processor", "s wall",
        "MB, largest process", "MB, all together"
    )  # fmt: skip
    parts = [machine(figures["machine"]), table(head, rows)]
    stored = [
        (
            f"{s['pages']:,} pages",
            f"{s['archive_mb']:,.0f}",
            f"{s.get('base_mb', 0):,.0f}",
            f"{s.get('release_mb', 0):,.0f}",
        )
        for s in figures["sizes"]
    ]
    parts.append(table(("on disk", "MB archive", "MB base", "MB release with all files"), stored))
    if "processes" in figures:
        p = figures["processes"]
        parts.append(
            f"Two processes beside one, {p['pages']:,} pages, wall time in turn: {p['two_pages_s']['median']:.0f} and"
            f" {p['one_pages_s']['median']:.0f} pages/s, × {p['ratio']['median']:.2f} (least {p['ratio']['min']:.2f},"
            f" most {p['ratio']['max']:.2f}; load of the machine {p['load']}). Two builds at once, each in one process and of"
            f" its own: × {p['apart_ratio']['median']:.2f}, which is what this machine gave meanwhile."
        )
    return "\n\n".join(parts)


KINDS = {
    "front": "front page", "region": "region", "compare": "comparison", "question": "question", "proof": "proof, fact",
    "search": "search", "english": "the largest pages, in English",
    "html table": "table, as a page", "html row": "row, as a page", "html query": "query, as a page",
    "row": "row, JSON", "table": "table, JSON", "filtered": "filtered table, JSON", "faceted": "table with facets, JSON",
    "query": "canned query, JSON", "feed": "Atom feeds", "other": "about, list of tables, OpenAPI, site map",
}  # fmt: skip
"""Kinds of addresses of benchmarks/bench_site.py, in the order of the table."""


def site(figures: dict[str, Any]) -> str:
    kinds: dict[str, list[dict[str, Any]]] = {name: [] for name in KINDS}
    for result in figures["results"]:
        kinds[result["kind"]].append(result)
    rows = []
    for name, found in kinds.items():
        if found:
            sql = [r["sql"]["median_ms"] for r in found if r["sql"]]
            ratios = [r["ratio"] for r in found if r["ratio"]]
            rows.append(
                (KINDS[name], str(len(found)), f"{statistics.median(r['ours']['median_ms'] for r in found):.0f}",
                 f"{max(r['ours']['p95_ms'] for r in found):.0f}", f"{max(r['ours']['cpu_p95_ms'] for r in found):.0f}",
                 f"{statistics.median(sql):.1f}" if sql else "", f"{statistics.median(ratios):.2f} ×" if ratios else "")
            )  # fmt: skip
    head = (
        "address",
        "of them",
        "ms, median",
        "ms, p95 of the slowest",
        "ms of processor, the same",
        "ms, SQL alone",
        "of plain Datasette",
    )
    slow = sum(r["ours"]["p95_ms"] > figures["limit_ms"] for r in figures["results"])
    facets = sum(bool(r["facets_timed_out"]) for r in figures["results"])
    told = (
        f"A base of {figures['facts']:,} facts ({figures['bytes'] / 1e6:,.0f} MB), {figures['rounds']} rounds: {len(figures['results'])}"
        f" addresses, {slow} of them over {figures['limit_ms']:g} ms at the 95th percentile, {facets} with facets that timed out; the"
        f" server held {figures['peak_mb']} MB at most."
    )
    return f"{machine(figures['machine'])}\n\n{told}\n\n{table(head, rows)}"


TABLES = {"parsing": parsing, "startup": startup, "scale": scale, "site": site}


# -- drawings --------------------------------------------------------------------------------------------------------


def _svg(title: str, parts: Sequence[str], height: int = HEIGHT) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif"'
        f' font-size="12">\n<title>{escape(title)}</title>\n<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="20" font-size="14" fill="#222">{escape(title)}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def lines(title: str, unit: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """Lines over numbers of pages (logarithmic); the other axis begins at 0."""
    xs = sorted({x for points in series.values() for x, _ in points})
    top = max((y for points in series.values() for _, y in points), default=1) * 1.15 or 1
    low, high = math.log10(xs[0]), math.log10(xs[-1])

    def at(x: float, y: float) -> tuple[float, float]:
        share = (math.log10(x) - low) / (high - low) if high > low else 0.5
        return (
            round(LEFT + share * (WIDTH - LEFT - RIGHT - 150), 1),
            round(HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP), 1),
        )

    parts = []
    for n in range(5):
        _, y = at(xs[0], top * n / 4)
        parts += [
            f'<line x1="{LEFT}" x2="{WIDTH - 150}" y1="{y}" y2="{y}" stroke="#ddd"/>',
            f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end" fill="#444">{top * n / 4:,.0f}</text>',
        ]
    for x in xs:
        parts.append(f'<text x="{at(x, 0)[0]}" y="{HEIGHT - 26}" text-anchor="middle" fill="#444">{x:,.0f}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}" fill="#444">pages of the archive; {escape(unit)}</text>')
    for n, (name, points) in enumerate(series.items()):
        colour = COLOURS[n % len(COLOURS)]
        places = [at(x, y) for x, y in points]
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x},{y}" for x, y in places)}"/>'
        )
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
        parts.append(f'<text x="{WIDTH - 142}" y="{TOP + 20 + 18 * n}" fill="{colour}">{escape(name)}</text>')
    return _svg(title, parts)


def bars(title: str, rows: Sequence[tuple[str, float]], unit: str) -> str:
    """Bars on a logarithmic scale, with their values."""
    least = min((value for _, value in rows), default=1) / 2
    most = max((value for _, value in rows), default=1)
    width = WIDTH - 330
    parts = []
    for n, (name, value) in enumerate(rows):
        y = TOP + 4 + 22 * n
        length = round(width * math.log(value / least) / math.log(most / least), 1)
        colour = COLOURS[0] if name.startswith("yidi") else COLOURS[-1]
        parts += [
            f'<text x="238" y="{y + 12}" text-anchor="end" fill="#222">{escape(name)}</text>',
            f'<rect x="246" y="{y}" width="{length}" height="16" fill="{colour}"/>',
            f'<text x="{252 + length}" y="{y + 12}" fill="#222">{value:,.2f}{escape(unit)}</text>',
        ]
    return _svg(title, parts, TOP + 22 * len(rows) + 14)


def drawings(held: dict[str, Any]) -> dict[str, str]:
    """File name → SVG."""
    found = {}
    if "parsing" in held:
        for group in held["parsing"]["sets"]:
            rows = [(r["method"], r["times_base"]["median"]) for r in group["rows"] if r["times_base"]]
            name = f"performance-{group['set']}-{group['group'].split()[0]}.svg"
            title = f"Pages per second beside {held['parsing']['base']}: {group['set']}, {group['group']}"
            found[name] = bars(title, rows, " ×")
    if "scale" in held:
        sizes = held["scale"]["sizes"]
        cost = {s: [(r["pages"], r[s]["even_ms_per_page"]) for r in sizes if s in r] for s in STEPS}
        found["performance-cost.svg"] = lines(
            "Cost per page over the size of the archive", "ms of processor at even speed", cost
        )
        memory = {
            f"{s}, {label}": [(r["pages"], r[s][key]) for r in sizes if s in r]
            for s, label, key in (
                ("build", "one process", "process_mb"), ("build", "all", "sum_mb"), ("check", "", "process_mb"),
                ("release", "", "process_mb"),
            )
        }  # fmt: skip
        memory = {name.removesuffix(", "): points for name, points in memory.items()}
        found["performance-memory.svg"] = lines("Memory over the size of the archive", "MB at most", memory)
    return found


def page(text: str, held: dict[str, Any]) -> str:
    """The page with the tables of the figures between its markers."""
    for name, made in TABLES.items():
        if name in held:
            marks = re.compile(rf"(<!-- figures: {name} -->\n).*?(\n<!-- end -->)", re.S)
            tables = made(held[name])
            text, found = marks.subn(lambda m, t=tables: f"{m[1]}\n{t}\n{m[2]}", text)
            if found != 1:
                raise ValueError(f"{PAGE.name}: there must be one place for the figures of {name}, there are {found}")
    return text


def write() -> None:
    held = load()
    PAGE.write_text(page(PAGE.read_text("utf-8"), held), "utf-8")
    for name, drawing in drawings(held).items():
        (IMAGES / name).write_text(drawing, "utf-8")


if __name__ == "__main__":
    write()
    sys.exit(0)
