"""Sessions of frames whose connection has ended, kept until both sides go on with them."""

from typing import Final, Generic, NamedTuple, Protocol, TypeVar

# Together, for all peers: the frames of 16 peers that a node of the default capacity agrees on, or
# the largest frame there is.
KEPT_BYTES: Final = 16 * 1024 * 1024 + 64 * 1024
# A line that is there once a day still goes on.
KEPT_S: Final = 26 * 3600.0


class Stream(Protocol):
    """Interface of a session of frames, of either side."""

    @property
    def held_bytes(self) -> int:
        """Bytes of the frames that it keeps."""


_Stream = TypeVar("_Stream", bound=Stream)


class KeptStream(NamedTuple, Generic[_Stream]):
    """A session and the number under which its owner kept it, of a connection or a size."""

    number: int
    stream: _Stream
    since_s: float


class KeptStreams(Generic[_Stream]):
    """One session of each peer, the last one that broke; in memory only.

    Bounds: KEPT_BYTES of frames for all peers together (the oldest session is forgotten first),
    KEPT_S for each.
    """

    def __init__(self) -> None:
        # Oldest first: each is put behind those before.
        self._kept: dict[str, KeptStream[_Stream]] = {}

    def keep(self, peer: str, number: int, stream: _Stream, now_s: float) -> None:
        """Keep a session in place of the peer's earlier one."""
        self.forget(peer)
        self._kept[peer] = KeptStream(number, stream, now_s)
        if not stream.held_bytes:  # as of most: the others have not become more
            return
        held_bytes = self.held_bytes
        while held_bytes > KEPT_BYTES:
            oldest = next(iter(self._kept))
            held_bytes -= self._kept[oldest].stream.held_bytes
            self.forget(oldest)

    @property
    def held_bytes(self) -> int:
        """Bytes of all frames that are kept."""
        return sum(kept.stream.held_bytes for kept in self._kept.values())

    def numbered(self, number: int) -> _Stream | None:
        """Return the session that was kept under this number."""
        return next((kept.stream for kept in self._kept.values() if kept.number == number), None)

    def has(self, peer: str) -> bool:
        """Return whether a session of a peer is kept."""
        return peer in self._kept

    def take(self, peer: str) -> KeptStream[_Stream] | None:
        """Return the session of a peer, which is the caller's from then on."""
        return self._kept.pop(peer, None)

    def forget(self, peer: str) -> None:
        """Forget the session of a peer; one that has none is no error."""
        self._kept.pop(peer, None)

    def forget_old(self, now_s: float) -> None:
        """Forget what was kept for KEPT_S."""
        while self._kept:
            peer, oldest = next(iter(self._kept.items()))
            if now_s < oldest.since_s + KEPT_S:
                return
            self.forget(peer)

    def clear(self) -> None:
        """Forget all sessions."""
        self._kept.clear()

    def next_deadline_s(self) -> float | None:
        """Return when `forget_old` has something to do; None: never."""
        oldest = next(iter(self._kept.values()), None)
        return None if oldest is None else oldest.since_s + KEPT_S
