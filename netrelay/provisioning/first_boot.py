"""Provisioning at every boot of a card: the boot partition is applied if it has changed.

    0  do a reset that the boot partition asks for (card_reset.py)
    1  wipe the secrets that a power cut left on the boot partition
    2  read and check everything on the boot partition; a mistake is written to a file there, and
       nothing is applied
    3  store the peers and rights that are about to be given
    4  home: configuration, keys and database; peers in one transaction
    5  host name, network, logins
    6  boot partition: write this node's card and its description, remove the error file
    7  store what was applied, and which secrets have to be wiped
    8  wipe the secrets from the boot partition, and store that this is done

Every step is idempotent, and durable before the next begins. After a power cut the stored
fingerprint differs from the boot partition, so the next boot repeats the steps.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.disk.replacement import replace_file
from netrelay.link.listen import EVERY_ADDRESS
from netrelay.provisioning.card import boot_folder, imager
from netrelay.provisioning.card.boot_file import BootFile
from netrelay.provisioning.card.boot_wish import BootWish, Mistaken, read_wish
from netrelay.provisioning.card.leftovers import remove_leftovers
from netrelay.provisioning.card.own_cards import card_node, remove_own_cards
from netrelay.provisioning.card.report_files import error_text, node_text
from netrelay.provisioning.card.unchanged import is_unchanged
from netrelay.provisioning.card_reset import reset_if_wanted, reset_mistake
from netrelay.provisioning.home.home_wish import (
    HomeRefused,
    HomeWish,
    bring_about,
    given_peers,
    joined,
)
from netrelay.provisioning.home.other_user import work_as
from netrelay.provisioning.system import logins, page_password
from netrelay.provisioning.system.applied import Applied, read_applied, write_applied
from netrelay.provisioning.system.ethernet_sockets import with_socket
from netrelay.provisioning.system.host_name import set_host_name
from netrelay.provisioning.system.journal_place import place_journal
from netrelay.provisioning.system.modem import write_modem
from netrelay.provisioning.system.network_files import write_network
from netrelay.provisioning.system.page_password import PAGE_CARD
from netrelay.provisioning.system.reset_state import last_reset
from netrelay.provisioning.system.served_sockets import serve_sockets
from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.provisioning.system.update_settings import write_update_settings
from netrelay.provisioning.system.wireguard import write_tunnel
from netrelay.runtime.config import KEYS as CONFIG_KEYS
from netrelay.runtime.config import ConfigError
from netrelay.runtime.config import load as load_config
from netrelay.runtime.home import Home
from netrelay.runtime.strict_toml import Mistake
from netrelay.seal.card import encode_card
from netrelay.seal.identity import load as load_identity
from netrelay.seal.seal_errors import IdentityError

# A card may come into a network without IPv4.
_DEFAULTS = {
    **{key.name: key.default for key in CONFIG_KEYS if key.section == "node"},
    "address": EVERY_ADDRESS,
}
# Key of the boot file to key of the home's configuration, where they differ.
_CALLED = {"listen": "address"}

_TRIED_AGAIN = (
    ": it is tried again by itself; if this file stays, the card is full, write-protected or worn"
    " out: log in and look with `df -h`, or flash another card"
)


class Outcome(NamedTuple):
    """Result of a boot. With mistakes nothing was applied."""

    is_changed: bool
    name: str = ""
    node: str = ""
    mistakes: tuple[Mistake, ...] = ()


def run(
    boot: Path, system: TargetSystem, at_step: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Read, check and apply the boot partition; `at_step` is called before each step.

    Mistakes are returned, and written to a file on the boot partition. OSError when something
    cannot be written, which that file says too: the next boot tries again.
    """
    try:
        return _run(boot, system, at_step)
    except OSError as error:
        _refuse(boot, (Mistake(0, f"this could not be done: {error}", "", _TRIED_AGAIN),))
        raise


