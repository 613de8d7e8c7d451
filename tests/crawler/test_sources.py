"""The registry is valid, and a mistake in a source file is told with file, line and key."""

import json
import re
from pathlib import Path

import pytest

from crawler.run import by_domain, domain, in_shard
from crawler.sources import Source, SourceError, load_sources

GOOD = """\
id: a
name: 甲
region: "130500"
start: [http://a.example.cn/]
follow: ['/live/\\d+']
"""


def test_the_shipped_registry():
    sources = load_sources()
    assert [source.id for source in sources] == sorted({source.id for source in sources})
    bureaus = [source for source in sources if source.id.startswith("ybj-")]
    assert (
        len({source.region for source in bureaus if source.region and source.region.endswith("0000")}) == 31
    )  # and the corps, which has no code of its own
    assert {"nhsa", "nhsa-fuwu", "ybj-bingtuan", "bendibao-xingtai"} <= {source.id for source in sources}
    for source in sources:
        assert source.publisher, source.id
        assert source.authority, source.id
        assert source.via is None, source.id
        assert source.delay_s >= 1.5, source.id
        assert source.verified is None, source.id


def test_follow_patterns_match_what_they_should():
    patterns = {source.id: source.follow for source in load_sources()}
    for source_id, url in (
        ("bendibao-xingtai", "http://xt.bendibao.com/live/202178/1234.shtm"),
        ("nhsa", "https://www.nhsa.gov.cn/art/2022/7/26/art_37_8629.html"),
        ("law-findlaw", "https://china.findlaw.cn/ask/question_20146066.html"),
        (
            "ybj-city-ganzhou",
            "https://ybj.ganzhou.gov.cn/gzsylbzj/c103161/202603/edfef299c8f2498a838ce2350666a016.shtml",
        ),
        ("ybj-beijing", "https://ybj.beijing.gov.cn/tzgg2022/202401/t20240101_123.html"),
    ):
        assert any(re.search(pattern, url) for pattern in patterns[source_id]), source_id


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD + "colour: red\n", 6, "colour: unknown key"),
        (GOOD.replace('"130500"', "130500"), 3, "region: must be a string (put it in quotes)"),
        (GOOD.replace("130500", "13050"), 3, "region: "),
        (GOOD.replace("'/live/\\d+'", "'/live/(\\d+'"), 5, "follow: not a regular expression"),
        (GOOD.replace("http://a.example.cn/", "ftp://a.example.cn/"), 4, "start: not an http or https address"),
        (GOOD.replace("http://a.example.cn/", "http://10.0.0.1/"), 1, "allow_private is not set"),
        (GOOD.replace("http://a.example.cn/", "http://2130706433/"), 1, "allow_private is not set"),
        (GOOD.replace("id: a", "id: Ä"), 1, "id: "),
        (GOOD.replace("name: 甲\n", ""), 1, "name: is required"),
        (GOOD + "id: b\n", 6, "id: given twice"),
        (GOOD + "expect: {min_guides: -1}\n", 6, "expect.min_guides: "),
        (GOOD + "expect:\n  min_guides: 1\n  maximum: 2\n", 8, "expect.maximum: unknown key"),
        (GOOD + "delay_s: 0.1\n", 1, "delay_s below 1 needs via or allow_private"),
        (GOOD + "via: http://127.0.0.1:80/x\n", 6, "via: must be scheme, host and port only"),
        (GOOD + "authority: F\n", 6, "authority: "),
        (GOOD + "verified: yesterday\n", 6, "verified: "),
        (GOOD + "follow: [\n", 7, "not YAML"),
        (GOOD + "each: {x: {a: 1}}\n", 6, "each.x: column 'a' is used nowhere"),
        (GOOD.replace("id: a", "id: a-${sub}") + "each:\n  x: {}\n", 7, "each.x: no column 'sub'"),
        (GOOD.replace('"130500"', "${code}") + "each:\n  x: {code: 1305}\n", 3, "region (for x): must be a string"),
        (GOOD + "each: [x]\n", 6, "each: a table has a mapping"),
        ("", 1, "the file is empty"),
        ("- just text\n", 1, "a source is a mapping"),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path, text, line, message):
    file = tmp_path / "broken.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(SourceError) as caught:
        load_sources(tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{file}:{line}: ")
    assert message in told
    assert "\n" not in told


def test_an_id_used_twice_names_both_places(tmp_path):
    for name in ("one.yml", "two.yml"):
        (tmp_path / name).write_text(GOOD, "utf-8")
    with pytest.raises(SourceError, match=r"two\.yml:1: id: 'a' is already the id of .*one\.yml:1"):
        load_sources(tmp_path)


def test_a_folder_without_sources(tmp_path):
    with pytest.raises(SourceError, match="no folder of sources"):
        load_sources(tmp_path / "none")
    with pytest.raises(SourceError, match="no sources"):
        load_sources(tmp_path)


def test_a_file_may_hold_several_and_the_line_is_that_of_the_entry(tmp_path):
    entry = "- " + GOOD.replace("\n", "\n  ").rstrip()
    second = entry.replace("id: a", "id: b")
    (tmp_path / "two.yml").write_text(f"{entry}\n{second}\n", "utf-8")
    assert [source.id for source in load_sources(tmp_path)] == ["a", "b"]
    (tmp_path / "two.yml").write_text(f"{entry}\n{second}\n  colour: red\n", "utf-8")
    with pytest.raises(SourceError, match=r"two\.yml:11: 1\.colour: unknown key|two\.yml:11: colour: unknown key"):
        load_sources(tmp_path)


def test_a_table_stands_for_one_source_per_row(tmp_path):
    (tmp_path / "cities.yml").write_text(
        "id: city-${key}\nname: ${name}生活\nregion: ${code}\nstart: ['http://${sub}.example.cn/']\n"
        "follow: ['/a\\d{2}$']\neach:\n"
        '  xingtai: {sub: xt, name: 邢台, code: "130500"}\n'
        "  other: {sub: ot, name: 其他, code: null}\n",
        "utf-8",
    )
    other, xingtai = load_sources(tmp_path)
    assert (other.id, other.region, other.start) == ("city-other", None, ["http://ot.example.cn/"])
    assert (xingtai.id, xingtai.name, xingtai.region) == ("city-xingtai", "邢台生活", "130500")
    assert xingtai.follow == [r"/a\d{2}$"]


def test_the_definition_does_not_depend_on_the_port(tmp_path: Path):
    def entry(port: int) -> Source:
        return Source(id="a", name="a", start=["http://a.example.cn/"], via=f"http://127.0.0.1:{port}", delay_s=0)

    assert entry(1).definition == entry(2).definition
    assert "via" not in json.loads(entry(1).definition)


def test_half_of_the_guides_may_be_missing_where_an_entry_does_not_say(tmp_path):
    (tmp_path / "a.yml").write_text(GOOD, "utf-8")
    (tmp_path / "b.yml").write_text(GOOD.replace("id: a", "id: b") + "expect: {max_drop: null}\n", "utf-8")
    assert [source.expect.max_drop for source in load_sources(tmp_path)] == [0.5, None]


def test_shards_keep_a_domain_together_and_lose_nothing():
    sources = load_sources()
    parts = [in_shard(sources, (number, 3)) for number in (1, 2, 3)]
    assert sorted(source.id for part in parts for source in part) == [source.id for source in sources]
    domains = [{domain(source) for source in part} for part in parts]
    assert sum(map(len, domains)) == len(set().union(*domains))
    assert len({domain(source) for source in sources if source.id.startswith("bendibao-")}) == 1
    assert sum(map(len, by_domain(sources))) == len(sources)
    with pytest.raises(ValueError, match="shard 4/3"):
        in_shard(sources, (4, 3))
