"""Cache netrelay's byte code between builds: compiling it under qemu-user takes three minutes.

    python3 image/byte_code.py restore|save ROOT CACHE

The installation of the package compiles sources without a valid .pyc, which contains time and size
of its source (PEP 3147, PEP 552). The cache is keyed by the content of a source, and the time in a
restored .pyc is set to that of the new source: a newer package recompiles only changed sources.
"""

import hashlib
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Magic number, flags (0: validated by time and size), time, size: importlib._bootstrap_external.
HEADER = struct.Struct("<4sLLL")
TAG = "cpython-313"


def sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each source in netrelay's environment with the path of its byte code."""
    for source in sorted((root / "usr/lib/netrelay/lib").rglob("*.py")):
        yield source, source.parent / "__pycache__" / f"{source.stem}.{TAG}.pyc"


def key(root: Path, source: Path) -> str:
    """Return the key in the cache; it includes the path, which is compiled into the byte code."""
    digest = hashlib.sha256(os.fspath(source.relative_to(root)).encode() + b"\0")
    digest.update(source.read_bytes())
    return digest.hexdigest()


def restore(root: Path, cache: Path) -> int:
    """Copy cached byte code into the root; return the number of files."""
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
    """Copy new byte code that is validated by time into the cache; return the number of files."""
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
