"""What a finder of a stick can do to it: without keys, to bytes, names and the file system."""

import os
import random
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from netrelay.core.medium_file import MEDIUM_HEADER_BYTES
from tests.story.sticks.forger import RealFile

GIB = 1 << 30
_ODD_BYTES = (0, 1, 0x7F, 0x80, 0xFF)
_ODD_NUMBERS = (0, 1, 63, 64, 65, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
# Where the header has a number of 32 bits (netrelay/core/medium_file.py).
_NUMBERS_AT = (12, 72, 76, 80, 116, 152)


def fresh_name(chance: random.Random, addressee: str) -> str:
    """Return a name as a complete file has it."""
    return f"{addressee}-{chance.getrandbits(128):032x}.carry"


def flipped(chance: random.Random, data: bytes, most: int = 8) -> bytes:
    """Return the bytes with a few of them changed."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, most)):
        at = chance.randrange(len(changed)) if changed else 0
        if changed:
            value = chance.choice((*_ODD_BYTES, chance.randrange(256)))
            changed[at] = value if value != changed[at] else value ^ 1
    return bytes(changed)


def cut(chance: random.Random, data: bytes) -> bytes:
    """Return the beginning of the bytes."""
    return data[: chance.randrange(len(data))] if data else data


def with_odd_number(chance: random.Random, header: bytes) -> bytes:
    """Return a header with a number that no file should have."""
    changed = bytearray(header)
    struct.pack_into(">I", changed, chance.choice(_NUMBERS_AT), chance.choice(_ODD_NUMBERS))
    return bytes(changed)


def damaged_bytes(chance: random.Random, real: RealFile, other: RealFile) -> bytes:
    """Return the bytes of a real file after one accident."""
    content = real.content
    match chance.randrange(9):
        case 0:
            return flipped(chance, content)
        case 1:  # in the header only, or in its signature
            head = flipped(chance, content[:MEDIUM_HEADER_BYTES])
            return head + content[MEDIUM_HEADER_BYTES:]
        case 2:
            return cut(chance, content)
        case 3:
            return cut(chance, content[: MEDIUM_HEADER_BYTES + 64])
        case 4:
            return content + chance.randbytes(chance.randrange(1, 5000))
        case 5:  # sectors that were never written
            at = chance.randrange(0, len(content), 512)
            return content[:at] + bytes(512) + content[at + 512 :]
        case 6:
            return with_odd_number(chance, content)
        case 7:
            at = chance.randrange(min(len(content), len(other.content)))
            return content[:at] + other.content[at:]
        case _:
            return chance.randbytes(chance.randrange(0, 9000))


def _link(chance: random.Random, path: Path) -> None:
    path.symlink_to(chance.choice((path.name, "/etc/passwd", "..", "/dev/zero", "x" * 200)))


def _fifo(chance: random.Random, path: Path) -> None:
    os.mkfifo(path)


def _folder(chance: random.Random, path: Path) -> None:
    deep = path
    for _ in range(chance.randrange(1, 30)):
        deep /= "d" * chance.randrange(1, 60)
    deep.mkdir(parents=True)


def _socket(chance: random.Random, path: Path) -> None:
    bound = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:  # the path of a socket has 107 bytes at most
        bound.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        bound.close()
        os.close(folder)


ODD_ENTRIES: tuple[Callable[[random.Random, Path], None], ...] = (_link, _fifo, _folder, _socket)


def odd_name(chance: random.Random, addressee: str) -> str:
    """Return a name that no complete file has, or an unfinished one has."""
    number = f"{chance.getrandbits(128):032x}"
    return chance.choice(
        (
            f"{number}.part",
            f"{addressee.upper()}-{number}.carry",
            f"{addressee}-{number}.carry.carry",
            f"{addressee}-{number}.CARRY",
            f"{addressee}-{number[:-1]}.carry",
            f".{number}.carry",
            f"{addressee}-{number}.carry\n",
            f"\x1b[31m{number}",
            os.fsdecode(b"\xff\xfe" + number.encode()),
            f"{number * 7}.carry",
        )
    )


def lay_sparse(chance: random.Random, path: Path, real: RealFile) -> None:
    """Write a file that is longer than FAT32 can hold, without its blocks."""
    keep = chance.choice((0, MEDIUM_HEADER_BYTES, len(real.content)))
    path.write_bytes(real.content[:keep])
    os.truncate(path, chance.choice((4 * GIB - 1, 4 * GIB, 5 * GIB, 1 << 40)))
