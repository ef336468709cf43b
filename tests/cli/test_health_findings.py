"""Rows of the view `health` in `check`: a subject for each kind, and commands for a home."""

from pathlib import Path

import pytest

from netrelay.cli.checks.health_findings import NOT_OF_JOBS, SUBJECTS, typed_here
from netrelay.runtime.home import Home
from tests.sql.test_health import OTHERS


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


def test_each_kind_that_is_no_cause_of_a_job_has_a_subject() -> None:
    assert set(SUBJECTS) | NOT_OF_JOBS == set(OTHERS)
    assert not set(SUBJECTS) & NOT_OF_JOBS
