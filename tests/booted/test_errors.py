"""What goes wrong before the database is open can be found; netrelay says what systemd knows."""

from collections.abc import Iterator

import pytest

from tests.booted.node import TARGET, Pair

UNIT = "netrelay-sender.service"


@pytest.fixture
def broken(pair: Pair) -> Iterator[Pair]:
    """The pair, with a sender on shelf that cannot read the configuration."""
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


def test_an_early_error_is_read_back_by_its_fields(broken: Pair) -> None:
    entries = broken.shelf.journal("NETRELAY_PROCESS=sender", f"_SYSTEMD_UNIT={UNIT}")
    assert entries
    last = entries[-1]
    assert "netrelay.toml" in last["MESSAGE"]
    assert last["PRIORITY"] == "3"
    assert last["NETRELAY_EVENT"]


def test_the_last_resort_says_what_is_wrong(broken: Pair) -> None:
    shelf = broken.shelf
    shelf.machine.wait_for(
        "the word of the last resort", lambda: shelf.journal("NETRELAY_EVENT=unit-failed")
    )
    text = shelf.journal("NETRELAY_EVENT=unit-failed")[-1]["MESSAGE"]
    assert UNIT in text
    assert "netrelay.toml" in text


@pytest.mark.parametrize("command", ["status", "check"])
def test_netrelay_says_what_systemd_knows(broken: Pair, command: str) -> None:
    config = broken.shelf.home / "netrelay.toml"
    text = config.read_text()
    # The sender's fault is mended, but nobody has started it again.
    config.write_text(text.replace("\ncapacity = [\n", ""))
    said = broken.shelf.type(command, allowed=(0, 1, 69, 78))
    assert f"{UNIT} stays down" in said
