"""Limits by control groups: processor time of processes, and rates of block devices.

Both versions of control groups are known; of version 2 the ones that systemd mounts.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.full.guard import undone
from bench.pair.errors import Unavailable

# Short, so that a limited process does not stand still for long: 1 ms is the kernel's least quota.
_PERIOD_US = 10_000
_LEAST_QUOTA_US = 1_000


class DeviceRate(NamedTuple):
    """Limits of a block device for one second."""

    write_bytes: int
    writes: int
    read_bytes: int
    reads: int


@contextmanager
def processor_quota(names: Sequence[str], share: float) -> Iterator[list[tuple[str, ...]]]:
    """Yield, for each name, words to put before a command: its processes share so much of a core.

    Unavailable without a control group that can do it.
    """
    parent, version = _controller("cpu")
    quota_us = max(_LEAST_QUOTA_US, round(share * _PERIOD_US))
    groups = [parent / f"netrelay-bench-{os.getpid()}-{name}" for name in names]
    with ExitStack() as stack:
        stack.enter_context(undone([str(group) for group in groups]))
        words: list[tuple[str, ...]] = []
        for number, group in enumerate(groups):
            try:
                group.mkdir()
                if version == 2:
                    (group / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}")
                else:
                    (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
                    (group / "cpu.cfs_quota_us").write_text(str(quota_us))
            except OSError as error:
                raise Unavailable(f"{group}: {error.strerror}") from error
            core = sorted(os.sched_getaffinity(0))[number % len(os.sched_getaffinity(0))]
            script = f'echo $$ > "$0"/cgroup.procs && exec taskset --cpu-list {core} "$@"'
            words.append(("sh", "-c", script, str(group)))
        yield words


@contextmanager
def device_rates(devices: Sequence[str], rate: DeviceRate) -> Iterator[None]:
    """Limit block devices (`major:minor`) until the block ends; Unavailable if nothing can."""
    parent, version = _controller("blkio", "io")
    if version == 2:
        with _version_2_rates(parent, devices, rate):
            yield
        return
    limits = {
        "write_bps_device": rate.write_bytes,
        "write_iops_device": rate.writes,
        "read_bps_device": rate.read_bytes,
        "read_iops_device": rate.reads,
    }
    # In version 1 what is written back from the page cache belongs to the root group, in which
    # this process is too.
    files = {parent / f"blkio.throttle.{name}": limit for name, limit in limits.items()}
    with undone([f"{file}={device} 0" for file in files for device in devices]):
        for file, limit in files.items():
            for device in devices:
                _write(file, f"{device} {limit}")
        yield


@contextmanager
def _version_2_rates(parent: Path, devices: Sequence[str], rate: DeviceRate) -> Iterator[None]:
    group = parent / f"netrelay-bench-{os.getpid()}-card"
    former = Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
    with undone([str(group)]):
        group.mkdir()
        for device in devices:
            _write(
                group / "io.max",
                f"{device} wbps={rate.write_bytes} wiops={rate.writes}"
                f" rbps={rate.read_bytes} riops={rate.reads}",
            )
        # All that is started from now on is in the group.
        _write(group / "cgroup.procs", str(os.getpid()))
        try:
            yield
        finally:
            _write(parent / former / "cgroup.procs", str(os.getpid()))


def _controller(*names: str) -> tuple[Path, int]:
    """Return the folder below which groups with a controller can be made, and its version."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, folder, kind, options = line.split()[:4]
        if kind == "cgroup" and set(names) & set(options.split(",")):
            return Path(folder), 1
        if kind == "cgroup2":
            found = set(names) & set((Path(folder) / "cgroup.controllers").read_text().split())
            if found:
                _write(Path(folder) / "cgroup.subtree_control", f"+{found.pop()}")
                return Path(folder), 2
    raise Unavailable(f"no control groups with {' or '.join(names)} are mounted")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise Unavailable(f"{file}: {error.strerror}") from error
