"""Both formats of Raspberry Pi Imager are read as data, and never run."""

import pytest

from netrelay.provisioning.card.imager import plain_command_line, read_choice
from netrelay.provisioning.system.wifi import Wifi
from tests.provisioning.card.boot_partition import KEY, Card

HASH = "$y$j9T$7mJ0bb4Qk3b1Bq0cK9sIn/$Zl1QxkVYqFJ3R8zXlF0Zt9kYwQH3cJf2xw5dE0aVtA1"
PSK = "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"
# As written by generateRpiPreseedToml (customization_generator.cpp, July 2026).
PRESEED = f"""[system]
hostname = "Garage"

[user]
name = "anna"
password = "{HASH}"
password_encrypted = true
groups = ["sudo"]

[ssh]
enabled = true
password_authentication = false
authorized_keys = [
  "{KEY}",
]

[wlan]
ssid = "home"
password = "{PSK}"
password_encrypted = true
hidden = true
country = "GB"

[locale]
keymap = "gb"
timezone = "Europe/London"
"""
# As written by generateSystemdScript, without lines that are not read.
SCRIPT = f"""#!/bin/sh

set +e

CURRENT_HOSTNAME=$(cat /etc/hostname | tr -d " \\t\\n\\r")
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_hostname Garage
else
   echo Garage >/etc/hostname
fi
FIRSTUSER=$(getent passwd 1000 | cut -d: -f1)
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom enable_ssh -k '{KEY}'
else
   echo 'PasswordAuthentication no' >>/etc/ssh/sshd_config
fi
if [ -f /usr/lib/userconf-pi/userconf ]; then
   /usr/lib/userconf-pi/userconf 'anna' '{HASH}'
else
   echo "$FIRSTUSER:{HASH}" | chpasswd -e
fi
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ] && true; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_wlan  -h 'home' '{PSK}' 'GB'
else
cat >/etc/wpa_supplicant/wpa_supplicant.conf <<'WPAEOF'
WPAEOF
fi
if [ -f /usr/lib/raspberrypi-sys-mods/imager_custom ]; then
   /usr/lib/raspberrypi-sys-mods/imager_custom set_keymap 'gb'
   /usr/lib/raspberrypi-sys-mods/imager_custom set_timezone 'Europe/London'
fi
rm -f /boot/firstrun.sh
sed -i 's| systemd.run.*||g' /boot/cmdline.txt
exit 0
"""
PLAIN = "console=ttyAMA0,115200 root=LABEL=root rootwait"
RUN_ONCE = (
    " systemd.run=/boot/firstrun.sh systemd.run_success_action=reboot"
    " systemd.unit=kernel-command-line.target"
)


@pytest.mark.parametrize(("name", "text"), [("rpi-preseed.toml", PRESEED), ("firstrun.sh", SCRIPT)])
def test_both_formats_say_the_same(name: str, text: str) -> None:
    choice = read_choice({name: text.encode()})
    assert choice is not None
    assert (choice.host_name, choice.user, choice.password_hash) == ("garage", "anna", HASH)
    assert choice.wifi == Wifi(b"home", PSK, "GB", True)
    assert choice.keys == (KEY,)
    assert choice.time_zone == "Europe/London"
    assert choice.is_password_login is False
    assert not choice.is_sudo_free
    assert any("keymap" in word for word in choice.not_taken)
    assert HASH not in repr(choice)


def test_nothing_there_is_nothing_chosen() -> None:
    assert read_choice({"netrelay.toml": b""}) is None


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("imager_custom set_hostname '../x'", "host name"),
        ("imager_custom enable_ssh -k 'no key'", "an ssh key that is none"),
        ("imager_custom set_wlan 'x' 'short' 'GB'", "a Wi-Fi whose name or password cannot be"),
        ("imager_custom set_timezone '../../etc/shadow'", "time zone"),
        ("imager_custom set_wlan 'x", "set_wlan"),
    ],
)
def test_what_cannot_be_is_left_out_and_named(line: str, word: str) -> None:
    choice = read_choice({"firstrun.sh": f"/usr/lib/raspberrypi-sys-mods/{line}\n".encode()})
    assert choice is not None
    assert any(word in left for left in choice.not_taken), choice.not_taken
    assert choice[:8] == (None, None, None, False, choice.is_password_login, (), None, None)


