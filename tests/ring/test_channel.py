"""Both endpoints of a channel in one process: exchange, back-pressure, death and replacement."""

import socket
import stat
from pathlib import Path

import pytest

from netrelay.ring.channel import (
    Channel,
    ChannelChange,
    ChannelClosedError,
    ChannelConnector,
    ChannelListener,
)
from netrelay.ring.layout import BELL_PACKET, COUNTS, HELLO, RING_HEADER_BYTES, RING_RECORDS
from netrelay.ring.process_bell import ProcessBell

from .pair import SLOT_BYTES, SLOT_COUNT, Pair, is_readable, linked_pair, make_connector

NONE, OPENED, CLOSED = ChannelChange.NONE, ChannelChange.OPENED, ChannelChange.CLOSED


def publish(channel: Channel, *payloads: bytes) -> None:
    """Append all payloads and flush."""
    for payload in payloads:
        assert channel.append(payload)
    channel.flush()


def receive(channel: Channel) -> list[bytes]:
    """Call service, which finds no change, and take all payloads."""
    assert channel.service() is NONE
    return channel.take()


def test_records_go_both_ways_in_order(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        assert pair.listener.generation == pair.connector.generation > 0
        publish(pair.listener, b"1", b"2")
        publish(pair.connector, b"a")
        assert receive(pair.connector) == [b"1", b"2"]
        assert receive(pair.listener) == [b"a"]
        assert receive(pair.connector) == []


def test_nothing_is_visible_and_nobody_is_woken_before_the_flush(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        pair.listener.append(b"1")
        assert not is_readable(pair.connector.filenos())
        assert receive(pair.connector) == []
        pair.listener.flush()
        assert is_readable(pair.connector.filenos())
        assert receive(pair.connector) == [b"1"]
        assert not is_readable(pair.connector.filenos())


def test_a_flush_with_nothing_to_report_sends_no_packet(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        pair.listener.flush()
        assert not is_readable(pair.connector.filenos())
        publish(pair.listener, b"1")
        assert receive(pair.connector) == [b"1"]
        pair.listener.flush()
        assert not is_readable(pair.connector.filenos()), "published already"
        pair.connector.flush()
        assert not is_readable(pair.listener.filenos())


def test_a_writer_with_a_full_ring_is_woken_when_there_is_room(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        publish(pair.listener, *[b"%d" % number for number in range(RING_RECORDS)])
        assert not pair.listener.append(b"more")
        assert len(receive(pair.connector)) == RING_RECORDS
        pair.connector.flush()
        assert is_readable(pair.listener.filenos())
        assert pair.listener.service() is NONE
        assert pair.listener.append(b"more")


def test_many_laps_lose_no_record(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        heard: list[bytes] = []
        said = 0
        for _ in range(1000):
            while said < 5000 and pair.listener.append(b"%d" % said):
                said += 1
            pair.listener.flush()
            assert pair.connector.service() is NONE
            heard += pair.connector.take(100)
            pair.connector.flush()
            assert pair.listener.service() is NONE
            if len(heard) == 5000:
                break
        assert heard == [b"%d" % number for number in range(5000)]


def test_records_left_by_a_limited_take_are_waiting(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        publish(pair.listener, b"1", b"2", b"3")
        assert pair.connector.service() is NONE
        assert pair.connector.take(2) == [b"1", b"2"]
        assert pair.connector.waiting == 1
        assert pair.connector.take(2) == [b"3"]
        assert pair.connector.waiting == 0


def test_bodies_are_filled_and_consumed_in_place(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        slot = pair.listener.pool.allocate()
        assert slot is not None
        pair.listener.slots.view(slot)[:4] = b"body"
        assert bytes(pair.connector.slots.view(slot, 4)) == b"body"
        assert pair.connector.slots.slot_count == SLOT_COUNT
        assert pair.connector.slots.slot_bytes == SLOT_BYTES
        with pytest.raises(TypeError, match="filled by processor_s"):
            _ = pair.connector.pool


def test_the_connector_may_fill_the_slots(directory: Path) -> None:
    listener = ChannelListener(directory, "processor_r", "receiver", 2, 1, filled_by="receiver")
    connector = ChannelConnector(directory, "processor_r", "receiver", filled_by="receiver")
    pair = Pair(listener, connector)
    pair.open()
    assert connector.pool.free_count == 2
    with pytest.raises(TypeError):
        _ = listener.pool
    connector.close()
    listener.close()


def test_a_full_bell_does_not_block_and_the_last_count_still_arrives(
    directory: Path,
) -> None:
    """One process stalls while the bell fills up; then each side reacts to wake-ups only."""
    with linked_pair(directory) as pair:
        pair.open()
        for number in range(RING_RECORDS):
            publish(pair.listener, b"%d" % number)
        assert not is_readable(pair.listener.filenos())
        heard = receive(pair.connector)
        assert len(heard) < RING_RECORDS, "the bell was never full: this tested nothing"
        # The connector flushes nothing: only the room in the bell can wake the listener.
        assert is_readable(pair.listener.filenos())
        assert pair.listener.service() is NONE
        assert not is_readable(pair.listener.filenos())
        assert is_readable(pair.connector.filenos())
        heard += receive(pair.connector)
        assert heard == [b"%d" % number for number in range(RING_RECORDS)]


@pytest.mark.parametrize("dying", ["listener", "connector"])
def test_when_one_process_dies_the_channel_closes_at_the_other(directory: Path, dying: str) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        gone, left = pair if dying == "listener" else pair[::-1]
        publish(gone, b"never taken")
        gone.close()
        assert is_readable(left.filenos())
        assert left.append(b"never read")
        left.flush()
        assert left.service() is CLOSED
        assert left.close_reason == "the other end is gone"
        assert not left.is_open
        assert left.take() == []
        assert left.waiting == 0
        assert not left.append(b"1")
        left.flush()
        assert not is_readable(left.filenos())
        with pytest.raises(ChannelClosedError, match="the other end is gone"):
            _ = left.slots
        assert not list(directory.glob("*.ring")) + list(directory.glob("*.slots"))


def test_a_new_generation_has_empty_rings_and_a_full_pool(
    directory: Path,
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        first_generation = pair.listener.generation
        assert pair.listener.pool.allocate() is not None
        publish(pair.listener, b"lost")
        pair.connector.close()
        assert pair.listener.service() is CLOSED
        second = Pair(pair.listener, make_connector(directory))
        second.open()
        assert second.listener.generation == second.connector.generation != first_generation
        assert second.listener.pool.free_count == SLOT_COUNT
        publish(second.listener, b"new")
        assert receive(second.connector) == [b"new"]
        second.connector.close()


def test_a_new_connection_replaces_the_current_one(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        newer = make_connector(directory)
        assert newer.connect()
        assert pair.listener.service() is CLOSED
        assert pair.listener.close_reason == "a newer connection took its place"
        assert is_readable(pair.listener.filenos()), "there is more: the newer connection"
        assert pair.listener.service() is OPENED
        assert newer.service() is OPENED
        assert pair.connector.service() is CLOSED
        publish(newer, b"hello")
        assert receive(pair.listener) == [b"hello"]
        newer.close()


def test_a_stale_writer_cannot_reach_the_next_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        stale_view = pair.connector.slots.view(0)
        newer = make_connector(directory)
        assert newer.connect()
        assert pair.listener.service() is CLOSED
        assert pair.listener.service() is OPENED
        assert newer.service() is OPENED
        # The replaced connector has not noticed, and still writes into its slot and its ring.
        stale_view[:5] = b"stale"
        assert pair.connector.append(b"stale")
        pair.connector.flush()
        assert newer.slots.view(0, 5) == bytes(5)
        publish(newer, b"fresh")
        assert receive(pair.listener) == [b"fresh"]
        newer.close()


def test_files_of_another_generation_than_announced_are_not_opened(directory: Path) -> None:
    with linked_pair(directory) as pair:
        assert pair.connector.connect()
        assert pair.listener.service() is OPENED
        newer = make_connector(directory)
        assert newer.connect()
        assert pair.listener.service() is CLOSED
        assert pair.listener.service() is OPENED
        # The replaced connector reads its HELLO only now, and finds the files of the new one.
        assert pair.connector.service() is CLOSED
        assert "announced was" in pair.connector.close_reason
        assert not pair.connector.is_open
        assert newer.service() is OPENED
        newer.close()


def test_a_damaged_record_closes_both_ends_and_they_can_reopen(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        with (directory / "processor_s--sender.ring").open("r+b") as file:
            pair.listener.append(b"good")
            file.seek(RING_HEADER_BYTES + 16)
            file.write(b"G")
        pair.listener.flush()
        assert receive(pair.connector) == []
        assert not pair.connector.is_open
        assert is_readable(pair.connector.filenos())
        assert pair.connector.service() is CLOSED
        assert pair.connector.close_reason == "record 0: its checksum is wrong"
        assert pair.listener.service() is CLOSED
        pair.open()
        publish(pair.listener, b"good")
        assert receive(pair.connector) == [b"good"]


def test_damage_after_the_other_process_died_is_reported_as_closed(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        with (directory / "processor_s--sender.ring").open("r+b") as file:
            pair.listener.append(b"good")
            file.seek(RING_HEADER_BYTES + 16)
            file.write(b"G")
        pair.listener.flush()
        assert pair.connector.service() is NONE
        pair.listener.close()
        assert pair.connector.take() == []
        assert pair.connector.service() is CLOSED


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"x", "bell packet of 1 bytes: must be 17"),
        (bytes(100), "bell packet of 18 bytes: must be 17"),
        (BELL_PACKET.pack(9, 0, 0), "bell packet of kind 9: must be 2"),
        (BELL_PACKET.pack(HELLO, 1, 0), "bell packet of kind 1: must be 2"),
        (BELL_PACKET.pack(COUNTS, 2000, 0), "published count 2000: must lie in 0..1024"),
        (BELL_PACKET.pack(COUNTS, 0, 1), "consumed count 1: must lie in 0..0"),
    ],
)
def test_an_invalid_packet_ends_the_generation(directory: Path, packet: bytes, reason: str) -> None:
    with linked_pair(directory) as pair, raw_connection(directory) as bell:
        assert pair.listener.service() is OPENED
        bell.send(packet)
        assert pair.listener.service() is CLOSED
        assert pair.listener.close_reason == reason


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (BELL_PACKET.pack(COUNTS, 0, 0), "first bell packet of kind 2: must be 1"),
        (BELL_PACKET.pack(HELLO, 7, 0), "no such file"),
    ],
)
def test_an_invalid_hello_ends_the_connection(directory: Path, packet: bytes, reason: str) -> None:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(str(directory / "processor_s--sender.bell"))
    listening.listen()
    connector = make_connector(directory)
    assert connector.connect()
    bell, _ = listening.accept()
    bell.send(packet)
    assert connector.service() is CLOSED
    assert reason in connector.close_reason
    connector.close()
    bell.close()
    listening.close()


def test_a_connection_closed_before_its_hello_is_no_error(directory: Path) -> None:
    with linked_pair(directory) as pair:
        raw_connection(directory).close()
        # Accepted or not, it ends, and the next connection is served.
        while is_readable(pair.listener.filenos()):
            pair.listener.service()
        assert not pair.listener.is_open
        pair.open()


def test_connect_fails_until_the_listener_rings(directory: Path) -> None:
    bell = ProcessBell(directory, "sender")
    connector = make_connector(directory)
    assert not connector.connect()
    assert connector.service() is NONE
    assert bell.drain() == 0
    with linked_pair(directory) as pair:
        assert bell.drain() == 1, "the listener rings when it listens"
        Pair(pair.listener, connector).open()
        assert connector.connect(), "connected already"
        pair.listener.close()
        assert connector.service() is CLOSED
        assert not connector.connect(), "the name is gone with the listener"
    connector.close()
    bell.close()


def test_a_stale_socket_refuses_and_is_replaced(directory: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.bind(str(directory / "processor_s--sender.bell"))
    left.close()
    connector = make_connector(directory)
    assert not connector.connect()
    with linked_pair(directory) as pair:
        Pair(pair.listener, connector).open()
    connector.close()


def test_the_descriptors_to_poll_are_constant(directory: Path) -> None:
    with linked_pair(directory) as pair:
        before = [end.filenos() for end in pair]
        pair.open()
        assert [end.filenos() for end in pair] == before


def test_files_are_private_and_removed_with_the_listener(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
        assert modes == dict.fromkeys(
            [
                "processor_s--sender.bell",
                "processor_s--sender.ring",
                "processor_s--sender.slots",
                "sender--processor_s.ring",
            ],
            0o600,
        )
        pair.listener.close()
        assert list(directory.iterdir()) == []


def test_close_is_idempotent_and_views_survive_it(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        view = pair.listener.slots.view(0)
        pair.listener.close()
        pair.listener.close()
        view[:4] = b"mine"
        assert bytes(view[:4]) == b"mine"


def test_an_invalid_channel_is_refused_with_the_reason(directory: Path) -> None:
    with pytest.raises(ValueError, match="filled by importer: must be processor_s or sender"):
        ChannelConnector(directory, "processor_s", "sender", filled_by="importer")
    with pytest.raises(ValueError, match="with itself"):
        ChannelConnector(directory, "sender", "sender", filled_by="sender")
    with pytest.raises(ValueError, match="slot count 0"):
        ChannelListener(directory, "processor_s", "sender", 0, 1, filled_by="sender")


def raw_connection(directory: Path) -> socket.socket:
    """Return a raw connection to the pair's bell."""
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    bell.connect(str(directory / "processor_s--sender.bell"))
    return bell
