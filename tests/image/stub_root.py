"""A root with stubs in it, in which the stage and the export of pi-gen run."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.house.source_tree import CHECKOUT

STAGE = CHECKOUT / "image" / "pi-gen-config" / "stage-netrelay"
FAKE = CHECKOUT / "tests" / "image" / "fake_chroot.bash"
TOOLS = ("bash", "cat", "cut", "getent", "rm")
STUBS = ("apt-get", "dpkg", "dpkg-query", "passwd", "systemctl", "useradd", "usermod")
# Every package that dpkg-query is asked for, after its two options, is there.
ANSWER = 'for package in "${@:3}"; do echo -n "$package=installed "; done\n'
FSTAB = """\
LABEL=rootfs	/	ext4	noatime,errors=remount-ro	0	1
LABEL=bootfs	/boot/firmware	vfat	noatime	0	2
/dev/mmcblk0p9	none	swap	sw	0	0
"""


def can_chroot() -> bool:
    """Return whether a root can be entered in a user namespace here."""
    command = ["unshare", "--map-root-user", "chroot", "/", "/bin/true"]
    return bool(shutil.which("unshare")) and subprocess.run(command, check=False).returncode == 0


def libraries(program: str) -> set[Path]:
    """Return the shared libraries of a program, by the paths that ld.so uses."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
    return {Path(path) for path in re.findall(r"(/\S+)", listing.stdout)}


def make_tools(folder: Path, more: tuple[str, ...] = ()) -> None:
    """Lay tools, their libraries and stubs; more: names of further tools."""
    tools = (*TOOLS, *more)
    for name in tools:
        program = shutil.which(name)
        assert program is not None
        for path in {Path(program), *libraries(program)}:
            target = folder / path.resolve().relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path.resolve(), target)
    for name in ("bin", "lib", "lib64", "sbin"):
        (folder / name).symlink_to(f"usr/{name}")
    # Names of libraries are links; ld.so looks them up by those.
    for path in {library for name in tools for library in libraries(shutil.which(name) or name)}:
        target = folder / "usr" / path.relative_to("/").as_posix().removeprefix("usr/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy2(path.resolve(), target)
    # A plain file does for what only writes to it; a device needs root.
    (folder / "dev").mkdir()
    (folder / "dev/null").touch()
    (folder / "usr/sbin").mkdir(exist_ok=True)
    for name in STUBS:
        stub = folder / "usr/sbin" / name
        answer = ANSWER if name == "dpkg-query" else ""
        stub.write_text(f'#!/bin/bash\necho "{name} $*" >>/calls\n{answer}')
        stub.chmod(0o755)


def make_root(root: Path) -> None:
    """Make what a stage finds of a Debian or Raspberry Pi OS."""
    for name in ("etc", "boot/firmware", "var/log", "var/lib/netrelay", "usr/lib/systemd/system"):
        (root / name).mkdir(parents=True)
    (root / "etc/fstab").write_text(FSTAB)
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/bash\npi:x:1000:1000::/home/pi:\n")
    (root / "etc/group").write_text("root:x:0:\nsudo:x:27:\nnetrelay:x:990:\n")
    (root / "etc/nsswitch.conf").write_text(
        "passwd: files\ngroup: files\nhosts: files mdns4_minimal [NOTFOUND=return] dns\n"
    )
    (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True)
    options = "force-unsafe-io\npath-exclude=/usr/share/doc/*\n"
    (root / "etc/dpkg/dpkg.cfg.d/99mmdebstrap").write_text(options)
    (root / "etc/ssh").mkdir()
    (root / "etc/ssh/ssh_host_ed25519_key").write_text("secret")
    (root / "var/log/bootstrap.log").write_text("made here")
    (root / "boot/firmware/cmdline.txt").write_text("console=tty1 root=ROOTDEV rootwait resize\n")
    for name in ("NetworkManager.service", "apt-daily.timer", "rpi-resize.service"):
        (root / "usr/lib/systemd/system" / name).write_text("[Unit]\n")
