"""Groups: a member opens what is for one, and its source offers it to the next one in time."""

import json

import pytest

from tests.sql.node import MIB, Node

SILENT_S, HOUR_S, DAY_S = 300.0, 3600.0, 86400.0


@pytest.fixture
def member() -> Node:
    """A member of the group hq, to which `far` may deliver."""
    node = Node("here", lifetime_s=10 * int(DAY_S))
    node.know("far")
    node.execute("INSERT INTO rights VALUES ('far', 'deliver', '')")
    node.execute("INSERT INTO held_groups VALUES ('hq', 'hq', 0)")
    return node


@pytest.fixture
def source() -> Node:
    """A node that sends to the group hq by its members `one`, `two` and `three`."""
    node = Node("here")
    for peer in ("one", "two", "three"):
        node.know(peer)
        node.agree(peer, MIB)
    node.know("hq", None)
    node.execute("UPDATE peers SET is_group = 1 WHERE node = 'hq'")
    for position, hop in enumerate(("one", "two", "three"), 1):
        node.execute("INSERT INTO routes VALUES ('hq', ?, ?, NULL)", (position, hop))
    node.execute("UPDATE peers SET via = 'one' WHERE node = 'hq'")
    node.time_s = 1000.0
    return node


def used(node: Node) -> str:
    """Do what processor_s does; return the member that is used."""
    node.execute("INSERT INTO ended_offers SELECT * FROM ended_offers")
    node.execute("INSERT INTO route_turns SELECT * FROM route_turns")
    return str(node.value("SELECT via FROM peers WHERE node = 'hq'"))


def sent(node: Node, size: int = 5 * MIB, sequence: int = 1) -> int:
    """Send a file until the next hop has acknowledged all of it; return the job."""
    job = node.job("hq", size, sequence)
    acknowledge(node, job)
    assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == ("S-2W", 0)
    return job


def acknowledge(node: Node, job: int) -> None:
    """Send all pieces that are ready, and have the next hop acknowledge them."""
    for piece in node.pieces(job):
        if node.state(piece) == "S-4":
            node.fact(piece, "handed", "processor_s")
            node.execute("INSERT INTO outcomes VALUES (?, 0, 0, '')", (piece,))


def repeat(node: Node) -> None:
    """Repeat what has no receipt, and is due."""
    for message, actor in node.rows("SELECT id, actor FROM work_timer WHERE event = 'repeat'"):
        node.fact(message, "repeat", actor)


def receipt(
    node: Node,
    sequence: int,
    verdict: int = 1,
    missing: list[tuple[int, int]] | None = None,
    by: str = "one",
) -> None:
    """Let a receipt of the group arrive from a member."""
    words = [["hq", node.epoch.hex(), sequence, 1, verdict, missing or [], ""]]
    number = 100 + 10 * sequence + int(node.time_s)
    info = json.dumps({"words": words})
    node.arrived(7, "hq", sequence=number, previous_hop=by, info=info)


# A member.


def test_what_is_for_a_group_is_opened_by_a_member(member: Node) -> None:
    for destination, state in (("hq", "N-4"), ("here", "N-4"), ("another", "S-1")):
        single = member.arrived(1, "far", destination=destination, size_bytes=5, total_bytes=5)
        assert member.state(single) == state


def test_the_numbers_of_a_source_count_for_each_destination(member: Node) -> None:
    for number, destination in enumerate(("here", "hq")):
        single = member.arrived(1, "far", destination=destination, size_bytes=5, total_bytes=5)
        member.execute(
            "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes,"
            " mtime_ns, unix_s) VALUES (?, 'far', ?, x'01', 1, 'a', 5, 0, 0)",
            (number + 1, destination),
        )
        member.fact(single, "exported", "exporter")
    assert member.rows("SELECT destination, first, last FROM seen ORDER BY destination") == [
        ("here", 1, 2),
        ("hq", 1, 2),
    ]
    owed = "SELECT destination, verdict FROM receipts_due WHERE addressee = 'far' ORDER BY 1"
    assert member.rows(owed) == [("here", 1), ("hq", 1)]


