"""Relaying: files pass through nodes that cannot read them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from tests.story.nodes import KIB, MIB, Dropped, Homes, RunningNode, wait_for
from tests.story.relays import NodeRow, introduce, row_of
from tests.story.test_secrecy import Secret, places

ABC = ("alba", "brno", "cork")
ALL_ACKED = "SELECT 1 FROM messages WHERE type = 6 AND state = 'S-2W' AND pieces_left = 0"
BOTH_ACKED = (
    "SELECT 1 WHERE 2 = (SELECT count(*) FROM messages WHERE type = 6 AND state = 'S-2W'"
    " AND pieces_left = 0)"
)


def arrives(row: NodeRow, *dropped: Dropped) -> None:
    """Wait for files, and check that no relay keeps any of them."""
    for each in dropped:
        row.destination.wait_for_delivery(row.source.name, each)
    row.wait_until_settled()
    for relay in row.relays:
        wait_for(f"the spool of {relay.name} to be empty", lambda: spooled(relay) == [])  # noqa: B023
        assert not relay.home.inbox.exists() or relay.inbox_names(row.source.name) == []
    assert [node.errors() for node in row] == [[]] * len(row)


def spooled(node: RunningNode) -> list[str]:
    return sorted(path.name for path in node.home.spool.iterdir())


def agreed_bytes(row: NodeRow) -> list[int]:
    """Return the agreed message size of each hop, from the node before it."""
    return [
        giver.number(
            "SELECT y.message_size FROM sysinfo y JOIN peers p ON p.node = y.node WHERE p.name = ?",
            taker.name,
        )
        for giver, taker in pairwise(row)
    ]


@contextmanager
def held(node: RunningNode, process: str) -> Iterator[None]:
    """Stop one of the eight processes until the block ends."""
    pid = node.process_pid(process)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("capacities", "agreed"),
    [
        pytest.param((MIB, 256 * KIB, 64 * KIB), [256 * KIB, 64 * KIB], id="smaller and smaller"),
        pytest.param((256 * KIB, MIB, 64 * KIB), [256 * KIB, 64 * KIB], id="relay largest"),
        pytest.param((64 * KIB, 256 * KIB, MIB), [64 * KIB, 256 * KIB], id="larger and larger"),
        pytest.param((MIB, 64 * KIB, 256 * KIB), [64 * KIB, 64 * KIB], id="relay smallest"),
    ],
)
def test_a_relay_fragments_between_segments_for_a_smaller_next_hop(
    homes: Homes, capacities: tuple[int, ...], agreed: list[int]
) -> None:
    row = row_of(homes, *ABC, capacities=capacities)
    row.start()
    size_bytes = 3 * MIB + 12_345
    names = ["large.bin", "klein und größer.txt", "zwei\nZeilen"]
    large = row.source.drop("cork", names[0], os.urandom(size_bytes))
    small = row.source.drop("cork", names[1], b"a single")
    row.destination.wait_for_delivery("alba", small)
    odd = row.source.drop("cork", names[2], b"")
    arrives(row, large, small)
    inbox = row.destination.inbox_names("alba")
    assert set(names[:2]) < set(inbox)
    assert len(inbox) == 3
    assert (row.source.home.sent / "cork" / names[2]).read_bytes() == b""
    assert odd.size_bytes == 0
    # The destination's word came back over the relay, and says the content.
    card = row.destination.write_card()
    for name in names:
        proof = homes.folder / "proof"
        row.source.line.good("receipt", name, "--to", str(proof))
        content = row.source.home.sent / "cork" / name
        verify = ("receipt", "verify", str(proof), "--card", str(card), "--file", str(content))
        assert "is that content" in row.relays[0].line.good(*verify)
        proof.unlink()

    # Source and destination never connected to each other.
    assert agreed_bytes(row) == agreed
    for node in (row.source, row.destination):
        assert node.rows("SELECT p.name FROM sysinfo y JOIN peers p ON p.node = y.node") == [
            ("brno",)
        ]

    # The relay received the chunks of the source, and sent all their bytes once.
    relay = row.relays[0]
    chunks = 'SELECT "offset", size_bytes FROM messages WHERE type = 2 AND birth = ? ORDER BY 1'
    first, second = agreed
    assert [size for _, size in relay.rows(chunks, "arrived")] == pieces(size_bytes, first)
    assert [size for _, size in row.destination.rows(chunks, "arrived")] == (
        pieces(size_bytes, min(agreed))
    )
    cut = relay.rows(
        'SELECT c.envelope = p.envelope, c.salt = p.salt, c."offset" % 65536,'
        ' c."offset" BETWEEN p."offset" AND p."offset" + p.size_bytes - c.size_bytes'
        " FROM messages c JOIN messages p ON p.id = c.parent WHERE c.parent > 0 AND c.type = 2"
    )
    # The rest of the file fits unchanged.
    assert len(cut) == (len(pieces(size_bytes, second)) - 1 if first > second else 0)
    assert set(cut) <= {(1, 1, 0, 1)}
    # A relay has no file, opens no seal and creates no receipt.
    assert relay.rows("SELECT * FROM files") == []
    assert relay.rows("SELECT * FROM bodies") == []
    assert relay.rows("SELECT 1 FROM events WHERE walk LIKE '%N-3%' AND message IN"
                      " (SELECT id FROM messages WHERE type IN (1, 2, 3))") == []  # fmt: skip


def pieces(size_bytes: int, message_bytes: int) -> list[int]:
    """Return the sizes of the chunks of a file."""
    whole, rest = divmod(size_bytes, message_bytes)
    return [message_bytes] * whole + [rest] * bool(rest)


def test_chunks_are_forwarded_before_the_file_is_complete(homes: Homes) -> None:
    row = row_of(homes, *ABC, capacities=(64 * KIB,) * 3)
    relay, destination = row[1:]
    row.start()
    arrives(row, row.source.drop("cork", "first.txt", b"now all of them are connected"))
    for number in range(5):
        dropped = row.source.drop("cork", f"large-{number}", os.urandom(48 * MIB))
        wait_for("the first chunks", destination.bytes_coming)
        with held(row.source, "sender"):
            waits = "SELECT count(*) FROM messages WHERE type = 2 AND state IN ('S-4', 'S-4W')"
            if row.source.number(waits) == 0:
                continue  # it was faster than this test
            # The relay has sent everything, and only the source has the whole file.
            relay.wait_for_rows(
                "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM messages WHERE state IN ('S-4', 'S-4W'))"
            )
            assert 0 < destination.bytes_coming() < 48 * MIB
            assert row.source.number(waits) > 0
        arrives(row, dropped)
        events = relay.audit(2)
        handed = [at for at, step in enumerate(events) if step.event == "handed"]
        arrived = [at for at, step in enumerate(events) if step.event == "arrived"]
        assert handed[0] < arrived[-1]
        return
    raise AssertionError("five files were sent before their source could be held")


class LargeSecret(Secret):
    """A file of which samples are searched for: all runs would take minutes."""

    def is_shown_in(self, data: bytes) -> bool:
        runs = (self.content[at : at + 16] for at in range(999, len(self.content), 321 * KIB))
        return any(run in data for run in runs)


@pytest.mark.parametrize("size_bytes", [20 * KIB, 8 * MIB], ids=["a single", "eight MiB"])
def test_a_relay_stores_neither_name_nor_content(homes: Homes, size_bytes: int) -> None:
    row = row_of(homes, *ABC, capacities=(MIB, 256 * KIB, 64 * KIB))
    row.source.start()
    relay = row.relays[0]
    relay.start()
    secret = LargeSecret(size_bytes)
    dropped = row.source.drop("cork", secret.name, secret.content)
    row.source.wait_for_rows(
        ALL_ACKED
        if size_bytes > 64 * KIB
        else "SELECT 1 FROM messages WHERE type = 1 AND parent > 0 AND state = 'F'"
    )
    # Validation: the same search finds name and content where they are.
    assert sum((relay.home.spool / name).stat().st_size for name in spooled(relay)) > size_bytes
    assert places(relay, secret) == (set(), set())
    shown, named = places(row.source, secret)
    assert shown
    assert named

    row.destination.start()
    arrives(row, dropped)
    assert places(relay, secret) == (set(), set())
    shown, _ = places(row.destination, secret)
    assert shown == {f"inbox/alba/{secret.name}"}


def test_a_relay_stores_everything_while_the_destination_is_off(homes: Homes) -> None:
    row = row_of(homes, *ABC, capacities=(256 * KIB, MIB, 64 * KIB))
    row.source.start()
    row.relays[0].start()
    large = row.source.drop("cork", "large.bin", os.urandom(5 * MIB + 1))
    small = row.source.drop("cork", "small.txt", b"small")
    row.source.wait_for_rows(BOTH_ACKED)
    assert len(spooled(row.relays[0])) == 2
    # The source may stop: it is no longer needed.
    row.source.stop()
    row.destination.start()
    row.destination.wait_for_delivery("alba", large)
    row.destination.wait_for_delivery("alba", small)
    row.source.start()
    arrives(row, large, small)


def test_a_relay_stopped_during_a_file_continues_where_it_was(homes: Homes) -> None:
    row = row_of(homes, *ABC, capacities=(256 * KIB, 256 * KIB, 64 * KIB))
    row.start()
    size_bytes = 48 * MIB
    for number in range(5):
        dropped = row.source.drop("cork", f"large-{number}", os.urandom(size_bytes))
        wait_for("the file to be under way", row.destination.bytes_coming)
        assert row.relays[0].stop() == 0
        was_under_way = 0 < row.destination.bytes_coming() < size_bytes
        row.relays[0].start()
        arrives(row, dropped)
        if was_under_way:
            return
    raise AssertionError("five files were there before the relay was gone")


@pytest.mark.parametrize("lost", ["spool", "disk"])
def test_messages_that_a_relay_lost_are_sent_again(homes: Homes, lost: str) -> None:
    row = row_of(homes, *ABC, capacities=(256 * KIB, 256 * KIB, 64 * KIB))
    source, relay, destination = row
    source.start()
    relay.start()
    dropped = source.drop("cork", "large.bin", os.urandom(3 * MIB + 1))
    small = source.drop("cork", "small.txt", b"its key is lost, too")
    source.wait_for_rows(BOTH_ACKED)
    relay.stop()
    for path in relay.home.spool.iterdir():
        path.unlink()
    if lost == "disk":
        lose_disk(relay, row)
    relay.start()
    destination.start()
    # The source repeats the manifest until the destination has answered it.
    if lost == "disk":
        source.due_now()
        destination.wait_for_delivery("alba", small)
    else:
        died = "SELECT 1 FROM messages WHERE type = ? AND state = 'D' AND reason LIKE 'its sealed%'"
        relay.wait_for_rows(died, 1)
        relay.wait_for_rows(died, 2)
    destination.wait_for_rows("SELECT 1 FROM messages WHERE type = 3 AND state = 'N-4'")
    if lost == "disk":
        # The relay's rows were on the disk, too, so it reports no loss: the source has to repeat.
        source.wait_for_rows(f"{ALL_ACKED} AND total_bytes > {MIB}")
        source.due_now()
    else:
        said = "brno lost a part of it: its sealed bytes are gone: No such file or directory"
        source.wait_for_rows("SELECT 1 FROM events WHERE event = 'hinted' AND reason = ?", said)
    destination.wait_for_delivery("alba", dropped)
    destination.wait_for_delivery("alba", small)
    source.wait_until_settled()
    destination.wait_until_settled()
    # Missing ranges were requested, and sent once more.
    assert [s.event for s in source.audit(2)].count("repeat") > 0
    assert [(s.walk, s.effect) for s in destination.audit(3) if s.event == "again"] == [
        ("N-4 N-4", "answer")
    ]
    assert destination.inbox_names("alba") == ["large.bin", "small.txt"]
    wait_for("the spool to be empty", lambda: spooled(relay) == [])


def lose_disk(node: RunningNode, row: NodeRow) -> None:
    """Recreate the database of a stopped node, whose keys were kept."""
    for path in node.home.path.glob("netrelay.db*"):
        path.unlink()
    node.line.good("init", node.name, "--address", node.address)
    introduce(node, row)


def test_a_relay_requests_the_manifest_that_its_next_hop_lacks(homes: Homes) -> None:
    row = row_of(homes, *ABC, capacities=(64 * KIB,) * 3)
    source, relay, destination = row
    row.start()
    arrives(row, source.drop("cork", "first.txt", b"now all of them are connected"))
    for number in range(5):
        dropped = source.drop("cork", f"large-{number}", os.urandom(24 * MIB))
        wait_for("the first chunks", destination.bytes_coming)
        destination.stop()
        if destination.bytes_coming() < dropped.size_bytes:
            break
        destination.start()
        arrives(row, dropped)
    source.wait_for_rows(ALL_ACKED)
    for path in destination.home.staging.iterdir():
        path.unlink()
    lose_disk(destination, row)
    destination.start()
    # Chunks of an unknown file: the manifest is repeated at once, without a timer.
    said = "brno lacks its manifest: NEED_MANIFEST: cork does not have its manifest"
    source.wait_for_rows("SELECT 1 FROM events WHERE event = 'wanted' AND reason = ?", said)
    destination.wait_for_rows("SELECT 1 FROM messages WHERE type = 3 AND state = 'N-4'")
    wait_for("the relay to have nothing left", lambda: not relay.unsettled())
    assert [s.walk for s in source.audit(6) if s.event == "repeat"] == []
    # Chunks on the lost disk are sent again.
    source.due_now()
    destination.wait_for_delivery("alba", dropped)
    source.wait_until_settled()


def test_three_hops(homes: Homes) -> None:
    row = row_of(
        homes, "alba", "brno", "dover", "cork", capacities=(MIB, 512 * KIB, 128 * KIB, 64 * KIB)
    )
    row.start()
    large = row.source.drop("cork", "large.bin", os.urandom(4 * MIB + 77))
    small = row.source.drop("cork", "small.txt", b"three hops")
    arrives(row, large, small)
    assert agreed_bytes(row) == [512 * KIB, 128 * KIB, 64 * KIB]
    for hops, node in enumerate(row[1:]):
        assert {hop for (hop,) in node.rows("SELECT hops FROM messages WHERE type = 2")} == {hops}


# Missing routes


def test_a_relay_without_a_route_reports_it_to_the_source(homes: Homes) -> None:
    row = row_of(homes, *ABC)
    source, relay, _ = row
    relay.line.good("peer", "route", "cork", "--none")
    row.start()
    dropped = source.drop("cork", "waits.bin", os.urandom(3 * MIB))
    small = source.drop("cork", "waits.txt", b"waits")
    source.wait_for_rows(
        "SELECT 1 FROM messages WHERE type IN (1, 3) AND reason LIKE 'NO_ROUTE: brno has no route"
        " to cork%netrelay peer route cork --direct%'"
    )
    wait_for("status to say so", lambda: "brno has no route to cork" in source.line.good("status"))
    relay.wait_for_rows("SELECT 1 FROM logs WHERE text LIKE '%no route from here to cork%'")
    # It waits for its route without a limit: nothing is dead.
    for _ in range(15):
        source.wait_for_rows(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM messages WHERE state = 'S-4W')"
        )
        tries = source.number("SELECT count(*) FROM events WHERE event = 'handed'")
        source.due_now()
        source.wait_for_rows(
            "SELECT 1 WHERE (SELECT count(*) FROM events WHERE event = 'handed') > ?", tries
        )
    assert source.rows("SELECT reason FROM messages WHERE state = 'D'") == []
    relay.line.good("peer", "route", "cork", "--direct")
    source.due_now()
    arrives(row, dropped, small)


def test_a_source_without_a_route_reports_it(homes: Homes) -> None:
    row = row_of(homes, *ABC)
    source = row.source
    source.line.good("peer", "route", "cork", "--none")
    row.start()
    dropped = source.drop("cork", "waits.bin", os.urandom(MIB))
    source.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'S-1'")
    assert "no route" in source.line.good("status")
    source.line.good("peer", "route", "cork", "--via", "brno")
    arrives(row, dropped)


def test_a_route_that_leads_back_is_reported_at_the_source(homes: Homes) -> None:
    row = row_of(homes, *ABC)
    source, relay, _ = row
    relay.line.good("peer", "route", "cork", "--via", "alba")
    row.start()
    dropped = source.drop("cork", "circles.bin", os.urandom(MIB + 1))
    source.wait_for_rows(
        "SELECT 1 FROM messages WHERE reason LIKE '%brno has no route to cork%leads back%'"
    )
    relay.wait_for_rows("SELECT 1 FROM logs WHERE text LIKE '%leads back to alba%'")
    relay.line.good("peer", "route", "cork", "--direct")
    source.due_now()
    arrives(row, dropped)


def test_a_destination_without_a_route_to_the_source_reports_it(homes: Homes) -> None:
    row = row_of(homes, *ABC)
    destination = row.destination
    destination.line.good("peer", "route", "alba", "--none")
    row.start()
    dropped = row.source.drop("cork", "one way.bin", os.urandom(MIB + 1))
    destination.wait_for_delivery("alba", dropped)
    destination.wait_for_rows(
        "SELECT 1 FROM logs WHERE process = 'processor_s' AND event = 'no-way-back'"
        " AND text LIKE '%alba%netrelay peer route alba%'"
    )
    row.source.wait_for_rows(ALL_ACKED)
    assert "the receipt is not here yet" in row.source.line.good("status")
    destination.line.good("peer", "route", "alba", "--via", "brno")
    arrives(row, dropped)


def test_a_relay_without_a_route_for_the_receipt_reports_it_to_the_destination(
    homes: Homes,
) -> None:
    row = row_of(homes, "alba", "brno", "dover", "cork")
    source, _, relay, destination = row
    relay.line.good("peer", "route", "alba", "--none")
    row.start()
    dropped = source.drop("cork", "one way.bin", os.urandom(MIB + 1))
    destination.wait_for_delivery("alba", dropped)
    said = "%dover has no route to alba%netrelay peer route alba --direct%"
    destination.wait_for_rows("SELECT 1 FROM logs WHERE text LIKE ?", said)
    destination.wait_for_rows("SELECT 1 FROM messages WHERE type = 7 AND reason LIKE ?", said)
    relay.line.good("peer", "route", "alba", "--via", "brno")
    destination.due_now()
    arrives(row, dropped)


def test_a_receipt_that_a_relay_lost_is_sent_again(homes: Homes) -> None:
    row = row_of(homes, *ABC)
    source, relay, destination = row
    row.start()
    first = source.drop("cork", "first.txt", b"now all of them are connected")
    arrives(row, first)
    relay.stop()
    dropped = source.drop("cork", "large.bin", os.urandom(8 * MIB))
    small = source.drop("cork", "small.txt", b"small")
    destination.stop()
    relay.start()
    source.due_now()
    source.wait_for_rows(BOTH_ACKED)
    source.stop()
    destination.start()
    relay.due_now()
    destination.wait_for_delivery("alba", dropped)
    destination.wait_for_delivery("alba", small)
    destination.wait_until_settled()
    relay.stop()
    lose_disk(relay, row)
    relay.start()
    source.start()
    source.due_now()
    source.wait_until_settled()
    destination.wait_until_settled()
    assert destination.inbox_names("alba") == ["first.txt", "large.bin", "small.txt"]
    # Both at least once: on a slow machine what is due at the start is made due once more.
    repeats = [step for step in source.audit(6) if step.event == "repeat"]
    assert {step.walk for step in repeats} == {"S-2W S-2W"}
    assert len({step.message for step in repeats}) == 2


def test_a_loop_of_routes_is_reported_at_the_source_until_it_is_corrected(homes: Homes) -> None:
    row = row_of(homes, "alba", "brno", "dover", "ely", "cork", capacities=(64 * KIB,) * 5)
    source, brno, dover, ely, destination = row
    ely.line.good("peer", "route", "cork", "--via", "brno")
    brno.line.good("peer", "allow", "ely", "carry", "alba")
    row.start()
    large = source.drop("cork", "large.bin", os.urandom(MIB + 7))
    small = source.drop("cork", "small.txt", b"round")
    # A repeated seal reveals a loop; a manifest has none, and circulates until its hop limit.
    circle = "the routes to cork lead round in a circle; netrelay peer ls shows those of each node"
    for job, relay in ((1, "%"), (2, "ely")):
        source.wait_for_rows(
            "SELECT 1 FROM messages m JOIN files f ON f.id = m.file WHERE m.type = 6"
            " AND m.state = 'S-2W' AND f.id = ? AND m.reason LIKE ?",
            *(job, f"{relay} could not carry it on: LOOP: % has carried it before%{circle}"),
        )
    assert "could not carry it on: LOOP" in source.line.good("status")
    assert "could not carry it on: LOOP" in source.line.good("trace", "small.txt")
    for each in (brno, dover, ely):
        hops = each.number("SELECT max(hops) FROM messages WHERE type IN (1, 2)")
        assert hops < 3, "nothing but what opens the rest goes round and round"
    # When nothing circulates any more, the route is corrected, and the next repeat uses it.
    moving = "SELECT 1 FROM messages WHERE state IN ('S-1', 'S-2', 'S-2W', 'S-4', 'S-4W')"
    wait_for("the circle to be empty", lambda: not any(n.rows(moving) for n in row[1:4]))
    ely.line.good("peer", "route", "cork", "--direct")
    source.due_now()
    destination.wait_for_delivery("alba", small)
    # The manifest arrives for the first time; only its repeat is answered with missing ranges.
    destination.wait_for_rows("SELECT 1 FROM messages WHERE type = 3 AND state = 'N-4'")
    source.due_now()
    destination.wait_for_delivery("alba", large)
    source.wait_until_settled()
    for passed, node in enumerate(row[1:]):
        there = node.rows("SELECT DISTINCT hops FROM messages WHERE type = 2 AND state = 'F'")
        assert there == [(passed,)]
    for node in (brno, dover, ely):
        wait_for("the spool to be empty", lambda: spooled(node) == [])  # noqa: B023


def test_a_relay_without_the_right_gets_the_command_that_helps(homes: Homes) -> None:
    row = row_of(homes, *ABC, may_relay=False)
    source, relay, _ = row
    relay.line.good("peer", "allow", "cork", "relay")
    row.start()
    dropped = source.drop("cork", "waits.bin", os.urandom(MIB + 1))
    command = "netrelay peer allow alba relay"
    source.wait_for_rows(
        "SELECT 1 FROM messages WHERE state = 'S-4' AND reason LIKE ?",
        f"NOT_PERMITTED: brno%{command}%",
    )
    relay.line.good(*command.split()[1:])
    arrives(row, dropped)


def test_a_relay_deletes_messages_that_their_source_withdraws(homes: Homes) -> None:
    row = row_of(homes, *ABC, capacities=(256 * KIB, 256 * KIB, 64 * KIB))
    source, relay, destination = row
    source.start()
    relay.start()
    source.drop("cork", "large.bin", os.urandom(3 * MIB))
    source.drop("cork", "small.txt", b"small")
    kept = source.drop("cork", "kept.txt", b"kept")
    source.wait_for_rows(
        "SELECT 1 WHERE 3 = (SELECT count(*) FROM messages WHERE type = 6 AND state = 'S-2W'"
        " AND pieces_left = 0)"
    )
    assert len(spooled(relay)) == 3
    said = source.line.good("cancel", "large.bin", "small.txt")
    assert "the nodes on the way there" in said
    wait_for("the relay to drop both", lambda: len(spooled(relay)) == 1)
    assert "alba gave it up: taken back by a person" in {
        reason for (reason,) in relay.rows("SELECT reason FROM messages WHERE state = 'D'")
    }
    destination.start()
    for node in (source, relay):
        node.due_now()
    destination.wait_for_delivery("alba", kept)
    source.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    wait_for("the spool to be empty", lambda: spooled(relay) == [])
    assert destination.inbox_names("alba") == ["kept.txt"]
    assert [node.errors() for node in row] == [[]] * len(row)
