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


def test_a_disk_that_is_pulled_before_its_file_was_sent_is_waited_for(
    running_pair: NodePair, disks: list[Path], tmp_path: Path
) -> None:
    """The mount wakes importer and processor_s: the next try by the clock is minutes away."""
    shelf, _ = running_pair
    drop, _, inbox = disks
    kept = tmp_path / "disk"
    kept.mkdir()
    subprocess.run(["mount", "--bind", drop, kept], check=True)
    try:
        shelf.line.good("pause", "boat")
        (drop / ".photo").write_bytes(b"photo")
        (drop / ".photo").rename(drop / "photo.jpg")
        ((job,),) = shelf.wait_for_rows("SELECT job FROM jobs WHERE name = 'photo.jpg'")
        subprocess.run(["umount", "-l", drop], check=True)
        shelf.line.good("resume", "boat")
        shelf.wait_for_rows("SELECT 1 FROM causes WHERE cause = 'unreadable'")
        assert "Bring its disk back, and it goes by itself" in shelf.line.good("why", str(job))
        shelf.change("UPDATE files SET due_s = due_s + 900 WHERE due_s > 0")
        shelf.change("UPDATE messages SET due_s = due_s + 900 WHERE state = 'S-4' AND due_s > 0")
        subprocess.run(["mount", "--bind", kept, drop], check=True)
        wait_for("the file", lambda: (inbox / "photo.jpg").exists())
        running_pair.wait_until_settled()
        assert shelf.rows("SELECT state FROM messages WHERE id = ?", job) == [("F",)]
    finally:
        subprocess.run(["umount", "-l", kept], check=True)
