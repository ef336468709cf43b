"""Certificates of peers as files that OpenSSL finds by their subject, for nodes with many peers.

A context that holds n certificates takes 0.1 ms for one more at first, and 2.6 ms at 10,000, since
OpenSSL 3.0 sorts them each time: 14 s for all (measured). A folder costs nothing at the start, and
a look-up at the first handshake of a peer (SSL_CTX_load_verify_locations(3), CApath).
"""

import hashlib
import ssl
from pathlib import Path

from netrelay.link.contexts import trust_folder

_FOLDER = "anchors"
# Of 10,000 subjects two have one hash of 32 bits with a chance of 1 %.
_MOST_ALIKE = 16
# SEQUENCE { OID commonName, UTF8String of 32 characters }, as netrelay/seal/certificate.py makes.
_COMMON_NAME = b"\x06\x03\x55\x04\x03\x0c\x20"


class AnchorFolder:
    """The folder in the runtime directory, shared by the network processes, and one context.

    Nobody removes a file: whether a peer is let in is decided by its pin.
    """

    def __init__(self, runtime: Path, process: str, context: ssl.SSLContext) -> None:
        self._folder = runtime / _FOLDER
        self._unfinished = self._folder / f".{process}"
        self._context = context
        self._is_trusted = False

    def add(self, node: str, certificate: bytes) -> bool:
        """Have a certificate found at handshakes that start later; False if it cannot be stored."""
        attribute = _COMMON_NAME + node.encode()
        if len(node) != _COMMON_NAME[-1] or attribute not in certificate:
            return False
        try:
            self._store(_subject_hash(attribute), ssl.DER_cert_to_PEM_cert(certificate).encode())
        except OSError:
            return False
        if not self._is_trusted:
            self._is_trusted = True
            trust_folder(self._context, self._folder)
        return True

    def _store(self, name: str, content: bytes) -> None:
        """Store a file under the first number that is free, unless it is there already."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for number in range(_MOST_ALIKE):
            path = self._folder / f"{name}.{number}"
            try:
                if path.read_bytes() == content:
                    return
            except FileNotFoundError:
                self._unfinished.write_bytes(content)
                self._unfinished.rename(path)
                return
        raise FileExistsError(f"{_MOST_ALIKE} certificates have the hash {name}")


def _subject_hash(attribute: bytes) -> str:
    """Return the name under which OpenSSL looks for a subject (X509_NAME_hash_ex(3)).

    It hashes the canonical form: lower case, as node ids are, and without the outer SEQUENCE.
    """
    sequence = b"\x30" + bytes([len(attribute)]) + attribute
    canonical = b"\x31" + bytes([len(sequence)]) + sequence
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"
