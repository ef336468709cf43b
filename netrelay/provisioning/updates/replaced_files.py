"""Units whose processes still use files that an update has replaced."""

import re
from pathlib import Path
from typing import NamedTuple

_DELETED = re.compile(
    r"^\S+ ..x. \S+ \S+ \S+ +/(?!memfd:|dev/|SYSV)\S.* \(deleted\)$", re.MULTILINE
)
_UNIT = re.compile(r"/([^/]+\.service)(?:/|$)")
# A restart of these ends what depends on them, or the session of a person.
_NOT_RESTARTED = re.compile(r"dbus\.service|user@.*|session-.*|systemd-logind\.service|getty@.*")


class Users(NamedTuple):
    """units: to be restarted. others: what only a restart of the machine helps. has_init: PID 1."""

    units: tuple[str, ...]
    others: tuple[str, ...]
    has_init: bool


def users_of_replaced_files(proc: Path = Path("/proc")) -> Users:
    """Return who maps an executable file that was deleted."""
    units: set[str] = set()
    others: set[str] = set()
    has_init = False
    for folder in proc.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if not _DELETED.search((folder / "maps").read_text(errors="replace")):
                continue
            group = (folder / "cgroup").read_text(encoding="utf-8").strip()
            name = (folder / "comm").read_text(errors="replace").strip()
        except OSError:
            continue
        if folder.name == "1":
            has_init = True
            continue
        unit = _UNIT.search(group)
        if unit is None or "/user.slice/" in group or _NOT_RESTARTED.fullmatch(unit[1]):
            others.add(unit[1] if unit is not None else name)
        else:
            units.add(unit[1])
    return Users(tuple(sorted(units)), tuple(sorted(others)), has_init)
