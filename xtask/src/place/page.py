"""The page in a browser: somebody opens it, clicks a place, asks, and a picture is taken.

    page.py <repository> <folder for the picture>      with the API's address in API_URL
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE_SECONDS = 60


def main():
    frontend, picture = Path(sys.argv[1]) / "frontend", Path(sys.argv[2]) / "page.png"
    chromium = os.environ.get("TOWPATH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.address=127.0.0.1"]
    server = subprocess.Popen(command, cwd=frontend, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        until_healthy(f"{url}/_stcore/health")
        if chromium is None:
            print("the page is served; there is no Chromium to look at it (install it, or name it by TOWPATH_CHROMIUM)")
            return
        look(url, chromium, picture)
    finally:
        server.terminate()
        server.wait(10)


def until_healthy(url):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("streamlit did not start")


def look(url, chromium, picture):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page(viewport={"width": 1360, "height": 1000})
        page.goto(url)
        districts = page.get_by_test_id("stVegaLiteChart").first
        expect(districts).to_be_visible(timeout=60_000)
        districts.click(position={"x": 90, "y": 250})
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Predict").click()
        value = page.get_by_test_id("stMetricValue")
        expect(value).to_contain_text("$", timeout=30_000)
        page.wait_for_timeout(1500)
        page.screenshot(path=str(picture), full_page=True)
        print("the page predicts", value.first.inner_text(), "- picture:", picture)
        browser.close()


main()
