"""Whole nodes whose files land in a store; a real one is in tests/landed."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from blake3 import blake3

from netrelay.core.words import LANDER
from tests.landing.store_stub import BUCKET, Asked, Fault, StoreStub, store_stub
from tests.story.nodes import Homes, RunningNode, wait_for

FILES = 24


class Landing(NamedTuple):
    """A source, a hub, and its store."""

    shelf: RunningNode
    hub: RunningNode
    stub: StoreStub

    def stored(self) -> list[bytes]:
        """Return the hashes of all objects."""
        with self.stub.lock:
            return sorted(blake3(each.content).digest() for each in self.stub.objects.values())

    def try_now(self) -> None:
        """Have what waits for its next try not wait for it."""
        self.hub.change("UPDATE files SET due_s = clock() WHERE due_s > clock()")


@pytest.fixture
def landing(homes: Homes) -> Iterator[Landing]:
    with store_stub() as stub:
        shelf, hub = homes.pair()
        keys = hub.home.path / "land.toml"
        keys.write_text('access_key = "AKIA"\nsecret_key = "secret-of-the-store"\n')
        keys.chmod(0o600)
        hub.configure(endpoint=stub.endpoint, bucket=BUCKET, keep_inbox=False)
        shelf.start()
        hub.start()
        yield Landing(shelf, hub, stub)


def test_each_file_lands_once_and_no_receipt_comes_before_it(landing: Landing) -> None:
    shelf, hub, stub = landing
    failures = iter([Fault(503), Fault(after=True), Fault(403, "RequestTimeTooSkewed")])
    stub.fault = lambda asked: next(failures, None) if asked.method == "PUT" else None
    contents = [bytes([number]) * number * 1000 for number in range(FILES)]
    for number, content in enumerate(contents):
        shelf.drop("boat", f"{number}.bin", content)
    is_killed = False

    def is_over() -> bool:
        nonlocal is_killed
        done = shelf.number("SELECT count(*) FROM messages WHERE type = 6 AND state = 'F'")
        landed = len(landing.stored())
        assert done <= landed
        if not is_killed and landed >= FILES // 3:
            hub.kill(LANDER)
            is_killed = True
        landing.try_now()
        return done == FILES

    wait_for("all receipts", is_over)
    assert landing.stored() == sorted(blake3(content).digest() for content in contents)
    assert sorted(stub.puts) == sorted(stub.objects)
    assert is_killed
    assert hub.inbox_names("shelf") == []


def test_who_waits_and_why_is_said_at_both_ends(landing: Landing) -> None:
    shelf, hub, stub = landing

    def refused(asked: Asked) -> Fault | None:
        return Fault(403, "InvalidAccessKeyId")

    stub.fault = refused
    shelf.drop("boat", "a.bin", b"content")
    wait_for("the trouble", lambda: hub.rows("SELECT 1 FROM files WHERE trouble = 'store-key'"))
    told = "SELECT 1 FROM causes WHERE reason LIKE '%waits for the store: it refuses the key%'"
    wait_for("the word at the source", lambda: shelf.rows(told))
    assert "it is here, and waits for the store: it refuses the key" in shelf.line.good("why", "1")
    why = hub.line.good("why", "a.bin")
    assert "it cannot be put into the store since" in why
    assert "at last with: the store refuses the key (403 InvalidAccessKeyId)." in why
    checked = hub.line("check")
    found = checked.out
    assert checked.code == 2
    assert f"bucket {BUCKET} at {stub.endpoint}: the store refuses the key" in found
    assert "1 file waits for the store, the oldest for " in found
    assert "secret-of-the-store" not in found + why

    stub.fault = lambda _: None

    def is_over() -> bool:
        landing.try_now()
        return shelf.number("SELECT count(*) FROM messages WHERE type = 6 AND state = 'F'") == 1

    wait_for("the receipt", is_over)
    assert "answers, and takes the key" in hub.line("check").out
