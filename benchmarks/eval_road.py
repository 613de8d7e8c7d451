"""The whole road on annotated pages, over HTTP: serve, crawl, build, check, then score what base and parser say.

In:  the folder of the evaluation kit (make_pages.py, serve.py, score.py, evalform.py and dev/ with the gold pages).
     Absent: one line, exit code 0. Where the kit's scorer is there, tests/corpus is scored with it too.
Out: on stdout what was checked, the scorer's tables, and one closing line. Exit code 1 when a page is not in
     v1_guides, a quote is not at its place in the main text, or a fact was read outside the main text.
     Scores are held by benchmarks/quality.py.

The source files say nothing a parser could lean on: no region, publisher, authority or layout.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
YIDI = Path(sys.executable).with_name("yidi")

# Which links of a site are guide pages or lists, by the kit's way of laying out addresses.
FOLLOW = {
    "gov": r"/{0}/(art|content)/.+\.html$",
    "city": r"/{0}/live/(\d+/)?\d+\.shtm$",
    "health": r"/{0}/news/\d+\.html$",
    "law": r"/{0}/ask/\d+\.html$",
    "guide": r"/{0}/bszn/\d+\.html$",
}
LISTS = r"/{0}/index_\d+\.html$"


def load(kit: Path, name: str) -> ModuleType:
    """A module of the kit, read where it lies and never copied."""
    sys.path.insert(0, str(kit))
    spec = importlib.util.spec_from_file_location(name, kit / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(kit / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def serving(kit: Path, pages: Path) -> Iterator[str]:
    server = load(kit, "serve").make_server(pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_sources(sites: dict[str, Any], address: str, out: Path) -> None:
    """One source file per site of sites.json. JSON is YAML: the strings need no quoting of ours."""
    out.mkdir(parents=True)
    for segment, site in sites.items():
        skin = site["skin"] if site["skin"] in FOLLOW else re.sub(r"\d+$", "", segment)
        source = {
            "id": f"eval-{segment}",
            "name": f"eval {segment}",
            "region": None,
            "start": [address + site["lists"][0]],
            "follow": [FOLLOW[skin].format(segment), LISTS.format(segment)],
            "allow_private": True,
            "delay_s": 0,
        }
        (out / f"{segment}.yml").write_text(json.dumps(source, ensure_ascii=False, indent=1) + "\n", "utf-8")


def run(command: list[str], data: Path) -> None:
    print(f"$ {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)
    code = subprocess.run(command, env=os.environ | {"YIDI_DATA": str(data)}, check=False).returncode
    if code:
        sys.exit(code)


def quotes_of(base: sqlite3.Connection) -> Iterator[tuple[str, str, str, int, int, str]]:
    """Every evidence of the base: page address, fact, quote, start, end, main text."""
    yield from base.execute(
        'SELECT p.url, e.fact_id, e.quote, e.start, e."end", s.main_text FROM evidence e'
        " JOIN snapshots s ON s.id = e.snapshot_id JOIN pages p ON p.id = s.page_id"
    )


def faults(base: sqlite3.Connection, gold: dict[str, Any], paths: dict[str, str], kit: Path) -> list[str]:
    """What must not be: missing pages, quotes that are not at their place, facts from outside the main text."""
    evalform, score = load(kit, "evalform"), load(kit, "score")
    wrong = []
    held = {re.sub(r"^https?://[^/]+", "", url) for (url,) in base.execute("SELECT url FROM v1_guides")}
    wrong += [f"not in v1_guides: {name} ({path})" for name, path in sorted(paths.items()) if path not in held]
    name_of = {path: name for name, path in paths.items()}
    counts = {"quotes": 0, "unverified": 0, "related": 0, "elsewhere": 0}
    for url, fact, quote, start, end, text in quotes_of(base):
        counts["quotes"] += 1
        if text[start:end] != quote:
            counts["unverified"] += 1
            wrong.append(f"quote is not at its place: {url} {fact} {quote!r}")
        name = name_of.get(re.sub(r"^https?://[^/]+", "", url))
        if name is None:
            continue
        page = gold[name]["page"]
        main = evalform.norm(evalform.main_text(gold[name]) + (page.get("title") or ""))
        pieces = [evalform.norm(piece) for piece in re.split(r"[\n\t]|(?<=[：:])", quote) if piece.strip()]
        if evalform.norm(quote) in main or all(p in main or score.strip_num(p) in main for p in pieces):
            continue
        cards = evalform.norm(" ".join(f"{r['title']} {r.get('teaser') or ''}" for r in page.get("related") or []))
        kind = "related" if any(p in cards for p in pieces) else "elsewhere"
        counts[kind] += 1
        wrong.append(f"read outside the main text ({kind}): {url} {fact} {quote!r}")
    if not counts["quotes"]:
        wrong.append("no evidence at all in the base")
    print(
        f"{len(paths)} pages, {len(paths) - sum(w.startswith('not in') for w in wrong)} in v1_guides; "
        f"{counts['quotes']} quotes, {counts['unverified']} unverified, {counts['related']} from related cards, "
        f"{counts['elsewhere']} from elsewhere outside the main text",
        flush=True,
    )
    return wrong


def predict(pages: dict[str, Path], out: Path) -> None:
    """Reads pages with `yidi parse`, as a user would, into one JSON per name."""
    out.mkdir()
    command = [str(YIDI), "parse", *map(str, pages.values())]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True, encoding="utf-8")
    if printed.returncode:
        sys.exit(printed.returncode)
    for name, line in zip(pages, printed.stdout.splitlines(), strict=True):
        (out / f"{name}.json").write_text(line, "utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="crawl, build, check and score annotated pages")
    parser.add_argument("kit", type=Path, help="folder with make_pages.py, score.py and dev/")
    parser.add_argument("--gold", default="dev", help="folder of the gold pages in the kit")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "eval", help="where to work; emptied first")
    options = parser.parse_args(argv)
    kit, work = options.kit.resolve(), options.data.resolve()
    gold_dir = kit / options.gold
    if not (kit / "score.py").is_file() or not gold_dir.is_dir():
        print(f"eval: no annotated pages at {options.kit}: nothing to score")
        return 0
    if work.exists() and not (work / "pages" / "sites.json").is_file():
        parser.error(f"{work} exists and is no evaluation run: not emptied")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    pages = work / "pages"
    run([sys.executable, str(kit / "make_pages.py"), str(gold_dir), str(pages)], work)
    sites = json.loads((pages / "sites.json").read_text("utf-8"))["sites"]
    paths = json.loads((pages / "urls.json").read_text("utf-8"))
    with serving(kit, pages) as address:
        write_sources(sites, address, work / "sources")
        run([str(YIDI), "crawl", "--sources", str(work / "sources")], work)
    run([str(YIDI), "build"], work)
    run([str(YIDI), "check"], work)
    gold = load(kit, "evalform").load_dir(gold_dir)
    base = sqlite3.connect(f"file:{work / 'kb.db'}?mode=ro", uri=True)
    try:
        wrong = faults(base, gold, paths, kit)
    finally:
        base.close()
    run([str(YIDI), "eval", str(gold_dir)], work)
    corpus = ROOT / "tests" / "corpus"
    annotated = [page for page in sorted(corpus.glob("*.html")) if page.with_suffix(".json").exists()]
    predict({page.stem: page for page in annotated}, work / "corpus")
    print(f"\ntests/corpus: {len(annotated)} pages", flush=True)
    run([sys.executable, str(kit / "score.py"), str(corpus), str(work / "corpus")], work)
    for line in wrong:
        print(f"eval: {line}", file=sys.stderr)
    print(f"eval: {'passed' if not wrong else f'{len(wrong)} faults'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
