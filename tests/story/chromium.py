"""Debian's chromium, driven over the WebDriver protocol by its own driver; no library is needed."""

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DRIVER, BROWSER = "chromedriver", "chromium"
_START_S = 30.0


def why_no_browser() -> str:
    """Return why there is no browser here, "" if there is one."""
    missing = [program for program in (DRIVER, BROWSER) if shutil.which(program) is None]
    if not missing:
        return ""
    return f"{', '.join(missing)} is missing: apt-get install chromium chromium-driver"


class Browser:
    """One window of chromium."""

    def __init__(self, base: str) -> None:
        self._base = base
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            "perfLoggingPrefs": {"enableNetwork": True},
        }
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = self._post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def show(self, width: int, is_dark: bool) -> None:
        """Set the width of the window in CSS pixels, and the colours that the person prefers."""
        self._devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        value = "dark" if is_dark else "light"
        self._devtools(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": value}],
        )

    def open(self, address: str) -> None:
        """Load a page."""
        self._post(f"{self._session}/url", {"url": address})

    def script(self, source: str) -> Any:
        """Return what a script returns."""
        return self._post(f"{self._session}/execute/sync", {"script": source, "args": []})

    def text(self) -> str:
        """Return the text of the page."""
        return str(self.script("return document.body.innerText"))

    def fill(self, selector: str, text: str) -> None:
        """Type into an element; for an input of files, the path of one."""
        wanted = {"using": "css selector", "value": selector}
        (element,) = self._post(f"{self._session}/element", wanted).values()
        self._post(f"{self._session}/element/{element}/value", {"text": text})

    def click(self, selector: str) -> None:
        """Click an element, as a person does."""
        wanted = {"using": "css selector", "value": selector}
        (element,) = self._post(f"{self._session}/element", wanted).values()
        self._post(f"{self._session}/element/{element}/click", {})

    def run_in_page(self, source: str) -> Any:
        """Return what an expression comes to, promises awaited, past the page's own policy."""
        found = self._devtools(
            "Runtime.evaluate", expression=source, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        found = self._devtools("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))

    def complaints(self) -> list[str]:
        """Return errors and warnings of the console since the last call."""
        found = self._post(f"{self._session}/se/log", {"type": "browser"})
        return [each["message"] for each in found if each["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """Return the addresses of all requests since the last call."""
        found = self._post(f"{self._session}/se/log", {"type": "performance"})
        events = [json.loads(each["message"])["message"] for each in found]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        """Close the window."""
        self._send("DELETE", self._session, None)

    def _devtools(self, command: str, **parameters: object) -> Any:
        body = {"cmd": command, "params": parameters}
        return self._post(f"{self._session}/goog/cdp/execute", body)

    def _post(self, path: str, body: object) -> Any:
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a browser with a driver of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    driver = subprocess.Popen(
        [DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(port)
        found = Browser(f"http://127.0.0.1:{port}")
        try:
            yield found
        finally:
            found.close()
    finally:
        driver.terminate()
        driver.wait(20)


def _wait_until_it_listens(port: int) -> None:
    ends_s = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert time.monotonic() < ends_s, "chromedriver does not listen"
            time.sleep(0.05)
        else:
            return
