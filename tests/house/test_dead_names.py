"""The list of unused names that `make lint` accepts has no stale entry."""

import subprocess
import sys
import tomllib

from tests.house.source_tree import CHECKOUT

CONFIGURATION = CHECKOUT / ".ci" / "vulture.toml"


def unused_names() -> set[str]:
    """Return the names in netrelay that vulture reports without the list."""
    command = [sys.executable, "-m", "vulture", "netrelay"]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    return {line.split("'")[1] for line in run.stdout.splitlines() if "'" in line}


def test_every_accepted_name_is_unused() -> None:
    accepted = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]["vulture"]
    assert set(accepted["ignore_names"]) - unused_names() == set()
