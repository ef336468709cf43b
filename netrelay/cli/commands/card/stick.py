"""`netrelay card stick`: carries in and out by a stick that was plugged in."""

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.card.status import card_root
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there
from netrelay.core.printable import printable
from netrelay.provisioning.card.light import LEDS, show_light
from netrelay.provisioning.card.stick import (
    FOLDER,
    LABEL,
    LIGHTS,
    At,
    Note,
    StickError,
    carry_by_stick,
    device_mistake,
    foremost_note,
    write_note,
)
from netrelay.provisioning.system.card_root import CARD
from netrelay.runtime.home import Home

_SAID_BYTES = 1 << 16


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "card stick",
        "Take what a stick brings, and copy to it what waits for any node. The image runs it when"
        f"\na stick labelled {LABEL} is plugged in; the light tells when it may be pulled.",
    )
    made.add_argument("device", metavar="DEVICE", help="such as /dev/sda1, with FAT or exFAT")
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- the card has one home
    """Print what was taken and copied; light and note say how it ended."""
    options = parser().read(arguments)
    card_root(CARD)
    mistake = device_mistake(options.device)
    if mistake:
        raise CommandError(Exit.USAGE, mistake)
    if os.geteuid() != 0:
        raise CommandError(
            Exit.NOT_PERMITTED,
            f"only root mounts: `sudo {command_there(f'card stick {options.device}')}`",
        )
    _show(options.device, Note(At.WORK, "a stick is at work: leave it where it is"))
    try:
        with _one_at_a_time():
            said = carry_by_stick(FOLDER, options.device, _run)
    except (StickError, OSError) as error:
        _show(options.device, Note(At.UNUSABLE, f"a stick is not used: {error}"))
        raise CommandError(Exit.INPUT_OUTPUT, str(error)) from error
    _show(options.device, Note(At.DONE, f"a stick may be pulled: {'; '.join(said)}"))
    for line in said:
        print(printable(line))
    return Exit.OK


def _show(device: str, note: Note) -> None:
    """Store the note; the light is that of all sticks: one may be at work when another is done."""
    FOLDER.mkdir(mode=0o755, exist_ok=True)
    write_note(FOLDER, device, note)
    shown = foremost_note(FOLDER) or note
    with suppress(OSError):
        show_light(LEDS, LIGHTS[shown.at])


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for another stick's end: both would copy the same."""
    lock = os.open(FOLDER / "stick.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _run(words: tuple[str, ...]) -> tuple[int, str]:
    # -P: never from the folder in which a person types the command.
    command = (sys.executable, "-P", "-m", *words) if words[0] == "netrelay" else words
    with tempfile.TemporaryFile() as said:
        # Words of this program, and a path that device_mistake has checked.
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False
        )
        # A check of a file system has a line for each fault, of which there may be millions.
        end = said.seek(0, os.SEEK_END)
        said.seek(max(0, end - _SAID_BYTES))
        return done.returncode, said.read().decode(errors="replace")
