"""Cards: round trips, and refusal of whatever its node did not sign."""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.seal import identity
from netrelay.seal.card import Card, decode_card, encode_card
from netrelay.seal.certificate import certificate_pin
from netrelay.seal.identity import Identity
from netrelay.seal.seal_errors import CardError
from netrelay.seal.sealing import SealingPrivateKey

DOMAIN = b"netrelay card v1\0"
ADDRESSES = ("192.0.2.7", "2001:db8::7", "fe80::1%eth0", "kitchen.local")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return identity.create(tmp_path_factory.mktemp("node") / "identity")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return identity.create(tmp_path_factory.mktemp("other") / "identity")


@pytest.fixture(scope="module")
def text(node: Identity) -> str:
    return encode_card(node, "kitchen", ADDRESSES, 7411)


def armoured(signed: bytes) -> str:
    body = b64encode(signed).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN NETRELAY CARD-----", *lines, "-----END NETRELAY CARD-----", ""])


def signed_of(text: str) -> bytes:
    return b64decode("".join(text.splitlines()[1:-1]))


def fields_of(text: str) -> list[Any]:
    return msgpack.unpackb(signed_of(text)[:-64])  # type: ignore[no-any-return]


def card_of(node: Identity, fields: object) -> str:
    payload = msgpack.packb(fields)
    return armoured(payload + node.sign(DOMAIN, payload))


def test_card_round_trip(node: Identity, text: str) -> None:
    assert decode_card(text) == Card(
        node_id=node.node_id,
        name="kitchen",
        certificate_der=node.certificate_der,
        sealing_public_key=node.sealing_key.public_bytes,
        addresses=ADDRESSES,
        commsport=7411,
    )
    assert decode_card(text).pin == certificate_pin(node.certificate_der)


def test_the_encoding_is_the_documented_one(node: Identity, text: str) -> None:
    lines = text.split("\n")
    assert lines[0] == "-----BEGIN NETRELAY CARD-----"
    assert lines[-2:] == ["-----END NETRELAY CARD-----", ""]
    assert {len(line) for line in lines[1:-3]} == {64}
    assert fields_of(text) == [
        1,
        "kitchen",
        node.certificate_der,
        node.sealing_key.public_bytes,
        list(ADDRESSES),
        7411,
    ]
    assert text == card_of(node, fields_of(text))


def test_surrounding_text_and_line_ends_are_ignored(text: str) -> None:
    mail = "Hello,\nhere is my card.\n\n" + text + "\n-- \nbye\n"
    assert decode_card(mail) == decode_card(text)
    assert decode_card(text.replace("\n", " \r\n  ")) == decode_card(text)


def test_a_node_that_only_dials_has_no_address(node: Identity) -> None:
    assert decode_card(encode_card(node, "boat", (), 7411)).addresses == ()


@given(data=st.data())
def test_every_changed_byte_is_refused(text: str, data: st.DataObject) -> None:
    signed = bytearray(signed_of(text))
    position = data.draw(st.integers(0, len(signed) - 1))
    signed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CardError):
        decode_card(armoured(bytes(signed)))


@given(st.binary(max_size=300))
def test_noise_is_refused_with_a_reason(noise: bytes) -> None:
    with pytest.raises(CardError):
        decode_card(armoured(noise))


def test_a_foreign_sealing_key_is_refused(node: Identity, other: Identity, text: str) -> None:
    fields = fields_of(text)
    fields[3] = SealingPrivateKey.generate().public_bytes
    payload = msgpack.packb(fields)
    with pytest.raises(CardError, match="signature"):
        decode_card(armoured(payload + signed_of(text)[-64:]))
    with pytest.raises(CardError, match="signature"):
        decode_card(card_of(other, fields))


