"""`netrelay check` as a monitor and cron ask it: --quiet and --line."""

import os
import subprocess
from pathlib import Path

import pytest

from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from tests.cli.checked import at_work, node_with_peer
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import walks
from tests.story.nodes import free_address


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return node_with_peer(homes)


def test_a_monitor_asks_for_the_exit_status_or_one_line(shelf: CommandLine) -> None:
    down = [shelf("check", form) for form in ("--quiet", "--line")]
    assert [outcome.code for outcome in down] == [2, 2]
    assert down[0].out == ""
    assert down[1].out.startswith("NETRELAY CRITICAL - processes: none runs: nothing moves")
    with at_work(shelf):
        up_now = [shelf("check", form) for form in ("--quiet", "--line")]
        with walks(shelf) as node, node.database.transaction():
            node.database.execute("UPDATE peers SET paused_s = clock()")
        late = [shelf("check", form) for form in ("--quiet", "--line")]
    assert [outcome.code for outcome in up_now] == [0, 0]
    assert [outcome.out for outcome in up_now] == ["", "NETRELAY OK - all is well\n"]
    assert [outcome.code for outcome in late] == [1, 1]
    assert late[1].out.startswith("NETRELAY WARNING - peers: boat: paused since ")
    assert late[1].out.count("\n") == 1


def test_a_bar_in_the_words_hides_nothing_of_the_line(shelf: CommandLine) -> None:
    """Plugins give figures after the first bar: a monitor shows what is before it."""
    program = shelf.home.path / "a|b"
    text = shelf.home.config.read_text().replace('on_alarm = ""', f'on_alarm = "{program}"')
    shelf.home.config.write_text(text)
    with at_work(shelf):
        found = shelf("check", "--line").out
    assert "a\\x7cb: No such file or directory" in found
    assert "|" not in found


def test_the_line_of_many_findings_is_bounded(homes: Place) -> None:
    names = [f"boat-{number:02}" for number in range(40)]
    shelf = homes.node("shelf", "--address", free_address())
    for name in names:
        card = homes.folder / f"{name}.card"
        identity = identities.create(homes.folder / f"{name}.keys")
        card.write_text(encode_card(identity, name, (free_address(),), 7411))
        shelf.good("peer", "add", str(card))
    with at_work(shelf):
        with walks(shelf) as node, node.database.transaction():
            node.database.execute("UPDATE peers SET paused_s = clock()")
        found = shelf("check", "--line").out
    assert found.startswith("NETRELAY WARNING - 40 findings: peers: boat-00: paused since ")
    assert len(found) < 1000


@pytest.mark.parametrize(("status", "mail"), [(0, ""), (1, ""), (2, "what is wrong\n")])
def test_the_line_for_cron_mails_errors_alone(tmp_path: Path, status: int, mail: str) -> None:
    document = Path(__file__).parents[3] / "docs" / "operating.md"
    (line,) = (
        text for text in document.read_text().splitlines() if " netrelay check --quiet" in text
    )
    stub = tmp_path / "netrelay"
    stub.write_text(f'#!/bin/sh\n[ "$2" = --quiet ] || echo what is wrong\nexit {status}\n')
    stub.chmod(0o755)
    typed = line.split("* * * * ", 1)[1]
    path = f"{tmp_path}:{os.environ['PATH']}"
    found = subprocess.run(
        ["/bin/sh", "-c", typed], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.stderr) == (mail, "")
