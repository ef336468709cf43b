"""One process of each kind for a home."""

import os
from pathlib import Path

import pytest

from netrelay.runtime.single_instance import AlreadyRunsError, claim


def test_the_second_is_told_who_runs(tmp_path: Path) -> None:
    held = claim(tmp_path, "sender")
    with pytest.raises(AlreadyRunsError, match=f"sender .* process {os.getpid()}$"):
        claim(tmp_path, "sender")
    os.close(held)


def test_another_process_has_a_place_of_its_own(tmp_path: Path) -> None:
    held = [claim(tmp_path, name) for name in ("sender", "receiver")]
    for descriptor in held:
        os.close(descriptor)


def test_a_place_is_free_again_when_its_process_is_gone(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        claim(tmp_path, "sender")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(claim(tmp_path, "sender"))
