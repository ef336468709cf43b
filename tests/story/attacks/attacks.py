"""What a peer, a relay or a stranger can send to use up a node: one function for each attack."""

import os
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import count
from typing import Any, NamedTuple

from netrelay.core.frames import Verdict, VerdictCode
from netrelay.core.hello import CALLS, decode_hello, encode_hello
from netrelay.core.pace import HELLO_BURST
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.single import SingleHeader, SingleKind, encode_single_header
from netrelay.link.connection import Connection
from netrelay.link.contexts import server_context
from netrelay.link.dial import dial
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.link_closed import LinkClosed
from tests.story.attacks.flood import Flood, send_all
from tests.story.attacks.scene import Scene
from tests.story.light_peers import Dialled
from tests.story.nodes import free_address
from tests.story.test_trust import HELLO, PORTS, Caller
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import Message

_FILE_BYTES = 1 << 20
_WHOLE_DISK_BYTES = 1 << 50
_ENTRIES = 200
_BATCH = 10
_NAMES = 8_250
# What is finished is history; the default of `[history] rows` bounds it, for all peers together.
_HISTORY_ROWS = 200_000
_STRANGERS = 320
_STRANGE_ADDRESSES = 7

Batches = Iterator[list[Message]]


class Attack(NamedTuple):
    """One attack.

    rights: those that the attacker has; rows: the most rows of `messages` that the node may keep of
    it, and rows_a_s: the most that it may keep in addition for each second.
    """

    name: str
    run: Callable[[Scene, Flood], None]
    rights: tuple[str, ...] = ()
    sends_messages: bool = False
    rows: int = 0
    rows_a_s: int = 0


def messages(name: str, batches: Callable[[Scene], Batches], **fields: Any) -> Attack:
    """Return the attack of a peer that sends batches of messages."""

    def run(scene: Scene, flood: Flood) -> None:
        send_all(flood, scene.shelf, scene.attacker.identity, batches(scene))

    return Attack(name, run, sends_messages=True, **fields)


def _numbered(message: Callable[[int], Message], batch: int = _BATCH) -> Batches:
    for first in count(1, batch):
        yield [message(first + each) for each in range(batch)]


def _entries(destination: str) -> list[ReceiptEntry]:
    return [
        ReceiptEntry(destination, os.urandom(8), each, 1, ReceiptVerdict.CANNOT_OPEN, (), "x" * 200)
        for each in range(1, _ENTRIES + 1)
    ]


def receipts_about_nothing(scene: Scene) -> Batches:
    """Receipts of 50 KiB about jobs that never were, each in an epoch of its own."""
    hostile = Hostile(scene.attacker, scene.target)
    entries = _entries(scene.attacker.id)
    return _numbered(lambda number: hostile.receipt(*entries, sequence=number, epoch=os.urandom(8)))


def receipts_for_others(scene: Scene) -> Batches:
    """The same, to be carried on to a node that is not there."""
    hostile = Hostile(scene.attacker, scene.away)
    entries = _entries(scene.attacker.id)
    return _numbered(lambda number: hostile.receipt(*entries, sequence=number))


def manifests_for_others(scene: Scene) -> Batches:
    """Manifests of files of 1 MiB, to be carried on to a node that is not there."""
    hostile = Hostile(scene.attacker, scene.away)
    return _numbered(lambda number: hostile.manifest(_FILE_BYTES, sequence=number))


def keys(scene: Scene) -> Batches:
    """Keys for singles, each under an id of its own."""
    hostile = Hostile(scene.attacker, scene.target)
    return _numbered(lambda number: hostile.key(os.urandom(8), sequence=number))


def epochs(scene: Scene) -> Batches:
    """Keys, each in an epoch of its own."""
    hostile = Hostile(scene.attacker, scene.target)
    return _numbered(lambda _: hostile.key(os.urandom(8), epoch=os.urandom(8)))


def one_name(scene: Scene) -> Batches:
    """Small files that have one name."""
    hostile = Hostile(scene.attacker, scene.target)
    header = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0))
    yield [hostile.key()]
    for first in range(2, _NAMES + 2, _BATCH):
        yield [hostile.single(header + b"content", sequence=first + each) for each in range(_BATCH)]
    # What stays connected sends something.
    while True:
        yield [hostile.single(header + b"content", sequence=2)]


def damaged(scene: Scene) -> Batches:
    """Messages that are not what their hash says."""
    message = Hostile(scene.attacker, scene.target).manifest(_FILE_BYTES)
    return _numbered(lambda _: message._replace(body=os.urandom(len(message.body))))


def whole_disk(scene: Scene) -> Batches:
    """Manifests of files as large as any disk, of which no byte follows."""
    hostile = Hostile(scene.attacker, scene.target)
    return _numbered(
        lambda number: hostile.manifest(_WHOLE_DISK_BYTES, sequence=number, lifetime_s=0xFFFFFFFF)
    )


def files_without_a_byte(scene: Scene) -> Batches:
    """Manifests of files of one byte, of which no byte follows."""
    hostile = Hostile(scene.attacker, scene.target)
    return _numbered(lambda number: hostile.manifest(1, sequence=number, lifetime_s=0xFFFFFFFF))


