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
    "/breaches?bv=casablanca&bq=delivery_fr&day=2026-11-09&breach=casablanca%2Fdelivery_fr%2Fsl%2Fday%2F2026-11-09"
    "&contact=leg-1",
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
    yield from _served(HERE / "fake_app.py", {})


@pytest.fixture(scope="module")
def real_address(example: Path) -> Iterator[str]:
    """The pages over the example workspace, as users are served them."""
    yield from _served(ROOT / "dashboard" / "app.py", {"SIGHTLINE_WORKSPACE": str(example)})


def _served(app: Path, environment: dict[str, str]) -> Iterator[str]:
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=60)


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


@pytest.fixture(scope="module")
def context(browser: Any) -> Iterator[Any]:
    """One profile for many pages: what they all load comes out of its cache after the first."""
    shared = browser.new_context(locale="en-GB")
    yield shared
    shared.close()


class Visit:
    """One opened page with everything that it asked for and complained about."""

    def __init__(
        self,
        browser: Any,
        url: str,
        width: int = 1440,
        scheme: str = "light",
        locale: str = "en-GB",
        touch: bool = False,
        context: Any = None,
    ) -> None:
        self.page = (context or browser.new_context(locale=locale, has_touch=touch)).new_page()
        self.closes = self.page if context else self.page.context
        self.looks(width, scheme)
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._console)
        self.page.goto(url, timeout=180_000)
        self.page.wait_for_selector("h1", timeout=180_000)
        self.page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=180_000)
        self.page.wait_for_timeout(1500)

    def looks(self, width: int, scheme: str) -> None:
        """The window is so wide, and its reader prefers these colours."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)

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
        self.closes.close()


#: A window as it is opened, and as it is changed while its page is open.
WINDOWS = (((1440, "light"), (1024, "dark")), ((390, "dark"), (390, "light")))
BACKGROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 23)"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("windows", WINDOWS, ids=["wide", "narrow"])
def test_no_outside_request_no_error_no_sideways_scrolling(
    browser: Any, context: Any, address: str, path: str, windows: tuple[tuple[int, str], ...]
) -> None:
    with Visit(browser, address + path, *windows[0], context=context) as visit:
        for width, scheme in windows:
            visit.looks(width, scheme)
            background = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
            visit.page.wait_for_function(f"{background} === '{BACKGROUND[scheme]}'", timeout=60_000)
            visit.page.wait_for_timeout(500)
            assert visit.outside == []
            assert visit.errors == []
            wider = "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            assert visit.page.evaluate(f"{wider}.every(part => part.scrollWidth <= part.clientWidth)")


def test_the_address_review_leads_to_the_first_page(browser: Any, context: Any, address: str) -> None:
    with Visit(browser, f"{address}/review?week=2026-W40", context=context) as visit:
        visit.page.wait_for_selector(".st-key-scorecard", timeout=60_000)
        assert visit.page.url == f"{address}/?week=2026-W40"
        assert visit.errors == []


def test_the_essentials_fit_one_screen(browser: Any, address: str) -> None:
    with Visit(browser, address) as visit:
        for key in ("trust_strip", "what_changed", "scorecard"):
            box = visit.page.locator(f".st-key-{key}").bounding_box()
            assert box["y"] + box["height"] <= 900, key


def test_an_explanation_opens_from_the_keyboard_and_keeps_the_week(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/?week=2026-W40") as visit:
        link = visit.page.locator(".st-key-what_changed a[href*=figure][href*=service_level]")
        link.focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/figure?**", timeout=60_000)
        visit.page.wait_for_selector("text=Where does this figure come from?")
        visit.page.wait_for_url("**week=2026-W40**", timeout=60_000)
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
        card.locator("table").first.wait_for(state="visible", timeout=60_000)


HEATMAP = ".st-key-heatmap .marks"


def _click_cell(visit: Visit, tap: bool) -> None:
    """Click the middle of the week's heatmap: Wednesday, early afternoon."""
    chart = visit.page.wait_for_selector(HEATMAP, timeout=60_000)
    chart.scroll_into_view_if_needed()
    visit.page.wait_for_timeout(800)
    box = chart.bounding_box()
    x, y = box["x"] + box["width"] * 0.42, box["y"] + box["height"] * 0.6
    (visit.page.touchscreen.tap if tap else visit.page.mouse.click)(x, y)


def _click_row(visit: Visit, table: str) -> None:
    """Tick the first row of a table that is drawn on a canvas."""
    canvas = visit.page.wait_for_selector(f".st-key-{table} canvas", timeout=60_000)
    canvas.scroll_into_view_if_needed()
    visit.page.wait_for_timeout(500)
    box = canvas.bounding_box()
    visit.page.mouse.click(box["x"] + 18, box["y"] + 52)


