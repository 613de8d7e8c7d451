"""The crawl's clock: UTC, whole seconds; and the week that names a run, in Asia/Shanghai.

SOURCE_DATE_EPOCH (seconds since 1970, https://reproducible-builds.org/specs/source-date-epoch/) stops the
clock at that instant, so that two crawls of the same site write the same times and the same run id.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving since 1991: a fixed offset is exact


def now() -> datetime:
    """This moment in UTC, or the instant of SOURCE_DATE_EPOCH. ValueError where that is not a whole number."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC).replace(microsecond=0)
    if not epoch.isdigit():
        raise ValueError(f"SOURCE_DATE_EPOCH is not a whole number of seconds: {epoch!r}")
    return datetime.fromtimestamp(int(epoch), UTC)


def stamp(moment: datetime | None = None) -> str:
    """'2026-11-21T14:05:00Z', for now or for the given moment."""
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def week(moment: datetime | None = None) -> str:
    """The ISO week in Asia/Shanghai, '2026-W47'."""
    year, number, _ = (moment or now()).astimezone(SHANGHAI).isocalendar()
    return f"{year}-W{number:02d}"
