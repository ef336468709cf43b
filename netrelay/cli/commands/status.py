"""`netrelay status`: what runs, what waits, and why."""

import time
from collections.abc import Sequence
from itertools import groupby

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, reading, running
from netrelay.cli.queries.overview import (
    Complaint,
    Count,
    PeerLine,
    Waiting,
    complaints,
    counts,
    peer_lines,
    waiting,
)
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.systemd.units import Unit, ask
from netrelay.cli.systemd.units_report import START_AGAIN, unit_lines
from netrelay.cli.text import counted, duration, json_line, rate, size, table
from netrelay.cli.wording.explain import brief
from netrelay.cli.wording.state_words import state_words, type_words
from netrelay.core.printable import printable
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Give the options."""
    made = CommandParser("status", "Show what runs here, what waits, and why.")
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Show the state of the node; nothing that runs is disturbed by it."""
    options = parser().read(arguments)
    with reading(home) as database:
        node, name = own_node(database)
        counted_messages = counts(database)
        peers = peer_lines(database)
        unfinished, total = waiting(database)
        errors = complaints(database)
    units = ask(home)
    alive = _running(home, units)
    if options.json:
        fields = {
            "name": name,
            "node": node,
            "home": str(home.path),
            "running": alive,
            "units": [unit._asdict() for unit in units.values()],
            "peers": [peer._asdict() for peer in peers],
            "messages": [count._asdict() for count in counted_messages],
            "waiting": [_fields_of(each) for each in unfinished],
            "waiting_count": total,
            "errors": [error._asdict() for error in errors],
        }
        print(json_line("status", fields))
        return Exit.OK
    start = START_AGAIN if units else command(home, "up")
    lines = [f"{name}  {node}", f"home  {home.path}", _describe_running(alive, start)]
    lines += [
        *unit_lines(units),
        "",
        *_describe_peers(peers, home),
        "",
        *_describe_counts(counted_messages),
    ]
    lines += _describe_waiting(unfinished, total, home)
    lines += _describe_errors(errors)
    print("\n".join(lines))
    return Exit.OK


def _running(home: Home, units: dict[str, Unit]) -> dict[str, bool] | None:
    """Tell which of the eight run; who may not look into the runtime directory asks systemd."""
    try:
        return running(home)
    except PermissionError:
        alive = {unit.process: unit.active == "active" for unit in units.values() if unit.process}
        return alive or None


def _describe_running(alive: dict[str, bool] | None, start: str) -> str:
    if alive is None:
        return "state unknown: its runtime directory is another user's"
    missing = [process for process, listens in alive.items() if not listens]
    if not missing:
        return "up    all eight processes run"
    if len(missing) == len(alive):
        return f"down  `{start}` starts it"
    return f"up    but {', '.join(missing)} {'does' if len(missing) == 1 else 'do'} not run"


def _describe_peers(peers: list[PeerLine], home: Home) -> list[str]:
    if not peers:
        return [f"no peer yet: `{command(home, 'peer add CARD')}` enrols one"]
    rows = []
    for peer in peers:
        connection = "open" if peer.handle >= 0 else printable(peer.reason) or "none needed yet"
        if peer.handle < 0 and peer.retry_in_s is not None:
            connection += f"; tried again in {duration(peer.retry_in_s)}"
        if peer.limit_bytes_per_s is not None:
            connection += f"; limited to {rate(peer.limit_bytes_per_s)}"
        if peer.is_paused:
            connection = f"paused; `{command(home, f'resume {peer.name}')}`"
        agreed = size(peer.message_size) if peer.message_size else "nothing yet"
        rows.append((peer.name, agreed, str(peer.ready), str(peer.in_flight), connection))
    return table(("PEER", "AGREED", "READY", "IN FLIGHT", "CONNECTION"), rows)


def _describe_counts(found: list[Count]) -> list[str]:
    if not found:
        return ["no message yet"]
    lines = []
    for state, group in groupby(found, key=lambda count: count.state):
        each = list(group)
        total = sum(count.number for count in each)
        capped = "+" if each[0].is_capped else " "
        kinds = ", ".join(counted(count.number, type_words(count.type)) for count in each)
        lines.append(f"{total:>8}{capped} {state:4}  {state_words(state)}: {kinds}")
    return ["messages", *lines]


def _fields_of(waiting: Waiting) -> dict[str, object]:
    """Return what `--json` shows of a message that is not finished."""
    case = waiting.case
    return {
        "job": case.job,
        "type": waiting.type,
        "name": case.name or "",
        "size_bytes": case.size_bytes,
        "source": case.source,
        "destination": case.destination,
        "state": case.state,
        "why": brief(case),
    }


def _describe_waiting(unfinished: list[Waiting], total: int, home: Home) -> list[str]:
    if not unfinished:
        return []
    rows = [
        (
            f"  {case.job}",
            printable(case.name or "") or f"({type_words(message_type)})",
            size(case.size_bytes),
            f"{printable(case.source)} to {printable(case.destination)}",
            case.state,
            printable(brief(case)),
        )
        for message_type, case in unfinished
    ]
    lines = ["", *table(("  JOB", "NAME", "SIZE", "FROM, TO", "STATE", "WHY"), rows)]
    if total > len(unfinished):
        lines.append(f"  and {total - len(unfinished)} more")
    return [*lines, f"  `{command(home, 'why JOB')}` says more about one"]


def _describe_errors(errors: list[Complaint]) -> list[str]:
    if not errors:
        return []
    rows = [
        (
            time.strftime("  %Y-%m-%d %H:%M:%S", time.localtime(error.unix_s)),
            error.process,
            error.level,
            printable(error.text),
        )
        for error in errors
    ]
    return ["", "last errors", *table(("  WHEN", "PROCESS", "LEVEL", "TEXT"), rows)]
