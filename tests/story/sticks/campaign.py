"""`make fuzz-sticks`: sticks with damaged, forged and odd files, carried in by one node.

    python -m tests.story.sticks.campaign [--seeds FIRST:END] [--files N] [--record FILE]

Each seed is a stick, and that of seed 0 comes after one with too many files. Seeds that the record
has are not repeated, so that a campaign may be stopped, and shards of it may run one after the
other. Status 0 if every real file arrived once, nothing ended, and what is kept did not grow after
the first tenth.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TextIO

from tests.story.nodes import MIB, homes
from tests.story.sticks.scene import Held, StickScene

LIARS_ROWS = 600
"""Of a peer with a quota of 1 MiB: 128 messages of 8 KiB, 64 with a wrong hash, and what is
finished; 256 receipts that wait (docs/security.md)."""
GROWN_MEMORY_BYTES = 8 * MIB
"""Of the eight processes together, and of the one that carries in, after the first tenth."""


def main() -> int:
    """Run the seeds that are missing; print and record a line for every few sticks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:500", help="FIRST:END (0:500)")
    parser.add_argument("--files", type=int, default=200, help="bad files on each stick (200)")
    parser.add_argument("--record", type=Path, default=Path("build/fuzz-sticks.jsonl"))
    options = parser.parse_args()
    first, _, end = options.seeds.partition(":")
    done = _recorded(options.record)
    seeds = [seed for seed in range(int(first), int(end)) if seed not in done]
    print(f"{len(done)} sticks are recorded, {len(seeds)} are to be carried in", flush=True)
    if not seeds:
        return 0
    options.record.parent.mkdir(parents=True, exist_ok=True)
    with homes() as made, options.record.open("a") as record:
        return _run(StickScene(made), seeds, options.files, record)


def _recorded(path: Path) -> set[int]:
    lines = path.read_text().splitlines() if path.exists() else []
    return {seed for line in lines for seed in json.loads(line)["seeds"]}


def _run(scene: StickScene, seeds: list[int], files: int, record: TextIO) -> int:
    began_s, count = time.monotonic(), max(min(len(seeds) // 10, 10), 1)
    fuzzed = scene.crowd() if seeds[0] == 0 else 0
    early: Held | None = None
    for at in range(0, len(seeds), count):
        group = seeds[at : at + count]
        for seed in group:
            _carry(scene, seed, files)
        scene.check()
        held = scene.held()
        # What is allocated by need is allocated by then.
        if early is None and at + count >= len(seeds) / 10:
            early = held
        line = {
            "files": fuzzed + len(group) * files,
            "seconds": round(time.monotonic() - began_s),
            "ends": dict(scene.ends),
            "liars_rows": scene.liars_rows(),
            **held.node._asdict(),
            "carrier_bytes": held.carrier_bytes,
            "carrier_descriptors": held.carrier_descriptors,
        }
        fuzzed = 0
        print(f"{group[0]} to {group[-1]}: {json.dumps(line)}", flush=True)
        record.write(json.dumps({"seeds": group, **line}) + "\n")
        record.flush()
    assert early is not None
    return _judge(scene, early, scene.held())


def _carry(scene: StickScene, seed: int, files: int) -> None:
    try:
        scene.stick(seed, files)
    except BaseException:
        print(f"again by: --seeds {seed}:{seed + 1} --files {files} --record /dev/null", flush=True)
        raise


def _judge(scene: StickScene, early: Held, late: Held) -> int:
    """Print what has grown beyond its bound; return the exit status."""
    grown = [
        ("memory of the node", late.node.memory_bytes - early.node.memory_bytes),
        ("memory of the one that carries in", late.carrier_bytes - early.carrier_bytes),
    ]
    found = [f"{what} grew by {count} bytes" for what, count in grown if count > GROWN_MEMORY_BYTES]
    # A connection of a moment may be open at either look.
    if late.node.descriptors > early.node.descriptors + 8:
        found.append(f"{late.node.descriptors - early.node.descriptors} more descriptors")
    if late.carrier_descriptors > early.carrier_descriptors:
        found.append("descriptors of the one that carries in grew")
    if scene.liars_rows() > LIARS_ROWS:
        found.append(f"{scene.liars_rows()} rows of the liar")
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
