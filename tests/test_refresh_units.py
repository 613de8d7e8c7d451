"""deploy/ for the weekly refresh: every command, option, setting and file that units, cron line and workflow name exists."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.archive import Archive
from kb.refresh import INTERRUPTED, TO_BE_CONTINUED
from tests.test_docs import commands

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
SERVICE, TIMER, NOTICE = (
    UNITS / name for name in ("yidi-refresh.service", "yidi-refresh.timer", "yidi-notice@.service")
)
CRON, WORKFLOW, SCRIPT = DEPLOY / "cron" / "yidi", DEPLOY / "github-actions.yml", DEPLOY / "notice.sh"
FILES = (SERVICE, TIMER, NOTICE, CRON, WORKFLOW, SCRIPT)


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """A unit file: section → key → values (keys may stand more than once)."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        key, separator, value = line.partition("=")
        assert separator, f"{path.name}: {line}"
        found.setdefault(section, {}).setdefault(key, []).append(value)
    return found


def yidi_calls(text: str) -> list[list[str]]:
    """The words of every call of yidi in a text."""
    calls = re.findall(r"(?:^|[\s/])yidi ((?:refresh|crawl|build|check|release|archive|serve|report)\b[^\n|;&]*)", text)
    return [shlex.split(re.sub(r"\$\{ACCEPT:\+(.*?)\}", r"\1", call), comments=True) for call in calls]


@pytest.mark.parametrize("path", [SERVICE, CRON, WORKFLOW], ids=lambda path: path.name)
def test_commands_and_options_exist(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.strip().startswith("#")]
    calls = [words for line in lines for words in yidi_calls(line)]
    assert ["refresh", "--once"] in [words[:2] for words in calls]
    known = commands()
    for words in calls:
        command = known.get(" ".join(words[:2])) or known.get(words[0])
        assert command is not None, words
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= options, words


def test_settings_that_are_named_are_read() -> None:
    code = "".join(file.read_text("utf-8") for folder in ("crawler", "kb") for file in (ROOT / folder).rglob("*.py"))
    own = {"YIDI_NOTICE", "YIDI_STATE_KEY"}  # of deploy/notice.sh and of the workflow's own steps
    named = {name for path in FILES for name in re.findall(r"YIDI_[A-Z_]+", path.read_text("utf-8"))} - own
    assert {"YIDI_DATA", "YIDI_CONTACT", "YIDI_WINDOW", "YIDI_ON_FAILURE"} <= named
    assert {name for name in named if f'"{name}"' not in code} == set()
    assert "YIDI_NOTICE" in SCRIPT.read_text("utf-8")


def test_units_name_each_other() -> None:
    service, timer, notice = unit(SERVICE), unit(TIMER), unit(NOTICE)
    assert timer["Timer"]["Unit"] == [SERVICE.name]
    assert timer["Install"]["WantedBy"] == ["timers.target"]
    assert timer["Timer"]["Persistent"] == ["true"]
    assert service["Unit"]["OnFailure"] == [NOTICE.name.replace("@", "@%n")]
    assert notice["Service"]["ExecStart"] == [f"/srv/yidi/{SCRIPT.relative_to(ROOT)} %i"]
    assert service["Service"]["SuccessExitStatus"] == [f"{TO_BE_CONTINUED} {INTERRUPTED}"]
    assert service["Service"]["KillSignal"] == ["SIGINT"]
    for found in (service, notice):
        (environment,) = found["Service"]["Environment"]
        assert "YIDI_DATA=/var/lib/yidi" in environment.split()
        assert found["Service"]["WorkingDirectory"] == ["/srv/yidi"]
    assert service["Service"]["StateDirectory"] == ["yidi"]  # systemd makes /var/lib/yidi


def test_files_that_are_named_exist() -> None:
    named = {
        path for file in FILES for path in re.findall(r"/srv/yidi/((?:deploy|docs)/[\w./@-]+)", file.read_text("utf-8"))
    }
    assert named == {"docs/RUNBOOK.md", "deploy/README.md", "deploy/notice.sh"}
    assert all((ROOT / path).is_file() for path in named)
    assert os.access(SCRIPT, os.X_OK)
    readme = (DEPLOY / "README.md").read_text("utf-8")
    assert all(str(path.relative_to(DEPLOY)) in readme for path in FILES)


def test_the_cron_line_has_a_user_and_five_fields() -> None:
    (line,) = [line for line in CRON.read_text("utf-8").splitlines() if re.match(r"[\d*]", line)]
    fields = line.split(None, 6)
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in fields[:5])
    assert fields[5] == "yidi"
    assert "%" not in line  # cron would take it for a new line


def workflow() -> dict[str, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in loaded.items()}  # YAML 1.1 reads `on` as true


def test_the_workflow_keeps_its_state_also_after_a_failure() -> None:
    job = workflow()["jobs"]["refresh"]
    steps = {step.get("name"): step for step in job["steps"]}
    assert steps["Keep the archive, the base and the last release"]["if"] == "always()"
    assert job["timeout-minutes"] < 360
    assert workflow()["defaults"]["run"]["shell"] == "bash"
    assert all("--symmetric" in step["run"] for step in job["steps"] if "gh release upload" in step.get("run", ""))
    codes = re.search(r"case \$status in ([\d|]+)\)", steps["Refresh"]["run"])
    assert codes is not None
    assert set(codes[1].split("|")) == {"124", str(TO_BE_CONTINUED), str(INTERRUPTED)}


