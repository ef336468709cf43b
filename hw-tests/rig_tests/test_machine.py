"""Tests of the command line of an emulated machine."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from rig.machine import (
    Cable,
    Machine,
    OfficeNetwork,
    kernel_command_line,
    mac_address,
    qemu_command,
)

MACHINE = Machine(
    node="a",
    model="virt",
    memory="768M",
    kernel=Path("/c/a.kernel"),
    initrd=Path("/c/a.initrd"),
    card_command_line="console=tty0 console=ttyS1,115200 root=LABEL=RASPIROOT rw quiet",
    disk=Path("/c/a.qcow2"),
    monitor=Path("/s/a.monitor"),
    console_descriptor=7,
    console_log=Path("/c/a.log"),
)


def value_of(command: list[str], option: str) -> list[str]:
    return [command[place + 1] for place, word in enumerate(command) if word == option]


def test_the_cards_own_words_stay_and_its_consoles_go() -> None:
    words = kernel_command_line(MACHINE).split()
    assert words[:3] == ["root=LABEL=RASPIROOT", "rw", "quiet"]
    assert [word for word in words if word.startswith("console=")] == ["console=ttyAMA0,115200"]
    assert "systemd.debug_shell=ttyAMA0" in words


def test_the_images_own_units_get_more_time() -> None:
    words = kernel_command_line(MACHINE).split()
    start = "systemd.set_credential_binary=systemd.unit-dropin.card-first-boot.service:"
    (word,) = (word for word in words if word.startswith(start))
    drop_in = base64.b64decode(word.removeprefix(start)).decode()
    assert drop_in == "[Service]\nTimeoutStartSec=30min\n"


def test_the_command_line_fits_into_the_kernels() -> None:
    """COMMAND_LINE_SIZE of arm64 is 2048, including the final zero."""
    assert len(kernel_command_line(replace(MACHINE, model="raspi3b"))) < 2048 - 500


def test_a_console_without_a_shell_is_the_cards_own() -> None:
    assert "debug_shell" not in kernel_command_line(replace(MACHINE, has_shell=False))


def test_a_pi_has_its_device_tree_and_its_console_on_the_second_port() -> None:
    pi = replace(MACHINE, model="raspi3b", device_tree=Path("/c/a.dtb"))
    command = qemu_command(pi)
    assert value_of(command, "-serial") == ["null", "chardev:console"]
    assert value_of(command, "-dtb") == ["/c/a.dtb"]
    assert value_of(command, "-m") == []
    assert value_of(command, "-drive") == ["if=sd,format=qcow2,file=/c/a.qcow2"]
    assert "console=ttyS1,115200" in kernel_command_line(pi)


def test_a_keyboard_is_there_when_it_is_asked_for() -> None:
    assert "usb-kbd" not in value_of(qemu_command(MACHINE), "-device")
    assert "usb-kbd" in value_of(qemu_command(replace(MACHINE, has_keyboard=True)), "-device")


def test_a_cable_is_the_socket_that_is_handed_over() -> None:
    machine = replace(MACHINE, networks=(Cable("ab", 11), Cable("bc", 12)))
    assert value_of(qemu_command(machine), "-netdev") == [
        "dgram,id=ab,local.type=fd,local.str=11",
        "dgram,id=bc,local.type=fd,local.str=12",
    ]


def test_the_office_has_no_way_out_and_listens_on_loopback_only() -> None:
    machine = replace(MACHINE, networks=(OfficeNetwork("office", 2222),))
    (network,) = value_of(qemu_command(machine), "-netdev")
    assert "restrict=on" in network
    assert "hostfwd=tcp:127.0.0.1:2222-:22" in network


def test_every_network_card_has_an_address_of_its_own() -> None:
    addresses = {mac_address(node, network) for node in "abc" for network in ("ab", "bc")}
    assert len(addresses) == 6
    assert mac_address("a", "ab") == mac_address("a", "ab")
    assert all(address.startswith("52:54:00:") for address in addresses)


def test_the_watchdog_of_qemus_pi_stays_unused_and_no_other() -> None:
    """Starting it resets the board at once, and systemd would start it."""
    word = "module_blacklist=bcm2835_wdt"
    assert word in kernel_command_line(replace(MACHINE, model="raspi3b")).split()
    assert word not in kernel_command_line(MACHINE).split()


@pytest.mark.parametrize("model", ["virt", "raspi3b"])
def test_a_machine_that_restarts_ends_so_that_its_card_is_read_anew(model: str) -> None:
    assert value_of(qemu_command(replace(MACHINE, model=model)), "-action") == ["reboot=shutdown"]


@pytest.mark.parametrize("clock", ["utc", "2036-11-26T10:00:00"])
def test_the_clock_may_be_any(clock: str) -> None:
    (words,) = value_of(qemu_command(replace(MACHINE, clock=clock)), "-rtc")
    assert words.startswith(f"base={clock},")


def test_the_machine_dies_with_its_tests() -> None:
    assert qemu_command(MACHINE)[:3] == ["setpriv", "--pdeathsig", "KILL"]
