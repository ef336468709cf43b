"""The stage, run under the variables and helpers that pi-gen gives, on a root with stubs in it."""

import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.source_tree import CHECKOUT
from tests.image.stub_root import FAKE, STAGE, can_chroot, make_root, make_tools


class Built(NamedTuple):
    """A root after the stage, and the calls of what was stubbed."""

    root: Path
    calls: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Run the whole stage once."""
    if not can_chroot():
        pytest.skip("no user namespace can be made here, so nothing can be entered as a root")
    folder = tmp_path_factory.mktemp("stage")
    root, tools, deb = folder / "root", folder / "tools", folder / "netrelay.deb"
    tools.mkdir()
    make_tools(tools)
    make_root(root)
    deb.write_bytes(b"package")
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "ON_CHROOT": str(FAKE),
        "FAKE_CHROOT_TOOLS": str(tools),
        "NETRELAY_DEB": str(deb),
    }
    command = [CHECKOUT / "image" / "run-stage", STAGE, root]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(root, (root / "calls").read_text().splitlines())


def test_the_package_is_installed_from_its_file_and_does_not_stay(built: Built) -> None:
    unpacked = built.calls.index("dpkg --unpack /var/cache/netrelay/netrelay.deb")
    assert built.calls.index("dpkg --configure netrelay") > unpacked
    assert not (built.root / "var/cache/netrelay").exists()


def test_nothing_is_fetched_while_all_packages_are_there(built: Built) -> None:
    assert [call for call in built.calls if call.startswith("apt-get")] == []


@pytest.mark.parametrize(
    "unit",
    [
        "netrelay.target",
        "card-first-boot.service",
        "card-state.timer",
        "card-name.timer",
        "card-grow.service",
        "card-folders.service",
        "card-host-keys.service",
        "ssh.service",
    ],
)
def test_what_a_node_needs_is_enabled(built: Built, unit: str) -> None:
    enabled = {word for call in built.calls if "systemctl enable" in call for word in call.split()}
    assert unit in enabled


def test_what_raspberry_pi_os_does_otherwise_is_turned_off(built: Built) -> None:
    assert "systemctl mask NetworkManager.service" in built.calls
    assert "systemctl disable apt-daily.timer" in built.calls
    assert "systemctl disable rpi-resize.service" in built.calls
    cmdline = (built.root / "boot/firmware/cmdline.txt").read_text()
    assert cmdline == "console=tty1 root=ROOTDEV rootwait\n"


def test_names_in_local_have_ipv6_addresses_too(built: Built) -> None:
    assert "hosts: files mdns_minimal [" in (built.root / "etc/nsswitch.conf").read_text()


def test_nobody_has_a_password(built: Built) -> None:
    assert {"passwd --lock --quiet pi", "passwd --lock --quiet root"} <= set(built.calls)
    assert "usermod --append --groups netrelay pi" in built.calls
    assert not any(call.startswith("useradd") for call in built.calls)


def test_nothing_of_one_machine_stays(built: Built) -> None:
    assert (built.root / "etc/machine-id").read_bytes() == b""
    assert not (built.root / "etc/ssh/ssh_host_ed25519_key").exists()
    assert not (built.root / "var/log/bootstrap.log").exists()


def test_nothing_but_root_and_boot_partition_is_in_fstab(built: Built) -> None:
    lines = [line.split() for line in (built.root / "etc/fstab").read_text().splitlines()]
    assert [line[1] for line in lines] == ["/", "/boot/firmware"]


def test_the_initrd_closes_the_root(built: Built) -> None:
    scripts = built.root / "etc/initramfs-tools/scripts"
    for folder in ("init-premount", "init-bottom"):
        assert stat.S_IMODE((scripts / folder / "netrelay-root").stat().st_mode) == 0o755
    assert (built.root / "card").is_dir()


def test_an_update_flushes_its_files(built: Built) -> None:
    options = (built.root / "etc/dpkg/dpkg.cfg.d/99mmdebstrap").read_text().split()
    assert options == ["path-exclude=/usr/share/doc/*"]


def test_files_have_the_modes_that_readers_demand(built: Built) -> None:
    def mode(path: str) -> int:
        return stat.S_IMODE((built.root / path).stat().st_mode)

    assert mode("etc/sudoers.d/010_netrelay-card") == 0o440
    assert mode("usr/lib/netrelay-card/grow") == 0o755
    assert mode("etc/ssh/sshd_config.d/10-netrelay.conf") == 0o644


def test_a_second_run_changes_nothing_but_the_calls(built: Built) -> None:
    before = (built.root / "etc/fstab").read_text()
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "STAGE_DIR": str(STAGE)}
    environment["ROOTFS_DIR"] = str(built.root)
    sub_stage = STAGE / "02-card-care"
    subprocess.run([sub_stage / "00-run.sh"], cwd=sub_stage, env=environment, check=True)
    assert (built.root / "etc/fstab").read_text() == before
