"""Takes the pictures in docs/images from a published copy, with Chromium.

python -m benchmarks.screenshots kura_published.duckdb
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS, explorer, settled

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PAGES = ("overview", "map", "topics", "cluster", "changes", "lenses", "comparisons", "conversations")


def main(published: Path) -> None:
    """Write one picture per page, one of a dark page, two of a narrow window, and two of the report."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, explorer(published) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for names, width, suffix in (
            (PAGES, 1280, ""),
            (("map",), 1280, "-dark"),
            (("overview", "map"), 400, "-narrow"),
        ):
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme="dark" if suffix == "-dark" else "light"
            )
            for name in names:
                page.goto(address + name)
                settled(page, "")
                page.wait_for_timeout(1500)  # charts and the drawer move in
                picture(page, f"explorer-{name}{suffix}", 800 if suffix == "-narrow" else 1000)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.html"
            kura = Path(sys.executable).with_name("kura")
            subprocess.run([kura, "report", "--database", published, "--output", report], check=True)
            for name, width, height in (("report", 1100, 1500), ("report-narrow", 400, 1200)):
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(report.as_uri())
                picture(page, name, height)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", type=Path)
    main(parser.parse_args().published.resolve(strict=True))
