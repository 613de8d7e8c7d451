"""The site's own words in two languages, and what every template may use.

Templates are written in Chinese; english.yml gives the English of each phrase. What a source says stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import yaml

from kb.site.about import HERE, About


@cache
def english() -> dict[str, str]:
    """Chinese phrase → English."""
    found: dict[str, str] = yaml.safe_load((HERE / "english.yml").read_text("utf-8"))
    return found


def translator(lang: str) -> Callable[..., str]:
    """`_('共 {n} 条', n=3)`."""

    def say(phrase: str, **values: Any) -> str:
        text = english().get(phrase, phrase) if lang == "en" else phrase
        return text.format(**values) if values else text

    return say


def context(release: About, request: Any) -> dict[str, Any]:
    """What every page of ours may use: words, labels, links that keep the language, and the release."""
    lang = request.args.get("lang") if request is not None and request.args.get("lang") in ("zh", "en") else "zh"
    path = request.path if request is not None else "/"
    given = parse_qsl(request.query_string, keep_blank_values=True) if request is not None else []

    def label(vocabulary: str, code: Any) -> str:
        return "" if code is None else release.labels[lang].get((vocabulary, str(code)), str(code))

    def link(to: str, **values: Any) -> str:
        """A link inside the site that keeps the language."""
        pairs = [
            (k, v)
            for k, vs in values.items()
            for v in (vs if isinstance(vs, list | tuple) else [vs])
            if v not in (None, "")
        ]
        if lang == "en":
            pairs.append(("lang", "en"))
        return f"{to}?{urlencode(pairs)}" if pairs else to

    other = "zh" if lang == "en" else "en"
    switched = [(k, v) for k, v in given if k != "lang"] + ([("lang", "en")] if other == "en" else [])
    return {
        "lang": lang, "colon": ": " if lang == "en" else "：", "_": translator(lang), "label": label, "link": link, "about": release,
        "switch": f"{path}?{urlencode(switched)}" if switched else path,
        "base": str(request.scope.get("scheme", "http")) + "://" + (request.host or "") if request is not None else "",
    }  # fmt: skip
