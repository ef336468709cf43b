"""Both environment files load, and the strategy finds its drivers in every target."""

from pathlib import Path

import pytest
from labgrid import Environment

from rig.card_protocol import CardProtocol

FOLDER = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", ["env-qemu.yaml", "env-rig.yaml"])
def test_every_target_has_a_card_a_plug_and_a_console(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LG_NETRELAY_IMAGE", str(tmp_path / "image"))
    env = Environment(str(FOLDER / name))
    targets = env.config.get_targets()
    assert {"a", "b", "c", "alone"} <= set(targets)
    for role in targets:
        strategy = env.get_target(role).get_driver("NodeStrategy", activate=False)
        assert isinstance(strategy.card, CardProtocol)
        assert strategy.power is not None
        assert strategy.console is not None
        assert strategy.cable is not None or role == "pi3b"
    env.cleanup()
