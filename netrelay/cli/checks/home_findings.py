"""Checks of the home and the machine, for `netrelay check`."""

import errno
import os
import shlex
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress

from netrelay.cli.checks.card_findings import card_findings
from netrelay.cli.checks.config_findings import config_findings
from netrelay.cli.checks.disk_findings import entries, folder_findings
from netrelay.cli.checks.own_keys import other_nodes_keys
from netrelay.cli.errors import CommandError
from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.opening import Reader, command, damage_help
from netrelay.cli.permission import as_root, is_another_users, owner_of
from netrelay.cli.queries.budget_states import BudgetState, budget_states
from netrelay.cli.queries.disk_writes import disk_life
from netrelay.cli.queries.limit_states import limit_states
from netrelay.cli.queries.window_states import WindowState, window_states
from netrelay.cli.systemd.units import ask, known_running
from netrelay.cli.systemd.units_report import START_AGAIN, unit_findings
from netrelay.cli.text import size
from netrelay.cli.wording.disk_words import assumption_words, lasting_words
from netrelay.disk.card_life import WORN_PERCENT, used_life_percent
from netrelay.disk.kept_free import DiskLevel, disk_level
from netrelay.disk.shared_folder import is_unguarded
from netrelay.link.literal_address import literal_address
from netrelay.runtime.clock_steps import ClockSource, clock_source
from netrelay.runtime.config import Config, ConfigError, load
from netrelay.runtime.damage_note import noted_damage
from netrelay.runtime.home import Home
from netrelay.runtime.home_copies import running_twin
from netrelay.runtime.port_holder import port_holder
from netrelay.seal.identity import load as load_identity
from netrelay.seal.seal_errors import IdentityError, OpenKeysError
from netrelay.store.database_errors import DatabaseDamagedError, DatabaseError
from netrelay.store.database_file import check_database
from netrelay.store.foreign_lock import foreign_holder

# The time when this was written: a clock that is behind it has not been set.
_PAST_UNIX_S = 1_795_000_000
_CLOCK_WORDS = {
    ClockSource.NETWORK: "synchronised",
    ClockSource.HARDWARE: "set from the hardware clock at boot; no NTP",
}


def home_findings(home: Home, reader: Reader) -> Iterator[Finding]:
    """Check configuration, keys, database, disk, clock, processes and ports."""
    try:
        config = load(home.config)
    except ConfigError as error:
        yield fail("config", str(error), ends=True)
        yield from unit_findings(ask(home))
        return
    units = ask(home)
    alive = known_running(home, units)
    yield from config_findings(home, config, alive, _restart(home, is_unit=bool(units)))
    yield from _keys(home)
    yield from _database(home)
    yield from _other_node(home, reader)
    yield from _disk(home, reader)
    yield from card_findings()
    yield from _drop_folders(home)
    yield _clock(home, reader)
    yield _processes(home, alive, START_AGAIN if units else command(home, "up"))
    yield from unit_findings(units)
    yield from _ports(home, config, None if alive is None else any(alive.values()))


def _restart(home: Home, *, is_unit: bool) -> str:
    if is_unit:
        return "`sudo systemctl restart netrelay.target` uses it"
    return f"stop `{command(home, 'up')}` with Ctrl-C, and start it again"


def _keys(home: Home) -> Iterator[Finding]:
    if is_another_users(home):
        yield warn("keys", f"only {owner_of(home)} may read them", f"`{as_root(home, 'check')}`")
        return
    try:
        identity = load_identity(home.keys)
    except OpenKeysError as error:
        what_to_do = f"`chmod -R go= {shlex.quote(str(home.keys))}`"
        yield fail("keys", str(error), what_to_do, ends=True)
    except IdentityError as error:
        what_to_do = f"put them back from a backup: `{command(home, 'restore FILE --replace')}`"
        yield fail("keys", str(error), what_to_do, ends=True)
    else:
        yield ok("keys", f"node id {identity.node_id}")


