"""Keeps netrelay's compiled byte code between builds: under qemu-user it is three minutes of work.

    python3 image/byte_code.py restore|save ROOT CACHE

The package compiles itself when it is installed, and passes over what is current: a .pyc that names
the time and size of its source (PEP 3147, PEP 552). A source's bytes decide which .pyc is its own;
only the time in it is the new one's, so a package whose files are all a day younger costs nothing.
"""

import hashlib
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Magic number, flags (0: judged by time and size), time, size: importlib._bootstrap_external.
HEADER = struct.Struct("<4sLLL")
TAG = "cpython-313"


def sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Give each source below netrelay's own environment, and where its byte code belongs."""
    for source in sorted((root / "usr/lib/netrelay/lib").rglob("*.py")):
        yield source, source.parent / "__pycache__" / f"{source.stem}.{TAG}.pyc"


def key(root: Path, source: Path) -> str:
    """Give the name of a source's byte code in the cache: its path is compiled into it, too."""
    digest = hashlib.sha256(os.fspath(source.relative_to(root)).encode() + b"\0")
    digest.update(source.read_bytes())
    return digest.hexdigest()


def restore(root: Path, cache: Path) -> int:
    """Put in what is known; gives how many."""
    count = 0
    for source, compiled in sources(root):
        kept = cache / key(root, source)
        if not kept.exists():
            continue
        content = kept.read_bytes()
        status = source.stat()
        magic, flags, _, _ = HEADER.unpack_from(content)
        header = HEADER.pack(magic, flags, int(status.st_mtime), status.st_size & 0xFFFFFFFF)
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(header + content[HEADER.size :])
        compiled.chmod(0o644)
        count += 1
    return count


def save(root: Path, cache: Path) -> int:
    """Keep what was compiled and is judged by time; gives how many were new."""
    cache.mkdir(parents=True, exist_ok=True)
    count = 0
    for source, compiled in sources(root):
        kept = cache / key(root, source)
        if kept.exists() or not compiled.exists():
            continue
        content = compiled.read_bytes()
        if len(content) < HEADER.size or HEADER.unpack_from(content)[1] != 0:
            continue
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as file:
            file.write(content)
        Path(file.name).rename(kept)
        count += 1
    return count


if __name__ == "__main__":
    work = {"restore": restore, "save": save}[sys.argv[1]]
    print(f"byte code: {work(Path(sys.argv[2]), Path(sys.argv[3]))} files")
