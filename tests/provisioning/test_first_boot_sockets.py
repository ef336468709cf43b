"""Page and metrics of a card's netrelay.toml."""

from netrelay.provisioning.system import page_password
from netrelay.provisioning.system.served_sockets import (
    CONTROL,
    METRICS,
    METRICS_SERVICE,
    PAGE,
    drop_in,
)
from netrelay.runtime.config import load
from netrelay.seal.card import decode_card
from tests.provisioning.card.boot_partition import NAMED, Card


def is_served(card: Card, unit: str) -> bool:
    return (card.root / drop_in(unit).lstrip("/")).exists()


def test_the_page_listens_with_hashes_of_its_passwords_and_goes_with_its_section(
    card: Card,
) -> None:
    passwords = ("zebra umbrella", "violin compass")
    card.write(
        f'{NAMED}[page]\npassword = "{passwords[0]}"\nport = 8080\ncontrol = true\n'
        f'control_password = "{passwords[1]}"\n'
    )
    card.good()
    home = card.home
    for file_name, mode, password in (
        (page_password.FILE_NAME, 0o640, passwords[0]),
        (page_password.CONTROL_FILE_NAME, 0o600, passwords[1]),
    ):
        kept = page_password.read_password(home, file_name)
        assert kept is not None
        assert page_password.is_right(kept, password)
        assert (home.path / file_name).stat().st_mode & 0o777 == mode
    for path in (*card.boot.rglob("*"), *card.root.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(each.encode() in content for each in passwords), path
    assert load(home.config).page_control
    assert decode_card((home.path / "page.card").read_text()).node_id == card.node_id
    assert "ListenStream=\nListenStream=8080\n" in card.of_root(drop_in(PAGE))
    assert is_served(card, CONTROL)
    # What is starred out is what is kept.
    card.write(card.read("netrelay.toml").replace("control = true", "control = false"))
    card.good()
    assert (is_served(card, PAGE), is_served(card, CONTROL)) == (True, False)
    assert not load(home.config).page_control
    kept = page_password.read_password(home)
    assert kept is not None
    assert page_password.is_right(kept, passwords[0])
    card.write(NAMED)
    card.good()
    assert not is_served(card, PAGE)


def test_a_page_that_a_person_enabled_stays_without_a_section(card: Card) -> None:
    card.write(NAMED)
    card.good()
    wants = card.root / "etc/systemd/system/sockets.target.wants"
    wants.mkdir(parents=True)
    (wants / PAGE).symlink_to("/usr/lib/systemd/system/netrelay-page.socket")
    config = card.home.config
    config.write_text(config.read_text().replace("control = false", "control = true"))
    card.write('[node]\nname = "other"\n')
    card.good()
    assert [path.name for path in wants.iterdir()] == [PAGE]
    assert load(config).page_control


def test_stars_without_a_kept_password_are_a_mistake(card: Card) -> None:
    card.write(f'{NAMED}[page]\npassword = "********"\n')
    [mistake] = card.start().mistakes
    assert "page.password is not said, and none is kept" in mistake.text


def test_metrics_are_served_as_the_file_says(card: Card) -> None:
    socket, service = (
        card.root / path.lstrip("/") for path in (drop_in(METRICS), drop_in(METRICS_SERVICE))
    )
    card.write(NAMED)
    card.good()
    assert not socket.exists()
    listed = '["192.168.1.10", "fd00::/8"]'
    card.write(NAMED + f'[metrics]\nlisten = "[::]:7481"\nfrom = {listed}\n')
    card.good()
    assert "\nListenStream=\nListenStream=[::]:7481\n" in socket.read_text()
    serves = "\nExecStart=/usr/bin/netrelay metrics --listen --from 192.168.1.10 --from fd00::/8\n"
    assert serves in service.read_text()
    described = (card.boot / "netrelay-node.txt").read_text()
    assert "metrics   http at [::]:7481, for 192.168.1.10, fd00::/8\n" in described
    card.write(NAMED)
    card.good()
    assert not socket.exists()
    assert not service.exists()
