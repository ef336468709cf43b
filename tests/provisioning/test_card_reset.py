"""A card is reset once by a file on its boot partition, wherever power is lost."""

import os
from collections.abc import Callable

import pytest

from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.system.card_root import SET_ASIDE
from netrelay.provisioning.system.page_password import (
    CONTROL_FILE_NAME,
    FILE_NAME,
    is_right,
    read_password,
)
from netrelay.provisioning.system.wifi import pre_shared_key
from netrelay.runtime.config import load
from netrelay.seal.card import decode_card
from tests.provisioning.card.boot_partition import KEY, Card

WIFI = '[wifi]\nssid = "home"\ncountry = "GB"\npassword = "geheim123"\n'
FULL = f'[node]\nname = "shelf"\n[ssh]\nkeys = ["{KEY}"]\n' + WIFI
SUPPLICANT = "etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
STEPS = ("note reset", "remove reset file", "reset", "note reset done")


class PowerCut(BaseException):
    """A power cut at this step."""


def used(card: Card) -> str:
    """Let a card be a node with something in each place; return its node id."""
    card.write(FULL)
    card.good()
    (card.home.inbox / "kept.txt").write_text("a message")
    (card.home.path / "lost+found").mkdir()
    (card.root / "etc/ssh/ssh_host_ed25519_key").write_text("host key")
    return card.node_id


@pytest.mark.parametrize("kind", ["keep-keys", "everything"])
def test_what_was_set_aside_goes_too(card: Card, kind: str) -> None:
    used(card)
    packed = card.root / SET_ASIDE.lstrip("/") / "partition.zst"
    packed.parent.mkdir(parents=True)
    packed.write_bytes(b"keys and files of before")
    card.write('[node]\nname = "shelf"\n')
    ask(card, kind)
    card.good()
    assert not packed.parent.exists()


def ask(card: Card, kind: str, name: str = "netrelay-reset") -> None:
    (card.boot / name).write_bytes(f"{kind}\r\n".encode())


def test_keep_keys_makes_the_same_node_without_its_past(card: Card) -> None:
    node = used(card)
    ask(card, "keep-keys")
    assert card.good().is_changed
    assert card.node_id == node
    assert load(card.home.config).name == "shelf"
    assert not (card.home.inbox / "kept.txt").exists()
    assert (card.home.path / "lost+found").is_dir()
    assert pre_shared_key(b"home", "geheim123") in (card.root / SUPPLICANT).read_text()
    assert (card.root / "etc/ssh/ssh_host_ed25519_key").exists()
    assert "\r\nreset     keep-keys, on " in card.read("netrelay-node.txt")


def test_keep_keys_keeps_the_page_whose_passwords_are_starred_out(card: Card) -> None:
    passwords = ("zebra umbrella", "violin compass")
    card.write(
        f'{FULL}[page]\npassword = "{passwords[0]}"\ncontrol = true\n'
        f'control_password = "{passwords[1]}"\n'
    )
    card.good()
    ask(card, "keep-keys")
    assert card.good().is_changed
    for name, password in zip((FILE_NAME, CONTROL_FILE_NAME), passwords, strict=True):
        kept = read_password(card.home, name)
        assert kept is not None
        assert is_right(kept, password)
    assert load(card.home.config).page_control
    ask(card, "everything")
    assert card.start().mistakes
    assert read_password(card.home) is None


def test_everything_makes_another_node_of_an_unedited_card(card: Card) -> None:
    node = used(card)
    card.write("")
    ask(card, "everything")
    outcome = card.good()
    assert outcome.name.startswith("netrelay-")
    assert card.node_id != node
    assert not (card.home.inbox / "kept.txt").exists()
    assert not (card.root / SUPPLICANT).exists()
    assert not (card.root / "etc/ssh/ssh_host_ed25519_key").exists()
    assert not list((card.root / "etc/ssh").glob("authorized_keys.d/*"))


def test_it_is_done_once(card: Card) -> None:
    used(card)
    ask(card, "everything", "NETRELAY-RESET.TXT")
    card.write('[node]\nname = "shelf"\n')
    card.good()
    assert boot_folder.reset_file(card.boot) is None
    node = card.node_id
    assert not card.good().is_changed
    assert card.node_id == node


