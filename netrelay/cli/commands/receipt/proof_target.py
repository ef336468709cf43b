"""The job of which a proof is written, the keys that sign it, and the file that it becomes."""

import os
from contextlib import suppress
from pathlib import Path

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.owner import own_rights
from netrelay.cli.queries.cases import Case, cases, named_jobs
from netrelay.cli.queries.former_jobs import former_jobs
from netrelay.cli.wording.chosen_jobs import Wanted, chosen_jobs, describe
from netrelay.cli.wording.missing_jobs import former_job_words
from netrelay.runtime.home import Home
from netrelay.seal.identity import Identity, load
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database import ReadOnlyDatabase

_WANTED = Wanted(lambda case: case.direction == "out", "jobs of this node")


def chosen_job(database: ReadOnlyDatabase, home: Home, word: str) -> Case:
    """Return the job of this node that a person names; CommandError for any other word."""
    named = cases(database, named_jobs(database, word))
    if named and not any(_WANTED.fits(case) for case in named):
        raise CommandError(
            Exit.DATA,
            f"{describe(named[0])} came from {named[0].source}, which has the receipt for it;"
            " allowed: jobs of this node",
        )
    former = former_jobs(database, word) if not named else []
    if former:
        words = former_job_words(former[0], home)
        raise CommandError(Exit.DATA, f"{words}. Its receipt went with it")
    (case,) = chosen_jobs(database, home, [word], _WANTED)
    return case


def own_identity(home: Home) -> Identity:
    """Return the keys of this node; CommandError if they cannot be read."""
    try:
        return load(home.keys)
    except IdentityError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error


def write_proof(to: str | Path, text: str) -> None:
    """Make the file, durable; a name that is there, a link too, is left as it is. -: stdout."""
    if to == "-":
        print(text, end="")
        return
    target = Path(to)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with own_rights():
            descriptor = os.open(target, flags, 0o644)
    except FileExistsError as error:
        raise CommandError(
            Exit.CANNOT_CREATE, f"{target} is there already; allowed: a new file (--to PATH)"
        ) from error
    except OSError as error:
        raise CommandError(Exit.CANNOT_CREATE, f"{target}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        with own_rights(), suppress(OSError):
            target.unlink()
        raise CommandError(Exit.CANNOT_CREATE, f"{target}: {error.strerror}") from error
