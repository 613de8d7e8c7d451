"""Regular expressions compiled once. The `re` module's own cache holds 512 patterns; the parsers have more."""

from __future__ import annotations

import re
from functools import cache

rx = cache(re.compile)
"""`rx(pattern)` is `re.compile(pattern)`, remembered for good. For patterns that are written where they are used."""
