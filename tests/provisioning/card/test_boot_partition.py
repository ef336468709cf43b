"""Provisioning is written to cards, and refused for every other device."""

from pathlib import Path

import pytest

from netrelay.provisioning.card.boot_partition import (
    FatImage,
    Folder,
    PartitionError,
    check_removable,
    open_device,
)
from netrelay.provisioning.card.boot_template import boot_template
from tests.provisioning.card.fat import make_image, needs_mtools, unpack

FILES = {
    "cards/a.card": b"card of a",
    "netrelay-keys/identity.key": b"secret",
    "netrelay.toml": b"[node]\n",
}


@needs_mtools
def test_an_image_is_written_in_place(tmp_path: Path) -> None:
    image = make_image(tmp_path / "card.img")
    before = image.read_bytes()
    FatImage(image).write(FILES)
    after = image.read_bytes()
    assert len(after) == len(before)
    assert after[: 2048 * 512] == before[: 2048 * 512]
    out = tmp_path / "out"
    out.mkdir()
    unpack(image, out)
    for name, content in FILES.items():
        assert (out / name).read_bytes() == content


@needs_mtools
def test_what_was_written_for_another_node_goes(tmp_path: Path) -> None:
    image = make_image(tmp_path / "card.img")
    FatImage(image).write(FILES)
    FatImage(image).write({"cards/b.card": b"card of b", "netrelay.toml": b"[node]\n"})
    out = tmp_path / "out"
    out.mkdir()
    unpack(image, out)
    assert [path.name for path in (out / "cards").iterdir()] == ["b.card"]
    assert not (out / "netrelay-keys").exists()


@needs_mtools
@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "is no image of a card"),
        (bytes(510) + b"\x55\xaa", "is no image of a card"),
        (b"\xfd7zXZ\0" + bytes(600), "is packed; unpack it first: xz -dk"),
        (bytes(450) + b"\xee" + bytes(59) + b"\x55\xaa", "has a GPT"),
    ],
)
def test_what_is_no_image_of_ours_is_refused(tmp_path: Path, content: bytes, wanted: str) -> None:
    path = tmp_path / "x.img"
    path.write_bytes(content)
    with pytest.raises(PartitionError, match=wanted):
        FatImage(path)
    assert path.read_bytes() == content


@needs_mtools
def test_an_image_of_somebody_else_is_refused(tmp_path: Path) -> None:
    image = make_image(tmp_path / "card.img")
    content = (
        image.read_bytes()
        .replace(b"NETRELAYTOM", b"SOMETHINTOM")
        .replace("netrelay.toml".encode("utf-16-le")[:10], b"x\0x\0x\0x\0x\0")
    )
    image.write_bytes(content)
    with pytest.raises(PartitionError, match=r"holds no netrelay\.toml"):
        FatImage(image)


def test_a_folder_is_written_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "netrelay.toml").write_text(boot_template())
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "old.card").touch()
    Folder(tmp_path).write(FILES)
    for name, content in FILES.items():
        assert (tmp_path / name).read_bytes() == content
    assert not (tmp_path / "cards" / "old.card").exists()


def test_a_folder_that_is_no_boot_partition_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PartitionError, match=r"holds no netrelay\.toml"):
        Folder(tmp_path)
    with pytest.raises(PartitionError, match="is no folder"):
        Folder(tmp_path / "none")


@pytest.mark.parametrize(
    ("path", "wanted"), [("/dev/null", "is no disk"), ("/dev/nothing-there", "lsblk")]
)
def test_what_is_no_disk_is_refused(path: str, wanted: str) -> None:
    with pytest.raises(PartitionError, match=wanted):
        open_device(Path(path))


# Disks in sysfs


def disk(folder: Path, name: str, removable: str) -> Path:
    entry = folder / name
    for part, device in (
        (entry, "8:16"),
        (entry / f"{name}1", "8:17"),
        (entry / f"{name}2", "8:18"),
    ):
        (part / "holders").mkdir(parents=True)
        (part / "dev").write_text(f"{device}\n")
        if part != entry:
            (part / "partition").touch()
    (entry / "removable").write_text(f"{removable}\n")
    return entry


MOUNTS = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"


@pytest.mark.parametrize(("name", "removable"), [("sdb", "1"), ("mmcblk0", "0")])
def test_a_card_in_a_reader_is_taken(tmp_path: Path, name: str, removable: str) -> None:
    check_removable(Path(f"/dev/{name}"), disk(tmp_path, name, removable), MOUNTS, "")


@pytest.mark.parametrize(
    ("name", "removable", "mounts", "wanted"),
    [
        ("sda", "0", "", "is no disk that can be taken out"),
        ("nvme0n1", "0", "", "is no disk that can be taken out"),
        ("sdb", "1", "30 1 8:18 / /media/x rw - ext4 /dev/sdb2 rw", "sdb2 is mounted on /media/x"),
        ("mmcblk0", "0", "30 1 8:17 / /boot rw - vfat x rw", "mmcblk01 is mounted on /boot"),
        ("sdb", "1", "30 1 8:16 / /mnt rw - vfat x rw", "sdb is mounted on /mnt"),
    ],
)
def test_a_disk_that_is_somebodys_is_refused(
    tmp_path: Path, name: str, removable: str, mounts: str, wanted: str
) -> None:
    with pytest.raises(PartitionError, match=wanted):
        check_removable(Path(f"/dev/{name}"), disk(tmp_path, name, removable), MOUNTS + mounts, "")


def test_a_disk_that_is_swapped_to_is_refused(tmp_path: Path) -> None:
    swaps = "Filename Type Size Used Priority\n/dev/sdb2 partition 1024 0 -2\n"
    with pytest.raises(PartitionError, match="sdb2 is swapped to"):
        check_removable(Path("/dev/sdb"), disk(tmp_path, "sdb", "1"), MOUNTS, swaps)


def test_a_partition_and_a_disk_in_use_are_refused(tmp_path: Path) -> None:
    entry = disk(tmp_path, "sdb", "1")
    with pytest.raises(PartitionError, match="is a partition"):
        check_removable(Path("/dev/sdb1"), entry / "sdb1", MOUNTS, "")
    (entry / "sdb2" / "holders" / "dm-0").mkdir()
    with pytest.raises(PartitionError, match="in use by another disk"):
        check_removable(Path("/dev/sdb"), entry, MOUNTS, "")
