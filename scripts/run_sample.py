"""The sample run behind `make run`: serve the sample site, crawl it, build, check, release, and serve the release.

In:  the port of the sample site (0 = a free one), the folder for the data (emptied first), SOURCE_DATE_EPOCH for the
     clock of the crawl.
Out: `data/sample/releases/<run>/`; the SHA-256 of its database on stdout, so that two runs can be compared; Datasette
     in the foreground unless --no-serve. Exit code: that of the first command that fails.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from serve_site import ROOT, serving, write_sources

YIDI = Path(sys.executable).with_name("yidi")


def yidi(*arguments: str, data: Path) -> None:
    """Runs one `yidi` command on the data folder; ends the program with its exit code when it fails."""
    print(f"$ yidi {' '.join(arguments)}", flush=True)
    code = subprocess.run([str(YIDI), *arguments], env=os.environ | {"YIDI_DATA": str(data)}, check=False).returncode
    if code:
        sys.exit(code)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="crawl the sample site and publish what it says")
    parser.add_argument("--port", type=int, default=0, help="port of the sample site; 0 = a free one")
    parser.add_argument("--serve-port", type=int, default=8001, help="port of Datasette")
    parser.add_argument("--no-serve", action="store_true", help="stop after the release")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "sample", help="emptied first")
    options = parser.parse_args(argv)
    data = options.data.resolve()
    if data.exists() and not (data / "sources").is_dir():
        parser.error(f"{data} exists and is no sample run: not emptied")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    try:
        with serving(ROOT / "examples" / "site", options.port) as address:
            print(f"sample site on {address}", flush=True)
            write_sources(ROOT / "examples" / "sources", data / "sources", address)
            yidi("crawl", "--sources", str(data / "sources"), data=data)
    except (OSError, OverflowError) as error:
        print(f"run_sample: sample site on port {options.port}: {error}", file=sys.stderr)
        return 2
    for command in ("build", "check", "release"):
        yidi(command, data=data)
    for database in sorted((data / "releases").glob("[0-9]*/yidi.db")):
        digest = hashlib.sha256(database.read_bytes()).hexdigest()
        print(f"{digest}  {database.relative_to(ROOT) if database.is_relative_to(ROOT) else database}", flush=True)
    if not options.no_serve:
        yidi("serve", "--port", str(options.serve_port), data=data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
