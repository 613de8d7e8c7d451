"""Three weeks against a scripted server, the whole road each week: what is fetched, what is reported, what is published.

Week 2 changes nothing. Week 3 has two edits, a deletion, a soft 404, a redirect home and a counter; week 4 nothing answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import Archive
from tests.crawler.conftest import HOME, Site, rows

WEEK_S = 7 * 86400
W47 = 1795000000  # 2026-11-18
PAGES = 14
KINDS = ("身份证", "社会保障卡", "备案表", "居住证", "户口簿", "转诊单", "诊断证明")


def guide(number: int, days: int = 10, extra: str = "") -> str:
    return (
        f"<html><head><meta charset='utf-8'><title>邢台市异地就医备案指南（{number}）</title></head><body>"
        f"<h1>邢台市异地就医备案指南（{number}）</h1><div class='content'>"
        f"<p>第{number}号指南。邢台市参保人员可通过国家医保服务平台APP办理异地就医备案。</p>"
        f"<p>办理备案需携带{KINDS[number % len(KINDS)]}。</p>"
        f"<p>临时外出就医人员可在入院{days}日内补办备案。</p></div>{extra}</body></html>"
    )


class Weeks:
    """The server, the data folder, and the clock."""

    def __init__(self, site: Site, data: Path) -> None:
        self.site = site
        self.data = data
        (data / "sources").mkdir(parents=True)
        self.entry("guide")
        site.page("/", "".join(f"<a href=/live/{n}.html>{n}</a>" for n in range(PAGES)))
        for n in range(PAGES):
            site.page(f"/live/{n}.html", guide(n))
        site.page("/live/0.html", guide(0, extra="<div class='foot'>浏览次数 1</div>"), etag=False)
        site.page("/robots.txt", "User-agent: *", etag=False, headers={"Content-Type": "text/plain"})

    def entry(self, name: str) -> None:
        source = {
            "id": name, "name": "指南", "publisher": "邢台市医疗保障局", "authority": "A", "start": [f"{HOME}/"],
            "follow": ["/live/"], "via": self.site.url, "delay_s": 0, "expect": {"min_guides": 5},
        }  # fmt: skip
        (self.data / "sources" / f"{name}.yml").write_text(json.dumps(source), "utf-8")  # JSON is YAML

    def yidi(self, week: int, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"YIDI_DATA": str(self.data), "SOURCE_DATE_EPOCH": str(W47 + week * WEEK_S), "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "kb.cli", *arguments, "--sources", str(self.data / "sources")]
        return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)

    def report(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "reports" / f"{run}.json").read_text("utf-8"))
        return found

    def events(self, run: str) -> set[tuple[str, str]]:
        return {(fact["event"], fact["url"].removeprefix(HOME)) for fact in self.report(run)["changed_facts"]}


@pytest.fixture
def weeks(tmp_path: Path) -> Iterator[Weeks]:
    site = Site()
    yield Weeks(site, tmp_path / "data")
    site.close()


@pytest.mark.browser
def test_three_weeks_and_an_outage(weeks: Weeks) -> None:
    site, archive = weeks.site, weeks.data / "archive.db"
    assert weeks.yidi(0, "refresh").returncode == 0
    assert weeks.report("2026-W47")["contents"] == {"ok": PAGES}

    site.page("/live/0.html", guide(0), etag=True)  # from now on every page has a validator
    site.pages["/live/0.html"].body = guide(0, extra="<div class='foot'>浏览次数 1</div>").encode()
    weeks.yidi(0, "crawl")  # W47.2: the validator is known
    site.statuses.clear()
    done = weeks.yidi(1, "refresh")
    assert done.returncode == 0, done.stderr
    answers = [(status, size) for path, status, size in site.statuses if path != "/robots.txt"]
    assert answers == [(304, 0)] * (PAGES + 1)  # 100 % not modified, no byte of a body
    second = weeks.report("2026-W48")
    assert second["changes"] == {"not_modified": PAGES + 1}
    assert (second["events"], second["texts"]) == ({}, {"compared": PAGES, "changed": 0})

    site.page("/live/0.html", guide(0, extra="<div class='foot'>浏览次数 2</div>"))
    site.page("/live/1.html", guide(1, days=15))
    site.page("/live/2.html", guide(2).replace("<p>办理备案需", "<p>办理备案时需要"))
    del site.pages["/live/3.html"]
    site.page(
        "/live/4.html",
        "<html><head><meta charset='utf-8'><title>提示</title></head><body><p>您访问的页面不存在</p></body></html>",
    )
    site.redirect("/live/5.html", "/")
    done = weeks.yidi(2, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    third = weeks.report("2026-W49")
    changes = {
        path: f.change for path, f in rows(archive, "2026-W49").items() if f.change not in (None, "not_modified")
    }
    assert changes == {
        "/live/0.html": "changed", "/live/1.html": "changed", "/live/2.html": "changed", "/live/3.html": "gone",
        "/live/4.html": "changed",
    }  # fmt: skip
    assert third["outcomes"] == {"gone": 1, "not_modified": PAGES + 1 - 6, "ok": 4, "redirected_home": 1}
    assert third["contents"] == {"ok": PAGES - 3, "soft_404": 1}
    assert third["texts"] == {"compared": PAGES - 3, "changed": 2}  # the counter is no change
    assert {path for _, path in weeks.events("2026-W49")} == {"/live/1.html", "/live/2.html"}
    assert ("value_changed", "/live/1.html") in weeks.events("2026-W49")
    assert third["events"].get("page_gone") is None  # gone once is not gone: the next week tells

    before = (weeks.data / "releases" / "latest").resolve()
    digest = (before / "SHA256SUMS").read_bytes()
    weeks.entry("second")
    site.close()
    done = weeks.yidi(3, "crawl")
    assert done.returncode == 1
    with Archive(archive, read_only=True) as store:
        told = {row.source: (row.status, row.reason) for row in store.run_sources("2026-W50")}
    assert set(told) == {"guide", "second"}
    assert {status for status, _ in told.values()} == {"failed"}
    assert all("connection" in str(reason) for _, reason in told.values())
    done = weeks.yidi(3, "refresh", "--on-failure", f"{sys.executable} -c 'import sys; sys.exit(not sys.stdin.read())'")
    assert done.returncode == 1
    assert "run_not_empty" in done.stderr
    assert "notice" not in done.stderr
    assert weeks.report("2026-W50")["result"] == "not_published"
    assert Counter(source["status"] for source in weeks.report("2026-W50")["sources"]) == {"failed": 2}
    assert (weeks.data / "releases" / "latest").resolve() == before
    assert (before / "SHA256SUMS").read_bytes() == digest
