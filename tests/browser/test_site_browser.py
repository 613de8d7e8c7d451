"""A reader's way through the site in Chromium: on a desk and on a phone, in both languages, light and dark.

No request may leave the host, axe may find nothing serious, everything can be reached by keyboard. Pictures of every
page are kept in data/screenshots, to be looked at.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright import sync_api as playwright

pytestmark = pytest.mark.browser


PICTURES = Path(__file__).resolve().parent.parent.parent / "data" / "screenshots"
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no chromium: `make test-all` installs it on Debian"
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield found
        found.close()


@pytest.fixture(
    params=[("desk", "zh", "light"), ("phone", "zh", "dark"), ("desk", "en", "dark"), ("phone", "en", "light")],
    ids="-".join,
)
def page(request: pytest.FixtureRequest, browser: playwright.Browser, sample_server: str) -> Iterator[playwright.Page]:
    size, lang, scheme = request.param
    context = browser.new_context(
        viewport=SIZES[size], color_scheme=scheme, base_url=sample_server, has_touch=size == "phone"
    )
    found = context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    found.on(
        "request",
        lambda r: (
            None
            if urlsplit(r.url).netloc == urlsplit(sample_server).netloc or r.url.startswith("data:")
            else foreign.append(r.url)
        ),
    )
    found.on("console", lambda m: errors.append(m.text) if m.type == "error" and "404" not in m.text else None)
    found.on("pageerror", lambda e: errors.append(str(e)))
    found.label = "-".join(request.param)  # type: ignore[attr-defined]
    found.lang = lang  # type: ignore[attr-defined]
    yield found
    context.close()
    assert foreign == [], "requests left the host"
    assert errors == [], "errors in the console"


def look(page: playwright.Page, name: str) -> None:
    """Picture, axe, and no scrolling sideways."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}-{page.label}.png"), full_page=True)  # type: ignore[attr-defined]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    serious = [
        f"{v['id']} ({v['impact']}): {n['html'][:160]} {n.get('failureSummary', '')[:200]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"][:3]
    ]
    assert serious == [], f"{name}: " + "\n".join(serious)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 1, f"{name} is {wide} pixels too wide"


def test_the_way_of_a_reader(page: playwright.Page) -> None:
    lang = "?lang=en" if page.lang == "en" else ""  # type: ignore[attr-defined]
    page.goto(f"/{lang}")
    look(page, "1-front")
    page.locator(".questions a").first.click()
    assert re.search(r"/question/q01", page.url)
    look(page, "2-question")
    page.locator("tbody th a", has_text="邢台市").first.click()
    assert "/region/130500" in page.url
    assert ("lang=en" in page.url) == bool(lang)
    look(page, "3-region")
    card = page.locator("#q01 details.proof").first
    card.locator("summary").click()
    assert card.locator("blockquote").is_visible()
    card.locator("blockquote a[href*='/page/']").click()
    assert "/page/" in page.url
    look(page, "4-proof")
    target = page.url.partition("#")[2]
    assert page.locator(f"[id='{target}']").count() == 1
    source = page.locator(".actions a.button").get_attribute("href")
    assert source
    assert source.startswith("http")
    page.locator(".factlist li a:not(.back)").first.click()
    assert "/fact/" in page.url
    look(page, "5-fact")
    page.goto("/compare?adcode=130500&adcode=320000" + lang.replace("?", "&"))
    assert page.locator("table.compare tbody tr").count() == 10
    look(page, "6-compare")
    page.locator("#find").fill("备案")
    page.locator("#find").press("Enter")
    page.wait_for_url("**/search?*")
    assert page.locator(".hits mark", has_text="备案").count() > 3
    look(page, "7-search")
    page.goto(f"/about{lang}")
    look(page, "8-about")
    page.locator("header nav a[href^='/download']").click()
    look(page, "8-download")
    with page.expect_download() as download:
        page.locator("table.downloads a[href='/files/csv/v1_deadlines.csv']").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    with page.expect_download() as download:
        page.locator("a[href='/files/yidi.xlsx']").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


def test_the_map_and_the_national_page(page: playwright.Page) -> None:
    page.goto("/?question=q02" + ("&lang=en" if page.lang == "en" else ""))  # type: ignore[attr-defined]
    assert page.locator(".map .tile").count() == 34
    look(page, "9-map")
    page.goto("/region/100000")
    look(page, "10-nation")
    page.goto("/question/q11")
    look(page, "11-disagreement")


def test_tables_and_queries(page: playwright.Page) -> None:
    page.goto("/yidi" + ("?lang=en" if page.lang == "en" else ""))  # type: ignore[attr-defined]
    look(page, "12-tables")
    page.goto("/yidi/v1_deadlines?adcode=130500" + ("&_lang=en" if page.lang == "en" else ""))  # type: ignore[attr-defined]
    look(page, "13-table")
    page.locator(".facets a").first.click()
    assert "130500" in page.url
    assert page.locator("table.data tbody tr").count() >= 1
    page.goto("/yidi/v1_sources/example-city" + ("?_lang=en" if page.lang == "en" else ""))  # type: ignore[attr-defined]
    look(page, "13-row")
    page.goto("/yidi/q01_makeup_window")
    page.locator("input[name=region]").fill("130500")
    page.locator("main button").first.click()
    page.wait_for_url("**region=130500**")
    look(page, "14-query")
    page.goto("/yidi?sql=select+region%2C+quote+from+v1_steps")
    look(page, "15-sql")
    page.goto("/nowhere")
    look(page, "16-missing")


def test_keyboard_alone_is_enough(page: playwright.Page) -> None:
    page.goto("/region/130500")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("details.proof[open]").count() == 1