def test_a_signature_for_another_purpose_is_refused(node: Identity, text: str) -> None:
    payload = signed_of(text)[:-64]
    with pytest.raises(CardError, match="signature"):
        decode_card(armoured(payload + node.sign(b"netrelay manifest v1\0", payload)))


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        (0, 2, "version 2"),
        (0, True, "begin with its version"),
        (0, "1", "begin with its version"),
        (1, b"kitchen", "name is bytes"),
        (1, "", "name ''"),
        (1, "a" * 65, "name"),
        (1, "a\nb", "name"),
        (1, "a\x1b[2J", "name"),
        (1, "a\u202eb", "name"),  # right-to-left override
        (1, " a", "name"),
        (2, b"", "certificate is not X.509"),
        (2, bytes(3000), "certificate has 3000 bytes"),
        (2, "text", "certificate is str"),
        (3, b"", "sealing key"),
        (3, bytes(1217), "sealing key"),
        (3, bytes(1216), "sealing key"),
        (4, "192.0.2.7", "addresses is str"),
        (4, [7], "address is int"),
        (4, [""], "address ''"),
        (4, ["-oProxyCommand=x"], "address"),
        (4, ["a b"], "address"),
        (4, ["a/b"], "address"),
        (4, ["a\n"], "address"),
        (4, ["ä.example"], "address"),
        (4, ["a" * 254], "address"),
        (4, ["a"] * 9, "9 addresses"),
        (5, 0, "commsport 0"),
        (5, 65536, "commsport 65536"),
        (5, True, "commsport is bool"),
        (5, "7411", "commsport is str"),
    ],
)
def test_a_signed_field_out_of_bounds_is_refused(
    node: Identity, text: str, field: int, value: object, what: str
) -> None:
    fields = fields_of(text)
    fields[field] = value
    with pytest.raises(CardError, match=what):
        decode_card(card_of(node, fields))


def test_the_number_of_fields_is_fixed(node: Identity, text: str) -> None:
    with pytest.raises(CardError, match="5 fields"):
        decode_card(card_of(node, fields_of(text)[:-1]))
    with pytest.raises(CardError, match="7 fields"):
        decode_card(card_of(node, [*fields_of(text), 0]))
    with pytest.raises(CardError, match="version"):
        decode_card(card_of(node, []))
    with pytest.raises(CardError, match="content"):
        decode_card(card_of(node, {"name": "kitchen"}))


def test_exactly_one_card_is_required(text: str) -> None:
    for wrong in ("", text + text, text.replace("END", "FIN"), text.replace("BEGIN", "START")):
        with pytest.raises(CardError, match="one line"):
            decode_card(wrong)
    lines = text.splitlines()
    with pytest.raises(CardError):
        decode_card("\n".join([lines[-1], *lines[1:-1], lines[0]]))


def test_a_file_over_the_limit_is_refused(text: str) -> None:
    with pytest.raises(CardError, match="more than 16384 bytes"):
        decode_card(text + " " * 16384)
    with pytest.raises(CardError, match="more than 16384 bytes"):
        decode_card(text + "ä" * 8000)


@pytest.mark.parametrize("bad", ["!", "=", "ä"])
def test_invalid_base64_is_refused(text: str, bad: str) -> None:
    lines = text.splitlines()
    lines[1] = bad + lines[1][1:]
    with pytest.raises(CardError, match="not base64"):
        decode_card("\n".join(lines))


def test_encoding_refuses_whatever_decoding_refuses(node: Identity) -> None:
    with pytest.raises(CardError, match="name"):
        encode_card(node, "", (), 7411)
    with pytest.raises(CardError, match="address"):
        encode_card(node, "kitchen", ("not an address",), 7411)
    with pytest.raises(CardError, match="commsport"):
        encode_card(node, "kitchen", (), 0)


def test_the_largest_card_is_within_its_limit(node: Identity, tmp_path: Path) -> None:
    text = encode_card(node, "ä" * 64, ("a" * 253,) * 8, 65535)
    (tmp_path / "card").write_text(text, encoding="utf-8")
    assert decode_card((tmp_path / "card").read_text(encoding="utf-8")).commsport == 65535
