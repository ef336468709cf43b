"""Sizes of TLS records: small at the beginning of a connection, then larger.

A record is of use to the peer when all of it has arrived. On a line that breaks, small ones lose
less; on a line that does not, large ones cost less: 22 bytes and one system call each.
"""

from typing import Final

LARGEST_RECORD_BYTES: Final = 16384
"""Most plaintext in a TLS record: RFC 8446 section 5.1."""
# With its 22 bytes a record of this size fits into one TCP segment, also in most tunnels.
_SMALL_BYTES: Final = 1378
_SMALL_UNTIL_BYTES: Final = 128 * 1024
_MIDDLE_BYTES: Final = 4096
_MIDDLE_UNTIL_BYTES: Final = 1024 * 1024


def record_size_bytes(sent_bytes: int) -> int:
    """Return the size of the next record, after so many bytes on this connection."""
    if sent_bytes < _SMALL_UNTIL_BYTES:
        return _SMALL_BYTES
    return _MIDDLE_BYTES if sent_bytes < _MIDDLE_UNTIL_BYTES else LARGEST_RECORD_BYTES