def test_the_shell_of_the_workflow_is_shell() -> None:
    for step in workflow()["jobs"]["refresh"]["steps"]:
        if "run" in step:
            done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{step['name']}: {done.stderr}"


def notice(data: Path, command: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "YIDI_DATA": str(data)} | ({"YIDI_NOTICE": command} if command else {})
    return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_the_notice_carries_the_newest_report(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    for age, name in ((100, "2026-W46"), (50, "2026-W47"), (90, "2026-W45")):
        report = tmp_path / "reports" / f"{name}.md"
        report.write_text(f"# yidi {name}\n", "utf-8")
        os.utime(report, (1_800_000_000 - age, 1_800_000_000 - age))
    done = notice(tmp_path, f"cat > {tmp_path}/sent; echo $YIDI_REPORT", "yidi-refresh.service")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path}/reports/2026-W47.md\n"
    sent = (tmp_path / "sent").read_text("utf-8")
    assert sent.startswith("yidi-refresh.service failed on ")
    assert sent.endswith("# yidi 2026-W47\n")


def test_a_notice_without_a_report_is_sent_too(tmp_path: Path) -> None:
    done = notice(tmp_path, "cat", "yidi-refresh.service")
    assert (done.returncode, done.stdout.count("There is no report yet")) == (0, 1)


def test_a_notice_nobody_asked_for_says_so(tmp_path: Path) -> None:
    done = notice(tmp_path, None, "yidi-refresh.service")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "set YIDI_NOTICE" in done.stderr


def test_a_notice_that_fails_fails(tmp_path: Path) -> None:
    assert notice(tmp_path, "cat > /dev/null; exit 7", "yidi-refresh.service").returncode == 7


@pytest.mark.browser
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With the programs in the places of this machine: systemd asks for them."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd is not installed"
    for path in (SERVICE, TIMER, NOTICE):
        text = path.read_text("utf-8").replace("/srv/yidi/.venv/bin/yidi", sys.executable)
        (tmp_path / path.name).write_text(text.replace("/srv/yidi", str(ROOT)), "utf-8")
    files = [str(tmp_path / path.name) for path in (SERVICE, TIMER, NOTICE)]
    done = subprocess.run([program, "verify", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / SERVICE.name).write_text("[Service]\nExecStart=relative/path\n", "utf-8")
    assert subprocess.run([program, "verify", files[0]], capture_output=True, check=False).returncode != 0


GH = """#!/bin/sh
# stands in for GitHub's gh: a release is a folder, an asset a file in it
case "$1 $2" in
"release view") test -d "$ASSETS/$3" ;;
"release create") mkdir -p "$ASSETS/$3" ;;
"release upload") cp "$4" "$ASSETS/$3/" ;;
"release download") cp "$ASSETS/$3/$5" "$7/" ;;
esac
"""


@pytest.mark.browser
def test_the_workflow_brings_its_state_through_the_weeks(tmp_path: Path) -> None:
    """The real steps, with gpg, tar and zstd, twice: encrypted, and the same afterwards."""
    for program in ("gpg", "zstd", "tar"):
        assert shutil.which(program), f"{program} is not installed"
    for folder in ("bin", "assets", "runner", "gnupg"):
        (tmp_path / folder).mkdir(mode=0o700)
    yidi = f'#!/bin/sh\nexec {sys.executable} -m kb.cli "$@"\n'
    for name, text in (("gh", GH), ("yidi", yidi)):
        (tmp_path / "bin" / name).write_text(text, "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    data = tmp_path / "data"
    environment = os.environ | {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "YIDI_DATA": str(data), "KEY": "a long passphrase",
        "RUNNER_TEMP": str(tmp_path / "runner"), "ASSETS": str(tmp_path / "assets"), "GNUPGHOME": str(tmp_path / "gnupg"),
    }  # fmt: skip
    steps = {step.get("name"): step for step in workflow()["jobs"]["refresh"]["steps"]}

    def step(name: str) -> None:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[name]["run"]]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    bring, keep = (
        "Bring back the archive, the base and the last release",
        "Keep the archive, the base and the last release",
    )
    step(bring)  # nothing there yet
    with Archive(data / "archive.db") as store:
        store.begin_run("2026-W47")
    (data / "releases" / "2026-W47" / "csv").mkdir(parents=True)
    for path in ("kb.db", "releases/2026-W47/yidi.db", "releases/2026-W47/csv/v1_steps.csv"):
        (data / path).write_text(path, "utf-8")
    (data / "releases" / "latest").symlink_to("2026-W47")
    for _ in range(2):
        step(keep)
        for file in (tmp_path / "runner").iterdir():
            assert b"2026-W47" not in file.read_bytes()
            file.unlink()
        shutil.rmtree(data)
        step(bring)
        assert (data / "releases" / "latest" / "yidi.db").read_text("utf-8") == "releases/2026-W47/yidi.db"
        assert (data / "kb.db").read_text("utf-8") == "kb.db"
        assert not (data / "releases" / "2026-W47" / "csv").exists()  # bulk files are in the public release
        with Archive(data / "archive.db", read_only=True) as store:
            assert [run.run for run in store.runs()] == ["2026-W47"]
