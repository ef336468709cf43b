"""What happens at every boot of a card: the boot partition is looked at, and applied if it changed.

    1  what a power cut left to be wiped is wiped
    2  everything on the boot partition is read and checked; a mistake ends it here, with its file
    3  what will have been given to peers is noted
    4  the home: configuration, keys, database, peers in one transaction
    5  host name, network, logins
    6  on the boot partition: this node's card and its description, no error any more
    7  what was applied is noted, and what has to be wiped
    8  secrets are wiped from the boot partition, and this is noted

Each step is durable before the next and may be repeated: after a power cut at any point the next
boot finds that what was applied is not what lies there, and does it again.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.provisioning.card import boot_folder, imager
from netrelay.provisioning.card.boot_file import BootFile
from netrelay.provisioning.card.boot_wish import Mistaken, Wish, read_wish
from netrelay.provisioning.card.report_files import error_text, node_text
from netrelay.provisioning.card.unchanged import is_unchanged
from netrelay.provisioning.home.home_wish import (
    HomeRefused,
    HomeWish,
    bring_about,
    given_peers,
    joined,
)
from netrelay.provisioning.home.other_user import work_as
from netrelay.provisioning.system import logins
from netrelay.provisioning.system.applied import Applied, read_applied, write_applied
from netrelay.provisioning.system.host_name import set_host_name
from netrelay.provisioning.system.machine import Machine
from netrelay.provisioning.system.network_files import write_network
from netrelay.runtime.config import KEYS as CONFIG_KEYS
from netrelay.runtime.config import ConfigError
from netrelay.runtime.config import load as load_config
from netrelay.runtime.strict_toml import Mistake
from netrelay.seal.card import CARD_LIMIT_BYTES, decode_card, encode_card
from netrelay.seal.errors import CardError, IdentityError
from netrelay.seal.identity import load as load_identity

_DEFAULTS = {key.name: key.default for key in CONFIG_KEYS if key.section == "node"}
# What the home's configuration calls a key of the boot file.
_CALLED = {"listen": "address"}


class Outcome(NamedTuple):
    """What became of it; mistakes: nothing was applied."""

    is_changed: bool
    name: str = ""
    node: str = ""
    mistakes: tuple[Mistake, ...] = ()


def run(boot: Path, machine: Machine, at_step: Callable[[str], None] = lambda _: None) -> Outcome:
    """Look, check and apply; at_step hears the name of each step before it is taken.

    Mistakes are in the outcome and, for people, in a file beside the one that has them. OSError
    when something cannot be written: the next boot tries again.
    """
    applied = _finish_wiping(boot, machine, read_applied(machine))
    files = boot_folder.read_files(boot)
    if imager.SCRIPT in files:
        # Whatever is wrong with the rest: left there, each boot would end in another.
        _remove_run_once(boot)
    if is_unchanged(boot, machine):
        return Outcome(is_changed=False)
    try:
        wish = read_wish(files, machine, applied)
        at_step("note peers")
        given = given_peers(wish.file.peers)
        applied = applied._replace(fingerprint="", peers=joined(applied.peers, given))
        write_applied(machine, applied)
        at_step("home")
        _apply_home(machine, wish, applied)
        at_step("machine")
        applied = _apply_machine(machine, wish, applied)
        at_step("tell")
        node = _tell(boot, machine, wish)
        at_step("note applied")
        after = {**files, **wish.starred}
        for name in wish.secrets:
            del after[name]
        applied = applied._replace(
            fingerprint=boot_folder.fingerprint(after),
            said=tuple(sorted(wish.file.settings)),
            peers=given,
            to_wipe=tuple(boot_folder.wipe_steps(files, wish.starred, wish.secrets)),
        )
        write_applied(machine, applied)
    except Mistaken as error:
        return _refuse(boot, error.mistakes)
    except (ConfigError, IdentityError) as error:
        # Not the boot partition's: what somebody did to the home.
        cure = ": log in and put it right, or flash the card anew"
        return _refuse(boot, (Mistake(0, str(error), "", cure),))
    for number in range(len(applied.to_wipe)):
        at_step(f"wipe {number}")
        boot_folder.wipe(boot, applied.to_wipe[number])
    at_step("note wiped")
    _finish_wiping(boot, machine, applied)
    return Outcome(is_changed=True, name=wish.name, node=node)


def _refuse(boot: Path, mistakes: tuple[Mistake, ...]) -> Outcome:
    boot_folder.write_text(boot, boot_folder.ERROR_FILE, error_text(mistakes))
    return Outcome(is_changed=False, mistakes=mistakes)


def _remove_run_once(boot: Path) -> None:
    command_line = boot / imager.COMMAND_LINE
    if command_line.is_file():
        plain = imager.plain_command_line(command_line.read_bytes())
        boot_folder.shorten_in_place(boot, imager.COMMAND_LINE, plain)


def _finish_wiping(boot: Path, machine: Machine, applied: Applied) -> Applied:
    if not applied.to_wipe:
        return applied
    for step in applied.to_wipe:
        boot_folder.wipe(boot, step)
    applied = applied._replace(to_wipe=())
    write_applied(machine, applied)
    return applied


def _apply_home(machine: Machine, wish: Wish, applied: Applied) -> None:
    home, account = machine.home, machine.account
    if not home.path.is_dir():
        home.path.mkdir(mode=0o755, parents=True)
    if account is not None and home.path.stat().st_uid != account.uid:
        os.chown(home.path, account.uid, account.gid)
    settings: dict[str, Any] = {
        _CALLED.get(name, name): _DEFAULTS[_CALLED.get(name, name)] for name in applied.said
    }
    settings |= {_CALLED.get(name, name): value for name, value in wish.file.settings.items()}
    settings["name"] = wish.name
    wanted = HomeWish(settings, wish.keys, wish.file.peers)
    try:
        work_as(account, lambda: bring_about(home, wanted, applied.peers))
    except HomeRefused as error:
        raise Mistaken(Mistake(0, error.said, error.allowed)) from error


def _apply_machine(machine: Machine, wish: Wish, applied: Applied) -> Applied:
    choice = wish.choice
    if choice is not None:
        applied = _apply_choice(machine, choice, applied)
    set_host_name(machine, wish.name)
    write_network(machine, wish.file.network, wish.wifi)
    theirs = applied.imager_user or logins.image_user()
    keys = {theirs: list(applied.imager_keys)}
    keys.setdefault(wish.file.ssh_user or theirs, []).extend(wish.file.ssh_keys)
    logins.write_logins(machine, keys)
    kept = wish.wifi if wish.file.wifi is not None else None
    return applied._replace(wifi=kept, imager_wifi=wish.imager_wifi)


def _apply_choice(machine: Machine, choice: imager.Choice, applied: Applied) -> Applied:
    if choice.user is not None:
        logins.rename_image_user(machine, choice.user)
    user = choice.user or logins.image_user()
    if choice.password_hash is not None:
        logins.set_password_hash(machine, user, choice.password_hash)
    if choice.is_sudo_free:
        logins.allow_sudo(machine, user)
    if choice.is_password_login is not None:
        logins.write_password_login(machine, choice.is_password_login)
    if choice.time_zone is not None:
        machine.link_time_zone(choice.time_zone)
    return applied._replace(
        imager_user=choice.user or applied.imager_user,
        imager_keys=choice.keys or applied.imager_keys,
    )


def _tell(boot: Path, machine: Machine, wish: Wish) -> str:
    """Write this node's card and its description onto the boot partition."""
    config = load_config(machine.home.config)
    identity = load_identity(machine.home.keys)
    fixed = wish.file.network.address.partition("/")[0]
    listens = wish.file.settings.get("listen")
    addresses = (listens,) if listens else tuple(filter(None, (fixed, f"{config.name}.local")))
    card = encode_card(identity, config.name, addresses, config.commsport)
    _remove_own_cards(boot, identity.node_id, except_for=f"{config.name}.card")
    boot_folder.write_text(boot, f"{config.name}.card", card)
    text = node_text(
        config,
        identity.node_id,
        addresses,
        wish.file,
        wish.wifi,
        wish.choice,
        _remarks(boot_folder.read_files(boot), wish.file),
    )
    boot_folder.write_text(boot, boot_folder.NODE_FILE, text)
    boot_folder.remove(boot, boot_folder.ERROR_FILE)
    return identity.node_id


