"""Creation of a home, or its change to the desired state of a boot file."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.core.budget import Budget
from netrelay.core.calendar import period_at
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.provisioning.card.boot_peers import PeerWish
from netrelay.provisioning.home.new_home import make_home, write_config
from netrelay.provisioning.system.applied import GivenPeers
from netrelay.provisioning.system.page_password import hashed, write_password
from netrelay.runtime.clock import unix_s
from netrelay.runtime.config import KEYS, Config, ConfigError, load
from netrelay.runtime.home import Home
from netrelay.runtime.node import PERSON, open_database
from netrelay.runtime.strict_toml import Document
from netrelay.runtime.time_zones import LocalZone
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.budgets import lift_budget, set_budget
from netrelay.store.database import Database
from netrelay.store.database_errors import DatabaseError
from netrelay.store.peers import add_peer, set_addresses

_DEFAULTS = {key.name: key.default for key in KEYS if key.section == "node"}


class HomeRefused(Exception):  # noqa: N818 -- named after its content
    """The home cannot be changed so. where: section and key of the boot file that requires it."""

    def __init__(self, where: tuple[str, ...], said: str, allowed: str) -> None:
        super().__init__(said)
        self.where, self.said, self.allowed = where, said, allowed


class HomeWish(NamedTuple):
    """The desired state: settings of [node] in the configuration, keys and peers.

    keys: files of an identity to adopt, for a home that has none yet; None creates one.
    passwords: of the page, by the name of their file. is_control: page.control of the
    configuration; None leaves it.
    """

    settings: Mapping[str, Any]
    keys: Mapping[str, bytes] | None
    peers: tuple[PeerWish, ...]
    passwords: Mapping[str, str] = {}
    is_control: bool | None = None

    def __repr__(self) -> str:
        return f"HomeWish({self.settings!r})"


def bring_about(home: Home, wish: HomeWish, given: GivenPeers) -> None:
    """Create or change the home; durable on return. given: peers of earlier boot files.

    Peers and rights change in one transaction. HomeRefused before an existing home is changed.
    """
    try:
        _bring_about(home, wish, given)
    except (ConfigError, IdentityError, DatabaseError, ValueError) as error:
        raise HomeRefused((), str(error), "") from error


def _bring_about(home: Home, wish: HomeWish, given: GivenPeers) -> None:
    is_new = not home.database.exists()
    if is_new:
        chosen = {**_DEFAULTS, **wish.settings}
        make_home(
            home,
            chosen["name"],
            chosen["address"],
            chosen["commsport"],
            tuple(chosen["dataports"]),
            chosen["capacity"],
            wish.keys,
            can_be_dialled=chosen["can_be_dialled"],
            call_every=chosen["call_every"],
        )
    database = open_database(home, PERSON)
    try:
        with database.transaction():
            gone = _reconcile(database, home, wish.peers, given)
            _change_config(home, wish.settings)
            if wish.is_control is not None:
                _change_config(home, {"control": wish.is_control}, "page")
    finally:
        database.close()
    for file_name, password in wish.passwords.items():
        write_password(home, hashed(password), file_name)
    for name in gone - {peer.name for peer in wish.peers}:
        with suppress(OSError):
            (home.drop / name).rmdir()


def check_peers(database: Database, wishes: tuple[PeerWish, ...], given: GivenPeers) -> None:
    """Raise HomeRefused for a peer that conflicts with one that is enrolled."""
    own = str(database.value("SELECT node FROM selfinfo"))
    for wish in wishes:
        where = ("peers", wish.name)
        if wish.card.node_id == own:
            raise HomeRefused(
                where, f"peers.{wish.name} has this node's own card", "another node's card"
            )
        known = database.row(
            "SELECT name, certificate, sealing_key FROM peers JOIN peer_keys USING (node)"
            " WHERE node = ?",
            (wish.card.node_id,),
        )
        keys = (wish.card.certificate_der, wish.card.sealing_public_key)
        if known and known[1:] != keys:
            raise HomeRefused(
                where,
                f"peers.{wish.name} has a card with other keys than the one that was enrolled",
                "the same card, or `netrelay peer rm` first",
            )
        if known and known[0] != wish.name:
            raise HomeRefused(
                where,
                f"peers.{wish.name} is a node that this one knows as {known[0]!s}",
                f"[peers.{known[0]!s}], or `netrelay peer rm {known[0]!s}` first",
            )
        other = database.value(
            "SELECT node FROM peers WHERE name = ? AND node <> ?", (wish.name, wish.card.node_id)
        )
        if other is not None and other not in given:
            raise HomeRefused(
                where,
                f"peers.{wish.name} is the name of another peer, {other!s}, added by hand",
                f"another name, or `netrelay peer rm {wish.name}` first",
            )


def _reconcile(
    database: Database, home: Home, wishes: tuple[PeerWish, ...], given: GivenPeers
) -> set[str]:
    """Change peers and rights to the desired ones; return the names of removed peers."""
    check_peers(database, wishes, given)
    nodes = {wish.name: wish.card.node_id for wish in wishes}
    gone: set[str] = set()
    for node, said in given.items():
        if node not in nodes.values():
            # Its waiting jobs stay, as with `peer rm --keep-jobs`.
            database.execute("DELETE FROM peers WHERE node = ?", (node,))
            gone.add(str(said["name"]))
    for wish in wishes:
        add_peer(
            database,
            wish.card.node_id,
            wish.name,
            wish.card.certificate_der,
            wish.card.pin,
            wish.card.sealing_public_key,
            wish.addresses,
            wish.commsport,
        )
        set_addresses(database, wish.card.node_id, list(wish.addresses), wish.commsport)
        # Before the commit, which wakes importer to look for this folder.
        make_drop_folder(home.drop / wish.name)
    for wish in wishes:
        _settle(database, wish, nodes, given.get(wish.card.node_id, {}))
    return gone


def _settle(
    database: Database, wish: PeerWish, nodes: Mapping[str, str], given: Mapping[str, Any]
) -> None:
    node = wish.card.node_id
    row = (nodes[wish.via] if wish.via else node, wish.quota_bytes)
    if database.row("SELECT via, quota_bytes FROM peers WHERE node = ?", (node,)) != row:
        database.execute("UPDATE peers SET via = ?, quota_bytes = ? WHERE node = ?", (*row, node))
    rights = {(verb, nodes.get(subject, "")) for verb, subject in wish.rights}
    for verb, subject in given.get("rights", ()):
        if (verb, subject) not in rights:
            database.execute(
                "DELETE FROM rights WHERE peer = ? AND verb = ? AND subject = ?",
                (node, verb, subject),
            )
    for verb, subject in sorted(rights):
        database.execute(
            "INSERT INTO rights VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (node, verb, subject)
        )
    _settle_budget(database, node, wish.budget, was_given=bool(given.get("has_budget")))


def _settle_budget(
    database: Database, node: str, budget: Budget | None, *, was_given: bool
) -> None:
    """Set the budget of the file; lift one that an earlier file gave. Others are left."""
    if budget is None:
        if was_given:
            lift_budget(database, node)
        return
    row = database.row(
        "SELECT limit_bytes, period, unsynchronised FROM budgets WHERE peer = ?", (node,)
    )
    if row is None or row[:2] != (budget.limit_bytes, budget.period):
        span = period_at(int(unix_s()), budget.period, LocalZone())
        set_budget(database, node, budget, span, "closed" if row is None else str(row[2]))


def given_peers(wishes: tuple[PeerWish, ...]) -> GivenPeers:
    """Return the peers and rights of a boot file in the form that is stored."""
    nodes = {wish.name: wish.card.node_id for wish in wishes}
    return {
        wish.card.node_id: {
            "name": wish.name,
            "rights": sorted([verb, nodes.get(subject, "")] for verb, subject in wish.rights),
            "has_budget": wish.budget is not None,
        }
        for wish in wishes
    }


def joined(before: GivenPeers, coming: GivenPeers) -> GivenPeers:
    """Return the union of both: the rows the database may hold while one replaces the other."""
    found = dict(before)
    for node, said in coming.items():
        rights = [*said["rights"], *before.get(node, {}).get("rights", [])]
        unique = sorted({(str(verb), str(subject)) for verb, subject in rights})
        had = bool(before.get(node, {}).get("has_budget"))
        found[node] = {
            "name": said["name"],
            "rights": [list(each) for each in unique],
            "has_budget": had or said["has_budget"],
        }
    return found


def _change_config(home: Home, settings: Mapping[str, Any], section: str = "node") -> None:
    config = load(home.config)
    current = _current(config)[section]
    if all(current[name] == value for name, value in settings.items()):
        return
    text = edited(home.config, settings, section)
    try:
        write_config(home, text)
    except ConfigError as error:
        raise HomeRefused((section,), str(error), "a file that netrelay wrote") from error


def _current(config: Config) -> dict[str, dict[str, Any]]:
    """Return the keys that a boot file sets, by section."""
    node = {
        "name": config.name,
        "address": config.address,
        "commsport": config.commsport,
        "dataports": list(config.dataports),
        "can_be_dialled": config.can_be_dialled,
        "call_every": config.call_every,
        "capacity": config.capacity_bytes,
        "overseer": config.overseer,
        "disk_endurance_tb": config.disk_endurance_tb,
    }
    return {"node": node, "page": {"control": config.page_control}}


def edited(path: Path, settings: Mapping[str, Any], section: str = "node") -> str:
    """Return the text of the configuration with these keys of a section changed.

    Comments and all other lines stay as they are. HomeRefused for a value over several lines.
    """
    text = path.read_text(encoding="utf-8")
    for name, value in settings.items():
        # The JSON of strings, integers, booleans and lists of them is valid TOML.
        line = f"{name} = {json.dumps(value)}"
        document = Document(text)
        lines = text.split("\n")
        if section not in document.sections:
            # A file of a netrelay that had no such section.
            text = f"{text.rstrip()}\n\n[{section}]\n{line}\n"
            continue
        at = document.line_of(section, name) - 1
        if name in document.table(section):
            if not re.match(rf"\s*{name}\s*=[^\[]*$|\s*{name}\s*=.*\]\s*(#.*)?$", lines[at]):
                raise HomeRefused(
                    (section, name),
                    f"{path}, line {at + 1}: {section}.{name} is written over several lines",
                    f"one line, {line}",
                )
            lines[at] = line
        else:
            lines.insert(at + 1, line)
        text = "\n".join(lines)
    return text
