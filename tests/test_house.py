"""The rules of the house, proven on the tree: who may import whom, what must not be written, what must lie there."""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from crawler.sources import load_sources
from scripts.serve_site import serving

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("crawler", "parsers", "kb")

# package -> what its modules must not import. `kb` may import both others: data flows one way.
FORBIDDEN_IMPORTS = {
    "crawler": {"parsers", "kb"},
    "parsers": {
        *("crawler", "kb", "scrapy", "twisted", "sqlite3", "sqlite_utils", "datasette"),
        *("socket", "http", "requests", "httpx", "aiohttp", "ssl", "asyncio", "subprocess", "time", "random"),
    },
    "kb": set(),
}


def tracked() -> list[Path]:
    """The files that would be published: git's list, or in an unpacked archive everything but the working folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    working = {".venv", ".git", "data", "__pycache__"}
    return [file for file in ROOT.rglob("*") if file.is_file() and not working & set(file.relative_to(ROOT).parts)]


def imports(tree: ast.AST) -> set[str]:
    """The top-level names of everything that a module imports, wherever in the module it does."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide who imports whom"
            names.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if function in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
                names.add(str(node.args[0].value).partition(".")[0])
    return names


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_import_rules(package: str) -> None:
    files = modules(package)
    assert files
    broken = {
        str(file.relative_to(ROOT)): sorted(found)
        for file in files
        if (found := imports(ast.parse(file.read_text("utf-8"))) & FORBIDDEN_IMPORTS[package])
    }
    assert broken == {}


def test_import_rules_see_a_breach() -> None:
    assert imports(ast.parse("def f():\n    from parsers.guide import parse\n")) == {"parsers"}
    assert imports(ast.parse("import_module('crawler.archive')")) == {"crawler"}


@pytest.mark.parametrize("package", PACKAGES)
def test_parsers_know_no_clock(package: str) -> None:
    """Who asks what day it is answers differently tomorrow: the crawler has one clock, kb counts from the run's end."""
    asks = re.compile(r"\b(?:datetime\.(?:datetime\.)?(?:now|today|utcnow)|date\.today|time\.time)\(")
    # evaluate.py notes the day of a measurement, which is made on a day and not in a run
    allowed = {"crawler": {"clock.py"}, "parsers": set(), "kb": {"evaluate.py"}}[package]
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in modules(package)
        if file.name not in allowed
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if asks.search(line)
    ]
    assert found == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in modules(package)
        if file.stat().st_size and not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert silent == []


def test_no_exception_is_swallowed() -> None:
    """An `except` whose whole body is `pass` hides what went wrong."""
    silent = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for package in PACKAGES
        for file in modules(package)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(part, ast.Pass) for part in node.body)
    ]
    assert silent == []


# Put together from pieces, so that this file does not contain them.
MACHINE_WORDS = [
    "/" + "work/",
    "/" + "root/",
    "/home" + "/",
    "pypi" + ".org",
    "python" + "hosted",
    "registry." + "npmjs",
    "go" + "proxy",
    "--index" + "-url",
    "--extra-index" + "-url",
]


def test_nothing_of_this_machine_is_written_down() -> None:
    """No path of the machine it was written on and no registry host: a clone anywhere, behind any mirror, must work."""
    found = []
    for file in tracked():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # bytes on purpose: images, GB18030 pages
        text = text.replace("--no-emit-index" + "-url", "")
        found += [f"{file.relative_to(ROOT)}: {word}" for word in MACHINE_WORDS if word in text]
    assert found == []


