"""Measures how fast each next hop takes what is sent to it, for the table `measured_rates`.

frames under way   |----------------|   |-------- x  x ------|          |---|
counted as busy    |---------------------------------------- |          |---|
                                       short breaks of the line count, long ones do not
"""

from typing import Final, NamedTuple

# Between two frames of one transfer: the next is sealed and stored meanwhile.
_GAP_S: Final = 0.5
# A line that is away for longer is not slow, it is away.
_LONGEST_BREAK_S: Final = 300.0
# Less tells of round trips and flushes, not of a rate.
_LEAST_BYTES: Final = 64 * 1024
_LEAST_S: Final = 1.0
_ENOUGH_BYTES: Final = 1024 * 1024
# A report costs a page in a commit that is made anyway: while a transfer goes on, and at its end.
_REPORT_EVERY_S: Final = 30.0
_REPORT_ENDS_S: Final = 10.0
_REPORT_EVERY_BYTES: Final = 16 * 1024 * 1024


class MeasuredRate(NamedTuple):
    """Bytes that a peer took, and the time for them; limit_bytes_per_s: 0 for none."""

    peer: str
    bytes: int
    busy_s: float
    limit_bytes_per_s: int


class _Transfer:
    """A time in which frames are under way; `decided_s` is the last decision, or the begin."""

    def __init__(self, now_s: float, limit_bytes_per_s: int) -> None:
        self.begun_s = self.decided_s = now_s
        self.bytes = 0
        self.limit_bytes_per_s = limit_bytes_per_s
        self.is_broken = False
        self.is_idle = False

    @property
    def is_telling(self) -> bool:
        busy_s = self.decided_s - self.begun_s
        is_long = busy_s >= _LEAST_S and self.bytes >= _LEAST_BYTES
        return busy_s > 0 and (is_long or self.bytes >= _ENOUGH_BYTES)

    def goes_on(self, now_s: float, *, was_idle: bool) -> bool:
        """Return whether what happens now belongs to it; was_idle: no frame was under way."""
        if self.is_broken:
            return now_s - self.decided_s <= _LONGEST_BREAK_S
        return not was_idle or now_s - self.decided_s <= _GAP_S


class RateMeter:
    """The rates that one process has measured and not stored; times are its monotonic clock."""

    def __init__(self) -> None:
        self._transfers: dict[str, _Transfer] = {}
        self._ended: dict[tuple[str, int], MeasuredRate] = {}
        self._reported_s: dict[str, float] = {}

    def sent(self, peer: str, limit_bytes_per_s: int, now_s: float, *, was_idle: bool) -> None:
        """Note that a frame is sent; was_idle: none was under way."""
        transfer = self._transfers.get(peer)
        if transfer is not None:
            is_same = transfer.limit_bytes_per_s == limit_bytes_per_s
            if is_same and transfer.goes_on(now_s, was_idle=was_idle):
                transfer.is_broken = False
                return
            self._end(peer, transfer)
        self._transfers[peer] = _Transfer(now_s, limit_bytes_per_s)

    def decided(self, peer: str, count_bytes: int, now_s: float, *, is_idle: bool) -> None:
        """Note that the peer has decided frames of so many bytes; is_idle: none is under way."""
        transfer = self._transfers.get(peer)
        if transfer is None or not count_bytes:
            return
        if not transfer.goes_on(now_s, was_idle=False):
            self._end(peer, transfer)
            transfer = self._transfers[peer] = _Transfer(now_s, transfer.limit_bytes_per_s)
        transfer.is_broken, transfer.is_idle = False, is_idle
        transfer.bytes += count_bytes
        transfer.decided_s = now_s

    def broken(self, peer: str) -> None:
        """Note that a connection has ended with frames under way."""
        if peer in self._transfers:
            self._transfers[peer].is_broken = True

    def due(self, now_s: float) -> list[MeasuredRate]:
        """Return what is worth a row now: not often, since every report costs a page."""
        return [each for each in self._measured() if self._is_due(each, now_s)]

    def stored(self, reported: list[MeasuredRate], now_s: float) -> None:
        """Forget what a commit has stored."""
        for each in reported:
            self._reported_s[each.peer] = now_s
            self._ended.pop((each.peer, each.limit_bytes_per_s), None)
            transfer = self._transfers.get(each.peer)
            is_same = transfer and transfer.limit_bytes_per_s == each.limit_bytes_per_s
            if transfer is not None and is_same and transfer.is_telling:
                transfer.begun_s, transfer.bytes = transfer.decided_s, 0

    def _measured(self) -> list[MeasuredRate]:
        found = dict(self._ended)
        for peer, transfer in self._transfers.items():
            if transfer.is_telling:
                _add(found, peer, transfer)
        return list(found.values())

    def _is_due(self, measured: MeasuredRate, now_s: float) -> bool:
        transfer = self._transfers.get(measured.peer)
        is_over = transfer is None or transfer.is_idle
        if measured.bytes >= _REPORT_EVERY_BYTES:
            return True
        reported_s = self._reported_s.get(measured.peer)
        if reported_s is None:
            return is_over or measured.busy_s >= _REPORT_ENDS_S
        return now_s - reported_s >= (_REPORT_ENDS_S if is_over else _REPORT_EVERY_S)

    def _end(self, peer: str, transfer: _Transfer) -> None:
        if transfer.is_telling:
            _add(self._ended, peer, transfer)


def _add(found: dict[tuple[str, int], MeasuredRate], peer: str, transfer: _Transfer) -> None:
    limit = transfer.limit_bytes_per_s
    before = found.get((peer, limit), MeasuredRate(peer, 0, 0.0, limit))
    found[peer, limit] = before._replace(
        bytes=before.bytes + transfer.bytes,
        busy_s=before.busy_s + transfer.decided_s - transfer.begun_s,
    )
