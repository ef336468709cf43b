"""A hub whose exporter and lander kill themselves at given points, or lack a step.

    python -m tests.landed.trapped_hub up --home DIR

A trap is a file in <home>.traps, named after its point; it works once. A file named after a fault
stays, and the step is missing as long as the node runs. The product has no code for either.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.cli.commands import up
from netrelay.core.words import LANDER
from netrelay.landing import object_upload
from netrelay.processes.exporter import Exporter
from netrelay.runtime.home import Home
from netrelay.supervise.supervisor import Pace, Supervisor
from tests.story.trapped_node import resolve, traps_folder


class Point(NamedTuple):
    """A point: process, function, whether before or after it, and at which of its calls."""

    process: str
    target: str
    is_before: bool
    passage: int


POINTS = {
    "complete, before it is owed to the store": Point(
        "exporter", "netrelay.processes.exporter:owe_landings", True, 2
    ),
    "owed to the store, before the commit": Point(
        "exporter", "netrelay.processes.exporter:owe_landings", False, 3
    ),
    "sent to the store, before its answer": Point(
        LANDER, "netrelay.landing.s3_store:S3Store._read", True, 7
    ),
    "acknowledged by the store, before it is noted": Point(
        LANDER, "netrelay.processes.lander:note_landed", True, 3
    ),
    "noted, before the commit": Point(LANDER, "netrelay.processes.lander:note_landed", False, 4),
    "in the middle of the parts": Point(
        LANDER, "netrelay.landing.object_upload:_put_part", True, 2
    ),
    "all parts are there, before they are completed": Point(
        LANDER, "netrelay.landing.object_upload:_complete", True, 1
    ),
    "completed, before it is known": Point(
        LANDER, "netrelay.landing.object_upload:_complete", False, 1
    ),
    "landed, before it is reported": Point(
        "exporter", "netrelay.processes.exporter:Exporter._report", True, 2
    ),
    "reported, before the commit": Point(
        "exporter", "netrelay.processes.exporter:Exporter._report", False, 3
    ),
}


def _leave_out_the_store() -> None:
    """Report what is complete as if it had landed."""
    setattr(Exporter, "_landed", lambda _, ready: ready)  # noqa: B010 -- mypy


def _leave_out_the_condition() -> None:
    """Put whatever there is under the key."""
    vars(object_upload)["_ABSENT"] = {}


FAULTS: dict[str, Callable[[], None]] = {
    "receipt before put": _leave_out_the_store,
    "put without condition": _leave_out_the_condition,
}


def set_trap(home: Path, name: str) -> None:
    """Set the trap of a point, or a fault."""
    folder = traps_folder(home)
    folder.mkdir(exist_ok=True)
    (folder / name).touch()


def traps_left(home: Path) -> list[str]:
    """Return the points at which nobody was killed yet."""
    return sorted(path.name for path in traps_folder(home).iterdir())


def _wrapped(point: Point, path: Path, function: Callable[..., Any]) -> Callable[..., Any]:
    passages = 0

    def spring_if_due() -> None:
        nonlocal passages
        passages += 1
        if passages >= point.passage and path.exists():
            path.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    @wraps(function)
    def trapped(*arguments: Any, **named: Any) -> Any:
        if point.is_before:
            spring_if_due()
        result = function(*arguments, **named)
        if not point.is_before:
            spring_if_due()
        return result

    return trapped


def _work(process: str, home: Home) -> Callable[[], int]:
    folder = traps_folder(home.path)

    def work() -> int:
        for name, fault in FAULTS.items():
            if (folder / name).exists():
                fault()
        for name, point in POINTS.items():
            if point.process == process:
                owner, attribute, function = resolve(point.target)
                setattr(owner, attribute, _wrapped(point, folder / name, function))
        return up.process_work(process, home)()

    return work


def main() -> int:
    """Run a node."""
    for point in POINTS.values():
        resolve(point.target)  # fail here, not in a process
    vars(up)["Supervisor"] = partial(Supervisor, pace=Pace(settled_s=0.0))
    return up.main([], Home(Path(sys.argv[sys.argv.index("--home") + 1])), _work)


if __name__ == "__main__":
    sys.exit(main())
