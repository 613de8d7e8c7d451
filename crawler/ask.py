"""What the spider wants."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ask:
    """One address we want: canonical, with the page that led there and the distance from the start."""

    url: str
    depth: int
    referrer: str | None
