"""processor_s and processor_r, linked: the test plays sender and receiver between them.

Both sides commit first: a frame is sent only after its messages are committed as handed, and
acknowledged only after they are committed as arrived.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from netrelay.cli.main import main
from netrelay.core.frames import FRAME_HEADER_BYTES, VerdictCode
from netrelay.disk.inodes import fingerprint
from netrelay.processes.processor_r import ProcessorR
from netrelay.processes.processor_s import _LOOK_AT_WAYS_S, ProcessorS
from netrelay.ring.channel import ChannelConnector
from netrelay.ring.conversation import Conversation
from netrelay.ring.process_bell import ring
from netrelay.ring.records import (
    NOT_OPENED,
    Closed,
    Connect,
    Decided,
    Disconnect,
    Frame,
    Opened,
    Record,
    Send,
    SlotFree,
    WayTried,
)
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.runtime.wiring import IN, OUT
from netrelay.store.database import Database
from netrelay.store.jobs import NewJob, add_jobs
from netrelay.store.timers import due_timers
from netrelay.transfer.frame_filler import Filled
from netrelay.transfer.inbound import ArrivedFrame, JudgedFrame

CAPACITY_BYTES = 1 << 20
NUMBER = 3


class CommitFailedError(Exception):
    """The error of a commit that the test makes fail."""


class Endpoint(NamedTuple):
    """One process, and the peer endpoint of its ring, which the test uses."""

    node: Node
    worker: ProcessorS | ProcessorR
    channel: ChannelConnector
    ring: Conversation

    def step(self) -> list[Record]:
        """Run one step of the process, and return the records that it put."""
        self.ring.flush()
        self.worker.step()
        self.ring.service()
        return list(self.ring.receive(1024))


def new_home(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(folder / name)
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(folder / f"run-{name}"))
    assert main(["init", name, "--home", str(home.path)]) == 0
    assert main(["id", "--card", str(folder / f"{name}.card"), "--home", str(home.path)]) == 0
    return home


@contextmanager
def endpoints(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Endpoint, Endpoint]]:
    homes = [new_home(folder, name, monkeypatch) for name in ("shelf", "boat")]
    opened: list[Endpoint] = []
    for home, other, wire in zip(homes, ("boat", "shelf"), (OUT, IN), strict=True):
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(folder / f"run-{home.path.name}"))
        place = ["--home", str(home.path)]
        assert main(["peer", "add", str(folder / f"{other}.card"), *place]) == 0
        assert main(["peer", "allow", other, "deliver", *place]) == 0
        node = open_node(wire.listener, home)
        peer = str(node.database.value("SELECT node FROM peers"))
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO agreements"
                " VALUES (?, '[]', 7411, '[7412]', ?, ?, x'0102030405060708')",
                (peer, CAPACITY_BYTES, NUMBER),
            )
        worker = (ProcessorS if wire is OUT else ProcessorR)(node)
        channel = ChannelConnector(home.runtime, *wire)
        end = Endpoint(node, worker, channel, Conversation(channel))
        end.ring.service()
        end.step()
        end.step()
        opened.append(end)
    try:
        yield opened[0], opened[1]
    finally:
        for end in opened:
            end.channel.close()
            end.worker.close()
            end.node.database.close()


def add_file(end: Endpoint, name: bytes, content: bytes) -> None:
    path = end.node.home.claims / "boat" / "1" / name.decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    status = path.stat()
    relative = str(path.relative_to(end.node.home.path)).encode()
    job = NewJob(relative, name.decode(), len(content), status.st_mtime_ns, fingerprint(status), 40)
    database = end.node.database
    with database.transaction():
        add_jobs(database, str(database.value("SELECT node FROM peers")), [job], 3600, 0.0)


def wait_for_send(source: Endpoint) -> Send:
    """Answer the requests of processor_s as sender does, until it sends a frame; return that."""
    for _ in range(20):
        for record in source.step():
            match record:
                case Connect():
                    source.ring.put(Opened(record.peer, record.attempt, 1, 0, 0, "192.0.2.1", ""))
                case Send():
                    return record
                case _:
                    continue
    raise AssertionError("no frame was sent")


def carry(source: Endpoint, sent: Send, destination: Endpoint) -> Frame:
    """Copy a frame from one ring to the other, as sender and receiver do."""
    frame = source.channel.slots.view(sent.slot, sent.length_bytes)[FRAME_HEADER_BYTES:]
    slot = destination.channel.pool.allocate()
    assert slot is not None
    destination.channel.pool.view(slot)[: len(frame)] = frame
    peer = str(destination.node.database.value("SELECT node FROM peers"))
    arrived = Frame(9, peer, sent.frame, slot, len(frame))
    destination.ring.put(arrived)
    source.ring.put(SlotFree(sent.slot))
    return arrived


def states(database: Database, type_: int) -> list[object]:
    return [row[0] for row in database.rows("SELECT state FROM messages WHERE type = ?", (type_,))]


@contextmanager
def no_commit(end: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every transaction of a process fail at its end."""
    whole = Database.transaction

    @contextmanager
    def failing(database: Database) -> Iterator[None]:
        with whole(database):
            yield
            if database is end.node.database:
                raise CommitFailedError

    with monkeypatch.context() as patched:
        patched.setattr(Database, "transaction", failing)
        yield


