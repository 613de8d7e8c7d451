"""The crawl over loopback HTTP, in its real process: what is asked, what is kept, what is said."""

import fcntl
import json
import os
import pty
import random
import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version

import pytest

from crawler.archive import Archive, ArchiveError
from crawler.run import crawl
from crawler.settings import CONCURRENT_REQUESTS, _user_agent
from tests.crawler.conftest import HOME, Answer, rows, run, source

WEEK = 7 * 86400
W47 = 1795000000  # 2026-11-18


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive.db"


@pytest.fixture
def guides(site):
    """A list with three guides, one of them GBK, and an attachment."""
    site.page("/robots.txt", "User-agent: *\nDisallow: /live/secret", headers={"Content-Type": "text/plain"})
    site.page(
        "/",
        "<a href=/live/1.html>一</a><a href='live/2.html#x'>二</a><a href=/live/3.html>三</a><a href=/about>关于</a>"
        "<a href=/live/secret.html>密</a><a href='javascript:void(0)'>x</a><a href=mailto:a@b.cn>m</a>",
    )
    site.page("/live/1.html", "<p>one</p><a href='/files/form.pdf'>表</a><a href=/live/missing.html>无</a>")
    site.page("/live/2.html", '<meta charset="gb2312"><p>异地就医备案</p>'.encode("gb18030"))
    site.page("/live/3.html", "<p>three</p>")
    site.page("/files/form.pdf", b"%PDF-1.4 form", headers={"Content-Type": "application/pdf"})
    return site


def outcomes(found):
    return {path: fetch.outcome for path, fetch in found.items()}


def test_one_run(guides, archive, monkeypatch):
    monkeypatch.setenv("YIDI_CONTACT", "https://example.org/contact")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47))
    report = run(archive, source(guides))
    assert (report.run, report.complete, report.all_failed) == ("2026-W47", True, False)
    found = rows(archive)
    assert outcomes(found) == {
        "/": "ok",
        "/robots.txt": "ok",
        "/live/1.html": "ok",
        "/live/2.html": "ok",
        "/live/3.html": "ok",
        "/live/secret.html": "robots_denied",
        "/live/missing.html": "http_error",
        "/files/form.pdf": "ok",
    }
    assert {path: fetch.role for path, fetch in found.items() if fetch.outcome == "ok"} == {
        "/": "list",
        "/robots.txt": "robots",
        "/live/1.html": "page",
        "/live/2.html": "page",
        "/live/3.html": "page",
        "/files/form.pdf": "attachment",
    }
    assert "/live/secret.html" not in guides.asked()
    form = found["/files/form.pdf"]
    assert (form.depth, form.referrer, form.content_type) == (2, f"{HOME}/live/1.html", "application/pdf")
    assert {fetch.fetched_at for fetch in found.values()} == {"2026-11-18T11:06:40Z"}
    (entry,) = report.sources
    assert (entry.row.status, entry.row.pages, entry.row.failures) == ("ok", 5, 0)
    with Archive(archive, read_only=True) as store:
        assert store.body(found["/live/2.html"].sha256) == guides.pages["/live/2.html"].body  # GBK bytes untouched
        links = {link.target.removeprefix(HOME): link.text for link in store.links() if link.url == f"{HOME}/"}
        assert list(store.verify()) == []
    assert links["/live/1.html"] == "一"
    assert "/about" not in links
    agent = guides.requests[0][1]["User-Agent"]
    assert agent == f"yidi/{version('yidi')} (+https://example.org/contact)"
    assert {headers["Host"] for _, headers in guides.requests} == {"guide.example.cn"}


