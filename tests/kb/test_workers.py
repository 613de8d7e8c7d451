"""Where the parsing is done makes no difference: processes and a cluster give the same base as one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from benchmarks import pages
from crawler.archive import Archive, Fetch
from kb import load, release, schema, workers
from kb.base import BaseError
from tests.kb.world import BASE, rows

PAGES = 70  # more than workers.WORTH, so that processes are really started


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workers") / "archive.db"
    with Archive(path) as store:
        store.begin_run("2026-W40")
        store.begin_source("2026-W40", "sample", f'{{"id": "sample", "start": ["{BASE}"]}}')
        for n in range(PAGES):
            body = (
                f"<html><title>邢台市异地就医备案指南（{n}）</title><body><h1>邢台市异地就医备案指南（{n}）</h1><div>"
                f"<p>本文介绍邢台市参保人员异地就医备案的有关规定，第{n}版，供参保人员办理异地就医备案时参考。</p>"
                f"<p>临时外出就医人员可在入院{n + 1}日内补办备案。</p></div></body></html>"
            )
            fetch = Fetch(
                run="2026-W40", source="sample", url=f"{BASE}{n}.html", fetched_at="2026-09-28T02:00:00Z", outcome="ok",
                status=200, content_type="text/html; charset=utf-8", change="new",
            )  # fmt: skip
            store.record(fetch, body.encode())
        store.finish_source("2026-W40", "sample", status="ok", reason=None, pages=PAGES, failures=0)
        store.finish_run("2026-W40", complete=True)
    return path


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two workers."""
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as made:
        yield made.scheduler_address


@pytest.fixture(scope="module")
def alone(archive: Path) -> Path:
    base = archive.with_name("alone.db")
    report = load.build([archive], base, jobs=1)
    assert report.parsed == PAGES > workers.WORTH
    assert report.facts > PAGES
    return base


def same(a: Path, b: Path) -> None:
    for table in schema.tables():
        sql = f"SELECT * FROM {table}"
        assert sorted(map(str, rows(a, sql))) == sorted(map(str, rows(b, sql))), table


def test_processes(archive: Path, alone: Path, tmp_path: Path) -> None:
    load.build([archive], tmp_path / "kb.db", jobs=2)
    same(alone, tmp_path / "kb.db")


def test_a_cluster_of_two_workers(archive: Path, alone: Path, cluster: str, tmp_path: Path) -> None:
    load.build([archive], tmp_path / "kb.db", dask=cluster)
    same(alone, tmp_path / "kb.db")


def test_no_scheduler_is_a_clear_line(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", "200ms")
    with pytest.raises(BaseError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        load.build([archive], tmp_path / "kb.db", dask="tcp://127.0.0.1:9")


def test_a_cluster_reads_shards_to_the_same_bytes(cluster: str, tmp_path: Path) -> None:
    shards = [tmp_path / f"shard{n}.db" for n in (1, 2)]
    for n, shard in enumerate(shards, 1):
        pages.write(shard, 24, shard=(n, 2))
    load.build(shards, tmp_path / "cluster.db", dask=cluster)
    load.build(shards[::-1], tmp_path / "alone.db", jobs=1)
    same(tmp_path / "alone.db", tmp_path / "cluster.db")
    made = [release.release(tmp_path / f"{name}.db", tmp_path / name) for name in ("alone", "cluster")]
    assert made[0].database.read_bytes() == made[1].database.read_bytes()
