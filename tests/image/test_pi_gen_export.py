"""The export of pi-gen works on a root that the stage has made.

Its steps run against stubs: apt-get is as strict as apt about package lists and the resolver.
NETRELAY_PI_GEN names a checkout of pi-gen, whose steps are run; without it, short copies of them.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source_tree import CHECKOUT
from tests.image.stub_root import FAKE, STAGE, can_chroot, make_root, make_tools

EXPORT = CHECKOUT / "tests/image/pi_gen_export.bash"
# The steps that come before the image is closed; the others need loop devices.
STEPS = ("01-user-rename", "02-set-sources", "03-network")
COPIES = {
    "01-user-rename/00-packages": "userconf-pi\n",
    "01-user-rename/01-run.sh": "on_chroot <<EOF\nrename-user -f -s\nEOF\n",
    "02-set-sources/01-run.sh": (
        'find "${ROOTFS_DIR}/var/lib/apt/lists/" -type f -delete\n'
        "on_chroot <<EOF\napt-get update\napt-get -y dist-upgrade\nEOF\n"
    ),
    "03-network/01-run.sh": 'install -m 644 files/resolv.conf "${ROOTFS_DIR}/etc/"\n',
    "03-network/files/resolv.conf": "nameserver 192.0.2.1\n",
}
APT_GET = """\
#!/bin/bash
echo "apt-get $*" >>/calls
resolver=$(cat /etc/resolv.conf 2>/dev/null) || true
if [[ $resolver != *nameserver* ]]; then
    echo "Temporary failure resolving the mirror" >&2
    exit 100
fi
case " $* " in
    *" update "*) echo "a list" >/var/lib/apt/lists/mirror_Packages ;;
    *" install "*)
        if [ ! -f /var/lib/apt/lists/mirror_Packages ]; then
            echo "E: Unable to locate package" >&2
            exit 100
        fi ;;
esac
case " $* " in
    # What the package does with it when it is installed.
    *" systemd-resolved "*) ln -sfn ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf ;;
esac
"""
# Only systemd-resolved is not there yet, so the stage installs it.
DPKG_QUERY = """\
#!/bin/bash
for package in "${@:3}"; do
    [ "$package" = systemd-resolved ] || echo -n "$package=installed "
done
"""


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "ON_CHROOT": str(FAKE), **environment}
    return subprocess.run(command, env=plain, capture_output=True, text=True, check=False)


def lay_export(folder: Path) -> None:
    pi_gen = os.environ.get("NETRELAY_PI_GEN")
    for step in STEPS if pi_gen else ():
        shutil.copytree(Path(pi_gen or "") / "export-image" / step, folder / step)
    for name, text in COPIES.items() if not pi_gen else ():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash -e\n{text}" if name.endswith(".sh") else text)
        path.chmod(0o755)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a root as stage2 of pi-gen leaves it, with what the stubs of this test need."""
    if not can_chroot():
        pytest.skip("no user namespace can be made here, so nothing can be entered as a root")
    tools = tmp_path / "tools"
    tools.mkdir()
    make_tools(tools, ("ln",))
    for name, text in (("apt-get", APT_GET), ("dpkg-query", DPKG_QUERY)):
        (tools / "usr/sbin" / name).write_text(text)
    (tools / "usr/sbin/rename-user").write_text('#!/bin/bash\necho "rename-user $*" >>/calls\n')
    (tools / "usr/sbin/rename-user").chmod(0o755)
    made = tmp_path / "root"
    make_root(made)
    (made / "var/lib/apt/lists").mkdir(parents=True)
    (made / "var/lib/apt/lists/mirror_Packages").write_text("a list")
    (made / "etc/resolv.conf").write_text("nameserver 192.0.2.1\n")
    return made


def test_the_export_of_pi_gen_follows_the_stage(root: Path, tmp_path: Path) -> None:
    deb = tmp_path / "netrelay.deb"
    deb.write_bytes(b"package")
    tools = {"FAKE_CHROOT_TOOLS": str(tmp_path / "tools")}
    stage = run(CHECKOUT / "image/run-stage", STAGE, root, NETRELAY_DEB=str(deb), **tools)
    assert stage.returncode == 0, stage.stdout + stage.stderr
    resolver = root / "etc/resolv.conf"
    assert not resolver.is_symlink()
    assert resolver.read_text() == Path("/etc/resolv.conf").read_text()
    lay_export(tmp_path / "export")
    export = run("bash", EXPORT, tmp_path / "export", root, **tools)
    assert export.returncode == 0, export.stdout + export.stderr
    calls = (root / "calls").read_text()
    assert "install -y userconf-pi" in calls
    assert "rename-user -f -s" in calls
    assert not resolver.is_symlink()


def test_what_the_stage_turned_off_stays_off_at_a_first_boot(root: Path, tmp_path: Path) -> None:
    """systemd applies presets when machine-id is "uninitialized", which the export writes."""
    deb = tmp_path / "netrelay.deb"
    deb.write_bytes(b"package")
    tools = {"FAKE_CHROOT_TOOLS": str(tmp_path / "tools")}
    done = run(CHECKOUT / "image/run-stage", STAGE, root, NETRELAY_DEB=str(deb), **tools)
    assert done.returncode == 0, done.stdout + done.stderr
    calls = (root / "calls").read_text().splitlines()
    turned_off = {call.split()[-1] for call in calls if call.startswith("systemctl disable ")}
    preset = root / "usr/lib/systemd/system-preset/10-netrelay-card.preset"
    lines = preset.read_text().splitlines()
    assert turned_off
    assert turned_off <= {line.split()[1] for line in lines if line.startswith("disable ")}
