"""Errors before the database is open are in the journal, and netrelay reports failed units."""

from collections.abc import Iterator

import pytest

from tests.booted.node import TARGET, BootedPair

UNIT = "netrelay-sender.service"


@pytest.fixture
def broken(pair: BootedPair) -> Iterator[BootedPair]:
    """Yield the pair, with a configuration that sender on shelf cannot read."""
    shelf = pair.shelf
    config = shelf.home / "netrelay.toml"
    text = config.read_text()
    config.write_text(text + "\ncapacity = [\n")
    shelf.machine.run("systemctl", "restart", UNIT, allowed=(0, 1))
    try:
        shelf.machine.wait_for(
            "a failed sender", lambda: shelf.machine.property_of(UNIT, "ActiveState") == "failed"
        )
        yield pair
    finally:
        config.write_text(text)
        shelf.machine.run("systemctl", "reset-failed")
        shelf.machine.run("systemctl", "start", TARGET)
        shelf.wait_until_ready()


def test_an_early_error_is_found_by_its_journal_fields(broken: BootedPair) -> None:
    entries = broken.shelf.journal("NETRELAY_PROCESS=sender", f"_SYSTEMD_UNIT={UNIT}")
    assert entries
    last = entries[-1]
    assert "netrelay.toml" in last["MESSAGE"]
    assert last["PRIORITY"] == "3"
    assert last["NETRELAY_EVENT"]


def test_the_unit_for_failures_logs_the_reason(broken: BootedPair) -> None:
    shelf = broken.shelf
    shelf.machine.wait_for(
        "the entry of the unit for failures", lambda: shelf.journal("NETRELAY_EVENT=unit-failed")
    )
    text = shelf.journal("NETRELAY_EVENT=unit-failed")[-1]["MESSAGE"]
    assert UNIT in text
    assert "netrelay.toml" in text


@pytest.mark.parametrize("command", ["status", "check"])
def test_netrelay_reports_a_failed_unit(broken: BootedPair, command: str) -> None:
    config = broken.shelf.home / "netrelay.toml"
    text = config.read_text()
    # The configuration is corrected, but sender is not started again.
    config.write_text(text.replace("\ncapacity = [\n", ""))
    said = broken.shelf.type(command, allowed=(0, 1, 2, 78))
    assert f"{UNIT} stays down" in said
