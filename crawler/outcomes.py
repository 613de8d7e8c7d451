"""What can become of a fetch, and how each outcome is recognised. Transport only: what a page says is not asked here.

In: an exception, or the plain parts of a response. Out: an `Outcome` and a detail for the log. docs/RUNBOOK.md
explains every outcome to the operator; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Outcome(StrEnum):
    """What became of one address in one run. Closed: the archive holds no other value."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    REDIRECTED_HOME = "redirected_home"
    GONE = "gone"
    CHALLENGE = "challenge"
    ROBOTS_DENIED = "robots_denied"
    OFFSITE = "offsite"
    PRIVATE_ADDRESS = "private_address"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    REDIRECT_LOOP = "redirect_loop"
    HTTP_ERROR = "http_error"
    NOT_HTML = "not_html"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Meaning:
    """For people and for the resume: a `failure` counts against the source, a `transient` one is tried again."""

    zh: str
    en: str
    failure: bool = False
    transient: bool = False


MEANINGS: dict[Outcome, Meaning] = {
    Outcome.OK: Meaning("正常", "the page came"),
    Outcome.NOT_MODIFIED: Meaning("未变化", "304: the earlier body still counts"),
    Outcome.REDIRECTED_HOME: Meaning("跳回首页", "sent to the home page or a start page instead"),
    Outcome.GONE: Meaning("已下线", "404 or 410 at an address that once had the page"),
    Outcome.CHALLENGE: Meaning("安全验证", "a bot check answered instead of the page; never bypassed", failure=True),
    Outcome.ROBOTS_DENIED: Meaning("robots 禁止", "robots.txt forbids it"),
    Outcome.OFFSITE: Meaning("站外", "leads off the source's hosts or away from http; not asked for"),
    Outcome.PRIVATE_ADDRESS: Meaning("内网地址", "leads to a private or loopback address; not asked for"),
    Outcome.TOO_LARGE: Meaning("过大", "larger than the limit, before or after decompression", failure=True),
    Outcome.TIMEOUT: Meaning("超时", "no complete answer in time", failure=True, transient=True),
    Outcome.DNS: Meaning("域名解析失败", "the host name does not resolve", failure=True, transient=True),
    Outcome.TLS: Meaning("证书错误", "no trustworthy TLS connection", failure=True, transient=True),
    Outcome.CONNECTION: Meaning("连接失败", "refused, reset or cut off", failure=True, transient=True),
    Outcome.REDIRECT_LOOP: Meaning("重定向过多", "more redirects than the limit", failure=True),
    Outcome.HTTP_ERROR: Meaning("HTTP 错误", "a status that brings no page", failure=True),
    Outcome.NOT_HTML: Meaning("非网页", "neither a web page nor a document"),
    Outcome.ERROR: Meaning("程序错误", "an error in this program; please report it", failure=True, transient=True),
}

GOOD = frozenset({Outcome.OK, Outcome.NOT_MODIFIED})
# After these there is nothing to ask for again, unless a link leads there once more.
FINISHED = frozenset(
    {
        Outcome.GONE,
        Outcome.REDIRECTED_HOME,
        Outcome.HTTP_ERROR,
        Outcome.ROBOTS_DENIED,
        Outcome.OFFSITE,
        Outcome.PRIVATE_ADDRESS,
        Outcome.NOT_HTML,
    }
)
GONE_STATUS = frozenset({404, 410})
BUSY_STATUS = frozenset({408, 425, 429})  # with all of 5xx: the server asks to come back later


def is_failure(outcome: str, status: int | None) -> bool:
    """Whether the source should have answered otherwise. A 404 at an address never seen before alarms nobody."""
    return MEANINGS[Outcome(outcome)].failure and not (outcome == Outcome.HTTP_ERROR and status in GONE_STATUS)


def is_transient(outcome: str, status: int | None) -> bool:
    """Whether a resume of the same run asks again."""
    if outcome == Outcome.HTTP_ERROR:
        return status is not None and (status >= 500 or status in BUSY_STATUS)
    return MEANINGS[Outcome(outcome)].transient


