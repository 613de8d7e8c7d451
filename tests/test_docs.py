"""README and docs against the code: every command, table, column, canned query and address they name exists, every
one that exists is explained, and the outputs they show are the real ones."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb import schema

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]
README = (ROOT / "README.md").read_text("utf-8")
ALL = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)


def shell_lines() -> list[str]:
    """The command lines of all fenced blocks of sh, bash or no language, comments cut off."""
    blocks = re.findall(r"^```(?:sh|bash|)\n(.*?)^```", ALL, re.M | re.S)
    lines = [
        re.sub(r"\s+#.*$", "", line).strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()
    ]
    return [line.removeprefix("$ ") for line in lines if line]


def commands() -> dict[str, Any]:
    """The commands of `yidi` by name, groups with a space: {'crawl': …, 'archive stats': …}."""
    from typer.main import get_command

    from kb.cli import app

    def walk(command: Any, prefix: str) -> dict[str, Any]:
        found = {}
        for name, sub in getattr(command, "commands", {}).items():
            if getattr(sub, "commands", None):
                found |= walk(sub, f"{prefix}{name} ")
            else:
                found[f"{prefix}{name}"] = sub
        return found

    return walk(get_command(app), "")


def metadata() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yml").read_text("utf-8"))
    return loaded["databases"]["yidi"]  # type: ignore[no-any-return]


def test_links_between_documents_lead_somewhere() -> None:
    links = [(d, target) for d in DOCUMENTS for target in re.findall(r"\]\(([^)\s]+)\)", d.read_text("utf-8"))]
    local = [(d, target.partition("#")[0]) for d, target in links if not re.match(r"https?:|#|mailto:", target)]
    dead = [f"{d.name}: {target}" for d, target in local if not (d.parent / target).exists()]
    assert dead == []


def test_make_targets_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    lines = [line.removeprefix("make ") for line in shell_lines() if line.startswith("make ")]
    named = {word for line in lines for word in line.split() if "=" not in word}
    named |= set(re.findall(r"`make ([a-z-]+)", ALL))
    assert named
    assert named <= targets


def test_yidi_commands_that_are_named_exist() -> None:
    names = set(commands())
    groups = {name.partition(" ")[0] for name in names}
    lines = [line for line in shell_lines() if line.startswith("yidi ")]
    lines += re.findall(r"`(yidi [a-z][^`]*)`", ALL)
    assert lines
    unknown = [line for line in lines if shlex.split(line)[1] not in groups]
    assert unknown == []


def test_options_that_are_named_exist() -> None:
    known = commands()
    wrong = []
    for line in [
        *(line for line in shell_lines() if line.startswith("yidi ")),
        *re.findall(r"`(yidi [a-z][^`]*)`", ALL),
    ]:
        words = re.sub(r"[\[\]|]", " ", line).split()
        command = known.get(" ".join(words[1:3])) or known.get(words[1])
        if command is None:
            continue
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        wrong += [f"{line}: {word}" for word in words[2:] if word.startswith("--") and word not in options | {"--help"}]
    assert wrong == []


def test_every_yidi_command_is_explained() -> None:
    unexplained = [name for name in commands() if not re.search(rf"yidi {re.escape(name)}\b", ALL)]
    assert unexplained == []


def test_every_table_and_column_is_described_to_readers() -> None:
    """Datasette shows metadata.yml beside the data: Chinese title and description of each table, each column's meaning."""
    described = metadata()["tables"]
    missing = []
    for name, table in schema.tables().items():
        entry = described.get(name) or {}
        text = f"{entry.get('title', '')}{entry.get('description', '')}{entry.get('description_html', '')}"
        if not re.search(r"[\u4e00-\u9fff]", text):
            missing.append(name)
        missing += [f"{name}.{column}" for column in table.names if not (entry.get("columns") or {}).get(column)]
    assert missing == []


def test_every_table_and_column_is_in_the_data_model() -> None:
    document = (ROOT / "docs" / "DATA_MODEL.md").read_text("utf-8")
    missing = [name for name in schema.tables() if not re.search(rf"\b{name}\b", document)]
    columns = {column for table in schema.tables().values() for column in table.names}
    missing += [column for column in sorted(columns) if not re.search(rf"\b{column}\b", document)]
    assert missing == []


def test_metadata_describes_nothing_that_is_not_there() -> None:
    tables = schema.tables()
    described = metadata()["tables"]
    extra = [name for name in described if name not in tables]
    extra += [
        f"{name}.{column}"
        for name, entry in described.items()
        if name in tables
        for column in entry.get("columns") or {}
        if column not in tables[name].names
    ]
    assert extra == []


def test_the_twelve_questions_are_explained() -> None:
    queries = metadata()["queries"]
    questions = sorted(name for name in queries if re.match(r"q\d\d_", name))
    assert [name[:3] for name in questions] == [f"q{n:02d}" for n in range(1, 13)]
    for name in questions:
        assert re.search(r"[\u4e00-\u9fff]", queries[name]["title"]), name
        assert queries[name].get("description") or queries[name].get("description_html"), name
        assert name in ALL, f"{name} is in no document"


def test_canned_queries_that_are_named_exist() -> None:
    named = set(re.findall(r"\bq\d\d_[a-z_]+\b", ALL))
    assert named
    assert named <= set(metadata()["queries"])


def test_public_tables_that_are_named_exist() -> None:
    named = set(re.findall(r"\bv1_[a-z_]+\b", ALL))
    assert named
    assert named <= set(schema.tables())


def addresses() -> list[str]:
    quoted = re.findall(r"'http://127\.0\.0\.1:8001(/[^']*)'", ALL)
    return sorted({*quoted, *re.findall(r"(?<!')http://127\.0\.0\.1:8001(/[^\s'\"<>)`]*)", ALL)})


@pytest.mark.parametrize("path", addresses())
def test_addresses_of_the_documents_answer(sample_server: str, path: str) -> None:
    with urllib.request.urlopen(sample_server + path, timeout=30) as answer:
        assert answer.status == 200
        assert answer.read()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"^- `(/[^`{}]*)`", README, re.M))))
def test_pages_of_the_readme_answer(sample_server: str, path: str) -> None:
    with urllib.request.urlopen(sample_server + path, timeout=30) as answer:
        assert answer.status == 200


def examples() -> list[tuple[str, list[dict[str, Any]]]]:
    """The README's questions: a curl line on a JSON address, then a block with the output."""
    found = re.findall(r"```sh\ncurl '(http://127\.0\.0\.1:8001[^']+)'\n```\s+```json\n(.*?)```", README, re.S)
    return [(address.removeprefix("http://127.0.0.1:8001"), json.loads(output)) for address, output in found]


def test_the_readme_answers_three_questions() -> None:
    assert len(examples()) >= 3


@pytest.mark.parametrize(("path", "output"), examples())
def test_outputs_of_the_readme_are_real(sample_server: str, path: str, output: list[dict[str, Any]]) -> None:
    """Each shown row is in the answer, with the shown columns; nothing that is shown was made up."""
    with urllib.request.urlopen(sample_server + path, timeout=30) as answer:
        rows = json.load(answer)
    rows = rows if isinstance(rows, list) else rows["rows"]
    assert output
    for shown in output:
        assert any(all(row.get(key) == value for key, value in shown.items()) for row in rows), shown


def test_unknown_addresses_say_so(sample_server: str) -> None:
    for path, status in (("/region/999999", 404), ("/fact/none", 404), ("/page/none", 404)):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(sample_server + path, timeout=30)
        assert error.value.code == status


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert str(citation["version"]) == project["version"]
    assert citation["license"] == project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