def _run(boot: Path, system: TargetSystem, at_step: Callable[[str], None]) -> Outcome:
    mistake = reset_mistake(boot)
    if mistake is not None:
        return _refuse(boot, (mistake,))
    reset_if_wanted(boot, system, at_step)
    applied = _finish_wiping(boot, system, read_applied(system))
    remove_leftovers(boot)
    files = boot_folder.read_files(boot)
    if imager.SCRIPT in files:
        # Before any check: while cmdline.txt runs the script, every boot ends in a reboot.
        _remove_run_once(boot)
    if is_unchanged(boot, system):
        return Outcome(is_changed=False)
    try:
        wish = read_wish(files, system, applied)
        applied = _apply(system, wish, applied, at_step)
        at_step("reports")
        node, unwritten = _tried_reports(boot, system, wish)
    except Mistaken as error:
        return _refuse(boot, error.mistakes)
    except (ConfigError, IdentityError) as error:
        # The boot partition is fine: somebody changed the files of the home.
        cure = ": log in and put it right, or flash the card anew"
        return _refuse(boot, (Mistake(0, str(error), "", cure),))
    at_step("note applied")
    applied = _all_applied(files, wish, applied)
    if unwritten is not None:
        applied = applied._replace(fingerprint="")
    write_applied(system, applied)
    for number in range(len(applied.to_wipe)):
        at_step(f"wipe {number}")
        boot_folder.wipe(boot, applied.to_wipe[number])
    at_step("note wiped")
    _finish_wiping(boot, system, applied)
    if unwritten is not None:
        raise unwritten
    return Outcome(is_changed=True, name=wish.name, node=node)


def _apply(
    system: TargetSystem, wish: BootWish, applied: Applied, at_step: Callable[[str], None]
) -> Applied:
    at_step("note peers")
    both = joined(applied.peers, given_peers(wish.file.peers))
    applied = applied._replace(fingerprint="", peers=both)
    write_applied(system, applied)
    at_step("home")
    _apply_home(system, wish, applied)
    at_step("system")
    return _apply_system(system, wish, applied)


def _all_applied(files: Mapping[str, bytes], wish: BootWish, applied: Applied) -> Applied:
    """Return the state after this boot, with the fingerprint that the wiped partition will have."""
    after = {**files, **wish.starred}
    for name in wish.secrets:
        del after[name]
    return applied._replace(
        fingerprint=boot_folder.fingerprint(after),
        said=tuple(sorted(wish.file.settings)),
        peers=given_peers(wish.file.peers),
        to_wipe=tuple(boot_folder.wipe_steps(files, wish.starred, wish.secrets)),
    )


def _refuse(boot: Path, mistakes: tuple[Mistake, ...]) -> Outcome:
    # On a full partition the journal has them, and the light says that a person is needed.
    with suppress(OSError):
        boot_folder.write_text(boot, boot_folder.ERROR_FILE, error_text(mistakes))
    return Outcome(is_changed=False, mistakes=mistakes)


def _remove_run_once(boot: Path) -> None:
    command_line = boot / imager.COMMAND_LINE
    if command_line.is_file():
        plain = imager.plain_command_line(command_line.read_bytes())
        boot_folder.shorten_in_place(boot, imager.COMMAND_LINE, plain)


def _finish_wiping(boot: Path, system: TargetSystem, applied: Applied) -> Applied:
    if not applied.to_wipe:
        return applied
    for step in applied.to_wipe:
        boot_folder.wipe(boot, step)
    applied = applied._replace(to_wipe=())
    write_applied(system, applied)
    return applied


def _apply_home(system: TargetSystem, wish: BootWish, applied: Applied) -> None:
    home, account = system.home, system.account
    if not home.path.is_dir():
        home.path.mkdir(mode=0o755, parents=True)
    if account is not None and home.path.stat().st_uid != account.uid:
        os.chown(home.path, account.uid, account.gid)
    settings: dict[str, Any] = {
        _CALLED.get(name, name): _DEFAULTS[_CALLED.get(name, name)] for name in applied.said
    }
    settings |= {_CALLED.get(name, name): value for name, value in wish.file.settings.items()}
    settings["name"] = wish.name
    if not home.database.exists():
        settings.setdefault("address", EVERY_ADDRESS)
    page = wish.file.page
    passwords = {
        page_password.FILE_NAME: page.password if page is not None else None,
        page_password.CONTROL_FILE_NAME: page.control_password if page is not None else None,
    }
    # Of a page that nobody named, page.control is left as a person has set it.
    is_control = page.is_control if page is not None else False if applied.has_page else None
    wanted = HomeWish(
        settings,
        wish.keys,
        wish.file.peers,
        {name: password for name, password in passwords.items() if password is not None},
        is_control,
    )
    try:
        work_as(account, lambda: bring_about(home, wanted, applied.peers))
    except HomeRefused as error:
        raise Mistaken(Mistake(0, error.said, error.allowed)) from error


