"""The right or route that a message lacks, and the command that gives it, for people here."""

from collections.abc import Callable
from typing import NamedTuple

from netrelay.store.admissions import Missing


class MissingText(NamedTuple):
    """The missing right or route, and the command after `netrelay` that gives it, or ""."""

    fact: str
    typed: str


def missing_text(missing: Missing, name_of: Callable[[str], str]) -> MissingText:
    """Return what is missing and the command that gives it."""
    peer = "" if missing.peer is None else name_of(missing.peer)
    subject = "" if missing.subject is None else name_of(missing.subject)
    match missing.missing:
        case "peer":
            return MissingText(f"its source {peer} is no peer here", "peer add CARD")
        case "relay":
            return MissingText(f"{peer} may not relay through here", f"peer allow {peer} relay")
        case "route":
            return MissingText(f"no route from here to {subject}", f"peer route {subject} --direct")
        case "other-route":
            return MissingText(
                f"the route from here to {subject} leads back to {peer}, who brought it", ""
            )
        case "carry":
            return MissingText(
                f"{peer} may not bring messages of {subject}", f"peer allow {peer} carry {subject}"
            )
        case "deliver":
            return MissingText(f"{peer} may not deliver here", f"peer allow {peer} deliver")
    raise AssertionError(f"admissions: unknown cause {missing.missing!r}")


def described(missing: Missing, name_of: Callable[[str], str]) -> str:
    """Return what is missing and the command that gives it, in one line."""
    fact, typed = missing_text(missing, name_of)
    return f"{fact}: netrelay {typed}" if typed else fact
