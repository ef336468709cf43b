"""The kept receipt of a job, and what identifies the job to its destination."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase


class KeptReceipt(NamedTuple):
    """The receipt that ended a job; destination: node id; certificate: None of a removed peer.

    unix_s: when it arrived, None while the node's clock is not tied to the wall clock.
    """

    destination: str
    epoch: bytes
    sequence: int
    certificate: bytes | None
    signed: bytes
    unix_s: float | None


# The receipt between whose events the event of the job is (kept_receipts in sql/tables.sql).
_KEPT = """
SELECT m.destination, m.epoch, m.sequence, p.certificate, k.signed, e.at_s + t.unix_offset_s
  FROM messages m JOIN events e ON e.message = m.id AND e.event = 'receipted'
  JOIN kept_receipts k
    ON k.event = (SELECT max(b.event) FROM kept_receipts b WHERE b.event < e.seq)
   AND k.last_event >= e.seq
  LEFT JOIN peer_keys p ON p.node = m.destination LEFT JOIN node_time t
 WHERE m.id = ?
"""


def kept_receipt(database: ReadOnlyDatabase, job: int) -> KeptReceipt | None:
    """Return the kept receipt of a job of this node; None if there is none."""
    row = database.row(_KEPT, (job,))
    return None if row is None else KeptReceipt(*row)  # type: ignore[arg-type]
