"""One peer, in the words of `netrelay why`."""

from netrelay.cli.opening import keeps_connections
from netrelay.cli.page.control_forms import act_button
from netrelay.cli.page.frame import document, part, state_card
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import element, prose
from netrelay.cli.queries.identities import twins
from netrelay.cli.queries.peer_state import peer_named
from netrelay.cli.queries.refused_messages import refused_messages
from netrelay.cli.text import size
from netrelay.cli.wording.peer_words import peer_paragraph


def peer_page(look: PageLook, name: str) -> str | None:
    """Return the page of the peer of this name; None if there is none."""
    peer = peer_named(look.database, name)
    if peer is None:
        return None
    if peer.connection == "open" and not keeps_connections(look.alive):
        peer = peer._replace(connection="none")
    refused = refused_messages(look.database, peer.peer)
    twin = next((each for each in twins(look.database) if each.node == peer.node), None)
    level = "ok" if peer.connection == "open" or not peer.failures else "warning"
    facts = (
        ("Node id", peer.node),
        ("May", peer.may or "nothing"),
        ("Agreed message size", size(peer.agreed_bytes) if peer.agreed_bytes else "nothing yet"),
        ("Reached at", peer.last_address or "nowhere yet"),
        ("Waiting for it", f"{peer.waiting:,} ({size(peer.waiting_bytes)})"),
    )
    rows = [cell for key, value in facts for cell in (element("dt", key), element("dd", value))]
    words = peer_paragraph(peer, refused, look.situation, twin)
    return document(
        look.frame,
        peer.peer,
        state_card(
            level, peer.peer, *(element("p", prose(each)) for each in words.split("\n") if each)
        ),
        act_button(look.control, "pause", "Pause", peer=peer.peer)
        if peer.paused_s is None
        else act_button(look.control, "resume", "Resume", peer=peer.peer),
        part("The peer", element("dl", *rows)),
    )
