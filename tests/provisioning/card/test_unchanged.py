"""A boot without a change does not import the code that applies one."""

import subprocess
import sys

import pytest

from netrelay.provisioning.card.unchanged import is_unchanged
from netrelay.provisioning.system.target_system import TargetSystem
from tests.house.source_tree import CHECKOUT
from tests.provisioning.card.boot_partition import Card

HEAVY = {"apsw", "cryptography", "ssl", "tomllib", "subprocess", "netrelay.store.database"}


def test_it_loads_nothing_heavy(card: Card) -> None:
    card.good()
    script = (
        "import sys\nfrom netrelay.cli.main import main\n"
        f"assert not main(['first-boot', '--boot={card.boot}', '--root={card.root}'])\n"
        "print(*sys.modules, sep='\\n')"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    assert run.stdout.startswith("nothing changed\n"), run.stderr
    assert set(run.stdout.split()) & HEAVY == set()


def test_a_new_card_a_changed_one_and_one_without_its_home_are_not(card: Card) -> None:
    system = TargetSystem(card.root)
    assert not is_unchanged(card.boot, system)
    card.good()
    assert is_unchanged(card.boot, system)
    before = card.read("netrelay.toml")
    card.write(before + "\n")
    assert not is_unchanged(card.boot, system)
    card.write(before)
    assert is_unchanged(card.boot, system)
    card.home.database.rename(card.home.path / "away")
    assert not is_unchanged(card.boot, system)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1, "x": 1}'])
def test_a_record_that_cannot_be_read_has_all_applied_again(card: Card, content: str) -> None:
    card.good()
    node = card.node_id
    (card.root / "var/lib/netrelay-first-boot/applied.json").write_text(content)
    assert card.good().is_changed
    assert card.node_id == node


@pytest.mark.parametrize("lost", ["netrelay-node.txt", "card"])
def test_what_a_power_cut_took_of_the_reports_is_written_again(card: Card, lost: str) -> None:
    name = card.good().name
    path = card.boot / (f"{name}.card" if lost == "card" else lost)
    before = path.read_bytes()
    # As fsck.vfat leaves it; card-state has written its part of the description again.
    path.write_bytes(b"" if lost == "card" else b"As it is since this was last written:\r\n")
    assert card.good().is_changed
    assert path.read_bytes() == before
    assert not card.good().is_changed


@pytest.mark.parametrize("lost", ["netrelay-node.txt", "card"])
def test_reports_that_are_gone_are_written_again(card: Card, lost: str) -> None:
    name = card.good().name
    path = card.boot / (f"{name}.card" if lost == "card" else lost)
    before = path.read_bytes()
    path.unlink()
    assert card.good().is_changed
    assert path.read_bytes() == before


def test_an_empty_card_of_somebody_is_no_lost_report(card: Card) -> None:
    card.good()
    (card.boot / "boat.card").write_bytes(b"")
    (card.boot / "folder.card").mkdir()
    assert not card.good().is_changed
