"""The cards that a node has written beside its boot file, told apart from those of other nodes."""

from pathlib import Path

from netrelay.provisioning.card import boot_folder
from netrelay.seal.card import CARD_LIMIT_BYTES, decode_card
from netrelay.seal.seal_errors import CardError


def remove_own_cards(boot: Path, node: str, except_for: str = "") -> None:
    """Remove the cards of this node, except the one of a name; durable on return.

    Those of other nodes stay, and so does what is in the folder for cards of peers.
    """
    for path in sorted(boot.glob("*.card")):
        is_other = path.name.lower() != except_for and path.is_file()
        if is_other and card_node(boot_folder.read_file(path)) == node:
            boot_folder.remove(boot, path.name)


def card_node(content: bytes) -> str:
    """Return the node id on a card, "" for what is no card."""
    if len(content) > CARD_LIMIT_BYTES:
        return ""
    try:
        return decode_card(content.decode("ascii", "replace")).node_id
    except CardError:
        return ""
