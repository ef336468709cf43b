"""A node with traps: `netrelay up`, whose processes kill themselves at given points.

    python -m tests.story.trapped_node up --home DIR    runs the eight with some calls wrapped

A trap is a file in <home>.traps, named after its point, with the homes to record. It works once:
the work in progress is written beside it, the trap is removed, and the process kills itself. A trap
may be set while the process runs. The product has no code for it.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Any

from netrelay.cli.commands import up
from netrelay.runtime.home import Home
from netrelay.supervise.supervisor import Pace, Supervisor
from tests.story.kill_points import POINTS, Point, Seen, When, from_json, look, slug

# Smaller buffers are headers and answers, not parts of a file.
_HALVED_LEAST_BYTES = 32 * 1024


class Sprung:
    """The record of a trap: the unfinished work of the nodes of the transfer."""

    def __init__(self, point: Point, text: str) -> None:
        self.point = point
        written = json.loads(text)
        self.pid: int = written["pid"]
        self.own = from_json(written["seen"][written["own"]])
        self.others = [
            from_json(seen) for name, seen in written["seen"].items() if name != written["own"]
        ]


class Traps:
    """Sets and reads the traps of one node from another process."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = traps_folder(home)
        self._folder.mkdir(exist_ok=True)

    def set(self, where: str, point: Point, homes: Mapping[str, Path]) -> None:
        """Set the trap of a point; homes: the nodes to record, including this one."""
        path = self._folder / slug(where, point)
        made = path.with_suffix(".new")
        made.write_text(json.dumps({name: str(home) for name, home in homes.items()}))
        path.with_suffix(".sprung").unlink(missing_ok=True)
        made.rename(path)

    def sprung(self, where: str, point: Point) -> Sprung | None:
        """Return the record of a trap; None before the kill."""
        path = self._folder / f"{slug(where, point)}.sprung"
        return Sprung(point, path.read_text()) if path.exists() else None


def traps_folder(home: Path) -> Path:
    """Return the folder of a node's traps."""
    return home.with_name(f"{home.name}.traps")


def resolve(target: str) -> tuple[Any, str, Callable[..., Any]]:
    """Return the owner of a target, its name there, and the function; AttributeError if missing."""
    module_name, _, path = target.partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    return owner, name, getattr(owner, name)


class _Trap:
    """One point of this process, for any role of this node."""

    def __init__(self, home: Path, where: str, point: Point) -> None:
        self._home = home
        self._path = traps_folder(home) / slug(where, point)
        self._point = point
        self._passages = 0
        self._seen: dict[str, Seen] = {}

    def is_due(self) -> bool:
        """Return True at the given call, or a later one, with the work in progress.

        Later: if the connection broke during the given call, the call ended before the trap.
        """
        if not self._path.exists():
            return False
        homes = {name: Path(home) for name, home in json.loads(self._path.read_text()).items()}
        self._seen = {name: look(home) for name, home in homes.items()}
        others = [self._seen[name] for name, home in homes.items() if home != self._home]
        if not self._point.work.is_in_hand(self._seen[self._own(homes)], others):
            return False
        self._passages += 1
        return self._passages >= self._point.passage

    def spring(self) -> None:
        """Write the record, remove the trap, and kill this process."""
        homes = {name: Path(home) for name, home in json.loads(self._path.read_text()).items()}
        seen = {name: each._asdict() for name, each in self._seen.items()}
        made = self._path.with_suffix(".new")
        made.write_text(json.dumps({"pid": os.getpid(), "own": self._own(homes), "seen": seen}))
        self._path.unlink()
        made.rename(self._path.with_suffix(".sprung"))
        os.kill(os.getpid(), signal.SIGKILL)

    def _own(self, homes: Mapping[str, Path]) -> str:
        return next(name for name, home in homes.items() if home == self._home)

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function wrapped in this trap."""
        when = self._point.when

        @wraps(function)
        def trapped(*arguments: Any, **named: Any) -> Any:
            if when is When.IN:
                return self._halved(function, arguments)
            if when is When.BEFORE and self.is_due():
                self.spring()
            result = function(*arguments, **named)
            if when is When.AFTER and self.is_due():
                self.spring()
            return result

        return trapped

    def _halved(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        buffer = arguments[-1]
        if len(buffer) < _HALVED_LEAST_BYTES or not self.is_due():
            return function(*arguments)
        half = buffer[: len(buffer) // 2]
        result = function(*arguments[:-1], half)
        if result is None or result == len(half):
            self.spring()
        # Less than half was done: wait for the next call.
        return result


def _set_up(process: str, home: Path) -> None:
    for point in POINTS:
        if point.process == process:
            for where in point.where:
                owner, name, function = resolve(point.target)
                setattr(owner, name, _Trap(home, where, point).wrap(function))


def _trapped_work(process: str, home: Home) -> Callable[[], int]:
    def work() -> int:
        _set_up(process, home.path)
        return up.process_work(process, home)()

    return work


def main() -> int:
    """Run a node."""
    for point in POINTS:
        resolve(point.target)  # fail here, not in eight processes
    # Restart killed processes at once, without backoff.
    vars(up)["Supervisor"] = partial(Supervisor, pace=Pace(settled_s=0.0))
    return up.main([], Home(Path(sys.argv[sys.argv.index("--home") + 1])), _trapped_work)


if __name__ == "__main__":
    sys.exit(main())
