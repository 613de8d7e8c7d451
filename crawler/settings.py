"""Every Scrapy setting that differs from its default (2.19), with its reason. A source's own delay, TLS exception
and page budget are set by the spider."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, metadata


def _user_agent() -> str:
    """Name, version and where to complain: YIDI_CONTACT, else the project's address in the package metadata."""
    try:
        package = metadata("yidi")
    except PackageNotFoundError:  # run from a checkout that was never installed
        version, pages = "0", []
    else:
        version, pages = package["Version"], package.get_all("Project-URL") or []
    contact = os.environ.get("YIDI_CONTACT") or (pages[0].partition(", ")[2] if pages else "")
    return f"yidi/{version} (+{contact})" if contact else f"yidi/{version}"


BOT_NAME = "yidi"
SPIDER_MODULES = ["crawler.spiders"]
USER_AGENT = _user_agent()  # honest: who asks, and where the operator is reached

# Politeness
ROBOTSTXT_OBEY = False  # Scrapy's own middleware is off; crawler.politeness.Robots obeys, with the 5xx rule and delays
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # one request at a time per host
CONCURRENT_REQUESTS = 2  # per source: one under way, one ready; what is taken from the queue holds up a stop
DOWNLOAD_DELAY = 1.5  # seconds between two requests to a host; a source may ask for more
DOWNLOAD_DELAY_JITTER = 0.3  # not like clockwork; never below 0.7 of the delay
AUTOTHROTTLE_START_DELAY = 1.5
AUTOTHROTTLE_MAX_DELAY = 60.0  # a slow server is asked less often
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
COOKIES_ENABLED = False  # public pages need none, and none are kept
REFERRER_POLICY = "no-referrer"  # the archive knows the referrer; the site need not
RETRY_TIMES = 2
RETRY_HTTP_CODES = [429, 500, 502, 503, 504, 522, 524, 408]
RETRY_PRIORITY_ADJUST = -1  # after the pages that are still waiting
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the fetch row says it
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
}

# Limits
DOWNLOAD_TIMEOUT = 30  # seconds for the whole answer: a slow drip ends too
DOWNLOAD_MAXSIZE = 10_000_000  # bytes, also after decompression; the default of 1 GiB invites bombs
DOWNLOAD_WARNSIZE = 0  # no warning below the limit
REDIRECT_MAX_TIMES = 5
CLOSESPIDER_TIMEOUT = 6 * 3600  # seconds for one source
CLOSESPIDER_ERRORCOUNT = 200  # errors of this program, not of the site

# Safety
DOWNLOAD_HANDLERS = {
    "file": None,  # a link to file:///etc/passwd would be read
    "data": None,
    "ftp": None,
    "s3": None,
    "http": "crawler.guard.GuardedHandler",
    "https": "crawler.guard.GuardedHandler",
}
TWISTED_DNS_RESOLVER = "crawler.guard.GuardedResolver"  # a public name may resolve to a private address
DOWNLOAD_VERIFY_CERTIFICATES = True
HTTPPROXY_ENABLED = False  # a proxy would resolve names for us, past the guard
TELNETCONSOLE_ENABLED = False  # on by default: a Python prompt on a port
REMOTE_CONTROL_ENABLED = False  # on by default: runs any code sent to a port

# Shape
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # lets start addresses and retries leave the site
    "crawler.guard.StrictOffsite": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.politeness.Robots": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,  # ignores Retry-After
    "crawler.politeness.Patience": 550,
    "crawler.revisit.Revisit": 585,  # sees decoded bodies and the last hop: inside compression (590), redirects (600)
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # drops silently; the spider counts what it leaves out
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # the same
}
HTTPERROR_ALLOW_ALL = True  # the spider records every status
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.politeness.Throttle": 0,  # the same with robots' Crawl-delay as its floor
    "scrapy.extensions.logstats.LogStats": None,
    "crawler.progress.Progress": 500,
}
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the spider knows what it asked for, by canonical address
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # with priority by depth: breadth first, same order each time
LOG_LEVEL = "WARNING"
LOG_INSTALL_ROOT_HANDLER = False  # crawler.progress has the terminal
LOG_SHORT_NAMES = False
