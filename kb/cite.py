"""How a release is named and cited, under what licence it may be used, and what it is not: the same words everywhere.

In: what a base says of itself. Out: short texts for files, pages and machine-readable descriptions.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from kb.base import meta

TITLE = {"zh": "异地就医备案知识库 yidi", "en": "yidi: facts on filing for cross-region medical treatment in China"}
DESCRIPTION = {
    "zh": "各地异地就医备案指南网页中的规定，逐条可查、可比、可证：每条事实都附原文字句、网页地址和网页版本。",
    "en": "What public guide pages say about filing for medical treatment away from home, region by region: every fact "
    "with its exact words, the address of its page and the version of the page.",
}
LICENCE = "CC-BY-4.0"
LICENCE_TITLE = "Creative Commons Attribution 4.0 International"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
RIGHTS = {
    "zh": "数据以 CC BY 4.0 许可使用；引句的著作权归原网页。",
    "en": "The data may be used under CC BY 4.0; quotes belong to the pages they come from.",
}
NO_ADVICE = {
    "zh": "仅供研究，不作为办事依据：办理前请以参保地医保部门的答复为准。",
    "en": "For research, not official advice: ask the insurance bureau where you are insured before you act.",
}
PUBLISHER = "The yidi contributors"


@dataclass(frozen=True, slots=True)
class Edition:
    """A release as it is cited."""

    run: str
    date: str
    """Date of the end of its newest run, YYYY-MM-DD."""
    build_id: str

    def citation(self, lang: str = "zh") -> str:
        """One line for a list of references; the reader adds the address of the page a statement stands on."""
        if lang == "en":
            return f"{PUBLISHER}: {TITLE['en']}. Release {self.run} ({self.date}), build {self.build_id}. {LICENCE}."
        return f"{PUBLISHER}：{TITLE['zh']}，{self.run} 期（{self.date}），构建 {self.build_id}，{LICENCE}。"

    def bibtex(self, url: str = "") -> str:
        """The same for BibTeX."""
        key = f"yidi-{self.run}".lower()
        address = f"  url = {{{url}}},\n" if url else ""
        return (
            f"@misc{{{key},\n  title = {{{TITLE['zh']}}},\n  author = {{{{{PUBLISHER}}}}},\n  year = {{{self.date[:4]}}},\n"
            f"  note = {{release {self.run} of {self.date}, build {self.build_id}, {LICENCE}}},\n{address}}}"
        )


def edition(db: sqlite3.Connection) -> Edition:
    """The edition of a base; one that was never released has no build id."""
    about = meta(db)
    date = db.execute("SELECT coalesce(max(run_date), '') FROM runs").fetchone()[0]
    return Edition(about.get("last_run", ""), date, about.get("build_id", ""))
