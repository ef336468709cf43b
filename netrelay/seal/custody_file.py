"""The custody file: what relays signed of one file, for whoever has no node; one JSON object.

    format        "netrelay custody 1"
    source        node, name, certificate (base64 of DER; null: not known)
    destination   likewise
    message       epoch (hexadecimal), sequence, attempt
    content       kind (file, directory, text), name, size_bytes
    given_to      the node id of the next hop that acknowledged all of it to the source, or null
    words         array of objects: relay (as source), word (base64 of word and signature)
    signature     base64 of the source's Ed25519 signature of all the others

The source signs "netrelay custody file v1" || zero byte || the object without its signature, as a
receipt file is signed. content and given_to are the word of the source alone; each relay has signed
its own (core/custody_word.py).
"""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from netrelay.core.custody_chain import Chain, chain_of
from netrelay.core.custody_word import (
    CUSTODY_DOMAIN,
    CustodySubject,
    CustodyWord,
    decode_custody,
    signed_custody,
    split_custody,
)
from netrelay.core.node_id import node_id_bytes
from netrelay.seal.card import Card
from netrelay.seal.group_card import GroupCard
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import (
    NAME_MAX_CHARACTERS,
    Party,
    ProofFileError,
    base64_text,
    canonical,
    compare,
    hexadecimal_at,
    integer_at,
    octets,
    party_at,
    party_fields,
    signed_object,
    text_at,
)
from netrelay.seal.receipt_file import KINDS
from netrelay.seal.receipt_proof import Prover, prover_of
from netrelay.seal.signature import verify

CUSTODY_FILE_DOMAIN: Final = b"netrelay custody file v1\0"
CUSTODY_FORMAT: Final = "netrelay custody 1"
WORDS_MAX: Final = 16
# Sixteen relays with a certificate of 1 KiB, and a name of 1,024 bytes, have 50,000.
CUSTODY_FILE_MAX_BYTES: Final = 131_072


class RelayWord(NamedTuple):
    """A word and the signature of one relay."""

    relay: Party
    signed: bytes


class CustodyFile(NamedTuple):
    """The fields of a custody file."""

    source: Party
    destination: Party
    epoch: bytes
    sequence: int
    attempt: int
    kind: str
    name: str
    size_bytes: int
    given_to: str | None
    words: tuple[RelayWord, ...]

    @property
    def subject(self) -> CustodySubject:
        """The message that the words are about."""
        ends = self.source.node, self.destination.node
        return CustodySubject(*ends, self.epoch, self.sequence, self.attempt)


class CustodyProof(NamedTuple):
    """Verified content of a custody file; provers: source, destination and relays, by node id."""

    file: CustodyFile
    chain: Chain
    provers: dict[str, Prover]


def statement(file: CustodyFile) -> bytes:
    """Return what the source signs of a custody file, after its domain."""
    return canonical(_fields(file))


def sign_custody_file(identity: Identity, file: CustodyFile) -> bytes:
    """Return the signature of the source of a custody file."""
    return identity.sign(CUSTODY_FILE_DOMAIN, statement(file))


def encode_custody_file(file: CustodyFile, signature: bytes) -> str:
    """Return the text of a custody file with the signature of its source."""
    return json.dumps({**_fields(file), "signature": base64_text(signature)}, indent=2) + "\n"


def is_custody_file(text: bytes) -> bool:
    """Return whether a text is an object with the format of a custody file, right or wrong."""
    try:
        found = json.loads(text[:CUSTODY_FILE_MAX_BYTES])
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("format") == CUSTODY_FORMAT


