"""Who makes room: sources that are not known yet, and peers."""

import pytest

from netrelay.link.connection_shares import (
    ACCEPTED_DESCRIPTORS,
    CONNECTIONS_A_PEER,
    CONNECTIONS_IN_ALL,
    IDLE_S,
    SILENT_S,
    Held,
    Room,
    connections_that_fit,
    crowded_out,
    room_for,
    source_of,
)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::7", "2001:db8::ffff:8", True),
        ("2001:db8::7", "2001:db8:0:1::7", False),
        ("fe80::7%eth0", "fe80::8%eth0", True),
        ("an address that is gone", "an address that is gone", True),
    ],
)
def test_a_source_is_an_address_or_a_64(one: str, other: str, is_same: bool) -> None:
    assert (source_of(one) == source_of(other)) is is_same


@pytest.mark.parametrize(
    ("sources", "place"),
    [("", None), ("abc", None), ("abb", 1), ("abcb", 1), ("aabb", 0), ("baab", 0), ("cbaab", 1)],
)
def test_the_oldest_of_the_source_that_has_most_is_crowded_out(
    sources: str, place: int | None
) -> None:
    assert crowded_out(sources) == place


def held(words: str) -> list[Held]:
    """Return connections by the letter of their peer; a capital one is in use."""
    return [Held(letter.lower(), IDLE_S if letter.islower() else None) for letter in words]


@pytest.mark.parametrize(
    ("peer", "words", "most", "room"),
    [
        ("a", "", 2, Room(True)),
        ("a", "b", 2, Room(True)),
        ("a", "bb", 2, Room(True, 0)),
        ("a", "Bb", 2, Room(True, 1)),
        ("a", "BB", 2, Room(False)),
        # The peer that holds most, not the oldest connection of all.
        ("a", "bcc", 3, Room(True, 1)),
        # What it has in use counts as held.
        ("a", "bCc", 3, Room(True, 2)),
        ("a", "bCC", 3, Room(True, 0)),
        ("a", "a" * CONNECTIONS_A_PEER, 9, Room(True, 0)),
        ("a", "bA" + "a" * (CONNECTIONS_A_PEER - 1), 9, Room(True, 2)),
        # At its own most it takes nobody else's.
        ("a", "b" + "A" * CONNECTIONS_A_PEER, 9, Room(False)),
        ("a", "b" + "A" * CONNECTIONS_A_PEER, 5, Room(False)),
    ],
)
def test_an_idle_connection_makes_room(peer: str, words: str, most: int, room: Room) -> None:
    assert room_for(peer, held(words), most) == room


def test_of_several_the_one_that_was_idle_for_longest_makes_room() -> None:
    idle = [Held("b", 3.0), Held("c", 9.0), Held("d", 5.0)]
    assert room_for("a", idle, 3) == Room(True, 1)


def test_one_that_moved_a_moment_ago_makes_room_for_its_own_peer_alone() -> None:
    just_now = [Held("b", IDLE_S / 2)] * CONNECTIONS_A_PEER
    assert room_for("a", just_now, CONNECTIONS_A_PEER) == Room(False)
    assert room_for("b", just_now, CONNECTIONS_A_PEER + 1) == Room(True, 0)


def test_at_its_own_most_the_one_that_was_silent_for_longest_makes_room() -> None:
    """Before an idle one: that may be the only one which is not dead."""
    own = [Held("a", 60.0), *(Held("a", None, SILENT_S + late) for late in (0.0, 5.0, -1.0))]
    assert room_for("a", own, 9) == Room(True, 2)
    short = [Held("a", None, SILENT_S - 1)] * CONNECTIONS_A_PEER
    assert room_for("a", short, 9) == Room(False)
    assert room_for("b", own, CONNECTIONS_A_PEER) == Room(True, 0), "not for another peer"


def test_each_connection_has_three_descriptors() -> None:
    assert connections_that_fit(8192, ACCEPTED_DESCRIPTORS) > CONNECTIONS_IN_ALL
    assert 0 < connections_that_fit(1024, ACCEPTED_DESCRIPTORS) < CONNECTIONS_IN_ALL
    assert connections_that_fit(64, ACCEPTED_DESCRIPTORS) == 1
