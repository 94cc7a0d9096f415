"""The dashboard in a real browser: every page, dark and light, and nothing leaves the machine."""

import csv
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard import texts
from warehouse import Warehouse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = {
    "": texts.OVERVIEW,
    "active_users": texts.ACTIVE_USERS,
    "retention": texts.RETENTION,
    "retention?kind=bracket&period=all": texts.RETENTION,
    "funnels": texts.FUNNELS,
    "revenue": texts.REVENUE,
    "customers": texts.CUSTOMERS,
    "metrics": texts.METRICS,
}
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# Streamlit looks for itself below the path of the page before it looks at the root.
OF_STREAMLIT = "/_stcore/"
# Plotly says nothing when it fails; the figure is then without a size.
DRAWN = """() => [...document.querySelectorAll('.js-plotly-plot')]
    .every(each => each.querySelector('svg.main-svg')?.getAttribute('width'))"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def address(ran: tuple[Warehouse, str]) -> Iterator[str]:
    """The address of a dashboard that the command line started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "productpulse.cli", "dashboard", "--no-browser"]
    running = subprocess.Popen([*command, "--port", str(port)], env=ran[0].environment)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health")
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        arguments = ["--disable-dev-shm-usage"] + ["--no-sandbox"] * (os.geteuid() == 0)
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


class Watched:
    """A tab, and what went wrong in it."""

    def __init__(self, browser: Any, address: str, scheme: str) -> None:
        self.address, self.wrong = address, []
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": 1440, "height": 1000}, accept_downloads=True
        )
        self.tab = context.new_page()
        self.tab.on("request", self._asked)
        self.tab.on("console", self._said)
        self.tab.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))

    def open(self, path: str, title: str) -> None:
        self.tab.goto(f"{self.address}/{path}")
        self.tab.get_by_role("heading", level=1, name=title, exact=True).wait_for()
        self.tab.wait_for_selector(IDLE)

    def _asked(self, request: Any) -> None:
        local = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(local):
            self.wrong.append(f"asked for {request.url}")

    def _said(self, message: Any) -> None:
        if message.type == "error" and OF_STREAMLIT not in str(message.location):
            self.wrong.append(f"{message.text} {message.location}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_drawn_without_an_error_and_asks_no_other_machine(
    browser: Any, address: str, scheme: str, tmp_path: Path
) -> None:
    seen = Watched(browser, address, scheme)
    for path, title in PAGES.items():
        seen.open(path, title)
        seen.tab.locator('[data-testid="stVerticalBlock"]').first.wait_for()
        assert seen.tab.get_by_test_id("stException").count() == 0
        assert seen.tab.get_by_test_id("stAlertContentError").count() == 0, title
        seen.tab.wait_for_function(DRAWN, timeout=20_000)
    background = seen.tab.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    brightness = sum(map(int, background.removeprefix("rgb(").removesuffix(")").split(",")[:3]))
    assert (brightness > 384) == (scheme == "light"), background
    assert not seen.wrong


def test_a_choice_is_in_the_url_and_the_url_restores_it(browser: Any, address: str) -> None:
    seen = Watched(browser, address, "light")
    seen.open("revenue", texts.REVENUE)
    seen.tab.get_by_role("combobox", name=texts.GRAIN).click()
    seen.tab.get_by_role("option", name=texts.GRAINS["quarter"], exact=True).click()
    seen.tab.wait_for_url("**grain=quarter*")
    link = seen.tab.url
    other = Watched(browser, address, "light")
    other.open(link.removeprefix(f"{address}/"), texts.REVENUE)
    assert "Q" in other.tab.locator(".st-key-card_bridge strong").inner_text()
    # and it is kept on the way through the pages
    seen.tab.get_by_role("link", name=texts.CUSTOMERS).click()
    seen.tab.get_by_role("heading", level=1, name=texts.CUSTOMERS, exact=True).wait_for()
    assert not seen.wrong + other.wrong


def test_a_csv_is_downloaded_and_a_chart_has_its_table(
    browser: Any, address: str, ran: tuple[Warehouse, str]
) -> None:
    seen = Watched(browser, address, "light")
    seen.open("funnels?funnel=onboarding", texts.FUNNELS)
    card = seen.tab.locator(".st-key-card_steps")
    with seen.tab.expect_download() as started:
        card.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    in_mart = ran[0].rows(
        "select step_name, users from marts.fct_funnel_steps where segment_name = 'all'"
        " and funnel_id = 'onboarding' order by step_number"
    )
    assert [(row["step_name"], int(row["users"])) for row in rows] == in_mart
    card.get_by_role("radio").last.click()
    card.get_by_test_id("stDataFrame").wait_for()
    assert not seen.wrong


def test_a_row_of_the_queue_opens_its_account_and_a_search_keeps_it(
    browser: Any, address: str, ran: tuple[Warehouse, str]
) -> None:
    seen = Watched(browser, address, "light")
    seen.open("customers", texts.CUSTOMERS)
    queue = seen.tab.locator(".st-key-card_queue").get_by_test_id("stDataFrame")
    queue.wait_for()
    # The table is painted on a canvas: the box of the second row, below the header.
    queue.click(position={"x": 20, "y": 35 + 35 + 17})
    seen.tab.wait_for_url("**account=*")
    in_mart = ran[0].rows(
        "select account_id from marts.fct_churn_risk order by arr_at_risk_amount desc nulls last,"
        " risk_score desc, account_id limit 2"
    )
    account = in_mart[1][0]
    assert f"account={account}" in seen.tab.url
    seen.tab.get_by_test_id("stTextInputField").fill(account)
    seen.tab.keyboard.press("Enter")
    seen.tab.wait_for_url("**find_account=*")
    seen.tab.wait_for_selector(IDLE)
    seen.tab.get_by_text(texts.TRACE, exact=True).wait_for()
    assert f"account={account}" in seen.tab.url
    assert not seen.wrong