# Exceptions by class name, so that this table needs no import from the inside of Scrapy or Twisted.
_BY_EXCEPTION = {
    "DownloadTimeoutError": Outcome.TIMEOUT,
    "TimeoutError": Outcome.TIMEOUT,
    "TCPTimedOutError": Outcome.TIMEOUT,
    "CannotResolveHostError": Outcome.DNS,
    "DNSLookupError": Outcome.DNS,
    "CertificateError": Outcome.TLS,
    "VerificationError": Outcome.TLS,
    "DownloadCancelledError": Outcome.TOO_LARGE,  # the handler cancels for size only
    "DownloadConnectionRefusedError": Outcome.CONNECTION,
    "ResponseDataLossError": Outcome.CONNECTION,
    "DownloadFailedError": Outcome.CONNECTION,
    "ConnectError": Outcome.CONNECTION,
    "ConnectionLost": Outcome.CONNECTION,
    "ConnectionDone": Outcome.CONNECTION,
    "BadGzipFile": Outcome.CONNECTION,
    "EOFError": Outcome.CONNECTION,
    "OSError": Outcome.CONNECTION,
    "UnsupportedURLSchemeError": Outcome.OFFSITE,
    "NotSupported": Outcome.OFFSITE,
}
# Scrapy's own middlewares say why in the message of a bare IgnoreRequest.
_BY_MESSAGE = (
    ("max redirections reached", Outcome.REDIRECT_LOOP),
    ("during decompression", Outcome.TOO_LARGE),
    ("Forbidden by robots.txt", Outcome.ROBOTS_DENIED),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The inner reasons first: a failed TLS handshake arrives as a failed download. What says its outcome is last."""
    if hasattr(error, "outcome"):
        yield error
        return
    inner = [error.__cause__] if error.__cause__ else []
    inner += [reason.value for reason in getattr(error, "reasons", None) or ()]
    for cause in inner:
        yield from _causes(cause)
    yield error


def of_exception(error: BaseException) -> tuple[Outcome, str]:
    """The outcome behind an exception of the download, and its words on one line."""
    for cause in _causes(error):
        detail = " ".join(f"{type(cause).__name__}: {cause}".split())[:300]
        outcome = getattr(cause, "outcome", None)  # guard.Refused says it itself
        if isinstance(outcome, Outcome):
            return outcome, detail.partition(": ")[2]
        if type(cause).__module__.startswith("OpenSSL"):
            return Outcome.TLS, detail
        for part, told in _BY_MESSAGE:
            if part in str(cause):
                return told, detail
        for name in (cls.__name__ for cls in type(cause).__mro__):
            if name in _BY_EXCEPTION:
                return _BY_EXCEPTION[name], detail
    return Outcome.ERROR, " ".join(f"{type(error).__name__}: {error}".split())[:300]


# -- bot checks ------------------------------------------------------------------------------------------------

CHALLENGE_MAX_BYTES = 30_000  # a bot check is small; a long page that mentions one is a page

_TITLES = "安全验证|人机验证|访问验证|滑动验证|身份验证中|访问被拦截|请求被拦截|Just a moment|Attention Required"
_SCRIPTS = (
    rb"__jsl_clearance|acw_sc__v2|\$_ts\s*=|/cdn-cgi/challenge-platform|cf-browser-verification|_guard/(?:auto|slide)"
    rb"|/WZWSREL|wzws_|waf_captcha|TencentCaptcha\(|geetest"
)
_CHALLENGE = re.compile(
    b"|".join(
        [_SCRIPTS, *(rb"<title>[^<]{0,40}(?:" + _TITLES.encode(name) + b")" for name in ("utf-8", "gb18030"))],
    ),
    re.IGNORECASE,
)
JIASULE_STATUS = 521  # Jiasule answers 521 with a script that computes a cookie


def is_challenge(status: int, body: bytes) -> bool:
    """Whether a bot check answered in place of the page."""
    if len(body) > CHALLENGE_MAX_BYTES:
        return False
    return (status == JIASULE_STATUS and b"<script" in body.lower()) or _CHALLENGE.search(body) is not None


# -- kinds of content ------------------------------------------------------------------------------------------

_DOCUMENT_SUFFIX = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|ofd)$", re.IGNORECASE)
_DOCUMENT_TYPE = re.compile(r"pdf|msword|officedocument|ms-excel|vnd\.ofd|application/(?:ofd|wps)", re.IGNORECASE)
_DOCUMENT_MAGIC = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PAGE_TYPE = re.compile(r"^(?:text/(?!css|csv|javascript)|application/(?:xhtml|xml))", re.IGNORECASE)


def names_document(url: str) -> bool:
    """Whether an address ends in the name of a PDF, Word, Excel or OFD file: '/a.pdf', '/download?file=a.pdf'."""
    parts = urlsplit(url)
    return _DOCUMENT_SUFFIX.search(parts.path) is not None or _DOCUMENT_SUFFIX.search(parts.query) is not None


def content_kind(content_type: str | None, url: str, body: bytes) -> str:
    """'page', 'document' or 'other', by the header, else by the first bytes and the name."""
    declared = (content_type or "").split(";")[0].strip()
    if _DOCUMENT_TYPE.search(declared):
        return "document"
    if _PAGE_TYPE.match(declared):
        return "page"
    vague = declared in ("", "application/octet-stream", "application/x-download", "application/force-download")
    if not vague:
        return "other"
    if body.startswith(_DOCUMENT_MAGIC) and names_document(url):
        return "document"
    return "page" if b"<" in body[:1024] else "other"


# -- responses -------------------------------------------------------------------------------------------------

_HOME_PATH = re.compile(r"^/?(?:(?:index|default|home|main)\.\w+)?$", re.IGNORECASE)


def of_response(
    *,
    status: int,
    asked: str,
    final: str,
    content_type: str | None,
    body: bytes,
    known: bool,
    starts: frozenset[str],
    location: str | None = None,
) -> tuple[Outcome, str | None]:
    """The outcome of an answer that arrived whole.

    `asked` and `final` are canonical addresses, `known` says whether an earlier run had the page, `starts` are the
    source's start addresses, `location` the target of a redirect that was not followed.
    """
    if is_challenge(status, body):
        return Outcome.CHALLENGE, f"HTTP {status}"
    if status in GONE_STATUS:
        return (Outcome.GONE if known else Outcome.HTTP_ERROR), f"HTTP {status}"
    if 300 <= status < 400 and location:
        return Outcome.OFFSITE, f"HTTP {status} to {location[:200]}"
    if not 200 <= status < 300:
        return Outcome.HTTP_ERROR, f"HTTP {status}"
    if final != asked and asked not in starts and (final in starts or _is_home(final)):
        return Outcome.REDIRECTED_HOME, final
    if content_kind(content_type, final, body) == "other":
        return Outcome.NOT_HTML, content_type
    return Outcome.OK, None


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and _HOME_PATH.match(parts.path) is not None
