"""Proofs of delivery: written at a node, verified by a process that has the cards and no node."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from blake3 import blake3

from tests.cli.command_line import CHECKOUT
from tests.story.nodes import KIB, MIB, Homes

SMALL_FILES = 200


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


@pytest.mark.parametrize("size_bytes", [4 * KIB, 3 * MIB])
def test_a_receipt_is_verified_where_no_node_is(
    homes: Homes, tmp_path: Path, size_bytes: int
) -> None:
    pair = homes.pair()
    shelf, boat = pair
    content = os.urandom(size_bytes)
    missing = shelf.line("receipt", "photo.jpg")
    assert (missing.code, "there is no job 'photo.jpg'" in missing.err) == (65, True)
    dropped = shelf.drop("boat", "photo.jpg", content)
    pair.start()
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    written = tmp_path / "photo.receipt"
    shelf.line.good("receipt", "photo.jpg", "--to", str(written))
    taken = shelf.line("receipt", "photo.jpg", "--to", str(written))
    assert (taken.code, "is there already" in taken.err) == (73, True)
    elsewhere = boat.line("receipt", "photo.jpg")
    assert "came from shelf, which has the receipt" in elsewhere.err
    cards = [word for node in pair for word in ("--card", node.write_card())]
    delivered = boat.home.inbox / "shelf" / "photo.jpg"
    proved = verify(tmp_path, written, *cards, "--file", delivered)
    assert proved.returncode == 0, proved.stderr
    first, second, third = proved.stdout.splitlines()
    assert first.startswith("boat (")
    assert f"its content has the BLAKE3 hash {blake3(content).hexdigest()}" in first
    assert f"it is the file photo.jpg of {size_bytes} bytes" in second
    assert third == f"{delivered} has this hash: it is that content."
    assert list((tmp_path / "nobody").iterdir()) == []
    (tmp_path / "other").write_bytes(content[:-1] + b"?")
    refused = verify(tmp_path, written, *cards, "--file", "other")
    assert (refused.returncode, "other is not what boat has" in refused.stderr) == (65, True)
    changed = written.read_text().replace('"photo.jpg"', '"other.jpg"')
    (tmp_path / "changed").write_text(changed)
    refused = verify(tmp_path, "changed", *cards)
    assert (refused.returncode, "not signed by shelf" in refused.stderr) == (65, True)


def test_many_files_share_a_kept_receipt(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    names = [f"{number}.dat" for number in range(SMALL_FILES)]
    dropped = [shelf.drop("boat", name, name.encode()) for name in names]
    pair.start()
    for each in dropped:
        boat.wait_for_delivery("shelf", each)
    pair.wait_until_settled()
    kept, size_bytes = shelf.rows("SELECT count(*), sum(length(signed)) FROM kept_receipts")[0]
    assert kept < SMALL_FILES / 4  # type: ignore[operator]
    assert size_bytes < 200 * SMALL_FILES  # type: ignore[operator]
    for name in names[:: SMALL_FILES // 4]:
        assert f'"name": "{name}"' in shelf.line.good("receipt", name, "--to", "-")
