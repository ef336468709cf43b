"""exporter and lander: nothing is reported before the store has it, and it is there once."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.core.store_object import object_key
from netrelay.core.words import DeliveryTrouble, FileKind
from netrelay.landing import object_upload
from netrelay.processes import lander
from netrelay.processes.lander import Lander
from netrelay.runtime.config import ConfigError
from netrelay.runtime.node import Node, open_node
from netrelay.store.coming_files import staged_name
from netrelay.store.database import Row
from netrelay.store.database_errors import DiskFullError
from tests.landing.store_stub import BUCKET, Asked, Fault, StoreStub, store_stub
from tests.processes.test_exporter import EPOCH, PLAIN, SOURCE, STREAM, Place, packed_as

SECRET = "not/to+be=seen"


class Hub(Place):
    """A node whose exporter and lander are stepped by the test, with a store."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, stub: StoreStub) -> None:
        super().__init__(folder, monkeypatch)
        self.stub = stub
        self.lander: Lander
        self.lander_node: Node
        keys = self.home.path / "land.toml"
        keys.write_text(f'access_key = "AKIA"\nsecret_key = "{SECRET}"\n')
        keys.chmod(0o600)
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO peers (node, name, pin, via) VALUES (?1, 'boat', zeroblob(32), ?1)",
                (SOURCE,),
            )
        self.configure(endpoint=f'"{stub.endpoint}"', bucket=f'"{BUCKET}"')
        self.start_lander()

    def configure(self, **keys: str) -> None:
        """Change keys of netrelay.toml, for exporter at once."""
        text = self.home.config.read_text()
        for key, value in keys.items():
            text, changed = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
            assert changed == 1
        self.home.config.write_text(text)
        self.start_again()

    def start_lander(self) -> None:
        """Begin a new run of lander."""
        self.lander_node = open_node("lander", self.home)
        self.lander = Lander(self.lander_node)

    def land(self) -> None:
        """Step lander until it has nothing in hand, and nothing that is due."""
        deadline_s = time.monotonic() + 30
        while True:
            delay_s = self.lander.step()
            self.lander_node.log.store()
            is_idle = not self.lander._pool.in_hand
            if is_idle and (delay_s is None or delay_s > 0.5):
                return
            assert time.monotonic() < deadline_s
            self.lander_node.poller.wait(delay_s)

    def run(self) -> None:
        """Step both until all is done that can be done now."""
        self.finish()
        self.land()
        self.finish()

    def key(self, sequence: int = 1) -> str:
        """Return the key of a file."""
        own = str(self.node.database.value("SELECT node FROM selfinfo"))
        return object_key("", SOURCE, own, EPOCH, sequence)

    def names(self) -> list[str]:
        """Give what lies in the inbox."""
        folder = self.home.inbox / "boat"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def events(self) -> list[Row]:
        """Give the lines of lander in the log."""
        return self.node.database.rows("SELECT event, text FROM logs WHERE process = 'lander'")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with store_stub() as stub:
        made = Hub(tmp_path, monkeypatch, stub)
        yield made
        made.lander.close()


def test_a_file_lands_and_then_lies_in_the_inbox(hub: Hub) -> None:
    hub.arrive("a b.txt", b"content")
    hub.finish()
    # exporter alone reports nothing.
    assert hub.states() == [("N-4", None)]
    assert hub.names() == []
    assert hub.stub.objects == {}
    hub.land()
    stored = hub.stub.objects[hub.key()]
    assert stored.content == b"content"
    said = {
        name.removeprefix("x-amz-meta-netrelay-"): value for name, value in stored.metadata.items()
    }
    assert said.pop("received").endswith("Z")
    assert said == {
        "name": "a%20b.txt",
        "kind": "file",
        "source": SOURCE,
        "source-name": "boat",
        "destination": hub.key().split("/")[1],
        "mtime-ns": "0",
        "blake3": blake3(b"content").hexdigest(),
        "size": "7",
        "hops": "0",
        "job": "1",
    }
    assert hub.states() == [("N-4", None)]
    hub.finish()
    assert hub.states() == [("F", None)]
    assert hub.names() == ["a b.txt"]