@pytest.mark.parametrize("given", [{"here"}, {"hq"}, set()])
def test_a_repeat_is_one_by_its_destination(member: Node, given: set[str]) -> None:
    for destination in given:
        member.execute("INSERT INTO finished VALUES ('far', ?, x'01', 7, 8)", (destination,))
    member.execute("INSERT INTO epochs VALUES ('far', x'01', 0)")
    for destination in ("here", "hq"):
        asked = {"type": 1, "source": "far", "destination": destination, "epoch": "01"}
        asked |= {"sequence": 7, "attempt": 1, "offset": 0, "size_bytes": 5, "total_bytes": 5}
        verdict = member.value(
            "SELECT verdict FROM arrival_verdicts WHERE questions = ?", (json.dumps([asked]),)
        )
        assert verdict == ("finished" if destination in given else "new")


def test_a_group_needs_the_right_of_the_member_and_no_route(member: Node) -> None:
    def missing(source: str) -> object:
        asked = {"previous_hop": source, "source": source, "destination": "hq", "is_receipt": 0}
        return member.value(
            "SELECT missing FROM admissions WHERE questions = ?", (json.dumps([asked]),)
        )

    member.know("stranger")
    assert (missing("far"), missing("stranger")) == (None, "deliver")
    member.execute("DELETE FROM held_groups")
    assert missing("far") == "relay"


def test_a_part_of_a_file_for_a_group_is_kept_for_a_day_after_the_last_piece(member: Node) -> None:
    made = {}
    for number, destination in enumerate(("here", "hq"), 1):
        member.execute(
            "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes,"
            " mtime_ns, unix_s) VALUES (?, 'far', ?, x'01', 1, 'a', ?, 0, 0)",
            (number, destination, 3 * MIB),
        )
        made[destination] = member.arrived(
            3,
            "far",
            destination=destination,
            total_bytes=3 * MIB,
            file=number,
            lifetime_s=9 * int(DAY_S),
            envelope=b"e",
        )

    def piece(number: int) -> None:
        for destination, whole in made.items():
            member.arrived(
                2,
                "far",
                destination=destination,
                offset=number * MIB,
                size_bytes=MIB,
                total_bytes=3 * MIB,
                parent=whole,
                lifetime_s=9 * int(DAY_S),
                envelope=b"e",
            )

    def ended() -> set[str]:
        over = {row[0] for row in member.rows("SELECT id FROM overdue WHERE event = 'let-go'")}
        return {destination for destination, whole in made.items() if whole in over}

    piece(0)
    member.time_s += 20 * HOUR_S
    piece(1)
    member.time_s += 24 * HOUR_S
    assert ended() == set()
    member.time_s += 2 * HOUR_S
    assert ended() == {"hq"}
    piece(2)
    assert ended() == set(), "it is complete"
    member.time_s += 5 * DAY_S
    assert ended() == set()


@pytest.mark.parametrize(
    ("event", "actor"), [("undeliverable", "exporter"), ("cancelled", "person")]
)
def test_what_fails_at_one_member_does_not_fail_for_the_group(
    member: Node, event: str, actor: str
) -> None:
    for destination in ("here", "hq"):
        whole = member.arrived(3, "far", destination=destination, total_bytes=5, envelope=b"e")
        member.fact(whole, event, actor, "its disk was lost")
    owed = "SELECT destination, verdict, reason FROM receipts_due ORDER BY 1"
    assert member.rows(owed) == [("here", 3, "its disk was lost"), ("hq", 2, "its disk was lost")]


# A source.


def test_a_source_goes_on_after_a_failure_at_one_member(source: Node) -> None:
    job = sent(source)
    words = [["hq", source.epoch.hex(), 1, 1, 2, [[0, 1]], "its disk was lost"]]
    source.arrived(7, "hq", sequence=9, info=json.dumps({"words": words}))
    assert source.row("SELECT state, reason FROM messages WHERE id = ?", (job,)) == (
        "S-2W",
        "hq says: its disk was lost",
    )
    source.time_s += SILENT_S + 10
    assert used(source) == "two"


