"""`netrelay window`: when data for a peer is sent."""

import time
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, writing
from netrelay.cli.queries.known_peers import relay_name
from netrelay.cli.queries.window_states import WindowState, window_states
from netrelay.cli.text import json_line, table
from netrelay.cli.wording.line_words import edge_time
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.windows import MOST_WINDOWS
from netrelay.runtime.clock_steps import is_clock_set
from netrelay.runtime.home import Home
from netrelay.store.stored_windows import lift_windows, set_windows
from netrelay.transfer.window_calendar import opening_now

_ALWAYS = ("always", "off")


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "window",
        "Say when data for a next hop is sent. Outside of its windows data waits; consensus and"
        "\nreceipts go at any time. Without WINDOW the windows of the peer are shown, without NODE"
        "\nall of them.",
    )
    made.add_argument("name", metavar="NODE", nargs="?", help="the peer: name or node id")
    made.add_argument(
        "windows",
        metavar="WINDOW",
        nargs="*",
        help="'Mon..Fri 22:00-06:00', 'Sat,Sun', '01:30-05:00 Europe/Berlin': all of them together"
        " replace those of before; always, or off: no windows",
    )
    made.add_argument(
        "--unsynchronised",
        choices=("open", "closed"),
        help="while nothing has set the clock since the boot: believe it as it is (open), or send"
        " no data (closed, unless said now or before)",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each peer")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set the windows of a peer, or show the windows."""
    options = parser().read(arguments)
    if not options.windows:
        if options.unsynchronised is not None:
            raise CommandError(Exit.USAGE, f"a window is missing: {_example(home, options.name)}")
        return _show(home, options.name, options.json)
    texts = [] if options.windows[0] in _ALWAYS and len(options.windows) == 1 else options.windows
    if not texts and options.unsynchronised is not None:
        raise CommandError(
            Exit.USAGE,
            f"--unsynchronised says how windows follow the clock, and {options.windows[0]} lifts"
            " them: allowed without it",
        )
    if len(texts) > MOST_WINDOWS:
        raise CommandError(Exit.USAGE, f"{len(texts)} windows; allowed: 1 to {MOST_WINDOWS}")
    with writing(home) as database:
        # The peer first: a window in its place is named as what is no peer.
        peer = find_peer(database, home, options.name)
        try:
            opening = opening_now(tuple(texts), time.time())
        except ValueError as error:
            raise CommandError(Exit.USAGE, str(error)) from None
        relay = relay_name(database, peer.node)
        if texts:
            had_some = True
            before = next(iter(window_states(database, peer.node)), None)
            kept = "closed" if before is None else before.unsynchronised
            unsynchronised = options.unsynchronised or kept
            is_set = is_clock_set()
            set_windows(database, peer.node, texts, unsynchronised, opening, is_clock_set=is_set)
        else:
            had_some = lift_windows(database, peer.node)
        found = window_states(database, peer.node)
    if found:
        off = command(home, f"window {peer.name} always")
        confirm(options, f"{peer.name} is sent data {_what(found[0])}; `{off}` lifts that")
        if relay is not None:
            print(f"what is for {peer.name} goes by {relay}, for which these windows do not count")
        one = _unquoted(texts)
        if one is not None:
            quoted = command(home, f"window {peer.name} '{one}'")
            print(f"of several windows one has to be open; if one was meant: `{quoted}`")
    elif had_some:
        confirm(options, f"{peer.name} is sent data at any time")
    else:
        confirm(options, f"{peer.name} had no windows")
    return Exit.OK


def _unquoted(texts: Sequence[str]) -> str | None:
    """Return the window whose days and times the shell took apart; None where they are whole."""
    days_alone = [not any(each.isdigit() for each in text) for text in texts]
    times_alone = [text[:1].isdigit() for text in texts]
    if len(texts) == 2 and days_alone[0] and times_alone[1]:
        return " ".join(texts)
    return None


def _what(state: WindowState) -> str:
    return f"{', '.join(state.windows)}: {_now(state)}"


def _now(state: WindowState) -> str:
    if not (state.is_clock_set or state.unsynchronised == "open"):
        return "closed until something sets the clock"
    until = "" if state.until_unix_s is None else f" until {edge_time(state.until_unix_s)}"
    return f"{'open' if state.is_open else 'closed'}{until}"


def _show(home: Home, name: str | None, as_json: bool) -> int:
    with reading(home) as database:
        wanted = None if name is None else find_peer(database, home, name).node
        found = window_states(database, wanted)
    if as_json:
        for state in found:
            print(json_line("window", state._asdict()))
    elif found:
        rows = [(state.peer, ", ".join(state.windows), _now(state)) for state in found]
        print("\n".join(table(("PEER", "WINDOWS", "NOW"), rows, cut=("WINDOWS",))))
    else:
        whose = "no peer has windows" if name is None else f"{name} has no windows"
        print(f"{whose}: {_example(home, name)} sets one")
    return Exit.OK


def _example(home: Home, name: str | None) -> str:
    words = f"window {name or 'NODE'} 'Mon..Fri 22:00-06:00'"
    return f"`{command(home, words)}`"
