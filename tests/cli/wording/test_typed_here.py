"""Commands of the view `health`, as they are typed for a home."""

from pathlib import Path

import pytest

from netrelay.cli.checks.health_findings import typed_here
from netrelay.runtime.home import Home


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        ("make room", "make room"),
        ("`netrelay why 7` says more", "`netrelay why 7 --home /srv/x` says more"),
        (
            "`netrelay peer add CARD` enrols it; `netrelay cancel 7` takes it back",
            "`netrelay peer add CARD --home /srv/x` enrols it;"
            " `netrelay cancel 7 --home /srv/x` takes it back",
        ),
        ("`timedatectl set-ntp true`", "`timedatectl set-ntp true`"),
    ],
)
def test_a_command_has_the_home(words: str, typed: str) -> None:
    assert typed_here(words, Home(Path("/srv/x"))) == typed
