"""The hello: the record by which two nodes negotiate an agreement over the commsport.

A type 4 requests an agreement, a type 5 grants it, each in a connection of its own. The certificate
of the connection identifies the sender, so the record does not. 512 bytes, big-endian:

      0  magic "NETRELAY"        8      40  agreement number          u64
      8  type, 4 or 5            u8     48  capacity                  u32
      9  version min             u8     52  agreed size (0 in type 4) u32
     10  version max             u8     56  commsport                 u16
     11  dataport count          u8     58  dataports             4 x u16
     12  address count           u8     66  addresses 4 x (u8 family, 16 bytes)
     13  zero                    3     134  zero                    378
     16  features                u64
     24  sender's epoch          8
     32  echoed epoch            8   (type 5: of the hello it answers; type 4: zero)

The answer confirms that the record is durable: 16 bytes, "NRHELLO1" | u8 code | 7 x zero.
"""

from enum import IntEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from struct import Struct
from typing import Final, NamedTuple

from netrelay.core.frames import PROTOCOL_VERSION
from netrelay.core.msgpack_array import INTEGER_MAX, Octets, check_bytes, check_integer, malformed
from netrelay.core.segments import check_capacity
from netrelay.core.words import MessageType

HELLO_BYTES: Final = 512
HELLO_ANSWER_BYTES: Final = 16
DATAPORTS_MAX: Final = 4
ADDRESSES_MAX: Final = 4

NO_EPOCH: Final = bytes(8)
# Bits of `features`. The sender hears the identity of the receiver from two machines.
IDENTITY_TWICE: Final = 1
# The sender cannot be dialled: the reply returns on the connection of the hello, and the sender
# places calls (call.py) for the data that it is to receive.
CALLS: Final = 2
# The sender accepts calls on its dataports.
ANSWERS_CALLS: Final = 4
# The sender goes on with a session of frames on another connection (resumption.py).
RESUMES: Final = 8
# The sender unpacks what it is sent compressed (compressed_stream.py).
UNPACKS: Final = 16
# The sender takes MESSAGES frames that are packed (packed_frames.py).
TAKES_PACKED: Final = 32
# The sender waits for the reply on the connection of its hello, in its short form.
HEARS_REPLY: Final = 64
# The sender takes frames in reverse on the data connections that it dials (reverse_frames.py).
BOTH_WAYS: Final = 128
# In a receipt only (receipt.py): relays on the way to its addressee are asked for custody words.
WANTS_CUSTODY: Final = 256

_HEAD: Final = Struct(">8s5B3sQ8s8sQIIH")
_PORTS: Final = Struct(f">{DATAPORTS_MAX}H")
_ADDRESS: Final = Struct(">B16s")
_PORTS_AT: Final = _HEAD.size
_ADDRESSES_AT: Final = _PORTS_AT + _PORTS.size
_REST_AT: Final = _ADDRESSES_AT + ADDRESSES_MAX * _ADDRESS.size
_ANSWER: Final = Struct(">8sB7s")
_MAGIC: Final = b"NETRELAY"
SHORT_HELLO_BYTES: Final = _REST_AT
"""Bytes of a reply on the connection of a hello that said HEARS_REPLY: without the zeros behind."""
_ANSWER_MAGIC: Final = b"NRHELLO1"

_FAMILIES: Final[dict[int, type[IPv4Address] | type[IPv6Address]]] = {
    4: IPv4Address,
    6: IPv6Address,
}


def goes_on_as_data(asking: int, replying: int) -> bool:
    """Return whether the connection of a hello goes on after the reply, by both sides' features."""
    is_heard = asking & (HEARS_REPLY | CALLS) == HEARS_REPLY
    return is_heard and bool(asking & replying & BOTH_WAYS) and not replying & CALLS


class HelloAnswer(IntEnum):
    """Answer of the listener on a commsport; OK means that the hello is durable."""

    OK = 0
    NOT_WANTED = 1
    BUSY = 2
    MALFORMED = 3
    NO_COMMON_VERSION = 4


