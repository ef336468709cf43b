"""The bytes that a connection puts on the wire, by the kernel's counters."""

import socket

from netrelay.link.wire_bytes import wire_bytes
from netrelay.link.wire_meter import WireMeter
from tests.link.certificates import TlsNode
from tests.link.pair import dialler_over, listener_over, read_exactly, shake_hands

MIB = 1 << 20


def test_both_ends_count_payload_headers_and_answers(anna: TlsNode, bert: TlsNode) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    one = socket.create_connection(server.getsockname())
    two, _ = server.accept()
    server.close()
    for each in (one, two):
        each.setblocking(False)
    ends = dialler_over(one, anna, [bert], "bert"), listener_over(two, bert, [anna])
    assert shake_hands(*ends) == ("open", "open")
    meters = [WireMeter(end) for end in ends]
    begun = [meter.take() for meter in meters]
    # A handshake with two certificates.
    assert all(1500 < count < 8000 for count in begun), begun
    dialler, listener = ends
    sent, payload = 0, memoryview(bytes(MIB))
    while sent < MIB:
        sent += dialler.write(payload[sent : sent + 65_536])
        if sent % 65_536 == 0:
            read_exactly(listener, 65_536)
    for meter in meters:
        assert MIB < meter.take() < MIB * 1.1
        assert meter.take() == 0
    for end in ends:
        end.close()


def test_what_the_kernel_still_has_counts() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    sender = socket.create_connection(listener.getsockname())
    sender.setblocking(False)
    filled = sender.send(bytes(8 * MIB))
    assert wire_bytes(sender) >= filled
    sender.close()
    assert wire_bytes(sender) == 0
    listener.close()
