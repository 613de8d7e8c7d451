"""The `yidi` command: crawl, build, check, release, serve and the tools around them.

In: arguments. Out: results on stdout, progress and errors on stderr. Exit codes: 0 done; 1 the gate is shut, a crawl
brought nothing, a check failed; 2 a mistake of the user, told in one clear line. Every command imports what it needs,
so that `yidi --help` costs nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="yidi (异地): facts on filing for cross-region medical treatment, each with the sentence it was read from.",
)  # fmt: skip
archive_app = typer.Typer(no_args_is_help=True, help="Look after the archive of fetched pages.")
app.add_typer(archive_app, name="archive")

USER_ERRORS = {
    "ArchiveError", "BaseError", "SwitchError", "SourceError", "RefreshError", "CorrectionError", "VocabularyError", "CommandError",
}  # fmt: skip
"""Exceptions that speak to the user, by name, so that their modules need not be imported to be recognised."""

_PAGE_FAULTS = {
    "not_html",
    "undecodable",
    "empty",
    "too_large",
    "parser_error",
    "needs_ocr",
    "needs_js",
    "attachment_unread",
}


class CommandError(Exception):
    """A mistake in the arguments; the message is one line."""


def _data(name: str) -> Path:
    return Path(os.environ.get("YIDI_DATA") or "data") / name


Archives = Annotated[list[Path] | None, typer.Option("--archive", help="Archive; again for each shard.")]
OneArchive = Annotated[Path | None, typer.Option("--archive", help="Archive.")]
Base = Annotated[Path | None, typer.Option("--db", help="Knowledge base.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of releases.")]


def _archives(given: list[Path] | None) -> list[Path]:
    from crawler.archive import ArchiveError

    paths = given or [_data("archive.db")]
    for path in paths:
        if not path.is_file():
            raise ArchiveError(f"no archive at {path}; make one with: yidi crawl")
    return paths


def _reported(step: str, *given: object) -> Any:
    """The report of the run is written after the step, also when it fails; not where other files than those of the
    data folder are named."""
    from kb.base import data_dir
    from kb.report import Place, reported

    return reported(step, None if any(given) else Place.of(data_dir()), (typer.Exit, CommandError))


def _bar(label: str, done: int, total: int) -> None:
    """Progress on a terminal only; plain runs get the summary line of the command."""
    if sys.stderr.isatty():
        print(f"\r{label} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


# -- the road ----------------------------------------------------------------------------------------------------


@app.command()
def crawl(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources; none = all.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--sources", help="Folder of sources instead of the shipped one.")
    ] = None,
    archive: OneArchive = None,
    run: Annotated[str | None, typer.Option(help="Run to write or resume, for example 2026-W47.")] = None,
    shard: Annotated[str | None, typer.Option(help="I/N: the I-th of N parts of the sources.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Answer from the archive alone.")] = False,
) -> None:
    """Fetch the sources into the archive."""
    from crawler.run import crawl as crawl_sources
    from crawler.sources import SourceError, load_sources

    known = {source.id: source for source in load_sources(folder)}
    if unknown := [name for name in sources or () if name not in known]:
        raise SourceError(f"no source {unknown[0]!r}; known are the ids in the source files")
    chosen = [known[name] for name in sources] if sources else list(known.values())
    with _reported("crawl", archive, shard, offline):
        try:
            report = crawl_sources(
                chosen, archive or _data("archive.db"), run=run, shard=_shard(shard), offline=offline,
                progress=sys.stderr.isatty(),
            )  # fmt: skip
        except ValueError as error:
            raise CommandError(str(error)) from error
    for entry in report.sources:
        row = entry.row
        reason = f"  {row.reason}" if row.reason else ""
        print(f"{row.source:28} {row.status:8} {row.pages:5} pages {row.failures:4} failures{reason}")
    state = "complete" if report.complete else "not complete"
    print(f"run {report.run} {state}: {len(report.sources)} sources into {report.archive}")
    if report.all_failed and report.sources:
        raise typer.Exit(1)


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, _, second = text.partition("/")
    if not (first.isdigit() and second.isdigit()):
        raise CommandError(f"--shard {text}: must be I/N, for example 1/4")
    return int(first), int(second)


@app.command()
def parse(
    inputs: Annotated[list[str], typer.Argument(help="Files, or addresses held in the archive.")],
    url: Annotated[str | None, typer.Option(help="Address of the (single) file.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Block by block: what was read, by which rule, what was left.")
    ] = False,
    archive: OneArchive = None,
) -> None:
    """Print what a page says: one Guide as JSON, one per line where several."""
    if url is not None and len(inputs) > 1:
        raise CommandError("--url names the address of one file; give one")
    import parsers
    from parsers.records import to_json

    failed = False
    for name in inputs:
        body, about = _page(name, url, archive)
        if explain:
            from parsers.explain import explain as explained

            print(explained(body, **about))
            continue
        guide = parsers.parse(body, **about)
        print(json.dumps(to_json(guide), ensure_ascii=False, indent=None if len(inputs) > 1 else 2))
        faults = [i for i in guide.issues if i.code in _PAGE_FAULTS]
        if faults and not guide.facts():
            failed = True
            text = f"{name}: {_label('issue_code', faults[0].code)} ({faults[0].code}) {faults[0].detail}"
            print(" ".join(text.split()), file=sys.stderr)
    if failed:
        raise typer.Exit(2)


def _page(name: str, url: str | None, archive: Path | None) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, or of an address in the archive, and what is known of them beside."""
    if name.startswith(("http://", "https://")):
        fetch, body, hints = _held(name, archive)
        return body, {"url": fetch.url, "content_type": fetch.content_type, **hints}
    try:
        return Path(name).read_bytes(), {"url": url, "file": name}
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error


