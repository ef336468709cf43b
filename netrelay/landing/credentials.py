"""The keys of the store, from a file that only the owner of the node may read, or of systemd.

    access_key = "..."
    secret_key = "..."

They are read once, by lander and by `netrelay check`, and kept nowhere else.
"""

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

from netrelay.runtime.config import ConfigError
from netrelay.runtime.home import Home
from netrelay.runtime.land_config import Land

FILE_NAME: Final = "land.toml"
_LIMIT_BYTES: Final = 4096
_OTHERS: Final = 0o077
# The group bits of a credential of systemd are the mask of an access control list (acl(5)).
_OTHERS_THAN_THE_GROUP: Final = 0o007
_VALUES: Final = {
    "access_key": re.compile(r"[!-~]{1,128}"),
    "secret_key": re.compile(r"[!-~]{1,256}"),
}
_ALLOWED: Final = 'access_key = "..." and secret_key = "...", of visible ASCII characters'


class Credentials(NamedTuple):
    """Name and secret of who puts objects; their repr holds neither."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return "Credentials(...)"


class CredentialsPlace(NamedTuple):
    """The file of the credentials; is_passed: systemd made it for this process."""

    path: Path
    is_passed: bool


def credentials_place(home: Home, land: Land) -> CredentialsPlace:
    """Return where the credentials are: as configured, else those of systemd, else in the home."""
    if land.credentials:
        return CredentialsPlace(Path(land.credentials), is_passed=False)
    passed = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if passed and os.path.lexists(f"{passed}/{FILE_NAME}"):
        return CredentialsPlace(Path(passed) / FILE_NAME, is_passed=True)
    return CredentialsPlace(home.path / FILE_NAME, is_passed=False)


def read_credentials(place: CredentialsPlace) -> Credentials:
    """Return the credentials; ConfigError names a file that is missing, open to others, or wrong.

    No error holds a part of its text.
    """
    path = place.path
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is none; allowed: a file with {_ALLOWED}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        _check_private(path, os.fstat(descriptor).st_mode, place.is_passed)
        text = file.read(_LIMIT_BYTES + 1)
    return _parsed(path, text)


def _check_private(path: Path, mode: int, is_passed: bool) -> None:
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{path} is no file")
    if mode & (_OTHERS_THAN_THE_GROUP if is_passed else _OTHERS):
        raise ConfigError(
            f"{path} has mode {stat.S_IMODE(mode):04o}, so others may read the keys of the store;"
            " allowed: 0600 or 0400"
        )


def _parsed(path: Path, text: bytes) -> Credentials:
    try:
        found = tomllib.loads(text.decode()) if len(text) <= _LIMIT_BYTES else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        # Not the parser's words, which may hold a key.
        raise ConfigError(f"{path} is not TOML; allowed: {_ALLOWED}") from None
    good = {
        name: value
        for name, value in found.items()
        if name in _VALUES and isinstance(value, str) and _VALUES[name].fullmatch(value)
    }
    if good.keys() != _VALUES.keys() or good.keys() != found.keys():
        raise ConfigError(f"{path} holds something else than the keys; allowed: {_ALLOWED}")
    return Credentials(**good)