@pytest.mark.parametrize("user", ["root", "-l", "a b", "x" * 40])
def test_no_word_of_it_becomes_an_option_or_another_user(user: str) -> None:
    choice = read_choice(
        {"firstrun.sh": f"/usr/lib/userconf-pi/userconf '{user}' '{HASH}'\n".encode()}
    )
    assert choice is not None
    assert choice.user is None


@pytest.mark.parametrize("text", ["#!/bin/sh\nrm -rf /\n", ""])
def test_a_script_of_somebody_else_is_not_run(text: str) -> None:
    choice = read_choice({"firstrun.sh": text.encode()})
    assert choice is not None
    assert "was not run" in choice.not_taken[0]


@pytest.mark.parametrize("text", [b"[wlan]\nhidden = true\n", b"x", b"\xff", b"user = 7\n"])
def test_a_preseed_that_cannot_be_read_is_named(text: bytes) -> None:
    choice = read_choice({"rpi-preseed.toml": text})
    assert choice is not None
    assert choice.not_taken[0].startswith("rpi-preseed.toml: ")


def test_the_command_line_is_as_before() -> None:
    assert plain_command_line((PLAIN + RUN_ONCE + "\n").encode()) == PLAIN.encode() + b"\n"
    assert plain_command_line(PLAIN.encode()) == PLAIN.encode() + b"\n"


# On a card


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_command_line_is_overwritten_where_it_lies(card: Card, end: str) -> None:
    """The file keeps inode and size, so it exists at every moment."""
    path = card.boot / "cmdline.txt"
    path.write_text(PLAIN + RUN_ONCE + end)
    before = path.stat()
    (card.boot / "firstrun.sh").write_text(SCRIPT)
    card.good()
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
    assert path.read_text() == PLAIN + " " * len(RUN_ONCE) + end


def test_a_customised_card(card: Card) -> None:
    (card.boot / "firstrun.sh").write_text(SCRIPT)
    (card.boot / "cmdline.txt").write_text(PLAIN + RUN_ONCE)
    assert card.good().name == "garage"
    assert card.read("cmdline.txt").split() == PLAIN.split()
    assert not (card.boot / "firstrun.sh").exists()
    assert card.of_root("/etc/ssh/authorized_keys.d/anna") == f"{KEY}\n"
    assert "PasswordAuthentication no" in card.of_root(
        "/etc/ssh/sshd_config.d/05-netrelay-imager.conf"
    )
    assert PSK in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert "keymap" in card.read("netrelay-node.txt")
    assert not any(HASH in path.read_text() for path in card.boot.glob("*.*"))
    assert not card.good().is_changed


def test_the_boot_file_wins_and_what_it_does_not_say_stays_imagers(card: Card) -> None:
    (card.boot / "rpi-preseed.toml").write_text(PRESEED)
    card.write('[node]\nname = "shelf"\n')
    assert card.good().name == "shelf"
    assert PSK in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    card.write('[wifi]\nssid = "other"\ncountry = "DE"\npassword = ""\n')
    card.good()
    assert PSK not in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    card.write('[node]\nname = "shelf"\n')
    card.good()
    assert PSK in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")


def test_who_was_chosen_there_keeps_their_key_beside_another(card: Card) -> None:
    (card.boot / "rpi-preseed.toml").write_text(PRESEED)
    other = KEY.replace("you@laptop", "bert@desk")
    card.write(f'[ssh]\nuser = "bert"\nkeys = ["{other}"]\n')
    card.good()
    assert card.of_root("/etc/ssh/authorized_keys.d/anna") == f"{KEY}\n"
    assert card.of_root("/etc/ssh/authorized_keys.d/bert") == f"{other}\n"
    card.write("")
    card.good()
    assert not (card.root / "etc/ssh/authorized_keys.d/bert").exists()
    assert card.of_root("/etc/ssh/authorized_keys.d/anna") == f"{KEY}\n"


def test_a_mistake_in_the_boot_file_does_not_make_the_card_start_for_ever(card: Card) -> None:
    (card.boot / "firstrun.sh").write_text(SCRIPT)
    (card.boot / "cmdline.txt").write_text(PLAIN + RUN_ONCE)
    card.write("[nod]\n")
    assert card.start().mistakes
    assert card.read("cmdline.txt").split() == PLAIN.split()
    assert (card.boot / "firstrun.sh").exists()
    card.write("")
    assert card.good().name == "garage"
