"""The medium that a person names: its folder of netrelay, opened, and what is wrong with it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there
from netrelay.cli.owner import own_rights
from netrelay.core.printable import printable
from netrelay.disk.medium_folder import FOLDER, MediumFolder

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def opened_medium(medium: Path, *, is_made: bool) -> Iterator[MediumFolder]:
    """Open the folder on a medium for the block, with the rights of who types the command.

    is_made: it is made if it is not there. CommandError names what is wrong.
    """
    shown = printable(str(medium))
    try:
        folder = MediumFolder.opened(medium, is_made=is_made, rights=own_rights)
    except FileNotFoundError as error:
        with own_rights():
            is_there = medium.is_dir()
        if is_there:
            raise CommandError(
                Exit.NO_INPUT,
                f"{shown} holds nothing of netrelay: it has no folder {FOLDER};"
                f" `{command_there('carry out DIR --to NODE')}` on another node makes it",
            ) from error
        raise CommandError(
            Exit.NO_INPUT,
            f"{shown} is not there; allowed: the folder at which the medium is mounted",
        ) from error
    except NotADirectoryError as error:
        if error.filename == str(medium / FOLDER):
            raise CommandError(
                Exit.NO_INPUT,
                f"{shown}/{FOLDER} is a file or a link, where the folder of netrelay should be:"
                " remove it, or name another folder",
            ) from error
        raise CommandError(
            Exit.NO_INPUT, f"{shown} is no folder; allowed: the folder of a medium"
        ) from error
    except PermissionError as error:
        raise CommandError(
            Exit.NOT_PERMITTED, f"{shown}: {error.strerror}; with sudo the node opens any medium"
        ) from error
    except OSError as error:
        raise medium_error(error, medium) from error
    try:
        yield folder
    finally:
        folder.close()


def medium_error(error: OSError, medium: Path) -> CommandError:
    """Return the error for a medium that cannot be written or read."""
    shown = printable(str(medium))
    if error.errno in _FULL:
        return CommandError(
            Exit.CANNOT_CREATE,
            f"{shown}: {error.strerror}; what is complete on it stays, and what is missing goes"
            " with another medium, or when there is room",
        )
    if error.errno == errno.EROFS:
        return CommandError(Exit.CANNOT_CREATE, f"{shown} is write-protected: nothing was changed")
    if isinstance(error, PermissionError):
        return CommandError(
            Exit.NOT_PERMITTED, f"{shown}: {error.strerror}; with sudo the node opens any medium"
        )
    return CommandError(
        Exit.INPUT_OUTPUT, f"{shown}: {error.strerror}; nothing is lost, the node has all of it"
    )
