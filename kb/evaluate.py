"""Measure the parsers on annotated pages: predict every page, run the scorer that lies beside the gold folder.

In: a folder of gold JSON with make_pages.py and score.py in its parent. Out: the scorer's table on stdout, its exit
code; with `out`, the measured numbers per field as YAML (kb/quality.yml is read at every build). The tools run as they
are, in processes of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

import parsers
from kb.base import SHANGHAI, BaseError
from parsers.records import FACT_FIELDS, to_json

_HEAD = "# Measured quality of extraction on annotated pages; written by: yidi eval GOLD_DIR --write kb/quality.yml\n"


def evaluate(gold: Path, out: Path | None = None) -> int:
    """Predict and score. BaseError where the folder or its tools are missing."""
    gold = gold.resolve()
    tools = gold.parent
    for tool in (gold, tools / "make_pages.py", tools / "score.py"):
        if not tool.exists():
            raise BaseError(f"{tool} is missing; an evaluation needs the gold pages and the tools beside them")
    with tempfile.TemporaryDirectory() as work:
        pages, predictions, numbers = Path(work) / "pages", Path(work) / "pred", Path(work) / "score.json"
        predictions.mkdir()
        _run([str(tools / "make_pages.py"), str(gold), "..", str(pages)], tools)
        for name, path in json.loads((pages / "urls.json").read_text("utf-8")).items():
            file = pages / path.lstrip("/")
            guide = parsers.parse(file.read_bytes(), url=f"http://pages.example{path}", file=str(file))
            text = json.dumps(to_json(guide), ensure_ascii=False)
            (predictions / f"{name}.json").write_text(text, "utf-8")
        code = _run([str(tools / "score.py"), str(gold), str(predictions), "--json", str(numbers)], tools, stop=False)
        if out is not None:
            keep(json.loads(numbers.read_text("utf-8")), out)
    return code


def _run(arguments: list[str], folder: Path, *, stop: bool = True) -> int:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, check=False)  # noqa: S603 - the scorer's own tools
    if stop and done.returncode:
        raise BaseError(f"{Path(arguments[0]).name} ended with exit code {done.returncode}")
    return done.returncode


def keep(numbers: dict[str, Any], out: Path) -> None:
    """Write the scorer's numbers per field as YAML, the form of kb/quality.yml."""
    today = datetime.now(UTC).astimezone(SHANGHAI).date().isoformat()
    measured = {**numbers["fields"], "MICRO": numbers["micro"]}
    rows = [
        {
            "field": field, "precision": n["P"], "recall": n["R"], "f1": n["F1"], "support": n["tp"] + n["fn"],
            "pages": n.get("pages", numbers["pages"]), "measured_on": today, "parser_version": parsers.PARSER_VERSION,
        }
        for field, n in measured.items() if field in (*FACT_FIELDS, "MICRO")
    ]  # fmt: skip
    out.write_text(_HEAD + yaml.safe_dump(rows, sort_keys=False), "utf-8")
