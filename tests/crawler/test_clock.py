"""The clock of the crawl."""

from datetime import datetime, timedelta

import pytest

from crawler import clock
from crawler.archive import Archive
from tests.crawler.conftest import Answer, run, source


def at(text):
    return datetime.fromisoformat(f"2026-11-18T{text}:00").replace(tzinfo=clock.SHANGHAI)


@pytest.mark.parametrize(
    ("window", "moment", "left"),
    [
        ("22:00-06:00", "23:00", 7 * 3600),
        ("22:00-06:00", "05:30", 1800),
        ("22:00-06:00", "06:00", 0),
        ("22:00-06:00", "21:59", 0),
        ("01:00-05:00", "01:00", 4 * 3600),
        ("01:00-05:00", "00:59", 0),
        ("00:00-00:00", "12:00", 12 * 3600),
    ],
)
def test_window(window, moment, left):
    assert clock.left_in_window(window, at(moment)) == left


@pytest.mark.parametrize("window", ["22-6", "25:00-06:00", "", "22:00-06:0", "22:00–06:00"])
def test_a_window_that_cannot_be_read(window):
    with pytest.raises(ValueError, match="not a window"):
        clock.left_in_window(window)


def test_the_week_is_that_of_shanghai(monkeypatch):
    sunday_evening_utc = datetime.fromisoformat("2026-11-22T16:30:00+00:00")  # Monday 00:30 in Shanghai
    assert clock.week(sunday_evening_utc) == "2026-W48"
    assert clock.week(sunday_evening_utc - timedelta(hours=1)) == "2026-W47"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(ValueError, match="SOURCE_DATE_EPOCH"):
        clock.now()


def test_a_crawl_keeps_to_the_window(site, tmp_path, monkeypatch):
    now = datetime.now(clock.SHANGHAI)
    monkeypatch.setenv("YIDI_WINDOW", f"{now + timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}")
    with pytest.raises(ValueError, match="outside the window"):
        run(tmp_path / "a.db", source(site))
    assert site.requests == []
    monkeypatch.setattr(clock, "left_in_window", lambda window: 3.0)
    names = [f"/live/{number}" for number in range(40)]
    site.page("/", "".join(f"<a href={name}>x</a>" for name in names))
    for name in names:
        site.pages[name] = Answer(b"x", headers={"Content-Type": "text/html"})
    report = run(tmp_path / "a.db", source(site, via=site.url, delay_s=0.5))
    assert not report.complete
    assert "stopped before its end" in report.sources[0].row.reason
    with Archive(tmp_path / "a.db", read_only=True) as store:
        assert store.next_run(["guide"]) == report.run
