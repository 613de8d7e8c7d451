"""Speed of the site on a large base: every kind of page and query, warm, one client, over HTTP.

In:  --facts N: a base of N facts is made once from the sample run (benchmarks/enlarge.py) and kept in data/bench; or a
     release to measure as it is. Two servers are started on it: ours, as `yidi serve` starts it, and Datasette with the
     same settings and metadata but without our plugins and templates. Each address is asked in turn of ours, of plain
     Datasette where that can answer it, and its SQL alone in this process, so that noise hits all three alike.
Out: milliseconds (median, 95th percentile), processor milliseconds of the server per request, bytes, the ratio to plain
     Datasette; facets that timed out. --json FILE keeps the figures. Exit code 1 where a page is slower than --limit or
     a facet timed out.

The SQL alone: for Datasette's pages the query of its rows, for ours every statement that the page runs.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from benchmarks import enlarge  # noqa: E402 - the checkout's own code
from benchmarks.measure import machine  # noqa: E402
from kb import search  # noqa: E402
from kb.serve import METADATA, SETTINGS, command  # noqa: E402

LIMIT_MS = 200
PLAIN_CASES = ("row", "table", "filtered", "faceted")
"""Kinds of addresses that plain Datasette answers too."""
WORDS = ("备", "备案", "补办 出院", "国家医保服务平台APP", "xingtai", "异地就医备案需要什么材料", "zzz")
"""What is searched for: one character, two, several words, mixed with Latin, a region in pinyin, a sentence, nothing."""


@dataclass(slots=True)
class Case:
    """An address and what it is."""

    kind: str
    address: str
    own: bool = False
    """Whether it is a page of our own, whose statements are the SQL alone."""

    @property
    def plain(self) -> bool:
        return self.kind in PLAIN_CASES


@dataclass(slots=True)
class Figures:
    """What was measured, in milliseconds: the wall clock, and the processor's time, which other work hardly moves."""

    median_ms: float
    p95_ms: float
    cpu_ms: float
    cpu_p95_ms: float


@dataclass(slots=True)
class Result:
    """One address, measured."""

    kind: str
    address: str
    bytes: int
    ours: Figures
    plain: Figures | None
    sql: Figures | None
    facets_timed_out: list[str]

    @property
    def ratio(self) -> float | None:
        """Processor time of ours by that of plain Datasette: the wall clock moves with what else the machine does."""
        return self.ours.cpu_ms / self.plain.cpu_ms if self.plain and self.plain.cpu_ms else None


