"""The group can use a drop folder, whatever the umask of the user who puts a file into it."""

import errno
import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.disk.shared_folder import GROUP, give_to_group, make_drop_folder


@pytest.fixture
def umask_of_a_person() -> Iterator[None]:
    """Set a umask that denies access to everybody else."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_drop_folder_is_setgid_and_sticky_and_its_group_may_write(tmp_path: Path) -> None:
    make_drop_folder(tmp_path / "boat")
    assert mode(tmp_path / "boat") == 0o3775


@pytest.mark.parametrize(
    ("before", "after"), [(0o2775, 0o3775), (0o777, 0o1777), (0o2750, 0o2750), (0o3775, 0o3775)]
)
def test_one_of_an_earlier_version_becomes_sticky(tmp_path: Path, before: int, after: int) -> None:
    (tmp_path / "boat").mkdir()
    (tmp_path / "boat").chmod(before)
    make_drop_folder(tmp_path / "boat")
    assert mode(tmp_path / "boat") == after


def test_under_a_unit_an_old_one_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    (tmp_path / "boat").mkdir()
    (tmp_path / "boat").chmod(0o2775)
    monkeypatch.setattr(os, "fchmod", refuse)
    make_drop_folder(tmp_path / "boat")
    assert mode(tmp_path / "boat") == 0o2775


@pytest.mark.usefixtures("umask_of_a_person")
def test_what_is_made_in_it_can_be_read_and_moved_by_the_group(tmp_path: Path) -> None:
    make_drop_folder(tmp_path / "boat")
    if "system.posix_acl_default" not in os.listxattr(tmp_path / "boat"):
        pytest.skip("this file system has no ACLs")
    (tmp_path / "boat" / "folder").mkdir()
    (tmp_path / "boat" / "folder" / "file").touch()
    assert mode(tmp_path / "boat" / "folder") & 0o070 == 0o070
    assert mode(tmp_path / "boat" / "folder" / "file") & 0o060 == 0o060


def test_a_drop_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "boat").mkdir(mode=0o700)
    make_drop_folder(tmp_path / "boat")
    assert mode(tmp_path / "boat") == 0o700


def test_no_drop_folder_is_made_over_a_file_or_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            make_drop_folder(tmp_path / name)


def test_a_folder_goes_to_the_group_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(name: str) -> grp.struct_group:
        assert name == GROUP
        return grp.struct_group((GROUP, "x", os.getegid(), []))

    def missing(name: str) -> grp.struct_group:
        raise KeyError(name)

    given: list[tuple[Path, int, int]] = []
    monkeypatch.setattr("os.chown", lambda *values: given.append(values))
    monkeypatch.setattr(grp, "getgrnam", missing)
    give_to_group(tmp_path)
    assert given == []
    monkeypatch.setattr(grp, "getgrnam", named)
    give_to_group(tmp_path)
    assert given == [(tmp_path, -1, os.getegid())]
