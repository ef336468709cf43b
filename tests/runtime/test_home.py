"""Home: one runtime directory for all programs, folders and their modes, default homes."""

import os
import stat
from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES
from netrelay.ring.socket_path import socket_path
from netrelay.runtime import home as home_module
from netrelay.runtime.home import Home, default_home
from netrelay.runtime.wiring import IN, OUT

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change owners")


@pytest.fixture(autouse=True)
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NETRELAY_RUNTIME_DIRECTORY", "NETRELAY_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def runtime(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(place / "run"))
    return place / "run"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Which runtime directory


def test_the_environment_sets_the_runtime_directory(place: Path, runtime: Path) -> None:
    assert Home(place).runtime == runtime


def test_the_system_home_has_its_own() -> None:
    assert Home(Path("/var/lib/netrelay")).runtime == Path("/run/netrelay")


def test_every_spelling_of_a_home_has_one_runtime_directory(place: Path) -> None:
    (place / "home").mkdir()
    (place / "link").symlink_to(place / "home")
    spellings = [place / "home", place / "link", place / "home" / ".." / "home"]
    assert len({Home(each).runtime for each in spellings}) == 1
    assert Home(place / "other").runtime != Home(place / "home").runtime


def test_the_runtime_directory_does_not_depend_on_the_session(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Home(place).runtime
    # Set in a login session, but not for cron, sudo or system services.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    assert Home(place).runtime == before


@as_root
def test_root_and_the_owner_of_the_home_share_a_runtime_directory(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(place, NOBODY, -1)
    seen_by_root = Home(place).runtime
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    assert Home(place).runtime == seen_by_root


@as_root
def test_give_to_owner_changes_the_owner_of_what_root_created(place: Path) -> None:
    os.chown(place, NOBODY, -1)
    (place / "lock").touch()
    Home(place).give_to_owner(place / "lock")
    assert (place / "lock").stat().st_uid == NOBODY


def test_it_is_on_tmpfs_if_possible(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "_is_memory", lambda _: True)
    assert Home(place).runtime.parent in (Path("/run"), Path("/dev/shm"))
    monkeypatch.setattr(home_module, "_is_memory", lambda _: False)
    assert Home(place).runtime.parent == Path("/tmp")


def test_tmpfs_is_found_in_the_mount_table(place: Path) -> None:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    mounts = {line.split()[4]: " - tmpfs " in line for line in lines}
    for folder in ("/dev/shm", "/proc"):
        if folder in mounts:
            assert home_module._is_memory(Path(folder)) == mounts[folder]


# Creating it


def test_it_has_mode_0700(place: Path, runtime: Path) -> None:
    Home(place).make_runtime()
    Home(place).make_runtime()
    assert mode(runtime) == 0o700


@as_root
def test_root_creates_it_for_the_owner_of_the_home(place: Path, runtime: Path) -> None:
    os.chown(place, NOBODY, -1)
    Home(place).make_runtime()
    assert runtime.stat().st_uid == NOBODY
    Home(place).make_runtime()


@as_root
def test_root_refuses_one_of_another_user(place: Path, runtime: Path) -> None:
    runtime.mkdir()
    os.chown(runtime, NOBODY, -1)
    with pytest.raises(PermissionError, match=f"{runtime} belongs to user {NOBODY}, not to us"):
        Home(place).make_runtime()


@as_root
def test_a_symbolic_link_of_another_user_is_not_followed(place: Path, runtime: Path) -> None:
    (place / "ours").mkdir()
    runtime.symlink_to(place / "ours")
    os.chown(runtime, NOBODY, -1, follow_symlinks=False)
    with pytest.raises(PermissionError, match=f"belongs to user {NOBODY}"):
        Home(place).make_runtime()


def test_a_user_refuses_one_of_another_user(
    place: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    with pytest.raises(PermissionError, match="not to us"):
        Home(place).make_runtime()


def test_a_file_in_its_place_is_named(place: Path, runtime: Path) -> None:
    runtime.write_text("")
    with pytest.raises(NotADirectoryError, match=f"{runtime} is not a directory"):
        Home(place).make_runtime()


def test_every_socket_fits_into_the_longest_directory_and_a_longer_one_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place / "d"
    # The limit is in bytes: this letter has two.
    longest = folder / ("é" * ((75 - len(os.fspath(folder)) - 1) // 2))
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(longest))
    folder.mkdir()
    Home(place).make_runtime()
    for name in [
        *PROCESSES,
        *(f"{channel.listener}--{channel.connector}" for channel in (IN, OUT)),
    ]:
        socket_path(longest, f"{name}.bell")
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", f"{longest}éé")
    with pytest.raises(ValueError, match=r"longer than 75 bytes: set NETRELAY_RUNTIME_DIRECTORY"):
        Home(place).make_runtime()


# Folders and default home


def test_folders_are_created_with_their_modes_and_existing_modes_are_kept(
    place: Path, runtime: Path
) -> None:
    home = Home(place / "deep" / "home")
    home.make_folders()
    folders = [home.drop, home.claims, home.inbox, home.staging, home.spool, home.sent]
    assert [mode(each) for each in folders] == [0o2755, 0o700, 0o2750, 0o2700, 0o700, 0o2750]
    assert mode(home.groups) == 0o700, "before a unit starts from which it has to be hidden"
    assert runtime.is_dir()
    home.drop.chmod(0o777)
    home.sent.rmdir()
    home.make_folders()
    assert mode(home.drop) == 0o777
    assert home.sent.is_dir()


def test_a_file_in_the_place_of_a_folder_is_named(place: Path, runtime: Path) -> None:
    home = Home(place)
    home.drop.write_text("")
    with pytest.raises(FileExistsError, match="drop"):
        home.make_folders()


def test_the_default_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert default_home() == Path("/var/lib/netrelay")
    monkeypatch.setattr(os, "getuid", lambda: NOBODY)
    if not Path("/var/lib/netrelay/netrelay.toml").exists():
        assert default_home() == place / "netrelay"
    monkeypatch.setenv("NETRELAY_HOME", str(place / "chosen"))
    assert default_home() == place / "chosen"
