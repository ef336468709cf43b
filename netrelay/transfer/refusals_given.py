"""The count of what peers are refused here, kept in memory until it is stored."""

from netrelay.core.words import Refusal
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database
from netrelay.store.refusals import Misfit, RefusalReport, counted_codes, store_refusals
from netrelay.transfer.judgement import RefusedArrival

# A flood of refusals costs one transaction in so many seconds.
_INTERVAL_S = 10.0
# A peer chooses the subjects, and the table has a bound of its own (sql/refusals.sql).
_KINDS_A_PEER = 32
_REASON_CHARACTERS = 300
# So many sources' files that can never fit are told of at a time; another is told at its next try.
_MISFITS = 256


class RefusalsGiven:
    """Counts refusals by peer, cause and subject; the caller stores them when they are due.

    The first after a quiet time is due at once, so it is stored with what else its batch stores;
    later ones are due ten seconds after the last time. So are the words to the sources of what can
    never fit, one for each whole. What a crash takes away is a part of a
    count: a refusal that still stands is given again at the next try.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._codes = counted_codes(database)
        self._pending: dict[tuple[str, int, str, str], RefusalReport] = {}
        self._misfits: dict[MessageIdentity, Misfit] = {}
        self._due_s = 0.0

    def note(self, peer: str, refused: RefusedArrival) -> None:
        """Count one message of a peer that is refused."""
        if refused.refusal not in self._codes:
            return
        kind = peer, int(refused.refusal), refused.missing, refused.subject
        if kind not in self._pending and self._kinds_of(peer) >= _KINDS_A_PEER:
            kind = *kind[:3], ""
        before = self._pending.get(kind)
        messages = 1 if before is None else before.messages + 1
        self._pending[kind] = RefusalReport(*kind, messages, refused.reason[:_REASON_CHARACTERS])
        if refused.misfit is not None and len(self._misfits) < _MISFITS:
            self._misfits[refused.misfit] = Misfit(refused.misfit, refused.reason)

    def _kinds_of(self, peer: str) -> int:
        return sum(kind[0] == peer for kind in self._pending)

    def note_unreadable(self, peer: str, refusal: Refusal, reason: str) -> None:
        """Count a frame of which nothing can be read."""
        self.note(peer, RefusedArrival(refusal, reason, 0))

    @property
    def due_in_s(self) -> float | None:
        """The seconds until the count has to be stored, at least 0; None: nothing was refused."""
        return max(self._due_s - self._database.now_s(), 0.0) if self._pending else None

    def store(self) -> bool:
        """Store what is due and return whether there was anything; call `stored` after the commit.

        Call it inside a transaction.
        """
        is_due = self.due_in_s == 0
        if is_due:
            store_refusals(self._database, self._pending.values(), self._misfits.values())
        return is_due

    def stored(self) -> None:
        """Note that what `store` has stored is committed."""
        self._pending.clear()
        self._misfits.clear()
        self.postpone()

    def postpone(self) -> None:
        """Note that the count cannot be stored now: it is due again later."""
        self._due_s = self._database.now_s() + _INTERVAL_S
