"""What arrives, as rows: made once, found again, finished for good."""

import pytest

from netrelay.core.words import FileKind
from netrelay.store import arrivals
from netrelay.store.arrivals import Complete, staged_name
from tests.store.node import HERE, OTHER, THEIR_EPOCH, THERE, OpenNode, arrived, identity

MANIFEST, SINGLE, CHUNK, RECEIPT = 3, 1, 2, 7


def add_file(node: OpenNode, sequence: int, size_bytes: int = 100, name: str = "name") -> int:
    """Make the row of a coming file."""
    database = node.open("processor_r")
    with database.transaction():
        return arrivals.add_coming_file(
            database, identity(sequence), name, size_bytes, 7, 1_700_000_000.9
        )


def add_manifest(node: OpenNode, sequence: int, total_bytes: int = 300) -> int:
    """Let the manifest of a file arrive, with its body."""
    message = node.arrive(
        *(MANIFEST, sequence),
        size_bytes=0,
        total_bytes=total_bytes,
        file=add_file(node, sequence, total_bytes),
        envelope=b"envelope",
        info='{"kind": "file"}',
    )
    assert message is not None
    node.write("INSERT INTO bodies VALUES (?, ?)", message, b"manifest")
    return message


def add_chunk(node: OpenNode, parent: int, sequence: int, offset: int, size_bytes: int) -> None:
    """Let a chunk of it arrive."""
    node.arrive(
        CHUNK, sequence, offset=offset, size_bytes=size_bytes, total_bytes=300, parent=parent
    )


def test_a_message_is_made_once(node: OpenNode) -> None:
    message = node.arrive(SINGLE, 5, file=add_file(node, 5))
    assert message is not None
    assert node.arrive(SINGLE, 5) is None
    database = node.open("processor_r")
    assert arrivals.find_arrived(database, SINGLE, identity(5), 0, 100) == (message, "N-4")
    for type_, sequence, attempt, offset, size in (
        *((CHUNK, 5, 1, 0, 100), (SINGLE, 6, 1, 0, 100), (SINGLE, 5, 2, 0, 100)),
        *((SINGLE, 5, 1, 65_536, 100), (SINGLE, 5, 1, 0, 99)),
    ):
        found = arrivals.find_arrived(database, type_, identity(sequence, attempt), offset, size)
        assert found is None


def test_a_wrong_hash_takes_nobodys_place(node: OpenNode) -> None:
    bad = node.arrive(SINGLE, 5, found=b"x" * 32)
    worse = node.arrive(SINGLE, 5, found=b"y" * 32)
    database = node.open("processor_r")
    assert arrivals.find_arrived(database, SINGLE, identity(5), 0, 100) is None
    good = node.arrive(SINGLE, 5, file=add_file(node, 5))
    assert good is not None
    assert arrivals.find_arrived(database, SINGLE, identity(5), 0, 100) == (good, "N-4")
    assert node.rows("SELECT id, state FROM messages WHERE id > 0") == [
        (bad, "D"),
        (worse, "D"),
        (good, "N-4"),
    ]


def test_all_attempts_of_a_file_share_its_row(node: OpenNode) -> None:
    first = add_file(node, 5, name="a")
    database = node.open("processor_r")
    with database.transaction():
        again = arrivals.add_coming_file(database, identity(5, attempt=2), "b", 100, 7, 0.0)
        other = arrivals.add_coming_file(database, identity(6), "c", 100, 7, 0.0)
    assert again == first != other
    assert node.rows("SELECT name FROM files") == [("b",), ("c",)]


def test_what_is_finished_is_finished_for_every_attempt(node: OpenNode) -> None:
    database = node.open("processor_r")
    node.write("INSERT INTO finished VALUES (?, ?, 5, 6)", THERE, THEIR_EPOCH)
    node.write("INSERT INTO finished VALUES (?, ?, 8, 10)", THERE, THEIR_EPOCH)
    finished = [number for number in range(12) if arrivals.is_finished(database, identity(number))]
    assert finished == [5, 8, 9]
    assert arrivals.is_finished(database, identity(5, attempt=7))
    assert not arrivals.is_finished(database, identity(5)._replace(source=OTHER))
    assert not arrivals.is_finished(database, identity(5)._replace(epoch=b"another "))


