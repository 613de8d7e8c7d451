"""Addresses and outcomes: pure functions, by example."""

import ipaddress

import pytest
from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest

from crawler.addresses import is_private, is_private_literal
from crawler.outcomes import (
    MEANINGS,
    Outcome,
    content_kind,
    is_challenge,
    is_failure,
    is_transient,
    of_exception,
    of_response,
)
from crawler.urls import canonical, site


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://A.Example.CN:80/x#top", "http://a.example.cn/x"),
        ("https://a.cn:443", "https://a.cn/"),
        ("http://a.cn:8080/a/../b/./c", "http://a.cn:8080/b/c"),
        ("http://a.cn/../../x", "http://a.cn/x"),
        ("http://a.cn/x/..", "http://a.cn/"),
        ("http://a.cn/x;jsessionid=1F?b=2&a=1&utm_source=q&spm=1", "http://a.cn/x?b=2&a=1"),
        ("http://a.cn/异地?q=备案", "http://a.cn/%E5%BC%82%E5%9C%B0?q=%E5%A4%87%E6%A1%88"),
        ("http://a.cn//x", "http://a.cn//x"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_canonical(url, expected):
    assert canonical(url) == expected
    assert canonical(expected) == expected


def test_canonical_uses_the_page_encoding_for_queries():
    assert canonical("http://a.cn/?q=备案", "gbk") == "http://a.cn/?q=%B1%B8%B0%B8"
    with pytest.raises(ValueError, match="no host"):
        canonical("http:///x")


def test_http_and_https_are_one_site_and_other_ports_are_not():
    assert site("http://a.cn/x") == site("https://a.cn:443/y")
    assert site("http://a.cn:8000/") != site("http://a.cn/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "017700000001", "::1", "[::1]", "::ffff:10.0.0.1",
     "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "fe80::1", "fd00::1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "printer.local", "LOCALHOST."],
)  # fmt: skip
def test_private_in_every_spelling(host):
    assert is_private_literal(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "www.nhsa.gov.cn", "2001:4860:4860::8888", "134744072"])
def test_public(host):
    assert not is_private_literal(host)
    assert not is_private(ipaddress.ip_address("8.8.8.8"))


def response(**changes):
    values = {
        "status": 200,
        "asked": "http://a.cn/live/1",
        "final": "http://a.cn/live/1",
        "content_type": "text/html",
        "body": b"<html>",
        "known": False,
        "starts": frozenset({"http://a.cn/list/"}),
    }
    return of_response(**{**values, **changes})[0]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.OK),
        ({"status": 404}, Outcome.HTTP_ERROR),
        ({"status": 404, "known": True}, Outcome.GONE),
        ({"status": 410, "known": True}, Outcome.GONE),
        ({"status": 500, "known": True}, Outcome.HTTP_ERROR),
        ({"final": "http://a.cn/"}, Outcome.REDIRECTED_HOME),
        ({"final": "http://a.cn/index.html"}, Outcome.REDIRECTED_HOME),
        ({"final": "http://a.cn/list/"}, Outcome.REDIRECTED_HOME),
        ({"final": "http://a.cn/?id=1"}, Outcome.OK),
        ({"final": "http://a.cn/live/2"}, Outcome.OK),
        ({"asked": "http://a.cn/list/", "final": "http://a.cn/"}, Outcome.OK),
        ({"status": 302, "location": "file:///etc/passwd"}, Outcome.OFFSITE),
        ({"content_type": "image/png"}, Outcome.NOT_HTML),
        ({"content_type": "application/pdf", "body": b"%PDF-1.7"}, Outcome.OK),
        ({"content_type": None}, Outcome.OK),
        ({"content_type": None, "body": b"\x89PNG"}, Outcome.NOT_HTML),
        ({"status": 521, "body": b"<script>var _0x=1</script>"}, Outcome.CHALLENGE),
        ({"status": 412, "body": b"<script>$_ts={};</script>"}, Outcome.CHALLENGE),
        ({"body": "<title>安全验证</title>".encode()}, Outcome.CHALLENGE),
        ({"body": "<title>安全验证</title>".encode("gbk")}, Outcome.CHALLENGE),
        ({"body": "<p>请完成安全验证后在国家医保服务平台备案</p>".encode()}, Outcome.OK),
    ],
)
def test_of_response(changes, outcome):
    assert response(**changes) is outcome


def test_a_long_page_is_no_challenge():
    assert not is_challenge(200, "<title>安全验证</title>".encode() + b"x" * 40_000)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (exceptions.DownloadTimeoutError("30 s"), Outcome.TIMEOUT),
        (exceptions.CannotResolveHostError("x"), Outcome.DNS),
        (exceptions.DownloadConnectionRefusedError("x"), Outcome.CONNECTION),
        (exceptions.ResponseDataLossError("x"), Outcome.CONNECTION),
        (exceptions.DownloadCancelledError("size"), Outcome.TOO_LARGE),
        (IgnoreRequest("max redirections reached"), Outcome.REDIRECT_LOOP),
        (IgnoreRequest("Ignored response, exceeded DOWNLOAD_MAXSIZE (9 B) during decompression."), Outcome.TOO_LARGE),
        (KeyError("ours"), Outcome.ERROR),
    ],
)
def test_of_exception(error, outcome):
    assert of_exception(error)[0] is outcome


def test_every_outcome_has_a_meaning_and_failures_are_told_apart():
    assert set(MEANINGS) == set(Outcome)
    assert is_failure("http_error", 500)
    assert not is_failure("http_error", 404)
    assert not is_failure("gone", 404)
    assert is_transient("http_error", 503)
    assert not is_transient("http_error", 403)
    assert is_transient("timeout", None)
    assert not is_transient("offsite", None)


@pytest.mark.parametrize(
    ("content_type", "url", "body", "kind"),
    [
        ("text/html; charset=gbk", "http://a.cn/1", b"", "page"),
        ("application/msword", "http://a.cn/1", b"", "document"),
        ("application/octet-stream", "http://a.cn/1.docx", b"PK\x03\x04", "document"),
        ("application/zip", "http://a.cn/1.zip", b"PK\x03\x04", "other"),
        ("application/octet-stream", "http://a.cn/1.exe", b"MZ", "other"),
        ("text/css", "http://a.cn/1.css", b"a{}", "other"),
    ],
)
def test_content_kind(content_type, url, body, kind):
    assert content_kind(content_type, url, body) == kind