def _held(address: str, archive: Path | None) -> tuple[Any, bytes, dict[str, Any]]:
    """The newest good fetch of an address, its body, and what its source says of it."""
    from crawler.archive import GOOD, Archive
    from kb.readings import HINTS

    with Archive(_archives([archive] if archive else None)[0], read_only=True) as store:
        for run in reversed(list(store.runs())):
            for source in store.run_sources(run.run):
                fetch = store.latest_good(source.source, address)
                if fetch is not None and fetch.outcome in GOOD and fetch.sha256:
                    definition = json.loads(source.definition)
                    return fetch, store.body(fetch.sha256), {h: definition.get(h) for h in HINTS}
    raise CommandError(f"{address}: not in the archive")


def _label(vocabulary: str, code: str) -> str:
    from kb.vocabulary import labels

    return labels().get((vocabulary, code), code)


@app.command()
def build(
    archive: Archives = None,
    db: Base = None,
    corrections: Annotated[Path | None, typer.Option(help="Reviewed corrections (YAML).")] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes that parse.")] = None,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler whose workers parse.")] = None,
) -> None:
    """Archive(s) → knowledge base, offline; only what changed is parsed again."""
    paths = _archives(archive)
    from kb.load import build as build_base

    base = db or _data("kb.db")
    base.parent.mkdir(parents=True, exist_ok=True)
    with _reported("build", archive, db):
        report = build_base(paths, base, corrections=corrections, progress=_bar, jobs=jobs, dask=dask)
    what = "replayed" if report.replayed else "added" if report.runs else "nothing new"
    runs = f" {', '.join(report.runs)}" if report.runs else ""
    print(
        f"{what}{runs}: {report.parsed} parsed; {report.pages} pages, {report.facts} facts, {report.issues} issues in {base}"
    )


