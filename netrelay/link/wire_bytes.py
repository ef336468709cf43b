"""The bytes that a TCP connection has put on the wire, both ways, by the kernel's own counters."""

import socket
import struct
from typing import Final

from netrelay.link.literal_address import ip_version

# Offsets in struct tcp_info (linux/tcp.h); Linux 5.5 and newer has all of them.
_RECEIVED: Final = struct.Struct("=Q")
_RECEIVED_AT: Final = 128
_SEGMENTS: Final = struct.Struct("=3I52xQ")
_SEGMENTS_AT: Final = 136
_LENGTH_BYTES: Final = 208
_SEND_MSS: Final = struct.Struct("=I")
_SEND_MSS_AT: Final = 16
# TCP with timestamps (32), and IPv4 (20) or IPv6 (40): what the link layer adds is not counted.
_HEADER_BYTES: Final = {4: 52, 6: 72}


def wire_bytes(connection: socket.socket) -> int:
    """Return the bytes of a connection so far, both ways, with TCP and IP headers.

    Payload (TLS records and handshake included), and what was sent again, are the kernel's counts;
    headers are its count of segments times 52 bytes (IPv4) or 72 (IPv6). Bytes that the kernel has
    and has not sent yet are counted as sent. 0 for a connection that has ended meanwhile.
    """
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except OSError:
        return 0
    if len(info) < _LENGTH_BYTES:
        return 0
    (received,) = _RECEIVED.unpack_from(info, _RECEIVED_AT)
    out, in_, unsent, sent = _SEGMENTS.unpack_from(info, _SEGMENTS_AT)
    (segment_bytes,) = _SEND_MSS.unpack_from(info, _SEND_MSS_AT)
    segments = out + in_ + -(-unsent // max(segment_bytes, 536))
    header_bytes = _HEADER_BYTES[ip_version(connection)]
    return int(received + sent + unsent + segments * header_bytes)
