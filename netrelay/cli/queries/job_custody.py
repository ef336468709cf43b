"""The words of relays about a job of this node, and whom it was given to."""

from typing import NamedTuple

from netrelay.core.custody_chain import Chain, chain_of
from netrelay.core.custody_word import decode_custody
from netrelay.store.database import ReadOnlyDatabase


class KeptWord(NamedTuple):
    """Word and signature of a relay; certificate: DER, None of a removed peer."""

    relay: str
    name: str
    certificate: bytes | None
    signed: bytes


class Custody(NamedTuple):
    """The known way of a job; nodes are node ids; certificate: of its destination, DER.

    given_to: the next hop that acknowledged all of it, None if none did, or several in parts.
    """

    source: str
    destination: str
    certificate: bytes | None
    epoch: bytes
    sequence: int
    attempt: int
    given_to: str | None
    words: tuple[KeptWord, ...]

    def chain(self) -> Chain:
        """Return the chain of its relays."""
        said = {each.relay: decode_custody(each.signed) for each in self.words}
        words = {relay: word for relay, word in said.items() if word is not None}
        return chain_of(self.source, self.destination, self.given_to, words)


_JOB = """
SELECT m.source, m.destination, p.certificate, m.epoch, m.sequence, m.attempt, m.total_bytes,
       m.type, m.state, m.next_hop
  FROM messages m JOIN selfinfo s ON s.node = m.source
  LEFT JOIN peer_keys p ON p.node = m.destination
 WHERE m.id = ? AND m.type IN (1, 6) AND m.parent = 0
"""
# Manifest and chunks take the place of a single that did not fit.
_PIECES = """
SELECT count(DISTINCT next_hop), min(next_hop), coalesce(sum(size_bytes), 0) FROM messages p
 WHERE parent = ?1 AND parent > 0 AND attempt = ?2 AND state = 'F'
   AND type = CASE WHEN EXISTS (SELECT 1 FROM messages c WHERE c.parent = ?1 AND c.parent > 0
         AND c.attempt = ?2 AND c.type = 3) THEN 2 ELSE 1 END
"""
_WORDS = """
SELECT w.relay, coalesce(p.name, w.relay), k.certificate, w.signed
  FROM custody_words w LEFT JOIN peers p ON p.node = w.relay
  LEFT JOIN peer_keys k ON k.node = p.node
 WHERE w.job = ? AND w.attempt = ? ORDER BY w.relay
"""


def custody_of(database: ReadOnlyDatabase, job: int) -> Custody | None:
    """Return what is known of the way of a job of this node; None for any other."""
    row = database.row(_JOB, (job,))
    if row is None:
        return None
    source, destination, certificate, epoch, sequence, attempt, total_bytes, *of_text = row
    type_, state, next_hop = of_text
    given_to = next_hop if state in ("S-2W", "F") else None
    if type_ == 6:
        pieces = database.row(_PIECES, (job, attempt))
        assert pieces is not None
        hops, hop, given_bytes = pieces
        given_to = hop if hops == 1 and int(str(given_bytes)) >= int(str(total_bytes)) else None
    words = tuple(KeptWord(*word) for word in database.rows(_WORDS, (job, attempt)))  # type: ignore[arg-type]
    identity = epoch, sequence, attempt
    return Custody(source, destination, certificate, *identity, given_to, words)  # type: ignore[arg-type]


def relay_names(database: ReadOnlyDatabase) -> dict[str, str]:
    """Return the names of the enrolled nodes, by node id."""
    return {str(node): str(name) for node, name in database.rows("SELECT node, name FROM peers")}
