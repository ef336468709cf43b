"""Acknowledgements on a medium: which messages are durable here, for the node that wrote them.

A file of a source ends by the receipt of its destination; nothing else tells a relay, or who wrote
a receipt, that a copy has arrived.
"""

from collections.abc import Iterable
from itertools import islice

from netrelay.core.medium_file import MediumKind
from netrelay.core.message_names import NAMES_MAX, MessageName, encode_names
from netrelay.disk.medium_folder import MediumFolder
from netrelay.seal.identity import Identity
from netrelay.transfer.medium_output import MediumOutput


def write_acknowledgements(
    folder: MediumFolder, identity: Identity, addressee: str, names: Iterable[MessageName]
) -> None:
    """Write that messages of a node are durable here; durable on return. OSError of the medium."""
    left = iter(names)
    group = list(islice(left, NAMES_MAX))
    while group:
        output = MediumOutput(folder, identity, addressee)
        try:
            while group and not output.is_full(0):
                output.append(encode_names(group))
                group = list(islice(left, NAMES_MAX))
            output.complete(MediumKind.ACKNOWLEDGEMENTS)
        except BaseException:
            output.discard()
            raise


def needs_acknowledgement(name: MessageName, total_bytes: int, writer: str, own: str) -> bool:
    """Return whether its writer learns that a message has arrived in no other way.

    What a source has written for this node is answered with a receipt. total_bytes: 0 for a key.
    """
    has_receipt = total_bytes > 0
    return not (has_receipt and name.source == writer and name.destination == own)
