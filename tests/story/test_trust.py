"""Rights, certificates, and hosts that try to disturb authorised peers."""

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from netrelay.core.frames import (
    FRAME_HEADER_BYTES,
    Agreement,
    VerdictCode,
    decode_verdict,
    encode_agreement,
)
from netrelay.core.hello import Hello, encode_hello
from netrelay.core.pace import UNKNOWN_PLACES
from netrelay.core.words import MessageType
from netrelay.seal.certificate import NOT_VALID_AFTER, NOT_VALID_BEFORE
from tests.story.nodes import (
    CAPACITY_BYTES,
    MIB,
    Homes,
    NodePair,
    RunningNode,
    free_address,
    wait_for,
)

PORTS = {"commsport": 7411, "dataport": 7412}
PATIENCE_S = 10.0


# Rights


def test_a_peer_without_the_right_to_deliver_waits_for_it(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    pair = NodePair(shelf, boat)
    shelf.enrol(boat, "deliver")
    boat.enrol(shelf)
    pair.start()
    small = shelf.drop("boat", "small.txt", b"not yet")
    large = shelf.drop("boat", "large.bin", os.urandom(3 * MIB))

    # The node that could allow it logs the command for it.
    command = "netrelay peer allow shelf deliver"
    boat.wait_for_rows(
        "SELECT 1 FROM logs WHERE event = 'arrival-refused' AND text LIKE ?", f"%{command}"
    )
    # The waiting node reports it too, and that it retries within a minute.
    waits = "SELECT due_s - clock() FROM messages WHERE state = 'S-4' AND reason LIKE ?"
    for (delay_s,) in shelf.wait_for_rows(waits, f"%NOT_PERMITTED%{command}%"):
        assert 0 < float(str(delay_s)) <= 60
    assert boat.inbox_names("shelf") == []
    assert boat.rows("SELECT * FROM files") == []

    boat.line.good(*command.split()[1:])
    shelf.due_now()
    for dropped in (small, large):
        boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert shelf.rows("SELECT DISTINCT refusals FROM messages WHERE id > 0") == [(0,)]


# Certificates


@pytest.fixture(scope="module")
def caller(running_pair: NodePair) -> "Caller":
    return Caller(running_pair.shelf)


class Caller:
    """Dials a node with any certificate, and speaks the protocol of a peer."""

    def __init__(self, node: RunningNode) -> None:
        self._node = node
        self.source = free_address()

    def call(self, port: int, certificate: Path, key: Path, said: bytes | None = None) -> bytes:
        """Return the answer of the node; empty if it closes without one."""
        words = said or (HELLO if port == PORTS["commsport"] else AGREEMENT)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(certificate, key)
        with socket.create_connection(
            (self._node.address, port), PATIENCE_S, (self.source, 0)
        ) as plain:
            try:
                with context.wrap_socket(plain) as tls:
                    tls.sendall(words)
                    return tls.recv(64)
            except (ssl.SSLError, ConnectionError):
                return b""


HELLO = encode_hello(
    Hello(MessageType.HELLO, b"an epoch", 1_000_000, CAPACITY_BYTES, 7411, (7412,), ())
)
AGREEMENT = encode_agreement(Agreement(CAPACITY_BYTES, 1_000_000))


def stored(node: RunningNode) -> list[object]:
    return [
        node.rows("SELECT id, type, state FROM messages"),
        node.rows("SELECT node, agreement_number FROM sysinfo"),
        node.rows("SELECT node, last_agreement FROM peers"),
    ]


def write_certificate(
    folder: Path,
    names: tuple[str, str],
    keys: tuple[Ed25519PrivateKey, Ed25519PrivateKey],
    until: datetime = NOT_VALID_AFTER,
    chain: bytes = b"",
) -> tuple[Path, Path]:
    """Return a certificate for the first key, signed by the second."""
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in names)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(keys[0].public_key())
        .serial_number(7)
        .not_valid_before(NOT_VALID_BEFORE)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(keys[1], algorithm=None)
    )
    certificate_path, key_path = folder / "forged.crt", folder / "forged.key"
    certificate_path.write_bytes(certificate.public_bytes(Encoding.PEM) + chain)
    key_path.write_bytes(keys[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_path, key_path


def own_files(node: RunningNode) -> tuple[Path, Path]:
    return node.home.keys / "identity.crt", node.home.keys / "identity.key"


def own_key(node: RunningNode) -> Ed25519PrivateKey:
    key = load_pem_private_key(own_files(node)[1].read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def own_id(node: RunningNode) -> str:
    return str(node.value("SELECT node FROM selfinfo"))


@pytest.mark.parametrize("port", PORTS.values(), ids=PORTS)
def test_a_peer_gets_a_verdict(running_pair: NodePair, caller: Caller, port: int) -> None:
    """Validation: the refused connections of the other tests work for a peer."""
    assert caller.call(port, *own_files(running_pair.boat))


def test_only_the_agreement_in_force_is_accepted(running_pair: NodePair, caller: Caller) -> None:
    """An agreement with another number or size than that of the database is refused."""
    shelf, boat = running_pair
    shelf.wait_for_delivery("boat", boat.drop("shelf", "settle.bin", b"settled"))

    def in_force() -> Agreement:
        ((number, size_bytes),) = shelf.rows("SELECT agreement_number, message_size FROM sysinfo")
        assert isinstance(number, int)
        assert isinstance(size_bytes, int)
        return Agreement(size_bytes, number)

    def verdict(stated: Agreement) -> VerdictCode:
        said = encode_agreement(stated)
        answer = caller.call(PORTS["dataport"], *own_files(boat), said)
        return decode_verdict(answer[FRAME_HEADER_BYTES:]).code

    # Where both nodes have asked, a second agreement may just replace the first.
    wait_for("an agreement to be accepted", lambda: verdict(in_force()) is VerdictCode.OK)
    size_bytes, number, _ = in_force()
    assert verdict(Agreement(size_bytes, number + 2)) is VerdictCode.NO_AGREEMENT
    assert verdict(Agreement(size_bytes, number - 1)) is VerdictCode.NO_AGREEMENT
    assert verdict(Agreement(2 * size_bytes, number)) is VerdictCode.NO_AGREEMENT


@pytest.mark.parametrize("port", PORTS.values(), ids=PORTS)
def test_a_stranger_with_a_valid_certificate_gets_no_verdict(
    homes: Homes, running_pair: NodePair, caller: Caller, port: int
) -> None:
    running_pair.wait_until_settled()
    before = stored(running_pair.shelf)
    assert caller.call(port, *own_files(homes.node("stranger"))) == b""
    assert stored(running_pair.shelf) == before


@pytest.mark.parametrize("port", PORTS.values(), ids=PORTS)
@pytest.mark.parametrize("forgery", ["other dates", "other key", "minted by a peer", "chain"])
def test_a_forged_certificate_gets_no_verdict(
    running_pair: NodePair, caller: Caller, tmp_path: Path, port: int, forgery: str
) -> None:
    boat = running_pair.boat
    name, peer_key, other_key = own_id(boat), own_key(boat), Ed25519PrivateKey.generate()
    if forgery == "other dates":
        until = datetime(2100, 1, 1, tzinfo=UTC)
        files = write_certificate(tmp_path, (name, name), (peer_key, peer_key), until)
    elif forgery == "other key":
        files = write_certificate(tmp_path, (name, name), (other_key, other_key))
    else:
        # A peer cannot admit others by signing their certificates.
        chain = own_files(boat)[0].read_bytes() if forgery == "chain" else b""
        names = ("a" * 32, name)
        files = write_certificate(tmp_path, names, (other_key, peer_key), chain=chain)
    running_pair.wait_until_settled()
    before = stored(running_pair.shelf)
    assert caller.call(port, *files) == b""
    assert stored(running_pair.shelf) == before


# Disturbance

# More connections than a listener accepts before they authenticate.
SILENT = UNKNOWN_PLACES + 6
GARBAGE = [os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(100), b"\0"]


@contextmanager
def disturbed(pair: NodePair) -> Iterator[None]:
    """Hold connections to every port of both nodes: most silent, some with garbage."""
    held: list[socket.socket] = []
    source = free_address()
    try:
        for node in pair:
            for port in PORTS.values():
                for content in [b""] * SILENT + GARBAGE:
                    one = socket.create_connection((node.address, port), PATIENCE_S, (source, 0))
                    held.append(one)
                    one.sendall(content)
        yield
    finally:
        for one in held:
            one.close()


def test_garbage_and_silent_connections_delay_no_peer(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    with disturbed(pair):
        # The nodes have no agreement yet, so both ports are needed.
        there = shelf.drop("boat", "there.bin", os.urandom(3 * MIB))
        back = boat.drop("shelf", "back.bin", os.urandom(3 * MIB))
        boat.wait_for_delivery("shelf", there)
        shelf.wait_for_delivery("boat", back)
        pair.wait_until_settled()
    assert [node.errors() for node in pair] == [[], []]
    for node in pair:
        events = node.rows("SELECT DISTINCT event FROM logs WHERE level = 'warning'")
        assert {("hello-refused",), ("stranger",)} <= set(events)
