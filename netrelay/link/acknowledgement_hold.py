"""The wait of an acknowledgement for the receipt that may go with it."""

from typing import Final

from netrelay.core.frames import BRIEF_ACKNOWLEDGEMENT_BYTES, FrameKind

# A receipt is made in one more commit than the acknowledgement, some 10 ms on a card. Nobody waits
# for the latter but the chunks of a file, for that of its manifest.
_HOLD_S: Final = 0.02
_KIND_AT: Final = 4  # in a frame header


class AcknowledgementHold:
    """Holds one BRIEF_ACKNOWLEDGEMENT that is alone, for _HOLD_S.

    Together they are one record of TLS and one packet in place of two.
    """

    def __init__(self) -> None:
        self.until_s: float | None = None
        """When `holds` has to be asked again; None: nothing is held."""

    def holds(self, unsent: bytearray, now_s: float) -> bool:
        """Return whether what is to be sent waits; call it with all there is before each write."""
        is_alone = (
            len(unsent) == BRIEF_ACKNOWLEDGEMENT_BYTES
            and unsent[_KIND_AT] == FrameKind.BRIEF_ACKNOWLEDGEMENT
        )
        if is_alone and self.until_s is None:
            self.until_s = now_s + _HOLD_S
        elif not is_alone or (self.until_s is not None and now_s >= self.until_s):
            self.until_s = None
        return self.until_s is not None
