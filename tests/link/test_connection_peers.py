"""Connections to peers: who is let in, by pins and certificates."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from netrelay.link.connection import OWN_IDENTITY, CloseCause, Connection, LinkClosed, LinkState
from tests.link.certificates import TlsNode
from tests.link.pair import (
    closing,
    dialler_over,
    listener_over,
    pins_of,
    read_end,
    read_exactly,
    shake_hands,
    sockets,
)

Ends = tuple[Connection, Connection]


def test_two_nodes_that_pinned_each_other_talk(ends: Ends) -> None:
    dialler, listener = ends
    assert (dialler.peer, listener.peer) == ("bert", "anna")
    assert dialler.is_open
    assert dialler.state is LinkState.OPEN
    assert dialler.write(memoryview(b"hello")) == 5
    assert read_exactly(listener, 5) == b"hello"
    assert listener.write(memoryview(b"answer")) == 6
    assert read_exactly(dialler, 6) == b"answer"


def test_it_is_tls_1_3(ends: Ends) -> None:
    for end in ends:
        assert end._tls is not None
        assert end._tls.version() == "TLSv1.3"


def test_an_unknown_dialler_is_refused_and_learns_it_at_its_first_read(
    anna: TlsNode, bert: TlsNode, carl: TlsNode
) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, carl, [bert], "bert"), listener_over(two, bert, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("open", "not pinned")
        assert listener.peer is None
        assert read_end(dialler).cause is CloseCause.REFUSED


def test_an_unknown_listener_is_refused(anna: TlsNode, bert: TlsNode, carl: TlsNode) -> None:
    one, two = sockets()
    dialler, listener = dialler_over(one, anna, [bert], "bert"), listener_over(two, carl, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("not pinned", "refused")


def test_the_own_identity_is_named_and_refused(anna: TlsNode) -> None:
    one, two = sockets()
    dialler = dialler_over(one, anna, [anna], "anna")
    listener = listener_over(two, anna, [anna], pins=lambda _pin: OWN_IDENTITY)
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("open", "not pinned")
        with pytest.raises(LinkClosed, match="two machines have this identity"):
            listener.read_into(memoryview(bytearray(1)))


def test_an_unknown_certificate_with_the_name_of_a_peer_is_refused(
    anna: TlsNode, bert: TlsNode, tmp_path: Path
) -> None:
    impostor = TlsNode.make(tmp_path, "anna")
    one, two = sockets()
    dialler = dialler_over(one, impostor, [bert], "bert")
    listener = listener_over(two, bert, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener)[1] == "not pinned"


def test_a_peer_without_certificate_is_refused(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    dialler = Connection.dial(
        one, context, pins=pins_of(bert), expected_peer="bert", deadline_s=None
    )
    listener = listener_over(two, bert, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener)[1] == "not pinned"


def test_an_older_tls_is_refused(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=bert.certificate_der)
    context.load_cert_chain(anna.certificate_path, anna.key_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    dialler = Connection.dial(
        one, context, pins=pins_of(bert), expected_peer="bert", deadline_s=None
    )
    listener = listener_over(two, bert, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("refused", "protocol")


def test_a_removed_pin_excludes_a_peer_whose_certificate_is_still_a_trust_anchor(
    anna: TlsNode, bert: TlsNode
) -> None:
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    listener = listener_over(two, bert, [anna], pins=pins_of())
    with closing(dialler, listener):
        assert shake_hands(dialler, listener) == ("open", "not pinned")
        listener.close()
        assert read_end(dialler).cause in (CloseCause.BROKEN, CloseCause.CLOSE_NOTIFY)


def test_a_pin_is_the_hash_of_the_whole_certificate(anna: TlsNode, bert: TlsNode) -> None:
    asked: list[bytes] = []

    def pins(pin: bytes) -> str | None:
        asked.append(pin)
        return "anna"

    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    listener = listener_over(two, bert, [anna], pins=pins)
    with closing(dialler, listener):
        shake_hands(dialler, listener)
        assert asked == [anna.pin]


def test_certificates_signed_by_a_peer_are_refused(bert: TlsNode, tmp_path: Path) -> None:
    authority = TlsNode.make(tmp_path, "authority", authority=True)
    minted = TlsNode.make(tmp_path, "minted", issued_by=authority)
    one, two = sockets()
    dialler = dialler_over(one, minted, [bert], "bert")
    listener = listener_over(two, bert, [authority])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener)[1] == "not pinned"
        with pytest.raises(LinkClosed, match=minted.pin.hex()):  # OpenSSL accepts it
            listener.advance(0.0)


def test_a_certificate_signed_by_a_peer_for_another_peers_name_is_refused(
    anna: TlsNode, bert: TlsNode, tmp_path: Path
) -> None:
    authority = TlsNode.make(tmp_path, "authority", authority=True)
    posing = TlsNode.make(tmp_path, "bert", issued_by=authority)
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert, authority], "bert")
    listener = listener_over(two, posing, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener)[0] == "not pinned"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC)),
        (datetime(9000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
    ],
    ids=["over", "not yet"],
)
def test_a_pinned_peer_with_dates_other_than_ours_is_refused(
    bert: TlsNode, tmp_path: Path, first: datetime, last: datetime
) -> None:
    dated = TlsNode.make(tmp_path, "dated", first=first, last=last)
    one, two = sockets()
    dialler = dialler_over(one, dated, [bert], "bert")
    listener = listener_over(two, bert, [dated])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener)[1] == "not pinned"


def test_a_dialler_accepts_only_the_peer_that_it_dialled(
    anna: TlsNode, bert: TlsNode, carl: TlsNode
) -> None:
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert, carl], "bert")
    listener = listener_over(two, carl, [anna])
    with closing(dialler, listener):
        assert shake_hands(dialler, listener)[0] == "wrong peer"
        with pytest.raises(LinkClosed, match="node carl answered where bert was expected"):
            dialler.read_into(memoryview(bytearray(1)))
