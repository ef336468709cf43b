"""`netrelay page`: the page of this node for a browser, and its password."""

import getpass
import sys
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import require_node
from netrelay.cli.permission import require_owner
from netrelay.runtime.home import Home

_PASSWORD = "password"  # noqa: S105 -- the word that is typed


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "page",
        "Show this node to a browser, read-only, until Ctrl-C. `netrelay page password` sets the"
        "\npassword without which nobody may look from the network: it asks twice, or reads one"
        "\nline from a pipe.",
    )
    made.add_argument("act", metavar="password", nargs="?", choices=[_PASSWORD], help="set it")
    made.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help="where to listen, such as 127.0.0.1:7480; without it, at sockets that systemd passes",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Serve the page, or set its password."""
    options = parser().read(arguments)
    require_node(home)
    if options.act is None:
        from netrelay.cli.page.page_server import serve

        return serve(home, options.listen)
    if options.listen is not None:
        raise CommandError(Exit.USAGE, "--listen is for the page itself, not for its password")
    require_owner(home, "may not set the password of its page")
    from netrelay.cli.page.page_password import PasswordError, hashed, write_password

    try:
        stored = hashed(_typed_password())
    except PasswordError as error:
        raise CommandError(Exit.DATA, str(error)) from error
    write_password(home, stored)
    print("the password of the page is set; who had signed in has to do so again")
    return Exit.OK


def _typed_password() -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline(4096)
        return line.removesuffix("\n")
    first = getpass.getpass("password of the page: ")
    if getpass.getpass("once more: ") != first:
        raise CommandError(Exit.DATA, "the two are not the same; nothing was changed")
    return first
