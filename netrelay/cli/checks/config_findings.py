"""Checks of what netrelay.toml says, for `netrelay check`."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from netrelay.cli.findings import Finding, ok, warn
from netrelay.runtime.config import Config
from netrelay.runtime.home import Home


def config_findings(
    home: Home, config: Config, alive: dict[str, bool] | None, restart: str
) -> Iterator[Finding]:
    """Check that the processes run with what the file says, and the program that it names.

    alive: which of the eight run, None if this user may not see it. restart: what to type.
    """
    troubles = [
        *_changed(home, alive or {}, restart),
        *_program("post_receive", config.post_receive),
        *_program("on_alarm", config.on_alarm),
    ]
    yield from troubles or [ok("config", f"{home.config}")]


def _changed(home: Home, alive: dict[str, bool], restart: str) -> Iterator[Finding]:
    written_s = home.config.stat().st_mtime
    older = []
    for process in (process for process, runs in alive.items() if runs):
        # A process makes its bell when it starts, after it has read the file.
        with suppress(OSError):
            if (home.runtime / f"{process}.bell").stat().st_mtime < written_s:
                older.append(process)
    if older:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(written_s))
        who = "the node" if len(older) == len(alive) else ", ".join(older)
        text = f"{home.config} was changed at {at}, after the start of {who}: it does not count yet"
        yield warn("config", text, restart)


def _program(key: str, path: str) -> Iterator[Finding]:
    if not path:
        return
    what_to_do = f"{key} of netrelay.toml names a program with its absolute path, or nothing"
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        yield warn("config", f"{key} {path}: {error.strerror}", what_to_do)
        return
    if not stat.S_ISREG(mode):
        yield warn("config", f"{key} {path} is no file", what_to_do)
    elif not os.access(path, os.X_OK):
        yield warn("config", f"{key} {path} may not be executed", f"`chmod +x {path}`")
