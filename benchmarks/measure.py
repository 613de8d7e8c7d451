"""What a command costs: processor time, wall time and memory of a process with all that it starts. Linux.

In:  a command. Out: `Cost`. Memory is counted twice: the largest resident set of any one process (kernel's own maximum),
and the largest sum over all of them at one time, in which a page of memory that several share is counted once (PSS,
looked at every half second).
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVERY_S = 0.5
BYTECODE = ROOT / "data" / "bench" / "bytecode"
"""Where Python keeps the bytecode of modules during a measurement: an installed program has it, whatever is set here."""


class CommandError(Exception):
    """A command ended badly; the message says which and how."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and megabytes (10^6 bytes) of a command; `said` is its standard output."""

    cpu_s: float
    wall_s: float
    process_mb: float
    sum_mb: float
    said: str


def cost(command: Sequence[str], data: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, with `data` as its data folder. `CommandError` where its exit code is not 0."""
    variables = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(BYTECODE),
        "YIDI_DATA": str(data),
        "PYTHONPATH": str(ROOT),
        **(env or {}),
    }
    started = time.perf_counter()
    with (data / "said.txt").open("w+b") as said, (data / "errors.txt").open("w+b") as errors:
        child = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=said, stderr=errors)
        sums = [0.0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(child.pid, sums, done))
        watcher.start()
        _, status, used = os.wait4(child.pid, 0)
        done.set()
        watcher.join()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        errors.seek(0)
        text = said.read().decode()
        if child.returncode:
            raise CommandError(
                f"{' '.join(command)}: exit code {child.returncode}: {text[-500:]}{errors.read().decode()[-1500:]}"
            )
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 1e6, max(sums), text)


def yidi(*arguments: str) -> list[str]:
    """The command of this checkout."""
    return [sys.executable, "-m", "kb.cli", *arguments]


def _watch(root: int, sums: list[float], done: threading.Event) -> None:
    while not done.wait(EVERY_S):
        sums.append(sum(map(_pss_mb, _tree(root))))


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            found += [int(c) for task in tasks for c in (task / "children").read_text().split()]
        except OSError:  # it ended while we looked
            continue
    return found


def _pss_mb(pid: int) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:  # it ended while we looked
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def machine() -> dict[str, str | int | float]:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo").read_text("utf-8")
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.M)
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text("utf-8"), re.M)
    return {
        "cpu": model[1].strip() if model else platform.machine(), "cores": os.cpu_count() or 1,
        "memory_gb": round(int(memory[1]) * 1024 / 1e9, 1) if memory else 0.0, "system": platform.platform(terse=True),
        "python": platform.python_version(), "load_at_start": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and largest of the rounds."""
    return {"median": round(statistics.median(values), 4), "min": round(min(values), 4), "max": round(max(values), 4)}
