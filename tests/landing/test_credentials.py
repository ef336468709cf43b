"""The keys of the store: who may read their file, and what is in it."""

import os
from pathlib import Path

import pytest

from netrelay.landing.credentials import (
    FILE_NAME,
    CredentialsPlace,
    credentials_place,
    read_credentials,
)
from netrelay.runtime.config import ConfigError
from netrelay.runtime.home import Home
from netrelay.runtime.land_config import Land

LAND = Land("", "", "", "", "", "", False, (), True, True, 1)
GOOD = 'access_key = "AKIA"\nsecret_key = "s3cr/et+"\n'


def place(folder: Path, text: str, mode: int = 0o600) -> CredentialsPlace:
    path = folder / FILE_NAME
    path.write_text(text)
    path.chmod(mode)
    return CredentialsPlace(path, is_passed=False)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_read(tmp_path: Path, mode: int) -> None:
    assert tuple(read_credentials(place(tmp_path, GOOD, mode))) == ("AKIA", "s3cr/et+")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match=f"has mode {mode:04o}, so others .* allowed: 0600 or 04"):
        read_credentials(place(tmp_path, GOOD, mode))


def test_the_group_bits_of_a_credential_of_systemd_are_a_mask(tmp_path: Path) -> None:
    passed = place(tmp_path, GOOD, 0o440)._replace(is_passed=True)
    assert read_credentials(passed).access_key == "AKIA"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "access_key = ",
        'access_key = "AKIA"\n',
        GOOD + 'more = "1"\n',
        GOOD.replace("AKIA", "A B"),
        GOOD.replace("AKIA", ""),
        GOOD.replace('"AKIA"', "7"),
        GOOD.replace("s3cr/et+", "x" * 257),
        GOOD + "#" * 5000,
        "[" * 3000,
        "\udcff",
    ],
)
def test_anything_else_is_refused_without_its_text(tmp_path: Path, text: str) -> None:
    file = place(tmp_path, "")
    file.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match="allowed: access_key = ") as caught:
        read_credentials(file)
    assert "s3cr" not in str(caught.value)
    assert "AKIA" not in str(caught.value)


def test_a_missing_file_and_a_link_are_named(tmp_path: Path) -> None:
    missing = CredentialsPlace(tmp_path / "none", is_passed=False)
    with pytest.raises(ConfigError, match=r"none: there is none; allowed: a file with access_key"):
        read_credentials(missing)
    place(tmp_path, GOOD)
    (tmp_path / "link").symlink_to(tmp_path / FILE_NAME)
    with pytest.raises(ConfigError, match="link cannot be read"):
        read_credentials(CredentialsPlace(tmp_path / "link", is_passed=False))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigError, match="pipe is no file"):
        read_credentials(CredentialsPlace(tmp_path / "pipe", is_passed=False))


def test_the_configured_place_comes_first_then_that_of_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "shelf")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert credentials_place(home, LAND) == (home.path / FILE_NAME, False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credentials_place(home, LAND) == (home.path / FILE_NAME, False)
    place(tmp_path, GOOD)
    assert credentials_place(home, LAND) == (tmp_path / FILE_NAME, True)
    chosen = LAND._replace(credentials="/etc/keys.toml")
    assert credentials_place(home, chosen) == (Path("/etc/keys.toml"), False)
