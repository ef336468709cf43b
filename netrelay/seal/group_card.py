"""The card of a group: the small text file by which sources enrol it.

    -----BEGIN NETRELAY GROUP CARD-----     see armour.py; of  payload || signature 64

    payload     msgpack array
                [1, name, certificate DER, sealing public key, [node id of a member (20)...]]
    signature   Ed25519 by the certificate's key over
                "netrelay group card v1" || zero byte || payload

A group listens nowhere: sources reach it through its members, which are named in the order in which
they are to be tried. Any member can sign another card.
"""

from dataclasses import dataclass
from typing import Final

import msgpack

from netrelay.core.node_id import NODE_ID_BYTES, node_id_bytes, node_id_text
from netrelay.seal.armour import with_armour, without_armour
from netrelay.seal.card import (
    CARD_LIMIT_BYTES,
    GROUP_CARD,
    check_card_keys,
    check_card_name,
    check_field,
    read_card_fields,
)
from netrelay.seal.certificate import certificate_pin, check_certificate
from netrelay.seal.identity import Identity
from netrelay.seal.public_key import SIGNATURE_BYTES
from netrelay.seal.seal_errors import CardError, CertificateError
from netrelay.seal.sealing import check_sealing_public_key
from netrelay.seal.signature import verify

MOST_MEMBERS: Final = 16
"""As many as a peer has next hops."""

_VERSION: Final = 1
_DOMAIN: Final = b"netrelay group card v1\0"


@dataclass(frozen=True, slots=True)
class GroupCard:
    """Statement of a member about its group; from `decode_group_card` it is checked and signed."""

    node_id: str
    name: str
    certificate_der: bytes
    sealing_public_key: bytes
    members: tuple[str, ...]

    @property
    def pin(self) -> bytes:
        """SHA-256 of the certificate; nobody listens under it."""
        return certificate_pin(self.certificate_der)


def encode_group_card(group: Identity, name: str, members: tuple[str, ...]) -> str:
    """Return the card of a group as text; members: node ids, the preferred one first.

    Raise CardError for a value that another node would refuse.
    """
    _check_statement(group.node_id, name, members)
    payload: bytes = msgpack.packb(
        [
            _VERSION,
            name,
            group.certificate_der,
            group.sealing_key.public_bytes,
            [node_id_bytes(member) for member in members],
        ]
    )
    return with_armour(GROUP_CARD, payload + group.sign(_DOMAIN, payload))


def decode_group_card(text: str) -> GroupCard:
    """Return the card in this text, with every field checked and the signature verified.

    Raise CardError that names the fault.
    """
    signed = without_armour(GROUP_CARD, text, "card", CARD_LIMIT_BYTES)
    payload, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
    name, certificate_der, sealing_public_key, members = _read_payload(payload)
    try:
        checked = check_certificate(certificate_der)
    except CertificateError as error:
        raise CardError(f"card's {error}") from error
    if not verify(checked.public_key, _DOMAIN, payload, signature):
        raise CardError("card's signature is not by its certificate: changed after it was made")
    _check_statement(checked.node_id, name, members)
    try:
        check_sealing_public_key(sealing_public_key)
    except ValueError as error:
        raise CardError(f"card's {error}") from error
    return GroupCard(checked.node_id, name, certificate_der, sealing_public_key, members)


def _read_payload(payload: bytes) -> tuple[str, bytes, bytes, tuple[str, ...]]:
    fields = read_card_fields(payload, "card of a group", _VERSION, 5)
    name, certificate_der, sealing_public_key, members = fields
    check_card_keys(name, certificate_der, sealing_public_key)
    check_field("members", members, list)
    for member in members:
        if type(member) is not bytes or len(member) != NODE_ID_BYTES:
            raise CardError(f"card's member must be a node id of {NODE_ID_BYTES} bytes")
    nodes = tuple(node_id_text(member) for member in members)
    return name, certificate_der, sealing_public_key, nodes


def _check_statement(group: str, name: str, members: tuple[str, ...]) -> None:
    check_card_name(name)
    if not 1 <= len(members) <= MOST_MEMBERS:
        raise CardError(f"card has {len(members)} members, must have 1 to {MOST_MEMBERS}")
    if group in members:
        raise CardError(
            f"the group {name} holds itself: {group} is among its members; allowed: nodes"
        )
    twice = next((each for number, each in enumerate(members) if each in members[:number]), None)
    if twice is not None:
        raise CardError(f"card has the member {twice} twice; allowed: once")
