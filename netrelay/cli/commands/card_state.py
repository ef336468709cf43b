"""`netrelay card-state`: shows how a card's node is, by its light and on its boot partition."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from netrelay import __version__
from netrelay.cli.addresses import own_addresses
from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.home_findings import home_findings
from netrelay.cli.checks.landing_findings import landing_findings
from netrelay.cli.checks.peer_findings import peer_findings
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.findings import Finding, Level
from netrelay.cli.opening import Reader
from netrelay.cli.queries.health import peer_health, unfinished_jobs
from netrelay.cli.text import json_line
from netrelay.core.printable import printable
from netrelay.provisioning.card import boot_folder, stick
from netrelay.provisioning.card.light import LEDS, Light, show_light
from netrelay.provisioning.card.report_files import with_state
from netrelay.runtime.home import Home

_WILDCARD = "::"


class _State(NamedTuple):
    light: Light
    health: str


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "card-state",
        "Show how the node of a card is: by the ACT light of its board, and at the end of"
        "\nnetrelay-node.txt on its boot partition, which is written only when it says something"
        "\nelse. The image runs it every five minutes.",
    )
    made.add_argument(
        "--boot", metavar="DIR", type=Path, required=True, help="where the boot partition is"
    )
    made.add_argument(
        "--leds", metavar="DIR", type=Path, default=LEDS, help="where the lights are, for tests"
    )
    made.add_argument(
        "--sticks",
        metavar="DIR",
        type=Path,
        default=stick.FOLDER,
        help="where the notes of sticks are, for tests",
    )
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the state, after light and file show it."""
    options = parser().read(arguments)
    if not options.boot.is_dir():
        raise CommandError(Exit.NO_INPUT, f"{options.boot} is not a folder")
    state = _with_stick(_state(home, options.boot), options.sticks)
    path = options.boot / boot_folder.NODE_FILE
    before = boot_folder.read_file(path).decode(errors="replace") if path.is_file() else ""
    after = with_state(before.replace("\r\n", "\n"), _lines(options.boot, state))
    # Each write wears the card, and times and counts in the sentence change every minute.
    if _without_counts(after) != _without_counts(before.replace("\r\n", "\n")):
        try:
            boot_folder.write_text(options.boot, boot_folder.NODE_FILE, after)
        except OSError as error:
            state = _State(Light.PERSON, f"{path} cannot be written: {error.strerror}")
    has_light = show_light(options.leds, state.light)
    if options.json:
        fields = {"state": state.light.value, "health": state.health, "has_light": has_light}
        print(json_line("card-state", fields))
    else:
        print(f"{state.light.value}: {state.health}")
    return Exit.OK


def _with_stick(state: _State, folder: Path) -> _State:
    """Return what the person is told who has plugged in a stick, if there is one.

    One that is done for weeks does not hide that the node needs a person.
    """
    note = stick.foremost_note(folder)
    if note is None or (note.at is stick.At.DONE and state.light is Light.PERSON):
        return state
    return _State(stick.LIGHTS[note.at], note.words)


def _state(home: Home, boot: Path) -> _State:
    if (boot / boot_folder.ERROR_FILE).is_file():
        return _State(Light.PERSON, f"a mistake; {boot_folder.ERROR_FILE} here says which")
    said = _unwritable(boot)
    if said:
        return _State(Light.PERSON, said)
    if not home.database.exists():
        return _State(
            Light.PERSON, "there is no node on this card; flash it anew, or read docs/card.md"
        )
    try:
        with Reader(home) as reader:
            found = list(home_findings(home, reader))
            if not any(finding.ends for finding in found):
                with reader.snapshot() as database:
                    found += peer_findings(database, home)
                found += landing_findings(reader, home)
            worst = next((each for each in found if each.level is Level.FAIL), None)
            if worst is not None:
                return _State(Light.PERSON, _words(worst))
            with reader.snapshot() as database:
                peers = peer_health(database)
                work = unfinished_jobs(database)
    except (CommandError, OSError) as error:
        return _State(Light.PERSON, printable(str(error)))
    if not peers:
        return _State(Light.UNREACHED, "it has no peers yet")
    if all(peer.connection != "open" for peer in peers):
        return _State(Light.UNREACHED, "none of its peers is reached")
    if work:
        return _State(Light.WORK, "all is well, and files are on their way")
    return _State(Light.RUNNING, "all is well")


def _unwritable(boot: Path) -> str:
    """Return why nothing can be written to the boot partition, "" while it can."""
    found = os.statvfs(boot)
    if found.f_flag & os.ST_RDONLY:
        return (
            "the boot partition is read-only: its file system is damaged, or the card is"
            " write-protected or worn out; mend it on another computer, or flash another card"
        )
    if not found.f_bavail:
        return "the boot partition is full; delete what you have put there"
    return ""


def _without_counts(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(re.sub(r"\d+", "", x) if x.startswith("health ") else x for x in lines)


def _words(finding: Finding) -> str:
    return printable(
        f"{finding.subject}: {finding.text}" + f"; {finding.help}" * bool(finding.help)
    )


def _lines(boot: Path, state: _State) -> list[str]:
    """Return the lines of the file; nothing in them changes while the state stays."""
    addresses = ", ".join(own_addresses(_WILDCARD)) or "none"
    is_wrong = (boot / boot_folder.ERROR_FILE).is_file()
    outcome = "not applied: netrelay-error.txt" if is_wrong else "applied"
    return [
        f"state     {state.light.value}",
        f"health    {state.health}",
        f"address   {addresses}",
        f"settings  {outcome} at the last boot",
        f"versions  netrelay {__version__}, Linux {os.uname().release}",
    ]
