"""What several test modules share: the sample site, crawled, built, checked and released once per session."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.serve_site import serving, write_sources

ROOT = Path(__file__).resolve().parent.parent
YIDI = Path(sys.executable).with_name("yidi")
CLOCK = "1794794400"  # 2026-11-16 10:00 in Shanghai, as in the Makefile
RUN = "2026-W47"

Yidi = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--exhaustive", action="store_true", help="every page under every transformation, not a part")


def run_yidi(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """One `yidi` command in a data folder of its own, at the instant of the sample run."""
    environment = os.environ | {"YIDI_DATA": str(data), "SOURCE_DATE_EPOCH": CLOCK, "PYTHONUTF8": "1"}
    command = [str(YIDI), *arguments]
    return subprocess.run(command, env=environment, cwd=data, capture_output=True, text=True, timeout=300, check=False)


def walk_the_road(data: Path) -> Path:
    """Serves, crawls, builds, checks and releases the sample site in `data`; gives the folder of the release."""
    data.mkdir()
    with serving(ROOT / "examples" / "site") as address:
        write_sources(ROOT / "examples" / "sources", data / "sources", address)
        steps = [run_yidi("crawl", "--sources", str(data / "sources"), data=data)]
    steps += [run_yidi(command, data=data) for command in ("build", "check", "release")]
    for step in steps:
        assert step.returncode == 0, f"{step.args}: {step.stdout}\n{step.stderr}"
    return data / "releases" / RUN


@pytest.fixture(scope="session")
def yidi() -> Yidi:
    """`yidi("build", data=folder)` runs a command and gives what came of it."""
    return run_yidi


@pytest.fixture(scope="session")
def road() -> Callable[[Path], Path]:
    """Walks the whole road in a new folder; gives the folder of the release."""
    return walk_the_road


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the sample run: archive.db, kb.db, releases/2026-W47."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    walk_the_road(folder)
    return folder


@pytest.fixture(scope="session")
def sample_server(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `yidi serve` on the release of the sample run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(YIDI), "serve", "--port", str(port)],
            env=os.environ | {"YIDI_DATA": str(sample_data)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            assert process.poll() is None, f"yidi serve ended at once: {log.read_text('utf-8')}"
            try:
                urllib.request.urlopen(f"{address}/-/versions.json", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        else:
            pytest.fail(f"yidi serve does not answer: {log.read_text('utf-8')}")
        yield address
    finally:
        process.terminate()
        process.wait(20)
