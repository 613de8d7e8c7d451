"""Blue-green: the other colour starts on the newest release; once it answers, nginx is led over to it and the old stops.

In: the folder of releases, a folder for the state, and the commands that start, stop and reload. Out: two instances
take turns on two ports. In the state folder: `<colour>.env` (what an instance serves), `upstream.conf` (what nginx
includes: where to ask, and the key of its cache), `live.json` (which colour answers). Every step can fail without harm:
until nginx was reloaded the old instance answers, and where the new one does not settle, nginx is led back.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.base import BaseError
from kb.release import Release, latest

COLOURS = ("blue", "green")
PORTS = (8001, 8002)
START_S = 90.0
"""Seconds an instance may take until it answers."""
SETTLE_S = 30.0
"""Seconds nginx may take until all of its workers ask the new instance."""
STEADY = 20
"""Answers of the new release in a row after which it counts as settled."""
DRAIN_S = 5.0
"""Seconds that requests under way have before the old instance is told to stop; it then finishes what it holds."""
WARM = ("/", "/about", "/search?q=%E5%A4%87%E6%A1%88", "/yidi/v1_deadlines.json", "/question/q01", "/openapi.json")
"""Addresses asked of the new instance before anybody else may: they must answer, and find their pages in memory."""


class SwitchError(Exception):
    """The switch did not happen; the message says what stood against it and what answers now."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What starts and stops an instance (`{colour}` stands for its name), proves the configuration of nginx, and reloads it."""

    start: str = "systemctl start yidi-serve@{colour}"
    stop: str = "systemctl stop yidi-serve@{colour}"
    test: str = "nginx -t -q"
    reload: str = "systemctl reload nginx"


@dataclass(frozen=True, slots=True)
class Live:
    """The instance that answers, as live.json tells it."""

    colour: str
    build_id: str
    run: str


