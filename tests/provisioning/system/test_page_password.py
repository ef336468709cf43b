"""The password's file: what is right, what is damaged, what is refused."""

from pathlib import Path

import pytest

from netrelay.provisioning.system.page_password import (
    FILE_NAME,
    PasswordError,
    hashed,
    is_right,
    read_password,
    write_password,
)
from netrelay.runtime.home import Home


def test_a_stored_password_is_read_again_and_holds_no_password(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_password(home) is None
    stored = hashed("correct horse")
    write_password(home, stored)
    path = tmp_path / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o640
    assert b"horse" not in path.read_bytes()
    assert read_password(home) == stored
    assert is_right(stored, "correct horse")
    assert not is_right(stored, "correct horsf")
    assert not is_right(stored, "x" * 2000)
    # Another salt and another key for sessions, also for the same password.
    again = hashed("correct horse")
    assert again.hash != stored.hash
    assert again.session_key != stored.session_key


@pytest.mark.parametrize("password", ["", "seven77", "ä" * 600])
def test_a_short_or_long_password_is_refused(password: str) -> None:
    with pytest.raises(PasswordError, match="allowed: 8 characters to 1024 bytes"):
        hashed(password)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 1}',
        '{"version": 1, "salt": "00", "hash": "", "session_key": ""}',
        '{"version": 1, "salt": 5, "hash": "", "session_key": ""}',
        "[" * 1024,
    ],
)
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(PasswordError, match="damaged"):
        read_password(Home(tmp_path))


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to("/etc/hostname")
    with pytest.raises(PasswordError):
        read_password(Home(tmp_path))
