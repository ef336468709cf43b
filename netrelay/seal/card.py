"""The card: the small text file that introduces one node to another.

    -----BEGIN NETRELAY CARD-----
    base64 (RFC 4648 section 4) in lines of 64 characters, of  payload || signature 64
    -----END NETRELAY CARD-----

    payload     msgpack array
                [1, name, certificate DER, sealing public key, [address...], commsport]
    signature   Ed25519 by the certificate's key over "netrelay card v1" || zero byte || payload

The signature binds the sealing key and the addresses to the identity, so a card modified in transit
is refused. It does not authenticate the person who sent the card: compare the node id over another
channel. Text around the armour (a mail, a comment) is ignored.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import msgpack

from netrelay.seal.armour import has_armour, with_armour, without_armour
from netrelay.seal.certificate import CERTIFICATE_LIMIT_BYTES, certificate_pin, check_certificate
from netrelay.seal.identity import Identity
from netrelay.seal.public_key import SIGNATURE_BYTES
from netrelay.seal.seal_errors import CardError, CertificateError
from netrelay.seal.sealing import SEALING_PUBLIC_KEY_BYTES, check_sealing_public_key
from netrelay.seal.signature import verify

CARD_LIMIT_BYTES: Final = 16384  # of text; a usual card has about 2,300
CARD_VERSION: Final = 1
NAME_LIMIT_CHARACTERS: Final = 64
ADDRESS_LIMIT: Final = 8
ADDRESS_LIMIT_CHARACTERS: Final = 253  # of a host name: RFC 1035 section 2.3.4, without the root

GROUP_CARD: Final = "GROUP CARD"
"""The label of the card of a group (group_card.py)."""

_LABEL: Final = "CARD"
# Addresses of a node, or members of a group; the fields are fewer.
_MOST_ITEMS: Final = 16
_DOMAIN: Final = b"netrelay card v1\0"
# Host names, IPv4, and IPv6 with a scope after "%"; never parsed as a command-line option.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:%-]*")


@dataclass(frozen=True, slots=True)
class Card:
    """Statement of a node about itself; from `decode_card` it is checked and signed."""

    node_id: str
    name: str
    certificate_der: bytes
    sealing_public_key: bytes
    addresses: tuple[str, ...]
    commsport: int

    @property
    def pin(self) -> bytes:
        """SHA-256 of the certificate, which identifies the node in TLS connections."""
        return certificate_pin(self.certificate_der)


def encode_card(identity: Identity, name: str, addresses: tuple[str, ...], commsport: int) -> str:
    """Return this node's card as text, ready to be written to a file.

    Addresses are literals, host names or .local names, best first; none for a node that only dials.
    Raise CardError for a value that another node would refuse.
    """
    _check_statement(name, addresses, commsport)
    payload: bytes = msgpack.packb(
        [
            CARD_VERSION,
            name,
            identity.certificate_der,
            identity.sealing_key.public_bytes,
            list(addresses),
            commsport,
        ]
    )
    return with_armour(_LABEL, payload + identity.sign(_DOMAIN, payload))


def decode_card(text: str) -> Card:
    """Return the card in this text, with every field checked and the signature verified.

    Raise CardError that names the fault. A valid card proves which node made it, not that the node
    is trusted: that is decided by the person who imports it.
    """
    if has_armour(GROUP_CARD, text):
        raise CardError("this is the card of a group, not of a node")
    signed = without_armour(_LABEL, text, "card", CARD_LIMIT_BYTES)
    payload, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
    name, certificate_der, sealing_public_key, addresses, commsport = _read_payload(payload)
    try:
        checked = check_certificate(certificate_der)
    except CertificateError as error:
        raise CardError(f"card's {error}") from error
    if not verify(checked.public_key, _DOMAIN, payload, signature):
        raise CardError("card's signature is not by its certificate: changed after it was made")
    _check_statement(name, addresses, commsport)
    try:
        check_sealing_public_key(sealing_public_key)
    except ValueError as error:
        raise CardError(f"card's {error}") from error
    return Card(checked.node_id, name, certificate_der, sealing_public_key, addresses, commsport)


def _read_payload(payload: bytes) -> tuple[str, bytes, bytes, tuple[str, ...], int]:
    fields = read_card_fields(payload, "card", CARD_VERSION, 6)
    name, certificate_der, sealing_public_key, addresses, commsport = fields
    check_card_keys(name, certificate_der, sealing_public_key)
    check_field("addresses", addresses, list)
    for address in addresses:
        check_field("address", address, str)
    check_field("commsport", commsport, int)
    return name, certificate_der, sealing_public_key, tuple(addresses), commsport


def read_card_fields(payload: bytes, what: str, version: int, count: int) -> list[Any]:
    """Return the fields of a card behind its version, their types unchecked.

    count: how many there must be, the version among them. Raise CardError, which calls it `what`.
    """
    try:
        fields = msgpack.unpackb(
            payload,
            max_str_len=CARD_LIMIT_BYTES,
            max_bin_len=CARD_LIMIT_BYTES,
            max_array_len=_MOST_ITEMS,
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise CardError(f"card's content cannot be read: {error}") from error
    if not isinstance(fields, list) or not fields or type(fields[0]) is not int:
        raise CardError("card's content must begin with its version")
    if fields[0] != version:
        raise CardError(f"{what} has version {fields[0]}, this program reads {version}")
    if len(fields) != count:
        raise CardError(f"{what} has {len(fields)} fields, must have {count}")
    return fields[1:]


def check_card_keys(name: object, certificate_der: object, sealing_public_key: object) -> None:
    """Raise CardError unless these fields, which all cards have, are of their types and sizes."""
    check_field("name", name, str)
    check_field("certificate", certificate_der, bytes, CERTIFICATE_LIMIT_BYTES)
    check_field("sealing key", sealing_public_key, bytes, SEALING_PUBLIC_KEY_BYTES)


def check_field(field: str, value: object, wanted: type, limit_bytes: int | None = None) -> None:
    """Raise CardError unless a field is of this type, and of this size if it is bytes."""
    if type(value) is not wanted:
        raise CardError(f"card's {field} is {type(value).__name__}, must be {wanted.__name__}")
    if isinstance(value, bytes) and limit_bytes is not None and len(value) > limit_bytes:
        raise CardError(f"card's {field} has {len(value)} bytes, at most {limit_bytes}")


def check_card_name(name: str) -> None:
    """Raise CardError for a name that is not printed as it is."""
    # The name is printed on terminals and names a folder: no control or invisible characters.
    if (
        not 1 <= len(name) <= NAME_LIMIT_CHARACTERS
        or not name.isprintable()
        or name != name.strip()
    ):
        raise CardError(
            f"card's name {name[:80]!r} must be 1 to {NAME_LIMIT_CHARACTERS} printable characters "
            "without spaces at its ends"
        )


def _check_statement(name: str, addresses: tuple[str, ...], commsport: int) -> None:
    check_card_name(name)
    if len(addresses) > ADDRESS_LIMIT:
        raise CardError(f"card has {len(addresses)} addresses, at most {ADDRESS_LIMIT}")
    for address in addresses:
        if len(address) > ADDRESS_LIMIT_CHARACTERS or not _ADDRESS.fullmatch(address):
            raise CardError(
                f"card's address {address[:80]!r} must be a host name or a literal address"
            )
    if not 1 <= commsport <= 65535:
        raise CardError(f"card's commsport {commsport} must be 1 to 65535")
