"""TLS 1.3 contexts with mutual authentication, for certificate pinning.

Each peer's certificate is a trust anchor, and both sides must present one. An anchor that may sign
could issue further certificates, so connection.py also looks up the SHA-256 of the peer's
certificate after the handshake. Host names are not checked: identity is the pinned certificate, not
the address. The server sends no session tickets: they cost more than they save (decision 0233).
"""

import ssl
from collections.abc import Iterable
from pathlib import Path


def server_context(
    certificate_path: Path, key_path: Path, peer_certificates: Iterable[bytes]
) -> ssl.SSLContext:
    """Return a context for accepted connections; certificates are PEM files, the peers' are DER.

    Loading a peer takes about 0.1 ms (measured on x86-64): build the context once and add peers
    with `add_trust_anchor`. Anchors cannot be removed; to exclude a peer, remove its pin.
    ValueError names the file or certificate that cannot be used.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, certificate_path, key_path, peer_certificates)
    context.num_tickets = 0
    return context


def client_context(
    certificate_path: Path, key_path: Path, peer_certificates: Iterable[bytes]
) -> ssl.SSLContext:
    """Return a context for dialled connections; otherwise as `server_context`."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, certificate_path, key_path, peer_certificates)


def add_trust_anchor(context: ssl.SSLContext, peer_certificate: bytes) -> None:
    """Add the certificate of a peer (DER) for handshakes that start later; idempotent.

    ValueError when it is no certificate.
    """
    try:
        context.load_verify_locations(cadata=bytes(peer_certificate))
    except (ssl.SSLError, ValueError) as error:
        raise ValueError(
            f"peer certificate of {len(peer_certificate)} bytes cannot be used: {error}"
        ) from error


def trust_folder(context: ssl.SSLContext, folder: Path) -> None:
    """Have certificates found in a folder at handshakes that start later, by their subjects.

    Each is a PEM file HASH.NUMBER (openssl-rehash(1)). Files may be added at any time.
    """
    context.load_verify_locations(capath=folder)


def _context(
    protocol: int, certificate_path: Path, key_path: Path, peer_certificates: Iterable[bytes]
) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    # OpenSSL from 3.5 on would send a key share of ML-KEM-768 as well: 2.3 KB more for each
    # handshake. What is secret for long is sealed with ML-KEM-768 under TLS.
    context.set_ecdh_curve("X25519")
    try:
        context.load_cert_chain(certificate_path, key_path, password=_no_password)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"TLS cannot use certificate {certificate_path} with key {key_path}: {error}"
        ) from error
    for certificate in peer_certificates:
        add_trust_anchor(context, certificate)
    return context


def _no_password() -> str:
    # Without a callback OpenSSL prompts on the terminal, which blocks.
    raise ValueError("the key is encrypted")
