"""/openapi.json against live answers: whatever it allows is answered as it says, and never with an error of the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kb.test_site import Get, base, database, get  # noqa: F401 - fixtures

EXAMPLES = os.environ.get("YIDI_EXAMPLES") or "4"
"""Requests per operation; 100 and more are for a run by itself."""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_answers_are_as_described(sample_server: str, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("st")), "run", f"{sample_server}/openapi.json", "--checks", CHECKS, "--phases", "fuzzing",
        "--max-examples", EXAMPLES, "--workers", "1", "--no-color", "--generation-deterministic", "--warnings", "off",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:]
    assert "Tested: 4" in done.stdout, done.stdout[-2000:]  # forty and more operations


ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (ROOT / "docs" / "API.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.M | re.S)


@pytest.mark.parametrize("address", re.findall(r"curl '([^']+)'", DOCUMENT))
def test_examples_with_curl_answer(get: Get, address: str) -> None:  # noqa: F811
    answer = get(address.removeprefix("http://127.0.0.1:8001"))
    if ".json" in address:
        data = answer.json()
        assert data.get("rows", True), "an example without rows teaches nothing"
        assert data.get("truncated") is not True


@pytest.mark.parametrize("code", blocks("python"))
def test_examples_in_python_run(sample_server: str, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code.replace("http://127.0.0.1:8001", sample_server)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("code", blocks("js"))
@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not needed for anything else here")
def test_examples_in_javascript_run(sample_server: str, code: str) -> None:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", code.replace("http://127.0.0.1:8001", sample_server)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
