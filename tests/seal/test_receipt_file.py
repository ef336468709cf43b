"""Receipt files: round trips, and refusal of anything that is not as it was written."""

import json
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.receipt import ReceiptVerdict
from netrelay.seal import identity
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import ProofFileError
from netrelay.seal.receipt_file import (
    RECEIPT_FILE_MAX_BYTES,
    decode_receipt_file,
    encode_receipt_file,
    told_of,
)
from netrelay.seal.receipt_proof import sign_receipt_file
from tests.seal.receipt_files import CONTENT, EPOCH, SEQUENCE, entry, receipt_file, signed_by


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, Identity]:
    folder = tmp_path_factory.mktemp("nodes")
    return identity.create(folder / "shelf"), identity.create(folder / "boat")


@pytest.fixture(scope="module")
def text(nodes: tuple[Identity, Identity]) -> bytes:
    source, destination = nodes
    file = receipt_file(*nodes, signed_by(destination, source, entry(destination)))
    return encode_receipt_file(file, sign_receipt_file(source, file)).encode()


def changed(text: bytes, place: str, value: object) -> bytes:
    """Return the file with another value in a field."""
    fields = json.loads(text)
    *parents, name = place.split(".")
    within = fields
    for parent in parents:
        within = within[parent]
    within[name] = value
    return json.dumps(fields).encode()


def test_a_file_comes_back(nodes: tuple[Identity, Identity], text: bytes) -> None:
    file, signature = decode_receipt_file(text)
    assert encode_receipt_file(file, signature).encode() == text
    assert file.name == "größe\x1b.jpg"
    assert told_of(file.signed, EPOCH, SEQUENCE).content == CONTENT
    assert decode_receipt_file(json.dumps(json.loads(text)).encode()) == (file, signature)


def test_a_person_can_read_it(text: bytes) -> None:
    fields = json.loads(text)
    assert fields["content"]["blake3"] == bytes(range(32)).hex()
    assert fields["times"] == {
        "given": "2027-01-15T07:43:20Z",
        "receipt_arrived": None,
        "signed": "2027-01-15T08:00:00Z",
    }
    assert text.isascii()


def test_a_receipt_that_says_no_content_has_none(nodes: tuple[Identity, Identity]) -> None:
    source, destination = nodes
    file = receipt_file(*nodes, signed_by(destination, source, entry(destination, None)))
    fields = json.loads(encode_receipt_file(file, bytes(64)))
    assert (fields["content"]["blake3"], fields["times"]["signed"]) == (None, None)


def test_the_largest_receipt_fits(nodes: tuple[Identity, Identity]) -> None:
    source, destination = nodes
    others = [entry(destination)._replace(sequence=2**62 + n) for n in range(686)]
    signed = signed_by(destination, source, *others, entry(destination))
    assert 65_000 < len(signed) < 65_536 + 512
    file = receipt_file(*nodes, signed)._replace(name="\x1b" * 4096)
    text = encode_receipt_file(file, bytes(64)).encode()
    assert len(text) < RECEIPT_FILE_MAX_BYTES
    assert decode_receipt_file(text) == (file, bytes(64))


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ("format", "netrelay receipt 2", "its format is not 'netrelay receipt 1'"),
        ("source.node", "A" * 32, "source.node: node id"),
        ("source.name", 5, "source.name must be a text"),
        ("source.certificate", "*", "source.certificate is not base64"),
        ("message.epoch", "00", "message.epoch has 1 bytes, must have 8"),
        ("message.epoch", EPOCH.hex().upper()[:-1] + "x", "message.epoch is not hexadecimal"),
        ("message.epoch", " " + EPOCH.hex(), "message.epoch is not what was signed"),
        ("message.sequence", True, "message.sequence must be a number"),
        ("message.sequence", 42.0, "message.sequence must be a number"),
        ("message.sequence", -1, "message.sequence must be a number"),
        ("message.sequence", 2**63, "message.sequence must be a number"),
        ("message.sequence", 43, "does not say that message 43"),
        ("message.attempt", 2, "message.attempt is not what was signed"),
        ("message.attempt", 1.0, "message.attempt is not what was signed"),
        ("content.kind", "link", "content.kind 'link' must be one of file, directory, text"),
        ("content.name", "x" * 4097, "content.name must be a text of at most 4096"),
        ("content.blake3", "00" * 32, "content.blake3 is not what was signed"),
        ("content.blake3", None, "content.blake3 is not what was signed"),
        ("times.signed", None, "times.signed is not what was signed"),
        ("times.given", "yesterday", "times.given is no time"),
        ("times.given", "2027-1-15T07:43:20Z", "times.given is not what was signed"),
        ("times.given", 5, "times.given must be a text"),
        ("receipt", None, "receipt must be a text in base64"),
        ("receipt", "AAAA", "its receipt is malformed"),
        ("signature", "AAB=", "signature is not what was signed, or not spelled"),
        ("more", 1, "'more' is none of its fields"),
        ("content.more", 1, "'content.more' is none of its fields"),
        ("content", [], "content.kind is missing"),
    ],
)
def test_what_is_not_as_it_is_written_is_refused(
    text: bytes, place: str, value: object, why: str
) -> None:
    with pytest.raises(ProofFileError) as refused:
        decode_receipt_file(changed(text, place, value))
    assert why in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"format": ' * 10_000,
        b'{"format": ' + b"9" * 100_000 + b"}",
        b'{"format": NaN}',
        b" " * (RECEIPT_FILE_MAX_BYTES + 1),
    ],
)
def test_other_bytes_are_no_receipt_file(text: bytes) -> None:
    with pytest.raises(ProofFileError):
        decode_receipt_file(text)