def test_a_file_is_handed_sent_stored_and_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, destination):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        sent = wait_for_send(source)
        assert states(source.node.database, 3) == ["S-4W"]
        carry(source, sent, destination)
        heard = destination.step()
        assert Decided(9, sent.frame) in heard
        assert states(destination.node.database, 3) == ["N-4"]
        source.ring.put(Decided(1, sent.frame))
        source.step()
        assert states(source.node.database, 3) == ["F"]


def test_nothing_is_sent_that_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        (connect,) = [record for record in source.step() if isinstance(record, Connect)]
        source.ring.put(Opened(connect.peer, connect.attempt, 1, 0, 0, "192.0.2.1", ""))
        with no_commit(source, monkeypatch):
            # The open connection is stored by a commit of its own.
            for _ in range(3):
                with pytest.raises(CommitFailedError):
                    source.step()
        source.ring.service()
        assert [record for record in source.ring.receive(64) if isinstance(record, Send)] == []
        assert states(source.node.database, 3) == ["S-4"]


def test_nothing_is_acknowledged_that_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, destination):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        carry(source, wait_for_send(source), destination)
        with no_commit(destination, monkeypatch), pytest.raises(CommitFailedError):
            destination.step()
        destination.ring.service()
        heard = list(destination.ring.receive(64))
        assert [record for record in heard if isinstance(record, Decided)] == []
        assert states(destination.node.database, 3) == []


@pytest.mark.parametrize("is_put_away", [False, True])
def test_a_receipt_that_arrives_while_a_repeat_is_sealed_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_put_away: bool
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"small.txt", b"x")
        if is_put_away:
            (source.node.home.claims / "boat" / "1" / "small.txt").unlink()
        worker, database = source.worker, source.node.database
        assert isinstance(worker, ProcessorS)
        fill = worker._outbound._filler.fill
        late: list[int] = []

        def fill_slowly(*arguments: Any) -> Filled:
            filled: Filled = fill(*arguments)
            touched = [each for frame in filled.frames for each in frame.messages]
            touched += [each for each, _ in filled.changed]
            late.extend(each.id for each in touched if each.type == 1)
            if late:
                with database.transaction():
                    database.execute(
                        "INSERT INTO facts SELECT id, 'receipted', 'engine', NULL, NULL"
                        " FROM messages WHERE type = 6"
                    )
            return filled

        monkeypatch.setattr(worker._outbound._filler, "fill", fill_slowly)
        for _ in range(20):
            for record in source.step():
                if isinstance(record, Connect):
                    source.ring.put(Opened(record.peer, record.attempt, 1, 0, 0, "", ""))
                elif isinstance(record, Send):
                    source.ring.put(SlotFree(record.slot))
        assert len(late) == 1
        assert (states(database, 1), states(database, 6)) == (["F"], ["F"])
        source.node.log.store()
        assert database.rows("SELECT process, event, text FROM logs") == []


def test_a_receipt_that_arrives_when_its_message_expires_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        database = source.node.database
        due: list[tuple[int, str]] = []

        def slowly_due(*arguments: Any) -> list[tuple[int, str]]:
            found = due_timers(*arguments)
            if found and not due:
                due.extend(found)
                with database.transaction():
                    database.execute(
                        "INSERT INTO facts SELECT id, 'receipted', 'engine', NULL, NULL"
                        " FROM messages WHERE type = 6"
                    )
            return found

        monkeypatch.setattr("netrelay.transfer.outbound.due_timers", slowly_due)
        with database.transaction():
            database.execute("UPDATE messages SET expires_s = 0 WHERE type = 6")
        for _ in range(3):
            source.step()
        source.node.log.store()
        assert [event for _, event in due] == ["expired"]
        assert states(database, 6) == ["F"]
        assert database.rows("SELECT process, event, text FROM logs") == []


def test_messages_in_flight_on_a_connection_that_ends_are_ready_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        wait_for_send(source)
        assert states(source.node.database, 3) == ["S-4W"]
        source.ring.put(Closed(1, "the connection broke: Connection timed out"))
        source.step()
        assert states(source.node.database, 3) == ["S-4"]
        walks = source.node.database.rows("SELECT walk FROM events WHERE event = 'lost'")
        assert walks == [("S-4W S-1 S-4",)]


