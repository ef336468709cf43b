"""Bad input from the network: unknown hosts, and peers that break the protocol."""

import os
import shutil
import socket
import ssl
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netrelay.core.header import HOP_BYTES
from netrelay.core.hello import HELLO_ANSWER_BYTES, decode_hello_answer
from netrelay.core.message_frames import read_messages
from netrelay.core.pace import CONNECT_DEADLINE_S
from netrelay.core.words import WireError
from netrelay.store.schema import refusals
from tests.story.bad_input_table import Place, bad_input, logged, plain
from tests.story.nodes import RunningNode, free_address
from tests.story.test_trust import HELLO, Caller, own_files, own_key, write_certificate
from tests.transfer.carried_row import CAPACITY, Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import Message, frame_of
from tests.transfer.linked_pair import Pair as LinkedPair

_SECTION = "From the network"
COMMSPORT, DATAPORT = 7411, 7412


def _call(place: Place, port: int, certificate: Path, key: Path) -> tuple[bytes, str]:
    """Dial shelf with a certificate; return the answer and the line that it logs."""
    caller = Caller(place.shelf)
    answer = caller.call(port, certificate, key)
    event = "hello-refused" if port == COMMSPORT else "stranger"
    return answer, plain(logged(place.shelf, event, caller.source), place.shelf)


@bad_input(_SECTION, "a stranger, on the dataport")
def _(place: Place) -> str:
    answer, said = _call(place, DATAPORT, *own_files(place.homes.node("stranger")))
    assert answer == b""
    return f"no word; logged: {said}"


@bad_input(_SECTION, "a peer's name and key in a certificate with other dates")
def _(place: Place) -> str:
    boat = place.boat
    ((name,),) = boat.rows("SELECT node FROM selfinfo")
    key = own_key(boat)
    forged = write_certificate(
        place.folder, (str(name), str(name)), (key, key), datetime(2031, 1, 1, tzinfo=UTC)
    )
    answer, said = _call(place, COMMSPORT, *forged)
    assert answer == b""
    return f"no word; logged: {said}"


def _hello(place: Place, record: bytes) -> str:
    """Send a hello as the peer boat; return the answer and the logged line."""
    caller = Caller(place.shelf)
    answer = caller.call(COMMSPORT, *own_files(place.boat), record)
    word = "no word"
    if len(answer) == HELLO_ANSWER_BYTES:
        word = f"answered {decode_hello_answer(answer).name}"
    said = logged(place.shelf, "hello-refused", caller.source)
    return plain(f"{word}; logged: {said}", place.shelf)


def _with(offset: int, packed: bytes) -> bytes:
    return HELLO[:offset] + packed + HELLO[offset + len(packed) :]


# Offsets: docs/protocol.md, section 4.
_HELLOS: list[tuple[str, bytes]] = [
    ("a hello that is no hello", b"GET / HTTP/1.1\r\n\r\n".ljust(512, b" ")),
    ("a hello of versions 7 to 9", _with(9, bytes((7, 9)))),
    ("a hello with capacity 0", _with(48, bytes(4))),
    (
        "a hello with a capacity of 4 GiB less a byte",
        _with(48, b"\xff" * 4),
    ),
]
for _about, _record in _HELLOS:

    def _try(place: Place, record: bytes = _record) -> str:
        return _hello(place, record)

    bad_input(_SECTION, _about)(_try)


@bad_input(_SECTION, "a hello that ends after 100 bytes")
def _(place: Place) -> str:
    source = free_address()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(*own_files(place.boat))
    address = place.shelf.address, COMMSPORT
    with (
        socket.create_connection(address, 10, (source, 0)) as raw,
        context.wrap_socket(raw) as tls,
    ):
        tls.sendall(HELLO[:100])
        # close_notify without waiting for that of the node: a socket that is only closed may appear
        # as reset at the other end.
        tls.setblocking(False)
        with suppress(OSError):
            tls.unwrap()
    return plain(f"logged: {logged(place.shelf, 'hello-refused', source)}", place.shelf)


@bad_input(_SECTION, "a header of 513 bytes")
def _(place: Place) -> str:
    payload = struct.pack(">HHHHI", 1, 0, 513, HOP_BYTES, 1) + bytes(513 + HOP_BYTES + 1)
    with pytest.raises(WireError) as caught:
        read_messages(memoryview(payload))
    return f"the connection ends: a frame that cannot be read: {caught.value}"


def _judged(place: Place, change: "bytes | None", name: str = "end_to_end") -> str:
    pair = LinkedPair(place.folder)
    try:
        message = Hostile(pair.source, pair.destination).manifest(1_000)
        changed = bytes(len(message.body)) if change is None else change
        message = message._replace(**{name: changed})
        return _refused(pair, message)
    finally:
        pair.close()


