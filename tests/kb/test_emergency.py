"""The window for emergencies, read by the real parsers: 3 days on a content site, 10 days in Xingtai, nationally deemed
filed. The contradiction is found and explained, and the region's answer is its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.archive import Archive, Fetch
from kb import load
from tests.kb.world import rows

ROOT = Path(__file__).resolve().parents[2]
KIT = Path(os.environ.get("EVAL", ROOT.parent / "shared" / "eval")).resolve()
AT = "2026-11-16T02:00:00Z"


def built(folder: Path, pages: dict[str, tuple[str | None, bytes]]) -> Path:
    """A base of pages: address → tier of its source, body."""
    with Archive(folder / "archive.db") as archive:
        archive.begin_run("2026-W47")
        for url, (tier, body) in pages.items():
            source = f"source-{tier}".lower()
            archive.begin_source("2026-W47", source, json.dumps({"id": source, "start": [url], "authority": tier}))
            archive.record(Fetch(run="2026-W47", source=source, url=url, fetched_at=AT, outcome="ok", status=200), body)
            archive.finish_source("2026-W47", source, status="ok", reason=None, pages=1, failures=0)
        archive.finish_run("2026-W47", complete=True)
    load.build([folder / "archive.db"], folder / "kb.db")
    return folder / "kb.db"


def check(base: Path, *, by_rule: bool) -> None:
    sql = (
        "SELECT fact_id, coalesce(region, ''), authority FROM v1_deadlines WHERE kind = 'makeup_window' AND amount = ?"
    )
    three, ten = rows(base, sql, 3), rows(base, sql, 10)
    assert [r[1:] for r in three] == [("", "E")]
    assert [r[1:] for r in ten] == [("邢台市", "C")]
    said = {three[0][0]: "3 days", ten[0][0]: "10 days"}
    found = {
        (kind, reason, frozenset((said.get(a, a), said.get(b, b))), said.get(preferred, preferred))
        for kind, reason, a, b, preferred in rows(
            base, "SELECT kind, reason, fact_a, coalesce(fact_b, rule_b), preferred FROM v1_conflicts"
            " WHERE topic_key = 'deadlines/makeup_window'"
        )
    }  # fmt: skip
    sql = "SELECT fact_id FROM v1_exemptions WHERE kind = 'deemed_filed' AND adcode = '100000'"
    nation = "emergency_deemed_filed" if by_rule else rows(base, sql)[0][0]
    assert found >= {
        ("generic_vs_official", "national_must", frozenset(("3 days", nation)), nation),
        ("local_vs_national", "national_must", frozenset(("10 days", nation)), nation),
        ("generic_vs_official", "tier", frozenset(("3 days", "10 days")), "10 days"),
    }
    assert rows(
        base, "SELECT DISTINCT reason_zh LIKE '全国强制性规定%' FROM v1_conflicts WHERE reason = 'national_must'"
    ) == [(1,)]
    assert dict(rows(base, "SELECT amount, flag FROM v1_deadlines WHERE kind = 'makeup_window' AND amount > 0")) == {
        3.0: "contradicts_official", 10.0: "outdated",
    }  # fmt: skip
    answer = "SELECT presence, answer, days, authority FROM v1_answers WHERE id = '130500-q01'"
    assert rows(base, answer) == [("stated", "days_after_admission", 10.0, "C")]
    assert rows(base, "SELECT count(*) FROM v1_answers WHERE fact_ids LIKE ?", f"%{three[0][0]}%") == [(0,)]


def html(title: str, date: str, *paragraphs: str) -> bytes:
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f"<html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1>"
        f"<div class='info'>发布时间：{date}</div><div class='content'>{body}</div></body></html>"
    ).encode()


def test_pages_of_our_own(tmp_path: Path) -> None:
    farm = html(
        "城乡居民异地就医备案怎么办", "", "到外地看病之前要先办理异地就医备案，否则报销比例会降低。",
        "急诊抢救人员需在住院后3天内补办备案。",
    )  # fmt: skip
    city = html(
        "邢台市异地就医备案流程", "2021-07-08", "邢台市参保人员临时外出就医的，就医前办理异地就医备案。",
        "临时外出就医人员入院10日内可以补办备案。",
    )  # fmt: skip
    nation = html(
        "国家医疗保障局办公室关于异地就医备案的通知", "2022-06-30",
        "各省、自治区、直辖市医疗保障局：现就全国跨省异地就医备案有关事项通知如下。", "异地急诊抢救人员视同已备案。",
    )  # fmt: skip
    check(
        built(
            tmp_path,
            {
                "http://farm.example/1.html": ("E", farm),
                "http://city.example/1.html": ("C", city),
                "http://www.nhsa.gov.cn/1.html": ("A", nation),
            },
        ),
        by_rule=False,
    )


@pytest.mark.skipif(not (KIT / "make_pages.py").is_file(), reason="no annotated pages here")
def test_annotated_pages(tmp_path: Path) -> None:
    command = [sys.executable, str(KIT / "make_pages.py"), str(KIT / "dev"), str(tmp_path / "pages")]
    subprocess.run(command, check=True, capture_output=True)
    places: dict[str, str] = json.loads((tmp_path / "pages" / "urls.json").read_text("utf-8"))
    pages: dict[str, tuple[str | None, bytes]] = {
        f"http://dev.example{path}": (None, (tmp_path / "pages" / path.lstrip("/")).read_bytes())
        for path in places.values()
    }
    check(built(tmp_path, pages), by_rule=True)