def test_a_member_without_a_receipt_is_left_after_its_time(source: Node) -> None:
    job = sent(source)
    due_s = 1000.0 + SILENT_S + 5
    assert source.row("SELECT hop, ends_s FROM offer_ends") == ("one", due_s)
    assert (due_s,) in source.rows("SELECT due_s FROM route_edges")
    source.time_s = due_s - 0.1
    assert used(source) == "one"
    source.time_s = due_s
    assert used(source) == "two"
    # The next one gets the manifest at once, and names what it lacks.
    repeat(source)
    ready = 'SELECT type, next_hop, "offset" FROM work_send'
    assert source.rows(ready) == [(3, "two", 0)]
    acknowledge(source, job)
    receipt(source, 1, verdict=2, missing=[(0, 5 * MIB)])
    assert source.rows(ready) == [(2, "two", number * MIB) for number in range(5)]


def test_at_each_change_only_what_is_lacking_goes_again(source: Node) -> None:
    """A large file comes to its end although its members take turns."""
    job = sent(source, 9 * MIB)
    for member in ("two", "one", "two"):
        source.execute("UPDATE peers SET via = ? WHERE node = 'hq'", (member,))
        repeat(source)
        waiting = "SELECT type, next_hop FROM messages WHERE state = 'S-4'"
        assert source.rows(waiting) == [(3, member)]
        acknowledge(source, job)
    receipt(source, 1, verdict=2, missing=[(7 * MIB, 2 * MIB)])
    chunks = 'SELECT next_hop, "offset" FROM work_send'
    assert source.rows(chunks) == [("two", 7 * MIB), ("two", 8 * MIB)]
    # One is on its way when the next one takes over: it goes there, after the manifest.
    source.execute("UPDATE peers SET via = 'three' WHERE node = 'hq'")
    assert source.rows("SELECT type, next_hop FROM work_send") == [(3, "three")]
    acknowledge(source, job)
    acknowledge(source, job)
    assert source.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == ("S-2W", 0)


def test_a_single_is_offered_again_too(source: Node) -> None:
    job = sent(source, 5000)
    source.time_s += SILENT_S + 1
    assert used(source) == "two"
    assert source.row("SELECT due_s, repeats FROM messages WHERE id = ?", (job,)) == (
        source.time_s,
        0,
    )
    repeat(source)
    assert source.rows("SELECT type, next_hop FROM work_send") == [(1, "two")]


def test_a_receipt_begins_the_time_anew(source: Node) -> None:
    for number in (1, 2):
        sent(source, 5000, number)
    source.time_s += SILENT_S - 1
    receipt(source, 1)
    source.time_s += SILENT_S - 1
    assert used(source) == "one"
    receipt(source, 2)
    source.time_s += SILENT_S + 1
    assert used(source) == "one", "nothing waits any more"
    assert source.rows("SELECT waits_s, left_s FROM offers") == [(None, None)]
    # A receipt that ends nothing does not clear them.
    sent(source, 5000, 3)
    source.time_s += SILENT_S - 1
    receipt(source, 3, verdict=3)
    source.time_s += SILENT_S + 1
    assert used(source) == "one"


def test_after_the_last_receipt_nothing_is_waited_for(source: Node) -> None:
    sent(source, 200 * MIB, 1)
    sent(source, 5000, 2)
    receipt(source, 1)
    most = "SELECT waits_s, most_bytes FROM offers"
    assert source.row(most) == (source.time_s, 5000), "of what is left"
    receipt(source, 2)
    assert source.row(most) == (None, 0)
    # A file that is acknowledged much later has a time of its own.
    source.time_s += SILENT_S + 600
    sent(source, 5000, 3)
    assert used(source) == "one"
    source.time_s += SILENT_S - 1
    assert used(source) == "one"
    source.time_s += 2
    assert used(source) == "two"


