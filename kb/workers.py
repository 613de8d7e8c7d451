"""How the work of parsing is spread: one process, several, or a Dask cluster.

In: a number of processes, or the address of a scheduler. Out: a `Mapping`: a context that gives a map function which
keeps the order, and starts or calls whom it needs with the first tasks. What is computed does not depend on where.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache, partial
from importlib import import_module
from typing import Any

from kb.base import BaseError

Map = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
Mapping = Callable[[], AbstractContextManager[Map]]

WORTH = 64
"""Tasks from which other processes are worth their start; those before are done here."""

PATIENCE = "10s"
"""How long to wait for a scheduler to answer."""

_CHUNK = 8


def mapping(jobs: int | None = None, dask: str | None = None) -> Mapping:
    """The way to spread tasks: over a Dask cluster, or over `jobs` processes (default: one per core, at most four)."""
    if dask is not None:
        return partial(_cluster, dask)
    return partial(_processes, jobs if jobs is not None else min(4, os.cpu_count() or 1))


@contextmanager
def _processes(jobs: int) -> Iterator[Map]:
    given = 0
    with ExitStack() as stack:

        @cache
        def pool() -> ProcessPoolExecutor:
            return stack.enter_context(ProcessPoolExecutor(jobs))

        def mapped(function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterable[Any]:
            nonlocal given
            given += len(tasks)
            if jobs > 1 and given >= WORTH:
                return pool().map(function, tasks, chunksize=_CHUNK)
            return map(function, tasks)

        yield mapped


@contextmanager
def _cluster(address: str) -> Iterator[Map]:
    with ExitStack() as stack:

        @cache
        def client() -> Any:
            try:
                distributed: Any = import_module("distributed")
            except ImportError as error:
                raise BaseError(f"--dask needs the scale extra: pip install 'yidi[scale]' ({error})") from error
            try:
                return stack.enter_context(distributed.Client(address, timeout=PATIENCE))
            except (OSError, ValueError) as error:
                raise BaseError(f"no Dask scheduler at {address} ({' '.join(str(error).split())})") from error

        def mapped(function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterable[Any]:
            found: list[Any] = client().gather(client().map(function, tasks, pure=False))
            return found

        yield mapped