class Hello(NamedTuple):
    """A hello (type HELLO) or its reply (type HELLO_REPLY).

    `addresses` holds at most four literals, no wildcard; empty means the address the connection
    came from. In a HELLO `agreed_size_bytes` is 0 and `echoed_epoch` is NO_EPOCH.
    """

    type: MessageType
    epoch: bytes
    agreement: int
    capacity_bytes: int
    commsport: int
    dataports: tuple[int, ...]
    addresses: tuple[str, ...] = ()
    agreed_size_bytes: int = 0
    echoed_epoch: bytes = NO_EPOCH
    features: int = 0
    version_min: int = PROTOCOL_VERSION
    version_max: int = PROTOCOL_VERSION


def encode_hello(hello: Hello) -> bytes:
    """Return the 512 bytes of a hello; raise ValueError for a field that a peer would refuse."""
    _check_hello(hello)
    record = bytearray(HELLO_BYTES)
    _HEAD.pack_into(
        record,
        0,
        _MAGIC,
        hello.type,
        hello.version_min,
        hello.version_max,
        len(hello.dataports),
        len(hello.addresses),
        bytes(3),
        hello.features,
        hello.epoch,
        hello.echoed_epoch,
        hello.agreement,
        hello.capacity_bytes,
        hello.agreed_size_bytes,
        hello.commsport,
    )
    unused = [0] * (DATAPORTS_MAX - len(hello.dataports))
    _PORTS.pack_into(record, _PORTS_AT, *hello.dataports, *unused)
    for index, text in enumerate(hello.addresses):
        _ADDRESS.pack_into(record, _ADDRESSES_AT + index * _ADDRESS.size, *_packed_address(text))
    return bytes(record)


def decode_hello(record: Octets) -> Hello:
    """Return the hello in these 512 bytes; raise WireError MALFORMED that names the invalid field.

    A hello with no protocol version in common still decodes: see `common_version`. The trailing
    zeros are checked only when its highest version is ours, since a later version may define them.
    """
    if len(record) != HELLO_BYTES:
        raise malformed(f"hello has {len(record)} bytes, must have {HELLO_BYTES}")
    head = _HEAD.unpack_from(record)
    magic, kind, version_min, version_max, port_count, address_count, zero = head[:7]
    features, epoch, echoed_epoch, agreement, capacity, agreed_size, commsport = head[7:]
    if magic != _MAGIC:
        raise malformed(f"hello begins with {magic!r}, not {_MAGIC!r}")
    if kind not in (MessageType.HELLO, MessageType.HELLO_REPLY):
        raise malformed(f"hello of type {kind}, must be 4 or 5")
    check_integer("dataport count", port_count, 1, DATAPORTS_MAX)
    check_integer("address count", address_count, 0, ADDRESSES_MAX)
    if any(zero) or any(_unused_bytes(record, port_count, address_count, version_max)):
        raise malformed("hello has bytes that are not zero where nothing is said")
    ports = _PORTS.unpack_from(record, _PORTS_AT)
    addresses = list(_ADDRESS.iter_unpack(memoryview(record)[_ADDRESSES_AT:_REST_AT]))
    hello = Hello(
        MessageType(kind),
        epoch,
        agreement,
        capacity,
        commsport,
        ports[:port_count],
        tuple(_address_text(family, raw) for family, raw in addresses[:address_count]),
        agreed_size,
        echoed_epoch,
        features,
        version_min,
        version_max,
    )
    _check_hello(hello)
    return hello