def decode_custody_file(text: bytes) -> tuple[CustodyFile, bytes]:
    """Return the file in this text and its signature; no signature is verified.

    Raise ProofFileError for anything else than what `encode_custody_file` returns, but for spaces
    between the elements, and their order.
    """
    found = signed_object(text, "custody file", CUSTODY_FORMAT, CUSTODY_FILE_MAX_BYTES)
    words = found.get("words")
    if not isinstance(words, list) or len(words) > WORDS_MAX:
        raise ProofFileError(f"words must be an array of at most {WORDS_MAX}")
    given_to = found.get("given_to")
    if given_to is not None:
        if not isinstance(given_to, str):
            raise ProofFileError("given_to must be a node id or null")
        try:
            node_id_bytes(given_to)
        except ValueError as error:
            raise ProofFileError(f"given_to: {error}") from error
    file = CustodyFile(
        party_at(found, "source"),
        party_at(found, "destination"),
        hexadecimal_at(found, "message", "epoch", 8),
        integer_at(found, "message", "sequence"),
        integer_at(found, "message", "attempt"),
        text_at(found, "content", "kind"),
        text_at(found, "content", "name", NAME_MAX_CHARACTERS),
        integer_at(found, "content", "size_bytes"),
        given_to,
        tuple(_word(each) for each in words),
    )
    if file.kind not in KINDS:
        raise ProofFileError(f"content.kind {file.kind[:80]!r} must be one of {', '.join(KINDS)}")
    if not 1 <= file.attempt < 1 << 32:
        raise ProofFileError("message.attempt must be a number from 1 to 2^32-1")
    if len({each.relay.node for each in file.words}) < len(file.words):
        raise ProofFileError("words holds two of one relay")
    signature = octets("signature", found.get("signature"))
    compare({**_fields(file), "signature": base64_text(signature)}, found)
    return file, signature


def prove_custody(
    file: CustodyFile, signature: bytes, cards: Iterable[Card | GroupCard]
) -> CustodyProof:
    """Return what a custody file proves; ProofFileError names what is not as it was signed.

    A node without a card is verified by the certificate in the file, whose key its node id names.
    """
    by_node = {card.node_id: card for card in cards}
    parties = {each.node: each for each in (file.source, file.destination)}
    parties |= {each.relay.node: each.relay for each in file.words}
    for node, card in by_node.items():
        if node not in parties:
            raise ProofFileError(f"the card of {card.name} ({node}) is of no node in it")
    source, certificate = prover_of(file.source, by_node)
    provers = {source.node: source}
    words: dict[str, CustodyWord] = {}
    for relay, signed in file.words:
        prover, key = prover_of(relay, by_node)
        word = decode_custody(signed)
        said, word_signature = split_custody(signed)
        data = signed_custody(file.subject, said)
        if word is None or not verify(key, CUSTODY_DOMAIN, data, word_signature):
            raise ProofFileError(
                f"the word of {prover.name} ({prover.node}) is not signed by it:"
                " changed after it was signed, about another message, or forged"
            )
        words[relay.node], provers[relay.node] = word, prover
    if not verify(certificate, CUSTODY_FILE_DOMAIN, statement(file), signature):
        raise ProofFileError(
            f"it is not signed by {source.name} ({source.node}): changed after it was written"
        )
    destination = by_node.get(file.destination.node)
    name = file.destination.name if destination is None else destination.name
    provers.setdefault(
        file.destination.node,
        Prover(file.destination.node, name, has_card=destination is not None),
    )
    chain = chain_of(file.source.node, file.destination.node, file.given_to, words)
    return CustodyProof(file, chain, provers)


def _word(found: object) -> RelayWord:
    if not isinstance(found, dict):
        raise ProofFileError("each of words must be an object")
    signed = octets("words.word", found.get("word"))
    if decode_custody(signed) is None:
        raise ProofFileError("words.word is no custody word with its signature")
    return RelayWord(party_at(found, "relay"), signed)


def _fields(file: CustodyFile) -> dict[str, Any]:
    return {
        "format": CUSTODY_FORMAT,
        "source": party_fields(file.source),
        "destination": party_fields(file.destination),
        "message": {
            "epoch": file.epoch.hex(),
            "sequence": file.sequence,
            "attempt": file.attempt,
        },
        "content": {"kind": file.kind, "name": file.name, "size_bytes": file.size_bytes},
        "given_to": file.given_to,
        "words": [
            {"relay": party_fields(relay), "word": base64_text(signed)}
            for relay, signed in file.words
        ],
    }
