"""Other disks at the folders of a peer, mounted while two nodes run."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.transfer.copying import UNFINISHED
from tests.story.nodes import MIB, NodePair, wait_for


@pytest.fixture
def disks(running_pair: NodePair) -> Iterator[list[Path]]:
    """Disks at shelf's drop and sent folders for boat, and at boat's inbox folder for shelf."""
    shelf, boat = running_pair
    folders = [shelf.home.drop / "boat", shelf.home.sent / "boat", boat.home.inbox / "shelf"]
    mounted: list[Path] = []
    try:
        for folder in folders:
            folder.mkdir(exist_ok=True)
            command = ["mount", "-t", "tmpfs", "-o", "size=128m", "netrelay-test", str(folder)]
            if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
                pytest.skip("only root may mount a tmpfs")
            mounted.append(folder)
        yield folders
    finally:
        for folder in mounted:
            subprocess.run(["umount", "-l", folder], check=True)


def test_files_go_from_disk_to_disk_also_when_exporter_and_importer_are_killed(
    running_pair: NodePair, disks: list[Path]
) -> None:
    shelf, boat = running_pair
    drop, sent, inbox = disks
    content = {f"{number}.bin": os.urandom(size) for number, size in enumerate((40 * MIB, 7, 0))}
    for name, bytes_ in content.items():
        (drop / f".{name}").write_bytes(bytes_)
        (drop / f".{name}").rename(drop / name)
    wait_for("a copy", lambda: any(inbox.glob(f"{UNFINISHED}/*")) or any(inbox.glob("*.bin")))
    boat.kill("exporter")
    wait_for("all of them", lambda: {path.name for path in inbox.glob("*")} >= content.keys())
    wait_for("the first put away", lambda: any(sent.glob("*.bin")))
    shelf.kill("importer")
    wait_for("all put away", lambda: {path.name for path in sent.glob("*")} >= content.keys())
    running_pair.wait_until_settled()
    for folder in (inbox, sent):
        assert {path.name: path.read_bytes() for path in folder.glob("*.bin")} == content
    wait_for("an empty claims folder", lambda: not any((drop / ".claimed").glob("*/*")))
