"""`netrelay retry`: retries dead jobs, each as a new attempt.

    failed/<peer>/<name>  --rename-->  .claimed/<peer>/retry-<job>-<attempt>/<name>  -->  its row

If the power fails after the rename, importer finds a claim without a row and makes a job
of it: the file is sent all the same.
"""

import errno
import os
import shlex
from collections.abc import Sequence
from contextlib import suppress

from netrelay.cli.arguments import CommandParser, who
from netrelay.cli.confirmations import add_quiet, confirm, confirm_down
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, writable
from netrelay.cli.queries.cases import Case
from netrelay.cli.wording.chosen_jobs import Wanted, all_jobs, chosen_jobs, describe
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.printable import printable
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.runtime.home import Home
from netrelay.store.database import Database
from netrelay.store.facts import Facts
from netrelay.store.jobs import KeptFile, claim_again, kept_file
from netrelay.transfer.failed_files import is_unchanged, reclaim

_WANTED = Wanted(
    lambda case: case.direction == "out" and case.state == "D", "dead jobs of this node"
)


def main(arguments: Sequence[str], home: Home) -> int:
    """Claim each file in failed/ again, and report `retry`."""
    options = parser().read(arguments)
    if bool(options.jobs) == options.all or (options.all and options.to is None):
        raise CommandError(Exit.USAGE, "say which jobs: JOB..., or --all --to NODE")
    with reading(home) as database:
        if options.all:
            node = find_peer(database, home, options.to).node
            found = all_jobs(database, node, _WANTED, is_dead=True)
        else:
            found = chosen_jobs(database, home, options.jobs, _WANTED)
    with writable(home) as writer:
        for case in found:
            _retry(writer, home, case, options.by)
            attempt = case.attempt + 1
            confirm(
                options, f"{describe(case)} to {case.destination} is tried again, attempt {attempt}"
            )
    if not found:
        confirm(options, "nothing is dead")
    confirm_down(options, home)
    return Exit.OK


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "retry",
        "Try dead jobs again, each as a new attempt with its whole lifetime before it. The file is"
        "\ntaken back from failed/NODE/, where it must lie as it was.",
    )
    made.add_argument("jobs", metavar="JOB", nargs="*", help="a job's number or a file's name")
    made.add_argument("--all", action="store_true", help="all that is dead, with --to")
    made.add_argument("--to", metavar="NODE", help="for --all: the destination")
    made.add_argument("--by", metavar="WHO", type=who, help="who asks for it, for history")
    add_quiet(made)
    return made


def _retry(database: Database, home: Home, case: Case, by: str | None) -> None:
    """Rename and commit under one lock, so that importer does not see a claim without a row."""
    refused: list[str] = []
    moved: tuple[bytes, bytes] | None = None
    try:
        with database.transaction():
            reason = None if by is None else f"asked for by {by}"
            if not Facts(database, refused.append).report(case.job, "retry", reason):
                raise CommandError(Exit.DATA, f"{describe(case)} is not dead: {refused[0]}")
            lying = kept_file(database, case.job)
            # A text, or a file that is still claimed, needs no rename.
            if lying is not None and lying.kept is not None:
                path, mark = _claim(home, case, lying, lying.kept)
                moved = path, lying.kept
                claim_again(database, lying.file, path, mark)
    except BaseException:
        if moved is not None:
            with suppress(OSError):
                claimed, kept = (os.fsencode(home.path) + b"/" + each for each in moved)
                rename_to_new(claimed, kept)
        raise


def _claim(home: Home, case: Case, lying: KeptFile, kept: bytes) -> tuple[bytes, str]:
    shown = printable(os.fsdecode(kept))
    if not lying.closed:
        raise CommandError(
            Exit.TRY_AGAIN, f"the file of {describe(case)} is just being put into {home.failed}"
        )
    try:
        if not is_unchanged(home.path, kept, lying.size_bytes, lying.mtime_ns, lying.fingerprint):
            raise CommandError(
                Exit.DATA,
                f"{shown} is not what was given to netrelay any more (another size or time):"
                f" `{command(home, 'send FILE --to ' + case.destination)}` sends it as it is now",
            )
        folder = os.fsencode(home.claims.relative_to(home.path) / case.destination)
        name = lying.path.rsplit(b"/", 1)[1]
        path = b"%s/retry-%d-%d/%s" % (folder, case.job, case.attempt + 1, name)
        return path, reclaim(home.path, kept, path, lying.fingerprint).fingerprint
    except OSError as error:
        if error.errno == errno.EXDEV:
            place = shlex.quote(os.fsdecode(os.fsencode(home.path) + b"/" + kept))
            sends = command(home, f"send {place} --to {case.destination}")
            raise CommandError(
                Exit.DATA,
                f"{shown} is on another disk, so its job cannot have it back: `{sends}` sends it",
            ) from None
        if not isinstance(error, FileNotFoundError):
            raise
        raise CommandError(
            Exit.NO_INPUT, f"the file of {describe(case)} is not in {shown} any more"
        ) from None
