"""A stick that is plugged in: the order of what is done with it, and what its note says."""

from pathlib import Path

import pytest

from netrelay.core.exit_status import Exit
from netrelay.provisioning.card.stick import (
    LIGHTS,
    At,
    Note,
    StickError,
    carry_by_stick,
    device_mistake,
    foremost_note,
    write_note,
)

DEVICE = "/dev/sda1"
NOBODY = "setpriv --reuid=nobody --regid=disk --clear-groups --no-new-privs "


class Fake:
    """A machine with one stick, which notes its commands and answers by their first words."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        self.answers = {
            "TYPE": (0, "vfat\n"),
            "UUID": (0, "1A2B-3C4D\n"),
            "blockdev": (0, "0\n"),
            "in": (0, "from boat: 1 message taken\n"),
            "out": (0, "for boat: 2 files, now on it\n"),
            **answers,
        }
        self.calls: list[str] = []

    def run(self, words: tuple[str, ...]) -> tuple[int, str]:
        self.calls.append(" ".join(words))
        return next((self.answers[each] for each in words if each in self.answers), (0, ""))

    @property
    def done(self) -> list[str]:
        """Return the programs that ran, in order; not those that only look at the device."""
        words = (call.removeprefix(NOBODY).split() for call in self.calls)
        return [each[0] for each in words if each[0] not in ("blkid", "blockdev")]


def test_it_is_repaired_mounted_read_written_and_unmounted(tmp_path: Path) -> None:
    stick = Fake()
    said = carry_by_stick(tmp_path, DEVICE, stick.run)
    assert said == ["from boat: 1 message taken", "for boat: 2 files, now on it"]
    place = tmp_path / "NETRELAY-1A2B-3C4D"
    assert stick.calls[2:4] == [f"blockdev --getro {DEVICE}", f"{NOBODY}fsck.vfat -a -w {DEVICE}"]
    assert stick.calls[5:] == [
        f"netrelay carry in {place}",
        f"netrelay carry out {place} --all",
        f"umount {place}",
    ]
    options = stick.calls[4].split()[4].split(",")
    assert {"nosuid", "nodev", "noexec", "nosymfollow", "umask=0077"} <= set(options)


def test_a_write_protected_stick_is_not_repaired(tmp_path: Path) -> None:
    stick = Fake(blockdev=(0, "1\n"))
    carry_by_stick(tmp_path, DEVICE, stick.run)
    assert "fsck.vfat" not in stick.done
    assert stick.done[0] == "mount"
    assert stick.done[-1] == "umount"


def test_a_new_stick_has_nothing_to_take(tmp_path: Path) -> None:
    stick = Fake(**{"in": (int(Exit.NO_INPUT), "holds nothing of netrelay\n")})
    assert carry_by_stick(tmp_path, DEVICE, stick.run) == ["for boat: 2 files, now on it"]


@pytest.mark.parametrize(
    ("answers", "named", "last"),
    [
        ({"TYPE": (0, "ext4\n")}, "'ext4'; allowed: vfat, exfat", ""),
        ({"TYPE": (0, "")}, "''; allowed: vfat, exfat", ""),
        ({"UUID": (0, "../../etc\n")}, "no serial number", ""),
        (
            {"fsck.vfat": (4, "a\nroot directory is gone\n")},
            "(root directory is gone)",
            "fsck.vfat",
        ),
        ({"mount": (32, "mount: bad superblock\n")}, "mount failed: mount: bad", "mount"),
        ({"in": (75, "this node is down\n")}, "this node is down", "umount"),
        ({"out": (73, "No space left on device\n")}, "No space left on device", "umount"),
        ({"umount": (32, "target is busy\n")}, "umount failed: target is busy", "umount"),
    ],
)
def test_what_is_wrong_is_named_and_it_is_unmounted(
    tmp_path: Path, answers: dict[str, tuple[int, str]], named: str, last: str
) -> None:
    stick = Fake(**answers)
    with pytest.raises(StickError) as caught:
        carry_by_stick(tmp_path, DEVICE, stick.run)
    assert named in str(caught.value)
    assert (stick.done or [""])[-1] == last


def test_exfat_has_a_repair_of_its_own(tmp_path: Path) -> None:
    stick = Fake(TYPE=(0, "exfat\n"))
    carry_by_stick(tmp_path, DEVICE, stick.run)
    assert f"{NOBODY}fsck.exfat -p {DEVICE}" in stick.calls


@pytest.mark.parametrize(
    "device", ["sda1", "/dev/../etc/passwd", "/dev/", "/dev/sda1 ", "-o", "/dev/disk/by-id/x"]
)
def test_another_path_is_no_device(device: str) -> None:
    assert "allowed: /dev/ and its name" in device_mistake(device)


def test_what_was_repaired_is_used_after_a_second_look(tmp_path: Path) -> None:
    stick = Fake(**{"-w": (1, "repaired\n")})
    carry_by_stick(tmp_path, DEVICE, stick.run)
    assert stick.done[:3] == ["fsck.vfat", "fsck.vfat", "mount"]
    assert f"{NOBODY}fsck.vfat -n {DEVICE}" in stick.calls


def test_a_note_is_read_as_it_was_written_last(tmp_path: Path) -> None:
    assert not device_mistake(DEVICE)
    devices = tmp_path / "dev"
    devices.mkdir()
    for name in ("sda1", "sdb1"):
        (devices / name).touch()
    write_note(tmp_path, DEVICE, Note(At.WORK, "leave it"))
    write_note(tmp_path, DEVICE, Note(At.DONE, "pull it\x1b[2J"))
    (tmp_path / "stick-sdb1.note").write_text("asleep\n")
    assert foremost_note(tmp_path, devices) == Note(At.DONE, "pull it\\x1b[2J")
    assert set(LIGHTS) == set(At)


def test_of_several_sticks_the_one_at_work_counts_and_one_that_is_gone_does_not(
    tmp_path: Path,
) -> None:
    devices = tmp_path / "dev"
    devices.mkdir()
    for name, at in (("sda1", At.DONE), ("sdb1", At.WORK), ("sdc1", At.UNUSABLE)):
        write_note(tmp_path, f"/dev/{name}", Note(at, name))
    assert foremost_note(tmp_path, devices) is None
    for name in ("sda1", "sdc1", "sdb1"):
        (devices / name).touch()
    assert foremost_note(tmp_path, devices) == Note(At.WORK, "sdb1")
    (devices / "sdb1").unlink()
    assert foremost_note(tmp_path, devices) == Note(At.UNUSABLE, "sdc1")
