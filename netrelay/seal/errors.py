"""What can be wrong with keys, cards and sealed bytes; every message is written for a person."""


class IdentityError(Exception):
    """This node's own keys are missing, readable by others, damaged, or already there."""


class CertificateError(ValueError):
    """A certificate is not one that a netrelay node makes for itself."""


class CardError(ValueError):
    """A card is damaged, forged, or states something out of bounds."""


class SealBroken(ValueError):  # noqa: N818 (what happened, in the words of the protocol)
    """Sealed bytes do not open: damaged, cut, moved, for someone else, or under another header."""