def _unused_bytes(record: Octets, port_count: int, address_count: int, version_max: int) -> bytes:
    """Return the bytes that a sender leaves zero: unused ports and addresses, and the rest.

    The rest counts only if the sender's highest version is ours: a later one may define it.
    """
    ports_end = _PORTS_AT + port_count * (_PORTS.size // DATAPORTS_MAX)
    addresses_end = _ADDRESSES_AT + address_count * _ADDRESS.size
    end = HELLO_BYTES if version_max <= PROTOCOL_VERSION else _REST_AT
    return bytes(record[ports_end:_ADDRESSES_AT]) + bytes(record[addresses_end:end])


def _check_hello(hello: Hello) -> None:
    check_integer("version max", hello.version_max, 1, 255)
    check_integer("version min", hello.version_min, 1, hello.version_max)
    check_integer("features", hello.features, 0, 2**64 - 1)
    check_bytes("epoch", hello.epoch, 8, 8)
    if hello.epoch == NO_EPOCH:
        raise malformed("epoch is zero, must be 8 random bytes")
    check_bytes("echoed epoch", hello.echoed_epoch, 8, 8)
    check_integer("agreement number", hello.agreement, 1, INTEGER_MAX)
    check_integer("commsport", hello.commsport, 1, 65535)
    check_integer("dataport count", len(hello.dataports), 1, DATAPORTS_MAX)
    for port in hello.dataports:
        check_integer("dataport", port, 1, 65535)
    check_integer("address count", len(hello.addresses), 0, ADDRESSES_MAX)
    try:
        check_capacity("capacity", hello.capacity_bytes)
        if hello.type == MessageType.HELLO_REPLY:
            check_capacity("agreed size", hello.agreed_size_bytes)
    except ValueError as error:
        raise malformed(f"hello: {error}") from None
    if hello.type == MessageType.HELLO_REPLY:
        if hello.agreed_size_bytes > hello.capacity_bytes:
            raise malformed(
                f"agreed size {hello.agreed_size_bytes} is over the sender's own capacity "
                f"{hello.capacity_bytes}"
            )
        if hello.echoed_epoch == NO_EPOCH:
            raise malformed("a type 5 must echo the epoch of the hello it answers")
    elif hello.type != MessageType.HELLO:
        raise malformed(f"hello of type {hello.type}, must be 4 or 5")
    elif hello.agreed_size_bytes or hello.echoed_epoch != NO_EPOCH:
        raise malformed("a type 4 has no agreed size and echoes no epoch")


def common_version(hello: Hello) -> int | None:
    """Return the highest protocol version that both nodes support, or None."""
    return PROTOCOL_VERSION if hello.version_min <= PROTOCOL_VERSION <= hello.version_max else None


def encode_hello_answer(answer: HelloAnswer) -> bytes:
    """Return the 16 bytes of an answer."""
    return _ANSWER.pack(_ANSWER_MAGIC, answer, bytes(7))


def decode_hello_answer(record: Octets) -> HelloAnswer:
    """Return the answer in these 16 bytes; raise WireError MALFORMED for anything else."""
    if len(record) != HELLO_ANSWER_BYTES:
        raise malformed(f"hello answer has {len(record)} bytes, must have {HELLO_ANSWER_BYTES}")
    magic, code, zero = _ANSWER.unpack(record)
    if magic != _ANSWER_MAGIC or any(zero) or code > HelloAnswer.NO_COMMON_VERSION:
        raise malformed(f"hello answer {bytes(record).hex()} is not one of this protocol")
    return HelloAnswer(code)


def _packed_address(text: str) -> tuple[int, bytes]:
    family = 6 if ":" in text else 4
    try:
        address = _FAMILIES[family](text)
    except AddressValueError as error:
        raise malformed(f"address {text[:80]!r} is not a literal IPv4 or IPv6 address") from error
    if "%" in text:
        raise malformed(f"address {text[:80]!r} names an interface, which means nothing elsewhere")
    _check_not_wildcard(address)
    return family, address.packed.ljust(16, b"\0")


def _address_text(family: int, raw: bytes) -> str:
    if family not in _FAMILIES:
        raise malformed(f"address family {family}, must be 4 or 6")
    length = 4 if family == 4 else 16
    if any(raw[length:]):
        raise malformed(f"IPv4 address {raw.hex()} must be followed by zero bytes")
    address = _FAMILIES[family](raw[:length])
    _check_not_wildcard(address)
    return str(address)


def _check_not_wildcard(address: IPv4Address | IPv6Address) -> None:
    if address.is_unspecified:
        raise malformed(f"address {address} is one to listen on, nobody can dial it")