def test_a_way_that_was_tried_beside_the_connection_of_before_is_not_that_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        wait_for_send(source)
        database = source.node.database
        peer = str(database.value("SELECT node FROM peers"))
        # It was reached, and has ended before it could say that it goes on there.
        source.ring.put(WayTried(peer, "192.0.2.1", ""))
        source.ring.put(Closed(1, "the connection broke"))
        said = source.step()
        with database.transaction():
            database.execute("UPDATE connections SET due_s = 0")
        said += source.step()
        (asked,) = (each for each in said if isinstance(each, Connect))
        source.ring.put(WayTried(peer, "192.0.2.2", ""))
        source.ring.put(Opened(peer, asked.attempt, 2, 0, 0, "192.0.2.2", ""))
        source.step()
        assert database.rows("SELECT handle, way FROM connections") == [(2, "192.0.2.2")]


def test_what_several_ways_hold_is_looked_at_without_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them may have stopped: then the others take what waits."""
    ways = ("192.0.2.1", "192.0.2.2")
    with endpoints(tmp_path, monkeypatch) as (source, _):
        with source.node.database.transaction():
            source.node.database.execute("UPDATE peers SET addresses = ?", (json.dumps(ways),))
            source.node.database.execute("UPDATE peers SET beside = 2, resumes = 1")
        add_file(source, b"large.bin", b"x" * (9 * CAPACITY_BYTES))
        handles: list[int] = []
        for _ in range(8):
            assert source.worker.step() != _LOOK_AT_WAYS_S
            for record in source.step():
                match record:
                    case Connect():
                        handles.append(len(handles) + 1)
                        if not record.is_beside:
                            source.ring.put(WayTried(record.peer, ways[0], ""))
                        answer = (handles[-1], VerdictCode.OK, 0, record.addresses[0], "")
                        source.ring.put(Opened(record.peer, record.attempt, *answer))
                    case Send():
                        source.ring.put(SlotFree(record.slot))
                        source.ring.put(Decided(record.handle, record.frame))
            if len(handles) == len(ways):
                break
        assert len(handles) == len(ways)
        while sends(source):
            pass
        assert source.worker.step() == _LOOK_AT_WAYS_S


@pytest.mark.parametrize(("open_s", "longest_s"), [(60.0, 0.3), (0.25, 0.75)])
def test_a_connection_that_ends_is_dialled_at_once_unless_it_was_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_s: float, longest_s: float
) -> None:
    monkeypatch.setattr("netrelay.transfer.outbound.random.random", lambda: 1.0)
    clock = [1000.0]
    monkeypatch.setattr("netrelay.processes.processor_s.monotonic", lambda: clock[0])
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        wait_for_send(source)
        clock[0] += open_s
        source.ring.put(Closed(1, "the peer ended the connection"))
        source.step()
        ((due_s,),) = source.node.database.rows("SELECT due_s - changed_s FROM connections")
        assert due_s == pytest.approx(longest_s, abs=0.05)


@pytest.mark.parametrize("change", ["agreement_number + 2", "agreement_number"])
def test_a_connection_is_closed_when_its_agreement_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """A peer that lost power sends a hello when it is back: the old connection is dead."""
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        wait_for_send(source)
        database = source.node.database
        with database.transaction():
            database.execute(f"UPDATE sysinfo SET agreement_number = {change}")
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
        ring(source.node.home.runtime, "processor_s")
        source.node.poller.wait(0)
        left = Disconnect(1) in source.step()
        assert left == (change != "agreement_number")


@pytest.mark.parametrize(("verdict", "is_soon"), [(VerdictCode.NO_AGREEMENT, True), (255, False)])
def test_a_peer_that_answers_no_agreement_is_dialled_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: int, is_soon: bool
) -> None:
    """After a power cut the two may disagree; earlier failures must not delay the new agreement."""
    monkeypatch.setattr("netrelay.transfer.outbound.random.random", lambda: 1.0)
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        (connect,) = [record for record in source.step() if isinstance(record, Connect)]
        database = source.node.database
        with database.transaction():
            database.execute(
                "INSERT INTO connections (peer, failures) VALUES (?, 8)", (connect.peer,)
            )
        source.ring.put(
            Opened(connect.peer, connect.attempt, NOT_OPENED, verdict, 0, "192.0.2.1", "away")
        )
        source.step()
        ((due_s,),) = database.rows("SELECT due_s - changed_s FROM connections")
        assert isinstance(due_s, float)
        assert (due_s < 2) is is_soon


def test_with_a_rate_limit_sender_gets_one_frame_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An urgent message waits behind every frame that sender has already."""
    with endpoints(tmp_path, monkeypatch) as (source, _):
        database = source.node.database
        with database.transaction():
            database.execute("UPDATE peers SET limit_bytes_per_s = 65536")
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
        ring(source.node.home.runtime, "processor_s")
        source.node.poller.wait(0)
        add_file(source, b"large.bin", b"x" * (8 * CAPACITY_BYTES))
        last = wait_for_send(source)
        for _ in range(3):
            source.ring.put(Decided(1, last.frame))
            assert sends(source) == []
            source.ring.put(SlotFree(last.slot))
            (last,) = sends(source)
        with database.transaction():
            database.execute("UPDATE peers SET limit_bytes_per_s = NULL")
        ring(source.node.home.runtime, "processor_s")
        source.node.poller.wait(0)
        assert len(sends(source)) > 0


