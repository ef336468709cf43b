"""`netrelay group join`: makes this node a member of a group by a file with its keys."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.group.joining import joined
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, require_node
from netrelay.cli.owner import own_rights
from netrelay.runtime.home import Home
from netrelay.seal.group_file import GROUP_FILE_LIMIT_BYTES, decode_group_file
from netrelay.seal.seal_errors import CardError

_OTHERS = 0o077


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "group join",
        "Become a member of a group by the file that `netrelay group key` wrote there.",
    )
    made.add_argument("file", metavar="FILE", type=Path, help="mode 0600: it holds private keys")
    made.add_argument("--name", metavar="NAME", help="call it so here (default: as it is called)")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Check the file, store the keys, then make the row."""
    options = parser().read(arguments)
    require_node(home)
    text, mode = _read(options.file)
    try:
        name, contents = decode_group_file(text)
    except CardError as error:
        raise CommandError(Exit.DATA, f"{options.file}: {error}") from error
    _refuse_shared(options.file, mode)
    group = joined(home, options.name or name, contents)
    print(f"this node is a member of {group.name} now ({group.node});")
    allow = command(home, "peer allow NODE deliver")
    print(f"delete {options.file}, and let each source deliver here: `{allow}`")
    return Exit.OK


def _read(path: Path) -> tuple[str, int]:
    """Return the text of a file, and its mode; CommandError if it cannot be read."""
    try:
        with own_rights():
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise CommandError(Exit.DATA, f"{path} is not a file")
            text = file.read(GROUP_FILE_LIMIT_BYTES + 1).decode("ascii", "replace")
            return text, stat.S_IMODE(status.st_mode)
    except OSError as error:
        hint = f": `{command_there('group key NAME FILE')}` writes it at a member"
        raise CommandError(Exit.NO_INPUT, f"{path}: {error.strerror}{hint}") from error


def _refuse_shared(path: Path, mode: int) -> None:
    """Raise CommandError if others may read the keys of a group."""
    if mode & _OTHERS:
        raise CommandError(
            Exit.CONFIG,
            f"{path} has mode {mode:04o}, so others may have read the keys of the group;"
            " allowed: 0600. If they have, make a new group",
        )