def connections(scene: Scene, flood: Flood) -> None:
    """Hold every connection that the node allows, and ask for more."""
    held: list[Dialled] = []
    try:
        while not flood.stopped.is_set():
            held.append(Dialled(scene.shelf, scene.attacker.identity))
            flood.counted["connections"] += 1
            for each in list(held):
                try:
                    each.service()
                except LinkClosed:
                    flood.counted["connections closed"] += 1
                    each.close()
                    held.remove(each)
            flood.stopped.wait(0.05)
    finally:
        for each in held:
            each.close()


def hellos(scene: Scene, flood: Flood) -> None:
    """Hellos with rising numbers, and an address at which nobody answers."""
    caller = Caller(scene.shelf)
    asked = decode_hello(HELLO)._replace(addresses=(free_address(),))
    identity = scene.attacker.identity
    for number in count(1):
        if flood.stopped.is_set():
            return
        record = encode_hello(asked._replace(agreement=2 * number))
        caller.call(PORTS["commsport"], identity.certificate_path, identity.key_path, record)
        flood.counted["hellos"] += 1


def changing_hellos(scene: Scene, flood: Flood) -> None:
    """Hellos that say in turn that their sender cannot be dialled, and that it can."""
    caller = Caller(scene.shelf)
    asked = decode_hello(HELLO)
    identity = scene.attacker.identity
    for number in count(1):
        if flood.stopped.is_set():
            return
        features = CALLS if number % 2 else 0
        record = encode_hello(asked._replace(agreement=2 * number, features=features))
        caller.call(PORTS["commsport"], identity.certificate_path, identity.key_path, record)
        flood.counted["hellos"] += 1


def calls(scene: Scene, flood: Flood) -> None:
    """Calls of a peer that says it cannot be dialled; the next one replaces each."""
    record = encode_hello(decode_hello(HELLO)._replace(features=CALLS, agreement=2))
    identity = scene.attacker.identity
    Caller(scene.shelf).call(
        PORTS["commsport"], identity.certificate_path, identity.key_path, record
    )
    certificate = scene.target.identity.certificate_der
    context = server_context(identity.certificate_path, identity.key_path, [certificate])
    while not flood.stopped.is_set():
        with suppress(LinkClosed, OSError):
            _call(scene, flood, context)
        flood.counted["calls"] += 1


def _call(scene: Scene, flood: Flood, context: ssl.SSLContext) -> None:
    """Place one call, and leave it as soon as it is open."""
    connection = Connection.dial(
        dial(scene.shelf.address, PORTS["dataport"]),
        context,
        pins=lambda _: scene.target.id,
        expected_peer=scene.target.id,
        deadline_s=None,
        is_call=True,
    )
    link = IncomingLink(connection, lambda *_: Verdict(VerdictCode.OK), lambda _: None)
    end_s = time.monotonic() + 5
    try:
        while not link.is_open and not flood.stopped.is_set() and time.monotonic() < end_s:
            link.service(time.monotonic())
            time.sleep(0.0005)
        flood.counted["answered"] += link.is_open
    finally:
        link.close()


def strangers(scene: Scene, flood: Flood) -> None:
    """Connections of strangers that say nothing, from several addresses, on both ports."""
    addresses = [free_address() for _ in range(_STRANGE_ADDRESSES)]
    with selectors.DefaultSelector() as ended, ExitStack() as stack:
        stack.callback(lambda: [key.fileobj.close() for key in list(ended.get_map().values())])  # type: ignore[union-attr]
        for number in count():
            if flood.stopped.is_set():
                return
            if len(ended.get_map()) < _STRANGERS:
                port = PORTS[("commsport", "dataport")[number % 2]]
                with suppress(OSError):
                    stranger = socket.create_connection(
                        (scene.shelf.address, port),
                        1,
                        (addresses[number % len(addresses)], 0),
                    )
                    ended.register(stranger, selectors.EVENT_READ)
                    flood.counted["connections"] += 1
            for key, _ in ended.select(0 if len(ended.get_map()) < _STRANGERS else 0.05):
                ended.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
                flood.counted["connections closed"] += 1


_DELIVER = ("deliver",)
_RELAY = ("relay",)
ATTACKS = (
    messages("receipts about nothing", receipts_about_nothing),
    messages("without a right", damaged),
    messages("damaged", damaged, rights=_DELIVER, rows=64),
    messages("manifests for others", manifests_for_others, rights=_RELAY, rows=4_096),
    messages("receipts for others", receipts_for_others, rights=_RELAY, rows=256),
    messages("keys", keys, rights=_DELIVER, rows=_HISTORY_ROWS),
    messages("epochs", epochs, rights=_DELIVER, rows=_HISTORY_ROWS),
    messages("the whole disk", whole_disk, rights=_DELIVER),
    messages("files without a byte", files_without_a_byte, rights=_DELIVER, rows=4_096),
    messages("one name", one_name, rights=_DELIVER, rows=_NAMES + 1),
    Attack("connections", connections),
    Attack("hellos", hellos, rows=HELLO_BURST, rows_a_s=1),
    Attack("changing hellos", changing_hellos, rows=HELLO_BURST, rows_a_s=1),
    Attack("calls", calls, rows=1),
    Attack("strangers", strangers),
)
