"""Three nodes in memory that pass rows to each other over a bad network, from one seed.

The processes are played here in their shortest form: what they report is real, what they carry is
not. Packets are lost, repeated, reordered and corrupted; nodes stop in the middle of a transaction
and come back; capacities and routes change; after a while all of that stops and everything has to
end.
"""

import json
import random
from collections import Counter
from typing import Any, NamedTuple, cast

from netrelay.core.frames import VerdictCode
from netrelay.core.words import Refusal
from netrelay.store.arrivals import INSERT_ARRIVAL, Arrival, ArrivalVerdict, verdict_of
from netrelay.store.database import Database
from netrelay.store.receipts import relevant_words
from tests.sql.invariants import broken
from tests.sql.node import KIB, MIB, Node

LIFETIME_S = 3000
CAPACITIES = (64 * KIB, 256 * KIB, MIB)
WINDOW = 8
IDENTITY = ("destination", "epoch", "sequence", "attempt", "offset", "size_bytes")
REFUSALS = {
    "need-manifest": Refusal.NEED_MANIFEST,
    "bad-hash": Refusal.BAD_HASH,
    "too-large": Refusal.TOO_LARGE,
}
HEADER = ("id", "type", "source", *IDENTITY, "total_bytes", "lifetime_s", "age_s", "info")
MEASURES = ("total_bytes", "lifetime_s", "age_s")
DISTURBED_TICKS = 150
# Far beyond what the longest of some thousand seeds took to end.
LAST_TICK = 5_000


def carried(arrival: Arrival, words: list[Any]) -> Arrival:
    """Return what a relay stores of a message; words: the entries, if it is a receipt."""
    arrival = arrival._replace(envelope=b"as it came")
    if arrival.type in (1, 2):
        return arrival._replace(salt=b"salt")
    given_up = [
        [epoch, sequence, attempt, reason]
        for to, epoch, sequence, attempt, verdict, _, reason in words
        if verdict == 5 and to == arrival.destination
    ]
    # The simulation has no bodies: a receipt's entries travel in the column of its destination.
    info = json.dumps({"words": words}) if arrival.type == 7 else None
    withdrawn = json.dumps(given_up) if given_up else None
    return arrival._replace(body=b"signed", info=info, withdrawn=withdrawn)


def opened(arrival: Arrival) -> Arrival:
    """Return what a destination stores of a file's message; every single is a file here."""
    if arrival.type == 2:
        return arrival
    arrival = arrival._replace(unix_s=0).with_file("f", 1, 0, 0)
    if arrival.type == 1:
        return arrival
    return arrival._replace(envelope=b"as it came", body=b"signed", info='{"kind": "file"}')


class PowerLostError(Exception):
    """A node lost its power in the middle of a transaction."""


class Packet(NamedTuple):
    """What travels: kind is hello, data or answer."""

    kind: str
    sender: str
    connection: int
    content: dict[str, Any]


class SimulatedNode(Node):
    """A node with its connections and the inbox a person looks into."""

    def __init__(self, name: str, capacity: int) -> None:
        super().__init__(name, capacity, LIFETIME_S)
        self.connections: dict[str, int] = {}
        self.in_flight: dict[int, dict[int, float]] = {}
        self.accepted: dict[str, int] = {}
        self.inbox: Counter[tuple[str, int]] = Counter()


