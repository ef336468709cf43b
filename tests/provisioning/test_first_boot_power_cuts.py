"""Boots of a card after a power cut at each step of the one before."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.provisioning import first_boot
from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.home import new_home
from netrelay.provisioning.system.wifi import pre_shared_key
from netrelay.seal.identity import load as load_identity
from tests.provisioning.card.boot_partition import KEY, NAMED, WIFI, Card
from tests.provisioning.card.brought import bring_keys, secrets_on


class PowerCut(BaseException):
    """A power cut at this step."""


def steps_of(card: Card) -> list[str]:
    steps: list[str] = []
    card.start(steps.append)
    return steps


def cut_at(wanted: int) -> Callable[[str], None]:
    seen = 0

    def at_step(_: str) -> None:
        nonlocal seen
        if seen == wanted:
            raise PowerCut
        seen += 1

    return at_step


STEPS = [
    "note peers",
    "home",
    "system",
    "reports",
    "note applied",
    *(f"wipe {n}" for n in range(5)),
]
STEPS += ["note wiped"]


def full_card(card: Card, folder: Path) -> str:
    node = bring_keys(card, folder)
    card.write(NAMED + WIFI + f'[ssh]\nkeys = ["{KEY}"]\n')
    return node


def test_these_are_the_steps(card: Card, tmp_path: Path) -> None:
    full_card(card, tmp_path)
    assert steps_of(card) == STEPS


@pytest.mark.parametrize("place", range(len(STEPS)), ids=STEPS)
def test_a_power_cut_before_any_step_is_made_good(
    new_card: Callable[[str], Card], tmp_path: Path, place: int
) -> None:
    whole, card = new_card("whole"), new_card("cut")
    (tmp_path / "a").mkdir()
    node = full_card(whole, tmp_path / "a")
    (card.boot / "netrelay-keys").mkdir()
    for path in (whole.boot / "netrelay-keys").iterdir():
        (card.boot / "netrelay-keys" / path.name).write_bytes(path.read_bytes())
    card.write(whole.read("netrelay.toml"))
    whole.good()
    with pytest.raises(PowerCut):
        card.start(cut_at(place))
    card.good()
    assert card.node_id == node
    assert secrets_on(card.boot, tmp_path / "a") == []
    wanted = {path.replace("whole", "cut"): data for path, data in whole.everything().items()}
    assert card.everything() == wanted
    assert not card.good().is_changed


@pytest.mark.parametrize("torn", ["identity.key", "storage.secret"])
def test_a_key_that_was_half_wiped_is_wiped_and_not_judged(
    card: Card, tmp_path: Path, torn: str
) -> None:
    node = full_card(card, tmp_path)
    with pytest.raises(PowerCut):
        card.start(cut_at(STEPS.index("wipe 1")))
    path = card.boot / "netrelay-keys" / torn
    content = path.read_bytes()
    path.write_bytes(b"\0" * 20 + content[20:])
    card.good()
    assert card.node_id == node
    assert secrets_on(card.boot, tmp_path) == []
    assert not (card.boot / "netrelay-error.txt").exists()


def test_a_password_that_was_written_anew_meanwhile_is_not_starred_out_unread(card: Card) -> None:
    card.write(NAMED + WIFI)
    with pytest.raises(PowerCut):
        card.start(cut_at(STEPS.index("wipe 0")))
    card.write(NAMED + WIFI.replace("geheim123", "anders1234"))
    card.good()
    key = pre_shared_key(b"home", "anders1234")
    assert f"psk={key}" in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert "anders1234" not in card.read("netrelay.toml")


def test_a_peer_that_was_taken_out_after_a_power_cut_goes(three: tuple[Card, Card, Card]) -> None:
    """It was enrolled, and the power cut came before that was stored as applied."""
    shelf, _, _ = three
    shelf.write(NAMED + "[peers.boat]\n[peers.buoy]\n")
    with pytest.raises(PowerCut):
        shelf.start(cut_at(STEPS.index("system")))
    assert len(shelf.rows("SELECT name FROM peers")) == 2
    shelf.write(NAMED + "[peers.boat]\n")
    shelf.good()
    assert shelf.rows("SELECT name FROM peers") == [("boat",)]


def test_a_home_that_is_half_made_is_finished_with_its_keys(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(new_home, "create_database", die)
        with pytest.raises(PowerCut):
            card.start()
    node = load_identity(card.home.keys).node_id
    card.good()
    assert card.rows("SELECT node FROM selfinfo") == [(node,)]


def test_a_card_that_cannot_be_written_says_so_and_is_tried_again(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device", "netrelay-node.txt")

    with monkeypatch.context() as patch:
        patch.setattr(first_boot, "_write_reports", full)
        code, _, err = card.command()
    assert code == 74
    assert "No space left on device" in err
    told = card.read("netrelay-error.txt")
    assert "this could not be done: [Errno 28] No space left on device" in told
    assert "it is tried again by itself" in told
    card.good()
    assert not (card.boot / "netrelay-error.txt").exists()
    assert (card.boot / "netrelay-node.txt").exists()


def test_a_full_boot_partition_keeps_no_password(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError(28, os.strerror(28))

    card.write(NAMED)
    card.good()
    card.write(NAMED + WIFI)
    with monkeypatch.context() as patch:
        patch.setattr(boot_folder, "write_text", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left"):
                card.start()
            assert "geheim123" not in card.read("netrelay.toml")
    card.good()
    assert (
        pre_shared_key(b"home", "geheim123")
        in (card.root / "etc/wpa_supplicant/wpa_supplicant-wlan0.conf").read_text()
    )
    assert card.node_id in card.read("netrelay-node.txt")
