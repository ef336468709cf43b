"""`netrelay receipt write`: the kept receipt of a job as a file that proves its delivery."""

import os
import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.content_hash import content_hash, opened_file
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, reading, runs
from netrelay.cli.owner import own_rights
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.cases import Case, cases, named_jobs
from netrelay.cli.queries.former_jobs import former_jobs
from netrelay.cli.queries.kept_receipts import KeptReceipt, kept_receipt
from netrelay.cli.queries.this_node import OwnNode, only_dials, own_node
from netrelay.cli.wording.chosen_jobs import Wanted, chosen_jobs, describe
from netrelay.cli.wording.explain import Situation, paragraph
from netrelay.cli.wording.missing_jobs import former_job_words
from netrelay.core.file_names import FILE_NAME_MAX_BYTES, safe_name
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.seal.identity import Identity, load
from netrelay.seal.receipt_file import (
    Party,
    ReceiptFile,
    ReceiptFileError,
    encode_receipt_file,
    told_of,
)
from netrelay.seal.receipt_proof import sign_receipt_file
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database import ReadOnlyDatabase

_SUFFIX = ".receipt"
_WANTED = Wanted(lambda case: case.direction == "out", "jobs of this node")


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "receipt write",
        "Write a receipt file: what the destination has signed of a delivered file, signed by this"
        "\nnode too. It holds no content and no secret.",
    )
    made.add_argument("job", metavar="JOB|FILE", help="a job's number, or a file's name")
    made.add_argument(
        "--to",
        metavar="PATH",
        help=f"a file that is not there yet (default: NAME{_SUFFIX} in this folder); - is stdout",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Write the file, which replaces nothing."""
    options = parser().read(arguments)
    require_owner(home, "may not read its keys")
    with reading(home) as database:
        case = _chosen(database, home, options.job)
        own = own_node(database)
        kept = kept_receipt(database, case.job)
        if case.state != "F":
            situation = Situation(own.name, home, runs(home), only_dials(database))
            raise CommandError(
                Exit.UNAVAILABLE,
                f"{describe(case)} has no receipt, as it is not delivered:"
                f" {paragraph(case, situation)}",
            )
    if kept is None:
        raise CommandError(
            Exit.UNAVAILABLE,
            f"no receipt of {describe(case)} is kept: it was delivered before this node kept"
            f" receipts, or {case.destination} sent one too large for what it told of (docs/"
            "receipts.md)",
        )
    text = _encoded(case, kept, own, _identity(home))
    if options.to == "-":
        print(text, end="")
    else:
        _place(options, case, text, home, own)
    _warn_of_another_content(case, kept, home)
    return Exit.OK


def _place(options: Namespace, case: Case, text: str, home: Home, own: OwnNode) -> None:
    """Write the file, and say what can be done with it."""
    target = Path(options.to or _name(case))
    _write(target, text)
    typed = printable(shlex.quote(str(target)))
    confirm(
        options,
        f"the receipt of {case.destination} for {describe(case)} is in {printable(str(target))}",
        f"`{command_there(f'receipt verify {typed}')}` verifies it on any machine, with the cards"
        f" of both nodes (--card): `{command(home, 'id --card FILE')}` writes that of {own.name}",
    )


def _chosen(database: ReadOnlyDatabase, home: Home, word: str) -> Case:
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


def _identity(home: Home) -> Identity:
    try:
        return load(home.keys)
    except IdentityError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error


def _encoded(case: Case, kept: KeptReceipt, own: OwnNode, identity: Identity) -> str:
    file = ReceiptFile(
        Party(own.node, own.name, identity.certificate_der),
        Party(kept.destination, case.destination, kept.certificate),
        kept.epoch,
        kept.sequence,
        case.kind,
        case.name or "",
        case.size_bytes,
        _whole(case.given_unix_s),
        _whole(kept.unix_s),
        kept.signed,
    )
    try:
        return encode_receipt_file(file, sign_receipt_file(identity, file))
    except ReceiptFileError as error:
        raise CommandError(Exit.SOFTWARE, f"{describe(case)}: {error}") from error


def _warn_of_another_content(case: Case, kept: KeptReceipt, home: Home) -> None:
    """Print a warning if the file that was sent is here, and has another hash than was signed."""
    said = told_of(kept.signed, kept.epoch, kept.sequence).content
    if said is None or case.place is None or case.kind != "file":
        return
    try:
        descriptor = opened_file(home.path / case.place)
    except OSError:
        return
    try:
        is_same = content_hash(descriptor) == said.content_hash
    finally:
        os.close(descriptor)
    if not is_same:
        print(
            f"netrelay: {printable(case.place)} is not the content that {case.destination} has"
            " signed for: it was changed since, or is another one there",
            file=sys.stderr,
        )


def _whole(unix_s: float | None) -> int | None:
    """Return a time in whole seconds; before 1970 a clock was not set."""
    return None if unix_s is None or unix_s < 0 else int(unix_s)


def _name(case: Case) -> str:
    name = safe_name((case.name or f"text-{case.job}").encode()) + _SUFFIX
    return name if len(name.encode()) <= FILE_NAME_MAX_BYTES else f"job-{case.job}{_SUFFIX}"


def _write(target: Path, text: str) -> None:
    """Make the file, durable; a name that is there, a link too, is left as it is."""
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
