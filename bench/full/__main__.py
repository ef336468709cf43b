"""`make bench`: the whole comparison, in shards that can be run one by one and resumed.

    sudo make bench                        every shard without a result of this commit
    .venv/bin/python -m bench.full --list
    .venv/bin/python -m bench.full --only large,texts
    .venv/bin/python -m bench.full --report

Exit status: 0 all asked shards have a result; 1 a shard failed; 69 (EX_UNAVAILABLE of sysexits.h)
this machine lacks something; 130 interrupted, and everything is stopped and removed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from bench.full.contents import SHARDS
from bench.full.loopback import switch_on_loopback
from bench.full.report import write_report
from bench.full.results import CHECKOUT, Result, current_commit, load
from bench.full.shard import Run, Shard
from bench.pair.errors import BenchError, TimeIsUpError, Unavailable
from bench.pair.machine import machine
from bench.pair.place import add_place_options
from bench.pair.waiting import Deadline

EVIDENCE = CHECKOUT / "docs" / "evidence"
# One fact of a large load may take this long; the shard's own limit ends it anyway.
_LONGEST_WAIT_S = 300.0
# Time to make file systems and to stop all processes, added to the limit of a shard.
_MARGIN_S = 180.0
_STOP_S = 60.0


def main() -> int:
    """Run what is asked for; return the exit status."""
    options = _options()
    shards = _chosen(options.only)
    if options.list:
        return _list(shards, options)
    if options.report:
        path = write_report(options.results, options.evidence, options.scale)
        print(f"netrelay bench: wrote {path}")
        return 0
    if options.inside:
        return _measure(shards[0], options)
    if options.directory is None and os.geteuid() != 0:
        print(
            "netrelay bench: loop devices need root rights. Type `sudo make bench`, or measure in"
            " a folder, which says less: .venv/bin/python -m bench.full --directory DIR",
            file=sys.stderr,
        )
        return 69
    if not options.images.is_dir():
        print(f"netrelay bench: --images {options.images} is not a folder", file=sys.stderr)
        return 69
    try:
        return _run_all(shards, options)
    except KeyboardInterrupt:
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.full",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="show the shards and their results")
    parser.add_argument(
        "--only",
        metavar="NAMES",
        help="run these shards, separated by commas, also if they have a result",
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="write docs/evidence/benchmarks-full.md and its plots from the results",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=CHECKOUT / "build" / "bench",
        metavar="FOLDER",
        help="where the results are, one file each (default: build/bench)",
    )
    parser.add_argument(
        "--evidence",
        type=Path,
        default=EVIDENCE,
        metavar="FOLDER",
        help="where the report is written (default: docs/evidence)",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="multiply sizes and counts, to try the benchmark itself; they are no evidence",
    )
    add_place_options(parser, "up to 9 GiB together")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.report and options.scale != 1 and options.evidence == EVIDENCE:
        parser.error("a trial at another scale is no evidence: name another folder (--evidence)")
    if not 0 < options.scale <= 1:
        parser.error(f"--scale {options.scale}: allowed are numbers above 0, and 1 at most")
    return options


def _chosen(only: str | None) -> list[Shard]:
    if only is None:
        return list(SHARDS)
    known = {shard.name: shard for shard in SHARDS}
    names = only.split(",")
    for name in names:
        if name not in known:
            sys.exit(f"netrelay bench: no shard {name!r}; there are {', '.join(known)}")
    return [known[name] for name in names]


def _list(shards: Sequence[Shard], options: argparse.Namespace) -> int:
    commit = current_commit()
    print(f"commit {commit}, results in {options.results}")
    for shard in shards:
        result = load(options.results, shard.name)
        state = "no result"
        if result is not None:
            state = f"{result.took_s:.0f} s at {result.commit}, {result.begun}"
            state += "" if result.scale == 1 else f", scale {result.scale:g}"
            state += f", failed: {result.fault}" if result.fault else ""
            state += f", cut short: {result.cut}" if result.cut else ""
        print(f"  {shard.name:15}{shard.title:55}at most {shard.limit_s:5.0f} s   {state}")
    return 0


def _run_all(shards: Sequence[Shard], options: argparse.Namespace) -> int:
    commit = current_commit()
    status = 0
    for number, shard in enumerate(shards, 1):
        stored = load(options.results, shard.name)
        if options.only is None and stored is not None and stored.is_of(commit, options.scale):
            print(f"{shard.name}: has a result of {commit}", file=sys.stderr)
            continue
        told = f"{number} of {len(shards)}, {shard.name}: {shard.title}"
        print(f"{told}, at most {shard.limit_s:.0f} s", file=sys.stderr, flush=True)
        with TemporaryDirectory(prefix="nb-", dir=options.images) as images:
            ended = _run_one(shard, options, Path(images))
        if ended == 130:
            return ended
        if ended < 0:
            print(f"netrelay bench: {shard.name}: killed by signal {-ended}", file=sys.stderr)
        status = max(status, 1 if ended < 0 else ended)
    return status


def _run_one(shard: Shard, options: argparse.Namespace, images: Path) -> int:
    """Run one shard in a process and in namespaces of its own."""
    command = [sys.executable, "-m", "bench.full", "--inside", "--only", shard.name]
    command += ["--results", str(options.results.resolve()), "--scale", str(options.scale)]
    command += ["--images", str(images)]
    if options.directory is not None:
        command += ["--directory", str(options.directory.resolve())]
    else:
        if shutil.which("unshare") is None:
            print("netrelay bench: unshare: not found (Debian: util-linux)", file=sys.stderr)
            return 69
        # Without a way out of this machine, whatever a peer looks for.
        command = ["unshare", "--mount", "--net", "--propagation", "private", *command]
    if shutil.which("setpriv"):
        # It stops and removes everything, also when this process is killed.
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    # Ctrl-C reaches only this process, which stops the shard.
    running = subprocess.Popen(command, cwd=CHECKOUT, process_group=0)
    try:
        return running.wait(timeout=shard.limit_s + _MARGIN_S)
    except subprocess.TimeoutExpired:
        print(f"netrelay bench: {shard.name} hangs, and is killed", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nnetrelay bench: interrupted", file=sys.stderr)
        return 130
    finally:
        if running.poll() is None:
            running.terminate()
            with suppress(subprocess.TimeoutExpired):
                running.wait(timeout=_STOP_S)
            running.kill()
            running.wait()


def _measure(shard: Shard, options: argparse.Namespace) -> int:
    if options.directory is None:
        switch_on_loopback()
    run = Run(
        scale=options.scale,
        deadline=Deadline(shard.limit_s, _LONGEST_WAIT_S),
        images=options.images,
        directory=options.directory,
    )
    # A commit that is made during the run is not measured.
    commit = current_commit()
    begun = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    begin_s = time.monotonic()
    fault = ""
    status = 0
    run.figures.load.append(os.getloadavg()[0])
    try:
        shard.measure(run)
    except TimeIsUpError as error:
        run.cut = str(error)
    except Unavailable as error:
        fault, status = str(error), 69
    except BenchError as error:
        fault, status = str(error), 1
    except KeyboardInterrupt:
        print(f"netrelay bench: {shard.name}: everything is stopped and removed", file=sys.stderr)
        return 130
    run.figures.load.append(os.getloadavg()[0])
    result = Result(
        shard=shard.name,
        commit=commit,
        scale=options.scale,
        machine=machine(),
        medium=run.medium,
        begun=begun,
        took_s=round(time.monotonic() - begin_s, 1),
        limit_s=shard.limit_s,
        cut=run.cut,
        fault=fault,
        left_out=run.left_out,
        load_average=run.figures.load,
        measurements=run.figures.values,
        series=run.series,
    )
    path = result.save(options.results)
    if fault:
        print(f"netrelay bench: {shard.name} failed: {fault}", file=sys.stderr)
    if run.cut:
        print(f"netrelay bench: {shard.name} was cut short: {run.cut}", file=sys.stderr)
    print(f"netrelay bench: {shard.name} took {result.took_s:.0f} s: {path}", file=sys.stderr)
    return status


def _stop_on_signal(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for stopping in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stopping, _stop_on_signal)
    sys.exit(main())