@pytest.mark.parametrize("low_water", [0, 1, 4, 2**63 - 1])
def test_below_the_low_water_everything_is_finished(node: OpenNode, low_water: int) -> None:
    database = node.open("processor_r")
    with database.transaction():
        arrivals.finish_below(database, THERE, THEIR_EPOCH, low_water)
    for number in {0, max(low_water - 1, 0), low_water}:
        assert arrivals.is_finished(database, identity(number)) == (number < low_water)


def test_a_file_that_was_delivered_is_finished_and_owes_its_receipt(node: OpenNode) -> None:
    message = node.arrive(SINGLE, 5, file=add_file(node, 5))
    assert message is not None
    node.fact(message, "exported", "exporter")
    assert arrivals.is_finished(node.open("processor_r"), identity(5))
    assert node.rows("SELECT addressee, epoch, sequence, attempt, verdict FROM receipts_due") == [
        (THERE, THEIR_EPOCH, 5, 1, 1)
    ]


def test_a_word_that_is_owed_wakes_who_says_it(node: OpenNode) -> None:
    """Its source may be the only one who is awake: nothing else would ever send it."""
    database = node.open("processor_r")
    node.rung.clear()
    with database.transaction():
        arrivals.owe_complete(database, identity(5, attempt=2))
    assert node.rung == [{"processor_s"}]
    assert node.rows("SELECT sequence, attempt, verdict, reason FROM receipts_due") == [
        (5, 2, 1, "")
    ]


def test_a_range_is_covered_when_all_of_it_is(node: OpenNode) -> None:
    manifest = add_manifest(node, 5)
    add_chunk(node, manifest, 5, 0, 100)
    add_chunk(node, manifest, 5, 200, 50)
    database = node.open("processor_r")

    def covered(first: int, size: int) -> bool:
        return arrivals.is_covered(database, manifest, first, size)

    assert covered(0, 100)
    assert covered(50, 50)
    assert covered(200, 50)
    assert not covered(0, 101)
    assert not covered(50, 160)
    assert not covered(150, 10)
    assert not covered(200, 51)
    add_chunk(node, manifest, 5, 100, 100)
    assert covered(0, 250)
    assert not arrivals.is_covered(database, manifest + 1, 0, 1)


def test_a_manifest_is_open_while_it_waits(node: OpenNode) -> None:
    manifest = add_manifest(node, 5)
    database = node.open("processor_r")
    file = node.value("SELECT id FROM files")
    assert arrivals.open_manifest(database, identity(5)) == (
        manifest,
        file,
        b"envelope",
        b"manifest",
    )
    assert arrivals.open_manifest(database, identity(5, attempt=2)) is None
    assert arrivals.open_manifest(database, identity(6)) is None
    assert arrivals.message_state(database, manifest) == "N-4"
    add_chunk(node, manifest, 5, 0, 300)
    node.fact(manifest, "exported", "exporter")
    assert arrivals.open_manifest(database, identity(5)) is None
    assert arrivals.message_state(database, manifest) == "F"


def test_a_key_is_found_by_its_source_and_id(node: OpenNode) -> None:
    database = node.open("processor_r")
    with database.transaction():
        arrivals.keep_key(database, identity(1), b"key id 1", b"envelope", b"body")
        arrivals.keep_key(database, identity(2), b"key id 1", b"envelope 2", b"body 2")
    assert arrivals.find_key(database, THERE, b"key id 1") == (b"envelope 2", b"body 2")
    assert arrivals.find_key(database, OTHER, b"key id 1") is None
    assert arrivals.find_key(database, THERE, b"key id 2") is None


