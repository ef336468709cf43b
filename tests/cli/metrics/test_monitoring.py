"""docs/monitoring: the names in rules and dashboard are those of the program, and alerts fire."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import CHECKOUT, Place

MONITORING = CHECKOUT / "docs" / "monitoring"
RULES = MONITORING / "alerts.yml"
DASHBOARD = MONITORING / "dashboard.json"
NAME = re.compile(r"\bnetrelay(?:_[a-z]+)+\b")


@pytest.fixture
def offered(homes: Place) -> set[str]:
    """The samples that a node offers, whether they have a value now or not."""
    shelf, _ = homes.pair()
    suffixes = {
        "counter": ("_total",),
        "histogram": ("_bucket", "_count", "_sum"),
        "info": ("_info",),
    }
    found = re.findall(r"^# TYPE (\w+) (\w+)$", shelf.good("metrics"), re.MULTILINE)
    return {name + suffix for name, kind in found for suffix in suffixes.get(kind, ("",))} | {
        f"netrelay_process_{what}_seconds_bucket" for what in ("commit", "flush")
    }


@pytest.mark.parametrize("file", [RULES, DASHBOARD], ids=lambda file: file.name)
def test_each_name_is_one_that_a_node_offers(offered: set[str], file: Path) -> None:
    used = set(NAME.findall(file.read_text()))
    assert used
    assert used - offered == set()


def test_the_dashboard_has_panels_that_ask_something() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) > 0
    for panel in dashboard["panels"]:
        assert all(target["expr"] for target in panel["targets"]), panel["title"]


def test_each_alert_fires_and_clears(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool of Debian's package prometheus is not here")
    cases = Path(__file__).with_name("alerts_test.yml")
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    assert alerts == set(re.findall(r"alertname: (\w+)", cases.read_text()))
    for file in (RULES, cases):
        shutil.copy(file, tmp_path)
    for words in (("check", "rules", RULES.name), ("test", "rules", cases.name)):
        checked = subprocess.run(
            [promtool, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
