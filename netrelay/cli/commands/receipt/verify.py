"""`netrelay receipt verify`: what a receipt file proves; needs no node and no home."""

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.content_hash import content_hash, opened_file, tree_hash
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.owner import own_rights
from netrelay.cli.wording.custody_words import custody_lines
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.seal.armour import has_armour
from netrelay.seal.card import CARD_LIMIT_BYTES, GROUP_CARD, Card, decode_card
from netrelay.seal.custody_file import (
    CUSTODY_FILE_MAX_BYTES,
    decode_custody_file,
    is_custody_file,
    prove_custody,
)
from netrelay.seal.group_card import GroupCard, decode_group_card
from netrelay.seal.proof_fields import ProofFileError, time_text
from netrelay.seal.receipt_file import RECEIPT_FILE_MAX_BYTES, decode_receipt_file
from netrelay.seal.receipt_proof import Proof, Prover, prove
from netrelay.seal.seal_errors import CardError


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "receipt verify",
        "Verify a receipt or custody file, on any machine: whether its nodes have signed it, and"
        "\nwhat that proves. Without the card of a node, its node id is all that is known of it.",
    )
    made.surplus_hint = ": --file goes before a content to compare"
    made.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="what `netrelay receipt` or `receipt custody --to` wrote",
    )
    made.add_argument(
        "--card",
        metavar="CARD",
        type=Path,
        action="append",
        default=[],
        help="the card of a node or group in it; may be repeated",
    )
    made.add_argument(
        "--file",
        metavar="CONTENT",
        dest="content",
        type=Path,
        help="a file or directory that is to be the one that was delivered",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- needs no node
    """Print what is proved; CommandError for anything that is not as it was signed."""
    options = parser().read(arguments)
    cards = [_card(path) for path in options.card]
    try:
        text = _read(options.file, max(RECEIPT_FILE_MAX_BYTES, CUSTODY_FILE_MAX_BYTES))
        if is_custody_file(text):
            return _print_custody(options, text, cards)
        file, signature = decode_receipt_file(text)
        proof = prove(file, signature, cards)
    except ProofFileError as error:
        raise CommandError(Exit.DATA, f"{options.file}: {error}") from error
    if options.content is not None:
        _compare(options.content, proof)
    print(printable(_proved(proof)))
    print(printable(_said(proof)))
    if options.content is not None:
        print(printable(f"{options.content} has this hash: it is that content."))
    for prover in (proof.destination, proof.source):
        if not prover.has_card:
            print(printable(f"No card of {prover.name} was given: the name is the file's word."))
    return Exit.OK


def _print_custody(options: Namespace, text: bytes, cards: list[Card | GroupCard]) -> int:
    """Print what relays have signed, and who had it last."""
    if options.content is not None:
        raise CommandError(
            Exit.USAGE, f"{options.file} is a custody file, which says no content (--file)"
        )
    file, signature = decode_custody_file(text)
    proof = prove_custody(file, signature, cards)
    names = {node: prover.name for node, prover in proof.provers.items()}
    called = f" {file.name}" if file.name else ""
    print(
        printable(
            f"{_named(proof.provers[file.source.node])} alone says, and signed: it sent the"
            f" {file.kind}{called} of {file.size_bytes} bytes to"
            f" {_named(proof.provers[file.destination.node])} as number {file.sequence} of epoch"
            f" {file.epoch.hex()}, attempt {file.attempt}."
        )
    )
    ends = file.source.node, file.destination.node
    print("\n".join(map(printable, custody_lines(proof.chain, *ends, names))))
    for prover in proof.provers.values():
        if not prover.has_card:
            print(printable(f"No card of {_named(prover)} was given: the name is the file's word."))
    return Exit.OK


def _proved(proof: Proof) -> str:
    """Return in one sentence what the destination has signed."""
    content = proof.told.content
    at = None if content is None else time_text(content.signed_unix_s or None)
    when = "" if at is None else f" at {at} by its own clock"
    what = (
        "; it signed no hash of the content"
        if content is None
        else f", and that its content has the BLAKE3 hash {content.content_hash.hex()}"
    )
    return (
        f"{_named(proof.destination)} signed{when} that it has what {_named(proof.source)} sent it"
        f" as number {proof.file.sequence} of epoch {proof.file.epoch.hex()}, attempt"
        f" {proof.told.attempt}{what}."
    )


def _said(proof: Proof) -> str:
    """Return what the source alone says of it."""
    file = proof.file
    called = f" {file.name}" if file.name else ""
    given, arrived = time_text(file.given_unix_s), time_text(file.arrived_unix_s)
    times = f"given to it at {given or 'a time not known'}"
    times += f", and the receipt arrived at {arrived}" if arrived else ""
    return (
        f"{proof.source.name} alone says, and signed: it is the {file.kind}{called} of"
        f" {file.size_bytes} bytes, {times}."
    )


def _named(prover: Prover) -> str:
    return f"{prover.name} ({prover.node})"


def _compare(path: Path, proof: Proof) -> None:
    """Raise CommandError unless a file has the hash that was signed."""
    if proof.told.content is None:
        raise CommandError(
            Exit.DATA,
            f"{path} cannot be compared: {proof.destination.name} signed no hash of the content",
        )
    if path.is_dir() != (proof.file.kind == "directory") and path.exists():
        there = "a directory" if path.is_dir() else "no directory"
        raise CommandError(
            Exit.DATA,
            f"{path} is {there}, and the receipt is for the {proof.file.kind} {proof.file.name}",
        )
    found = _tree(path) if proof.file.kind == "directory" else _content(path)
    wanted = proof.told.content.content_hash
    if found != wanted:
        raise CommandError(
            Exit.DATA,
            f"{path} is not what {proof.destination.name} has: its BLAKE3 hash is"
            f" {found.hex()}, and that of the receipt {wanted.hex()}",
        )


def _content(path: Path) -> bytes:
    descriptor = _open(path)
    try:
        return content_hash(descriptor)
    except OSError as error:
        raise CommandError(Exit.INPUT_OUTPUT, f"{path}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _tree(path: Path) -> bytes:
    try:
        with own_rights():
            return tree_hash(path)
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{path}: {printable(str(error.strerror))}") from error


def _card(path: Path) -> Card | GroupCard:
    try:
        text = _read(path, CARD_LIMIT_BYTES).decode("ascii", "replace")
        return decode_group_card(text) if has_armour(GROUP_CARD, text) else decode_card(text)
    except CardError as error:
        raise CommandError(Exit.DATA, f"{path}: {error}") from error


def _read(path: Path, limit_bytes: int) -> bytes:
    """Return the content of a file, and one byte more than the limit of one that is too large."""
    descriptor = _open(path)
    try:
        parts = b""
        while len(parts) <= limit_bytes and (part := os.read(descriptor, limit_bytes + 1)):
            parts += part
        return parts[: limit_bytes + 1]
    except OSError as error:
        raise CommandError(Exit.INPUT_OUTPUT, f"{path}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        with own_rights():
            return opened_file(path)
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{path}: {error.strerror}") from error
