"""Who may log in: the public keys of people, in files that only root can change."""

import grp
import pwd
from collections.abc import Mapping, Sequence
from contextlib import suppress

from netrelay.provisioning.system.machine import Machine

AUTHORIZED = "/etc/ssh/authorized_keys.d"
SERVER = "/etc/ssh/sshd_config.d/40-netrelay.conf"
# The first word on a matter counts (sshd_config(5)), so before an image's own files.
PASSWORDS = "/etc/ssh/sshd_config.d/05-netrelay-imager.conf"
SUDOERS = "/etc/sudoers.d"
_FIRST_UID = 1000
_IMAGE_USER = "pi"
_GROUPS = ("sudo", "adm", "systemd-journal", "netrelay")
# Beside ~/.ssh/authorized_keys, which stays the person's own (sshd_config(5), AuthorizedKeysFile).
_SERVER_CONFIG = (
    f"# Written by netrelay first-boot.\nAuthorizedKeysFile .ssh/authorized_keys {AUTHORIZED}/%u\n"
)


def image_user() -> str:
    """Give the user that the image has for people: whoever is the first."""
    with suppress(KeyError):
        return pwd.getpwuid(_FIRST_UID).pw_name
    return _IMAGE_USER


def write_logins(machine: Machine, keys: Mapping[str, Sequence[str]]) -> bool:
    """Let these keys, by user, and no others that came from here, in."""
    folder = machine.path(AUTHORIZED)
    wanted = {user: lines for user, lines in keys.items() if lines}
    changed = False
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name not in wanted:
            changed |= machine.remove(f"{AUTHORIZED}/{path.name}")
    for user, lines in wanted.items():
        ensure_user(machine, user)
        changed |= machine.write(f"{AUTHORIZED}/{user}", "\n".join(lines) + "\n")
    return (machine.write(SERVER, _SERVER_CONFIG) if wanted else False) | changed


def ensure_user(machine: Machine, user: str) -> None:
    """Make a user without a password who may become root, unless there is such a user."""
    if not machine.is_running:
        machine.noted.append(("useradd", user))
        return
    if _is_user(user):
        return
    groups = ",".join(group for group in _GROUPS if _is_group(group))
    machine.run("useradd", "--create-home", "--shell", "/bin/bash", "--groups", groups, user)
    allow_sudo(machine, user)


def allow_sudo(machine: Machine, user: str) -> None:
    """Let a user become root without a password, where sudo is installed."""
    if machine.path(SUDOERS).is_dir():
        machine.write(f"{SUDOERS}/010_{user}-nopasswd", f"{user} ALL=(ALL) NOPASSWD: ALL\n", 0o440)


def rename_image_user(machine: Machine, user: str) -> None:
    """Call the image's user so, as Raspberry Pi Imager's own script does; or make one.

    Each step is looked at alone: a power cut may have come between them.
    """
    if not machine.is_running:
        machine.noted.append(("usermod", user))
        return
    current = image_user()
    if not _is_user(user):
        if not _is_user(current):
            ensure_user(machine, user)
            return
        machine.run("usermod", "-l", user, current)
    entry = pwd.getpwnam(user)
    if entry.pw_uid != _FIRST_UID:
        return
    if entry.pw_dir != f"/home/{user}":
        machine.run("usermod", "-m", "-d", f"/home/{user}", user)
    if not _is_group(user):
        machine.run("groupmod", "-n", user, grp.getgrgid(entry.pw_gid).gr_name)
    allow_sudo(machine, user)


def set_password_hash(machine: Machine, user: str, password_hash: str) -> None:
    """Give a user a password of which only the hash is known (crypt(5))."""
    machine.run("chpasswd", "-e", given=f"{user}:{password_hash}\n")


def write_password_login(machine: Machine, is_allowed: bool) -> bool:
    """Say whether a password opens a login over ssh: of Imager's user, who chose it there."""
    word = "yes" if is_allowed else "no"
    return machine.write(
        PASSWORDS, f"# Chosen in Raspberry Pi Imager.\nPasswordAuthentication {word}\n"
    )


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
