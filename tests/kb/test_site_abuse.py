"""A server under attack: every request ends in time, its memory stays small, a normal reader is still served."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.kb.test_site import ATTACKS, BOMBS

MOST_MEMORY = 300_000_000
MOST_SECONDS = 2.5
FLOODS = [
    "/yidi/v1_steps.json?"
    + "&".join(f"_facet={c}" for c in ("kind", "region", "authority", "source", "adcode", "flow", "ord", "text")),
    "/yidi/v1_deadlines.json?kind__in=" + ",".join(map(str, range(2000))),
    "/yidi/v1_guides.json?main_text__like=" + quote("%" + "%".join("一二三四五六七八九十" * 8) + "%"),
    "/yidi/v1_guides.json?main_text__contains=" + quote("备" * 300),
    "/search?q=" + quote("备案 " * 60),
    "/yidi/v1_steps.json?" + "&".join(f"text__contains={n}" for n in range(100)),
]


@pytest.fixture(scope="module")
def server(sample_data: Path) -> Iterator[tuple[str, int]]:
    """A server of its own: its address and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("yidi")), "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env=os.environ | {"YIDI_DATA": str(sample_data)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            assert process.poll() is None
            try:
                urllib.request.urlopen(f"{address}/robots.txt", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


def ask(address: str) -> tuple[int, float]:
    """Status and seconds of one request; the body is read."""
    started = time.monotonic()
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            status = answer.status
            while answer.read(1 << 20):
                pass
    except urllib.error.HTTPError as error:
        status = error.code
        error.read()
    return status, time.monotonic() - started


def peak(pid: int) -> int:
    """Most bytes that a process ever held in memory."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_attacks_one_by_one_end_in_time(server: tuple[str, int]) -> None:
    address, _ = server
    for path in [*(f"/yidi.json?sql={quote(sql)}" for sql in (*ATTACKS, *BOMBS)), *FLOODS]:
        status, seconds = ask(address + path)
        assert status in (200, 400), f"{status} {path[:200]}"
        assert seconds < MOST_SECONDS, f"{seconds:.1f} s {path[:200]}"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_many_attacks_at_once_leave_room_for_a_reader(server: tuple[str, int]) -> None:
    address, pid = server
    paths = [f"/yidi.json?sql={quote(sql)}" for sql in (*ATTACKS, *BOMBS)] + FLOODS
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(ask, address + path) for path in paths * 2]
        status, seconds = ask(f"{address}/region/130500")
        assert status == 200
        assert seconds < 30, "a reader waited too long"
        assert {r.result()[0] for r in running} <= {200, 400}
    assert ask(f"{address}/region/130500")[0] == 200
    assert peak(pid) < MOST_MEMORY, f"{peak(pid) / 1e6:.0f} MB"
