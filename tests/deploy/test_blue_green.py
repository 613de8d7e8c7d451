"""The blue-green switch as it is deployed: a real nginx with the shipped configuration, instances of `yidi serve` on
two releases, readers all the while. nginx runs as the current user, on a free port of the loopback, in a folder of its own.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from kb.release import point
from kb.switch import Commands, Live, SwitchError, live, switch

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
REQUESTS = 1200
READERS = 4
PATHS = (
    "/region/130500.json", "/", "/yidi/v1_deadlines.json?adcode=130500", "/search?q=%E5%A4%87%E6%A1%88", "/question/q01",
    "/yidi/q05_validity.json", "/feed.atom", "/index.json", "/yidi/v1_steps?_size=20", "/-/versions.json", "/robots.txt",
)  # fmt: skip
INSTANCE = """#!/bin/sh
set -eu
cd {state}
case "$1" in
start)
    . ./"$2".env
    # shellcheck disable=SC2086
    {yidi} serve --strict --port "$YIDI_PORT" $YIDI_OPTIONS "$YIDI_DATABASE" >"$2".log 2>&1 &
    echo $! >"$2".pid ;;
stop)
    [ -f "$2".pid ] || exit 0
    pid=$(cat "$2".pid)
    rm "$2".pid
    kill "$pid" 2>/dev/null || exit 0
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done ;;
esac
"""


def free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to outgoing connections: one of these could be taken in between."""
    found: list[int] = []
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


