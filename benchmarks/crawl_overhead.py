"""What yidi's crawl costs beside bare Scrapy: pages per second of both on the same loopback site, and their ratio.

In:  nothing but the checkout. Out: one line per measurement on stdout: name, value, unit; the last is the ratio, which
     is to be 0.8 or more (`--check`: exit code 1 below it).

Bare Scrapy has the same settings of crawler/settings.py for concurrency, delay and limits, Scrapy's own middlewares,
and a spider of ten lines that writes each body to a file and follows the same links, each once; yidi's is the real `crawl` into an
archive. The site is one process that hands out prepared bytes. Both are timed by that server, from the first to the
last page it was asked for, so that the start of Python counts for neither; they take turns, and the median of the
rounds counts. CPU seconds per page (user and system, all processes of the crawl, start included) stand beside it: they
are less moved by what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

REQUIRED = 0.8
LINKS = 100
WORDS = "参保人员 异地就医 备案 医疗保障局 材料 身份证 社会保障卡 临时外出 长期居住 急诊 转诊 结算 定点医院 国家医保服务平台".split()
SAME_SETTINGS = (
    "USER_AGENT", "CONCURRENT_REQUESTS_PER_DOMAIN", "CONCURRENT_REQUESTS", "DOWNLOAD_DELAY_JITTER", "COOKIES_ENABLED",
    "RETRY_TIMES", "RETRY_HTTP_CODES", "DEFAULT_REQUEST_HEADERS", "DOWNLOAD_TIMEOUT", "DOWNLOAD_MAXSIZE",
    "DOWNLOAD_WARNSIZE", "REDIRECT_MAX_TIMES", "HTTPPROXY_ENABLED", "TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED",
    "LOG_LEVEL", "SCHEDULER_MEMORY_QUEUE",
)  # fmt: skip


# -- the site ------------------------------------------------------------------------------------------------------


def page(number: int, pages: int, size: int) -> bytes:
    """An HTML page of about `size` bytes that leads to the next LINKS pages."""
    dice = random.Random(number)
    links = "".join(
        f"<li><a href='/live/{(number + step) % pages}.html'>{dice.choice(WORDS)}</a></li>"
        for step in range(1, LINKS + 1)
    )
    text = []
    while sum(map(len, text)) * 3 < size - len(links):
        text.append("<p>" + "".join(dice.choices(WORDS, k=40)) + "。</p>")
    body = f"<html><head><meta charset='utf-8'><title>{number}</title></head><body><ul>{links}</ul>{''.join(text)}</body></html>"
    return body.encode()


async def serve(pages: int, size: int) -> None:
    """Answers /live/N.html and /robots.txt; /stats tells and forgets what was asked. The port is its first line."""
    prepared = {
        f"/live/{n}.html".encode(): b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b"
        % (len(body), body)
        for n, body in ((n, page(n, pages, size)) for n in range(pages))
    }
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
    asked: list[float] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            path = head.split(b" ")[1]
            while await reader.readline() not in (b"\r\n", b""):
                pass
            if path == b"/stats":
                told = json.dumps({"pages": len(asked), "seconds": asked[-1] - asked[0] if asked else 0}).encode()
                asked.clear()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)
                )
                await writer.drain()
                break
            if path in prepared:
                asked.append(time.perf_counter())
            writer.write(prepared.get(path, missing))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


# -- the two crawls ------------------------------------------------------------------------------------------------


def bare(address: str, folder: Path) -> None:
    """Scrapy as it comes, with the same limits, writing bodies to files."""
    import hashlib
    import re

    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler import settings as ours
    from crawler.spiders.guides import MIN_DELAY_S

    wanted = re.compile(r"/live/\d+\.html$")
    seen: set[str] = set()  # Scrapy's own filter would make, fingerprint and drop a hundred requests per page

    class Bare(Spider):
        name = "bare"

        async def start(self) -> Any:
            yield Request(f"{address}/live/0.html")

        def parse(self, response: Any) -> Any:
            (folder / hashlib.sha256(response.body).hexdigest()).write_bytes(response.body)
            for link in response.xpath("//a/@href").getall():
                url = response.urljoin(link)
                if url not in seen and wanted.search(url):
                    seen.add(url)
                    yield Request(url)

    settings = {name: getattr(ours, name) for name in SAME_SETTINGS}
    settings |= {"ROBOTSTXT_OBEY": True, "DOWNLOAD_DELAY": MIN_DELAY_S}
    process = AsyncCrawlerProcess(settings)
    process.crawl(Bare)
    process.start()


def yidi(address: str, folder: Path) -> None:
    """The real crawl into an archive."""
    from crawler.run import crawl
    from crawler.sources import Source

    source = Source(
        id="overhead", name="overhead", start=[f"{address}/live/0.html"], follow=[r"/live/\d+\.html$"], max_depth=20,
        max_pages=100_000, delay_s=0, allow_private=True,
    )  # fmt: skip
    crawl([source], folder / "archive.db", run="2026-W47", progress=False)


def measure(which: str, address: str) -> tuple[int, float, float]:
    """(pages, seconds, CPU seconds) of one crawl in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, __file__, "--crawl", which, "--address", address, "--folder", folder]
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with urllib.request.urlopen(f"{address}/stats", timeout=10) as answer:  # noqa: S310 (our own server)
        told = json.load(answer)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return told["pages"], told["seconds"], cpu


