"""A made image, taken apart without mounting: mtools reads the boot partition, debugfs the root."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.house.source_tree import CHECKOUT

SECTOR_BYTES = 512
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}
TOOLS = ("sfdisk", "debugfs", "mtype", "e2fsck")


def find_image(variable: str, pattern: str) -> Path | str:
    """Give the image that a variable names, or the newest of build/image; why there is none."""
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=ENVIRONMENT["PATH"])]
    if missing:
        return f"{', '.join(missing)} not found"
    named = os.environ.get(variable)
    built = sorted(
        (CHECKOUT / "build" / "image").glob(pattern), key=lambda path: path.stat().st_mtime
    )
    if not named and not built:
        return f"there is no such image yet: make image, or {variable} names one"
    return Path(named) if named else built[-1]


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
