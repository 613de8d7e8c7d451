"""What a command costs: processor time, wall time and memory of a process with all that it starts. Linux.

In:  a command. Out: `Cost`. Memory is counted twice: the largest resident set of any one process (kernel's own maximum),
and the largest sum over all of them at one time, in which a page of memory that several share is counted once (PSS,
looked at every half second).

A machine is not equally fast all day: what shares its cores, its memory or its clock changes what a second of processor
time does, by half and more. So a fixed piece of work (`yard_ms`) is timed again and again while a command runs, and times
are also given as they would be on a machine that does this piece in `YARD_MS`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVERY_S = 0.5
YARD_EVERY = 4
"""Looks at the memory between two looks at the speed of the machine."""
YARD_MS = 10.0
"""The speed that times are brought to: a machine that does the piece of work in so many milliseconds."""
BYTECODE = ROOT / "data" / "bench" / "bytecode"
"""Where Python keeps the bytecode of modules during a measurement: an installed program has it, whatever is set here."""


class CommandError(Exception):
    """A command ended badly; the message says which and how."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and megabytes (10^6 bytes) of a command; `said` is its standard output, `yard_ms` how long the fixed piece
    of work took meanwhile (median)."""

    cpu_s: float
    wall_s: float
    process_mb: float
    sum_mb: float
    yard_ms: float
    said: str

    @property
    def even_cpu_s(self) -> float:
        """Seconds of processor at the speed `YARD_MS`."""
        return self.cpu_s * YARD_MS / self.yard_ms


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
        sums, yards = [0.0], [yard_ms()]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(child.pid, sums, yards, done))
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
    cpu, largest = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6
    return Cost(cpu, wall, largest, max(sums), statistics.median(yards), text)


_TEXT = "参保人员到外地住院前，可在手机上备案；没有备案的，出院后15日内带上发票回参保地报销，比例降低10个百分点。" * 40
_PATTERN = re.compile(r"(?:出院|入院)(?:前|后)?(\d+)(?:日|天)|(\d+)个百分点|备案|报销")


def yard_ms() -> float:
    """Milliseconds of processor that this thread takes for a fixed piece of work of the kind that yidi does: patterns
    over Chinese text, dictionaries, JSON."""
    started = time.thread_time()
    for _ in range(20):
        found = [(match.start(), match[0]) for match in _PATTERN.finditer(_TEXT)]
        pairs = Counter(_TEXT[i : i + 2] for i in range(len(_TEXT) - 1))
        json.loads(json.dumps({"found": found, "pairs": pairs}, ensure_ascii=False))
    return 1000 * (time.thread_time() - started)


def yidi(*arguments: str) -> list[str]:
    """The command of this checkout."""
    return [sys.executable, "-m", "kb.cli", *arguments]


def _watch(root: int, sums: list[float], yards: list[float], done: threading.Event) -> None:
    looks = 0
    while not done.wait(EVERY_S):
        sums.append(sum(map(_pss_mb, _tree(root))))
        if looks % YARD_EVERY == 0:
            yards.append(yard_ms())
        looks += 1


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