def test_three_weeks(guides, archive, monkeypatch):
    """Week 2 unchanged: 304 throughout. Week 3: what changed is told, and nothing else."""
    for name in ("gone", "home", "counter"):
        guides.page(f"/live/{name}.html", f"<p>{name} 1</p>")
    guides.page("/", guides.pages["/"].body + b"".join(b"<a href=/live/%s.html>x</a>" % n for n in (b"gone", b"home")))
    guides.page("/", guides.pages["/"].body + b"<a href=/live/counter.html>x</a>")
    guides.pages["/live/counter.html"].etag = False
    for week in range(3):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47 + week * WEEK))
        guides.statuses.clear()
        if week == 1:
            guides.pages["/live/counter.html"].etag = False
        if week == 2:
            guides.page("/live/1.html", guides.pages["/live/1.html"].body + b"<p>more</p>")
            guides.page("/live/counter.html", "<p>counter 2</p>", etag=False)
            del guides.pages["/live/gone.html"]
            guides.redirect("/live/home.html", "/")
        run(archive, source(guides))
        if week == 1:
            validated = [s for s in guides.statuses if s[0] not in ("/robots.txt", "/live/counter.html")]
            pages = [(path, status, size) for path, status, size in validated if path != "/live/missing.html"]
            assert pages
            assert {(status, size) for _, status, size in pages} == {(304, 0)}
    with Archive(archive, read_only=True) as store:
        assert [entry.run for entry in store.runs()] == ["2026-W47", "2026-W48", "2026-W49"]
    second = {path: fetch.change for path, fetch in rows(archive, "2026-W48").items() if fetch.change}
    assert second.pop("/live/counter.html") == "same"
    assert set(second.values()) == {"not_modified"}
    third = rows(archive, "2026-W49")
    assert {path: f.change for path, f in third.items() if f.change not in (None, "not_modified")} == {
        "/live/1.html": "changed",
        "/live/counter.html": "changed",
        "/live/gone.html": "gone",
    }
    assert third["/live/home.html"].outcome == "redirected_home"
    assert [hop.url for hop in third["/live/home.html"].redirects] == [f"{HOME}/live/home.html"]
    assert third["/files/form.pdf"].change == "not_modified"  # found through a page that came as 304
    assert third["/live/2.html"].sha256 == rows(archive, "2026-W47")["/live/2.html"].sha256


def test_a_page_that_fell_off_the_list_is_still_asked_for(guides, archive, monkeypatch):
    home = guides.pages["/"].body
    for week, change in enumerate(("", "unlisted", "deleted", "later")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47 + week * WEEK))
        if change == "unlisted":
            guides.page("/", home.replace(b"<a href=/live/3.html>", b""))
        if change == "deleted":
            del guides.pages["/live/3.html"]
        guides.requests.clear()
        run(archive, source(guides))
        assert guides.asked("/live/3.html") == ([] if change == "later" else ["/live/3.html"])
    changes = [rows(archive, f"2026-W{week}").get("/live/3.html") for week in (47, 48, 49, 50)]
    assert [fetch and fetch.change for fetch in changes] == ["new", "not_modified", "gone", None]
    guides.requests.clear()
    run(archive, source(guides, follow=["/nothing/"]), run="2026-W51")
    assert set(guides.asked()) == {"/", "/files/form.pdf"}


def test_the_same_run_again_asks_only_for_what_failed(guides, archive):
    def busy(handler):
        handler.send_response(500)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    guides.pages["/live/3.html"].act = busy
    report = run(archive, source(guides), run="2026-W47")
    assert report.sources[0].row.status == "partial"
    assert rows(archive)["/live/3.html"].outcome == "http_error"
    assert guides.asked("/live/3.html") == ["/live/3.html"] * 3  # tried again, then given up
    guides.pages["/live/3.html"].act = None
    guides.requests.clear()
    report = run(archive, source(guides), run="2026-W47")
    assert guides.asked() == ["/live/3.html"]
    assert report.sources[0].row.status == "ok"
    guides.requests.clear()
    run(archive, source(guides), run="2026-W47")
    assert guides.requests == []


