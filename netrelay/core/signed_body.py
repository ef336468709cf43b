"""Signed bodies (types 3 and 7): a payload followed by its Ed25519 signature (RFC 8032).

    body    payload | signature (64)
    signed  domain | u16 length of the end-to-end header | end-to-end header | payload

The domain, which ends in a zero byte, separates the purposes of signatures; the header binds the
signature to one source, destination and identity.
"""

from typing import Final

from netrelay.core.header import SIGNED_BODY_MAX_BYTES
from netrelay.core.msgpack_array import Octets, malformed

SIGNATURE_BYTES: Final = 64
SIGNED_PAYLOAD_MAX_BYTES: Final = SIGNED_BODY_MAX_BYTES - SIGNATURE_BYTES

MANIFEST_DOMAIN: Final = b"netrelay manifest v1\0"
RECEIPT_DOMAIN: Final = b"netrelay receipt v1\0"


def signed_data(end_to_end: Octets, payload: Octets) -> bytes:
    """Return the signed bytes that follow the domain."""
    return b"".join((len(end_to_end).to_bytes(2, "big"), end_to_end, payload))


def join_body(payload: bytes, signature: bytes) -> bytes:
    """Return the body of a payload and its signature; raise ValueError for an invalid length."""
    if len(signature) != SIGNATURE_BYTES or not 0 < len(payload) <= SIGNED_PAYLOAD_MAX_BYTES:
        raise ValueError(
            f"signature of {len(signature)} bytes, must have {SIGNATURE_BYTES}; "
            f"payload of {len(payload)}, must have 1 to {SIGNED_PAYLOAD_MAX_BYTES}"
        )
    return payload + signature


def split_body(body: Octets) -> tuple[bytes, bytes]:
    """Return (payload, signature); raise WireError MALFORMED for a length out of bounds.

    Verify the signature before decoding the payload.
    """
    if not SIGNATURE_BYTES < len(body) <= SIGNED_PAYLOAD_MAX_BYTES + SIGNATURE_BYTES:
        raise malformed(f"signed body of {len(body)} bytes")
    return bytes(body[:-SIGNATURE_BYTES]), bytes(body[-SIGNATURE_BYTES:])
