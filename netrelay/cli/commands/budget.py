"""`netrelay budget`: how many bytes may cross the wire to and from a peer in each period."""

import socket
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, size_bytes
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, writing
from netrelay.cli.queries.budget_states import BudgetState, budget_states
from netrelay.cli.queries.known_peers import peer_names, relay_name
from netrelay.cli.text import json_line, size, table
from netrelay.cli.wording.line_words import edge_time, unset_clock_words
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.budget import Budget, read_budget, trickle_bytes, with_reserve
from netrelay.core.calendar import period_at
from netrelay.core.sizes import exact_size
from netrelay.runtime.home import Home
from netrelay.runtime.time_zones import LocalZone
from netrelay.store.budgets import lift_budget, set_budget

_OFF = "off"
_STATES = ("open", "only the reserve is left", "only receipts", "used up")


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "budget",
        "Say how many bytes may cross the wire to and from a peer in a day, a week or a month."
        "\nA budget that is used up holds back data until the next period; consensus goes on, and"
        "\nso do receipts, for which its last hundredth is kept. Without BUDGET the budget of the"
        "\npeer is shown with what is used, without NODE all of them.",
    )
    made.add_argument("name", metavar="NODE", nargs="?", help="the peer: name or node id")
    made.add_argument(
        "budget",
        metavar="BUDGET",
        nargs="?",
        type=lambda text: text if text == _OFF else _budget(text),
        help="500M/month, 100M/week, 20M/day (1M is 1024 x 1024); off: none",
    )
    made.add_argument(
        "--reserve",
        metavar="SIZE",
        type=size_bytes,
        help="keep so much of it for what is sent with priority 0 to 2; 0: nothing; as before,"
        " unless said",
    )
    made.add_argument(
        "--unsynchronised",
        choices=("open", "closed"),
        help="begin a new period by a clock that nothing has set since the boot (open), or only"
        " once something has (closed, unless said now or before)",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each budget")
    add_quiet(made)
    return made


def _budget(text: str) -> Budget:
    try:
        return read_budget(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def main(arguments: Sequence[str], home: Home) -> int:
    """Set one budget, or show the budgets."""
    options = parser().read(arguments)
    if options.budget is None:
        if options.reserve is not None or options.unsynchronised is not None:
            example = command(home, "budget NODE 500M/month --reserve 50M")
            raise CommandError(Exit.USAGE, f"a budget is missing: `{example}`")
        return _show(home, options.name, options.json)
    if options.budget == _OFF:
        _refuse_with_off(home, options)
    with writing(home) as database:
        _refuse_interface(options.name, [peer.name for peer in peer_names(database)])
        peer = find_peer(database, home, options.name)
        before = next(iter(budget_states(database, peer.node)), None)
        relay = relay_name(database, peer.node)
        if options.budget == _OFF:
            lift_budget(database, peer.node)
        else:
            wanted, unsynchronised = _wanted(options, before)
            span = period_at(int(time.time()), wanted.period, LocalZone())
            set_budget(database, peer.node, wanted, span, unsynchronised)
        found = budget_states(database, peer.node)
    if found:
        confirm(options, _set_words(found[0], home))
        if relay is not None:
            print(f"what is for {peer.name} goes by {relay}, whose bytes are not counted by this")
    elif before is not None:
        again = _again(home, before)
        confirm(options, f"{peer.name} has no budget any more; `{again}` sets it again")
    else:
        confirm(options, f"{peer.name} had no budget")
    return Exit.OK


def _refuse_with_off(home: Home, options: Namespace) -> None:
    """Name what has no meaning without a budget, and how a reserve alone is taken back."""
    if options.reserve is not None:
        example = command(home, f"budget {options.name} BUDGET --reserve 0")
        raise CommandError(
            Exit.USAGE,
            f"--reserve is a part of a budget, and {_OFF} lifts all of it: allowed without"
            f" --reserve; `{example}` keeps the budget and no reserve",
        )
    if options.unsynchronised is not None:
        raise CommandError(
            Exit.USAGE,
            f"--unsynchronised says when periods of a budget begin, and {_OFF} lifts it: allowed"
            " without it",
        )


def _wanted(options: Namespace, before: BudgetState | None) -> tuple[Budget, str]:
    """Return the budget, and whether an unset clock is believed: what is not said stays."""
    reserve_bytes, unsynchronised = options.reserve, options.unsynchronised
    if before is not None:
        reserve_bytes = before.reserve_bytes if reserve_bytes is None else reserve_bytes
        unsynchronised = unsynchronised or before.unsynchronised
    try:
        return with_reserve(options.budget, reserve_bytes or 0), unsynchronised or "closed"
    except ValueError as error:
        kept = "; it is that of before: --reserve says another" if options.reserve is None else ""
        raise CommandError(Exit.USAGE, f"{error}{kept}") from None


def _refuse_interface(name: str, peers: list[str]) -> None:
    """Name the mistake of who means a line, not a peer."""
    if name not in peers and name in {each for _, each in socket.if_nameindex()}:
        raise CommandError(
            Exit.DATA,
            f"{name} is a network interface of this machine, and a budget is for a peer; allowed:"
            f" {', '.join(peers) or 'none yet'}",
        )


def _again(home: Home, before: BudgetState) -> str:
    reserve = f" --reserve {exact_size(before.reserve_bytes)}" if before.reserve_bytes else ""
    believed = " --unsynchronised open" if before.unsynchronised == "open" else ""
    limit = exact_size(before.limit_bytes)
    return command(home, f"budget {before.peer} {limit}/{before.period}{reserve}{believed}")


def _set_words(state: BudgetState, home: Home) -> str:
    off = command(home, f"budget {state.peer} {_OFF}")
    reserve = (
        f", {size(state.reserve_bytes)} of it for priority 0 to 2" if state.reserve_bytes else ""
    )
    until = edge_time(state.until_unix_s)
    return (
        f"{state.peer}: {size(state.limit_bytes)} a {state.period}{reserve}, and"
        f" {size(trickle_bytes(state.limit_bytes))} of it for receipts;"
        f" {size(state.used_bytes)} are used until {until}; `{off}` lifts it"
    )


def _show(home: Home, name: str | None, as_json: bool) -> int:
    with reading(home) as database:
        wanted = None if name is None else find_peer(database, home, name).node
        found = budget_states(database, wanted)
    if as_json:
        for state in found:
            print(json_line("budget", state._asdict()))
        return Exit.OK
    if not found:
        example = command(home, f"budget {name or 'NODE'} 500M/month")
        whose = "no peer has a budget" if name is None else f"{name} has no budget"
        print(f"{whose}: `{example}` sets one")
        return Exit.OK
    rows = [
        (
            state.peer,
            f"{size(state.limit_bytes)}/{state.period}",
            size(state.used_bytes),
            size(max(state.limit_bytes - state.used_bytes, 0)),
            size(state.reserve_bytes) if state.reserve_bytes else "none",
            edge_time(state.until_unix_s),
            _STATES[state.closed],
        )
        for state in found
    ]
    print("\n".join(table(("PEER", "BUDGET", "USED", "LEFT", "RESERVE", "UNTIL", "STATE"), rows)))
    unbelieved = [state for state in found if state.unsynchronised == "closed"]
    if unbelieved:
        words = f"budget {unbelieved[0].peer} BUDGET"
        unset = unset_clock_words(lambda typed: f"`{command(home, typed)}`", words)
        print(unset, end="\n" if unset else "")
    return Exit.OK
