"""Datasette on a release: immutable, with the plugins, templates and metadata of this project.

In: a database, host and port. Out: a running server; its address is printed before it starts. A port that is taken is
replaced by a free one, and said. `sql=False` is the hardening for the public (no free SQL, stream or download).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from kb.base import BaseError, open_base
from kb.site.parameters import MOST_ROWS

SITE = Path(__file__).parent / "site"
METADATA = Path(__file__).parent.parent / "metadata.yml"

SETTINGS = {
    "default_page_size": "100", "max_returned_rows": str(MOST_ROWS), "sql_time_limit_ms": "2000", "facet_time_limit_ms": "800",
    "default_cache_ttl": "300", "allow_csv_stream": "off", "suggest_facets": "off", "truncate_cells_html": "600",
}  # fmt: skip
"""Streams of whole tables are off: one takes the server half a minute, and the bulk files hold the same."""
HARDENED = {"default_allow_sql": "off", "allow_download": "off"}


def free_port(host: str, wanted: int) -> int:
    """`wanted` if it can be had, else a free one."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                if port == 0:
                    raise
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("unreachable: port 0 binds or raises")


def command(database: Path, host: str, port: int, *, sql: bool = True) -> list[str]:
    """The Datasette command line."""
    settings = SETTINGS if sql else SETTINGS | HARDENED
    arguments = [sys.executable, "-m", "datasette", "serve", "--immutable", str(database), "--host", host]
    arguments += ["--port", str(port), "--cors"]
    for name, option in (("plugins", "--plugins-dir"), ("templates", "--template-dir")):
        if (SITE / name).is_dir():
            arguments += [option, str(SITE / name)]
    if (SITE / "static").is_dir():
        arguments += ["--static", f"assets:{SITE / 'static'}"]
    if METADATA.is_file():
        arguments += ["--metadata", str(METADATA)]
    for name, value in settings.items():
        arguments += ["--setting", name, value]
    return arguments


def serve(database: Path, host: str, port: int, *, sql: bool = True, strict: bool = False) -> int:
    """Run the server to its end; returns its exit code. BaseError where the database is no release, or with `strict`
    where the port is taken.
    """
    open_base(database, read_only=True).close()
    chosen = free_port(host, port)
    if strict and port not in (0, chosen):
        raise BaseError(f"port {port} is taken")
    if port not in (0, chosen):
        print(f"port {port} is taken; using {chosen}", file=sys.stderr)
    print(f"http://{host}:{chosen}/", flush=True)
    environment = os.environ | {"YIDI_RELEASE": str(database.resolve().parent)}
    environment.setdefault(
        "MALLOC_ARENA_MAX", "2"
    )  # what one thread gave back, the others may use: a third less memory
    arguments = command(database.resolve(), host, chosen, sql=sql)
    if os.name == "posix":  # become the server, so that signals reach it
        os.execve(arguments[0], arguments, environment)  # noqa: S606 - our own interpreter, no input in it
    return subprocess.run(arguments, env=environment, check=False).returncode  # noqa: S603 - as above