def _refused(pair: LinkedPair, message: Message) -> str:
    (judged,) = pair.destination.judge(pair.source, [frame_of(message)])
    (refused,) = [judgement.refused for judgement in judged.judgements]
    assert refused is not None
    assert refused.retry_after_s == _WAIT_BY_CODE[refused.refusal]
    again = f"; try again in {refused.retry_after_s} s" if refused.retry_after_s else ""
    return plain(f"refused, {refused.refusal.name}: {refused.reason}{again}")


_WAIT_BY_CODE = {row.code: row.wait_s for row in refusals()}
_HEADERS: list[tuple[str, bytes]] = [
    ("a header that is no msgpack", b"\xc1 no msgpack"),
    ("a header of arrays in arrays, 500 deep", b"\x91" * 500),
    ("a header that is a map", b"\x81\x01\x02"),
    ("a header of three elements", b"\x93\x01\x02\x03"),
]
for _about, _header in _HEADERS:

    def _try_header(place: Place, header: bytes = _header) -> str:
        return _judged(place, header)

    bad_input(_SECTION, _about)(_try_header)


@bad_input(_SECTION, "a body that is not what was sent")
def _(place: Place) -> str:
    return _judged(place, None, "body")


@bad_input(_SECTION, "a file larger than the room at its destination")
def _(place: Place) -> str:
    pair = LinkedPair(place.folder)
    try:
        message = Hostile(pair.source, pair.destination).manifest(5_000_000)
        usage = shutil.disk_usage("/")._replace(free=34_000_000)
        with place.monkeypatch.context() as context:
            context.setattr(shutil, "disk_usage", lambda _: usage)
            said = _refused(pair, message)
        (judged,) = pair.destination.judge(pair.source, [frame_of(message)])
        assert [judgement.refused for judgement in judged.judgements] == [None]
    finally:
        pair.close()
    return f"{said}; taken when there is room"


def _relayed(place: Place, spoil: "str") -> str:
    row = Row(place.folder, second=CAPACITY)
    try:
        row.give([each.payload for each in row.sealed(os.urandom(3 * 65_536))])
        (name,) = row.spooled()
        path = row.brno.home.spool / name
        if spoil == "remove":
            path.unlink()
        else:
            with path.open("r+b") as file:
                file.seek(1_000)
                file.write(b"damaged")
        assert row.second_hop() == [None]
        reasons = {
            str(reason)
            for (reason,) in row.brno.rows("SELECT reason FROM messages WHERE type = 2")
            if reason is not None
        }
        return plain("the relay gives its copy up: " + "; ".join(sorted(reasons)))
    finally:
        row.close()


@bad_input(_SECTION, "a file missing in a relay's spool")
def _(place: Place) -> str:
    return _relayed(place, "remove")


@bad_input(_SECTION, "a file damaged in a relay's spool")
def _(place: Place) -> str:
    return _relayed(place, "damage")


class SlowCallers:
    """Two slow connections that start together; the cases wait for their ends."""

    def __init__(self, node: RunningNode) -> None:
        self._address = node.address, DATAPORT
        self._threads = ThreadPoolExecutor(2)
        self.silent = self._threads.submit(self._say, b"")
        self.slow = self._threads.submit(self._say, _client_hello())

    def close(self) -> None:
        """Wait for the end of both."""
        self._threads.shutdown()

    def _say(self, words: bytes) -> tuple[str, int]:
        """Send a byte per second until the connection is closed; return source and byte count."""
        source, said = free_address(), 0
        began_s = time.monotonic()
        with socket.create_connection(self._address, 10, (source, 0)) as caller:
            caller.settimeout(1.0)
            while time.monotonic() - began_s < 2 * CONNECT_DEADLINE_S:
                try:
                    caller.sendall(words[said : said + 1])
                    said += len(words[said : said + 1])
                    if caller.recv(1) == b"":
                        return source, said
                except TimeoutError:
                    continue
                except ConnectionError:
                    return source, said
        raise AssertionError("it was never closed")


def _client_hello() -> bytes:
    """Return a ClientHello; sent byte by byte it takes longer than the deadline."""
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(heard, said, server_hostname="a")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    words = said.read()
    assert len(words) > 2 * CONNECT_DEADLINE_S
    return words


@bad_input(_SECTION, "a connection that says nothing")
def _(place: Place) -> str:
    source, _ = place.slow.silent.result()
    said = logged(place.shelf, "stranger", source)
    return plain(f"closed after {CONNECT_DEADLINE_S:.0f} s; logged: {said}", place.shelf)


@bad_input(_SECTION, "a connection that says a byte a second")
def _(place: Place) -> str:
    source, count = place.slow.slow.result()
    assert count > CONNECT_DEADLINE_S / 2
    said = logged(place.shelf, "stranger", source)
    return plain(f"closed after {CONNECT_DEADLINE_S:.0f} s too; logged: {said}", place.shelf)
