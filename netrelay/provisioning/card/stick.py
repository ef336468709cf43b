"""A USB stick labelled NETRELAY in a card's board: carried in and out without anybody typing.

    1  udev starts card-stick@.service for a FAT or exFAT file system of that label
    2  its file system is repaired and mounted, in a mount namespace of the unit
    3  `netrelay carry in`, then `netrelay carry out --all`
    4  it is unmounted, and the light says that it may be pulled

What the stick is at stands in a file of FOLDER, which the light reads, until the stick is pulled.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from netrelay.core.exit_status import Exit
from netrelay.core.printable import printable
from netrelay.provisioning.card.light import Light

FOLDER: Final = Path("/run/netrelay-card")
LABEL: Final = "NETRELAY"
# root alone sees what is on it; nothing on it is run, followed or taken for a device (mount(8)).
_OPTIONS: Final = "nosuid,nodev,noexec,nosymfollow,noatime,umask=0077,errors=remount-ro"
# Both repair what they can without asking, and end with 0 where nothing was wrong. fsck.fat(8) ends
# with 1 for what it has repaired and for what it gives up, too: hence the second look, which writes
# nothing.
_REPAIRS: Final = {"vfat": ("fsck.vfat", "-a", "-w"), "exfat": ("fsck.exfat", "-p")}
_LOOKS: Final = {"vfat": ("fsck.vfat", "-n"), "exfat": ("fsck.exfat", "-n")}
KINDS: Final = tuple(_REPAIRS)
"""File systems that are mounted: those that sticks come with, whose drivers are small."""

_MOUNT_OPTIONS: Final = {"vfat": f"{_OPTIONS},utf8=1", "exfat": _OPTIONS}
# They read a stranger's bytes: as a user who may open the device and nothing else.
_AS_NOBODY: Final = (
    "setpriv",
    "--reuid=nobody",
    "--regid=disk",
    "--clear-groups",
    "--no-new-privs",
)
_LONGEST_NOTE: Final = 500
_DEVICE: Final = re.compile(r"/dev/[a-z][a-z0-9]{1,30}")
_SERIAL_NUMBER: Final = re.compile(r"[0-9A-Fa-f-]{4,36}")


class At(StrEnum):
    """A stick: being used, ready to be pulled, or not usable."""

    WORK = "work"
    DONE = "done"
    UNUSABLE = "unusable"


# The first of these that any stick is at is what the light shows.
LIGHTS: Final = {
    At.WORK: Light.STICK_WORK,
    At.UNUSABLE: Light.PERSON,
    At.DONE: Light.STICK_DONE,
}


class Note(NamedTuple):
    """The content of a stick's file: what it is at, and a sentence for people."""

    at: At
    words: str = ""


class StickError(Exception):
    """The stick cannot be used; the text is for people."""


Run = Callable[[tuple[str, ...]], tuple[int, str]]
"""Runs a command with root's rights; returns its exit status and what it said."""


def write_note(folder: Path, device: str, note: Note) -> None:
    """Replace the note of a device's stick: no reader sees half of one."""
    path = _note_path(folder, device)
    half = path.with_suffix(".new")
    half.write_text(f"{note.at}\n{note.words[:_LONGEST_NOTE]}\n")
    half.replace(path)


def foremost_note(folder: Path, devices: Path = Path("/dev")) -> Note | None:
    """Return the note of the sticks that are plugged in that the light shows; None without one."""
    notes = {note.at: note for note in _read_notes(folder, devices)}
    return next((notes[at] for at in LIGHTS if at in notes), None)


def _read_notes(folder: Path, devices: Path) -> Iterator[Note]:
    for path in sorted(folder.glob("stick-*.note")):
        # Where a person typed the command, no unit removes the note when the stick is pulled.
        if not (devices / path.stem.removeprefix("stick-")).exists():
            continue
        try:
            at, _, words = path.read_text(errors="replace").partition("\n")
            yield Note(At(at), printable(words.strip()))
        except (OSError, ValueError):
            continue  # pulled, or of another version


def _note_path(folder: Path, device: str) -> Path:
    return folder / f"stick-{Path(device).name}.note"


def device_mistake(device: str) -> str:
    """Return what is wrong with the path of a device, "" if nothing is."""
    if _DEVICE.fullmatch(device):
        return ""
    return f"{printable(device)} is no device; allowed: /dev/ and its name, such as /dev/sda1"


def carry_by_stick(folder: Path, device: str, run: Run) -> list[str]:
    """Carry in and out; return what both said. StickError if the stick cannot be used.

    After an error of `carry` it is unmounted all the same.
    """
    kind, mount_point = _examine(folder, device, run)
    _repair(device, kind, run)
    mount_point.mkdir(mode=0o700, parents=True, exist_ok=True)
    _run(run, "mount", "-t", kind, "-o", _MOUNT_OPTIONS[kind], device, str(mount_point))
    said, failed = [], []
    try:
        for words, allowed in (
            # A stick on which nothing is yet is no mistake, and what is refused is told by status.
            (("in", str(mount_point)), (Exit.OK, Exit.NO_INPUT, Exit.DATA)),
            (("out", str(mount_point), "--all"), (Exit.OK,)),
        ):
            status, text = run(("netrelay", "carry", *words))
            said += text.splitlines() if status != Exit.NO_INPUT else []
            if status not in allowed:
                failed.append(text.strip().rpartition("\n")[2])
    finally:
        _run(run, "umount", str(mount_point))
    if failed:
        raise StickError("; ".join(failed))
    return said


def _examine(folder: Path, device: str, run: Run) -> tuple[str, Path]:
    """Return the kind of file system, and where to mount it: a name that stays the stick's own."""
    look = (*_AS_NOBODY, "blkid", "--probe", "--output", "value", "--match-tag")
    kind, serial_number = (_run(run, *look, tag, device).strip() for tag in ("TYPE", "UUID"))
    if kind not in KINDS:
        raise StickError(
            f"{device} has a file system of the kind {printable(kind)!r}; allowed:"
            f" {', '.join(KINDS)}"
        )
    if not _SERIAL_NUMBER.fullmatch(serial_number):
        raise StickError(f"{device} has no serial number")
    return kind, folder / f"{LABEL}-{serial_number}"


def _repair(device: str, kind: str, run: Run) -> None:
    if run(("blockdev", "--getro", device)) == (0, "1\n"):
        return  # write-protected: it is mounted as it is, and only read
    status, said = run((*_AS_NOBODY, *_REPAIRS[kind], device))
    if status:
        status, said = run((*_AS_NOBODY, *_LOOKS[kind], device))
    if status:
        why = said.strip().rpartition("\n")[2]
        raise StickError(
            f"the file system of {device} is damaged, and could not be repaired here"
            f" ({printable(why)}): repair it on another computer"
        )


def _run(run: Run, *words: str) -> str:
    status, said = run(words)
    if status:
        program = next(word for word in words if word not in _AS_NOBODY)
        raise StickError(f"{program} failed: {printable(said.strip()) or status}")
    return said
