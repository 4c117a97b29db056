"""Takes the pictures in docs/images from a published copy, with Chromium.

python -m benchmarks.screenshots kura_published.duckdb
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS, explorer, go, settled

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PAGES = {name.lower(): name for name in ("Overview", "Map", "Topics", "Cluster", "Conversations")}


def main(published: Path) -> None:
    """Write one picture per page, two of a narrow window, and one of the report."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, explorer(published) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width, height, suffix in ((1280, 900, ""), (400, 800, "-narrow")):
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(address)
            settled(page, "What people talk about")
            for name in PAGES if not suffix else ("overview", "map"):
                if name != "overview":
                    if suffix:
                        page.get_by_test_id("stExpandSidebarButton").click()
                    go(page, PAGES[name], "" if name == "cluster" else None)
                if suffix and page.get_by_test_id("stSidebarCollapseButton").is_visible():
                    page.get_by_test_id("stSidebarCollapseButton").click()
                page.wait_for_timeout(1500)  # charts and the drawer move in
                picture(page, f"explorer-{name}{suffix}", 1000 if not suffix else 800)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.html"
            kura = Path(sys.executable).with_name("kura")
            subprocess.run([kura, "report", "--database", published, "--output", report], check=True)
            page = browser.new_page(viewport={"width": 1100, "height": 1500})
            page.goto(report.as_uri())
            picture(page, "report", 1500)
        browser.close()


def picture(page: Page, name: str, height: int) -> None:
    """Save the visible part as a PNG."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": height})
    page.wait_for_timeout(700)
    image = Image.open(io.BytesIO(page.screenshot()))
    image.convert("RGB").save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