def test_a_password_that_was_starred_out_is_asked_for_again(card: Card) -> None:
    used(card)
    ask(card, "everything")
    [mistake] = card.start().mistakes
    assert "none is kept for the network 'home'" in mistake.said


@pytest.mark.parametrize("content", ["", "all", "everything else"])
def test_another_word_is_a_mistake_and_resets_nothing(card: Card, content: str) -> None:
    node = used(card)
    ask(card, content)
    assert card.start().mistakes
    assert "allowed  keep-keys or everything" in card.read("netrelay-error.txt")
    assert card.node_id == node
    assert (card.home.inbox / "kept.txt").exists()
    (card.boot / "netrelay-reset").unlink()
    assert card.good().mistakes == ()
    assert not (card.boot / "netrelay-error.txt").exists()


@pytest.mark.parametrize("kind", ["keep-keys", "everything"])
@pytest.mark.parametrize("place", STEPS)
def test_a_power_cut_before_any_step_is_made_good(card: Card, place: str, kind: str) -> None:
    node = used(card)
    card.write('[node]\nname = "other"\n')
    ask(card, kind)

    def cut(step: str) -> None:
        if step == place:
            raise PowerCut

    with pytest.raises(PowerCut):
        card.start(cut)
    card.good()
    assert (card.node_id == node) is (kind == "keep-keys")
    [own] = card.boot.glob("*.card")
    assert decode_card(own.read_text()).node_id == card.node_id
    assert not (card.home.inbox / "kept.txt").exists()
    (card.home.inbox / "new.txt").write_text("after the reset")
    assert not card.good().is_changed
    assert (card.home.inbox / "new.txt").exists()


def test_a_power_cut_in_the_middle_of_deleting_is_made_good(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(card)
    card.write('[node]\nname = "shelf"\n')
    ask(card, "everything")

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr("netrelay.provisioning.card_reset.shutil.rmtree", cut)
        card.start()
    card.good()
    assert not (card.home.inbox / "kept.txt").exists()


def test_a_boot_partition_that_cannot_be_written_resets_nothing(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = used(card)
    ask(card, "everything")

    def refuse(*_: object) -> bool:
        raise PermissionError(30, os.strerror(30), "netrelay-reset")

    with monkeypatch.context() as patch, pytest.raises(PermissionError):
        patch.setattr(boot_folder, "remove", refuse)
        card.start()
    assert card.node_id == node
    (card.boot / "netrelay-reset").unlink()
    card.good()
    assert card.node_id == node


def test_the_command_refuses_while_the_node_runs(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(card)
    ask(card, "everything")
    monkeypatch.setattr("netrelay.cli.opening.runs", lambda _: True)
    code, _, err = card.command()
    assert code == 75
    assert "sudo systemctl stop netrelay.target" in err
    assert boot_folder.reset_file(card.boot) == "netrelay-reset"


def test_everything_removes_the_old_nodes_card_and_no_other(
    card: Card, new_card: Callable[[str], Card]
) -> None:
    other = new_card("other")
    other.write('[node]\nname = "boat"\n')
    other.good()
    old = used(card)
    for place in ("boat.card", "cards/boat.card"):
        (card.boot / place).parent.mkdir(exist_ok=True)
        (card.boot / place).write_text(other.read("boat.card"))
    (card.boot / "cards/shelf.card").write_text(card.read("shelf.card"))
    card.write("")
    ask(card, "everything")
    name = card.good().name
    assert card.node_id != old
    cards = {path.relative_to(card.boot).as_posix() for path in card.boot.rglob("*.card")}
    assert cards == {f"{name}.card", "boat.card", "cards/boat.card", "cards/shelf.card"}
    said = card.read("netrelay-node.txt")
    assert "boat.card is of another node and is not used: move it into cards/\r\n" in said
    assert f"{name}.card is of another node" not in said


def test_keys_that_cannot_be_read_do_not_stop_a_reset(card: Card) -> None:
    old = used(card)
    (card.home.keys / "identity.key").write_text("")
    card.write("")
    ask(card, "everything")
    card.good()
    assert card.node_id != old
