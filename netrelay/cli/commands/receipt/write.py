"""`netrelay receipt write`: the kept receipt of a job as a file that proves its delivery."""

import os
import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.receipt.proof_target import chosen_job, own_identity, write_proof
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.content_hash import content_hash, opened_file
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, reading, runs
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.cases import Case
from netrelay.cli.queries.kept_receipts import KeptReceipt, kept_receipt
from netrelay.cli.queries.this_node import OwnNode, only_dials, own_node
from netrelay.cli.wording.chosen_jobs import describe
from netrelay.cli.wording.explain import Situation, paragraph
from netrelay.core.file_names import FILE_NAME_MAX_BYTES, safe_name
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import Party, ProofFileError
from netrelay.seal.receipt_file import ReceiptFile, encode_receipt_file, told_of
from netrelay.seal.receipt_proof import sign_receipt_file

_SUFFIX = ".receipt"


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
        case = chosen_job(database, home, options.job)
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
    text = _encoded(case, kept, own, own_identity(home))
    if options.to == "-":
        write_proof("-", text)
    else:
        _place(options, case, text, home, own)
    _warn_of_another_content(case, kept, home)
    return Exit.OK


def _place(options: Namespace, case: Case, text: str, home: Home, own: OwnNode) -> None:
    """Write the file, and say what can be done with it."""
    target = Path(options.to or _name(case))
    write_proof(target, text)
    typed = printable(shlex.quote(str(target)))
    confirm(
        options,
        f"the receipt of {case.destination} for {describe(case)} is in {printable(str(target))}",
        f"`{command_there(f'receipt verify {typed}')}` verifies it on any machine, with the cards"
        f" of both nodes (--card): `{command(home, 'id --card FILE')}` writes that of {own.name}",
    )


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
    except ProofFileError as error:
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
