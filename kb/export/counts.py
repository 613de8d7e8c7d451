"""What every bulk file must hold, asked of the database alone, and the comparison with what was read back from it.

In: an open base, a file, and the rows its reader found part by part. Out: rows in all. ExportError names file and part.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from kb.export import TABLES, ExportError

SPOKEN = "gone_on IS NULL AND adcode IS NOT NULL AND authority IN ('A', 'B', 'C')"
"""Facts that describe the service of a region: stated today, about a region, by a source whose word may answer."""

RULES = ("deadlines", "operations", "settlements", "benefits", "exemptions")

_RULES = " + ".join(f"(SELECT count(*) FROM v1_{kind} WHERE {SPOKEN})" for kind in RULES)
_SERVED = " UNION ".join(
    f"SELECT adcode FROM v1_{kind} WHERE {SPOKEN}"
    for kind in ("filing_types", "channels", "steps", "contacts", "legal_basis", *RULES)
)

PARTS = {
    "answers": "SELECT count(*) FROM v1_answers",
    "matrix": "SELECT count(DISTINCT adcode) FROM v1_answers",
    "evidence": "SELECT coalesce(sum(json_array_length(fact_ids)), 0) FROM v1_answers",
    "codes": "SELECT count(*) FROM terms",
    "skos:Concept": "SELECT count(*) FROM terms",
    "cpsv:PublicService": f"SELECT count(*) FROM ({_SERVED} UNION SELECT adcode FROM v1_materials WHERE {SPOKEN} AND flow = 'filing')",
    "cv:Requirement": f"SELECT count(*) FROM v1_filing_types WHERE {SPOKEN}",
    "cv:Channel": f"SELECT count(*) FROM v1_channels WHERE {SPOKEN}",
    "cv:Evidence": f"SELECT count(*) FROM v1_materials WHERE {SPOKEN} AND flow = 'filing'",
    "schema:HowToStep": f"SELECT count(*) FROM v1_steps WHERE {SPOKEN}",
    "cpsv:Rule": f"SELECT {_RULES}",
    "eli:LegalResource": f"SELECT count(*) FROM v1_legal_basis WHERE {SPOKEN}",
    "cv:ContactPoint": f"SELECT count(*) FROM v1_contacts WHERE {SPOKEN}",
    **{table: f"SELECT count(*) FROM {table}" for table in TABLES},
}
"""Part of a file (a table, a sheet, a class of things) → the number of rows the base has for it."""


def check(db: sqlite3.Connection, path: Path, found: Mapping[str, int]) -> int:
    """Rows in a file, once every part of it agrees with the base."""
    for part, number in found.items():
        expected = db.execute(PARTS[part]).fetchone()[0]
        if number != expected:
            raise ExportError(f"{path.name}: {part} holds {number} rows, the base {expected}")
    return sum(found.values())
