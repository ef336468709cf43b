"""Words for copies that lie on media which people carry."""

from netrelay.cli.text import counted, duration
from netrelay.core.printable import printable
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.media import MediumCopies, copies_of


def copies_said(database: ReadOnlyDatabase, message: int) -> list[str]:
    """Return a sentence that names the media with a copy of a message that waits, or nothing."""
    copies = copies_of(database, message)
    if not copies:
        return []
    media = " and ".join(
        f"{printable(copy.medium)} (for {duration(copy.for_s)})" for copy in copies
    )
    return [f"A copy is on {media}, to be carried by hand."]


def media_line(copies: MediumCopies) -> str:
    """Return what `status` says of a medium with copies."""
    return (
        f"copies of {counted(copies.waiting, 'waiting message')} are on {printable(copies.medium)},"
        f" for {duration(copies.for_s)}"
    )
