"""Errors that keep a process from starting, and the exit status of each."""

import errno

from netrelay.core.exit_status import Exit
from netrelay.runtime.config import ConfigError
from netrelay.runtime.single_instance import AlreadyRunsError
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database_errors import (
    DatabaseError,
    DatabaseLockedError,
    DatabaseReplacedError,
    DiskFullError,
    MigratedMeanwhileError,
    NoRoomForCopyError,
)
from netrelay.store.lock import LockTimeoutError


class CannotStartError(Exception):
    """A process cannot work until a person corrects something; the text names it."""


class NotYetError(CannotStartError):
    """A process cannot work now; a restart may succeed without anybody's help."""


def exit_status(error: Exception) -> Exit:
    """Return the exit status of a process that ended with this error.

    CONFIG and UNAVAILABLE: a restart fails again until a person corrects something, so the units
    do not restart it. TRY_AGAIN and SOFTWARE: they do (RestartPreventExitStatus= in systemd/).
    """
    match error:
        case NotYetError() | LockTimeoutError() | AlreadyRunsError():
            return Exit.TRY_AGAIN
        case MigratedMeanwhileError() | DatabaseReplacedError() | DatabaseLockedError():
            return Exit.TRY_AGAIN
        case NoRoomForCopyError() | DiskFullError():
            return Exit.TRY_AGAIN
        case OSError(
            errno=errno.ENOSPC | errno.EDQUOT | errno.ENOMEM | errno.EMFILE | errno.ENFILE
        ):
            return Exit.TRY_AGAIN
        case ConfigError() | DatabaseError() | IdentityError():
            return Exit.CONFIG
        case CannotStartError() | OSError() | ValueError():
            return Exit.UNAVAILABLE
        case _:
            return Exit.SOFTWARE
