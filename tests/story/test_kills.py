"""Every process is killed at the points of kill_points.py; the file arrives exactly once.

`make kill-points` uses files of 1 GiB on a disk: NETRELAY_KILL_BYTES sets the size,
NETRELAY_KILL_FOLDER the folder of the homes. Without them, all points are reached while one file is
on its way, and one point of each process with a file of its own.
"""

import os
import time
from collections.abc import Iterator

import pytest

from netrelay.core.words import PROCESSES
from tests.cli.command_line import CHECKOUT
from tests.story.kill_points import DESTINATION, POINTS, RELAY, SOURCE, Point, slug, table
from tests.story.nodes import KIB, MIB, Dropped, homes, wait_for
from tests.story.relays import row_of
from tests.story.transfer import Nodes, Way, inbox
from tests.story.trapped_node import Sprung, resolve

CAMPAIGN_BYTES = int(os.environ.get("NETRELAY_KILL_BYTES", "0"))
FOLDER = os.environ.get("NETRELAY_KILL_FOLDER")
# Sizes: one file per point, and one file for all points.
SIZE_BYTES = CAMPAIGN_BYTES or 8 * MIB
SIZE_FOR_ALL_BYTES = CAMPAIGN_BYTES or 32 * MIB
# The smallest messages, for the largest number of steps.
CAPACITY_BYTES = 1 * MIB if CAMPAIGN_BYTES else 64 * KIB
# For a relay's own files and those in the other direction: several chunks.
OTHER_BYTES = 5 * CAPACITY_BYTES
MANY = 1000
ROUNDS = 5
Case = tuple[str, Point]
CASES: list[Case] = [(where, point) for point in POINTS for where in point.where]


def first_of_each_process() -> list[Case]:
    """Return one case of each process in each role."""
    found: dict[tuple[str, str], Case] = {}
    for where, point in CASES:
        found.setdefault((where, point.process), (where, point))
    return list(found.values())


ALONE = CASES if CAMPAIGN_BYTES else first_of_each_process()


def check_work(sprung: Sprung) -> None:
    """Check that the killed process had the work of its point in progress."""
    assert sprung.point.work.is_in_hand(sprung.own, sprung.others)
    assert not all(seen.is_over for seen in [sprung.own, *sprung.others])


@pytest.fixture(scope="module")
def pair() -> Iterator[Nodes]:
    with homes(FOLDER) as found:
        two = found.pair(CAPACITY_BYTES, CAPACITY_BYTES)
        yield Nodes(dict(zip((SOURCE, DESTINATION), two, strict=True)))


@pytest.fixture(scope="module")
def row() -> Iterator[Nodes]:
    with homes(FOLDER) as found:
        three = row_of(found, "alba", "brno", "cork", capacities=(CAPACITY_BYTES,) * 3)
        alba, brno, _ = three
        # The relay sends and receives its own files too, and the destination sends one.
        brno.line.good("peer", "allow", "alba", "deliver")
        alba.line.good("peer", "allow", "brno", "deliver")
        alba.line.good("peer", "allow", "cork", "deliver")
        alba.line.good("peer", "allow", "brno", "carry", "cork")
        yield Nodes(dict(zip((SOURCE, RELAY, DESTINATION), three, strict=True)))


@pytest.mark.timeout(1800 if CAMPAIGN_BYTES else 300)
@pytest.mark.parametrize(("where", "point"), ALONE, ids=[slug(*case) for case in ALONE])
def test_a_process_killed_with_work_in_hand_restarts_and_the_file_arrives_once(
    where: str, point: Point, request: pytest.FixtureRequest
) -> None:
    nodes: Nodes = request.getfixturevalue("row" if where == RELAY else "pair")
    with nodes.explained():
        kill_at(nodes, where, point)


def kill_at(nodes: Nodes, where: str, point: Point) -> None:
    """Send a file, kill a process at a point, and check the result."""
    node = nodes.places[where]
    way = nodes.way(where, point.process)
    nodes.set_trap(where, point)
    for number in range(ROUNDS):
        if point.process.startswith("initial_"):
            nodes.forget_agreements()
        dropped = nodes.drop(way, f"{slug(where, point)}-{number}", SIZE_BYTES)
        sprung = kill_or_end(nodes, (where, point), {way: dropped})
        if sprung is not None:
            check_work(sprung)
            node.wait_until_ready()
            assert node.process_pid(point.process) != sprung.pid
            for each in way.nodes:
                each.connect_now()
        nodes.check_end(way, dropped)
        nodes.check_nothing_left()
        if sprung is not None:
            return
    raise AssertionError(f"nobody was killed at {slug(where, point)}")