def cases(database: Path) -> list[Case]:
    """Every kind of address, with ids that this release has: a region of middle size, and the largest one."""
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    sizes = db.execute("SELECT adcode FROM v1_coverage WHERE facts > 0 ORDER BY facts DESC, adcode").fetchall()
    largest, adcode = sizes[0][0], sizes[len(sizes) // 2][0]
    others = [r[0] for r in sizes[1:6]]
    fact, page = db.execute(
        "SELECT fact_id, page_id FROM v1_deadlines WHERE adcode = ? ORDER BY fact_id", (adcode,)
    ).fetchone()
    (text,) = db.execute("SELECT page_id FROM v1_guides ORDER BY facts DESC, page_id LIMIT 1").fetchone()
    described = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["yidi"]
    tables = [n for n in described["tables"] if n.startswith("v1_")]
    queries = list(described["queries"])
    several = "&".join(f"adcode={a}" for a in (largest, *others))
    return [
        Case("row", f"/yidi/v1_deadlines/{fact}.json?_shape=objects"),
        Case("table", "/yidi/v1_answers.json?_shape=objects&_nofacet=1"),
        Case("filtered", f"/yidi/v1_deadlines.json?_shape=objects&adcode={adcode}"),
        Case("filtered", f"/yidi/v1_materials.json?_shape=objects&adcode={largest}&_size=1000"),
        Case("filtered", "/yidi/v1_deadlines.json?_shape=objects&kind=makeup_window&_nofacet=1&_nocount=1"),
        Case("faceted", "/yidi/v1_deadlines.json?_shape=objects&kind=makeup_window&_facet=unit&_facet=anchor"),
        *(Case("faceted", f"/yidi/{t}.json?_shape=objects") for t in tables),
        *(Case("html table", f"/yidi/{t}") for t in tables),
        Case("html table", f"/yidi/v1_deadlines?adcode={adcode}"),
        Case("html table", f"/yidi/v1_materials?_search={quote('备案')}"),
        Case("html row", f"/yidi/v1_deadlines/{fact}"),
        *(Case("search", f"/search?q={quote(q)}", own=True) for q in WORDS),
        Case("search", f"/search.json?q={quote('备案')}&kind=steps", own=True),
        Case("search", f"/yidi/v1_steps.json?_search={quote('备案')}"),
        Case("search", f"/yidi/v1_guides.json?_search={quote('备')}"),
        *(Case("region", f"/region/{a}", own=True) for a in (adcode, largest, "100000")),
        Case("region", f"/region/{largest}.json", own=True),
        Case("compare", f"/compare?adcode={largest}&adcode={adcode}", own=True),
        Case("compare", f"/compare?{several}", own=True),
        *(Case("question", f"/question/q{n:02d}", own=True) for n in range(1, 13)),
        Case("question", "/question/q03?show=all&sort=published&desc=1", own=True),
        *(Case("english", f"{path}{'&' if '?' in path else '?'}lang=en", own=True) for path in (
            "/", f"/region/{largest}", f"/compare?{several}", "/question/q05", "/question/q11", "/question/q12", f"/page/{text}", f"/fact/{fact}",
        )),
        *(Case("english", f"/yidi/{name}_lang=en") for name in ("v1_guides?", f"v1_materials?_search={quote('备案')}&", "q03_materials?")),
        Case("proof", f"/page/{page}", own=True), Case("proof", f"/page/{text}", own=True), Case("proof", f"/fact/{fact}", own=True),
        Case("front", "/", own=True), Case("front", "/?question=q01", own=True), Case("front", "/index.json", own=True),
        Case("other", "/yidi"), Case("other", "/about", own=True), Case("other", "/openapi.json"), Case("other", "/sitemap.xml"),
        Case("feed", "/feed.atom"), Case("feed", f"/feed.atom?region={adcode}"), Case("feed", "/feed.atom?question=q01"),
        Case("feed", "/yidi/changes_feed.atom"),
        *(Case("query", f"/yidi/{n}.json?_shape=objects" + (f"&q={quote('备案')}" if n == "search_facts" else "")) for n in queries),
        *(Case("query", f"/yidi/{n}.json?_shape=objects&region={adcode}") for n in queries if n != "search_facts"),
        *(Case("query", f"/yidi/{n}.json?_shape=objects&filing_type=referral") for n in queries if n[0] == "q"),
        Case("query", f"/yidi/search_facts.json?_shape=objects&q={quote('备')}"),
        Case("query", f"/yidi/search_facts.json?_shape=objects&q={quote('补办 出院')}"),
        Case("query", "/yidi/facts_as_of.json?_shape=objects&as_of=2026-11-01"),
        *(Case("html query", f"/yidi/{n}" + (f"?q={quote('备案')}" if n == "search_facts" else "")) for n in queries),
        Case("html query", f"/yidi/q05_validity?region={adcode}&filing_type=referral"),
        Case("html query", "/yidi?sql=select+*+from+v1_steps"),
    ]  # fmt: skip


class Server:
    """A server process of ours or of plain Datasette, with one connection that is kept open."""

    def __init__(self, arguments: list[str], environment: dict[str, str], port: int) -> None:
        self.process = subprocess.Popen(
            arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(300):
            if self.process.poll() is not None:
                raise SystemExit(f"bench_site: the server ended with {self.process.returncode}")
            try:
                self.get("/yidi/v1_quality.json")
                return
            except OSError:
                self.connection.close()
                time.sleep(0.2)
        raise SystemExit("bench_site: the server does not answer")

    def get(self, address: str) -> tuple[int, bytes]:
        try:
            return self._get(address)
        except ConnectionError:  # kept open for five seconds only
            self.connection.close()
            return self._get(address)

    def _get(self, address: str) -> tuple[int, bytes]:
        self.connection.request("GET", address)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def cpu_ms(self) -> float:
        """Processor time of all its threads so far."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text("ascii").split()[0]) for task in tasks) / 1e6

    def peak_mb(self) -> float:
        """Most memory it ever held."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database: Path, *, plain: bool = False) -> Iterator[Server]:
    """Ours, or Datasette with the same settings and metadata and nothing else of ours."""
    port = free_port()
    if plain:
        arguments = [
            sys.executable,
            "-m",
            "datasette",
            "serve",
            "--immutable",
            str(database),
            "--port",
            str(port),
            "--cors",
        ]
        arguments += ["--metadata", str(METADATA)]
        for name, value in SETTINGS.items():
            arguments += ["--setting", name, value]
    else:
        arguments = command(database, "127.0.0.1", port)
    environment = os.environ | ({} if plain else {"YIDI_RELEASE": str(database.parent), "PYTHONPATH": str(ROOT)})
    server = Server(arguments, environment, port)
    try:
        yield server
    finally:
        server.stop()


def statements(database: Path, case: Case, answer: bytes) -> Callable[[], None] | None:
    """What runs the SQL of an address and nothing else; None where the answer does not tell it."""
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)
    db.create_function("cjk_match", 1, search.to_match, deterministic=True)
    db.create_function("escape_fts", 1, search.to_match, deterministic=True)
    if case.own:
        asked = _traced(db, case.address)
    elif ".json" in case.address and case.address.startswith("/yidi/"):
        said = json.loads(answer)
        query = said.get("query")
        if not query:
            return None
        wanted = dict.fromkeys(query["params"], "") if isinstance(query["params"], list) else dict(query["params"])
        wanted |= dict(parse_qsl(urlsplit(case.address).query)) if isinstance(query["params"], list) else {}
        asked = [(query["sql"], wanted)]
    else:
        return None

    def run() -> None:
        for sql, values in asked:
            db.execute(sql, values).fetchmany(2001)

    return run


def _traced(db: sqlite3.Connection, address: str) -> list[tuple[str, dict[str, str]]]:
    """The statements that one of our pages runs, with their values in them."""
    import re

    from kb.site.about import read
    from kb.site.routes import ROUTES, Asked

    db.row_factory = sqlite3.Row
    parts = urlsplit(address)
    file = Path(db.execute("PRAGMA database_list").fetchone()[2])
    for route in ROUTES:
        if found := re.fullmatch(route.pattern, parts.path):
            path = {k: v for k, v in found.groupdict().items() if k != "format"}
            metadata = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["yidi"]
            asked = Asked(db, read(str(file)), path, parse_qsl(parts.query), metadata, sql=True)
            route.data(asked)  # once, so that what is remembered per release is not counted
            seen: list[str] = []
            db.set_trace_callback(seen.append)
            route.data(asked)
            db.set_trace_callback(None)
            return [(sql, {}) for sql in seen if not sql.startswith("--")]
    return []


def measured(ask: Callable[[], object], cpu: Callable[[], float]) -> tuple[float, float]:
    """Wall and processor milliseconds of one call."""
    before, started = cpu(), time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - started), cpu() - before


