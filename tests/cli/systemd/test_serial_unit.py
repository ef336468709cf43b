"""The unit of a serial line."""

import shutil
import subprocess

import pytest

from netrelay.cli.systemd.serial_unit import serial_unit

DEVICES = {
    "/dev/ttyUSB0": "netrelay-serial@dev-ttyUSB0.service",
    "/dev/serial/by-id/usb-A_B": r"netrelay-serial@dev-serial-by\x2did-usb\x2dA_B.service",
    "/dev/tty+1": r"netrelay-serial@dev-tty\x2b1.service",
}


@pytest.mark.parametrize(("device", "unit"), DEVICES.items())
def test_its_instance_is_the_device(device: str, unit: str) -> None:
    assert serial_unit(device) == unit


@pytest.mark.skipif(shutil.which("systemd-escape") is None, reason="there is no systemd-escape")
@pytest.mark.parametrize("device", DEVICES)
def test_systemd_escapes_it_alike(device: str) -> None:
    words = ["systemd-escape", "--path", "--template=netrelay-serial@.service", device]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == serial_unit(device)