@pytest.mark.parametrize("width", [1440, 390])
def test_three_clicks_from_the_weekly_review_to_the_rows_of_an_interval(browser: Any, address: str, width: int) -> None:
    with Visit(browser, f"{address}/?week=2026-W46", width, touch=width < 500) as visit:
        page = visit.page
        link = page.wait_for_selector(".st-key-what_changed a[href*='breaches'][href*='casablanca']", timeout=60_000)
        link.click()  # one
        page.wait_for_selector(HEATMAP, timeout=60_000)
        assert "week=2026-W46" in page.url
        _click_cell(visit, tap=width < 500)  # two: a cell of the chart
        page.wait_for_selector(".st-key-contacts_table", timeout=60_000)
        assert "day=2026-11-11" in page.url
        assert "at=" in page.url
        assert "abandoned in the queue" in page.locator(".st-key-contacts").inner_text()
        _click_row(visit, "contacts_table")  # three: one of the rows
        page.wait_for_selector(".st-key-contact", timeout=60_000)
        assert "contact=leg-0" in page.url
        assert visit.errors == []
        assert visit.outside == []


@pytest.mark.parametrize("width", [1440, 390])
def test_three_clicks_on_the_example_itself(browser: Any, real_address: str, width: int) -> None:
    """From the review of the understaffed week to one of its contacts, through warehouse, queries and pages."""
    with Visit(browser, f"{real_address}/?week=2026-W37", width, touch=width < 500) as visit:
        page = visit.page
        page.wait_for_selector(".st-key-what_changed a[href*='breaches'][href*='casablanca']", timeout=60_000).click()
        _click_cell(visit, tap=width < 500)
        page.wait_for_selector(".st-key-contacts_table", timeout=60_000)
        assert "day=2026-09-09" in page.url
        assert "CallLog_20260909.csv.gz" in page.locator(".st-key-contacts").inner_text()
        _click_row(visit, "contacts_table")
        page.wait_for_selector(".st-key-contact", timeout=60_000)
        assert "contact=" in page.url
        assert visit.errors == []


def test_a_figure_of_a_chart_leads_to_its_breaches_and_the_way_back_works(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/?week=2026-W45", 390, touch=True) as visit:
        page, before = visit.page, visit.page.url
        figure = page.locator(".st-key-measure_service_level svg.marks text[aria-label*='bv=casablanca']").first
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        box = figure.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_selector(HEATMAP, timeout=60_000)
        assert "/breaches?week=2026-W45" in page.url
        assert "bv=casablanca" in page.url
        page.go_back()
        page.wait_for_selector(".st-key-measure_service_level", timeout=60_000)
        assert page.url == before
        assert visit.errors == []
        assert visit.outside == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_missed_target_opens_by_its_row_and_the_way_back_works(browser: Any, address: str, width: int) -> None:
    with Visit(browser, f"{address}/breaches?week=2026-W46&bv=casablanca", width) as visit:
        page = visit.page
        before = page.url
        _click_row(visit, "missed_table")
        page.wait_for_selector(".st-key-work", timeout=60_000)
        assert "breach=casablanca" in page.url
        assert "bq=delivery_fr" in page.url
        assert "fewer agents than committed" in page.locator(".st-key-causes").inner_text()
        page.go_back()
        page.wait_for_selector(".st-key-work", state="detached", timeout=60_000)
        assert page.url == before
        page.go_forward()
        page.wait_for_selector(".st-key-work", timeout=60_000)
        page.reload()
        page.wait_for_selector(".st-key-work", timeout=60_000)
        assert visit.errors == []


def test_a_stretch_is_chosen_by_dragging(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/breaches?week=2026-W46&bv=casablanca&drag=true") as visit:
        chart = visit.page.wait_for_selector(".st-key-heatmap_several .marks", timeout=60_000)
        chart.scroll_into_view_if_needed()
        visit.page.wait_for_timeout(800)
        box = chart.bounding_box()
        mouse = visit.page.mouse
        mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.3)
        mouse.down()
        mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.7, steps=6)
        mouse.up()
        visit.page.wait_for_selector(".st-key-contacts", timeout=60_000)
        assert "day=2026-11-09..2026-11-1" in visit.page.url


def test_the_rows_open_from_the_keyboard(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/breaches?week=2026-W46&bv=casablanca") as visit:
        day = visit.page.locator(".st-key-day_list input")
        day.focus()
        for key in ("ArrowDown", "ArrowDown", "Enter"):
            visit.page.keyboard.press(key)
            visit.page.wait_for_timeout(300)
        visit.page.wait_for_selector(".st-key-contacts", timeout=60_000)
        assert "day=2026-11-" in visit.page.url
