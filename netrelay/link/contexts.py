"""TLS 1.3 with pinned certificates: one context to listen with, one to dial with.

Every peer's own certificate is a trust anchor, and both sides must present one. That alone is not
enough (an anchor that may sign could mint others), so each connection also looks the SHA-256 of
the peer's certificate up after the handshake: see connection.py. Host names play no part, because
an address is no identity here. No session tickets: a resumed session would skip the handshake's
proof that the peer still has its key, and its certificate would not be looked at again.
"""

import ssl
from collections.abc import Iterable
from pathlib import Path


def server_context(
    certificate_path: Path, key_path: Path, peer_certificates: Iterable[bytes]
) -> ssl.SSLContext:
    """The context for connections that others dial, with the peers' certificates in DER.

    It costs about 0.1 ms a peer on a desktop CPU, so build it once and add later peers with
    `trust`. A peer is forgotten by its pin; rebuilding only frees memory. ValueError names the
    file or certificate that cannot be used. Without peers everybody is refused.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, certificate_path, key_path, peer_certificates)
    context.num_tickets = 0
    return context


def client_context(
    certificate_path: Path, key_path: Path, peer_certificates: Iterable[bytes]
) -> ssl.SSLContext:
    """The context for connections that we dial; all that is said of `server_context` holds."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, certificate_path, key_path, peer_certificates)


def trust(context: ssl.SSLContext, peer_certificate: bytes) -> None:
    """Adds one peer's certificate in DER; handshakes that begin later know it.

    Adding the same one twice changes nothing. ValueError when it is no certificate.
    """
    try:
        context.load_verify_locations(cadata=bytes(peer_certificate))
    except (ssl.SSLError, ValueError) as error:
        raise ValueError(
            f"peer certificate of {len(peer_certificate)} bytes cannot be used: {error}"
        ) from error


def _context(
    protocol: int, certificate_path: Path, key_path: Path, peer_certificates: Iterable[bytes]
) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate_path, key_path, password=_no_password)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"TLS cannot use certificate {certificate_path} with key {key_path}: {error}"
        ) from error
    for certificate in peer_certificates:
        trust(context, certificate)
    return context


def _no_password() -> str:
    # Without this OpenSSL would ask for a password on the terminal, and wait.
    raise ValueError("the key is encrypted")
