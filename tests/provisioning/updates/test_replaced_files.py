"""Who still uses files that an update has replaced."""

from pathlib import Path

from netrelay.provisioning.updates.replaced_files import Users, users_of_replaced_files

WHOLE = "7f00-7f01 r-xp 00000000 b3:02 123   /usr/lib/aarch64-linux-gnu/libc.so.6\n"
GONE = "7f00-7f01 r-xp 00000000 b3:02 124   /usr/lib/aarch64-linux-gnu/libssl.so.3 (deleted)\n"
NO_FILE = "7f00-7f01 r-xp 00000000 00:01 9    /memfd:code (deleted)\n"
DATA = "7f00-7f01 rw-s 00000000 00:17 9    /var/lib/netrelay/ring (deleted)\n"


def process(proc: Path, number: int, group: str, maps: str) -> None:
    folder = proc / str(number)
    folder.mkdir()
    (folder / "maps").write_text(maps)
    (folder / "cgroup").write_text(f"0::{group}\n")
    (folder / "comm").write_text("program\n")


def test_units_are_restarted_and_what_may_not_be_is_named(tmp_path: Path) -> None:
    process(tmp_path, 1, "/init.scope", GONE)
    process(tmp_path, 20, "/system.slice/ssh.service", WHOLE + GONE)
    process(tmp_path, 21, "/system.slice/avahi-daemon.service", WHOLE + NO_FILE + DATA)
    process(tmp_path, 22, "/system.slice/dbus.service", GONE)
    process(tmp_path, 23, "/user.slice/user-1000.slice/session-1.scope", GONE)
    process(tmp_path, 24, "/system.slice/system-wpa.slice/wpa_supplicant@wlan0.service", GONE)
    (tmp_path / "sys").mkdir()
    assert users_of_replaced_files(tmp_path) == Users(
        ("ssh.service", "wpa_supplicant@wlan0.service"), ("dbus.service", "program"), True
    )


def test_whole_files_are_no_reason(tmp_path: Path) -> None:
    process(tmp_path, 1, "/init.scope", WHOLE)
    process(tmp_path, 2, "/system.slice/a.service", NO_FILE + DATA)
    (tmp_path / "3").mkdir()
    assert users_of_replaced_files(tmp_path) == Users((), (), False)
