"""The mounted boot partition: reading and writing its files, and wiping secrets from it."""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import Any

from netrelay import __version__
from netrelay.disk.folders import flush_folder
from netrelay.disk.replacement import replace_file

BOOT_FILE = "netrelay.toml"
ERROR_FILE, NODE_FILE = "netrelay-error.txt", "netrelay-node.txt"
CARDS, KEYS = "cards", "netrelay-keys"
# Lines of the node file (report_files.py).
_NODE_ID_LINE = b"node id "
_NAME_LINE = re.compile(rb"^name +([^\s/]+)\s*$", re.MULTILINE)
# Names that fsck.vfat gives to what it finds without a name, and to the second of two of one name.
PIECE = re.compile(r"fsck\d{4}\.(?:rec|\d{3})")
# Prefix of the cards that lie beside the folder for them, where nothing reads them.
OUTSIDE = "outside cards/"
_CARD_NAMES = (".card", ".card.txt")
_AT_TOP = (BOOT_FILE, "rpi-preseed.toml", "firstrun.sh")
# Names that editors, browsers and file managers give the boot file: netrelay.toml.txt, netrelay,
# "netrelay (1).toml", "netrelay - Kopie.toml". A card may be called netrelay.card.
_MISNAMED = re.compile(r"netrelay(?:[ .(_~].*)?(?<!\.card)(?<!\.card\.txt)")
# Windows puts .txt behind it.
RESET_FILES = ("netrelay-reset", "netrelay-reset.txt")
LIKE_RESET = re.compile(r"netrelay[-_ ]?reset.*")
RESET_LIMIT_BYTES = 1024
_FILE_LIMIT_BYTES = 1 << 20
_PIECE_LIMIT_BYTES = 4096
_FILES_LIMIT = 2000
_FOLDERS_LIMIT = 100


def read_files(boot: Path) -> dict[str, bytes]:
    """Return the files that a person, a fleet or Imager put there.

    By path in lower case, since names on a FAT have no case. Each file is cut at 1 MiB. Among them
    are what has no effect, so that it can be told: boot files under a wrong name or in a folder,
    cards outside of theirs, the beginnings of pieces that fsck found, misnamed requests for a
    reset, and folders in place of files, with "/" at the end of their names.
    """
    found: dict[str, bytes] = {}
    folders = 0
    for path in sorted(boot.iterdir()):
        name = _key(path)
        if (name in _AT_TOP or _MISNAMED.fullmatch(name)) and path.is_file():
            found[name] = read_file(path)
        elif name.endswith(".card") and path.is_file():
            found[f"{OUTSIDE}{name}"] = read_file(path)
        elif PIECE.fullmatch(name) and path.is_file():
            found[name] = read_file(path)[:_PIECE_LIMIT_BYTES]
        elif name not in RESET_FILES and LIKE_RESET.fullmatch(name) and path.is_file():
            found[name] = b""
        elif name in (CARDS, KEYS) and path.is_dir():
            # macOS creates a file ._NAME for each file that it copies to a FAT.
            inside = [each for each in sorted(path.iterdir()) if each.name[0] != "."]
            for each in inside[:_FILES_LIMIT]:
                if each.is_file() and (name == KEYS or _key(each).endswith(_CARD_NAMES)):
                    found[f"{name}/{_key(each)}"] = read_file(each)
        if path.is_dir() and folders < _FOLDERS_LIMIT:
            folders += 1
            if name == BOOT_FILE or LIKE_RESET.fullmatch(name):
                found[f"{name}/"] = b""
            for inside_name in (BOOT_FILE, f"{BOOT_FILE}.txt"):
                if (path / inside_name).is_file():
                    found[f"{name}/{inside_name}"] = read_file(path / inside_name)
    return found


def reset_file(boot: Path) -> str | None:
    """Return the name of the file that asks for a reset, None without one."""
    for path in sorted(boot.iterdir()):
        if _key(path) in RESET_FILES and path.is_file():
            return path.name
    return None


def misplaced(files: Mapping[str, bytes]) -> list[str]:
    """Return the paths of boot files that nothing reads: under another name, or in a folder."""
    return [
        path
        for path in files
        if path != BOOT_FILE and _MISNAMED.fullmatch(path.rpartition("/")[2]) is not None
    ]


