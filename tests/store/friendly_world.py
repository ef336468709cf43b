"""A simulation at the level of rows in which every message of a node ends.

The facts that the eight processes would report are reported one by one, and the messages that
peers would send arrive: every peer answers, accepts and confirms what it is sent, and every
incoming file becomes complete.
"""

import json

from netrelay.store.database import Value
from netrelay.store.outgoing import add_made, keep_body
from netrelay.store.receipts import missing_ranges, owed_nodes, take_owed
from netrelay.store.timers import due_timers, next_due_s
from tests.store.node import THEIR_EPOCH, OpenNode

_MOST_STEPS = 400
_LIVING = "SELECT id, type, state, destination FROM messages WHERE state NOT IN ('F', 'D', 'N-0')"


class FriendlyWorld:
    """Drives one node until no message of it is alive."""

    def __init__(self, node: OpenNode) -> None:
        self._node = node
        self._processor_s = node.open("processor_s")
        self._receipts = 50_000

    def run(self) -> None:
        """Simulate until every message has ended; AssertionError names those that do not."""
        self._node.write("UPDATE peers SET paused_s = NULL, via = coalesce(via, node)")
        for (message,) in self._node.rows("SELECT id FROM messages WHERE state = 'S-4W'"):
            self._fact(message, "lost")
        for _ in range(_MOST_STEPS):
            if not self._node.rows(_LIVING):
                self._put_away()
                return
            self._step()
        raise AssertionError(f"does not end: {self._node.rows(_LIVING)[:9]}")

    def _step(self) -> None:
        next_s = next_due_s(self._processor_s)
        self._node.time_s += 1.0
        if next_s is not None and self._node.time_s < next_s < self._node.time_s + 60.0:
            self._node.time_s = next_s
        for message, event in due_timers(self._processor_s, 1_000):
            self._node.fact(message, event)
        self._agree()
        self._send()
        self._receive()
        self._export()
        self._confirm()
        self._make_receipts()
        self._put_away()

    def _fact(self, message: Value, event: str, process: str = "processor_s") -> None:
        assert isinstance(message, int)
        self._node.fact(message, event, process)

    def _agree(self) -> None:
        """Send hellos and replies, and answer the hellos."""
        for message, type_, peer, number, is_in_vain in self._node.rows(
            "SELECT id, type, destination, sequence, in_vain FROM work_initial_sender"
        ):
            event = "expired" if is_in_vain else "sent"
            self._fact(message, event, "initial_sender")
            if type_ == 4 and not is_in_vain:
                echo = self._node.value("SELECT hex(epoch) FROM selfinfo")
                said = {"addresses": [], "commsport": 7411, "dataports": [7412]}
                self._node.write(
                    "INSERT INTO messages (type, source, destination, epoch, sequence, info,"
                    " birth, actor, lifetime_s) SELECT 5, ?, node, ?, ?, ?, 'arrived',"
                    " 'initial_receiver', 600 FROM selfinfo",
                    *(peer, THEIR_EPOCH, number, json.dumps(said | {"echo": echo, "size": 65_536})),
                )

    def _send(self) -> None:
        """Hand over what is ready, and have the next hop acknowledge it."""
        for (peer,) in self._node.rows("SELECT node FROM peers"):
            while ready := self._node.rows("SELECT id FROM work_send WHERE next_hop = ?", peer):
                for (message,) in ready:
                    self._fact(message, "handed")
                    self._fact(message, "acked")

    def _receive(self) -> None:
        """Add the missing ranges of every incoming file."""
        for message, source, sequence, attempt, type_, total_bytes in self._node.rows(
            "SELECT id, source, sequence, attempt, type, total_bytes FROM messages"
            " WHERE state = 'N-4' AND type IN (1, 3)"
        ):
            assert isinstance(message, int)
            if type_ == 1:
                if self._node.rows("SELECT 1 FROM ranges WHERE message = ?", message):
                    self._node.write("INSERT INTO covered VALUES (?, 0, ?)", message, total_bytes)
                continue
            for offset, size_bytes in missing_ranges(self._processor_s, message, 1_000):
                self._node.write(
                    "INSERT INTO messages (type, source, destination, epoch, sequence, attempt,"
                    ' "offset", size_bytes, total_bytes, parent, hash, found, birth, actor)'
                    " SELECT 2, ?, node, ?, ?, ?, ?, ?, ?, ?, x'00', x'00', 'arrived',"
                    " 'processor_r' FROM selfinfo",
                    *(source, THEIR_EPOCH, sequence, attempt, offset, size_bytes, total_bytes),
                    message,
                )

    def _export(self) -> None:
        for message, file in self._node.rows("SELECT id, file FROM work_exporter"):
            self._node.write("UPDATE files SET closed = 1, inbox_name = name WHERE id = ?", file)
            self._fact(message, "exported", "exporter")

    def _confirm(self) -> None:
        """Add the destination's receipts for what it has completely."""
        for destination, epoch, sequence, attempt in self._node.rows(
            "SELECT m.destination, hex(m.epoch), sequence, attempt FROM messages m, selfinfo s"
            " WHERE m.source = s.node AND parent = 0 AND type IN (1, 6)"
            " AND (state = 'S-2W' AND pieces_left = 0)"
        ):
            self._receipts += 1
            words: list[list[object]] = [[destination, epoch, sequence, attempt, 1, [], ""]]
            self._node.write(
                "INSERT INTO messages (type, source, destination, epoch, sequence, hash, found,"
                " info, birth, actor) SELECT 7, ?, node, ?, ?, x'00', x'00', ?, 'arrived',"
                " 'processor_r' FROM selfinfo",
                *(destination, THEIR_EPOCH, self._receipts, json.dumps({"words": words})),
            )

    def _make_receipts(self) -> None:
        for addressee in owed_nodes(self._processor_s):
            with self._processor_s.transaction():
                take_owed(self._processor_s, addressee, 256, 8)
                made = add_made(self._processor_s, 7, addressee, 1)
                keep_body(self._processor_s, made.id, b"words")

    def _put_away(self) -> None:
        for (file,) in self._node.rows("SELECT id FROM work_importer"):
            self._node.write("UPDATE files SET closed = 1, kept = path WHERE id = ?", file)
