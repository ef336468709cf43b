"""The page in Debian's chromium: `make page-browser`, not part of `make test`.

NETRELAY_BROWSER_FOLDER: a folder for pictures of a busy node, 390 and 1280 pixels wide, light and
dark.
"""

import os
from pathlib import Path

import pytest

from tests.story.chromium import Browser, browser, why_no_browser
from tests.story.nodes import MIB, Homes, wait_for
from tests.story.test_page import PORT, served

WIDTHS = (390, 1280)

pytestmark = [
    pytest.mark.skipif(not os.environ.get("NETRELAY_BROWSER"), reason="make page-browser runs it"),
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser()),
]


def test_a_file_goes_from_drop_to_delivered_before_ones_eyes(homes: Homes) -> None:
    shelf, boat = homes.pair()
    for node in (shelf, boat):
        node.start()
    shelf.line.good("limit", "boat", "512KiB")
    with served(shelf.line) as (address, _), browser() as window:
        base = f"http://{address}:{PORT}"
        window.show(390, is_dark=False)
        window.open(f"{base}/")
        window.script("window.isFirst = true")
        shelf.drop("boat", "<img src=x onerror=alert(1)>.jpg", os.urandom(3 * MIB))
        wait_for("the file on its way", lambda: "on its way to boat" in window.text())
        photograph(window, base, ("/", "/jobs", "/inbox", "/node", "/peers/boat"))
        window.open(f"{base}/")
        window.script("window.isFirst = true")
        wait_for("the file to be delivered", lambda: "delivered" in window.text())
        assert "<img src=x onerror=alert(1)>.jpg" in window.text()
        # Without a reload: the variable is still there.
        assert window.script("return window.isFirst") is True
        for width in WIDTHS:
            window.show(width, is_dark=True)
            root = "document.documentElement"
            assert window.script(f"return {root}.scrollWidth <= {root}.clientWidth")
        assert window.complaints() == []
        assert all(each.startswith((base, "data:")) for each in window.requests())


def photograph(window: Browser, base: str, paths: tuple[str, ...]) -> None:
    """Write pictures of the pages, if a folder is named."""
    folder = os.environ.get("NETRELAY_BROWSER_FOLDER")
    if folder is None:
        return
    for width in WIDTHS:
        for is_dark in (False, True):
            window.show(width, is_dark)
            for path in paths:
                window.open(base + path)
                name = path.strip("/").replace("/", "-") or "now"
                colours = "dark" if is_dark else "light"
                window.screenshot(Path(folder) / f"{name}-{width}-{colours}.png")
