"""The folders that change are mounted over a root that is read-only, from a card in any state."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.test_grow import GROW, SHIM

PROGRAMS = GROW.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = ("losetup", "mkfs.ext4", "blkid", "unshare", "e2label", "debugfs", "zstd")
KEPT = ("etc/hostname", "home/pi/file", "root/.ssh/known", "var/lib/systemd/timesync/clock")


class Machine:
    """A root file system and a data partition, each in a file, mounted in a namespace by a boot."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.top = folder, folder / "top"
        self.root, self.data = folder / "root", folder / "data"
        self.boot = folder / "bootfs"
        for path in (self.top, self.boot):
            path.mkdir()
        tree = folder / "tree"
        for name in ("card", "etc", "home/pi", "root", "var/lib", "usr/lib", "boot/firmware"):
            (tree / name).mkdir(parents=True)
        (tree / "etc/hostname").write_text("netrelay\n")
        (tree / "etc/machine-id").touch()
        shutil.copytree(PROGRAMS, tree / "usr/lib/netrelay-card")
        # For a test that puts programs of its own before those of the system.
        script = tree / "usr/lib/netrelay-card/mount-folders"
        script.write_text(script.read_text().replace("PATH=/usr", "PATH=${CUT_SHIMS:-/bin}:/usr"))
        # Loop devices stand for partitions here, which grow divides.
        fresh = tree / "usr/lib/netrelay-card/grow"
        fresh.write_text('#!/bin/sh\nmkfs.ext4 -q -F -L netrelay "$NETRELAY_CARD_DATA"\n')
        make(self.root, 64, "rootfs", tree)
        shutil.rmtree(tree)

    def divide(self) -> None:
        """Make the data partition, as grow does."""
        make(self.data, 64, "netrelay")

    def boots(self, then: str = "", early: str = "") -> subprocess.CompletedProcess[str]:
        """Start: mount the root read-only, run both steps; `early` and `then` follow one each."""
        steps = f"""
            set -eu
            root=$(losetup --find --show {self.root})
            trap 'losetup --detach "$root" $NETRELAY_CARD_DATA' EXIT
            NETRELAY_CARD_DATA=
            [ ! -e {self.data} ] || NETRELAY_CARD_DATA=$(losetup --find --show {self.data})
            export NETRELAY_CARD_DATA NETRELAY_CARD_TOP={self.top}
            mount -t ext4 -o ro "$root" {self.top}
            mount --bind {self.boot} {self.top}/boot/firmware
            cd {self.top}
            usr/lib/netrelay-card/mount-folders early
            {early}
            if [ -z "$NETRELAY_CARD_DATA" ] && [ -e {self.data} ]; then
                NETRELAY_CARD_DATA=$(losetup --find --show {self.data})
            fi
            late=0
            usr/lib/netrelay-card/mount-folders late || late=$?
            {then}
            cd /
            umount --recursive --lazy {self.top}
            exit "$late"
        """
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", steps],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": PATH},
            timeout=60,
        )


def make(file: Path, size_mib: int, label: str, tree: Path | None = None) -> None:
    with file.open("wb") as opened:
        opened.truncate(size_mib << 20)
    content = ["-d", os.fspath(tree)] if tree else []
    owner = [] if tree else ["-E", "root_owner=12345:12345"]
    command = ["mkfs.ext4", "-q", "-F", "-L", label, *content, *owner, os.fspath(file)]
    subprocess.run(command, check=True, env={"PATH": PATH})