@dataclass
class Site:
    """What a test works with: folders, ports and commands of one nginx and two instances."""

    releases: Path
    state: Path
    folder: Path
    port: int
    ports: tuple[int, int]
    commands: Commands
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def switch(self, **more: object) -> Live:
        return switch(
            self.releases, self.state, url=f"{self.url}/-/versions.json", ports=self.ports, commands=self.commands,
            drain_s=1.0, say=self.said.append, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def get(self, path: str, source: str = "127.0.0.1", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()


def two_releases(sample: Path, folder: Path) -> None:
    """The release of the sample run, and one of the week after with another build and another name of a region."""
    shutil.copytree(sample / "releases" / "2026-W47", folder / "2026-W47")
    shutil.copytree(folder / "2026-W47", folder / "2026-W48")
    db = sqlite3.connect(folder / "2026-W48" / "yidi.db")
    with db:
        db.execute("UPDATE meta SET value = 'feedfacefeedface' WHERE key = 'build_id'")
        db.execute("UPDATE meta SET value = '2026-W48' WHERE key = 'last_run'")
        db.execute("UPDATE regions SET name = '邢台新市' WHERE adcode = '130500'")
    db.close()
    point(folder, "2026-W47")


def configuration(folder: Path, state: Path, port: int) -> str:
    """The shipped configuration with the places and the port of this test; nothing else is changed."""
    text = (ROOT / "deploy" / "nginx" / "yidi.conf").read_text("utf-8")
    for one, other in (
        ("/var/lib/yidi/serve/", f"{state}/"),
        ("/var/cache/nginx/yidi", f"{folder}/cache"),
        ("    listen 80;\n    listen [::]:80;\n", f"    listen 127.0.0.1:{port};\n"),
    ):
        assert text.count(one) == 1, one
        text = text.replace(one, other)
    places = "\n".join(f"    {n}_temp_path {folder}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "yidi.conf").write_text(text, "utf-8")
    user = "user root;\n" if os.geteuid() == 0 else ""  # else its workers could not write here
    return (
        f"{user}worker_processes 2;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log info;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\n{places}\n    access_log off;\n    include {folder}/yidi.conf;\n}}\n"
    )


@pytest.fixture
def site(sample_data: Path, tmp_path: Path) -> Iterator[Site]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert nginx, "no nginx: `make test-all` installs it on Debian"
    releases, state, folder = (tmp_path / n for n in ("releases", "serve", "nginx"))
    for made in (releases, state, folder):
        made.mkdir()
    two_releases(sample_data, releases)
    port, blue, green = free_ports(3)
    (folder / "nginx.conf").write_text(configuration(folder, state, port), "utf-8")
    script = tmp_path / "instance.sh"
    script.write_text(INSTANCE.format(state=state, yidi=f"PYTHONPATH={ROOT} {sys.executable} -m kb.cli"), "utf-8")
    base = f"{nginx} -p {folder} -c {folder}/nginx.conf"
    # the first reload starts it, as an operator would
    reload = tmp_path / "reload.sh"
    reload.write_text(
        f"#!/bin/sh\nif [ -s {folder}/nginx.pid ]; then exec {base} -s reload; fi\nexec {base}\n", "utf-8"
    )
    commands = Commands(
        start=f"sh {script} start {{colour}}",
        stop=f"sh {script} stop {{colour}}",
        test=f"{base} -t -q",
        reload=f"sh {reload}",
    )
    found = Site(releases, state, folder, port, (blue, green), commands)
    try:
        yield found
    finally:
        if (folder / "nginx.pid").exists():
            # by its own process id: `nginx -s quit` reads the configuration first, which a test may have broken
            os.kill(int((folder / "nginx.pid").read_text()), signal.SIGTERM)
        for colour in ("blue", "green"):
            subprocess.run(["sh", str(script), "stop", colour], check=False, capture_output=True)


class Readers:
    """Threads that ask without pause, each request on a connection of its own, and what they saw."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.seen: list[tuple[float, str, int, str, str]] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._read, args=(n,)) for n in range(READERS)]

    def _read(self, n: int) -> None:
        while not self.stop.is_set():
            path = PATHS[n % len(PATHS)]
            n += 1
            started = time.monotonic()
            try:
                status, headers, body = self.site.get(path)
                build = headers.get("x-yidi-build", "")
                inside = (
                    json.loads(body).get("build_id", build) if path.startswith(("/region", "/index", "/-/")) else build
                )
                self.seen.append((started, path, status, build, inside))
            except OSError as error:
                self.seen.append((started, path, 0, type(error).__name__, str(error)))

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def until(self, count: int) -> None:
        end = time.monotonic() + 120
        while len(self.seen) < count and time.monotonic() < end:
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_a_switch_under_load_loses_no_request_and_leaves_no_old_answer(site: Site) -> None:
    old = site.switch()
    assert old.colour == "blue"
    assert "邢台市" in site.get("/region/130500")[2].decode()
    assert [site.get("/region/130500")[1]["x-cache"] for _ in range(2)] == ["HIT", "HIT"]
    with Readers(site) as readers:
        readers.until(REQUESTS // 3)
        point(site.releases, "2026-W48")
        new = site.switch()
        settled = time.monotonic()
        readers.until(max(REQUESTS, len(readers.seen) + REQUESTS // 3))
    assert (new.colour, new.build_id, new.run) == ("green", "feedfacefeedface", "2026-W48")
    assert len(readers.seen) >= REQUESTS
    assert [s for s in readers.seen if s[2] != 200] == []
    assert {s[3] for s in readers.seen} == {old.build_id, new.build_id}
    assert [s for s in readers.seen if s[3] != s[4]] == [], "header and body of two releases"
    late = [s for s in readers.seen if s[0] > settled]
    assert len(late) >= REQUESTS // 3
    assert [s for s in late if s[3] != new.build_id] == [], "an old answer after the switch"
    assert "邢台新市" in site.get("/region/130500")[2].decode()
    assert not (site.state / "blue.pid").exists()
    assert live(site.state) == new


def test_a_client_that_holds_the_old_page_gets_the_new_one(site: Site) -> None:
    site.switch()
    _, headers, _ = site.get("/region/130500.json")
    tag = {"If-None-Match": headers["etag"]}
    assert site.get("/region/130500.json", **tag)[0] == 304
    point(site.releases, "2026-W48")
    site.switch()
    status, headers, body = site.get("/region/130500.json", **tag)
    assert (status, json.loads(body)["build_id"]) == (200, "feedfacefeedface")
    # back again: the cache of the first release is not the one of its return
    point(site.releases, "2026-W47")
    assert site.switch().colour == "blue"
    assert site.get("/region/130500.json", **tag)[0] == 304
    assert site.switch() == live(site.state)
    assert site.said[-1].startswith("blue serves build")


def test_a_release_that_does_not_answer_changes_nothing(site: Site) -> None:
    old = site.switch()
    db = sqlite3.connect(site.releases / "2026-W48" / "yidi.db")
    with db:
        db.execute("DROP TABLE v1_answers")
    db.close()
    point(site.releases, "2026-W48")
    with pytest.raises(SwitchError, match=rf"HTTP 500; blue with build {old.build_id} answers as before"):
        site.switch()
    assert site.get("/")[1]["x-yidi-build"] == old.build_id
    assert live(site.state) == old
    assert not (site.state / "green.pid").exists()


def test_a_broken_configuration_of_nginx_changes_nothing(site: Site) -> None:
    old = site.switch()
    point(site.releases, "2026-W48")
    good = (site.folder / "yidi.conf").read_text("utf-8")
    (site.folder / "yidi.conf").write_text(good.replace("server_tokens off;", "server_tokens of;"), "utf-8")
    before = (site.state / "upstream.conf").read_text("utf-8")
    with pytest.raises(SwitchError, match=r"nginx .* ended with 1: .*answers as before"):
        site.switch()
    assert (site.state / "upstream.conf").read_text("utf-8") == before
    assert site.get("/")[1]["x-yidi-build"] == old.build_id


def test_the_front_compresses_caches_limits_and_hides(site: Site) -> None:
    site.switch()
    status, headers, body = site.get("/yidi/v1_steps.json", **{"Accept-Encoding": "gzip"})
    assert (status, headers["content-encoding"], headers["access-control-allow-origin"]) == (200, "gzip", "*")
    assert headers["cache-control"] == "max-age=300"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert len(body) < len(site.get("/yidi/v1_steps.json")[2]) / 4
    assert [site.get("/yidi.json?sql=select+random()+as+r")[1]["x-cache"] for _ in range(2)] == ["BYPASS", "BYPASS"]
    # another address of the loopback stands for a client from outside
    found = [site.get("/robots.txt", source="127.0.0.9") for _ in range(150)]
    assert {status for status, _, _ in found} == {200, 429}
    busy = next(headers for status, headers, _ in found if status == 429)
    assert (busy["retry-after"], busy["server"]) == ("2", "nginx")
    costly = [site.get("/yidi.json?sql=select+1", source="127.0.0.10")[0] for _ in range(12)]
    assert costly[:5] == [200] * 5
    assert 429 in costly
    for path in ("/-/databases.json", "/-/plugins.json", "/-/settings", "/-/metadata"):
        status, _, body = site.get(path)
        assert status == 404
        assert b"nginx" not in body
        assert str(site.releases).encode() not in body


def test_when_no_instance_answers_nginx_says_so_without_its_name(site: Site) -> None:
    site.switch()
    subprocess.run(site.commands.stop.format(colour="blue").split(), check=True)
    status, headers, body = site.get("/openapi.json?nothing=1")
    assert (status, headers["retry-after"]) == (503, "10")
    assert body == b"503\nnot available at the moment\n"
