"""Vectors of hello records and their answers."""

from struct import pack
from typing import Any

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import EPOCH, OTHER_EPOCH, SEGMENT


def hello(**change: Any) -> bytes:
    """Return a record with any fields changed; `ports` and `addresses` are lists."""
    f: dict[str, Any] = {
        "magic": b"NETRELAY",
        "type": 4,
        "min": 1,
        "max": 1,
        "port_count": None,
        "address_count": None,
        "pad": bytes(3),
        "features": 0,
        "epoch": EPOCH,
        "echo": bytes(8),
        "agreement": 3,
        "capacity": 1 << 20,
        "agreed": 0,
        "commsport": 7411,
        "ports": [7412],
        "addresses": [(4, bytes([192, 0, 2, 7]))],
        "rest": bytes(378),
    }
    assert not set(change) - set(f)
    f |= change
    count = len(f["ports"]) if f["port_count"] is None else f["port_count"]
    addresses = len(f["addresses"]) if f["address_count"] is None else f["address_count"]
    record = pack(
        ">8sBBBBB3sQ8s8sQIIH",
        *(f["magic"], f["type"], f["min"], f["max"], count, addresses, f["pad"]),
        *(f["features"], f["epoch"], f["echo"], f["agreement"], f["capacity"]),
        *(f["agreed"], f["commsport"]),
    )
    record += pack(">4H", *(f["ports"] + [0] * 4)[:4])
    for family, raw in (f["addresses"] + [(0, b"")] * 4)[:4]:
        record += pack(">B16s", family, raw)
    rest: bytes = f["rest"]
    return record + rest


def hello_value(**change: Any) -> dict[str, Any]:
    """Return the decoded value of that record, with the same changes."""
    return {
        "type": 4,
        "epoch": EPOCH.hex(),
        "agreement": 3,
        "capacity_bytes": 1 << 20,
        "commsport": 7411,
        "dataports": [7412],
        "addresses": ["192.0.2.7"],
        "agreed_size_bytes": 0,
        "echoed_epoch": "00" * 8,
        "features": 0,
        "version_min": 1,
        "version_max": 1,
    } | change