def test_offline_replays_from_the_archive_alone(guides, archive):
    run(archive, source(guides))
    before = rows(archive)
    guides.close()
    report = run(archive, source(guides, follow=["/live/", "/about"]), offline=True)
    assert report.complete
    assert rows(archive) == before
    with pytest.raises(ArchiveError, match="no run 2001-W01 to replay"):
        run(archive, source(guides), offline=True, run="2001-W01")


def test_absolute_addresses_of_the_via_server_are_recorded_as_the_source(site, archive):
    site.page("/", f"<a href='{site.url}/live/1'>1</a><a href='{site.url}/live/moved'>2</a>")
    site.page("/live/1", "one")
    site.redirect("/live/moved", f"{site.url}/live/target", 301)
    site.page("/live/target", "target")
    run(archive, source(site))
    found = rows(archive)
    assert found["/live/moved"].final_url == f"{HOME}/live/target"
    assert found["/live/moved"].redirects[0] == (f"{HOME}/live/moved", "301")
    with Archive(archive, read_only=True) as store:
        text = json.dumps([str(row) for row in (*store.fetches(), *store.links(), *store.run_sources(found["/"].run))])
    assert "127.0.0.1" not in text
    assert str(site.port) not in text


def test_validators_are_not_sent_to_another_hop(site, archive, monkeypatch):
    """A redirect that now leads elsewhere must not be taken for 'not modified'."""
    site.page("/", "<a href=/live/a>a</a>")
    site.redirect("/live/a", "/live/one")
    site.page("/live/one", "one")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47))
    run(archive, source(site))
    site.redirect("/live/a", "/live/two")
    site.page("/live/two", "two")
    site.requests.clear()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47 + WEEK))
    run(archive, source(site))
    asked = dict(site.requests)
    assert "If-None-Match" not in asked["/live/a"]
    assert "If-None-Match" not in asked["/live/two"]
    assert rows(archive, "2026-W48")["/live/a"].change == "changed"


def test_without_follow_everything_below_the_start_is_followed(site, archive):
    site.page(
        "/guide/index.html", "<a href=a/b.html>b</a><a href=/news/>n</a><a href=http://other.example.cn/guide/>o</a>"
    )
    site.page("/guide/a/b.html", "<a href='../c.html'>c</a>")
    site.page("/guide/c.html", "<a href='index.html'>up</a>")
    site.page("/news/", "news")
    run(archive, source(site, start=[f"{HOME}/guide/index.html"], follow=[]))
    assert set(rows(archive)) == {"/robots.txt", "/guide/index.html", "/guide/a/b.html", "/guide/c.html"}


def test_budgets_are_kept_and_told(site, archive):
    def calendar(handler):
        month = int(handler.path.split("=")[-1]) if "=" in handler.path else 0
        body = f"<a href='/live/calendar?month={month + 1}'>next</a><a href=/live/p{month}>p</a>".encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    site.page("/", "<a href='/live/calendar?month=1'>c</a>")
    for month in range(20):
        site.pages[f"/live/calendar?month={month}"] = Answer(act=calendar)
    report = run(archive, source(site, max_depth=20, max_per_path=5))
    assert "/live/calendar?month=5" in rows(archive)
    assert "/live/calendar?month=6" not in rows(archive)
    row = report.sources[0].row
    assert row.status == "partial"
    assert "1 addresses beyond 5 queries of one path" in row.reason
    report = run(archive, source(site, id="deep", max_depth=3))
    assert "addresses deeper than 3" in report.sources[0].row.reason


