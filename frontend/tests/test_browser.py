"""A person's way through the pages in a real, headless Chromium, without any request that leaves the machine.

Screenshots go to the folder that `TOWPATH_SCREENSHOTS` names. Chromium is `TOWPATH_CHROMIUM` or the first on the path; without one
these tests are skipped, and say so.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

APP = Path(__file__).parents[1] / "app.py"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM = os.environ.get("TOWPATH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
# nothing but the pages: no updates, no look-ups of its maker's hosts
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: install it, or name it by TOWPATH_CHROMIUM")


@pytest.fixture
def site(api, tmp_path):
    """The address of the pages, served as in the container."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), f"--server.port={port}", "--server.address=127.0.0.1"]
    log = tmp_path / "streamlit.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=APP.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            url = f"http://127.0.0.1:{port}"
            _until_healthy(url, server, log)
            yield url
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
def page(site):
    """A browser's page, and every host that it asked."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1360, "height": 1000})
        page.hosts = set()
        page.on("request", lambda request: page.hosts.add(request.url.split("/")[2].split(":")[0]))
        page.goto(site)
        yield page
        browser.close()


def _until_healthy(url, server, log):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"streamlit did not start:\n{log.read_text()}")


def _picture(page, name):
    folder = os.environ.get("TOWPATH_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(800)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_one_district_from_the_map_to_its_neighbours(page, api):
    expect(page.get_by_role("heading", name="What is a house worth here?")).to_be_visible(timeout=30_000)
    districts = page.get_by_test_id("stVegaLiteChart")
    expect(districts).to_be_visible(timeout=30_000)
    longitude = page.get_by_role("spinbutton", name="Longitude (degrees)")
    expect(longitude).to_have_value("-118.49")
    districts.click(position={"x": 120, "y": 90})
    expect(longitude).not_to_have_value("-118.49", timeout=15_000)
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_test_id("stMetricValue")).to_contain_text("$", timeout=15_000)
    expect(page.get_by_role("heading", name="The nearest real districts")).to_be_visible(timeout=15_000)
    _picture(page, "one-district")
    assert page.hosts == {"127.0.0.1"}, "the pages ask other hosts"


def test_many_districts_and_the_model(page, api, tmp_path):
    file = tmp_path / "districts.csv"
    names = "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,ocean_proximity"
    rows = ["-122.2,37.8,30,2000,400,1000,350,4.0,NEAR BAY", "12,37.8,30,2000,400,1000,350,4.0,NEAR BAY"]
    file.write_text("\n".join([names, *rows]))
    page.get_by_role("link", name="Many districts").click()
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(["1", "1"], timeout=15_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").last.click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[1].endswith("160000.0,") and "longitude: is not between" in lines[2]
    _picture(page, "many-districts")
    page.get_by_role("link", name="The model").click()
    expect(page.get_by_text("housing/7").first).to_be_visible(timeout=15_000)
    _picture(page, "the-model")


def test_an_api_that_is_away_is_told(page, api):
    expect(page.get_by_role("button", name="Predict")).to_be_visible(timeout=30_000)
    api.mode = "down"
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text("endpoint is away")).to_be_visible(timeout=15_000)
    _picture(page, "api-away")
