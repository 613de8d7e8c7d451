"""The whole road from bytes to a reading; it never raises."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.reading import MAX_MARKUP, MAX_TEXT, flatten, lightened, read

PAGE = """<html><head><meta charset="gb2312"><title>备案说明全文 - 某市网</title><meta name="PubDate" content="2024-01-02"></head><body><h1>备案说明全文</h1>
<div><p>参保人员去外地看病之前先备案。</p><table><tr><th>类型</th><th>期限</th></tr><tr><td>转诊</td><td>6个月</td></tr></table><p>备案以后直接结算，不用垫付。</p></div></body></html>"""


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_any_bytes(body: bytes) -> None:
    found = read(body)
    assert not [issue for issue in found.issues if issue.code == "parser_error"]
    assert found.outline.text or found.issues


TAGS = st.sampled_from(
    "div p table tr td th ul ol li dl dt dd h1 h2 br span b a section select form script head body html pre".split()
)
BITS = st.one_of(
    TAGS.map(lambda t: f"<{t}>"),
    TAGS.map(lambda t: f"</{t}>"),
    st.sampled_from(
        ["一、", "1.", "①", "第一步", "备案：", "。", "相关推荐", "答复内容", "来信内容", "<!--", "-->", "&nbsp;"]
    ),
    st.text(alphabet="异地就医备案材料身份证，。；：（）12\n\t　", max_size=30),
    st.sampled_from(
        [
            '<a href="/x">链接标题文字</a>',
            '<td rowspan="3" colspan="0">',
            '<td colspan="999999">',
            '<li value="7">',
            '<p style="display:none">',
            '<a href="http://[x">坏</a>',
        ]
    ),
)


@given(st.lists(BITS, max_size=80))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_markup(bits: list[str]) -> None:
    found = read("".join(bits).encode(), url="http://h.cn/a/b.html")
    assert not [issue for issue in found.issues if issue.code == "parser_error"], found.issues
    text, blocks = found.outline.text, found.outline.blocks
    assert "\n".join(text[b.start : b.end] for b in blocks) == text
    for index, block in enumerate(blocks):
        assert block.start <= block.content <= block.end
        for other in (block.parent, block.row_head, block.col_head):
            assert other is None or (0 <= other < len(blocks) and other != index)
        assert len(list(found.outline.path(index))) < len(blocks), "parents go round in a circle"


@given(st.integers(0, len(PAGE.encode())), st.integers(0, len(PAGE.encode())), st.binary(max_size=20))
@settings(max_examples=150, deadline=None)
def test_damaged_pages(start: int, end: int, noise: bytes) -> None:
    body = PAGE.encode()
    found = read(body[:start] + noise + body[end:])
    assert not [issue for issue in found.issues if issue.code == "parser_error"], found.issues


def test_a_page() -> None:
    found = read(PAGE.encode("gb18030"))
    assert (found.title, found.published, found.encoding, found.site) == (
        "备案说明全文",
        "2024-01-02",
        "gb18030",
        "某市网",
    )
    assert [b.kind for b in found.outline.blocks] == ["paragraph", "cell", "cell", "cell", "cell", "paragraph"]


def test_closed_too_early_and_swallowed_pages() -> None:
    assert "先备案" in read(PAGE.replace("<h1>", "</body></html><h1>").encode()).outline.text
    assert "先备案" in read(PAGE.replace("<h1>", "<select><option>区<h1>").encode()).outline.text


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td"])
def test_deep_nesting_is_recovered_and_told(tag: str) -> None:
    body = (
        "<p>前面的一段文字。</p>" + f"<{tag}>" * 3000 + "深处的文字，在最里面。" + "<p>后面的一段文字。</p>"
    ).encode()
    begun = time.process_time()
    found = read(body)
    assert time.process_time() - begun < 2
    assert "深处的文字" in found.outline.text
    assert "too_deep" in [issue.code for issue in found.issues]


def test_flatten_keeps_text() -> None:
    assert (
        flatten("<p>一</p>" + "<i>" * 500 + "二" + "</i>" * 500 + "三").replace("<i>", "").replace("</i>", "")
        == "<p>一</p>二三"
    )


def test_empty_large_and_scripted() -> None:
    assert [i.code for i in read(b"").issues] == ["empty"]
    assert [i.code for i in read(b"   \n ").issues] == ["empty"]
    assert [i.code for i in read(("字" * (MAX_TEXT + 1)).encode()).issues] == ["too_large"]
    spa = b"<html><body><div id=app></div><script>" + b"var a=1;" * 200 + b"</script></body></html>"
    assert [i.code for i in read(spa).issues] == ["needs_js"]
    image = '<html><title>备案材料一图读懂</title><body><h1>备案材料一图读懂</h1><div><p><img src="/a.jpg"></p><p>如图所示</p></div></body></html>'
    assert "content_in_image" in [i.code for i in read(image.encode()).issues]


def test_time_for_long_pages() -> None:
    body = (
        "<html><body><div>"
        + "<p>一、参保人员应当在就医之前办理备案，备案以后直接结算；1.身份证；2.备案表。</p>" * 3000
        + "</div></body></html>"
    ).encode()
    begun = time.process_time()
    assert len(read(body).outline.blocks) == 9000
    assert time.process_time() - begun < 4


def test_a_large_page_is_read_without_what_is_embedded() -> None:
    page = (
        '<p>甲<!-- 注 --></p><style>p {}</style><script>var a;</script><img src="data:image/png;base64,'
        + "A" * 300
        + '"><script type="application/ld+json">{}</script><script>never closed'
    )
    assert lightened(page) == (
        '<p>甲<!----></p><style></style><script></script><img src="data:">'
        '<script type="application/ld+json">{}</script><script>never closed'
    )


def test_a_page_is_read_whole_when_only_its_scripts_are_large() -> None:
    found = read(f"<p>异地就医备案。</p><script>{'x' * MAX_MARKUP}</script><p>带身份证。</p>".encode())
    assert found.outline.text == "异地就医备案。\n带身份证。"
    assert found.issues == ()


def test_a_page_of_too_much_markup_is_read_from_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parsers.reading.MAX_MARKUP", 134)
    found = read(("<p>异地就医备案</p>" * 15).encode())
    assert [issue.code for issue in found.issues] == ["too_long"]
    assert found.outline.text.split("\n") == ["异地就医备案"] * 10 + ["异"]