def compare(pages: int, size: int, rounds: int) -> dict[str, float]:
    """pages/s and CPU ms per page of both, and the ratio of pages/s (yidi ÷ bare): medians of the rounds."""
    command = [sys.executable, __file__, "--serve", "--pages", str(pages), "--size", str(size)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if server.stdout is None:
            raise RuntimeError("the server has no stdout")
        address = f"http://127.0.0.1:{int(server.stdout.readline())}"
        found: dict[str, list[tuple[float, float]]] = {"bare": [], "yidi": []}
        for number in range(rounds):
            for which in ("bare", "yidi") if number % 2 == 0 else ("yidi", "bare"):
                asked, seconds, cpu = measure(which, address)
                if asked != pages:
                    raise RuntimeError(f"{which} asked for {asked} pages of {pages}")
                found[which].append((pages / seconds, 1000 * cpu / pages))
    finally:
        server.terminate()
        server.wait(10)
    speed = {which: statistics.median(speed for speed, _ in rows) for which, rows in found.items()}
    cpu_ms = {which: statistics.median(cpu for _, cpu in rows) for which, rows in found.items()}
    ratios = [ours[0] / theirs[0] for ours, theirs in zip(found["yidi"], found["bare"], strict=True)]
    return {
        "bare": speed["bare"], "yidi": speed["yidi"], "bare_cpu_ms": cpu_ms["bare"], "yidi_cpu_ms": cpu_ms["yidi"],
        "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
    }  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="compare yidi's crawl with bare Scrapy on a loopback site")
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a page")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help=f"exit 1 where the ratio is below {REQUIRED}")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--crawl", choices=("bare", "yidi"), help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.serve:
        asyncio.run(serve(options.pages, options.size))
        return 0
    if options.crawl:
        {"bare": bare, "yidi": yidi}[options.crawl](options.address, options.folder)
        return 0
    found = compare(options.pages, options.size, options.rounds)
    for name, key, unit in (
        ("crawl: bare Scrapy, median", "bare", "pages/s"),
        ("crawl: yidi, median", "yidi", "pages/s"),
        ("crawl: bare Scrapy, CPU", "bare_cpu_ms", "ms/page"),
        ("crawl: yidi, CPU", "yidi_cpu_ms", "ms/page"),
        ("crawl: ratio, smallest", "ratio_min", ""),
        ("crawl: ratio, largest", "ratio_max", ""),
        ("crawl: ratio, median", "ratio", f"(required {REQUIRED})"),
    ):
        print(f"{name:<28} {found[key]:>10.2f} {unit}".rstrip(), flush=True)
    return int(options.check and found["ratio"] < REQUIRED)


if __name__ == "__main__":
    sys.exit(main())
