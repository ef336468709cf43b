"""The card's free room goes to the root and to netrelay's file system, wherever power is lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.source_tree import CHECKOUT

GROW = CHECKOUT / "image/pi-gen-config/stage-netrelay/02-card-care/files/usr/lib/netrelay-card/grow"
TOOLS = ("losetup", "sfdisk", "blkid", "mkfs.ext4", "e2label")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
MIB_SECTORS = 2048
TABLE = "label: dos\nlabel-id: 0x6e726c79\nstart=8192, size=65536, type=c\nsize=204800, type=83\n"
# In the place of a program: it counts, and at the chosen count the power is gone, before or after
# the program has done its work.
SHIM = """\
#!/bin/sh
count=$(($(cat "$COUNTER") + 1))
echo "$count" >"$COUNTER"
if [ "$count" -eq "$CUT_AT" ] && [ "$CUT" = before ]; then kill -9 "$PPID"; exit 1; fi
{program} "$@"
status=$?
if [ "$count" -eq "$CUT_AT" ]; then kill -9 "$PPID"; fi
exit "$status"
"""
# Many kernels give no partitions to loop devices: this one is made here, of the table. Asked of
# another than root and data, partx would take the boot partition from who mounts it.
PARTX = """\
#!/bin/sh
[ "$1 $2" = "--update --nr" ] || exit 64
[ "$3" = 3 ] || exit 0
losetup --associated "$4" --noheadings --output NAME | xargs -r losetup --detach
row=$(sfdisk --dump "$4" | grep "^$4"p3) || exit 0
start=$(echo "$row" | sed "s/.*start= *\\([0-9]*\\).*/\\1/")
size=$(echo "$row" | sed "s/.*size= *\\([0-9]*\\).*/\\1/")
device=$(losetup --find --show --offset $((start * 512)) --sizelimit $((size * 512)) "$4")
ln -sfn "$device" "$4"p3
"""
BLOCKDEV = '#!/bin/sh\necho $(($(stat --format=%s "$2") / 512))\n'


class Card(NamedTuple):
    """A card in a file, with what stands in for the kernel's part."""

    file: Path
    kernel: Path

    @property
    def device(self) -> str:
        """What the script is told to be the disk; it ends in a digit, as mmcblk0 does."""
        return os.fspath(self.file)

    def grow(
        self, *options: str, shims: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the script as the first boot does, with the root on partition 2."""
        command = [os.fspath(GROW), *options, self.device, "2"]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env={"PATH": f"{shims}:{self.kernel}:{PATH}", **environment},
            check=False,
            timeout=60,
        )

    def partitions(self) -> list[tuple[int, int]]:
        """Give start and size of each, in sectors."""
        text = output("sfdisk", "--dump", os.fspath(self.file))
        rows = [line.split(":")[1].split(",") for line in text.splitlines() if "start=" in line]
        return [(int(row[0].split("=")[1]), int(row[1].split("=")[1])) for row in rows]

    def label(self) -> str:
        return output("blkid", "-p", "-s", "LABEL", "-o", "value", f"{self.device}p3").strip()


def output(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PATH": PATH}, timeout=60
    )
    return done.stdout


@contextmanager
def card(folder: Path, size_mib: int) -> Iterator[Card]:
    """Return a card of this size as it is flashed, before its first boot."""
    kernel = folder / "kernel"
    kernel.mkdir(exist_ok=True)
    for name, text in (("partx", PARTX), ("blockdev", BLOCKDEV)):
        (kernel / name).write_text(text)
        (kernel / name).chmod(0o755)
    file = folder / "card0"
    with file.open("wb") as opened:
        opened.truncate(size_mib << 20)
    flash(file)
    try:
        yield Card(file, kernel)
    finally:
        file.with_name("card0p3").unlink(missing_ok=True)
        for device in output("losetup", "-j", os.fspath(file), "-nO", "NAME").split():
            output("losetup", "--detach", device)


def flash(file: Path) -> None:
    """Write the table and the first two partitions, and no more, as flashing does."""
    subprocess.run(
        ["sfdisk", "--quiet", "--wipe", "never", file],
        input=TABLE,
        text=True,
        check=True,
        env={"PATH": PATH},
    )


@pytest.fixture(scope="module", autouse=True)
def loop_devices() -> None:
    """Leave the tests out where a part of a file cannot be a partition."""
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found")
    command = ["losetup", "--find"]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs root and loop devices: one stands for a partition of the card")


def is_as_it_should_be(made: Card) -> bool:
    (_, boot), (root_start, root), (data_start, data) = made.partitions()
    return (
        boot == 65536
        and root_start + root == data_start
        and root >= 1536 // 3 * MIB_SECTORS
        and data >= 900 * MIB_SECTORS
        and made.label() == "netrelay"
    )


def test_a_third_is_the_roots_and_the_rest_netrelays(tmp_path: Path) -> None:
    with card(tmp_path, 1536) as made:
        done = made.grow()
        assert done.returncode == 0, done.stderr
        assert is_as_it_should_be(made)
        assert "the root has 512 MiB" in done.stdout


def test_a_second_boot_changes_nothing(tmp_path: Path) -> None:
    with card(tmp_path, 1536) as made:
        made.grow()
        identity = output("blkid", "-p", "-s", "UUID", "-o", "value", f"{made.device}p3")
        table = made.partitions()
        done = made.grow()
        assert (done.returncode, done.stdout) == (0, "")
        assert made.partitions() == table
        assert output("blkid", "-p", "-s", "UUID", "-o", "value", f"{made.device}p3") == identity


@pytest.mark.parametrize("cut", ["before", "after"])
def test_power_may_go_at_any_step(tmp_path: Path, cut: str) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    for name in ("dd", "sfdisk", "partx", "mkfs.ext4", "e2label", "sync"):
        program = tmp_path / "kernel" / name if name == "partx" else shutil.which(name, path=PATH)
        shim = shims / name
        # Not SHIM.format: the shell's own braces.
        shim.write_text(SHIM.replace("{program}", str(program)))
        shim.chmod(0o755)
    counter = tmp_path / "counter"
    cuts = 0
    while True:
        counter.write_text("0")
        environment = {"COUNTER": str(counter), "CUT_AT": str(cuts + 1), "CUT": cut}
        with card(tmp_path, 1536) as made:
            first = made.grow(shims=os.fspath(shims), **environment)
            if first.returncode == 0:
                assert int(counter.read_text()) == cuts
                break
            again = made.grow()
            assert again.returncode == 0, (cuts, again.stderr)
            assert is_as_it_should_be(made), cuts
        cuts += 1
    assert cuts >= 8


def test_a_file_system_half_made_is_made_anew(tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    shim = shims / "mkfs.ext4"
    # The superblock had reached the card, what it points to had not.
    shim.write_text(
        f'#!/bin/sh\n{shutil.which("mkfs.ext4", path=PATH)} "$@"\nfor device; do :; done\n'
        'dd if=/dev/zero of="$device" bs=4096 seek=1 count=64 conv=notrunc status=none\n'
        'kill -9 "$PPID"\n'
    )
    shim.chmod(0o755)
    with card(tmp_path, 1536) as made:
        assert made.grow(shims=os.fspath(shims)).returncode != 0
        done = made.grow()
        assert done.returncode == 0, done.stderr
        assert is_as_it_should_be(made)
        output("e2fsck", "-fn", f"{made.device}p3")


def test_what_an_earlier_node_left_on_the_card_does_not_come_back(tmp_path: Path) -> None:
    with card(tmp_path, 1536) as made:
        made.grow()
        identity = output("blkid", "-p", "-s", "UUID", "-o", "value", f"{made.device}p3")
        flash(made.file)
        assert made.grow().returncode == 0
        assert is_as_it_should_be(made)
        assert output("blkid", "-p", "-s", "UUID", "-o", "value", f"{made.device}p3") != identity


def test_somebody_elses_partition_is_left_alone(tmp_path: Path) -> None:
    with card(tmp_path, 1536) as made:
        made.grow()
        output("mkfs.ext4", "-q", "-F", "-L", "holiday", f"{made.device}p3")
        done = made.grow()
        assert done.returncode == 1
        assert "holds something that is not netrelay's" in done.stderr
        assert made.label() == "holiday"


def test_a_card_that_is_too_small_is_named_with_what_it_would_need(tmp_path: Path) -> None:
    with card(tmp_path, 256) as made:
        done = made.grow()
        assert done.returncode == 1
        assert "is too small" in done.stderr
        assert "128 is the least" in done.stderr
        assert len(made.partitions()) == 2


def test_a_card_that_is_too_small_is_not_tried_again_where_it_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    with card(tmp_path, 256) as made:
        done = made.grow(NETRELAY_CARD_TOP=os.fspath(tmp_path))
        assert done.returncode == 0
        assert "is too small" in (tmp_path / "card/too-small").read_text()
        assert len(made.partitions()) == 2


def test_a_copy_on_a_larger_card_uses_its_room(tmp_path: Path) -> None:
    with card(tmp_path, 1536) as made:
        made.grow()
        identity = output("blkid", "-p", "-s", "UUID", "-o", "value", f"{made.device}p3")
        before = made.partitions()
        with made.file.open("r+b") as file:
            file.truncate(3 << 30)
        done = made.grow()
        assert done.returncode == 0, done.stderr
        after = made.partitions()
        assert after[:2] == before[:2]
        assert after[2][1] > before[2][1] + 1000 * MIB_SECTORS
        assert output("blkid", "-p", "-s", "UUID", "-o", "value", f"{made.device}p3") == identity


@pytest.mark.parametrize("lost", ["partition", "file system"])
def test_what_is_lost_of_a_divided_card_is_made_anew_only_when_asked(
    tmp_path: Path, lost: str
) -> None:
    mark = tmp_path / "divided"
    mark.touch()
    with card(tmp_path, 1536) as made:
        made.grow()
        if lost == "partition":
            flash(made.file)
        else:
            output("dd", "if=/dev/zero", f"of={made.device}p3", "bs=1M", "count=4")
        before = made.partitions()
        done = made.grow(NETRELAY_CARD_MARK=str(mark))
        assert done.returncode == 0
        assert "the card is left as it is" in done.stdout or "it is left as it is" in done.stdout
        assert made.partitions() == before
        assert "making the file system" not in done.stdout
        done = made.grow("--fresh", NETRELAY_CARD_MARK=str(mark))
        assert done.returncode == 0, done.stderr
        assert is_as_it_should_be(made)
