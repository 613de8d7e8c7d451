"""Descriptions for machines inside the pages: schema.org as JSON-LD, a block of data that no policy has to let run.

In: what a page shows and the address of the site. Out: plain objects, and their text made safe for HTML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from kb import cite
from kb.site.files import kind_of

Data = Mapping[str, Any]
CHANNELS = 20
"""Channels named in the page of a region; yidi.jsonld has them all."""
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script(described: Data) -> Markup:
    """The block; nothing in it can end it."""
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":"))
    for sign, code in _UNSAFE.items():
        text = text.replace(sign, code)
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))  # noqa: S704 - escaped above


def region(data: Data, base: str) -> Data | None:
    """The filing service of a region; None where no page of the region is held."""
    place = data["region"]
    if not data["pages"]:
        return None
    names = {
        fact["value_zh"]: None
        for group in data["channels"]
        for fact in group["facts"]
        if fact["authority"] in ("A", "B", "C")
    }
    area = {"@type": "AdministrativeArea", "name": place["name"], "identifier": place["adcode"]}
    return {
        "@context": "https://schema.org", "@type": "GovernmentService", "name": f"异地就医备案（{place['name']}）", "serviceType": "异地就医备案",
        "identifier": f"yidi-{place['adcode']}", "url": f"{base}/region/{place['adcode']}", "areaServed": area, "jurisdiction": area,
        "availableChannel": [{"@type": "ServiceChannel", "name": name} for name in list(names)[:CHANNELS]],
        "subjectOf": [
            {"@type": "WebPage", "name": page["title"] or page["url"], "url": page["url"]}
            | ({"datePublished": page["published"]} if page["published"] else {})
            for page in data["pages"]
        ],
        "isPartOf": {"@type": "Dataset", "name": cite.TITLE["zh"], "url": f"{base}/download", "license": cite.LICENCE_URL},
        "disambiguatingDescription": cite.NO_ADVICE["zh"],
    }  # fmt: skip


def dataset(data: Data, base: str) -> Data:
    """The release with its files."""
    return {
        "@context": "https://schema.org", "@type": "Dataset", "name": cite.TITLE["zh"], "alternateName": cite.TITLE["en"],
        "description": f"{cite.DESCRIPTION['zh']} {cite.NO_ADVICE['zh']}", "url": f"{base}/download", "license": cite.LICENCE_URL,
        "version": data["edition"]["run"], "identifier": data["edition"]["build_id"], "dateModified": data["edition"]["date"],
        "creator": {"@type": "Organization", "name": cite.PUBLISHER}, "isAccessibleForFree": True, "inLanguage": "zh-CN",
        "distribution": [
            {"@type": "DataDownload", "name": file["name"], "contentUrl": f"{base}/files/{file['name']}", "encodingFormat": kind_of(file["name"]),
             "contentSize": f"{file['bytes']} B", "sha256": file["sha256"]}
            for file in data["files"] if file["sha256"]
        ],
    }  # fmt: skip
