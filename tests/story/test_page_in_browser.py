"""The page in Debian's chromium: `make page-browser`, not part of `make test`.

NETRELAY_BROWSER_FOLDER: a folder for pictures of a busy node, a stalled and an empty one, 390 and
1280 pixels wide, light and dark.
"""

import json
import os
from pathlib import Path

import pytest

from tests.cli.command_line import CHECKOUT
from tests.story.chromium import Browser, browser, why_no_browser
from tests.story.nodes import MIB, Homes, RunningNode, wait_for
from tests.story.test_page import CONTROL_PASSWORD, PORT, controlled, served

WIDTHS = (390, 1280)
PATHS = ("/", "/jobs", "/inbox", "/traffic", "/node")
AXE = CHECKOUT / ".venv/accessibility/axe_playwright_python/axe.min.js"

pytestmark = [
    pytest.mark.skipif(not os.environ.get("NETRELAY_BROWSER"), reason="make page-browser runs it"),
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser()),
]


def test_a_file_goes_from_drop_to_delivered_before_ones_eyes(homes: Homes) -> None:
    shelf, boat = homes.pair()
    for node in (shelf, boat):
        node.start()
    shelf.line.good("limit", "boat", "512KiB")
    show_card(shelf)
    with served(shelf.line) as (address, _), browser() as window:
        base = f"http://{address}:{PORT}"
        window.show(390, is_dark=False)
        window.open(f"{base}/")
        window.script("window.isFirst = true")
        shelf.drop("boat", "<img src=x onerror=alert(1)>.jpg", os.urandom(3 * MIB))
        wait_for("the file on its way", lambda: "on its way to boat" in window.text())
        look_at(window, base, (*PATHS, "/peers/boat"), "busy")
        window.open(f"{base}/")
        window.script("window.isFirst = true")
        wait_for("the file to be delivered", lambda: "delivered" in window.text())
        assert "<img src=x onerror=alert(1)>.jpg" in window.text()
        # Without a reload: the variable is still there.
        assert window.script("return window.isFirst") is True
        assert window.complaints() == []
        assert all(each.startswith((base, "data:")) for each in window.requests())


def test_a_stalled_and_an_empty_node(homes: Homes) -> None:
    shelf, boat = homes.pair()
    shelf.start()
    show_card(shelf)
    for number in range(3):
        shelf.drop("boat", f"holiday {number}.jpg", os.urandom(1000))
    shelf.line.good("pause", "boat")
    wait_for("the jobs", lambda: "holiday 2" in shelf.line.good("jobs"))
    shelf.line.good("cancel", "1")
    with served(shelf.line) as (address, _), browser() as window:
        look_at(window, f"http://{address}:{PORT}", (*PATHS, "/peers/boat", "/jobs/1"), "stalled")
        assert window.complaints() == []
    shelf.stop()
    assert boat.line.good("peer", "rm", "shelf")
    with served(boat.line) as (address, _), browser() as window:
        look_at(window, f"http://{address}:{PORT}", PATHS, "empty")
        assert window.complaints() == []


def test_a_person_signs_in_and_acts(homes: Homes, tmp_path: Path) -> None:
    shelf, boat = homes.pair()
    for node in (shelf, boat):
        node.start()
    chosen = tmp_path / "<b>chosen.bin"
    chosen.write_bytes(os.urandom(MIB))
    with controlled(shelf.line), served(shelf.line) as (address, _), browser() as window:
        base = f"http://{address}:{PORT}"
        window.show(390, is_dark=False)
        window.open(f"{base}/control")
        assert faults(window) == []
        window.fill("[name=person]", "Anna")
        window.fill("[name=password]", CONTROL_PASSWORD)
        window.click("form button")
        wait_for("to be signed in", lambda: "You are Anna." in window.text())
        look_at(window, base, ("/control", "/peers/boat"), "acting")
        window.open(f"{base}/control")
        window.fill("#upload input[type=file]", str(chosen))
        window.click("#upload button")
        wait_for("the file to be sent", lambda: "goes to boat" in window.text())
        came = boat.home.inbox / "shelf" / chosen.name
        wait_for("the file", came.exists)
        assert came.read_bytes() == chosen.read_bytes()
        window.open(f"{base}/peers/boat")
        window.click("form.act button")
        wait_for("the pause", lambda: "boat is paused" in window.text())
        assert faults(window) == []
        assert window.complaints() == []
        assert all(each.startswith((base, "data:")) for each in window.requests())


def test_a_fault_is_found(homes: Homes) -> None:
    """The negative control: a picture without a text, and text that can hardly be read."""
    shelf, _ = homes.pair()
    with served(shelf.line) as (address, _), browser() as window:
        window.open(f"http://{address}:{PORT}/")
        for wrong in ("<img src=/icon.svg>", "<p><font color=#eeeeee>pale</font></p>"):
            window.run_in_page(f"document.querySelector('main').innerHTML += {wrong!r}")
            assert faults(window) != []


def show_card(node: RunningNode) -> None:
    node.line.good("id", "--card", str(node.home.path / "page.card"))


def look_at(window: Browser, base: str, paths: tuple[str, ...], called: str) -> None:
    """Look for faults of each page at each width and in both colours; write pictures, if wanted."""
    folder = os.environ.get("NETRELAY_BROWSER_FOLDER")
    for width in WIDTHS:
        for is_dark in (False, True):
            window.show(width, is_dark)
            for path in paths:
                window.open(base + path)
                assert faults(window) == [], (path, width, is_dark)
                root = "document.documentElement"
                assert window.script(f"return {root}.scrollWidth <= {root}.clientWidth"), path
                if folder is not None:
                    name = path.strip("/").replace("/", "-") or "now"
                    colours = "dark" if is_dark else "light"
                    picture = f"{called}-{name}-{width}-{colours}.png"
                    window.screenshot(Path(folder) / picture)


def faults(window: Browser) -> list[str]:
    """Return what axe-core says against the page: rule, and the element."""
    window.run_in_page(AXE.read_text(encoding="utf-8") + ";0")
    found = window.run_in_page("axe.run().then((found) => JSON.stringify(found.violations))")
    return [
        f"{fault['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for fault in json.loads(found)
        for node in fault["nodes"]
    ]
