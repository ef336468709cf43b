"""`netrelay plan`: when files would be there, and what they would cost, before they are sent."""

import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser, size_bytes
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, read_config, reading
from netrelay.cli.queries.outlooks import Destination, destination_of, outlook
from netrelay.cli.sending.source import opened_source
from netrelay.cli.sending.waiting import read_priority
from netrelay.cli.text import counted, json_line, size
from netrelay.cli.wording.estimate_words import (
    budget_left_words,
    budget_periods_words,
    cost_words,
    estimate_fields,
    rate_words,
    unknowns,
    when_words,
)
from netrelay.cli.wording.estimates import Estimate, LinePlanner
from netrelay.cli.wording.line_words import edge_time
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.forecast import Queued
from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.line_rate import Basis
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.transfer.dropped_tree import TreeRefused

_PRIORITY = 4
_LARGEST_BYTES = 1 << 60
# After every job that is given already.
_FIRST_NUMBER = 1 << 62


class _Planned(NamedTuple):
    name: str
    size_bytes: int


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "plan",
        "Say when files would be at a node and what they would cost, if they were sent now. The"
        "\nestimate knows the rates of the last days, what waits, windows, limits and budgets; what"
        "\nit does not know, it says. Nothing is sent, and the node need not run.",
    )
    made.add_argument("files", metavar="FILE", nargs="*", help="a file or directory")
    made.add_argument("--to", metavar="NODE", required=True, help="the peer: name or node id")
    made.add_argument(
        "--size",
        metavar="SIZE",
        type=_size,
        action="append",
        default=[],
        help="a file of this size, which need not exist: 500M, 2G; may be repeated",
    )
    made.add_argument(
        "--priority",
        metavar="0..9",
        type=read_priority,
        default=_PRIORITY,
        help=f"0 goes first, 9 last; {_PRIORITY} unless said",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each file")
    return made


def _size(text: str) -> int:
    found = size_bytes(text)
    if not 1 <= found <= _LARGEST_BYTES:
        raise ArgumentTypeError(f"a size of {text} is not allowed: 1 to 1048576T")
    return found


def main(arguments: Sequence[str], home: Home) -> int:
    """Print an estimate for each file."""
    options = parser().read(arguments)
    planned = [_measured(home, path) for path in options.files]
    planned += [_Planned(size(count), count) for count in options.size]
    if not planned:
        example = command(home, f"plan FILE --to {options.to}")
        raise CommandError(
            Exit.USAGE, f"a file is missing: `{example}`, or --size 2G for one that is not there"
        )
    now_s = time.time()
    with reading(home) as database:
        peer = find_peer(database, home, options.to)
        destination = destination_of(database, peer.name)
        assert destination is not None
        if destination.via is None:
            route = command(home, f"peer route {peer.name} --direct")
            raise CommandError(
                Exit.DATA,
                f"there is no route to {peer.name}: `{route}` (or `--via NODE`) makes one",
            )
        planner = LinePlanner(outlook(database, destination.via), now_s)
    new = [
        planner.new(number, each.size_bytes, options.priority, destination)
        for number, each in enumerate(planned, _FIRST_NUMBER)
    ]
    others = [*planner.outlook.queued, *new]
    found = [planner.estimate(own, others, destination) for own in new]
    if options.json:
        for each, own, estimate in zip(planned, new, found, strict=True):
            print(json_line("plan", _fields(each, own, estimate, planner, destination)))
        return Exit.OK
    print("\n".join(map(printable, _lines(planned, found, planner, destination, options.priority))))
    return Exit.OK


def _measured(home: Home, path: str) -> _Planned:
    """Return name and size of a file, or of the stream of a directory."""
    ignored = IgnoredNames(read_config(home).ignore)
    with opened_source(Path(path), ignored) as source:
        if not source.is_directory:
            return _Planned(path, source.status.st_size)
        try:
            return _Planned(path, source.tree().size_bytes)
        except TreeRefused as error:
            raise CommandError(
                Exit.DATA,
                f"{printable(path)}: {printable(str(error))}; only files and directories can be"
                " sent, and a directory goes whole or not at all",
            ) from None


def _lines(
    planned: Sequence[_Planned],
    found: Sequence[Estimate],
    planner: LinePlanner,
    destination: Destination,
    priority: int,
) -> list[str]:
    now_s = time.time()
    line = planner.outlook
    by = "" if destination.via == destination.node else f" by {line.name}"
    lines = []
    for each, estimate in zip(planned, found, strict=True):
        when = when_words(*estimate[-3:])
        called = (
            each.name
            if each.name == size(each.size_bytes)
            else (f"{each.name} ({size(each.size_bytes)})")
        )
        lines.append(f"{called} to {destination.name}{by}, if sent now: {when}")
        lines.append(f"  cost     {cost_words(*estimate.cost)}")
        if estimate.before_bytes:
            lines.append(f"  queue    {size(estimate.before_bytes)} cross before it is there")
        periods = budget_periods_words(planner, estimate, priority)
        if periods is not None:
            lines.append(f"  budget   {periods}")
    if planner.rate.basis is Basis.MEASURED:
        lines.append(f"rate     {rate_words(planner)}")
    if line.queued:
        left = size(sum(each.left_bytes for each in line.queued))
        waiting = counted(len(line.queued), "file")
        lines.append(f"waiting  {waiting} ({left}) for {line.name}")
    if line.windows is not None:
        begins_s = found[0].begins_unix_s
        closed = begins_s is not None and begins_s > now_s + 1
        now = f"; data goes from {edge_time(begins_s or 0)}" if closed else "; open now"
        lines.append(f"windows  {', '.join(line.windows.texts)}{now}")
    budget = budget_left_words(planner, priority)
    if budget is not None:
        lines.append(f"budget   {budget}")
    lines += [f"unknown  {words}" for words in unknowns(planner, destination)]
    return lines


def _fields(
    planned: _Planned,
    own: Queued,
    estimate: Estimate,
    planner: LinePlanner,
    destination: Destination,
) -> dict[str, object]:
    line = planner.outlook
    return {
        "name": planned.name,
        "size_bytes": planned.size_bytes,
        "peer": destination.name,
        "next_hop": line.name,
        "priority": own.priority,
        **estimate_fields(estimate, planner, destination),
    }
