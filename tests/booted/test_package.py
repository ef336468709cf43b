"""The package is installed, upgraded, removed and purged."""

import shutil
import subprocess
from pathlib import Path

import pytest

from netrelay.store.schema import sql_directory
from tests.booted.conftest import MakeMachine, copied
from tests.booted.machine import Machine
from tests.booted.node import HOME, SERVICES, TARGET, BootedNode, BootedPair, expect

KIB = 1024
USR = ("/usr/lib/netrelay", "/usr/bin/netrelay", "/usr/lib/systemd/system/netrelay.target")


def install(machine: Machine, package: Path) -> str:
    """Install the package with apt-get, without a network."""
    shutil.copy(package, machine.root / "root/netrelay.deb")
    return machine.run("apt-get", "--yes", "install", "/root/netrelay.deb")


def later(package: Path, folder: Path) -> Path:
    """Build a package of a later version, which differs in one file."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    version = subprocess.run(
        ["dpkg-deb", "-f", package, "Version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    control.write_text(control.read_text().replace(version, f"{version}+later"))
    (said,) = tree.glob("usr/lib/netrelay/lib/python*/site-packages/netrelay/__init__.py")
    said.write_text(said.read_text().replace('__version__ = "', '__version__ = "later-than-'))
    made = folder / "later.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, made],
        check=True,
        capture_output=True,
    )
    return made


def left_in(root: Path) -> list[str]:
    """Return the files of the package that are still in a root folder."""
    lines = subprocess.run(
        ["find", root / "usr", root / "etc", root / "var/lib", "-name", "*netrelay*"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return sorted(line.removeprefix(str(root)) for line in lines)


def test_without_a_node_it_waits_and_leaves_nothing_behind(
    base: Path, package: Path, make_machine: MakeMachine
) -> None:
    machine = make_machine(base, "empty")
    machine.boot()
    assert "sudo netrelay init NAME" in install(machine, package)
    assert machine.property_of(TARGET, "UnitFileState") == "enabled"
    assert machine.run("systemctl", "list-units", "--failed", "--no-legend") == ""
    for unit in SERVICES:
        assert machine.property_of(unit, "ActiveState") == "inactive", unit
        assert machine.property_of(unit, "ConditionResult") == "no", unit
    machine.run("apt-get", "--yes", "purge", "netrelay")
    # The state files of deb-systemd-helper are not ours.
    assert left_in(machine.root) == []
    assert not (machine.root / "run/netrelay").exists()


def test_an_upgrade_with_queued_files_loses_nothing(
    pair: BootedPair, package: Path, tmp_path: Path
) -> None:
    shelf, boat = pair
    boat.machine.run("systemctl", "stop", TARGET)
    bodies = {f"queued-{number}": bytes([number]) * 40 * KIB for number in range(5)}
    for name, body in bodies.items():
        shelf.drop("boat", name, body)
    shelf.machine.wait_for(
        "the claims", lambda: not any((shelf.home / "drop/boat").glob("queued-*"))
    )
    before = {unit: shelf.machine.main_pid(unit) for unit in SERVICES}
    # As an earlier version made it: the units may not change it.
    (shelf.home / "drop/boat").chmod(0o2775)
    install(shelf.machine, later(package, tmp_path))
    shelf.wait_until_ready()
    assert (shelf.home / "drop/boat").stat().st_mode & 0o7777 == 0o3775
    after = {unit: shelf.machine.main_pid(unit) for unit in SERVICES}
    assert [unit for unit in SERVICES if after[unit] in (0, before[unit])] == []
    assert "later-than-" in shelf.type("--version")
    boat.machine.run("systemctl", "start", TARGET)
    boat.wait_until_ready()
    for name, body in bodies.items():
        expect(shelf, boat, name, body)


def test_an_upgrade_starts_nothing_that_a_person_stopped(
    pair: BootedPair, package: Path, tmp_path: Path
) -> None:
    boat = pair.boat
    boat.machine.run("systemctl", "stop", TARGET)
    install(boat.machine, later(package, tmp_path))
    assert len(boat.not_running()) == len(SERVICES)
    boat.machine.run("systemctl", "start", TARGET)
    boat.wait_until_ready()


def test_a_removal_and_a_purge_keep_the_node(
    base: Path, package: Path, make_machine: MakeMachine
) -> None:
    node = BootedNode(make_machine(base, "kept"), "127.0.0.1")
    machine = node.machine
    machine.boot()
    install(machine, package)
    node.begin()
    arrived = node.home / "inbox/boat/photo.jpg"
    arrived.parent.mkdir()
    arrived.write_bytes(b"the only copy")
    who = node.type("id")

    machine.run("apt-get", "--yes", "remove", "netrelay")
    assert [path for path in USR if (machine.root / path.lstrip("/")).exists()] == []
    assert arrived.read_bytes() == b"the only copy"
    assert machine.run("systemctl", "list-units", "--failed", "--no-legend") == ""
    # find exits with 1 if a process ends meanwhile.
    of_node = ("find", "/proc", "-maxdepth", "1", "-user", "netrelay")
    assert machine.run(*of_node, allowed=(0, 1)) == ""

    install(machine, package)
    node.wait_until_ready()
    assert node.type("id") == who

    said = machine.run("apt-get", "--yes", "purge", "netrelay")
    assert f"{HOME} is kept" in said
    assert f"rm -r {HOME}" in said
    assert arrived.read_bytes() == b"the only copy"


def test_lintian_finds_nothing(package: Path) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed (Debian: lintian)")
    said = subprocess.run(
        ["lintian", "--allow-root", "--tag-display-limit", "0", package],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert "E:" not in said.stdout
    assert "W:" not in said.stdout


def test_every_sql_file_is_in_the_package(package: Path) -> None:
    listed = subprocess.run(
        ["dpkg-deb", "--contents", package], check=True, capture_output=True, text=True
    ).stdout
    folder = sql_directory()
    for path in (*folder.glob("*.sql"), *folder.glob("*.txt"), *folder.glob("migrations/*.sql")):
        assert f"/site-packages/netrelay/sql/{path.relative_to(folder)}\n" in listed, path


def test_the_scripts_of_a_chroot_need_no_systemd(base: Path, package: Path) -> None:
    with copied(base) as root:
        shutil.copy(package, root / "root/netrelay.deb")
        for words in (["dpkg", "-i", "/root/netrelay.deb"], ["dpkg", "--purge", "netrelay"]):
            subprocess.run(
                ["chroot", root, *words],
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                check=True,
                capture_output=True,
            )
        assert left_in(root) == []
