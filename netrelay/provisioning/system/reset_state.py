"""The stored state of resets of a card: a request under way, and the last one in words."""

from netrelay.provisioning.system.target_system import TargetSystem

_WANTED = "/var/lib/netrelay-first-boot/reset-wanted"
_DONE = "/var/lib/netrelay-first-boot/reset-done"


def wanted_reset(system: TargetSystem) -> str:
    """Return the kind of the reset that was begun, "" if none is."""
    return system.read(_WANTED).strip()


def store_wanted(system: TargetSystem, kind: str) -> None:
    """Store that a reset is begun; durable on return."""
    system.path(_WANTED).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    system.write(_WANTED, f"{kind}\n", 0o600)


def forget_wanted(system: TargetSystem) -> None:
    """Store that no reset is under way; durable on return."""
    system.remove(_WANTED)


def last_reset(system: TargetSystem) -> str:
    """Return the last reset in words, "" if there was none."""
    return system.read(_DONE).strip()


def store_done(system: TargetSystem, words: str) -> None:
    """Store the last reset in words; durable on return."""
    system.write(_DONE, f"{words}\n", 0o600)
