"""Advice about a connection that fails, by the text of the error."""

from netrelay.cli.opening import command, command_there
from netrelay.core.way import ALSO_TRIED
from netrelay.runtime.home import Home

# The reason in the view one_way.
NEITHER = "neither node can dial the other"

# Texts of the kernel (errno(3), gai_strerror(3)), of netrelay/link and of peers' replies.
_BY_WORDS = (
    (
        (NEITHER,),
        "both need a way over a node that can be dialled: here `{via}`",
    ),
    (
        ("its hello cannot be answered",),
        "{peer} says hello and cannot be dialled for the reply. A netrelay of this version finds"
        " that out within a minute and calls this node; for an older one, `{address}` says where it"
        " can be dialled",
    ),
    (
        ("the line is not up",),
        "`{check}` says what is wrong with the line",
    ),
    (
        ("Connection refused",),
        "the machine answers but netrelay does not: there, `{up}` starts it"
        " (or its commsport is another one: `{address}`)",
    ),
    (
        (
            "No route to host",
            "Network is unreachable",
            "Host is down",
            "timed out",
            "while connecting",
        ),
        "nothing answers there: it is off, not connected, or has another address now (`{address}`)",
    ),
    (
        ("Name or service not known", "name resolution", "No address associated", "no address"),
        "where it is cannot be found out: `{address}` says where",
    ),
    (
        ("refused this node", "hung up after the handshake"),
        "it does not know this node: carry `{card}` there, and type there `{add_own}`",
    ),
    (
        ("nobody we know", "not trusted", "has no certificate"),
        "a node answers there that is not enrolled here: another one has its address"
        " (`{address}`), or it was made anew and its new card is needed"
        " (`{rm}`, then `{add}`)",
    ),
    (
        ("the identity of this node is there",),
        "the address of {peer} is this node's own (`{address}` says where {peer} is), or a second"
        " machine runs with a copy of this home: switch one of the two off",
    ),
    (
        ("was expected",),
        "another of our peers answers there: `{address}` says where {peer} is",
    ),
    (
        ("no reply came back",),
        "{peer} cannot dial this node, and does not reply on the connection of a hello: its"
        " netrelay is an older one, so install this one there; or, if this node can be dialled,"
        " there, `{address_own}` says where",
    ),
    (
        ("NO_COMMON_VERSION",),
        "the two netrelays are too far apart: install the newer one on both",
    ),
    (
        ("while handshaking", "TLS failed"),
        "what answers there does not speak as netrelay does: is the port another program's?",
    ),
)


def advice(reason: str, peer: str, own: str, home: Home) -> str:
    """Return advice about a failed connection to a peer; "" if the error is unknown."""
    # The first sentence is about the address that was tried last; the advice is for that one.
    main = reason.partition(ALSO_TRIED)[0]
    for words, text in _BY_WORDS:
        if any(word in main for word in words):
            return text.format(
                peer=peer,
                own=own,
                up=command_there("up"),
                check=command(home, "check"),
                via=command(home, f"peer route {peer} --via NODE"),
                address_own=command_there(f"peer address {own} HOST:PORT"),
                add_own=command_there(f"peer add {own}.card"),
                address=command(home, f"peer address {peer} HOST:PORT"),
                card=command(home, f"id --card {own}.card"),
                rm=command(home, f"peer rm {peer}"),
                add=command(home, f"peer add {peer}.card"),
            )
    return ""
