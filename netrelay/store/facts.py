"""Reports of a process to the engine, through the views that triggers decide on."""

from collections.abc import Callable, Iterable, Sequence

import apsw

from netrelay.store.database import Database, Value


class Facts:
    """Reports facts in the name of one process; call all methods inside a transaction.

    A fact for which `transitions` has no row is refused alone: `refused` is called with the
    engine's error, and the transaction keeps everything else.
    """

    def __init__(self, database: Database, refused: Callable[[str], None]) -> None:
        self._database = database
        self._refused = refused

    def report(
        self, message: int, event: str, reason: str | None = None, due_s: float | None = None
    ) -> bool:
        """Report one fact; return False if the message's state has no such transition.

        due_s: time on the node's clock before which the message is in no work view.
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

    def report_due(self, message: int, event: str) -> None:
        """Report what `work_timer` said of a message, if it still does.

        What was reported before in the same transaction may have ended it: a manifest that expires
        takes its chunks along.
        """
        self._insert_each(
            "INSERT INTO facts SELECT id, event, actor, NULL, NULL FROM work_timer"
            " WHERE id = ? AND event = ? AND actor = ?",
            [(message, event, self._database.process)],
        )

    def report_all(self, messages: Iterable[int], event: str, reason: str | None = None) -> None:
        """Report one event of many messages in one statement; each may be refused alone."""
        self._insert_each(
            "INSERT INTO facts VALUES (?, ?, ?, ?, NULL)",
            ((message, event, self._database.process, reason) for message in messages),
        )

    def report_durable(self, messages: Iterable[int]) -> None:
        """Report that these messages are durable at the next hop."""
        self._insert_each(
            "INSERT INTO outcomes VALUES (?, 0, 0, NULL)", ((message,) for message in messages)
        )

    def report_refused(self, message: int, code: int, retry_after_s: int, reason: str) -> None:
        """Report that the next hop refused a message; the row of its code in `refusals` decides."""
        self._insert_each(
            "INSERT INTO outcomes VALUES (?, ?, ?, ?)", [(message, code, retry_after_s, reason)]
        )

    def report_greeting(
        self, message: int, event: str, jitter: float, reason: str | None = None
    ) -> None:
        """Report that a consensus message was sent or not; the engine sets when it is due again.

        event: sent or unsent. jitter: from 0 to 1, spreads retries over time.
        """
        self._insert_each(
            "INSERT INTO greetings VALUES (?, ?, ?, ?)", [(message, event, jitter, reason)]
        )

    def report_delivery_troubles(self, troubles: Iterable[tuple[int, str, str]]) -> None:
        """Report of each message that its file cannot be put into the inbox: trouble and reason.

        The engine decides when each is tried again. A trouble ends with its message.
        """
        self._insert_each("INSERT INTO delivery_troubles VALUES (?, ?, ?)", troubles)

    def report_unread(self, message: int, reason: str | None) -> None:
        """Report that the file of a message cannot be read for now; None: that it can be again.

        The engine decides when all that is left of the file is tried again.
        """
        self._insert_each("INSERT INTO source_troubles VALUES (?, ?)", [(message, reason)])

    def _insert_each(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        left = iter(rows)
        while True:
            try:
                # apsw fetches a row only when it executes it, so a repeated call continues after
                # the refused row.
                self._database.execute_many(sql, left)
            except apsw.ConstraintError as error:
                self._refused(str(error))
            else:
                return
