"""What was built: file systems that are whole, and nothing in them that a card may not share.

NETRELAY_IMAGE names the image; unsaid, it is the newest of build/image.
"""

import os
import re
import shutil
from collections.abc import Iterator

import pytest

from tests.image.image_file import Image, find_image, run

LARGEST_DOWNLOAD_BYTES = 220 << 20


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Take the image apart."""
    found = find_image("NETRELAY_IMAGE", "*-arm64.img")
    if isinstance(found, str):
        pytest.skip(found)
    folder = tmp_path_factory.mktemp("image")
    yield Image(found, folder)
    shutil.rmtree(folder)


def test_file_systems_are_whole(image: Image) -> None:
    run("fsck.vfat", "-n", os.fspath(image.boot))
    run("e2fsck", "-fn", os.fspath(image.root))


def test_the_firmware_finds_what_it_starts(image: Image) -> None:
    config, cmdline = image.read_boot("config.txt"), image.read_boot("cmdline.txt")
    listing = run("mdir", "-b", "-i", os.fspath(image.boot), "::")
    names = {line.removeprefix("::/").strip("/") for line in listing.splitlines()}
    kernel = re.search(r"^kernel=(\S+)$", config, re.MULTILINE)
    initrd = re.search(r"^initramfs (\S+)$", config, re.MULTILINE)
    assert kernel is not None and kernel[1] in names
    assert initrd is not None and initrd[1] in names
    assert "arm_64bit=1" in config
    boards = (
        "2837-rpi-3-b",
        "2837-rpi-3-b-plus",
        "2711-rpi-4-b",
        "2711-rpi-cm4-io",
        "2837-rpi-zero-2-w",
    )
    assert {f"bcm{board}.dtb" for board in boards} <= names
    assert not {name for name in names if name.startswith("bcm2712")}
    assert {"bootcode.bin", "start.elf", "start4.elf", "fixup.dat", "fixup4.dat"} <= names
    assert "root=LABEL=rootfs" in cmdline
    assert "netrelay.toml" in names


def test_nobody_has_a_password(image: Image) -> None:
    shadow = [line.split(":") for line in image.read("/etc/shadow").splitlines() if line]
    assert {"root", "pi", "netrelay"} <= {fields[0] for fields in shadow}
    assert [fields[0] for fields in shadow if fields[1] not in ("*", "!", "!*", "!!")] == []
    server = image.read("/etc/ssh/sshd_config.d/10-netrelay.conf")
    assert "PasswordAuthentication no" in server


def test_no_key_is_shared(image: Image) -> None:
    assert [name for name in image.names("/etc/ssh") if name.startswith("ssh_host_")] == []
    assert image.names("/root/.ssh") == []
    assert image.names("/home/pi/.ssh") == []
    assert image.names("/var/lib/netrelay") == []
    assert "random-seed" not in image.names("/var/lib/systemd")
    assert "credential.secret" not in image.names("/var/lib/systemd")


def test_the_machine_id_is_there_and_empty(image: Image) -> None:
    assert "machine-id" in image.names("/etc")
    assert image.read("/etc/machine-id") == ""
    assert "machine-id" not in image.names("/var/lib/dbus")


def test_nothing_of_the_builder_is_in_it(image: Image) -> None:
    assert image.read("/etc/hostname") == "netrelay\n"
    assert [name for name in image.names("/var/log") if name.endswith(".log")] == []
    link = run("debugfs", "-R", "stat /etc/resolv.conf", os.fspath(image.root))
    assert "systemd/resolve" in link
    assert "apt.conf.d/99mmdebstrap" not in image.names("/etc/apt/apt.conf.d")


def test_what_starts_by_itself(image: Image) -> None:
    wanted = image.names("/etc/systemd/system/multi-user.target.wants")
    assert {"netrelay.target", "card-first-boot.service", "ssh.service"} <= set(wanted)
    assert {"systemd-networkd.service", "avahi-daemon.service"} <= set(wanted)
    assert "card-grow.service" in image.names("/etc/systemd/system/local-fs.target.wants")
    assert not any(
        name.startswith("apt-") for name in image.names("/etc/systemd/system/timers.target.wants")
    )


def test_names_in_local_have_ipv6_addresses_too(image: Image) -> None:
    assert " mdns_minimal [NOTFOUND=return]" in image.read("/etc/nsswitch.conf")


def test_the_card_is_spared(image: Image) -> None:
    journal = "/usr/lib/systemd/journald.conf.d"
    assert "Storage=volatile" in image.read(f"{journal}/netrelay-card.conf")
    assert re.search(r"^RuntimeMaxUse=16M$", image.read(f"{journal}/netrelay.conf"), re.MULTILINE)
    fstab = [
        line.split() for line in image.read("/etc/fstab").splitlines() if line[:1] not in ("#", "")
    ]
    assert all("noatime" in fields[3] for fields in fstab)
    assert all(fields[2] != "swap" for fields in fstab)
    assert "RuntimeWatchdogSec=14s" in image.read("/usr/lib/systemd/system.conf.d/netrelay.conf")


def test_the_root_is_closed_and_updated(image: Image) -> None:
    for path in (
        "/usr/lib/netrelay-card/mount-folders",
        "/usr/lib/netrelay-card/open-root",
        "/usr/lib/netrelay-card/install-updates",
        "/usr/lib/netrelay-card/set-aside",
        "/etc/initramfs-tools/scripts/init-premount/netrelay-root",
        "/etc/initramfs-tools/scripts/init-bottom/netrelay-root",
    ):
        assert image.mode(path) == "0755"
    assert "card" in image.names("/")
    sources = "/usr/lib/netrelay-card/updates-sources.d"
    lines = "".join(image.read(f"{sources}/{name}") for name in image.names(sources)).splitlines()
    assert lines
    assert all("-security " in line for line in lines)
    assert "force-unsafe-io" not in image.read("/etc/dpkg/dpkg.cfg.d/99mmdebstrap")
    wanted = image.names("/etc/systemd/system/local-fs.target.wants")
    assert {"card-grow.service", "card-folders.service"} <= set(wanted)
    assert "card-update.timer" in image.names("/etc/systemd/system/timers.target.wants")


def test_files_belong_to_root_and_are_as_readers_demand(image: Image) -> None:
    assert image.mode("/etc/sudoers.d/010_netrelay-card") == "0440"
    assert image.mode("/etc/shadow") == "0640"
    assert image.mode("/tmp") == "01777"


def test_the_download_is_small_enough(image: Image) -> None:
    compressed = image.path.with_name(f"{image.path.name}.xz")
    if not compressed.exists():
        pytest.skip(f"{compressed} is not there")
    assert compressed.stat().st_size <= LARGEST_DOWNLOAD_BYTES
