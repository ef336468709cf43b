"""The files of this node that lie on a medium: which are still of use, and what they hold."""

from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple

from netrelay.core.medium_file import MediumKind
from netrelay.core.message_names import MessageName
from netrelay.core.words import WireError
from netrelay.disk.medium_folder import MediumFolder
from netrelay.seal.identity import Identity
from netrelay.transfer.medium_reader import NotOfMediumError, opened_medium_file


class OwnFile(NamedTuple):
    """A file that this node wrote; holds: its messages, none of them if it is torn."""

    name: str
    addressee: str
    file_bytes: int
    holds: frozenset[MessageName]


def own_files(folder: MediumFolder, identity: Identity) -> list[OwnFile]:
    """Return the files that this node has signed; what cannot be read is left out."""
    certificates = {identity.node_id: identity.certificate_der}
    found = []
    for name in folder.names():
        with (
            suppress(OSError, NotOfMediumError),
            opened_medium_file(folder, name, certificates) as file,
        ):
            if file.header.kind is not MediumKind.MESSAGES:
                continue  # for who wrote what it acknowledges, who removes it
            holds: frozenset[MessageName] = frozenset()
            with suppress(WireError):
                holds = frozenset(file.names()) if file.is_whole else holds
            found.append(OwnFile(name, file.header.addressee, file.header.file_bytes, holds))
    return found


def keep_of_use(
    folder: MediumFolder,
    files: Collection[OwnFile],
    wanted: Collection[MessageName],
    *,
    is_rewritten: bool = True,
) -> list[OwnFile]:
    """Remove each of these files that is torn, or holds something that is not wanted any more.

    Return the others. They are copies: the node has all of it, and writes anew what is wanted.
    is_rewritten: False where it does not: a file stays while anything in it is wanted.
    """
    kept = []
    for file in files:
        wanted_here = file.holds.intersection(wanted)
        is_of_use = wanted_here == file.holds if is_rewritten else bool(wanted_here)
        if file.holds and is_of_use:
            kept.append(file)
        else:
            with suppress(FileNotFoundError):
                folder.remove(file.name)
    return kept