def test_instead_of_the_inbox(hub: Hub) -> None:
    hub.configure(keep_inbox="false")
    for number in range(20):
        hub.arrive(f"{number}.txt", str(number).encode())
    hub.run()
    assert {stored.content for stored in hub.stub.objects.values()} == {
        str(number).encode() for number in range(20)
    }
    assert hub.states() == [("F", None)] * 20
    assert hub.names() == []
    assert list(hub.home.staging.iterdir()) == []
    rows = hub.node.database.rows("SELECT inbox_name, closed, content_hash FROM files WHERE id = 1")
    assert rows == [(None, 1, blake3(b"0").digest())]


def test_a_file_that_came_compressed_lands_as_it_was(hub: Hub) -> None:
    hub.arrive("packed", packed_as(FileKind.FILE), packed=True)
    hub.run()
    assert hub.stub.objects[hub.key()].content == PLAIN
    assert hub.names() == ["packed"]


@pytest.mark.parametrize("keep_inbox", ["true", "false"])
def test_a_directory_lands_as_an_archive(hub: Hub, keep_inbox: str) -> None:
    hub.configure(keep_inbox=keep_inbox)
    hub.arrive("photos", STREAM, FileKind.DIRECTORY)
    hub.run()
    stored = hub.stub.objects[hub.key()]
    assert b"deep/file" in stored.content
    assert stored.metadata["x-amz-meta-netrelay-kind"] == "directory"
    assert hub.states() == [("F", None)]
    assert hub.names() == (["photos"] if keep_inbox == "true" else [])
    assert list(hub.home.unpacking.iterdir()) == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_after_a_crash_it_is_there_once(hub: Hub, moment: str) -> None:
    hub.arrive("a.txt", b"content")
    hub.finish()
    if moment == "after":
        # The store has it, and nobody has noted that.
        faults = iter([Fault(after=True)])
        hub.stub.fault = lambda asked: next(faults, None) if asked.method == "PUT" else None
        hub.land()
    hub.lander.close()
    hub.lander_node.database.close()
    hub.start_again()
    hub.start_lander()
    hub.now_s += 100
    hub.run()
    assert hub.stub.puts == [hub.key()]
    assert hub.states() == [("F", None)]


def test_a_store_that_is_away_is_named_and_waited_for(hub: Hub) -> None:
    hub.stub.fault = lambda _: Fault(403, "InvalidAccessKeyId")
    for number in range(30):
        hub.arrive(f"{number}.txt", b"content")
    hub.run()
    assert hub.states() == [("N-4", None)] * 30
    troubles = [row for row in hub.troubles() if row[0] is not None]
    assert troubles
    assert {row[0] for row in troubles} == {DeliveryTrouble.STORE_KEY}
    # One file at a time is tried then, and the log says it once.
    assert len(troubles) <= 8
    failed = [text for event, text in hub.events() if event == "landing-failed"]
    assert failed
    assert all("the store refuses the key (403 InvalidAccessKeyId)" in str(text) for text in failed)
    hub.stub.fault = lambda _: None
    hub.now_s += 100
    hub.lander._paused_until_s = 0.0
    hub.run()
    assert hub.states() == [("F", None)] * 30
    assert sorted(hub.stub.puts) == sorted(hub.key(number) for number in range(1, 31))


def test_a_conflict_holds_up_nobody_else(hub: Hub) -> None:
    hub.arrive("a.txt", b"content")
    hub.arrive("b.txt", b"content")
    hub.stub.answer(Asked("PUT", hub.key(), {}, {}), b"somebody else's")
    hub.run()
    assert hub.states() == [("N-4", None), ("F", None)]
    assert hub.troubles()[0][0] == DeliveryTrouble.STORE_CONFLICT
    assert hub.stub.objects[hub.key()].content == b"somebody else's"


