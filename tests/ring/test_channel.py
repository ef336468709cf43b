"""Both ends of a channel in one process: opening, talking, filling up, dying, being replaced."""

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


def say(channel: Channel, *payloads: bytes) -> None:
    """Append all and flush."""
    for payload in payloads:
        assert channel.append(payload)
    channel.flush()


def hear(channel: Channel) -> list[bytes]:
    """Service without a change and take all."""
    assert channel.service() is NONE
    return channel.take()


def test_records_go_both_ways_in_order(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        assert pair.listener.generation == pair.connector.generation > 0
        say(pair.listener, b"1", b"2")
        say(pair.connector, b"a")
        assert hear(pair.connector) == [b"1", b"2"]
        assert hear(pair.listener) == [b"a"]
        assert hear(pair.connector) == []


def test_nothing_is_seen_before_the_flush_and_nobody_is_woken(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        pair.listener.append(b"1")
        assert not is_readable(pair.connector.filenos())
        assert hear(pair.connector) == []
        pair.listener.flush()
        assert is_readable(pair.connector.filenos())
        assert hear(pair.connector) == [b"1"]
        assert not is_readable(pair.connector.filenos())


def test_a_flush_without_news_is_silent_and_so_is_a_little_consumed(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        pair.listener.flush()
        assert not is_readable(pair.connector.filenos())
        say(pair.listener, b"1")
        assert hear(pair.connector) == [b"1"]
        pair.listener.flush()
        assert not is_readable(pair.connector.filenos()), "told already"
        pair.connector.flush()
        assert not is_readable(pair.listener.filenos())


def test_a_writer_with_a_full_ring_is_told_of_room(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        say(pair.listener, *[b"%d" % number for number in range(RING_RECORDS)])
        assert not pair.listener.append(b"more")
        assert len(hear(pair.connector)) == RING_RECORDS
        pair.connector.flush()
        assert is_readable(pair.listener.filenos())
        assert pair.listener.service() is NONE
        assert pair.listener.append(b"more")


def test_many_laps_with_small_takes_lose_nothing(directory: Path) -> None:
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


def test_what_a_limited_take_leaves_is_waiting(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        say(pair.listener, b"1", b"2", b"3")
        assert pair.connector.service() is NONE
        assert pair.connector.take(2) == [b"1", b"2"]
        assert pair.connector.waiting == 1
        assert pair.connector.take(2) == [b"3"]
        assert pair.connector.waiting == 0


def test_bodies_are_filled_and_consumed_in_place(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        slot = pair.listener.pool.take()
        assert slot is not None
        pair.listener.slots.view(slot)[:4] = b"body"
        assert bytes(pair.connector.slots.view(slot, 4)) == b"body"
        assert pair.connector.slots.slot_count == SLOT_COUNT
        assert pair.connector.slots.slot_bytes == SLOT_BYTES
        with pytest.raises(TypeError, match="filled by processor_s"):
            _ = pair.connector.pool


def test_the_connector_may_be_the_one_that_fills(directory: Path) -> None:
    listener = ChannelListener(directory, "processor_r", "receiver", 2, 1, filled_by="receiver")
    connector = ChannelConnector(directory, "processor_r", "receiver", filled_by="receiver")
    pair = Pair(listener, connector)
    pair.open()
    assert connector.pool.free_count == 2
    with pytest.raises(TypeError):
        _ = listener.pool
    connector.close()
    listener.close()


def test_a_bell_nobody_reads_does_not_block_and_the_last_count_still_arrives(
    directory: Path,
) -> None:
    """The other end stalls while the bell fills up; then each side only reacts to wake-ups."""
    with linked_pair(directory) as pair:
        pair.open()
        for number in range(RING_RECORDS):
            say(pair.listener, b"%d" % number)
        assert not is_readable(pair.listener.filenos())
        heard = hear(pair.connector)
        assert len(heard) < RING_RECORDS, "the bell was never full, so this tried nothing"
        # It flushes nothing itself: only the room in the bell may wake the listener.
        assert is_readable(pair.listener.filenos())
        assert pair.listener.service() is NONE
        assert not is_readable(pair.listener.filenos())
        assert is_readable(pair.connector.filenos())
        heard += hear(pair.connector)
        assert heard == [b"%d" % number for number in range(RING_RECORDS)]


@pytest.mark.parametrize("dying", ["listener", "connector"])
def test_when_one_end_goes_the_other_closes_and_empties(directory: Path, dying: str) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        gone, left = pair if dying == "listener" else pair[::-1]
        say(gone, b"never taken")
        gone.close()
        assert is_readable(left.filenos())
        assert left.append(b"into the void")
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


def test_reopening_makes_a_new_generation_with_empty_rings_and_a_full_pool(
    directory: Path,
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        first_generation = pair.listener.generation
        assert pair.listener.pool.take() is not None
        say(pair.listener, b"lost")
        pair.connector.close()
        assert pair.listener.service() is CLOSED
        second = Pair(pair.listener, make_connector(directory))
        second.open()
        assert second.listener.generation == second.connector.generation != first_generation
        assert second.listener.pool.free_count == SLOT_COUNT
        say(second.listener, b"new")
        assert hear(second.connector) == [b"new"]
        second.connector.close()


def test_a_newer_connection_replaces_the_older(directory: Path) -> None:
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
        say(newer, b"hello")
        assert hear(pair.listener) == [b"hello"]
        newer.close()


def test_a_stale_writer_cannot_touch_the_next_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        stale_view = pair.connector.slots.view(0)
        newer = make_connector(directory)
        assert newer.connect()
        assert pair.listener.service() is CLOSED
        assert pair.listener.service() is OPENED
        assert newer.service() is OPENED
        # The former connector has not noticed: it writes on, into its slot and into its ring.
        stale_view[:5] = b"stale"
        assert pair.connector.append(b"stale")
        pair.connector.flush()
        assert newer.slots.view(0, 5) == bytes(5)
        say(newer, b"fresh")
        assert hear(pair.listener) == [b"fresh"]
        newer.close()


def test_files_of_another_generation_than_announced_are_not_opened(directory: Path) -> None:
    with linked_pair(directory) as pair:
        assert pair.connector.connect()
        assert pair.listener.service() is OPENED
        newer = make_connector(directory)
        assert newer.connect()
        assert pair.listener.service() is CLOSED
        assert pair.listener.service() is OPENED
        # Only now does the older read its greeting, and finds the newer's files.
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
        assert hear(pair.connector) == []
        assert not pair.connector.is_open
        assert is_readable(pair.connector.filenos())
        assert pair.connector.service() is CLOSED
        assert pair.connector.close_reason == "record 0: its checksum is wrong"
        assert pair.listener.service() is CLOSED
        pair.open()
        say(pair.listener, b"good")
        assert hear(pair.connector) == [b"good"]


def test_damage_found_after_the_other_end_has_gone_is_still_only_closed(directory: Path) -> None:
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
def test_a_bell_that_talks_nonsense_is_closed(directory: Path, packet: bytes, reason: str) -> None:
    with linked_pair(directory) as pair, stranger(directory) as bell:
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
def test_a_greeting_that_is_none_is_closed(directory: Path, packet: bytes, reason: str) -> None:
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


def test_a_connection_that_is_gone_before_it_is_greeted_is_no_error(directory: Path) -> None:
    with linked_pair(directory) as pair:
        stranger(directory).close()
        # Accepted or not: it ends, and the next one is served.
        while is_readable(pair.listener.filenos()):
            pair.listener.service()
        assert not pair.listener.is_open
        pair.open()


def test_connecting_to_nobody_is_false_until_the_listener_rings(directory: Path) -> None:
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


def test_a_socket_left_by_a_killed_listener_refuses_and_is_replaced(directory: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.bind(str(directory / "processor_s--sender.bell"))
    left.close()
    connector = make_connector(directory)
    assert not connector.connect()
    with linked_pair(directory) as pair:
        Pair(pair.listener, connector).open()
    connector.close()


def test_the_descriptors_to_wait_on_stay_the_same(directory: Path) -> None:
    with linked_pair(directory) as pair:
        before = [end.filenos() for end in pair]
        pair.open()
        assert [end.filenos() for end in pair] == before


def test_files_are_the_owners_and_go_with_the_listener(directory: Path) -> None:
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


def test_closing_twice_and_views_held_over_a_close_are_fine(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        view = pair.listener.slots.view(0)
        pair.listener.close()
        pair.listener.close()
        view[:4] = b"mine"
        assert bytes(view[:4]) == b"mine"


def test_faulty_wiring_is_refused_by_name(directory: Path) -> None:
    with pytest.raises(ValueError, match="filled by importer: must be processor_s or sender"):
        ChannelConnector(directory, "processor_s", "sender", filled_by="importer")
    with pytest.raises(ValueError, match="with itself"):
        ChannelConnector(directory, "sender", "sender", filled_by="sender")
    with pytest.raises(ValueError, match="slot count 0"):
        ChannelListener(directory, "processor_s", "sender", 0, 1, filled_by="sender")


def stranger(directory: Path) -> socket.socket:
    """A raw connection to the pair's bell."""
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    bell.connect(str(directory / "processor_s--sender.bell"))
    return bell