def test_a_large_file_gives_a_member_more_time(source: Node) -> None:
    sent(source, 200 * MIB)
    source.time_s += SILENT_S + 199
    assert used(source) == "one"
    source.time_s += 2
    assert used(source) == "two"


def test_a_member_that_refuses_is_left_likewise(source: Node) -> None:
    job = source.job("hq", 5000)
    (single,) = source.pieces(job)
    for _ in range(3):
        source.fact(single, "handed", "processor_s")
        source.execute("INSERT INTO outcomes VALUES (?, 5, 60, 'QUOTA: full')", (single,))
        source.time_s += SILENT_S / 2
    assert used(source) == "two"
    assert source.row("SELECT state, next_hop FROM messages WHERE id = ?", (single,)) == (
        "S-4",
        "two",
    )


def test_what_one_member_has_refused_the_next_one_has_not(source: Node) -> None:
    first, second = source.job("hq", 5000, 1), source.job("hq", 5000, 2)
    pieces = [piece for job in (first, second) for piece in source.pieces(job)]
    refusals = "SELECT refusal FROM messages WHERE type = 1 ORDER BY id"
    for piece in pieces:
        source.fact(piece, "handed", "processor_s")
        source.execute("INSERT INTO outcomes VALUES (?, 5, 60, 'QUOTA: full')", (piece,))
    assert source.rows(refusals) == [(5,), (5,)]
    source.execute("UPDATE peers SET via = 'two' WHERE node = 'hq'")
    assert source.rows(refusals) == [(None,), (None,)]
    # Nor is one that was taken refused when it is repeated.
    source.fact(pieces[0], "handed", "processor_s")
    source.execute("INSERT INTO outcomes VALUES (?, 5, 60, 'QUOTA: full')", (pieces[0],))
    source.fact(pieces[0], "handed", "processor_s")
    source.execute("INSERT INTO outcomes VALUES (?, 0, 0, '')", (pieces[0],))
    assert source.rows(refusals) == [(None,), (None,)]


def test_a_member_that_was_left_is_tried_again_later_each_time(source: Node) -> None:
    job = sent(source)
    for wait_s in (HOUR_S, 2 * HOUR_S):
        source.time_s += SILENT_S + 10
        assert used(source) == "two"
        for member in ("one", "two", "three"):
            opened = "INSERT INTO calls VALUES (?, 1, 0, 2, 0, NULL, 0.5, '', '')"
            source.execute(opened, (member,))
        source.time_s += wait_s - 1
        assert used(source) == "two"
        source.time_s += 2
        assert used(source) == "one"
        # The first one gets its manifest again.
        repeat(source)
        acknowledge(source, job)


@pytest.mark.parametrize("by", ["one", "two"])
def test_the_receipt_of_another_member_does_not_end_that_one_was_left(
    source: Node, by: str
) -> None:
    """It never delivers: what the next one had is receipted just after it is tried again."""
    source.execute("DELETE FROM routes WHERE hop = 'three'")
    for member in ("one", "two"):
        opened = "INSERT INTO calls VALUES (?, 1, 0, 2, 0, NULL, 0.5, '', '')"
        source.execute(opened, (member,))
    for number, wait_s in enumerate((HOUR_S, 2 * HOUR_S if by == "two" else HOUR_S), 1):
        job = sent(source, 5000, number)
        source.time_s += SILENT_S + 10
        assert used(source) == "two"
        source.time_s += wait_s - 1
        assert used(source) == "two"
        repeat(source)
        acknowledge(source, job)
        source.time_s += 2
        assert used(source) == "one"
        receipt(source, number, by=by)


def test_only_a_group_has_another_member(source: Node) -> None:
    source.execute("UPDATE peers SET is_group = 0 WHERE node = 'hq'")
    job = sent(source)
    assert source.rows("SELECT * FROM offers") == []
    source.time_s += DAY_S
    assert used(source) == "one"
    source.execute("INSERT INTO calls VALUES ('one', -1, -1, 2, 0, NULL, 0.5, '', 'why')")
    source.time_s += 60
    assert used(source) == "two"
    assert {source.state(piece) for piece in source.pieces(job)} == {"F"}, "asked for, not sent"


