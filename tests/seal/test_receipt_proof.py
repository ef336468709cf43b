"""Proofs: both signatures count, and no byte of what was signed can be changed."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from netrelay.seal import identity
from netrelay.seal.card import Card, decode_card, encode_card
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import Party, ProofFileError
from netrelay.seal.receipt_file import ReceiptFile, decode_receipt_file, encode_receipt_file
from netrelay.seal.receipt_proof import prove, sign_receipt_file
from tests.seal.receipt_files import CONTENT, entry, receipt_file, signed_by


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, Identity]:
    folder = tmp_path_factory.mktemp("nodes")
    return identity.create(folder / "shelf"), identity.create(folder / "boat")


@pytest.fixture(scope="module")
def file(nodes: tuple[Identity, Identity]) -> ReceiptFile:
    source, destination = nodes
    return receipt_file(*nodes, signed_by(destination, source, entry(destination)))


def card_of(node: Identity, name: str) -> Card:
    return decode_card(encode_card(node, name, (), 7411))


def refused(file: ReceiptFile, signature: bytes, *cards: Card) -> str:
    with pytest.raises(ProofFileError) as error:
        prove(file, signature, cards)
    return str(error.value)


def test_both_nodes_have_signed_it(nodes: tuple[Identity, Identity], file: ReceiptFile) -> None:
    source, destination = nodes
    cards = [card_of(source, "the shelf"), card_of(destination, "the boat")]
    proof = prove(file, sign_receipt_file(source, file), cards)
    assert proof.source == (source.node_id, "the shelf", True)
    assert proof.destination == (destination.node_id, "the boat", True)
    assert proof.told.content == CONTENT


def test_without_cards_the_certificates_in_it_are_used(
    nodes: tuple[Identity, Identity], file: ReceiptFile
) -> None:
    source, destination = nodes
    proof = prove(file, sign_receipt_file(source, file), [])
    assert proof.destination == (destination.node_id, "boat", False)
    bare = file._replace(destination=file.destination._replace(certificate=None))
    signature = sign_receipt_file(source, bare)
    assert "no card of boat" in refused(bare, signature)
    assert prove(bare, signature, [card_of(destination, "boat")]).destination.has_card


def test_each_byte_of_the_receipt_counts(
    nodes: tuple[Identity, Identity], file: ReceiptFile
) -> None:
    """Even where the source signs the changed file."""
    source, _ = nodes
    for place in range(len(file.signed)):
        for bit in (0x01, 0x80):
            signed = bytearray(file.signed)
            signed[place] ^= bit
            with pytest.raises(ProofFileError):
                forged = file._replace(signed=bytes(signed))
                prove(forged, sign_receipt_file(source, forged), [])


def test_each_character_of_the_file_counts(
    nodes: tuple[Identity, Identity], file: ReceiptFile
) -> None:
    source, _ = nodes
    text = encode_receipt_file(file, sign_receipt_file(source, file)).encode()
    kept = 0
    for place, byte in enumerate(text):
        for other in (byte ^ 0x01, byte ^ 0x20):
            changed = text[:place] + bytes([other]) + text[place + 1 :]
            with suppress(ProofFileError):
                prove(*decode_receipt_file(changed), [])
                # Another space between two fields, or a capital in an escape.
                assert json.loads(changed) == json.loads(text)
                kept += 1
    assert kept < len(text) // 50


def test_each_word_of_the_source_counts(
    nodes: tuple[Identity, Identity], file: ReceiptFile
) -> None:
    source, _ = nodes
    signature = sign_receipt_file(source, file)
    for change in (
        {"name": "other.jpg"},
        {"size_bytes": 124},
        {"kind": "text"},
        {"given_unix_s": 1},
        {"arrived_unix_s": 1},
        {"destination": file.destination._replace(name="other")},
    ):
        assert "not signed by shelf" in refused(file._replace(**change), signature)


def test_another_node_cannot_stand_in(
    nodes: tuple[Identity, Identity], file: ReceiptFile, tmp_path: Path
) -> None:
    source, destination = nodes
    thief = identity.create(tmp_path / "thief")
    party = Party(thief.node_id, "boat", thief.certificate_der)
    own = receipt_file(source, thief, file.signed)
    assert "its receipt is of" in refused(own, sign_receipt_file(source, own))
    other = file._replace(source=party)
    assert "its receipt is for" in refused(other, sign_receipt_file(thief, other))
    swapped = file._replace(destination=file.destination._replace(certificate=party.certificate))
    assert "is of another node" in refused(swapped, sign_receipt_file(source, swapped))
    assert "not signed by shelf" in refused(file, sign_receipt_file(thief, file))
    forged = file._replace(signed=file.signed[:-64] + signed_by(thief, source, entry(thief))[-64:])
    assert "not signed by boat" in refused(forged, sign_receipt_file(source, forged))
    assert "neither that of its source" in refused(
        file, sign_receipt_file(source, file), card_of(thief, "thief")
    )
    assert prove(file, sign_receipt_file(source, file), [card_of(destination, "boat")])