@pytest.fixture(scope="module", autouse=True)
def mounts() -> None:
    """Leave the tests out where nothing can be mounted."""
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found")
    if os.geteuid() != 0:
        pytest.skip("needs root: it mounts")
    script = """
        mount -t tmpfs none /mnt; cd /mnt; mkdir lower upper work
        mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none lower
        losetup --find
    """
    command = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": PATH})
    if done.returncode:
        pytest.skip(f"overlays or loop devices cannot be made here: {done.stderr.strip()}")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Return a card as it is flashed, before its first boot."""
    yield Machine(tmp_path)
    found = subprocess.run(
        ["losetup", "--noheadings", "--output", "NAME,BACK-FILE"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path) not in found.stdout


def good(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def digest(file: Path) -> bytes:
    return subprocess.run(["sha256sum", "-b"], stdin=file.open(), capture_output=True).stdout


def write_all() -> str:
    """Return the shell that writes a file in each kind of folder."""
    lines = [f"mkdir -p $(dirname {name}); echo kept >{name}" for name in KEPT]
    lines.append("echo gone >var/log.txt; echo kept >var/lib/netrelay/file")
    return "\n".join(lines)


def test_what_lasts_is_there_at_the_next_boot_and_the_root_is_never_written(
    machine: Machine,
) -> None:
    flashed = digest(machine.root)
    machine.divide()
    good(machine.boots(write_all()))
    shown = good(machine.boots("cat " + " ".join((*KEPT, "var/lib/netrelay/file", "card/mode"))))
    assert shown.split() == ["kept"] * 5 + ["closed"]
    assert good(machine.boots("ls var")).split() == ["lib", "log"]
    assert digest(machine.root) == flashed


def test_nobody_but_root_can_exchange_what_lasts(machine: Machine) -> None:
    machine.divide()
    for _ in range(2):
        shown = good(machine.boots("stat --format='%a %u:%g' card/data card/data/system card"))
        assert shown.splitlines() == ["755 0:0", "700 0:0", "755 0:0"]


def test_nothing_else_can_be_written(machine: Machine) -> None:
    machine.divide()
    done = machine.boots("for name in usr/file file card/root/etc/file; do touch $name || :; done")
    assert done.stderr.count("Read-only file system") == 3


def test_a_new_card_gets_its_folders_once_it_is_divided(machine: Machine) -> None:
    early = f"""
        echo 0123456789abcdef0123456789abcdef >etc/machine-id
        [ ! -e var/lib/netrelay/file ]
        truncate --size=64M {machine.data}; mkfs.ext4 -q -F -L netrelay {machine.data}
    """
    good(machine.boots(write_all(), early))
    shown = good(machine.boots("cat etc/machine-id etc/hostname; stat --format=%a etc/machine-id"))
    assert shown.split() == ["0123456789abcdef0123456789abcdef", "kept", "444"]


def test_power_may_go_at_any_step_of_the_first_boot(machine: Machine) -> None:
    shims = machine.folder / "shims"
    shims.mkdir()
    counter = machine.folder / "counter"
    for name in ("cp", "mv", "sync", "mount"):
        shim = shims / name
        # Not SHIM.format: the shell's own braces.
        shim.write_text(SHIM.replace("{program}", str(shutil.which(name, path=PATH))))
        shim.chmod(0o755)
    identity = "0123456789abcdef0123456789abcdef"
    early = f"""
        echo {identity} >etc/machine-id
        truncate --size=64M {machine.data}; mkfs.ext4 -q -F -L netrelay {machine.data}
        echo 0 >{counter}; export COUNTER={counter} CUT=after CUT_SHIMS={shims}
    """
    cuts = 0
    while True:
        machine.data.unlink(missing_ok=True)
        first = machine.boots("", f"{early} export CUT_AT={cuts + 1}")
        if first.returncode == 0:
            break
        assert first.returncode == 128 + signal.SIGKILL, first.stderr
        again = good(
            machine.boots(f"ls card/data/system/etc/upper; cat etc/machine-id\n{write_all()}")
        )
        # Where it is not kept systemd makes one, as at a first boot.
        assert ("machine-id" in again.split()) == (identity in again), cuts
        shown = good(machine.boots("cat " + " ".join((*KEPT, "var/lib/netrelay/file"))))
        assert shown.split() == ["kept"] * 5, cuts
        cuts += 1
    assert cuts == int(counter.read_text())
    assert cuts >= 12


def test_unlocked_once(machine: Machine) -> None:
    machine.divide()
    good(machine.boots("touch card/data/unlock"))
    text = "cat card/mode; echo kept >usr/file; echo kept >var/file; echo kept >etc/hostname"
    assert good(machine.boots(text)).split()[-1:] == ["unlocked"]
    shown = good(machine.boots("cat card/mode usr/file var/file etc/hostname"))
    assert shown.split() == ["closed", "kept", "kept", "kept"]


def test_the_memory_is_bounded_and_a_full_one_does_not_fill_the_card(machine: Machine) -> None:
    machine.divide()
    done = machine.boots("head -c 40M /dev/zero >var/zero || :; du -sm card/memory | cut -f 1")
    assert 28 <= int(good(done)) <= 32
    assert "No space left" in done.stderr


def test_open_root_writes_for_one_command_and_closes(machine: Machine) -> None:
    machine.divide()
    shown = good(
        machine.boots(
            "usr/lib/netrelay-card/open-root /bin/sh -c 'echo new >card/root/usr/file';"
            "cat usr/file; grep -c ' /.*top ext4 ro' /proc/mounts;"
            "if echo again >card/root/usr/file; then echo written; fi 2>/dev/null;"
            "if usr/lib/netrelay-card/open-root false; then echo good; else echo $?; fi"
        )
    )
    assert shown.split() == ["new", "1", "1"]


def test_a_file_in_use_that_is_replaced_does_not_leave_the_root_writable(machine: Machine) -> None:
    machine.divide()
    shown = good(
        machine.boots(
            "usr/lib/netrelay-card/open-root /bin/sh -c 'echo old >card/root/usr/file';"
            "exec 3<usr/file;"
            "usr/lib/netrelay-card/open-root /bin/sh -c"
            " 'echo new >card/root/usr/new; mv card/root/usr/new card/root/usr/file';"
            "for name in usr/file card/root/usr/file; do"
            " if echo x 2>/dev/null >$name; then echo written; fi; done;"
            "cat usr/file; exec 3<&-;"
            "usr/lib/netrelay-card/open-root --close; cat usr/file;"
            "findmnt --noheadings --output FS-OPTIONS card/root"
        )
    )
    assert shown.split()[:2] == ["new", "new"]
    assert shown.split()[2].startswith("ro")


def test_e2fsck_is_called_only_for_a_root_with_errors(machine: Machine) -> None:
    machine.divide()
    assert "e2fsck" not in machine.boots().stdout
    command = ["debugfs", "-w", "-R", "set_super_value state 2", os.fspath(machine.root)]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": PATH})
    assert "the root file system has errors" in good(machine.boots())


def test_closing_what_is_closed_writes_nothing(machine: Machine) -> None:
    machine.divide()
    good(machine.boots())
    before = digest(machine.root)
    good(machine.boots("usr/lib/netrelay-card/open-root --close"))
    assert digest(machine.root) == before
    good(machine.boots("usr/lib/netrelay-card/open-root true"))
    assert digest(machine.root) != before


def damage(machine: Machine) -> None:
    """Overwrite everything that describes the file system."""
    with machine.data.open("r+b") as file:
        for block in range(0, 64 << 20, 1 << 20):
            file.seek(block)
            file.write(b"\xff" * 65536)


def test_a_damaged_file_system_waits_for_a_person(machine: Machine) -> None:
    machine.divide()
    good(machine.boots(write_all()))
    damage(machine)
    before = digest(machine.data)
    done = machine.boots("[ ! -e var/lib/netrelay/file ]; cat etc/hostname")
    assert done.returncode == 1
    assert "the node waits" in done.stdout
    assert done.stdout.split()[-1] == "netrelay"
    text = (machine.boot / "netrelay-error.txt").read_bytes().decode()
    assert 'on_damage = "start-empty"\r\n' in text
    assert digest(machine.data) == before


@pytest.mark.parametrize(
    ("encoding", "wish"),
    [
        ("utf-8", '[card]\r\non_damage = "start-empty"\r\n'),
        ("utf-16", '[card]\r\non_damage = "start-empty"\r\n'),
        ("utf-8", "card.on_damage='start-empty' # lost anyway\n"),
        ("utf-8", "[card]\n on_damage = \u201cstart-empty\u201d\n"),
    ],
    ids=["utf-8", "utf-16", "single quotes", "curly quotes"],
)
def test_it_is_made_anew_only_when_the_boot_file_says_so(
    machine: Machine, encoding: str, wish: str
) -> None:
    machine.divide()
    good(machine.boots(write_all()))
    damage(machine)
    for text, status in (
        ('#on_damage = "start-empty"', 1),
        ('on_damage = "wait" # or start-empty', 1),
        (wish, 0),
    ):
        (machine.boot / "netrelay.toml").write_bytes(text.encode(encoding))
        done = machine.boots("cat etc/hostname")
        assert done.returncode == status, done.stderr
        assert done.stdout.split()[-1] == "netrelay"
    good(machine.boots("[ -s card/data/system/started-empty ]; [ -d var/lib/netrelay ]"))


def test_a_missing_partition_waits_too(machine: Machine) -> None:
    done = machine.boots()
    assert done.returncode == 1
    assert "is missing" in (machine.boot / "netrelay-error.txt").read_text()


def test_what_e2fsck_can_mend_is_mended(machine: Machine) -> None:
    machine.divide()
    good(machine.boots(write_all()))
    with machine.data.open("r+b") as file:
        file.seek(1024)
        file.write(b"\0" * 1024)
    good(machine.boots("cat etc/hostname"))
    assert good(machine.boots("cat etc/hostname")).split()[-1] == "kept"


def test_a_damaged_file_system_is_set_aside_packed(machine: Machine) -> None:
    machine.divide()
    good(machine.boots(write_all()))
    damage(machine)
    before = digest(machine.data)
    (machine.boot / "netrelay.toml").write_text('[card]\non_damage = "start-empty"\n')
    shown = good(
        machine.boots(
            "stat --format='%a %u' card/data/system/set-aside/partition.zst;"
            "zstd -dc card/data/system/set-aside/partition.zst | sha256sum -b;"
            "ls card/root/var/lib; findmnt --noheadings --output FS-OPTIONS card/root"
        )
    )
    lines = shown.splitlines()
    mode, unpacked, options = lines[-3:]
    assert mode == "600 0"
    assert unpacked.encode() + b"\n" == before
    assert options.startswith("ro"), "nothing is left on the root, and it is closed"
    shown = good(machine.boots("cat card/data/system/started-empty"))
    assert "; what was there is packed in /card/data/system/set-aside" in shown
    good(machine.boots("[ -s card/data/system/set-aside/partition.zst ]"))


def test_what_does_not_fit_is_given_up_and_said(machine: Machine) -> None:
    machine.divide()
    with machine.data.open("r+b") as file:
        file.write(os.urandom(64 << 20))
    (machine.boot / "netrelay.toml").write_text('[card]\non_damage = "start-empty"\n')
    done = machine.boots("ls card/root/var/lib card/data/system")
    good(done)
    assert "does not fit" in done.stderr
    assert "is given up" in done.stdout
    assert "set-aside" not in done.stdout.splitlines()[-1]


def test_power_may_go_while_a_partition_is_set_aside(machine: Machine) -> None:
    machine.divide()
    good(machine.boots(write_all()))
    damage(machine)
    before = digest(machine.data)
    (machine.boot / "netrelay.toml").write_text('[card]\non_damage = "start-empty"\n')
    shims = machine.folder / "shims"
    shims.mkdir()
    kept = shutil.copy(machine.data, machine.folder / "damaged")
    root = shutil.copy(machine.root, machine.folder / "root.before")
    cuts = 0
    for name in ("cp", "mv", "sync", "rm"):
        # Called more than once: the power goes where what is set aside is among the words.
        shim = shims / name
        program = shutil.which(name, path=PATH)
        shim.write_text(
            f'#!/bin/sh\ncase $* in *set-aside*) kill -9 "$PPID";; esac\n{program} "$@"\n'
        )
        shim.chmod(0o755)
        shutil.copy(kept, machine.data)
        shutil.copy(root, machine.root)
        first = machine.boots("", f"export CUT_SHIMS={shims}")
        cuts += first.returncode == 128 + signal.SIGKILL
        shim.unlink()
        shown = good(
            machine.boots("zstd -dc card/data/system/set-aside/partition.zst | sha256sum -b")
        )
        assert shown.splitlines()[-1].encode() + b"\n" == before, name
    assert cuts >= 2


def test_a_card_that_is_too_small_is_told_on_its_boot_partition(machine: Machine) -> None:
    done = machine.boots("", "echo 'the card is too small: 60 MiB' >card/too-small")
    assert done.returncode == 1
    text = (machine.boot / "netrelay-error.txt").read_bytes().decode()
    assert "does not start: the card is too small: 60 MiB.\r\n" in text
    assert "a card of 4 GB or more" in text
    assert "start-empty" not in text


def test_what_a_killed_command_started_ends_with_it_and_the_root_can_be_closed(
    machine: Machine,
) -> None:
    machine.divide()
    shown = good(
        machine.boots(
            "usr/lib/netrelay-card/open-root /bin/sh -c"
            ' \'setsid /bin/sh -c "echo begun >card/root/usr/file; exec sleep 4711" &'
            " while ! [ -s card/root/usr/file ]; do sleep 0.05; done; touch card/begun; wait' &\n"
            "while ! [ -e card/begun ]; do sleep 0.05; done;"
            "kill -9 $!; wait $! || :; while pgrep -f '^sleep 4711'; do sleep 0.05; done;"
            "usr/lib/netrelay-card/open-root --close;"
            "findmnt --noheadings --output FS-OPTIONS card/root"
        )
    )
    assert shown.splitlines()[-1].startswith("ro")
