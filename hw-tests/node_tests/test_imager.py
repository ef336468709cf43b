"""A card customised by Raspberry Pi Imager gets the settings that were chosen there.

The files are those of Imager 2 for a manifest with init_format "systemd": a script for Raspberry Pi
OS, and words in cmdline.txt that make systemd run it.
"""

import subprocess
from pathlib import Path

import pytest

from rig.card import BootPartition
from rig.card_protocol import CardProtocol
from rig.node import Node
from rig.strategy import READY_S, Status

pytestmark = pytest.mark.nodes("alone")

PASSWORD = "two-buoys-7"
# The hash is the output of `openssl passwd -5 -salt hw` for the password.
FIRST_RUN = """\
#!/bin/bash

set +e

CURRENT_HOSTNAME=$(cat /etc/hostname | tr -d " \\t\\n\\r")
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_hostname buoy
else
   echo buoy >/etc/hostname
   sed -i "s/127.0.1.1.*$CURRENT_HOSTNAME/127.0.1.1\\tbuoy/g" /etc/hosts
fi
FIRSTUSER=$(getent passwd 1000 | cut -d: -f1)
FIRSTUSERHOME=$(getent passwd 1000 | cut -d: -f6)
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom enable_ssh -k '{key}'
fi
if [ -f /usr/lib/userconf-pi/userconf ]; then
   /usr/lib/userconf-pi/userconf 'ann' '$5$hw$2xld9mX0tuo9xQ3AdINkzmvxtoyMwaICUUdUDx5WyCA'
fi
rm -f /boot/firstrun.sh
sed -i 's| systemd.run.*||g' /boot/cmdline.txt
exit 0
"""
WORDS = (
    "systemd.run=/boot/firstrun.sh systemd.run_success_action=reboot"
    " systemd.unit=kernel-command-line.target"
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ssh") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def customised(alone: Node, key: Path) -> Node:
    """Return a node, ready, whose card Imager customised."""
    public = key.with_suffix(".pub").read_text().strip()

    def customise(card: CardProtocol) -> None:
        boot = BootPartition(card.path)
        boot.write("firstrun.sh", FIRST_RUN.replace("{key}", public).encode())
        line = boot.read("cmdline.txt").decode().strip()
        boot.write("cmdline.txt", f"{line} {WORDS}\n".encode())

    alone.strategy.card_with(customise)
    alone.strategy.start()
    # The first boot ends with a restart, in which a shell that is open before is lost.
    alone.strategy.rebooted(within_s=READY_S)
    return alone.to(Status.ready)


def test_imagers_choices_are_taken_over(customised: Node, key: Path) -> None:
    assert customised.run("hostname") == "buoy"
    public = key.with_suffix(".pub").read_text().strip()
    assert public in customised.run("cat /etc/ssh/authorized_keys.d/ann")
    assert customised.run("id --name --user ann") == "ann"
    service = customised.target.get_resource("NetworkService")
    command = ["ssh", "-i", str(key), "-p", str(service.port or 22), "-o", "BatchMode=yes"]
    command += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    command += ["-o", "ConnectTimeout=120", f"ann@{service.address}", "hostname"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert answer.stdout.strip() == "buoy", answer.stderr


def test_its_user_logs_in_at_a_screen_with_a_keyboard(customised: Node) -> None:
    if not customised.has_keyboard:
        pytest.skip("nobody types at the screens of this bench")
    customised.await_on_screen("buoy login:")
    customised.type_line("ann")
    customised.await_on_screen("Password:")
    customised.type_line(PASSWORD)
    customised.await_on_screen("ann@buoy:~$")


def test_the_script_is_gone_and_the_next_start_is_a_plain_one(customised: Node) -> None:
    customised.power_off()
    boot = customised.boot_partition()
    assert "firstrun.sh" not in boot.names()
    assert "systemd.run" not in boot.read("cmdline.txt").decode()
