"""Secrets on a boot partition: kept in the root, and wiped."""

import os
from pathlib import Path

import pytest

from netrelay.seal.identity import FILES, create
from tests.provisioning.card.boot_partition import NAMED, WIFI, Card
from tests.provisioning.card.brought import bring_keys, secrets_on


def test_secrets_move_to_the_root_and_are_wiped(card: Card, tmp_path: Path) -> None:
    node = bring_keys(card, tmp_path)
    card.write(NAMED + WIFI)
    assert secrets_on(card.boot, tmp_path) != []
    card.good()
    assert card.node_id == node
    for name in FILES:
        assert (card.home.keys / name).stat().st_mode & 0o777 == 0o600
    assert secrets_on(card.boot, tmp_path) == []
    assert not (card.boot / "netrelay-keys").exists()
    assert 'password = "*********"' in card.read("netrelay.toml")


def test_wiping_overwrites_before_it_removes(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is overwritten, not only unlinked."""
    bring_keys(card, tmp_path)
    held = os.open(card.boot / "netrelay-keys" / "identity.key", os.O_RDONLY)
    card.good()
    assert set(os.pread(held, 4096, 0)) == {0}
    os.close(held)


def test_the_kept_password_serves_on_and_another_network_needs_its_own(card: Card) -> None:
    card.write(NAMED + WIFI)
    card.good()
    kept = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    card.write(card.read("netrelay.toml").replace('country = "GB"', 'country = "DE"'))
    card.good()
    after = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert after == kept.replace("country=GB", "country=DE")
    card.write(card.read("netrelay.toml").replace('"home"', '"other"'))
    [mistake] = card.start().mistakes
    assert "none is kept for the network 'other'" in mistake.said


def test_keys_of_another_node_are_refused(card: Card, tmp_path: Path) -> None:
    card.good()
    own = card.node_id
    bring_keys(card, tmp_path)
    [mistake] = card.start().mistakes
    assert own in mistake.said
    assert "flash the card anew" in mistake.hint
    assert card.node_id == own


def test_the_same_keys_again_are_only_wiped(card: Card, tmp_path: Path) -> None:
    node = bring_keys(card, tmp_path)
    card.good()
    (card.boot / "netrelay-keys").mkdir()
    for name in FILES:
        content = (tmp_path / "made" / name).read_bytes()
        (card.boot / "netrelay-keys" / name).write_bytes(content)
    card.good()
    assert card.node_id == node
    assert not (card.boot / "netrelay-keys").exists()


@pytest.mark.parametrize("wrong", ["missing", "mixed"])
def test_keys_that_are_not_whole_are_refused(card: Card, tmp_path: Path, wrong: str) -> None:
    bring_keys(card, tmp_path)
    path = card.boot / "netrelay-keys" / "identity.crt"
    if wrong == "missing":
        path.unlink()
    else:
        path.write_bytes((create(tmp_path / "other").certificate_path).read_bytes())
    [mistake] = card.start().mistakes
    assert "netrelay fleet card" in mistake.hint
    assert str(tmp_path) not in mistake.text
    assert not card.home.path.exists()
