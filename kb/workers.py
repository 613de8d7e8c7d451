"""How the work of parsing is spread: one process, several, or a Dask cluster.

In: a number of processes, or the address of a scheduler. Out: a `Mapping`: given the number of tasks, a context that
gives a map function which keeps the order. What is computed does not depend on where.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from typing import Any

from kb.base import BaseError

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
Mapping = Callable[[int], AbstractContextManager[Map]]

WORTH = 64
"""Tasks from which other processes are worth their start."""

PATIENCE = "10s"
"""How long to wait for a scheduler to answer."""

_CHUNK = 8


def mapping(jobs: int | None = None, dask: str | None = None) -> Mapping:
    """The way to spread tasks: over a Dask cluster, or over `jobs` processes (default: one per core, at most four)."""
    if dask is not None:
        return partial(_cluster, dask)
    return partial(_processes, jobs if jobs is not None else min(4, os.cpu_count() or 1))


@contextmanager
def _processes(jobs: int, tasks: int) -> Iterator[Map]:
    if tasks < WORTH or jobs < 2:
        yield map
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield partial(pool.map, chunksize=_CHUNK)


@contextmanager
def _cluster(address: str, tasks: int) -> Iterator[Map]:
    if not tasks:
        yield map
        return
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise BaseError(f"--dask needs the scale extra: pip install 'yidi[scale]' ({error})") from error
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise BaseError(f"no Dask scheduler at {address} ({' '.join(str(error).split())})") from error
    with client:

        def mapped(function: Callable[[Any], Any], batch: Iterable[Any]) -> Iterable[Any]:
            found: list[Any] = client.gather(client.map(function, list(batch), pure=False))
            return found

        yield mapped
