"""What `status` says of the disk under a running node, whatever disk that is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from netrelay.disk.block_device import NoDeviceError, device_of
from netrelay.disk.written_bytes import process_written_bytes
from tests.cli.metrics.samples import read_samples
from tests.story.nodes import MIB, RunningNode, homes, wait_for


def disk_writes(node: RunningNode) -> dict[str, Any]:
    """Return what `status` says."""
    found: dict[str, Any] = json.loads(node.line.good("status", "--json"))["disk_writes"]
    return found


def why_unknown(folder: Path) -> str | None:
    """Return why the kernel tells nothing of the disk of a folder; None: it does."""
    try:
        device_of(folder)
    except NoDeviceError as error:
        return str(error)
    return None


def counts_processes(folder: Path) -> bool:
    """Return whether the kernel counts what a process writes there."""
    before_bytes = process_written_bytes()
    (folder / "probe").write_bytes(bytes(MIB))
    return process_written_bytes() > before_bytes


@pytest.mark.parametrize("parent", ["/var/tmp", None], ids=["disk", "memory"])
def test_status_has_what_was_written_today_or_why_that_is_unknown(parent: str | None) -> None:
    with homes(parent) as place:
        shelf, boat = place.pair()
        for node in (shelf, boat):
            node.start()
        why = why_unknown(boat.home.path)
        # What is written before the first reading counts nowhere.
        wait_for("the first reading", lambda: why or boat.rows("SELECT 1 FROM devices"))
        # Compressed on a slow machine, and with holes, zeros would write less.
        boat.wait_for_delivery("shelf", shelf.drop("boat", "film", os.urandom(3 * MIB)))
        assert disk_writes(boat)["unknown"] == why
        if why is not None:
            assert f"what is written is not known: {why}" in boat.line.good("status")
            assert boat.rows("SELECT * FROM devices") == []
            return
        is_counted = counts_processes(place.folder)
        # The file, and the transactions that brought it.
        wait_for(
            "the bytes of the file",
            lambda: not is_counted or disk_writes(boat)["today"]["files_bytes"] >= 3 * MIB,
        )
        today = disk_writes(boat)["today"]
        assert today["device_bytes"] >= 3 * MIB
        assert today["database_bytes"] > 0 or not is_counted
        assert "written today (database " in boat.line.good("status")
        metrics = read_samples(boat.line.good("metrics"))
        assert metrics.value("netrelay_written_bytes_total", cause="files") >= today["files_bytes"]
        assert metrics.named("netrelay_disk_written_bytes_total")
        # An orderly stop loses nothing.
        boat.stop()
        (stored,) = boat.rows("SELECT sum(device_bytes), sum(files_bytes) FROM written_by_day")
        assert int(str(stored[0])) >= today["device_bytes"]
        assert int(str(stored[1])) >= today["files_bytes"]
        assert [node.errors() for node in (shelf, boat)] == [[], []]
