"""`netrelay peer ways`: shows the ways to a peer, and adds, orders and removes its addresses."""

import shlex
from argparse import Namespace
from collections.abc import Sequence

from netrelay.cli.addresses import own_places, way_and_port
from netrelay.cli.arguments import CommandParser, number
from netrelay.cli.commands.peer.address import common_port, refuse_apart_ways
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, writing
from netrelay.cli.queries.known_peers import commsport_of, given_addresses
from netrelay.cli.queries.peer_ways import WayState, peer_ways, ways_beside
from netrelay.cli.queries.serial_lines import serial_lines
from netrelay.cli.queries.this_node import own_commsport
from netrelay.cli.systemd.serial_unit import serial_unit
from netrelay.cli.text import duration, json_line, table
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.nearest import nearest
from netrelay.core.printable import printable
from netrelay.core.serial.line_settings import (
    LineSettings,
    check_line_settings,
    is_serial,
    read_line_settings,
)
from netrelay.core.way import MOST_BESIDE, MOST_WAYS
from netrelay.runtime.home import SYSTEM_HOME, Home
from netrelay.store.beside import set_ways_beside
from netrelay.store.database import Database
from netrelay.store.peers import set_addresses

_TURNAROUND_MS = 200
_ORIGINS = {"given": "given", "seen": "it called from there", "relay": "next hop"}


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer ways",
        "Show the ways to a peer in the order in which they are used, and what each did when it was"
        "\ndialled last. Addresses are tried a quarter of a second apart; the first that answers is"
        "\nused until its connection ends. `netrelay peer route` sets the next hops."
        "\nA way is in reserve while one before it is reached. With --beside 2 the first two are"
        "\nalike: pieces of a large file go by both, each by the one by which it arrives first;"
        "\nall else goes by one of them. What is behind them stays in reserve: that is the place of"
        "\na metered line. To a peer with a rate limit or a budget one way is used at a time.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    change = made.add_mutually_exclusive_group()
    change.add_argument(
        "--add",
        metavar="WAY",
        type=way_and_port,
        help="one more address or host name, behind the others; 'HOST by wwan0': by this interface",
    )
    change.add_argument("--remove", metavar="WAY", help="no longer this one")
    change.add_argument(
        "--order",
        metavar="WAY",
        nargs="+",
        help="these first, in this order; those that are not named stay behind them",
    )
    change.add_argument(
        "--serial",
        metavar="DEVICE",
        help="a serial line, behind the others: a cable, RS-485 or a transparent radio modem;"
        " a name in /dev/serial/by-id stays the same after a restart. Once more: it is changed",
    )
    change.add_argument(
        "--beside",
        metavar="N",
        type=number(1, MOST_BESIDE),
        help=f"so many, the first ones, carry large files together: 1 to {MOST_BESIDE}; 1: one at a"
        " time. Another list of addresses sets it back to 1 if others come first then",
    )
    line = made.add_argument_group("with --serial")
    line.add_argument("--baud", metavar="N", type=int, help="bits a second, the same at both ends")
    line.add_argument("--half-duplex", action="store_true", help="one side at a time transmits")
    line.add_argument(
        "--turnaround-ms",
        metavar="N",
        type=int,
        help=f"half duplex: how long both wait between turns ({_TURNAROUND_MS})",
    )
    line.add_argument("--rtscts", action="store_true", help="flow control by the lines RTS and CTS")
    line.add_argument(
        "--airtime",
        metavar="PERCENT",
        type=int,
        help="of each hour, how much this node may transmit, where a rule limits it",
    )
    made.add_argument(
        "--first", action="store_true", help="with --add or --serial: before the others"
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each way")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Show the ways to a peer, or change its addresses."""
    refuse_apart_ways("peer ways", arguments, home)
    options = parser().read(arguments)
    line = _line(options)
    if options.first and options.add is None and line is None:
        raise CommandError(Exit.USAGE, "--first goes with --add WAY or --serial DEVICE")
    if options.beside is not None and not options.json:
        return _set_beside(home, options)
    changes = (options.add, options.remove, options.order, options.beside, line)
    if all(change is None for change in changes):
        return _show(home, options.name, options.json)
    if options.add is not None and is_serial(str(options.add[0])):
        line, options.add = read_line_settings(str(options.add[0])), None
    if options.json:
        raise CommandError(Exit.USAGE, "--json shows; allowed: without a change")
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        before = given_addresses(database, peer.node)
        commsport = commsport_of(database, peer.node)
        if line is not None:
            _refuse_taken(database, peer.name, line)
            after = _with_line(before, line, options.first)
        elif options.add is not None:
            commsport = common_port([options.add], commsport)
            added = str(options.add[0])
            after = _added(before, added, options.first)
            if own_places(*own_commsport(database), [added], commsport):
                raise CommandError(
                    Exit.DATA,
                    f"{added} port {commsport} is this node itself; allowed: where {peer.name} is",
                )
        elif options.remove is not None:
            after = _without(before, options.remove)
        else:
            after = _ordered(before, options.order)
        count = ways_beside(database, peer.node)
        set_addresses(database, peer.node, after, commsport)
        is_alone = count > 1 and ways_beside(database, peer.node) == 1
    if is_alone:
        words = f"the first {count} of its ways are others now, and used one at a time"
        confirm(options, f"{words}: `{command(home, f'peer ways {peer.name} --beside {count}')}`")
    if line is not None:
        confirm(options, f"{peer.name} is looked for by {', '.join(after)}")
        confirm(options, _start_words(home, line))
        return Exit.OK
    if after:
        confirm(options, f"{peer.name} is looked for at {', '.join(after)}, port {commsport}")
    else:
        confirm(options, f"{peer.name} has no given address now: it has to connect here")
    return Exit.OK


def _set_beside(home: Home, options: Namespace) -> int:
    """Have the first ways of a peer go side by side, as many as --beside says."""
    count = options.beside
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        ways = given_addresses(database, peer.node)
        if count > max(len(ways), 1):
            raise CommandError(
                Exit.DATA,
                f"--beside {count}: {peer.name} has {len(ways)} given;"
                f" allowed: 1 to {max(len(ways), 1)}",
            )
        lines = [way for way in ways[:count] if is_serial(way)]
        if lines and count > 1:
            raise CommandError(
                Exit.DATA,
                f"--beside {count}: {lines[0]} is a serial line, which goes beside no other way;"
                " `--order` puts it behind them",
            )
        set_ways_beside(database, peer.node, count)
    if count > 1:
        confirm(options, f"large files to {peer.name} go by {' and '.join(ways[:count])} together")
    else:
        confirm(options, f"{peer.name} is reached by one way at a time")
    return Exit.OK


def _line(options: Namespace) -> LineSettings | None:
    """Return the line of --serial; CommandError names what is not allowed."""
    given = (options.baud, options.turnaround_ms, options.airtime)
    if options.serial is None:
        if options.half_duplex or options.rtscts or any(each is not None for each in given):
            raise CommandError(
                Exit.USAGE,
                "--baud, --half-duplex, --turnaround-ms, --rtscts and --airtime are of a serial"
                " line; allowed: with --serial DEVICE",
            )
        return None
    if options.baud is None:
        raise CommandError(Exit.USAGE, "--serial needs --baud N, such as --baud 115200")
    turnaround_ms = options.turnaround_ms
    if turnaround_ms is None:
        turnaround_ms = _TURNAROUND_MS if options.half_duplex else 0
    found = LineSettings(
        options.serial,
        options.baud,
        options.half_duplex,
        turnaround_ms,
        options.rtscts,
        100 if options.airtime is None else options.airtime,
    )
    try:
        check_line_settings(found)
    except ValueError as error:
        raise CommandError(Exit.DATA, str(error)) from error
    return found


def _refuse_taken(database: Database, peer: str, line: LineSettings) -> None:
    for other in serial_lines(database):
        if other.device == line.device and other.peer != peer:
            raise CommandError(
                Exit.DATA,
                f"{line.device} is the line to {other.peer}; allowed: one peer at a line",
            )


def _with_line(before: list[str], line: LineSettings, is_first: bool) -> list[str]:
    """Return the ways with a line, in the place of one by the same device."""
    same = [
        way for way in before if is_serial(way) and read_line_settings(way).device == line.device
    ]
    if same and not is_first:
        return [str(line) if way == same[0] else way for way in before]
    return _added([way for way in before if way not in same], str(line), is_first)


def _start_words(home: Home, line: LineSettings) -> str:
    if home.path.resolve() == SYSTEM_HOME:
        unit = shlex.quote(serial_unit(line.device))
        return (
            f"`sudo systemctl enable {unit}; sudo systemctl restart {unit}` starts the line with"
            " these settings, now and as often as it is plugged in"
        )
    return (
        f"`{command(home, 'up')}` starts the line with the node; where the node runs already,"
        f" `{command(home, f'serial {line.device}')}` does, or a restart of the node if it has the"
        " line with other settings"
    )


def _added(before: list[str], way: str, is_first: bool) -> list[str]:
    if way in before:
        raise CommandError(Exit.DATA, f"{way} is in the list already; `--order` moves it")
    if len(before) >= MOST_WAYS:
        raise CommandError(
            Exit.DATA,
            f"{way} would be the way number {len(before) + 1}; allowed: {MOST_WAYS} for one peer,"
            f" of {', '.join(before)} one has to be removed first",
        )
    return [way, *before] if is_first else [*before, way]


def _without(before: list[str], way: str) -> list[str]:
    _check_known(way, before)
    return [each for each in before if each != way]


def _ordered(before: list[str], order: Sequence[str]) -> list[str]:
    for place, way in enumerate(order):
        _check_known(way, before)
        if way in order[:place]:
            raise CommandError(Exit.USAGE, f"{way} is named twice; allowed: once")
    return [*order, *(each for each in before if each not in order)]


def _check_known(way: str, known: list[str]) -> None:
    if way not in known:
        allowed = f"allowed: {', '.join(known)}" if known else "it has no address"
        raise CommandError(
            Exit.DATA, f"{printable(way)} is no given address of it{nearest(way, known)}; {allowed}"
        )


def _show(home: Home, name: str, as_json: bool) -> int:
    with reading(home) as database:
        peer = find_peer(database, home, name)
        ways = peer_ways(database, peer.node)
    if as_json:
        for way in ways:
            print(json_line("way", way._asdict()))
    elif ways:
        rows = [(way.way, _ORIGINS[way.origin], _state(way)) for way in ways]
        print("\n".join(table(("WAY", "FROM", "STATE"), rows, cut=("STATE",))))
        together = sum(way.is_beside for way in ways)
        if together > 1:
            print(f"the first {together} carry large files together")
    else:
        example = command(home, f"peer ways {peer.name} --add HOST[:PORT]")
        print(f"{peer.name} has no address, and has not called: `{example}` says where it is")
    return Exit.OK


def _state(way: WayState) -> str:
    if way.is_open:
        return "used now"
    parts = []
    if way.reached_s is not None:
        parts.append(f"reached {duration(way.reached_s)} ago")
    if way.failures and way.failed_s is not None:
        times = "" if way.failures == 1 else f", {way.failures} times since"
        word = "not reached for" if way.origin == "relay" else "failed"
        ago = "" if way.origin == "relay" else " ago"
        parts.append(f"{word} {duration(way.failed_s)}{ago}{times}: {way.reason}")
    return "; ".join(parts) or ("in reserve" if way.origin == "relay" else "not tried yet")
