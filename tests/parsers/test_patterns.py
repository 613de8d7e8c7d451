"""Patterns compiled once: equal to what `re` gives, and kept from one process to the next."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from parsers.patterns import Store, rx


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        (r"入院(?:后|之日起)?(?P<n>\d+)(?:个工作日|日|天)内", 0),
        (r"(?P<a>甲)|(?P<b>乙)(?P=b)?", 0),
        (r"app|小程序", re.I),
        (r"^第[一二三]步", re.M),
        (r"(?i:wechat)[^,。]{0,8}?(?<!不)可以", 0),
        ("", 0),
    ],
)
def test_a_pattern_equals_what_re_compiles(pattern: str, flags: int) -> None:
    ours, theirs = rx(pattern, flags), re.compile(pattern, flags)
    assert ours == theirs  # pattern, flags and code
    assert (ours.groups, ours.groupindex, ours.flags) == (theirs.groups, theirs.groupindex, theirs.flags)
    assert rx(pattern, flags) is ours


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(re.error, match="unterminated character set"):
        rx("[甲")


def kept_in(path: Path) -> Store:
    store = Store(path)
    store.get(("square", 7), lambda: [49])
    store.write()
    return Store(path)


def refuse() -> None:
    raise AssertionError("worked out again")


def test_what_is_kept_is_not_worked_out_again(tmp_path: Path) -> None:
    store = kept_in(tmp_path / "new folder" / "kept")
    assert store.get(("square", 7), refuse) == [49]


def test_what_was_not_asked_for_when_news_came_is_dropped(tmp_path: Path) -> None:
    store = kept_in(tmp_path / "kept")
    store.get(("square", 8), lambda: [64])
    store.write()
    again = Store(tmp_path / "kept")
    assert again.get(("square", 8), refuse) == [64]
    assert again.get(("square", 7), lambda: "made anew") == "made anew"


def test_without_news_the_file_stays_as_it_is(tmp_path: Path) -> None:
    store = kept_in(tmp_path / "kept")
    before = os.stat(tmp_path / "kept")
    store.get(("square", 7), refuse)
    store.write()
    assert os.stat(tmp_path / "kept") == before


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b[:40], lambda b: b"\0" + b, lambda _: b""])
def test_a_damaged_file_is_as_none(tmp_path: Path, damage) -> None:
    kept_in(tmp_path / "kept")
    (tmp_path / "kept").write_bytes(damage((tmp_path / "kept").read_bytes()))
    assert Store(tmp_path / "kept").get(("square", 7), lambda: "made anew") == "made anew"


def test_a_place_that_cannot_be_written_costs_no_more_than_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert kept_in(tmp_path / "file" / "kept").get(("square", 7), lambda: "made anew") == "made anew"


def test_the_second_process_compiles_no_pattern(tmp_path: Path) -> None:
    code = "import parsers.guide; print(parsers.patterns.STORE.news)"
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["True", "False"]
    assert [f.name for f in (tmp_path / "yidi").iterdir()] == [f"patterns-{sys.implementation.cache_tag}.marshal"]
