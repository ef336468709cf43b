"""`netrelay page`: the page of this node for a browser, and its password."""

import getpass
import sys
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import read_config, require_node
from netrelay.cli.permission import require_owner
from netrelay.core.nearest import nearest
from netrelay.runtime.home import Home

_PASSWORD, _CONTROL_PASSWORD = "password", "control-password"
_CONTROL = "control"
_CALLED = {False: "password of the page", True: "password for acting on the page"}
_ACTS = (_PASSWORD, _CONTROL_PASSWORD, _CONTROL)


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "page",
        "Show this node to a browser until Ctrl-C. `netrelay page password` sets the password"
        "\nwithout which nobody may look from the network: it asks twice, or reads one line from a"
        "\npipe. With `[page] control = true` in netrelay.toml, who knows a second one, set by"
        "\n`netrelay page control-password`, may act: `netrelay page control` is the process that"
        "\ndoes it.",
    )
    made.add_argument(
        "act",
        metavar="password|control-password|control",
        nargs="?",
        help="set one of the passwords; act for the page",
    )
    made.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help="where to listen, such as 127.0.0.1:7480; without it, at sockets that systemd passes",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Serve the page, or set its password."""
    options = parser().read(arguments)
    if options.act not in (None, *_ACTS):
        raise CommandError(
            Exit.USAGE,
            f"page {options.act!r} is none of its words{nearest(options.act, _ACTS)}"
            f" (allowed: {', '.join(_ACTS)})",
        )
    require_node(home)
    if options.act is None:
        from netrelay.cli.page.page_server import serve

        return serve(home, options.listen)
    if options.listen is not None:
        raise CommandError(
            Exit.USAGE, f"--listen is for the page itself, not for its {options.act}"
        )
    if options.act == _CONTROL:
        from netrelay.cli.page.control_server import serve_control

        return serve_control(home)
    require_owner(home, "may not set the password of its page")
    from netrelay.provisioning.system.page_password import (
        CONTROL_FILE_NAME,
        FILE_NAME,
        PasswordError,
        hashed,
        is_right,
        read_password,
        write_password,
    )

    is_control = options.act == _CONTROL_PASSWORD
    called = _CALLED[is_control]
    typed = _typed_password(called)
    try:
        stored = hashed(typed)
        other = read_password(home, FILE_NAME if is_control else CONTROL_FILE_NAME)
    except PasswordError as error:
        raise CommandError(Exit.DATA, str(error)) from error
    if other is not None and is_right(other, typed):
        raise CommandError(
            Exit.DATA,
            f"that is the {_CALLED[not is_control]} already; allowed: another one, since otherwise"
            " all who may look may act; nothing was changed",
        )
    write_password(home, stored, CONTROL_FILE_NAME if is_control else FILE_NAME)
    print(f"the {called} is set; who had signed in has to do so again")
    if is_control and not read_config(home).page_control:
        print(f"it is of use with `[page] control = true` in {home.config}")
    return Exit.OK


def _typed_password(called: str) -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline(4096)
        return line.removesuffix("\n")
    first = getpass.getpass(f"{called}: ")
    if getpass.getpass("once more: ") != first:
        raise CommandError(Exit.DATA, "the two are not the same; nothing was changed")
    return first