def _remarks(files: Mapping[str, bytes], file: BootFile) -> list[str]:
    """Give what lies there and says nothing, though somebody may think that it does."""
    used = {peer.card.node_id for peer in file.peers}
    remarks = []
    for path, content in files.items():
        if path.startswith(f"{boot_folder.CARDS}/"):
            try:
                card = decode_card(content[: CARD_LIMIT_BYTES + 1].decode("ascii", "replace"))
            except CardError:
                continue
            if card.node_id not in used:
                name = path.removeprefix(f"{boot_folder.CARDS}/").removesuffix(".card")
                remarks.append(f"{path} is not used: [peers.{name}] in netrelay.toml enrols it")
    if boot_folder.MISNAMED in files:
        remarks.append(f"{boot_folder.MISNAMED} is not read, {boot_folder.BOOT_FILE} is")
    return remarks


def _remove_own_cards(boot: Path, node: str, except_for: str) -> None:
    """Remove the card that this node had under another name, and nobody else's."""
    for path in boot.glob("*.card"):
        if path.name.lower() != except_for and path.stat().st_size <= CARD_LIMIT_BYTES:
            try:
                is_own = decode_card(path.read_text(encoding="ascii")).node_id == node
            except (CardError, ValueError):
                continue
            if is_own:
                boot_folder.remove(boot, path.name)
