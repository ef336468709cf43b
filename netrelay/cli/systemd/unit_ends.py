"""The end of a unit, in words, with advice."""

from typing import NamedTuple

from netrelay.core.exit_status import Exit

_START = "then `sudo systemctl start netrelay.target`"

# Exit statuses of `Exit` and of systemd (systemd.exec(5), "Process exit codes"): status, what it
# means, what to do.
_STATUSES = {
    Exit.USAGE: (
        "it was started with words it does not know",
        f"Reinstall the package netrelay, {_START}.",
    ),
    Exit.UNAVAILABLE: (
        "a person has to mend something first",
        f"Mend what it names (`sudo netrelay check` looks at all of it), {_START}.",
    ),
    Exit.SOFTWARE: (
        "an error in the program itself",
        "Please report it, with the lines before this one.",
    ),
    Exit.TRY_AGAIN: (
        "something was not there yet",
        f"`sudo netrelay check` may say what, {_START}.",
    ),
    Exit.NOT_PERMITTED: (
        "it may not do what it has to",
        f"Everything in /var/lib/netrelay has to belong to the user netrelay, {_START}.",
    ),
    Exit.CONFIG: (
        "its configuration, keys or database cannot be used",
        "Correct what it names: /var/lib/netrelay/netrelay.toml, keys or database"
        f" (`sudo netrelay check` looks at all of it), {_START}.",
    ),
    203: (
        "/usr/bin/netrelay cannot be run",
        f"Reinstall the package netrelay, {_START}.",
    ),
    217: (
        "there is no user netrelay",
        f"`sudo systemd-sysusers` makes it, {_START}.",
    ),
    226: (
        "a folder it needs is not there",
        "`sudo systemd-tmpfiles --create` makes /run/netrelay and /var/lib/netrelay,"
        f" `sudo netrelay check` looks at the rest, {_START}.",
    ),
    243: (
        "systemd cannot hand over the node's keys",
        "`sudo netrelay check` says what is wrong with /var/lib/netrelay/keys,"
        f" `netrelay restore` puts them back from a backup, {_START}.",
    ),
}
_RESULTS = {
    "watchdog": (
        "it hung, and its watchdog ended it",
        "The lines before this one show where it hung; a card that is dying is the usual reason.",
    ),
    "oom-kill": (
        "it was ended because memory had run out",
        "`free -m` and `netrelay top` show who uses it.",
    ),
    "timeout": (
        "it was not ready, or did not stop, in time",
        f"`sudo netrelay check` looks at the disk, {_START}.",
    ),
    "resources": (
        "systemd could not make what it needs to start it",
        "The lines of systemd before this one name it.",
    ),
    "start-limit-hit": (
        "it ended again and again",
        "The lines before this one say why.",
    ),
}


class End(NamedTuple):
    """The end of a unit. result: systemd's word. code: exited, killed or dumped. status: a number.

    After killed and dumped, status is a signal. said: the last STATUS= of the process.
    """

    result: str
    code: str
    status: str
    said: str


def end_words(end: End) -> str:
    """Return how a unit ended, without a full stop."""
    if end.result in _RESULTS:
        return _RESULTS[end.result][0]
    if end.code in ("killed", "dumped"):
        return f"it was killed by signal {end.status}"
    number = int(end.status) if end.status.isdecimal() else -1
    if number in _STATUSES:
        return f"{_STATUSES[number][0]} (exit status {number})"
    return f"exit status {end.status or 'unknown'}"


def advice_for(end: End) -> str:
    """Return what a person should do, as a sentence."""
    if end.result in _RESULTS:
        return _RESULTS[end.result][1]
    number = int(end.status) if end.status.isdecimal() and end.code == "exited" else -1
    if number in _STATUSES:
        return _STATUSES[number][1]
    return "`sudo netrelay check` looks whether all is in order."
