"""Files on several ways at once: from many nodes to one, or in both directions."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from inotify_simple import INotify, flags

from bench.pair.errors import BenchError
from bench.pair.load import Load, make_files
from bench.pair.nodes import BenchNode
from bench.pair.waiting import Deadline


class Lane(NamedTuple):
    """A way from one node to another that is its peer; made: where its files are made."""

    source: BenchNode
    destination: BenchNode
    made: Path

    @property
    def drop(self) -> Path:
        """The drop folder of the source for the destination."""
        return self.source.home.drop / self.destination.name

    @property
    def inbox(self) -> Path:
        """The folder of the destination for files of the source."""
        return self.destination.home.inbox / self.source.name

    def clear(self) -> None:
        """Remove the files that were sent and that arrived."""
        for folder in (self.inbox, self.source.home.sent / self.destination.name):
            for entry in folder.iterdir() if folder.is_dir() else ():
                entry.unlink(missing_ok=True)
        shutil.rmtree(self.made, ignore_errors=True)


class LaneTimes(NamedTuple):
    """When the files of each lane arrived, in seconds after the first was dropped."""

    lanes: list[list[float]]

    @property
    def took_s(self) -> float:
        """When the last file of all arrived."""
        return max(times[-1] for times in self.lanes)

    @property
    def least_share(self) -> float:
        """Files of the slowest lane when the first lane was complete, divided by the mean."""
        first_done_s = min(times[-1] for times in self.lanes)
        counts = [sum(at_s <= first_done_s for at_s in times) for times in self.lanes]
        return min(counts) * len(counts) / sum(counts)


def send_on(lanes: Sequence[Lane], load: Load, deadline: Deadline) -> LaneTimes:
    """Drop the files of a load on each lane, all at once; return when they arrived.

    All nodes are idle again, and the files removed, when it returns.
    """
    try:
        return _send_on(lanes, load, deadline)
    finally:
        for lane in lanes:
            lane.clear()


def _send_on(lanes: Sequence[Lane], load: Load, deadline: Deadline) -> LaneTimes:
    inotify = INotify()
    try:
        watched = {}
        files = []
        for number, lane in enumerate(lanes):
            made = sorted(make_files(lane.made, load, f"{load.name}-").iterdir())
            files.append([(file, lane.drop / file.name) for file in made])
            lane.inbox.mkdir(exist_ok=True)
            watched[inotify.add_watch(str(lane.inbox), flags.CREATE | flags.MOVED_TO)] = number
        arrived: list[list[float]] = [[] for _ in lanes]
        begin_s = time.monotonic()
        # One of each lane after the other, so that none has a head start.
        for turn in zip(*files, strict=True):
            for file, dropped in turn:
                file.rename(dropped)
        limit_s = deadline.left_s()
        while any(len(times) < load.files for times in arrived):
            left_s = begin_s + limit_s - time.monotonic()
            if left_s <= 0:
                deadline.left_s()
                told = ", ".join(f"{len(times)} of {load.files}" for times in arrived)
                raise BenchError(f"after {limit_s:.0f} s these files are in the inboxes: {told}")
            for event in inotify.read(timeout=int(left_s * 1000) + 1):
                arrived[watched[event.wd]].append(time.monotonic() - begin_s)
        nodes = {node.name: node for lane in lanes for node in (lane.source, lane.destination)}
        deadline.wait(
            "the nodes to idle", lambda: not any(node.open_files() for node in nodes.values())
        )
        return LaneTimes(arrived)
    finally:
        inotify.close()