def _database(home: Home) -> Iterator[Finding]:
    try:
        check_database(home.database)
    except DatabaseDamagedError as error:
        what = f"{home.database} is damaged ({error.damage})"
        yield fail("database", what, damage_help(home), ends=True)
        return
    except DatabaseError as error:
        if is_another_users(home):
            text = f"it was not looked at: only {owner_of(home)} opens it while the node is down"
            yield warn("database", text, f"`{as_root(home, 'check')}`", ends=True)
            return
        yield fail("database", str(error), ends=True)
        return
    noted = noted_damage(home)
    if noted is not None:
        what = f"{home.database} was damaged, and a check finds nothing now: {noted}"
        yield fail("database", what, "start the node again: it looks first")
    holder = foreign_holder(home.database, home.runtime / "database.lock")
    if holder is not None:
        what = f"{home.database} is locked by {holder}, which is not netrelay: nothing is stored"
        yield fail("database", what, "end it, or its transaction: then it goes on by itself")
    log = home.database.with_name(home.database.name + "-wal")
    log_bytes = log.stat().st_size if log.exists() else 0
    yield ok(
        "database",
        f"whole, {size(home.database.stat().st_size)} and {size(log_bytes)} of write-ahead log",
    )


def _other_node(home: Home, reader: Reader) -> Iterator[Finding]:
    error = other_nodes_keys(home, reader)
    if error is not None:
        what_to_do = f"with the node stopped: `{command(home, 'restore FILE --replace')}`"
        yield fail("keys", error, what_to_do, ends=True)


def _disk(home: Home, reader: Reader) -> Iterator[Finding]:
    disk = os.statvfs(home.path)
    free_bytes, all_bytes = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    text = f"{size(free_bytes)} of {size(all_bytes)} free"
    match disk_level(free_bytes, all_bytes, disk.f_files, disk.f_favail):
        case DiskLevel.FULL:
            yield fail("disk", text, "nothing that arrives is taken any more: make room")
        case DiskLevel.FEW_FILES:
            text = f"{disk.f_favail} more files fit"
            yield fail("disk", text, "remove files: inodes have run out")
        case DiskLevel.LOW:
            yield warn("disk", text, "what does not fit is refused for now: make room")
        case DiskLevel.FINE:
            yield ok("disk", text)
    yield from folder_findings(home)
    yield from _card_life(home, reader)


def _drop_folders(home: Home) -> Iterator[Finding]:
    for entry in entries(home.drop):
        if entry.is_dir(follow_symlinks=False) and is_unguarded(_mode(entry)):
            text = f"others may take away or exchange what a user puts into {entry.path}"
            yield warn("folders", text, f"`chmod +t {shlex.quote(entry.path)}` as its owner")


def _mode(entry: os.DirEntry[str]) -> int:
    """Return the mode of a folder; that of one that has just gone away is 0."""
    with suppress(FileNotFoundError):
        return entry.stat(follow_symlinks=False).st_mode
    return 0


def _card_life(home: Home, reader: Reader) -> Iterator[Finding]:
    """Check the wear that the card reports."""
    percent = used_life_percent(home.path)
    if percent is None:
        yield from _assumed_life(reader)
        return
    text = f"up to {percent} % of the card's life is used"
    if percent >= WORN_PERCENT:
        yield warn("card", text, f"`{command(home, 'backup FILE')}`, and have another card at hand")
    else:
        yield ok("card", text)
        yield from _assumed_life(reader)


def _assumed_life(reader: Reader) -> Iterator[Finding]:
    """Name how long the disk lasts, and what is assumed; the view `health` warns."""
    with suppress(CommandError), reader.reading() as database:
        life = disk_life(database)
        if life is not None and (assumption := assumption_words(life)):
            yield ok("disk", f"{life.disk}: {lasting_words(life)}, if {assumption}")


