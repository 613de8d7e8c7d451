"""A server under attack: every request ends in time, its memory stays small, a normal reader is still served.

On the release of the sample run, and (`make test-all`) on a base of 20,000 facts, where the same attacks have more to
work with. The server is a process of its own; what it held in memory is read from /proc.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from benchmarks import enlarge
from benchmarks.bench_site import free_port
from tests.kb.attacks import ATTACKS, BOMBS, FLOODS, PEEPS

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_MEMORY = 300_000_000
MOST_SECONDS = 2.5
FACTS = 20_000


_LARGE = pytest.param("large", marks=pytest.mark.browser)
on_a_large_base = pytest.mark.parametrize("server", [_LARGE], indirect=True)
on_both = pytest.mark.parametrize("server", ["sample", _LARGE], indirect=True)


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, sample_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """A server of its own: its address and process id."""
    database = sample_data / "releases" / "latest" / "yidi.db"
    if request.param == "large":
        folder = tmp_path_factory.mktemp("large")
        enlarge.enlarge(sample_data / "kb.db", folder / "kb.db", FACTS)
        database = enlarge.published(folder / "kb.db", folder)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "kb.cli", "serve", str(database), "--port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None
            try:
                urllib.request.urlopen(f"{address}/robots.txt", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


def ask(address: str) -> tuple[int, float, bytes]:
    """Status, seconds and beginning of the answer to one request; all of the body is read."""
    started = time.monotonic()
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            status, body = answer.status, answer.read(1 << 20)
            while answer.read(1 << 20):
                pass
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    return status, time.monotonic() - started, body


def in_memory(pid: int, what: str) -> int:
    """Bytes that a process holds in memory (VmRSS), or held at most (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(what))


def query(sql: str) -> str:
    return f"/yidi.json?sql={quote(sql)}"


@on_a_large_base
def test_attacks_one_by_one_end_in_time(server: tuple[str, int]) -> None:
    address, _ = server
    slow, wrong = [], []
    for path, expected in (
        *((query(sql), {400}) for sql in ATTACKS),
        *((path, {200, 400}) for path in (*map(query, BOMBS), *FLOODS)),
    ):
        status, seconds, body = ask(address + path)
        if status not in expected:
            wrong.append((status, path[:200], body[:200]))
        if seconds > MOST_SECONDS:
            slow.append((round(seconds, 1), path[:200]))
    assert wrong == []
    assert slow == []


@on_both
@pytest.mark.parametrize("sql", PEEPS)
def test_the_inside_is_not_told(server: tuple[str, int], sql: str) -> None:
    address, _ = server
    status, _, body = ask(address + query(sql))
    assert status == 400 or b'"rows": []' in body, f"{status} {body[:300]!r}"


@on_both
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_many_attacks_at_once_leave_room_for_a_reader(server: tuple[str, int]) -> None:
    address, pid = server
    paths = [query(sql) for sql in (*ATTACKS, *BOMBS)] + FLOODS
    waited: list[float] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            status, seconds, _ = ask(f"{address}/region/130500")
            assert status == 200
            waited.append(seconds)

    with ThreadPoolExecutor(8) as pool:
        reader = pool.submit(read)
        statuses = {r.result()[0] for r in [pool.submit(ask, address + path) for path in paths]}
        over.set()
        reader.result()
    assert statuses <= {200, 400}
    assert len(waited) >= 3
    assert statistics.median(waited) < 10, "a reader waited too long"
    assert ask(f"{address}/region/130500")[0] == 200
    assert in_memory(pid, "VmHWM") < MOST_MEMORY, f"held {in_memory(pid, 'VmHWM') / 1e6:.0f} MB"
