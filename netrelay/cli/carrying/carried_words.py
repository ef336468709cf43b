"""Words for the copies on a medium and the files taken from it: for a person, and for the log."""

from collections.abc import Iterable, Iterator, Mapping

from netrelay.cli.carrying.copies import Copied
from netrelay.cli.carrying.takings import TakenFiles
from netrelay.cli.opening import command
from netrelay.cli.text import counted, size
from netrelay.core.printable import printable
from netrelay.core.words import MessageType
from netrelay.runtime.home import Home
from netrelay.runtime.log import Log, LogLine
from netrelay.store.database import Database
from netrelay.transfer.parcels import Parcel


def copied_words(copied: Copied, medium: str) -> str:
    """Return what a medium has for a node."""
    name = copied.peer.name
    if not copied.new and not copied.kept:
        return f"nothing waits for {name}: nothing was written"
    new = holding_words(copied.new)
    kept = holding_words(copied.kept)
    if not new:
        return f"for {name}: {kept}, on {medium} already; nothing new waits"
    return f"for {name}: {new}, now on {medium}" + (f" beside {kept}" if kept else "")


def holding_words(parcels: Iterable[Parcel]) -> str:
    """Return how many files, texts and receipts there are, and their size; "" for none."""
    files: set[int] = set()
    others: dict[str, set[int]] = {"text": set(), "carried message": set(), "receipt": set()}
    count_bytes = 0
    for parcel in parcels:
        ready = parcel.ready
        count_bytes += ready.size_bytes
        if ready.envelope is not None:
            others["carried message"].add(ready.id)
        elif ready.type == MessageType.RECEIPT:
            others["receipt"].add(ready.id)
        elif ready.file is not None:
            files.add(parcel.whole)
        elif ready.text is not None:
            others["text"].add(parcel.whole)
    words = [counted(len(files), "file")] if files else []
    words += [counted(len(found), noun) for noun, found in others.items() if found]
    shown = f" ({size(count_bytes)})" if count_bytes else ""
    return f"{' and '.join(words)}{shown}" if words else ""


def left_out_words(copied: Copied) -> Iterator[str]:
    """Yield a line for each file that could not be read."""
    reasons = {parcel.whole: (parcel, reason) for parcel, reason in copied.left_out}
    for whole, (parcel, reason) in reasons.items():
        name = printable(parcel.ready.name or f"message {whole}")
        yield f"{name} for {copied.peer.name} is not on it: {printable(reason)}"


def receipts_words(copied: Copied) -> str:
    """Return what is said of the receipts that were left on a medium for a node."""
    return f"for {copied.peer.name}: {holding_words(copied.new)}, left on it"


def taken_lines(taken: TakenFiles, names: Mapping[str, str], medium: str, home: Home) -> list[str]:
    """Return what is said of what was taken; names: of peers, by node id."""
    lines = [
        f"from {names.get(writer, writer)}: {counted(count, 'message')} taken"
        for writer, count in sorted(taken.messages.items())
        if count
    ]
    lines += [
        f"{names.get(signer, signer)} has {counted(count, 'message')} that this node gave on"
        for signer, count in sorted(taken.acknowledged.items())
        if count
    ]
    lines += [
        f"from {names.get(writer, writer)}: {counted(count, 'message')} refused"
        f" ({refusal.replace('_', ' ').lower()}), which {_stays(count)} there:"
        f" `{command(home, 'status')}` tells more"
        for (writer, refusal), count in sorted(taken.refused.items())
    ]
    lines += [
        f"for {names.get(node, node)}: {counted(count, 'file')}, which {_stays(count)} there: this"
        " node does not carry it on"
        for node, count in sorted(taken.staying.items())
    ]
    lines += _left_lines(taken)
    return lines or [f"nothing on {medium} is for this node"]


def _left_lines(taken: TakenFiles) -> Iterator[str]:
    """Yield a line for each file that could not be taken, or not removed."""
    if taken.strangers:
        count = len(taken.strangers)
        yield f"{counted(count, 'file')} of nodes that are no peers here, left as they are"
    for name in taken.damaged:
        yield (
            f"{printable(name)} is damaged: what of it is whole was taken, and its node sends the"
            " rest again"
        )
    for name, reason in taken.unreadable.items():
        yield f"{printable(name)} is left as it is: {printable(reason)}"
    if taken.unremoved:
        yield (
            f"{counted(len(taken.unremoved), 'file')} that were taken could not be removed"
            f" ({taken.unremoved[0]}); taken again, nothing comes twice"
        )


def _stays(count: int) -> str:
    return "stays" if count == 1 else "stay"


def log_carried(database: Database, kind: LogLine, lines: Iterable[str], medium: str) -> None:
    """Store a line of the log for each of these; call it outside of a transaction."""
    log = Log(database.process, database)
    for line in lines:
        log.write(kind, what=line, medium=medium)
    log.store()
