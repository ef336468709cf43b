"""Words for what lies in the drop folders and is not sent."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from netrelay.cli.opening import read_config
from netrelay.cli.queries.left_entries import MOST_OF_A_FOLDER, LeftEntry
from netrelay.cli.text import clock_time, counted, duration
from netrelay.cli.wording.explain import Situation
from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.printable import printable


def left_paragraph(entries: Sequence[LeftEntry], situation: Situation) -> str:
    """Return what is to be said about the entries of one name."""
    sentences = [
        f"{entry.name} lies in {entry.folder} since {clock_time(entry.since_unix_s)}"
        f" ({duration(entry.waited_s)}) and is not sent: {entry.reason}."
        for entry in entries
    ]
    return printable(" ".join([*sentences, *_if_down(situation)]))


def lying_paragraph(name: str, peer_folders: Iterable[str], situation: Situation) -> str | None:
    """Return what is to be said of a name that has no row yet and lies in a drop folder, or None.

    peer_folders: the names of the peers' folders in drop/.
    """
    places = _places_of(name, situation.home.drop)
    known = sorted(peer_folders)
    peers = ", ".join(known) or "none yet"
    ignored = IgnoredNames(read_config(situation.home).ignore)
    sentences = []
    for folder in places:
        where = f"{name} lies in {'drop/' if folder is None else f'drop/{folder}'}"
        if folder is None:
            why = "only what is in the folder of a peer, drop/NAME, is sent; peers: " + peers
        elif folder not in known:
            why = f"{folder} is no peer, so nothing in its folder is sent; peers: {peers}"
        elif ignored.holds(os.fsencode(name)):
            why = "the key `ignore` of netrelay.toml has a pattern for it"
        else:
            why = (
                "it is sent once it is complete and unchanged for its settle time; what else holds"
                f" it back is said here after a minute: {situation.typed('why NAME')}"
            )
        sentences.append(f"{where} and is not sent: {why}.")
    return printable(" ".join([*sentences, *_if_down(situation)])) if sentences else None


def _places_of(name: str, drop: Path) -> list[str | None]:
    """Return the folders of drop/ that hold this name; None: drop/ itself."""
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        return []
    places: list[str | None] = [None] if os.path.lexists(drop / name) else []
    with suppress(OSError):
        folders = sorted(entry.name for entry in drop.iterdir() if entry.name[0] != ".")
        places += [folder for folder in folders if os.path.lexists(drop / folder / name)]
    return places


def _if_down(situation: Situation) -> list[str]:
    if situation.is_up:
        return []
    return [
        f"This node is down, so nothing is taken from there: {situation.typed('up')} starts it."
    ]


def left_counts(entries: Sequence[LeftEntry]) -> list[str]:
    """Return a line for each folder: how many entries are left there, and the oldest of them."""
    lines = []
    for folder, group in groupby(sorted(entries, key=lambda each: each.folder), lambda e: e.folder):
        each = sorted(group, key=lambda entry: -entry.waited_s)
        oldest = each[0]
        number = counted(len(each), "entry")
        at_least = "at least " if len(each) >= MOST_OF_A_FOLDER else ""
        verb = "is" if len(each) == 1 else "are"
        which = "" if len(each) == 1 else "the oldest, "
        lines.append(
            f"{at_least}{number} in {folder} {verb} not sent: {which}{oldest.name}, for"
            f" {duration(oldest.waited_s)}: {oldest.reason}"
        )
    return lines