class Simulation:
    """One run: `run()` raises AssertionError when something is not as promised."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        # Of its own: what the other draws of a seed bring about stays.
        self.lists = random.Random(seed)
        draw = self.random.choice
        self.loss = draw([0, 0.02, 0.1])
        self.repeat = draw([0, 0.05, 0.2])
        self.corruption = draw([0, 0.01])
        self.stop = draw([0, 0.01, 0.03])
        self.cut_off = draw([0, 0.02, 0.05])
        self.change = draw([0, 0, 0.01, 0.05])
        self.retry = draw([0, 0.02])
        self.trouble = draw([0, 0.1, 0.5])
        self.tick = 0
        self.last_tick = LAST_TICK
        self.calm = False
        self.connections_made = 0
        self.network: list[tuple[int, float, str, Packet]] = []
        self.sent: list[tuple[str, str, int]] = []
        self.happened: Counter[str] = Counter()
        self.nodes = {name: SimulatedNode(name, draw(CAPACITIES)) for name in "abc"}
        for name, node in self.nodes.items():
            for other in "abc".replace(name, ""):
                through_b = "b" not in (name, other) and self.random.random() < 0.7
                node.know(other, via="b" if through_b else other)

    # The world.

    def run(self) -> None:
        for _ in range(self.random.randint(2, 6)):
            self.give()
        while not self.finished():
            self.tick += 1
            assert self.tick < self.last_tick, f"does not end: {self.living()}"
            if not self.calm and self.random.random() < 0.02:
                self.give()
            if self.tick == DISTURBED_TICKS:
                self.settle_down()
            self.jump()
            arriving = self.take_arriving()
            for name in self.random.sample("abc", 3):
                self.step(self.nodes[name], arriving[name])
            if self.tick % 10 == 0:
                self.check_invariants()
        self.check_end()

    def give(self) -> None:
        source, destination = self.random.sample("abc", 2)
        node = self.nodes[source]
        sequence = self.sequence(node, destination)
        size = self.random.choice(
            [
                self.random.randint(0, 2000),
                self.random.randint(1, 3 * MIB),
                # A single, where the agreement takes it: one that a smaller agreement outgrows.
                self.random.randint(64 * KIB, 256 * KIB - 100),
                self.random.randint(256 * KIB, MIB - 100),
                64 * KIB,
            ]
        )
        if self.random.random() < 0.3:
            # A text fits every message size: `netrelay message` takes no longer one.
            node.text(destination, min(size, 64 * KIB - 1) + 1, sequence)
        else:
            node.job(destination, size, sequence)
        self.sent.append((source, destination, sequence))

    def settle_down(self) -> None:
        """From here on nothing goes wrong any more, and there is a route to everybody."""
        self.calm = True
        for node in self.nodes.values():
            node.execute("UPDATE peers SET via = 'b' WHERE via IS NULL")

    @staticmethod
    def sequence(node: Node, destination: str) -> int:
        number: int = node.value(
            "INSERT INTO sequences VALUES (?, ?, 2) ON CONFLICT DO UPDATE SET next = next + 1"
            " RETURNING next - 1",
            (node.name, destination),
        )
        return number

    def jump(self) -> None:
        """Let the time pass in which nothing can happen."""
        if not self.calm or self.network:
            step_s = 1.0
        else:
            now_s = self.nodes["a"].time_s
            due = [
                d
                for node in self.nodes.values()
                for (d,) in node.rows("SELECT due_s FROM next_due WHERE due_s IS NOT NULL")
            ]
            step_s = min(max(min(due, default=now_s) - now_s, 1.0), 600.0)
        for node in self.nodes.values():
            node.time_s += step_s

    def post(self, to: str, packet: Packet) -> None:
        copies = 1
        if not self.calm:
            if self.random.random() < self.loss:
                self.happened["lost"] += 1
                return
            copies += self.random.random() < self.repeat
        self.happened["repeated"] += copies - 1
        for _ in range(copies):
            when = self.tick + self.random.randint(1, 6)
            self.network.append((when, self.random.random(), to, packet))

    def take_arriving(self) -> dict[str, list[Packet]]:
        arriving: dict[str, list[Packet]] = {name: [] for name in self.nodes}
        for _, _, to, packet in sorted(p for p in self.network if p[0] <= self.tick):
            arriving[to].append(packet)
        self.network = [p for p in self.network if p[0] > self.tick]
        return arriving

    # A node.

    def step(self, node: SimulatedNode, packets: list[Packet]) -> None:
        out: list[tuple[str, Packet]] = []
        exported: list[tuple[str, int]] = []
        before = (dict(node.connections), {c: dict(f) for c, f in node.in_flight.items()})
        try:
            with node.transaction():
                for packet in packets:
                    out += self.receive(node, packet)
                self.maybe_stop()
                self.report_timers(node)
                out += self.send(node)
                out += self.greet(node)
                self.make_receipts(node)
                exported = self.export(node)
                self.maybe_stop()
        except PowerLostError:
            node.connections, node.in_flight = before
            self.restart(node)
            return
        node.inbox.update(exported)
        for to, packet in out:
            self.post(to, packet)
        self.disturb(node)

    def maybe_stop(self) -> None:
        if not self.calm and self.random.random() < self.stop / 2:
            raise PowerLostError

    def disturb(self, node: SimulatedNode) -> None:
        for connection, flying in list(node.in_flight.items()):
            if any(node.time_s - since_s > 60 for since_s in flying.values()):
                self.close(node, connection)
        if self.calm:
            return
        if self.random.random() < self.stop:
            self.restart(node)
        if node.in_flight and self.random.random() < self.cut_off:
            self.close(node, self.random.choice(list(node.in_flight)))
        if self.random.random() < self.change:
            self.happened["capacity changed"] += 1
            capacity = self.random.choice(CAPACITIES)
            node.execute("UPDATE selfinfo SET capacity = ?", (capacity,))
        if node.name != "b" and self.random.random() < self.change:
            self.happened["route changed"] += 1
            other = "ac".replace(node.name, "")
            via = self.random.choice(["b", other, None])
            node.execute("UPDATE peers SET via = ? WHERE node = ?", (via, other))
        if node.name != "b" and self.lists.random() < self.change:
            self.happened["several next hops"] += 1
            other = "ac".replace(node.name, "")
            hops = self.lists.sample(["b", other], 2)
            node.execute("DELETE FROM routes WHERE peer = ?", (other,))
            for position, hop in enumerate(hops, 1):
                node.execute("INSERT INTO routes VALUES (?, ?, ?, NULL)", (other, position, hop))
            node.execute("UPDATE peers SET via = ? WHERE node = ?", (hops[0], other))
        if node.rows("SELECT 1 FROM route_turns"):
            self.happened["next hop turned"] += 1
            node.execute("INSERT INTO route_turns SELECT * FROM route_turns")

    def close(self, node: SimulatedNode, connection: int) -> None:
        self.happened["connection lost"] += 1
        flying = node.in_flight.pop(connection)
        (peer,) = [p for p, c in node.connections.items() if c == connection]
        del node.connections[peer]
        with node.transaction():
            self.call(node, peer, -1, open_s=100.0)
            for message in flying:
                if node.state(message) == "S-4W":
                    node.fact(message, "lost", "processor_s")

    def restart(self, node: SimulatedNode) -> None:
        self.happened["restarted"] += 1
        for connection in list(node.in_flight):
            self.close(node, connection)
        node.accepted.clear()
        node.begin_epoch(self.random.randbytes(8))
        with node.transaction():
            for (message,) in node.rows("SELECT id FROM messages WHERE state = 'S-4W'"):
                node.fact(message, "lost", "processor_s")

    # initial_receiver, initial_sender

    def greet(self, node: SimulatedNode) -> list[tuple[str, Packet]]:
        out = []
        for id_, type_, to, number, info, expires_s, in_vain in node.rows(
            "SELECT id, type, destination, sequence, info, expires_s, in_vain"
            " FROM work_initial_sender"
        ):
            if in_vain or expires_s <= node.time_s:
                node.fact(id_, "expired", "initial_sender")
                continue
            said = {"addresses": [], "commsport": 7411, "dataports": [7412]}
            said |= json.loads(info or "{}")
            said["capacity"] = node.value("SELECT capacity FROM selfinfo")
            content = {"type": type_, "number": number, "epoch": node.epoch, "info": said}
            out.append((to, Packet("hello", node.name, 0, content)))
            node.execute(
                "INSERT INTO greetings VALUES (?, 'sent', ?, NULL)", (id_, self.random.random())
            )
        return out

    def take_hello(self, node: SimulatedNode, packet: Packet) -> None:
        said = packet.content
        known = node.rows(
            "SELECT id FROM messages WHERE type = ? AND source = ? AND epoch = ? AND sequence = ?"
            " AND destination = ?",
            (said["type"], packet.sender, said["epoch"], said["number"], node.name),
        )
        if not known:
            node.arrived(
                said["type"],
                packet.sender,
                epoch=said["epoch"],
                sequence=said["number"],
                info=json.dumps(said["info"]),
            )
        else:
            node.execute(
                "UPDATE messages SET info = ? WHERE id = ?", (json.dumps(said["info"]), known[0][0])
            )
            event = "again" if said["type"] == 4 else "answered"
            node.fact(known[0][0], event, "initial_receiver")

    # processor_s and sender

    def report_timers(self, node: SimulatedNode) -> None:
        for id_, event, actor in node.rows("SELECT * FROM work_timer"):
            if node.rows("SELECT 1 FROM work_timer WHERE id = ? AND event = ?", (id_, event)):
                node.fact(id_, event, actor)
        for (id_,) in node.rows(
            "SELECT id FROM messages WHERE state = 'D' AND source = ? AND parent = 0"
            " AND type IN (1, 6)",
            (node.name,),
        ):
            if self.calm or self.random.random() < self.retry:
                self.happened["retried"] += 1
                node.fact(id_, "retry", "person")

    def send(self, node: SimulatedNode) -> list[tuple[str, Packet]]:
        out = []
        for peer, number in node.rows("SELECT node, agreement_number FROM work_connect"):
            if self.calm or self.random.random() < 0.7:
                self.connect(node, peer, number)
        for peer, connection in list(node.connections.items()):
            flying = node.in_flight[connection]
            for row in node.rows(
                f"SELECT {', '.join(HEADER)} FROM work_send WHERE next_hop = ? LIMIT ?",
                (peer, WINDOW - len(flying)),
            ):
                content = dict(zip(HEADER, row, strict=True))
                node.fact(content["id"], "handed", "processor_s")
                flying[content["id"]] = node.time_s
                out.append((peer, Packet("data", node.name, connection, content)))
        return out

    def connect(self, node: SimulatedNode, peer: str, number: int) -> None:
        other = self.nodes[peer]
        knows = other.rows(
            "SELECT 1 FROM sysinfo WHERE node = ? AND agreement_number = ?", (node.name, number)
        )
        if not knows:
            self.happened["no agreement"] += 1
            self.call(node, peer, -1, VerdictCode.NO_AGREEMENT, number)
            return
        self.connections_made += 1
        node.connections[peer] = self.connections_made
        node.in_flight[self.connections_made] = {}
        other.accepted[node.name] = self.connections_made
        self.call(node, peer, self.connections_made, VerdictCode.OK, number)

    def call(
        self,
        node: SimulatedNode,
        peer: str,
        handle: int,
        verdict: int = -1,
        number: int = 0,
        open_s: float | None = None,
    ) -> None:
        node.execute(
            "INSERT INTO calls VALUES (?, ?, ?, ?, 0, ?, ?, '', '')",
            (peer, handle, verdict, number, open_s, self.random.random()),
        )

    def take_answer(self, node: SimulatedNode, packet: Packet) -> None:
        id_, attempt, code = (packet.content[k] for k in ("id", "attempt", "code"))
        flying = node.in_flight.get(packet.connection)
        row = node.rows(
            "SELECT state FROM messages WHERE id = ? AND attempt = ? AND id > 0", (id_, attempt)
        )
        if flying:
            flying.pop(id_, None)
        if not row:
            return
        if code == "ok":
            if flying is None:
                self.happened["late acknowledgement"] += 1
            node.execute("INSERT INTO outcomes VALUES (?, 0, 0, NULL)", (id_,))
        elif flying is not None and row[0][0] == "S-4W":
            self.happened[code] += 1
            if code == "too-large":
                node.forget(packet.sender)
            node.execute(
                "INSERT INTO outcomes VALUES (?, ?, ?, ?)",
                (id_, REFUSALS[code], self.random.randint(1, 20), code),
            )

    # receiver and processor_r

    def receive(self, node: SimulatedNode, packet: Packet) -> list[tuple[str, Packet]]:
        if packet.kind == "hello":
            self.take_hello(node, packet)
        elif packet.kind == "answer":
            self.take_answer(node, packet)
        elif node.accepted.get(packet.sender) == packet.connection:
            code = self.take_data(node, packet)
            answer = {k: packet.content[k] for k in ("id", "attempt")} | {"code": code}
            return [(packet.sender, Packet("answer", node.name, packet.connection, answer))]
        return []

    def take_data(self, node: SimulatedNode, packet: Packet) -> str:
        """Let a message arrive, as processor_r does; return what became of it."""
        header = packet.content
        agreed = node.rows("SELECT message_size FROM sysinfo WHERE node = ?", (packet.sender,))
        if header["type"] in (1, 2) and (not agreed or header["size_bytes"] > agreed[0][0]):
            return "too-large"
        fields = {name: header[name] for name in ("type", "source", *IDENTITY, *MEASURES)}
        arrival = Arrival("processor_r", **fields, previous_hop=packet.sender)
        arrival = arrival._replace(hash=b"h", found=b"h", has_body=True)
        if not self.calm and self.random.random() < self.corruption:
            node.execute(INSERT_ARRIVAL, arrival._replace(found=b"x"))
            return "bad-hash"
        database = cast(Database, node)
        words = json.loads(header["info"] or "{}").get("words", [])
        if arrival.destination != node.name:
            arrival = carried(arrival, words)
        elif arrival.type == 7:
            words = relevant_words(database, arrival.source, words)
            if not words:
                return "ok"
            arrival = arrival._replace(info=json.dumps({"words": words}))
        else:
            arrival = opened(arrival)
        verdict = verdict_of(database, arrival)
        self.happened[f"{verdict} {arrival.type} {arrival.destination == node.name}"] += 1
        if verdict is ArrivalVerdict.UNOPENED:
            return "need-manifest"
        node.execute(INSERT_ARRIVAL, arrival)
        return "ok"

    # exporter, and receipts by processor_s

    def export(self, node: SimulatedNode) -> list[tuple[str, int]]:
        exported = []
        for id_, source, sequence, file in node.rows(
            "SELECT id, source, sequence, file FROM work_exporter"
        ):
            if not self.calm and self.random.random() < self.trouble:
                self.happened["not put into the inbox"] += 1
                node.execute("INSERT INTO delivery_troubles VALUES (?, 'disk-full', '')", (id_,))
                continue
            if node.value("SELECT closed FROM files WHERE id = ?", (file,)) == 0:
                exported.append((source, sequence))
                node.execute("UPDATE files SET closed = 1 WHERE id = ?", (file,))
            node.fact(id_, "exported", "exporter")
        return exported

    def make_receipts(self, node: SimulatedNode) -> None:
        if self.random.random() < 0.5:
            return
        for (source,) in node.rows("SELECT addressee FROM work_receipts"):
            words = []
            for to, epoch, sequence, attempt, verdict, message, reason in node.rows(
                "DELETE FROM receipts_due WHERE addressee = ?"
                " RETURNING destination, epoch, sequence, attempt, verdict, message, reason",
                (source,),
            ):
                gaps = self.missing(node, message) if verdict == 2 else []
                words.append([to, epoch.hex(), sequence, attempt, verdict, gaps, reason])
            node.born(
                7,
                "made",
                "processor_s",
                destination=source,
                sequence=self.sequence(node, source),
                lifetime_s=LIFETIME_S,
                info=json.dumps({"words": words}),
            )

    @staticmethod
    def missing(node: Node, message: int) -> list[list[int]]:
        total = node.value("SELECT total_bytes FROM messages WHERE id = ?", (message,))
        gaps, at = [], 0
        for first, last in node.rows(
            "SELECT first, last FROM ranges WHERE message = ? UNION ALL SELECT ?, ? ORDER BY first",
            (message, total, total),
        ):
            if first > at:
                gaps.append([at, first - at])
            at = last
        return gaps

    # What has to hold.

    def living(self) -> list[tuple[Any, ...]]:
        return [
            (node.name, *row)
            for node in self.nodes.values()
            for row in node.rows(
                "SELECT id, type, state, source, destination, next_hop, pieces_left, due_s,"
                " expires_s FROM messages WHERE state NOT IN ('F', 'D', 'N-0') LIMIT 9"
            )
        ]

    def finished(self) -> bool:
        if not self.calm or self.network:
            return False
        dead = any(
            node.rows(
                "SELECT 1 FROM messages WHERE state = 'D' AND source = ? AND parent = 0"
                " AND type IN (1, 6)",
                (node.name,),
            )
            for node in self.nodes.values()
        )
        return not dead and not self.living()

    def check_invariants(self) -> None:
        for node in self.nodes.values():
            flying = {message for f in node.in_flight.values() for message in f}
            wrong = broken(node, flying)
            assert not wrong, (node.name, self.tick, wrong)

    def check_end(self) -> None:
        self.check_invariants()
        for source, destination, sequence in self.sent:
            count = self.nodes[destination].inbox[source, sequence]
            assert count == 1, f"{source} to {destination}, {sequence}: delivered {count} times"
            states = self.nodes[source].rows(
                "SELECT state FROM messages WHERE source = ? AND destination = ? AND sequence = ?"
                " AND parent = 0 AND type IN (1, 6)",
                (source, destination, sequence),
            )
            assert states == [("F",)]
        assert sum(n.inbox.total() for n in self.nodes.values()) == len(self.sent)