def test_before_the_first_decision_sender_gets_one_frame_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line may be so slow that each frame takes long."""
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (8 * CAPACITY_BYTES))
        manifest = wait_for_send(source)
        source.ring.put(SlotFree(manifest.slot))
        source.ring.put(Decided(1, manifest.frame))
        assert len(sends(source)) == 1
        assert sends(source) == []


def sends(source: Endpoint) -> list[Send]:
    """Run processor_s until it is idle; return the frames that it sent."""
    found: list[Send] = []
    for _ in range(6):
        found += [record for record in source.step() if isinstance(record, Send)]
    return found


def test_decisions_that_sender_reported_before_its_end_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        sent = wait_for_send(source)
        source.ring.put(Decided(1, sent.frame))
        source.ring.flush()
        source.channel.close()
        source.worker.step()
        database = source.node.database
        assert states(database, 3) == ["F"]
        assert database.rows("SELECT 1 FROM events WHERE event = 'lost'") == []


def test_when_stopping_it_sends_no_frame_and_waits_for_decisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        sent = wait_for_send(source)
        worker = source.worker
        worker.wind_down()
        assert sends(source) == []
        assert not worker.is_wound_down
        source.ring.put(Decided(1, sent.frame))
        assert sends(source) == []
        assert worker.is_wound_down
        assert states(source.node.database, 3) == ["F"]


def test_when_it_has_stopped_no_connection_is_stored_as_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoints(tmp_path, monkeypatch) as (source, _):
        add_file(source, b"large.bin", b"x" * (CAPACITY_BYTES + 1))
        wait_for_send(source)
        database = source.node.database
        address = "192.0.2.1"
        assert database.rows("SELECT handle, address FROM connections") == [(1, address)]
        source.worker.close()
        assert database.rows("SELECT handle, address, down_s > 0 FROM connections") == [
            (-1, address, 1)
        ]
        assert states(database, 3) == ["S-4"]


def test_under_steady_load_what_has_ended_is_swept_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was swept only when nothing waited in the ring: never, beside a peer that sends on."""
    with endpoints(tmp_path, monkeypatch) as (_, destination):
        worker = destination.worker
        assert isinstance(worker, ProcessorR)
        calls: list[str] = []
        monkeypatch.setattr(worker._inbound, "sweep", lambda: calls.append("swept"))
        for _ in range(3):
            worker.step()
        assert calls == ["swept"] * 3
        calls.clear()
        monkeypatch.setattr(type(worker._channel), "waiting", property(lambda _: 1))
        for _ in range(32):
            assert worker.step() == 0
            calls.append("step")
        assert calls == [*(["step"] * 15), "swept", *(["step"] * 16), "swept", "step"]


def test_a_frame_that_comes_during_a_batch_gets_its_turn_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for all frames of a peer that sends dear ones."""
    with endpoints(tmp_path, monkeypatch) as (_, destination):
        worker = destination.worker
        assert isinstance(worker, ProcessorR)
        pool = destination.channel.pool

        def send(peer: str) -> None:
            slot = pool.allocate()
            assert slot is not None
            pool.view(slot)[:1] = b"\xc1"
            destination.ring.put(Frame(9, peer, 0, slot, 1))
            destination.ring.flush()

        judge, judged = worker._inbound._judge, []

        def judge_slowly(frame: ArrivedFrame) -> JudgedFrame:
            judged.append(frame.peer)
            if len(judged) == 1:
                send("boat")
            return judge(frame)

        monkeypatch.setattr(worker._inbound, "_judge", judge_slowly)
        for _ in range(3):
            send("attacker")
        destination.step()
        assert judged == ["attacker", "boat", "attacker"]
        destination.step()
        assert judged[3:] == ["attacker"]
