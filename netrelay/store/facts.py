"""The one door through which processes tell the engine what happened."""

from collections.abc import Callable, Iterable

import apsw

from netrelay.store.database import Database


class Facts:
    """Reports facts in the name of one process; call it inside a transaction.

    A fact that is no move of the machine undoes nothing else of the transaction: `refused` is told
    what the engine said, and the rest goes on.
    """

    def __init__(self, database: Database, refused: Callable[[str], None]) -> None:
        self._database = database
        self._refused = refused

    def report(
        self, message: int, event: str, reason: str | None = None, due_s: float | None = None
    ) -> bool:
        """Report one fact; False when the machine knows no such move.

        due_s: node time before which the message is not taken up again.
        """
        try:
            self._database.execute(
                "INSERT INTO facts VALUES (?, ?, ?, ?, ?)",
                (message, event, self._database.process, reason, due_s),
            )
        except apsw.ConstraintError as error:
            self._refused(str(error))
            return False
        return True

    def report_all(self, messages: Iterable[int], event: str, reason: str | None = None) -> None:
        """Report the same of many messages, as one statement; each may be refused alone."""
        rows = iter([(message, event, self._database.process, reason) for message in messages])
        while True:
            try:
                # Goes on behind the row that was refused: apsw takes a row only when it runs it.
                self._database.execute_many("INSERT INTO facts VALUES (?, ?, ?, ?, NULL)", rows)
            except apsw.ConstraintError as error:
                self._refused(str(error))
            else:
                return