def test_a_member_is_not_left_for_longer_for_what_was_taken_back(source: Node) -> None:
    """Behind a single way the failures would count up, and the next way would find them."""
    source.execute("DELETE FROM routes WHERE peer = 'hq' AND hop <> 'one'")
    job = sent(source)
    for failures in (1, 2):
        source.time_s += SILENT_S + 10
        assert used(source) == "one"
        assert source.value("SELECT failures FROM offers") == failures
        repeat(source)
        acknowledge(source, job)
    source.fact(job, "cancelled", "person")
    source.time_s += SILENT_S + 10
    assert used(source) == "one"
    assert source.row("SELECT waits_s, left_s, failures FROM offers") == (None, None, 0)


def test_all_left_the_present_one_stays(source: Node) -> None:
    sent(source)
    source.execute("DELETE FROM routes WHERE peer = 'hq' AND hop <> 'one'")
    source.time_s += SILENT_S + 10
    assert used(source) == "one"
    assert source.value("SELECT failures FROM offers") == 1


# A relay.


def carried(node: Node, type_: int, sequence: int) -> int:
    """Let a message of `far` for the group arrive, which is carried on."""
    columns: dict[str, object] = {"total_bytes": MIB}
    if type_ != 3:
        columns |= {"size_bytes": MIB, "salt": b"s"}
    columns |= {"destination": "hq", "sequence": sequence, "previous_hop": "far", "envelope": b"e"}
    return node.arrived(type_, "far", lifetime_s=int(DAY_S), **columns)


def answer(node: Node, message: int, code: int) -> None:
    """Let the next hop answer a message."""
    node.fact(message, "handed", "processor_s")
    node.execute("INSERT INTO outcomes VALUES (?, ?, 60, 'no room')", (message, code))


def no_room(node: Node) -> int:
    return int(node.value("SELECT code FROM refusals WHERE name = 'NO_ROOM'"))


@pytest.fixture
def relay(source: Node) -> Node:
    """A node that carries what `far` sends to the group, whose members are connected."""
    source.know("far")
    for member in ("one", "two", "three"):
        source.execute("INSERT INTO calls VALUES (?, 1, 0, 2, 0, NULL, 0.5, '', '')", (member,))
    return source


@pytest.mark.parametrize("type_", [1, 2, 3])
def test_a_relay_goes_on_to_the_next_one_when_one_refuses(relay: Node, type_: int) -> None:
    message = carried(relay, type_, 1)
    for _ in range(3):
        answer(relay, message, no_room(relay))
        assert used(relay) == "one"
        relay.time_s += 100.5
    assert used(relay) == "two"
    assert relay.value("SELECT next_hop FROM messages WHERE id = ?", (message,)) == "two"
    assert relay.value("SELECT failures FROM offers WHERE hop = 'one'") == 1
    answer(relay, message, 0)
    assert relay.state(message) == "F"
    relay.time_s += HOUR_S - 1
    assert used(relay) == "two"
    relay.time_s += 2
    assert used(relay) == "one", "it is tried again"
    # Once it takes something it is not passed over any more: its next refusal is a first one.
    answer(relay, carried(relay, type_, 2), 0)
    left = "SELECT waits_s, left_s, failures FROM offers WHERE hop = 'one'"
    assert relay.row(left) == (None, None, 0)


def test_a_relay_waits_while_one_takes_in_the_end_what_it_refused(relay: Node) -> None:
    first, other = carried(relay, 2, 1), carried(relay, 2, 2)
    answer(relay, first, no_room(relay))
    waits = "SELECT waits_s FROM offers WHERE hop = 'one'"
    answer(relay, other, 0)
    assert relay.value(waits) == relay.time_s, "it refuses the first one still"
    relay.time_s += SILENT_S - 1
    answer(relay, first, 0)
    assert relay.value(waits) is None
    relay.time_s += 10
    assert used(relay) == "one"
