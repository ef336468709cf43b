"""Logins of people: users, passwords, and public keys in files that only root can change."""

import grp
import pwd
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from netrelay.provisioning.system.target_system import TargetSystem

AUTHORIZED = "/etc/ssh/authorized_keys.d"
SERVER = "/etc/ssh/sshd_config.d/40-netrelay.conf"
# The first value of a keyword wins (sshd_config(5)), so the name sorts before an image's files.
PASSWORDS = "/etc/ssh/sshd_config.d/05-netrelay-imager.conf"
SUDOERS = "/etc/sudoers.d"
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_FIRST_UID = 1000
_IMAGE_USER = "pi"
_GROUPS = ("sudo", "adm", "systemd-journal", "netrelay")
# In addition to ~/.ssh/authorized_keys, which belongs to the person (sshd_config(5)).
_SERVER_CONFIG = (
    f"# Written by netrelay first-boot.\nAuthorizedKeysFile .ssh/authorized_keys {AUTHORIZED}/%u\n"
)


def is_user_name(value: object) -> bool:
    """Return True for a valid name of a user other than root."""
    return isinstance(value, str) and value != "root" and _USER.fullmatch(value) is not None


def image_user() -> str:
    """Return the name of the first user of the image, which people log in as."""
    with suppress(KeyError):
        return pwd.getpwuid(_FIRST_UID).pw_name
    return _IMAGE_USER


def write_logins(system: TargetSystem, keys: Mapping[str, Sequence[str]]) -> bool:
    """Allow only these public keys, by user, of those written here; return False if unchanged.

    Creates missing users.
    """
    folder = system.path(AUTHORIZED)
    wanted = {user: lines for user, lines in keys.items() if lines}
    changed = False
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name not in wanted:
            changed |= system.remove(f"{AUTHORIZED}/{path.name}")
    for user, lines in wanted.items():
        ensure_user(system, user)
        changed |= system.write(f"{AUTHORIZED}/{user}", "\n".join(lines) + "\n")
    return (system.write(SERVER, _SERVER_CONFIG) if wanted else False) | changed


def ensure_user(system: TargetSystem, user: str) -> None:
    """Create a user without a password who may become root, unless the user exists."""
    if not system.is_running:
        system.noted.append(("useradd", user))
        return
    if _is_user(user):
        return
    groups = ",".join(group for group in _GROUPS if _is_group(group))
    system.run("useradd", "--create-home", "--shell", "/bin/bash", "--groups", groups, user)
    allow_sudo(system, user)


def allow_sudo(system: TargetSystem, user: str) -> None:
    """Allow a user to become root without a password, where sudo is installed."""
    if system.path(SUDOERS).is_dir():
        system.write(f"{SUDOERS}/010_{user}-nopasswd", f"{user} ALL=(ALL) NOPASSWD: ALL\n", 0o440)


def rename_image_user(system: TargetSystem, user: str) -> None:
    """Rename the image's user, as Raspberry Pi Imager's own script does; create it if missing.

    Idempotent: each step is checked on its own, since a power cut may have separated them.
    """
    if not system.is_running:
        system.noted.append(("usermod", user))
        return
    current = image_user()
    if not _is_user(user):
        if not _is_user(current):
            ensure_user(system, user)
            return
        system.run("usermod", "-l", user, current)
    entry = pwd.getpwnam(user)
    if entry.pw_uid != _FIRST_UID:
        return
    if entry.pw_dir != f"/home/{user}":
        system.run("usermod", "-m", "-d", f"/home/{user}", user)
    if not _is_group(user):
        system.run("groupmod", "-n", user, grp.getgrgid(entry.pw_gid).gr_name)
    allow_sudo(system, user)


def set_password_hash(system: TargetSystem, user: str, password_hash: str) -> None:
    """Set the password of a user to one of this hash (crypt(5))."""
    system.run("chpasswd", "-e", given=f"{user}:{password_hash}\n")


def forget_logins(system: TargetSystem) -> None:
    """Remove the public keys written here and what was chosen in Imager; lock the password."""
    folder = system.path(AUTHORIZED)
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        system.remove(f"{AUTHORIZED}/{path.name}")
    system.remove(PASSWORDS)
    if not system.is_running or _is_user(image_user()):
        system.run("passwd", "--lock", image_user())


def write_password_login(system: TargetSystem, is_allowed: bool) -> bool:
    """Allow or forbid ssh logins by password, as chosen in Imager; return False if unchanged."""
    word = "yes" if is_allowed else "no"
    return system.write(
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
