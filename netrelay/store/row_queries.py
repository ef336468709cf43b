"""Queries of a connection to the database, and the types of their rows."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

import apsw

Value = str | int | float | bytes | None
Row = tuple[Value, ...]


class Queries:
    """Queries on a connection; they take no lock and see the last commit."""

    _connection: apsw.Connection

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        cursor = self._connection.execute(sql, values)
        row = cursor.fetchone()
        cursor.close()
        return row

    def each(self, sql: str, values: Sequence[Value] = ()) -> Generator[Row, None, None]:
        """Yield the rows of a query one by one, without reading the rest.

        Close it (or exhaust it) before the next transaction: an open query pins the WAL.
        """
        cursor = self._connection.execute(sql, values)
        try:
            yield from cursor
        finally:
            cursor.close()

    def value(self, sql: str, values: Sequence[Value] = ()) -> Value:
        """Return the first column of the first row, or None."""
        row = self.row(sql, values)
        return row[0] if row else None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run many queries on one snapshot of the database, in one read transaction.

        This saves each query a lock of its own and the look-up of the WAL's end. Write nothing
        inside, and keep it short: the WAL cannot be restarted before it ends.
        """
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            # An error may have ended it.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
