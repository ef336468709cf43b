"""`make power-cuts`: many images, one line each; images in the results file are skipped.

    python -m tests.crash.campaign --role relay --images 60 [--seed 1] [--first 0]
                                   [--fault synchronous-normal] [--results FILE]

With a fault the campaign has to find a broken promise: status 0 at the first one, 1 without any.
Without a fault: status 0 if all images kept every promise, 1 otherwise.
"""

import argparse
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from netrelay.core.exit_status import Exit
from tests.cli.command_line import CHECKOUT
from tests.crash.faults import FAULTS
from tests.crash.power_cuts import QUIET, ROLES, PoweredRow, Result, plan, powered_row
from tests.crash.powered_disk import missing

_SHOWN = 3


def main() -> int:
    """Make the images that are not in the results file; return the exit status."""
    options = _parser().parse_args()
    why = missing()
    if why is not None:
        print(f"no power cuts here: {why}", file=sys.stderr)
        return Exit.UNAVAILABLE
    results = _Results(options.results, options.role, options.seed, options.fault)
    numbers = range(options.first, options.first + options.images)
    print(f"power cuts at the {options.role}, seed {options.seed}, commit {_commit()}", flush=True)
    began_s = time.monotonic()
    _make([number for number in numbers if number not in results.made], options, results)
    bad = [number for number in numbers if results.made.get(number)]
    done = [number for number in numbers if number in results.made]
    print(
        f"{len(done)} images, {len(bad)} with broken promises{f' {bad}' if bad else ''},"
        f" {time.monotonic() - began_s:.0f} s"
    )
    if options.fault is not None:
        return 0 if bad else 1
    return 1 if bad or len(done) < len(numbers) else 0


def _make(numbers: list[int], options: argparse.Namespace, results: "_Results") -> None:
    """Make images with one set of nodes until a promise is broken, then with another set."""
    while numbers:
        with ExitStack() as stack:
            row: PoweredRow = stack.enter_context(powered_row(options.role, options.fault))
            while numbers:
                result = row.make_image(plan(options.role, options.seed, numbers.pop(0)))
                results.add(result)
                _show(result)
                if result.faults:
                    if options.fault is not None and not options.all:
                        return
                    break


def _show(result: Result) -> None:
    at = result.plan
    cuts = " ".join(
        f"[{cut.unflushed} unflushed: {cut.kept} kept {cut.torn} torn {cut.lost} lost]"
        for cut in result.cuts
    )
    moment = (
        "when all was done" if at.what == QUIET else f"{at.moment.value} {at.what} at {at.at:.0%}"
    )
    verdict = "BROKEN" if result.faults else "kept"
    print(
        f"{at.number:4} {verdict:6} {moment} {cuts}"
        f" given {result.given} told {result.told} received {result.received}"
        f"{f' repaired {result.repairs}' if result.repairs else ''} {result.took_s:.1f} s",
        *(f"       {fault}" for fault in result.faults[:_SHOWN]),
        *([f"       and {len(result.faults) - _SHOWN} more"] * (len(result.faults) > _SHOWN)),
        sep="\n",
        flush=True,
    )


class _Results:
    """The results file, one JSON object per line; `made`: True for images with faults."""

    def __init__(self, path: Path | None, role: str, seed: int, fault: str | None) -> None:
        self._path = path
        self._key = {"role": role, "seed": seed, "fault": fault, "commit": _commit()}
        self.made: dict[int, bool] = {}
        if path is not None and path.exists():
            for line in path.read_text().splitlines():
                said = json.loads(line)
                if all(said[name] == value for name, value in self._key.items()):
                    self.made[said["image"]] = bool(said["faults"])

    def add(self, result: Result) -> None:
        """Add one image."""
        self.made[result.plan.number] = bool(result.faults)
        if self._path is not None:
            said = result._asdict()
            del said["plan"]
            said["cuts"] = [cut._asdict() for cut in result.cuts]
            with self._path.open("a") as file:
                print(json.dumps({**self._key, "image": result.plan.number, **said}), file=file)


def _commit() -> str:
    run = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    return run.stdout.strip() or "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("power-cuts", description=__doc__.splitlines()[0])
    parser.add_argument("--role", choices=ROLES, required=True)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, help="number of the first image")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=FAULTS, help="what to take out of the node")
    parser.add_argument("--all", action="store_true", help="go on after a fault was seen")
    parser.add_argument("--results", type=Path, help="add to this file; skip what is in it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
