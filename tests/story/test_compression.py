"""Files that are sent compressed: to neighbours, over a relay, and after their copy was lost."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.nodes import Homes, RunningNode, wait_for
from tests.story.relays import NodeRow, row_of

LIMIT = "8M"
SENT = (
    "SELECT f.name, f.size_bytes, m.total_bytes, f.compressed FROM messages m"
    " JOIN files f ON f.id = m.file WHERE m.type = 6 ORDER BY m.id"
)


def readings(seed: int, lines: int) -> bytes:
    """Return a log that shrinks to a ninth."""
    drawn = random.Random(seed)
    return b"".join(
        b"2026-11-29T01:%02d:%02d sensor=%d value=%.3f ok\n"
        % (at // 60 % 60, at % 60, at % 100, drawn.random() * 100)
        for at in range(lines)
    )


def noise(seed: int, size_bytes: int) -> bytes:
    """Return bytes that do not shrink."""
    return random.Random(seed).randbytes(size_bytes)


def send(node: RunningNode, folder: Path, name: str, content: bytes, to: str) -> None:
    """Send a file and wait until its receipt is here."""
    (folder / name).write_bytes(content)
    node.line.good("send", str(folder / name), "--to", to, "--wait", "delivered")


def arrived(node: RunningNode, source: str, name: str) -> bytes:
    """Return the content of what is in an inbox."""
    return (node.home.inbox / source / name).read_bytes()


def left_over(row: NodeRow) -> list[str]:
    """Return the names of what compression left in the homes."""
    folders = [row.source.home.compressed, row.destination.home.unpacking]
    return [path.name for folder in folders for path in folder.iterdir()]


def acquaint(row: NodeRow) -> None:
    """Send a first file, so that the nodes know one another."""
    dropped = row.source.drop(row.destination.name, "first", b"first")
    row.destination.wait_for_delivery(row.source.name, dropped)


@pytest.fixture
def pair(homes: Homes) -> Iterator[NodeRow]:
    """Two nodes with a rate limit between them; they are running and know one another."""
    row = row_of(homes, "shelf", "boat")
    row.source.line.good("limit", "boat", LIMIT)
    row.start()
    acquaint(row)
    yield row


def test_what_shrinks_is_sent_compressed_and_the_rest_as_it_is(
    pair: NodeRow, tmp_path: Path
) -> None:
    shelf, boat = pair
    row_files = {"large.log": readings(1, 60_000), "small.log": readings(2, 60), "tiny": b"few"}
    files = row_files | {"noise.bin": noise(3, 300_000)}
    for name, content in files.items():
        send(shelf, tmp_path, name, content, "boat")
        assert arrived(boat, "shelf", name) == content
    sent = {name: (size, total, copy) for name, size, total, copy in shelf.rows(SENT)}
    for name in ("large.log", "small.log"):
        size, total, copy = sent[name]
        assert isinstance(total, int)
        assert size == len(files[name])
        assert total < len(files[name]) * 0.4
        assert copy
    for name in ("noise.bin", "tiny"):
        assert sent[name] == (len(files[name]), len(files[name]), None)
    wait_for("the copies to be removed", lambda: not left_over(pair))


def test_a_directory_is_sent_compressed(pair: NodeRow, tmp_path: Path) -> None:
    shelf, boat = pair
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    contents = {f"below/{at}.log": readings(at, 300) for at in range(20)} | {"empty": b""}
    for name, content in contents.items():
        (tree / name).write_bytes(content)
    shelf.line.good("send", str(tree), "--to", "boat", "--wait", "delivered")
    for name, content in contents.items():
        assert arrived(boat, "shelf", f"tree/{name}") == content
    _, size, total, _ = shelf.rows(SENT)[-1]
    assert isinstance(size, int)
    assert isinstance(total, int)
    assert total < size * 0.4


def test_a_far_source_is_told_by_a_receipt(homes: Homes, tmp_path: Path) -> None:
    row = row_of(homes, "shelf", "hub", "boat")
    shelf, hub, boat = row
    shelf.line.good("limit", "hub", LIMIT)
    row.start()
    content = readings(4, 3_000)
    for name in ("before.log", "after.log"):
        send(shelf, tmp_path, name, content, "boat")
        assert arrived(boat, "shelf", name) == content
    (_, _, before, none), (_, _, after, copy) = shelf.rows(SENT)
    assert (before, none) == (len(content), None)
    assert copy
    assert isinstance(after, int)
    assert after < len(content) * 0.4
    # What the relay sees of the second one is its size.
    carried = (
        "SELECT total_bytes FROM messages WHERE type = 1 AND salt IS NOT NULL ORDER BY id DESC"
    )
    (passed,) = hub.rows(carried)[0]
    assert isinstance(passed, int)
    assert after < passed < after + 100


def test_a_lost_copy_is_made_up_for_by_the_file(homes: Homes, tmp_path: Path) -> None:
    row = row_of(homes, "shelf", "boat")
    shelf, boat = row
    shelf.line.good("limit", "boat", LIMIT)
    row.start()
    acquaint(row)
    boat.stop()
    content = readings(5, 3_000)
    (shelf.home.drop / "boat" / "log").write_bytes(content)
    (copy,) = wait_for("the copy", lambda: list(shelf.home.compressed.iterdir()))
    wait_for("the job", lambda: shelf.rows("SELECT 1 FROM files WHERE compressed IS NOT NULL"))
    copy.unlink()
    boat.start()
    wait_for("the file", lambda: (boat.home.inbox / "shelf" / "log").exists())
    assert arrived(boat, "shelf", "log") == content
    attempt = "SELECT attempt, total_bytes FROM messages WHERE type = 6 ORDER BY id DESC LIMIT 1"
    assert shelf.rows(attempt) == [(2, len(content))]
    assert "copy-changed" in {line for (line,) in shelf.rows("SELECT event FROM logs")}


def test_what_is_interrupted_is_unpacked_once(homes: Homes, tmp_path: Path) -> None:
    row = row_of(homes, "shelf", "boat")
    shelf, boat = row
    shelf.line.good("limit", "boat", "1M")
    row.start()
    acquaint(row)
    content = readings(6, 150_000)
    (shelf.home.drop / "boat" / "log").write_bytes(content)
    wait_for(
        "some of it",
        lambda: boat.rows("SELECT 1 FROM ranges") or (boat.home.inbox / "shelf" / "log").exists(),
    )
    for node, process in ((boat, "processor_r"), (boat, "exporter"), (shelf, "processor_s")):
        node.kill(process)
    wait_for("the file", lambda: (boat.home.inbox / "shelf" / "log").exists())
    assert arrived(boat, "shelf", "log") == content
    names = sorted(path.name for path in (boat.home.inbox / "shelf").iterdir())
    assert names == ["first", "log"]
    wait_for("the copies to be removed", lambda: not left_over(row))
