"""The pages in a real Chromium: no outside request, no error, no sideways scrolling, usable from the keyboard."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATHS = (
    "/", "/data_trust", "/money?mv=casablanca&part=credits", "/compare?cv=poitiers&ckpi=csat", "/moves", "/both_sides",
    "/deliveries?file=tana%2Fcontacts_20261115_4.csv%20%234", "/figure?fv=porto&kpi=service_level",
    "/brief", "/quarterly_pack?pv=porto&pe=internal",
)  # fmt: skip

pytestmark = pytest.mark.browser


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The pages over stand-in data, served on this machine."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(HERE / "fake_app.py"), "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail("the dashboard did not start within a minute")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium as installed; its absence skips with a reason."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]
    executable = next((path for path in found if path), None)
    with api.sync_playwright() as driver:
        if executable is None and not Path(driver.chromium.executable_path).exists():
            pytest.skip("no Chromium: install one, or set CHROMIUM to its path")
        started = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """One opened page with everything that it asked for and complained about."""

    def __init__(self, browser: Any, url: str, width: int = 1440, scheme: str = "light", locale: str = "en-GB") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale)
        self.page = self.context.new_page()
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._console)
        self.page.goto(url)
        self.page.wait_for_selector("h1", timeout=60_000)
        self.page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=60_000)
        self.page.wait_for_timeout(1500)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            self.outside.append(request.url)

    def _console(self, message: Any) -> None:
        # Streamlit looks for its own address under the page's path first, and does not find it there.
        if message.type == "error" and "_stcore" not in (message.location or {}).get("url", ""):
            self.errors.append(message.text)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width, scheme", [(1440, "light"), (1024, "dark"), (390, "light"), (390, "dark")])
def test_no_outside_request_no_error_no_sideways_scrolling(
    browser: Any, address: str, path: str, width: int, scheme: str
) -> None:
    with Visit(browser, address + path, width, scheme) as visit:
        assert visit.outside == []
        assert visit.errors == []
        wider = "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        assert visit.page.evaluate(f"{wider}.every(part => part.scrollWidth <= part.clientWidth)")


def test_the_essentials_fit_one_screen(browser: Any, address: str) -> None:
    with Visit(browser, address) as visit:
        for key in ("trust_strip", "what_changed", "scorecard"):
            box = visit.page.locator(f".st-key-{key}").bounding_box()
            assert box["y"] + box["height"] <= 900, key


def test_an_explanation_opens_from_the_keyboard_and_keeps_the_week(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/?week=2026-W40") as visit:
        link = visit.page.locator(".st-key-what_changed a[href*=service_level]")
        link.focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/figure?**", timeout=20_000)
        visit.page.wait_for_selector("text=Where does this figure come from?")
        visit.page.wait_for_url("**week=2026-W40**", timeout=20_000)
        visit.page.wait_for_selector("text=Week 2026-W40")
        assert "kpi=service_level" in visit.page.url


def test_the_language_follows_the_browser_and_the_switch(browser: Any, address: str) -> None:
    with Visit(browser, address, locale="fr-FR") as visit:
        assert "cette semaine" in visit.page.locator("h1").inner_text()
        visit.page.get_by_text("EN", exact=True).first.click()
        visit.page.wait_for_selector("text=What needs me this week?")
        assert "lang=EN" in visit.page.url


CHARTS = "[data-testid=stVegaLiteChart]"


def _wait_for_charts(visit: Visit, least: int) -> None:
    """A busy machine draws them one after the other."""
    drawn = f"[...document.querySelectorAll('{CHARTS}')].filter(chart => chart.querySelector('canvas, svg')).length"
    visit.page.wait_for_function(f"{drawn} >= {least}", timeout=60_000)


def test_charts_draw_one_row_per_vendor(browser: Any, address: str) -> None:
    with Visit(browser, address) as visit:
        _wait_for_charts(visit, 12)
        spoken = visit.page.locator(".st-key-measure_service_level [aria-label]").evaluate_all(
            "parts => parts.map(part => part.getAttribute('aria-label')).join(' ')"
        )
        assert "Porto Atende" in spoken
        assert "undefined" not in spoken


def test_the_definition_is_one_click_away(browser: Any, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.locator(".st-key-measure_service_level").get_by_role("button", name="Definition").click()
        visit.page.wait_for_selector("text=contacts that the clause counts")


def test_every_chart_has_a_text_and_a_table(browser: Any, address: str) -> None:
    with Visit(browser, address) as visit:
        _wait_for_charts(visit, 12)
        charts = visit.page.locator(CHARTS)
        spoken = visit.page.locator(f"{CHARTS} [aria-label], {CHARTS}[aria-label]")
        assert spoken.count() >= charts.count()
        card = visit.page.locator(".st-key-measure_service_level")
        card.get_by_text("The same as a table").click()
        visit.page.wait_for_timeout(500)
        assert card.locator("table").first.is_visible()
