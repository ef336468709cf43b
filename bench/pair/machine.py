"""This machine in words."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Return a description of this machine in one line."""
    found = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    processor = found[0].partition(":")[2].strip() if found else platform.machine()
    return (
        f"{os.cpu_count()} x {processor}, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}"
    )