def test_every_source_has_its_row_also_when_nothing_comes_back(site, second_site, archive, monkeypatch, capfd):
    monkeypatch.delenv("YIDI_CONTACT", raising=False)
    second_site.close()
    site.page("/", "<p>no links any more</p>")
    report = run(
        archive,
        source(second_site, id="dead"),
        source(site, id="empty"),
        source(site, id="none", start=[f"{HOME}/none"]),
        source(site, id="unresolvable", start=["http://no-such-host.invalid/"], via=None, delay_s=1.5),
    )
    assert {entry.row.source: entry.row.status for entry in report.sources} == {
        "dead": "failed",
        "empty": "empty",
        "none": "failed",
        "unresolvable": "failed",
    }
    reasons = {entry.row.source: entry.row.reason for entry in report.sources}
    assert "connection" in reasons["dead"]
    assert "does `follow` still match" in reasons["empty"]
    assert "HTTP 404" in reasons["none"]
    assert "dns" in reasons["unresolvable"]
    assert report.complete  # they came to their end, badly
    assert ("set YIDI_CONTACT" in capfd.readouterr().err) is ("+" not in _user_agent())
    assert not report.all_failed
    with Archive(archive, read_only=True) as store:
        assert store.next_run(["dead"]) == report.run  # the same command tries the failed ones again


@pytest.mark.parametrize("target", ["http://errors.example.org/404", "/robots.txt"])
def test_robots_that_is_redirected_away_means_no_rules(site, archive, target):
    site.page("/", "<a href=/live/1>1</a>")
    site.page("/live/1", "one")
    site.redirect("/robots.txt", target)
    run(archive, source(site))
    found = outcomes(rows(archive))
    assert found["/robots.txt"] in ("offsite", "redirect_loop")
    assert found["/live/1"] == "ok"


def test_documents_of_the_last_pages_come_too(site, archive):
    site.page("/", "<a href=/live/1>1</a>")
    site.page("/live/1", "<a href='/get?file=a.pdf'>a</a><a href=/live/2>2</a><a href=/b.docx>b</a>")
    site.page("/get?file=a.pdf", b"%PDF-1.4", headers={"Content-Type": "application/octet-stream"})
    site.page("/b.docx", b"PK\x03\x04", headers={"Content-Type": "application/octet-stream"})
    run(archive, source(site, max_depth=1))
    found = rows(archive)
    assert {found[path].role for path in ("/get?file=a.pdf", "/b.docx")} == {"attachment"}
    assert "/live/2" not in found


@pytest.mark.parametrize("status", [503, 429])
def test_robots_that_does_not_answer_forbids_everything(site, archive, status):
    site.page("/", "<a href=/live/1>1</a>")
    site.page("/robots.txt", "", status=status, etag=False, headers={"Retry-After": "500"})
    report = run(archive, source(site))
    assert site.asked() == []
    assert report.sources[0].row.status == "failed"
    assert rows(archive)["/"].outcome == "http_error"
    assert "robots.txt: HTTP" in rows(archive)["/"].detail


def test_crawl_delay_and_retry_after_are_waited_for(site, archive):
    times = {}

    def once_busy(handler):
        times.setdefault("first", time.monotonic())
        site.pages["/live/1"].act = None
        handler.send_response(429)
        handler.send_header("Retry-After", "1")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.4", etag=False, headers={"Content-Type": "text/plain"})
    site.page("/", "<a href=/live/1>1</a><a href=/live/2>2</a>")
    site.page("/live/1", "one")
    site.page("/live/2", "two")
    site.pages["/live/1"].act = once_busy
    started = time.monotonic()
    run(archive, source(site))
    assert time.monotonic() - started > 1 + 3 * 0.4 * 0.7
    assert site.asked() == ["/", "/live/1", "/live/2", "/live/1"]
    assert outcomes(rows(archive))["/live/1"] == "ok"


