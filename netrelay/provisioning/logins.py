"""Who may log in: the public keys of people, in files that only root can change."""

import grp
import pwd
from contextlib import suppress

from netrelay.provisioning.machine import Machine

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


def write_logins(machine: Machine, user: str, keys: tuple[str, ...]) -> bool:
    """Let these keys, and no others that came from here, in as this user."""
    folder = machine.path(AUTHORIZED)
    changed = False
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name != user or not keys:
            changed |= machine.remove(f"{AUTHORIZED}/{path.name}")
    if not keys:
        return changed
    ensure_user(machine, user)
    changed |= machine.write(f"{AUTHORIZED}/{user}", "\n".join(keys) + "\n")
    return machine.write(SERVER, _SERVER_CONFIG) | changed


def ensure_user(machine: Machine, user: str) -> None:
    """Make a user without a password who may become root, unless there is such a user."""
    if not machine.is_running:
        machine.noted.append(("useradd", user))
        return
    with suppress(KeyError):
        pwd.getpwnam(user)
        return
    groups = ",".join(group for group in _GROUPS if _is_group(group))
    machine.run("useradd", "--create-home", "--shell", "/bin/bash", "--groups", groups, user)
    allow_sudo(machine, user)


def allow_sudo(machine: Machine, user: str) -> None:
    """Let a user become root without a password, where sudo is installed."""
    if machine.path(SUDOERS).is_dir():
        machine.write(f"{SUDOERS}/010_{user}-nopasswd", f"{user} ALL=(ALL) NOPASSWD: ALL\n", 0o440)


def rename_image_user(machine: Machine, user: str) -> None:
    """Call the image's user so, as Raspberry Pi Imager's own script does; or make one."""
    current = image_user()
    if not machine.is_running or current == user:
        machine.noted.append(("usermod", user))
        return
    with suppress(KeyError):
        pwd.getpwnam(user)
        return
    try:
        pwd.getpwnam(current)
    except KeyError:
        ensure_user(machine, user)
        return
    machine.run("usermod", "-l", user, current)
    machine.run("usermod", "-m", "-d", f"/home/{user}", user)
    machine.run("groupmod", "-n", user, current)
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


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
