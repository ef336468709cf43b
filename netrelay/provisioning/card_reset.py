"""Reset of a card that a file `netrelay-reset` on its boot partition asks for, done once.

    1  store the request on the root partition
    2  remove the file from the boot partition; if that fails, nothing is reset
    3  delete what the request covers; with the keys, first the node's card on the boot partition
    4  store that it is done

A power cut before 2 leaves the file, one after it leaves the stored request: the next boot goes on.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from netrelay.disk.folders import flush_folder
from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.card.own_cards import remove_own_cards
from netrelay.provisioning.system import logins
from netrelay.provisioning.system.applied import STATE as APPLIED
from netrelay.provisioning.system.applied import Applied, read_applied, write_applied
from netrelay.provisioning.system.card_root import SET_ASIDE
from netrelay.provisioning.system.host_name import set_default_host_name
from netrelay.provisioning.system.page_password import CONTROL_FILE_NAME, FILE_NAME
from netrelay.provisioning.system.reset_state import (
    forget_wanted,
    store_done,
    store_wanted,
    wanted_reset,
)
from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.runtime.edited_text import decode
from netrelay.runtime.strict_toml import Mistake
from netrelay.seal.identity import load as load_identity
from netrelay.seal.seal_errors import IdentityError

KEEP_KEYS, EVERYTHING = "keep-keys", "everything"
KINDS = (KEEP_KEYS, EVERYTHING)
_HOST_KEYS = "/etc/ssh"
# What stars in the card's file stand for is kept with the keys, as the Wi-Fi password is.
_PASSWORDS = (FILE_NAME, CONTROL_FILE_NAME)


def reset_mistake(boot: Path) -> Mistake | None:
    """Return the mistake of a reset file that names no kind of reset, None if there is none."""
    name = boot_folder.reset_file(boot)
    if name is None or _wanted(boot, name) in KINDS:
        return None
    said = f"{name} says {_wanted(boot, name)[:40]!r}"
    return Mistake(0, said, " or ".join(KINDS), ": write one of them into it, or remove the file")


def reset_if_wanted(boot: Path, system: TargetSystem, at_step: Callable[[str], None]) -> bool:
    """Do the reset that the boot partition or the stored request asks for; return False if none.

    OSError when the file cannot be removed from the boot partition: then nothing was reset.
    """
    name = boot_folder.reset_file(boot)
    if name is not None:
        at_step("note reset")
        store_wanted(system, _wanted(boot, name))
        at_step("remove reset file")
        try:
            boot_folder.remove(boot, name)
        except OSError:
            forget_wanted(system)
            raise
    kind = wanted_reset(system)
    if kind not in KINDS:
        return False
    at_step("reset")
    if kind == EVERYTHING:
        # While it has its keys: they tell its own card from others.
        with suppress(IdentityError):
            remove_own_cards(boot, load_identity(system.home.keys).node_id)
    _reset(system, keeps_keys=kind == KEEP_KEYS)
    at_step("note reset done")
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    store_done(system, f"{kind}, on {now} by its own clock")
    forget_wanted(system)
    return True


def _reset(system: TargetSystem, *, keeps_keys: bool) -> None:
    home = system.home
    kept_names = {"lost+found", *((home.keys.name, *_PASSWORDS) if keeps_keys else ())}
    if home.path.is_dir():
        for path in sorted(home.path.iterdir()):
            if path.name in kept_names:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        flush_folder(home.path)
    # A damaged partition that was packed (mount-folders): files, messages and keys of before.
    shutil.rmtree(system.path(SET_ASIDE), ignore_errors=True)
    if keeps_keys:
        applied = read_applied(system)
        kept = Applied(
            wifi=applied.wifi,
            tunnel_keys=applied.tunnel_keys,
            imager_wifi=applied.imager_wifi,
            imager_user=applied.imager_user,
            imager_keys=applied.imager_keys,
            to_wipe=applied.to_wipe,
        )
        write_applied(system, kept)
        return
    system.remove(APPLIED)
    for key in sorted(system.path(_HOST_KEYS).glob("ssh_host_*")):
        system.remove(f"{_HOST_KEYS}/{key.name}")
    logins.forget_logins(system)
    set_default_host_name(system)


def _wanted(boot: Path, name: str) -> str:
    text = decode(boot_folder.read_file(boot / name)[: boot_folder.RESET_LIMIT_BYTES])
    return "" if isinstance(text, Mistake) else text.text.strip().lower()
