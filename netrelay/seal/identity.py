"""This node's own keys: one folder of four files, written once.

    identity/           0700
      identity.key      Ed25519 private key, PKCS #8 PEM (RFC 8410)   identifies this node
      identity.crt      its certificate, PEM                          pinned by peers
      sealing.key       96 bytes, see sealing.py                      opens what peers seal
      storage.secret    32 random bytes                               content keys derive from it

All files have mode 0600. The folder is written under another name and renamed, so that a power cut
leaves all of it or none: a node must never start with part of an identity and generate the rest.

systemd may pass copies (LoadCredential=, systemd.exec(5)) in a folder that only this process can
read. Their group bits are the mask of an access control list (acl(5)) and are ignored.
"""

import os
import stat
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from netrelay.disk.folders import flush_folder
from netrelay.disk.removal import remove_tree
from netrelay.seal.public_key import key_in, node_id_of, read_private_key
from netrelay.seal.seal_errors import (
    KEYS_FROM_A_BACKUP,
    CertificateError,
    IdentityError,
    OpenKeysError,
)
from netrelay.seal.sealing import SealingPrivateKey
from netrelay.seal.signature import sign

STORAGE_SECRET_BYTES: Final = 32

_KEY: Final = "identity.key"
_CERTIFICATE: Final = "identity.crt"
_SEALING_KEY: Final = "sealing.key"
_STORAGE_SECRET: Final = "storage.secret"  # noqa: S105 (a file name)
FILES: Final = (_KEY, _CERTIFICATE, _SEALING_KEY, _STORAGE_SECRET)
_FILE_LIMIT_BYTES: Final = 16384
_OTHERS: Final = 0o077
_OTHERS_THAN_THE_GROUP: Final = 0o007


class Identity(NamedTuple):
    """This node's keys and the paths of their files; its repr contains no secret."""

    node_id: str
    certificate_der: bytes
    certificate_path: Path
    key_path: Path
    key: Ed25519PrivateKey
    sealing_key: SealingPrivateKey
    storage_secret: bytes

    def __repr__(self) -> str:
        return f"Identity({self.node_id})"

    def sign(self, domain: bytes, data: bytes) -> bytes:
        """Return this node's signature of the data for one purpose: see signature.sign."""
        return sign(self.key, domain, data)


def create(directory: Path) -> Identity:
    """Create a new identity in this folder; durable on return.

    Raise IdentityError unless the folder is absent or empty: a key is never overwritten. Its parent
    must exist and be writable, since the folder appears by a rename.
    """
    _store(directory.absolute(), _generate)
    return load(directory)


def adopt(directory: Path, contents: Mapping[str, bytes]) -> Identity:
    """Store an identity created elsewhere, its files by name, in this folder; durable on return.

    Raises like `create`. The contents are not checked before they are stored: `load` them elsewhere
    first.
    """
    _store(directory.absolute(), lambda: contents)
    return load(directory)


def _store(directory: Path, make_contents: Callable[[], Mapping[str, bytes]]) -> None:
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise IdentityError(f"{directory} is not a folder")
    if directory.exists() and any(directory.iterdir()):
        raise IdentityError(f"{directory} is not empty: an identity is never overwritten")
    unfinished = directory.with_name(f".{directory.name}.unfinished")
    try:
        # Left by a power cut before the rename, so these keys were never used.
        remove_tree(unfinished)
        _write_files(unfinished, make_contents())
        unfinished.rename(directory)  # fails when the folder is no longer empty
        flush_folder(directory.parent)
    except OSError as error:
        raise IdentityError(f"cannot create an identity in {directory}: {error}") from error


