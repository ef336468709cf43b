"""Advice about a connection that fails."""

from pathlib import Path

from netrelay.cli.wording.advice import advice
from netrelay.core.way import ALSO_TRIED
from netrelay.runtime.home import Home


def test_it_is_for_the_address_that_was_tried_last(tmp_path: Path) -> None:
    refused, silent = "10.0.0.1 port 7411: Connection refused", "10.0.0.2 port 7411: timed out"
    home = Home(tmp_path)
    alone = advice(silent, "boat", "shelf", home)
    assert alone.startswith("nothing answers there")
    assert advice(silent + ALSO_TRIED + refused, "boat", "shelf", home) == alone
    assert advice(refused + ALSO_TRIED + silent, "boat", "shelf", home) != alone