@app.command()
def check(
    db: Base = None,
    out: Out = None,
    accept: Annotated[str | None, typer.Option(help="Reason for publishing although acceptable checks fail.")] = None,
) -> None:
    """The gate: exit 1 and the reasons when the base must not be published."""
    from kb import checks
    from kb.base import clear_errors, meta, open_base
    from kb.release import previous

    with _reported("check", db, out):
        base = open_base(db or _data("kb.db"))
        before = previous(out or _data("releases"), meta(base).get("last_run", ""))
        with clear_errors(db or _data("kb.db")), base:
            results = checks.check(base, before, accept)
    for r in results:
        if not r.passed:
            state = f"accepted: {r.accepted}" if r.accepted else r.check.severity
            detail = f"  {r.detail}" if r.detail else ""
            print(f"{state}  {r.check.id}: {r.check.zh}  {r.value} (must be {r.limit}){detail}")
    stops = sum(r.stops for r in results)
    print(f"{len(results)} checks, {sum(r.passed for r in results)} passed, {stops} stop the release")
    if stops:
        raise typer.Exit(1)


@app.command()
def release(
    db: Base = None,
    out: Out = None,
    revision: Annotated[str, typer.Option(envvar="YIDI_REVISION", help="Code revision, kept in the manifest.")] = "",
    keep: Annotated[int, typer.Option(min=1, help="Releases to keep.")] = 12,
    rollback: Annotated[bool, typer.Option("--rollback", help="Point latest to the release before.")] = False,
) -> None:
    """Checked, vacuumed, indexed, dated copy and all bulk files."""
    from kb import release as releases

    folder = out or _data("releases")
    with _reported("release", db, out, rollback):
        try:
            base = db or _data("kb.db")
            made = (
                releases.rollback(folder) if rollback else releases.release(base, folder, revision=revision, keep=keep)
            )
        except releases.GateError as error:
            print(f"not published:\n{error}", file=sys.stderr)
            raise typer.Exit(1) from error
    print(f"release {made.run} (build {made.build_id}) in {made.folder}")