def hellos() -> list[Vector]:
    """Return the vectors of hello records and their answers."""
    v6 = bytes.fromhex("20010db8000000000000000000000042")
    out = [
        valid("hello", "ask", "a type 4", hello(), hello_value()),
        valid(
            "hello",
            "reply",
            "a type 5 with the smaller capacity agreed, four dataports and two addresses",
            hello(
                type=5,
                epoch=OTHER_EPOCH,
                echo=EPOCH,
                capacity=16 << 20,
                agreed=1 << 20,
                ports=[7412, 7413, 7414, 65535],
                addresses=[(6, v6), (4, bytes([127, 0, 0, 1]))],
            ),
            hello_value(
                type=5,
                epoch=OTHER_EPOCH.hex(),
                echoed_epoch=EPOCH.hex(),
                capacity_bytes=16 << 20,
                agreed_size_bytes=1 << 20,
                dataports=[7412, 7413, 7414, 65535],
                addresses=["2001:db8::42", "127.0.0.1"],
            ),
        ),
        valid(
            "hello",
            "later-version",
            "a sender that also speaks version 3: unknown features and the end are not looked at",
            hello(max=3, features=1 << 63, rest=b"version 3 says more here".ljust(378, b"\1")),
            hello_value(version_max=3, features=1 << 63),
        ),
        valid(
            "hello",
            "calls",
            "a type 4 of a node that cannot be dialled, and would answer calls",
            hello(features=2 | 4, addresses=[]),
            hello_value(features=2 | 4, addresses=[]),
        ),
        valid(
            "hello",
            "resumes",
            "a type 4 of a node that goes on with sessions",
            hello(features=4 | 8, addresses=[]),
            hello_value(features=4 | 8, addresses=[]),
        ),
        valid(
            "hello",
            "unpacks",
            "a type 4 of a node that unpacks what is compressed",
            hello(features=4 | 8 | 16, addresses=[]),
            hello_value(features=4 | 8 | 16, addresses=[]),
        ),
        valid(
            "hello",
            "takes-packed",
            "a type 4 of a node that takes packed frames",
            hello(features=4 | 8 | 16 | 32, addresses=[]),
            hello_value(features=4 | 8 | 16 | 32, addresses=[]),
        ),
        valid(
            "hello",
            "both-ways",
            "a type 4 of a node that takes frames both ways, and hears its reply",
            hello(features=4 | 8 | 16 | 32 | 64 | 128, addresses=[]),
            hello_value(features=4 | 8 | 16 | 32 | 64 | 128, addresses=[]),
        ),
        valid(
            "hello",
            "reply-answers-calls",
            "a type 5 of a node that answers calls",
            hello(type=5, epoch=OTHER_EPOCH, echo=EPOCH, agreed=1 << 20, features=4),
            hello_value(
                type=5,
                epoch=OTHER_EPOCH.hex(),
                echoed_epoch=EPOCH.hex(),
                agreed_size_bytes=1 << 20,
                features=4,
            ),
        ),
        valid(
            "hello",
            "no-address",
            "no address: where the connection came from",
            hello(addresses=[]),
            hello_value(addresses=[]),
        ),
    ]
    faults: list[tuple[str, str, bytes]] = [
        ("short", "511 bytes", hello()[:-1]),
        ("long", "513 bytes", hello() + b"\0"),
        ("magic", "another magic", hello(magic=b"NETDELAY")),
        ("type", "a type that is neither 4 nor 5", hello(type=6)),
        ("version-zero", "versions 0 to 1", hello(min=0)),
        ("version-order", "versions 2 to 1", hello(min=2)),
        ("no-dataport", "no dataport", hello(ports=[])),
        ("five-dataports", "five dataports", hello(port_count=5)),
        ("dataport-zero", "a dataport that is 0", hello(ports=[0])),
        ("unsaid-dataport", "a dataport after the last", hello(ports=[7412, 7413], port_count=1)),
        ("commsport-zero", "commsport 0", hello(commsport=0)),
        ("five-addresses", "five addresses", hello(address_count=5)),
        ("address-family", "an address of family 5", hello(addresses=[(5, bytes(4))])),
        ("address-wildcard", "0.0.0.0", hello(addresses=[(4, bytes(16))])),
        ("address-wildcard-6", "::", hello(addresses=[(6, bytes(16))])),
        ("address-tail", "an IPv4 address of 5 bytes", hello(addresses=[(4, bytes([1] * 5))])),
        (
            "unsaid-address",
            "an address after the last",
            hello(addresses=[(4, bytes([192, 0, 2, 7]))], address_count=0),
        ),
        ("epoch-zero", "no epoch", hello(epoch=bytes(8))),
        ("ask-with-echo", "a type 4 that echoes an epoch", hello(echo=OTHER_EPOCH)),
        ("ask-with-size", "a type 4 with an agreed size", hello(agreed=SEGMENT)),
        ("reply-without-echo", "a type 5 that echoes nothing", hello(type=5, agreed=SEGMENT)),
        ("reply-without-size", "a type 5 that agrees nothing", hello(type=5, echo=OTHER_EPOCH)),
        (
            "reply-too-large",
            "an agreed size over the sender's own capacity",
            hello(type=5, echo=OTHER_EPOCH, capacity=SEGMENT, agreed=2 * SEGMENT),
        ),
        ("agreement-zero", "agreement number 0", hello(agreement=0)),
        ("agreement-huge", "agreement number 2^63", hello(agreement=1 << 63)),
        ("capacity-small", "capacity of 65535 bytes", hello(capacity=SEGMENT - 1)),
        ("capacity-ragged", "capacity of 65537 bytes", hello(capacity=SEGMENT + 1)),
        ("capacity-large", "capacity over 16 MiB", hello(capacity=(16 << 20) + SEGMENT)),
        ("padding", "a byte of the padding set", hello(pad=b"\0\1\0")),
        ("rest", "the last byte set, by a version 1", hello(rest=bytes(377) + b"\1")),
    ]
    out += [invalid("hello", slug, about, data) for slug, about, data in faults]
    names = ["OK", "NOT_WANTED", "BUSY", "MALFORMED", "NO_COMMON_VERSION"]
    for code, name in enumerate(names):
        slug = name.lower().replace("_", "-")
        data = b"NRHELLO1" + bytes([code]) + bytes(7)
        out.append(valid("hello-answer", slug, f"code {code}", data, {"code": name}))
    out += [
        invalid("hello-answer", "magic", "another magic", b"NRHELLO2" + bytes(8)),
        invalid("hello-answer", "code", "code 5", b"NRHELLO1\5" + bytes(7)),
        invalid("hello-answer", "padding", "padding set", b"NRHELLO1" + bytes(7) + b"\1"),
        invalid("hello-answer", "short", "15 bytes", b"NRHELLO1" + bytes(7)),
    ]
    return out


def first_bytes() -> list[Vector]:
    """Return the vectors of what a connection to a dataport begins with."""
    call = b"NRCALL01"
    return [
        valid("first-bytes", "call", "a call", call, {"is": "call"}),
        valid("first-bytes", "call-begun", "7 bytes of a call", call[:-1], {"is": "incomplete"}),
        valid("first-bytes", "tls", "a handshake record of TLS", b"\x16\x03", {"is": "tls"}),
        invalid("first-bytes", "other-call", "a call of another version", b"NRCALL02"),
        invalid("first-bytes", "hello", "a hello, which has a port of its own", b"NRHELLO1"),
        invalid("first-bytes", "http", "another protocol", b"GET / HTTP/1.1"),
        invalid("first-bytes", "tls-alert", "an alert record of TLS", b"\x15\x03"),
    ]
