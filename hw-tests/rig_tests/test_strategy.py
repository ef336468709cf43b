"""Transitions of the strategy, with the real console drivers and a stub machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from labgrid import Environment
from labgrid.strategy import StrategyError
from pexpect import TIMEOUT

from rig.node import CommandFailed, Node
from rig.strategy import Status
from rig_tests.stub_node import JOURNAL, StubPowerDriver

ENVIRONMENT = """
targets:
  stub:
    resources:
      - NetworkSerialPort: {{host: 127.0.0.1, port: null, protocol: raw}}
    drivers:
      - StubCardDriver: {{file: {card}}}
      - StubPowerDriver: {{profile: {profile}}}
      - SerialDriver: {{}}
      - ShellDriver: {{login_prompt: ' login: ', username: root, prompt: 'root@[^: ]+:[^ ]*# '}}
      - NodeStrategy: {{}}
imports: [rig_tests.stub_node, rig.strategy]
"""
# Replies to the queries of the strategy, from files of the test.
PROFILE = """
export STUB={folder}
cat >{folder}/bin/ip <<'EOF'
#!/bin/sh
cat $STUB/addresses
EOF
cat >{folder}/bin/systemctl <<'EOF'
#!/bin/sh
for unit in 1 2 3 4 5 6 7; do echo active; done
test -e $STUB/ready && echo active || echo inactive
EOF
printf '#!/bin/sh\\n' >{folder}/bin/dmesg
chmod +x {folder}/bin/*
export PATH={folder}/bin:$PATH
restart() {{
    printf 'reboot: %s system\n' Restarting
    printf 'stub login: ' && read -r name
}}
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    (tmp_path / "bin").mkdir()
    (tmp_path / "addresses").write_text("2: eth0 inet 192.0.2.1/24 scope global eth0\n")
    (tmp_path / "ready").touch()
    (tmp_path / "profile").write_text(PROFILE.format(folder=tmp_path))
    config = tmp_path / "env.yaml"
    config.write_text(ENVIRONMENT.format(card=tmp_path / "card", profile=tmp_path / "profile"))
    JOURNAL.clear()
    env = Environment(str(config))
    yield Node(env.get_target("stub"))
    env.cleanup()


def test_ready_is_reached_through_all_states(node: Node) -> None:
    node.to(Status.ready)
    assert JOURNAL == ["flash", "to node", "on"]
    assert node.strategy.status is Status.ready


def test_a_command_gives_what_it_said_and_fails_with_it(node: Node) -> None:
    node.to(Status.booted)
    assert node.run("echo one; echo two") == "one\ntwo"
    with pytest.raises(CommandFailed, match="stub: echo why; false: status 1: why"):
        node.run("echo why; false")
    assert node.ask("exit 3") == ("", 3)


def test_a_node_that_was_off_boots_from_the_card_that_it_had(node: Node) -> None:
    node.to(Status.booted).to(Status.off)
    JOURNAL.clear()
    node.to(Status.booted)
    assert JOURNAL == ["to node", "on"]


def test_flashed_means_a_fresh_card_every_time(node: Node) -> None:
    node.to(Status.booted)
    JOURNAL.clear()
    node.to(Status.flashed)
    node.to(Status.flashed)
    assert JOURNAL == ["off", "flash", "off", "flash"]


def test_what_a_test_puts_on_the_card_is_put_after_the_flash_and_once(node: Node) -> None:
    node.to(Status.booted)
    JOURNAL.clear()
    node.strategy.card_with(lambda card: JOURNAL.append(f"provision {card.fleet_option}"))
    node.to(Status.booted).to(Status.off).to(Status.booted)
    assert JOURNAL == ["off", "flash", "provision --image", "to node", "on", "off", "to node", "on"]


def test_a_started_node_is_not_started_twice(node: Node) -> None:
    node.strategy.start()
    node.strategy.start()
    node.to(Status.ready)
    assert JOURNAL == ["flash", "to node", "on"]


def test_the_card_of_a_node_with_power_is_not_taken_out(node: Node) -> None:
    node.to(Status.booted)
    JOURNAL.clear()
    with pytest.raises(StrategyError, match="stub is on"):
        node.boot_partition()
    assert JOURNAL == []
    node.to(Status.off)
    node.boot_partition()
    assert JOURNAL == ["off", "to host"]


def test_a_pulled_plug_leaves_it_off_with_its_card(node: Node) -> None:
    node.to(Status.booted)
    JOURNAL.clear()
    node.strategy.pull_plug()
    assert node.strategy.status is Status.off
    node.to(Status.booted)
    assert JOURNAL == ["off", "to node", "on"]


def test_a_restart_is_followed_from_a_start_that_nobody_logged_in_to(node: Node) -> None:
    node.strategy.start()
    node.target.activate(node.strategy.console)
    node.strategy.console.sendline("root")
    node.strategy.console.sendline("restart")
    node.strategy.rebooted(within_s=30)
    assert node.strategy.status is Status.booted
    node.to(Status.ready)
    assert JOURNAL == ["flash", "to node", "on"]


def test_a_node_that_does_not_restart_is_told(node: Node) -> None:
    node.to(Status.booted)
    with pytest.raises(TIMEOUT):
        node.strategy.rebooted(within_s=0.1)


def test_a_machine_that_ends_instead_of_restarting_is_started_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emulated machines do so, so that the card is read again."""

    def await_off(power: StubPowerDriver, within_s: float) -> None:
        JOURNAL.append(f"ended within {within_s:.0f} s")
        power.off()

    monkeypatch.setattr(StubPowerDriver, "await_off", await_off, raising=False)
    node.to(Status.booted)
    JOURNAL.clear()
    node.strategy.rebooted(within_s=30)
    assert JOURNAL == ["ended within 30 s", "off", "to node", "on"]
    assert node.run("echo here") == "here"


def test_a_state_that_does_not_exist_is_named_with_those_that_do(node: Node) -> None:
    with pytest.raises(StrategyError, match=r"state 'redy': one of off, flashed, booted, online"):
        node.strategy.transition("redy")


def test_a_node_without_an_address_is_not_online(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rig.strategy.ONLINE_S", 0.0)
    (tmp_path / "addresses").write_text("")
    with pytest.raises(AssertionError, match="no an address on stub within 0 s"):
        node.to(Status.online)
    assert node.strategy.status is Status.booted


def test_a_node_whose_processes_do_not_run_is_not_ready(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rig.strategy.READY_S", 0.0)
    (tmp_path / "ready").unlink()
    with pytest.raises(AssertionError, match=r"running node on stub within 0 s"):
        node.to(Status.ready)
    assert node.strategy.status is Status.online