def test_lists_within_lists_are_refused_however_deep(text: bytes) -> None:
    """json writes a few levels less than it reads."""
    for levels in range(700, 1000):
        deep = text.replace(b'"attempt": ', b'"attempt": ' + b"[" * levels + b"]" * levels + b", ")
        deep = re.sub(rb"\], \d+", b"]", deep)
        assert len(deep) > len(text)
        with pytest.raises(ProofFileError):
            decode_receipt_file(deep)


def test_a_field_that_is_there_twice_is_refused(text: bytes) -> None:
    doubled = text.replace(b'"kind": "file",', b'"kind": "text", "kind": "file",')
    assert doubled != text
    with pytest.raises(ProofFileError, match="a field is there twice"):
        decode_receipt_file(doubled)


@pytest.mark.parametrize("field", ["content", "times", "message", "receipt", "signature"])
def test_a_field_that_is_missing_is_named(text: bytes, field: str) -> None:
    fields = json.loads(text)
    del fields[field]
    with pytest.raises(ProofFileError, match=field):
        decode_receipt_file(json.dumps(fields).encode())


@given(st.binary(max_size=200))
def test_any_bytes_in_place_of_the_receipt_are_refused(signed: bytes) -> None:
    with pytest.raises(ProofFileError):
        told_of(signed, EPOCH, SEQUENCE)


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": ReceiptVerdict.FAILED},
        {"verdict": ReceiptVerdict.WITHDRAWN},
        {"epoch": bytes(8)},
        {"sequence": SEQUENCE + 1},
    ],
)
def test_only_complete_is_a_proof(nodes: tuple[Identity, Identity], fields: dict[str, Any]) -> None:
    source, destination = nodes
    signed = signed_by(destination, source, entry(destination)._replace(**fields))
    with pytest.raises(ProofFileError, match="does not say that message 42"):
        told_of(signed, EPOCH, SEQUENCE)


def test_the_hint_of_a_relay_is_no_proof(nodes: tuple[Identity, Identity], tmp_path: Path) -> None:
    """Its entry names the destination, and it is signed by another node."""
    source, destination = nodes
    relay = identity.create(tmp_path / "relay")
    with pytest.raises(ProofFileError, match="does not say that message 42"):
        told_of(signed_by(relay, source, entry(destination)), EPOCH, SEQUENCE)


def test_another_spelling_of_base64_is_refused(text: bytes) -> None:
    fields = json.loads(text)
    spelled = fields["source"]["certificate"]
    last = spelled.rstrip("=")[-1]
    other = chr(ord(last) + 1)
    again = spelled.rstrip("=")[:-1] + other + "=" * spelled.count("=")
    if b64decode(again) == b64decode(spelled):
        fields["source"]["certificate"] = again
        with pytest.raises(ProofFileError, match="not spelled as it is"):
            decode_receipt_file(json.dumps(fields).encode())
    assert b64encode(b64decode(spelled)).decode() == spelled
