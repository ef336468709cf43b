"""`netrelay group key`: writes the keys of a group to a file, for another member."""

import os
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there, reading
from netrelay.cli.owner import own_rights
from netrelay.cli.permission import require_owner
from netrelay.cli.wording.named_groups import held_group
from netrelay.runtime.home import Home
from netrelay.seal.group_file import encode_group_file
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity, load
from netrelay.seal.seal_errors import IdentityError


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "group key",
        "Write the keys of a group to a new file, which makes another node a member. Who has it"
        "\nreads what is sent to the group: carry it by a safe way, and delete it afterwards.",
    )
    made.add_argument("name", metavar="NAME", help="the group: name or node id")
    made.add_argument("file", metavar="FILE", type=Path, help="a new file; it gets mode 0600")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Write the file, which must not be there."""
    options = parser().read(arguments)
    require_owner(home, "may not read its keys")
    with reading(home) as database:
        group = held_group(database, home, options.name)
    text = encode_group_file(keys_of(home, group.node), group.name)
    write_new(options.file, text, 0o600)
    print(f"the keys of {group.name} are in {options.file}: on the new member, type")
    print(f"  {command_there(f'group join {options.file.name}')}")
    print("and delete the file at both places")
    return Exit.OK


def keys_of(home: Home, group: str) -> Identity:
    """Return the identity of a group; CommandError, which names the file, if it cannot be used."""
    try:
        return load(GroupKeys(home.groups).folder_of(group))
    except IdentityError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error


def write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that must not be there, with this mode, flushed; else CommandError."""
    try:
        with own_rights():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
    except FileExistsError as error:
        raise CommandError(
            Exit.CANNOT_CREATE, f"{path} is there already; allowed: a new file"
        ) from error
    except OSError as error:
        raise CommandError(Exit.CANNOT_CREATE, f"{path}: {error.strerror}") from error
