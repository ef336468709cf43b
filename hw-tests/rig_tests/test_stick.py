"""A stick: what a machine has moved, and the check of its file system."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from rig.pulls import Moved
from rig.stick import Stick

pytestmark = pytest.mark.skipif(
    not shutil.which("mkfs.vfat", path="/usr/sbin:/sbin"), reason="needs dosfstools"
)


class StubMonitor:
    """Counts as QEMU does (tests/qemu-iotests/227.out there)."""

    def __init__(self, *devices: dict[str, Any]) -> None:
        self._devices = devices

    def execute(self, command: str, **_: Any) -> Any:
        return list(self._devices) if command == "query-blockstats" else {}


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stick:
    monkeypatch.setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
    return Stick(tmp_path / "stick", "vfat")


def test_what_was_moved_is_that_of_the_stick_alone(stick: Stick) -> None:
    card = {"device": "virtio0", "node-name": "#block1", "stats": {"rd_bytes": 9, "wr_bytes": 9}}
    counted = {"device": "", "node-name": "stick", "stats": {"rd_bytes": 4096, "wr_bytes": 512}}
    stick.plug_into(StubMonitor(card, counted))  # type: ignore[arg-type]
    assert stick.moved() == Moved(4096, 512)
    stick.pull()
    assert stick.moved() == Moved(0, 0)


def test_a_new_stick_has_no_faults_and_a_damaged_one_has(stick: Stick) -> None:
    assert stick.faults() == ""
    with stick.path.open("r+b") as file:
        file.seek(65)  # the state of the volume: 1 is "mounted, and not unmounted"
        file.write(b"\x01")
    assert "Dirty bit" in stick.faults()
