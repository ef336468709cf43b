"""`netrelay inbox`: texts and files that arrived for this node, newest last."""

import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from netrelay.cli.arguments import MOST, CommandParser, number, span_s
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, writing
from netrelay.cli.queries.arrived import (
    Arrived,
    ArrivedText,
    WantedArrivals,
    after,
    arrived,
    find_text,
    newest_arrivals,
)
from netrelay.cli.queries.health import undelivered_files
from netrelay.cli.queries.log_lines import data_version
from netrelay.cli.text import counted, json_line, size, table
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.history import forget_texts

_COUNT = 20
_LOOK_S = 0.2
_MOST = 100_000
_LINE_CHARACTERS = 200


def main(arguments: Sequence[str], home: Home) -> int:
    """Show the newest arrivals, or one text in full."""
    options = parser().read(arguments)
    if options.forget is not None:
        with writing(home) as writer:
            count = forget_texts(writer, options.forget)
        print(f"{counted(count, 'text')} removed")
        return Exit.OK
    with reading(home) as database:
        if options.text is not None:
            text = find_text(database, options.text)
            if text is None:
                raise CommandError(
                    Exit.DATA,
                    f"there is no text {options.text}; `{command(home, 'inbox')}` lists them",
                )
            if options.json:
                print(_as_json(text, home))
            else:
                _write_whole(text)
            return Exit.OK
        # Read first: what comes after this is found by _follow.
        newest = newest_arrivals(database)
        found = arrived(database, _wanted(options))
        undelivered = sum(files.number for files in undelivered_files(database))
        if options.json or options.follow:
            _show(found, home, options.json)
        if options.follow:
            # Ctrl-C is the normal way to end it.
            with suppress(KeyboardInterrupt):
                _follow(database, home, after(newest, found), options.json)
    if options.json or options.follow:
        return Exit.OK
    if found:
        rows = [(*_when_and_who(each), *_what(each, home)) for each in found]
        print("\n".join(table(("WHEN", "FROM", "TEXT", "WHAT"), rows)))
    elif not undelivered:
        print("nothing has come yet")
    if undelivered:
        print(
            f"{counted(undelivered, 'file')} came but cannot be put here for now:"
            f" `{command(home, 'jobs --waiting')}` says why"
        )
    return Exit.OK


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "inbox",
        "Show what came for this node, texts and files, newest last. A text's number shows it"
        "\nwhole. In the list, what could steer a terminal is shown as an escape.",
    )
    made.add_argument(
        "text", metavar="TEXT", nargs="?", type=number(1, MOST), help="a text's number"
    )
    made.add_argument(
        "--count",
        metavar="N",
        type=number(1, _MOST),
        help=f"how many of the newest, {_COUNT} unless said; with --since, all",
    )
    made.add_argument(
        "--since", metavar="SPAN", type=span_s, help="only what came in the last 90s, 15min, 2h, 3d"
    )
    made.add_argument(
        "-f", "--follow", action="store_true", help="go on with what comes, until Ctrl-C"
    )
    made.add_argument(
        "--forget",
        metavar="TEXT",
        type=number(1, MOST),
        help="remove this text and all that came before it; texts stay until somebody does",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each")
    return made


def _wanted(options: Namespace) -> WantedArrivals:
    """Return what the options ask for."""
    if options.since is not None:
        return WantedArrivals(options.count, since_unix_s=time.time() - options.since)
    return WantedArrivals(_COUNT if options.count is None else options.count)


def _follow(
    database: ReadOnlyDatabase, home: Home, newest: WantedArrivals, as_json: bool
) -> NoReturn:
    """Print what comes after the newest arrivals, without end."""
    version = None
    while True:
        seen, version = version, data_version(database)
        if seen != version:
            found = arrived(database, newest)
            newest = after(newest, found)
            _show(found, home, as_json)
        time.sleep(_LOOK_S)


def _show(found: Sequence[Arrived], home: Home, as_json: bool) -> None:
    for each in found:
        cells = (*_when_and_who(each), *_what(each, home))
        print(_as_json(each, home) if as_json else "  ".join(cells), flush=True)


def _as_json(each: Arrived, home: Home) -> str:
    if isinstance(each, ArrivedText):
        return json_line("text", {**each._asdict(), "job": each.message})
    fields = each._asdict()
    del fields["delivery"]
    return json_line("file", {**fields, "path": str(home.inbox / each.folder / each.name)})


def _write_whole(text: ArrivedText) -> None:
    """Write a text unchanged to a file or a pipe, and with escapes to a terminal."""
    if not sys.stdout.isatty():
        sys.stdout.write(text.text)
        return
    print("\n".join(printable(line) for line in text.text.split("\n")))


def _when_and_who(each: Arrived) -> tuple[str, str]:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.unix_s))
    return when, printable(each.source)


def _what(each: Arrived, home: Home) -> tuple[str, str]:
    if isinstance(each, ArrivedText):
        shown = printable(each.text[: _LINE_CHARACTERS + 1])
        if len(shown) > _LINE_CHARACTERS:
            shown = f"{shown[:_LINE_CHARACTERS]}..."
        return str(each.number), shown
    place = home.inbox / each.folder / each.name
    return "", f"{printable(str(place))} ({size(each.size_bytes)})"
