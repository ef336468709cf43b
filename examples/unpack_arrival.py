#!/usr/bin/python3
"""post_receive: unpack archives that arrive, into HOME/unpacked/SOURCE/JOB.

An archive is content from outside. Nothing is written outside its own folder: tarfile's data filter
refuses such names, links and devices, zipfile removes what leads out. Size and number of entries
are bounded before anything is written. The folder appears complete or not at all.
"""

import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

MOST_BYTES = 4 << 30
MOST_ENTRIES = 20_000


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into an empty folder; ValueError if it is too large."""
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as packed:
            check_size([entry.file_size for entry in packed.infolist()])
            packed.extractall(folder)  # noqa: S202 -- bounded, and zipfile keeps it inside
        return
    with tarfile.open(archive) as packed_tar:
        sizes: list[int] = []
        for entry in packed_tar:
            sizes.append(entry.size)
            check_size(sizes)
        packed_tar.extractall(folder, filter="data")
        # To the end, where gzip and xz have their checksums.
        while packed_tar.fileobj is not None and packed_tar.fileobj.read(1 << 20):
            pass


def check_size(sizes: list[int]) -> None:
    """Raise ValueError if there are too many entries or bytes."""
    if len(sizes) > MOST_ENTRIES or sum(sizes) > MOST_BYTES:
        raise ValueError(f"more than {MOST_ENTRIES} entries, or {MOST_BYTES} bytes")


def main() -> None:
    """Unpack what NETRELAY_PATH names, if it is an archive."""
    archive = Path(os.environ["NETRELAY_PATH"])
    if os.environ["NETRELAY_KIND"] != "file" or not archive.name.lower().endswith(
        (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz")
    ):
        return
    if not hasattr(tarfile, "data_filter"):
        sys.exit("this Python has no tarfile.data_filter (3.11.4 or newer has it)")
    folder = Path(os.environ["NETRELAY_HOME"], "unpacked", os.environ["NETRELAY_SOURCE"])
    complete = folder / os.environ["NETRELAY_JOB"]
    partial = folder / f".{complete.name}.part"
    if complete.exists():  # an earlier run was interrupted after its last step
        return
    # Remains of an interrupted run.
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        unpack(archive, partial)
    except Exception as error:  # the libraries raise more than they list, for a damaged archive
        shutil.rmtree(partial)
        sys.exit(f"{archive.name}: {' '.join(str(error).split())}")
    partial.rename(complete)


main()
