"""`netrelay message`: short texts, which are stored in the database and sent like files."""

import os
import select
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import confirm_down
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import Writer, numbering, read_config, reading
from netrelay.cli.queries.known_peers import PeerName
from netrelay.cli.sending.waiting import add_sending_options, read_patience, wait_for
from netrelay.cli.text import counted, json_line
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.header import PRIORITY_DEFAULT
from netrelay.core.single import TEXT_MAX_BYTES, encode_text
from netrelay.runtime.home import Home
from netrelay.store.database import Database, ReadOnlyDatabase
from netrelay.store.jobs import add_texts

_STANDARD_INPUT = 0
_READ_BYTES = 64 * 1024
# So many share one commit and one flush; the write lock is held for about 20 ms.
_TEXTS_A_COMMIT = 256


def main(arguments: Sequence[str], home: Home) -> int:
    """Store the texts; they are durable when it returns."""
    options = parser().read(arguments)
    if options.lines and options.text:
        raise CommandError(Exit.USAGE, "--lines reads standard input: give no TEXT beside it")
    with reading(home) as database:
        peers = tuple(dict.fromkeys(find_peer(database, home, name) for name in options.to))
    patience = read_patience(options.wait, options.timeout)
    lifetime_s = options.ttl or read_config(home).lifetime_s
    priority = PRIORITY_DEFAULT if options.priority is None else options.priority
    manner = _Manner(peers, lifetime_s, priority, options.json, options.quiet)
    with numbering(home) as writer:
        send = _send_lines if options.lines else partial(_send_one, options)
        messages = send(writer, manner)
    if not options.json:
        confirm_down(options, home)
    if patience is None:
        return Exit.OK
    finders = [partial(_known, job=message) for message in messages]
    return wait_for(home, finders, patience, is_quiet=options.json or options.quiet)


class _Manner(NamedTuple):
    peers: tuple[PeerName, ...]
    lifetime_s: int
    priority: int
    as_json: bool
    is_quiet: bool

    def add(self, database: Database, bodies: list[bytes]) -> list[tuple[PeerName, int]]:
        """Store texts for each peer, inside a transaction; return whom each message is for."""
        return [
            (peer, message)
            for peer in self.peers
            for message in add_texts(database, peer.node, bodies, self.lifetime_s, self.priority)
        ]

    def print_json(self, stored: Sequence[tuple[PeerName, int]]) -> None:
        """Print one object for each message, if that is asked for."""
        for peer, message in stored if self.as_json else ():
            print(json_line("sent", {"peer": peer.name, "job": message}))


def _known(_: ReadOnlyDatabase, job: int) -> int:
    return job


def _send_one(options: Namespace, writer: Writer, manner: _Manner) -> list[int]:
    if options.text in ([], ["-"]):
        _expect_input()
        content = sys.stdin.buffer.read(TEXT_MAX_BYTES + 1)
    else:
        content = os.fsencode(" ".join(options.text))
    body = _body(content, "the text")
    with writer.writing() as database:
        stored = manner.add(database, [body])
    manner.print_json(stored)
    for peer, message in () if manner.as_json or manner.is_quiet else stored:
        print(f"message {message} goes to {peer.name}")
    return [message for _, message in stored]


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "message",
        "Send a short text. It is durable here when the command ends, travels like a file, and"
        "\n`netrelay inbox` shows it at the other end."
        f"\nAllowed: UTF-8, 1 to {TEXT_MAX_BYTES} bytes; without TEXT, or with -, it is read from"
        " standard input.",
    )
    made.allows_empty = True
    made.add_argument("text", metavar="TEXT", nargs="*", help="the words; - is standard input")
    add_sending_options(made)
    made.add_argument(
        "--lines",
        action="store_true",
        help="one message for each line of standard input; empty lines are left out",
    )
    return made


def _body(content: bytes, what: str) -> bytes:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise CommandError(
            Exit.DATA, f"{what} is no UTF-8 (byte {error.start}); the command send takes any file"
        ) from error
    if len(content) > TEXT_MAX_BYTES:
        raise CommandError(
            Exit.DATA,
            f"{what} has more than {TEXT_MAX_BYTES} bytes, the most a message holds;"
            " the command send takes files of any size",
        )
    try:
        return encode_text(text, time.time_ns())
    except ValueError as error:
        raise CommandError(Exit.DATA, f"{what} is {error}") from error


def _expect_input() -> None:
    if os.isatty(_STANDARD_INPUT):
        print("type the text; Ctrl-D ends it", file=sys.stderr)


def _send_lines(writer: Writer, manner: _Manner) -> list[int]:
    _expect_input()
    messages: list[int] = []
    line_number = 0
    with writer.writable() as database:
        for lines in _groups_of_lines():
            bodies = []
            for line in lines:
                line_number += 1
                if line:
                    bodies.append(_body(line, f"line {line_number}"))
            if bodies:
                with database.transaction():
                    stored = manner.add(database, bodies)
                manner.print_json(stored)
                messages += [message for _, message in stored]
    if manner.as_json or manner.is_quiet:
        return messages
    span = f" ({messages[0]} to {messages[-1]})" if len(messages) > 1 else ""
    names = ", ".join(peer.name for peer in manner.peers)
    goes = "goes" if len(messages) == 1 else "go"
    print(f"{counted(len(messages), 'message')}{span} {goes} to {names}")
    return messages


def _groups_of_lines() -> Iterator[list[bytes]]:
    """Yield the lines in groups, without waiting for the next line of a slow writer."""
    rest = b""
    lines: list[bytes] = []
    is_open = True
    while is_open:
        data = os.read(_STANDARD_INPUT, _READ_BYTES)
        is_open = bool(data)
        *whole, rest = (rest + data).split(b"\n")
        lines += whole
        if len(rest) > TEXT_MAX_BYTES:
            lines.append(rest)  # refused, with its number
        while len(lines) >= _TEXTS_A_COMMIT:
            yield lines[:_TEXTS_A_COMMIT]
            del lines[:_TEXTS_A_COMMIT]
        if lines and not select.select([_STANDARD_INPUT], [], [], 0)[0]:
            yield lines
            lines = []
    yield [*lines, rest]
