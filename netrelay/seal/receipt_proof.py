"""Verification of a receipt file with the cards of its source and destination."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from netrelay.core.signed_body import RECEIPT_DOMAIN
from netrelay.seal.card import Card
from netrelay.seal.certificate import CERTIFICATE_LIMIT_BYTES, check_certificate
from netrelay.seal.group_card import GroupCard
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import Party, ProofFileError
from netrelay.seal.receipt_file import (
    RECEIPT_FILE_DOMAIN,
    ReceiptFile,
    Told,
    statement,
    told_of,
)
from netrelay.seal.seal_errors import CertificateError
from netrelay.seal.signature import verify


class Prover(NamedTuple):
    """A node whose signature was verified; has_card: by its card, which also gives its name."""

    node: str
    name: str
    has_card: bool


class Proof(NamedTuple):
    """Verified content of a receipt file; file: the source's word, told: the destination's."""

    source: Prover
    destination: Prover
    file: ReceiptFile
    told: Told


def sign_receipt_file(identity: Identity, file: ReceiptFile) -> bytes:
    """Return the signature of the source of a receipt file."""
    return identity.sign(RECEIPT_FILE_DOMAIN, statement(file))


def prove(file: ReceiptFile, signature: bytes, cards: Iterable[Card | GroupCard]) -> Proof:
    """Return what a receipt file proves; ProofFileError names what is not as it was signed.

    A node without a card is verified by the certificate in the file, whose key its node id names.
    """
    told = told_of(file.signed, file.epoch, file.sequence)
    by_node = {card.node_id: card for card in cards}
    for node, card in by_node.items():
        if node not in (file.source.node, file.destination.node):
            raise ProofFileError(
                f"the card of {card.name} ({node}) is neither that of its source"
                f" ({file.source.node}) nor that of its destination ({file.destination.node})"
            )
    if told.signer != file.destination.node:
        raise ProofFileError(f"its receipt is of {told.signer}, not of its destination")
    if told.source != file.source.node:
        raise ProofFileError(f"its receipt is for {told.source}, not for its source")
    destination, certificate = prover_of(file.destination, by_node)
    if not verify(certificate, RECEIPT_DOMAIN, told.data, told.signature):
        raise ProofFileError(
            f"its receipt is not signed by {destination.name} ({destination.node}):"
            " changed after it was signed, or forged"
        )
    source, certificate = prover_of(file.source, by_node)
    if not verify(certificate, RECEIPT_FILE_DOMAIN, statement(file), signature):
        raise ProofFileError(
            f"it is not signed by {source.name} ({source.node}): changed after it was written"
        )
    return Proof(source, destination, file, told)


def prover_of(party: Party, by_node: Mapping[str, Card | GroupCard]) -> tuple[Prover, bytes]:
    """Return a node and its certificate."""
    card = by_node.get(party.node)
    if card is not None:
        return Prover(party.node, card.name, has_card=True), card.certificate_der
    if party.certificate is None:
        raise ProofFileError(f"no card of {party.name} ({party.node}) was given, nor is it in it")
    if len(party.certificate) > CERTIFICATE_LIMIT_BYTES:
        raise ProofFileError(f"the certificate of {party.name} has too many bytes")
    try:
        checked = check_certificate(party.certificate)
    except CertificateError as error:
        raise ProofFileError(f"the certificate of {party.name}: {error}") from error
    if checked.node_id != party.node:
        raise ProofFileError(f"the certificate of {party.name} is of another node")
    return Prover(party.node, party.name, has_card=False), party.certificate