def test_an_archive_in_use_is_not_written_by_a_second_crawl(guides, archive, monkeypatch):
    monkeypatch.setattr("crawler.run.LOCK_WAIT_S", 0.2)
    with archive.with_name(archive.name + ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(ArchiveError, match="in use by another crawl"):
            run(archive, source(guides))


@pytest.mark.parametrize(("pages", "kills"), [(40, 2), pytest.param(2000, 20, marks=pytest.mark.browser)])
def test_the_child_ends_with_its_parent_and_the_run_goes_on(guides, archive, pages, kills):
    """kill -9 of the crawl again and again: what was committed stays, the same command fetches the rest once."""
    names = [f"/live/k{number}.html" for number in range(pages)]
    guides.page("/", "".join(f"<a href={name}>x</a>" for name in names))
    for name in names:
        guides.page(name, f"<p>{name}</p>")
        if pages < 100:  # time to be killed in; many pages are enough of it
            guides.pages[name].act = _slow(guides.pages[name].body)
    entry = source(guides, max_pages=pages + 1)
    steps = pages // (kills * 4) if pages > 100 else 8
    script = (
        "import sys, pathlib; from crawler.run import crawl; from crawler.sources import Source\n"
        "crawl([Source.model_validate_json(sys.argv[1])], pathlib.Path(sys.argv[2]), run='2026-W47', progress=False)"
    )
    killed = 0
    while True:
        seen = len(guides.requests)
        child = subprocess.Popen([sys.executable, "-c", script, entry.model_dump_json(), str(archive)], cwd=os.getcwd())
        while killed < kills and child.poll() is None and len(guides.requests) < seen + steps:
            time.sleep(0.005)
        if child.poll() is None and killed < kills:
            child.kill()
            child.wait()
            killed += 1
            continue
        assert child.wait() == 0
        break
    assert killed == kills
    found = rows(archive)
    assert [found[name].outcome for name in names] == ["ok"] * len(names)
    wanted = set(names)
    asked = [path for path in guides.asked() if path in wanted]
    assert set(asked) == wanted
    again = len(asked) - len(names)
    print(f"{pages} pages, {killed} kills, {again} fetched again")
    assert again <= kills * CONCURRENT_REQUESTS  # one under way, and one that came and is not yet recorded
    with Archive(archive, read_only=True) as store:
        assert list(store.verify()) == []  # PRAGMA integrity_check, and every body against its hash
        assert [entry.complete for entry in store.runs()] == [True]


def _slow(body):
    def act(handler):
        time.sleep(0.03)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def test_scrapy_crawl_works_too(guides, tmp_path):
    registry = tmp_path / "sources"
    registry.mkdir()
    entry = json.loads(source(guides).model_dump_json(exclude_defaults=True))
    (registry / "guide.yml").write_text(json.dumps(entry), "utf-8")  # JSON is YAML
    data = tmp_path / "data"
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "guides", "-a", "source=guide", "-a", f"sources={registry}"],
        env={**os.environ, "YIDI_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert outcomes(rows(data / "archive.db"))["/live/1.html"] == "ok"
    with Archive(data / "archive.db", read_only=True) as store:
        assert [entry.complete for entry in store.runs()] == [True]


def test_on_a_terminal_there_is_a_live_view(guides, archive):
    script = (
        "import sys, pathlib; from crawler.run import crawl; from crawler.sources import Source\n"
        "crawl([Source.model_validate_json(sys.argv[1])], pathlib.Path(sys.argv[2]))"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", script, source(guides).model_dump_json(), str(archive)]
    child = subprocess.Popen(command, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"})
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # EIO: the other side is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert child.wait() == 0
    assert "━".encode() in seen
    assert b"guide: ok, 5 pages" in re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen)


def test_a_bad_run_id_is_refused(guides, archive):
    with pytest.raises(ValueError, match="not a run id"):
        crawl([source(guides)], archive, run="../x", progress=False)


def test_a_damaged_body_is_fetched_again(guides, archive, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47))
    run(archive, source(guides))
    sha256 = rows(archive)["/live/3.html"].sha256
    with sqlite3.connect(archive) as db:
        db.execute("UPDATE bodies SET body = x'00' WHERE sha256 = ?", (sha256,))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47 + WEEK))
    guides.requests.clear()
    run(archive, source(guides))
    assert guides.asked("/live/3.html") == ["/live/3.html"] * 2  # a 304, then the page
    assert rows(archive, "2026-W48")["/live/3.html"].change == "same"
    with Archive(archive, read_only=True) as store:
        assert store.body(sha256) == guides.pages["/live/3.html"].body
        assert list(store.verify()) == []


