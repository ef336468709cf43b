"""`make attacks`: each attack for a minute; a line of figures for each.

    python -m tests.story.attacks.campaign [--seconds 60] [NAME...]

Status 0 if every node kept no more than its bounds and an honest file arrived during each attack.
"""

import argparse
import sys
import time
from statistics import median

from tests.story.attacks.attacks import ATTACKS, Attack
from tests.story.attacks.flood import Flood
from tests.story.attacks.scene import Kept, Scene
from tests.story.nodes import MIB, homes

_QUIET_FILES = 9
_HEADINGS = (
    "attack",
    "sent",
    "rows kept",
    "database",
    "disk",
    "honest file before",
    "during",
    "slowest",
    "memory",
    "descriptors",
)


def main() -> int:
    """Run the attacks; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("names", metavar="NAME", nargs="*", help="a part of an attack's name")
    options = parser.parse_args()
    chosen = [
        attack
        for attack in ATTACKS
        if not options.names or any(name in attack.name for name in options.names)
    ]
    print(f"| {' | '.join(_HEADINGS)} |", "|---" * len(_HEADINGS) + "|", sep="\n", flush=True)
    kept_bounds = [_measured(attack, options.seconds) for attack in chosen]
    return 0 if all(kept_bounds) else 1


def _measured(attack: Attack, seconds: float) -> bool:
    with homes() as made:
        scene = Scene(made)
        scene.enrol_attacker(attack.rights)
        quiet_s = median(scene.honest_files_s(_QUIET_FILES))
        before = most = scene.kept()
        began_s = time.monotonic()
        during_s: list[float] = []
        with Flood(lambda flood: attack.run(scene, flood)) as flood:
            while time.monotonic() < began_s + seconds:
                during_s.append(scene.honest_file_s())
                most = Kept(*(max(pair) for pair in zip(most, scene.kept(), strict=True)))
        rows = scene.attackers_rows()
        after = scene.kept()
        cells = [
            attack.name,
            _sent(flood),
            f"{rows} of its messages, {after.rows - before.rows} in all",
            _mib(after.database_bytes - before.database_bytes),
            _mib(after.home_bytes - before.home_bytes),
            *(f"{s * 1e3:.0f} ms" for s in (quiet_s, median(during_s), max(during_s))),
            f"{_mib(before.memory_bytes)} to {_mib(most.memory_bytes)}",
            f"{before.descriptors} to {most.descriptors}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
        return rows <= attack.rows + attack.rows_a_s * (time.monotonic() - began_s)


def _sent(flood: Flood) -> str:
    return ", ".join(
        f"{_mib(count)}" if name == "bytes" else f"{count} {name}"
        for name, count in flood.counted.items()
    )


def _mib(count_bytes: int) -> str:
    return f"{count_bytes / MIB:.1f} MiB"


if __name__ == "__main__":
    sys.exit(main())
