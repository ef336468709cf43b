"""The channel from the page to the process that acts: one request and one answer a connection.

    request   4 bytes length, big-endian | JSON object | body of `body_bytes` bytes
    answer    4 bytes length, big-endian | JSON object

Both ends bound what they read: the page talks to strangers, and must not be trusted.
"""

import json
import socket
from pathlib import Path
from typing import Any, Final

from netrelay.runtime.home import Home

SOCKET_NAME: Final = "page-control.sock"
MOST_HEADER_BYTES: Final = 64 * 1024  # a card has at most 16 KiB, and JSON may escape each byte
SLICE_BYTES: Final = 256 * 1024  # of an upload
_LENGTH_BYTES: Final = 4
# Longer than an act may take that copies nothing.
ANSWER_S: Final = 90.0

Message = dict[str, Any]


class ChannelError(Exception):
    """The other end is not there, is silent, or does not speak this protocol."""


def socket_path(home: Home) -> Path:
    """Return where the process that acts listens."""
    return home.runtime / SOCKET_NAME


def ask(home: Home, request: Message, body: bytes = b"", answer_s: float = ANSWER_S) -> Message:
    """Return the answer to one request; ChannelError if there is none within `answer_s`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(answer_s)
        try:
            channel.connect(str(socket_path(home)))
            send(channel, {**request, "body_bytes": len(body)})
            # Not of no bytes: the other end may have answered, and hung up, by then.
            if body:
                channel.sendall(body)
            return receive(channel)
        except OSError as error:
            raise ChannelError(str(error)) from error


def send(channel: socket.socket, message: Message) -> None:
    """Write one object."""
    text = json.dumps(message).encode()
    channel.sendall(len(text).to_bytes(_LENGTH_BYTES, "big") + text)


def receive(channel: socket.socket) -> Message:
    """Return one object; ChannelError for one that is too long or none."""
    length = int.from_bytes(receive_bytes(channel, _LENGTH_BYTES), "big")
    if length > MOST_HEADER_BYTES:
        raise ChannelError(f"{length} bytes; allowed: {MOST_HEADER_BYTES}")
    try:
        found = json.loads(receive_bytes(channel, length))
    except (ValueError, RecursionError) as error:
        raise ChannelError(f"no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ChannelError("no object")
    return found


def receive_bytes(channel: socket.socket, count: int) -> bytes:
    """Return exactly so many bytes; ChannelError if the other end hangs up before."""
    found = bytearray()
    while len(found) < count:
        part = channel.recv(count - len(found))
        if not part:
            raise ChannelError("the other end hung up")
        found += part
    return bytes(found)
