"""Errors of keys, cards and sealed bytes; every message is written for a person."""

KEYS_FROM_A_BACKUP = ": `netrelay restore FILE --replace` puts back the keys of a backup"
"""Advice that is appended to errors about missing keys."""


class IdentityError(Exception):
    """This node's keys are missing, readable by others, damaged, or already present."""


class OpenKeysError(IdentityError):
    """Other users may read or change the keys."""


class CertificateError(ValueError):
    """A certificate is not one that a netrelay node creates for itself."""


class CardError(ValueError):
    """A card is damaged, forged, or has a field out of bounds."""


class SealBroken(ValueError):  # noqa: N818 (the protocol's term)
    """Sealed bytes do not authenticate: damaged, truncated, moved, or for another key or header."""
