"""Acts that may be asked for on the page, each as the command that a person would type."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from netrelay.core.printable import printable
from netrelay.core.unfinished_names import SIDECAR_ENDING, UNFINISHED_ENDINGS, is_unfinished
from netrelay.runtime.config import NODE_NAME
from netrelay.runtime.home import Home
from netrelay.seal.card import CARD_LIMIT_BYTES

_JOB: Final = re.compile(r"[1-9][0-9]{0,17}")
_FILE_NAME_BYTES: Final = 255  # NAME_MAX of linux/limits.h
PATIENCE_S: Final = 60.0
# `send` copies the file; a card of speed class 4 (SD Association) writes no less than this.
COPIED_BYTES_PER_S: Final = 4 << 20
_MOST_WORDS: Final = 1000


class ActRefused(Exception):  # noqa: N818 -- named after its content
    """An act that is not allowed so; the text is for the person."""


class Act(NamedTuple):
    """A command: its words, what it reads, how the log tells of it, and how long it may take."""

    words: tuple[str, ...]
    given: bytes
    told: str
    patience_s: float = PATIENCE_S


class ActOutcome(NamedTuple):
    """The end of a command: whether it succeeded, and what it printed."""

    is_done: bool
    words: str


def act_of(verb: str, fields: Mapping[str, str], person: str) -> Act:
    """Return the command of an act; ActRefused for an unknown one, or a field that is not allowed.

    Every word that is not fixed here is checked, or stands behind `=`: none can be an option.
    """
    try:
        make = _ACTS[verb]
    except KeyError:
        allowed = ", ".join(_ACTS)
        raise ActRefused(f"{printable(verb)!r} is nothing to do; allowed: {allowed}") from None
    return make(fields, person)


def send_act(path: str, peer: str, name: str, size_bytes: int) -> Act:
    """Return the command that sends an uploaded file."""
    checked_peer(peer)
    checked_name(name)
    return Act(
        ("send", path, "--to", peer, f"--as={name}"),
        b"",
        f"send {name!r} ({size_bytes} bytes) to {peer}",
        PATIENCE_S + size_bytes / COPIED_BYTES_PER_S,
    )


def checked_peer(name: str) -> str:
    """Return the name of a peer; ActRefused for what cannot be one."""
    if not NODE_NAME.fullmatch(name):
        allowed = "1 to 31 of a-z, 0-9 and -, beginning with a letter or digit"
        raise ActRefused(f"{printable(name)[:80]!r} is no name of a peer; allowed: {allowed}")
    return name


def checked_name(name: str) -> str:
    """Return the name of a file; ActRefused for one that a drop folder cannot have."""
    encoded = name.encode(errors="surrogateescape")
    if (
        not 1 <= len(encoded) <= _FILE_NAME_BYTES
        or "/" in name
        or name in (".", "..")
        or not name.isprintable()
    ):
        raise ActRefused(
            f"{printable(name)[:80]!r} is no file name; allowed: 1 to {_FILE_NAME_BYTES} bytes that"
            " can be printed, without /"
        )
    if is_unfinished(encoded) or name.endswith(SIDECAR_ENDING):
        endings = " ".join((*UNFINISHED_ENDINGS, SIDECAR_ENDING))
        raise ActRefused(
            f"{printable(name)[:80]!r} is left alone by the drop folder; allowed: a name that is"
            f" not hidden, and does not end in {endings}"
        )
    return name


def run(home: Home, act: Act) -> ActOutcome:
    """Run the command, as typed, in a process of its own."""
    try:
        ended = subprocess.run(  # noqa: S603 -- checked words, no shell
            [sys.executable, "-m", "netrelay", "--home", str(home.path), *act.words],
            input=act.given,
            capture_output=True,
            timeout=act.patience_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ActOutcome(False, f"it took longer than {act.patience_s:.0f} s and was stopped")
    printed = ended.stdout if ended.returncode == 0 else ended.stderr or ended.stdout
    words = printed.decode(errors="replace").removeprefix("netrelay: ").strip()
    return ActOutcome(ended.returncode == 0, words[:_MOST_WORDS])


def _peer_act(verb: str) -> Callable[[Mapping[str, str], str], Act]:
    def made(fields: Mapping[str, str], _person: str) -> Act:
        peer = checked_peer(fields.get("peer", ""))
        return Act((verb, peer), b"", f"{verb} {peer}")

    return made


def _job_act(verb: str) -> Callable[[Mapping[str, str], str], Act]:
    def made(fields: Mapping[str, str], person: str) -> Act:
        job = fields.get("job", "")
        if not _JOB.fullmatch(job):
            raise ActRefused(f"{printable(job)[:80]!r} is no job")
        return Act((verb, job, f"--by={person}"), b"", f"{verb} {job}")

    return made


def _card_act(fields: Mapping[str, str], _person: str) -> Act:
    card, name = fields.get("card", "").encode(errors="replace"), fields.get("name", "")
    if not 1 <= len(card) <= CARD_LIMIT_BYTES:
        raise ActRefused(f"a card has 1 to {CARD_LIMIT_BYTES} bytes")
    called = ("--name", checked_peer(name)) if name else ()
    return Act(("peer", "add", "-", *called), card, f"add a peer {name}".strip())


_ACTS: Final[dict[str, Callable[[Mapping[str, str], str], Act]]] = {
    "pause": _peer_act("pause"),
    "resume": _peer_act("resume"),
    "retry": _job_act("retry"),
    "cancel": _job_act("cancel"),
    "add": _card_act,
}
