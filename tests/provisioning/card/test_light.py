"""The ACT light shows one of four patterns, and each pattern is another one."""

from pathlib import Path

import pytest

from netrelay.provisioning.card.light import PATTERNS, Light, show_light


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    """Give the folder of a board's lights, as the kernel shows them."""
    folder = tmp_path / "ACT"
    folder.mkdir()
    for name, text in (
        ("trigger", "none [mmc0] heartbeat timer\n"),
        ("delay_on", ""),
        ("delay_off", ""),
    ):
        (folder / name).write_text(text)
    return tmp_path


def test_every_state_has_its_own_pattern() -> None:
    assert set(PATTERNS) == set(Light)
    assert len(set(PATTERNS.values())) == len(Light)


@pytest.mark.parametrize("light", Light)
def test_the_light_is_set(leds: Path, light: Light) -> None:
    assert show_light(leds, light)
    assert (leds / "ACT/trigger").read_text() == PATTERNS[light].trigger
    if PATTERNS[light].on_ms:
        assert (leds / "ACT/delay_on").read_text() == str(PATTERNS[light].on_ms)
        assert (leds / "ACT/delay_off").read_text() == str(PATTERNS[light].off_ms)


def test_a_pattern_that_is_shown_is_not_restarted(leds: Path) -> None:
    shown = "none mmc0 heartbeat [timer]\n"
    (leds / "ACT/trigger").write_text(shown)
    assert show_light(leds, Light.PERSON)
    assert (leds / "ACT/trigger").read_text() == shown


def test_a_board_without_a_light_is_one(tmp_path: Path) -> None:
    assert not show_light(tmp_path, Light.RUNNING)