def _clock(home: Home, reader: Reader) -> Finding:
    now_s = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M", time.localtime(now_s))
    if now_s < _PAST_UNIX_S:
        return warn(
            "clock",
            f"it is {shown}: not set yet",
            "files go all the same; only the times that are shown are wrong (NTP sets it)",
        )
    changed_s = home.database.stat().st_mtime
    if changed_s > now_s + 60:
        return warn("clock", f"it is {shown}, but the database was written later than that")
    source = clock_source()
    if source is not None:
        return ok("clock", f"{shown}, {_CLOCK_WORDS[source]}")
    unknown = f"{shown}; nothing has set it since the boot, as far as is known"
    followers = _clock_followers(reader)
    if not followers:
        return ok("clock", f"{unknown}: no NTP, no hardware clock")
    return warn(
        "clock",
        f"{unknown}, and {followers}",
        "NTP sets it: `timedatectl set-ntp true`, where systemd does that",
    )


def _clock_followers(reader: Reader) -> str:
    """Return what is held back by a clock that nothing has set; "" where nothing is."""
    found = []
    try:
        with reader.snapshot() as database:
            windows = [each.peer for each in window_states(database) if _waits(each)]
            budgets = [each.peer for each in budget_states(database) if _waits(each)]
            limits = [each.peer for each in limit_states(database, None) if each.by_window]
    except (CommandError, DatabaseError):
        return ""
    if windows:
        found.append(f"windows stay closed ({', '.join(windows)})")
    if budgets:
        found.append(f"no period of a budget begins ({', '.join(budgets)})")
    if limits:
        found.append(f"of limits by window the lowest holds ({', '.join(limits)})")
    return ", ".join(found)


def _waits(line: WindowState | BudgetState) -> bool:
    return line.unsynchronised == "closed"


def _processes(home: Home, alive: dict[str, bool] | None, start: str) -> Finding:
    if alive is None:
        text = f"only {owner_of(home)} may see which run"
        return warn("processes", text, f"`{as_root(home, 'check')}`")
    missing = [process for process, listens in alive.items() if not listens]
    if not missing:
        return ok("processes", "all eight run")
    if len(missing) == len(alive):
        return fail("processes", "none runs: nothing moves", f"`{start}` starts the node")
    why = f"`{command(home, 'logs')}` says why"
    return fail("processes", f"{', '.join(missing)} not running", why)


def _ports(home: Home, config: Config, is_up: bool | None) -> Iterator[Finding]:
    """Check that the ports are the node's; is_up: None where that is not known."""
    for name, port in (
        ("commsport", config.commsport),
        *(("dataport", port) for port in config.dataports),
    ):
        where = f"{name} {port} at {config.address}"
        code = _bind(config.address, port)
        if code == errno.EADDRINUSE and is_up is not False:
            yield ok("ports", f"{where} is listened to")
        elif code == errno.EADDRINUSE:
            holder = port_holder(config.address, port) or "another program"
            yield fail(
                "ports",
                f"{where} is held by {holder}",
                running_twin(home.path, config.address, port)
                or f"end that, or set another {'commsport' if name == 'commsport' else 'dataports'}"
                " in netrelay.toml",
            )
        elif code == errno.EADDRNOTAVAIL:
            yield fail("ports", f"no interface has {config.address}", "node.address names one")
        elif code == errno.EACCES:
            yield warn("ports", f"{where} needs root, or CAP_NET_BIND_SERVICE")
        elif code:
            yield fail("ports", f"{where}: {os.strerror(code)}")
        elif is_up:
            why = f"`{command(home, 'logs')}` says why"
            yield fail("ports", f"nobody listens to {where}", why)
        else:
            yield ok("ports", f"{where} is free")


def _bind(address: str, port: int) -> int:
    """Bind a port for a moment, as the node would; return the errno, or 0."""
    family, where = literal_address(address, port)
    with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(where)
        except OSError as error:
            return error.errno or errno.EIO
    return 0
