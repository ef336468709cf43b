"""Names of objects in a store, and what their metadata says.

    key       [PREFIX/]SOURCE/DESTINATION/EPOCH/SEQUENCE

The key is the identity of a file without its attempt: whoever puts it, and however often, it is one
object. The sequence counts the files of one source for one destination, so the destination is part
of it: several hubs use one bucket.

Metadata travels as HTTP headers: ASCII, names and values of at most 2 KiB in all (Amazon S3), each
value of at most 256 characters (OpenStack Swift). The name of a file is encoded and cut after 1,020
characters, which is more than the longest name on a disk takes, and has up to four values.
"""

from collections.abc import Mapping
from typing import Final

METADATA_PREFIX: Final = "netrelay-"
METADATA_MAX_BYTES: Final = 2048
_NAME_MAX_CHARACTERS: Final = 1020
_VALUE_MAX_CHARACTERS: Final = 256
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)


def object_key(prefix: str, source: str, destination: str, epoch: bytes, sequence: int) -> str:
    """Return the key of a file; the prefix may be empty."""
    identity = f"{source}/{destination}/{epoch.hex()}/{sequence}"
    return f"{prefix}/{identity}" if prefix else identity


def is_key_for(key: str, prefix: str, destination: str) -> bool:
    """Return True for a key that only this destination makes."""
    within = key.removeprefix(f"{prefix}/") if prefix else key
    parts = within.split("/")
    return (not prefix or within != key) and len(parts) == 4 and parts[1] == destination


def percent_encoded(text: str) -> str:
    """Return text as ASCII, each other byte of its UTF-8 as %XX (RFC 3986); surrogates as ?."""
    raw = text.encode("utf-8", "replace")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw)


def encoded_name(name: str) -> str:
    """Return the name of a file for metadata: encoded, and cut between characters if too long."""
    encoded = ""
    for character in name:
        more = encoded + percent_encoded(character)
        if len(more) > _NAME_MAX_CHARACTERS:
            break
        encoded = more
    return encoded


def name_values(name: str) -> dict[str, str]:
    """Return the name of a file for metadata: `name`, and what is left as `name-2` to `name-4`."""
    encoded = encoded_name(name)
    starts = range(0, max(len(encoded), 1), _VALUE_MAX_CHARACTERS)
    return {
        "name" if number == 1 else f"name-{number}": encoded[start : start + _VALUE_MAX_CHARACTERS]
        for number, start in enumerate(starts, 1)
    }


def metadata_headers(values: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of metadata; ValueError if they are longer than a store keeps."""
    named = {f"{METADATA_PREFIX}{name}": value for name, value in values.items()}
    length_bytes = sum(len(name) + len(value) for name, value in named.items())
    if length_bytes > METADATA_MAX_BYTES:
        raise ValueError(f"metadata of {length_bytes} bytes, at most {METADATA_MAX_BYTES}")
    return {f"x-amz-meta-{name}": value for name, value in named.items()}