def test_bytes_on_our_disk_are_those_not_in_the_inbox_yet(node: OpenNode) -> None:
    node.know(THERE)
    database = node.open("processor_r")
    assert arrivals.unclosed_bytes(database, identity(9)) == 0
    first = add_file(node, 1, 1_000)
    add_file(node, 2, 200)
    node.add_job(50_000)  # our own file is nobody's
    assert arrivals.unclosed_bytes(database, identity(9)) == 1_200
    assert arrivals.unclosed_bytes(database, identity(2, attempt=3)) == 1_000
    assert arrivals.unclosed_bytes(database, identity(9)._replace(source=OTHER)) == 0
    node.write("UPDATE files SET closed = 1 WHERE id = ?", first)
    assert arrivals.unclosed_bytes(database, identity(9)) == 200


def test_complete_is_what_has_all_its_bytes(node: OpenNode) -> None:
    node.know(THERE)
    database = node.open("exporter")
    manifest = add_manifest(node, 5)
    single = node.arrive(SINGLE, 6, file=add_file(node, 6, name="single"))
    assert single is not None
    add_chunk(node, manifest, 5, 100, 200)
    complete = [item.name for item in arrivals.complete_files(database, 10)]
    assert complete == ["single"]
    add_chunk(node, manifest, 5, 0, 100)
    complete_now = arrivals.complete_files(database, 10)
    assert len(complete_now) == 2
    assert complete_now[0] == Complete(
        *(single, 2, "single", None, 7, "name of there"),
        *(staged_name(THERE, THEIR_EPOCH, 6, 1), False, FileKind.FILE, 100),
    )
    assert arrivals.complete_files(database, 1) == complete_now[:1]
    assert arrivals.expected_in_staging(database) == {item.staged_name for item in complete_now}


def test_a_directory_says_so_and_its_name_says_that_it_was_unpacked(node: OpenNode) -> None:
    node.know(THERE)
    database = node.open("processor_r")
    with database.transaction():
        file = arrivals.add_coming_file(
            database, identity(6), "photos", 100, 7, 0.0, FileKind.DIRECTORY
        )
    node.arrive(SINGLE, 6, file=file)
    (item,) = arrivals.complete_files(database, 10)
    assert item.kind is FileKind.DIRECTORY
    assert arrivals.named_directories(database) == set()
    with database.transaction():
        arrivals.name_files(database, {item.file: "photos"})
    assert arrivals.named_directories(database) == {item.staged_name}


def test_names_are_noted_and_forgotten(node: OpenNode) -> None:
    node.know(THERE)
    node.arrive(SINGLE, 6, file=add_file(node, 6))
    database = node.open("exporter")
    (item,) = arrivals.complete_files(database, 10)
    with database.transaction():
        arrivals.name_files(database, {item.file: "name (2)"})
    assert arrivals.complete_files(database, 10)[0].inbox_name == "name (2)"
    with database.transaction():
        arrivals.unname_files(database, [item.file])
    assert arrivals.complete_files(database, 10)[0].inbox_name is None


def test_a_file_of_a_removed_peer_goes_under_its_id(node: OpenNode) -> None:
    node.arrive(SINGLE, 6, file=add_file(node, 6))
    (item,) = arrivals.complete_files(node.open("exporter"), 10)
    assert item.source_name == THERE


def test_a_staging_name_is_one_identitys(node: OpenNode) -> None:
    names = {
        staged_name(source, epoch, sequence, attempt)
        for source in (THERE, OTHER)
        for epoch in (b"1" * 8, b"2" * 8)
        for sequence in (1, 11)
        for attempt in (1, 11)
    }
    assert len(names) == 16
    longest = staged_name("a" * 32, b"\xff" * 8, 2**63 - 1, 2**32 - 1)
    assert len(longest.encode()) < 255
    assert "/" not in longest


def test_agreements_are_those_with_peers(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE, 131_072, 4)
    database = node.open("processor_r")
    assert arrivals.agreements(database) == {THERE: (4, 131_072)}
    node.write("DELETE FROM peers")
    assert arrivals.agreements(database) == {}


def test_the_destination_is_part_of_what_is_found(node: OpenNode) -> None:
    assert arrived(SINGLE, 1).identity.destination == HERE
    node.arrive(SINGLE, 1, file=add_file(node, 1))
    elsewhere = identity(1)._replace(destination=OTHER)
    found = arrivals.find_arrived(node.open("processor_r"), SINGLE, elsewhere, 0, 100)
    assert found is None
