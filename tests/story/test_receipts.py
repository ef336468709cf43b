"""Proofs of delivery: written at a node, verified by a process that has the cards and no node."""

import os
import subprocess
import sys
from pathlib import Path

from blake3 import blake3

from tests.cli.command_line import CHECKOUT
from tests.story.nodes import KIB, MIB, Homes, wait_for
from tests.story.test_directories import drop

SMALL_FILES = 100


def verify(folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run `receipt verify` with an empty home folder and nothing else."""
    (folder / "nobody").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "netrelay", "receipt", "verify", *map(str, arguments)],
        env={"HOME": str(folder / "nobody"), "PYTHONPATH": str(CHECKOUT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_receipt_is_verified_where_no_node_is(homes: Homes, tmp_path: Path) -> None:
    pair = homes.pair()
    shelf, boat = pair
    contents = {"photo.jpg": os.urandom(3 * MIB), "note.txt": os.urandom(4 * KIB)}
    contents |= {f"{number}.dat": b"%d" % number for number in range(SMALL_FILES)}
    dropped = [shelf.drop("boat", name, content) for name, content in contents.items()]
    drop(shelf, "album", a=b"one", b=b"two")
    pair.start()
    for each in dropped:
        boat.wait_for_delivery("shelf", each)
    album = boat.home.inbox / "shelf" / "album"
    wait_for("the album", album.exists)
    pair.wait_until_settled()
    kept, size_bytes = shelf.rows("SELECT count(*), sum(length(signed)) FROM kept_receipts")[0]
    assert kept < len(contents) / 4  # type: ignore[operator]
    assert size_bytes < 200 * len(contents)  # type: ignore[operator]
    cards = [word for node in pair for word in ("--card", node.write_card())]
    for name in ("photo.jpg", "note.txt"):
        content, written = contents[name], tmp_path / f"{name}.receipt"
        shelf.line.good("receipt", name, "--to", str(written))
        delivered = boat.home.inbox / "shelf" / name
        proved = verify(tmp_path, written, *cards, "--file", delivered)
        assert proved.returncode == 0, proved.stderr
        first, second, third = proved.stdout.splitlines()
        assert first.startswith("boat (")
        assert f"its content has the BLAKE3 hash {blake3(content).hexdigest()}" in first
        assert f"it is the file {name} of {len(content)} bytes" in second
        assert third == f"{delivered} has this hash: it is that content."
    shelf.line.good("receipt", "album", "--to", str(tmp_path / "album.receipt"))
    proved = verify(tmp_path, tmp_path / "album.receipt", *cards, "--file", album)
    assert f"{album} has this hash: it is that content." in proved.stdout
    (album / "a").rename(album / "c")
    refused = verify(tmp_path, tmp_path / "album.receipt", *cards, "--file", album)
    assert (refused.returncode, "is not what boat has" in refused.stderr) == (65, True)
    assert list((tmp_path / "nobody").iterdir()) == []
    refused = verify(tmp_path, tmp_path / "photo.jpg.receipt", *cards, "--file", delivered)
    assert (refused.returncode, "is not what boat has" in refused.stderr) == (65, True)
    written.write_text(written.read_text().replace('"note.txt"', '"other.txt"'))
    refused = verify(tmp_path, written, *cards)
    assert (refused.returncode, "not signed by shelf" in refused.stderr) == (65, True)
    elsewhere = boat.line("receipt", "photo.jpg")
    assert (elsewhere.code, "came from shelf, which has the receipt" in elsewhere.err) == (65, True)
