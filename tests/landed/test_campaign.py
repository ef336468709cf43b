"""Files of several nodes through two hubs into one bucket, while hubs and store are killed.

`make landing` sends 500 files (NETRELAY_LANDING_FILES). Every object is there once with its bytes,
and nothing was reported as delivered before its object was there.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from blake3 import blake3

from netrelay.core.store_object import object_key
from tests.landed.swift_store import (
    BUCKET,
    SwiftStore,
    knows_attributes,
    swift_store,
    why_not,
    write_keys,
)
from tests.landed.trapped_hub import POINTS, set_trap, traps_left
from tests.story.nodes import KIB, MIB, Homes, RunningNode, free_address, homes, wait_for

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
FILES = int(os.environ.get("NETRELAY_LANDING_FILES", "60"))
SOURCES = ("alba", "brno", "cork", "dole")
# Larger than what goes in one piece, for the points of uploads in parts.
LARGE_BYTES = 65 * MIB
STORE_KILLS = 5
DEADLINE_S = 600.0


class Fleet(NamedTuple):
    """Sources, hubs and store."""

    sources: list[RunningNode]
    hubs: list[RunningNode]
    store: SwiftStore


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    if not knows_attributes(tmp_path):
        pytest.skip(f"{tmp_path} knows no user attributes: set TMPDIR")
    with homes() as found, swift_store(tmp_path / "store", free_address()) as store:
        yield made(found, store)


def made(found: Homes, store: SwiftStore) -> Fleet:
    """Return sources that deliver to two hubs, which land in one bucket; nobody runs."""
    hubs = [found.node(name) for name in ("hub1", "hub2")]
    sources = [found.node(name) for name in SOURCES]
    for hub, keeps_inbox in zip(hubs, (False, True), strict=True):
        hub.module = "tests.landed.trapped_hub"
        hub.configure(endpoint=store.endpoint, bucket=BUCKET, keep_inbox=keeps_inbox)
        write_keys(hub.home.path)
        for source in sources:
            hub.enrol(source, "deliver")
            source.enrol(hub)
    return Fleet(sources, hubs, store)


def drop_all(fleet: Fleet, number: int) -> dict[str, bytes]:
    """Drop files for both hubs; return the hash of what is expected under each name."""
    expected = {}
    for file in range(number):
        source = fleet.sources[file % len(fleet.sources)]
        hub = fleet.hubs[file // len(fleet.sources) % len(fleet.hubs)]
        content = os.urandom(file * 977 % (200 * KIB))
        name = f"{source.name}-{file}"
        source.drop(hub.name, name, content)
        expected[name] = blake3(content).digest()
    for hub in fleet.hubs:
        large = os.urandom(MIB) * (LARGE_BYTES // MIB)
        fleet.sources[0].drop(hub.name, f"large-{hub.name}", large)
        expected[f"large-{hub.name}"] = blake3(large).digest()
    return expected


def reported(hub: RunningNode) -> set[str]:
    """Return the keys of what a hub says it has delivered."""
    rows = hub.rows(
        "SELECT m.source, m.destination, m.epoch, m.sequence FROM messages m"
        " WHERE m.state = 'F' AND m.type IN (1, 3) AND m.file IS NOT NULL"
        " AND m.destination = (SELECT node FROM selfinfo)"
    )
    return {object_key("", str(a), str(b), bytes(c), int(str(d))) for a, b, c, d in rows}  # type: ignore[arg-type]


def check_order(fleet: Fleet, seen: set[str]) -> None:
    """Check that what is reported is in the store; seen: what was found there, and is now."""
    # Rows first: what is reported after they were read does not matter.
    said = {key for hub in fleet.hubs for key in reported(hub)}
    missing = [key for key in said - seen if not fleet.store.has(key)]
    assert missing == []
    seen |= said


def check_end(fleet: Fleet, expected: dict[str, bytes]) -> None:
    """Check that every object is there once with its bytes, and nothing else is."""
    client = fleet.store.client()
    found: dict[str, bytes] = {}
    for key in fleet.store.all_keys():
        head = client.ask("HEAD", key).headers
        name = head["x-amz-meta-netrelay-name"]
        assert name not in found
        digest, size_bytes = blake3(), int(head["content-length"])
        for place in range(0, size_bytes, MIB):
            last = min(place + MIB, size_bytes) - 1
            piece = client.ask("GET", key, headers={"range": f"bytes={place}-{last}"})
            digest.update(piece.content)
        found[name] = digest.digest()
        assert head["x-amz-meta-netrelay-blake3"] == found[name].hex()
    assert found == expected
    assert fleet.store.uploads() == 0
    for source in fleet.sources:
        assert source.number("SELECT count(*) FROM messages WHERE type = 6 AND state <> 'F'") == 0


@pytest.mark.timeout(1800)
def test_every_object_is_there_once_and_every_receipt_after_its_object(fleet: Fleet) -> None:
    for hub in fleet.hubs:
        for point in POINTS:
            set_trap(hub.home.path, point)
    for node in (*fleet.hubs, *fleet.sources):
        node.begin()
    for node in (*fleet.hubs, *fleet.sources):
        node.wait_until_ready()
    expected = drop_all(fleet, FILES)
    began_s = time.monotonic()
    kills = run_until_landed(fleet, len(expected))
    wait_for_receipts(fleet)
    check_end(fleet, expected)
    left = {hub.name: traps_left(hub.home.path) for hub in fleet.hubs}
    sprung = len(fleet.hubs) * len(POINTS) - sum(map(len, left.values()))
    print(
        f"{len(expected)} files; the store was killed {kills} times, a hub stopped once,"
        f" processes at {sprung} points; not reached: {left}; {time.monotonic() - began_s:.0f} s"
    )
    assert sprung >= len(POINTS)


def run_until_landed(fleet: Fleet, wanted: int) -> int:
    """Kill the store several times, and stop a hub, until all is reported; return the kills."""
    kills = 0
    is_stopped = False
    deadline_s = time.monotonic() + DEADLINE_S
    seen: set[str] = set()
    while (count := len(seen)) < wanted:
        check_order(fleet, seen)
        assert time.monotonic() < deadline_s, [hub.describe() for hub in fleet.hubs]
        if kills < STORE_KILLS and count >= wanted * (kills + 1) // (STORE_KILLS + 2):
            fleet.store.kill()
            kills += 1
            # They notice it, and wait.
            time.sleep(0.5)
            fleet.store.start()
        if not is_stopped and count >= wanted // 2:
            fleet.hubs[0].stop()
            fleet.hubs[0].start()
            is_stopped = True
        for hub in fleet.hubs:
            # What waits for its next try does not wait for a minute.
            hub.change("UPDATE files SET due_s = clock() WHERE due_s > clock()")
        time.sleep(0.2)
    return kills


def wait_for_receipts(fleet: Fleet) -> None:
    """Wait until the sources know that all is delivered."""

    def is_over() -> bool:
        for node in (*fleet.sources, *fleet.hubs):
            node.due_now()
        return all(
            source.number("SELECT count(*) FROM messages WHERE type = 6 AND state <> 'F'") == 0
            for source in fleet.sources
        )

    wait_for("the receipts", is_over)


def test_a_receipt_before_the_put_is_caught(fleet: Fleet) -> None:
    hub, source = fleet.hubs[1], fleet.sources[0]
    fleet.store.kill()
    set_trap(hub.home.path, "receipt before put")
    hub.start()
    source.start()
    source.drop(hub.name, "early", b"content")
    wait_for("the receipt", lambda: reported(hub))
    fleet.store.start()
    with pytest.raises(AssertionError):
        check_order(fleet, set())


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_put_without_the_condition_is_caught(fleet: Fleet, is_broken: bool) -> None:
    """Something else lies under the key of a file: it stays, unless the condition is missing."""
    hub, source = fleet.hubs[1], fleet.sources[0]
    if is_broken:
        set_trap(hub.home.path, "put without condition")
    # The first file of a source after its start has sequence 1.
    source.start()
    source.drop(hub.name, "file", b"content")
    wait_for("the job", lambda: source.rows("SELECT 1 FROM messages WHERE type = 6"))
    [(own, other, epoch, sequence)] = source.rows(
        "SELECT source, destination, epoch, sequence FROM messages WHERE type = 6"
    )
    key = object_key("", str(own), str(other), bytes(epoch), int(str(sequence)))  # type: ignore[arg-type]
    assert fleet.store.client().ask("PUT", key, content=b"of somebody else").is_good
    hub.start()
    look = "SELECT 1 FROM files WHERE trouble = 'store-conflict' OR closed = 1"
    wait_for("the end", lambda: hub.rows(look))
    is_kept = fleet.store.content(key) == b"of somebody else"
    assert is_kept == (not is_broken)
    assert bool(reported(hub)) == is_broken
