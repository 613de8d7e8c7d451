"""The WACZ of a run: valid, and every page can be read back from it."""

import json
import zipfile

import pytest
from wacz.main import main
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import Archive, ArchiveError, Fetch, Redirect
from crawler.wacz import export


@pytest.fixture
def archive(tmp_path):
    """Two weeks: in the second, one page is not modified, one changed, one moved, one gone."""
    with Archive(tmp_path / "archive.db") as store:
        known = {}
        for run, at in (("2026-W47", "2026-11-18T00:00:00Z"), ("2026-W48", "2026-11-25T00:00:00Z")):
            store.begin_run(run)
            for name in ("same", "changed", "moved", "gone"):
                second = run == "2026-W48"
                body = f"<title>{name}</title>".encode() + (b"<p>2</p>" if second and name == "changed" else b"")
                url = f"http://a.example.cn/{name}"
                fetch = Fetch(
                    run=run,
                    source="a",
                    url=url,
                    final_url=f"{url}/there" if name == "moved" else url,
                    fetched_at=at,
                    outcome={"same": "not_modified", "gone": "gone"}.get(name, "ok") if second else "ok",
                    status={"same": 304, "gone": 404}.get(name, 200) if second else 200,
                    content_type="text/html",
                    redirects=(Redirect(url, "301"),) if name == "moved" else (),
                    sha256=known[name].sha256 if second and name == "same" else None,
                )
                with_body = not second or name in ("changed", "moved")
                known[name] = store.record(fetch, body if with_body else None, known=known.get(name))
            store.record_links(run, "a", "http://a.example.cn/", [("http://a.example.cn/changed", "改了")])
        yield store


def test_export(archive, tmp_path):
    out = tmp_path / "out" / "w48.wacz"
    counts = export(archive, "2026-W48", out)
    assert counts == {"warcinfo": 1, "response": 4, "revisit": 1, "resource": 1}
    assert main(["validate", "-f", str(out)]) == 0
    found = {}
    with zipfile.ZipFile(out) as packed:
        pages = [json.loads(line) for line in packed.read("pages/pages.jsonl").splitlines()][1:]
        (name,) = [entry for entry in packed.namelist() if entry.endswith(".warc.gz")]
        with packed.open(name) as stream:
            for record in ArchiveIterator(stream):
                url = record.rec_headers.get_header("WARC-Target-URI")
                status = record.http_headers.get_statuscode() if record.http_headers else None
                date = record.rec_headers.get_header("WARC-Date")
                found.setdefault(url, []).append((record.rec_type, status, date, record.content_stream().read()))
    assert found["http://a.example.cn/same"] == [
        ("response", "200", "2026-11-18T00:00:00Z", b"<title>same</title>"),
        ("revisit", "304", "2026-11-25T00:00:00Z", b""),
    ]
    assert found["http://a.example.cn/changed"][0][3] == b"<title>changed</title><p>2</p>"
    assert found["http://a.example.cn/moved"][0][1] == "301"
    assert found["http://a.example.cn/moved/there"][0][3] == b"<title>moved</title>"
    assert "http://a.example.cn/gone" not in found
    assert pages == [
        {"url": f"http://a.example.cn/{name}", "ts": "2026-11-25T00:00:00Z", "title": title}
        for name, title in (
            ("changed", "改了"), ("moved/there", "http://a.example.cn/moved"), ("same", "http://a.example.cn/same"),
        )
    ]  # fmt: skip
    assert b'"gone"' in found["urn:yidi:fetches:2026-W48"][0][3]


def test_what_is_damaged_is_not_valid(archive, tmp_path):
    """The validation above can fail: a file that was changed after the export is found."""
    out, broken = tmp_path / "w48.wacz", tmp_path / "broken.wacz"
    export(archive, "2026-W48", out)
    with zipfile.ZipFile(out) as packed, zipfile.ZipFile(broken, "w") as copy:
        for entry in packed.infolist():
            data = packed.read(entry)
            copy.writestr(entry, data.replace(b"/same", b"/else") if entry.filename.endswith("pages.jsonl") else data)
    assert main(["validate", "-f", str(broken)]) != 0


def test_an_unknown_run(archive, tmp_path):
    with pytest.raises(ArchiveError, match="has no run 2001-W01"):
        export(archive, "2001-W01", tmp_path / "x.wacz")