def test_lock_files_pin_everything_with_hashes() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8"))
        entries = [entry for entry in entries if entry and not entry.startswith("#")]
        assert len(entries) > 40
        assert [e.splitlines()[0] for e in entries if not re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+", e)] == []
        assert [e.splitlines()[0] for e in entries if "--hash=sha256:" not in e] == []


def test_lock_files_hold_the_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locks = {name: (ROOT / name).read_text("utf-8").lower() for name in ("requirements.lock", "requirements-test.lock")}
    core = project["project"]["dependencies"]
    groups = project["dependency-groups"]["test"] + project["dependency-groups"]["browser"]

    def missing(requirements: list[str], lock: str) -> list[str]:
        bare = [re.sub(r"[^A-Za-z0-9._-].*", "", item) for item in requirements]
        names = [re.sub(r"[_.]+", "-", name).lower() for name in bare]
        return [name for name in names if not re.search(rf"^{re.escape(name)}(\[[\w,-]+\])?==", lock, re.M)]

    assert missing(core, locks["requirements.lock"]) == []
    assert missing(core + groups, locks["requirements-test.lock"]) == []


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    asked = ["help", "setup", "run", "test", "test-all", "lint", "eval", "bench", "refresh", "fuzz"]
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.M)[1].split())  # type: ignore[index]
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^  make ([a-z-]+) ", printed, re.M))
    assert set(asked) <= listed
    assert targets - listed == {"debian"}  # a helper of test-all, not a command


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    text = script.read_text("utf-8")
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "make lint test-all" in text
    assert "make eval" in text


def test_scrapy_finds_the_settings() -> None:
    config = configparser.ConfigParser()
    assert config.read(ROOT / "scrapy.cfg")
    assert config["settings"]["default"] == "crawler.settings"


@pytest.mark.parametrize("folder", ["crawler/sources", "examples/sources"])
def test_source_files_load(folder: str) -> None:
    sources = load_sources(ROOT / folder)
    assert sources
    for source in sources:
        assert source.via is None, "`via` is added where a source is served, never shipped"


def test_examples_cover_what_they_promise() -> None:
    """Five shapes, GB18030 bytes under a gb2312 declaration, links into disallowed folders, and the sample marked."""
    site = ROOT / "examples" / "site"
    robots = (site / "robots.txt").read_text("utf-8")
    closed = re.findall(r"^Disallow: (\S+)", robots, re.M)
    pages = [page for page in site.rglob("*") if re.fullmatch(r"(art_)?\d{4}\.s?html?|\d{4}\.shtm", page.name)]
    assert len(pages) >= 14
    assert {page.relative_to(site).parts[0] for page in pages} == {"bureau", "city", "health", "law", "guide"}
    unmarked = []
    for page in pages:
        body = page.read_bytes()
        text = body.decode("gb18030" if page.suffix == ".shtm" else "utf-8")
        if "样例、未经核实" not in text:
            unmarked.append(page.name)
        if page.suffix == ".shtm":
            assert b"charset=gb2312" in body
    assert unmarked == []
    linked = {
        prefix
        for page in site.rglob("*")
        if page.suffix in (".html", ".shtm")
        for prefix in closed
        if f'href="{prefix}'.encode() in page.read_bytes()
    }
    assert linked == set(closed)


def test_questions_and_metadata_are_yaml() -> None:
    """A slip in a YAML file shows here and not when a server starts."""
    files = [file for file in tracked() if file.suffix in (".yml", ".yaml")]
    assert files
    for file in files:
        assert yaml.safe_load(file.read_text("utf-8")) is not None, file


def test_the_sample_server_tells_nothing_of_the_checkout() -> None:
    """ETags from bytes, 304 to them, no modification times, no charset, no folder lists: the same on every machine."""
    with serving(ROOT / "examples" / "site") as address:
        with urllib.request.urlopen(f"{address}/city/live/", timeout=10) as answer:
            headers, body = answer.headers, answer.read()
        assert body == (ROOT / "examples" / "site" / "city" / "live" / "index.html").read_bytes()
        assert headers["Content-Type"] == "text/html"
        assert headers["Last-Modified"] is None
        again = urllib.request.Request(f"{address}/city/live/", headers={"If-None-Match": headers["ETag"]})
        with pytest.raises(urllib.error.HTTPError) as not_modified:
            urllib.request.urlopen(again, timeout=10)
        assert not_modified.value.code == 304
        for path in ("/bureau/art/", "/none.html"):
            with pytest.raises(urllib.error.HTTPError) as missing:
                urllib.request.urlopen(address + path, timeout=10)
            assert missing.value.code == 404
