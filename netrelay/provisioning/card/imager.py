"""Settings that Raspberry Pi Imager wrote to the boot partition, read as data and never run.

    rpi-preseed.toml    init_format "rpi-preseed"  (Imager since July 2026)
    firstrun.sh         init_format "systemd"      (every Imager); cmdline.txt then makes systemd
                                                   run the script and reboot

Source: generateRpiPreseedToml and generateSystemdScript in Imager's customization_generator.cpp.
The script calls imager_custom and userconf, where an image has them, with quoted arguments. Those
lines are parsed; the rest of the script is for Raspberry Pi OS.
"""

import re
import shlex
import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

from netrelay.provisioning.system import ssh_keys
from netrelay.provisioning.system.logins import is_user_name
from netrelay.provisioning.system.wifi import SSID_LIMIT_BYTES, Wifi, is_country, is_password
from netrelay.provisioning.system.wifi import pre_shared_key as psk_of
from netrelay.runtime.config import NODE_NAME

PRESEED, SCRIPT, COMMAND_LINE = "rpi-preseed.toml", "firstrun.sh", "cmdline.txt"
_CUSTOM = "/usr/lib/raspberrypi-sys-mods/imager_custom "
_USER_CONF = "/usr/lib/userconf-pi/userconf "
_HASH = re.compile(r"\$[0-9a-z]{1,4}\$[./A-Za-z0-9$=,+-]{1,200}")
_ZONE = re.compile(r"[A-Za-z0-9+_-]{1,32}(/[A-Za-z0-9+_-]{1,32}){0,2}")


class Choice(NamedTuple):
    """Settings chosen in Imager. not_taken: descriptions of those that are not used."""

    host_name: str | None = None
    user: str | None = None
    password_hash: str | None = None
    is_sudo_free: bool = False
    is_password_login: bool | None = None
    keys: tuple[str, ...] = ()
    wifi: Wifi | None = None
    time_zone: str | None = None
    not_taken: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Choice({self.host_name!r}, {self.user!r}, {self.wifi!r})"


def read_choice(files: Mapping[str, bytes]) -> Choice | None:
    """Return the settings of Imager, None if it wrote none."""
    if PRESEED in files:
        try:
            return _checked(_of_preseed(tomllib.loads(files[PRESEED].decode())))
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            return Choice(not_taken=(f"{PRESEED}: {error}",))
    if SCRIPT in files:
        return _checked(_of_script(files[SCRIPT].decode(errors="replace")))
    return None


def plain_command_line(text: bytes) -> bytes:
    """Return a kernel command line without the words that run a script once and reboot."""
    words = [
        word
        for word in text.split()
        if not word.startswith(b"systemd.run")
        and word != b"systemd.unit=kernel-command-line.target"
    ]
    return b" ".join(words) + b"\n"


def _of_preseed(said: dict[str, Any]) -> dict[str, Any]:
    user, ssh, wlan = said.get("user", {}), said.get("ssh", {}), said.get("wlan", {})
    found: dict[str, Any] = {
        "host_name": said.get("system", {}).get("hostname"),
        "user": user.get("name"),
        "password_hash": user.get("password"),
        "is_sudo_free": bool(user.get("passwordless_sudo")),
        "keys": ssh.get("authorized_keys", []),
        "time_zone": said.get("locale", {}).get("timezone"),
    }
    if "password_authentication" in ssh:
        found["is_password_login"] = bool(ssh["password_authentication"])
    if wlan:
        ssid = wlan["ssid"].encode() if "ssid" in wlan else bytes.fromhex(wlan["ssid_hex"])
        found["wlan"] = (
            ssid,
            wlan.get("password", ""),
            wlan.get("country", ""),
            bool(wlan.get("hidden")),
        )
    kept = {"keymap": said.get("locale", {}), "enabled": said.get("connect", {})}
    found["left"] = [word for word, section in kept.items() if section.get(word)]
    found["left"] += ["interfaces"] if said.get("interfaces") else []
    return found


def _of_script(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"left": []}
    for line in text.splitlines():
        line = line.strip()
        if not line.startswith((_CUSTOM, _USER_CONF)):
            continue
        try:
            program, *words = shlex.split(line)
        except ValueError:
            found["left"].append(line.split()[1])
            continue
        if program == _USER_CONF.strip():
            found["user"], found["password_hash"] = [*words, "", ""][:2]
        elif words[:1] == ["set_hostname"]:
            found["host_name"] = words[-1]
        elif words[:1] == ["enable_ssh"]:
            found["keys"] = words[2:] if words[1:2] == ["-k"] else []
            found["is_password_login"] = not found["keys"]
        elif words[:1] == ["set_wlan"]:
            options = [word for word in words[1:3] if word in ("-h", "-p")]
            ssid, password, country = [*words[1 + len(options) :], "", "", ""][:3]
            found["wlan"] = (ssid.encode(), password, country, "-h" in options)
        elif words[:1] == ["set_timezone"]:
            found["time_zone"] = words[-1]
        else:
            found["left"] += words[:1]
    found["is_sudo_free"] = " NOPASSWD:ALL" in text
    if len(found) == 2 and not found["left"]:
        found["left"] = [f"{SCRIPT}: no line of it is Raspberry Pi Imager's, so it was not run"]
    if "wpa_supplicant.conf" in text and "wlan" not in found:
        found["left"].append("a Wi-Fi whose name is not plain text: name it in netrelay.toml")
    return found


def _checked(said: dict[str, Any]) -> Choice:
    left = [str(word) for word in said.get("left", [])]
    host_name = str(said.get("host_name") or "").lower() or None
    if host_name is not None and not NODE_NAME.fullmatch(host_name):
        left.append(f"the host name {host_name!r}, which no node can have")
        host_name = None
    user = said.get("user") or None
    if user is not None and not is_user_name(user):
        left.append(f"the user {user!r}")
        user = None
    password_hash = said.get("password_hash") or None
    if password_hash is not None and not _HASH.fullmatch(str(password_hash)):
        left.append("a password that is no hash")
        password_hash = None
    keys = [key for key in said.get("keys", []) if not ssh_keys.what_is_wrong(key)]
    if len(keys) != len(said.get("keys", [])):
        left.append("an ssh key that is none")
    zone = said.get("time_zone") or None
    if zone is not None and not _ZONE.fullmatch(str(zone)):
        left.append(f"the time zone {zone!r}")
        zone = None
    wifi = None
    if said.get("wlan"):
        ssid, password, country, is_hidden = said["wlan"]
        if 1 <= len(ssid) <= SSID_LIMIT_BYTES and is_password(password):
            country = country if is_country(country) else ""
            wifi = Wifi(ssid, psk_of(ssid, password), country, is_hidden)
        else:
            left.append("a Wi-Fi whose name or password cannot be")
    return Choice(
        host_name,
        user,
        password_hash,
        bool(said.get("is_sudo_free")),
        said.get("is_password_login"),
        tuple(str(key).strip() for key in keys),
        wifi,
        zone,
        tuple(left),
    )
