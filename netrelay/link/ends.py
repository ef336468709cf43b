"""Why a connection ended, or never began."""

from enum import StrEnum


class LinkEnd(StrEnum):
    """The kinds of end that a caller treats differently; the text beside them is for people."""

    UNREACHABLE = "unreachable"  # no TCP connection came about
    DEADLINE = "deadline"  # the caller's time was up
    STRANGER = "stranger"  # the peer has no certificate that we pinned
    WRONG_PEER = "wrong peer"  # a pinned peer, but not the one we dialled
    REFUSED = "refused"  # the peer refused us in TLS: most likely it has not pinned our certificate
    PROTOCOL = "protocol"  # what came is not what we speak, or was altered on its way
    ENDED = "ended"  # the peer said goodbye
    CUT = "cut"  # the TCP connection broke without a goodbye
    CLOSED_HERE = "closed here"  # the caller had closed it


class LinkClosed(Exception):  # noqa: N818 (an end is no error: every connection has one)
    """The connection is over: `reason` says why, for a person, and `end` which way.

    What speaks over a connection raises it too, when what it read is not what it agreed on; that
    is PROTOCOL unless said otherwise.
    """

    def __init__(self, reason: str, end: LinkEnd = LinkEnd.PROTOCOL) -> None:
        super().__init__(reason)
        self.reason = reason
        self.end = end