def figures(times: list[tuple[float, float]]) -> Figures:
    wall, cpu = (sorted(t[n] for t in times) for n in (0, 1))
    high = round(0.95 * (len(wall) - 1))
    return Figures(*(round(v, 2) for v in (statistics.median(wall), wall[high], statistics.median(cpu), cpu[high])))


def measure(case: Case, database: Path, ours: Server, plain: Server | None, rounds: int) -> Result:
    """One address, in turn of all three; two requests first that do not count."""
    status, body = ours.get(case.address)
    if status != 200:
        raise SystemExit(f"bench_site: {case.address}: {status} {body[:200].decode('utf-8', 'replace')}")
    timed_out: list[str] = []
    if ".json" in case.address and case.address.startswith("/yidi/"):
        timed_out = json.loads(body).get("facets_timed_out", [])
    other = plain if case.plain else None
    if other and other.get(case.address)[0] != 200:
        raise SystemExit(f"bench_site: plain Datasette does not answer {case.address}")
    alone = statements(database, case, body)
    times: dict[str, list[tuple[float, float]]] = {"ours": [], "plain": [], "sql": []}
    for turn in range(rounds + 1):
        one = {"ours": measured(lambda: ours.get(case.address), ours.cpu_ms)}
        if other:
            one["plain"] = measured(lambda: other.get(case.address), other.cpu_ms)
        if alone:
            one["sql"] = measured(alone, lambda: 1000 * time.thread_time())
        if turn:
            for name, value in one.items():
                times[name].append(value)
    return Result(
        case.kind, case.address, len(body), figures(times["ours"]), figures(times["plain"]) if other else None,
        figures(times["sql"]) if alone else None, timed_out,
    )  # fmt: skip


