"""A security archive of one package on a node, in place of Debian's, which no cable leads to."""

from pathlib import Path

from rig.node import Node

PACKAGE = "netrelay-plug"
_SCRIPT = Path(__file__).with_suffix(".sh")
_FILES = "200"


class SecurityArchive:
    """The archive, which has version 2 of the package; the node gets version 1 before."""

    def __init__(self, node: Node) -> None:
        """Bring the script onto the boot partition of the node, which must be off."""
        self._node = node
        node.boot_partition().write(_SCRIPT.name, _SCRIPT.read_bytes())

    def make(self) -> None:
        """Create the archive; it outlasts boots."""
        self._run("make")

    def point_to_it(self) -> None:
        """Make it the archive of this boot."""
        self._run("point")

    def install_old(self) -> None:
        """Install version 1, or version 1 again, in an opening of the root."""
        self._run("old")

    def installed(self) -> str:
        """Return version and state of the package on the root, "" if it is not there."""
        words = "dpkg-query --root=/card/root --show --showformat='${Version} ${Status}'"
        return self._node.ask(f"{words} {PACKAGE} 2>/dev/null")[0]

    def files_agree(self) -> bool:
        """Return True when all files are those of the installed version."""
        version = self.installed().partition(" ")[0]
        counted = f"cut -d' ' -f1 /card/root/usr/share/{PACKAGE}/* | sort | uniq -c"
        return self._node.run(counted).split() == [_FILES, version]

    def _run(self, word: str) -> None:
        log = f"/run/hw-{word}.log"
        script = f"/bin/sh /boot/firmware/{_SCRIPT.name} {word}"
        self._node.run(f"{script} >{log} 2>&1 || {{ tail -n 5 {log}; false; }}", timeout_s=1200)
