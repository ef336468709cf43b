"""Processor seconds of small files from one and from several nodes to one.

    python -m bench.small_senders --senders 1 4 --files 500

Wall time depends on what else runs; processor seconds and the number of receipts less so.
"""

import argparse
import tempfile
from pathlib import Path

from tests.story.hub.figures import Cost, costs, cpu_between
from tests.story.nodes import RunningNode, wait_for

_FILE_BYTES = 4096
_RECEIPTS = "SELECT count(*) FROM messages WHERE type = 7 AND birth = 'made'"
_CLAIMED = "SELECT count(*) FROM messages WHERE type = 6"
_DELIVERED = "SELECT count(*) FROM messages WHERE type = 6 AND state = 'F'"


def _all_costs(nodes: list[RunningNode]) -> dict[str, Cost]:
    return {
        f"{node.name} {process}": cost for node in nodes for process, cost in costs(node).items()
    }


def _measure(folder: Path, senders: int, files: int) -> str:
    hub = RunningNode(folder, "hub")
    nodes = [RunningNode(folder, f"node{number}") for number in range(senders)]
    try:
        for node in nodes:
            node.enrol(hub)
            hub.enrol(node, "deliver")
        for node in (hub, *nodes):
            node.start()
        for node in nodes:
            node.drop("hub", "first", b"first")
        for node in nodes:
            wait_for("the first receipt", lambda node=node: node.number(_DELIVERED) == 1)  # type: ignore[misc]
        receipts = hub.number(_RECEIPTS)
        # All of it waits before the first of it goes.
        for node in nodes:
            node.line.good("pause", "hub")
        for number in range(files):
            for node in nodes:
                node.drop("hub", f"file-{number}", number.to_bytes(8, "big") * (_FILE_BYTES // 8))
        for node in nodes:
            wait_for("all claims", lambda node=node: node.number(_CLAIMED) == files + 1)  # type: ignore[misc]
        before = _all_costs([hub, *nodes])
        for node in nodes:
            node.line.good("resume", "hub")
        for node in nodes:
            wait_for(
                "all receipts",
                lambda node=node: node.number(_DELIVERED) == files + 1,  # type: ignore[misc]
            )
        used = cpu_between(before, _all_costs([hub, *nodes]))
        made = hub.number(_RECEIPTS) - receipts
    finally:
        for node in (*nodes, hub):
            node.stop()
    each = senders * files
    at_hub = sum(cpu_s for name, cpu_s in used.items() if name.startswith("hub "))
    both = sum(used.values())
    return (
        f"{senders} senders, {files} files each: CPU for a file {both / each * 1e3:.2f} ms, of it"
        f" hub {at_hub / each * 1e3:.2f} ms; {each / made:.1f} files a receipt"
    )


def main() -> None:
    """Print a line for each number of senders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--files", type=int, default=500, help="of each sender")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    for _ in range(options.rounds):
        for senders in options.senders:
            with tempfile.TemporaryDirectory(prefix="nr-") as folder:
                print(_measure(Path(folder), senders, options.files), flush=True)


if __name__ == "__main__":
    main()
