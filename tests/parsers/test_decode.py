"""Bytes to text: the order of encodings, lying declarations, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.decode import decode

TEXT = "<p>异地就医备案，镕喆㐂</p>"


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "iso-8859-1", None])
@pytest.mark.parametrize("real", ["utf-8", "gb18030"])
def test_a_declaration_may_lie(real: str, declared: str | None) -> None:
    page = (f"<meta charset={declared}>" if declared else "") + TEXT
    found = decode(page.encode(real), f"text/html; charset={declared}" if declared else None)
    assert (found.text, found.encoding, found.issues) == (page, real, ())


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_marks_and_utf_16(codec: str) -> None:
    page = "<html><head><title>备案</title></head><body>" + TEXT
    assert decode(page.encode(codec)).text == page


def test_the_declared_encoding_is_asked_last() -> None:
    found = decode("<meta charset=big5><p>異地就醫備案</p>".encode("big5"))
    assert found.encoding in ("big5", "gb18030")
    latin = b"<meta charset=iso-8859-1><p>caf\xe9 \xff</p>"
    assert "café" in decode(latin).text


def test_damage_is_flagged_not_hidden() -> None:
    body = TEXT.encode() * 40 + b"\xff\xfe\xff" + TEXT.encode()
    found = decode(body)
    assert found.encoding == "utf-8"
    assert "异地就医备案" in found.text
    assert [issue.code for issue in found.issues] == ["bad_encoding"]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_body_cut_inside_a_character_is_no_damage(codec: str) -> None:
    found = decode("异地就医备案".encode(codec)[:-1])
    assert found.text == "异地就医备"
    assert found.encoding == codec
    assert not found.issues


@given(st.binary(max_size=400))
def test_any_bytes_give_text(body: bytes) -> None:
    found = decode(body)
    assert isinstance(found.text, str)
    assert found.encoding


@given(st.text(alphabet=st.characters(codec="gb18030"), max_size=80))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    assert decode(("<p>备案" + text).encode()).text == "<p>备案" + text
