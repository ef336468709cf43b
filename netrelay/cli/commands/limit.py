"""`netrelay limit`: rate limits of next hops."""

import time
from argparse import Namespace
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, rate_bytes_per_s
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, writing
from netrelay.cli.queries.known_peers import relay_name
from netrelay.cli.queries.limit_states import LimitState, limit_states
from netrelay.cli.text import counted, json_line, rate, table
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.windows import MOST_WINDOWS
from netrelay.runtime.clock_steps import is_clock_set
from netrelay.runtime.home import Home
from netrelay.store.database import Database
from netrelay.store.peer_settings import set_limit
from netrelay.store.stored_windows import lift_limit_windows, set_limit_window
from netrelay.transfer.window_calendar import opening_now

_UNLIMITED = "none"
_LIFTED = "off"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "limit",
        "Say how fast a next hop is sent to at most, in bytes a second. It counts at once, and"
        "\nuntil `netrelay limit NODE off`. With --window it holds in these windows alone, and the"
        "\nlimit without one at all other times. Without RATE the limits are shown, without NODE"
        "\nall of them. Greetings and acknowledgements are not counted, and never wait.",
    )
    made.add_argument("name", metavar="NODE", nargs="?", help="the peer: name or node id")
    made.add_argument(
        "rate",
        metavar="RATE",
        nargs="?",
        type=lambda text: text if text in (_UNLIMITED, _LIFTED) else rate_bytes_per_s(text),
        help="500K, 2M, 1.5M, ... bytes a second (1K is 1024); none: as fast as the line goes; off:"
        " no limit any more, with --window none of its own in these windows",
    )
    made.add_argument(
        "--window",
        metavar="WINDOW",
        action="append",
        help="'Mon..Fri 08:00-18:00', 'Sat,Sun', ...: as `netrelay window` has them; several are"
        " one limit",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each peer")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set one limit, or show the limits."""
    options = parser().read(arguments)
    if options.rate is None:
        if options.window is not None:
            raise CommandError(Exit.USAGE, "--window needs a RATE: 64K, none or off")
        return _show(home, options)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        (before,) = limit_states(database, peer.node)
        _change(database, peer.node, options)
        (after,) = limit_states(database, peer.node)
        relay = relay_name(database, peer.node)
    confirm(options, _confirmation(home, before, after))
    if relay is not None and _is_limited(after):
        print(f"what is for {peer.name} goes by {relay}, which is not limited by this")
    return Exit.OK


def _change(database: Database, node: str, options: Namespace) -> None:
    limit = None if options.rate in (_UNLIMITED, _LIFTED) else options.rate
    if options.window is None:
        set_limit(database, node, limit)
        if options.rate == _LIFTED:
            lift_limit_windows(database, node)
    elif options.rate == _LIFTED:
        if not lift_limit_windows(database, node, options.window):
            raise CommandError(Exit.DATA, f"there is no limit in {_named(options.window)}")
    else:
        if len(options.window) > MOST_WINDOWS:
            allowed = f"{len(options.window)} windows; allowed: 1 to {MOST_WINDOWS}"
            raise CommandError(Exit.USAGE, allowed)
        try:
            opening = opening_now(tuple(options.window), time.time())
        except ValueError as error:
            raise CommandError(Exit.USAGE, str(error)) from None
        set_limit_window(database, node, options.window, limit, opening)


def _is_limited(state: LimitState) -> bool:
    return state.limit_bytes_per_s is not None or bool(state.by_window)


def _named(windows: list[str]) -> str:
    return ", ".join(windows)


def _confirmation(home: Home, before: LimitState, after: LimitState) -> str:
    limit = after.limit_bytes_per_s
    if not _is_limited(after):
        if not _is_limited(before):
            return f"{after.peer} was not limited"
        was = before.limit_bytes_per_s
        was_words = "" if was is None else f" (it was, to {rate(was)})"
        return f"{after.peer} is not limited any more{was_words}"
    lift = f"`{command(home, f'limit {after.peer} {_LIFTED}')}` lifts that"
    if not after.by_window:
        assert limit is not None
        return (
            f"{after.peer} is sent to at {rate(limit)} at most"
            f" ({counted(limit, 'byte')} a second); {lift}"
        )
    parts = [
        f"at {_words(each.limit_bytes_per_s)} in {_named(each.windows)}" for each in after.by_window
    ]
    parts.append(f"at {_words(limit)} at other times")
    now = f"now at {_words(after.now_bytes_per_s)}"
    return f"{after.peer} is sent to {', '.join(parts)}: {now}{_unset_clock()}; {lift}"


def _words(limit_bytes_per_s: int | None) -> str:
    if limit_bytes_per_s is None:
        return "the rate of the line"
    return f"{rate(limit_bytes_per_s)} at most"


def _unset_clock() -> str:
    return "" if is_clock_set() else " (while nothing has set the clock the lowest holds)"


def _show(home: Home, options: Namespace) -> int:
    with reading(home) as database:
        wanted = None if options.name is None else find_peer(database, home, options.name).node
        found = limit_states(database, wanted)
    if options.json:
        for state in found:
            shown = state._asdict() | {"by_window": [each._asdict() for each in state.by_window]}
            print(json_line("limit", shown))
    elif found:
        print("\n".join(_table(found)))
    else:
        print(f"no peer is limited: `{command(home, 'limit NODE RATE')}` limits one")
    return Exit.OK


def _table(found: list[LimitState]) -> list[str]:
    """Return a table; it has a line for each window where a peer has some."""
    has_windows = any(state.by_window for state in found)
    rows: list[tuple[str, ...]] = []
    for state in found:
        when = "now" if state.by_window else "always"
        rows.append((state.peer, _short(state.now_bytes_per_s), when))
        rows += [
            (state.peer, _short(each.limit_bytes_per_s), _named(each.windows))
            for each in state.by_window
        ]
        if state.by_window:
            rows.append((state.peer, _short(state.limit_bytes_per_s), "at other times"))
    if not has_windows:
        return table(("PEER", "LIMIT"), [row[:2] for row in rows])
    return table(("PEER", "LIMIT", "WHEN"), rows, cut=("WHEN",))


def _short(limit_bytes_per_s: int | None) -> str:
    return _UNLIMITED if limit_bytes_per_s is None else rate(limit_bytes_per_s)
