"""The weekly command, and a first entry for a new source.

In: the registry of sources. Out: a release and a report on stdout; the exit code of the step that ended it. The steps
are those of the `yidi` command, so that what the operator can do by hand is what happens.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from crawler.archive import run_key
from crawler.run import crawl
from crawler.sources import SourceError, load_sources
from kb import checks, release
from kb.base import data_dir, meta, open_base
from kb.load import build
from kb.status import changes

_SHOWN = 40


def refresh(folder: Path | None, accept: str | None) -> int:
    """Crawl, build, check, release, report. 0 = published, 1 = not published."""
    data = data_dir()
    archive, base, releases = data / "archive.db", data / "kb.db", data / "releases"
    crawled = crawl(load_sources(folder), archive, progress=sys.stderr.isatty())
    failed = [f"{e.row.source} ({e.row.reason or e.row.status})" for e in crawled.sources if e.row.status == "failed"]
    print(f"crawl    run {crawled.run}: {len(crawled.sources)} sources, {len(failed)} failed")
    for line in failed:
        print(f"         {line}")
    built = build([archive], base)
    print(f"build    {built.parsed} parsed, {built.pages} pages, {built.facts} facts, {built.issues} issues")
    if accept:
        db = open_base(base)
        before = release.previous(releases, meta(db).get("last_run", ""))
        with db:
            checks.check(db, before, accept)
        db.close()
    try:
        made = release.release(base, releases)
    except release.GateError as error:
        print(f"not published:\n{error}", file=sys.stderr)
        return 1
    print(f"release  {made.run} (build {made.build_id}) in {made.folder}")
    db = open_base(made.database, read_only=True)
    runs = sorted((row[0] for row in db.execute("SELECT run FROM runs")), key=run_key)
    if len(runs) > 1:
        told = list(changes(db, runs[-2], runs[-1]))
        print("changes  " + ("none" if not told else f"since {runs[-2]}:"))
        for line in told[:_SHOWN]:
            print(f"         {line}")
        if len(told) > _SHOWN:
            print(f"         … {len(told) - _SHOWN} more: yidi diff {runs[-2]} {runs[-1]}")
    db.close()
    return 0


def new_source(url: str, folder: Path, *, name: str | None, authority: str | None, region: str | None) -> str:
    """Write an entry for a site and return what to do next. SourceError where the address or a value is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{url}: must be an http or https address")
    ident = re.sub(r"[^a-z0-9]+", "-", parts.hostname.removeprefix("www.").lower()).strip("-")
    path = folder / f"{ident}.yml"
    if path.exists():
        raise SourceError(f"{path} exists already; edit it")
    entry = {
        "id": ident, "name": name or parts.hostname, "authority": authority or _tier(parts.hostname), "region": region,
        "start": [url], "follow": [re.escape(parts.path.rpartition("/")[0]) + "/"], "expect": {"min_guides": 1},
        "verified": None,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(entry, allow_unicode=True, sort_keys=False), "utf-8")
    try:
        load_sources(folder)
    except SourceError:
        path.unlink()
        raise
    return f"{path} written; narrow `follow`, check the tier, then: yidi crawl {ident} --sources {folder}"


def _tier(host: str) -> str:
    return "A" if host.endswith(".gov.cn") else "C"
