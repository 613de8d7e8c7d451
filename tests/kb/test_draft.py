"""A first entry for a source, drafted from a real page: what is written, and what is refused."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.sources import SourceError, load_sources
from kb.cli import main
from kb.draft import draft
from tests.crawler.conftest import Site, rows, run

GUIDE = """<html><head><meta charset="gb2312"><title>邢台异地就医备案指南- 邢台本地宝</title></head><body>
<div class="daohang_con"><a href="/">邢台本地宝</a> &gt; <a href="/live/">办事指南</a></div>
<div class="article"><h1 class="title">邢台市异地就医备案指南</h1><div class="content" id="bo">
<p>邢台市参保人员可通过国家医保服务平台APP办理异地就医备案，需携带身份证。</p>
<p>因病情紧急未及时备案的，临时外出就医人员入院10日内可以补办备案。</p></div></div>
<div class="tjread"><a href="/live/202178/1002.shtm">医保卡怎么换</a><a href="/live/202179/1003.shtm">生育津贴怎么领</a>
<a href="/about.htm">关于我们</a><a href="http://other.example.org/live/202179/1004.shtm">别处</a></div></body></html>"""
NOTHING: dict[str, str | None] = dict.fromkeys(("name", "authority", "region"))


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    served.page("/live/202178/1001.shtm", GUIDE.encode("gb18030"))
    served.page("/live/202178/1002.shtm", "<p>two</p>")
    yield served
    served.close()


def refusal(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_a_guide_page(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{site.url}/live/202178/1001.shtm"
    told = draft(url, tmp_path, NOTHING, allow_private=True)
    assert site.asked() == ["/live/202178/1001.shtm"]  # this page and robots.txt, nothing it leads to
    (source,) = load_sources(tmp_path)
    assert (source.id, source.start, source.region, source.layout) == ("127-0-0-1", [url], "130500", "bendibao")
    assert (source.authority, source.verified, source.expect.min_guides) == ("E", None, 1)
    assert source.follow == [site.url.removeprefix("http:").replace(".", r"\.") + r"/live/\d+/\d+\.shtm$"]
    page = tmp_path / "pages" / "127-0-0-1.html"
    assert page.read_bytes() == GUIDE.encode("gb18030")
    expected = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert expected["region"]["adcode"] == "130500"
    assert expected["deadlines"][0]["amount"] == 10
    assert "guide itself" in (tmp_path / "127-0-0-1.yml").read_text("utf-8")
    assert f"then: yidi crawl 127-0-0-1 --sources {tmp_path}" in told
    main_code = refusal("parse", str(page), "--url", url)  # the expected file is what `yidi parse` prints
    assert main_code == 0
    assert capsys.readouterr().out == page.with_suffix(".json").read_text("utf-8")


def test_the_drafted_entry_crawls(site: Site, tmp_path: Path) -> None:
    draft(f"{site.url}/live/202178/1001.shtm", tmp_path, NOTHING, allow_private=True)
    (source,) = load_sources(tmp_path)
    report = run(tmp_path / "archive.db", source.model_copy(update={"delay_s": 0.0}))
    assert report.sources[0].row.pages == 2
    assert set(rows(tmp_path / "archive.db", home=site.url)) == {
        "/robots.txt", "/live/202178/1001.shtm", "/live/202178/1002.shtm", "/live/202179/1003.shtm",
    }  # fmt: skip


def test_a_saved_list_of_a_bureau(tmp_path: Path) -> None:
    listing = "<title>异地就医-邢台市医疗保障局</title><ul>" + "".join(
        f"<li><a href='/art/2024/{n}/1{n}/art_37_{8600 + n}.html'>通知</a></li>" for n in range(1, 5)
    )
    draft("http://ybj.xingtai.gov.cn/col/list.html", tmp_path, NOTHING, body=listing.encode())
    (source,) = load_sources(tmp_path)
    assert (source.id, source.authority, source.region) == ("ybj-xingtai-gov-cn", "A", "130500")
    assert source.follow == [r"//ybj\.xingtai\.gov\.cn/art/\d+/\d+/\d+/art_\d+_\d+\.html$"]
    assert source.layout is None
    assert "leads to others" in (tmp_path / "ybj-xingtai-gov-cn.yml").read_text("utf-8")


def test_what_the_caller_knows_counts(tmp_path: Path) -> None:
    given: dict[str, str | None] = {"name": "某站", "authority": "B", "region": "110000"}
    draft("http://guide.example.cn/yb/list.html", tmp_path, given, body=b"<p>x</p>")
    (source,) = load_sources(tmp_path)
    assert (source.name, source.authority, source.region) == ("某站", "B", "110000")
    assert source.follow == [r"//guide\.example\.cn/yb/"]


def test_a_host_of_the_registry_is_named(tmp_path: Path) -> None:
    told = draft("http://xt.bendibao.com/live/1/2.shtm", tmp_path, NOTHING, body=b"<p>x</p>")
    assert told.startswith("the registry knows this host already: bendibao-xingtai\n")


@pytest.mark.parametrize(
    ("path", "words"),
    [("/none", "http_error (HTTP 404)"), ("/live/image", "not_html (image/png)"), ("/out", "offsite")],
)
def test_a_page_that_does_not_come_writes_nothing(site: Site, tmp_path: Path, path: str, words: str) -> None:
    site.page("/live/image", b"\x89PNG", headers={"Content-Type": "image/png"})
    site.redirect("/out", "http://other.example.org/")
    with pytest.raises(SourceError) as caught:
        draft(site.url + path, tmp_path, NOTHING, allow_private=True)
    assert words in str(caught.value)
    assert "give it with --page FILE" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_private_address_needs_a_word(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal("add-source", f"{site.url}/", "--sources", str(tmp_path)) == 2
    assert "private address" in capsys.readouterr().err
    assert site.requests == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    draft("http://guide.example.cn/a", tmp_path, NOTHING, body=b"<p>x</p>")
    with pytest.raises(SourceError, match="exists already"):
        draft("http://guide.example.cn/b", tmp_path, NOTHING, body=b"<p>y</p>")


@pytest.mark.parametrize(("option", "value"), [("region", "13"), ("authority", "Z")])
def test_a_wrong_value_names_its_key(tmp_path: Path, option: str, value: str) -> None:
    with pytest.raises(SourceError, match=rf"guide-example-cn\.yml: {option}: "):
        draft("http://guide.example.cn/a", tmp_path, {**NOTHING, option: value}, body=b"<p>x</p>")
    assert not list(tmp_path.iterdir())


def test_a_saved_page_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = f"add-source http://guide.example.cn/ --page {tmp_path}/none.html --sources {tmp_path}"
    assert refusal(*shlex.split(command)) == 2
    assert capsys.readouterr().err.strip() == f"yidi: {tmp_path}/none.html: No such file or directory"
