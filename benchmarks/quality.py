"""How well the parsers read, as a ratchet: scores of annotated pages against floors that only rise.

In:  the folder of the evaluation kit (make_pages.py, score.py, dev/, real/ with catalog.tsv), and tests/corpus.
     A kit that is not there is said in one line and is no failure: the floors of tests/corpus are kept by the tests.
Out: what differs, one closing table, exit code 1 when a score is below its floor in benchmarks/quality.json, a gate
     (leak, related, …) is above its limit, a site shape costs more than SKIN_COST, or a real page is misjudged.
     --update writes benchmarks/quality.json, kb/quality.yml (the scores of both sets together, which every release
     publishes in v1_quality) and the tables of docs/QUALITY.md. A floor is lowered only with --allow-regression.

Each page is parsed with nothing but its bytes, its address and its file name. The kit's tools run in processes of
their own; their scorer is the only judge. F1 are shares of 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from parsers import PARSER_VERSION, parse  # noqa: E402 - the checkout's own parsers
from parsers.records import FACT_FIELDS, to_json  # noqa: E402

Scores = dict[str, Any]

CORPUS = ROOT / "tests" / "corpus"
FLOORS = Path(__file__).with_name("quality.json")
PUBLISHED = ROOT / "kb" / "quality.yml"
DOCUMENT = ROOT / "docs" / "QUALITY.md"

SETS = {
    "dev": "annotated pages of other publishers, in five site shapes",
    "corpus": "our own invented pages, tests/corpus",
    "together": "both",
}
SKINS = ("gov", "city", "health", "law", "guide")
DRESSES = {**{skin: ("--skin", skin) for skin in SKINS}, "fullwidth": ("--fullwidth",)}
SKIN_COST = 0.01  # the same page in another site shape may cost this much micro-F1

TARGETS: dict[str, dict[str, float]] = {  # what we want to reach; reported, and kept as floors once reached
    "together": {
        "filing_types": 0.95, "channels": 0.93, "materials": 0.93, "steps": 0.90, "deadlines": 0.88,
        "deadlines(lenient)": 0.93, "operations": 0.85, "settlement": 0.80, "benefit_effects": 0.85,
        "exemptions": 0.85, "legal_basis": 0.95, "contacts": 0.95, "faq": 0.90, "macro": 0.90, "main_text": 0.96,
        "region": 1.0, "published": 1.0, "relevance": 1.0, "deadlines.modality": 0.85, "channels.filing_types": 0.85,
        "channels.operations": 0.85, "materials.filing_types": 0.85, "materials.modality": 0.85,
        "materials.alternatives": 0.85, "steps.filing_types": 0.85, "operations.modality": 0.85,
        "settlement.filing_types": 0.85, "benefit_effects.filing_types": 0.85, "benefit_effects.modality": 0.85,
        "exemptions.filing_types": 0.85, "exemptions.modality": 0.85,
    },
    "dev": {"micro": 0.90},
}  # fmt: skip
KEPT = {*TARGETS["together"], "micro", "title"}
"""What has a floor; the other numbers are reported."""
LIMITS = {"leak": 0.0, "related": 0.0, "no_evidence": 0.0, "long_evidence": 0.0, "wrong_evidence": 0.02}
"""Gates: how often at most; wrong_evidence is a share of the matched facts, the others are counts."""

BEGIN, END = "<!-- scores: written by benchmarks/quality.py --update -->", "<!-- end of scores -->"
SHANGHAI = timezone(timedelta(hours=8))


# ---- measuring ------------------------------------------------------------------------------------------
def tool(kit: Path, name: str, *arguments: object) -> str:
    """Runs a tool of the kit; what it prints."""
    command = [sys.executable, str(kit / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"quality: {name} ended with exit code {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def pages_of(kit: Path, gold: Path, out: Path, options: tuple[str, ...]) -> dict[str, tuple[Path, str]]:
    """Builds the pages of a gold folder; name → file and path in the site."""
    tool(kit, "make_pages.py", gold, out, *options)
    paths: dict[str, str] = json.loads((out / "urls.json").read_text("utf-8"))
    return {name: (out / path.lstrip("/"), path) for name, path in paths.items()}


def predict(pages: dict[str, tuple[Path, str]], out: Path) -> None:
    """One JSON per page."""
    out.mkdir(parents=True, exist_ok=True)
    for name, (file, path) in pages.items():
        guide = parse(file.read_bytes(), url=f"http://pages.example{path}", file=file.name)
        (out / f"{name}.json").write_text(json.dumps(to_json(guide), ensure_ascii=False), "utf-8")


def score(kit: Path, gold: Path, predictions: Path) -> Scores:
    scores: Scores = json.loads(tool(kit, "score.py", gold, predictions, "--boot", 0, "--json", "-"))
    return scores


def gold_folders(kit: Path, work: Path) -> dict[str, Path]:
    """Set → folder of its annotations. Pages that exist only as a file (scripts, pictures) come with it."""
    together = work / "gold"
    together.mkdir()
    for folder in (kit / "dev", CORPUS):
        for page in folder.glob("*.json"):
            shutil.copy(page, together)
    return {"dev": kit / "dev", "corpus": CORPUS, "together": together}


def measure(kit: Path, gold: dict[str, Path], work: Path, dress: str | None) -> dict[str, Scores]:
    """The scores of all sets: of the pages as they are, or forced into one dress."""
    predictions = work / f"predictions-{dress}"
    options = DRESSES[dress] if dress else ()
    predict(pages_of(kit, gold["dev"], work / f"dev-{dress}", options), predictions)
    ours = (
        pages_of(kit, CORPUS, work / f"corpus-{dress}", options)
        if dress
        else {page.stem: (page, f"/{page.name}") for page in sorted(CORPUS.glob("*.html"))}
    )
    predict(ours, predictions)
    return {name: score(kit, folder, predictions) for name, folder in gold.items()}


def summary(scores: Scores) -> dict[str, float]:
    """Every number that can have a floor, by the names of TARGETS."""
    found = {field: n["F1"] for field, n in scores["fields"].items() if field != "related_pages"}
    found |= {"micro": scores["micro"]["F1"], "macro": scores["macro_F1"], "main_text": scores["main_text"]["F1"]}
    found |= {name: right / total for name, (right, total) in (scores["meta"] | scores["attrs"]).items() if total}
    return found


def gates(scores: Scores) -> dict[str, float]:
    matched = max(scores["micro"]["tp"], 1)
    return {
        name: n / matched if name == "wrong_evidence" else n for name, n in scores["gates"].items() if name in LIMITS
    }


# ---- real pages -----------------------------------------------------------------------------------------
def plain(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or "")).lower()


def titles_of(printed: str) -> set[str]:
    """What may be the title of a page whose <title> also names its site: any run of its parts."""
    parts = re.split(r"\s*[-_|—–]+\s*", printed)
    return {plain("".join(parts[i:j])) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}


def misread(real: Path) -> Iterator[str]:
    """Real pages that are judged, titled or dated wrongly."""
    with (real / "catalog.tsv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    for row in rows:
        body = (real / row["file"]).read_bytes()
        guide = parse(body, url=row["url"] or None, file=row["file"])
        if guide.relevant != (row["relevant"] == "yes"):
            yield f"{row['file']}: relevant is {guide.relevant}"
        if row["relevant"] != "yes" and guide.facts():
            yield f"{row['file']}: {len(guide.facts())} facts on a page about another subject"
        # either may be the shorter one: the list of titles, too, was cut at its marks
        title, printed = guide.title or "", row["title"]
        if plain(title) not in titles_of(printed) and plain(printed) not in titles_of(title):
            yield f"{row['file']}: title {title!r}, printed {printed!r}"
        stated = re.search(rb"""<meta[^>]*name=["']?PubDate["']?[^>]*content=["'](\d{4}-\d\d-\d\d)""", body, re.I)
        if stated and guide.published != stated[1].decode():
            yield f"{row['file']}: published {guide.published}, PubDate {stated[1].decode()}"


# ---- the ratchet ----------------------------------------------------------------------------------------
def floor(value: float) -> float:
    """A score rounded down to the hundredth."""
    return math.floor(value * 100 + 1e-6) / 100


def below(measured: dict[str, dict[str, float]], floors: dict[str, dict[str, float]]) -> list[str]:
    return [
        f"{name} {key}: {measured[name].get(key, 0):.4f}, floor {least}"
        for name, of_set in floors.items()
        for key, least in of_set.items()
        if measured[name].get(key, 0) + 1e-9 < least
    ]


def raised(
    measured: dict[str, dict[str, float]], floors: dict[str, dict[str, float]], *, lower: bool
) -> dict[str, dict[str, float]]:
    """New floors: what was measured, rounded down; none below an old one unless `lower`."""
    return {
        name: {
            key: floor(value) if lower else max(floor(value), floors.get(name, {}).get(key, 0))
            for key, value in values.items()
            if key in KEPT
        }
        for name, values in measured.items()
    }


def scored(plain_scores: dict[str, Scores], today: str) -> list[dict[str, Any]]:
    """What a release says of its own quality: one row per set and field."""
    rows = []
    for name, scores in plain_scores.items():
        about = {"set": name, "measured_on": today, "parser_version": PARSER_VERSION}
        fields = [(f, scores["fields"][f], scores["fields"][f]["pages"]) for f in FACT_FIELDS if f in scores["fields"]]
        for field, n, pages in [*fields, ("MICRO", scores["micro"], scores["pages"])]:
            numbers = {
                "precision": n["P"],
                "recall": n["R"],
                "f1": n["F1"],
                "support": n["tp"] + n["fn"],
                "pages": pages,
            }
            rows.append({"field": field} | numbers | about)
        mean = {"precision": None, "recall": None, "f1": scores["macro_F1"], "support": None, "pages": scores["pages"]}
        rows.append({"field": "MACRO"} | mean | about)
    return rows


def released(rows: list[dict[str, Any]]) -> str:
    """The text of kb/quality.yml: the scores of both sets together."""
    head = "# Measured quality of extraction on all annotated pages (docs/QUALITY.md); written by benchmarks/quality.py --update\n"
    shown = [{k: v for k, v in row.items() if k != "set"} for row in rows if row["set"] == "together"]
    return head + yaml.safe_dump(shown, sort_keys=False)


def tables(kept: dict[str, Any]) -> str:
    """The tables of docs/QUALITY.md, from benchmarks/quality.json alone."""
    rows = kept["scores"]
    by = {(row["set"], row["field"]): row for row in rows}
    out = [f"Measured on {rows[0]['measured_on']}, parser version {rows[0]['parser_version']}.", ""]
    pages = ", ".join(f"{name}: {by[name, 'MICRO']['pages']}" for name in SETS)
    out += [f"Pages: {pages}. Items are annotated facts that must be found.", ""]
    out += [
        "| field | items | precision | recall | F1 | dev: items | F1 | corpus: items | F1 | aim |",
        "|---|" + "--:|" * 9,
    ]
    for field in [*FACT_FIELDS, "MICRO", "MACRO"]:
        whole = by["together", field]
        cells = [whole["support"], whole["precision"], whole["recall"], whole["f1"]]
        cells += [
            by[name, field][key] if (name, field) in by else None
            for name in ("dev", "corpus")
            for key in ("support", "f1")
        ]
        cells.append(TARGETS["together"].get(field.lower()))
        out.append(
            f"| {field} | {' | '.join('' if c is None else f'{c:.3f}' if isinstance(c, float) else str(c) for c in cells)} |"
        )
    out += ["", "| what | together | aim |", "|---|--:|--:|"]
    numbers = kept["measured"]["together"]
    for key in numbers:
        if key not in FACT_FIELDS and key not in ("micro", "macro"):
            aim = TARGETS["together"].get(key)
            out.append(f"| {key} | {numbers[key]:.3f} | {'' if aim is None else f'{aim:.2f}'} |")
    out += ["", "| gate | together | at most |", "|---|--:|--:|"]
    out += [f"| {key} | {n:g} | {LIMITS[key]:g} |" for key, n in kept["gates"]["together"].items()]
    out += ["", "| micro-F1 in another dress | dev | corpus | together |", "|---|--:|--:|--:|"]
    plain_row = {name: kept["measured"][name]["micro"] for name in SETS}
    out += [
        f"| {dress} | {' | '.join(f'{row[name]:.3f}' for name in ('dev', 'corpus', 'together'))} |"
        for dress, row in {"as it is": plain_row, **kept["dresses"]}.items()
    ]
    return "\n".join(out)


def document(text: str, table: str) -> str:
    """docs/QUALITY.md with its tables replaced."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}"


