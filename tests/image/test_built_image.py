"""What was built: file systems that are whole, and nothing in them that a card may not share.

Without mounting: mtools reads the boot partition, debugfs the root. NETRELAY_IMAGE names the image;
unsaid, it is the newest of build/image.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source_tree import CHECKOUT

SECTOR_BYTES = 512
LARGEST_DOWNLOAD_BYTES = 220 << 20
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Image:
    """An image, with its two file systems taken out of it."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        text = run("sfdisk", "--json", os.fspath(path))
        self.partitions = json.loads(text)["partitiontable"]["partitions"]
        self.boot, self.root = (folder / name for name in ("boot", "root"))
        for file, partition in zip((self.boot, self.root), self.partitions, strict=True):
            run(
                "dd",
                f"if={path}",
                f"of={file}",
                f"bs={SECTOR_BYTES * 2048}",
                f"skip={partition['start'] // 2048}",
                f"count={partition['size'] // 2048}",
                "conv=sparse",
                "status=none",
            )

    def read(self, path: str) -> str:
        """Give a file of the root; an empty text where there is none."""
        return run("debugfs", "-R", f"cat {path}", os.fspath(self.root))

    def names(self, folder: str) -> list[str]:
        """Give the names in a folder of the root."""
        text = run("debugfs", "-R", f"ls -p {folder}", os.fspath(self.root))
        found = (line.split("/")[5] for line in text.splitlines() if line.count("/") >= 6)
        return [name for name in found if name not in (".", "..")]

    def mode(self, path: str) -> str:
        """Give the permissions of a file of the root, as debugfs writes them."""
        text = run("debugfs", "-R", f"stat {path}", os.fspath(self.root))
        match = re.search(r"Mode: +(\d+)", text)
        return match[1] if match else ""

    def read_boot(self, name: str) -> str:
        """Give a file of the boot partition."""
        return run("mtype", "-i", os.fspath(self.boot), f"::{name}")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=True, env=ENVIRONMENT, timeout=300)
    return done.stdout.decode(errors="replace")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Take the image apart."""
    missing = [tool for tool in ("sfdisk", "debugfs", "mtype", "e2fsck") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found")
    named = os.environ.get("NETRELAY_IMAGE")
    built = sorted(
        (CHECKOUT / "build" / "image").glob("*.img"), key=lambda path: path.stat().st_mtime
    )
    if not named and not built:
        pytest.skip("there is no image yet: make image, or NETRELAY_IMAGE names one")
    folder = tmp_path_factory.mktemp("image")
    yield Image(Path(named) if named else built[-1], folder)
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


def test_files_belong_to_root_and_are_as_readers_demand(image: Image) -> None:
    assert image.mode("/etc/sudoers.d/010_netrelay-card") == "0440"
    assert image.mode("/etc/shadow") == "0640"
    assert image.mode("/tmp") == "01777"


def test_the_download_is_small_enough(image: Image) -> None:
    compressed = image.path.with_name(f"{image.path.name}.xz")
    if not compressed.exists():
        pytest.skip(f"{compressed} is not there")
    assert compressed.stat().st_size <= LARGEST_DOWNLOAD_BYTES
