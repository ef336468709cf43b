"""The disk under a folder, on made trees of /sys."""

import os
from pathlib import Path

import pytest

from netrelay.disk.block_device import BlockDevice, DeviceKind, NoDeviceError, device_of
from netrelay.disk.mounts import mount_number

STAT = "  11 2 33 4 55 66 2048 7 0 9 10 0 0 0 0\n"
MIB = 1 << 20


class MadeSys:
    """A tree as /sys, in which the folder `home` is on a device of choice."""

    def __init__(self, folder: Path) -> None:
        self.sys = folder / "sys"
        self.home = folder / "home"
        self.home.mkdir()
        self.mounts = folder / "mountinfo"
        self.mounts.write_text("")
        (self.sys / "dev" / "block").mkdir(parents=True)
        (self.sys / "class" / "block").mkdir(parents=True)

    def device(self, name: str, bus: str = "pci0", **files: str) -> Path:
        """Make a disk, with what the kernel says of it by file name; __ stands for /."""
        place = self.sys / "devices" / bus / "block" / name
        place.mkdir(parents=True)
        for file, text in {"stat": STAT, "size": "62333952\n", **files}.items():
            path = place / file.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return place

    def partition(self, disk: Path, name: str) -> Path:
        """Make a partition whose own counter is lower."""
        place = disk / name
        place.mkdir()
        (place / "partition").write_text("2\n")
        (place / "stat").write_text("0 0 0 0 0 0 8\n")
        return place

    def below(self, upper: Path, *lower: Path) -> None:
        """Let a device lie on others, as LUKS and RAIDs do."""
        (upper / "slaves").mkdir(exist_ok=True)
        for place in lower:
            (upper / "slaves" / place.name).symlink_to(place)

    def put_home_on(self, place: Path) -> None:
        """Let the folder be on this device."""
        number = self.home.stat().st_dev
        link = self.sys / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"
        link.symlink_to(place)

    def mount(self, file_system: str, source: str) -> None:
        """Let the mount of the folder be of this type, from this source."""
        self.mounts.write_text(
            f"1 0 0:1 / / rw - ext4 /dev/other rw\n"
            f"{mount_number(self.home)} 1 0:77 / /home rw,x shared:1 - {file_system} {source} rw\n"
        )

    def found(self) -> BlockDevice:
        """Return what is found."""
        return device_of(self.home, self.sys, self.mounts)

    def refusal(self) -> str:
        """Return why nothing is found."""
        with pytest.raises(NoDeviceError) as caught:
            self.found()
        return str(caught.value)


@pytest.fixture
def made(tmp_path: Path) -> MadeSys:
    return MadeSys(tmp_path)


def test_the_whole_card_counts_and_not_its_partition(made: MadeSys) -> None:
    card = made.device("mmcblk0", device__type="SD\n", device__cid="0353445344\n")
    made.put_home_on(made.partition(card, "mmcblk0p2"))
    found = made.found()
    assert found[1:] == ("mmcblk0", DeviceKind.CARD, 62333952 * 512, MIB, None)
    assert "0353445344" not in found.identity


@pytest.mark.parametrize(
    ("name", "files", "kind"),
    [
        ("mmcblk0", {"device__type": "MMC\n"}, DeviceKind.EMMC),
        ("nvme0n1", {"queue__rotational": "0\n"}, DeviceKind.SSD),
        ("sda", {"queue__rotational": "0\n", "removable": "0\n"}, DeviceKind.SSD),
        ("sda", {"queue__rotational": "1\n", "removable": "0\n"}, DeviceKind.TURNING),
        ("sda", {"queue__rotational": "1\n", "removable": "1\n"}, DeviceKind.STICK),
        ("vda", {"queue__rotational": "1\n"}, DeviceKind.VIRTUAL),
        ("sda", {"device__vendor": "QEMU    \n"}, DeviceKind.VIRTUAL),
    ],
)
def test_kinds(made: MadeSys, name: str, files: dict[str, str], kind: DeviceKind) -> None:
    made.put_home_on(made.device(name, **files))
    assert made.found().kind is kind


def test_an_emmc_says_how_worn_it_is(made: MadeSys) -> None:
    made.put_home_on(made.device("mmcblk1", device__type="MMC\n", device__life_time="0x01 0x03\n"))
    assert made.found().life_percent == 30


def test_a_disk_is_the_same_under_another_name(made: MadeSys, tmp_path: Path) -> None:
    made.put_home_on(made.device("sda", device__wwid="naa.5000\n"))
    (tmp_path / "other").mkdir()
    other = MadeSys(tmp_path / "other")
    other.put_home_on(other.device("sdb", device__wwid="naa.5000\n"))
    assert made.found().identity == other.found().identity


@pytest.mark.parametrize("files", [{"device__wwid": "naa.6\n"}, {"size": "1\n"}])
def test_another_disk_in_its_place_is_another_one(
    made: MadeSys, tmp_path: Path, files: dict[str, str]
) -> None:
    made.put_home_on(made.device("sda"))
    (tmp_path / "other").mkdir()
    other = MadeSys(tmp_path / "other")
    other.put_home_on(other.device("sda", **files))
    assert made.found().identity != other.found().identity


def test_what_lies_below_luks_on_a_partition_counts(made: MadeSys) -> None:
    disk = made.device("nvme0n1")
    luks = made.device("dm-0", "virtual")
    made.below(luks, made.partition(disk, "nvme0n1p3"))
    made.put_home_on(luks)
    assert made.found().name == "nvme0n1"


def test_btrfs_names_its_disk_as_the_source_of_the_mount(made: MadeSys) -> None:
    disk = made.device("sda")
    (made.sys / "class" / "block" / "sda2").symlink_to(made.partition(disk, "sda2"))
    made.mount("btrfs", "/dev/sda2")
    assert made.found().name == "sda"


def test_why_no_disk_can_be_told(made: MadeSys) -> None:
    assert made.refusal() == "the kernel does not show on which disk it is"
    made.mount("overlay", "overlay")
    assert made.refusal() == "its file system, overlay, has no disk of its own"
    made.mount("btrfs", "/dev/sda2")
    assert made.refusal() == "the kernel shows nothing of /dev/sda2 here"


@pytest.mark.parametrize("name", ["loop3", "zram0", "nbd0"])
def test_a_device_in_a_file_or_in_memory_is_no_disk(made: MadeSys, name: str) -> None:
    made.put_home_on(made.device(name, "virtual"))
    assert made.refusal() == f"{name} is no disk: what it holds is kept elsewhere"


def test_several_disks_are_not_added_up(made: MadeSys) -> None:
    raid = made.device("md0", "virtual")
    made.below(raid, made.device("sda"), made.device("sdb"))
    made.put_home_on(raid)
    assert made.refusal() == "md0 is made of several disks"


def test_a_kernel_that_does_not_count(made: MadeSys) -> None:
    place = made.device("sda", stat="")
    made.put_home_on(place)
    assert made.refusal() == "the kernel does not say what is written to sda"