def test_bytes_that_changed_in_the_staging_folder_are_not_put(hub: Hub) -> None:
    hub.arrive("a.txt", b"content")
    hub.finish()
    staged = hub.home.staging / staged_name(SOURCE, EPOCH, 1, 1)
    staged.write_bytes(b"contend")
    hub.land()
    assert hub.stub.objects == {}
    assert hub.troubles()[0][:2] == (DeliveryTrouble.DISK_ERROR, lander._CHANGED)
    staged.unlink()
    hub.now_s += 100
    hub.run()
    # exporter says what it says of any file whose bytes are gone.
    assert hub.states() == [("D", "its bytes are gone from the staging folder")]
    assert hub.stub.objects == {}


def test_half_uploads_of_an_earlier_run_are_aborted(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_upload, "WHOLE_MAX_BYTES", 1000)
    monkeypatch.setattr(object_upload, "_PART_BYTES", 1000)
    content = os.urandom(2500)
    hub.stub.answer(Asked("POST", hub.key(), {"uploads": ""}, {}), b"")
    hub.arrive("large", content)
    hub.run()
    assert hub.stub.uploads == {}
    assert hub.stub.objects[hub.key()].content == content
    assert (
        "uploads-aborted",
        "1 uploads that an earlier run left half done in the store were aborted",
    ) in hub.events()


def test_keys_that_may_only_put_are_enough(hub: Hub) -> None:
    hub.stub.fault = lambda asked: Fault(403, "AccessDenied") if asked.method == "GET" else None
    hub.arrive("a.txt", b"content")
    hub.run()
    assert hub.states() == [("F", None)]
    assert [event for event, _ in hub.events()] == ["uploads-not-aborted"]


def test_the_program_is_told_where_it_landed(hub: Hub) -> None:
    hook = hub.home.path / "hook"
    hook.write_text(
        '#!/bin/sh\necho "$NETRELAY_BUCKET $NETRELAY_OBJECT $NETRELAY_NAME ${NETRELAY_PATH-none}"\n'
    )
    hook.chmod(0o755)
    hub.configure(post_receive=f'"{hook}"', keep_inbox="false")
    hub.arrive("a.txt", b"content")
    hub.run()
    deadline_s = time.monotonic() + 30
    while hub.node.database.value("SELECT exit_status FROM hooks") is None:
        hub.node.poller.wait(1)
        hub.step()
        assert time.monotonic() < deadline_s
    output = hub.node.database.value("SELECT output FROM hooks")
    assert output == f"{BUCKET} {hub.key()} a.txt none"


def test_it_does_not_start_without_a_store_or_keys(hub: Hub) -> None:
    (hub.home.path / "land.toml").chmod(0o644)
    with pytest.raises(ConfigError, match="others may read the keys of the store"):
        Lander(hub.lander_node)
    hub.configure(endpoint='""')
    node = open_node("lander", hub.home)
    with pytest.raises(ConfigError, match="nothing lands"):
        Lander(node)


def test_the_secret_is_in_no_row(hub: Hub) -> None:
    hub.stub.fault = lambda _: Fault(403, "SignatureDoesNotMatch")
    hub.arrive("a.txt", b"content")
    hub.run()
    for path in hub.home.path.glob("netrelay.db*"):
        assert SECRET.encode() not in path.read_bytes()
        assert b"AKIA" not in path.read_bytes()


def test_what_the_store_has_is_kept_while_the_disk_is_full_and_not_uploaded_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.arrive("a.txt", b"content")
    hub.finish()
    with monkeypatch.context() as patched:
        patched.setattr(lander, "note_landed", _full)
        with pytest.raises(DiskFullError):
            hub.land()
        with pytest.raises(DiskFullError):
            hub.land()
    hub.land()
    hub.finish()
    assert hub.stub.keys("PUT") == [hub.key()]
    assert hub.states() == [("F", None)]


def _full(*_: object) -> None:
    raise DiskFullError