def live(state: Path) -> Live | None:
    """What answers now; None before the first switch. SwitchError where the file cannot be read."""
    file = state / "live.json"
    if not file.is_file():
        return None
    try:
        return Live(**json.loads(file.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise SwitchError(f"{file}: not written by this program ({error}); remove it to begin with blue") from error


def switch(
    releases: Path, state: Path, *, url: str, ports: tuple[int, int] = PORTS, commands: Commands | None = None,
    force: bool = False, options: str = "", drain_s: float = DRAIN_S, say: Callable[[str], None] = print,
) -> Live:  # fmt: skip
    """Serve the newest release. BaseError where there is none, SwitchError where it does not come to answer.

    `url` is an address under nginx that carries X-Yidi-Build; `options` go to `yidi serve`. Without `force` nothing is
    done where the newest release is the one that answers; after a start of the machine none does.
    """
    commands = commands or Commands()
    state.mkdir(parents=True, exist_ok=True)
    with _alone(state):
        newest = latest(releases)
        if newest is None:
            raise BaseError(f"no release in {releases}; make one with: yidi release")
        now = live(state)
        if now is not None and now.build_id == newest.build_id and not force and _answers(now, ports):
            say(f"{now.colour} serves build {now.build_id} of {now.run} already")
            return now
        colour = COLOURS[1] if now is not None and now.colour == COLOURS[0] else COLOURS[0]
        port = ports[COLOURS.index(colour)]
        after = Live(colour, newest.build_id, newest.run)
        _run(commands.stop, colour)  # whatever an earlier attempt left behind
        _environment(state, colour, port, newest, options)
        try:
            _run(commands.start, colour)
            _wait(f"http://127.0.0.1:{port}", newest)
            say(f"{colour} answers on port {port} with build {newest.build_id}")
            _lead(state, port, after, commands, url)
        except SwitchError as error:
            _run(commands.stop, colour, quiet=True)
            answers = f"{now.colour} with build {now.build_id} answers as before" if now else "nothing answers yet"
            raise SwitchError(f"{error}; {answers}") from error
        _write(state / "live.json", json.dumps({"colour": colour, "build_id": after.build_id, "run": after.run}) + "\n")
        say(f"nginx asks {colour}")
        if now is not None:
            time.sleep(drain_s)
            _run(commands.stop, now.colour)
            say(f"{now.colour} stopped")
        return after


def _answers(now: Live, ports: tuple[int, int]) -> bool:
    return _build(f"http://127.0.0.1:{ports[COLOURS.index(now.colour)]}/-/versions.json") == now.build_id


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SwitchError(f"{state}: another switch is under way") from error
        yield


def _run(command: str, colour: str, *, quiet: bool = False) -> None:
    """A command of the operator; SwitchError with its last line where it fails."""
    words = shlex.split(command.format(colour=colour))
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - the operator's own
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SwitchError(f"{words[0]}: {error}") from error
    if done.returncode and not quiet:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise SwitchError(f"{shlex.join(words)} ended with {done.returncode}: {lines[-1] if lines else 'no message'}")


def _environment(state: Path, colour: str, port: int, newest: Release, options: str) -> None:
    """The file of the instance, in the form that systemd and sh both read. The release by its own name, not `latest`."""
    values = {"YIDI_DATABASE": str(newest.database), "YIDI_PORT": str(port), "YIDI_OPTIONS": options}
    if bad := [v for v in values.values() if set(v) & set("\"'$`\\\n")]:
        raise SwitchError(f"{bad[0]!r}: quotes, $ and \\ cannot stand in the file of an instance")
    _write(state / f"{colour}.env", "".join(f'{name}="{value}"\n' for name, value in values.items()))


def _wait(base: str, newest: Release) -> None:
    """Until the instance answers with the build it should have, and then all that WARM lists."""
    end = time.monotonic() + START_S
    said = "no answer"
    while time.monotonic() < end:
        said = _build(f"{base}/-/versions.json")
        if said == newest.build_id:
            break
        time.sleep(0.2)
    else:
        raise SwitchError(f"{base} did not come to serve build {newest.build_id} within {START_S:.0f} s ({said})")
    for path in WARM:
        if (got := _build(base + path)) != newest.build_id:
            raise SwitchError(f"{base}{path}: {got}")


def _build(address: str) -> str:
    """The build id that an answer carries, or why there is none."""
    try:
        with urllib.request.urlopen(address, timeout=15) as answer:  # noqa: S310 - http on the loopback, or the operator's address
            answer.read()
            return str(answer.headers.get("X-Yidi-Build", "an answer without X-Yidi-Build"))
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}"
    except OSError as error:
        return str(error.reason if isinstance(error, urllib.error.URLError) else error)


def _lead(state: Path, port: int, after: Live, commands: Commands, url: str) -> None:
    """Lead nginx to the port and wait until every worker has followed; where one does not, lead it back."""
    file = state / "upstream.conf"
    before = file.read_text("utf-8") if file.is_file() else None
    _write(file, upstream(port, f"{after.build_id}.{time.time_ns() // 10**9}"))
    try:
        _run(commands.test, after.colour)
        _run(commands.reload, after.colour)
        _settle(url, after.build_id)
    except SwitchError:
        if before is not None:
            _write(file, before)
            _run(commands.reload, after.colour, quiet=True)
        else:
            file.unlink()
        raise


def _settle(url: str, build_id: str) -> None:
    end = time.monotonic() + SETTLE_S
    steady, said = 0, "no answer"
    while steady < STEADY:
        if time.monotonic() > end:
            raise SwitchError(f"{url} did not settle on build {build_id} within {SETTLE_S:.0f} s ({said})")
        said = _build(url)
        steady = steady + 1 if said == build_id else 0
        time.sleep(0.03)


def upstream(port: int, key: str) -> str:
    """What nginx includes. The key is part of every key of its cache: with another release all of it is out of use."""
    return (
        "# Written by `yidi switch`; read by deploy/nginx/yidi.conf.\n"
        f"upstream yidi {{\n    server 127.0.0.1:{port} max_fails=0;\n    keepalive 16;\n}}\n"
        f'map "" $yidi_release {{\n    default "{key}";\n}}\n'
    )


def _write(file: Path, text: str) -> None:
    """Replace a file in one step."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, "utf-8")
    os.replace(new, file)
