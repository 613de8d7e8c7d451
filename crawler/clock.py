"""The crawl's clock: UTC, whole seconds; and the week that names a run, in Asia/Shanghai.

SOURCE_DATE_EPOCH (seconds since 1970, https://reproducible-builds.org/specs/source-date-epoch/) stops the
clock at that instant, so that two crawls of the same site write the same times and the same run id.
"""

from __future__ import annotations

import os
import re
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


def left_in_window(window: str, moment: datetime | None = None) -> float:
    """Seconds until the window 'HH:MM-HH:MM' (Asia/Shanghai, may pass midnight) closes; 0 outside it.

    ValueError where it is not written like that.
    """
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", window.strip())
    if not found:
        raise ValueError(f"not a window like 22:00-06:00: {window!r}")
    opens, closes = (timedelta(hours=int(found[n]), minutes=int(found[n + 1])) for n in (1, 3))
    local = (moment or now()).astimezone(SHANGHAI)
    since_midnight = local - local.replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    length = (closes - opens) % day or day
    passed = (since_midnight - opens) % day
    return max(0.0, (length - passed).total_seconds())
