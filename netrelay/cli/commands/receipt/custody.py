"""`netrelay receipt custody`: which relays signed for a file, and which had it last."""

from argparse import Namespace
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.receipt.proof_target import chosen_job, own_identity, write_proof
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import reading
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.cases import Case
from netrelay.cli.queries.job_custody import Custody, custody_of, relay_names
from netrelay.cli.queries.this_node import OwnNode, own_node
from netrelay.cli.text import json_line
from netrelay.cli.wording.chosen_jobs import describe
from netrelay.cli.wording.custody_words import custody_lines, last_holder
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.seal.custody_file import (
    CustodyFile,
    RelayWord,
    encode_custody_file,
    sign_custody_file,
)
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import Party


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "receipt custody",
        "Say which relays have signed that they took a file of this node and gave it on, and which"
        "\nhad it last. Relays are asked for that where `files.custody` is true.",
    )
    made.add_argument("job", metavar="JOB|FILE", help="a job's number, or a file's name")
    made.add_argument(
        "--to",
        metavar="PATH",
        help="write a custody file there, for `netrelay receipt verify`; - is stdout",
    )
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the chain, or write it into a file, which replaces nothing."""
    options = parser().read(arguments)
    if options.to is not None:
        require_owner(home, "may not read its keys")
    with reading(home) as database:
        case = chosen_job(database, home, options.job)
        own = own_node(database)
        custody = custody_of(database, case.job)
        names = {**relay_names(database), own.node: own.name}
    assert custody is not None
    if options.to is not None:
        _write(options, case, custody, own, own_identity(home))
        return Exit.OK
    chain = custody.chain()
    ends = custody.source, custody.destination
    if options.json:
        last = chain.last
        fields = {
            "job": case.job,
            "name": case.name,
            "last_holder": own.node if last is None else last.node,
            "links": [
                {
                    "node": link.node,
                    "named_by": link.named_by,
                    "word": None if link.word is None else link.word._asdict(),
                }
                for link in chain.links
            ],
            "strangers": list(chain.strangers),
            "text": last_holder(chain, *ends, names),
        }
        print(json_line("custody", fields))
        return Exit.OK
    lines = custody_lines(chain, *ends, names)
    if case.state == "F":
        lines[-1] = (
            f"{describe(case)} is delivered: {case.destination} has signed a receipt for it."
        )
    print("\n".join(map(printable, lines)))
    return Exit.OK


def _write(
    options: Namespace, case: Case, custody: Custody, own: OwnNode, identity: Identity
) -> None:
    if not custody.words:
        raise CommandError(Exit.UNAVAILABLE, f"no relay has signed for {describe(case)}")
    file = CustodyFile(
        Party(own.node, own.name, identity.certificate_der),
        Party(custody.destination, case.destination, custody.certificate),
        custody.epoch,
        custody.sequence,
        custody.attempt,
        case.kind,
        case.name or "",
        case.size_bytes,
        custody.given_to,
        tuple(
            RelayWord(Party(each.relay, each.name, each.certificate), each.signed)
            for each in custody.words
        ),
    )
    write_proof(options.to, encode_custody_file(file, sign_custody_file(identity, file)))
