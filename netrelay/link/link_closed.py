"""The exception for the end of a connection, and the causes that callers tell apart."""

from enum import StrEnum


class CloseCause(StrEnum):
    """Cause of a closed connection; the text beside it is for people."""

    UNREACHABLE = "unreachable"  # TCP could not connect
    DEADLINE = "deadline"  # a deadline of this node passed
    NOT_PINNED = "not pinned"  # no certificate, or one that is not pinned
    WRONG_PEER = "wrong peer"  # the certificate of another peer than the one dialled
    REFUSED = "refused"  # a TLS alert: most likely the peer has not pinned our certificate
    PROTOCOL = "protocol"  # TLS or framing error: altered bytes, or another protocol
    CLOSE_NOTIFY = "close_notify"  # the peer closed in order: RFC 8446 section 6.1
    BROKEN = "broken"  # RST, timeout, or FIN without close_notify
    CLOSED_HERE = "closed here"  # closed by this node


class LinkClosed(Exception):  # noqa: N818 -- not an error: every connection is closed one day
    """The connection is closed: `reason` is for a person, `cause` for code.

    The protocols above TLS raise it as well. Without a cause it means that the peer broke the
    protocol.
    """

    def __init__(self, reason: str, cause: CloseCause = CloseCause.PROTOCOL) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause

    def anew(self) -> "LinkClosed":
        """Return an equal one without a traceback, to keep or to raise later.

        A traceback keeps the local variables of each function that it passed, and so views of
        buffers, which can then be neither resized nor closed.
        """
        return LinkClosed(self.reason, self.cause)
