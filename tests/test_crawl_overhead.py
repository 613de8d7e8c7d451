"""The measurement of the crawl beside bare Scrapy runs, and measures both on the same pages."""

from __future__ import annotations

import pytest

from benchmarks import crawl_overhead


@pytest.mark.browser
def test_both_crawls_are_measured() -> None:
    """A few small pages: that the figures come about, not what they are."""
    found = crawl_overhead.compare(pages=120, size=3000, rounds=1)
    assert found["ratio"] == pytest.approx(found["yidi"] / found["bare"])
    assert min(found.values()) > 0


def test_pages_have_their_size_and_lead_to_others() -> None:
    page = crawl_overhead.page(5, 2000, 30_000)
    assert 29_000 < len(page) < 33_000
    assert page.count(b"<a href") == crawl_overhead.LINKS
    assert b"/live/6.html" in page
