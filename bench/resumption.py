"""TLS sessions that are resumed, as an experiment: the bytes of a handshake (decision 0233).

    python -m bench.resumption          prints the table of docs/evidence/wire.md

The contexts are those of netrelay (link/contexts.py) with tickets switched on, over memory.
"""

import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from netrelay.link.contexts import client_context, server_context
from netrelay.seal.identity import Identity, create

# OpenSSL pads a ClientHello of 256 to 511 bytes to 512: SSL_CTX_set_options(3).
_TLSEXT_PADDING: Final = 0x10
# SSL_CTX_set_options(3): with it, the server keeps the session, and the ticket is its number.
_KINDS: Final = {"kept by the server": ssl.OP_NO_TICKET, "in the ticket": ssl.Options(0)}


class Handshake(NamedTuple):
    """A complete handshake: its bytes both ways, the server's ticket included."""

    count_bytes: int
    client: ssl.SSLObject
    server: ssl.SSLObject


def shake_hands(
    server: ssl.SSLContext, client: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> Handshake:
    """Return a handshake, resumed where the server takes the session."""
    at_server, to_server, at_client, to_client = (ssl.MemoryBIO() for _ in range(4))
    dialler = client.wrap_bio(at_client, to_server, session=session)
    listener = server.wrap_bio(at_server, to_client, server_side=True)
    count_bytes = 0
    for _ in range(3):
        for end, sent, heard in (
            (dialler, to_server, at_server),
            (listener, to_client, at_client),
        ):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                end.read(1)  # the ticket comes behind the handshake
            data = sent.read()
            count_bytes += len(data)
            heard.write(data)
    return Handshake(count_bytes, dialler, listener)


def contexts(
    kind: ssl.Options, tickets: int, here: Identity, there: Identity
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's and a client's context."""
    server = server_context(here.certificate_path, here.key_path, [there.certificate_der])
    server.num_tickets = tickets
    server.options |= kind
    client = client_context(there.certificate_path, there.key_path, [here.certificate_der])
    client.options &= ~_TLSEXT_PADDING
    return server, client


def row(name: str, kind: ssl.Options, here: Identity, there: Identity) -> str:
    """Return a row: a first handshake, one after an end in order, one after a break."""
    sizes = []
    for is_closed in (True, False):
        server, client = contexts(kind, 1, here, there)
        first = shake_hands(server, client)
        session = first.client.session
        if is_closed:
            for end in (first.client, first.server):
                with suppress(ssl.SSLError):
                    end.unwrap()
        first_bytes = first.count_bytes
        # An end that is freed without close_notify is one that broke.
        del first
        again = shake_hands(server, client, session)
        pins = again.client.getpeercert(True), again.server.getpeercert(True)
        assert pins == (here.certificate_der, there.certificate_der)
        resumed = "" if again.client.session_reused else " (not resumed)"
        sizes.append(f"{again.count_bytes:,}{resumed}")
    return f"| {name} | {first_bytes:,} | {sizes[0]} | {sizes[1]} |"


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = create(Path(folder) / "here"), create(Path(folder) / "there")
        plain = shake_hands(*contexts(ssl.Options(0), 0, here, there)).count_bytes
        print("| the session is | first handshake | after an end in order | after a break |")
        print("|---|---|---|---|")
        print(f"| not resumed, no ticket: as it is | {plain:,} | {plain:,} | {plain:,} |")
        for name, kind in _KINDS.items():
            print(row(name, kind, here, there))


if __name__ == "__main__":
    main()
