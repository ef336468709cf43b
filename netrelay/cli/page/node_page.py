"""This node: who it is, and its card for others, as text and as a QR code."""

import os
from contextlib import suppress
from pathlib import Path

from netrelay.cli.opening import command, command_there
from netrelay.cli.page.card_code import card_code
from netrelay.cli.page.frame import document, part
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import Markup, element, prose
from netrelay.cli.queries.this_node import own_commsport
from netrelay.provisioning.system.page_password import PAGE_CARD
from netrelay.seal.card import CARD_LIMIT_BYTES, decode_card
from netrelay.seal.seal_errors import CardError


def node_page(look: PageLook) -> str:
    """Return the page."""
    address, port = own_commsport(look.database)
    facts = (
        ("Name", look.own.name),
        ("Node id", look.own.node),
        ("Home", str(look.home.path)),
        ("Listens", f"{address}, commsport {port}"),
    )
    rows = [cell for key, value in facts for cell in (element("dt", key), element("dd", value))]
    return document(
        look.frame,
        "This node",
        part("This node", element("dl", *rows)),
        part("Its card", *_card(look)),
    )


def _card(look: PageLook) -> list[Markup]:
    path = look.home.path / PAGE_CARD
    makes = f"`{command(look.home, f'id --card {path}')}` writes it there."
    text = _text_of(path)
    if text is None:
        return [element("p", prose(f"There is no card to show. {makes}"), class_="soft")]
    try:
        card = decode_card(text)
    except CardError as error:
        return [element("p", prose(f"{path} is no card: {error}. {makes}"))]
    if card.node_id != look.own.node:
        return [element("p", prose(f"{path} is the card of another node, {card.name}. {makes}"))]
    # Only what was checked: the armour may stand among other text.
    begin, end = text.index("-----BEGIN"), text.rindex("CARD-----") + len("CARD-----")
    reached = ", ".join(card.addresses) or "by no address from outside"
    code = card_code(text[begin:end], card.name)
    return [
        element("p", f"This node is reached at {reached}."),
        element(
            "p",
            prose(
                "Copy the card into a file, carry it to the other node, and type there:"
                f" `{command_there('peer add FILE')}`."
            ),
        ),
        element("pre", text[begin:end], tabindex=0, class_="card"),
        code
        or element(
            "p",
            "There is no QR code of it: the card is too long for one, or the package segno is"
            " missing.",
            class_="soft",
        ),
    ]


def _text_of(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(CARD_LIMIT_BYTES + 1).decode("ascii")
    return None