def load(directory: Path, *, is_credentials: bool = False) -> Identity:
    """Return the identity in this folder; `is_credentials` when systemd passed it (see above).

    Raise IdentityError that names a file that is missing, accessible to other users (anything but
    mode 0600 or 0400), damaged, or inconsistent with the others.
    """
    directory = directory.absolute()
    refused = _OTHERS_THAN_THE_GROUP if is_credentials else _OTHERS
    _check_private(directory, stat.S_ISDIR, "a folder", refused)
    key = _read_key(directory / _KEY, refused)
    certificate_path = directory / _CERTIFICATE
    certificate_der = _read_certificate(certificate_path, refused)
    try:
        public_key = key_in(certificate_der)
    except CertificateError as error:
        raise IdentityError(f"{certificate_path}: {error}") from error
    if public_key != key.public_key():
        raise IdentityError(f"{certificate_path} is not the certificate of {directory / _KEY}")
    return Identity(
        node_id=node_id_of(public_key),
        certificate_der=certificate_der,
        certificate_path=certificate_path,
        key_path=directory / _KEY,
        key=key,
        sealing_key=_read_sealing_key(directory / _SEALING_KEY, refused),
        storage_secret=_read_storage_secret(directory / _STORAGE_SECRET, refused),
    )


def _generate() -> dict[str, bytes]:
    # Imported late: costs 4.5 MiB, which processes that only load an identity must not pay.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from netrelay.seal.certificate import build_certificate

    key = Ed25519PrivateKey.generate()
    certificate = x509.load_der_x509_certificate(build_certificate(key))
    return {
        _KEY: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        _CERTIFICATE: certificate.public_bytes(Encoding.PEM),
        _SEALING_KEY: SealingPrivateKey.generate().to_bytes(),
        _STORAGE_SECRET: os.urandom(STORAGE_SECRET_BYTES),
    }


def _write_files(directory: Path, contents: Mapping[str, bytes]) -> None:
    directory.mkdir(mode=0o700)
    for name, content in contents.items():
        descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    flush_folder(directory)


def _read_private_file(path: Path, refused: int) -> bytes:
    _check_private(path, stat.S_ISREG, "a file", refused)
    try:
        with path.open("rb") as file:
            return file.read(_FILE_LIMIT_BYTES)
    except OSError as error:
        raise IdentityError(f"{path} cannot be read: {error.strerror}") from error


def _check_private(path: Path, is_kind: Callable[[int], bool], kind: str, refused: int) -> None:
    """Raise IdentityError when the path has any of the `refused` mode bits."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError as error:
        raise IdentityError(f"{path} is missing{KEYS_FROM_A_BACKUP}") from error
    except OSError as error:
        raise IdentityError(f"{path} cannot be read: {error.strerror}") from error
    if not is_kind(mode):
        raise IdentityError(f"{path} is not {kind}")
    if mode & refused:
        raise OpenKeysError(
            f"{path} has mode {stat.S_IMODE(mode):04o} and is open to other users; "
            f"must be {'0700' if stat.S_ISDIR(mode) else '0600'}"
        )


def _read_key(path: Path, refused: int) -> Ed25519PrivateKey:
    try:
        return read_private_key(_read_pem(path, "PRIVATE KEY", refused))
    except ValueError as error:
        raise IdentityError(f"{path} is {error}") from error


def _read_certificate(path: Path, refused: int) -> bytes:
    try:
        return _read_pem(path, "CERTIFICATE", refused)
    except ValueError as error:
        raise IdentityError(f"{path} is {error}") from error


def _read_pem(path: Path, label: str, refused: int) -> bytes:
    """Return the DER in a PEM file (RFC 7468) with one object; raise ValueError otherwise."""
    lines = _read_private_file(path, refused).split(b"\n")
    begin, end = f"-----BEGIN {label}-----".encode(), f"-----END {label}-----".encode()
    if lines[0] != begin or lines[-2:] != [end, b""]:
        raise ValueError(f"no {label.lower()} in PEM")
    return b64decode(b"".join(lines[1:-2]), validate=True)


def _read_sealing_key(path: Path, refused: int) -> SealingPrivateKey:
    try:
        return SealingPrivateKey(_read_private_file(path, refused))
    except ValueError as error:
        raise IdentityError(f"{path}: {error}") from error


def _read_storage_secret(path: Path, refused: int) -> bytes:
    secret = _read_private_file(path, refused)
    if len(secret) != STORAGE_SECRET_BYTES:
        raise IdentityError(f"{path} has {len(secret)} bytes, must have {STORAGE_SECRET_BYTES}")
    return secret