@app.command()
def refresh(
    folder: Annotated[Path | None, typer.Option("--sources", help="Folder of sources.")] = None,
    accept: Annotated[str | None, typer.Option(help="Reason for publishing although acceptable checks fail.")] = None,
    on_failure: Annotated[
        str | None,
        typer.Option(envvar="YIDI_ON_FAILURE", help="Command to start after a failure, the report on its stdin."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Do nothing where this week's run is published.")] = False,
) -> None:
    """The weekly command: crawl → build → check → release → report of what changed."""
    from kb.refresh import refresh as refresh_all

    raise typer.Exit(refresh_all(folder, accept, on_failure=on_failure, once=once))


@app.command()
def report(
    run: Annotated[str | None, typer.Argument(help="A run; none = the newest.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print the report of a run, of the newest one written anew: sources, outcomes, changes, gate, what to do."""
    from kb import report as reports
    from kb.base import clear_errors, data_dir

    place = reports.Place.of(data_dir())
    with _store(None) as store:
        known = [row.run for row in store.runs()]
    if run is not None and run not in known:
        raise CommandError(f"no run {run} in {place.archive}; it has {', '.join(known[-5:]) or 'none'}")
    newest = reports.run_of(place, failed=False)
    if newest is None:
        raise CommandError(f"no run in {place.archive}; make one with: yidi crawl")
    path = place.reports / f"{run}.md"
    if run in (None, newest) or not path.is_file():  # of an older run the base tells no longer what its report tells
        with clear_errors(place.reports):
            path, _ = reports.write(place, run or newest)
    print((path.with_suffix(".json") if as_json else path).read_text("utf-8"), end="")


@app.command()
def serve(
    db: Annotated[Path | None, typer.Argument(help="A database; none = the newest release.")] = None,
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 or taken = a free one.")] = 8001,
    no_sql: Annotated[bool, typer.Option("--no-sql", help="Without free SQL and download of the database.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail where the port is taken.")] = False,
) -> None:
    """Datasette on the newest release."""
    from kb.serve import serve as serve_base

    database = db or _data("releases") / "latest" / "yidi.db"
    raise typer.Exit(serve_base(database, host, port, sql=not no_sql, strict=strict))


@app.command()
def switch(
    out: Out = None,
    state: Annotated[Path | None, typer.Option(help="Folder of what is served; nginx includes a file of it.")] = None,
    url: Annotated[
        str, typer.Option(help="An address under nginx by which it is seen to have followed.")
    ] = "http://127.0.0.1/-/versions.json",
    blue: Annotated[int, typer.Option(help="Port of blue.")] = 8001,
    green: Annotated[int, typer.Option(help="Port of green.")] = 8002,
    options: Annotated[str, typer.Option(help="Options for yidi serve, for example --no-sql.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Also where the newest release is served already.")] = False,
    start: Annotated[str, typer.Option(help="Command that starts {colour}.")] = "systemctl start yidi-serve@{colour}",
    stop: Annotated[str, typer.Option(help="Command that stops {colour}.")] = "systemctl stop yidi-serve@{colour}",
    test: Annotated[str, typer.Option(help="Command that proves the configuration of nginx.")] = "nginx -t -q",
    reload: Annotated[str, typer.Option(help="Command that reloads nginx.")] = "systemctl reload nginx",
) -> None:
    """Blue-green: start the other instance on the newest release, lead nginx to it, stop the old one."""
    from kb.switch import Commands
    from kb.switch import switch as switch_over

    switch_over(
        out or _data("releases"), state or _data("serve"), url=url, ports=(blue, green), options=options, force=force,
        commands=Commands(start=start, stop=stop, test=test, reload=reload),
    )  # fmt: skip


# -- looking -----------------------------------------------------------------------------------------------------


@app.command()
def status() -> None:
    """What is there: runs in the archive, the base, the releases."""
    from kb.status import lines

    for line in lines(_data("archive.db"), _data("kb.db"), _data("releases")):
        print(line)


@app.command()
def issues(
    db: Base = None,
    code: Annotated[str | None, typer.Option(help="Only this code.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show.")] = 50,
) -> None:
    """What was not understood, refused or left open: codes by frequency, then wordings by frequency."""
    from kb.base import open_base

    base = open_base(db or _data("kb.db"), read_only=True)
    for row in base.execute("SELECT code, count(*) FROM issues GROUP BY code ORDER BY 2 DESC, 1"):
        print(f"{row[1]:6}  {row[0]}  {_label('issue_code', row[0])}")
    sql = (
        "SELECT count(*) AS n, code, detail, min(url) AS url FROM issues WHERE ?1 IS NULL OR code = ?1"
        " GROUP BY code, detail ORDER BY n DESC, code, detail LIMIT ?2"
    )
    for row in base.execute(sql, (code, limit)):
        print(f"{row['n']}\t{row['code']}\t{row['detail']}\t{row['url'] or ''}")


@app.command()
def diff(run_a: str, run_b: str, db: Base = None) -> None:
    """What changed after RUN_A, up to and with RUN_B."""
    from kb.base import open_base
    from kb.status import changes

    for line in changes(open_base(db or _data("kb.db"), read_only=True), run_a, run_b):
        print(line)


@app.command()
def export(
    folder: Path,
    db: Base = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="csv, ndjson, parquet, sqlite, xlsx, jsonld, datapackage")
    ] = None,
) -> None:
    """Write the bulk files of a base or release to a folder."""
    from kb import export as exports
    from kb.base import open_base

    newest = _data("releases") / "latest" / "yidi.db"
    base = open_base(db or (newest if newest.is_file() else _data("kb.db")), read_only=True)
    if unknown := [name for name in formats or () if name not in exports.WRITERS]:
        raise CommandError(f"no format {unknown[0]!r}; there are {', '.join(exports.WRITERS)}")
    try:
        paths = exports.write(base, folder, formats or exports.DEFAULT)
    except OSError as error:
        raise CommandError(f"{folder}: {error.strerror}") from error
    print(f"{len(paths)} files in {folder}")


@app.command("eval")
def evaluate(
    gold: Annotated[Path, typer.Argument(help="Folder of annotated pages; make_pages.py and score.py lie beside it.")],
    write: Annotated[
        Path | None, typer.Option(help="File for the measured numbers, for example kb/quality.yml.")
    ] = None,
) -> None:
    """Predict every annotated page and run the scorer that lies beside the folder."""
    from kb.evaluate import evaluate as score

    raise typer.Exit(score(gold, write))


@app.command("add-source")
def add_source(
    url: str,
    folder: Annotated[Path | None, typer.Option("--sources", help="Folder to write to; default sources/.")] = None,
    name: Annotated[str | None, typer.Option(help="Display name.")] = None,
    authority: Annotated[str | None, typer.Option(help="Tier A to E.")] = None,
    region: Annotated[str | None, typer.Option(help="adcode of the region the site is about.")] = None,
    page: Annotated[Path | None, typer.Option(help="The page as saved by a browser; nothing is fetched.")] = None,
    allow_private: Annotated[bool, typer.Option("--allow-private", help="The site is on a private address.")] = False,
) -> None:
    """Draft a source from one of its pages: the entry, the page itself, and what is read of it, to be looked over."""
    from kb.draft import draft

    body = None
    if page is not None:
        try:
            body = page.read_bytes()
        except OSError as error:
            raise CommandError(f"{page}: {error.strerror}") from error
    given = {"name": name, "authority": authority, "region": region}
    print(draft(url, folder or Path("sources"), given, body=body, allow_private=allow_private))


# -- the archive -------------------------------------------------------------------------------------------------


def _store(path: Path | None) -> Any:
    from crawler.archive import Archive

    return Archive(_archives([path] if path else None)[0], read_only=True)


@archive_app.command()
def stats(archive: OneArchive = None) -> None:
    """Numbers of runs, fetches, bodies and bytes."""
    with _store(archive) as store:
        for name, value in store.stats().items():
            print(f"{name:14} {value}")


@archive_app.command()
def verify(archive: OneArchive = None) -> None:
    """Compare every body with its hash; exit 1 when something is damaged."""
    with _store(archive) as store:
        damaged = list(store.verify())
    for line in damaged:
        print(line)
    print(f"{len(damaged)} damaged")
    if damaged:
        raise typer.Exit(1)


@archive_app.command()
def merge(others: list[Path], archive: OneArchive = None) -> None:
    """Take over what other archives (shards) hold."""
    from crawler.archive import Archive

    _archives(others)
    with Archive(archive or _data("archive.db")) as store:
        for other in others:
            print(f"{store.merge(other)} fetches from {other}")


@archive_app.command("export-wacz")
def export_wacz(
    run: str,
    out: Annotated[Path | None, typer.Argument(help="File to write; default <run>.wacz.")] = None,
    archive: OneArchive = None,
) -> None:
    """Write one run as WACZ, the exchange format of web archives (needs the export extra)."""
    from crawler.wacz import export as write_wacz

    target = out or Path(f"{run}.wacz")
    with _store(archive) as store:
        counts = write_wacz(store, run, target)
    print(f"{target}: " + ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())))


# -- mistakes ----------------------------------------------------------------------------------------------------


def _causes(error: BaseException) -> Iterator[str]:
    yield from (cls.__name__ for cls in type(error).__mro__)


def main(arguments: list[str] | None = None) -> None:
    """Run a command. Mistakes of the user end with one line on stderr and exit code 2."""
    command: Callable[..., Any] = typer.main.get_command(app)
    try:
        command(arguments)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if not USER_ERRORS.intersection(_causes(error)):
            raise
        print(f"yidi: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