def show(kept: dict[str, Any], scores: dict[str, Scores]) -> None:
    """The closing table."""
    print(f"{'':30}{'items':>6}  {'dev':>6} {'corpus':>6} {'both':>6} {'floor':>6} {'aim':>6}")
    for key, value in kept["measured"]["together"].items():
        n = scores["together"]["fields"].get(key) or (scores["together"]["micro"] if key == "micro" else None)
        items = (
            n["tp"] + n["fn"]
            if n
            else sum((scores["together"]["meta"] | scores["together"]["attrs"]).get(key, [0])[-1:]) or ""
        )
        row = [kept["measured"][name].get(key) for name in SETS]
        row += [kept["floors"].get("together", {}).get(key), TARGETS["together"].get(key, TARGETS["dev"].get(key))]
        aim = TARGETS["together"].get(key)
        print(
            f"{key:30}{items:>6}  "
            + " ".join(f"{v:6.3f}" if v is not None else " " * 6 for v in row)
            + ("  <" if aim and value < aim else "")
        )
    for dress, row in kept["dresses"].items():
        print(f"{'micro, ' + dress:36}  " + " ".join(f"{row[name]:6.3f}" for name in SETS))
    print("gates: " + ", ".join(f"{name} {n:g}" for name, n in kept["gates"]["together"].items()))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="score annotated pages against floors that only rise")
    parser.add_argument("kit", type=Path, help="folder with make_pages.py, score.py, dev/ and real/")
    parser.add_argument("--update", action="store_true", help="write the scores and raise the floors")
    parser.add_argument("--allow-regression", action="store_true", help="let --update lower floors")
    parser.add_argument("--plain", action="store_true", help="leave out the other site shapes")
    options = parser.parse_args(argv)
    kit = options.kit.resolve()
    if not (kit / "score.py").is_file() or not (kit / "dev").is_dir():
        print(f"quality: no annotated pages at {options.kit}: nothing to score")
        return 0
    if options.update and options.plain:
        parser.error("--update measures everything: it does not go with --plain")
    old = json.loads(FLOORS.read_text("utf-8")) if FLOORS.is_file() else {"floors": {}}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        gold = gold_folders(kit, work)
        scores = measure(kit, gold, work, None)
        dressed = {} if options.plain else {dress: measure(kit, gold, work, dress) for dress in DRESSES}
    measured = {name: summary(of_set) for name, of_set in scores.items()}
    kept = {
        "floors": old["floors"],
        "measured": {name: {k: round(v, 4) for k, v in of_set.items()} for name, of_set in measured.items()},
        "gates": {name: {k: round(v, 4) for k, v in gates(of_set).items()} for name, of_set in scores.items()},
        "dresses": {d: {name: s["micro"]["F1"] for name, s in by.items()} for d, by in dressed.items()},
    }
    wrong = below(measured, old["floors"])
    for name, of_set in kept["gates"].items():
        wrong += [f"{name} {gate}: {n:g}, at most {LIMITS[gate]:g}" for gate, n in of_set.items() if n > LIMITS[gate]]
    for dress, row in kept["dresses"].items():
        cost = {name: measured[name]["micro"] - micro for name, micro in row.items()}
        wrong += [f"{name} as {dress}: micro {-c:+.4f}" for name, c in cost.items() if c > SKIN_COST + 1e-9]
    if (kit / "real" / "catalog.tsv").is_file():
        wrong += [f"real page {line}" for line in misread(kit / "real")]
    sunk = [] if options.allow_regression else below(measured, old["floors"])
    if options.update and not sunk:
        kept["floors"] = raised(measured, old["floors"], lower=options.allow_regression)
        rows = scored(scores, datetime.now(UTC).astimezone(SHANGHAI).date().isoformat())
        kept["scores"] = rows
        FLOORS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        PUBLISHED.write_text(released(rows), "utf-8")
        DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8"), tables(kept)), "utf-8")
    elif options.update:
        wrong.append("not updated: floors would sink; --allow-regression lowers them")
    show(kept, scores)
    for line in wrong:
        print(f"quality: {line}", file=sys.stderr)
    print(f"quality: {'passed' if not wrong else f'{len(wrong)} faults'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
