"""TLS contexts: version 1.3 only, mutual authentication, errors that name the unusable file."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from netrelay.link.contexts import add_trust_anchor, client_context, server_context
from tests.link.certificates import TlsNode
from tests.link.pair import dialler_over, listener_over, shake_hands, sockets


@pytest.mark.parametrize("build", [server_context, client_context])
def test_nothing_but_tls_1_3_with_certificates_on_both_sides(
    build: Callable[[Path, Path, list[bytes]], ssl.SSLContext],
    anna: TlsNode,
    bert: TlsNode,
) -> None:
    context = build(anna.certificate_path, anna.key_path, [bert.certificate_der])
    assert context.minimum_version == context.maximum_version == ssl.TLSVersion.TLSv1_3
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert not context.check_hostname
    assert context.cert_store_stats()["x509"] == 1


def test_the_server_sends_no_session_tickets(anna: TlsNode) -> None:
    assert server_context(anna.certificate_path, anna.key_path, []).num_tickets == 0


def test_a_peer_may_be_added_to_a_context_in_use(
    anna: TlsNode, bert: TlsNode, carl: TlsNode
) -> None:
    one, two = sockets()
    listener = listener_over(two, bert, [anna], pins={carl.pin: "carl"}.get)
    add_trust_anchor(listener._context, carl.certificate_der)
    add_trust_anchor(listener._context, carl.certificate_der)
    dialler = dialler_over(one, carl, [bert], "bert")
    assert shake_hands(dialler, listener) == ("open", "open")
    assert listener.peer == "carl"
    dialler.close()
    listener.close()


def test_without_trust_anchors_every_peer_is_refused(anna: TlsNode, bert: TlsNode) -> None:
    one, two = sockets()
    listener = listener_over(two, bert, [], pins={anna.pin: "anna"}.get)
    dialler = dialler_over(one, anna, [bert], "bert")
    assert shake_hands(dialler, listener)[1] == "not pinned"
    dialler.close()
    listener.close()


@pytest.mark.parametrize("bad", [b"", b"nonsense"])
def test_bytes_that_are_no_certificate_are_refused(anna: TlsNode, bad: bytes) -> None:
    with pytest.raises(ValueError, match=f"peer certificate of {len(bad)} bytes"):
        server_context(anna.certificate_path, anna.key_path, [bad])


def test_files_that_cannot_be_used_are_named(anna: TlsNode, bert: TlsNode, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent\.crt"):
        client_context(tmp_path / "absent.crt", anna.key_path, [])
    with pytest.raises(ValueError, match=r"bert\.key"):
        client_context(anna.certificate_path, bert.key_path, [])


def test_a_key_with_a_password_is_refused_instead_of_asked_for(
    anna: TlsNode, tmp_path: Path
) -> None:
    (tmp_path / "locked.key").write_bytes(
        anna.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        )
    )
    with pytest.raises(ValueError, match="the key is encrypted"):
        client_context(anna.certificate_path, tmp_path / "locked.key", [])
