"""The explorer as a process of its own, and what a real browser shows of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, expect
from playwright.sync_api import TimeoutError as Late

from tests.support.project import REPOSITORY

# the shell is Chromium without its own windows, which take half of the processor's time where nobody looks at them
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> [link](javascript:alert(1))"
    " ![image](http://outside.example/x.png) **bold** :red[red] $x^2$ \u202eesrever\u202c \x1b[31mred\x07 {{ 7 * 7 }}"
)

BESIDE_A_PAGE = re.compile(r"http://localhost:\d+/\w+/_stcore/")
"""Where Streamlit looks for its server first, if the address of a page is opened: there it is not."""


@contextmanager
def explorer(published: Path) -> Iterator[str]:
    """Run the explorer on a published copy; gives its address."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "explorer.py", "--server.port", str(port)]
    environment = {**os.environ, "KURA_PUBLISHED_PATH": str(published)}
    log = published.with_suffix(".log")
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=REPOSITORY / "dashboards", env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    address = f"http://localhost:{port}/"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}_stcore/health", timeout=1).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


class Watched:
    """A page together with everything that it should not do."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("console", lambda message: self._read(message))
        page.on("request", lambda request: self._check(request.url))

    def _read(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not BESIDE_A_PAGE.match(message.location["url"]):
            self.problems.append(message.text)

    def _dismiss(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _check(self, url: str) -> None:
        if not url.startswith(("http://localhost:", "ws://localhost:", "data:", "blob:", "file://")):
            self.problems.append(f"asks for {url}")


class Tabs:
    """Tabs, each of a person of its own, that are used again: a new one is a process that reads and compiles all of Streamlit."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Watched] = []

    def take(self, width: int = 1280, color_scheme: Any = "light", forced_colors: Any = "none") -> Watched:
        """Return a tab in which nothing is, of 900 pixels in height."""
        tab = self._free.pop() if self._free else Watched(self._browser.new_page())
        tab.page.set_default_timeout(10_000)
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.page.emulate_media(media="null", color_scheme=color_scheme, forced_colors=forced_colors)
        tab.problems.clear()
        return tab

    def give_back(self, tab: Watched) -> None:
        """Have a tab forget what was done in it."""
        tab.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        tab.page.context.clear_cookies()
        tab.page.goto("about:blank")
        tab.page.mouse.move(0, 0)
        self._free.append(tab)


def settled(page: Page, title: str) -> None:
    """Wait until the page with this title is complete."""
    expect(page.locator("h1", has_text=title)).to_be_visible(timeout=20_000)
    calm(page)


def calm(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def pick(page: Page, box: Locator, option: str) -> None:
    """Choose an entry of a list: a page that is drawn anew meanwhile closes the list, which is opened again then."""
    entry = page.get_by_role("option", name=option, exact=True).first
    for is_last in (False, False, True):
        box.click()
        box.fill(option)
        try:
            entry.click(timeout=5_000)
        except Late:
            if is_last:
                raise
        else:
            return


def gone_back(page: Page) -> None:
    """Go back as a person would: not on from a page before it is there, even if it looks like the one that is left."""
    page.evaluate(
        """() => {
          const app = document.querySelector("[data-testid=stApp]");
          window.changes = 0;
          new MutationObserver(() => window.changes++).observe(app, { attributeFilter: ["data-test-script-state"] });
        }"""
    )
    page.go_back()
    page.wait_for_function("window.changes > 0")
    calm(page)


def go(page: Page, name: str, title: str | None = None) -> None:
    page.get_by_test_id("stSidebar").get_by_test_id("stPageLink").get_by_text(name, exact=True).click()
    settled(page, name if title is None else title)


FAINT = """() => {
  const one = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parsed = colour => {
    one.clearRect(0, 0, 1, 1);
    one.fillStyle = colour;
    one.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = one.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (above, below) => [0, 1, 2].map(i => above[i] * above[3] + below[i] * (1 - above[3]));
  const light = colour => {
    const [red, green, blue] = colour.map(v => v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = [], roots = [document];
  while (roots.length) for (const element of roots.pop().querySelectorAll("*")) {
    if (element.shadowRoot) roots.push(element.shadowRoot);
    const text = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join(" ").trim();
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!text || !box.width || !box.height || style.visibility === "hidden") continue;
    if (style.fontFamily.includes("Material") || element.closest("[disabled], [aria-disabled=true]")) continue;
    const behind = [];
    let seen = 1;
    for (let at = element; at; at = at.parentElement || at.getRootNode().host) {
      seen *= getComputedStyle(at).opacity;
      behind.unshift(parsed(getComputedStyle(at).backgroundColor));
    }
    const ground = behind.reduce((below, above) => over(above, below), [255, 255, 255]);
    const ink = parsed(element instanceof SVGElement ? style.fill : style.color);
    ink[3] *= seen;
    if (!ink[3]) continue; // a label of a chart that would have stood on another one
    const [low, high] = [light(over(ink, ground)), light(ground)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < (large ? 3 : 4.5)) found.push(`${contrast.toFixed(2)} ${text.slice(0, 60)}`);
  }
  return found;
}"""


def faint(page: Page) -> list[str]:
    """Return the texts of a page that stand out less from what is behind them than WCAG asks for (AA), with their contrast."""
    calm(page)
    expect(page.locator("[data-stale=true]")).to_have_count(0)  # what Streamlit is about to draw anew fades
    found: list[str] = page.evaluate(FAINT)
    return found


QUESTION = "هل الدفع عبر PayPal آمن؟"
"""Written from right to left: it ends on the left."""


def ends_on_the_left(text: Locator) -> bool:
    """Whether the question mark of `QUESTION` is left of the letter before it."""
    return bool(
        text.first.evaluate(
            """element => {
              const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
              let node = walker.nextNode();
              while (!node.data.includes("؟")) node = walker.nextNode();
              const edge = (from, to) => {
                const range = document.createRange();
                range.setStart(node, from);
                range.setEnd(node, to);
                return range.getBoundingClientRect();
              };
              const end = node.data.lastIndexOf("؟");
              return edge(end, end + 1).right <= edge(end - 1, end).left + 1;
            }"""
        )
    )