def test_sigterm_finishes_what_is_under_way_and_says_so(guides, archive):
    names = [f"/live/t{number}.html" for number in range(60)]
    guides.page("/", "".join(f"<a href={name}>x</a>" for name in names))
    for name in names:
        guides.pages[name] = Answer(act=_slow(name.encode()))
    entry = source(guides)
    with Archive(archive) as store:
        store.begin_run("2026-W47")
        store.begin_source("2026-W47", entry.id, entry.definition)
    job = {"archive": str(archive), "run": "2026-W47", "offline": False, "progress": False}
    job["groups"] = [[entry.model_dump(mode="json")]]
    worker = subprocess.Popen(
        [sys.executable, "-m", "crawler.worker"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    worker.stdin.write(json.dumps(job) + "\n")
    worker.stdin.flush()
    deadline = time.monotonic() + 20
    while len(guides.asked()) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.terminate()
    assert worker.wait(20) == 0
    told = worker.stderr.read()
    worker.stdin.close()
    worker.stderr.close()
    assert "stopping after the requests under way" in told
    found = rows(archive)
    assert 8 <= sum(fetch.outcome == "ok" for fetch in found.values()) < 60
    with Archive(archive, read_only=True) as store:
        (row,) = store.run_sources("2026-W47")
    assert (row.status, row.finished_at) == ("partial", None)
    assert "stopped before its end (shutdown)" in row.reason


def test_a_page_linked_with_http_and_https_is_asked_for_once(site, archive):
    site.page("/", f"<a href=/live/1>1</a><a href='{HOME.replace('http:', 'https:')}/live/1'>1</a>")
    site.page("/live/1", "one")
    run(archive, source(site))
    assert site.asked("/live/1") == ["/live/1"]
    assert set(rows(archive)) == {"/", "/live/1", "/robots.txt"}


def test_a_full_disk_stops_with_one_line_and_the_run_goes_on(site, archive):
    names = [f"/live/f{number}.html" for number in range(12)]
    site.page("/", "".join(f"<a href={name}>x</a>" for name in names))
    for name in names:
        site.page(name, random.Random(name).randbytes(60_000))
    entry = source(site)
    limited = (
        "import resource, sys, pathlib\n"
        "from crawler.archive import ArchiveError; from crawler.run import crawl; from crawler.sources import Source\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "try: report = crawl([Source.model_validate_json(sys.argv[1])], pathlib.Path(sys.argv[2]), progress=False)\n"
        "except ArchiveError as error: sys.exit(f'told: {error}')\n"
        "sys.exit(f'told: {report.sources[0].row.reason}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, entry.model_dump_json(), str(archive)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "told: " in done.stderr
    assert f"archive {archive} " in done.stderr
    with Archive(archive) as store:
        assert list(store.verify()) == []
        kept = {fetch.url for fetch in store.fetches() if fetch.outcome == "ok"}
        assert 2 < len(kept) < 12
        assert [entry.complete for entry in store.runs()] == [False]
    site.requests.clear()
    report = run(archive, entry)
    assert report.complete
    assert {fetch.outcome for fetch in rows(archive).values() if fetch.role != "robots"} == {"ok"}
    assert not kept & {HOME + path for path in site.asked()}


def test_two_crawls_from_different_ports_write_the_same(guides, second_site, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(W47))
    second_site.pages = guides.pages
    written = []
    for number, served in enumerate((guides, second_site)):
        archive = tmp_path / f"{number}.db"
        run(archive, source(served))
        with Archive(archive, read_only=True) as store:
            rows_of = [replace(fetch, id=0) for fetch in store.fetches()]
            written.append((rows_of, list(store.links()), list(store.runs()), list(store.run_sources("2026-W47"))))
    assert written[0] == written[1]