def fingerprint(files: Mapping[str, bytes]) -> str:
    """Return a hash over these files and the version of netrelay."""
    state = hashlib.sha256(__version__.encode())
    for name, content in sorted(files.items()):
        # The node writes its own card there.
        if name.startswith(OUTSIDE):
            continue
        state.update(f"\n{name} {len(content)}\n".encode())
        state.update(hashlib.sha256(content).digest())
    return state.hexdigest()


def has_reports(boot: Path) -> bool:
    """Return False if the description of the node, or the node's own card, is missing or empty.

    A power cut while a file on a FAT is replaced may leave an empty one, as fsck.vfat mends it.
    """
    if not (boot / NODE_FILE).is_file():
        return False
    description = read_file(boot / NODE_FILE)
    name = _NAME_LINE.search(description)
    if name is None or _NODE_ID_LINE not in description:
        return False
    card = boot / f"{os.fsdecode(name[1])}.card"
    return card.is_file() and card.stat().st_size > 0


def write_text(boot: Path, name: str, text: str) -> bool:
    """Write a text file with the line ends of Windows; return False if it needed no change.

    A folder of that name is moved aside.
    """
    if (boot / name).is_dir():
        (boot / name).rename(_free_place(boot, f"{name} (folder)"))
        flush_folder(boot)
    return replace_file(boot / name, text.replace("\n", "\r\n").encode(), None)


def shorten_in_place(boot: Path, name: str, content: bytes) -> None:
    """Overwrite a file in place with shorter content, padded with blanks to the same size.

    The file exists at every moment: a Pi does not boot without its cmdline.txt, and on a FAT a
    rename over an existing file is not atomic.
    """
    path = boot / name
    before = path.read_bytes()
    after = content.rstrip(b"\n").ljust(len(before.rstrip(b"\n"))) + b"\n" * before.endswith(b"\n")
    if len(after) == len(before) and after != before:
        with path.open("r+b") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())


def remove(boot: Path, name: str) -> bool:
    """Remove a file, durable on return; return False if there is none."""
    # unlink(2) would fail for a missing file too where the partition is mounted read-only.
    if not (boot / name).is_file():
        return False
    (boot / name).unlink()
    flush_folder(boot)
    return True


def wipe_steps(
    files: Mapping[str, bytes], starred: Mapping[str, bytes], secrets: list[str]
) -> list[dict[str, Any]]:
    """Return the steps that remove all secrets, as data to store before `wipe` does them.

    starred: new content, of the same length, of files that stay. secrets: files to delete.
    """
    steps: list[dict[str, Any]] = []
    for name, after in starred.items():
        before = files[name]
        changed = [
            at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new
        ]
        if changed:
            first, last = changed[0], changed[-1] + 1
            steps.append(
                {
                    "file": name,
                    "offset": first,
                    "bytes": after[first:last].hex(),
                    "after": hashlib.sha256(after).hexdigest(),
                }
            )
    return steps + [{"file": name} for name in secrets]


def wipe(boot: Path, step: Mapping[str, Any]) -> None:
    """Do one of these steps; idempotent, durable on return.

    A file that was edited in the meantime is left as it is: the next boot applies it.
    """
    path = _find(boot, str(step["file"]))
    if path is None:
        return
    if "bytes" in step:
        _overwrite(path, int(step["offset"]), bytes.fromhex(str(step["bytes"])), str(step["after"]))
        return
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"\0" * size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    flush_folder(path.parent)
    if path.parent != boot:
        with suppress(OSError):
            path.parent.rmdir()
            flush_folder(boot)


def _overwrite(path: Path, offset: int, content: bytes, after: str) -> None:
    found = path.read_bytes()
    wanted = found[:offset] + content + found[offset + len(content) :]
    if hashlib.sha256(wanted).hexdigest() != after:
        return
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _key(path: Path) -> str:
    """Return a name in lower case, as text that can be written: names may not be UTF-8."""
    return os.fsencode(path.name).decode(errors="replace").lower()


def _free_place(boot: Path, name: str) -> Path:
    numbered = (boot / f"{name} {number}" for number in count(2))
    return next(path for path in chain([boot / name], numbered) if not path.exists())


def _find(boot: Path, name: str) -> Path | None:
    found = boot
    for part in name.split("/"):
        names = {_key(each): each for each in found.iterdir()} if found.is_dir() else {}
        if part not in names:
            return None
        found = names[part]
    return found


def read_file(path: Path) -> bytes:
    """Return the content of a file, cut at 1 MiB."""
    with path.open("rb") as file:
        return file.read(_FILE_LIMIT_BYTES)