def kill_or_end(nodes: Nodes, case: Case, dropped: dict[Way, Dropped]) -> Sprung | None:
    """Wait for the kill; return None if the file has passed without the work of its point.

    So it does at times on a busy machine: at a relay, what comes and what goes is a race.
    """

    def look() -> tuple[Sprung | None] | None:
        sprung = nodes.sprung(*case)
        return (sprung,) if sprung is not None or nodes.is_over(dropped) else None

    found = wait_for(f"the kill at {slug(*case)}", look)
    return found[0] if found and found[0] is not None else nodes.sprung(*case)


@pytest.mark.timeout(1800 if CAMPAIGN_BYTES else 300)
@pytest.mark.parametrize("kind", ["pair", "row"] if CAMPAIGN_BYTES else ["row"])
def test_all_processes_are_killed_at_all_points_during_one_file(
    kind: str, request: pytest.FixtureRequest
) -> None:
    nodes: Nodes = request.getfixturevalue(kind)
    with nodes.explained():
        kill_all(nodes)


def kill_all(nodes: Nodes) -> None:
    """Kill every process at each of its points during one transfer.

    More files follow if a fast machine delivers the files before all points were reached.
    """
    waiting = [(where, point) for where, point in CASES if where in nodes.places]
    for each in waiting:
        nodes.set_trap(*each)
    began_s = time.monotonic()
    for number in range(ROUNDS):
        nodes.forget_agreements()
        ways = {nodes.way(where, point.process): OTHER_BYTES for where, point in waiting}
        ways[nodes.way(SOURCE, "sender")] = SIZE_FOR_ALL_BYTES
        dropped = {
            way: nodes.drop(way, f"all-{number}-{way_number}", size_bytes)
            for way_number, (way, size_bytes) in enumerate(ways.items())
        }
        for killed in kills_until_the_end(nodes, waiting, dropped):
            print(f"{time.monotonic() - began_s:5.1f} s: {slug(*killed)}")
        for way, file in dropped.items():
            nodes.check_end(way, file)
            print(f"{time.monotonic() - began_s:5.1f} s: {file.size_bytes} bytes are there, once")
        nodes.check_nothing_left()
        if not waiting:
            return
    raise AssertionError(f"nobody was killed at {[slug(*each) for each in waiting]}")


def kills_until_the_end(
    nodes: Nodes, waiting: list[Case], dropped: dict[Way, Dropped]
) -> Iterator[Case]:
    """Yield the points that were reached, removing them from `waiting`, until no work is left."""

    def look() -> tuple[Case | None] | None:
        killed = next((each for each in waiting if nodes.sprung(*each)), None)
        return (killed,) if killed or nodes.is_over(dropped) else None

    while waiting:
        found = wait_for(f"a kill at one of {[slug(*each) for each in waiting]}", look)
        assert found is not None
        (killed,) = found
        if killed is None:
            return
        sprung = nodes.sprung(*killed)
        assert sprung is not None
        check_work(sprung)
        waiting.remove(killed)
        yield killed


@pytest.mark.parametrize(
    ("where", "process"),
    [
        (SOURCE, "importer"),
        (SOURCE, "processor_s"),
        (DESTINATION, "processor_r"),
        (DESTINATION, "exporter"),
    ],
)
def test_a_kill_among_many_small_files_loses_and_repeats_none(
    pair: Nodes, where: str, process: str
) -> None:
    with pair.explained():
        kill_among_many(pair, where, process)


def kill_among_many(nodes: Nodes, where: str, process: str) -> None:
    """Drop many small files, kill a process when the first has arrived, and check all."""
    way = nodes.way(SOURCE, "sender")
    names = [f"{process}-{number:04}" for number in range(MANY)]
    dropped = [way.giver.drop(way.taker.name, name, name.encode() * 50) for name in names]
    wait_for("the first to be there", lambda: inbox(way))
    nodes.places[where].kill(process)
    assert len(inbox(way)) < MANY
    nodes.places[where].wait_until_ready()
    for each in dropped:
        way.taker.wait_for_delivery(way.giver.name, each)
    nodes.wait_until_settled(way, names[-1])
    assert inbox(way) == names
    nodes.check_nothing_left()
    for folder in (way.taker.home.inbox / way.giver.name, way.giver.home.sent / way.taker.name):
        for path in folder.iterdir():
            path.unlink()


def test_every_process_of_two_nodes_and_of_a_relay_has_a_point() -> None:
    every = {(where, process) for where in (SOURCE, DESTINATION, RELAY) for process in PROCESSES}
    assert {(where, point.process) for where, point in CASES} == every


@pytest.mark.parametrize("target", sorted({point.target for point in POINTS}))
def test_every_point_is_a_function_of_the_product(target: str) -> None:
    _, _, function = resolve(target)
    assert callable(function)


def test_the_documentation_shows_these_points() -> None:
    assert table() in (CHECKOUT / "docs" / "evidence" / "reliability.md").read_text()