def base_of(facts: int, sample: Path, folder: Path) -> Path:
    """The release of a base of so many facts, made where it is not there yet or older than the sample."""
    target = folder / f"site-{facts}" / "yidi.db"
    if not target.is_file() or target.stat().st_mtime < sample.stat().st_mtime:
        print(f"making a base of {facts} facts in {target.parent} ...", file=sys.stderr)
        target.parent.mkdir(parents=True, exist_ok=True)
        enlarge.enlarge(sample, target.parent / "kb.db", facts)
        enlarge.published(target.parent / "kb.db", target.parent)
    return target


def table(results: list[Result]) -> Iterator[str]:
    """Lines for people."""
    yield f"{'kind':10} {'p50':>7} {'p95':>7} {'cpu':>7} {'cpu95':>7} {'plain':>7} {'ratio':>6} {'SQL':>7} {'bytes':>9}  address (ms)"
    for r in results:
        marks = f" facets timed out: {', '.join(r.facets_timed_out)}" if r.facets_timed_out else ""
        plain = f"{r.plain.median_ms:7.1f}" if r.plain else " " * 7
        ratio = f"{r.ratio:6.2f}" if r.ratio else " " * 6
        sql = f"{r.sql.median_ms:7.1f}" if r.sql else " " * 7
        slow = " SLOW" if r.ours.p95_ms > LIMIT_MS else ""
        yield (
            f"{r.kind:10} {r.ours.median_ms:7.1f} {r.ours.p95_ms:7.1f} {r.ours.cpu_ms:7.1f} {r.ours.cpu_p95_ms:7.1f} {plain} {ratio} {sql}"
            f" {r.bytes:9,}  {r.address}{slow}{marks}"
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="measure the speed of the site")
    parser.add_argument("database", nargs="?", type=Path, help="a release to measure as it is")
    parser.add_argument("--facts", type=int, default=100_000, help="size of the base that is made")
    parser.add_argument("--sample", type=Path, default=ROOT / "data" / "sample" / "kb.db", help="base it is made from")
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "bench", help="where it is kept")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="only addresses or kinds that hold this")
    parser.add_argument("--limit", type=float, default=LIMIT_MS, help="milliseconds that the 95th percentile may take")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(argv)
    if options.database is None and not options.sample.is_file():
        print(f"bench_site: no base at {options.sample}; make one with: make run SERVE=0", file=sys.stderr)
        return 2
    database: Path = (options.database or base_of(options.facts, options.sample, options.folder)).resolve()
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    facts = db.execute("SELECT count(*) FROM facts").fetchone()[0]
    db.close()
    on = machine()
    chosen = [c for c in cases(database) if options.only in c.kind or options.only in c.address]
    results = []
    with ExitStack() as stack:
        ours = stack.enter_context(serving(database))
        plain = stack.enter_context(serving(database, plain=True)) if any(c.plain for c in chosen) else None
        for number, case in enumerate(chosen, 1):
            if sys.stderr.isatty():
                print(f"\r{number}/{len(chosen)} ", end="", file=sys.stderr)
            results.append(measure(case, database, ours, plain, options.rounds))
        peak = ours.peak_mb()
    print(*table(results), sep="\n")
    slow = [r for r in results if r.ours.p95_ms > options.limit or r.facets_timed_out]
    ratios = [r.ratio for r in results if r.ratio]
    print(
        f"{facts:,} facts; {len(results)} addresses, {len(slow)} over {options.limit:g} ms or with facets that timed out; the server held {peak:.0f} MB"
    )
    busy = sum(r.ours.cpu_p95_ms > options.limit for r in results)
    print(
        f"by the processor's time {busy} over {options.limit:g} ms; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    if ratios:
        print(f"processor time beside plain Datasette: median {statistics.median(ratios):.2f}, most {max(ratios):.2f}")
    if options.json:
        said = {
            "machine": on, "facts": facts, "bytes": database.stat().st_size, "rounds": options.rounds, "limit_ms": options.limit, "peak_mb": round(peak),
            "results": [asdict(r) | {"ratio": r.ratio and round(r.ratio, 2)} for r in results],
        }  # fmt: skip
        options.json.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