def _apply_system(system: TargetSystem, wish: BootWish, applied: Applied) -> Applied:
    choice = wish.choice
    if choice is not None:
        applied = _apply_choice(system, choice, applied)
    set_host_name(system, wish.name)
    network, _ = with_socket(system, wish.file.network, wish.file.modem)
    write_network(system, network, wish.wifi)
    write_modem(system, wish.file.modem)
    write_tunnel(system, wish.tunnel)
    page = wish.file.page
    serve_sockets(
        system,
        page.port if page is not None else None,
        wish.file.metrics,
        is_control=page is not None and page.is_control,
    )
    write_update_settings(system, wish.file.updates)
    place_journal(system, wish.file.keeps_journal)
    theirs = applied.imager_user or logins.image_user()
    keys = {theirs: list(applied.imager_keys)}
    keys.setdefault(wish.file.ssh_user or theirs, []).extend(wish.file.ssh_keys)
    logins.write_logins(system, keys)
    kept = wish.wifi if wish.file.wifi else ()
    tunnel = wish.tunnel
    secrets = (tunnel.private_key, tunnel.preshared_key) if tunnel is not None else ("", "")
    return applied._replace(
        wifi=kept,
        tunnel_keys=secrets,
        imager_wifi=wish.imager_wifi,
        has_page=page is not None,
    )


def _apply_choice(system: TargetSystem, choice: imager.Choice, applied: Applied) -> Applied:
    if choice.user is not None:
        logins.rename_image_user(system, choice.user)
    user = choice.user or logins.image_user()
    if choice.password_hash is not None:
        logins.set_password_hash(system, user, choice.password_hash)
    if choice.is_sudo_free:
        logins.allow_sudo(system, user)
    if choice.is_password_login is not None:
        logins.write_password_login(system, choice.is_password_login)
    if choice.time_zone is not None:
        system.link_time_zone(choice.time_zone)
    return applied._replace(
        imager_user=choice.user or applied.imager_user,
        imager_keys=choice.keys or applied.imager_keys,
    )


def _tried_reports(boot: Path, system: TargetSystem, wish: BootWish) -> tuple[str, OSError | None]:
    """Write the reports; return the node id, and the error where there is no room for them.

    A full partition can have its secrets wiped. The next boot applies all again, and writes them.
    """
    try:
        return _write_reports(boot, system, wish), None
    except OSError as error:
        return "", error


def _write_reports(boot: Path, system: TargetSystem, wish: BootWish) -> str:
    """Write this node's card and its description to the boot partition; return the node id."""
    config = load_config(system.home.config)
    identity = load_identity(system.home.keys)
    fixed = wish.file.network.address.partition("/")[0]
    listens = wish.file.settings.get("listen")
    addresses = (listens,) if listens else tuple(filter(None, (fixed, f"{config.name}.local")))
    card = encode_card(identity, config.name, addresses, config.commsport)
    if wish.file.page is not None:
        # The page has no key to make one.
        work_as(system.account, lambda: _write_page_card(system.home, card))
    remove_own_cards(boot, identity.node_id, except_for=f"{config.name}.card")
    boot_folder.write_text(boot, f"{config.name}.card", card)
    text = node_text(
        config,
        identity.node_id,
        addresses,
        wish.file,
        with_socket(system, wish.file.network, wish.file.modem),
        wish.wifi,
        wish.choice,
        last_reset(system),
        _remarks(boot_folder.read_files(boot), wish.file, identity.node_id),
    )
    boot_folder.write_text(boot, boot_folder.NODE_FILE, text)
    boot_folder.remove(boot, boot_folder.ERROR_FILE)
    return identity.node_id


def _write_page_card(home: Home, card: str) -> None:
    replace_file(home.path / PAGE_CARD, card.encode(), 0o640)


def _remarks(files: Mapping[str, bytes], file: BootFile, node: str) -> list[str]:
    """Return a line for each file that has no effect, although a person may expect one."""
    used = {peer.card.node_id for peer in file.peers}
    remarks = []
    for path, content in files.items():
        if path.startswith(f"{boot_folder.CARDS}/"):
            if card_node(content) not in {"", *used}:
                name = path.removeprefix(f"{boot_folder.CARDS}/").removesuffix(".txt")
                name = name.removesuffix(".card")
                remarks.append(f"{path} is not used: [peers.{name}] in netrelay.toml enrols it")
        elif path.startswith(boot_folder.OUTSIDE) and card_node(content) not in {"", node}:
            name = path.removeprefix(boot_folder.OUTSIDE)
            remarks.append(f"{name} is of another node and is not used: move it into cards/")
    remarks += [
        f"{path} is not read, {boot_folder.BOOT_FILE} is" for path in boot_folder.misplaced(files)
    ]
    remarks += [
        f"{path} is a piece of a file that lost its name when power was cut, perhaps while you"
        " saved it: look into it, then delete it; it may hold a password"
        for path in files
        if boot_folder.PIECE.fullmatch(path)
    ]
    return remarks
