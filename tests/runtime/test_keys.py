"""The folder of keys: systemd credentials, else that of the home."""

from pathlib import Path

import pytest

from netrelay.runtime.home import Home
from netrelay.runtime.keys import keys_folder
from netrelay.seal.identity import FILES, create, load
from netrelay.seal.seal_errors import IdentityError


def test_without_credentials_keys_are_in_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    home = Home(Path("/nowhere/shelf"))
    assert keys_folder(home) == (home.keys, False)


def test_credentials_of_another_unit_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    home = Home(tmp_path / "shelf")
    assert keys_folder(home) == (home.keys, False)


def test_credentials_are_loaded_with_the_modes_that_systemd_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemd uses mode 0440 for files and 0550 for the folder, with an ACL (systemd.exec(5))."""
    made = create(tmp_path / "keys")
    for name in FILES:
        (tmp_path / "keys" / name).chmod(0o440)
    (tmp_path / "keys").chmod(0o550)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "keys"))
    keys = keys_folder(Home(tmp_path / "shelf"))
    assert load(keys.path, is_credentials=keys.is_credentials).node_id == made.node_id
    # In a home a group may not read keys, and nowhere may everybody.
    with pytest.raises(IdentityError, match="open to other users"):
        load(keys.path)
    (tmp_path / "keys" / FILES[0]).chmod(0o444)
    with pytest.raises(IdentityError, match="open to other users"):
        load(keys.path, is_credentials=True)
