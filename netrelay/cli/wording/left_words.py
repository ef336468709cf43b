"""Words for what lies in the drop folders and is not sent."""

from collections.abc import Sequence
from itertools import groupby

from netrelay.cli.queries.left_entries import MOST_OF_A_FOLDER, LeftEntry
from netrelay.cli.text import clock_time, counted, duration
from netrelay.cli.wording.explain import Situation
from netrelay.core.printable import printable


def left_paragraph(entries: Sequence[LeftEntry], situation: Situation) -> str:
    """Return what is to be said about the entries of one name."""
    sentences = [
        f"{entry.name} lies in {entry.folder} since {clock_time(entry.since_unix_s)}"
        f" ({duration(entry.waited_s)}) and is not sent: {entry.reason}."
        for entry in entries
    ]
    if not situation.is_up:
        sentences.append(
            f"This node is down, so nothing is taken from there: {situation.typed('up')} starts it."
        )
    return printable(" ".join(sentences))


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
