"""A home is created with the rights of its user, without those of root."""

import os
import pwd
import tempfile
from pathlib import Path

import pytest

from netrelay.provisioning.home.home_wish import HomeRefused
from netrelay.provisioning.home.other_user import work_as
from netrelay.provisioning.system.target_system import Account

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


@needs_root
def test_what_is_made_is_the_users(nobody: Account) -> None:
    # Other users may not enter the folders of pytest.
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        place = Path(folder)
        os.chown(place, nobody.uid, nobody.gid)
        work_as(nobody, (place / "made").touch)
        assert (place / "made").stat().st_uid == nobody.uid
    assert os.geteuid() == 0


@needs_root
def test_it_may_not_what_only_root_may(tmp_path: Path, nobody: Account) -> None:
    with pytest.raises(OSError, match="PermissionError"):
        work_as(nobody, (tmp_path / "made").touch)
    with pytest.raises(OSError, match="PermissionError"):
        work_as(nobody, lambda: os.setuid(0))


@needs_root
def test_a_refusal_comes_through_whole(nobody: Account) -> None:
    def refuse() -> None:
        raise HomeRefused(("peers", "boat"), "peers.boat cannot be", "another")

    with pytest.raises(HomeRefused) as caught:
        work_as(nobody, refuse)
    assert (caught.value.where, caught.value.allowed) == (("peers", "boat"), "another")


@needs_root
def test_a_child_that_dies_is_a_failure(nobody: Account) -> None:
    with pytest.raises(OSError, match="ended with status"):
        work_as(nobody, lambda: os.kill(os.getpid(), 9))


def test_without_an_account_it_is_done_here() -> None:
    done: list[int] = []
    work_as(None, lambda: done.append(os.getpid()))
    assert done == [os.getpid()]
