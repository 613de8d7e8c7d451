"""Takes the pictures of docs/img from a running `yidi serve`: `make run`, then scripts/screenshots.py [ADDRESS].

In:  the address of the site. Out: one PNG per entry of PICTURES. Needs Chromium and Chinese fonts, as `make test-all`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {"region.png": "/region/130500", "start.png": "/", "compare.png": "/compare?adcode=130500&adcode=320000"}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="take the pictures of docs/img")
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8001")
    options = parser.parse_args(argv)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("screenshots: no chromium found; `make test-all` installs it on Debian", file=sys.stderr)
        return 2
    folder = ROOT / "docs" / "img"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        for name, path in PICTURES.items():
            answer = page.goto(options.address + path, wait_until="networkidle")
            if answer is None or not answer.ok:
                print(f"screenshots: {path} does not answer well", file=sys.stderr)
                return 1
            page.screenshot(path=str(folder / name))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
