"""Boot partitions are read and written without mounting."""

import subprocess
from pathlib import Path

import pytest

from rig.card import BootPartition, CardError, boot_files, partitions
from rig.emulator import needs

pytestmark = pytest.mark.skipif(
    bool(needs("sfdisk", "mkfs.vfat", "mcopy")), reason="needs fdisk, dosfstools and mtools"
)
START, SIZE = 2048, 65536
TABLE = (
    f"label: dos\nstart={START}, size={SIZE}, type=c\nstart={START + SIZE}, size=2048, type=83\n"
)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "card"
    with path.open("wb") as file:
        file.truncate(512 * (START + SIZE + 4096))
    subprocess.run(["sfdisk", "--quiet", str(path)], input=TABLE.encode(), check=True)
    sectors = ["--offset", str(START), str(path), str(SIZE // 2)]
    subprocess.run(["mkfs.vfat", *sectors], check=True, capture_output=True)
    return path


def test_partitions_are_told_in_bytes(card: Path) -> None:
    first, second = partitions(card)
    assert (first.start_bytes, first.size_bytes, first.type) == (START * 512, SIZE * 512, "c")
    assert (second.start_bytes, second.type) == ((START + SIZE) * 512, "83")


def test_what_is_written_is_read_back_and_replaced(card: Path) -> None:
    boot = BootPartition(card)
    boot.write("netrelay.toml", b"[node]\n")
    boot.write("netrelay.toml", b'[node]\nname = "shelf"\n')
    assert boot.read("netrelay.toml") == b'[node]\nname = "shelf"\n'
    assert boot.names() == ["netrelay.toml"]


def test_bytes_of_a_removed_file_are_still_content(card: Path) -> None:
    boot = BootPartition(card)
    boot.write("netrelay.toml", b"a password")
    offset = f"{card}@@{START * 512}"
    subprocess.run(["mdel", "-i", offset, "::/netrelay.toml"], check=True)
    content = boot.content()
    assert (len(content), b"a password" in content) == (SIZE * 512, True)


def test_a_file_that_is_not_there_is_named(card: Path) -> None:
    with pytest.raises(CardError, match=r"card: mtype ::/netrelay-error.txt"):
        BootPartition(card).read("netrelay-error.txt")


def test_what_is_no_card_is_named(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(bytes(4096))
    with pytest.raises(CardError, match=r"photo\.jpg"):
        BootPartition(tmp_path / "photo.jpg").names()


def test_a_card_without_fat_is_named(tmp_path: Path) -> None:
    path = tmp_path / "card"
    path.write_bytes(bytes(4 << 20))
    table = b"label: dos\nstart=2048, size=2048, type=83\n"
    subprocess.run(["sfdisk", "--quiet", str(path)], input=table, check=True)
    with pytest.raises(CardError, match="has no FAT partition"):
        BootPartition(path).names()


def test_kernel_and_initrd_are_those_that_config_txt_names(card: Path) -> None:
    boot = BootPartition(card)
    boot.write("config.txt", b"# kernel=old\nkernel=vmlinuz-6.12\ninitramfs initrd.img-6.12\n")
    boot.write("cmdline.txt", b"console=tty0 root=LABEL=x\n")
    files = boot_files(boot)
    assert files.kernel == "vmlinuz-6.12"
    assert files.initrd == "initrd.img-6.12"
    assert files.command_line == "console=tty0 root=LABEL=x"


def test_a_config_txt_without_a_kernel_is_named(card: Path) -> None:
    boot = BootPartition(card)
    boot.write("config.txt", b"arm_64bit=1\n")
    boot.write("cmdline.txt", b"root=LABEL=x\n")
    with pytest.raises(CardError, match=r"config\.txt names no kernel"):
        boot_files(boot)
