"""A group of three members: whoever is reached takes what is sent to it, and it lands once."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from blake3 import blake3

from tests.landing.store_stub import BUCKET, Fault, StoreStub, store_stub
from tests.story.nodes import DEADLINE_S, Homes, RunningNode, wait_for

KIB = 1024
FILES = 12
_USED = "SELECT h.name FROM peers p JOIN peers h ON h.node = p.via WHERE p.name = 'hq'"


class Group(NamedTuple):
    """A source, and the members of the group hq in the order in which it tries them."""

    shelf: RunningNode
    members: list[RunningNode]

    def delivered(self) -> int:
        """Return how many jobs of the source have their receipt."""
        return self.shelf.number("SELECT count(*) FROM messages WHERE type = 6 AND state = 'F'")

    def used(self) -> str:
        """Return the member that the source sends to."""
        return str(self.shelf.value(_USED))

    def goes_by(self, member: RunningNode) -> None:
        """Let the minute pass after which members that are not reached are away."""

        def is_used() -> bool:
            self.shelf.change(
                "UPDATE connections SET unreached_s = unreached_s - 60"
                " WHERE unreached_s > clock() - 60",
                "UPDATE messages SET born_s = born_s - 60"
                " WHERE type = 4 AND state = 'S-5' AND born_s > clock() - 60",
                "SELECT wake('processor_s')",
            )
            return self.used() == member.name

        wait_for(f"{member.name} to be used", is_used)


def grouped(homes: Homes, number: int, running: int = 0) -> Group:
    """Make a source and a group by the commands that people type, while some of them run."""
    shelf = homes.node("shelf")
    members = [homes.node(f"hub{each + 1}") for each in range(number)]
    for node in [shelf, *members][:running]:
        node.begin()
    for node in [shelf, *members][:running]:
        node.wait_until_ready()
    first, *others = members
    first.line.good("group", "new", "hq")
    for other in others:
        first.enrol(other)
        key = first.home.path.with_name(f"{other.name}.key")
        first.line.good("group", "key", "hq", str(key))
        other.line.good("group", "join", str(key))
    for member in members:
        shelf.enrol(member)
        member.enrol(shelf, "deliver")
    card = first.home.path.with_name("hq.card")
    named = [word for other in others for word in ("--member", other.name)]
    first.line.good("group", "card", "hq", str(card), *named)
    shelf.line.good("peer", "add", str(card))
    return Group(shelf, members)


def content(number: int, size_bytes: int) -> bytes:
    return bytes([65 + number]) * (size_bytes + number)


@pytest.fixture
def stub() -> Iterator[StoreStub]:
    with store_stub() as made:
        yield made


def test_any_member_takes_it(homes: Homes) -> None:
    group = grouped(homes, 2, running=2)
    shelf, (first, second) = group
    # A source counts for each destination: what is for the member itself has the same numbers.
    dropped = [
        shelf.drop(to, f"{number} {to}.bin", content(number, size_bytes))
        for number, size_bytes in enumerate((5 * KIB, 3000 * KIB, 5 * KIB))
        for to in ("hq", "hub1")
    ]
    for to in ("hq", "hub1"):
        shelf.line.good("message", "--to", to, f"for {to}")
    for each in dropped:
        first.wait_for_delivery("shelf", each)
    wait_for("receipts", lambda: group.delivered() == len(dropped))
    numbers = "SELECT 1 FROM files GROUP BY epoch, sequence HAVING count(*) = 2"
    assert first.rows(numbers)
    wait_for("both texts", lambda: first.number("SELECT count(*) FROM texts") == 2)
    assert "hq" in first.line.good("jobs")
    assert "hub1 brought the receipt of the group hq." in shelf.line.good("why", "0 hq.bin")
    assert "is used now; by hub2: stands by" in shelf.line.good("why", "hq")
    assert "hq is a group that this node is a member of" in first.line("why", "hq").err
    assert "all is well" in shelf.line.good("check")
    assert second.inbox_names("shelf") == []


@pytest.mark.timeout(300)
def test_the_next_member_takes_what_a_dead_one_had(homes: Homes, stub: StoreStub) -> None:
    group = grouped(homes, 3)
    shelf, (first, second, third) = group
    for member in (first, second, third):
        keys = member.home.path / "land.toml"
        keys.write_text('access_key = "AKIA"\nsecret_key = "secret-of-the-store"\n')
        keys.chmod(0o600)
        member.configure(endpoint=stub.endpoint, bucket=BUCKET, keep_inbox=False)
    # The first is off. The second has all of it, and dies before anything has landed.
    stub.fault = lambda asked: Fault(503) if asked.method == "PUT" else None
    contents = [content(each, 200 * KIB if each % 3 == 0 else 3 * KIB) for each in range(FILES)]
    *before, last = enumerate(contents)
    shelf.start()
    second.start()
    for number, each in before:
        shelf.drop("hq", f"{number}.bin", each)
    group.goes_by(second)
    taken = "SELECT 1 FROM messages WHERE type = 6 AND state = 'S-2W' AND pieces_left = 0"
    wait_for("the second to have all", lambda: len(shelf.rows(taken)) == FILES - 1)
    held = "SELECT count(*) FROM landings"
    wait_for("its landings", lambda: second.number(held) == FILES - 1)
    second.kill_up()
    assert (group.delivered(), stub.objects) == (0, {})
    stub.fault = lambda _: None
    third.start()
    shelf.drop("hq", f"{last[0]}.bin", last[1])
    group.goes_by(third)
    # Its source asks about what the second had acknowledged after a minute.
    wait_for("all receipts", lambda: group.delivered() == FILES, 60 + DEADLINE_S)
    assert landed(stub) == sorted(blake3(each).digest() for each in contents)
    # It comes back with the copies that it had: each is in the store.
    second.start()
    second.change("UPDATE files SET due_s = clock() WHERE due_s > clock()", "SELECT wake('lander')")
    ended = "SELECT count(*) FROM landings WHERE object IS NOT NULL"
    wait_for("the copies of the second", lambda: second.number(ended) == FILES - 1)
    assert landed(stub) == sorted(blake3(each).digest() for each in contents)
    assert sorted(stub.puts) == sorted(stub.objects)


def landed(stub: StoreStub) -> list[bytes]:
    """Return the hashes of all objects."""
    with stub.lock:
        return sorted(blake3(each.content).digest() for each in stub.objects.values())
