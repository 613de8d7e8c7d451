"""Measure the parsers on annotated pages: predict every page, run the scorer that lies beside the gold folder.

In: a folder of gold JSON with make_pages.py and score.py in its parent. Out: the scorer's table on stdout, its exit
code; with a base, the measured numbers per field in its table `quality`. The tools run as they are, in processes of
their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import parsers
from kb.base import BaseError, insert_rows, open_base
from parsers.records import FACT_FIELDS, to_json


def evaluate(gold: Path, base: Path | None = None) -> int:
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
        if base is not None and numbers.is_file():
            keep(json.loads(numbers.read_text("utf-8")), base)
    return code


def _run(arguments: list[str], folder: Path, *, stop: bool = True) -> int:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, check=False)  # noqa: S603 - the scorer's own tools
    if stop and done.returncode:
        raise BaseError(f"{Path(arguments[0]).name} ended with exit code {done.returncode}")
    return done.returncode


def keep(numbers: dict[str, Any], base: Path) -> None:
    """Write the scorer's numbers per field to `quality` of the base; those of a field measured before are replaced."""
    today = datetime.now(UTC).date().isoformat()
    rows = []
    for field, n in {**numbers["fields"], "MICRO": numbers["micro"]}.items():
        if field == "MICRO" or field in FACT_FIELDS:  # the scorer also counts what is no field of the Guide
            support = n["tp"] + n["fn"]
            pages = n.get("pages", numbers["pages"])
            rows.append((field, n["P"], n["R"], n["F1"], support, pages, today, parsers.PARSER_VERSION))
    rows.append(("MACRO", None, None, numbers["macro_F1"], None, numbers["pages"], today, parsers.PARSER_VERSION))
    db = open_base(base)
    with db:
        db.execute("DELETE FROM quality")
        insert_rows(db, "quality", sorted(rows))
    db.close()
